package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

const pathSafe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

func plain(text string) bool { return strings.Trim(text, pathSafe) == "" }

// outside lists what is told to every connector, by its key.
func (c Config) outside() map[string]Outside {
	return map[string]Outside{
		"portal": c.Portal.Outside, "eds": c.EDS.Outside, "oneid": c.OneID.Outside,
		"sms.playmobile": c.SMS.Playmobile.Outside, "sms.eskiz": c.SMS.Eskiz.Outside,
	}
}

// valid reports a person who can be asked about.
func (p Person) valid() bool {
	_, pinfl := personal.ParsePINFL(string(p.PINFL.Secret))
	_, official := personal.ParsePINFL(string(p.Official.Secret))
	_, passport := personal.ParseDocument(string(p.Passport.Secret))
	_, born := civil.Parse(string(p.BirthDate.Secret))
	return errors.Join(pinfl, official, passport, born) == nil
}

// Prefixes are the networks that reports are taken from.
func (c Callback) Prefixes() ([]netip.Prefix, error) { return Prefixes(c.Allow) }

// Prefixes reads addresses and networks.
func Prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if a, bad := netip.ParseAddr(text); bad == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// unique is a with b, each once.
func unique(a []string, b ...string) []string {
	all := slices.Sorted(slices.Values(append(slices.Clone(a), b...)))
	return slices.Compact(all)
}

// Validate returns all faults joined, sorted, each naming its key.
func (c Config) Validate() error {
	wants := map[string]string{} // by key: what was expected there
	check := func(ok bool, key, want string) {
		if !ok {
			wants[key] = want
		}
	}
	_, _, err := net.SplitHostPort(c.Listen)
	check(err == nil, "listen", "want host:port")
	check(c.DataDir != "", "data_dir", "want a folder")
	c.checkEdition(check)
	needed := map[string]bool{"portal.token_url": true, "portal.gateway_url": true, "eds.url": true}
	for _, name := range c.SMS.Order {
		needed["sms."+name+".url"] = true
	}
	for key, v := range map[string]string{
		"public_url": c.PublicURL, "portal.token_url": c.Portal.TokenURL, "portal.gateway_url": c.Portal.GatewayURL, "eds.url": c.EDS.URL,
		"oneid.url": c.OneID.URL, "sms.playmobile.url": c.SMS.Playmobile.URL, "sms.eskiz.url": c.SMS.Eskiz.URL,
	} {
		if v == "" && !needed[key] {
			continue // not used, or for public_url the address that is listened on
		}
		u, err := url.Parse(v)
		check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", key, "want an http or https address")
	}
	check(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level", "want debug, info, warn or error")
	check(c.Log.Format == "text" || c.Log.Format == "json", "log.format", "want text or json")
	check(c.Checks.Deadline > 0, "checks.deadline", "want a duration above zero")
	check(c.Autofill.Deadline > 0, "autofill.deadline", "want a duration above zero")
	check(c.Autofill.Receipt > 0, "autofill.receipt", "want a duration above zero")
	const below = "want no number below zero"
	check(min(c.Chrome.Workers, c.Chrome.UID, c.Chrome.GID) >= 0 && c.Chrome.Timeout >= 0, "chrome", below)
	check(min(c.Exchanges.Keep, c.Exchanges.Bodies) >= 0, "exchanges", below)
	const bounds = "want no number below zero but rate and retry_share, and no share above one"
	check(!c.Limits.wrong(), "limits", bounds)
	for name, o := range c.outside() {
		check(!o.Limits.wrong(), name+".limits", bounds)
		for op, own := range o.Operations {
			check(!own.Limits.wrong(), name+".operations."+op+".limits", bounds)
		}
		check(!slices.ContainsFunc(o.Headers, func(h Header) bool { return h.Name == "" || h.Value.Secret == "" }), name+".headers", "want a name and a value for each")
	}
	check(len(c.SMS.Order) > 0 && len(c.SMS.Order) == len(unique(c.SMS.Order)) && len(unique(c.SMS.Order, "playmobile", "eskiz")) == 2,
		"sms.order", "want playmobile, eskiz or both, each once")
	for key, cb := range map[string]Callback{"sms.playmobile.callback": c.SMS.Playmobile.Callback, "sms.eskiz.callback": c.SMS.Eskiz.Callback} {
		check(cb.Secret.Secret == "" || len(cb.Secret.Secret) >= 16 && plain(string(cb.Secret.Secret)), key+".secret",
			"want at least 16 letters, digits, - or _: it is a segment of an address")
		_, err := cb.Prefixes()
		check(err == nil, key+".allow", "want addresses or networks such as 10.0.0.0/8")
	}
	check(c.EDS.Zone == "" || c.EDS.Location() != nil, "eds.zone", "want an offset such as +05:00")
	probe := c.Portal.Probe
	check(probe == (Person{}) || probe.valid(), "portal.probe", "want pinfl, passport, birth_date (YYYY-MM-DD) and official (PINFL), all of them")
	_, err = Prefixes(c.TrustedProxies)
	check(err == nil, "trusted_proxies", "want addresses or networks such as 10.0.0.0/8")
	_, err = Prefixes(c.Webhooks.AllowPrivate)
	check(err == nil, "webhooks.allow_private", "want addresses or networks such as 10.0.0.0/8")
	check(!c.Retry.negative(), "retry", below)
	for name, o := range c.Stages {
		check(o.Workers >= 0 && !o.Retry.negative(), "stages."+name, below)
	}
	check(c.Notices.AppealDays >= 0, "notices.appeal_days", below)
	for key, h := range map[string]int{"notices.quiet_from": c.Notices.QuietFrom, "notices.quiet_to": c.Notices.QuietTo} {
		check(h >= 0 && h <= 23, key, "want an hour, 0 to 23")
	}
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(wants)) {
		faults = append(faults, fmt.Errorf("%s: %s", key, wants[key]))
	}
	return errors.Join(faults...)
}

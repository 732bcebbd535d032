package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
)

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
	for key, v := range map[string]string{
		"public_url": c.PublicURL, "portal.token_url": c.Portal.TokenURL, "portal.gateway_url": c.Portal.GatewayURL, "eds.url": c.EDS.URL, "sms.url": c.SMS.URL,
	} {
		if key == "public_url" && v == "" {
			continue // the address that is listened on
		}
		u, err := url.Parse(v)
		check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", key, "want an http or https address")
	}
	check(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level", "want debug, info, warn or error")
	check(c.Log.Format == "text" || c.Log.Format == "json", "log.format", "want text or json")
	check(c.Checks.Deadline > 0, "checks.deadline", "want a duration above zero")
	check(c.Autofill.Deadline > 0, "autofill.deadline", "want a duration above zero")
	const below = "want no number below zero"
	check(min(c.Chrome.Workers, c.Chrome.UID, c.Chrome.GID) >= 0 && c.Chrome.Timeout >= 0, "chrome", below)
	check(min(c.Limits.Total, c.Limits.Try, c.Limits.BreakerOpen) >= 0 && c.Limits.Bulkhead >= 0, "limits", below)
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

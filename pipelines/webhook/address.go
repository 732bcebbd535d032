package webhook

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Rules say whom deliveries may go to. The zero value lets them go to public
// addresses over https only.
type Rules struct {
	HTTPHosts []string       // names of hosts that plain http is allowed to
	Private   []netip.Prefix // addresses that are not public and are allowed all the same
}

const longestURL = 2000

// CheckURL says what is wrong with an address that somebody wants deliveries at,
// without repeating it. Where its name leads is checked at every delivery.
func (r Rules) CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || len(address) > longestURL:
		return errors.New("want an address like https://host/path")
	case u.User != nil || u.Fragment != "":
		return errors.New("want an address without user and fragment")
	case u.Scheme == "http" && slices.Contains(r.HTTPHosts, strings.ToLower(u.Hostname())):
	case u.Scheme != "https":
		return errors.New("want https")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		return r.checkAddress(a)
	}
	return nil
}

// special are ranges that are unicast and not the public internet's. IPv6 addresses
// that carry an IPv4 one inside may lead to any.
var special = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
	"240.0.0.0/4", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "5f00::/16",
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// errPrivate: a webhook must not be a way into the networks around the hub.
var errPrivate = errors.New("the address is not one of the public internet, and not one that is allowed")

// checkAddress judges the address that is dialled.
func (r Rules) checkAddress(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	in := func(p netip.Prefix) bool { return p.Contains(a) }
	if slices.ContainsFunc(r.Private, in) {
		return nil
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || slices.ContainsFunc(special, in) {
		return errPrivate
	}
	return nil
}

// checkDialled is checkAddress for what a dialer is about to connect to.
func (r Rules) checkDialled(address string) error {
	p, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("the address dialled: %w", errPrivate)
	}
	return r.checkAddress(p.Addr())
}

package call

import (
	"errors"
	"net"
	"net/url"
)

// CheckAddress says what is wrong with the configured address of an outside
// system, without repeating it: it must be absolute and hold no user, query or
// fragment. Plain http is taken with allowHTTP, or when it stays on this machine.
func CheckAddress(address string, allowHTTP bool) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must be an address like https://host:port")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("must hold no user, query or fragment")
	case u.Scheme == "http" && !allowHTTP && !loopback(u.Hostname()):
		return errors.New("must be https")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

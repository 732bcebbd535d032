package call

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// NewClient returns a client fit for an outside system: TLS 1.2 or newer,
// connecting within 5 s, no proxy taken from the environment, no redirect
// followed, connections kept for reuse. roots is the authority to trust (an
// operator's own); nil means the machine's.
func NewClient(roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:           dialer.DialContext,
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout:   5 * time.Second,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          128,
			MaxIdleConnsPerHost:   64,
			IdleConnTimeout:       90 * time.Second,
			ExpectContinueTimeout: time.Second,
		},
		CheckRedirect: stay,
	}
}

// stay keeps credentials from following a redirect to somewhere else.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

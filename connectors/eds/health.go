package eds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Health is what the server says of itself at /ping.
type Health struct {
	ServerTime time.Time // read in the configured zone
	// Ahead is how far the server's clock is before ours; negative: behind. Whole
	// hours mean that the configured zone is not the server's.
	Ahead    time.Duration
	KeyUntil time.Time // end of the VPN key, after which every verification fails; zero: not told
}

// Info is what the server says of itself at /info.
type Info struct {
	Version  string
	Trusted  int       // certificates that it trusts; none: every signature is refused
	KeyUntil time.Time // as in Health
}

type vpnKey struct {
	To string `json:"validTo"`
}

// Ping asks the server for its clock and the term of its VPN key.
func (c *Client) Ping(ctx context.Context) (Health, error) {
	var h Health
	err := c.send(ctx, "ping", func(body []byte) (err error) {
		var a struct {
			Time string  `json:"serverDateTime"`
			Key  *vpnKey `json:"vpnKeyInfo"`
		}
		if err := call.ReadJSON(body, &a); err != nil {
			return err
		}
		if h.ServerTime, err = c.time("serverDateTime", a.Time); err != nil {
			return err
		}
		h.Ahead = h.ServerTime.Sub(c.now())
		h.KeyUntil, err = c.keyUntil(a.Key)
		return err
	})
	if err != nil {
		return Health{}, err
	}
	return h, nil
}

// Info asks the server for its version and what it trusts.
func (c *Client) Info(ctx context.Context) (Info, error) {
	var i Info
	err := c.send(ctx, "info", func(body []byte) (err error) {
		var a struct {
			Version string     `json:"version"`
			Key     *vpnKey    `json:"vpnKeyInfo"`
			Trusted []struct{} `json:"trustedCertificates"`
		}
		if err := call.ReadJSON(body, &a); err != nil {
			return err
		}
		if a.Version == "" {
			return breach("field %q is missing", "version")
		}
		i.Version, i.Trusted = cut(a.Version), len(a.Trusted)
		i.KeyUntil, err = c.keyUntil(a.Key)
		return err
	})
	if err != nil {
		return Info{}, err
	}
	return i, nil
}

func (c *Client) keyUntil(k *vpnKey) (time.Time, error) {
	if k == nil || k.To == "" {
		return time.Time{}, nil
	}
	return c.time("vpnKeyInfo.validTo", k.To)
}

// Probes lists the questions that change nothing and need no signature. Beside
// what any call may find, they answer misconfigured, with a hint, when the VPN
// key runs out within two weeks, when the server's clock is not ours, and when
// it trusts no certificate.
func (c *Client) Probes() []call.Probe {
	return []call.Probe{
		{Operation: "ping", Ask: func(ctx context.Context) error {
			h, err := c.Ping(ctx)
			if err != nil {
				return err
			}
			if h.Ahead.Abs() > c.cfg.ClockSkew {
				return warning("ping", "clock_differs", fmt.Errorf("the server's clock is %s from ours", h.Ahead.Round(time.Second)),
					"set both clocks; whole hours mean that eds.zone is not the server's")
			}
			return c.keyWarning("ping", h.KeyUntil)
		}},
		{Operation: "info", Ask: func(ctx context.Context) error {
			i, err := c.Info(ctx)
			if err != nil {
				return err
			}
			if i.Trusted == 0 {
				return warning("info", "nothing_trusted", errors.New("the server trusts no certificate: every signature is refused"),
					"put the roots of the certification authority into the server's folder of trusted certificates")
			}
			return c.keyWarning("info", i.KeyUntil)
		}},
		{Operation: "challenge", Ask: func(ctx context.Context) error {
			_, err := c.Challenge(ctx)
			return err
		}},
	}
}

func (c *Client) keyWarning(id string, until time.Time) error {
	if until.IsZero() {
		return nil
	}
	const hint = "renew the server's VPN key: without it every verification fails with status -1"
	switch left := until.Sub(c.now()); {
	case left <= 0:
		return warning(id, "key_expired", errors.New("the server's VPN key has run out"), hint)
	case left < keyNotice:
		return warning(id, "key_expires", fmt.Errorf("the server's VPN key runs out in %d days", int(left/(24*time.Hour))), hint)
	}
	return nil
}

// warning is made outside of the call: it stops no operation.
func warning(id, code string, err error, hint string) error {
	return &fault.Fault{Kind: fault.Misconfigured, System: System, Operation: id, Code: code, Err: err, Hint: hint}
}

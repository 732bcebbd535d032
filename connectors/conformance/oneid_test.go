package conformance

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	mockoneid "github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
)

const returnAddress = "http://127.0.0.1:9/return"

// electionMorning is when the certificates of the people are in force.
func electionMorning() time.Time { return people.ElectionDay.Start().Add(9 * time.Hour) }

var oneidSystem = system{
	name:   "oneid",
	unused: []string{"authorize"}, // the browser's; the connector only makes the address
	start: func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act) {
		m := oneidMock(t, mockoneid.Options{PerMinute: -1})
		c := oneidBeside(t, m, client, mockoneid.ClientSecret)
		acts := []act{
			{name: "the browser is sent to sign in", of: "authorize", do: func(ctx context.Context) error {
				return browse(ctx, client, c.AuthorizeURL(oneid.NewState()), http.StatusTemporaryRedirect)
			}},
			{name: "the browser of a client that is refused", of: "authorize", do: func(ctx context.Context) error {
				return browse(ctx, client, m.Address()+"?response_type=one_code&client_id=x&redirect_uri=http%3A%2F%2Fx&scope=x&state=aaaaaaaaaaaaaaaaaaaaaaaaaa", http.StatusBadRequest)
			}},
		}
		for _, method := range mockoneid.Methods() {
			acts = append(acts, act{name: "everybody by " + method, of: "identify", do: func(ctx context.Context) error { return signInAll(ctx, m, c, method, false) }})
		}
		acts = append(acts,
			act{name: "unconfirmed accounts", of: "identify", do: func(ctx context.Context) error { return signInAll(ctx, m, c, "", true) }},
			act{name: "a code twice", of: "exchange", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
				code, err := codeOf(m, "chair-tec", "", false)
				if err != nil {
					return err
				}
				if _, err := c.Exchange(ctx, code); err != nil {
					return errors.New("the first exchange failed")
				}
				_, err = c.Exchange(ctx, code)
				return err
			}},
			act{name: "a token of nobody", of: "identify", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
				_, err := c.Identify(ctx, oneid.Token{Access: "nobody"})
				return err
			}},
			act{name: "the end of a session of nobody", of: "logout", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
				return c.Logout(ctx, oneid.Token{Access: "nobody"})
			}},
			act{name: "a wrong secret", of: "identify", want: []fault.Kind{fault.Misconfigured}, do: func(ctx context.Context) error {
				_, err := oneidBeside(t, m, client, "another").Identify(ctx, oneid.Token{Access: "nobody"})
				return err
			}},
			act{name: "too many in a minute", of: "logout", want: []fault.Kind{fault.Throttled}, do: func(ctx context.Context) error {
				slow := oneidBeside(t, oneidMock(t, mockoneid.Options{PerMinute: 1}), client, mockoneid.ClientSecret)
				_ = slow.Logout(ctx, oneid.Token{Access: "nobody"})
				return slow.Logout(ctx, oneid.Token{Access: "nobody"})
			}})
		for _, p := range c.Probes() {
			acts = append(acts, act{name: "probe of " + p.Operation, of: p.Operation, do: p.Ask})
		}
		asks := map[string]func(context.Context, *oneid.Client) error{
			oneid.OpExchange: func(ctx context.Context, c *oneid.Client) error {
				_, err := c.Exchange(ctx, "code")
				return err
			},
			oneid.OpIdentify: func(ctx context.Context, c *oneid.Client) error {
				_, err := c.Identify(ctx, oneid.Token{Access: "nobody"})
				return err
			},
			oneid.OpLogout: func(ctx context.Context, c *oneid.Client) error {
				return c.Logout(ctx, oneid.Token{Access: "nobody"})
			},
		}
		for id, ask := range asks {
			statuses := []int{400, 401, 403, 404, 429, 500, 503}
			if id != oneid.OpExchange {
				statuses = append(statuses, 200) // a token that is not in force
			}
			fresh := func() func(context.Context) error {
				c := oneidBeside(t, m, client, mockoneid.ClientSecret)
				return func(ctx context.Context) error { return ask(ctx, c) }
			}
			acts = append(acts, refusals(m, id, statuses, []string{""}, fresh)...)
			acts = append(acts, spoilt(m, id, fresh)...)
		}
		return c.Callers(), acts
	},
}

func oneidMock(t *testing.T, o mockoneid.Options) *mockoneid.Server {
	t.Helper()
	o.Population, o.Now = people, electionMorning
	m, err := mockoneid.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, m)
	return m
}

func oneidBeside(t *testing.T, m *mockoneid.Server, client *http.Client, secret personal.Secret) *oneid.Client {
	t.Helper()
	c, err := oneid.New(oneid.Config{
		URL: m.Address(), ClientID: mockoneid.ClientID, ClientSecret: secret, RedirectURL: returnAddress,
		Limits: map[string]call.Limits{oneid.OpExchange: patient, oneid.OpIdentify: patient, oneid.OpLogout: patient},
	}, call.Deps{Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func browse(ctx context.Context, client *http.Client, address string, want int) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	if _ = resp.Body.Close(); resp.StatusCode != want {
		return errOutcome
	}
	return nil
}

// codeOf signs somebody in without a browser.
func codeOf(m *mockoneid.Server, as, method string, unconfirmed bool) (string, error) {
	location, err := m.SignIn(mockoneid.Order{As: as, Method: method, Unconfirmed: unconfirmed, RedirectURI: returnAddress, State: oneid.NewState()})
	if err != nil {
		return "", err
	}
	u, err := url.Parse(location)
	if err != nil {
		return "", err
	}
	code, _ := oneid.ParseReturn(u.RawQuery)
	return code, nil
}

// signInAll signs in whoever can by the method, and out again.
func signInAll(ctx context.Context, m *mockoneid.Server, c *oneid.Client, method string, unconfirmed bool) error {
	return each(people, func(who *population.Person) error {
		code, err := codeOf(m, string(who.PINFL), method, unconfirmed)
		switch {
		case errors.Is(err, mockoneid.ErrNoTIN), errors.Is(err, mockoneid.ErrCertificate):
			return nil // no such certificate
		case err != nil:
			return err
		}
		token, err := c.Exchange(ctx, code)
		if err != nil {
			return err
		}
		profile, err := c.Identify(ctx, token)
		if err != nil {
			return err
		}
		if want := who.PINFL; !unconfirmed && profile.PINFL != want || unconfirmed && profile.PINFL != "" {
			return errOutcome
		}
		return c.Logout(ctx, token)
	})
}

package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	mockeds "github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
)

// signers are all stories and a dozen ordinary people: a key of their own costs
// each of them time, and their certificates differ in names only.
var signers = population.New(people.Seed, people.ElectionDay, 12)

var edsSystem = system{
	name: "eds",
	start: func(t *testing.T, client *http.Client) (map[string]*call.Caller, []act) {
		m := edsMock(t, mockeds.Options{})
		c := edsBeside(t, m, client)
		document := []byte("qaror matni")
		verify := func(ctx context.Context, m *mockeds.Server, c *eds.Client, o mockeds.Order, want signature.Expectation) (signature.Verdict, error) {
			o.Document = document
			der, err := m.SignOrder(o)
			if err != nil {
				return signature.Verdict{}, err
			}
			if o.Detached {
				return c.VerifyDetached(ctx, document, der, want)
			}
			return c.VerifyAttached(ctx, der, document, want)
		}
		acts := []act{
			{name: "everybody signs, attached", of: "verify-attached", do: func(ctx context.Context) error {
				return each(signers, func(who *population.Person) error {
					v, err := verify(ctx, m, c, mockeds.Order{As: string(who.PINFL)}, alone(who))
					if err == nil && !v.Trusted && who.Certificate.Revoked.IsZero() && who.Story != "expired-cert" && v.Reason != signature.OutsideWindow {
						err = fmt.Errorf("%w: %s", errOutcome, v.Reason)
					}
					return err
				})
			}},
			{name: "everybody signs, detached and without a stamp", of: "verify-detached", do: func(ctx context.Context) error {
				return each(signers, func(who *population.Person) error {
					_, err := verify(ctx, m, c, mockeds.Order{As: string(who.PINFL), Detached: true, NoStamp: true}, alone(who))
					return err
				})
			}},
		}
		told := edsMock(t, mockeds.Options{RevokedIsStatus: true})
		toldBeside := edsBeside(t, told, client)
		for _, flaw := range mockeds.Flaws() {
			for _, as := range []string{"chair-tec", "stranger", "revoked", "expired-cert"} {
				for _, detached := range []bool{false, true} {
					o := mockeds.Order{As: as, Flaw: flaw, Detached: detached}
					acts = append(acts, act{name: fmt.Sprintf("%s signs %s, detached %v", as, flaw, detached), do: func(ctx context.Context) error {
						_, err := verify(ctx, m, c, o, alone(people.ByStory(as)))
						if err != nil {
							return err
						}
						_, err = verify(ctx, told, toldBeside, o, alone(people.ByStory(as)))
						return err
					}})
				}
			}
		}
		acts = append(acts, edsLogin(m, c)...)
		acts = append(acts, edsEnvelopes(m, c, document)...)
		for _, p := range c.Probes() {
			acts = append(acts, act{name: "probe of " + p.Operation, of: p.Operation, do: p.Ask, want: anything})
		}
		for id, ask := range edsAsks(m, document) {
			statuses := []int{503}
			if !slices.Contains([]string{"ping", "info", "challenge"}, id) { // these have no parameters to refuse
				statuses = append(statuses, http.StatusBadRequest)
			}
			fresh := func() func(context.Context) error {
				c := edsBeside(t, m, client)
				return func(ctx context.Context) error { return ask(ctx, c) }
			}
			acts = append(acts, refusals(m, id, statuses, []string{""}, fresh)...)
			acts = append(acts, spoilt(m, id, fresh)...)
		}
		verifying := func() func(context.Context) error {
			c := edsBeside(t, m, client)
			return func(ctx context.Context) error { return edsAsks(m, document)["verify-attached"](ctx, c) }
		}
		for body, want := range map[string]fault.Kind{
			`{"status":-1,"message":"m"}`: fault.Unavailable, `{"status":-20,"message":"m"}`: fault.Unavailable,
			`{"status":-10,"message":"m","failedSignerInfo":{"any":[1]}}`: "", `{"status":-21}`: "", `{"status":-22}`: "", `{"status":-23}`: "",
			`{"status":1,"pkcs7Info":{"signers":[]}}`: "",
		} {
			acts = append(acts, answered(m, "verify-attached", http.StatusOK, body, want, verifying))
		}
		return c.Callers(), acts
	},
}

func edsMock(t *testing.T, o mockeds.Options) *mockeds.Server {
	t.Helper()
	o.Population, o.Now = signers, electionMorning
	m, err := mockeds.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopped(t, m)
	return m
}

func edsBeside(t *testing.T, m *mockeds.Server, client *http.Client) *eds.Client {
	t.Helper()
	limits := map[string]call.Limits{}
	for _, id := range eds.Operations() {
		limits[id] = patient
	}
	c, err := eds.New(eds.Config{URL: m.URL(), Host: "saylov.example", Limits: limits}, eds.Deps{Client: client, Now: electionMorning})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func alone(who *population.Person) signature.Expectation {
	return signature.Expectation{AnyOf: signature.One(signature.Party{PINFL: who.PINFL})}
}

func edsLogin(m *mockeds.Server, c *eds.Client) []act {
	login := func(ctx context.Context, o mockeds.Order, times int) error {
		challenge, err := c.Challenge(ctx)
		if err != nil {
			return err
		}
		o.Document = []byte(challenge.Text)
		der, err := m.SignOrder(o)
		if err != nil {
			return err
		}
		for range times {
			if _, err = c.Auth(eds.WithRealIP(ctx, "192.0.2.9"), der); err != nil {
				return err
			}
		}
		return nil
	}
	acts := []act{
		{name: "everybody logs in", of: "auth", do: func(ctx context.Context) error {
			return each(signers, func(who *population.Person) error { return login(ctx, mockeds.Order{As: string(who.PINFL)}, 1) })
		}},
		{name: "a challenge twice", of: "auth", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
			return login(ctx, mockeds.Order{As: "chair-dec"}, 2)
		}},
		{name: "a clock that is wrong", of: "auth", do: func(ctx context.Context) error {
			return login(ctx, mockeds.Order{As: "chair-dec", At: electionMorning().AddDate(0, 0, -1)}, 1)
		}},
		{name: "nonsense instead of a signature", of: "auth", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
			_, err := c.Auth(ctx, []byte("nonsense"))
			return err
		}},
	}
	for _, flaw := range mockeds.Flaws() {
		acts = append(acts, act{name: "login with a signature that is " + string(flaw), of: "auth", want: []fault.Kind{"", fault.Rejected}, do: func(ctx context.Context) error {
			return login(ctx, mockeds.Order{As: "chair-dec", Flaw: flaw}, 1)
		}})
	}
	return acts
}

// signed is an envelope without a stamp.
func signed(m *mockeds.Server, as string, document []byte, detached bool) []byte {
	der, err := m.SignOrder(mockeds.Order{As: as, Document: document, Detached: detached, NoStamp: true})
	if err != nil {
		panic(err) // a story always signs
	}
	return der
}

// edsEnvelopes are the acts that make one envelope of others.
func edsEnvelopes(m *mockeds.Server, c *eds.Client, document []byte) []act {
	sign := func(as string, document []byte, detached bool) []byte { return signed(m, as, document, detached) }
	return []act{
		{name: "a commission signs together", of: "join", do: func(ctx context.Context) error {
			first, err := c.Timestamp(ctx, sign("chair-tec", document, false))
			if err != nil {
				return err
			}
			second, err := c.MakeAttached(ctx, document, sign("secretary-tec", document, true))
			if err != nil {
				return err
			}
			both, err := c.Join(ctx, first, second)
			if err != nil {
				return err
			}
			_, err = c.VerifyAttached(ctx, both, document, alone(people.ByStory("chair-tec")))
			return err
		}},
		{name: "an envelope that has its stamp already", of: "timestamp", do: func(ctx context.Context) error {
			stamped, err := c.Timestamp(ctx, sign("chair-tec", document, false))
			if err != nil {
				return err
			}
			_, err = c.Timestamp(ctx, stamped)
			return err
		}},
		{name: "two documents cannot be joined", of: "join", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
			_, err := c.Join(ctx, sign("chair-tec", document, false), sign("secretary-tec", []byte("boshqa"), false))
			return err
		}},
		{name: "an attached one is made attached", of: "make-attached", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
			_, err := c.MakeAttached(ctx, document, sign("chair-tec", document, false))
			return err
		}},
		{name: "an attached one for detached", of: "verify-detached", want: []fault.Kind{fault.Rejected}, do: func(ctx context.Context) error {
			_, err := c.VerifyDetached(ctx, document, sign("chair-tec", document, false), alone(people.ByStory("chair-tec")))
			return err
		}},
		{name: "another document", of: "verify-detached", do: func(ctx context.Context) error {
			v, err := c.VerifyDetached(ctx, []byte("boshqa"), sign("chair-tec", document, true), alone(people.ByStory("chair-tec")))
			if err == nil && v.Trusted {
				return errors.New("it is trusted")
			}
			return err
		}},
	}
}

// edsAsks is one question of every operation.
func edsAsks(m *mockeds.Server, document []byte) map[string]func(context.Context, *eds.Client) error {
	envelope, detached := signed(m, "chair-tec", document, false), signed(m, "chair-tec", document, true)
	return map[string]func(context.Context, *eds.Client) error{
		"ping": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Ping(ctx)
			return err
		},
		"info": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Info(ctx)
			return err
		},
		"challenge": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Challenge(ctx)
			return err
		},
		"auth": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Auth(ctx, envelope)
			return err
		},
		"timestamp": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Timestamp(ctx, envelope)
			return err
		},
		"join": func(ctx context.Context, c *eds.Client) error {
			_, err := c.Join(ctx, envelope, envelope)
			return err
		},
		"make-attached": func(ctx context.Context, c *eds.Client) error {
			_, err := c.MakeAttached(ctx, document, detached)
			return err
		},
		"verify-attached": func(ctx context.Context, c *eds.Client) error {
			_, err := c.VerifyAttached(ctx, envelope, document, signature.Expectation{})
			return err
		},
		"verify-detached": func(ctx context.Context, c *eds.Client) error {
			_, err := c.VerifyDetached(ctx, document, detached, signature.Expectation{})
			return err
		},
	}
}

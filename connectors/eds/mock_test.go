package eds_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/mocks/chaos"
	mock "github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
)

var people = population.New(1, civil.Date{Year: 2029, Month: 10, Day: 28}, 60)

// morning is the clock of the tests beside the mock.
func morning() time.Time { return people.ElectionDay.Start().Add(9 * time.Hour) }

// beside starts the mock server, its clock on the election day, and a client.
func beside(t *testing.T, o mock.Options) (*mock.Server, *eds.Client) {
	t.Helper()
	o.Population, o.Now = people, morning
	m, err := mock.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	client := calltest.Beside(t, m)
	c, err := eds.New(eds.Config{URL: m.URL(), Host: "saylov.example"}, eds.Deps{Client: client, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	return m, c
}

// whoever lets the people of these stories sign, each alone.
func whoever(stories ...string) signature.Expectation {
	var sets [][]personal.PINFL
	for _, s := range stories {
		sets = append(sets, []personal.PINFL{people.ByStory(s).PINFL})
	}
	return anyOf(sets...)
}

func TestFlawsOfTheMock(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	strict, cs := beside(t, mock.Options{RevokedIsStatus: true})
	earlier := people.ElectionDay.Start().Add(time.Hour)
	cases := []struct {
		name  string
		order mock.Order
		want  signature.Reason
	}{
		{"sound", mock.Order{As: "chair-tec"}, ""},
		{"signed hours ago, stamped then", mock.Order{As: "chair-tec", At: earlier}, ""},
		{"natural person", mock.Order{As: "stranger"}, ""},
		{"no stamp, now", mock.Order{As: "chair-tec", NoStamp: true}, ""},
		{"no stamp, hours ago", mock.Order{As: "chair-tec", NoStamp: true, At: earlier}, signature.NoTimestamp},
		{"revoked", mock.Order{As: "revoked"}, signature.Revoked},
		{"expired", mock.Order{As: "expired-cert"}, signature.Expired},
		{"untrusted", mock.Order{As: "chair-tec", Flaw: mock.Untrusted}, signature.Untrusted},
		{"tampered", mock.Order{As: "chair-tec", Flaw: mock.Tampered}, signature.Invalid},
		{"sound, RSA", mock.Order{As: "party-head"}, ""},
		{"untrusted, RSA", mock.Order{As: "party-head", Flaw: mock.Untrusted}, signature.Untrusted},
		{"tampered, RSA", mock.Order{As: "party-head", Flaw: mock.Tampered}, signature.Invalid},
		{"another's key", mock.Order{As: "chair-tec", Flaw: mock.WrongSigner}, signature.Invalid},
		{"another's RSA key", mock.Order{As: "party-head", Flaw: mock.WrongSigner}, signature.Invalid},
		{"no PINFL", mock.Order{As: "chair-tec", Flaw: mock.NoPINFL}, signature.NoPINFL},
		{"untrusted stamp", mock.Order{As: "chair-tec", Flaw: mock.UntrustedStamp}, signature.BadTimestamp},
		{"another's stamp", mock.Order{As: "chair-tec", Flaw: mock.AlienStamp}, signature.BadTimestamp},
	}
	for _, k := range cases {
		for _, detached := range []bool{false, true} {
			for _, side := range []struct {
				m *mock.Server
				c *eds.Client
			}{{m, c}, {strict, cs}} {
				k.order.Document, k.order.Detached = document, detached
				der, err := side.m.SignOrder(k.order)
				if err != nil {
					t.Fatal(err)
				}
				var v signature.Verdict
				if detached {
					v, err = side.c.VerifyDetached(t.Context(), document, der, whoever(k.order.As))
				} else {
					v, err = side.c.VerifyAttached(t.Context(), der, document, whoever(k.order.As))
				}
				if err != nil || v.Reason != k.want || v.Trusted != (k.want == "") {
					t.Errorf("%s, detached %v: %v %q, %v; want %q", k.name, detached, v.Trusted, v.Reason, err, k.want)
					continue
				}
				who := people.ByStory(k.order.As)
				if len(v.Signers) != 1 || v.Reason != signature.NoPINFL && v.Signers[0].PINFL != who.PINFL || v.Signers[0].TIN != who.Certificate.TIN {
					t.Errorf("%s: signers %+v", k.name, v.Signers)
				}
				if k.want == "" && !k.order.At.IsZero() && !v.Signers[0].SignedAt.Equal(k.order.At) {
					t.Errorf("%s: signed at %v", k.name, v.Signers[0].SignedAt)
				}
			}
		}
	}
}

func TestContentOfTheMock(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	der, err := m.Sign("chair-tec", document, false)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.VerifyAttached(t.Context(), der, []byte("boshqa"), whoever("chair-tec")); err != nil || v.Reason != signature.OtherContent {
		t.Errorf("another document: %q, %v", v.Reason, err)
	}
	if _, err := c.VerifyDetached(t.Context(), document, der, whoever("chair-tec")); fault.KindOf(err) != fault.Rejected {
		t.Errorf("attached for detached: %v", err)
	}
	if _, err := c.VerifyAttached(t.Context(), []byte("nonsense"), document, whoever("chair-tec")); fault.KindOf(err) != fault.Rejected {
		t.Errorf("nonsense: %v", err)
	}
	detached, err := m.Sign("chair-tec", document, true)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.VerifyDetached(t.Context(), []byte("boshqa"), detached, whoever("chair-tec")); err != nil || v.Reason != signature.Invalid {
		t.Errorf("detached over another document: %q, %v", v.Reason, err)
	}
}

// fresh is a client that the test's end closes.
func fresh(t *testing.T) *http.Client {
	c := call.NewClient(nil)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// A commission signs one protocol: joined, stamped, verified against all who
// must sign; who is missing, too many or there twice is found out.
func TestJoinStampVerify(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	sign := func(as string) []byte {
		t.Helper()
		der, err := m.SignOrder(mock.Order{As: as, Document: document, NoStamp: true})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	join := func(parts ...[]byte) []byte {
		t.Helper()
		all := parts[0]
		for _, p := range parts[1:] {
			var err error
			if all, err = c.Join(t.Context(), all, p); err != nil {
				t.Fatal(err)
			}
		}
		stamped, err := c.Timestamp(t.Context(), all)
		if err != nil || bytes.Equal(stamped, all) {
			t.Fatalf("stamping: %v", err)
		}
		return stamped
	}
	chair, secretary, deputy := "chair-tec", "secretary-tec", "deputy-tec" // ECDSA, RSA, ECDSA
	required := anyOf([]personal.PINFL{people.ByStory(chair).PINFL, people.ByStory(secretary).PINFL})
	for _, k := range []struct {
		name     string
		envelope []byte
		want     signature.Reason
	}{
		{"both", join(sign(chair), sign(secretary)), ""},
		{"one is missing", join(sign(chair)), signature.Missing},
		{"one twice", join(sign(chair), sign(chair)), signature.SignerTwice},
		{"one who need not", join(sign(chair), sign(secretary), sign(deputy)), signature.WrongPerson},
	} {
		v, err := c.VerifyAttached(t.Context(), k.envelope, document, required)
		if err != nil || v.Reason != k.want {
			t.Errorf("%s: %q, %v; want %q", k.name, v.Reason, err, k.want)
		}
		for _, s := range v.Signers {
			if !s.ByStamp {
				t.Errorf("%s: a signer without a stamp", k.name)
			}
		}
	}
}

// The hub may attach the document and stamp a fresh signature itself; hours
// later that still counts, what was not stamped does not.
func TestStampedThenVerifiedLater(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	der, err := m.SignOrder(mock.Order{As: "chair-tec", Document: document, Detached: true, NoStamp: true})
	if err != nil {
		t.Fatal(err)
	}
	attached, err := c.MakeAttached(t.Context(), document, der)
	if err != nil {
		t.Fatal(err)
	}
	stamped, err := c.Timestamp(t.Context(), attached)
	if err != nil {
		t.Fatal(err)
	}
	later, err := eds.New(eds.Config{URL: m.URL(), Host: "saylov.example"}, eds.Deps{Client: fresh(t), Now: func() time.Time {
		return people.ElectionDay.Start().Add(18 * time.Hour)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		name     string
		envelope []byte
		want     signature.Reason
	}{{"stamped", stamped, ""}, {"not stamped", attached, signature.NoTimestamp}} {
		if v, err := later.VerifyAttached(t.Context(), k.envelope, document, whoever("chair-tec")); err != nil || v.Reason != k.want {
			t.Errorf("%s: %q, %v", k.name, v.Reason, err)
		}
	}
}

func TestLoginAtTheMock(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	ch, err := c.Challenge(t.Context())
	if err != nil || ch.Life != 2*time.Minute {
		t.Fatalf("%+v, %v", ch, err)
	}
	der, err := m.Sign("chair-dec", []byte(ch.Text), false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Auth(eds.WithRealIP(t.Context(), "192.0.2.9"), der)
	if err != nil || !v.Trusted || v.Signers[0].PINFL != people.ByStory("chair-dec").PINFL {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := c.Auth(t.Context(), der); fault.Of(err) == nil || fault.Of(err).Code != "challenge_unknown" {
		t.Errorf("again: %v", err)
	}
	calls := m.Calls(mock.OpAuth)
	if calls[0].Host != "saylov.example" || calls[0].RealIP != "192.0.2.9" || calls[1].RealIP != "" {
		t.Errorf("calls %+v", calls)
	}
	h, err := c.Ping(t.Context())
	if err != nil || !h.ServerTime.Equal(morning()) || h.KeyUntil.IsZero() {
		t.Errorf("ping %+v, %v", h, err)
	}
}

func TestFaultsOfTheMock(t *testing.T) {
	t.Parallel()
	for _, k := range []chaos.Kind{chaos.Down, chaos.Status, chaos.Reset, chaos.Truncated, chaos.Malformed, chaos.HTML, chaos.Empty, chaos.Throttle} {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			m, c := beside(t, mock.Options{})
			der, err := m.Sign("chair-tec", document, true)
			if err != nil {
				t.Fatal(err)
			}
			want, tries := fault.Unavailable, 2
			if k == chaos.Throttle {
				want, tries = fault.Throttled, 1
			}
			if err := m.Fault(chaos.Fault{Operation: mock.OpVerifyDetached, Kind: k}); err != nil {
				t.Fatal(err)
			}
			if _, err := c.VerifyDetached(t.Context(), document, der, whoever("chair-tec")); fault.KindOf(err) != want || m.Count(mock.OpVerifyDetached) != tries {
				t.Errorf("%v after %d tries, want %s", err, m.Count(mock.OpVerifyDetached), want)
			}
			m.Heal(mock.OpVerifyDetached)
			if v, err := c.VerifyDetached(t.Context(), document, der, whoever("chair-tec")); err != nil || !v.Trusted {
				t.Errorf("healed: %+v, %v", v, err)
			}
		})
	}
}

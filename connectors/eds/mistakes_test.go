package eds_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
	mock "github.com/saylovhub/hub/mocks/eds"
)

// What other clients of the server were seen to get wrong.

// A POST to the challenge gets a 405 and then hangs until the time-out, which
// looks like an outage. Ours is a GET; and were it none, a 405 is an address
// that is wrong, not a system that is down.
func TestMistakeChallengeByPost(t *testing.T) {
	t.Parallel()
	m, c := beside(t, mock.Options{})
	if _, err := c.Challenge(t.Context()); err != nil || m.Count(mock.OpChallenge) != 1 {
		t.Errorf("after %d tries: %v", m.Count(mock.OpChallenge), err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := client(t, func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet || r.Body != nil && r.Body != http.NoBody {
				t.Errorf("asked by %s", r.Method)
			}
			return calltest.With(405, "")(r)
		})
		if _, err := c.Challenge(t.Context()); fault.KindOf(err) != fault.Misconfigured {
			t.Errorf("a 405: %v", err)
		}
	})
}

// Verification is asked of the back end's paths, which no browser may reach.
func TestMistakeVerificationOfTheFrontEnd(t *testing.T) {
	t.Parallel()
	var paths []string
	c := client(t, func(r *http.Request) (*http.Response, error) {
		paths = append(paths, r.URL.Path)
		return calltest.With(400, "")(r)
	})
	_, _ = c.VerifyAttached(t.Context(), []byte("der"), document, either)
	_, _ = c.VerifyDetached(t.Context(), document, []byte("der"), either)
	_, _ = c.Auth(t.Context(), []byte("der"))
	if got := strings.Join(paths, " "); got != "/backend/pkcs7/verify/attached /backend/pkcs7/verify/detached /backend/auth" {
		t.Errorf("asked %s", got)
	}
}

// Status 1 is not all, nor is the first signer, nor a person's name: every
// signer's own words count, against the document and whom the act wants.
func TestMistakeOuterStatusAlone(t *testing.T) {
	t.Parallel()
	bad := signer(two, "cd")
	bad["verified"] = false
	for _, c := range []struct {
		name    string
		signers []object
		content string
		want    signature.Reason
	}{
		{"the second signer", []object{signer(one, "ab"), bad}, string(document), signature.Invalid},
		{"another person", []object{signer(three, "ab")}, string(document), signature.WrongPerson},
		{"another document", []object{signer(one, "ab")}, "other", signature.OtherContent},
	} {
		v, err := client(t, calltest.With(200, text(t, answer(1, c.signers...)))).VerifyAttached(t.Context(), []byte("der"), []byte(c.content), either)
		if err != nil || v.Trusted || v.Reason != c.want {
			t.Errorf("%s: %+v, %v", c.name, v, err)
		}
	}
}

// Times without a zone are the server's, wherever our clock stands: the same
// moment is the same in every zone of ours.
func TestMistakeNaiveTimes(t *testing.T) {
	t.Parallel()
	s := signer(one, "ab")
	for _, c := range []struct {
		zone *time.Location
		want time.Time
	}{
		{nil, time.Date(2026, 11, 22, 11, 58, 0, 0, civil.Tashkent)},
		{time.FixedZone("fast", 6*60*60), time.Date(2026, 11, 22, 10, 58, 0, 0, civil.Tashkent)},
	} {
		cl := clientWith(t, calltest.With(200, text(t, answer(1, s))), func(cfg *eds.Config) { cfg.Zone = c.zone })
		v, err := cl.VerifyAttached(t.Context(), []byte("der"), document, either)
		if err != nil || len(v.Signers) != 1 || !v.Signers[0].SignedAt.Equal(c.want) {
			t.Errorf("%v: %+v, %v", c.zone, v.Signers, err)
		}
	}
}

// The Host is the site's name and no header of ours, X-Real-IP is the citizen's
// address or is not there.
func TestMistakeHostAndRealIP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address string
		want    []string
	}{
		{"192.0.2.7", []string{"192.0.2.7"}}, {"2001:db8::7", []string{"2001:db8::7"}}, {"", nil}, {"unknown", nil}, {"192.0.2.7, 192.0.2.8", nil},
	} {
		cl := client(t, func(r *http.Request) (*http.Response, error) {
			if r.Host != "saylov.example" || r.URL.Host != "eds.example:8080" || r.Header.Values("Host") != nil {
				t.Errorf("host %q at %q", r.Host, r.URL.Host)
			}
			if got := r.Header.Values("X-Real-IP"); strings.Join(got, "|") != strings.Join(c.want, "|") || len(got) != len(c.want) {
				t.Errorf("%q went as %q", c.address, got)
			}
			return calltest.With(400, "")(r)
		})
		_, _ = cl.Auth(eds.WithRealIP(t.Context(), c.address), []byte("der"))
	}
}

// An agency's proxy gets its own headers with every call; ours are not theirs.
func TestHeadersOfAProxy(t *testing.T) {
	t.Parallel()
	cl := clientWith(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Client-Auth") != "Basic cHJveHk=" || r.Header.Get("Accept") != "application/json" {
			t.Errorf("sent %v", r.Header)
		}
		return calltest.With(400, "")(r)
	}, func(c *eds.Config) { c.Headers = []call.Header{{Name: "Client-Auth", Value: "Basic cHJveHk="}} })
	_, _ = cl.Ping(t.Context())
	_, err := eds.New(eds.Config{URL: "http://e.example", Host: "h", Headers: []call.Header{{Name: "x-real-ip", Value: "s3cret"}}}, eds.Deps{})
	if err == nil || !strings.Contains(err.Error(), "eds.headers[0]") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
}

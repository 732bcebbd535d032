package eds_test

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/signature"
	mock "github.com/saylovhub/hub/mocks/eds"
)

// Everything that the connector asks and the mock answers is held against the
// contract, field by field; all of its operations are asked.
func TestContract(t *testing.T) {
	t.Parallel()
	contract, err := external.Load("eds")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(eds.Operations(), contract.Operations()); d != "" {
		t.Fatalf("operations (-connector +contract)\n%s", d)
	}
	m, _ := beside(t, mock.Options{})
	client := fresh(t)
	var asked []string
	through := calltest.Transport(func(r *http.Request) (*http.Response, error) {
		var sent []byte
		if r.Body != nil {
			sent, _ = io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(sent))
		}
		a, err := client.Transport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			return nil, err
		}
		a.Body = io.NopCloser(bytes.NewReader(body))
		for _, d := range contract.Check(r, sent, a.StatusCode, a.Header, body) {
			t.Errorf("%s: %+v", r.URL.Path, d)
		}
		return a, nil
	})
	c, err := eds.New(eds.Config{URL: m.URL(), Host: "saylov.example"}, eds.Deps{Client: &http.Client{Transport: through}, Now: morning})
	if err != nil {
		t.Fatal(err)
	}
	ctx := eds.WithRealIP(t.Context(), "192.0.2.7")
	sign := func(o mock.Order) []byte {
		t.Helper()
		if o.Document == nil {
			o.Document = document
		}
		der, err := m.SignOrder(o)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	done := func(id string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", id, err)
		}
		asked = append(asked, id)
	}
	_, err = c.Ping(ctx)
	done("ping", err)
	_, err = c.Info(ctx)
	done("info", err)
	challenge, err := c.Challenge(ctx)
	done("challenge", err)
	_, err = c.Auth(ctx, sign(mock.Order{As: "chair-tec", Document: []byte(challenge.Text)}))
	done("auth", err)
	detached := sign(mock.Order{As: "secretary-tec", Detached: true, NoStamp: true})
	attached, err := c.MakeAttached(ctx, document, detached)
	done("make-attached", err)
	stamped, err := c.Timestamp(ctx, attached)
	done("timestamp", err)
	_, err = c.Join(ctx, stamped, sign(mock.Order{As: "chair-tec"}))
	done("join", err)
	for _, o := range []mock.Order{
		{As: "chair-tec"},
		{As: "party-head"},
		{As: "stranger", NoStamp: true},
		{As: "revoked"},
		{As: "expired-cert"},
		{As: "chair-tec", Flaw: mock.Untrusted},
		{As: "chair-tec", Flaw: mock.Tampered},
		{As: "chair-tec", Flaw: mock.NoPINFL},
		{As: "chair-tec", Flaw: mock.UntrustedStamp},
		{As: "chair-tec", Flaw: mock.AlienStamp},
		{As: "party-head", Flaw: mock.WrongSigner},
	} {
		_, err = c.VerifyAttached(ctx, sign(o), document, signature.Expectation{})
		done("verify-attached", err)
		o.Detached = true
		_, err = c.VerifyDetached(ctx, document, sign(o), signature.Expectation{})
		done("verify-detached", err)
	}
	slices.Sort(asked)
	if d := cmp.Diff(contract.Operations(), slices.Compact(asked)); d != "" {
		t.Errorf("asked (-contract +asked)\n%s", d)
	}
}

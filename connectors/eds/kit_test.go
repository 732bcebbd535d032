package eds_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

const (
	kitSigner    = "32103889999014"
	kitDocument  = "kit qaror matni"
	kitEnvelope  = "kit-pkcs7-envelope"
	kitChallenge = "kit-challenge-0001"
)

// kitClient's clock begins at noon of the day on which the answers were made.
func kitClient(t testing.TB, op string, deps call.Deps, limits call.Limits) *eds.Client {
	began, noon := time.Now(), time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Tashkent)
	deps.Now = func() time.Time { return noon.Add(time.Since(began)) }
	c, err := eds.New(eds.Config{URL: "http://eds.example:8080", Host: "saylov.example", Limits: map[string]call.Limits{op: limits}}, deps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// kitVerified is an answer of both verifications about one good signer.
func kitVerified(document string) string {
	return `{"status":1,"message":"ok","pkcs7Info":{"signers":[{"signingTime":"2026-11-22 11:58:00","verified":true,"certificateVerified":true,
 "certificateValidAtSigningTime":true,"statusUpdatedAt":"2026-11-22 11:59:00","certificate":[{"serialNumber":"ab","validFrom":"2025-01-01 00:00:00",
 "validTo":"2027-01-01 00:00:00","subjectInfo":{"CN":"NAMUNAYEV NAMUNA","1.2.860.3.16.1.2":"` + kitSigner + `"}}],
 "timeStampInfo":{"time":"2026-11-22 11:58:00","verified":true,"digestVerified":true,"certificateVerified":true,"certificateValidAtSigningTime":true}}]` + document + `}}`
}

func verdict(v signature.Verdict, err error) (string, error) {
	switch {
	case err != nil:
		return "", err
	case v.Trusted:
		return "trusted", nil
	}
	return "refused", nil
}

func done(err error) (string, error) {
	if err != nil {
		return "", err
	}
	return "done", nil
}

// TestKit holds every operation of the server against what all connectors must
// do, and prints what each answer is taken for.
func TestKit(t *testing.T) {
	t.Parallel()
	want := signature.Expectation{AnyOf: signature.One(signature.Party{PINFL: kitSigner})}
	document, envelope := []byte(kitDocument), []byte(kitEnvelope)
	type question = func(context.Context, *eds.Client) (string, error)
	own := func(kinds map[int]fault.Kind) []calltest.Own {
		var out []calltest.Own
		for _, status := range []int{-1, -5, -10, -11, -12, -20, -21, -22, -23, -99, 0} {
			o := calltest.Own{Name: fmt.Sprint(status), Reply: calltest.Reply{Status: 200, Body: fmt.Sprintf(`{"status":%d,"message":"Zq7LeakedWording %s"}`, status, kitSigner)}}
			var known bool
			if o.Kind, known = kinds[status]; !known {
				o.Kind = kinds[0]
			}
			if o.Kind == "" {
				o.Word = "refused"
			}
			out = append(out, o)
		}
		return out
	}
	verified := own(map[int]fault.Kind{-1: fault.Unavailable, -10: "", -11: "", -12: "", -20: fault.Unavailable, -21: "", -22: "", -23: "", 0: fault.Breach})
	auth := own(map[int]fault.Kind{-1: fault.Unavailable, -5: "", -10: "", -11: "", -12: "", -20: fault.Rejected, 0: fault.Breach})
	simple := own(map[int]fault.Kind{-1: fault.Unavailable, 0: fault.Rejected})
	rebuilt := `{"status":1,"pkcs7b64":"` + base64.StdEncoding.EncodeToString(envelope) + `"}`
	s := calltest.Subject{
		System:  eds.System,
		Secrets: []string{kitSigner, kitDocument, kitEnvelope, kitChallenge, "NAMUNAYEV", base64.StdEncoding.EncodeToString(document)},
	}
	for _, o := range []struct {
		id, good, word string
		once, private  bool
		own            []calltest.Own
		ask            question
	}{
		{"verify-attached", kitVerified(`,"documentBase64":"` + base64.StdEncoding.EncodeToString(document) + `"`), "trusted", false, false, verified, func(ctx context.Context, c *eds.Client) (string, error) {
			return verdict(c.VerifyAttached(ctx, envelope, document, want))
		}},
		{"verify-detached", kitVerified(""), "trusted", false, false, verified, func(ctx context.Context, c *eds.Client) (string, error) {
			return verdict(c.VerifyDetached(ctx, document, envelope, want))
		}},
		{
			"auth", `{"status":1,"subjectCertificateInfo":{"serialNumber":"ab","subjectName":{"CN":"NAMUNAYEV NAMUNA","1.2.860.3.16.1.2":"` + kitSigner + `"}}}`,
			"trusted", true, true, auth,
			func(ctx context.Context, c *eds.Client) (string, error) { return verdict(c.Auth(ctx, envelope)) },
		},
		{"challenge", `{"status":1,"challenge":"` + kitChallenge + `","ttl":120}`, "done", false, true, simple, func(ctx context.Context, c *eds.Client) (string, error) {
			_, err := c.Challenge(ctx)
			return done(err)
		}},
		{"timestamp", rebuilt, "done", false, false, simple, func(ctx context.Context, c *eds.Client) (string, error) {
			_, err := c.Timestamp(ctx, envelope)
			return done(err)
		}},
		{"join", rebuilt, "done", false, false, simple, func(ctx context.Context, c *eds.Client) (string, error) {
			_, err := c.Join(ctx, envelope, envelope)
			return done(err)
		}},
		{"make-attached", rebuilt, "done", false, false, simple, func(ctx context.Context, c *eds.Client) (string, error) {
			_, err := c.MakeAttached(ctx, document, envelope)
			return done(err)
		}},
		{
			"ping", `{"serverDateTime":"2026-11-22 12:00:00","yourIP":"192.0.2.1","vpnKeyInfo":{"validTo":"2027-01-01 00:00:00"}}`, "done", false, false, nil,
			func(ctx context.Context, c *eds.Client) (string, error) {
				_, err := c.Ping(ctx)
				return done(err)
			},
		},
		{
			"info", `{"version":"1.7","vpnKeyInfo":{"validTo":"2027-01-01 00:00:00"},"trustedCertificates":[{}]}`, "done", false, false, nil,
			func(ctx context.Context, c *eds.Client) (string, error) {
				_, err := c.Info(ctx)
				return done(err)
			},
		},
	} {
		s.Operations = append(s.Operations, calltest.Operation{
			ID: o.id, Repeatable: !o.once, Private: o.private, Good: calltest.Reply{Status: 200, Body: o.good}, Word: o.word, Own: o.own,
			Open: func(t testing.TB, deps call.Deps, limits call.Limits) calltest.Ask {
				c := kitClient(t, o.id, deps, limits)
				return func(ctx context.Context) (string, error) { return o.ask(ctx, c) }
			},
			Except: []calltest.Except{
				{Why: "whatever the body, a 400 is about the envelope", Statuses: []int{400}, Kind: fault.Rejected},
				{Why: "but a page is a proxy's", Statuses: []int{400}, Forms: []calltest.Form{calltest.Page}, Kind: fault.Unavailable},
				{Why: "statuses of which the server knows nothing", Statuses: []int{201, 409, 410, 415, 422, 423}, Kind: fault.Breach},
				{Why: "the cap counts before the status", Statuses: calltest.Read, Forms: []calltest.Form{calltest.TooLong}, Kind: fault.Breach},
			},
		})
	}
	calltest.Run(t, s)
}

package eds_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

func TestHTTPStatusAndBody(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		status int
		body   string
		kind   fault.Kind
	}{
		{"bad parameters", 400, "", fault.Rejected},
		{"wrong host", 404, "", fault.Misconfigured},
		{"wrong method", 405, "", fault.Misconfigured},
		{"closed", 403, "<html>", fault.Misconfigured},
		{"moved", 302, "", fault.Misconfigured},
		{"down", 503, "", fault.Unavailable},
		{"a page", 200, "<html>", fault.Unavailable},
		{"nothing", 200, "", fault.Unavailable},
		{"cut off", 200, `{"status":1,`, fault.Unavailable},
		{"a list", 200, `[]`, fault.Breach},
		{"no content", 204, "", fault.Breach},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cl := client(t, calltest.With(c.status, c.body))
				_, attached := cl.VerifyAttached(t.Context(), []byte("der"), document, either)
				_, detached := cl.VerifyDetached(t.Context(), document, []byte("der"), either)
				_, auth := cl.Auth(t.Context(), []byte("der"))
				_, challenge := cl.Challenge(t.Context())
				_, stamp := cl.Timestamp(t.Context(), []byte("der"))
				_, join := cl.Join(t.Context(), []byte("a"), []byte("b"))
				_, made := cl.MakeAttached(t.Context(), document, []byte("b"))
				_, ping := cl.Ping(t.Context())
				_, info := cl.Info(t.Context())
				for op, err := range map[string]error{"verify-attached": attached, "verify-detached": detached, "auth": auth, "challenge": challenge, "timestamp": stamp, "join": join, "make-attached": made, "ping": ping, "info": info} {
					if f := fault.Of(err); f == nil || f.Kind != c.kind || f.System != eds.System || f.Operation != op {
						t.Errorf("%s: %v, want %s", op, err, c.kind)
					}
				}
			})
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	var got string
	cl := client(t, func(r *http.Request) (*http.Response, error) {
		b := []byte{}
		if r.Body != nil {
			b, _ = io.ReadAll(r.Body)
		}
		ip, sent := r.Header["X-Real-Ip"]
		got = fmt.Sprintf("%s %s host=%s ip=%v%v body=%s", r.Method, r.URL, r.Host, ip, sent, b)
		return calltest.With(400, "")(r)
	})
	ctx := t.Context()
	for _, c := range []struct {
		call func()
		want string
	}{
		{func() { _, _ = cl.VerifyAttached(ctx, []byte("der"), document, either) }, "POST http://eds.example:8080/backend/pkcs7/verify/attached host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.VerifyDetached(ctx, document, []byte("der"), either) }, "POST http://eds.example:8080/backend/pkcs7/verify/detached host=saylov.example ip=[]false body=cWFyb3I=|ZGVy"},
		{func() { _, _ = cl.Auth(eds.WithRealIP(ctx, "192.0.2.7"), []byte("der")) }, "POST http://eds.example:8080/backend/auth host=saylov.example ip=[192.0.2.7]true body=ZGVy"},
		{func() { _, _ = cl.Auth(eds.WithRealIP(ctx, "unknown"), []byte("der")) }, "POST http://eds.example:8080/backend/auth host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.Challenge(ctx) }, "GET http://eds.example:8080/frontend/challenge host=saylov.example ip=[]false body="},
		{func() { _, _ = cl.Timestamp(ctx, []byte("der")) }, "POST http://eds.example:8080/frontend/timestamp/pkcs7 host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.Join(ctx, []byte("der"), []byte("qaror")) }, "POST http://eds.example:8080/frontend/pkcs7/join host=saylov.example ip=[]false body=ZGVy|cWFyb3I="},
		{func() { _, _ = cl.MakeAttached(ctx, document, []byte("der")) }, "POST http://eds.example:8080/frontend/pkcs7/make-attached host=saylov.example ip=[]false body=cWFyb3I=|ZGVy"},
		{func() { _, _ = cl.Info(ctx) }, "GET http://eds.example:8080/info host=saylov.example ip=[]false body="},
		{func() { _, _ = cl.Ping(ctx) }, "GET http://eds.example:8080/ping host=saylov.example ip=[]false body="},
	} {
		if c.call(); got != c.want {
			t.Errorf("asked  %s\nwanted %s", got, c.want)
		}
	}
	got = ""
	if _, err := cl.VerifyAttached(ctx, nil, document, either); fault.KindOf(err) != fault.Rejected || got != "" {
		t.Errorf("an empty envelope: %v, %q", err, got)
	}
}

// Everything but a login may be repeated: a login uses its challenge up.
func TestWhatIsRepeated(t *testing.T) {
	t.Parallel()
	for op, ask := range map[string]func(context.Context, *eds.Client){
		"auth": func(ctx context.Context, c *eds.Client) { _, _ = c.Auth(ctx, []byte("der")) },
		"verify-detached": func(ctx context.Context, c *eds.Client) {
			_, _ = c.VerifyDetached(ctx, document, []byte("der"), either)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			tries := 0
			ask(t.Context(), client(t, func(r *http.Request) (*http.Response, error) { tries++; return calltest.With(503, "")(r) }))
			if want := map[string]int{"auth": 1, "verify-detached": 2}[op]; tries != want {
				t.Errorf("%s: %d tries, want %d", op, tries, want)
			}
		})
	}
}

func TestSimpleAnswers(t *testing.T) {
	t.Parallel()
	ch, err := client(t, calltest.With(200, `{"status":1,"challenge":"c-1","ttl":120}`)).Challenge(t.Context())
	if err != nil || ch != (eds.Challenge{Text: "c-1", Life: 2 * time.Minute}) {
		t.Errorf("challenge %+v, %v", ch, err)
	}
	v, err := client(t, calltest.With(200, `{"status":1,"subjectCertificateInfo":{"serialNumber":"ab","subjectName":{"CN":"N","1.2.860.3.16.1.2":"`+one+`"}}}`)).Auth(t.Context(), []byte("der"))
	if err != nil || !v.Trusted || len(v.Signers) != 1 || string(v.Signers[0].PINFL) != one || v.Signers[0].Serial != "ab" {
		t.Errorf("auth %+v, %v", v, err)
	}
	v, err = client(t, calltest.With(200, `{"status":1,"subjectCertificateInfo":{"subjectName":{"CN":"N"}}}`)).Auth(t.Context(), []byte("der"))
	if err != nil || v.Trusted || v.Reason != signature.NoPINFL {
		t.Errorf("auth of nobody %+v, %v", v, err)
	}
	der, err := client(t, calltest.With(200, `{"status":1,"pkcs7b64":"ZGVy","timestampedSignerList":[]}`)).Timestamp(t.Context(), []byte("x"))
	if err != nil || string(der) != "der" {
		t.Errorf("timestamp %q, %v", der, err)
	}
	if _, err = client(t, calltest.With(200, `{"status":-99,"message":"documents differ"}`)).Join(t.Context(), []byte("a"), []byte("b")); fault.KindOf(err) != fault.Rejected {
		t.Errorf("join of different documents: %v", err)
	}
	if _, err = client(t, calltest.With(200, `{"status":1}`)).Join(t.Context(), []byte("a"), []byte("b")); fault.KindOf(err) != fault.Breach {
		t.Errorf("join without a result: %v", err)
	}
	h, err := client(t, calltest.With(200, `{"serverDateTime":"2026-11-22 12:00:00","yourIP":"x","vpnKeyInfo":{"validTo":"2027-01-01 00:00:00"}}`)).Ping(t.Context())
	if err != nil || !h.ServerTime.Equal(noon) || h.KeyUntil.Year() != 2027 {
		t.Errorf("ping %+v, %v", h, err)
	}
}

func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"message": `{"status":-1,"message":"` + one + `"}`, "type": `{"status":"` + one + `"}`, "number": `{"status":1,"pkcs7Info":` + one + `}`,
		"time": `{"status":1,"pkcs7Info":{"signers":[{"signingTime":"` + one + `","certificate":[{}]}]}}`, "page": one,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := client(t, calltest.With(200, body)).VerifyDetached(t.Context(), document, []byte("der"), either)
				if err == nil || strings.Contains(fmt.Sprintf("%v %+v", err, *fault.Of(err)), one) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	_, err := eds.New(eds.Config{URL: "eds", ClockSkew: -1, Limits: map[string]call.Limits{"nothing": {}}}, eds.Deps{})
	for _, want := range []string{"eds.url", "eds.host", "eds.limits.nothing", "eds.clock_skew"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in %v", want, err)
		}
	}
}

// No answer makes a trusted verdict without signers, or a panic.
func FuzzVerify(f *testing.F) {
	good, err := json.Marshal(answer(1, signer(one, "ab")))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"status":-20}`))
	f.Add([]byte(`{"status":1,"pkcs7Info":{"signers":[{"certificate":[]}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		synctest.Test(t, func(t *testing.T) { neverTrustsNothing(t, body) })
	})
}

func neverTrustsNothing(t *testing.T, body []byte) {
	t.Helper()
	v, err := client(t, calltest.With(200, string(body))).VerifyAttached(t.Context(), []byte("der"), document, either)
	if err != nil {
		if fault.KindOf(err) == fault.Defect || v.Trusted {
			t.Fatal(err)
		}
		return
	}
	if v.Trusted != (v.Reason == "") || v.Trusted && (len(v.Signers) == 0 || v.Signers[0].PINFL == "" || v.Signers[0].SignedAt.IsZero()) || !json.Valid(v.Evidence.Answer) {
		t.Fatalf("%+v", v)
	}
}

// No answer to a login makes a trusted verdict of nobody, or a panic.
func FuzzAuth(f *testing.F) {
	f.Add([]byte(`{"status":1,"subjectCertificateInfo":{"serialNumber":"ab","subjectName":{"CN":"N","1.2.860.3.16.1.2":"` + one + `"}}}`))
	f.Add([]byte(`{"status":-20}`))
	f.Add([]byte(`{"status":1,"subjectCertificateInfo":{"subjectName":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		synctest.Test(t, func(t *testing.T) {
			v, err := client(t, calltest.With(200, string(body))).Auth(t.Context(), []byte("der"))
			if err != nil {
				if fault.KindOf(err) == fault.Defect || v.Trusted {
					t.Fatal(err)
				}
				return
			}
			if v.Trusted != (v.Reason == "") || v.Trusted && (len(v.Signers) != 1 || len(v.Signers[0].PINFL) != 14) {
				t.Fatalf("%+v", v)
			}
		})
	})
}

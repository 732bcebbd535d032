package eds_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func with(status int, body string) transport {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// noon is the clock of the tests, 12:00 in Tashkent.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Tashkent)

func client(t *testing.T, f transport) *eds.Client {
	t.Helper()
	c, err := eds.New(eds.Config{URL: "http://eds.example:8080/", Host: "saylov.example"},
		eds.Deps{Client: &http.Client{Transport: f}, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type object = map[string]any

// signer is a good one, timestamped at 11:58 of the tests' day.
func signer(pinfl, serial string) object {
	return object{
		"signingTime": "2020-01-01 00:00:00", "verified": true, "certificateVerified": true, "certificateValidAtSigningTime": true,
		"statusUpdatedAt": "2026-11-22 11:59:00",
		"certificate": []any{object{
			"serialNumber": serial, "validFrom": "2025-01-01 00:00:00", "validTo": "2027-01-01 00:00:00", "subjectName": "CN=NAMUNAYEV",
			"subjectInfo": object{"CN": "NAMUNAYEV NAMUNA", "1.2.860.3.16.1.2": pinfl, "1.2.860.3.16.1.1": "300000001"},
		}},
		"timeStampInfo": object{
			"time": "2026-11-22 11:58:00", "verified": true, "digestVerified": true, "certificateVerified": true, "certificateValidAtSigningTime": true,
		},
	}
}

const (
	one = "32103889999014"
	two = "41505939980027"
)

var document = []byte("qaror")

func answer(status int, signers ...object) object {
	return object{"status": status, "message": "x", "pkcs7Info": object{"signers": signers, "documentBase64": base64.StdEncoding.EncodeToString(document)}}
}

func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTrusted(t *testing.T) {
	t.Parallel()
	v, err := client(t, with(200, text(t, answer(1, signer(one, "ab"), signer(two, "cd"))))).VerifyAttached(t.Context(), []byte("der"), document)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 11, 58, 0, 0, civil.Tashkent)
	want := signature.Verdict{Trusted: true, Signers: []signature.Signer{
		{PINFL: one, TIN: "300000001", Name: "NAMUNAYEV NAMUNA", Serial: "ab", SignedAt: at, ByStamp: true},
		{PINFL: two, TIN: "300000001", Name: "NAMUNAYEV NAMUNA", Serial: "cd", SignedAt: at, ByStamp: true},
	}}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Each check by itself, on the second of two signers where it is per signer.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	set := func(path string, v any) func(object) {
		return func(s object) {
			keys := strings.Split(path, "/")
			for _, k := range keys[:len(keys)-1] {
				switch next := s[k].(type) {
				case object:
					s = next
				case []any:
					s = next[0].(object)
				}
			}
			if last := keys[len(keys)-1]; v == nil {
				delete(s, last)
			} else {
				s[last] = v
			}
		}
	}
	unstamped := func(at string) func(object) {
		return func(s object) {
			delete(s, "timeStampInfo")
			s["signingTime"] = at
		}
	}
	cases := []struct {
		name   string
		change func(object)
		reason signature.Reason
		kind   fault.Kind
	}{
		{"not verified", set("verified", false), signature.Invalid, ""},
		{"verified is not told", set("verified", nil), signature.Invalid, ""},
		{"chain", set("certificateVerified", false), signature.Untrusted, ""},
		{"chain is not told", set("certificateVerified", nil), signature.Untrusted, ""},
		{"not valid then", set("certificateValidAtSigningTime", false), signature.Expired, ""},
		{"revoked", set("revokedStatusInfo", object{"revocationTime": "2026-01-01 00:00:00"}), signature.Revoked, ""},
		{"revoked, empty details", set("revokedStatusInfo", object{}), signature.Revoked, ""},
		{"an exception", set("exception", "java.lang.Exception"), signature.Invalid, ""},
		{"stale status", set("statusUpdatedAt", "2026-11-20 12:00:00"), "", fault.Unavailable},
		{"status without a time", set("statusUpdatedAt", nil), "ok", ""},
		{"status at no time", set("statusUpdatedAt", "yesterday"), "", fault.Breach},
		{"stamp not verified", set("timeStampInfo/verified", nil), signature.BadTimestamp, ""},
		{"stamp over something else", set("timeStampInfo/digestVerified", false), signature.BadTimestamp, ""},
		{"stamp's chain", set("timeStampInfo/certificateVerified", false), signature.BadTimestamp, ""},
		{"stamp's certificate then", set("timeStampInfo/certificateValidAtSigningTime", nil), signature.BadTimestamp, ""},
		{"stamp's exception", set("timeStampInfo/exception", "x"), signature.BadTimestamp, ""},
		{"stamp revoked", set("timeStampInfo/revokedStatusInfo", object{}), signature.BadTimestamp, ""},
		{"stamp at no time", set("timeStampInfo/time", ""), "", fault.Breach},
		{"no stamp, clock right", unstamped("2026-11-22 11:56:00"), "ok", ""},
		{"no stamp, clock six minutes slow", unstamped("2026-11-22 11:54:00"), signature.NoTimestamp, ""},
		{"no stamp, clock six minutes fast", unstamped("2026-11-22 12:06:00"), signature.NoTimestamp, ""},
		{"no stamp, time in UTC is five hours off", unstamped("2026-11-22 07:00:00"), signature.NoTimestamp, ""},
		{"no stamp, no time", unstamped(""), signature.NoTimestamp, ""},
		{"after the term", set("certificate/validTo", "2026-11-22 11:57:59"), signature.OutsideWindow, ""},
		{"before the term", set("certificate/validFrom", "2026-11-22 11:58:01"), signature.OutsideWindow, ""},
		{"last second of the term", set("certificate/validTo", "2026-11-22 11:58:00"), "ok", ""},
		{"term not told", set("certificate/validTo", nil), "", fault.Breach},
		{"no PINFL", set("certificate/subjectInfo/1.2.860.3.16.1.2", nil), signature.NoPINFL, ""},
		{"PINFL of other form", set("certificate/subjectInfo/1.2.860.3.16.1.2", "3210388999901"), signature.NoPINFL, ""},
		{"a natural person", set("certificate/subjectInfo/1.2.860.3.16.1.1", nil), "ok", ""},
		{"the same person again", set("certificate/subjectInfo/1.2.860.3.16.1.2", one), signature.SignerTwice, ""},
		{"no certificate", set("certificate", nil), "", fault.Breach},
		{"of another type", set("verified", "true"), "", fault.Breach},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			second := signer(two, "cd")
			c.change(second)
			cl := client(t, with(200, text(t, answer(1, signer(one, "ab"), second))))
			v, err := cl.VerifyDetached(t.Context(), document, []byte("der"))
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			if c.kind != "" {
				if v.Trusted || len(v.Signers) > 0 {
					t.Errorf("a fault with a verdict: %+v", v)
				}
				return
			}
			if want := c.reason == "ok"; v.Trusted != want || !want && v.Reason != c.reason || want && v.Reason != "" {
				t.Errorf("got %v %q, want %q", v.Trusted, v.Reason, c.reason)
			}
		})
	}
}

// The checks come in their order: the first that fails names the reason.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := signer("", "ab")
	s["verified"], s["certificateVerified"], s["certificateValidAtSigningTime"] = false, false, false
	s["revokedStatusInfo"] = object{}
	s["timeStampInfo"].(object)["verified"] = false
	s["certificate"].([]any)[0].(object)["validTo"] = "2025-01-01 00:00:00"
	ask := func(want signature.Reason) {
		t.Helper()
		v, err := client(t, with(200, text(t, answer(1, s)))).VerifyAttached(t.Context(), []byte("der"), []byte("other"))
		if err != nil || v.Reason != want {
			t.Errorf("got %q, %v; want %q", v.Reason, err, want)
		}
	}
	ask(signature.Invalid)
	s["verified"] = true
	ask(signature.Untrusted)
	s["certificateVerified"] = true
	ask(signature.Expired)
	s["certificateValidAtSigningTime"] = true
	ask(signature.Revoked)
	delete(s, "revokedStatusInfo")
	ask(signature.BadTimestamp)
	s["timeStampInfo"].(object)["verified"] = true
	ask(signature.OutsideWindow)
	s["certificate"].([]any)[0].(object)["validTo"] = "2027-01-01 00:00:00"
	ask(signature.NoPINFL)
	s["certificate"].([]any)[0].(object)["subjectInfo"] = object{"1.2.860.3.16.1.2": one}
	ask(signature.OtherContent)
}

func TestContent(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]object{
		"other":    {"signers": []any{signer(one, "ab")}, "documentBase64": "Ym9zaHFh"},
		"none":     {"signers": []any{signer(one, "ab")}},
		"nonsense": {"signers": []any{signer(one, "ab")}, "documentBase64": "***"},
	} {
		v, err := client(t, with(200, text(t, object{"status": 1, "pkcs7Info": body}))).VerifyAttached(t.Context(), []byte("der"), document)
		if err != nil || v.Reason != signature.OtherContent || v.Trusted {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	v, err := client(t, with(200, text(t, answer(1)))).VerifyAttached(t.Context(), []byte("der"), document)
	if err != nil || v.Reason != signature.NoSigner {
		t.Errorf("no signer: %+v, %v", v, err)
	}
}

func TestStatusCodes(t *testing.T) {
	t.Parallel()
	revoked := signer(one, "ab")
	revoked["revokedStatusInfo"] = object{"revocationTime": "2026-01-01 00:00:00"}
	cases := []struct {
		name   string
		body   any
		verify signature.Reason
		auth   signature.Reason
		vKind  fault.Kind
		aKind  fault.Kind
	}{
		{"-1", object{"status": -1}, "", "", fault.Unavailable, fault.Unavailable},
		{"-5", object{"status": -5}, "", signature.NoTimestamp, fault.Breach, ""},
		{"-10", object{"status": -10}, signature.Invalid, signature.Invalid, "", ""},
		{"-11", object{"status": -11}, signature.Untrusted, signature.Untrusted, "", ""},
		{"-12", object{"status": -12}, signature.Expired, signature.Expired, "", ""},
		{"-11, revoked", answer(-11, revoked), signature.Revoked, signature.Untrusted, "", ""},
		{"-20", object{"status": -20}, "", "", fault.Unavailable, fault.Rejected},
		{"-21", object{"status": -21}, signature.BadTimestamp, "", "", fault.Breach},
		{"-22", object{"status": -22}, signature.BadTimestamp, "", "", fault.Breach},
		{"-23", object{"status": -23}, signature.BadTimestamp, "", "", fault.Breach},
		{"0", object{"status": 0}, "", "", fault.Breach, fault.Breach},
		{"none", object{"message": "x"}, "", "", fault.Breach, fault.Breach},
		{"1 without anything", object{"status": 1}, "", "", fault.Breach, fault.Breach},
		{"total failure", object{"status": -10, "failedSignerInfo": object{}}, signature.Invalid, signature.Invalid, "", ""},
		{"text", object{"status": "1"}, "", "", fault.Breach, fault.Breach},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cl := client(t, with(200, text(t, c.body)))
				v, err := cl.VerifyDetached(t.Context(), document, []byte("der"))
				if fault.KindOf(err) != c.vKind || v.Reason != c.verify || v.Trusted {
					t.Errorf("verify: %+v, %v", v, err)
				}
				v, err = cl.Auth(t.Context(), []byte("der"))
				if fault.KindOf(err) != c.aKind || v.Reason != c.auth || v.Trusted {
					t.Errorf("auth: %+v, %v", v, err)
				}
			})
		})
	}
}

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
				cl := client(t, with(c.status, c.body))
				_, attached := cl.VerifyAttached(t.Context(), []byte("der"), document)
				_, detached := cl.VerifyDetached(t.Context(), document, []byte("der"))
				_, auth := cl.Auth(t.Context(), []byte("der"))
				_, challenge := cl.Challenge(t.Context())
				_, stamp := cl.Timestamp(t.Context(), []byte("der"))
				_, join := cl.Join(t.Context(), []byte("a"), []byte("b"))
				_, ping := cl.Ping(t.Context())
				for op, err := range map[string]error{"verify-attached": attached, "verify-detached": detached, "auth": auth, "challenge": challenge, "timestamp": stamp, "join": join, "ping": ping} {
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
		return with(400, "")(r)
	})
	ctx := t.Context()
	for _, c := range []struct {
		call func()
		want string
	}{
		{func() { _, _ = cl.VerifyAttached(ctx, []byte("der"), document) }, "POST http://eds.example:8080/backend/pkcs7/verify/attached host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.VerifyDetached(ctx, document, []byte("der")) }, "POST http://eds.example:8080/backend/pkcs7/verify/detached host=saylov.example ip=[]false body=cWFyb3I=|ZGVy"},
		{func() { _, _ = cl.Auth(eds.WithRealIP(ctx, "192.0.2.7"), []byte("der")) }, "POST http://eds.example:8080/backend/auth host=saylov.example ip=[192.0.2.7]true body=ZGVy"},
		{func() { _, _ = cl.Auth(eds.WithRealIP(ctx, "unknown"), []byte("der")) }, "POST http://eds.example:8080/backend/auth host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.Challenge(ctx) }, "GET http://eds.example:8080/frontend/challenge host=saylov.example ip=[]false body="},
		{func() { _, _ = cl.Timestamp(ctx, []byte("der")) }, "POST http://eds.example:8080/frontend/timestamp/pkcs7 host=saylov.example ip=[]false body=ZGVy"},
		{func() { _, _ = cl.Join(ctx, []byte("der"), []byte("qaror")) }, "POST http://eds.example:8080/frontend/pkcs7/join host=saylov.example ip=[]false body=ZGVy|cWFyb3I="},
		{func() { _, _ = cl.Ping(ctx) }, "GET http://eds.example:8080/ping host=saylov.example ip=[]false body="},
	} {
		if c.call(); got != c.want {
			t.Errorf("asked  %s\nwanted %s", got, c.want)
		}
	}
	got = ""
	if _, err := cl.VerifyAttached(ctx, nil, document); fault.KindOf(err) != fault.Rejected || got != "" {
		t.Errorf("an empty envelope: %v, %q", err, got)
	}
}

func TestSimpleAnswers(t *testing.T) {
	t.Parallel()
	ch, err := client(t, with(200, `{"status":1,"challenge":"c-1","ttl":120}`)).Challenge(t.Context())
	if err != nil || ch != (eds.Challenge{Text: "c-1", Life: 2 * time.Minute}) {
		t.Errorf("challenge %+v, %v", ch, err)
	}
	v, err := client(t, with(200, `{"status":1,"subjectCertificateInfo":{"serialNumber":"ab","subjectName":{"CN":"N","1.2.860.3.16.1.2":"`+one+`"}}}`)).Auth(t.Context(), []byte("der"))
	if err != nil || !v.Trusted || len(v.Signers) != 1 || string(v.Signers[0].PINFL) != one || v.Signers[0].Serial != "ab" {
		t.Errorf("auth %+v, %v", v, err)
	}
	v, err = client(t, with(200, `{"status":1,"subjectCertificateInfo":{"subjectName":{"CN":"N"}}}`)).Auth(t.Context(), []byte("der"))
	if err != nil || v.Trusted || v.Reason != signature.NoPINFL {
		t.Errorf("auth of nobody %+v, %v", v, err)
	}
	der, err := client(t, with(200, `{"status":1,"pkcs7b64":"ZGVy","timestampedSignerList":[]}`)).Timestamp(t.Context(), []byte("x"))
	if err != nil || string(der) != "der" {
		t.Errorf("timestamp %q, %v", der, err)
	}
	if _, err = client(t, with(200, `{"status":-99,"message":"documents differ"}`)).Join(t.Context(), []byte("a"), []byte("b")); fault.KindOf(err) != fault.Rejected {
		t.Errorf("join of different documents: %v", err)
	}
	if _, err = client(t, with(200, `{"status":1}`)).Join(t.Context(), []byte("a"), []byte("b")); fault.KindOf(err) != fault.Breach {
		t.Errorf("join without a result: %v", err)
	}
	h, err := client(t, with(200, `{"serverDateTime":"2026-11-22 12:00:00","yourIP":"x","vpnKeyInfo":{"validTo":"2027-01-01 00:00:00"}}`)).Ping(t.Context())
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
				_, err := client(t, with(200, body)).VerifyDetached(t.Context(), document, []byte("der"))
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
		v, err := client(t, with(200, string(body))).VerifyAttached(t.Context(), []byte("der"), document)
		if err != nil {
			if fault.KindOf(err) == fault.Defect || v.Trusted {
				t.Fatal(err)
			}
			return
		}
		if v.Trusted != (v.Reason == "") || v.Trusted && (len(v.Signers) == 0 || v.Signers[0].PINFL == "" || v.Signers[0].SignedAt.IsZero()) {
			t.Fatalf("%+v", v)
		}
	})
}

package eds_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/eds"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the clock of the tests, 12:00 in Tashkent.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Tashkent)

func client(t *testing.T, f calltest.Transport) *eds.Client {
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
	v, err := client(t, calltest.With(200, text(t, answer(1, signer(one, "ab"), signer(two, "cd"))))).VerifyAttached(t.Context(), []byte("der"), document)
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
			cl := client(t, calltest.With(200, text(t, answer(1, signer(one, "ab"), second))))
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
		v, err := client(t, calltest.With(200, text(t, answer(1, s)))).VerifyAttached(t.Context(), []byte("der"), []byte("other"))
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
		v, err := client(t, calltest.With(200, text(t, object{"status": 1, "pkcs7Info": body}))).VerifyAttached(t.Context(), []byte("der"), document)
		if err != nil || v.Reason != signature.OtherContent || v.Trusted {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	v, err := client(t, calltest.With(200, text(t, answer(1)))).VerifyAttached(t.Context(), []byte("der"), document)
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
				cl := client(t, calltest.With(200, text(t, c.body)))
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

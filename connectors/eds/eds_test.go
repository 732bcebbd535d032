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
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the clock of the tests, 12:00 in Tashkent.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, civil.Tashkent)

func client(t *testing.T, f calltest.Transport) *eds.Client {
	t.Helper()
	return clientWith(t, f, func(*eds.Config) {})
}

func clientWith(t *testing.T, f calltest.Transport, change func(*eds.Config)) *eds.Client {
	t.Helper()
	cfg := eds.Config{URL: "http://eds.example:8080/", Host: "saylov.example"}
	change(&cfg)
	c, err := eds.New(cfg, eds.Deps{Client: &http.Client{Transport: f}, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// anyOf wants one set of people to sign, whenever.
func anyOf(sets ...[]personal.PINFL) signature.Expectation {
	var want signature.Expectation
	for _, set := range sets {
		var parties []signature.Party
		for _, p := range set {
			parties = append(parties, signature.Party{PINFL: p})
		}
		want.AnyOf = append(want.AnyOf, parties)
	}
	return want
}

var (
	either = anyOf([]personal.PINFL{one}, []personal.PINFL{two})
	both   = anyOf([]personal.PINFL{one, two})
)

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
	one   = "32103889999014"
	two   = "41505939980027"
	three = "50707059970034"
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
	v, err := client(t, calltest.With(200, text(t, answer(1, signer(one, "ab"), signer(two, "cd"))))).VerifyAttached(t.Context(), []byte("der"), document, both)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 22, 11, 58, 0, 0, civil.Tashkent)
	want := signature.Verdict{Trusted: true, Signers: []signature.Signer{
		{PINFL: one, TIN: "300000001", Name: "NAMUNAYEV NAMUNA", Serial: "ab", SignedAt: at, ByStamp: true},
		{PINFL: two, TIN: "300000001", Name: "NAMUNAYEV NAMUNA", Serial: "cd", SignedAt: at, ByStamp: true},
	}}
	if v.Evidence.Answer == nil {
		t.Error("no evidence")
	}
	v.Evidence = signature.Evidence{} // see TestEvidence
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
		{"status without a time", set("statusUpdatedAt", nil), "", fault.Breach},
		{"status of the future", set("statusUpdatedAt", "2026-11-22 12:06:00"), "", fault.Unavailable},
		{"status of a clock a little fast", set("statusUpdatedAt", "2026-11-22 12:04:00"), "ok", ""},
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
		{"a natural person", set("certificate/subjectInfo/1.2.860.3.16.1.1", nil), signature.WrongOrg, ""},
		{"the same person again", set("certificate/subjectInfo/1.2.860.3.16.1.2", one), signature.SignerTwice, ""},
		{"somebody else", set("certificate/subjectInfo/1.2.860.3.16.1.2", three), signature.WrongPerson, ""},
		{"the right one for another organisation", set("certificate/subjectInfo/1.2.860.3.16.1.1", "300000002"), signature.WrongOrg, ""},
		{"an organisation's number of other form", set("certificate/subjectInfo/1.2.860.3.16.1.1", "300000001x"), signature.WrongOrg, ""},
		{"no certificate", set("certificate", nil), "", fault.Breach},
		{"a serial that is no number", set("certificate/serialNumber", "serial 12"), "", fault.Breach},
		{"a serial without an end", set("certificate/serialNumber", strings.Repeat("a", 4096)), "", fault.Breach},
		{"of another type", set("verified", "true"), "", fault.Breach},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			second := signer(two, "cd")
			c.change(second)
			cl := client(t, calltest.With(200, text(t, answer(1, signer(one, "ab"), second))))
			want := signature.Expectation{AnyOf: [][]signature.Party{{{PINFL: one}, {PINFL: two, TIN: "300000001"}}}}
			v, err := cl.VerifyDetached(t.Context(), document, []byte("der"), want)
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

// The checks come in their order: of everything that is wrong at once, the
// first that is not mended names the reason.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	first, second := signer(one, "ab"), signer(two, "cd") // the second is wrong in every way
	stamp := second["timeStampInfo"].(object)
	own := second["certificate"].([]any)[0].(object)
	subject := own["subjectInfo"].(object)
	second["verified"], second["certificateVerified"], second["certificateValidAtSigningTime"] = false, false, false
	second["revokedStatusInfo"] = object{}
	second["exception"] = "x"
	stamp["verified"] = false
	own["validTo"] = "2025-01-01 00:00:00"
	delete(subject, "1.2.860.3.16.1.2")
	want := signature.Expectation{To: noon.Add(-time.Hour), AnyOf: [][]signature.Party{{{PINFL: one, TIN: "300000001"}, {PINFL: three, TIN: "300000001"}}}}
	content, list := []byte("other"), []object{first, second}
	for _, step := range []struct {
		reason signature.Reason
		mend   func()
	}{
		{signature.Invalid, func() { second["verified"] = true }},
		{signature.Untrusted, func() { second["certificateVerified"] = true }},
		{signature.Expired, func() { second["certificateValidAtSigningTime"] = true }},
		{signature.Revoked, func() { delete(second, "revokedStatusInfo") }},
		{signature.Invalid, func() { delete(second, "exception") }},
		{signature.BadTimestamp, func() { stamp["verified"] = true }},
		{signature.OutsideAct, func() { want.To = noon }}, // of the first signer, whose term is fine
		{signature.OutsideWindow, func() { own["validTo"] = "2027-01-01 00:00:00" }},
		{signature.NoPINFL, func() { subject["1.2.860.3.16.1.2"] = two }},
		{signature.WrongPerson, func() { want.AnyOf[0][1] = signature.Party{PINFL: two, TIN: "300000009"} }},
		{signature.WrongOrg, func() { want.AnyOf[0][1].TIN = "300000001" }},
		{signature.OtherContent, func() { content = document; list = append(list, first) }},
		{signature.SignerTwice, func() { list = []object{first} }},
		{signature.Missing, func() { list = []object{first, second} }},
		{"", func() {}},
	} {
		v, err := client(t, calltest.With(200, text(t, answer(1, list...)))).VerifyAttached(t.Context(), []byte("der"), content, want)
		if err != nil || v.Reason != step.reason || v.Trusted != (step.reason == "") {
			t.Fatalf("got %q, %v; want %q", v.Reason, err, step.reason)
		}
		step.mend()
	}
}

// The legal window of the act, to the second.
func TestWindowOfTheAct(t *testing.T) {
	t.Parallel()
	signed := noon.Add(-2 * time.Minute)
	for _, c := range []struct {
		name     string
		from, to time.Time
		want     signature.Reason
	}{
		{"open", time.Time{}, time.Time{}, ""},
		{"from this moment", signed, time.Time{}, ""},
		{"from a second later", signed.Add(time.Second), time.Time{}, signature.OutsideAct},
		{"ended at this moment", time.Time{}, signed, signature.OutsideAct},
		{"ends a second later", time.Time{}, signed.Add(time.Second), ""},
	} {
		want := either
		want.From, want.To = c.from, c.to
		v, err := client(t, calltest.With(200, text(t, answer(1, signer(one, "ab"))))).VerifyDetached(t.Context(), document, []byte("der"), want)
		if err != nil || v.Reason != c.want {
			t.Errorf("%s: %q, %v", c.name, v.Reason, err)
		}
	}
}

// What an installation may be less or more strict about.
func TestStrictness(t *testing.T) {
	t.Parallel()
	undated, unstamped := signer(one, "ab"), signer(one, "ab")
	delete(undated, "statusUpdatedAt")
	delete(unstamped, "timeStampInfo")
	unstamped["signingTime"] = "2026-11-22 11:59:00"
	for _, c := range []struct {
		name   string
		signer object
		change func(*eds.Config)
		want   signature.Reason
	}{
		{"undated status is allowed", undated, func(c *eds.Config) { c.AllowNoStatus = true }, ""},
		{"a timestamp is required", unstamped, func(c *eds.Config) { c.RequireTimestamp = true }, signature.NoTimestamp},
		{"a narrower clock", unstamped, func(c *eds.Config) { c.ClockSkew = 30 * time.Second }, signature.NoTimestamp},
		{"a timestamp is required and there", signer(one, "ab"), func(c *eds.Config) { c.RequireTimestamp = true }, ""},
	} {
		v, err := clientWith(t, calltest.With(200, text(t, answer(1, c.signer))), c.change).VerifyAttached(t.Context(), []byte("der"), document, either)
		if err != nil || v.Reason != c.want {
			t.Errorf("%s: %q, %v", c.name, v.Reason, err)
		}
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]object{
		"other":    {"signers": []any{signer(one, "ab")}, "documentBase64": "Ym9zaHFh"},
		"none":     {"signers": []any{signer(one, "ab")}},
		"nonsense": {"signers": []any{signer(one, "ab")}, "documentBase64": "***"},
	} {
		v, err := client(t, calltest.With(200, text(t, object{"status": 1, "pkcs7Info": body}))).VerifyAttached(t.Context(), []byte("der"), document, either)
		if err != nil || v.Reason != signature.OtherContent || v.Trusted {
			t.Errorf("%s: %+v, %v", name, v, err)
		}
	}
	// A server that tells other content of a detached envelope is not believed.
	other := object{"status": 1, "pkcs7Info": object{"signers": []any{signer(one, "ab")}, "documentBase64": "Ym9zaHFh"}}
	if v, err := client(t, calltest.With(200, text(t, other))).VerifyDetached(t.Context(), document, []byte("der"), either); err != nil || v.Reason != signature.OtherContent {
		t.Errorf("detached: %+v, %v", v, err)
	}
	v, err := client(t, calltest.With(200, text(t, answer(1)))).VerifyAttached(t.Context(), []byte("der"), document, either)
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
				v, err := cl.VerifyDetached(t.Context(), document, []byte("der"), either)
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

package signature_test

import (
	"slices"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
)

const (
	chair  personal.PINFL = "32103889999014"
	deputy personal.PINFL = "41505939980027"
	member personal.PINFL = "50707059970034"
)

func by(signers ...signature.Party) []signature.Signer {
	var out []signature.Signer
	for _, p := range signers {
		out = append(out, signature.Signer{PINFL: p.PINFL, TIN: p.TIN})
	}
	return out
}

func TestEntitled(t *testing.T) {
	t.Parallel()
	person, office := signature.Party{PINFL: chair}, signature.Party{PINFL: deputy, TIN: "300000001"}
	want := signature.Expectation{AnyOf: [][]signature.Party{{person}, {office, {PINFL: member, TIN: "300000001"}}}}
	for _, c := range []struct {
		name string
		want signature.Expectation
		by   signature.Party
		then signature.Reason
	}{
		{"a person", want, person, ""},
		{"a person with an organisation's certificate", want, signature.Party{PINFL: chair, TIN: "300000009"}, ""},
		{"an office", want, office, ""},
		{"the second of a set", want, signature.Party{PINFL: member, TIN: "300000001"}, ""},
		{"for another organisation", want, signature.Party{PINFL: deputy, TIN: "300000002"}, signature.WrongOrg},
		{"as a private person", want, signature.Party{PINFL: deputy}, signature.WrongOrg},
		{"somebody else of the organisation", want, signature.Party{PINFL: "32103889999999", TIN: "300000001"}, signature.WrongPerson},
		{"nobody is expected", signature.Expectation{}, person, signature.WrongPerson},
		{"no PINFL is nobody's", signature.Expectation{AnyOf: signature.One(signature.Party{})}, signature.Party{}, signature.WrongPerson},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.want.Entitled(by(c.by)[0]); got != c.then {
				t.Errorf("got %q, want %q", got, c.then)
			}
		})
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	a, b, c := signature.Party{PINFL: chair}, signature.Party{PINFL: deputy}, signature.Party{PINFL: member}
	either := signature.Expectation{AnyOf: [][]signature.Party{{a}, {b}}}
	both := signature.Expectation{AnyOf: [][]signature.Party{{a, b}}}
	for _, k := range []struct {
		name string
		want signature.Expectation
		by   []signature.Signer
		then signature.Reason
	}{
		{"either, the first", either, by(a), ""},
		{"either, the second", either, by(b), ""},
		{"either, but both", either, by(a, b), signature.WrongPerson},
		{"either, one twice", either, by(a, a), signature.SignerTwice},
		{"both", both, by(b, a), ""},
		{"both, one", both, by(a), signature.Missing},
		{"both, one twice", both, by(a, b, a), signature.SignerTwice},
		{"both and another", both, by(a, b, c), signature.WrongPerson},
		{"a smaller set does too", signature.Expectation{AnyOf: [][]signature.Party{{a, b, c}, {a, b}}}, by(a, b), ""},
		{"nobody signed", both, nil, signature.WrongPerson},
		{"nobody need sign is not said", signature.Expectation{AnyOf: [][]signature.Party{{}}}, nil, signature.WrongPerson},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			if got := k.want.Complete(k.by); got != k.then {
				t.Errorf("got %q, want %q", got, k.then)
			}
		})
	}
}

func TestInTime(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 1)
	for _, c := range []struct {
		name     string
		from, to time.Time
		at       time.Time
		want     bool
	}{
		{"open", time.Time{}, time.Time{}, from, true},
		{"the first moment", from, to, from, true},
		{"a moment too early", from, to, from.Add(-1), false},
		{"the last moment", from, to, to.Add(-1), true},
		{"too late", from, to, to, false},
		{"open at the end", from, time.Time{}, to.AddDate(9, 0, 0), true},
		{"open at the beginning", time.Time{}, to, from.AddDate(-9, 0, 0), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := (signature.Expectation{From: c.from, To: c.to}).InTime(c.at); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestSole(t *testing.T) {
	t.Parallel()
	one := by(signature.Party{PINFL: chair})
	two := append(slices.Clone(one), by(signature.Party{PINFL: deputy})...)
	for _, c := range []struct {
		name    string
		verdict signature.Verdict
		want    signature.Reason
	}{
		{"one", signature.Verdict{Trusted: true, Signers: one}, ""},
		{"not trusted", signature.Verdict{Reason: signature.Revoked, Signers: one}, signature.Revoked},
		{"not trusted for no reason", signature.Verdict{Signers: one}, signature.Invalid},
		{"nobody", signature.Verdict{Trusted: true}, signature.NoSigner},
		{"two", signature.Verdict{Trusted: true, Signers: two}, signature.WrongPerson},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, got := c.verdict.Sole()
			if got != c.want || (s == one[0]) != (c.want == "") {
				t.Errorf("got %q by %v", got, s)
			}
		})
	}
}

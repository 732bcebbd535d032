package intake

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestExpected(t *testing.T) {
	t.Parallel()
	last := civil.Date{Year: 2026, Month: time.November, Day: 22}
	el := dossier.Election{Calendar: map[string]civil.Date{"observers-last-day": last}}
	org := dossier.Applicant{Person: "head", TIN: "300000040"}
	in := &Intake{Catalogue: new(catalogue.Catalogue)}
	want := expected(org, in.lastDay(el, catalogue.Type{Window: catalogue.Window{Until: "observers-last-day"}}))
	for _, c := range []struct {
		name   string
		signer signature.Signer
		want   signature.Reason
	}{
		{"the head", signature.Signer{PINFL: "head", TIN: "300000040"}, ""},
		{"another", signature.Signer{PINFL: "other", TIN: "300000040"}, signature.WrongPerson},
		{"the head for another organisation", signature.Signer{PINFL: "head", TIN: "300000041"}, signature.WrongOrg},
		{"the head as a private person", signature.Signer{PINFL: "head"}, signature.WrongOrg},
	} {
		if got := want.Entitled(c.signer); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	head := signature.Signer{PINFL: "head", TIN: "300000040"}
	if got := want.Complete([]signature.Signer{head}); got != "" {
		t.Errorf("the head alone: %q", got)
	}
	for at, inTime := range map[time.Time]bool{
		last.AddYears(-1).Start(): true, last.AddDays(1).Start().Add(-time.Second): true, last.AddDays(1).Start(): false,
	} {
		if want.InTime(at) != inTime {
			t.Errorf("signed at %s: in time is %v", at, !inTime)
		}
	}
	// An organisation that is gone from the directory has nobody who may sign.
	if got := expected(dossier.Applicant{}, signature.Expectation{}).Entitled(signature.Signer{}); got != signature.WrongPerson {
		t.Errorf("nobody: %q", got)
	}
	// Whoever's role has ended may not sign in it.
	holder := dossier.Applicant{Person: "head", Held: dossier.Role{ID: "r"}}
	if got := expected(holder, signature.Expectation{}).Entitled(head); got != "" {
		t.Errorf("the holder of a role: %q", got)
	}
	holder.Held.EndedAt = last.Start()
	if got := expected(holder, signature.Expectation{}).Entitled(head); got != signature.WrongPerson {
		t.Errorf("who was the holder of a role: %q", got)
	}
}

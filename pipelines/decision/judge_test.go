package decision

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestExpected(t *testing.T) {
	t.Parallel()
	officials := []dossier.Official{
		{ID: "chair", Post: dossier.Chair, PINFL: "1"},
		{ID: "deputy", Post: dossier.Deputy, PINFL: "2"},
		{ID: "secretary", Post: dossier.Secretary, PINFL: "3"},
		{ID: "member", Post: "member", PINFL: "4"},
		{ID: "both-secretary", Post: dossier.Secretary, PINFL: "5"},
		{ID: "both-deputy", Post: dossier.Deputy, PINFL: "5"},
	}
	day := civil.Date{Year: 2026, Month: time.November, Day: 22}
	for _, c := range []struct {
		name, drafter string
		by            []personal.PINFL
		want          signature.Reason
	}{
		{"the chair", "deputy", []personal.PINFL{"1"}, ""},
		{"the deputy, drafted by the secretary", "secretary", []personal.PINFL{"2"}, ""},
		{"the deputy who drafted it", "deputy", []personal.PINFL{"2"}, signature.WrongPerson},
		{"who drafted it with another post", "both-secretary", []personal.PINFL{"5"}, signature.WrongPerson},
		{"the secretary", "deputy", []personal.PINFL{"3"}, signature.WrongPerson},
		{"a member", "deputy", []personal.PINFL{"4"}, signature.WrongPerson},
		{"a stranger", "deputy", []personal.PINFL{"9"}, signature.WrongPerson},
		{"two who may each alone", "secretary", []personal.PINFL{"1", "2"}, signature.WrongPerson},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := expected(officials, dossier.Decision{Date: day, DraftedBy: c.drafter})
			var signers []signature.Signer
			var got signature.Reason
			for _, p := range c.by {
				s := signature.Signer{PINFL: p, TIN: "300000001"}
				if r := want.Entitled(s); r != "" {
					got = r
				}
				signers = append(signers, s)
			}
			if got == "" {
				got = want.Complete(signers)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	want := expected(officials, dossier.Decision{Date: day})
	for at, in := range map[time.Time]bool{
		day.Start().Add(-time.Second): false, day.Start(): true, day.AddDays(1).Start().Add(-time.Second): true, day.AddDays(1).Start(): false,
	} {
		if want.InTime(at) != in {
			t.Errorf("signed at %s: in time is %v", at, !in)
		}
	}
}

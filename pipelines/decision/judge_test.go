package decision

import (
	"testing"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	officials := []dossier.Official{
		{ID: "chair", Post: dossier.Chair, PINFL: "1"},
		{ID: "deputy", Post: dossier.Deputy, PINFL: "2"},
		{ID: "secretary", Post: dossier.Secretary, PINFL: "3"},
		{ID: "member", Post: "member", PINFL: "4"},
	}
	by := func(p ...personal.PINFL) signature.Verdict {
		v := signature.Verdict{Trusted: true}
		for _, one := range p {
			v.Signers = append(v.Signers, signature.Signer{PINFL: one})
		}
		return v
	}
	for _, c := range []struct {
		name, drafter string
		verdict       signature.Verdict
		want          signature.Reason
		who           string
	}{
		{"the chair", "deputy", by("1"), "", "chair"},
		{"the deputy, drafted by the secretary", "secretary", by("2"), "", "deputy"},
		{"the deputy who drafted it", "deputy", by("2"), signature.WrongPerson, ""},
		{"the secretary", "deputy", by("3"), signature.WrongPerson, ""},
		{"a member", "deputy", by("4"), signature.WrongPerson, ""},
		{"a stranger", "deputy", by("9"), signature.WrongPerson, ""},
		{"a certificate without a PINFL", "deputy", by(""), signature.WrongPerson, ""},
		{"two", "secretary", by("1", "2"), signature.WrongPerson, ""},
		{"nobody", "deputy", by(), signature.NoSigner, ""},
		{"not trusted", "deputy", signature.Verdict{Reason: signature.Expired, Signers: by("1").Signers}, signature.Expired, ""},
		{"not trusted for no reason", "deputy", signature.Verdict{Signers: by("1").Signers}, signature.Invalid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, who, got := judge(c.verdict, officials, c.drafter)
			if got != c.want || who.ID != c.who {
				t.Errorf("got %q by %q, want %q by %q", got, who.ID, c.want, c.who)
			}
		})
	}
}

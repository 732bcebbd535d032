package intake

import (
	"testing"

	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	org := dossier.Organisation{Head: "head", TIN: "300000040"}
	head := signature.Signer{PINFL: "head", TIN: "300000040"}
	for _, c := range []struct {
		name    string
		verdict signature.Verdict
		want    signature.Reason
	}{
		{"the head", signature.Verdict{Trusted: true, Signers: []signature.Signer{head}}, ""},
		{"not trusted", signature.Verdict{Reason: signature.Revoked, Signers: []signature.Signer{head}}, signature.Revoked},
		{"not trusted for no reason", signature.Verdict{Signers: []signature.Signer{head}}, signature.Invalid},
		{"nobody", signature.Verdict{Trusted: true}, signature.NoSigner},
		{"two", signature.Verdict{Trusted: true, Signers: []signature.Signer{head, head}}, signature.WrongPerson},
		{"another", signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: "other", TIN: "300000040"}}}, signature.WrongPerson},
		{"the head for another organisation", signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: "head", TIN: "300000041"}}}, signature.WrongOrg},
		{"the head as a private person", signature.Verdict{Trusted: true, Signers: []signature.Signer{{PINFL: "head"}}}, signature.WrongOrg},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			signer, got := judge(c.verdict, org)
			if got != c.want || (got == "" && signer != head) {
				t.Errorf("got %q by %v, want %q", got, signer, c.want)
			}
		})
	}
}

package intake

import (
	"context"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// street has one election, commissions and one applicant.
type street struct {
	places
	applicant dossier.Applicant
}

func (s street) Election(_ context.Context, id string) (dossier.Election, bool, error) {
	return dossier.Election{ID: id, Kind: "DIST", Ballots: []string{"LC-SMD", "REG", "DIST"}}, true, nil
}

func (s street) Applicant(context.Context, string) (dossier.Applicant, bool, error) {
	return s.applicant, true, nil
}

// A complaint may go to any commission above, but a candidate addresses only those
// that the matrix lets candidates of this vote address.
func TestMatrix(t *testing.T) {
	t.Parallel()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	kind, _ := types.Type("complaint-commission")
	for _, c := range []struct {
		name       string
		applicant  dossier.Applicant
		commission string
		code       dossier.Code
	}{
		{"a party, to the region", dossier.Applicant{Kind: "PARTY"}, "tec", ""},
		{"a region's candidate, to the region", candidateOf("REG", "tec"), "tec", ""},
		{"a district's candidate, to the region", candidateOf("DIST", "dec"), "tec", dossier.RouteNotAllowed},
		{"a region's candidate, to the CEC", candidateOf("REG", "tec"), "cec", dossier.RouteNotAllowed},
		{"a candidate to the Chamber, to the CEC", candidateOf("LC-SMD", "cec"), "cec", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := &Intake{Catalogue: types, Store: street{ladder, c.applicant}, Now: time.Now}
			_, err := in.parties(t.Context(), dossier.Form{Type: kind.ID, Election: "e", Commission: c.commission, Applicant: "a"}, kind)
			if got := codeOf(t, err); got != c.code {
				t.Errorf("got %q, want %q: %v", got, c.code, err)
			}
		})
	}
}

func candidateOf(ballot, commission string) dossier.Applicant {
	return dossier.Applicant{Kind: "CAND", Held: dossier.Role{ID: "r", Role: "candidate", Election: "e", Ballot: ballot, Commission: commission}}
}

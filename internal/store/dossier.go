package store

import (
	"context"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/dossier/report"
)

// Proofs returns all that is known of an application's subjects: of thousands of
// them with a handful of queries.
func (s *Store) Proofs(ctx context.Context, application string) (report.Proofs, error) {
	p := report.Proofs{
		Findings:      map[string]map[register.ID]dossier.Finding{},
		Confirmations: map[string][]dossier.Confirmation{},
		Amendments:    map[string][]dossier.Amendment{},
	}
	found, err := s.newestOf(ctx, application)
	if err != nil {
		return p, err
	}
	for _, f := range found {
		if p.Findings[f.Subject] == nil {
			p.Findings[f.Subject] = map[register.ID]dossier.Finding{}
		}
		p.Findings[f.Subject][f.Register] = f
	}
	confirmed, err := confirmationsOf(ctx, s.read, application)
	if err != nil {
		return p, err
	}
	for _, c := range confirmed {
		p.Confirmations[c.Subject] = append(p.Confirmations[c.Subject], c)
	}
	amended, err := s.Amendments(ctx, application)
	if err != nil {
		return p, err
	}
	for _, a := range amended {
		p.Amendments[a.Subject] = append(p.Amendments[a.Subject], a)
	}
	p.Assessments, err = s.LatestAssessments(ctx, application)
	return p, err
}

// newestOf returns the newest finding of each register about each subject of an
// application, oldest first.
func (s *Store) newestOf(ctx context.Context, application string) ([]dossier.Finding, error) {
	return collect(ctx, s.read, `SELECT `+findingColumns+`
		FROM finding f JOIN subject s ON s.id=f.subject_id WHERE s.application_id=?
		AND NOT EXISTS (SELECT 1 FROM finding n WHERE n.subject_id=f.subject_id AND n.register=f.register AND n.id > f.id) ORDER BY f.id`,
		s.scanFinding, application)
}

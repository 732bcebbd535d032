package verify

import (
	"context"
	"errors"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// Store is what Books reads.
type Store interface {
	DocumentsNumbered(ctx context.Context, kind, commission string, number int) ([]dossier.Document, error)
	Document(ctx context.Context, id string) (dossier.Document, error)
	Commission(ctx context.Context, id string) (dossier.Commission, bool, error)
}

// Books is the Register that a hub's store holds.
type Books struct{ Store Store }

// Record finds the document whose data the code was made over: kind, commission
// and number are the same in every election.
func (b Books) Record(ctx context.Context, c issuing.Code) (Record, bool, error) {
	docs, err := b.Store.DocumentsNumbered(ctx, c.Kind, c.Commission, c.Number)
	if err != nil {
		return Record{}, false, err
	}
	for _, d := range docs {
		same, err := issuing.Proves(c, d)
		if err != nil {
			return Record{}, false, err
		}
		if !same {
			continue
		}
		r := Record{State: d.State, IssuedAt: d.IssuedAt, EndedAt: d.EndedAt, SHA256: d.Passport.SHA256}
		if d.State == dossier.Replaced && d.ReplacedBy != "" {
			successor, err := b.Store.Document(ctx, d.ReplacedBy)
			if refusal, ok := errors.AsType[*dossier.Refusal](err); ok && refusal.Code == dossier.NotFound {
				return r, true, nil
			}
			if err != nil {
				return Record{}, false, err
			}
			r.ReplacedBy = successor.Number
		}
		return r, true, nil
	}
	return Record{}, false, nil
}

// CommissionTitle is the commission's title of the directory.
func (b Books) CommissionTitle(ctx context.Context, id string) (string, error) {
	c, _, err := b.Store.Commission(ctx, id)
	return c.Title, err
}

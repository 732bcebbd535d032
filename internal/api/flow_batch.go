package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/intake"
)

// result is what became of one application of a batch.
type result struct {
	Accepted *accepted `json:"accepted,omitempty"`
	Problem  *Problem  `json:"problem,omitempty"`
}

// judged is one application of a batch that the door let through.
type judged struct {
	application *dossier.Application
	write       func(context.Context, intake.Tx) error
}

// submitBatch takes many applications: each that the door lets through is written,
// all of these in one transaction, and each that it does not is refused alone. The
// same key brings the same answer, which is why it is the answer that is kept.
func (s *server) submitBatch(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Applications []signed
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	done, _, err := s.deed(r, func() (deed, error) {
		results := make([]result, len(b.Applications))
		taken := make([]judged, len(b.Applications))
		for i, one := range b.Applications {
			var err error
			if taken[i], err = s.judge(r, one); err != nil {
				if err := results[i].refuse(err); err != nil {
					return deed{}, err
				}
			}
		}
		var all []result
		return deed{
			audit: dossier.AuditLine{Action: "accepted", Object: "batch", Detail: map[string]string{"path": r.Pattern, "applications": strconv.Itoa(len(results))}},
			done:  func() accepted { return accepted{Results: all} },
			write: func(ctx context.Context, tx *store.Tx) error {
				all = append([]result(nil), results...) // it may run again
				return s.writeBatch(ctx, tx, r, taken, all)
			},
		}, nil
	})
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Accepted     int      `json:"accepted"`
		Refused      int      `json:"refused"`
		Applications []result `json:"applications"`
	}{Applications: done.Results}
	for _, one := range done.Results {
		if one.Accepted != nil {
			out.Accepted++
		} else {
			out.Refused++
		}
	}
	return http.StatusOK, out, nil
}

// judge judges one application of a batch.
func (s *server) judge(r *request, b signed) (judged, error) {
	doc, sig, err := b.bytes()
	if err != nil {
		return judged{}, err
	}
	sub, err := submission(r, b, doc, sig)
	if err != nil {
		return judged{}, err
	}
	a, write, err := s.Intake.Accept(r.Context(), sub)
	return judged{a, write}, err
}

// writeBatch writes what was let through. What an application is refused for here
// it is refused for before anything of it is written (see Intake.Accept), so that
// the others stand.
func (s *server) writeBatch(ctx context.Context, tx *store.Tx, r *request, taken []judged, results []result) error {
	for i, one := range taken {
		if results[i].Problem == nil {
			if err := one.write(ctx, tx); err != nil {
				if err := results[i].refuse(err); err != nil {
					return err
				}
			} else {
				results[i].Accepted = &accepted{ID: one.application.ID, Number: one.application.Number, State: string(one.application.State)}
			}
		}
		if p := results[i].Problem; p != nil {
			line := dossier.AuditLine{
				At: s.Now(), Actor: "key:" + r.key.ID, Action: "refused", Object: "submitBatch",
				Detail: map[string]string{"code": p.Code, "fields": fieldsOf(p.Errors)},
			}
			if err := tx.Audit(ctx, line); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuse makes a refusal the answer; any other error is the whole batch's.
func (o *result) refuse(err error) error {
	if _, ok := errors.AsType[*dossier.Refusal](err); !ok {
		return err
	}
	p := problemOf(err)
	p.Type = "urn:saylovhub:problem:" + p.Code
	if p.Errors == nil {
		p.Errors = []schema.Problem{}
	}
	o.Problem = &p
	return nil
}

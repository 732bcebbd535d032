package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/directory"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// toldProblems bounds how many faults of an import are answered.
const toldProblems = 500

// importedView is what an import did, or would do.
type importedView struct {
	Records  int                    `json:"records"`
	DryRun   bool                   `json:"dry_run"`
	Lists    store.DirectoryChanges `json:"lists"`
	Warnings []directoryWarning     `json:"warnings"`
}

func (s *server) importDirectory(_ http.ResponseWriter, r *request) (int, any, error) {
	if r.key.Commission != "" {
		return 0, nil, dossier.Refusef(dossier.NotYours, "the directory is everybody's: want a key that is bound to no commission")
	}
	var d dossier.Directory
	records := json.NewDecoder(bytes.NewReader(r.body))
	records.DisallowUnknownFields() // a field with a slip in its name would be lost
	if err := records.Decode(&d); err != nil {
		return 0, nil, dossier.Refuse(dossier.BadForm, "", "want records with the fields that the contract says and no others, dates as YYYY-MM-DD")
	}
	if err := s.checkDirectory(r.Context(), &d); err != nil {
		return 0, nil, err
	}
	q := r.URL.Query()
	out := importedView{Records: d.Len(), DryRun: q.Get("dry_run") == "true"}
	var err error
	if out.Warnings, err = s.directoryWarnings(r.Context(), d); err != nil {
		return 0, nil, err
	}
	whole := q.Get("whole") == "true"
	if out.DryRun {
		out.Lists, err = s.Store.CompareDirectory(r.Context(), d, whole)
		return http.StatusOK, out, err
	}
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		if out.Lists, err = tx.PutDirectory(ctx, d, whole); err != nil {
			return err
		}
		if err := s.schedule(ctx, tx, d.Elections); err != nil {
			return err
		}
		detail := map[string]string{"records": strconv.Itoa(out.Records)}
		for list, c := range out.Lists {
			detail[list] = fmt.Sprintf("%d added, %d changed, %d unchanged", c.Added, c.Changed, c.Unchanged)
		}
		return tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "directory.imported", Detail: detail})
	})
	return http.StatusOK, out, err
}

// checkDirectory refuses an import that holds a record that could not serve, and
// names every one; phones are brought into the one form that is kept.
func (s *server) checkDirectory(ctx context.Context, d *dossier.Directory) error {
	days := []string{}
	for _, day := range s.Catalogue.Days() {
		days = append(days, day.ID)
	}
	var problems []schema.Problem
	for _, f := range directory.Check(d, directory.Options{Part: true, Days: days}) {
		problems = append(problems, schema.Problem{Field: f.Pointer(), Want: f.Want})
	}
	unknown, err := s.checkReferences(ctx, *d)
	if err != nil {
		return err
	}
	if problems = append(problems, unknown...); len(problems) == 0 {
		return nil
	}
	detail := "nothing was imported"
	if len(problems) > toldProblems {
		detail += fmt.Sprintf("; of %d faults these are the first", len(problems))
		problems = problems[:toldProblems]
	}
	return &dossier.Refusal{Code: dossier.BadForm, Detail: detail, Problems: problems}
}

// lookup answers whether a record is in the import or in the directory, and asks
// for each id once.
type lookup struct {
	ids map[string]bool
	ask func(ctx context.Context, id string) (bool, error)
}

func (k lookup) has(ctx context.Context, id string) (bool, error) {
	if is, asked := k.ids[id]; asked {
		return is, nil
	}
	is, err := k.ask(ctx, id)
	k.ids[id] = is
	return is, err
}

func knownOf[T any](list []T, id func(T) string, find func(context.Context, string) (T, bool, error)) lookup {
	k := lookup{map[string]bool{}, func(ctx context.Context, id string) (bool, error) {
		_, found, err := find(ctx, id)
		return found, err
	}}
	for _, one := range list {
		k.ids[id(one)] = true
	}
	return k
}

// checkReferences names every record that points to one that is neither in the
// directory nor in this import.
func (s *server) checkReferences(ctx context.Context, d dossier.Directory) ([]schema.Problem, error) {
	elections := knownOf(d.Elections, func(e dossier.Election) string { return e.ID }, s.Store.Election)
	commissions := knownOf(d.Commissions, func(c dossier.Commission) string { return c.ID }, s.Store.Commission)
	organisations := knownOf(d.Organisations, func(o dossier.Organisation) string { return o.ID }, s.Store.Organisation)
	var out []schema.Problem
	var failed error
	refer := func(k lookup, list string, i int, field, id, what string) {
		if failed != nil {
			return
		}
		is, err := k.has(ctx, id)
		if failed = err; err == nil && !is {
			out = append(out, schema.Problem{Field: fmt.Sprintf("/%s/%d/%s", list, i, field), Want: "want " + what + " of the directory or of this import"})
		}
	}
	for i, e := range d.Elections {
		if e.First != "" {
			refer(elections, dossier.Elections, i, "first", e.First, "an election")
		}
	}
	for i, o := range d.Officials {
		refer(commissions, dossier.Officials, i, "commission", o.Commission, "a commission")
	}
	for i, o := range d.Organisations {
		if o.Parent != "" {
			refer(organisations, dossier.Organisations, i, "parent", o.Parent, "an organisation")
		}
	}
	for i, c := range d.Constituencies {
		refer(commissions, dossier.Constituencies, i, "commission", c.Commission, "a commission")
		refer(elections, dossier.Constituencies, i, "election", c.Election, "an election")
	}
	for i, p := range d.Precincts {
		refer(commissions, dossier.Precincts, i, "commission", p.Commission, "a commission")
		if p.Election != "" {
			refer(elections, dossier.Precincts, i, "election", p.Election, "an election")
		}
	}
	return out, failed
}

// today is the day on which terms are looked at.
func (s *server) today() civil.Date { return civil.Of(s.Now()) }

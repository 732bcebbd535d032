package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func (s *server) importDirectory(_ http.ResponseWriter, r *request) (int, any, error) {
	if r.key.Commission != "" {
		return 0, nil, dossier.Refusef(dossier.NotYours, "the directory is everybody's: want a key that is bound to no commission")
	}
	var d dossier.Directory
	if err := r.decode(&d); err != nil {
		return 0, nil, dossier.Refuse(dossier.BadForm, "", "want records as the contract says, dates as YYYY-MM-DD")
	}
	problems := checkDirectory(&d)
	unknown, err := s.checkReferences(r.Context(), d)
	if err != nil {
		return 0, nil, err
	}
	if problems = append(problems, unknown...); len(problems) > 0 {
		return 0, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "nothing was imported", Problems: problems}
	}
	n := len(d.Elections) + len(d.Commissions) + len(d.Officials) + len(d.Organisations) + len(d.Constituencies)
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.ImportDirectory(ctx, d); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "directory.imported", Detail: map[string]string{"records": strconv.Itoa(n)}})
	})
	return http.StatusOK, map[string]int{"records": n}, err
}

// checkDirectory names every record that could not serve, and brings phones
// into the one form that is kept.
func checkDirectory(d *dossier.Directory) []schema.Problem {
	var out []schema.Problem
	bad := func(list string, i int, field, want string) {
		out = append(out, schema.Problem{Field: fmt.Sprintf("/%s/%d/%s", list, i, field), Want: want})
	}
	named := func(list string, i int, id string) {
		if id == "" {
			bad(list, i, "id", "want an id")
		}
	}
	for i, e := range d.Elections {
		named("elections", i, e.ID)
		if e.Day.IsZero() {
			bad("elections", i, "day", "want YYYY-MM-DD")
		}
	}
	for i, c := range d.Commissions {
		named("commissions", i, c.ID)
		if c.Level != "CEC" && c.Level != "KKCEC" && c.Level != "TEC" && c.Level != "DEC" {
			bad("commissions", i, "level", "want CEC, KKCEC, TEC or DEC")
		}
	}
	for i, o := range d.Officials {
		named("officials", i, o.ID)
		if _, err := personal.ParsePINFL(string(o.PINFL)); err != nil {
			bad("officials", i, "pinfl", err.Error())
		}
		if o.Post != dossier.Chair && o.Post != dossier.Deputy && o.Post != dossier.Secretary && o.Post != "member" {
			bad("officials", i, "post", "want chair, deputy, secretary or member")
		}
	}
	for i, o := range d.Organisations {
		named("organisations", i, o.ID)
		if _, err := personal.ParsePINFL(string(o.Head)); err != nil {
			bad("organisations", i, "head_pinfl", err.Error())
		}
		phone, err := personal.ParsePhone(string(o.Phone))
		if err != nil {
			bad("organisations", i, "phone", err.Error())
		}
		d.Organisations[i].Phone = phone
	}
	for i, c := range d.Constituencies {
		named("constituencies", i, c.ID)
	}
	return out
}

// checkReferences names every record that points to one that is neither in the
// directory nor in this import.
func (s *server) checkReferences(ctx context.Context, d dossier.Directory) ([]schema.Problem, error) {
	elections, commissions := map[string]bool{}, map[string]bool{}
	for _, e := range d.Elections {
		elections[e.ID] = true
	}
	for _, c := range d.Commissions {
		commissions[c.ID] = true
	}
	var out []schema.Problem
	commission := func(list string, i int, id string) error {
		if commissions[id] {
			return nil
		}
		_, known, err := s.Store.Commission(ctx, id)
		if commissions[id] = known; !known && err == nil {
			out = append(out, schema.Problem{Field: fmt.Sprintf("/%s/%d/commission", list, i), Want: "want a commission of the directory or of this import"})
		}
		return err
	}
	for i, o := range d.Officials {
		if err := commission("officials", i, o.Commission); err != nil {
			return nil, err
		}
	}
	for i, c := range d.Constituencies {
		if err := commission("constituencies", i, c.Commission); err != nil {
			return nil, err
		}
		if elections[c.Election] {
			continue
		}
		_, known, err := s.Store.Election(ctx, c.Election)
		if err != nil {
			return nil, err
		}
		if elections[c.Election] = known; !known {
			out = append(out, schema.Problem{Field: fmt.Sprintf("/constituencies/%d/election", i), Want: "want an election of the directory or of this import"})
		}
	}
	return out, nil
}

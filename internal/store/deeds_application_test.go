package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// decided makes an application that is executing with two reserved documents.
func (o *office) decided() (dossier.Application, []dossier.Document) {
	o.t.Helper()
	a := application("TEC-0001", 1)
	a.State = dossier.Executing
	add(o.t, o.s, a)
	dec := dossier.Decision{ID: id(), Application: a.ID, Commission: a.Commission, Number: id(), State: dossier.DecisionVerifying, Date: civil.Date{Year: 2026, Month: 5, Day: 4}}
	var docs []dossier.Document
	do(o.t, o.s, func(ctx context.Context, tx *store.Tx) error {
		docs = nil
		first, err := tx.NextNumbers(ctx, "D4", a.Commission, a.Election, 2)
		errs := []error{err, tx.AddDecision(ctx, dec), tx.SetDecision(ctx, dec.ID, dossier.DecisionSigned, "", &signature.Signer{}, 2)}
		for i := range 2 {
			d := paper(first + i)
			d.Batch, d.Application, d.Decision, d.Subject = "", a.ID, dec.ID, a.Subjects[0].ID
			d.Data = []byte(`{"commission":"c","issued":"2026-05-04","name":"Sinov","number":"001","qr":"x"}`)
			docs = append(docs, d)
		}
		return errors.Join(append(errs, tx.AddDocument(ctx, docs...))...)
	})
	return *a, docs
}

func (o *office) stateOf(application string) dossier.State {
	o.t.Helper()
	a, err := o.s.Application(o.t.Context(), application)
	if err != nil {
		o.t.Fatal(err)
	}
	return a.State
}

// An annulled document of a decision counts as done with: the last one ends the
// application.
func TestAnnulOfApplication(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		for _, annulFirst := range []bool{true, false} {
			a, docs := o.decided()
			steps := []func(){
				func() {
					if err := o.act(dossier.DeedAnnulled, docs[0]); err != nil {
						t.Fatal(err)
					}
				},
				func() { o.finish(docs[1]) },
			}
			first, second := 0, 1
			if !annulFirst {
				first, second = 1, 0
			}
			steps[first]()
			if got := o.stateOf(a.ID); got != dossier.Executing {
				t.Errorf("after the first: %s", got)
			}
			steps[second]()
			if got := o.stateOf(a.ID); got != dossier.Executed {
				t.Errorf("after the second: %s", got)
			}
		}
	})
}

// A duplicate of an application's document belongs to it and moves nothing of it.
func TestDuplicateOfApplication(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		a, docs := o.decided()
		o.finish(docs[0])
		if err := o.act(dossier.DeedDuplicated, o.get(docs[0].ID)); err != nil {
			t.Fatal(err)
		}
		next := o.newest()
		o.finish(next)
		if next = o.get(next.ID); next.Application != a.ID || next.Subject != docs[0].Subject || next.Decision != docs[0].Decision || next.State != dossier.Issued {
			t.Errorf("%+v", next)
		}
		open, err := o.s.Text(t.Context(), `SELECT documents_open FROM decision WHERE id=?`, docs[0].Decision)
		if err != nil || open != "1" || o.stateOf(a.ID) != dossier.Executing {
			t.Errorf("%s open, %s, %v", open, o.stateOf(a.ID), err)
		}
		o.finish(docs[1])
		if got := o.stateOf(a.ID); got != dossier.Executed {
			t.Errorf("%s", got)
		}
		if err := o.act(dossier.DeedRevoked, next); err != nil { // of one that is executed
			t.Error(err)
		}
		subjects, err := o.s.Rows(t.Context(), `SELECT DISTINCT subject FROM event`)
		if diff := cmp.Diff([]string{a.ID}, subjects); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

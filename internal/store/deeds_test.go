package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

// act does one act upon a document and writes it.
func (o *office) act(deed dossier.Deed, d dossier.Document) error {
	ctx := o.t.Context()
	var effect queue.Effect
	var err error
	switch deed {
	case dossier.DeedRevoked:
		effect, err = o.Revoke(d, "key:1", why)
	case dossier.DeedAnnulled:
		effect, err = o.Annul(ctx, d, "key:1", why)
	case dossier.DeedDuplicated, dossier.DeedCorrected:
		r := issuing.Replacement{Relation: dossier.Duplicate, Actor: "key:1", Reason: why}
		if deed == dossier.DeedCorrected {
			r.Relation, r.Patch = dossier.Correction, json.RawMessage(`{"name":"Tuzatilgan"}`)
		}
		var draft *issuing.Draft
		if draft, err = o.Replace(ctx, d, r); err == nil {
			effect = queue.In(func(ctx context.Context, tx issuing.Tx) error { return draft.Reserve(ctx, tx) })
		}
	default:
		return fmt.Errorf("%s is not for anybody to ask", deed)
	}
	if err != nil {
		return err
	}
	return write(ctx, o.s, effect)
}

// Every act in every state: what the table of states has, and nothing else.
// Whoever looked before the state changed is refused as well.
func TestDeedsByState(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		made := map[dossier.DocumentState]func() dossier.Document{
			dossier.Reserved: func() dossier.Document {
				return o.get(o.reserve(o.Draft(t.Context(), o.order(`{"name":"Sinov"}`)))[0].ID)
			},
			dossier.Issued: func() dossier.Document { return o.issued(`{"name":"Sinov"}`) },
			dossier.Revoked: func() dossier.Document {
				d := o.issued(`{"name":"Sinov"}`)
				if err := o.act(dossier.DeedRevoked, d); err != nil {
					t.Fatal(err)
				}
				return o.get(d.ID)
			},
			dossier.Replaced: func() dossier.Document {
				d := o.issued(`{"name":"Sinov"}`)
				if err := o.act(dossier.DeedDuplicated, d); err != nil {
					t.Fatal(err)
				}
				o.finish(o.newest())
				return o.get(d.ID)
			},
			dossier.Annulled: func() dossier.Document {
				d := o.reserve(o.Draft(t.Context(), o.order(`{"name":"Sinov"}`)))[0]
				if err := o.act(dossier.DeedAnnulled, d); err != nil {
					t.Fatal(err)
				}
				return o.get(d.ID)
			},
		}
		allowed := map[dossier.Deed]dossier.DocumentState{
			dossier.DeedRevoked: dossier.Issued, dossier.DeedDuplicated: dossier.Issued, dossier.DeedCorrected: dossier.Issued, dossier.DeedAnnulled: dossier.Reserved,
		}
		for _, state := range dossier.DocumentStates() {
			for deed, want := range allowed {
				for _, stale := range []bool{false, true} {
					d := made[state]()
					if d.State != state {
						t.Fatalf("made one that is %s, want %s", d.State, state)
					}
					if stale {
						d.State = want // as it was when somebody looked
					}
					err := o.act(deed, d)
					if state == want {
						if err != nil {
							t.Errorf("%s of one that is %s: %v", deed, state, err)
						}
						continue
					}
					_ = refusal(t, err, dossier.WrongState)
					if got := o.get(d.ID); got.State != state {
						t.Errorf("%s of one that was %s made it %s", deed, state, got.State)
					}
				}
			}
		}
	})
}

// A revoked document keeps its number, its file and why it was revoked.
func TestRevoke(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.issued(`{"name":"Sinov"}`)
		if err := o.act(dossier.DeedRevoked, d); err != nil {
			t.Fatal(err)
		}
		got := o.get(d.ID)
		want := d
		want.State, want.EndedAt = dossier.Revoked, *o.clock
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		acts, err := o.s.Acts(t.Context(), d.ID)
		if err != nil || len(acts) != 3 || acts[2].Deed != dossier.DeedRevoked || acts[2].Reason != why || acts[2].Actor != "key:1" {
			t.Errorf("%+v, %v", acts, err)
		}
		if diff := cmp.Diff([]string{"document.issued", "document.revoked"}, o.events()); diff != "" {
			t.Error(diff)
		}
		for _, reason := range []string{"", "too short", strings.Repeat("a", 501), "          a", "rings a bell\a twice"} {
			_, err := o.Revoke(d, "key:1", reason)
			if r := refusal(t, err, dossier.BadForm); r.Problems[0].Field != "/reason" {
				t.Errorf("%q: %+v", reason, r)
			}
		}
	})
}

// A duplicate says that it is one; the old document holds until it is issued.
func TestDuplicate(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.issued(`{"name":"Sinov"}`)
		if err := o.act(dossier.DeedDuplicated, d); err != nil {
			t.Fatal(err)
		}
		next := o.newest()
		if old := o.get(d.ID); old.State != dossier.Issued || old.ReplacedBy != next.ID {
			t.Errorf("the old one is %s, replaced by %q", old.State, old.ReplacedBy)
		}
		_ = refusal(t, o.act(dossier.DeedRevoked, d), dossier.WrongState)
		_ = refusal(t, o.act(dossier.DeedCorrected, d), dossier.WrongState)
		o.finish(next)
		next = o.get(next.ID)
		var data map[string]any
		if err := json.Unmarshal(next.Data, &data); err != nil {
			t.Fatal(err)
		}
		delete(data, "qr")
		want := map[string]any{"name": "Sinov", "number": "002", "issued": "2026-05-04", "commission": "Namuna komissiyasi", "duplicate": true, "original_number": "001"}
		if diff := cmp.Diff(want, data); diff != "" {
			t.Error(diff)
		}
		if next.State != dossier.Issued || next.Relation != dossier.Duplicate || next.Replaces != d.ID {
			t.Errorf("%+v", next)
		}
		if old := o.get(d.ID); old.State != dossier.Replaced || old.EndedAt.IsZero() || old.ReplacedBy != next.ID {
			t.Errorf("the old one: %+v", old)
		}
		if diff := cmp.Diff([]dossier.Deed{dossier.DeedReserved, dossier.DeedIssued, dossier.DeedDuplicated, dossier.DeedReplaced}, o.history(d.ID)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"document.issued", "document.issued", "document.replaced"}, o.events()); diff != "" {
			t.Error(diff)
		}
		if err := o.act(dossier.DeedDuplicated, next); err != nil { // and that one can be lost too
			t.Error(err)
		}
	})
}

// One that was to take another's place and is annulled leaves that one standing,
// and makes room for the next try.
func TestDuplicateAnnulled(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.issued(`{"name":"Sinov"}`)
		if err := o.act(dossier.DeedDuplicated, d); err != nil {
			t.Fatal(err)
		}
		if err := o.act(dossier.DeedAnnulled, o.newest()); err != nil {
			t.Fatal(err)
		}
		if old := o.get(d.ID); old.State != dossier.Issued || old.ReplacedBy != "" {
			t.Errorf("%+v", old)
		}
		if err := o.act(dossier.DeedDuplicated, d); err != nil {
			t.Fatal(err)
		}
		*o.clock = o.clock.Add(issuingGrace)
		if n := o.work(); n != 1 { // by the queue this time
			t.Errorf("%d made", n)
		}
		if old := o.get(d.ID); old.State != dossier.Replaced || o.get(old.ReplacedBy).Number != 3 {
			t.Errorf("%+v", old)
		}
	})
}

// A correction changes what the patch says and nothing else. Which paths did is
// on record, no value is.
func TestCorrect(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.issued(`{"name":"Sinov","place":{"a":1,"b":2.50,"c":[1,2]},"valid_until":"2027-01-27"}`)
		correct := func(patch string) (*issuing.Draft, error) {
			return o.Replace(t.Context(), d, issuing.Replacement{Relation: dossier.Correction, Actor: "key:1", Reason: why, Patch: json.RawMessage(patch)})
		}
		for name, c := range map[string]struct{ patch, field string }{
			"the number":   {`{"number":"9"}`, "/patch/number"},
			"the code":     {`{"qr":"x"}`, "/patch/qr"},
			"no object":    {`[1]`, "/patch"},
			"twice":        {`{"name":"a","name":"b"}`, "/patch/name"},
			"nothing":      {`{}`, "/patch"},
			"the same":     {`{"name":"Sinov","place":{"c":[1,2]}}`, "/patch"},
			"misfit":       {`{"bad":1}`, "/patch/bad"},
			"wrong end":    {`{"valid_until":"soon"}`, "/patch/valid_until"},
			"removes none": {`{"none":null}`, "/patch"},
		} {
			_, err := correct(c.patch)
			if r := refusal(t, err, dossier.BadForm); len(r.Problems) == 0 || r.Problems[0].Field != c.field {
				t.Errorf("%s: %+v", name, r)
			}
		}
		doc := o.reserve(correct(`{"place":{"a":null,"c":[2]},"valid_until":"2027-02-01","name":"Tuzatilgan"}`))[0]
		o.finish(doc)
		next := o.get(doc.ID)
		var data map[string]any
		if err := json.Unmarshal(next.Data, &data); err != nil {
			t.Fatal(err)
		}
		delete(data, "qr")
		want := map[string]any{
			"name": "Tuzatilgan", "place": map[string]any{"b": 2.5, "c": []any{2.0}}, "valid_until": "2027-02-01", "number": "002", "issued": "2026-05-04",
			"commission": "Namuna komissiyasi", "original_number": "001",
		}
		if diff := cmp.Diff(want, data); diff != "" {
			t.Error(diff)
		}
		if next.ValidUntil.String() != "2027-02-01" || next.Relation != dossier.Correction {
			t.Errorf("%+v", next)
		}
		acts, err := o.s.Acts(t.Context(), d.ID)
		if err != nil || len(acts) != 4 || acts[2].Detail != doc.ID+" /name /place/a /place/c /valid_until" || acts[2].Reason != why {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// Of two who act upon one document at once, one is first.
func TestDeedsAtOnce(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		for _, pair := range [][2]dossier.Deed{
			{dossier.DeedRevoked, dossier.DeedRevoked}, {dossier.DeedDuplicated, dossier.DeedCorrected}, {dossier.DeedRevoked, dossier.DeedDuplicated},
		} {
			d := o.issued(`{"name":"Sinov"}`)
			var wg sync.WaitGroup
			errs := make([]error, 2)
			for i, deed := range pair {
				wg.Go(func() { errs[i] = o.act(deed, d) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Errorf("%v: %v", pair, errs)
			}
			_ = refusal(t, errors.Join(errs...), dossier.WrongState)
		}
	})
}

// What is being made right now is not annulled, and what is annulled is not made.
func TestAnnul(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		d := o.reserve(o.Draft(ctx, o.order(`{"name":"Sinov"}`)))[0]
		*o.clock = o.clock.Add(issuingGrace)
		if _, _, err := o.s.Promote(ctx, *o.clock); err != nil {
			t.Fatal(err)
		}
		j, found, err := o.s.Claim(ctx, queue.Claim{Stage: issuing.StageRender, Now: *o.clock, Lease: issuingGrace})
		if err != nil || !found {
			t.Fatal(found, err)
		}
		_ = refusal(t, o.act(dossier.DeedAnnulled, d), dossier.WrongState)
		f := queue.Failure{Kind: "rejected", Text: "made up", At: *o.clock}
		if err := o.s.Fail(ctx, j.Lease, f, func(context.Context, queue.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if list, err := o.s.Failures(ctx, store.FailureFilter{Commission: "TEC-0001"}, 0, 10); err != nil || len(list) != 1 {
			t.Errorf("%d failures of the commission's documents, want 1 (%v)", len(list), err)
		}
		late := d
		_, effect, err := o.Finish(ctx, &late)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.act(dossier.DeedAnnulled, d); err != nil {
			t.Fatal(err)
		}
		if err := write(ctx, o.s, effect); err != nil || late.State != dossier.Reserved {
			t.Errorf("who is late: %s, %v", late.State, err)
		}
		if got := o.get(d.ID); got.State != dossier.Annulled || got.File != "" || o.jobs() != "done" {
			t.Errorf("%+v, jobs %s", got, o.jobs())
		}
		if diff := cmp.Diff([]string{"failure.raised", "document.annulled"}, o.events()); diff != "" {
			t.Error(diff)
		}
	})
}

// What cannot be made is annulled by whoever ordered it, with what was said.
func TestGiveUp(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.reserve(o.Draft(t.Context(), o.order(`{"name":"too long a name"}`)))[0]
		_, _, err := o.Finish(t.Context(), &d)
		if err == nil {
			t.Fatal("it was made")
		}
		effect, err := o.GiveUp(t.Context(), d, err)
		if err != nil {
			t.Fatal(err)
		}
		if err := write(t.Context(), o.s, effect); err != nil {
			t.Fatal(err)
		}
		acts, err := o.s.Acts(t.Context(), d.ID)
		if err != nil || len(acts) != 2 || acts[1].Actor != "hub" || !strings.Contains(acts[1].Reason, "overflows") {
			t.Errorf("%+v, %v", acts, err)
		}
		if o.get(d.ID).State != dossier.Annulled || o.jobs() != "done" {
			t.Errorf("%s, jobs %s", o.get(d.ID).State, o.jobs())
		}
	})
}

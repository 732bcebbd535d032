package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
)

// What acts write comes back, and nothing of what people wrote lies in the clear.
func TestActsComeBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := application("TEC-1", 2)
		a.Ballot, a.Code, a.DecideBy = "DIST", "code-1", civil.Date{Year: 2026, Month: 5, Day: 9}
		a.Subjects[0].RecommendedBy = "mahalla"
		add(t, s, a)
		now := time.UnixMilli(1_780_000_000_000).UTC()
		change := dossier.Amendment{ID: id(), Subject: a.Subjects[1].ID, Name: "workplace", Value: "of " + sampleName, Reason: "by " + sampleName, Actor: "applicant", At: now}
		taken := dossier.Withdrawal{
			ID: id(), Application: a.ID, State: dossier.WithdrawalVerifying, Document: []byte("taken by " + sampleName), Signature: []byte("p7s of " + sampleName),
			SubmittedBy: "k", At: now,
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.AddAmendments(ctx, a.ID, change), tx.AddWithdrawal(ctx, taken), tx.SetReturnDue(ctx, a.ID, now), tx.Touch(ctx, a.ID))
		})
		changes, err := s.Amendments(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]dossier.Amendment{change}, changes); d != "" {
			t.Error(d)
		}
		got, err := s.Withdrawal(t.Context(), taken.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(taken, got); d != "" {
			t.Error(d)
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for i, want := range []bool{true, false} {
				if first, err := tx.MarkReviewed(ctx, a.ID, now); err != nil || first != want {
					t.Errorf("reviewed, try %d: %v, %v", i, first, err)
				}
				if ended, err := tx.EndWithdrawal(ctx, taken.ID, dossier.WithdrawalRefused, "wrong_person"); err != nil || ended != want {
					t.Errorf("ended, try %d: %v, %v", i, ended, err)
				}
			}
			is, err := tx.ApplicationNow(ctx, a.ID)
			want := dossier.Application{ID: a.ID, Number: a.Number, State: dossier.Submitted, Version: 3, ReturnDue: now, ReviewedAt: now}
			if d := cmp.Diff(want, is); d != "" || err != nil {
				t.Errorf("%v: %s", err, d)
			}
			return nil
		})
		list, err := s.ApplicationsWhere(t.Context(), store.ApplicationFilter{Election: a.Election, Type: a.Type, Applicant: a.Applicant, State: a.State}, "", 5)
		if err != nil || len(list) != 1 || list[0].Ballot != "DIST" || list[0].DecideBy != a.DecideBy || !list[0].ReturnDue.Equal(now) {
			t.Errorf("listed %+v, %v", list, err)
		}
		for _, f := range []store.ApplicationFilter{{Election: "x"}, {Type: "x"}, {Applicant: "x"}, {State: dossier.Returned}, {Commission: "x"}} {
			if list, err := s.ApplicationsWhere(t.Context(), f, "", 5); err != nil || len(list) != 0 {
				t.Errorf("%+v lists %d, %v", f, len(list), err)
			}
		}
	})
}

// The number of one that corrects another is the first one's and a count; only one
// corrects it.
func TestCorrectedNumber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		last := add(t, s, application("TEC-1", 1))
		for _, want := range []string{"TEC-1-000001/2", "TEC-1-000001/3", "TEC-1-000001/4"} {
			next := application("TEC-1", 1)
			next.Previous, next.Document = last.ID, []byte(want)
			if last = add(t, s, next); last.Number != want {
				t.Errorf("number %s, want %s", last.Number, want)
			}
		}
		twice := application("TEC-1", 1)
		twice.Previous = last.Previous
		if err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.AddApplication(ctx, twice) }); err == nil {
			t.Error("two correct one")
		}
		if other := add(t, s, application("TEC-1", 1)); other.Number != "TEC-1-000002" {
			t.Errorf("the next is %s", other.Number)
		}
	})
}

// The same content is found until the first one ended without a decision.
func TestSameContent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := application("TEC-1", 1)
		a.Document = []byte("these very bytes")
		add(t, s, a)
		for _, c := range []struct {
			state dossier.State
			found bool
		}{
			{dossier.Submitted, true},
			{dossier.Checking, true},
			{dossier.Returned, false},
			{dossier.Superseded, true},
			{dossier.Executed, true},
			{dossier.Withdrawn, false},
			{dossier.Lapsed, false},
			{dossier.SignatureRefused, false},
		} {
			if err := s.Exec(t.Context(), `UPDATE application SET state=? WHERE id=?`, c.state, a.ID); err != nil {
				t.Fatal(err)
			}
			first, found, err := s.SameContent(t.Context(), []byte("these very bytes"))
			if err != nil || found != c.found || found && (first.ID != a.ID || first.Number != a.Number) {
				t.Errorf("%s: %+v, %v, %v", c.state, first, found, err)
			}
		}
		if _, found, err := s.SameContent(t.Context(), []byte("these very bytes ")); err != nil || found {
			t.Errorf("other bytes: %v, %v", found, err)
		}
	})
}

// Whoever acts is read as the transaction sees it: the head, the holder, the chair.
func TestApplicantNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-1", 1))
		holder := a.Subjects[0]
		today := civil.Of(time.Now())
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(
				tx.ImportDirectory(ctx, dossier.Directory{
					Organisations: []dossier.Organisation{{ID: "party-1", Role: "PARTY", Title: "Partiya", TIN: "300000040", Head: "head", Phone: "1"}},
					Commissions:   []dossier.Commission{{ID: "TEC-1", Level: "TEC", Title: "Hudud"}},
					Officials: []dossier.Official{
						{ID: "a", Commission: "TEC-1", Post: dossier.Chair, PINFL: "former", Until: today.AddDays(-1)},
						{ID: "b", Commission: "TEC-1", Post: dossier.Secretary, PINFL: "secretary"},
						{ID: "c", Commission: "TEC-1", Post: dossier.Chair, PINFL: "chair", Phone: "2", From: today},
					},
				}),
				tx.TakeRole(ctx, dossier.Role{ID: holder.ID, Election: a.Election, Role: "proxy", Slot: "one", Application: a.ID, Organisation: "party-1", TakenAt: time.Now()}, holder))
		})
		for id, want := range map[string]string{"party-1": "PARTY head", holder.ID: "PROXY " + string(holder.PINFL), "TEC-1": "TEC chair", "nobody": " "} {
			var in dossier.Applicant
			do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
				in, _, err = tx.ApplicantNow(ctx, id)
				return err
			})
			out, ok, err := s.Applicant(t.Context(), id)
			if got := in.Kind + " " + string(in.Person); err != nil || got != want || ok != (want != " ") ||
				out.Kind != in.Kind || out.Person != in.Person || out.Phone != in.Phone {
				t.Errorf("%s: %q, outside %q, %v", id, got, out.Kind, err)
			}
		}
	})
}

// A code that signs is one of its phone and of its bytes.
func TestSigningCode(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			err := tx.AddCode(ctx, login.Code{ID: "c", Caller: "k", Purpose: login.Sign, Content: "ab", Language: "ru", State: login.Open, At: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}, samplePhone)
			c, e := tx.Code(ctx, "c")
			mine, e1 := tx.SentTo(ctx, "c", samplePhone)
			other, e2 := tx.SentTo(ctx, "c", "998900000000")
			nobody, e3 := tx.SentTo(ctx, "c", "")
			if c.Content != "ab" || !mine || other || nobody {
				t.Errorf("%+v, sent to %v %v %v", c, mine, other, nobody)
			}
			return errors.Join(err, e, e1, e2, e3)
		})
	})
}

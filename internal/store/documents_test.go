package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// paper is a reserved document of no application.
func paper(number int) dossier.Document {
	d := id()
	return dossier.Document{
		ID: d, Key: "ordered:" + d, Kind: "D4", Template: "observer-party", Language: "uz-Latn", Commission: "TEC-0001", Election: "local-2026",
		Number: number, State: dossier.Reserved, Batch: d, ValidUntil: civil.Date{Year: 2027, Month: 1, Day: 27}, CodeHash: strings.Repeat("0a", 16),
		Data: []byte(`{"person":"` + sampleName + `"}`), ReservedAt: time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC),
	}
}

// A document of no application comes back whole, however far it has come.
func TestDocumentComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		d := paper(1)
		check := func() {
			t.Helper()
			got, err := s.Document(t.Context(), d.ID)
			if diff := cmp.Diff(d, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			list, err := s.Register(t.Context(), store.DocumentFilter{Batch: d.Batch}, "", 10)
			want := d
			want.Data = nil
			if diff := cmp.Diff([]dossier.Document{want}, list); diff != "" || err != nil {
				t.Error("in the register", diff, err)
			}
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddDocument(ctx, d) })
		check()
		d.State, d.File, d.IssuedAt = dossier.Issued, "a.pdf", d.ReservedAt.Add(time.Second)
		d.Passport = dossier.Passport{SHA256: "aa", Content: "bb", DataHash: "cc", Template: "dd", Browser: "ee", Fonts: []string{"Noto Sans"}, Seal: "ff", Pages: 2}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, want := range []bool{true, false} { // the second one comes too late
				if done, err := tx.IssueDocument(ctx, d.ID, d.Passport, d.File, d.IssuedAt); err != nil || done != want {
					t.Errorf("issued %v, want %v (%v)", done, want, err)
				}
			}
			return nil
		})
		check()
		if got, err := s.Text(t.Context(), `SELECT file_sha256 || ' ' || sealed_by FROM document WHERE id=?`, d.ID); err != nil || got != "aa ff" {
			t.Errorf("%q, %v", got, err)
		}
		d.State, d.EndedAt = dossier.Revoked, d.IssuedAt.Add(time.Second)
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, want := range []bool{true, false} {
				if done, err := tx.EndDocument(ctx, d.ID, dossier.Issued, dossier.Revoked, d.EndedAt); err != nil || done != want {
					t.Errorf("ended %v, want %v (%v)", done, want, err)
				}
			}
			if _, err := tx.EndDocument(ctx, d.ID, dossier.Revoked, dossier.Replaced, d.EndedAt); err == nil {
				t.Error("a transition that the table does not have")
			}
			return nil
		})
		check()
	})
}

// The history keeps its order, and its reasons are read by nobody who has the
// database alone.
func TestActs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		d, other := paper(1), paper(2)
		at := d.ReservedAt
		want := []dossier.DocumentAct{
			{Document: d.ID, At: at, Actor: "key:1", Deed: dossier.DeedReserved},
			{Document: d.ID, At: at, Actor: "hub", Deed: dossier.DeedIssued, Detail: "x"},
			{Document: d.ID, At: at, Actor: "key:2", Deed: dossier.DeedRevoked, Reason: "asked for by " + sampleName},
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.AddDocument(ctx, d, other), tx.AddActs(ctx, want...), tx.AddActs(ctx, dossier.DocumentAct{Document: other.ID, At: at, Deed: dossier.DeedReserved}))
		})
		got, err := s.Acts(t.Context(), d.ID)
		for i := range got {
			got[i].ID = ""
		}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		raw, err := s.Text(t.Context(), `SELECT count(*) FROM document_act WHERE CAST(sealed_reason AS TEXT) LIKE '%`+sampleName+`%'`)
		if err != nil || raw != "0" {
			t.Errorf("a reason lies open: %s, %v", raw, err)
		}
	})
}

// Blocks of numbers do not overlap and leave no gap, whoever takes them.
func TestBlocksOfNumbers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		var mu sync.Mutex
		seen := map[int]int{}
		var wg sync.WaitGroup
		total := 0
		for hand := range 8 {
			total += 3 * (hand + 1)
			wg.Go(func() {
				for range 3 {
					first := 0
					err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
						first, err = tx.NextNumbers(ctx, "D4", "TEC-0001", "local-2026", hand+1)
						return err
					})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for n := range hand + 1 {
						seen[first+n]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for n := 1; n <= total; n++ {
			if seen[n] != 1 {
				t.Errorf("number %d taken %d times", n, seen[n])
			}
		}
	})
}

// The register is read page by page, by any of its columns.
func TestRegister(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		var all []dossier.Document
		for i := range 7 {
			d := paper(i + 1)
			d.Batch = ""
			if i%2 == 1 {
				d.Commission, d.Kind, d.Template, d.Election = "TEC-0002", "D2", "candidate", "other"
			}
			all = append(all, d)
		}
		batch := id()
		all[2].Batch, all[4].Batch = batch, batch
		do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddDocument(ctx, all...) })
		list := func(f store.DocumentFilter, before string, limit int) (numbers []int) {
			t.Helper()
			got, err := s.Register(t.Context(), f, before, limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range got {
				numbers = append(numbers, d.Number)
			}
			return numbers
		}
		for _, c := range []struct {
			name   string
			filter store.DocumentFilter
			before string
			limit  int
			want   []int
		}{
			{"all", store.DocumentFilter{}, "", 10, []int{7, 6, 5, 4, 3, 2, 1}},
			{"a page", store.DocumentFilter{}, "", 2, []int{7, 6}},
			{"the next page", store.DocumentFilter{}, all[5].ID, 2, []int{5, 4}},
			{"of a commission", store.DocumentFilter{Commission: "TEC-0002"}, "", 10, []int{6, 4, 2}},
			{"of an election", store.DocumentFilter{Election: "local-2026"}, "", 10, []int{7, 5, 3, 1}},
			{"of a kind and number", store.DocumentFilter{Kind: "D4", Number: 5}, "", 10, []int{5}},
			{"of a template", store.DocumentFilter{Template: "candidate"}, "", 10, []int{6, 4, 2}},
			{"of a batch", store.DocumentFilter{Batch: batch}, "", 10, []int{5, 3}},
			{"of a state", store.DocumentFilter{State: "issued"}, "", 10, nil},
			{"of an application", store.DocumentFilter{Application: id()}, "", 10, nil},
		} {
			if diff := cmp.Diff(c.want, list(c.filter, c.before, c.limit)); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		got, err := s.Batch(t.Context(), batch)
		if err != nil || len(got) != 2 || got[0].Number != 3 || got[1].Number != 5 {
			t.Errorf("a batch: %d, %v", len(got), err)
		}
	})
}

// Whoever makes a list of what does not hold any more gets each once, in order,
// also those from before hashes were kept.
func TestEnded(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		var want []dossier.Ended
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			want = nil
			for i := range 7 {
				d := paper(i + 1)
				if i == 3 { // from before both columns: its data tells
					d.CodeHash, d.ValidUntil, d.Data = "", civil.Date{}, []byte(`{"name":"Sinov","valid_until":"2027-10-31","qr":"x"}`)
				}
				if err := tx.AddDocument(ctx, d); err != nil {
					return err
				}
				if i == 6 { // never issued
					if _, err := tx.EndDocument(ctx, d.ID, dossier.Reserved, dossier.Annulled, at); err != nil {
						return err
					}
					continue
				}
				if _, err := tx.IssueDocument(ctx, d.ID, dossier.Passport{}, d.ID, at); err != nil {
					return err
				}
				if i == 5 { // it stands
					continue
				}
				to := []dossier.DocumentState{dossier.Revoked, dossier.Replaced}[i%2]
				end := at.Add(time.Duration(i/2) * time.Second) // some at one time
				if _, err := tx.EndDocument(ctx, d.ID, dossier.Issued, to, end); err != nil {
					return err
				}
				if i == 3 {
					sum, _ := dossier.DataHash(d.Data)
					d.CodeHash, d.ValidUntil = fmt.Sprintf("%x", sum[:16]), civil.Date{Year: 2027, Month: 10, Day: 31}
				}
				want = append(want, dossier.Ended{
					ID: d.ID, Kind: d.Kind, Commission: d.Commission, Election: d.Election, Number: d.Number, State: to, CodeHash: d.CodeHash,
					ValidUntil: d.ValidUntil, EndedAt: end,
				})
			}
			return nil
		})
		var got []dossier.Ended
		for cursor := ""; ; {
			page, next, err := s.Ended(t.Context(), cursor, 2)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, page...)
			if cursor = next; len(page) < 2 {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if _, _, err := s.Ended(t.Context(), "nonsense", 2); err == nil {
			t.Error("a cursor that is none")
		}
	})
}

// A database from before keeps its documents, and gets their history.
func TestMigrationOfDocuments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	doc := id()
	old(t, filepath.Join(dir, "hub.db"), 7, func(ctx context.Context, db *sql.DB) error {
		data, err := v.Seal([]byte(`{"a":1}`), vault.Place{Table: "document", Column: "data", Row: doc})
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO application(id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at)
			VALUES('a1','1','t','e','c','p','ru','executed',x'00',x'00','k',1);
			INSERT INTO decision(id, application_id, commission, number, date, state, drafted_by, sealed_document, sealed_signature, at) VALUES('d1','a1','c','1','2026-05-04','signed','o',x'00',x'00',1)`)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO document(id, key, kind, template, commission, election, number, state, application_id, subject_id, decision_id, sealed_data, passport, file, reserved_at, issued_at)
			VALUES(?,'k1','D4','observer-party','c','e',7,'issued','a1','s1','d1',?,'{"sha256":"aa","pages":1}','f.pdf',1000,2000)`, doc, data)
		return err
	})
	s := open(t, dir, time.Now)
	got, err := s.Document(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	want := dossier.Document{
		ID: doc, Key: "k1", Kind: "D4", Template: "observer-party", Commission: "c", Election: "e", Number: 7, State: dossier.Issued, Application: "a1",
		Subject: "s1", Decision: "d1", Data: []byte(`{"a":1}`), Passport: dossier.Passport{SHA256: "aa", Pages: 1}, File: "f.pdf",
		ReservedAt: time.UnixMilli(1000).UTC(), IssuedAt: time.UnixMilli(2000).UTC(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	acts, err := s.Acts(t.Context(), doc)
	if err != nil || len(acts) != 2 || acts[0].Deed != dossier.DeedReserved || acts[1].Deed != dossier.DeedIssued || acts[1].At.UnixMilli() != 2000 {
		t.Errorf("%+v, %v", acts, err)
	}
	if sum, err := s.Text(t.Context(), `SELECT file_sha256 FROM document WHERE id=?`, doc); err != nil || sum != "aa" {
		t.Errorf("%q, %v", sum, err)
	}
}

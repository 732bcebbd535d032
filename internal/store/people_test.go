package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// add stores an application and returns it as stored.
func add(t *testing.T, s *store.Store, a *dossier.Application) *dossier.Application {
	t.Helper()
	do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.AddApplication(ctx, a) })
	return a
}

func do(t *testing.T, s *store.Store, f func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// What is stored comes back whole.
func TestApplicationComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 3))
		got, err := s.Application(t.Context(), a.ID)
		if err != nil {
			t.Fatal(err)
		}
		unread := cmpopts.IgnoreFields(dossier.Attachment{}, "Content") // read one by one
		if d := cmp.Diff(*a, got, unread, cmpopts.EquateEmpty()); d != "" {
			t.Error(d)
		}
		if got.Number != "TEC-0001-000001" {
			t.Errorf("number %q", got.Number)
		}
		f, err := s.Attachment(t.Context(), a.ID, "paper.pdf")
		if err != nil || string(f.Content) != "paper of "+sampleName {
			t.Errorf("attachment %q, %v", f.Content, err)
		}
	})
}

// The files of the database hold nobody's data in the clear.
func TestSealedOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	a := application("TEC-0001", 1)
	who := a.Subjects[0].PINFL
	add(t, s, a)
	sub := a.Subjects[0].ID
	facts, err := json.Marshal(register.PersonalData{PINFL: who, Surname: sampleName, Document: sampleDocument})
	if err != nil {
		t.Fatal(err)
	}
	do(t, s, func(ctx context.Context, tx *store.Tx) error {
		for _, err := range []error{
			tx.SetVerdict(ctx, a.ID, signature.Signer{PINFL: who, Name: sampleName}),
			tx.AddChecks(ctx, []dossier.Check{{ID: "c1", Subject: sub, Register: register.Personal, State: dossier.Open}}, time.Now()),
			tx.AddFinding(ctx, dossier.Finding{
				ID: "f1", Check: "c1", Subject: sub, Register: register.Personal, Status: register.Found, Facts: facts,
				Columns: []register.Column{{Name: "surname", Value: sampleName}},
			}),
			tx.Identify(ctx, sub, who, sampleDocument),
			tx.Audit(ctx, dossier.AuditLine{Actor: "hub", Action: "register.asked", Object: a.ID, Subject: who}),
			tx.ImportDirectory(ctx, dossier.Directory{
				Commissions:   []dossier.Commission{{ID: "TEC-0001", Level: "TEC"}},
				Officials:     []dossier.Official{{ID: "o1", Commission: "TEC-0001", Post: dossier.Chair, Surname: sampleName, PINFL: who}},
				Organisations: []dossier.Organisation{{ID: "party-1", Role: "PARTY", Head: who, Phone: samplePhone}},
			}),
			tx.AddDecision(ctx, dossier.Decision{ID: "d1", Application: a.ID, Commission: "TEC-0001", Number: "1", State: dossier.DecisionVerifying, Document: []byte(sampleName), Signature: []byte(sampleName)}),
			tx.SetDecision(ctx, "d1", dossier.DecisionSigned, "", &signature.Signer{PINFL: who, Name: sampleName}, 1),
			tx.AddDocument(ctx, dossier.Document{ID: "p1", Key: "p1", Kind: "mandate", State: dossier.Reserved, Application: a.ID, Decision: "d1", Number: 1, Data: facts}),
			tx.TakeRole(ctx, roleOf(a, a.Subjects[0]), a.Subjects[0]),
		} {
			if err != nil {
				return err
			}
		}
		_, err := tx.AddNotice(ctx, dossier.Notice{ID: "n1", Key: "n1", Application: a.ID, MessageID: "m1", State: dossier.NoticeQueued, Phone: samplePhone, Text: "hurmatli " + sampleName})
		if err != nil {
			return err
		}
		_, err = tx.AddAssessment(ctx, eligibility.Assessment{Subject: sub, Verdict: eligibility.Eligible, Answers: []eligibility.Answer{{Rule: "ALL-CIT", Reason: sampleName}}})
		return err
	})
	scan := func(when string) {
		t.Helper()
		read := 0
		for _, name := range []string{"hub.db", "hub.db-wal"} {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue // no log once it is closed
			}
			read += len(raw)
			for _, secret := range []string{string(who), samplePhone, sampleDocument, sampleName} {
				if bytes.Contains(raw, []byte(secret)) {
					t.Errorf("%s: %s holds %s in the clear", when, name, secret[:2]+"...")
				}
			}
			if bytes.Contains(raw, []byte(a.ID)) {
				read += 1 << 40 // what is not sealed is found: the scan works
			}
		}
		if read < 1<<40 {
			t.Errorf("%s: the scan read nothing of use", when)
		}
	}
	scan("open")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	scan("closed")
}

// A sealed value moved into another row does not open.
func TestMovedRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 2))
		if err := s.Exec(t.Context(), `UPDATE subject SET sealed_body=(SELECT sealed_body FROM subject WHERE id=?) WHERE id=?`, a.Subjects[0].ID, a.Subjects[1].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Application(t.Context(), a.ID); err == nil {
			t.Error("one person's data was read in another's row")
		} else if strings.Contains(err.Error(), string(a.Subjects[0].PINFL)) {
			t.Error("the error tells a PINFL")
		}
	})
}

func TestAudit(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		who := pinfl()
		begin := func(t *testing.T) *store.Store {
			s := open(t, where(t), time.Now)
			for i := range 20 {
				do(t, s, func(ctx context.Context, tx *store.Tx) error {
					return tx.Audit(ctx, dossier.AuditLine{At: time.Now(), Actor: "key:1", Action: "person.shown", Object: fmt.Sprint(i), Subject: who, Detail: map[string]string{"reason": "complaint"}})
				})
			}
			_ = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { // rolled back: must leave no gap
				_ = tx.Audit(ctx, dossier.AuditLine{Actor: "x", Action: "y", Object: "z"})
				return context.Canceled
			})
			if n, err := s.VerifyAudit(t.Context()); err != nil || n != 20 {
				t.Fatalf("an honest log: %d lines, %v", n, err)
			}
			return s
		}
		cases := []struct{ name, sql string }{
			{"an actor changed", `UPDATE audit SET actor='key:2' WHERE id=7`},
			{"a time changed", `UPDATE audit SET at=at+1 WHERE id=7`},
			{"a person changed", `UPDATE audit SET subject_index=hash WHERE id=7`},
			{"a detail changed", `UPDATE audit SET detail='{}' WHERE id=20`},
			{"a line removed", `DELETE FROM audit WHERE id=7`},
			{"the first line removed", `DELETE FROM audit WHERE id=1`},
			{"the last line removed", `DELETE FROM audit WHERE id=20`},
			{"two lines exchanged", `UPDATE audit SET object=CASE id WHEN 7 THEN '7' ELSE '6' END WHERE id IN (7,8)`},
			{"a line appended by hand", `INSERT INTO audit(id, at, actor, action, object, detail, hash) SELECT 21, at, actor, action, object, detail, hash FROM audit WHERE id=20`},
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				s := begin(t)
				if err := s.Exec(t.Context(), c.sql); err != nil {
					t.Fatal(err)
				}
				if n, err := s.VerifyAudit(t.Context()); err == nil {
					t.Errorf("not noticed, %d lines hold", n)
				}
			})
		}
		s := begin(t)
		lines, err := s.AuditOf(t.Context(), who)
		if err != nil || len(lines) != 20 || lines[3].Object != "3" || lines[3].Detail["reason"] != "complaint" {
			t.Errorf("%d lines about the person, %v", len(lines), err)
		}
		if lines, err := s.AuditOf(t.Context(), personal.PINFL(pinfl())); err != nil || len(lines) != 0 {
			t.Errorf("%d lines about somebody else, %v", len(lines), err)
		}
	})
}

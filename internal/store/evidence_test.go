package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func evidence(application string, act dossier.Act, ref string, reason signature.Reason, signer personal.PINFL) dossier.Evidence {
	when := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	return dossier.Evidence{
		ID: id(), Application: application, Act: act, Method: dossier.ByEDS, Ref: ref, At: when, PKCS7: []byte("envelope of " + sampleName),
		Verdict: signature.Verdict{
			Trusted: reason == "", Reason: reason,
			Signers: []signature.Signer{{PINFL: signer, TIN: "300000001", Name: sampleName, Serial: "ab", SignedAt: when, ByStamp: true}},
			Evidence: signature.Evidence{
				Answer: json.RawMessage(`{"status":1,"pkcs7Info":{"signers":[{"pinfl":"` + string(signer) + `"}]}}`), Document: "00ff",
				Claimed: when.Add(-time.Minute), Stamped: when.Add(-30 * time.Second), Verified: when,
			},
		},
	}
}

// Verdicts come back as they went in, of an application and of its decisions,
// good and bad, and nobody's data lies in the file in the clear.
func TestEvidence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	a, other := application("TEC-1", 1), application("TEC-1", 1)
	signer := pinfl()
	want := []dossier.Evidence{
		evidence(a.ID, dossier.ActApplication, a.ID, "", signer),
		evidence(a.ID, dossier.ActDecision, id(), signature.WrongPerson, signer),
	}
	err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		err := errors.Join(tx.AddApplication(ctx, a), tx.AddApplication(ctx, other))
		for _, e := range append(want, evidence(other.ID, dossier.ActApplication, other.ID, "", pinfl())) {
			err = errors.Join(err, tx.AddEvidence(ctx, e))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Evidence(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b personal.PINFL) bool { return a == b })); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	row, err := s.Text(t.Context(), `SELECT act || ' ' || document_hash || ' ' || reason || ' ' || trusted || ' ' || (verified_at - claimed_at) || ' ' || (verified_at - stamped_at)
		FROM signature_evidence WHERE act='decision'`)
	if err != nil || row != "decision 00ff wrong_person 0 60000 30000" {
		t.Errorf("the row is %q, %v", row, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "hub.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{sampleName, string(signer), "pkcs7Info"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(f), secret)
			}
		}
	}
}

// Evidence is sealed to its row: that of another application in its place is
// found out, not believed.
func TestEvidenceIsBoundToItsRow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := application("TEC-1", 1)
		first, second := evidence(a.ID, dossier.ActApplication, a.ID, "", pinfl()), evidence(a.ID, dossier.ActApplication, a.ID, signature.Revoked, pinfl())
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.AddApplication(ctx, a), tx.AddEvidence(ctx, first), tx.AddEvidence(ctx, second))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Exec(t.Context(), `UPDATE signature_evidence SET sealed_evidence=(SELECT sealed_evidence FROM signature_evidence WHERE id=?) WHERE id=?`, first.ID, second.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Evidence(t.Context(), a.ID); err == nil {
			t.Errorf("exchanged evidence is believed: %+v", got)
		}
	})
}

// What is read inside a transaction is what it wrote itself.
func TestRightsNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		before, after := dossier.Organisation{ID: "party-9", Role: "PARTY", TIN: "300000001", Head: pinfl()}, dossier.Organisation{ID: "party-9", Role: "PARTY", TIN: "300000001", Head: pinfl()}
		chair := dossier.Official{ID: "o-1", Commission: "TEC-9", Post: dossier.Chair, PINFL: pinfl()}
		dir := dossier.Directory{
			Commissions:   []dossier.Commission{{ID: "TEC-9", Level: "TEC"}},
			Organisations: []dossier.Organisation{before}, Officials: []dossier.Official{chair},
		}
		err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.ImportDirectory(ctx, dir) })
		if err != nil {
			t.Fatal(err)
		}
		err = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.ImportDirectory(ctx, dossier.Directory{Organisations: []dossier.Organisation{after}, Officials: []dossier.Official{{ID: "o-1", Commission: "TEC-9", Post: "member", PINFL: chair.PINFL}}}); err != nil {
				return err
			}
			org, ok, err := tx.OrganisationNow(ctx, "party-9")
			if err != nil || !ok || org.Head != after.Head {
				t.Errorf("organisation %+v, %v, %v", org, ok, err)
			}
			officials, err := tx.OfficialsNow(ctx, "TEC-9")
			if err != nil || len(officials) != 1 || officials[0].Post != "member" {
				t.Errorf("officials %+v, %v", officials, err)
			}
			if _, ok, err := tx.OrganisationNow(ctx, "nobody"); ok || err != nil {
				t.Errorf("nobody: %v, %v", ok, err)
			}
			return errRollBack
		})
		if !errors.Is(err, errRollBack) {
			t.Fatal(err)
		}
		if org, _, err := s.Organisation(t.Context(), "party-9"); err != nil || org.Head != before.Head {
			t.Errorf("after rolling back: %v", err)
		}
	})
}

var errRollBack = errors.New("roll back")

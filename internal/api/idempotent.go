package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
)

// accepted is the answer to a submission and what an idempotency key remembers.
type accepted struct {
	ID     string `json:"id"`
	Number string `json:"number,omitempty"`
	State  string `json:"state,omitempty"`

	Results []result `json:"results,omitempty"` // of a batch
}

// deed is one act, checked through and ready to be written.
type deed struct {
	write func(ctx context.Context, tx *store.Tx) error
	done  func() accepted   // what was done; asked for after write
	audit dossier.AuditLine // without time, actor and, where it is what was done, object
}

// deed writes an act together with its audit line and the caller's idempotency
// key, also after a crash between the commit and the answer: the same key with
// the same body acts once. Then repeated says that it was done before, and what
// is returned is what was done then.
func (s *server) deed(r *request, prepare func() (deed, error)) (done accepted, repeated bool, err error) {
	ctx, key := r.Context(), r.Header.Get("Idempotency-Key")
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), r.body...))
	seen := func(fingerprint []byte, result string, found bool, err error) error {
		if err != nil || !found {
			return err
		}
		if string(fingerprint) != string(sum[:]) {
			return dossier.Refuse(dossier.KeyReused, "header:Idempotency-Key", "want a new key for a new request")
		}
		if err := json.Unmarshal([]byte(result), &done); err != nil {
			return fmt.Errorf("reading a recorded answer: %w", err)
		}
		repeated = true
		return nil
	}
	if key != "" {
		if err := seen(s.Store.Remembered(ctx, r.key.ID, key)); err != nil || repeated {
			return done, repeated, err
		}
	}
	d, err := prepare()
	if err != nil {
		if key == "" {
			return accepted{}, false, err
		}
		// Two at once: the first may have been taken since we looked, and what it
		// changed is why the second does not fit any more.
		if e := seen(s.Store.Remembered(ctx, r.key.ID, key)); e != nil || !repeated {
			return accepted{}, false, errors.Join(err, e)
		}
		return done, true, nil
	}
	var wrong *login.WrongGuess
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, repeated, wrong = accepted{}, false, nil
		if key != "" { // two at once: the second finds the first's record here
			if err := seen(tx.Remembered(ctx, r.key.ID, key)); err != nil || repeated {
				return err
			}
		}
		if err := d.write(ctx, tx); err != nil {
			if errors.As(err, &wrong) { // nothing is done, but the guess stays counted
				return nil
			}
			return err
		}
		done = d.done()
		line := d.audit
		line.At, line.Actor = s.Now(), "key:"+r.key.ID
		if line.Object == "" {
			line.Object = done.ID
		}
		if err := tx.Audit(ctx, line); err != nil || key == "" {
			return err
		}
		result, err := json.Marshal(done)
		if err != nil {
			return fmt.Errorf("recording an answer: %w", err)
		}
		return tx.Remember(ctx, r.key.ID, key, sum[:], string(result), s.Now())
	})
	if err == nil && wrong != nil {
		err = wrongGuess("/code/digits", wrong.Left)
	}
	return done, repeated, err
}

// audit writes lines of reading, which changes nothing else.
func (s *server) audit(ctx context.Context, lines ...dossier.AuditLine) error {
	return s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, l := range lines {
			if err := tx.Audit(ctx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

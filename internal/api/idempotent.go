package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// accepted is the answer to a submission.
type accepted struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	State  string `json:"state"`
}

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

// once runs accept and writes its effect together with the caller's
// idempotency key: the same key with the same body answers the same again, also
// after a crash between the commit and the answer.
func (s *server) once(r *request, accept func() (accepted func() accepted, write func(context.Context, *store.Tx) error, err error)) (int, any, error) {
	ctx := r.Context()
	key := r.Header.Get("Idempotency-Key")
	sum := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), r.body...))
	if key != "" {
		seen, result, found, err := s.Store.Remembered(ctx, r.key.ID, key)
		if err != nil {
			return 0, nil, err
		}
		if found {
			return again(seen, sum, result)
		}
	}
	answer, write, err := accept()
	if err != nil {
		if key == "" {
			return 0, nil, err
		}
		// Two at once: the first may have been taken since we looked, and what it
		// changed is why the second does not fit any more.
		fingerprint, result, found, e := s.Store.Remembered(ctx, r.key.ID, key)
		if e != nil || !found {
			return 0, nil, errors.Join(err, e)
		}
		return again(fingerprint, sum, result)
	}
	var status int
	var body any
	err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if key != "" { // two at once: the second finds the first's record here
			seen, result, found, err := tx.Remembered(ctx, r.key.ID, key)
			if err != nil {
				return err
			}
			if found {
				status, body, err = again(seen, sum, result)
				return err
			}
		}
		if err := write(ctx, tx); err != nil {
			return err
		}
		a := answer()
		status, body = http.StatusAccepted, a
		err := tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "accepted", Object: a.ID, Detail: map[string]string{"path": r.Pattern}})
		if err != nil || key == "" {
			return err
		}
		result, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("recording an answer: %w", err)
		}
		return tx.Remember(ctx, r.key.ID, key, sum[:], string(result), s.Now())
	})
	return status, body, err
}

func again(seen []byte, sum [32]byte, result string) (int, any, error) {
	if string(seen) != string(sum[:]) {
		return 0, nil, dossier.Refuse(dossier.KeyReused, "header:Idempotency-Key", "want a new key for a new request")
	}
	var a accepted
	if err := json.Unmarshal([]byte(result), &a); err != nil {
		return 0, nil, fmt.Errorf("reading a recorded answer: %w", err)
	}
	return http.StatusAccepted, a, nil
}

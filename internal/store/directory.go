package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/pipelines/dossier"
)

func marshal(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("writing a record: %w", err)
	}
	return string(b), nil
}

func unmarshal(s string, v any) error {
	if s == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("reading a record: %w", err)
	}
	return nil
}

// record reads one plain record by id.
func record[T any](ctx context.Context, q querier, table, id string) (T, bool, error) {
	return recordBy[T](ctx, q, table, "id", id)
}

func recordBy[T any](ctx context.Context, q querier, table, key, id string) (T, bool, error) {
	var v T
	var body string
	err := q.QueryRowContext(ctx, `SELECT body FROM `+table+` WHERE `+key+`=?`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("reading %s: %w", table, err)
	}
	return v, true, unmarshal(body, &v)
}

func (s *Store) election(ctx context.Context, q querier, id string) (dossier.Election, bool, error) {
	return record[dossier.Election](ctx, q, "election", id)
}

// Election returns an election.
func (s *Store) Election(ctx context.Context, id string) (dossier.Election, bool, error) {
	return s.election(ctx, s.read, id)
}

// Commission returns a commission.
func (s *Store) Commission(ctx context.Context, id string) (dossier.Commission, bool, error) {
	return record[dossier.Commission](ctx, s.read, "commission", id)
}

// Constituency returns a constituency.
func (s *Store) Constituency(ctx context.Context, id string) (dossier.Constituency, bool, error) {
	return record[dossier.Constituency](ctx, s.read, "constituency", id)
}

// Territory returns a territory by its SOATO.
func (s *Store) Territory(ctx context.Context, soato string) (dossier.Territory, bool, error) {
	return recordBy[dossier.Territory](ctx, s.read, "territory", "soato", soato)
}

// Precinct returns a precinct.
func (s *Store) Precinct(ctx context.Context, id string) (dossier.Precinct, bool, error) {
	return record[dossier.Precinct](ctx, s.read, "precinct", id)
}

// Organisation returns an organisation with its head.
func (s *Store) Organisation(ctx context.Context, id string) (dossier.Organisation, bool, error) {
	var o dossier.Organisation
	var body []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed_body FROM organisation WHERE id=?`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("reading an organisation: %w", err)
	}
	return o, true, s.unseal("organisation", "body", id, body, &o)
}

// Officials returns a commission's officials, those whose term is over too.
func (s *Store) Officials(ctx context.Context, commission string) ([]dossier.Official, error) {
	return collect(ctx, s.read, `SELECT id, sealed_body FROM official WHERE commission=? ORDER BY id`, sealedRow[dossier.Official](s, "official"), commission)
}

// Key is an API key: scopes, and the commission it is bound to (empty: any).
type Key struct {
	ID, Name, Commission string
	Scopes               []string
}

// AddKey stores an API key by the hash of its secret.
func (t *Tx) AddKey(ctx context.Context, k Key, hash string, when time.Time) error {
	scopes, err := marshal(k.Scopes)
	if err != nil {
		return err
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO api_key(id, hash, name, commission, scopes, created_at) VALUES(?,?,?,?,?,?)`, k.ID, hash, k.Name, k.Commission, scopes, ms(when))
	if err != nil {
		return fmt.Errorf("storing an API key: %w", err)
	}
	return nil
}

// Key returns an API key and the hash of its secret.
func (s *Store) Key(ctx context.Context, id string) (Key, string, bool, error) {
	var k Key
	var hash, scopes string
	err := s.read.QueryRowContext(ctx, `SELECT id, hash, name, commission, scopes FROM api_key WHERE id=?`, id).Scan(&k.ID, &hash, &k.Name, &k.Commission, &scopes)
	if errors.Is(err, sql.ErrNoRows) {
		return k, "", false, nil
	}
	if err != nil {
		return k, "", false, fmt.Errorf("reading an API key: %w", err)
	}
	return k, hash, true, unmarshal(scopes, &k.Scopes)
}

// Remembered returns the result recorded under a caller's idempotency key.
func (s *Store) Remembered(ctx context.Context, caller, key string) (fingerprint []byte, result string, found bool, err error) {
	return remembered(ctx, s.read, caller, key)
}

// Remembered is the same inside a transaction, where it decides: another of the
// same key waits for this one.
func (t *Tx) Remembered(ctx context.Context, caller, key string) (fingerprint []byte, result string, found bool, err error) {
	if err := t.serialize(ctx, fmt.Sprintf("idempotency %q %q", caller, key)); err != nil {
		return nil, "", false, err
	}
	return remembered(ctx, t.tx, caller, key)
}

func remembered(ctx context.Context, q querier, caller, key string) ([]byte, string, bool, error) {
	var fingerprint []byte
	var result string
	err := q.QueryRowContext(ctx, `SELECT fingerprint, result FROM idempotency WHERE caller=? AND key=?`, caller, key).Scan(&fingerprint, &result)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, "", false, nil
	}
	if err != nil {
		return nil, "", false, fmt.Errorf("reading an idempotency key: %w", err)
	}
	return fingerprint, result, true, nil
}

// Remember records a result under a caller's idempotency key.
func (t *Tx) Remember(ctx context.Context, caller, key string, fingerprint []byte, result string, when time.Time) error {
	_, err := t.tx.ExecContext(ctx, `INSERT INTO idempotency(caller, key, fingerprint, result, at) VALUES(?,?,?,?,?)`, caller, key, fingerprint, result, ms(when))
	if err != nil {
		return fmt.Errorf("recording an idempotency key: %w", err)
	}
	return nil
}

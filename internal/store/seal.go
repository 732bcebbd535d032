package store

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// seal seals a value as JSON, bound to its row and column.
func (s *Store) seal(table, column, row string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("sealing %s.%s: %w", table, column, err)
	}
	return s.sealBytes(table, column, row, plain)
}

func (s *Store) sealBytes(table, column, row string, plain []byte) ([]byte, error) {
	b, err := s.vault.Seal(plain, vault.Place{Table: table, Column: column, Row: row})
	if err != nil {
		return nil, fmt.Errorf("sealing %s.%s: %w", table, column, err)
	}
	return b, nil
}

func (s *Store) unseal(table, column, row string, sealed []byte, v any) error {
	plain, err := s.unsealBytes(table, column, row, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("reading %s.%s: %w", table, column, err)
	}
	return nil
}

func (s *Store) unsealBytes(table, column, row string, sealed []byte) ([]byte, error) {
	plain, err := s.vault.Unseal(sealed, vault.Place{Table: table, Column: column, Row: row})
	if err != nil {
		return nil, fmt.Errorf("unsealing %s.%s: %w", table, column, err)
	}
	return plain, nil
}

// personIndex is the look-up hash of a person; nil for nobody.
func (s *Store) personIndex(pinfl personal.PINFL, document personal.Document) []byte {
	switch {
	case pinfl != "":
		return s.vault.Index("pinfl", string(pinfl))
	case document != "":
		return s.vault.Index("document", string(document))
	}
	return nil
}

func notFound(err error, what string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return dossier.Refusef(dossier.NotFound, "no such %s", what)
	}
	return fmt.Errorf("reading a %s: %w", what, err)
}

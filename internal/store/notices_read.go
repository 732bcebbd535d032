package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// PlaceName is the name of a territory by its SOATO code, in Uzbek where the
// language is missing; what is no code of the directory stays as it is.
func (s *Store) PlaceName(ctx context.Context, place, lang string) (string, error) {
	for i := range len(place) {
		if place[i] < '0' || place[i] > '9' {
			return place, nil
		}
	}
	var body string
	err := s.read.QueryRowContext(ctx, `SELECT body FROM territory WHERE soato=?`, place).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return place, nil
	}
	if err != nil {
		return "", fmt.Errorf("reading a territory: %w", err)
	}
	var t dossier.Territory
	err = unmarshal(body, &t)
	return cmp.Or(t.Name[lang], t.Name["uz-Latn"], place), err
}

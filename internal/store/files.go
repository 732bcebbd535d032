package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// filesAsked is how many names one statement asks about.
const filesAsked = 500

// Referred tells which of the bucket's files a document's row refers to: an
// issued one by its file, a reserved one by its id, since its file is still
// being made and may be written at any time. Names with neither are missing in
// the answer.
func (s *Store) Referred(ctx context.Context, names []string) (map[string]bool, error) {
	out := make(map[string]bool, len(names))
	for some := range slices.Chunk(names, filesAsked) {
		if err := s.referred(ctx, some, out); err != nil {
			return nil, fmt.Errorf("asking which files are referred to: %w", err)
		}
	}
	return out, nil
}

func (s *Store) referred(ctx context.Context, names []string, out map[string]bool) error {
	type row struct{ id, file, state string }
	byID := map[string][]string{}
	var ids []any
	for _, name := range names {
		if id, ok := documentOf(name); ok {
			if byID[id] == nil {
				ids = append(ids, id)
			}
			byID[id] = append(byID[id], name)
		}
	}
	if ids = padded(ids); len(ids) > 0 {
		found, err := collect(ctx, s.read, `SELECT id, file, state FROM document WHERE id IN `+rows(len(ids), 1), func(r *sql.Rows) (row, error) {
			var d row
			return d, r.Scan(&d.id, &d.file, &d.state)
		}, ids...)
		if err != nil {
			return err
		}
		for _, d := range found {
			for _, name := range byID[d.id] {
				if name == d.file || dossier.DocumentState(d.state) == dossier.Reserved {
					out[name] = true
				}
			}
		}
	}
	// The few that are left may be files of any document: no index, so asked last.
	var rest []any
	for _, name := range names {
		if !out[name] {
			rest = append(rest, name)
		}
	}
	if rest = padded(rest); len(rest) == 0 {
		return nil
	}
	files, err := collect(ctx, s.read, `SELECT file FROM document WHERE file<>'' AND file IN `+rows(len(rest), 1), func(r *sql.Rows) (string, error) {
		var file string
		return file, r.Scan(&file)
	}, rest...)
	for _, file := range files {
		out[file] = true
	}
	return err
}

// documentOf reads the document's id at the beginning of its file's name.
func documentOf(name string) (id string, ok bool) {
	const size = 36
	if len(name) < size {
		return "", false
	}
	_, err := uuid.Parse(name[:size])
	return name[:size], err == nil
}

// padded repeats the last of a list, so that there are two statements only for
// the databases to prepare: of one, and of many.
func padded(list []any) []any {
	for n := len(list); n > 1 && len(list) < filesAsked; {
		list = append(list, list[n-1])
	}
	return list
}

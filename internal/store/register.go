package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Document returns one document.
func (s *Store) Document(ctx context.Context, id string) (dossier.Document, error) {
	list, err := s.documents(ctx, `id=?`, id)
	if err != nil {
		return dossier.Document{}, err
	}
	if len(list) == 0 {
		return dossier.Document{}, dossier.Refusef(dossier.NotFound, "no such document")
	}
	return list[0], nil
}

// Documents returns an application's documents, oldest first.
func (s *Store) Documents(ctx context.Context, application string) ([]dossier.Document, error) {
	return s.documents(ctx, `application_id=?`, application)
}

// DocumentsNumbered returns the documents of one kind, commission and number,
// one an election.
func (s *Store) DocumentsNumbered(ctx context.Context, kind, commission string, number int) ([]dossier.Document, error) {
	return s.documents(ctx, `kind=? AND commission=? AND number=?`, kind, commission, number)
}

// documentHead are the columns of a document that name nobody.
const documentHead = `id, key, kind, template, language, commission, election, number, state, coalesce(application_id,''), subject_id, coalesce(decision_id,''),
	batch, relation, replaces, coalesce((SELECT max(n.id) FROM document n WHERE n.replaces=document.id AND n.replaces<>'' AND n.state<>'annulled'),''),
	valid_until, code_hash, passport, file, reserved_at, issued_at, ended_at`

func (s *Store) documents(ctx context.Context, where string, args ...any) ([]dossier.Document, error) {
	return collect(ctx, s.read, `SELECT `+documentHead+`, sealed_data FROM document WHERE `+where+` ORDER BY id`, func(r *sql.Rows) (dossier.Document, error) {
		var data []byte
		d, err := scanDocument(r, &data)
		if err != nil {
			return d, err
		}
		d.Data, err = s.unsealBytes("document", "data", d.ID, data)
		return d, err
	}, args...)
}

func scanDocument(r *sql.Rows, more ...any) (dossier.Document, error) {
	var d dossier.Document
	var passport, until string
	var reserved, issued, ended int64
	err := r.Scan(append([]any{
		&d.ID, &d.Key, &d.Kind, &d.Template, &d.Language, &d.Commission, &d.Election, &d.Number, &d.State, &d.Application, &d.Subject, &d.Decision,
		&d.Batch, &d.Relation, &d.Replaces, &d.ReplacedBy, &until, &d.CodeHash, &passport, &d.File, &reserved, &issued, &ended,
	}, more...)...)
	if err != nil {
		return d, err
	}
	d.ReservedAt, d.IssuedAt, d.EndedAt = at(reserved), at(issued), at(ended)
	if until != "" {
		if d.ValidUntil, err = civil.Parse(until); err != nil {
			return d, err
		}
	}
	return d, unmarshal(passport, &d.Passport)
}

// DocumentFilter says which documents of the register are meant; empty fields
// match all.
type DocumentFilter struct {
	Commission, Election, Kind, Template, State, Application, Batch string
	Number                                                          int
}

// Register lists documents without their data, newest first, before a cursor id;
// an empty one is the beginning.
func (s *Store) Register(ctx context.Context, f DocumentFilter, before string, limit int) ([]dossier.Document, error) {
	where, args := []string{"1=1"}, []any{}
	for _, c := range [][2]string{
		{"commission=?", f.Commission},
		{"election=?", f.Election},
		{"kind=?", f.Kind},
		{"template=?", f.Template},
		{"state=?", f.State},
		{"application_id=?", f.Application},
		{"batch<>'' AND batch=?", f.Batch},
		{"id<?", before},
	} {
		if c[1] != "" {
			where, args = append(where, c[0]), append(args, c[1])
		}
	}
	if f.Number > 0 {
		where, args = append(where, "number=?"), append(args, f.Number)
	}
	list, err := collect(ctx, s.read, `SELECT `+documentHead+` FROM document WHERE `+strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`,
		func(r *sql.Rows) (dossier.Document, error) { return scanDocument(r) }, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("reading the register of documents: %w", err)
	}
	return list, nil
}

// Batch returns the documents of a batch without their data, in the order of
// their numbers.
func (s *Store) Batch(ctx context.Context, id string) ([]dossier.Document, error) {
	list, err := collect(ctx, s.read, `SELECT `+documentHead+` FROM document WHERE batch<>'' AND batch=? ORDER BY number`,
		func(r *sql.Rows) (dossier.Document, error) { return scanDocument(r) }, id)
	if err != nil {
		return nil, fmt.Errorf("reading a batch of documents: %w", err)
	}
	return list, nil
}

// Acts returns a document's history, oldest first.
func (s *Store) Acts(ctx context.Context, document string) ([]dossier.DocumentAct, error) {
	return collect(ctx, s.read, `SELECT id, document_id, at, actor, act, sealed_reason, detail FROM document_act WHERE document_id=? ORDER BY at, id`,
		func(r *sql.Rows) (dossier.DocumentAct, error) {
			var a dossier.DocumentAct
			var when int64
			var reason []byte
			if err := r.Scan(&a.ID, &a.Document, &when, &a.Actor, &a.Deed, &reason, &a.Detail); err != nil {
				return a, err
			}
			a.At = at(when)
			if reason == nil {
				return a, nil
			}
			plain, err := s.unsealBytes("document_act", "reason", a.ID, reason)
			a.Reason = string(plain)
			return a, err
		}, document)
}

// Ended lists the documents that were issued and do not hold any more (revoked
// or replaced), in the order of their ends. next goes on behind the last of the
// page; a page with fewer than limit is the last. One whose transaction began
// earlier and ended later than another's may come in before a cursor that was
// read between: a list for good is read from the beginning.
func (s *Store) Ended(ctx context.Context, after string, limit int) (list []dossier.Ended, next string, err error) {
	millis, id, _ := strings.Cut(after, " ")
	from, err := strconv.ParseInt(millis, 10, 64)
	if err != nil && after != "" {
		return nil, "", dossier.Refusef(dossier.BadForm, "no such cursor")
	}
	var hashless []int
	list, err = collect(ctx, s.read, `SELECT id, kind, commission, election, number, state, code_hash, valid_until, ended_at FROM document
		WHERE ended_at > 0 AND state IN ('revoked','replaced') AND (ended_at > ?1 OR ended_at = ?1 AND id > ?2) ORDER BY ended_at, id LIMIT ?3`,
		func(r *sql.Rows) (dossier.Ended, error) {
			var e dossier.Ended
			var until string
			var when int64
			err := r.Scan(&e.ID, &e.Kind, &e.Commission, &e.Election, &e.Number, &e.State, &e.CodeHash, &until, &when)
			if err == nil && until != "" {
				e.ValidUntil, err = civil.Parse(until)
			}
			e.EndedAt = at(when)
			return e, err
		}, from, id, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading the documents that have ended: %w", err)
	}
	for i, e := range list {
		if e.CodeHash == "" {
			hashless = append(hashless, i)
		}
		next = strconv.FormatInt(ms(e.EndedAt), 10) + " " + e.ID
	}
	for _, i := range hashless { // documents from before the column
		d, err := s.Document(ctx, list[i].ID)
		if err != nil {
			return nil, "", err
		}
		sum, err := dossier.DataHash(d.Data)
		if err != nil {
			return nil, "", err
		}
		list[i].CodeHash = fmt.Sprintf("%x", sum[:16])
		var data struct {
			ValidUntil string `json:"valid_until"`
		}
		if err := json.Unmarshal(d.Data, &data); err != nil {
			return nil, "", fmt.Errorf("reading the data of a document: %w", err)
		}
		if data.ValidUntil != "" {
			if list[i].ValidUntil, err = civil.Parse(data.ValidUntil); err != nil {
				return nil, "", fmt.Errorf("reading the validity of a document: %w", err)
			}
		}
	}
	return list, next, nil
}

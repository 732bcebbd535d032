package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// DirectoryChange is what an import does to one list.
type DirectoryChange struct {
	Added     int      `json:"added"`
	Changed   int      `json:"changed"`
	Unchanged int      `json:"unchanged"`
	Missing   int      `json:"missing,omitempty"`     // in the directory and not in a whole list
	Names     []string `json:"missing_ids,omitempty"` // of those, the first
}

// missingNames is how many missing records are named.
const missingNames = 50

// DirectoryChanges are those of an import, by list.
type DirectoryChanges map[string]DirectoryChange

// kept is how a list is kept: its table, the columns beside key and body, and
// what stands in them.
type kept[T any] struct {
	list, table, key string
	columns          []string
	sealed           bool
	id               func(T) string
	values           func(T) []any
	election         func(T) string // of lists that an election has
}

// ImportDirectory adds and replaces records; it removes none.
func (t *Tx) ImportDirectory(ctx context.Context, d dossier.Directory) error {
	_, err := t.PutDirectory(ctx, d, false)
	return err
}

// PutDirectory adds and replaces records and says what it did; it removes none.
// With whole it names the records that are missing in the lists that are there.
func (t *Tx) PutDirectory(ctx context.Context, d dossier.Directory, whole bool) (DirectoryChanges, error) {
	if err := t.serialize(ctx, "directory"); err != nil {
		return nil, err
	}
	return t.s.putDirectory(ctx, t.tx, t.tx, d, whole)
}

// CompareDirectory says what PutDirectory would do.
func (s *Store) CompareDirectory(ctx context.Context, d dossier.Directory, whole bool) (DirectoryChanges, error) {
	return s.putDirectory(ctx, s.read, nil, d, whole)
}

// putDirectory compares every list with what is kept, and writes what differs
// unless there is nothing to write with.
func (s *Store) putDirectory(ctx context.Context, q querier, w executor, d dossier.Directory, whole bool) (DirectoryChanges, error) {
	for i := range d.Elections { // one form of nothing, so that it compares
		if e := &d.Elections[i]; len(e.Ballots) == 0 {
			e.Ballots = nil
		}
		if e := &d.Elections[i]; len(e.Calendar) == 0 {
			e.Calendar = nil
		}
	}
	if err := takenNumbers(ctx, q, d.Precincts); err != nil {
		return nil, err
	}
	out := DirectoryChanges{}
	p := &put{s: s, q: q, w: w, whole: whole, out: out}
	for _, step := range []func() error{
		func() error { return putList(ctx, p, keptTerritories, d.Territories) },
		func() error { return putList(ctx, p, keptElections, d.Elections) },
		func() error { return putList(ctx, p, keptCommissions, d.Commissions) },
		func() error { return putList(ctx, p, s.keptOfficials(), d.Officials) },
		func() error { return putList(ctx, p, keptOrganisations, d.Organisations) },
		func() error { return putList(ctx, p, keptConstituencies, d.Constituencies) },
		func() error { return putList(ctx, p, keptPrecincts, d.Precincts) },
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("importing the directory: %w", err)
		}
	}
	return out, nil
}

// put is one import under way.
type put struct {
	s     *Store
	q     querier
	w     executor // nil: nothing is written
	whole bool
	out   DirectoryChanges
}

var (
	keptTerritories = kept[dossier.Territory]{
		list: dossier.Territories, table: "territory", key: "soato", columns: []string{"parent"},
		id: func(r dossier.Territory) string { return r.SOATO }, values: func(r dossier.Territory) []any { return []any{r.Parent} },
	}
	keptElections = kept[dossier.Election]{
		list: dossier.Elections, table: "election", key: "id", columns: []string{"kind", "day"},
		id: func(r dossier.Election) string { return r.ID }, values: func(r dossier.Election) []any { return []any{r.Kind, r.Day.String()} },
	}
	keptCommissions = kept[dossier.Commission]{
		list: dossier.Commissions, table: "commission", key: "id", columns: []string{"level", "parent"},
		id: func(r dossier.Commission) string { return r.ID }, values: func(r dossier.Commission) []any { return []any{r.Level, r.Parent} },
	}
	keptOrganisations = kept[dossier.Organisation]{
		list: dossier.Organisations, table: "organisation", key: "id", columns: []string{"role"}, sealed: true,
		id: func(r dossier.Organisation) string { return r.ID }, values: func(r dossier.Organisation) []any { return []any{r.Role} },
	}
	keptConstituencies = kept[dossier.Constituency]{
		list: dossier.Constituencies, table: "constituency", key: "id", columns: []string{"election", "commission", "ballot"},
		id: func(r dossier.Constituency) string { return r.ID }, election: func(r dossier.Constituency) string { return r.Election },
		values: func(r dossier.Constituency) []any { return []any{r.Election, r.Commission, r.Ballot} },
	}
	keptPrecincts = kept[dossier.Precinct]{
		list: dossier.Precincts, table: "precinct", key: "id", columns: []string{"election", "commission", "territory", "number"},
		id: func(r dossier.Precinct) string { return r.ID }, election: func(r dossier.Precinct) string { return r.Election },
		values: func(r dossier.Precinct) []any { return []any{r.Election, r.Commission, r.Territory, r.Number} },
	}
)

func (s *Store) keptOfficials() kept[dossier.Official] {
	return kept[dossier.Official]{
		list: dossier.Officials, table: "official", key: "id", columns: []string{"commission", "post", "pinfl_index"}, sealed: true,
		id:     func(r dossier.Official) string { return r.ID },
		values: func(r dossier.Official) []any { return []any{r.Commission, r.Post, s.personIndex(r.PINFL, "")} },
	}
}

// body is the column that holds the record.
func (k kept[T]) body() string {
	if k.sealed {
		return "sealed_body"
	}
	return "body"
}

// putList compares and writes one list.
func putList[T any](ctx context.Context, p *put, k kept[T], records []T) error {
	if records == nil {
		return nil
	}
	var change DirectoryChange
	var write []T
	for part := range slices.Chunk(records, rowsAtOnce) {
		had, err := keptRecords(ctx, p, k, part)
		if err != nil {
			return err
		}
		for _, r := range part {
			old, known := had[k.id(r)]
			now, err := marshal(r)
			switch {
			case err != nil:
				return err
			case !known:
				change.Added++
			case old == now:
				change.Unchanged++
				continue
			default:
				change.Changed++
			}
			write = append(write, r)
		}
	}
	if p.whole {
		if err := missing(ctx, p, k, records, &change); err != nil {
			return err
		}
	}
	p.out[k.list] = change
	if p.w == nil {
		return nil
	}
	return writeList(ctx, p, k, write)
}

// keptRecords are those of the records that are kept already, by id, as they
// would be written now.
func keptRecords[T any](ctx context.Context, p *put, k kept[T], part []T) (map[string]string, error) {
	ids := make([]any, len(part))
	for i, r := range part {
		ids[i] = k.id(r)
	}
	scan := plainRow[T]
	if k.sealed {
		scan = sealedRow[T](p.s, k.table)
	}
	list, err := collect(ctx, p.q, `SELECT `+k.key+`, `+k.body()+` FROM `+k.table+` WHERE `+k.key+` IN `+rows(len(ids), 1), scan, ids...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(list))
	for _, r := range list {
		if out[k.id(r)], err = marshal(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func writeList[T any](ctx context.Context, p *put, k kept[T], records []T) error {
	names := append(append([]string{k.key}, k.columns...), k.body())
	var sets []string
	for _, n := range names[1:] {
		sets = append(sets, n+"=excluded."+n)
	}
	for part := range slices.Chunk(records, rowsAtOnce) {
		if k.list == dossier.Precincts { // numbers may change places: nobody has one of these meanwhile
			ids := make([]any, len(part))
			for i, r := range part {
				ids[i] = k.id(r)
			}
			if _, err := p.w.ExecContext(ctx, `UPDATE precinct SET number=-number WHERE number>0 AND id IN `+rows(len(ids), 1), ids...); err != nil {
				return err
			}
		}
	}
	for part := range slices.Chunk(records, rowsAtOnce) {
		var args []any
		for _, r := range part {
			args = append(append(args, k.id(r)), k.values(r)...)
			var body any
			var err error
			if k.sealed {
				body, err = p.s.seal(k.table, "body", k.id(r), r)
			} else {
				body, err = marshal(r)
			}
			if err != nil {
				return err
			}
			args = append(args, body)
		}
		if _, err := p.w.ExecContext(ctx, `INSERT INTO `+k.table+`(`+strings.Join(names, ", ")+`) VALUES `+rows(len(names), len(part))+
			` ON CONFLICT(`+k.key+`) DO UPDATE SET `+strings.Join(sets, ", "), args...); err != nil {
			return err
		}
	}
	return nil
}

// missing counts what is kept and not among the records: of lists that belong to
// elections, only of the elections that the records are of.
func missing[T any](ctx context.Context, p *put, k kept[T], records []T, change *DirectoryChange) error {
	ids, elections := map[string]bool{}, map[string]bool{}
	for _, r := range records {
		ids[k.id(r)] = true
		if k.election != nil {
			elections[k.election(r)] = true
		}
	}
	of := "''"
	if k.election != nil {
		of = "election"
	}
	type one struct{ id, election string }
	list, err := collect(ctx, p.q, `SELECT `+k.key+`, `+of+` FROM `+k.table+` ORDER BY `+k.key, func(r *sql.Rows) (o one, err error) {
		return o, r.Scan(&o.id, &o.election)
	})
	for _, o := range list {
		if ids[o.id] || k.election != nil && !elections[o.election] {
			continue
		}
		if change.Missing++; change.Missing <= missingNames {
			change.Names = append(change.Names, o.id)
		}
	}
	return err
}

// takenNumbers refuses precincts whose number another one has that the import
// leaves as it is.
func takenNumbers(ctx context.Context, q querier, list []dossier.Precinct) error {
	place, ids := map[string]int{}, map[string]bool{}
	at := func(election string, number int) string { return election + " " + strconv.Itoa(number) }
	elections := map[string][]dossier.Precinct{}
	for i, p := range list {
		place[at(p.Election, p.Number)], ids[p.ID] = i, true
		elections[p.Election] = append(elections[p.Election], p)
	}
	for election, all := range elections {
		for part := range slices.Chunk(all, rowsAtOnce) {
			args := []any{election}
			for _, p := range part {
				args = append(args, p.Number)
			}
			have, err := collect(ctx, q, `SELECT id, body FROM precinct WHERE election=? AND number IN `+rows(len(part), 1), plainRow[dossier.Precinct], args...)
			if err != nil {
				return fmt.Errorf("importing the directory: %w", err)
			}
			for _, other := range have {
				if !ids[other.ID] {
					return dossier.Refuse(dossier.Taken, fmt.Sprintf("/precincts/%d/number", place[at(election, other.Number)]),
						"want a number that no other precinct of the election has")
				}
			}
		}
	}
	return nil
}

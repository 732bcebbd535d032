package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// fullDirectory has one or more of everything; people are made up.
func fullDirectory() dossier.Directory {
	day := civil.Date{Year: 2029, Month: time.October, Day: 28}
	d := dossier.Directory{
		Territories: []dossier.Territory{
			{SOATO: "17", Kind: "country", Name: map[string]string{"uz-Latn": "Oʻzbekiston"}},
			{SOATO: "1726", Parent: "17", Kind: "region"},
			{SOATO: "1703", Parent: "17", Kind: "region"},
			{SOATO: "1726269", Parent: "1726", Kind: "district"},
		},
		Elections: []dossier.Election{
			{ID: "e1", Kind: "LC-SMD", Ballots: []string{"LC-SMD", "DIST"}, Day: day, Calendar: map[string]civil.Date{"media-last-day": day.AddDays(-9)}},
			{ID: "e2", Kind: "DIST", Day: day.AddDays(700)},
		},
		Commissions: []dossier.Commission{{ID: "cec", Level: "CEC"}, {ID: "tec", Level: "TEC", Parent: "cec"}, {ID: "dec", Level: "DEC", Parent: "tec"}},
		Officials: []dossier.Official{
			{ID: "o1", Commission: "tec", Post: dossier.Chair, PINFL: "30101900010011", Phone: "998900000001", Surname: "S", Given: "G"},
			{ID: "o2", Commission: "dec", Post: dossier.Chair, PINFL: "30101900010022", Until: day},
		},
		Organisations: []dossier.Organisation{
			{ID: "p", Role: "PARTY", Code: "NP", Head: "30101900010033", Phone: "998900000003"}, {ID: "m", Role: "MEDIA", Head: "30101900010044"},
		},
		Constituencies: []dossier.Constituency{
			{ID: "k1", Election: "e1", Commission: "tec", Ballot: "LC-SMD", Number: 1},
			{ID: "k2", Election: "e1", Commission: "dec", Ballot: "DIST", Number: 1},
			{ID: "k3", Election: "e2", Commission: "dec", Number: 1},
		},
	}
	for n := range 70 {
		d.Precincts = append(d.Precincts, dossier.Precinct{ID: fmt.Sprintf("u%02d", n), Election: "e1", Number: n + 1, Commission: "dec", Territory: "1726269"})
	}
	return d
}

func putDirectory(t *testing.T, s *store.Store, d dossier.Directory, whole bool) store.DirectoryChanges {
	t.Helper()
	told, err := s.CompareDirectory(t.Context(), d, whole)
	if err != nil {
		t.Fatal(err)
	}
	var done store.DirectoryChanges
	do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		done, err = tx.PutDirectory(ctx, d, whole)
		return err
	})
	if diff := cmp.Diff(told, done); diff != "" {
		t.Errorf("the dry run said something else:\n%s", diff)
	}
	return done
}

func TestDirectoryImport(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		added := store.DirectoryChanges{
			"territories": {Added: 4}, "elections": {Added: 2}, "commissions": {Added: 3}, "officials": {Added: 2}, "organisations": {Added: 2},
			"constituencies": {Added: 3}, "precincts": {Added: 70},
		}
		if d := cmp.Diff(added, putDirectory(t, s, fullDirectory(), true)); d != "" {
			t.Error("the first import:", d)
		}
		again := fullDirectory()
		again.Elections[1].Ballots, again.Elections[1].Calendar = []string{}, map[string]civil.Date{} // nothing, said otherwise
		same := store.DirectoryChanges{}
		for k, v := range added {
			same[k] = store.DirectoryChange{Unchanged: v.Added}
		}
		if d := cmp.Diff(same, putDirectory(t, s, again, true)); d != "" {
			t.Error("the same again:", d)
		}

		less := fullDirectory()
		less.Territories, less.Elections = nil, nil
		less.Officials[0].Until = civil.Date{Year: 2026, Month: 1, Day: 1}
		less.Organisations = []dossier.Organisation{}
		less.Constituencies = []dossier.Constituency{less.Constituencies[0]}
		less.Precincts[0].Number, less.Precincts[69].Number = 70, 1 // they change places
		want := store.DirectoryChanges{
			"commissions": {Unchanged: 3}, "officials": {Changed: 1, Unchanged: 1}, "organisations": {Missing: 2, Names: []string{"m", "p"}},
			"constituencies": {Unchanged: 1, Missing: 1, Names: []string{"k2"}}, "precincts": {Changed: 2, Unchanged: 68},
		}
		if d := cmp.Diff(want, putDirectory(t, s, less, true)); d != "" {
			t.Error("a change:", d)
		}
		if p, ok, err := s.Precinct(t.Context(), "u69"); err != nil || !ok || p.Number != 1 {
			t.Errorf("the precinct: %+v, %v", p, err)
		}
		if o, ok, err := s.Organisation(t.Context(), "p"); err != nil || !ok || o.Phone != "998900000003" {
			t.Errorf("what vanished from the files is removed: %v", err)
		}
		if got, ok, err := s.Territory(t.Context(), "17"); err != nil || !ok || got.Name["uz-Latn"] != "Oʻzbekiston" {
			t.Errorf("the country: %+v, %v", got, err)
		}
	})
}

// A number that a precinct outside the import has is refused, before and in the
// import, and nothing of it stays.
func TestDirectoryTakenNumber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		putDirectory(t, s, fullDirectory(), false)
		d := dossier.Directory{
			Commissions: []dossier.Commission{{ID: "new", Level: "TEC"}},
			Precincts:   []dossier.Precinct{{ID: "x1", Election: "e1", Number: 71}, {ID: "x2", Election: "e1", Number: 3}, {ID: "x3", Election: "e2", Number: 3}},
		}
		_, compared := s.CompareDirectory(t.Context(), d, false)
		written := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.ImportDirectory(ctx, d) })
		for _, err := range []error{compared, written} {
			r, ok := errors.AsType[*dossier.Refusal](err)
			if !ok || r.Code != dossier.Taken || len(r.Problems) != 1 || r.Problems[0].Field != "/precincts/1/number" {
				t.Errorf("got %v", err)
			}
		}
		if _, ok, err := s.Commission(t.Context(), "new"); ok || err != nil {
			t.Errorf("half of it is there, %v", err)
		}
	})
}

func TestDirectoryLists(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		putDirectory(t, s, fullDirectory(), false)
		ctx := t.Context()
		id := func(p dossier.Precinct) string { return p.ID }
		for after, pages := "", 0; ; pages++ {
			list, err := s.ListPrecincts(ctx, store.DirectoryFilter{Commission: "dec", Election: "e1"}, after, 30)
			if err != nil {
				t.Fatal(err)
			}
			if want := []int{30, 30, 10}; len(list) != want[pages] || id(list[0]) != fmt.Sprintf("u%02d", pages*30) {
				t.Fatalf("page %d has %d, from %s", pages, len(list), id(list[0]))
			}
			if after = id(list[len(list)-1]); pages == 2 {
				break
			}
		}
		f := func(change func(*store.DirectoryFilter)) (f store.DirectoryFilter) { change(&f); return f }
		got := map[string]string{
			"territories of 17":          names(t, s.ListTerritories, f(func(f *store.DirectoryFilter) { f.Parent = "17" }), func(r dossier.Territory) string { return r.SOATO }),
			"elections":                  names(t, s.ListElections, store.DirectoryFilter{}, func(r dossier.Election) string { return r.ID }),
			"commissions under tec":      names(t, s.ListCommissions, f(func(f *store.DirectoryFilter) { f.Parent = "tec" }), func(r dossier.Commission) string { return r.ID }),
			"commissions of level TEC":   names(t, s.ListCommissions, f(func(f *store.DirectoryFilter) { f.Level = "TEC" }), func(r dossier.Commission) string { return r.ID }),
			"officials of dec":           names(t, s.ListOfficials, f(func(f *store.DirectoryFilter) { f.Commission = "dec" }), func(r dossier.Official) string { return r.ID + " " + r.Until.String() }),
			"media":                      names(t, s.ListOrganisations, f(func(f *store.DirectoryFilter) { f.Role = "MEDIA" }), func(r dossier.Organisation) string { return r.ID }),
			"constituencies of e1, DIST": names(t, s.ListConstituencies, f(func(f *store.DirectoryFilter) { f.Election, f.Ballot = "e1", "DIST" }), func(r dossier.Constituency) string { return r.ID }),
			"constituencies of dec":      names(t, s.ListConstituencies, f(func(f *store.DirectoryFilter) { f.Commission = "dec" }), func(r dossier.Constituency) string { return r.ID }),
		}
		want := map[string]string{
			"territories of 17": "[1703 1726]", "elections": "[e1 e2]", "commissions under tec": "[dec]", "commissions of level TEC": "[tec]",
			"officials of dec": "[o2 2029-10-28]", "media": "[m]", "constituencies of e1, DIST": "[k2]", "constituencies of dec": "[k2 k3]",
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

// names lists everything, one a page.
func names[T any](t *testing.T, list func(context.Context, store.DirectoryFilter, string, int) ([]T, error), f store.DirectoryFilter, name func(T) string) string {
	t.Helper()
	all, err := list(t.Context(), f, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range all {
		out = append(out, name(r))
	}
	if !slices.IsSorted(out) {
		t.Errorf("not in order: %v", out)
	}
	return fmt.Sprint(out)
}

func TestOpenApplications(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		first, second := application("TEC-0001", 1), application("TEC-0002", 1)
		second.State = dossier.Executed
		add(t, s, first)
		add(t, s, second)
		for _, c := range []struct {
			commission, election string
			want                 int
		}{{"TEC-0001", "", 1}, {"TEC-0002", "", 0}, {"", first.Election, 1}, {"TEC-0001", "another", 0}} {
			if n, err := s.OpenApplications(t.Context(), c.commission, c.election); err != nil || n != c.want {
				t.Errorf("%s %s: %d, %v", c.commission, c.election, n, err)
			}
		}
	})
}

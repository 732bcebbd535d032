package apptest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/nation"
	"github.com/saylovhub/hub/pipelines/directory"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// nationOf is a made-up country as it is imported.
func nationOf(t *testing.T, seed uint64, day civil.Date, scale nation.Scale) json.RawMessage {
	t.Helper()
	set, err := nation.Make(seed, day, scale)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range set.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Content}
	}
	f, faults, err := directory.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if faults = append(faults, f.Check(directory.Options{Today: day})...); len(faults) > 0 {
		t.Fatalf("%d faults, the first: %s", len(faults), faults[0])
	}
	if f.Len() != set.Records {
		t.Fatalf("%d records of %d", f.Len(), set.Records)
	}
	return apptest.JSON(t, f.Directory)
}

// A country's directory is looked at, imported in seconds, imported again without
// a change, and read back page by page.
func TestNationalDirectory(t *testing.T) {
	t.Parallel()
	apptest.PlainOnly(t)
	h := apptest.Start(t)
	raw := nationOf(t, 5, h.Day, nation.National)
	counts := map[string]int{"territories": 223, "elections": 1, "commissions": 223, "officials": 967, "organisations": 996, "constituencies": 5770, "precincts": 10717}
	demo := map[string]int{"commissions": 2} // the same ids as two of the demo's
	check := func(name string, dry bool, want func(n, demo int) client.DirectoryChange) {
		t.Helper()
		begun := time.Now()
		got, err := h.Admin.PutDirectory(t.Context(), raw, dry, true)
		if err != nil {
			t.Fatal(name, err)
		}
		t.Logf("%s: %d bytes in %v", name, len(raw), time.Since(begun))
		for list, n := range counts {
			c := got.Lists[list]
			c.Missing, c.Names = 0, nil // those of the demo
			if d := cmp.Diff(want(n, demo[list]), c); d != "" {
				t.Errorf("%s, %s:\n%s", name, list, d)
			}
		}
	}
	fresh := func(n, demo int) client.DirectoryChange {
		return client.DirectoryChange{Added: n - demo, Changed: demo}
	}
	check("dry run", true, fresh)
	check("import", false, fresh)
	check("again", false, func(n, _ int) client.DirectoryChange { return client.DirectoryChange{Unchanged: n} })

	key, err := h.Admin.CreateKey(t.Context(), "reader", h.TEC.ID, "directory:read")
	if err != nil {
		t.Fatal(err)
	}
	c := h.Client(key)
	list, err := c.Directory(t.Context(), "precincts", map[string]string{"election": nation.Election})
	if err != nil || len(list) != 10717 {
		t.Fatalf("%d precincts, %v", len(list), err)
	}
	for _, q := range []struct {
		list, filter, value string
		want                int
	}{
		{"territories", "parent", "17", 14},
		{"commissions", "parent", "CEC", 14},
		{"commissions", "level", "DEC", 208},
		{"constituencies", "ballot", "LC-SMD", 75},
		{"organisations", "role", "MEDIA", 60},
		{"officials", "commission", "CEC", 9},
	} {
		got, err := c.Directory(t.Context(), q.list, map[string]string{q.filter: q.value})
		if err != nil || len(got) != q.want {
			t.Errorf("%s of %s: %d, want %d, %v", q.list, q.value, len(got), q.want, err)
		}
		for _, one := range got {
			for field := range one {
				if strings.Contains(field, "pinfl") || strings.Contains(field, "phone") {
					t.Fatalf("%s tell %s", q.list, field)
				}
			}
		}
	}
}

// What an import would break is told, by the dry run and by the import; a dry run
// changes nothing.
func TestDirectoryWarnings(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	el := h.Election(t)
	h.Submit(t, h.TEC, h.Observers(el, h.Plain(t))) // an open application
	stranger := h.Plain(t)
	official := func(id, commission, post, pinfl string, more apptest.M) apptest.M {
		o := apptest.M{"id": id, "commission": commission, "post": post, "surname": "S", "given": "G", "pinfl": pinfl}
		maps.Copy(o, more)
		return o
	}
	chair := string(h.Story(t, "chair-tec").PINFL)
	yesterday := h.Clock.Today().AddDays(-1)
	imports := func() int {
		lines, err := h.Store.AuditBy(t.Context(), "directory.imported")
		if err != nil {
			t.Fatal(err)
		}
		return len(lines)
	}
	before := imports()
	for _, c := range []struct {
		name   string
		record apptest.M
		want   []string
	}{
		{"the chair's term is over", apptest.M{"officials": []any{official("tec-chair", h.TEC.ID, "chair", chair, apptest.M{"until": yesterday})}}, []string{"no_chair " + h.TEC.ID}},
		{"the chair becomes a member", apptest.M{"officials": []any{official("tec-chair", h.TEC.ID, "member", chair, nil)}}, []string{"no_chair " + h.TEC.ID}},
		{"another chair follows", apptest.M{"officials": []any{
			official("tec-chair", h.TEC.ID, "chair", chair, apptest.M{"until": yesterday}), official("tec-chair-2", h.TEC.ID, "chair", string(stranger.PINFL), nil),
		}}, nil},
		{"a person in two commissions", apptest.M{"officials": []any{official("dec-member", h.DEC.ID, "member", chair, nil)}}, []string{"two_commissions dec-member"}},
		{"the day moves", apptest.M{"elections": []any{apptest.M{"id": el, "kind": "DIST", "line": "saylov", "day": h.Day.AddDays(7), "calendar": apptest.M{}}}}, []string{"day_moves " + el}},
		{"a parent that nobody knows", apptest.M{"commissions": []any{apptest.M{"id": "x1", "level": "TEC", "title": "T", "short": "T", "parent": "nobody"}}}, []string{"unknown_parent x1"}},
	} {
		got, err := h.Admin.PutDirectory(t.Context(), apptest.JSON(t, c.record), true, false)
		if err != nil {
			t.Fatal(c.name, err)
		}
		var words []string
		for _, w := range got.Warnings {
			words = append(words, w.Code+" "+w.ID)
			if strings.Contains(w.Text, chair) {
				t.Error("a warning tells a PINFL")
			}
		}
		if d := cmp.Diff(c.want, words); d != "" || !got.DryRun {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	officials, err := h.Store.Officials(t.Context(), h.TEC.ID)
	if err != nil || len(officials) != 3 || slices.ContainsFunc(officials, func(o dossier.Official) bool { return !o.Until.IsZero() }) {
		t.Errorf("the dry run changed officials: %d, %v", len(officials), err)
	}
	if n := imports(); n != before {
		t.Errorf("%d imports on record, %d before the dry runs", n, before)
	}
	if _, err := h.Admin.PutDirectory(t.Context(), apptest.JSON(t, apptest.M{"commissions": []any{}}), false, false); err != nil || imports() != before+1 {
		t.Errorf("an import is not on record, %v", err)
	}
}

// A record that does not fit is named by its place; nothing of its import stays.
func TestDirectoryRefused(t *testing.T) {
	t.Parallel()
	h := hub(t)
	id := "t-" + h.Election(t)
	for _, c := range []struct {
		name   string
		record apptest.M
		field  string
	}{
		{"a field with a slip", apptest.M{"territories": []any{apptest.M{"soato": "17", "kind": "country", "named": apptest.M{}}}}, ""},
		{"a territory", apptest.M{"territories": []any{apptest.M{"soato": "99", "kind": "country"}}}, "/territories/0/soato"},
		{"a kind of election", apptest.M{"elections": []any{apptest.M{"id": id, "kind": "KING", "line": "l", "day": h.Day, "calendar": apptest.M{}}}}, "/elections/0/kind"},
		{"a day of the calendar", apptest.M{"elections": []any{apptest.M{"id": id, "kind": "DIST", "line": "l", "day": h.Day, "calendar": apptest.M{"never": h.Day}}}}, "/elections/0/calendar/never"},
		{"a second round of nobody", apptest.M{"elections": []any{apptest.M{"id": id, "kind": "PRES", "round": 2, "first": "nobody", "line": "l", "day": h.Day, "calendar": apptest.M{}}}}, "/elections/0/first"},
		{"a precinct's commission", apptest.M{"precincts": []any{apptest.M{"id": id, "number": 1, "commission": "nobody", "name": "n"}}}, "/precincts/0/commission"},
		{"a precinct's number", apptest.M{"precincts": []any{apptest.M{"id": id, "number": 0, "commission": h.DEC.ID, "name": "n"}}}, "/precincts/0/number"},
		{"one of two", apptest.M{
			"commissions": []any{apptest.M{"id": id, "level": "TEC", "title": "T", "short": "T"}},
			"precincts":   []any{apptest.M{"id": id, "number": 1, "commission": id, "name": "n"}, apptest.M{"id": id, "number": 2, "commission": id, "name": "n"}},
		}, "/precincts/1/id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, c.record))
			p := apptest.ProblemOf(t, err)
			if p.Status != http.StatusUnprocessableEntity || len(p.Errors) != 1 || p.Errors[0].Field != c.field {
				t.Errorf("got %v, want the field %s", p, c.field)
			}
		})
	}
	if _, ok, err := h.Store.Commission(t.Context(), id); ok || err != nil {
		t.Errorf("half of an import is there, %v", err)
	}
	for _, c := range []struct{ list, filter string }{{"elections", "parent"}, {"kings", ""}} {
		if _, err := h.Admin.Directory(t.Context(), c.list, map[string]string{c.filter: "x"}); err == nil {
			t.Errorf("%s by %s were listed", c.list, c.filter)
		}
	}
	reader, err := h.Admin.CreateKey(t.Context(), "reader", "", "applications:read")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Client(reader).Directory(t.Context(), "elections", nil); apptest.ProblemOf(t, err).Code != "scope" {
		t.Error(fmt.Sprint("read without the scope: ", err))
	}
}

package catalogue

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
)

var update = flag.Bool("update", false, "write the golden list anew")

func loaded(tb testing.TB) *Catalogue {
	tb.Helper()
	c, err := Load()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestTheCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for what, n := range map[string][2]int{
		"types": {len(c.Types()), 71}, "notices": {len(c.NoticeIDs()), 58}, "reasons": {len(c.Reasons()), 16}, "forms": {len(c.Forms()), 17},
	} {
		if n[0] != n[1] {
			t.Errorf("%d %s, want %d", n[0], what, n[1])
		}
	}
	for i, x := range c.ByNumber() {
		if x.Number != i+1 {
			t.Errorf("%s: number %d at place %d", x.ID, x.Number, i+1)
		}
	}
	for i, n := range c.Notices() {
		if n.Number != i+1 {
			t.Errorf("%s: number %d at place %d", n.ID, n.Number, i+1)
		}
	}
	var closed []string
	for _, code := range c.Reasons() {
		if r, _ := c.Reason(code); r.Closed {
			closed = append(closed, code)
		}
	}
	if diff := cmp.Diff([]string{"R04", "R05", "R06"}, closed); diff != "" {
		t.Error(diff)
	}
}

// What follows from each type, on one page: a change of law shows here as a change
// of lines. Write it anew with -update.
func TestGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, x := range loaded(t).ByNumber() {
		fmt.Fprintf(&b, "%d %s (%s)\n", x.Number, x.ID, x.Status)
		fmt.Fprintf(&b, "  route %v > %v ballots %v rounds %v window %s..%s term %d correct %d priority %d\n",
			x.Route.From, x.Route.To, x.Ballots, x.Rounds, x.Window.From, x.Window.Until, x.Term, x.Correct, x.Priority)
		fmt.Fprintf(&b, "  form %s signing %s %s subjects %+v\n", x.Form, x.Signing, x.HolderSigning, x.Subjects)
		fmt.Fprintf(&b, "  articles %v checks %v\n  rules %v whole %v\n", x.Articles, x.Checks, x.Rules, x.Whole)
		if l := x.Leaving; l != nil {
			fmt.Fprintf(&b, "  leaving checks %v rules %v notices %v\n", l.Checks, l.Rules, l.Notices)
		}
		fmt.Fprintf(&b, "  submitted %v decided %s %v\n", x.OnSubmit, x.Decision.Document, x.Decision.Notices)
		for _, o := range slices.Sorted(maps.Keys(x.Outcomes)) {
			f := x.Outcomes[o]
			fmt.Fprintf(&b, "  %s refuses %t effect %q document %q notices %v\n", o, f.Refuses, f.Effect, f.Document, f.Notices)
		}
	}
	file := filepath.Join("testdata", "types.txt")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("go test ./contracts/catalogue -run Golden -update writes it anew\n%s", diff)
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for _, x := range []struct {
		from, to, ballot string
		want             bool
	}{
		{"PARTY", "CEC", "", true},
		{"PARTY", "DEC", "DIST", true},
		{"MAH", "TEC", "", true},
		{"MAH", "CEC", "", false},
		{"MAH", "DEC", "", false},
		{"MEDIA", "TEC", "", false},
		{"DKENG", "DEC", "", false},
		{"CAND", "CEC", "LC-PR", true},
		{"CAND", "CEC", "DIST", false},
		{"CAND", "TEC", "JK", false},
		{"CAND", "KKCEC", "JK", true},
		{"PROXY", "CEC", "", false},
		{"PROXY", "DEC", "DIST", true},
		{"PROXY", "DEC", "REG", false},
		{"VOTER", "DEC", "", false},
	} {
		if got := c.Allows(x.from, x.to, x.ballot); got != x.want {
			t.Errorf("%s to %s about %q: %t", x.from, x.to, x.ballot, got)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for _, x := range []struct{ param, in, want string }{
		{"pos", "100", "100"},
		{"pos", "1000", "100"},
		{"due", "27.12.2026", "27.12.2026"},
		{"person", strings.Repeat("ў", 41), strings.Repeat("ў", 37) + "..."},
		{"rule", "LST-WOMEN-SMD, and", "LST-WOMEN-SMD..."},
		{"gone", strings.Repeat("x", 500), strings.Repeat("x", 500)},
	} {
		if got := c.Fit(x.param, x.in); got != x.want {
			t.Errorf("%s %q: %q", x.param, x.in, got)
		}
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	election := civil.Date{Year: 2024, Month: 10, Day: 27}
	own := map[string]civil.Date{"observers-last-day": {Year: 2024, Month: 10, Day: 1}}
	for _, x := range []struct {
		id, want string
		own      map[string]civil.Date
	}{
		{"election-day", "2024-10-27", nil},
		{"registration-last-day", "2024-09-22", nil},
		{"observers-last-day", "2024-10-17", nil},
		{"observers-last-day", "2024-10-01", own},
		{"results-last-day", "2024-11-06", own},
	} {
		if d, ok := c.Day(x.id, election, x.own); !ok || d.String() != x.want {
			t.Errorf("%s: %s", x.id, d)
		}
	}
	if _, ok := c.Day("gone", election, nil); ok {
		t.Error("a day nobody knows")
	}
	if _, ok := c.Day("election-day", civil.Date{}, nil); ok {
		t.Error("a day of an election without a day")
	}
}

func TestSignedBy(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for _, x := range []struct {
		id, kind string
		want     Signing
	}{
		{"complaint-commission", "PARTY", EDS},
		{"complaint-commission", "CAND", SMS},
		{"candidate-withdraw-lc-single", "CAND", SMS},
		{"proxy-register-president", "CAND", EDS},
		{"observer-party-register", "PARTY", EDS},
	} {
		if one, ok := c.Type(x.id); !ok || one.SignedBy(x.kind) != x.want {
			t.Errorf("%s by %s: %s", x.id, x.kind, one.SignedBy(x.kind))
		}
	}
}

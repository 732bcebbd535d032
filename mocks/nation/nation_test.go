package nation_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/nation"
	"github.com/saylovhub/hub/mocks/population"
)

var day = civil.Date{Year: 2029, Month: time.October, Day: 28}

// rows reads a file back: column names to values.
func rows(t *testing.T, s nation.Set, name string) []map[string]string {
	t.Helper()
	for _, f := range s.Files {
		if f.Name != name {
			continue
		}
		all, err := csv.NewReader(bytes.NewReader(f.Content)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out []map[string]string
		for _, r := range all[1:] {
			m := map[string]string{}
			for i, c := range all[0] {
				m[c] = r[i]
			}
			out = append(out, m)
		}
		return out
	}
	t.Fatalf("no %s", name)
	return nil
}

func set(t *testing.T, seed uint64, scale nation.Scale) nation.Set {
	t.Helper()
	s, err := nation.Make(seed, day, scale)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hash(s nation.Set) string {
	h := sha256.New()
	for _, f := range s.Files {
		h.Write([]byte(f.Name + "\n"))
		h.Write(f.Content)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// The same seed gives the same bytes, on every machine; another seed others.
func TestGolden(t *testing.T) {
	t.Parallel()
	for scale, want := range map[nation.Scale]string{nation.Small: "3d70e9c5aa41ced6", nation.National: "e727c7b5f29e0ef1"} {
		if got := hash(set(t, 1, scale)); got != want {
			t.Errorf("%s: %s, want %s", scale, got, want)
		}
		if hash(set(t, 2, scale)) == want {
			t.Errorf("%s: another seed gives the same", scale)
		}
	}
	if _, err := nation.Make(1, day, "huge"); err == nil {
		t.Error("a scale that nobody knows")
	}
}

// count counts the rows of a file by a column.
func count(t *testing.T, s nation.Set, file, column string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, r := range rows(t, s, file) {
		out[r[column]]++
	}
	return out
}

// As many of everything as there were in 2024.
func TestNationalFigures(t *testing.T) {
	t.Parallel()
	s := set(t, 1, nation.National)
	got := map[string]map[string]int{
		"territories": count(t, s, "territories.csv", "kind"), "commissions": count(t, s, "commissions.csv", "level"),
		"constituencies": count(t, s, "constituencies.csv", "ballot"), "organisations": count(t, s, "organisations.csv", "role"),
		"precincts": count(t, s, "precincts.csv", "election"), "posts": count(t, s, "officials.csv", "post"),
	}
	want := map[string]map[string]int{
		"territories": {"country": 1, "region": 14, "district": 176, "city": 32}, "commissions": {"CEC": 1, "KKCEC": 1, "TEC": 13, "DEC": 208},
		"constituencies": {"LC-SMD": 75, "JK": 65, "REG": 660, "DIST": 4970},
		"organisations":  {"PARTY": 75, "JK": 1, "KKCM": 1, "RKENG": 13, "RHOK": 13, "DKENG": 208, "DHOK": 208, "MFA": 1, "MEDIA": 60, "MAH": 416},
		"precincts":      {nation.Election: 10_717}, "posts": {"chair": 223, "deputy": 223, "secretary": 223, "member": 298},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	abroad, states := 0, map[string]bool{}
	for _, r := range rows(t, s, "precincts.csv") {
		if r["country"] != "" {
			abroad++
			states[r["country"]] = true
		}
	}
	if abroad != 57 || len(states) != 40 {
		t.Errorf("%d precincts abroad, in %d states", abroad, len(states))
	}
}

// Officials and heads are people whom the registers of the same seed know, each
// once, and of an age to hold an office.
func TestPeople(t *testing.T) {
	t.Parallel()
	s := set(t, 7, nation.National)
	people := population.New(7, day, s.People)
	seen := map[string]bool{}
	look := func(pinfl, phone string) *population.Person {
		p := people.ByPINFL(personal.PINFL(pinfl))
		if p == nil || string(p.Phone) != phone || p.BirthDate.AgeOn(day) < 25 || !p.Alive || seen[pinfl] {
			t.Fatal("somebody whom the registers do not know so")
		}
		seen[pinfl] = true
		return p
	}
	for _, r := range rows(t, s, "officials.csv") {
		p := look(r["pinfl"], r["phone"])
		if r["surname"] == "" || r["surname"] == p.Surname {
			t.Fatal("a name that is not written as documents do")
		}
	}
	for _, r := range rows(t, s, "organisations.csv") {
		look(r["head_pinfl"], r["phone"])
	}
}

// The stories' home is part of every country.
func TestHome(t *testing.T) {
	t.Parallel()
	for _, r := range rows(t, set(t, 3, nation.Small), "territories.csv") {
		if r["soato"] == "1726269" && r["name_uz"] == population.Home.DistrictLat && r["name_cyrl"] == population.Home.DistrictCyr {
			return
		}
	}
	t.Error("no Mirzo Ulugʻbek")
}

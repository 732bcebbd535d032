package eligibility_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// known lists the ids of all rules over a subject.
func known(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, r := range eligibility.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// needs says which proofs a rule may rest on.
var needs = map[string][]register.ID{
	"ALL-ALIVE": {register.Personal}, "ALL-CIT": {register.Personal}, "OBS-AGE": {register.Personal}, "LOC-AGE": {register.Personal},
	"ALL-CAP": {register.Capacity}, "ALL-CUST": {register.Criminal}, "LOC-CRIM": {register.Criminal},
	"LOC-MIL": {register.Employment}, "LOC-HEAD": {register.Employment},
	"LOC-RES": nil, "LOC-CLERGY": nil, "OBS-NOROLE": nil, "CND-ONE": nil,
}

// anyone draws a person with any mixture of proofs.
func anyone(t *rapid.T) eligibility.Input {
	in := eligibility.Input{ElectionDay: day, Subject: dossier.Subject{ID: "subject-1", Statements: map[string]bool{}}, Findings: map[register.ID]dossier.Finding{}}
	in.Subject.ID = "subject-1"
	bool1 := rapid.Bool()
	for _, k := range []string{"not_in_service", "not_clergy", "leaves_post"} {
		if bool1.Draw(t, k+" said") {
			in.Subject.Statements[k] = bool1.Draw(t, k)
		}
	}
	birth := civil.Date{}
	if bool1.Draw(t, "birth date known") {
		birth = day.AddYears(-20).AddDays(rapid.IntRange(-1200, 1200).Draw(t, "days"))
	}
	var convictions []register.Conviction
	for range rapid.IntRange(0, 3).Draw(t, "convictions") {
		c := register.Conviction{
			Gravity:   rapid.SampledFrom([]register.Gravity{register.NotSerious, register.LessSerious, register.Serious, register.EspeciallySerious, "", "grave"}).Draw(t, "gravity"),
			InCustody: bool1.Draw(t, "custody"),
		}
		if bool1.Draw(t, "expunged") {
			c.Expunged = day.AddDays(rapid.IntRange(-2, 2).Draw(t, "expunged on"))
		}
		convictions = append(convictions, c)
	}
	var jobs []register.Job
	for range rapid.IntRange(0, 3).Draw(t, "jobs") {
		j := register.Job{
			Employer: rapid.SampledFrom([]string{"maktab", "Mudofaa vazirligi", "Davlat bojxona qoʻmitasi"}).Draw(t, "employer"),
			Position: rapid.SampledFrom([]string{"oʻqituvchi", "Hokim", "sudya"}).Draw(t, "position"),
		}
		if bool1.Draw(t, "ended") {
			j.End = day.AddDays(-100)
		}
		jobs = append(jobs, j)
	}
	facts := map[register.ID]any{
		register.Personal:   register.PersonalData{BirthDate: birth, Alive: bool1.Draw(t, "alive"), Citizen: bool1.Draw(t, "citizen")},
		register.Capacity:   register.CapacityRecord{Capacity: rapid.SampledFrom([]string{"FULL", "LIMITED", "NONE", ""}).Draw(t, "capacity")},
		register.Criminal:   register.CriminalRecord{Convictions: convictions},
		register.Employment: register.WorkHistory{Jobs: jobs},
	}
	for _, id := range []register.ID{register.Personal, register.Capacity, register.Criminal, register.Employment} {
		switch rapid.SampledFrom([]string{"found", "found", "absent", "restricted", "missing"}).Draw(t, string(id)) {
		case "found":
			in.Findings[id] = finding(id, register.Found, facts[id])
		case "absent":
			in.Findings[id] = finding(id, register.Absent, nil)
		case "restricted":
			in.Findings[id] = finding(id, register.Restricted, nil)
		}
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "confirmations") {
		in.Confirmations = append(in.Confirmations, dossier.Confirmation{ID: string(rune('a' + i)), Kind: rapid.SampledFrom([]string{"residence", "other"}).Draw(t, "kind")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "roles") {
		r := dossier.Role{ID: rapid.SampledFrom([]string{"subject-2", "subject-3"}).Draw(t, "role of"), Role: "observer"}
		in.Roles = append(in.Roles, r)
		if rapid.Bool().Draw(t, "conflicts") {
			in.Conflicts = append(in.Conflicts, r.ID)
		}
	}
	return in
}

func assess(t interface{ Fatal(...any) }, in eligibility.Input, ids []string) (eligibility.Verdict, []eligibility.Answer) {
	v, a, err := eligibility.Assess(in, ids)
	if err != nil {
		t.Fatal(err)
	}
	return v, a
}

func TestMissingProofNeverPasses(t *testing.T) {
	t.Parallel()
	ids := known(t)
	rapid.Check(t, func(t *rapid.T) {
		in := anyone(t)
		gone := rapid.SampledFrom([]register.ID{register.Personal, register.Capacity, register.Criminal, register.Employment}).Draw(t, "gone")
		delete(in.Findings, gone)
		verdict, list := assess(t, in, ids)
		for _, a := range list {
			if slices.Contains(needs[a.Rule], gone) && a.Result != eligibility.Undetermined && !(a.Rule == "LOC-MIL" && a.Reason == "in_service_by_statement") {
				t.Fatalf("%s is %s (%s) without an answer of %s", a.Rule, a.Result, a.Reason, gone)
			}
		}
		if verdict == eligibility.Eligible {
			t.Fatalf("eligible without an answer of %s", gone)
		}
	})
}

func TestUnrelatedProofChangesNothing(t *testing.T) {
	t.Parallel()
	ids := known(t)
	rapid.Check(t, func(t *rapid.T) {
		in, other := anyone(t), anyone(t)
		_, before := assess(t, in, ids)
		for id, on := range needs {
			changed := in
			changed.Findings = map[register.ID]dossier.Finding{register.Disability: finding(register.Disability, register.Found, register.DisabilityRecord{Group: 1})}
			maps.Copy(changed.Findings, other.Findings)
			for _, k := range on {
				delete(changed.Findings, k)
				if f, ok := in.Findings[k]; ok {
					changed.Findings[k] = f
				}
			}
			_, after := assess(t, changed, []string{id})
			i := slices.IndexFunc(before, func(a eligibility.Answer) bool { return a.Rule == id })
			if d := cmp.Diff(before[i], after[0]); d != "" {
				t.Fatalf("%s looks at what is none of its business: %s", id, d)
			}
		}
	})
}

// Same proofs, same answers, in whatever order they came; and a proof of one's
// own does not change what stands in another's input.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	ids := known(t)
	rapid.Check(t, func(t *rapid.T) {
		in := anyone(t)
		v1, first := assess(t, in, ids)
		turned := in
		turned.Findings = map[register.ID]dossier.Finding{}
		keys := []register.ID{register.Employment, register.Criminal, register.Capacity, register.Personal}
		for _, k := range rapid.Permutation(keys).Draw(t, "order") {
			if f, ok := in.Findings[k]; ok {
				turned.Findings[k] = f
			}
		}
		turned.Confirmations = slices.Clone(in.Confirmations)
		slices.Reverse(turned.Confirmations)
		turned.Roles = slices.Clone(in.Roles)
		slices.Reverse(turned.Roles)
		v2, second := assess(t, turned, ids)
		for i := range first { // which of two like papers is named may differ
			first[i].Proofs, second[i].Proofs = nil, nil
		}
		if d := cmp.Diff(first, second); d != "" || v1 != v2 {
			t.Fatalf("%s and %s: %s", v1, v2, d)
		}
	})
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	results := []eligibility.Result{eligibility.Pass, eligibility.Fail, eligibility.Warn, eligibility.Undetermined, eligibility.NotApplicable, "", "maybe"}
	rapid.Check(t, func(t *rapid.T) {
		var list []eligibility.Answer
		var fails, open, foreign bool
		for range rapid.IntRange(0, 6).Draw(t, "answers") {
			r := rapid.SampledFrom(results).Draw(t, "result")
			list = append(list, eligibility.Answer{Result: r})
			fails = fails || r == eligibility.Fail
			open = open || r == eligibility.Undetermined
			foreign = foreign || r == "" || r == "maybe" // outside the set: proves nothing
		}
		want := eligibility.Eligible
		switch {
		case fails:
			want = eligibility.NotEligible
		case open, foreign:
			want = eligibility.IsUndetermined
		}
		got := eligibility.Judge(list)
		if got != want {
			t.Fatalf("%v: %s, want %s", list, got, want)
		}
	})
	if v, _ := assess(t, person(), known(t)); v != eligibility.Eligible {
		t.Errorf("whom no rule bars is %s", v)
	}
	if _, _, err := eligibility.Assess(person(), []string{"ALL-CIT", "NO-SUCH"}); err == nil {
		t.Error("a rule that does not exist is no error")
	}
}

// Every reason is worded in three languages, and nothing is left to fill in.
func TestTexts(t *testing.T) {
	t.Parallel()
	languages := []string{"uz-Latn", "ru", "en"}
	seen := map[string]bool{}
	check := func(t interface{ Errorf(string, ...any) }, a eligibility.Answer) {
		worded := map[string]bool{}
		for _, l := range languages {
			text := eligibility.Text(a, l)
			if text == "" || strings.ContainsAny(text, "{}") {
				t.Errorf("%s %s in %s: %q", a.Rule, a.Reason, l, text)
			}
			worded[text] = true
		}
		if len(worded) != len(languages) {
			t.Errorf("%s: two languages share a text", a.Reason)
		}
	}
	for _, c := range cases {
		in := person()
		for _, f := range c.change {
			f(&in)
		}
		_, list := assess(t, in, known(t))
		for _, a := range list {
			seen[a.Reason] = true
			check(t, a)
		}
	}
	source, err := os.ReadFile("rules.go")
	if err != nil {
		t.Fatal(err)
	}
	rule, err := os.ReadFile("rule.go")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`(?:with\(\w+, |Reason: )"(\w+)"`).FindAllStringSubmatch(string(source)+string(rule), -1)
	if len(used) < 30 {
		t.Fatalf("%d reasons found in the source", len(used))
	}
	for _, m := range used {
		if !seen[m[1]] {
			t.Errorf("no case of reason %s: its text is not checked", m[1])
		}
	}
	if got := eligibility.Text(eligibility.Answer{Reason: "alive"}, "de"); got != eligibility.Text(eligibility.Answer{Reason: "alive"}, "uz-Latn") {
		t.Errorf("another language is worded %q", got)
	}
}

// The catalogue names rules that exist, and asks for the proofs they rest on.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range c.Types() {
		typ, _ := c.Type(id)
		for _, r := range typ.Rules {
			if !eligibility.Known(r) {
				t.Errorf("%s names the rule %s, which does not exist", id, r)
			}
			on, ok := needs[r]
			if !ok {
				t.Errorf("no entry of needs for rule %s", r)
			}
			for _, proof := range on {
				if !slices.Contains(typ.Checks, proof) {
					t.Errorf("%s has the rule %s and does not check %s", id, r, proof)
				}
			}
		}
	}
}

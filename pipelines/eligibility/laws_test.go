package eligibility_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// copied is an input whose maps may be changed.
func copied(in eligibility.Input) eligibility.Input {
	in.Findings, in.Subject.Statements = maps.Clone(in.Findings), maps.Clone(in.Subject.Statements)
	return in
}

// nobody is an input without any proof.
func nobody(in eligibility.Input) eligibility.Input {
	return eligibility.Input{ElectionDay: in.ElectionDay, Day: in.Day, Role: in.Role, Ballot: in.Ballot, Ballots: in.Ballots, Subject: dossier.Subject{ID: in.Subject.ID}}
}

// required are the registers without which a rule never passes, unless the
// commission's word stands in.
var required = map[register.ID][]string{
	register.Personal: {"ALL-ALIVE", "ALL-CIT", "VOT-AGE", "PRES-AGE", "LC-AGE", "LOC-AGE", "JK-AGE", "OBS-AGE", "COM-AGE", "PRX-AGE", "REP-ONE", "CEC-MEM"},
	register.Criminal: {"ALL-CUST", "PRES-CRIM", "LC-CRIM", "LOC-CRIM", "JK-CRIM", "COM-CRIM"}, register.Capacity: {"ALL-CAP"}, register.Education: {"CEC-MEM"},
	register.Employment: {
		"LC-MIL", "LOC-MIL", "JK-MIL", "PRES-CLERGY", "LC-CLERGY", "LOC-CLERGY", "JK-CLERGY", "LC-INCOMP", "LOC-HEAD", "JK-HEAD", "PRX-POST", "COM-POST",
	},
}

func TestMissingProofNeverPasses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := anyone(t)
		for _, r := range eligibility.Rules() {
			bare := copied(in)
			for _, k := range r.Accepts {
				if k != "roles" { // our own: that there are none is known
					take(&bare, nobody(in), k)
				}
			}
			if a := r.Eval(bare); a.Result == pass && !slices.Equal(r.Accepts, []string{"roles"}) {
				t.Fatalf("%s passes (%s) without any proof", r.ID, a.Reason)
			}
		}
		for id, rules := range required {
			without := copied(in)
			without.Confirmations = nil
			delete(without.Findings, id)
			_, list := assess(t, without, rules)
			for _, a := range list {
				if a.Result == pass || a.Result == notApplicable {
					t.Fatalf("%s is %s (%s) without an answer of %s", a.Rule, a.Result, a.Reason, id)
				}
			}
		}
	})
}

// What a rule does not accept changes nothing: all other proof may be another
// person's, and one further proof of a kind leaves all rules as they were that do
// not accept it.
func TestUnrelatedProofChangesNothing(t *testing.T) {
	t.Parallel()
	all := kinds()
	rapid.Check(t, func(t *rapid.T) {
		in, other := anyone(t), anyone(t)
		further := rapid.SampledFrom(all).Draw(t, "further proof")
		more := copied(in)
		take(&more, other, further)
		for _, r := range eligibility.Rules() {
			before := r.Eval(in)
			mixed := copied(other)
			mixed.ElectionDay, mixed.Day, mixed.Role, mixed.Ballot, mixed.Ballots = in.ElectionDay, in.Day, in.Role, in.Ballot, in.Ballots
			for _, k := range r.Accepts {
				take(&mixed, in, k)
			}
			if d := cmp.Diff(before, r.Eval(mixed)); d != "" {
				t.Fatalf("%s looks at more than it says: %s", r.ID, d)
			}
			if d := cmp.Diff(before, r.Eval(more)); d != "" && !slices.Contains(r.Accepts, further) {
				t.Fatalf("%s changes with %s: %s", r.ID, further, d)
			}
		}
	})
}

// Every kind of proof that a rule accepts can change its answer.
func TestAcceptsNothingInVain(t *testing.T) {
	t.Parallel()
	draw := rapid.Custom(anyone)
	vain := map[string]bool{}
	for _, r := range eligibility.Rules() {
		for _, k := range r.Accepts {
			vain[r.ID+" "+k] = true
		}
	}
	for seed := 0; seed < 6000 && len(vain) > 0; seed++ {
		in, other := draw.Example(seed), draw.Example(seed+1)
		for _, r := range eligibility.Rules() {
			for _, k := range r.Accepts {
				if !vain[r.ID+" "+k] {
					continue
				}
				more := copied(in)
				take(&more, other, k)
				if before, after := r.Eval(in), r.Eval(more); before.Result != after.Result || before.Reason != after.Reason {
					delete(vain, r.ID+" "+k)
				}
			}
		}
	}
	if len(vain) > 0 {
		t.Errorf("accepted and never looked at: %v", slices.Sorted(maps.Keys(vain)))
	}
}

// Same proofs, same answers, in whatever order they came.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := anyone(t)
		v1, first := assess(t, in, known())
		turned := copied(in)
		turned.Findings = map[register.ID]dossier.Finding{}
		for _, id := range rapid.Permutation(registers).Draw(t, "findings") {
			if f, ok := in.Findings[id]; ok {
				turned.Findings[id] = f
			}
		}
		turn(t, &turned, register.Employment, func(w *register.WorkHistory) { w.Jobs = rapid.Permutation(w.Jobs).Draw(t, "jobs") })
		turn(t, &turned, register.Criminal, func(c *register.CriminalRecord) {
			c.Convictions = rapid.Permutation(c.Convictions).Draw(t, "convictions")
		})
		turned.Confirmations = rapid.Permutation(in.Confirmations).Draw(t, "confirmations")
		turned.Subject.Papers = rapid.Permutation(in.Subject.Papers).Draw(t, "papers")
		turned.Roles = rapid.Permutation(in.Roles).Draw(t, "roles")
		turned.Conflicts = rapid.Permutation(in.Conflicts).Draw(t, "conflicts")
		turned.Documents = rapid.Permutation(in.Documents).Draw(t, "documents")
		turned.List = rapid.Permutation(in.List).Draw(t, "list")
		v2, second := assess(t, turned, known())
		if d := cmp.Diff(first, second); d != "" || v1 != v2 {
			t.Fatalf("%s and %s: %s", v1, v2, d)
		}
	})
}

func turn[T any](t *rapid.T, in *eligibility.Input, id register.ID, change func(*T)) {
	f, ok := in.Findings[id]
	if !ok || f.Status != register.Found {
		return
	}
	facts := new(T)
	if err := json.Unmarshal(f.Facts, facts); err != nil {
		t.Fatal(err)
	}
	change(facts)
	in.Findings[id] = finding(id, register.Found, facts)
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	results := []eligibility.Result{pass, fail, warn, undetermined, notApplicable, "", "maybe"}
	rapid.Check(t, func(t *rapid.T) {
		var list []eligibility.Answer
		var fails, open bool
		for range rapid.IntRange(0, 6).Draw(t, "answers") {
			r := rapid.SampledFrom(results).Draw(t, "result")
			list = append(list, eligibility.Answer{Result: r})
			fails = fails || r == fail
			open = open || r == undetermined || r == "" || r == "maybe" // outside the set: proves nothing
		}
		want := eligibility.Eligible
		switch {
		case fails:
			want = eligibility.NotEligible
		case open:
			want = eligibility.IsUndetermined
		}
		if got := eligibility.Judge(list); got != want {
			t.Fatalf("%v: %s, want %s", list, got, want)
		}
	})
	if v, list := assess(t, person(), known()); v != eligibility.Eligible {
		t.Errorf("whom no rule bars is %s: %v", v, list)
	}
	if _, _, err := eligibility.Assess(person(), []string{"ALL-CIT", "NO-SUCH"}); err == nil {
		t.Error("a rule that does not exist is no error")
	}
	if _, _, err := eligibility.AssessWhole(eligibility.Whole{}, []string{"PRX-MAX", "ALL-CIT"}); err == nil {
		t.Error("a rule over whole applications that does not exist is no error")
	}
}

// The catalogue names rules that exist, asks for the registers they cannot do
// without, and where it asks for an age, asks for citizenship and capacity too.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range c.Types() {
		typ, _ := c.Type(id)
		check := func(rules []string, checks []register.ID) {
			for _, r := range rules {
				if !eligibility.Known(r) {
					t.Errorf("%s names the rule %s, which does not exist", id, r)
				}
				for proof, of := range required {
					if slices.Contains(of, r) && !slices.Contains(checks, proof) {
						t.Errorf("%s has the rule %s and does not check %s", id, r, proof)
					}
				}
				if slices.Contains([]string{"OBS-AGE", "PRX-AGE", "REP-ONE"}, r) && (!slices.Contains(rules, "ALL-CIT") || !slices.Contains(rules, "ALL-CAP")) {
					t.Errorf("%s has the rule %s without ALL-CIT and ALL-CAP", id, r)
				}
			}
		}
		check(typ.Rules, typ.Checks)
		if typ.Leaving != nil {
			check(typ.Leaving.Rules, typ.Leaving.Checks)
		}
		for _, r := range typ.Whole {
			if !eligibility.KnownWhole(r) {
				t.Errorf("%s names the rule %s over the whole, which does not exist", id, r)
			}
		}
	}
}

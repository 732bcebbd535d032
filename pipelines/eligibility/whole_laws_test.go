package eligibility_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

var wholeKinds = []string{
	"members", "finding:personal-data", "standing", "applicant", "clock", "statement:not_over_half", "statement:other", "form:ballot", "form:type",
	"form:recommended_by", "form:signatures", "form:registered", "confirmation:signatures", "confirmation:registration", "confirmation:other",
}

// takeWhole moves all proof of a kind from one application to another.
func takeWhole(to *eligibility.Whole, from eligibility.Whole, kind string) {
	family, name, _ := strings.Cut(kind, ":")
	switch {
	case kind == "members":
		known := map[string]*register.PersonalData{}
		for _, m := range to.Members {
			known[m.Subject.Ref] = m.Personal
		}
		to.Members, to.Leaving = slices.Clone(from.Members), from.Leaving
		for i := range to.Members {
			to.Members[i].Personal = known[to.Members[i].Subject.Ref]
		}
	case kind == "finding:personal-data":
		known := map[string]*register.PersonalData{}
		for _, m := range from.Members {
			known[m.Subject.Ref] = m.Personal
		}
		to.Members = slices.Clone(to.Members)
		for i := range to.Members {
			to.Members[i].Personal = known[to.Members[i].Subject.Ref]
		}
	case kind == "standing":
		to.Standing = from.Standing
	case kind == "applicant":
		to.Applicant = from.Applicant
	case kind == "clock":
		to.Announced, to.SubmittedOn = from.Announced, from.SubmittedOn
	case family == "statement":
		to.Form.Statements = maps.Clone(to.Form.Statements)
		delete(to.Form.Statements, name)
		if s, ok := from.Form.Statements[name]; ok {
			to.Form.Statements[name] = s
		}
	case family == "confirmation":
		other := func(c dossier.Confirmation) bool { return c.Kind != name }
		to.Confirmations = append(slices.DeleteFunc(slices.Clone(to.Confirmations), func(c dossier.Confirmation) bool { return !other(c) }),
			slices.DeleteFunc(slices.Clone(from.Confirmations), other)...)
	case name == "ballot":
		to.Ballot = from.Ballot
	case name == "type":
		to.Form.Type = from.Form.Type
	case name == "recommended_by":
		to.Form.Subjects = from.Form.Subjects
	case name == "signatures":
		to.Form.Signatures = from.Form.Signatures
	case name == "registered":
		to.Form.Registered = from.Form.Registered
	default:
		panic("no kind of proof " + kind)
	}
}

// Every kind of proof that a rule accepts is one of those that the laws try.
func TestWholeKinds(t *testing.T) {
	t.Parallel()
	for _, r := range eligibility.WholeRules() {
		for _, k := range r.Accepts {
			if !slices.Contains(wholeKinds, k) {
				t.Errorf("%s accepts %s", r.ID, k)
			}
		}
	}
}

// anything draws an application with any mixture of proofs.
func anything(t *rapid.T) eligibility.Whole {
	w := eligibility.Whole{
		ElectionDay: day, SubmittedOn: today, Ballot: pick(t, "ballot", "", "LC-SMD", "LC-PR", "DIST", "PRES"),
		Form: dossier.Form{
			Type: pick(t, "type", "pec-composition-recommend", "tec-member-change", "party-admission-lc"), Statements: map[string]bool{},
			Registered: near(t, "registered", date("2026-05-26")),
		},
		Announced: near(t, "announced", date("2026-09-26")),
	}
	w.Applicant = pick(t, "applicant", dossier.Applicant{}, dossier.Applicant{ID: "hokimiyat"}, dossier.Applicant{ID: "subject-9", Held: dossier.Role{ID: "subject-9", Ballot: "DIST"}})
	w.Applicant.Org.Registered = near(t, "registered in the directory", date("2026-05-26"))
	if yes(t, "said") {
		w.Form.Statements["not_over_half"] = yes(t, "word")
	}
	for _, kind := range []string{"signatures", "registration", "other"} {
		if pick(t, kind, true, false, false) {
			w.Confirmations = append(w.Confirmations, dossier.Confirmation{ID: "c-" + kind, Kind: kind})
		}
	}
	drawMembers(t, &w)
	drawSignatures(t, &w)
	return w
}

func drawMembers(t *rapid.T, w *eligibility.Whole) {
	n := pick(t, "members", 0, 1, 2, 3, 5, 6, 11, 20, 74, 75, 76, 101)
	share := pick(t, "women", "wm", "wwmmm", "wmmmm", "ww?", "wmmm?", "wwwwwx")
	w.Members = set(strings.Repeat(share, 1+n/len(share))[:n])
	numbered := pick(t, "numbered", 0, 1, 1, 2)
	for i := range w.Members {
		m := &w.Members[i]
		m.Subject.Position = numbered * (i + 1)
		if i > 1 && numbered == 2 {
			m.Subject.Position = 2
		}
		if n < 20 {
			m.Verdict = pick(t, "verdict", eligibility.Eligible, eligibility.Eligible, eligibility.IsUndetermined, eligibility.NotEligible)
			m.Subject.Constituency = pick(t, "constituency", m.Subject.Constituency, m.Subject.Constituency, m.Subject.Constituency, "okrug-1", "")
			m.Subject.Precinct = pick(t, "precinct", "precinct-1", "precinct-1", "precinct-1", "precinct-1", "precinct-1", "precinct-2", "")
		}
		w.Form.Subjects = append(w.Form.Subjects, dossier.FormSubject{Ref: m.Subject.Ref, RecommendedBy: []string{"", "mahalla", "maktab", "zavod"}[(i*pick(t, "stride", 1, 1, 2, 3))%4]})
	}
	for range pick(t, "leaving", 0, 0, 1) {
		w.Leaving = append(w.Leaving, dossier.Subject{Precinct: "precinct-1"})
	}
	if yes(t, "somebody stands") {
		w.Standing = eligibility.Standing{
			Proxies: rapid.IntRange(0, 3).Draw(t, "proxies"), Candidates: 3, Women: rapid.IntRange(0, 3).Draw(t, "women who stand"),
			Constituencies: map[string]int{"okrug-2": 1, "okrug-300": 2 - rapid.IntRange(1, 2).Draw(t, "twice")},
			Bodies: map[string]eligibility.Body{"precinct-1": {Members: 5, From: map[string]int{
				"hokimiyat": rapid.IntRange(0, 2).Draw(t, "handed in"), "mahalla": rapid.IntRange(0, 3).Draw(t, "mahalla's"),
			}}},
		}
	}
}

func drawSignatures(t *rapid.T, w *eligibility.Whole) {
	if !pick(t, "signatures told", true, true, true, false) {
		return
	}
	valid := pick(t, "valid", 39_999, 40_000, 41_613, 200_000)
	spread(valid, pick(t, "most", 3_200, 3_201, 16_000, 16_001), pick(t, "voters", 0, 20_000_000, 4_000_000))(w)
	s := w.Form.Signatures
	s.Sheets, s.Checked, s.Faulty = 1000, pick(t, "checked", 0, 149, 152), pick(t, "faulty", 0, 38, 39)
	if pick(t, "adds up", true, true, false) {
		return
	}
	s.Valid++
}

func TestRowsForEveryAnswerOfWholes(t *testing.T) {
	t.Parallel()
	said, tried := map[answer]bool{}, map[answer]bool{}
	for _, c := range wholeCases {
		tried[answer{c.rule, c.want, c.reason}] = true
	}
	draw := rapid.Custom(anything)
	for seed := range 1300 {
		w := draw.Example(seed)
		for _, r := range eligibility.WholeRules() {
			a := r.Eval(w)
			said[answer{r.ID, a.Result, a.Reason}] = true
		}
	}
	compareAnswers(t, said, tried)
	for _, r := range eligibility.WholeRules() {
		if !slices.ContainsFunc(keys(tried), func(a answer) bool { return a.rule == r.ID }) {
			t.Errorf("no row of rule %s", r.ID)
		}
	}
}

func TestWholeLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, other := anything(t), anything(t)
		further := rapid.SampledFrom(wholeKinds).Draw(t, "further proof")
		more := w
		takeWhole(&more, other, further)
		turned := turnedRound(t, w)
		for _, r := range eligibility.WholeRules() {
			before := r.Eval(w)
			bare, mixed := w, other
			for _, k := range wholeKinds { // members before what is known of them
				if slices.Contains(r.Accepts, k) {
					takeWhole(&bare, eligibility.Whole{}, k)
					takeWhole(&mixed, w, k)
				}
			}
			if a := r.Eval(bare); a.Result == pass {
				t.Fatalf("%s passes (%s) without any proof", r.ID, a.Reason)
			}
			if d := cmp.Diff(before, r.Eval(mixed)); d != "" {
				t.Fatalf("%s looks at more than it says: %s", r.ID, d)
			}
			if d := cmp.Diff(before, r.Eval(more)); d != "" && !slices.Contains(r.Accepts, further) {
				t.Fatalf("%s changes with %s: %s", r.ID, further, d)
			}
			if r.ID == "LST-ZIP" && len(w.Members) > 0 && w.Members[0].Subject.Position == 0 {
				continue // about the order, and no places tell it
			}
			if d := cmp.Diff(before, r.Eval(turned)); d != "" {
				t.Fatalf("%s rests on an order: %s", r.ID, d)
			}
		}
	})
}

// turnedRound is the same application with all that has no order in another one.
func turnedRound(t *rapid.T, w eligibility.Whole) eligibility.Whole {
	w.Members = rapid.Permutation(w.Members).Draw(t, "members' order")
	w.Leaving = rapid.Permutation(w.Leaving).Draw(t, "leaving's order")
	w.Form.Subjects = rapid.Permutation(w.Form.Subjects).Draw(t, "subjects' order")
	w.Confirmations = rapid.Permutation(w.Confirmations).Draw(t, "confirmations' order")
	w.Standing.Constituencies = refilled(w.Standing.Constituencies)
	w.Standing.Bodies = refilled(w.Standing.Bodies)
	if w.Form.Signatures != nil {
		s := *w.Form.Signatures
		s.Territories = refilled(s.Territories)
		w.Form.Signatures = &s
	}
	return w
}

// refilled is a map filled from its last key to its first.
func refilled[V any](m map[string]V) map[string]V {
	out := map[string]V{}
	keys := slices.Sorted(maps.Keys(m))
	slices.Reverse(keys)
	for _, k := range keys {
		out[k] = m[k]
	}
	return out
}

// Without the register nobody's sex is known, and no share of women is met.
func TestWholeWithoutRegister(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := anything(t)
		w.Standing = eligibility.Standing{}
		takeWhole(&w, eligibility.Whole{}, "finding:personal-data")
		for _, r := range eligibility.WholeRules() {
			if strings.Contains(strings.Join(r.Accepts, " "), "finding:") && len(w.Members) > 2 && w.Members[0].Verdict != eligibility.NotEligible {
				if a := r.Eval(w); a.Result == pass && len(w.Members) >= 20 {
					t.Fatalf("%s passes (%s) and nobody's sex is known", r.ID, a.Reason)
				}
			}
		}
		w.Announced = civil.Date{}
		w.Confirmations = nil
		if _, list, err := eligibility.AssessWhole(w, []string{"ADM-REG"}); err != nil || list[0].Result != undetermined {
			t.Fatalf("%v %v: not announced", list, err)
		}
	})
}

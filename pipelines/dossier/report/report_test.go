package report_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

var update = flag.Bool("update", false, "write the golden texts anew")

// The whole text of a candidate's dossier, in each language.
func TestText(t *testing.T) {
	t.Parallel()
	for _, language := range report.Languages() {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			in := input(t, language)
			// The rules' own words are theirs to change.
			in.Proofs.Assessments["s1"] = eligibility.Assessment{Subject: "s1", Revision: 2, Verdict: eligibility.Eligible, Answers: []eligibility.Answer{
				{Rule: "LOC-AGE", Article: "Saylov kodeksi 90-modda", Result: eligibility.Pass, Reason: "text-1", Proofs: []string{"personal-data:f1-personal-data"}},
				{Rule: "ALL-CIT", Article: "Saylov kodeksi 4, 5-moddalar", Result: eligibility.NotApplicable, Reason: "text-2", Proofs: []string{"disability:f1-disability"}},
				{Rule: "LOC-RES", Article: "assumed", Result: eligibility.Warn, Reason: "text-3", Proofs: []string{"confirmation:c1", "attachment:yashash-joyi.pdf", "statement:not_clergy", "roles"}},
			}}
			got := report.Make(in).Text()
			path := filepath.Join("testdata", "candidate."+language+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("(-kept +made):\n%s", diff)
			}
		})
	}
}

func TestTextFits(t *testing.T) {
	t.Parallel()
	for _, language := range report.Languages() {
		in := many(t, language, 60)
		in.Commission.Title = strings.Repeat("birlashgan hududiy komissiya ", 12)
		in.Application.Subjects[0].Territory = strings.Repeat("Navroʻzobod", 30)
		for line := range strings.SplitSeq(report.Make(in).Text(), "\n") {
			if n := utf8.RuneCountInString(line); n > report.Width {
				t.Errorf("%s: a line of %d columns: %s", language, n, line)
			}
		}
	}
}

// Every person is in the text, and those who are not eligible come first.
func TestOrderAndCounts(t *testing.T) {
	t.Parallel()
	in := many(t, report.English, 60)
	r := report.Make(in)
	rank := map[string]int{"not_eligible": 0, "undetermined": 1, "unassessed": 2, "eligible": 3}
	counted, last := map[string]int{}, 0
	for _, s := range r.Subjects {
		counted[s.Assessment.Verdict]++
		if rank[s.Assessment.Verdict] < last {
			t.Errorf("%s stands after worse ones", s.Name)
		}
		last = rank[s.Assessment.Verdict]
		if in.Application.Subjects[s.Order-1].Ref != s.Ref {
			t.Errorf("%s has the order %d", s.Ref, s.Order)
		}
	}
	want := report.Counts{
		Subjects: 60, Eligible: counted["eligible"], NotEligible: counted["not_eligible"], Undetermined: counted["undetermined"], Unassessed: counted["unassessed"],
	}
	if diff := cmp.Diff(want, r.Counts); diff != "" || want.NotEligible == 0 || want.Undetermined == 0 || want.Unassessed != 1 {
		t.Error(want, diff)
	}
	if n := want.NotEligible + want.Undetermined + want.Unassessed; len(r.Attention) != n {
		t.Errorf("%d to look at, want %d", len(r.Attention), n)
	}
	text := r.Text()
	for _, s := range r.Subjects {
		if !strings.Contains(text, s.Name) {
			t.Errorf("%s is not in the text", s.Name)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	whole := report.Make(many(t, report.Uzbek, 60))
	r := whole.Shorten(12, 3, 2)
	if len(r.Subjects) != 12 || r.Left != 48 || len(r.Attention) != 3 || r.Unlisted != len(whole.Attention)-3 || len(r.Timeline) != 2 || r.Earlier != len(whole.Timeline)-2 {
		t.Errorf("%d, %d left; %d, %d unlisted; %d, %d earlier", len(r.Subjects), r.Left, len(r.Attention), r.Unlisted, len(r.Timeline), r.Earlier)
	}
	if r.Subjects[0].Assessment.Verdict != "not_eligible" || r.Timeline[1] != whole.Timeline[len(whole.Timeline)-1] {
		t.Error("the wrong ones are left out")
	}
	for _, want := range []string{"Yana 48 nafar", "Oldingi 3 ta voqea"} {
		if !strings.Contains(r.Text(), want) {
			t.Errorf("the text does not say %q", want)
		}
	}
	if diff := cmp.Diff(whole, whole.Shorten(60, 100, 100)); diff != "" {
		t.Error(diff)
	}
	// Outcomes of a decision on many.
	in := many(t, report.Uzbek, 30)
	d := dossier.Decision{Number: "1", Date: civil.Of(made), State: dossier.DecisionSigned}
	for _, s := range in.Application.Subjects {
		d.Outcomes = append(d.Outcomes, dossier.Outcome{Subject: s.ID, Outcome: "register"})
	}
	in.Decisions = []dossier.Decision{d}
	whole = report.Make(in)
	cut := whole.Shorten(30, 10, 10)
	if got := cut.Decisions[0]; len(got.Outcomes) != 10 || got.Unlisted != 20 || len(whole.Decisions[0].Outcomes) != 30 {
		t.Errorf("%d outcomes, %d unlisted, %d before", len(got.Outcomes), got.Unlisted, len(whole.Decisions[0].Outcomes))
	}
}

// Personal numbers never stand in a dossier in clear; a criminal record does.
func TestMasks(t *testing.T) {
	t.Parallel()
	for _, language := range report.Languages() {
		in := input(t, language)
		in.Application.Subjects[0].Foreigner = &dossier.Foreigner{Surname: "Demir", GivenName: "Burak", Passport: "U12345678", State: "TR"}
		r := report.Make(in)
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(b), r.Text()} {
			for _, secret := range []string{"30903870170019", "AB7654321", "998901234567", "998711234567", "41505939980027", "U12345678"} {
				if strings.Contains(text, secret) {
					t.Errorf("%s: %s is told", language, secret)
				}
			}
			for _, want := range []string{"************19", "AB*****21", "168-modda 2-qism"} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %s is missing", language, want)
				}
			}
		}
	}
}

// Other people's texts cannot move a terminal's cursor or turn a line around.
func TestPlain(t *testing.T) {
	t.Parallel()
	in := input(t, report.Uzbek)
	evil := "A\x1b[2Jb\u202eci\nX\u200b\x00\xff"
	in.Applicant.Title, in.Commission.Title = evil, evil
	in.Application.Subjects[0].Ref, in.Application.Subjects[0].Territory = evil, evil
	in.Proofs.Amendments["s1"][0].Value, in.Proofs.Amendments["s1"][0].Reason = evil, evil
	in.Application.Attachments[0].Name, in.Timeline[0].Detail = evil, evil
	in.Application.Signer.Name, in.Decisions[0].Reason, in.Application.Reason = evil, evil, evil
	f := in.Proofs.Findings["s1"][register.Address]
	f.Columns = []register.Column{{Name: evil, Value: evil}}
	f.Transaction = evil
	in.Proofs.Findings["s1"][register.Address] = f
	text := report.Make(in).Text()
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) || r == utf8.RuneError {
			t.Fatalf("the text holds U+%04X", r)
		}
	}
	if !strings.Contains(text, "A [2Jbci X") {
		t.Error("the texts themselves are gone")
	}
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		made  time.Time
		state dossier.State
		want  string
		over  bool
	}{
		{"before", made, dossier.DossierReady, "days left: 3", false},
		{"on the day, late in the evening", time.Date(2027, 9, 11, 18, 59, 0, 0, time.UTC), dossier.DossierReady, "today", false},
		{"over, though it is the day still in Greenwich", time.Date(2027, 9, 11, 19, 1, 0, 0, time.UTC), dossier.DossierReady, "days ago: 1", true},
		{"nobody hurries any more", made, dossier.Executed, "executed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := input(t, report.English)
			in.Made, in.Application.State = c.made, c.state
			for _, d := range report.Make(in).Deadlines {
				if d.Title == "Last day to decide" && (d.Note != c.want || d.Over != c.over || d.Day != "2027-09-11") {
					t.Errorf("got %+v", d)
				}
			}
		})
	}
	in := input(t, report.English)
	in.Application.State, in.Application.ReturnDue = dossier.Returned, made.Add(48*time.Hour)
	in.Application.SubmittedAt = electionDay.Start()
	var got []string
	for _, d := range report.Make(in).Deadlines {
		got = append(got, d.Title+": "+d.Note)
	}
	for _, want := range []string{"Last day to hand in: handed in late", "Last day to correct: days left: 2", "Election day: days left: 46"} {
		if !strings.Contains(strings.Join(got, "; "), want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

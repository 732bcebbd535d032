package apptest_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
)

func TestCandidatesByTheLaw(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	for _, c := range []struct {
		story, verdict string // once the residence is confirmed
		rules          map[string]string
		statements     apptest.M
	}{
		{"candidate-clean", "eligible", map[string]string{"ALL-ALIVE": "pass", "ALL-CIT": "pass", "LOC-AGE": "pass", "LOC-CRIM": "pass", "LOC-MIL": "pass", "LOC-HEAD": "pass"}, nil},
		{"candidate-expunged", "eligible", map[string]string{"LOC-CRIM": "pass"}, nil},
		{"candidate-judge", "eligible", map[string]string{"LOC-HEAD": "warn"}, nil},
		{"no-diploma", "eligible", map[string]string{"ALL-CAP": "pass"}, nil},
		{"restricted", "eligible", map[string]string{"ALL-ALIVE": "pass"}, nil},
		{"candidate-convicted", "not_eligible", map[string]string{"LOC-CRIM": "fail", "ALL-CUST": "pass"}, nil},
		{"in-custody", "not_eligible", map[string]string{"ALL-CUST": "fail", "LOC-CRIM": "fail"}, nil},
		{"candidate-military", "not_eligible", map[string]string{"LOC-MIL": "fail"}, nil},
		{"candidate-young", "not_eligible", map[string]string{"LOC-AGE": "fail"}, nil},
		{"foreign", "not_eligible", map[string]string{"ALL-CIT": "fail"}, nil},
		{"dead", "not_eligible", map[string]string{"ALL-ALIVE": "fail"}, nil},
		{"incapable", "not_eligible", map[string]string{"ALL-CAP": "fail"}, nil},
		{"limited", "undetermined", map[string]string{"ALL-CAP": "undetermined"}, nil},
		{"candidate-second", "not_eligible", map[string]string{"LOC-CLERGY": "fail", "LOC-MIL": "pass"}, apptest.M{"not_in_service": true, "not_clergy": false}},
	} {
		t.Run(c.story, func(t *testing.T) {
			t.Parallel()
			app := h.Candidate(el, h.Story(t, c.story))
			if c.statements != nil {
				apptest.Subject(app, 0)["statements"] = c.statements
			}
			taken := h.Submit(t, h.DEC, app, apptest.Residence)
			h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
			s := h.Confirm(t, h.DEC, taken.ID).Subjects[0]
			if s.Assessment.Verdict != c.verdict {
				t.Errorf("verdict %s, want %s: %+v", s.Assessment.Verdict, c.verdict, s.Assessment.Rules)
			}
			for rule, want := range c.rules {
				if got := apptest.RuleOf(s, rule); got.Result != want || got.Article == "" || got.Text == "" {
					t.Errorf("%s: %+v, want %s", rule, got, want)
				}
			}
			switch c.story {
			case "restricted":
				if got := apptest.StatusOf(s, register.Address); got != "restricted" || column(s, "home_region").Value != "" {
					t.Errorf("a locked address is %q", got)
				}
			case "no-diploma":
				if got := apptest.StatusOf(s, register.Education); got != "absent" {
					t.Errorf("no diploma is %q", got)
				}
			}
		})
	}
}

// A former passport and a former number name the same person, and the registers
// are asked about the present number.
func TestChangedPassport(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el, p := h.Election(t), h.Story(t, "changed-passport")
	app := h.Observers(el, p, p)
	apptest.Subject(app, 0)["pinfl"] = string(p.PINFLs[0])
	two := apptest.Subject(app, 1)
	delete(two, "pinfl")
	two["passport"], two["birth_date"] = p.Documents[1].Number, p.BirthDate.String()
	taken := h.Submit(t, h.TEC, app)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	for _, s := range d.Subjects {
		if s.Assessment.Verdict != "eligible" || column(s, "surname").Value != p.Surname {
			t.Errorf("subject %s: %+v", s.Ref, s.Assessment)
		}
	}
	for _, c := range h.Mocks.Portal.Calls(portal.OpAddress) {
		if c.Subject == p.PINFLs[0] {
			t.Error("the address was asked for under the former number")
		}
	}
	// One person all the same.
	if got := apptest.ProblemOf(t, h.Decide(t, h.TEC, h.TEC.Chair, h.Decision(h.TEC, d))); got.Code != "not_eligible" {
		t.Errorf("both registered: %v", got)
	}
}

// Nobody of this number: what is not known is never a pass, and the commission
// may refuse.
func TestPersonNobodyKnows(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	app := h.Observers(el, h.Plain(t))
	apptest.Subject(app, 0)["pinfl"] = numbered("3010180989777")
	taken := h.Submit(t, h.TEC, app)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	s := d.Subjects[0]
	if got := apptest.StatusOf(s, register.Personal); got != "absent" || len(s.Columns) != 0 {
		t.Errorf("personal data are %q, columns %v", got, s.Columns)
	}
	for _, c := range s.Checks {
		if c.Register != "personal-data" && c.State != "skipped" {
			t.Errorf("%s is %s, want skipped", c.Register, c.State)
		}
	}
	m := h.Decision(h.TEC, d)
	outcome(m, 0)["reason"] = "R15"
	if err := h.Decide(t, h.TEC, h.TEC.Chair, m); err != nil {
		t.Fatal(err)
	}
	d = h.Await(t, h.TEC, d.ID, "the end", apptest.Told)
	if got := texts(t, h, d)["observer-refused 1"].Text; got != "1 kuzatuvchi etib ro'yxatga olinmadi: ma'lumot tasdiqlanmadi." {
		t.Errorf("told %q", got)
	}
}

// What a person wrote goes into an SMS as it is.
func TestBracesInATerritory(t *testing.T) {
	t.Parallel()
	h := hub(t)
	app := h.Observers(h.Election(t), h.Plain(t))
	apptest.Subject(app, 0)["territory"] = "Mirzo {no} tumani"
	taken := h.Submit(t, h.TEC, app)
	d := h.Execute(t, h.TEC, h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready))
	if got := texts(t, h, d)["observer-registered 1"].Text; !strings.HasSuffix(got, "Mandat 001, Mirzo {no} tumani.") {
		t.Errorf("told %q", got)
	}
}

func failures(t *testing.T, h *apptest.Hub, application string, n int) []client.Failure {
	t.Helper()
	var list []client.Failure
	apptest.Poll(t, "failures", func(ctx context.Context) (bool, any, error) {
		var err error
		list, err = h.Admin.Failures(ctx, client.FailureFilter{Application: application})
		return len(list) == n, list, err
	})
	return list
}

// impatient gives a stage up after three seconds: long enough for a breaker to
// let the replay through.
func impatient(stage string) apptest.Option {
	return apptest.Configure(func(c *config.Config) {
		c.Stages[stage] = config.Over{Retry: config.Policy{Limit: config.Duration(3 * time.Second)}}
	})
}

func TestRegisterDownThenReplayed(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, impatient("check.criminal-record.search"))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpSearch, Kind: chaos.Down}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.DEC, candidateOf(t, h), apptest.Residence)
	failed := failures(t, h, taken.ID, 1)[0]
	if failed.System != "portal" || failed.Operation != "criminal-record.search" || failed.Kind != "unavailable" || failed.Hint == "" || failed.Who == "" {
		t.Errorf("the failure: %+v", failed)
	}
	one, err := h.Admin.Failure(t.Context(), failed.ID)
	if err != nil || len(one.Attempts) < 2 {
		t.Errorf("its attempts: %+v, %v", one.Attempts, err)
	}
	d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	if got := apptest.RuleOf(d.Subjects[0], "LOC-CRIM"); got.Result != "undetermined" || got.Reason != "no_answer" {
		t.Errorf("conviction with the register down: %+v", got)
	}
	d = h.Confirm(t, h.DEC, taken.ID)
	if d.Subjects[0].Assessment.Verdict != "undetermined" {
		t.Errorf("verdict %s", d.Subjects[0].Assessment.Verdict)
	}
	// On what is not known nobody is registered.
	m := h.Decision(h.DEC, d)
	outcome(m, 0)["outcome"] = "register"
	if p := apptest.ProblemOf(t, h.Decide(t, h.DEC, h.DEC.Chair, m)); p.Code != "not_eligible" {
		t.Errorf("registering on an undetermined assessment: %v", p)
	}
	if _, err := h.Admin.Replay(t.Context(), client.FailureFilter{}, "all of it"); apptest.ProblemOf(t, err).Code != "form" {
		t.Errorf("a replay of everything: %v", err)
	}
	h.Mocks.Portal.Heal(portal.OpSearch)
	revision := d.Subjects[0].Assessment.Revision
	n, err := h.Admin.Replay(t.Context(), client.FailureFilter{System: "portal"}, "the register is back")
	if err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	d = h.Await(t, h.DEC, taken.ID, "the next revision", apptest.Verdict("eligible"))
	if got := d.Subjects[0].Assessment.Revision; got != revision+1 {
		t.Errorf("revision %d, want %d", got, revision+1)
	}
	failures(t, h, taken.ID, 0)
	h.Execute(t, h.DEC, d)
}

// Without the personal data nobody else is asked; a replay that brings them
// asks all the others.
func TestPersonalDataDownThenReplayed(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, impatient("check.personal-data.docrest"))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpPersonal, Kind: chaos.Status, Status: 503}); err != nil {
		t.Fatal(err)
	}
	p := h.Plain(t)
	taken := h.Submit(t, h.TEC, h.Observers("kengash", p))
	failures(t, h, taken.ID, 1)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	for _, c := range d.Subjects[0].Checks {
		if want := map[bool]string{true: "failed", false: "skipped"}[c.Register == "personal-data"]; c.State != want {
			t.Errorf("%s is %s, want %s", c.Register, c.State, want)
		}
	}
	if n := h.Mocks.Portal.Count(portal.OpAddress) + h.Mocks.Portal.Count(portal.OpCapacity); n != 0 {
		t.Errorf("%d questions about nobody", n)
	}
	h.Mocks.Portal.Heal(portal.OpPersonal)
	if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{Kind: "unavailable"}, "the register is back"); err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	d = h.Await(t, h.TEC, taken.ID, "the answers", apptest.Verdict("eligible"))
	if got := column(d.Subjects[0], "surname").Value; got != p.Surname {
		t.Errorf("surname %q", got)
	}
	h.Execute(t, h.TEC, d)
}

// A register that works in two steps fails in the second: the replay goes on with
// what the first one left.
func TestSecondStepFailedThenReplayed(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpCheck, Kind: chaos.Status, Status: 400}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), h.Story(t, "candidate-clean")), apptest.Residence)
	failures(t, h, taken.ID, 1)
	h.Mocks.Portal.Heal(portal.OpCheck)
	if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{Application: taken.ID}, "the register is back"); err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	h.Await(t, h.DEC, taken.ID, "the criminal record", func(d client.Dossier) bool {
		return slices.ContainsFunc(d.Subjects[0].Checks, func(c client.Check) bool { return c.Register == "criminal-record" && c.State == "answered" })
	})
	failures(t, h, taken.ID, 0)
	if n := h.Mocks.Portal.Count(portal.OpSearch); n != 1 {
		t.Errorf("the record was ordered %d times", n)
	}
}

// Grounds of conviction, capacity and post leave the commission as bare codes.
func TestGroundsStayInside(t *testing.T) {
	t.Parallel()
	h := hub(t)
	app := h.Candidate(h.Election(t), h.Story(t, "candidate-convicted"))
	taken := h.Submit(t, h.DEC, app, apptest.Residence)
	d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("not_eligible"))
	m := h.Decision(h.DEC, d)
	outcome(m, 0)["reason"] = "R04"
	if err := h.Decide(t, h.DEC, h.DEC.Chair, m); err != nil {
		t.Fatal(err)
	}
	d = h.Await(t, h.DEC, d.ID, "the end", apptest.Told)
	text := texts(t, h, d)["candidate-refused 1"].Text
	due := h.Clock.Today().AddDays(5)
	if want := fmt.Sprintf(": R04. Shikoyat muddati %02d.%02d.%d.", due.Day, due.Month, due.Year); !strings.HasSuffix(text, want) {
		t.Errorf("told %q, want %q at its end", text, want)
	}
	doc, err := h.Store.Document(t.Context(), d.Documents[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"sudlan", "jinoyat"} {
		if strings.Contains(text, word) || strings.Contains(strings.ToLower(string(doc.Data)), word) {
			t.Errorf("the ground gets out: %s, %s", text, doc.Data)
		}
	}
	if !strings.Contains(string(doc.Data), "R04") {
		t.Errorf("the copy names no reason: %s", doc.Data)
	}
}

func candidateOf(t *testing.T, h *apptest.Hub) apptest.M {
	t.Helper()
	app := h.Candidate("kengash", h.Plain(t))
	apptest.Subject(app, 0)["constituency"] = "1726269-7"
	return app
}

// A register that hangs beyond the deadline of the checks: the subject is
// assessed as it stands, and what comes later makes the next revision.
func TestDeadlineOfChecks(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) {
		c.Checks.Deadline = config.Duration(2 * time.Second)
	}))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpCapacity, Kind: chaos.Hang}); err != nil {
		t.Fatal(err)
	}
	taken := h.Submit(t, h.TEC, h.Observers("kengash", h.Plain(t)))
	d := h.Await(t, h.TEC, taken.ID, "the dossier at its deadline", func(d client.Dossier) bool { return d.State == "ready" })
	s := d.Subjects[0]
	if s.Assessment.Verdict != "undetermined" || s.Assessment.Revision != 1 || apptest.RuleOf(s, "ALL-CAP").Reason != "no_answer" || apptest.RuleOf(s, "OBS-AGE").Result != "pass" {
		t.Errorf("at the deadline: %+v", s.Assessment)
	}
	h.Mocks.Portal.Heal(portal.OpCapacity)
	d = h.Await(t, h.TEC, taken.ID, "the late answer", apptest.Verdict("eligible"))
	if got := d.Subjects[0].Assessment.Revision; got != 2 {
		t.Errorf("revision %d, want 2", got)
	}
	h.Execute(t, h.TEC, d)
}

// An answer that says "still in work" many times is waited for and burns no
// attempt.
func TestCriminalRecordTakesItsTime(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.Portal.PendingPolls = 4 }),
		apptest.Configure(func(c *config.Config) {
			c.Retry.Attempts, c.Retry.PendingBase, c.Retry.PendingCap = 2, config.Duration(20*time.Millisecond), config.Duration(50*time.Millisecond)
		}))
	taken := h.Submit(t, h.DEC, candidateOf(t, h), apptest.Residence)
	d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	if got := apptest.RuleOf(d.Subjects[0], "LOC-CRIM"); got.Result != "pass" {
		t.Errorf("conviction: %+v", got)
	}
	if n := h.Mocks.Portal.Count(portal.OpCheck); n != 5 {
		t.Errorf("%d polls, want 5", n)
	}
	if n := h.Mocks.Portal.Count(portal.OpSearch); n != 1 {
		t.Errorf("%d orders, want 1", n)
	}
}

// A commission whose officials nobody has imported cannot ask anybody: that is
// said, and mended by an import and a replay.
func TestCommissionWithoutOfficials(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	id := "17" + el
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"commissions": []any{
		apptest.M{"id": id, "level": "TEC", "title": "Sinov hududiy saylov komissiyasi", "short": "Sinov hududiy saylov komissiyasi"},
	}})); err != nil {
		t.Fatal(err)
	}
	c := &apptest.Commission{Client: h.Admin, ID: id}
	app := h.Observers(el, h.Plain(t))
	app["commission"] = id
	taken := h.Submit(t, c, app)
	failed := failures(t, h, taken.ID, 1)[0]
	if failed.System != "directory" || failed.Code != "no_official" || failed.Hint == "" || failed.Kind != "rejected" {
		t.Errorf("the failure: %+v", failed)
	}
	h.Await(t, c, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	p := h.Story(t, "secretary-tec")
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"officials": []any{
		apptest.M{"id": id + "-secretary", "commission": id, "post": "secretary", "surname": p.Surname, "given": p.GivenName, "pinfl": string(p.PINFL)},
	}})); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Admin.Replay(t.Context(), client.FailureFilter{Application: taken.ID}, "the secretary is imported"); err != nil || n != 1 {
		t.Fatalf("replayed %d, %v", n, err)
	}
	h.Await(t, c, taken.ID, "the answers", apptest.Verdict("eligible"))
}

// More subjects than one transaction of the scatter holds: each is asked about
// once and assessed once.
func TestSoakManySubjects(t *testing.T) {
	t.Parallel()
	if os.Getenv("HUB_SOAK") == "" {
		t.Skip("half a minute under the race detector: set HUB_SOAK=1")
	}
	const many = 210
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.People = 600 }))
	var people []*population.Person
	for range many {
		people = append(people, h.Plain(t))
	}
	taken := h.Submit(t, h.TEC, h.Observers("kengash", people...))
	apptest.Poll(t, "the dossier", func(context.Context) (bool, any, error) {
		state := h.Query(t, `SELECT state FROM application WHERE id=?`, taken.ID) // a dossier of so many is no small thing to poll
		return state[0] == "ready", state, nil
	})
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	for i, s := range d.Subjects {
		if !apptest.Ready(d) || s.Assessment == nil || s.Assessment.Verdict != "eligible" || s.Assessment.Revision != 1 || column(s, "surname").Value != people[i].Surname {
			t.Errorf("subject %s: %+v", s.Ref, s.Assessment)
		}
	}
	for _, op := range []string{portal.OpPersonal, portal.OpAddress, portal.OpCapacity} {
		if n := h.Mocks.Portal.Count(op); n != many {
			t.Errorf("%s was asked %d times, want %d", op, n, many)
		}
	}
}

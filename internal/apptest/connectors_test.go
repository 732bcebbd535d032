package apptest_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks/chaos"
)

// connector finds one operation of the portal in the list.
func connector(t *testing.T, h *apptest.Hub, operation string) client.Connector {
	t.Helper()
	list, err := h.Admin.Connectors(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		if c.System == "portal" && c.Operation == operation {
			return c
		}
	}
	t.Fatalf("no %s in %d operations", operation, len(list))
	return client.Connector{}
}

const diploma = "education.diploma"

// fillOf asks for the columns of a candidate.
func fillOf(t *testing.T, h *apptest.Hub) []byte {
	t.Helper()
	return apptest.JSON(t, apptest.M{
		"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(h.Story(t, "candidate-clean").PINFL),
	})
}

func TestPausedOperationWaits(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	if n, err := h.Admin.Hold(t.Context(), true, "portal", diploma, "the ministry asked for it"); err != nil || n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	c := connector(t, h, diploma)
	if c.State != "paused" || c.Reason != "the ministry asked for it" || c.Actor == "" || c.Since.IsZero() {
		t.Errorf("%+v", c)
	}
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), h.Story(t, "candidate-clean")), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "all checks but the paused one", func(d client.Dossier) bool {
		open := 0
		for _, k := range d.Subjects[0].Checks {
			if k.State != "answered" && k.Register != "education" {
				open++
			}
		}
		return len(d.Subjects[0].Checks) > 4 && open == 0
	})
	if n := h.Mocks.Portal.Count(diploma); n != 0 {
		t.Errorf("%d calls went out while paused", n)
	}
	fill, err := h.DEC.Autofill(t.Context(), fillOf(t, h))
	if err != nil || statuses(fill)["education"] != "unavailable" || statuses(fill)["personal-data"] != "found" {
		t.Errorf("auto-fill: %v, %v", statuses(fill), err)
	}
	if n, err := h.Admin.Hold(t.Context(), false, "portal", "", "done"); err != nil || n < 8 {
		t.Fatalf("%d, %v", n, err)
	}
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Ready)
	if list, err := h.Admin.Failures(t.Context(), client.FailureFilter{}); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
	for _, action := range []string{"connector.paused", "connector.resumed"} {
		if n := h.Query(t, `SELECT count(*) FROM audit WHERE action=?`, action); n[0] != "1" {
			t.Errorf("%s: %s lines in the audit log", action, n[0])
		}
	}
}

func TestMisconfiguredStopsWithOneAlarm(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Probing("candidate-clean"), apptest.Configure(func(c *config.Config) { c.Retry.StoppedDelay = config.Duration(time.Second) }))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: diploma, Kind: chaos.Status, Status: 403, Code: "900908"}); err != nil {
		t.Fatal(err)
	}
	el := h.Election(t)
	var ids []string
	for _, story := range []string{"candidate-clean", "candidate-second", "candidate-judge"} {
		ids = append(ids, h.Submit(t, h.DEC, h.Candidate(el, h.Story(t, story)), apptest.Residence).ID)
	}
	apptest.Poll(t, "the stop", func(context.Context) (bool, any, error) {
		c := connector(t, h, diploma)
		return c.State == "stopped" && c.InFlight == 0 && c.Code == "900908" && strings.Contains(c.Hint, "subscription"), c, nil
	})
	calls := h.Mocks.Portal.Count(diploma) // those that were under way when it stopped among them
	list, err := h.Admin.Probe(t.Context(), "portal", diploma)
	if err != nil || len(list) != 1 || list[0].Outcome != "misconfigured" || list[0].Code != "900908" || list[0].Hint == "" {
		t.Fatalf("a probe that fails: %+v %v", list, err)
	}
	if n := h.Mocks.Portal.Count(diploma); n != calls+1 {
		t.Errorf("%d calls, want the probe's alone after %d", n, calls)
	}
	h.Mocks.Portal.Heal(diploma)
	if list, err = h.Admin.Probe(t.Context(), "portal", diploma); err != nil || len(list) != 1 || list[0].Outcome != "answer" {
		t.Fatalf("a probe that succeeds: %+v %v", list, err)
	}
	if c := connector(t, h, diploma); c.State != "working" {
		t.Errorf("%+v", c)
	}
	for _, id := range ids {
		h.Await(t, h.DEC, id, "the dossier", apptest.Ready)
	}
	if n := strings.Count(h.Log.String(), "operation stopped: it is misconfigured"); n != 1 {
		t.Errorf("%d alarms, want one", n)
	}
}

// Wrong credentials stop what needs them: one alarm, for the token, and not a
// call of the registers.
func TestWrongCredentialsAreOneAlarm(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Configure(func(c *config.Config) { c.Portal.ConsumerSecret.Secret = "another" }))
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), h.Story(t, "candidate-clean")), apptest.Residence)
	apptest.Poll(t, "the stop", func(context.Context) (bool, any, error) {
		c := connector(t, h, "token.main")
		return c.State == "stopped", c, nil
	})
	h.Await(t, h.DEC, taken.ID, "the checks to be opened", func(d client.Dossier) bool { return len(d.Subjects[0].Checks) > 0 })
	for range 5 {
		_, _ = h.DEC.Autofill(t.Context(), fillOf(t, h))
	}
	if n := strings.Count(h.Log.String(), "operation stopped: it is misconfigured"); n != 1 {
		t.Errorf("%d alarms, want one", n)
	}
	if n := h.Mocks.Portal.Count("token"); n > 3 {
		t.Errorf("the token server was asked %d times with wrong credentials", n)
	}
}

// Every mock answers every probe exactly as its contract says.
func TestProbes(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Probing("candidate-clean"), apptest.Configure(func(c *config.Config) { c.SMS.Order = []string{"playmobile", "eskiz"} }))
	list, err := h.Admin.Probe(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	systems := map[string]int{}
	for _, p := range list {
		systems[p.System]++
		if p.Outcome != "answer" {
			t.Errorf("%s %s: %s %s %s", p.System, p.Operation, p.Outcome, p.Code, p.Text)
		}
		for _, d := range p.Differences {
			t.Errorf("%s %s: %+v", p.System, p.Operation, d)
		}
	}
	if len(systems) != 5 || systems["portal"] < 8 {
		t.Errorf("probed %v, want all five systems", systems)
	}
	if n := h.Mocks.Portal.Count("criminal-record.search"); n != 0 {
		t.Error("a probe opened a request for a criminal record")
	}
	if len(h.Mocks.SMS.Inbox()) != 0 {
		t.Error("a probe sent an SMS")
	}
	// What is asked about a person is on record, under a number of its own.
	if n := h.Query(t, `SELECT count(DISTINCT detail) FROM audit WHERE action='register.asked' AND object='probe'`); n[0] != strconv.Itoa(systems["portal"]-1) {
		t.Errorf("%s lines in the audit log for %d questions", n[0], systems["portal"]-1)
	}
	for _, c := range []struct{ system, operation, code string }{
		{"portal", "criminal-record.search", "wrong_state"}, {"nothing", "", "not_found"}, {"portal", "nothing", "not_found"},
	} {
		_, err := h.Admin.Probe(t.Context(), c.system, c.operation)
		if p := apptest.ProblemOf(t, err); p.Code != c.code {
			t.Errorf("%s %s: %+v, want %s", c.system, c.operation, p, c.code)
		}
	}
}

// A system that answers otherwise than agreed is told of field by field, never
// by value.
func TestProbeTellsDifferences(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t, apptest.Probing("candidate-clean"))
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: "registered-address.pin", Kind: chaos.WrongTypes}); err != nil {
		t.Fatal(err)
	}
	list, err := h.Admin.Probe(t.Context(), "portal", "registered-address.pin")
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	p := list[0]
	if p.Outcome != "breach" || len(p.Differences) == 0 {
		t.Fatalf("%+v", p)
	}
	for _, d := range p.Differences {
		if d.Part != "response" || d.Operation != "registered-address.pin" || !strings.HasPrefix(d.Field, "/") || d.Want == "" || d.Got == "" {
			t.Errorf("%+v", d)
		}
	}
	person := string(apptest.JSON(t, p))
	for name, value := range traits(h.Story(t, "candidate-clean")) {
		if value != "" && strings.Contains(person, value) {
			t.Errorf("tells the %s", name)
		}
	}
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	person := h.Story(t, "observer-1")
	taken := h.Submit(t, h.TEC, h.Observers("kengash", person))
	h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	var list []client.Exchange
	apptest.Poll(t, "the records", func(ctx context.Context) (bool, any, error) {
		var err error
		list, err = h.Admin.Exchanges(ctx, client.ExchangeFilter{System: "portal", Operation: "personal-data.docrest"}, 50)
		return len(list) == 1, list, err
	})
	e := list[0]
	if e.Outcome != "answer" || e.Status != 200 || e.Tries != 1 || e.Interactive || e.Asked != "" || e.Answered != "" || len(e.Transaction) != 15 {
		t.Errorf("%+v", e)
	}
	if n := h.Query(t, `SELECT count(*) FROM audit WHERE action='register.asked' AND detail LIKE '%'||?||'%'`, e.Transaction); n[0] != "1" {
		t.Errorf("the number is %s times in the audit log", n[0])
	}
	tokens, err := h.Admin.Exchanges(t.Context(), client.ExchangeFilter{Operation: "token.main"}, 50)
	if err != nil || len(tokens) == 0 {
		t.Fatalf("%+v %v", tokens, err)
	}
	shown, err := h.Admin.Reveal(t.Context(), e.ID, "complaint 17")
	if err != nil || !strings.Contains(shown.Asked, string(person.PINFL)) || !strings.Contains(shown.Answered, "birth_date") {
		t.Errorf("revealed %d and %d bytes, %v", len(shown.Asked), len(shown.Answered), err)
	}
	if secret, err := h.Admin.Reveal(t.Context(), tokens[0].ID, "complaint 17"); err != nil || secret.Asked+secret.Answered != "" {
		t.Errorf("the record of a token holds %d bytes, %v", len(secret.Asked+secret.Answered), err)
	}
	if n := h.Query(t, `SELECT count(*) FROM audit WHERE action='exchange.revealed' AND detail LIKE '%complaint 17%'`); n[0] != "2" {
		t.Errorf("%s lines in the audit log", n[0])
	}
	key, err := h.Admin.CreateKey(t.Context(), "operator", h.TEC.ID, "connectors:read", "connectors:write", "exchanges:read", "exchanges:reveal")
	if err != nil {
		t.Fatal(err)
	}
	bound := h.Client(key)
	for name, do := range map[string]func() error{
		"exchanges": func() error { _, err := bound.Exchanges(t.Context(), client.ExchangeFilter{}, 1); return err },
		"reveal":    func() error { _, err := bound.Reveal(t.Context(), e.ID, "curiosity"); return err },
		"pause":     func() error { _, err := bound.Hold(t.Context(), true, "portal", "", "curiosity"); return err },
		"probe":     func() error { _, err := bound.Probe(t.Context(), "eds", ""); return err },
	} {
		if p := apptest.ProblemOf(t, do()); p.Code != "not_yours" {
			t.Errorf("%s by a commission's key: %+v", name, p)
		}
	}
}

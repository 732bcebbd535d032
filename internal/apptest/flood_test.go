package apptest_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// queueChecks makes n due checks of the personal data, past the door. The first
// hundreds, more than will be worked off, are checks of their own; behind them
// stand jobs alone, which nobody comes to.
func queueChecks(t *testing.T, h *apptest.Hub, n int, p *population.Person) {
	t.Helper()
	election := h.Election(t)
	const each, whole = 200, 400
	stage := checks.StageOf(register.Personal, "docrest")
	newID := func() string { return uuid.Must(uuid.NewV7()).String() }
	for range whole / each {
		a := dossier.Application{
			ID: newID(), Type: "observer-party-register", Election: election, Commission: h.TEC.ID, Applicant: "party", Language: "uz-Latn",
			State: dossier.Checking, Document: []byte("{}"), Signature: []byte("x"), SubmittedBy: "test", SubmittedAt: h.Clock.Now(),
		}
		var asked []dossier.Check
		var jobs []queue.New
		for i := range each {
			s := dossier.Subject{ID: newID(), Application: a.ID, Ref: strconv.Itoa(i), Role: "observer", PINFL: p.PINFL, BirthDate: p.BirthDate, Phone: p.Phone}
			k := dossier.Check{ID: newID(), Subject: s.ID, Register: register.Personal, State: dossier.Open}
			a.Subjects, asked = append(a.Subjects, s), append(asked, k)
			jobs = append(jobs, queue.New{Application: a.ID, Applicant: a.Applicant, Stage: stage, Ref: k.ID, Key: stage + ":" + k.ID, Priority: 50})
		}
		err := h.Store.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if err := tx.AddApplication(ctx, &a); err != nil {
				return err
			}
			if err := tx.AddChecks(ctx, asked, h.Clock.Now().Add(24*time.Hour)); err != nil {
				return err
			}
			return tx.Enqueue(ctx, jobs...)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.DB(t).ExecContext(t.Context(), h.Rebind(`WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM k WHERE i < CAST(? AS BIGINT))
		INSERT INTO job(application, applicant, stage, ref, key, priority, rank, due_at, state, created_at)
		SELECT application, applicant, stage, ref, key || ':' || CAST(i AS TEXT), priority, 1000000+i, due_at, 'ready', created_at
		FROM k, (SELECT * FROM job WHERE stage = ? ORDER BY id DESC LIMIT 1) AS one`), n-whole, stage)
	if err != nil {
		t.Fatal(err)
	}
}

// Thousands of checks of one register (twenty in the soak) wait in the queue, whose workers want
// more places and more of the pace than the register allows. Who asks for
// auto-fill does not wait behind them: places and pace are kept for people. The
// flooded register is held against one that answers as slowly and has no queue,
// asked in the same breath: what else the machine does, it does to both. It runs
// alone, for it measures.
func TestFloodOfChecks(t *testing.T) { //nolint:paralleltest // it measures
	apptest.EmbeddedOnly(t, "it measures, and places and pace are the same code on both")
	const (
		samples  = 15
		every    = 300 * time.Millisecond // three people a second: within the pace that is kept for them
		latency  = 20 * time.Millisecond
		rate     = 20.0 // a second, a quarter of it kept for people
		places   = 8    // a quarter of them kept for people
		workers  = 2 * places
		flooded  = portal.OpPersonal
		idle     = portal.OpEmployment
		patience = time.Second // of two busy cores under the race detector
	)
	n := 5000
	if os.Getenv("HUB_SOAK") != "" {
		n = 20_000
	}
	limits := config.Operation{Limits: config.Limits{
		Bulkhead: places, Reserved: places / 4, BulkheadWait: config.Duration(250 * time.Millisecond), Rate: rate, Burst: places,
	}}
	stage := checks.StageOf(register.Personal, "docrest")
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.Portal.PendingPolls = -1 }),
		apptest.Configure(func(c *config.Config) {
			c.Autofill.Deadline = config.Duration(5 * time.Second)
			c.Portal.Operations = map[string]config.Operation{flooded: limits, idle: limits}
			over := c.Stages[stage]
			over.Workers = workers
			c.Stages[stage] = over
		}))
	in := apptest.JSON(t, apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(h.Story(t, "candidate-clean").PINFL)})
	for _, op := range []string{flooded, idle} {
		if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: op, Kind: chaos.Latency, Delay: latency}); err != nil {
			t.Fatal(err)
		}
	}
	_ = fillOnce(t.Context(), h, in) // the token, the connections
	before := askEvery(t, h, in, samples, every)

	// Nothing is worked off before all are there.
	if _, err := h.Admin.Hold(t.Context(), true, "portal", flooded, "the queue is filled"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	queueChecks(t, h, n, h.Plain(t))
	t.Logf("%d checks were queued in %s", n, time.Since(began).Round(time.Millisecond))
	asked := h.Mocks.Portal.Count(flooded)
	if _, err := h.Admin.Hold(t.Context(), false, "portal", flooded, "it is full"); err != nil {
		t.Fatal(err)
	}
	if err := h.Mocks.Portal.WaitCount(t.Context(), flooded, asked+2*places); err != nil {
		t.Fatal(err)
	}
	asked, began = h.Mocks.Portal.Count(flooded), time.Now()
	during := askEvery(t, h, in, samples, every)
	worked, took := h.Mocks.Portal.Count(flooded)-asked-samples, time.Since(began)

	ready := h.Query(t, `SELECT count(*) FROM job WHERE state IN ('ready', 'waiting') AND stage = ?`, stage)[0]
	if left, err := strconv.Atoi(ready); err != nil || left < n-1000 {
		t.Errorf("%s checks are left in the queue of %d", ready, n)
	}
	// The queue pressed; else nobody was in anybody's way.
	if pace := float64(worked) / took.Seconds(); pace < rate/4 {
		t.Errorf("the queue asked %.1f times a second, it may %.1f times", pace, rate*3/4)
	}
	t.Logf("auto-fill before: p50 %s, p95 %s; behind %d checks: p50 %s, p95 %s; the queue asked %d times in %s",
		quantile(before, 0.5), quantile(before, 0.95), n, quantile(during, 0.5), quantile(during, 0.95), worked, took.Round(time.Millisecond))
	if was, is := quantile(before, 0.95), quantile(during, 0.95); is > 5*was+patience {
		t.Errorf("auto-fill's p95 is %s behind the queue, %s before", is, was)
	}
	of := func(id register.ID, q float64) time.Duration {
		return quantileOf(during, q, func(f filled) time.Duration { return f.each[string(id)] })
	}
	t.Logf("the flooded register: p50 %s, p95 %s; one like it: p50 %s, p95 %s",
		of(register.Personal, 0.5), of(register.Personal, 0.95), of(register.Employment, 0.5), of(register.Employment, 0.95))
	if flood, alone := of(register.Personal, 0.5), of(register.Employment, 0.5); flood > 2*alone+5*latency {
		t.Errorf("the flooded register takes %s, one without a queue %s", flood, alone)
	}
}

// askEvery asks one after another, one each time; all registers must be able to
// tell.
func askEvery(t *testing.T, h *apptest.Hub, in []byte, n int, each time.Duration) []filled {
	t.Helper()
	var out []filled
	tick := time.NewTicker(each)
	defer tick.Stop()
	for range n {
		<-tick.C
		f := fillOnce(t.Context(), h, in)
		if f.err != nil || len(f.statuses) != 7 {
			t.Fatalf("%d registers, %v", len(f.statuses), f.err)
		}
		for id, status := range f.statuses {
			if status == "unavailable" {
				t.Errorf("%s came back unavailable after %s", id, f.each[id])
			}
		}
		out = append(out, f)
	}
	return out
}

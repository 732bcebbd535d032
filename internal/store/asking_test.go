package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// asking is the checks over a store, with registers that answer as told.
type asking struct {
	*checks.Checks

	t       *testing.T
	s       *store.Store
	clock   *time.Time
	asked   []string // register and the person's number, in order
	last    map[register.ID]register.Question
	answers map[register.ID]func(register.Question) (*register.Answer, error)
	stall   string // a stage whose jobs nobody takes
}

// person is what the personal data register says of who asks for a number.
func person(q register.Question) *register.PersonalData {
	return &register.PersonalData{
		PINFL: q.PINFL, PINFLs: nil, Document: sampleDocument, Surname: "SINOV", GivenName: "NAMUNA",
		BirthDate: civil.Date{Year: 1985, Month: 3, Day: 15}, Citizen: true, Alive: true, Sex: "female",
	}
}

func newAsking(t *testing.T, place string) *asking {
	t.Helper()
	clock := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	a := &asking{t: t, clock: &clock, last: map[register.ID]register.Question{}, answers: map[register.ID]func(register.Question) (*register.Answer, error){}}
	now := func() time.Time { return clock }
	a.s = open(t, place, now)
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	a.Checks = &checks.Checks{
		Catalogue: types, Store: a.s, Now: now, Deadline: time.Hour,
		Limit:     func(register.ID, string) time.Duration { return time.Hour },
		NewNumber: func() string { n++; return fmt.Sprint(n) },
	}
	facts := map[register.ID]any{
		register.Address: register.RegisteredAddress{}, register.Employment: register.WorkHistory{}, register.Education: register.EducationRecord{},
		register.Criminal: register.CriminalRecord{}, register.Disability: register.DisabilityRecord{}, register.Capacity: register.CapacityRecord{Capacity: "FULL"},
		register.WorksAt: register.EmployedAt{Employed: true},
	}
	for _, id := range []register.ID{
		register.Personal, register.Address, register.Employment, register.Education, register.Criminal, register.Disability, register.Capacity, register.WorksAt,
	} {
		a.Registers = append(a.Registers, register.Register{ID: id, Title: map[register.ID]string{register.Criminal: "Sudlanganlik"}[id], Operations: []register.Operation{{ID: "ask", Ask: func(_ context.Context, q register.Question) (register.Reply, error) {
			a.asked = append(a.asked, string(id))
			a.last[id] = q
			if answer := a.answers[id]; answer != nil {
				got, err := answer(q)
				return register.Reply{Answer: got}, err
			}
			f := facts[id]
			if id == register.Personal {
				f = person(q)
			}
			return register.Reply{Answer: &register.Answer{Status: register.Found, Facts: f, Columns: []register.Column{{Name: string(id), Value: q.Transaction}}}}, nil
		}}}})
	}
	do(t, a.s, func(ctx context.Context, tx *store.Tx) error {
		return tx.ImportDirectory(ctx, dossier.Directory{
			Elections: []dossier.Election{
				{ID: "local-2026", Kind: "DIST", Day: civil.Date{Year: 2026, Month: 10, Day: 25}},
				{ID: "third-2026", Kind: "DIST", Day: civil.Date{Year: 2026, Month: 10, Day: 25}},
				{ID: "other-2026", Kind: "DIST", Day: civil.Date{Year: 2026, Month: 10, Day: 25}},
			},
			Commissions:   []dossier.Commission{{ID: "TEC-0001", Title: "Namuna komissiyasi", Level: "DEC"}},
			Officials:     []dossier.Official{{ID: "secretary", Commission: "TEC-0001", Post: dossier.Secretary, PINFL: pinfl()}},
			Organisations: []dossier.Organisation{{ID: "party-1", Role: "PARTY", Title: "Namuna partiyasi", TIN: "300000001"}},
		})
	})
	return a
}

// handlers are the stages of the checks.
func (a *asking) handlers() map[string]stagework {
	out := map[string]stagework{
		checks.StageScatter: {a.ScatterChunk, nil}, checks.StageAssess: {a.Assess, nil}, checks.StageDeadline: {a.AtDeadline, nil},
		checks.StageWhole: {a.Whole, nil},
	}
	for _, r := range a.Registers {
		out[checks.StageOf(r.ID, "ask")] = stagework{a.Ask(r, 0), a.GaveUp(r)}
	}
	return out
}

type stagework struct {
	handle func(context.Context, queue.Job, queue.Keeper) (queue.Effect, error)
	giveUp func(queue.Job, queue.Failure) queue.Effect
}

// work does what is due; what a register could not tell is a failure at once.
func (a *asking) work() {
	a.t.Helper()
	ctx := a.t.Context()
	for busy := true; busy; {
		busy = false
		if _, _, err := a.s.Promote(ctx, *a.clock); err != nil {
			a.t.Fatal(err)
		}
		for stage, h := range a.handlers() {
			if stage == a.stall {
				continue
			}
			j, found, err := a.s.Claim(ctx, queue.Claim{Stage: stage, Now: *a.clock, Lease: time.Minute})
			if err != nil {
				a.t.Fatal(err)
			}
			if !found {
				continue
			}
			busy = true
			keep := func(ctx context.Context, e queue.Effect) error { return a.s.Keep(ctx, j.Lease, e) }
			effect, err := h.handle(ctx, j, keep)
			if err != nil {
				if h.giveUp == nil {
					a.t.Fatal(stage, err)
				}
				f := queue.FailureOf(err, *a.clock)
				err = a.s.Fail(ctx, j.Lease, f, h.giveUp(j, f))
			} else {
				if effect == nil {
					effect = func(context.Context, queue.Tx) error { return nil }
				}
				err = a.s.Finish(ctx, j.Lease, effect)
			}
			if err != nil {
				a.t.Fatal(stage, err)
			}
		}
	}
}

// begin stores an application that is being checked and scatters it.
func (a *asking) begin(d *dossier.Application) *dossier.Application {
	a.t.Helper()
	d.State = dossier.Checking
	do(a.t, a.s, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddApplication(ctx, d); err != nil {
			return err
		}
		return tx.Enqueue(ctx, a.Scatter(*d)...)
	})
	return d
}

func (a *asking) candidate() *dossier.Application {
	d := application("TEC-0001", 1)
	d.Type = "candidate-register-district"
	d.Subjects[0].Role = "candidate"
	return d
}

func (a *asking) subject(id string) checks.Subject {
	a.t.Helper()
	s, err := a.s.CheckSubject(a.t.Context(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *asking) again(id string, registers ...register.ID) {
	a.t.Helper()
	effect, err := a.AskAgain(a.t.Context(), a.subject(id), registers)
	if err != nil {
		a.t.Fatal(err)
	}
	do(a.t, a.s, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
}

func (a *asking) findings(id string) map[register.ID]dossier.Finding {
	a.t.Helper()
	found, err := a.s.NewestFindings(a.t.Context(), id)
	if err != nil {
		a.t.Fatal(err)
	}
	return found
}

func (a *asking) state(application string) dossier.State {
	a.t.Helper()
	d, err := a.s.Application(a.t.Context(), application)
	if err != nil {
		a.t.Fatal(err)
	}
	return d.State
}

func (a *asking) revision(application, subject string) int {
	a.t.Helper()
	list, err := a.s.LatestAssessments(a.t.Context(), application)
	if err != nil {
		a.t.Fatal(err)
	}
	return list[subject].Revision
}

// sound fails when the ledger finds a row that nothing valid has.
func (a *asking) sound() {
	a.t.Helper()
	err := a.s.Ledger(a.t.Context(), func(ctx context.Context, m reconcile.Moment) error {
		for _, o := range []reconcile.Oddity{reconcile.Unanswered, reconcile.Unasked} {
			n, items, err := m.Oddities(ctx, o, 3)
			if err != nil {
				return err
			}
			if n != 0 {
				a.t.Error(o, items)
			}
		}
		return nil
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func askings(t *testing.T, test func(t *testing.T, a *asking)) {
	t.Helper()
	t.Parallel()
	each(t, func(t *testing.T, where where) { test(t, newAsking(t, where(t))) })
}

func failing(register.Question) (*register.Answer, error) {
	return nil, fault.New(fault.Rejected, fmt.Errorf("x"))
}

func TestAskedAgain(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := a.begin(a.candidate())
		a.work()
		id := d.Subjects[0].ID
		if got := a.state(d.ID); got != dossier.DossierReady || len(a.asked) != 7 || a.revision(d.ID, id) != 1 {
			t.Fatalf("%s, asked %v, revision %d", got, a.asked, a.revision(d.ID, id))
		}
		first := a.findings(id)
		*a.clock = a.clock.Add(6 * 24 * time.Hour)
		stale := checks.Stale(first, *a.clock)
		if diff := cmp.Diff([]register.ID{register.Criminal, register.Capacity}, stale); diff != "" {
			t.Fatal(diff)
		}
		a.asked = nil
		a.again(id, stale...)
		a.again(id, stale...) // they are open: nothing more
		a.sound()
		a.work()
		slices.Sort(a.asked)
		if diff := cmp.Diff([]string{"criminal-record", "legal-capacity"}, a.asked); diff != "" {
			t.Error(diff)
		}
		now := a.findings(id)
		if len(checks.Stale(now, *a.clock)) != 0 || now[register.Criminal].ID == first[register.Criminal].ID || now[register.Address].ID != first[register.Address].ID {
			t.Errorf("findings %v", now)
		}
		if got := a.revision(d.ID, id); got != 2 {
			t.Errorf("revision %d", got)
		}
		a.sound()

		// A register that does not tell leaves the earlier finding; it can be asked
		// once more, and the failure of the round before does nothing by then.
		a.answers[register.Criminal] = failing
		a.again(id, register.Criminal)
		a.work()
		a.sound()
		a.answers[register.Criminal] = nil
		a.asked = nil
		a.again(id, register.Criminal)
		if _, err := a.s.Replay(t.Context(), store.FailureFilter{Application: d.ID}, "key:1", "again"); err != nil {
			t.Fatal(err)
		}
		a.work()
		if len(a.asked) != 1 {
			t.Errorf("asked %v", a.asked)
		}
		a.sound()
	})
}

// Where the personal data are asked again, the others wait for them.
func TestAskedAgainByTheNumberOfNow(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		d := a.begin(a.candidate())
		a.work()
		id, later := d.Subjects[0].ID, pinfl()
		a.asked = nil
		a.answers[register.Personal] = func(q register.Question) (*register.Answer, error) {
			p := person(q)
			p.PINFL, p.PINFLs = later, append(p.PINFLs, q.PINFL, later)
			return &register.Answer{Status: register.Found, Facts: p}, nil
		}
		a.again(id, register.Capacity, register.Personal)
		a.work()
		if strings.Join(a.asked, " ") != "personal-data legal-capacity" || a.last[register.Capacity].PINFL != later {
			t.Errorf("asked %v", a.asked)
		}
		a.sound()
	})
}

// Checks that ended because nobody was identified are asked once somebody is.
func TestAskedAgainWhoItIs(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		a.answers[register.Personal] = func(register.Question) (*register.Answer, error) {
			return &register.Answer{Status: register.Absent}, nil
		}
		d := a.begin(a.candidate())
		a.work()
		id := d.Subjects[0].ID
		if len(a.asked) != 1 || a.state(d.ID) != dossier.DossierReady {
			t.Fatalf("asked %v", a.asked)
		}
		a.asked, a.answers[register.Personal] = nil, nil
		a.again(id, register.Capacity)
		a.work()
		if len(a.asked) != 7 || a.asked[0] != "personal-data" || len(a.findings(id)) != 7 {
			t.Errorf("asked %v", a.asked)
		}
		a.sound()
	})
}

// Nothing is asked about people of an application that is not decided any more.
func TestNotAskedWhenDropped(t *testing.T) {
	for name, steps := range map[string][]dossier.State{
		"returned":  {dossier.Returned},
		"withdrawn": {dossier.Withdrawn},
		"lapsed":    {dossier.Returned, dossier.Lapsed},
	} {
		t.Run(name, func(t *testing.T) {
			askings(t, func(t *testing.T, a *asking) {
				o := a.telling()
				drop := func(d *dossier.Application) {
					do(t, a.s, func(ctx context.Context, tx *store.Tx) error {
						from := dossier.Checking
						for _, to := range steps {
							if err := tx.Move(ctx, d.ID, from, to, ""); err != nil {
								return err
							}
							from = to
						}
						return nil
					})
				}
				before, during := a.begin(a.candidate()), a.begin(a.candidate())
				drop(before)
				a.stall = checks.StageOf(register.Criminal, "ask")
				a.work()
				if len(a.asked) != 6 {
					t.Errorf("asked %v", a.asked)
				}
				drop(during)
				a.stall = ""
				*a.clock = a.clock.Add(2 * time.Hour)
				a.work()
				if len(a.asked) != 6 || len(o.list) != 0 || a.revision(during.ID, during.Subjects[0].ID) != 0 {
					t.Errorf("asked %v, told %v", a.asked, o.list)
				}
				a.again(during.Subjects[0].ID, register.Capacity)
				a.work()
				if len(a.asked) != 6 {
					t.Errorf("asked again: %v", a.asked)
				}
				a.sound()
			})
		})
	}
}

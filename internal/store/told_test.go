package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// told remembers what took effect, once for each key.
type told struct {
	keys map[string]bool
	list []string
}

func (o *told) Act(_ context.Context, a dossier.Application, act string, params map[string]string, subject *dossier.Subject, key string) (queue.Effect, error) {
	about := ""
	if subject != nil {
		about = subject.Ref
	}
	return func(context.Context, queue.Tx) error {
		if o.keys[act+key] || a.Number == "" || a.Language == "" {
			return nil
		}
		o.keys[act+key] = true
		o.list = append(o.list, fmt.Sprint(act, " ", about, " ", params))
		return nil
	}, nil
}

func (a *asking) telling() *told {
	o := &told{keys: map[string]bool{}}
	a.Announcer = o
	return o
}

func TestToldOfWhoIsNotEligible(t *testing.T) {
	for name, c := range map[string]struct {
		register register.ID
		facts    any
		want     string
	}{
		"too young, which anybody may know": {
			register.Personal, &register.PersonalData{Document: sampleDocument, BirthDate: civil.Date{Year: 2010, Month: 1, Day: 1}, Citizen: true, Alive: true},
			"check_failed s0 map[rule:LOC-AGE]",
		},
		"incapable, which is the commission's to know": {
			register.Capacity, &register.CapacityRecord{Capacity: "NONE"},
			"check_failed s0 map[rule:Saylov kodeksi]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			askings(t, func(t *testing.T, a *asking) {
				o := a.telling()
				a.answers[c.register] = func(q register.Question) (*register.Answer, error) {
					if p, ok := c.facts.(*register.PersonalData); ok {
						p.PINFL = q.PINFL
					}
					return &register.Answer{Status: register.Found, Facts: c.facts}, nil
				}
				d := a.begin(a.candidate())
				a.work()
				if diff := cmp.Diff([]string{c.want}, o.list); diff != "" {
					t.Fatal(diff)
				}
				a.again(d.Subjects[0].ID, register.Address) // the next revision says the same
				a.work()
				if got := a.revision(d.ID, d.Subjects[0].ID); got != 2 || len(o.list) != 1 {
					t.Errorf("revision %d, told %v", got, o.list)
				}
				// Eligible by a later answer, and then not again: told again.
				no := a.answers[c.register]
				for _, answer := range []func(register.Question) (*register.Answer, error){nil, no} {
					a.answers[c.register] = answer
					a.again(d.Subjects[0].ID, c.register)
					a.work()
				}
				if len(o.list) != 2 {
					t.Errorf("told %v", o.list)
				}
			})
		})
	}
}

func TestToldOnceOfARegisterThatIsAway(t *testing.T) {
	askings(t, func(t *testing.T, a *asking) {
		o := a.telling()
		a.answers[register.Criminal] = func(register.Question) (*register.Answer, error) {
			return nil, fault.New(fault.Unavailable, fmt.Errorf("x"))
		}
		d := a.candidate()
		d.Subjects = application("TEC-0001", 3).Subjects
		for i := range d.Subjects {
			d.Subjects[i].Application = d.ID
		}
		a.begin(d)
		a.stall = "check.criminal-record.ask"
		a.work()
		if len(o.list) != 0 || a.state(d.ID) != dossier.Checking {
			t.Fatalf("told %v, %s", o.list, a.state(d.ID))
		}
		*a.clock = a.clock.Add(a.Deadline + time.Second)
		a.work()
		if diff := cmp.Diff([]string{"check_pending  map[source:Sudlanganlik]"}, o.list); diff != "" {
			t.Error(diff)
		}
		if a.state(d.ID) != dossier.DossierReady {
			t.Error(a.state(d.ID))
		}
		a.sound()
	})
}

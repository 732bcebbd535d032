package autofill_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Made up: the former and the present number of one person.
const (
	former  = "30101809910013"
	present = "30101809920010"
)

type officials struct{}

func (officials) Officials(_ context.Context, commission string) ([]dossier.Official, error) {
	if commission != "1726" {
		return nil, nil
	}
	return []dossier.Official{{ID: "secretary", PINFL: "sender"}}, nil
}

func (officials) Applicant(_ context.Context, id string) (dossier.Applicant, bool, error) {
	return dossier.Applicant{ID: id, TIN: "300000001"}, id == "outlet", nil
}

type ask = func(context.Context, register.Question) (register.Reply, error)

// desk is a filler over made-up registers and what happened at it.
type desk struct {
	*autofill.Filler
	mu    sync.Mutex
	asked []string // register, transaction and number, in order of asking
	audit []dossier.AuditLine
	fail  int // the audit fails from this write on; 0: never
}

func found(facts any, columns ...register.Column) ask {
	return func(context.Context, register.Question) (register.Reply, error) {
		return register.Reply{Answer: &register.Answer{Status: register.Found, Facts: facts, Columns: columns}}, nil
	}
}

func hang(ctx context.Context, _ register.Question) (register.Reply, error) {
	<-ctx.Done()
	return register.Reply{}, fault.New(fault.Unavailable, ctx.Err())
}

func failing(k fault.Kind) ask {
	return func(context.Context, register.Question) (register.Reply, error) {
		return register.Reply{}, fault.New(k, errors.New("x"))
	}
}

func identity() ask {
	return found(&register.PersonalData{PINFL: present, Document: "XA0000001"}, register.Column{Name: "surname", Value: "SINOV"})
}

func newDesk(t *testing.T, answers map[register.ID]ask) *desk {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{}
	n, writes := 0, 0
	d.Filler = &autofill.Filler{
		Catalogue: c, Store: officials{}, Interactive: func(ctx context.Context) context.Context { return ctx },
		Now: time.Now, Deadline: 3 * time.Second,
		NewNumber: func() string { n++; return fmt.Sprint("t", n) },
		Audit: func(_ context.Context, lines []dossier.AuditLine) error {
			if writes++; d.fail > 0 && writes >= d.fail {
				return errors.New("the disk is full")
			}
			d.audit = append(d.audit, lines...)
			return nil
		},
	}
	for _, id := range []register.ID{register.Personal, register.Address, register.Employment, register.Education, register.Criminal, register.Disability, register.Capacity} {
		answer := answers[id]
		if answer == nil {
			answer = found(nil)
		}
		d.Registers = append(d.Registers, register.Register{
			ID: id, NeedsIdentity: id == register.Criminal || id == register.Disability,
			Operations: []register.Operation{{ID: "ask", Ask: func(ctx context.Context, q register.Question) (register.Reply, error) {
				d.mu.Lock()
				d.asked = append(d.asked, fmt.Sprint(id, " ", q.Transaction, " ", string(q.PINFL), string(q.Document)))
				d.mu.Unlock()
				return answer(ctx, q)
			}}},
		})
	}
	return d
}

func statuses(a autofill.Answer) map[register.ID]autofill.Status {
	out := map[register.ID]autofill.Status{}
	for _, r := range a.Registers {
		out[r.Register] = r.Status
	}
	return out
}

var byNumber = autofill.Request{Type: "candidate-register-district", Official: "secretary", Bound: "1726", PINFL: present, By: "key"}

func TestAnswersWithinTheDeadline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers map[register.ID]ask
		took    time.Duration
		want    map[register.ID]autofill.Status
	}{
		{"all answer", map[register.ID]ask{register.Personal: identity()}, 0, map[register.ID]autofill.Status{}},
		{
			"one hangs",
			map[register.ID]ask{register.Personal: identity(), register.Education: hang},
			3 * time.Second,
			map[register.ID]autofill.Status{register.Education: autofill.Unavailable},
		},
		{
			"the personal data hang",
			map[register.ID]ask{register.Personal: hang},
			3 * time.Second,
			map[register.ID]autofill.Status{register.Personal: autofill.Unavailable, register.Criminal: autofill.Unavailable, register.Disability: autofill.Unavailable},
		},
		{
			"the personal data fail",
			map[register.ID]ask{register.Personal: failing(fault.Breach)},
			0,
			map[register.ID]autofill.Status{register.Personal: autofill.Unavailable, register.Criminal: autofill.Unavailable, register.Disability: autofill.Unavailable},
		},
		{"one works on it, one is misconfigured", map[register.ID]ask{
			register.Personal: identity(), register.Criminal: failing(fault.Pending), register.Employment: failing(fault.Misconfigured),
		}, 0, map[register.ID]autofill.Status{register.Criminal: autofill.Pending, register.Employment: autofill.Unavailable}},
		{"one panics", map[register.ID]ask{
			register.Personal: identity(), register.Address: func(context.Context, register.Question) (register.Reply, error) { panic("x") },
		}, 0, map[register.ID]autofill.Status{register.Address: autofill.Unavailable}},
		{
			"the personal data panic",
			map[register.ID]ask{register.Personal: func(context.Context, register.Question) (register.Reply, error) { panic("x") }},
			0,
			map[register.ID]autofill.Status{register.Personal: autofill.Unavailable, register.Criminal: autofill.Unavailable, register.Disability: autofill.Unavailable},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t, c.answers)
				began := time.Now()
				a, err := d.Fill(t.Context(), byNumber)
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != c.took {
					t.Errorf("took %s, want %s", took, c.took)
				}
				want := map[register.ID]autofill.Status{}
				for _, r := range d.Registers {
					want[r.ID] = autofill.Found
				}
				maps.Copy(want, c.want)
				if diff := cmp.Diff(want, statuses(a)); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestAskedUnderAFormerNumber(t *testing.T) {
	t.Parallel()
	r := byNumber
	r.PINFL = former
	t.Run("all are asked again under the present one", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			slow := func(ctx context.Context, q register.Question) (register.Reply, error) {
				if string(q.PINFL) == former {
					return hang(ctx, q)
				}
				return found(nil, register.Column{Name: "address", Value: "now"})(ctx, q)
			}
			d := newDesk(t, map[register.ID]ask{register.Personal: identity(), register.Address: slow})
			a, err := d.Fill(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			byTransaction := map[string]bool{}
			for _, l := range d.audit {
				byTransaction[l.Detail["register"]+" "+l.Detail["transaction"]+" "+string(l.Subject)+string(l.Document)] = true
			}
			for _, one := range a.Registers {
				number, document := present, "XA0000001"
				if one.Register == register.Personal {
					number, document = former, ""
				}
				if one.Status != autofill.Found || (one.Register != register.Personal && one.Register != register.Criminal && one.Register != register.Disability &&
					!byTransaction[string(one.Register)+" "+one.Transaction+" "+number+document]) {
					t.Errorf("%s is %s under %s, on record: %v", one.Register, one.Status, one.Transaction, byTransaction)
				}
			}
			for _, c := range a.Columns {
				if c.Name == "address" && c.Value == "now" {
					return
				}
			}
			t.Errorf("columns %v", a.Columns)
		})
	})
	t.Run("and not, when that cannot be put on record", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t, map[register.ID]ask{register.Personal: identity()})
			d.fail = 2
			a, err := d.Fill(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if got := statuses(a); got[register.Address] != autofill.Unavailable || got[register.Personal] != autofill.Found {
				t.Errorf("got %v", got)
			}
			synctest.Wait() // for those who were asked and not waited for
			for _, one := range d.asked {
				if one[:4] == "regi" && one[len(one)-len(former):] != former {
					t.Errorf("asked without a record: %s", one)
				}
			}
		})
	})
}

func TestNothingIsAskedOffRecord(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.fail = 1
	if _, err := d.Fill(t.Context(), byNumber); err == nil || len(d.asked) != 0 {
		t.Errorf("%v, asked %v", err, d.asked)
	}
}

func TestByPassportEverybodyWaitsForTheNumber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, map[register.ID]ask{register.Personal: identity()})
		born := civil.Date{Year: 1980, Month: 1, Day: 1}
		_, err := d.Fill(t.Context(), autofill.Request{
			Type: "candidate-register-district", Official: "secretary", Bound: "1726", Passport: "xa 0000001", BirthDate: born.String(), By: "key",
		})
		if err != nil || len(d.asked) != 7 {
			t.Fatalf("%v, asked %v", err, d.asked)
		}
		if d.asked[0] != "personal-data t1 XA0000001" {
			t.Errorf("asked first: %s", d.asked[0])
		}
		for _, one := range d.asked[1:] {
			if one[len(one)-len(present+"XA0000001"):] != present+"XA0000001" {
				t.Errorf("asked without the number: %s", one)
			}
		}
	})
}

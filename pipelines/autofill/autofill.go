// Package autofill fills the columns about one person at once: it asks the
// registers that the application type names in parallel, inside one deadline,
// and answers with what it has then, and a receipt for it. It stores nothing but
// the audit lines of what was asked about whom.
package autofill

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// Status of one register in an answer.
type Status string

// The statuses. The first three are the register's own words; pending and
// unavailable say nothing about the person.
const (
	Found       Status = Status(register.Found)
	Absent      Status = Status(register.Absent)
	Restricted  Status = Status(register.Restricted)
	Pending     Status = "pending"
	Unavailable Status = "unavailable"
)

// Request names a person and for what the columns are.
type Request struct {
	Type      string
	Official  string // id; the acting official
	Bound     string // commission the caller is bound to, or named; the official must be of it
	PINFL     string
	Passport  string
	BirthDate string
	Applicant string // organisation that is to employ the person, where the type asks for that
	By        string // API key
}

// Column is a filled column with where it came from.
type Column struct {
	register.Column
	Register    register.ID
	Transaction string
	At          time.Time
}

// Result of one register.
type Result struct {
	Register    register.ID
	Status      Status
	Transaction string
	Took        time.Duration
	at          time.Time
	columns     []Column
	facts       any
}

// Answer is all that is known at the deadline.
type Answer struct {
	Columns   []Column
	Registers []Result  // in the type's order
	Receipt   string    // proves all of it to this hub; empty: no register answered
	Expires   time.Time // when the receipt does
}

// Reader is what auto-fill looks up.
type Reader interface {
	Officials(ctx context.Context, commission string) ([]dossier.Official, error)
	Applicant(ctx context.Context, id string) (dossier.Applicant, bool, error)
}

// Filler asks.
type Filler struct {
	Catalogue   *catalogue.Catalogue
	Registers   []register.Register
	Store       Reader
	Audit       func(ctx context.Context, lines []dossier.AuditLine) error
	Interactive func(context.Context) context.Context // marks calls that use the reserved share
	Sign        func(receipt.Receipt) (token string, expires time.Time, err error)
	NewNumber   func() string
	Now         func() time.Time
	Deadline    time.Duration
}

// Fill answers within the deadline, whatever the registers do.
func (f *Filler) Fill(ctx context.Context, r Request) (Answer, error) {
	t, ok := f.Catalogue.Type(r.Type)
	if !ok {
		return Answer{}, dossier.Refuse(dossier.UnknownType, "/type", fmt.Sprintf("want one of %v", f.Catalogue.Types()))
	}
	q, err := f.question(ctx, r, t)
	if err != nil {
		return Answer{}, err
	}
	var regs []register.Register
	for _, id := range t.Checks {
		if id == register.WorksAt && q.Employer == "" {
			continue // nobody said where
		}
		i := slices.IndexFunc(f.Registers, func(x register.Register) bool { return x.ID == id })
		if i < 0 {
			return Answer{}, fault.New(fault.Defect, fmt.Errorf("no connector for the register %s", id))
		}
		regs = append(regs, f.Registers[i])
	}
	numbers, err := f.record(ctx, regs, r, q)
	if err != nil {
		return Answer{}, err
	}
	a := f.ask(ctx, regs, numbers, r, q)
	return a, f.receipt(&a, r, q)
}

// record chooses a transaction id for each register and writes down what is
// about to be asked about whom.
func (f *Filler) record(ctx context.Context, regs []register.Register, r Request, q register.Question) (map[register.ID]string, error) {
	numbers := map[register.ID]string{}
	lines := make([]dossier.AuditLine, len(regs))
	for i, reg := range regs {
		numbers[reg.ID] = f.NewNumber()
		lines[i] = dossier.AuditLine{
			At: f.Now(), Actor: "key:" + r.By, Action: "register.asked", Object: "autofill", Subject: q.PINFL, Document: q.Document,
			Detail: map[string]string{"register": string(reg.ID), "transaction": numbers[reg.ID], "purpose": q.Purpose, "official": r.Official},
		}
	}
	return numbers, f.Audit(ctx, lines)
}

// ask runs all registers and returns what has come by the deadline; what comes
// later is thrown away.
func (f *Filler) ask(ctx context.Context, regs []register.Register, numbers map[register.ID]string, r Request, q register.Question) Answer {
	ctx, cancel := context.WithTimeout(f.Interactive(ctx), f.Deadline)
	defer cancel()
	identity := newPromise()
	results := make(chan Result, 2*len(regs)) // each is asked twice at most
	start := func(regs []register.Register, q register.Question) {
		for _, reg := range regs {
			own := q
			own.Transaction = numbers[reg.ID]
			go func() { results <- f.one(ctx, reg, own, identity) }()
		}
	}
	start(regs, q)
	got := map[register.ID]Result{}
	for len(got) < len(regs) {
		select {
		case one := <-results:
			if one.Transaction != numbers[one.Register] {
				continue // asked under a number of the past
			}
			got[one.Register] = one
			now, again := renumbered(one, q, regs)
			if len(again) == 0 {
				continue
			}
			fresh, err := f.record(ctx, again, r, now)
			for _, reg := range again {
				numbers[reg.ID] = fresh[reg.ID]
				delete(got, reg.ID)
				if err != nil { // what is not on record is not asked
					got[reg.ID] = Result{Register: reg.ID, Status: Unavailable, Transaction: fresh[reg.ID]}
				}
			}
			if err == nil {
				start(again, now)
			}
			continue
		case <-ctx.Done():
		}
		break
	}
	var a Answer
	for _, reg := range regs {
		one, ok := got[reg.ID]
		if !ok {
			one = Result{Register: reg.ID, Status: Unavailable, Transaction: numbers[reg.ID], Took: f.Deadline}
		}
		a.Registers = append(a.Registers, one)
		a.Columns = append(a.Columns, one.columns...)
	}
	return a
}

// renumbered says which registers must be asked again when the personal data
// name another PINFL than the one we were given: that one is of the past, and
// what a register says of it may be nothing, or about somebody else.
func renumbered(one Result, q register.Question, regs []register.Register) (register.Question, []register.Register) {
	who, ok := one.facts.(*register.PersonalData)
	if one.Register != register.Personal || !ok || who == nil || q.PINFL == "" || who.PINFL == q.PINFL {
		return q, nil
	}
	q.PINFL, q.Document, q.BirthDate, q.Identity = who.PINFL, who.Document, who.BirthDate, who
	var again []register.Register
	for _, reg := range regs {
		if reg.ID != register.Personal && !reg.NeedsIdentity {
			again = append(again, reg)
		}
	}
	return q, again
}

// promise hands the personal data to the registers that need them.
type promise struct {
	once sync.Once
	done chan struct{}
	data *register.PersonalData
}

func newPromise() *promise { return &promise{done: make(chan struct{})} }

func (p *promise) keep(d *register.PersonalData) {
	p.once.Do(func() { p.data = d; close(p.done) })
}

func (p *promise) wait(ctx context.Context) *register.PersonalData {
	select {
	case <-p.done:
		return p.data
	case <-ctx.Done():
		return nil
	}
}

// one asks one register, waiting for the personal data where it needs them.
func (f *Filler) one(ctx context.Context, reg register.Register, q register.Question, identity *promise) (r Result) {
	began := f.Now()
	r = Result{Register: reg.ID, Status: Unavailable, Transaction: q.Transaction}
	defer func() {
		if p := recover(); p != nil {
			r = Result{Register: reg.ID, Status: Unavailable, Transaction: q.Transaction}
		}
		r.Took = f.Now().Sub(began)
		if reg.ID == register.Personal {
			d, _ := r.facts.(*register.PersonalData)
			identity.keep(d)
		}
	}()
	if reg.ID != register.Personal && (reg.NeedsIdentity || q.PINFL == "") {
		who := identity.wait(ctx)
		if who == nil {
			return r
		}
		q.PINFL, q.Document, q.BirthDate = who.PINFL, who.Document, who.BirthDate
		if reg.NeedsIdentity {
			q.Identity = who
		}
	}
	for _, op := range reg.Operations {
		reply, err := op.Ask(ctx, q)
		if err != nil {
			if fault.KindOf(err) == fault.Pending {
				r.Status = Pending
			}
			return r
		}
		if reply.Answer == nil {
			q.Token = reply.Continue
			continue
		}
		r.Status, r.facts, r.at = Status(reply.Answer.Status), reply.Answer.Facts, f.Now().UTC().Truncate(time.Millisecond) // as findings keep it
		for _, c := range reply.Answer.Columns {
			r.columns = append(r.columns, Column{Column: c, Register: reg.ID, Transaction: q.Transaction, At: r.at})
		}
		return r
	}
	return r
}

// question reads the request strictly.
func (f *Filler) question(ctx context.Context, r Request, t catalogue.Type) (register.Question, error) {
	q := register.Question{Purpose: t.Purpose}
	if r.Bound == "" {
		return q, dossier.Refuse(dossier.BadForm, "/commission", "required: the acting official's commission")
	}
	officials, err := f.Store.Officials(ctx, r.Bound)
	if err != nil {
		return q, err
	}
	i := slices.IndexFunc(officials, func(o dossier.Official) bool { return o.ID == r.Official })
	if i < 0 {
		return q, dossier.Refuse(dossier.NotEntitled, "/official", "want the id of an official of this commission")
	}
	q.Official = officials[i].PINFL
	if r.Applicant != "" {
		a, ok, err := f.Store.Applicant(ctx, r.Applicant)
		if err != nil {
			return q, err
		}
		if !ok || a.TIN == "" {
			return q, dossier.Refuse(dossier.UnknownRecord, "/applicant", "want an organisation of the directory")
		}
		q.Employer = a.TIN
	}
	switch {
	case r.PINFL != "" && r.Passport == "":
		if q.PINFL, err = personal.ParsePINFL(r.PINFL); err != nil {
			return q, dossier.Refuse(dossier.BadForm, "/pinfl", err.Error())
		}
		if q.BirthDate = q.PINFL.BirthDate(); !personal.Plausible(q.BirthDate, f.Now()) {
			return q, dossier.Refuse(dossier.BadForm, "/pinfl", "the birth date in it is not plausible")
		}
	case r.PINFL == "" && r.Passport != "":
		if q.Document, err = personal.ParseDocument(r.Passport); err != nil {
			return q, dossier.Refuse(dossier.BadForm, "/passport", err.Error())
		}
		if q.BirthDate, err = civil.Parse(r.BirthDate); err != nil {
			return q, dossier.Refuse(dossier.BadForm, "/birth_date", "required with a passport: want YYYY-MM-DD")
		}
		if !personal.Plausible(q.BirthDate, f.Now()) {
			return q, dossier.Refuse(dossier.BadForm, "/birth_date", "the birth date is not plausible")
		}
	default:
		return q, dossier.Refuse(dossier.BadForm, "/pinfl", "want either pinfl, or passport with birth_date")
	}
	return q, nil
}

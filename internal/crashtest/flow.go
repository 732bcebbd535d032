package crashtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// FlowOptions of Flow. The zero value of a field means its documented default.
type FlowOptions struct {
	Callers int           // commission applications at once; default 4
	Open    int           // applications under way at once; default 24
	Pause   time.Duration // of a caller between two submissions; default 150 ms
	Limit   int           // applications in all; zero: until Stop; below zero: none but what Hand and Observe submit
	Only    string        // candidate or observers; empty: all of the demo's kinds
	Front   string        // address of a front to all processes; empty: any process
}

// Entry is what the ledger knows of one application: what a commission
// application knows that handed it in.
type Entry struct {
	ID, Number string
	Commission string
	Candidate  bool
	Refs       []string
	Accepted   time.Time
	Final      time.Time         // zero: not yet
	Outcomes   map[string]string // by ref, of the decision that stood
	Decision   string            // its number
	Drafts     int               // decisions handed in
}

// Flow is a stream of applications, each followed to its end.
type Flow struct {
	w      *World
	o      FlowOptions
	ctx    context.Context //nolint:containedctx // of the whole flow, which outlives the call that starts it
	cancel context.CancelFunc
	stop   chan struct{}
	once   sync.Once
	open   chan struct{}
	feeds  sync.WaitGroup
	follow sync.WaitGroup
	desk   sync.WaitGroup
	left   atomic.Int64

	Answers Answers      // that made callers send requests again
	Twice   atomic.Int64 // submissions repeated although they were known to be accepted

	mu       sync.Mutex
	entries  []*Entry
	errs     []error
	replayed map[string]int // failures by kind and code
}

// Flow begins to submit. What is submitted is followed until ctx ends.
func (w *World) Flow(ctx context.Context, o FlowOptions) *Flow {
	if o.Callers == 0 {
		o.Callers = 4
	}
	if o.Open == 0 {
		o.Open = 24
	}
	if o.Pause == 0 {
		o.Pause = 150 * time.Millisecond
	}
	f := &Flow{w: w, o: o, stop: make(chan struct{}), open: make(chan struct{}, o.Open), replayed: map[string]int{}}
	f.left.Store(int64(o.Limit))
	if o.Limit == 0 {
		f.left.Store(1 << 40)
	}
	f.ctx, f.cancel = context.WithCancel(ctx)
	for i := range o.Callers {
		f.feeds.Go(func() { f.feed(uint64(i)) })
	}
	f.desk.Go(f.operate)
	return f
}

// Stop ends the submissions and waits for those whose outcome is not known.
func (f *Flow) Stop() {
	f.once.Do(func() { close(f.stop) })
	f.feeds.Wait()
}

// Close ends the flow, its operator too.
func (f *Flow) Close() {
	f.once.Do(func() { close(f.stop) })
	f.cancel()
	f.feeds.Wait()
	f.follow.Wait()
	f.desk.Wait()
}

// Entries are the accepted applications.
func (f *Flow) Entries() []*Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*Entry{}, f.entries...)
}

// FinalOf reports whether one application is final.
func (f *Flow) FinalOf(e *Entry) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !e.Final.IsZero()
}

// Open are the applications that are not final.
func (f *Flow) Open() []*Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*Entry
	for _, e := range f.entries {
		if e.Final.IsZero() {
			out = append(out, e)
		}
	}
	return out
}

// Replayed counts the failures that the operator sent through again.
func (f *Flow) Replayed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, some := range f.replayed {
		n += some
	}
	return n
}

// Done counts the applications that are final.
func (f *Flow) Done() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, e := range f.entries {
		if !e.Final.IsZero() {
			n++
		}
	}
	return n
}

// Errs are what no caller should meet.
func (f *Flow) Errs() []error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]error{}, f.errs...)
}

func (f *Flow) wrong(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := slices.ContainsFunc(f.errs, func(had error) bool { return had.Error() == err.Error() })
	if !known && len(f.errs) < 20 {
		f.errs = append(f.errs, err)
	}
}

func (f *Flow) caller(commission string, seed uint64) *caller {
	c := f.w.caller(f.w.keys[commission], seed, &f.Answers)
	c.front = f.o.Front
	return c
}

// feed is one caller that submits.
func (f *Flow) feed(n uint64) {
	c := f.w.caller("", 100+n, &f.Answers)
	c.front = f.o.Front
	for i := 0; ; i++ {
		select {
		case <-f.stop:
			return
		case <-f.ctx.Done():
			return
		case f.open <- struct{}{}:
		}
		if f.left.Add(-1) < 0 {
			<-f.open
			return
		}
		e, err := f.submit(c, fmt.Sprintf("crash-%d-%d", n, i))
		if err != nil {
			<-f.open
			f.wrong(err)
			return
		}
		f.follow.Go(func() {
			defer func() { <-f.open }()
			if err := f.bring(e, n<<32|uint64(i)); err != nil {
				f.wrong(fmt.Errorf("application %s: %w", e.Number, err))
			}
		})
		select {
		case <-f.stop:
			return
		case <-f.ctx.Done():
			return
		case <-time.After(f.o.Pause):
		}
	}
}

// Hand submits one application for observers and follows nothing.
func (f *Flow) Hand(applicant, key string, people ...*population.Person) (*Entry, error) {
	e := &Entry{Commission: tec}
	var form object
	form, e.Refs = observersOf(people)
	form["applicant"] = applicant
	return e, f.hand(f.caller(tec, 99), key, e, form, nil)
}

// Observe submits one application for observers and follows it with the others.
func (f *Flow) Observe(key string, people ...*population.Person) (*Entry, error) {
	e, err := f.Hand("party", key, people...)
	if err != nil {
		return nil, err
	}
	f.follow.Go(func() {
		if err := f.bring(e, 99); err != nil {
			f.wrong(fmt.Errorf("application %s: %w", e.Number, err))
		}
	})
	return e, nil
}

// make draws what is submitted: mostly one to three observers, a candidate now
// and then, a list seldom.
func (f *Flow) make(c *caller) (e *Entry, doc object, files []client.File, err error) {
	kind := c.intn(100)
	switch {
	case f.o.Only == "candidate" || f.o.Only == "" && kind < 35:
		e = &Entry{Commission: dec, Candidate: true}
		doc, e.Refs, err = f.w.candidate()
		return e, doc, []client.File{residence}, err
	case f.o.Only == "" && kind < 40:
		e = &Entry{Commission: tec}
		doc, e.Refs, err = f.w.observers(20)
	default:
		e = &Entry{Commission: tec}
		doc, e.Refs, err = f.w.observers(1 + c.intn(3))
	}
	return e, doc, nil, err
}

func (f *Flow) submit(c *caller, key string) (*Entry, error) {
	e, form, files, err := f.make(c)
	if err != nil {
		return nil, err
	}
	return e, f.hand(c, key, e, form, files)
}

// hand hands an application in until it is accepted.
func (f *Flow) hand(c *caller, key string, e *Entry, form object, files []client.File) error {
	doc, err := json.Marshal(form)
	if err != nil {
		return err
	}
	signature, err := f.w.Addresses.Sign(f.ctx, "party-head", doc, false)
	if err != nil {
		return fmt.Errorf("signing an application: %w", err)
	}
	c.key = f.w.keys[e.Commission]
	var a client.Accepted
	apply := func(h *client.Client) error {
		a, err = h.Apply(f.ctx, key, doc, signature, files...)
		return err
	}
	if err := c.insist(f.ctx, "submitting", apply); err != nil {
		return fmt.Errorf("submitting: %w", err)
	}
	e.ID, e.Number, e.Accepted = a.ID, a.Number, f.w.Now()
	f.mu.Lock()
	f.entries = append(f.entries, e)
	f.mu.Unlock()
	if c.intn(10) == 0 { // somebody nervous
		f.Twice.Add(1)
		if err := c.insist(f.ctx, "submitting again", apply); err != nil || a.ID != e.ID {
			return fmt.Errorf("application %s was submitted again with its key and came back as %s: %w", e.Number, a.Number, err)
		}
	}
	return nil
}

// errMissed says that an application came to another end than it should.
var errMissed = errors.New("came to a wrong end")

// bring follows an application to its end, acting as its commission.
func (f *Flow) bring(e *Entry, seed uint64) error {
	c := f.caller(e.Commission, 1000+seed)
	confirmed := !e.Candidate
	for {
		var d client.Dossier
		err := c.insist(f.ctx, "reading the dossier", func(h *client.Client) (err error) {
			d, err = h.Dossier(f.ctx, e.ID)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading the dossier: %w", err)
		}
		switch state := dossier.State(d.State); state {
		case dossier.SignatureRefused, dossier.Returned, dossier.Superseded, dossier.Withdrawn, dossier.Lapsed:
			return fmt.Errorf("%w: it is %s: %s", errMissed, state, d.Reason)
		case dossier.Executed:
			f.mu.Lock()
			e.Final = f.w.Now()
			f.mu.Unlock()
			return nil
		case dossier.Submitted, dossier.Deciding, dossier.Executing:
		case dossier.Checking, dossier.DossierReady:
			switch {
			case !confirmed:
				if err := f.confirm(c, e); err != nil {
					return err
				}
				confirmed = true
			case state == dossier.DossierReady && answered(d):
				if err := f.decide(c, e, d); err != nil {
					return err
				}
			}
		}
		select {
		case <-f.ctx.Done():
			return fmt.Errorf("%w: it is %s", errMissed, d.State)
		case <-time.After(200*time.Millisecond + time.Duration(c.intn(200))*time.Millisecond):
		}
	}
}

// answered: no check is open and none has failed.
func answered(d client.Dossier) bool {
	for _, s := range d.Subjects {
		if s.Assessment == nil {
			return false
		}
		for _, c := range s.Checks {
			if c.State != "answered" && c.State != "skipped" {
				return false
			}
		}
	}
	return true
}

package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

// Player plays the applications against a running hub.
type Player struct {
	Mocks    client.Mocks
	Admin    *client.Client // keys, directory, failures
	Day      civil.Date
	Out      string // folder for the PDFs; empty: none are fetched
	Progress func(text string)
	Fetched  []string // what was written to Out
	filler   *Filler
	callers  map[string]*client.Client // by commission
	Patience time.Duration             // with any one step; default 45 s
}

// commission is who decides in the demo.
type commission struct {
	id, drafter, secretary, chairStory string
}

var (
	tec = commission{"1726", "tec-deputy", "tec-secretary", "chair-tec"}
	dec = commission{"1726269", "dec-deputy", "dec-secretary", "chair-dec"}
)

// Prepare imports the directory and makes the commissions' keys.
func (p *Player) Prepare(ctx context.Context) error {
	p.filler = &Filler{Mocks: p.Mocks, Day: p.Day}
	if p.Patience == 0 {
		p.Patience = 45 * time.Second
	}
	directory, err := p.filler.Directory(ctx)
	if err != nil {
		return err
	}
	if _, err := p.Admin.ImportDirectory(ctx, directory); err != nil {
		return err
	}
	p.callers = map[string]*client.Client{}
	for _, c := range []commission{tec, dec} {
		key, err := p.Admin.CreateKey(ctx, "demo "+c.id, c.id,
			"applications:write", "applications:read", "decisions:write", "documents:read", "autofill")
		if err != nil {
			return err
		}
		p.callers[c.id] = client.New(p.Admin.URL, key)
	}
	return nil
}

// Play runs all applications and returns their dossiers, in order.
func (p *Player) Play(ctx context.Context) ([]client.Dossier, error) {
	names, err := Applications()
	if err != nil {
		return nil, err
	}
	if len(names) != 3 {
		return nil, fmt.Errorf("the demo plays three applications, there are %d", len(names))
	}
	observers, err := p.submit(ctx, tec, names[0])
	if err != nil {
		return nil, err
	}
	first, err := p.submit(ctx, dec, names[1])
	if err != nil {
		return nil, err
	}
	if err := p.decide(ctx, tec, observers, "12", verdicts("4")); err != nil {
		return nil, err
	}
	if err := p.confirm(ctx, dec, first, 2); err != nil {
		return nil, err
	}
	if err := p.decide(ctx, dec, first, "31", verdicts()); err != nil {
		return nil, err
	}
	if _, err := p.await(ctx, dec, first, "documents of candidate 1", executed); err != nil {
		return nil, err
	}
	second, err := p.outage(ctx, names[2])
	if err != nil {
		return nil, err
	}
	if err := p.decide(ctx, dec, second, "32", verdicts()); err != nil {
		return nil, err
	}
	var all []client.Dossier
	for _, a := range []struct {
		by commission
		id string
	}{{tec, observers}, {dec, first}, {dec, second}} {
		d, err := p.await(ctx, a.by, a.id, "documents and notices", told)
		if err != nil {
			return all, err
		}
		all = append(all, d)
		if err := p.fetch(ctx, a.by, d); err != nil {
			return all, err
		}
	}
	return all, nil
}

// outage plays the third application: its criminal record register is down
// beyond the time limit, an operator replays, and it goes through.
func (p *Player) outage(ctx context.Context, name string) (string, error) {
	const operation = "criminal-record.search"
	p.say("the criminal record register goes down")
	if err := p.Mocks.Fault(ctx, operation, "down"); err != nil {
		return "", err
	}
	id, err := p.submit(ctx, dec, name)
	if err != nil {
		return "", err
	}
	if err := p.confirm(ctx, dec, id, 1); err != nil {
		return "", err
	}
	d, err := p.await(ctx, dec, id, "candidate 2 with the register down", ready)
	if err != nil {
		return "", err
	}
	if v := d.Subjects[0].Assessment.Verdict; v != "undetermined" {
		return "", fmt.Errorf("with a register down the verdict is %s, want undetermined", v)
	}
	p.say("the register is back, an operator replays")
	if err := p.Mocks.Heal(ctx, operation); err != nil {
		return "", err
	}
	err = p.poll(ctx, "the failure", func(ctx context.Context) (bool, error) {
		failures, err := p.Admin.Failures(ctx, client.FailureFilter{System: "portal", Application: id})
		return len(failures) > 0, unlessDown(err)
	})
	if err != nil {
		return "", err
	}
	err = p.insist(ctx, func() error {
		_, err := p.Admin.Replay(ctx, client.FailureFilter{System: "portal", Application: id}, "the register is back")
		return err
	})
	if err != nil {
		return "", err
	}
	_, err = p.await(ctx, dec, id, "the replayed check of candidate 2", eligible)
	return id, err
}

func (p *Player) submit(ctx context.Context, c commission, name string) (string, error) {
	doc, files, err := p.filler.Application(ctx, name)
	if err != nil {
		return "", err
	}
	signature, err := p.Mocks.Sign(ctx, "party-head", doc, false)
	if err != nil {
		return "", err
	}
	var a client.Accepted
	err = p.insist(ctx, func() error {
		a, err = p.callers[c.id].Apply(ctx, "demo-"+name, doc, signature, files...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	p.say(name + " is taken as " + a.Number)
	return a.ID, nil
}

// confirm has the commission's secretary confirm the residence paper, then
// waits until the subject has at least that revision.
func (p *Player) confirm(ctx context.Context, c commission, id string, revision int) error {
	if revision > 1 {
		if _, err := p.await(ctx, c, id, "the dossier", ready); err != nil {
			return err
		}
	} else if _, err := p.await(ctx, c, id, "the signature", func(d client.Dossier) bool { return d.State != "submitted" }); err != nil {
		return err
	}
	err := p.insist(ctx, func() error {
		return p.callers[c.id].Confirm(ctx, id, "1", "residence", "residence.pdf", c.secretary)
	})
	if err != nil || revision == 1 {
		return err
	}
	_, err = p.await(ctx, c, id, "the next revision", eligible)
	return err
}

// verdicts decides by the assessment; refs listed are refused for their age.
func verdicts(young ...string) func(s client.Subject) map[string]any {
	return func(s client.Subject) map[string]any {
		o := map[string]any{"ref": s.Ref, "revision": s.Assessment.Revision, "outcome": "register"}
		for _, y := range young {
			if s.Ref == y {
				o["outcome"], o["reason"] = "refuse", "R01"
			}
		}
		return o
	}
}

func (p *Player) decide(ctx context.Context, c commission, id, number string, outcome func(client.Subject) map[string]any) error {
	d, err := p.await(ctx, c, id, "the dossier", ready)
	if err != nil {
		return err
	}
	var outcomes []any
	for _, s := range d.Subjects {
		outcomes = append(outcomes, outcome(s))
	}
	doc, err := json.Marshal(map[string]any{
		"application": id, "number": number, "date": civil.Of(time.Now()).String(), "drafted_by": c.drafter, "subjects": outcomes,
	})
	if err != nil {
		return err
	}
	signature, err := p.Mocks.Sign(ctx, c.chairStory, doc, false)
	if err != nil {
		return err
	}
	err = p.insist(ctx, func() error {
		_, err := p.callers[c.id].Decide(ctx, id, "demo-decision-"+number, doc, signature)
		return err
	})
	if err != nil {
		return fmt.Errorf("decision %s: %w", number, err)
	}
	p.say("decision " + number + " is handed in")
	return nil
}

// insist repeats what can be repeated while the hub cannot be reached: an
// idempotency key goes with it.
func (p *Player) insist(ctx context.Context, f func() error) error {
	var last error
	err := p.poll(ctx, "the hub", func(context.Context) (bool, error) {
		last = f()
		return last == nil, unlessDown(last)
	})
	if err != nil && last != nil {
		return last
	}
	return err
}

// unlessDown passes on what the hub refused, and forgets what a hub that is
// restarting brings about.
func unlessDown(err error) error {
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status < 500 {
		return err
	}
	return nil
}

// await polls an application until the condition holds.
func (p *Player) await(ctx context.Context, c commission, id, what string, holds func(client.Dossier) bool) (client.Dossier, error) {
	var d client.Dossier
	err := p.poll(ctx, what, func(ctx context.Context) (bool, error) {
		got, err := p.callers[c.id].Dossier(ctx, id)
		if err != nil {
			return false, unlessDown(err)
		}
		d = got
		if d.State == "signature_refused" {
			return false, fmt.Errorf("application %s: signature refused: %s", d.Number, d.Reason)
		}
		return holds(d), nil
	})
	return d, err
}

func (p *Player) poll(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	t := time.NewTicker(100 * time.Millisecond)
	defer t.Stop()
	for {
		ok, err := done(ctx)
		if err != nil || ok {
			return err
		}
		p.say("waiting for " + what)
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %s for %s in vain", p.Patience, what)
		case <-t.C:
		}
	}
}

func (p *Player) say(text string) {
	if p.Progress != nil {
		p.Progress(text)
	}
}

func ready(d client.Dossier) bool {
	if d.State != "ready" {
		return false
	}
	for _, s := range d.Subjects {
		for _, c := range s.Checks {
			if c.State == "open" || c.State == "held" {
				return false
			}
		}
	}
	return true
}

func eligible(d client.Dossier) bool {
	for _, s := range d.Subjects {
		if s.Assessment == nil || s.Assessment.Verdict != "eligible" {
			return false
		}
	}
	return d.State == "ready"
}

func executed(d client.Dossier) bool { return d.State == "executed" }

// told: executed, and every notice was taken by the gateway.
func told(d client.Dossier) bool {
	for _, n := range d.Notices {
		if n.State != "sent" {
			return false
		}
	}
	return executed(d) && len(d.Notices) > 0
}

// fetch writes the PDFs of an application.
func (p *Player) fetch(ctx context.Context, c commission, d client.Dossier) error {
	if p.Out == "" {
		return nil
	}
	if err := os.MkdirAll(p.Out, 0o755); err != nil { //nolint:gosec // for people to look into
		return fmt.Errorf("making the folder for documents: %w", err)
	}
	for _, doc := range d.Documents {
		var pdf []byte
		err := p.insist(ctx, func() (err error) {
			pdf, err = p.callers[c.id].Document(ctx, doc.ID)
			return err
		})
		if err != nil {
			return err
		}
		name := strings.Join([]string{d.Number, doc.Template, doc.Number}, "-") + ".pdf"
		if err := os.WriteFile(filepath.Join(p.Out, name), pdf, 0o644); err != nil { //nolint:gosec // for people to look into
			return fmt.Errorf("writing a document: %w", err)
		}
		p.Fetched = append(p.Fetched, name)
	}
	return nil
}

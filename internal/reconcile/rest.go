package reconcile

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

// numbers judges the series of documents.
func (b *builder) numbers(ctx context.Context) error {
	for _, s := range b.given {
		var missing, twice, beyond []int
		if s.Missing+s.Doubled+s.Beyond > 0 {
			next, last := 1, 0
			err := b.m.Numbers(ctx, s, func(n int) {
				if n == last {
					twice = append(twice, n)
				}
				if n > s.Last {
					beyond = append(beyond, n)
				}
				for ; next < min(n, s.Last+1); next++ {
					missing = append(missing, next)
				}
				last, next = n, max(next, n+1)
			})
			if err != nil {
				return err
			}
			for ; next <= s.Last; next++ {
				missing = append(missing, next)
			}
		}
		s.Missing, s.Doubled, s.Beyond = len(missing), len(twice), len(beyond)
		b.l.Series = append(b.l.Series, s)
		b.gaps(s, missing, twice, beyond)
	}
	return nil
}

// files holds issued documents against the bucket.
func (b *builder) files(ctx context.Context, list Lister) error {
	if list == nil {
		return nil
	}
	// One byte a file: whether a document refers to it.
	have := map[string]bool{}
	if err := list(ctx, func(name string) error { have[name] = false; return ctx.Err() }); err != nil {
		return fmt.Errorf("listing the documents' files: %w", err)
	}
	f := Files{Checked: true}
	var items []Item
	err := b.m.Filed(ctx, func(d Filed) {
		if _, ok := have[d.File]; ok {
			have[d.File] = true
			f.Present++
			return
		}
		if !d.Issued {
			return
		}
		if f.Missing++; len(items) < Listed {
			items = append(items, Item{ID: d.ID, Application: d.Application, Detail: "file " + d.File})
		}
	})
	if err != nil {
		return err
	}
	for _, referred := range have {
		if !referred {
			f.Others++
		}
	}
	b.l.Files = f
	if f.Missing > 0 {
		b.strike(string(Documents), f.Missing)
		b.except("document_file_missing", "the document was issued, but its file is not in the bucket", "restore the bucket from its backup; the same document cannot be made anew by itself", Unclaimed, f.Missing, items)
	}
	return nil
}

// events judges the stream; what concerns single subjects is an oddity.
func (b *builder) events(ctx context.Context) error {
	p, err := b.m.Stream(ctx)
	if err != nil {
		return err
	}
	sec := b.section("events")
	sec.add("published", Ended, int(p.Events)-p.Waiting, time.Time{})
	sec.add("waiting to be published", Working, p.Waiting, p.Since)
	b.l.Stream = Stream{Events: int(p.Events), Stamped: p.StreamStamped, Published: p.StreamPublished, Waiting: p.Waiting, Since: known(p.Since)}
	if gap := p.StreamStamped - p.Stamped; gap > 0 {
		sec.add("missing from the stream", Unclaimed, int(gap), time.Time{})
		b.except("stream_gap", "positions of the stream were given and no event has them", "rows were removed outside the hub: restore them from a backup; subscribers may have missed them", Unclaimed, int(gap), []Item{})
	}
	if p.Highest > p.StreamStamped || p.StreamPublished > p.StreamStamped {
		sec.add("beyond the stream", Unclaimed, 1, time.Time{})
		b.except("stream_behind", fmt.Sprintf("the stream says it ends at %d, yet an event has the position %d and %d are published", p.StreamStamped, p.Highest, p.StreamPublished),
			"restore the table stream from a backup before work goes on", Unclaimed, 1, []Item{})
	}
	return nil
}

// timers are stages whose jobs nothing waits for: they watch over what may have
// ended long ago.
func timer(stage string) bool {
	switch stage {
	case checks.StageDeadline, login.StageExpire, intake.StageLapse, notice.StageCalendar:
		return true
	}
	ask := notice.AskStageOf("")
	return len(stage) > len(ask) && strings.HasPrefix(stage, ask)
}

// jobs tells of all work that is open, by stage.
func (b *builder) jobs(ctx context.Context) error {
	rows, err := b.m.Stages(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(x, y StageRow) int { return compare(x.Stage, y.Stage, x.State, y.State) })
	sec := b.section("jobs")
	strange := []Item{}
	lost := 0
	for _, r := range rows {
		if n := len(b.l.Stages); n == 0 || b.l.Stages[n-1].Stage != r.Stage {
			b.l.Stages = append(b.l.Stages, Stage{Stage: r.Stage, Known: b.stages == nil || slices.Contains(b.stages, r.Stage)})
		}
		s := &b.l.Stages[len(b.l.Stages)-1]
		if t := known(r.Oldest); t != nil && (s.Oldest == nil || t.Before(*s.Oldest)) {
			s.Oldest = t
		}
		switch queue.State(r.State) {
		case queue.Ready:
			s.Ready = r.N
		case queue.Waiting:
			s.Waiting, s.NextDue = r.N, known(r.Due)
		case queue.Leased:
			s.Leased, s.RunOut = r.N, r.RunOut
		case queue.Failed:
			s.Failed = r.N
		case queue.Done:
		}
		switch {
		case queue.State(r.State) == queue.Failed:
			sec.add("failed", Operator, r.N, r.Oldest)
		case !s.Known:
			sec.add("of a stage nobody works on", Unclaimed, r.N, r.Oldest)
			lost += r.N
			strange = append(strange, Item{ID: r.Stage, Detail: strconv.Itoa(r.N) + " " + r.State})
		case timer(r.Stage):
			sec.add("timers that nothing waits for", Ended, r.N, time.Time{})
		default:
			sec.add(r.State, Working, r.N, r.Oldest)
		}
	}
	if lost > 0 {
		b.except("job_of_no_stage", "jobs of a stage that this version of the hub does not know", "start a hub of the version that made them", Unclaimed, lost, strange[:min(len(strange), Listed)])
	}
	return b.why(ctx)
}

// why tells what waiting jobs were told last.
func (b *builder) why(ctx context.Context) error {
	counts := map[string]map[Cause]int{}
	err := b.m.Putoff(ctx, func(stage string, last json.RawMessage) {
		var f queue.Failure
		_ = json.Unmarshal(last, &f) // what cannot be read counts as no cause
		if counts[stage] == nil {
			counts[stage] = map[Cause]int{}
		}
		counts[stage][Cause{Kind: string(f.Kind), System: f.System}]++
	})
	if err != nil {
		return err
	}
	for i := range b.l.Stages {
		s := &b.l.Stages[i]
		for c, n := range counts[s.Stage] {
			c.N = n
			s.Why = append(s.Why, c)
		}
		slices.SortFunc(s.Why, func(x, y Cause) int { return compare(x.Kind, y.Kind, x.System, y.System) })
	}
	return nil
}

// failures names what waits for an operator, by cause.
func (b *builder) failures(ctx context.Context) error {
	groups, err := b.m.FailureGroups(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(groups, func(x, y FailureGroup) int { return compare(x.Stage, y.Stage, x.Kind, y.Kind, x.System, y.System) })
	for _, g := range groups {
		rows, err := b.m.Failures(ctx, g, Listed)
		if err != nil {
			return err
		}
		items := []Item{}
		hint := ""
		for _, r := range rows {
			var f queue.Failure
			_ = json.Unmarshal(r.Last, &f) // then its code and hint stay empty
			if hint == "" {
				hint = f.Hint
			}
			items = append(items, Item{ID: strconv.FormatInt(r.Job, 10), Application: r.Application, Detail: f.Code, Since: known(r.At)})
		}
		what := fmt.Sprintf("failures of %s: %s", g.Stage, g.Kind)
		if g.System != "" {
			what += " (" + g.System + ")"
		}
		if hint != "" {
			hint += "; "
		}
		hint += fmt.Sprintf("then: hub failures replay --stage %s --kind %s --reason TEXT. Who: %s", g.Stage, g.Kind, fault.RuleOf(fault.Kind(g.Kind)).OperatorAction)
		b.except("failures", what, hint, Operator, g.N, items)
	}
	return nil
}

// oddities looks for what nothing valid breaks.
func (b *builder) oddities(ctx context.Context) error {
	for _, o := range []Oddity{Unanswered, Unasked, TwoDecisions, Undecided, LostWithdrawal, NumberTwice, NoticeTwice, EventGap, NoSequence} {
		n, items, err := b.m.Oddities(ctx, o, Listed)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if o != NumberTwice { // which its series has counted
			b.strike(odd[o].section, n)
		}
		b.except(string(o), odd[o].trouble.what, odd[o].trouble.hint, Unclaimed, n, items)
	}
	return nil
}

// audit walks the audit log's chain.
func (b *builder) audit(ctx context.Context) error {
	c, err := b.m.Audit(ctx)
	if err != nil {
		return err
	}
	b.l.Audit = Audit{Lines: c.Lines, Head: hex.EncodeToString(c.Head), Holds: c.Fault == ""}
	sec := b.section("audit")
	sec.add("lines that follow from the one before", Ended, c.Lines, time.Time{})
	if c.Fault != "" {
		sec.add("the chain is broken", Unclaimed, 1, time.Time{})
		b.except("audit_broken", c.Fault, "keep a copy of the database as it is, and call security: somebody has written past the hub", Unclaimed, 1, []Item{})
	}
	return nil
}

// compare orders by pairs of texts.
func compare(pairs ...string) int {
	for i := 0; i+1 < len(pairs); i += 2 {
		switch {
		case pairs[i] < pairs[i+1]:
			return -1
		case pairs[i] > pairs[i+1]:
			return 1
		}
	}
	return 0
}

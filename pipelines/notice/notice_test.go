package notice

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

func TestQuietHours(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 12, day, hour, minute, 0, 0, civil.Tashkent)
	}
	for _, c := range []struct {
		name      string
		quiet     Quiet
		now, want time.Time
	}{
		{"none", Quiet{0, 0}, at(1, 3, 0), at(1, 3, 0)},
		{"none, whatever the hour", Quiet{8, 8}, at(1, 8, 0), at(1, 8, 0)},
		{"by day", Quiet{22, 8}, at(1, 12, 0), at(1, 12, 0)},
		{"the last minute", Quiet{22, 8}, at(1, 21, 59), at(1, 21, 59)},
		{"the first minute of the night", Quiet{22, 8}, at(1, 22, 0), at(2, 8, 0)},
		{"after midnight", Quiet{22, 8}, at(2, 0, 30), at(2, 8, 0)},
		{"the last minute of the night", Quiet{22, 8}, at(2, 7, 59), at(2, 8, 0)},
		{"the morning", Quiet{22, 8}, at(2, 8, 0), at(2, 8, 0)},
		{"over no midnight", Quiet{1, 5}, at(1, 2, 0), at(1, 5, 0)},
		{"at the end of a month", Quiet{22, 8}, at(31, 23, 0), time.Date(2027, 1, 1, 8, 0, 0, 0, civil.Tashkent)},
		{"in another zone", Quiet{22, 8}, at(1, 23, 0).UTC(), at(2, 8, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.quiet.next(c.now); !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		params     map[string]string
		want       string
		wrong      bool
	}{
		{"nothing to fill", "plain", nil, "plain", false},
		{"two", "{a}-{b}.", map[string]string{"a": "1", "b": "2"}, "1-2.", false},
		{"a value with braces", "{a} {b}", map[string]string{"a": "{b}", "b": "{"}, "{b} {", false},
		{"an empty value", "x{a}y", map[string]string{"a": ""}, "xy", false},
		{"one is missing", "{a} {c}", map[string]string{"a": "1"}, "", true},
		{"a brace of the text", "{a", map[string]string{"a": "1"}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := fill(c.text, c.params)
			if got != c.want || (err != nil) != c.wrong {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestInitial(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ALISHER": "A", "SHAHNOZA": "SH", "Chori": "CH", "YOQUB": "YO", "OʻKTAM": "Oʻ", "O‘KTAM": "O‘", "G'ULOM": "G'", "ÖTKIR": "Ö", "": "",
	} {
		if got := initial(name); got != want {
			t.Errorf("%s begins with %s, want %s", name, got, want)
		}
	}
}

// record is a store of one notice: what is kept and written to it, in order.
type record struct {
	Reader
	queue.Tx
	note    dossier.Notice
	written []string
}

func (r *record) Notice(context.Context, string) (dossier.Notice, error) { return r.note, nil }

func (r *record) AddNotice(context.Context, dossier.Notice) (bool, error) { return true, nil }

func (r *record) SetNotice(_ context.Context, _ string, s dossier.NoticeState, _ string, _ time.Time) error {
	r.note.State = s
	r.written = append(r.written, string(s))
	return nil
}

func (r *record) FailNotice(context.Context, string) error {
	if r.note.State == dossier.NoticeQueued {
		r.note.State = dossier.NoticeFailed
	}
	return nil
}

func (r *record) AddEntry(_ context.Context, _ string, e dossier.Entry) error {
	r.written = append(r.written, e.Act)
	return nil
}

// gateway answers what it is told to and notes under which state it was called.
type gateway struct {
	r            *record
	deduplicates bool
	errs         []error
	calls        []string
}

func (*gateway) Name() string         { return "gateway" }
func (g *gateway) Deduplicates() bool { return g.deduplicates }
func (g *gateway) Send(_ context.Context, id string, _ personal.Phone, _ string) error {
	g.calls = append(g.calls, id+" while "+string(g.r.note.State))
	err := g.errs[0]
	g.errs = g.errs[1:]
	return err
}

func TestSend(t *testing.T) {
	t.Parallel()
	uncertain := &fault.Fault{Kind: fault.Unavailable, Uncertain: true, Err: errors.New("reset")}
	certain := &fault.Fault{Kind: fault.Unavailable, Err: errors.New("refused")}
	for _, c := range []struct {
		name         string
		state        dossier.NoticeState
		deduplicates bool
		answer       error
		written      []string
		called       bool
		code         string // of the fault; empty: none
	}{
		{"taken", dossier.NoticeQueued, false, nil, []string{"sending", "sent"}, true, ""},
		{"sent before", dossier.NoticeSent, false, nil, nil, false, ""},
		{"surely not taken", dossier.NoticeQueued, false, certain, []string{"sending", "queued"}, true, "-"},
		{"perhaps taken", dossier.NoticeQueued, false, uncertain, []string{"sending"}, true, "unknown_outcome"},
		{"perhaps taken, where it may be repeated", dossier.NoticeQueued, true, uncertain, []string{"sending"}, true, "-"},
		{"found in the middle", dossier.NoticeSending, false, nil, nil, false, "unknown_outcome"},
		{"found in the middle, where it may be repeated", dossier.NoticeSending, true, nil, []string{"sending", "sent"}, true, ""},
		{"failed before, replayed", dossier.NoticeFailed, false, nil, []string{"sending", "sent"}, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &record{note: dossier.Notice{ID: "n", MessageID: "m", State: c.state}}
			g := &gateway{r: r, deduplicates: c.deduplicates, errs: []error{c.answer}}
			n := &Notices{Store: r, Provider: g, Now: time.Now}
			keep := func(ctx context.Context, e queue.Effect) error { return e(ctx, r) }
			effect, err := n.Send(t.Context(), queue.Job{Ref: "n"}, keep)
			if effect != nil {
				if e := effect(t.Context(), r); e != nil {
					t.Fatal(e)
				}
			}
			switch f := fault.Of(err); {
			case c.code == "" && err != nil:
				t.Errorf("got %v", err)
			case c.code == "-" && (err == nil || f.Code == "unknown_outcome" || f.Kind != fault.Unavailable):
				t.Errorf("got %v, want the provider's fault", err)
			case c.code == "unknown_outcome" && (err == nil || f.Code != "unknown_outcome" || fault.RuleOf(f.Kind).Retry != fault.RetryNever):
				t.Errorf("got %v, want what is never tried again by itself", err)
			}
			if diff := cmp.Diff(c.written, r.written); diff != "" {
				t.Errorf("written: %s", diff)
			}
			// The call is made only when a crash in it would be seen.
			if c.called != (len(g.calls) == 1) || (c.called && g.calls[0] != "m while sending") {
				t.Errorf("calls: %v", g.calls)
			}
		})
	}
}

// Whatever ends the job of a notice that was being sent, the time limit too: its
// outcome stays unknown.
func TestGaveUp(t *testing.T) {
	t.Parallel()
	for from, want := range map[dossier.NoticeState]dossier.NoticeState{
		dossier.NoticeSending: dossier.NoticeSending, dossier.NoticeQueued: dossier.NoticeFailed, dossier.NoticeSent: dossier.NoticeSent,
	} {
		r := &record{note: dossier.Notice{ID: "n", State: from}}
		n := &Notices{}
		if err := n.GaveUp(queue.Job{Ref: "n"}, queue.Failure{Code: "time_limit", Kind: fault.Unavailable})(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if r.note.State != want || r.written[len(r.written)-1] != "notice_failed" {
			t.Errorf("%s became %s, want %s; written %v", from, r.note.State, want, r.written)
		}
	}
}

package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

const why = "the paper was lost on the way"

// issuingGrace is a while in which the queue has taken over.
const issuingGrace = time.Minute

// press is a renderer without a browser: what it prints is the data. Text with
// "long" in it does not fit the paper, a field "bad" does not fit the template.
type press struct {
	mu    sync.Mutex
	down  error
	seals int // each print has another seal
}

func (p *press) Render(ctx context.Context, r issuing.RenderRequest) (issuing.Rendered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return issuing.Rendered{}, p.down
	}
	if strings.Contains(string(r.Data), "long") {
		return issuing.Rendered{}, &fault.Fault{Kind: fault.Rejected, Err: errors.New("the text overflows")}
	}
	p.seals++
	pdf := fmt.Appendf(nil, "%%PDF- %s %d %s", r.Data, p.seals, r.Code)
	sum, content := sha256.Sum256(pdf), sha256.Sum256(r.Data)
	if err := r.Keep(ctx, hex.EncodeToString(sum[:]), pdf); err != nil {
		return issuing.Rendered{}, err
	}
	return issuing.Rendered{PDF: pdf, Pages: 1, SHA256: hex.EncodeToString(sum[:]), Content: hex.EncodeToString(content[:]), SealSerial: "seal of " + r.Seal}, nil
}

func (p *press) Check(_, _ string, data []byte) error {
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	if _, bad := m["bad"]; bad {
		return &dossier.Refusal{Code: dossier.BadForm, Problems: []schema.Problem{{Field: "/bad", Want: "unknown field: remove it"}}}
	}
	return nil
}

func (p *press) Describe(template string) (issuing.Info, bool) {
	return issuing.Info{Kind: "D4", Series: true, Languages: []string{"uz-Latn", "ru"}, Declares: func(f string) bool {
		return slices.Contains([]string{"number", "qr", "issued", "commission", "duplicate", "original_number", "valid_until", "name", "place"}, f)
	}}, template == "observer-party"
}

// shelf is a bucket.
type shelf struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (b *shelf) Put(_ context.Context, name string, content []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.files[name] = content
	return nil
}

type plainCoder struct{}

func (plainCoder) Code(d dossier.Document, hash [32]byte, _ time.Time) string {
	return fmt.Sprintf("%s-%d-%x", d.Kind, d.Number, hash[:4])
}

// mute makes no notices.
type mute struct{}

func (mute) Issued(context.Context, dossier.Application, dossier.Subject, dossier.Document, string, []string) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error { return nil }, nil
}

func (mute) Decided(context.Context, dossier.Application, dossier.Decision, []string) (queue.Effect, error) {
	return func(context.Context, queue.Tx) error { return nil }, nil
}

// office issues documents on a store.
type office struct {
	*issuing.Issuing

	t     *testing.T
	s     *store.Store
	press *press
	shelf *shelf
	clock *time.Time
}

func newOffice(t *testing.T, place string) *office {
	t.Helper()
	clock := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	s := open(t, place, now)
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, s: s, press: &press{}, shelf: &shelf{files: map[string][]byte{}}, clock: &clock}
	o.Issuing = &issuing.Issuing{
		Catalogue: types, Store: s, Renderer: o.press, Bucket: o.shelf, Coder: plainCoder{}, Notifier: mute{}, Now: now, Limit: time.Hour,
	}
	do(t, s, func(ctx context.Context, tx *store.Tx) error {
		return tx.ImportDirectory(ctx, dossier.Directory{
			Elections:   []dossier.Election{{ID: "local-2026"}},
			Commissions: []dossier.Commission{{ID: "TEC-0001", Title: "Namuna komissiyasi"}},
		})
	})
	return o
}

func (o *office) order(data ...string) issuing.Order {
	out := issuing.Order{Template: "observer-party", Election: "local-2026", Commission: "TEC-0001", Actor: "key:1", Many: len(data) > 1}
	for i, d := range data {
		out.Data, out.At = append(out.Data, json.RawMessage(d)), append(out.At, fmt.Sprintf("/items/%d", i))
	}
	return out
}

func (o *office) reserve(d *issuing.Draft, err error) []dossier.Document {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
	do(o.t, o.s, func(ctx context.Context, tx *store.Tx) error { return d.Reserve(ctx, tx) })
	return d.Documents
}

// finish makes a document and issues it.
func (o *office) finish(d dossier.Document) dossier.Document {
	o.t.Helper()
	_, effect, err := o.Finish(o.t.Context(), &d)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := write(o.t.Context(), o.s, effect); err != nil {
		o.t.Fatal(err)
	}
	return d
}

// issued is a document that stands.
func (o *office) issued(data string) dossier.Document {
	o.t.Helper()
	o.finish(o.reserve(o.Draft(o.t.Context(), o.order(data)))[0])
	return o.newest()
}

func (o *office) newest() dossier.Document {
	o.t.Helper()
	list, err := o.s.Register(o.t.Context(), store.DocumentFilter{}, "", 1)
	if err != nil || len(list) != 1 {
		o.t.Fatal(len(list), err)
	}
	return o.get(list[0].ID)
}

func (o *office) get(id string) dossier.Document {
	o.t.Helper()
	d, err := o.s.Document(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

// work has the queue do what is due: it returns how many jobs were done.
func (o *office) work() (done int) {
	o.t.Helper()
	ctx := o.t.Context()
	for {
		if _, _, err := o.s.Promote(ctx, *o.clock); err != nil {
			o.t.Fatal(err)
		}
		j, found, err := o.s.Claim(ctx, queue.Claim{Stage: issuing.StageRender, Now: *o.clock, Lease: time.Minute})
		if err != nil {
			o.t.Fatal(err)
		}
		if !found {
			return done
		}
		effect, err := o.Render(ctx, j, nil)
		if err != nil {
			o.t.Fatal(err)
		}
		if effect == nil {
			effect = func(context.Context, queue.Tx) error { return nil }
		}
		if err := o.s.Finish(ctx, j.Lease, effect); err != nil {
			o.t.Fatal(err)
		}
		done++
	}
}

func (o *office) history(id string) (out []dossier.Deed) {
	o.t.Helper()
	acts, err := o.s.Acts(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range acts {
		out = append(out, a.Deed)
	}
	return out
}

// events are the types of what was told, in order.
func (o *office) events() []string {
	o.t.Helper()
	list, err := o.s.Rows(o.t.Context(), `SELECT type FROM event ORDER BY id`)
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

// jobs are the states of the jobs that make documents.
func (o *office) jobs() string {
	o.t.Helper()
	list, err := o.s.Rows(o.t.Context(), `SELECT state FROM job WHERE stage='issuing.render' ORDER BY id`)
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// offices runs a test on both databases.
func offices(t *testing.T, test func(t *testing.T, o *office)) {
	t.Helper()
	t.Parallel()
	each(t, func(t *testing.T, where where) { test(t, newOffice(t, where(t))) })
}

func refusal(t *testing.T, err error, code dossier.Code) *dossier.Refusal {
	t.Helper()
	r, ok := errors.AsType[*dossier.Refusal](err)
	if !ok || r.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
	return r
}

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

	"github.com/google/go-cmp/cmp"

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

// What is ordered is issued with what the hub sets, and leaves no work behind.
func TestOrder(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		d := o.issued(`{"name":"Sinov","valid_until":"2027-01-27"}`)
		var data map[string]any
		if err := json.Unmarshal(d.Data, &data); err != nil {
			t.Fatal(err)
		}
		sum, err := dossier.DataHash(d.Data)
		want := map[string]any{
			"name": "Sinov", "valid_until": "2027-01-27", "number": "001", "issued": "2026-05-04", "commission": "Namuna komissiyasi",
			"qr": fmt.Sprintf("D4-1-%x", sum[:4]),
		}
		if diff := cmp.Diff(want, data); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if d.State != dossier.Issued || d.ValidUntil.String() != "2027-01-27" || d.Passport.Seal != "seal of TEC-0001" || d.CodeHash != hex.EncodeToString(sum[:16]) {
			t.Errorf("%+v", d)
		}
		if file, there := o.shelf.files[d.File]; !there || d.File != d.ID+"-"+d.Passport.SHA256[:16]+".pdf" || !strings.Contains(string(file), data["qr"].(string)) {
			t.Errorf("file %s", d.File)
		}
		if got := o.jobs(); got != "done" {
			t.Errorf("jobs %s", got)
		}
		if diff := cmp.Diff([]string{"document.issued"}, o.events()); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]dossier.Deed{dossier.DeedReserved, dossier.DeedIssued}, o.history(d.ID)); diff != "" {
			t.Error(diff)
		}
	})
}

// Who dies between the reservation and the issue leaves the document to the
// queue: with the same number, once. Who is late does no harm.
func TestOrderOutlivesACrash(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		doc := o.reserve(o.Draft(t.Context(), o.order(`{"name":"Sinov"}`)))[0]
		late := doc
		_, effect, err := o.Finish(t.Context(), &late) // printed and stored, and then it hangs
		if err != nil {
			t.Fatal(err)
		}
		if n := o.work(); n != 0 || o.get(doc.ID).State != dossier.Reserved {
			t.Fatalf("the queue did not leave it to whoever ordered it: %d", n)
		}
		*o.clock = o.clock.Add(31 * time.Second)
		if n := o.work(); n != 1 {
			t.Fatalf("%d jobs done, want 1", n)
		}
		got := o.get(doc.ID)
		if got.State != dossier.Issued || got.Number != doc.Number || string(got.Data) != string(doc.Data) {
			t.Errorf("%+v", got)
		}
		if err := write(t.Context(), o.s, effect); err != nil || late.State != dossier.Reserved {
			t.Errorf("who is late: %s, %v", late.State, err)
		}
		if diff := cmp.Diff(got, o.get(doc.ID)); diff != "" {
			t.Errorf("who was late changed it: %s", diff)
		}
		if diff := cmp.Diff([]string{"document.issued"}, o.events()); diff != "" {
			t.Error(diff)
		}
		if next := o.issued(`{"name":"Sinov"}`); next.Number != doc.Number+1 {
			t.Errorf("the next number is %d", next.Number)
		}
	})
}

// The queue's job that comes after whoever ordered it has nothing to do.
func TestOrderBeforeTheQueue(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		doc := o.reserve(o.Draft(t.Context(), o.order(`{"name":"Sinov"}`)))[0]
		*o.clock = o.clock.Add(time.Minute)
		if _, _, err := o.s.Promote(t.Context(), *o.clock); err != nil {
			t.Fatal(err)
		}
		j, found, err := o.s.Claim(t.Context(), queue.Claim{Stage: issuing.StageRender, Now: *o.clock, Lease: time.Minute})
		if err != nil || !found {
			t.Fatal(found, err)
		}
		effect, err := o.Render(t.Context(), j, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := o.finish(doc)
		if want.State != dossier.Issued {
			t.Fatalf("%s", want.State)
		}
		if err := o.s.Finish(t.Context(), j.Lease, effect); err != nil {
			t.Fatal(err)
		}
		if got := o.get(doc.ID); got.Passport.SHA256 != want.Passport.SHA256 || got.File != want.File {
			t.Error("the job wrote over what was issued")
		}
		if diff := cmp.Diff([]string{"document.issued"}, o.events()); diff != "" {
			t.Error(diff)
		}
	})
}

// Nothing is reserved of an order in which anything is wrong, and everything
// wrong is named.
func TestOrderRefused(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		for _, c := range []struct {
			name  string
			bend  func(r *issuing.Order)
			code  dossier.Code
			field []string
		}{
			{"template", func(r *issuing.Order) { r.Template = "none" }, dossier.UnknownTemplate, []string{"/template"}},
			{"language", func(r *issuing.Order) { r.Language = "de" }, dossier.BadForm, []string{"/language"}},
			{"election", func(r *issuing.Order) { r.Election = "none" }, dossier.UnknownRecord, []string{"/election"}},
			{"commission", func(r *issuing.Order) { r.Commission = "none" }, dossier.UnknownRecord, []string{"/commission"}},
			{
				"data", func(r *issuing.Order) {
					r.Data = []json.RawMessage{
						[]byte(`{"bad":1}`), []byte(`{"name":"good"}`), []byte(`{"number":"7","qr":"x"}`), []byte(`[]`), []byte(`{"a":1,"a":2}`),
						[]byte(`{"valid_until":"tomorrow"}`), []byte(`{"valid_until":"9999-01-01"}`), []byte("{\"name\":\"\xff\"}"),
					}
					r.At = []string{"/items/0", "/items/1", "/items/2", "/items/3", "/items/4", "/items/5", "/items/6", "/items/7"}
				}, dossier.BadForm,
				[]string{"/items/0/bad", "/items/2/number", "/items/2/qr", "/items/3", "/items/4/a", "/items/5/valid_until", "/items/6/valid_until", "/items/7"},
			},
		} {
			r := o.order(`{"name":"Sinov"}`)
			c.bend(&r)
			_, err := o.Draft(t.Context(), r)
			var got []string
			for _, p := range refusal(t, err, c.code).Problems {
				got = append(got, p.Field)
			}
			if diff := cmp.Diff(c.field, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		if n, err := o.s.Text(t.Context(), `SELECT count(*) FROM series`); err != nil || n != "0" {
			t.Errorf("%s series were begun, %v", n, err)
		}
	})
}

// A batch gets a block of numbers in the order of its items; the queue makes it.
func TestOrderBatch(t *testing.T) {
	offices(t, func(t *testing.T, o *office) {
		o.issued(`{"name":"first"}`)
		docs := o.reserve(o.Draft(t.Context(), o.order(`{"name":"a"}`, `{"name":"b"}`, `{"name":"c"}`)))
		if n := o.work(); n != 3 {
			t.Errorf("%d made", n)
		}
		for i, d := range docs {
			got := o.get(d.ID)
			if got.Number != i+2 || got.State != dossier.Issued || got.Batch != docs[0].Batch || got.Batch == "" || !strings.Contains(string(got.Data), fmt.Sprintf(`"name":"%c"`, 'a'+i)) {
				t.Errorf("%+v", got)
			}
		}
	})
}

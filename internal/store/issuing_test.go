package store_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/queue"
)

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

package issuing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

// Priority of the jobs of documents that are ordered: somebody waits for a single
// one, a batch goes behind it.
const (
	prioritySingle = 10
	priorityBatch  = 50
)

const defaultGrace = 30 * time.Second

// Order asks for documents of one template that follow from no application.
type Order struct {
	Template, Election, Commission string
	Language                       string // empty: the template's own
	Actor                          string // who asks: key:ID
	// Data of each document, without what the hub sets, and where each stood in the
	// request, for the paths of what is wrong in it: /data, /items/3.
	Data []json.RawMessage
	At   []string
	Many bool // a batch: made in turn, with the ordinary priority
}

// Draft is an order that was checked through: nothing of it can be refused any
// more. Reserve it in a transaction.
type Draft struct {
	Documents []dossier.Document // with numbers once Reserve has run
	Batch     string             // id; empty: none

	is    *Issuing
	info  Info
	data  []map[string]any
	title string // of the commission
	order Order
	// What is special about one that takes another's place.
	old    dossier.Document
	reason string
	paths  []string
}

// Draft checks an order: its records, its template and all its data. A refusal
// names everything that is wrong with the data.
func (is *Issuing) Draft(ctx context.Context, o Order) (*Draft, error) {
	info, language, err := is.describe(o.Template, o.Language)
	if err != nil {
		return nil, err
	}
	if _, ok, err := is.Store.Election(ctx, o.Election); err != nil || !ok {
		return nil, unknown(err, "/election", "want an election of the directory")
	}
	c, ok, err := is.Store.Commission(ctx, o.Commission)
	if err != nil || !ok {
		return nil, unknown(err, "/commission", "want a commission of the directory")
	}
	o.Language = language
	d := &Draft{
		is: is, info: info, title: c.Title, order: o, data: make([]map[string]any, len(o.Data)), Documents: make([]dossier.Document, len(o.Data)),
	}
	if o.Many {
		d.Batch = newID()
	}
	var wrong []schema.Problem
	now := is.now()
	for i, raw := range o.Data {
		d.Documents[i] = d.blank(now)
		err := d.read(i, raw, o.At[i])
		if r, ok := errors.AsType[*dossier.Refusal](err); ok && r.Code == dossier.BadForm {
			wrong = append(wrong, r.Problems...)
		} else if err != nil {
			return nil, err
		}
	}
	if len(wrong) > 0 {
		return nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the data does not fit the template; nothing was reserved", Problems: wrong}
	}
	return d, nil
}

func unknown(err error, field, want string) error {
	if err != nil {
		return err
	}
	return dossier.Refuse(dossier.UnknownRecord, field, want)
}

// read takes the data of one document in.
func (d *Draft) read(i int, raw []byte, at string) (err error) {
	if d.data[i], err = object(raw, at); err != nil {
		return err
	}
	return d.check(i, at)
}

// describe finds a template and settles the language.
func (is *Issuing) describe(template, language string) (Info, string, error) {
	info, ok := is.Renderer.Describe(template)
	if !ok {
		return info, "", dossier.Refuse(dossier.UnknownTemplate, "/template", "want a template of this hub: hub templates list shows them")
	}
	if language != "" && !slices.Contains(info.Languages, language) {
		return info, "", dossier.Refuse(dossier.BadForm, "/language", fmt.Sprintf("want one of %v", info.Languages))
	}
	return info, language, nil
}

// blank is a document without a number.
func (d *Draft) blank(now time.Time) dossier.Document {
	id := newID()
	return dossier.Document{
		ID: id, Key: "ordered:" + id, Kind: d.info.Kind, Template: d.order.Template, Language: d.order.Language, Commission: d.order.Commission,
		Election: d.order.Election, State: dossier.Reserved, Batch: d.Batch, ReservedAt: now,
	}
}

// check holds the data of one document against its template, with a number that
// stands for the one it will get: no number is taken for what does not fit.
func (d *Draft) check(i int, at string) error {
	if wrong := refuseSet(d.info, d.data[i], at); len(wrong) > 0 {
		return &dossier.Refusal{Code: dossier.BadForm, Problems: wrong}
	}
	if v, has := d.data[i]["valid_until"]; has && d.info.Declares("valid_until") {
		text, _ := v.(string)
		if day, err := civil.Parse(text); err != nil || day.Year < 2020 || day.Year > 2100 {
			return dossier.Refuse(dossier.BadForm, at+"/valid_until", "want a day of the years 2020 to 2100, YYYY-MM-DD")
		}
	}
	doc := d.Documents[i]
	doc.Number = 1
	if err := d.fill(&doc, i); err != nil {
		return err
	}
	return refusalOf(d.is.Renderer.Check(doc.Template, doc.Language, doc.Data), at)
}

func (d *Draft) fill(doc *dossier.Document, i int) error {
	original := ""
	if doc.Replaces != "" {
		original = Number(d.old.Number)
	}
	return d.is.fill(d.info, doc, d.data[i], d.title, original)
}

// refusalOf words what a template says of data, as seen from the request.
func refusalOf(err error, at string) error {
	if r, ok := errors.AsType[*dossier.Refusal](err); ok {
		out := &dossier.Refusal{Code: dossier.BadForm, Detail: r.Detail}
		if len(r.Problems) == 0 {
			return dossier.Refuse(dossier.BadForm, at, r.Detail)
		}
		for _, p := range r.Problems {
			out.Problems = append(out.Problems, schema.Problem{Field: at + p.Field, Want: p.Want})
		}
		return out
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && f.Kind == fault.Rejected {
		return dossier.Refuse(dossier.BadForm, at, f.Err.Error())
	}
	return err
}

// object reads one JSON object in which no field stands twice; numbers stay as
// they are written.
func object(raw []byte, at string) (map[string]any, error) {
	if err := dossier.CheckJSON(raw); err != nil {
		if r, ok := errors.AsType[*dossier.Refusal](err); ok && r.Code == dossier.BadForm {
			return nil, refusalOf(r, at)
		}
		return nil, dossier.Refuse(dossier.BadForm, at, "want one JSON object in UTF-8")
	}
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		return nil, dossier.Refuse(dossier.BadForm, at, "want one JSON object")
	}
	return m, nil
}

// Reserve takes the numbers, stores the documents and makes their jobs. The job
// of a single one is due only when whoever ordered it had time to finish it.
func (d *Draft) Reserve(ctx context.Context, tx Tx) error {
	first := d.Documents[0]
	if d.old.ID != "" {
		state, successor, err := tx.LockDocument(ctx, d.old.ID)
		if err != nil {
			return err
		}
		if successor != "" {
			return dossier.Refusef(dossier.WrongState, "document %s is about to take its place already", successor)
		}
		if state != dossier.Issued {
			return wrongState(state, dossier.Issued)
		}
	}
	n, err := tx.NextNumbers(ctx, first.Kind, first.Commission, first.Election, len(d.Documents))
	if err != nil {
		return err
	}
	acts := make([]dossier.DocumentAct, 0, len(d.Documents)+1)
	jobs := make([]queue.New, 0, len(d.Documents))
	due, priority := first.ReservedAt.Add(cmp.Or(d.is.Grace, defaultGrace)), prioritySingle
	if d.order.Many {
		due, priority = time.Time{}, priorityBatch
	}
	for i := range d.Documents {
		doc := &d.Documents[i]
		doc.Number = n + i
		if err := d.fill(doc, i); err != nil {
			return err
		}
		acts = append(acts, act(*doc, doc.ReservedAt, d.order.Actor, dossier.DeedReserved))
		jobs = append(jobs, d.is.render(*doc, doc.Commission, priority, due))
	}
	if d.old.ID != "" {
		acts = append(acts, d.replacing())
	}
	if err := tx.AddDocument(ctx, d.Documents...); err != nil {
		return err
	}
	if err := tx.AddActs(ctx, acts...); err != nil {
		return err
	}
	return tx.Enqueue(ctx, jobs...)
}

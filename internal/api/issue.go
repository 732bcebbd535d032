package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// finishing bounds how long a document is made while its orderer waits. It is
// less than the queue's grace: then the job takes over.
const finishing = 25 * time.Second

// orderView is a request for documents.
type orderView struct {
	Template, Election, Commission, Language string
	Data                                     json.RawMessage
	Items                                    []json.RawMessage
}

// order reads and checks what is asked for.
func (s *server) order(r *request) (*issuing.Draft, error) {
	var b orderView
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if r.key.Commission != "" && r.key.Commission != b.Commission {
		return nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
	}
	o := issuing.Order{
		Template: b.Template, Election: b.Election, Commission: b.Commission, Language: b.Language, Actor: "key:" + r.key.ID, Many: b.Items != nil,
		Data: b.Items,
	}
	for i := range b.Items {
		o.At = append(o.At, fmt.Sprintf("/items/%d", i))
	}
	if !o.Many {
		o.Data, o.At = []json.RawMessage{b.Data}, []string{"/data"}
	}
	return s.Issuing.Draft(r.Context(), o)
}

// issueDocument orders one document and makes it at once.
func (s *server) issueDocument(w http.ResponseWriter, r *request) (int, any, error) {
	return s.makeNow(w, r, func() (*issuing.Draft, error) {
		if s.Crowded != nil { // before a number is taken
			if err := s.Crowded(); err != nil {
				return nil, err
			}
		}
		return s.order(r)
	})
}

// makeNow reserves what draft asks for in one transaction, makes it, and issues it
// in a second one. A crash between the two leaves it to the queue.
func (s *server) makeNow(w http.ResponseWriter, r *request, draft func() (*issuing.Draft, error)) (int, any, error) {
	var d *issuing.Draft
	done, repeated, err := s.deed(r, func() (deed, error) {
		var err error
		if d, err = draft(); err != nil {
			return deed{}, err
		}
		line := dossier.AuditLine{Action: "document.ordered", Detail: map[string]string{"template": d.Documents[0].Template}}
		if d.Documents[0].Replaces != "" {
			line.Detail["replaces"], line.Detail["relation"] = d.Documents[0].Replaces, string(d.Documents[0].Relation)
		}
		return reserving(d, d.Documents[0].ID, line), nil
	})
	if err != nil {
		return 0, nil, err
	}
	if repeated {
		doc, err := s.Store.Document(r.Context(), done.ID)
		if err != nil {
			return 0, nil, err
		}
		return s.answer(w, r, doc, nil)
	}
	doc := d.Documents[0]
	pdf, err := s.finish(r, &doc)
	if err != nil {
		return 0, nil, err
	}
	return s.answer(w, r, doc, pdf)
}

// reserving is the act of a draft; id says what was ordered, a document or a batch.
func reserving(d *issuing.Draft, id string, line dossier.AuditLine) deed {
	return deed{
		write: func(ctx context.Context, tx *store.Tx) error { return d.Reserve(ctx, tx) },
		done:  func() accepted { return accepted{ID: id} }, audit: line,
	}
}

// finish makes a reserved document. One that can never be made as it is, is
// annulled; whatever else goes wrong leaves it reserved, with its job.
func (s *server) finish(r *request, doc *dossier.Document) ([]byte, error) {
	// Whoever ordered it may leave: it is made all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishing)
	defer cancel()
	pdf, effect, err := s.Issuing.Finish(ctx, doc)
	if err == nil {
		err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
	}
	if err == nil && doc.State == dossier.Issued {
		return pdf, nil
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && f.Kind == fault.Rejected {
		return nil, s.giveUp(ctx, *doc, f)
	}
	if err != nil {
		doc.State, doc.IssuedAt, doc.Passport, doc.File = dossier.Reserved, time.Time{}, dossier.Passport{}, ""
		s.Log.WarnContext(ctx, "a document is left to the queue", "document", doc.ID, "error", err)
		leave := s.Issuing.Leave(doc.ID)
		if err := s.Store.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error { return leave(ctx, tx) }); err != nil {
			s.Log.WarnContext(ctx, "its job comes when it is due", "document", doc.ID, "error", err)
		}
		return nil, nil
	}
	// Somebody else was quicker.
	*doc, err = s.Store.Document(ctx, doc.ID)
	return nil, err
}

// giveUp annuls a document that cannot be made.
func (s *server) giveUp(ctx context.Context, doc dossier.Document, why *fault.Fault) error {
	effect, err := s.Issuing.GiveUp(ctx, doc, why.Err)
	if err == nil {
		err = s.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx) })
	}
	if err != nil {
		return err
	}
	return &dossier.Refusal{Code: dossier.BadForm, Detail: fmt.Sprintf("%v; number %s of %s is annulled", why.Err, issuing.Number(doc.Number), doc.Kind)}
}

// answer tells how far an ordered document has come: issued (201, as JSON or as
// the PDF itself), or still to be made (202).
func (s *server) answer(w http.ResponseWriter, r *request, doc dossier.Document, pdf []byte) (int, any, error) {
	if doc.State == dossier.Annulled {
		return 0, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: fmt.Sprintf("number %s of %s is annulled: %s/passport says why", issuing.Number(doc.Number), doc.Kind, documentPath(doc.ID))}
	}
	w.Header().Set("Location", documentPath(doc.ID))
	if doc.State == dossier.Reserved {
		w.Header().Set("Retry-After", "5")
		return http.StatusAccepted, recordOf(doc), nil
	}
	if strings.Contains(r.Header.Get("Accept"), "application/pdf") {
		var err error
		if pdf == nil {
			if pdf, err = s.Bucket.Get(r.Context(), doc.File); err != nil {
				return 0, nil, err
			}
		}
		return 0, nil, writePDF(w, doc, pdf, http.StatusCreated)
	}
	v := recordOf(doc)
	var err error
	v.Code, err = s.Issuing.CodeOf(doc)
	return http.StatusCreated, v, err
}

// batchView is the answer to a batch.
type batchView struct {
	Batch     string     `json:"batch"`
	Documents []itemView `json:"documents"` // in the order of the items
	Progress  string     `json:"progress"`
}

type itemView struct {
	ID     string `json:"id"`
	Number string `json:"number"`
}

// issueBatch orders many documents of one template; the queue makes them.
func (s *server) issueBatch(w http.ResponseWriter, r *request) (int, any, error) {
	var d *issuing.Draft
	done, repeated, err := s.deed(r, func() (deed, error) {
		var err error
		if d, err = s.order(r); err != nil {
			return deed{}, err
		}
		line := dossier.AuditLine{Action: "documents.ordered", Detail: map[string]string{
			"template": d.Documents[0].Template, "documents": fmt.Sprint(len(d.Documents)),
		}}
		return reserving(d, d.Batch, line), nil
	})
	if err != nil {
		return 0, nil, err
	}
	var list []dossier.Document
	if repeated {
		if list, err = s.Store.Batch(r.Context(), done.ID); err != nil {
			return 0, nil, err
		}
	} else {
		list = d.Documents
	}
	out := batchView{Batch: done.ID, Documents: []itemView{}, Progress: "/v1/documents?batch=" + done.ID}
	for _, doc := range list {
		out.Documents = append(out.Documents, itemView{doc.ID, issuing.Number(doc.Number)})
	}
	w.Header().Set("Location", out.Progress)
	return http.StatusAccepted, out, nil
}

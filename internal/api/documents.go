package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// recordView is a document as the register has it: it names nobody.
type recordView struct {
	ID          string     `json:"id"`
	Number      string     `json:"number"` // as printed
	Kind        string     `json:"kind"`
	Template    string     `json:"template"`
	Language    string     `json:"language,omitempty"`
	Election    string     `json:"election"`
	Commission  string     `json:"commission"`
	State       string     `json:"state"`
	Application string     `json:"application,omitempty"`
	Batch       string     `json:"batch,omitempty"`
	Relation    string     `json:"relation,omitempty"`
	Replaces    string     `json:"replaces,omitempty"`
	ReplacedBy  string     `json:"replaced_by,omitempty"` // also while that one is still being made
	ValidUntil  string     `json:"valid_until,omitempty"`
	SHA256      string     `json:"sha256,omitempty"`
	Pages       int        `json:"pages,omitempty"`
	Code        string     `json:"code,omitempty"`
	ReservedAt  time.Time  `json:"reserved_at"`
	IssuedAt    *time.Time `json:"issued_at,omitempty"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	Links       linksView  `json:"links"`
}

type linksView struct {
	Self     string `json:"self"`
	Passport string `json:"passport"`
}

// passportView is everything that proves a document.
type passportView struct {
	recordView
	Content  string     `json:"content_sha256,omitempty"`
	DataHash string     `json:"data_sha256,omitempty"`
	Hash     string     `json:"template_sha256,omitempty"`
	Browser  string     `json:"browser,omitempty"`
	Fonts    []string   `json:"fonts,omitempty"`
	Seal     string     `json:"seal,omitempty"`
	Decision string     `json:"decision,omitempty"`
	History  []deedView `json:"history"`
}

type deedView struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act"`
	Reason string    `json:"reason,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

func documentPath(id string) string { return "/v1/documents/" + id }

func recordOf(d dossier.Document) recordView {
	return recordView{
		ID: d.ID, Number: issuing.Number(d.Number), Kind: d.Kind, Template: d.Template, Language: d.Language, Election: d.Election, Commission: d.Commission,
		State: string(d.State), Application: d.Application, Batch: d.Batch, Relation: string(d.Relation), Replaces: d.Replaces, ReplacedBy: d.ReplacedBy,
		ValidUntil: d.ValidUntil.String(), SHA256: d.Passport.SHA256, Pages: d.Passport.Pages, ReservedAt: d.ReservedAt, IssuedAt: when(d.IssuedAt),
		EndedAt: when(d.EndedAt), Links: linksView{documentPath(d.ID), documentPath(d.ID) + "/passport"},
	}
}

// ownDocument returns a document that the key may see.
func (s *server) ownDocument(r *request, id string) (dossier.Document, error) {
	d, err := s.Store.Document(r.Context(), id)
	if err == nil && r.key.Commission != "" && r.key.Commission != d.Commission {
		return dossier.Document{}, dossier.Refusef(dossier.NotFound, "no such document")
	}
	return d, err
}

// getDocument answers the PDF, also of a document that does not hold any more:
// what was handed out can still be looked at.
func (s *server) getDocument(w http.ResponseWriter, r *request) (int, any, error) {
	d, err := s.ownDocument(r, r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	if !d.State.Made() {
		detail := "the document is not issued yet"
		if d.State == dossier.Annulled {
			detail = "the document was annulled before it was issued: its passport says why"
		}
		return 0, nil, dossier.Refusef(dossier.WrongState, "%s", detail)
	}
	pdf, err := s.Bucket.Get(r.Context(), d.File)
	if err != nil {
		return 0, nil, err
	}
	if err := s.audit(r.Context(), dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "document.read", Object: d.ID}); err != nil {
		return 0, nil, err
	}
	return 0, nil, writePDF(w, d, pdf, http.StatusOK)
}

func writePDF(w http.ResponseWriter, d dossier.Document, pdf []byte, status int) error {
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", fmt.Sprintf(`inline; filename="%s-%s.pdf"`, d.Kind, issuing.Number(d.Number)))
	h.Set("Content-Length", strconv.Itoa(len(pdf)))
	h.Set("X-Document-Id", d.ID)
	h.Set("Link", "<"+documentPath(d.ID)+`/passport>; rel="describedby"; type="application/json"`)
	w.WriteHeader(status)
	_, err := w.Write(pdf)
	return err
}

// listDocuments answers a page of the register.
func (s *server) listDocuments(_ http.ResponseWriter, r *request) (int, any, error) {
	q := r.URL.Query()
	f := store.DocumentFilter{
		Commission: q.Get("commission"), Election: q.Get("election"), Kind: q.Get("kind"), Template: q.Get("template"), State: q.Get("state"),
		Application: q.Get("application"), Batch: q.Get("batch"),
	}
	f.Number, _ = strconv.Atoi(q.Get("number")) // checked against the contract
	if r.key.Commission != "" {
		if f.Commission != "" && f.Commission != r.key.Commission {
			return 0, nil, dossier.Refuse(dossier.NotYours, "query:commission", "this API key is bound to another commission")
		}
		f.Commission = r.key.Commission
	}
	limit := limitOf(r)
	list, err := s.Store.Register(r.Context(), f, strings.ToLower(q.Get("cursor")), limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Documents []recordView `json:"documents"`
		Next      string       `json:"next,omitempty"`
	}{Documents: []recordView{}}
	for i, d := range list {
		if i == limit {
			out.Next = list[i-1].ID
			break
		}
		out.Documents = append(out.Documents, recordOf(d))
	}
	return http.StatusOK, out, nil
}

// getPassport answers everything that proves a document, and what was done with
// it. A reason may name somebody, so that it was read goes on record.
func (s *server) getPassport(_ http.ResponseWriter, r *request) (int, any, error) {
	d, err := s.ownDocument(r, r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	acts, err := s.Store.Acts(r.Context(), d.ID)
	if err != nil {
		return 0, nil, err
	}
	v := passportView{
		recordView: recordOf(d), Content: d.Passport.Content, DataHash: d.Passport.DataHash, Hash: d.Passport.Template, Browser: d.Passport.Browser,
		Fonts: d.Passport.Fonts, Seal: d.Passport.Seal, Decision: d.Decision, History: []deedView{},
	}
	if v.Code, err = s.Issuing.CodeOf(d); err != nil {
		return 0, nil, err
	}
	for _, a := range acts {
		v.History = append(v.History, deedView{a.At, a.Actor, string(a.Deed), a.Reason, a.Detail})
	}
	err = s.audit(r.Context(), dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "document.passport", Object: d.ID})
	return http.StatusOK, v, err
}

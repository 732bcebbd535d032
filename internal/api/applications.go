package api

import (
	"context"
	"encoding/base64"
	"mime"
	"net/http"
	"strconv"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/intake"
)

// signed is the body of a submission.
type signed struct {
	Document    string `json:"document"`
	Signature   string `json:"signature"`
	Code        *struct{ ID, Digits string }
	Attachments []attached `json:"attachments"`
}

// attached is a file that came with a submission.
type attached struct {
	Name    string `json:"name"`
	Content string `json:"content"`
}

// signedBytes reads a submission's body and what is in it as base64.
func (r *request) signedBytes() (b signed, document, signature []byte, err error) {
	if err := r.decode(&b); err != nil {
		return b, nil, nil, err
	}
	document, signature, err = b.bytes()
	return b, document, signature, err
}

// bytes reads what is in it as base64.
func (b signed) bytes() (document, signature []byte, err error) {
	if document, err = base64.StdEncoding.DecodeString(b.Document); err != nil {
		return nil, nil, dossier.Refuse(dossier.NotJSON, "/document", "want base64 of the signed JSON")
	}
	if signature, err = base64.StdEncoding.DecodeString(b.Signature); err != nil {
		return nil, nil, dossier.Refuse(dossier.BadSignature, "/signature", "want base64 of a PKCS#7 signature (DER)")
	}
	return document, signature, nil
}

func (s *server) submitApplication(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.accept(r, func() (deed, error) {
		b, doc, sig, err := r.signedBytes()
		if err != nil {
			return deed{}, err
		}
		sub, err := submission(r, b, doc, sig)
		if err != nil {
			return deed{}, err
		}
		a, write, err := s.Intake.Accept(r.Context(), sub)
		return deed{
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
			done:  func() accepted { return accepted{ID: a.ID, Number: a.Number, State: string(a.State)} },
		}, err
	})
}

// submission is what came, for the door.
func submission(r *request, b signed, document, signature []byte) (intake.Submission, error) {
	sub := intake.Submission{Document: document, Signature: signature, By: r.key.ID, Commission: r.key.Commission}
	if b.Code != nil {
		sub.Code = &intake.Code{ID: b.Code.ID, Digits: b.Code.Digits}
	}
	for i, f := range b.Attachments {
		content, err := base64.StdEncoding.DecodeString(f.Content)
		if err != nil {
			return sub, dossier.Refuse(dossier.BadAttachment, "/attachments/"+strconv.Itoa(i)+"/content", "want base64")
		}
		sub.Attachments = append(sub.Attachments, dossier.Attachment{Name: f.Name, Content: content})
	}
	return sub, nil
}

// accept takes a submission: the answer to a repeated one is the first one's.
func (s *server) accept(r *request, prepare func() (deed, error)) (int, any, error) {
	done, _, err := s.deed(r, func() (deed, error) {
		d, err := prepare()
		d.audit = dossier.AuditLine{Action: "accepted", Detail: map[string]string{"path": r.Pattern}}
		return d, err
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, done, nil
}

func (s *server) confirmPaper(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Subject, Proves, Attachment, Official string
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	write, err := s.Decisions.Confirm(r.Context(), decision.Confirmation{
		Application: r.PathValue("id"), Subject: b.Subject, Kind: b.Proves, Attachment: b.Attachment,
		Official: b.Official, By: r.key.ID, Commission: r.key.Commission,
	})
	if err != nil {
		return 0, nil, err
	}
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := write(ctx, tx); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{
			At: s.Now(), Actor: "key:" + r.key.ID, Action: "paper.confirmed", Object: r.PathValue("id"),
			Detail: map[string]string{"subject": b.Subject, "proves": b.Proves, "official": b.Official},
		})
	})
	return http.StatusNoContent, nil, err
}

func (s *server) listApplications(_ http.ResponseWriter, r *request) (int, any, error) {
	limit := limitOf(r)
	q := r.URL.Query()
	list, err := s.Store.ApplicationsWhere(r.Context(), store.ApplicationFilter{
		Commission: r.key.Commission, Election: q.Get("election"), Type: q.Get("type"), Applicant: q.Get("applicant"), State: dossier.State(q.Get("state")),
	}, q.Get("cursor"), limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Applications []head `json:"applications"`
		Next         string `json:"next,omitempty"`
	}{Applications: []head{}}
	for i, a := range list {
		if i == limit {
			out.Next = list[i-1].ID
			break
		}
		out.Applications = append(out.Applications, headOf(a))
	}
	return http.StatusOK, out, nil
}

func limitOf(r *request) int {
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil {
		return n
	}
	return 50
}

// mine returns an application that the key may see.
func (s *server) mine(r *request) (dossier.Application, error) {
	a, err := s.Store.Application(r.Context(), r.PathValue("id"))
	if err != nil {
		return a, err
	}
	if r.key.Commission != "" && r.key.Commission != a.Commission {
		return a, dossier.Refusef(dossier.NotFound, "no such application")
	}
	return a, nil
}

func (s *server) getApplication(w http.ResponseWriter, r *request) (int, any, error) {
	a, err := s.mine(r)
	if err != nil {
		return 0, nil, err
	}
	if err := s.audit(r.Context(), dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "dossier.read", Object: a.ID}); err != nil {
		return 0, nil, err
	}
	view, err := s.dossier(r.Context(), a)
	if err == nil {
		w.Header().Set("ETag", etag(a.Version))
	}
	return http.StatusOK, view, err
}

func (s *server) getAttachment(w http.ResponseWriter, r *request) (int, any, error) {
	a, err := s.mine(r)
	if err != nil {
		return 0, nil, err
	}
	f, err := s.Store.Attachment(r.Context(), a.ID, r.PathValue("name"))
	if err != nil {
		return 0, nil, err
	}
	if err := s.audit(r.Context(), dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "attachment.read", Object: a.ID, Detail: map[string]string{"attachment": f.ID}}); err != nil {
		return 0, nil, err
	}
	// A stranger's file: saved, never shown by a browser as what it says it is.
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	_, err = w.Write(f.Content)
	return 0, nil, err
}

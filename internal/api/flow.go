package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/intake"
)

// etag is an application's version as a header has it.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// ifMatch is the version that the caller has seen; zero: any will do. The contract
// has checked its form.
func (r *request) ifMatch() int {
	n, err := strconv.Atoi(strings.Trim(r.Header.Get("If-Match"), `"`))
	if err != nil {
		return 0
	}
	return n
}

// act is what every act on an application says.
func (r *request) act() intake.Act {
	return intake.Act{Application: r.PathValue("id"), Commission: r.key.Commission, Version: r.ifMatch()}
}

// written is what an act has to write.
type written func(ctx context.Context, tx intake.Tx) error

// acted does an act and answers with the application as it is then.
func (s *server) acted(w http.ResponseWriter, r *request, audit dossier.AuditLine, prepare func() (written, error)) (int, any, error) {
	done, _, err := s.deed(r, func() (deed, error) {
		write, err := prepare()
		return deed{
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
			done:  func() accepted { return accepted{ID: r.PathValue("id")} }, audit: audit,
		}, err
	})
	if err != nil {
		return 0, nil, err
	}
	a, err := s.Store.Application(r.Context(), done.ID)
	if err != nil {
		return 0, nil, err
	}
	w.Header().Set("ETag", etag(a.Version))
	return http.StatusOK, headOf(a), nil
}

func (s *server) returnApplication(w http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Official, Reason string
		Due              civil.Date
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	line := dossier.AuditLine{Action: "application.returned", Detail: map[string]string{"official": b.Official}}
	return s.acted(w, r, line, func() (written, error) {
		write, err := s.Intake.Return(r.Context(), intake.Return{
			Official: intake.Official{Act: r.act(), Official: b.Official}, Reason: b.Reason, Due: b.Due,
		})
		return write, err
	})
}

func (s *server) reviewApplication(w http.ResponseWriter, r *request) (int, any, error) {
	var b struct{ Official string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	line := dossier.AuditLine{Action: "application.reviewed", Detail: map[string]string{"official": b.Official}}
	return s.acted(w, r, line, func() (written, error) {
		write, err := s.Intake.Review(r.Context(), intake.Official{Act: r.act(), Official: b.Official})
		return write, err
	})
}

func (s *server) amendSubject(w http.ResponseWriter, r *request) (int, any, error) {
	var b struct{ Official, Column, Value, Reason string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	line := dossier.AuditLine{Action: "application.amended", Detail: map[string]string{"official": b.Official, "column": b.Column}}
	return s.acted(w, r, line, func() (written, error) {
		write, err := s.Intake.Amend(r.Context(), intake.Amend{
			Official: intake.Official{Act: r.act(), Official: b.Official}, Subject: r.PathValue("ref"), Column: b.Column, Value: b.Value, Reason: b.Reason,
		})
		return write, err
	})
}

func (s *server) withdrawApplication(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.accept(r, func() (deed, error) {
		b, doc, sig, err := r.signedBytes()
		if err != nil {
			return deed{}, err
		}
		sub, err := submission(r, b, doc, sig)
		if err != nil {
			return deed{}, err
		}
		v, write, err := s.Intake.Withdraw(r.Context(), r.act(), sub)
		return deed{
			write: func(ctx context.Context, tx *store.Tx) error { return write(ctx, tx) },
			done:  func() accepted { return accepted{ID: v.ID, State: string(v.State)} },
		}, err
	})
}

// amendmentView is a column changed by hand.
type amendmentView struct {
	Name   string    `json:"name"`
	Value  string    `json:"value"`
	Reason string    `json:"reason"`
	Actor  string    `json:"actor"`
	At     time.Time `json:"at"`
}

// amendments returns what was changed by hand, by subject.
func (s *server) amendments(ctx context.Context, application string) (map[string][]amendmentView, error) {
	list, err := s.Store.Amendments(ctx, application)
	out := map[string][]amendmentView{}
	for _, m := range list {
		out[m.Subject] = append(out[m.Subject], amendmentView{m.Name, m.Value, m.Reason, m.Actor, m.At})
	}
	return out, err
}

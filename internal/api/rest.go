package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

func (s *server) autofill(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Type, Official, Commission, Applicant, PINFL, Passport string
		BirthDate                                              string `json:"birth_date"`
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	bound := r.key.Commission
	switch {
	case bound == "":
		bound = b.Commission
	case b.Commission != "" && b.Commission != bound:
		return 0, nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
	}
	a, err := s.Autofill.Fill(r.Context(), autofill.Request{
		Type: b.Type, Official: b.Official, Bound: bound, PINFL: b.PINFL, Passport: b.Passport, BirthDate: b.BirthDate, Applicant: b.Applicant,
		By: r.key.ID,
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, autofillView(a), nil
}

func (s *server) createKey(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Name, Commission string
		Scopes           []string
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	if err := s.mayCreate(r.Context(), r.key, b.Commission, b.Scopes); err != nil {
		return 0, nil, err
	}
	id, secret := vault.NewKey()
	err := s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddKey(ctx, store.Key{ID: id, Name: b.Name, Commission: b.Commission, Scopes: b.Scopes}, vault.HashSecret(secret), s.Now()); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{
			At: s.Now(), Actor: "key:" + r.key.ID, Action: "key.created", Object: id,
			Detail: map[string]string{"name": b.Name, "commission": b.Commission, "scopes": strings.Join(b.Scopes, " ")},
		})
	})
	return http.StatusCreated, map[string]string{"id": id, "key": id + "." + secret}, err
}

// mayCreate keeps a key from making one that may more than itself.
func (s *server) mayCreate(ctx context.Context, k store.Key, commission string, scopes []string) error {
	if k.Commission != "" && commission != k.Commission {
		return dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to a commission and makes keys for that one only")
	}
	for i, scope := range scopes {
		if !slices.Contains(k.Scopes, scope) && !slices.Contains(k.Scopes, "*") {
			return dossier.Refuse(dossier.NotEntitled, fmt.Sprintf("/scopes/%d", i), "want scopes that this API key has itself")
		}
	}
	if commission == "" {
		return nil
	}
	_, known, err := s.Store.Commission(ctx, commission)
	if err == nil && !known {
		return dossier.Refuse(dossier.UnknownRecord, "/commission", "want a commission of the directory")
	}
	return err
}

// failureView is one failure as operators see it.
type failureView struct {
	ID          int64           `json:"id"`
	Application string          `json:"application,omitempty"`
	Stage       string          `json:"stage"`
	System      string          `json:"system,omitempty"`
	Operation   string          `json:"operation,omitempty"`
	Kind        fault.Kind      `json:"kind"`
	Code        string          `json:"code,omitempty"`
	Text        string          `json:"text"`
	Hint        string          `json:"hint,omitempty"`
	Who         string          `json:"who"`
	Attempt     int             `json:"attempt"`
	Generation  int             `json:"generation"`
	FailedAt    time.Time       `json:"failed_at"`
	Attempts    []store.Attempt `json:"attempts,omitempty"`
}

func failureOf(j queue.Job) failureView {
	v := failureView{ID: j.ID, Application: j.Application, Stage: j.Stage, Attempt: j.Attempt, Generation: j.Generation}
	if l := j.Last; l != nil {
		v.System, v.Operation, v.Kind, v.Code, v.Text, v.Hint, v.FailedAt = l.System, l.Operation, l.Kind, l.Code, l.Text, l.Hint, l.At
		v.Who = fault.RuleOf(l.Kind).OperatorAction
	}
	return v
}

func (s *server) listFailures(_ http.ResponseWriter, r *request) (int, any, error) {
	q := r.URL.Query()
	after, _ := strconv.ParseInt(q.Get("cursor"), 10, 64)
	limit := limitOf(r)
	jobs, err := s.Store.Failures(r.Context(), store.FailureFilter{
		System: q.Get("system"), Stage: q.Get("stage"), Kind: q.Get("kind"), Application: q.Get("application"), Commission: r.key.Commission,
	}, after, limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Failures []failureView `json:"failures"`
		Next     int64         `json:"next,omitempty"`
	}{Failures: []failureView{}}
	for i, j := range jobs {
		if i == limit {
			out.Next = jobs[i-1].ID
			break
		}
		out.Failures = append(out.Failures, failureOf(j))
	}
	return http.StatusOK, out, nil
}

func (s *server) getFailure(_ http.ResponseWriter, r *request) (int, any, error) {
	id, _ := strconv.ParseInt(r.PathValue("job"), 10, 64)
	jobs, err := s.Store.Failures(r.Context(), store.FailureFilter{ID: id, Commission: r.key.Commission}, 0, 1)
	if err != nil {
		return 0, nil, err
	}
	if len(jobs) == 0 {
		return 0, nil, dossier.Refusef(dossier.NotFound, "no such failure")
	}
	v := failureOf(jobs[0])
	v.Attempts, err = s.Store.Attempts(r.Context(), id)
	return http.StatusOK, v, err
}

func (s *server) replayFailures(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Reason, System, Stage, Kind, Application string
		ID                                       int64
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	if b.ID == 0 && b.System == "" && b.Stage == "" && b.Kind == "" && b.Application == "" {
		return 0, nil, dossier.Refuse(dossier.BadForm, "", "want at least one of id, system, stage, kind, application: everything is not replayed by accident")
	}
	n, err := s.Store.Replay(r.Context(), store.FailureFilter{
		ID: b.ID, System: b.System, Stage: b.Stage, Kind: b.Kind, Application: b.Application, Commission: r.key.Commission,
	}, "key:"+r.key.ID, b.Reason)
	return http.StatusOK, map[string]int{"replayed": n}, err
}

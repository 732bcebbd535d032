package api

import (
	"context"
	"net/http"
	"time"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// mailingView is a mailing with its progress.
type mailingView struct {
	ID           string              `json:"id,omitempty"`
	Election     string              `json:"election"`
	Notice       string              `json:"notice"`
	Roles        []string            `json:"roles"`
	Commission   string              `json:"commission,omitempty"`
	Territory    string              `json:"territory,omitempty"`
	Constituency string              `json:"constituency,omitempty"`
	Params       map[string]string   `json:"params,omitempty"`
	PerSecond    int                 `json:"per_second"`
	State        notice.MailingState `json:"state"`
	DryRun       bool                `json:"dry_run,omitempty"`
	By           string              `json:"by,omitempty"`
	At           time.Time           `json:"at,omitzero"`
	EndedAt      *time.Time          `json:"ended_at,omitempty"`
	Total        int                 `json:"total"`
	Made         int                 `json:"made"`
	notice.Progress
}

func mailingOf(m notice.Mailing, p notice.Progress) mailingView {
	return mailingView{
		ID: m.ID, Election: m.Election, Notice: m.Notice, Roles: m.Audience.Roles, Commission: m.Audience.Commission, Territory: m.Audience.Territory,
		Constituency: m.Audience.Constituency, Params: m.Params, PerSecond: m.PerSecond, State: m.State, By: m.Actor, At: m.At, EndedAt: when(m.EndedAt),
		Total: m.Total, Made: m.Made, Progress: p,
	}
}

// createMailing counts whom a notice would go to and, unless that was all that was
// asked for, begins to send it.
func (s *server) createMailing(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Election, Notice, Commission, Territory, Constituency string
		Roles                                                 []string
		Params                                                map[string]string
		PerSecond                                             int  `json:"per_second"`
		DryRun                                                bool `json:"dry_run"`
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	if r.key.Commission != "" {
		if b.Commission != "" && b.Commission != r.key.Commission {
			return 0, nil, dossier.Refuse(dossier.NotYours, "/commission", "this API key is bound to another commission")
		}
		b.Commission = r.key.Commission
	}
	m := notice.Mailing{
		Election: b.Election, Notice: b.Notice, Params: b.Params, PerSecond: b.PerSecond, Actor: "key:" + r.key.ID,
		Audience: notice.Audience{Roles: b.Roles, Commission: b.Commission, Territory: b.Territory, Constituency: b.Constituency},
	}
	prepare := func() (err error) {
		if err := s.Notices.Judge(r.Context(), m); err != nil {
			return err
		}
		m, err = s.Notices.Prepare(r.Context(), m)
		return err
	}
	if b.DryRun {
		if err := prepare(); err != nil {
			return 0, nil, err
		}
		v := mailingOf(m, notice.Progress{})
		v.ID, v.DryRun = "", true
		return http.StatusOK, v, nil
	}
	done, _, err := s.deed(r, func() (deed, error) {
		if err := prepare(); err != nil {
			return deed{}, err
		}
		return deed{
			done: func() accepted { return accepted{ID: m.ID, State: string(m.State)} },
			audit: dossier.AuditLine{Action: "mailing.begun", Detail: map[string]string{
				"notice": m.Notice, "election": m.Election, "commission": m.Audience.Commission,
			}},
			write: func(ctx context.Context, tx *store.Tx) error {
				_, err := s.Notices.Begin(ctx, tx, m)
				return err
			},
		}, nil
	})
	if err != nil {
		return 0, nil, err
	}
	return s.mailing(r, done.ID, http.StatusAccepted)
}

// mailing answers one that the key may see.
func (s *server) mailing(r *request, id string, status int) (int, any, error) {
	m, err := s.myMailing(r, id)
	if err != nil {
		return 0, nil, err
	}
	p, err := s.Store.MailingProgress(r.Context(), m.ID)
	return status, mailingOf(m, p), err
}

func (s *server) myMailing(r *request, id string) (notice.Mailing, error) {
	m, err := s.Store.Mailing(r.Context(), id)
	if err == nil && r.key.Commission != "" && m.Audience.Commission != r.key.Commission {
		err = dossier.Refusef(dossier.NotFound, "no such mailing")
	}
	return m, err
}

func (s *server) getMailing(_ http.ResponseWriter, r *request) (int, any, error) {
	return s.mailing(r, r.PathValue("id"), http.StatusOK)
}

func (s *server) listMailings(_ http.ResponseWriter, r *request) (int, any, error) {
	limit := limitOf(r)
	list, err := s.Store.Mailings(r.Context(), r.URL.Query().Get("cursor"), limit+1)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		Mailings []mailingView `json:"mailings"`
		Next     string        `json:"next,omitempty"`
	}{Mailings: []mailingView{}}
	for i, m := range list {
		if i == limit {
			out.Next = list[i-1].ID
			break
		}
		if r.key.Commission != "" && m.Audience.Commission != r.key.Commission {
			continue
		}
		p, err := s.Store.MailingProgress(r.Context(), m.ID)
		if err != nil {
			return 0, nil, err
		}
		out.Mailings = append(out.Mailings, mailingOf(m, p))
	}
	return http.StatusOK, out, nil
}

// steerMailing pauses, resumes or cancels.
func (s *server) steerMailing(_ http.ResponseWriter, r *request) (int, any, error) {
	to, ok := map[string]notice.MailingState{
		"pause": notice.MailingPaused, "resume": notice.MailingRunning, "cancel": notice.MailingCancelled,
	}[r.PathValue("act")]
	if !ok {
		return 0, nil, noSuchAddress
	}
	m, err := s.myMailing(r, r.PathValue("id"))
	if err != nil {
		return 0, nil, err
	}
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := s.Notices.Steer(ctx, tx, m.ID, to); err != nil {
			return err
		}
		return tx.Audit(ctx, dossier.AuditLine{At: s.Now(), Actor: "key:" + r.key.ID, Action: "mailing." + string(to), Object: m.ID})
	})
	if err != nil {
		return 0, nil, err
	}
	return s.mailing(r, m.ID, http.StatusOK)
}

// schedule makes the jobs of imported elections' days.
func (s *server) schedule(ctx context.Context, tx *store.Tx, list []dossier.Election) error {
	if s.Notices == nil || len(list) == 0 {
		return nil
	}
	return s.Notices.Schedule(ctx, tx, list...)
}

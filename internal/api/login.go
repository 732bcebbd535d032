package api

import (
	"context"
	"net/http"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
)

// requestLoginCode takes a wish for a code. Nothing it does depends on whether
// the phone is anybody's.
func (s *server) requestLoginCode(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct {
		Phone, Language, Purpose string
		Content                  string `json:"content_sha256"`
	}
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	phone, err := personal.ParsePhone(b.Phone)
	if err != nil {
		return 0, nil, dossier.Refuse(dossier.BadForm, "/phone", err.Error())
	}
	var c login.Code
	err = s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = s.Login.Ask(ctx, tx, login.Request{Phone: phone, Language: b.Language, Purpose: b.Purpose, Content: b.Content, Caller: r.key.ID, Commission: r.key.Commission})
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, struct {
		ID          string    `json:"id"`
		ExpiresAt   time.Time `json:"expires_at"`
		ResendAfter time.Time `json:"resend_after"`
	}{c.ID, c.ExpiresAt, c.At.Add(login.Resend)}, nil
}

// wrongGuess is the answer to wrong digits, with how many guesses are left.
func wrongGuess(field string, left int) Problem {
	p := problemOf(dossier.Refuse(dossier.WrongCode, field, "want the six digits of the last SMS"))
	p.Left = &left
	return p
}

// registration is one of those who logged in.
type registration struct {
	Application string `json:"application"`
	Subject     string `json:"subject"`
	Role        string `json:"role"`
	Election    string `json:"election"`
	Commission  string `json:"commission"`
}

func (s *server) verifyLoginCode(_ http.ResponseWriter, r *request) (int, any, error) {
	var b struct{ Code string }
	if err := r.decode(&b); err != nil {
		return 0, nil, err
	}
	var a login.Answer
	err := s.Store.Write(r.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = s.Login.Verify(ctx, tx, r.PathValue("id"), r.key.ID, b.Code)
		return err
	})
	if err != nil {
		return 0, nil, err
	}
	if a.Gone {
		return 0, nil, dossier.Refusef(dossier.CodeGone, "it was used, replaced, guessed at too often, or is too old: ask for another")
	}
	if !a.Verified { // the guess stays counted: this is said after the commit
		return 0, nil, wrongGuess("/code", a.Left)
	}
	out := struct {
		Verified      bool           `json:"verified"`
		Purpose       string         `json:"purpose"`
		Application   string         `json:"application"`
		Subject       string         `json:"subject"`
		Registrations []registration `json:"registrations"`
	}{Verified: true, Purpose: a.Purpose, Application: a.People[0].Application, Subject: a.People[0].Ref}
	for _, p := range a.People {
		out.Registrations = append(out.Registrations, registration{p.Application, p.Ref, p.Role, p.Election, p.Commission})
	}
	return http.StatusOK, out, nil
}

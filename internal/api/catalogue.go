package api

import (
	"encoding/json"
	"net/http"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// typeView is one application type as it is listed.
type typeView struct {
	ID       string             `json:"id"`
	Number   int                `json:"number"`
	Kind     string             `json:"kind"`
	Title    map[string]string  `json:"title"`
	Status   catalogue.Status   `json:"status"`
	Route    catalogue.Route    `json:"route"`
	Ballots  []string           `json:"ballots"` // empty: every one
	Rounds   []int              `json:"rounds"`
	Form     string             `json:"form"`
	Signing  catalogue.Signing  `json:"signing"`
	Subjects catalogue.Subjects `json:"subjects"`
	Window   catalogue.Window   `json:"window"`
	Term     int                `json:"term"`
	Priority int                `json:"priority"`
	Address  string             `json:"address"` // the whole type, with its form
}

func typeViewOf(t catalogue.Type) typeView {
	v := typeView{
		ID: t.ID, Number: t.Number, Kind: t.Kind, Title: t.Title, Status: t.Status, Route: t.Route, Ballots: t.Ballots, Rounds: t.Rounds,
		Form: t.Form, Signing: t.Signing, Subjects: t.Subjects, Window: t.Window, Term: t.Term, Priority: t.Priority,
		Address: "/v1/catalogue/types/" + t.ID,
	}
	if len(v.Ballots) == 0 {
		v.Ballots = []string{}
	}
	if len(v.Rounds) == 0 {
		v.Rounds = []int{1}
	}
	return v
}

func (s *server) listTypes(_ http.ResponseWriter, _ *request) (int, any, error) {
	out := struct {
		Types []typeView `json:"types"`
	}{}
	for _, t := range s.Catalogue.ByNumber() {
		out.Types = append(out.Types, typeViewOf(t))
	}
	return http.StatusOK, out, nil
}

func (s *server) getType(_ http.ResponseWriter, r *request) (int, any, error) {
	t, ok := s.Catalogue.Type(r.PathValue("id"))
	if !ok {
		return 0, nil, dossier.Refusef(dossier.NotFound, "no such application type")
	}
	return http.StatusOK, struct {
		catalogue.Type
		Schema json.RawMessage `json:"schema"`
	}{t.Filled(), s.Catalogue.FormSource(t)}, nil
}

func (s *server) listNoticeKinds(_ http.ResponseWriter, _ *request) (int, any, error) {
	out := struct {
		Notices []catalogue.Notice `json:"notices"`
		Params  []catalogue.Param  `json:"params"`
	}{Notices: s.Catalogue.Notices(), Params: s.Catalogue.Params()}
	return http.StatusOK, out, nil
}

func (s *server) listReasons(_ http.ResponseWriter, _ *request) (int, any, error) {
	out := struct {
		Reasons []catalogue.Reason `json:"reasons"`
	}{}
	for _, code := range s.Catalogue.Reasons() {
		r, _ := s.Catalogue.Reason(code)
		out.Reasons = append(out.Reasons, r)
	}
	return http.StatusOK, out, nil
}

// dayView is a day of the calendar; of one election, with its date.
type dayView struct {
	catalogue.Day
	Date *civil.Date `json:"date,omitempty"`
	Own  bool        `json:"own,omitempty"` // set by the election itself
}

func (s *server) getCalendar(_ http.ResponseWriter, r *request) (int, any, error) {
	id := r.URL.Query().Get("election")
	out := struct {
		Election string    `json:"election,omitempty"`
		Days     []dayView `json:"days"`
	}{Election: id}
	var e dossier.Election
	if id != "" {
		var ok bool
		var err error
		if e, ok, err = s.Store.Election(r.Context(), id); err != nil {
			return 0, nil, err
		} else if !ok {
			return 0, nil, dossier.Refuse(dossier.UnknownRecord, "query:election", "want an election of the directory")
		}
	}
	for _, d := range s.Catalogue.Days() {
		v := dayView{Day: d}
		if date, ok := s.Catalogue.Day(d.ID, e.Day, e.Calendar); ok && id != "" {
			v.Date = &date
			_, v.Own = e.Calendar[d.ID]
		}
		out.Days = append(out.Days, v)
	}
	return http.StatusOK, out, nil
}

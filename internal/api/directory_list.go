package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// officialView is an official without PINFL and phone.
type officialView struct {
	ID         string     `json:"id"`
	Commission string     `json:"commission"`
	Post       string     `json:"post"`
	Surname    string     `json:"surname"`
	Given      string     `json:"given"`
	Patronymic string     `json:"patronymic"`
	From       civil.Date `json:"from"`
	Until      civil.Date `json:"until"`
	InOffice   bool       `json:"in_office"` // today
}

// organisationView is an organisation without its head and phone.
type organisationView struct {
	ID         string     `json:"id"`
	Role       string     `json:"role"`
	Title      string     `json:"title"`
	TIN        string     `json:"tin"`
	Code       string     `json:"code"`
	Parent     string     `json:"parent"`
	Territory  string     `json:"territory"`
	Registered civil.Date `json:"registered"`
}

// directoryPage is one page of a list.
type directoryPage struct {
	Records []any  `json:"records"`
	Next    string `json:"next,omitempty"`
}

type lister[T any] func(ctx context.Context, f store.DirectoryFilter, after string, limit int) ([]T, error)

// pageOf asks for one record more than a page has, to know whether another follows.
func pageOf[T any](r *request, list lister[T], id func(T) string, view func(T) any) (directoryPage, error) {
	q, limit := r.URL.Query(), limitOf(r)
	records, err := list(r.Context(), store.DirectoryFilter{
		Election: q.Get("election"), Ballot: q.Get("ballot"), Commission: q.Get("commission"), Parent: q.Get("parent"), Level: q.Get("level"), Role: q.Get("role"),
	}, q.Get("cursor"), limit+1)
	out := directoryPage{Records: []any{}}
	for i, one := range records {
		if i == limit {
			out.Next = id(records[i-1])
			break
		}
		out.Records = append(out.Records, view(one))
	}
	return out, err
}

func asItIs[T any](v T) any { return v }

// listFilters are the filters that each list has.
var listFilters = map[string][]string{
	dossier.Territories: {"parent"}, dossier.Commissions: {"parent", "level"}, dossier.Officials: {"commission"}, dossier.Organisations: {"role"},
	dossier.Constituencies: {"election", "ballot", "commission"}, dossier.Precincts: {"election", "commission"},
}

// listDirectory answers a page of one list. The directory is everybody's, so a key
// that is bound to a commission reads all of it.
func (s *server) listDirectory(_ http.ResponseWriter, r *request) (int, any, error) {
	list := r.PathValue("list")
	for name := range r.URL.Query() {
		if name != "cursor" && name != "limit" && !slices.Contains(listFilters[list], name) {
			return 0, nil, dossier.Refuse(dossier.BadForm, "query:"+name, "want only filters that this list has")
		}
	}
	var page directoryPage
	var err error
	switch list {
	case dossier.Territories:
		page, err = pageOf(r, s.Store.ListTerritories, func(t dossier.Territory) string { return t.SOATO }, asItIs)
	case dossier.Elections:
		page, err = pageOf(r, s.Store.ListElections, func(e dossier.Election) string { return e.ID }, asItIs)
	case dossier.Commissions:
		page, err = pageOf(r, s.Store.ListCommissions, func(c dossier.Commission) string { return c.ID }, asItIs)
	case dossier.Officials:
		page, err = pageOf(r, s.Store.ListOfficials, func(o dossier.Official) string { return o.ID }, func(o dossier.Official) any {
			return officialView{o.ID, o.Commission, o.Post, o.Surname, o.Given, o.Patronymic, o.From, o.Until, o.InOffice(s.today())}
		})
	case dossier.Organisations:
		page, err = pageOf(r, s.Store.ListOrganisations, func(o dossier.Organisation) string { return o.ID }, func(o dossier.Organisation) any {
			return organisationView{o.ID, o.Role, o.Title, o.TIN, o.Code, o.Parent, o.Territory, o.Registered}
		})
	case dossier.Constituencies:
		page, err = pageOf(r, s.Store.ListConstituencies, func(c dossier.Constituency) string { return c.ID }, asItIs)
	default:
		page, err = pageOf(r, s.Store.ListPrecincts, func(p dossier.Precinct) string { return p.ID }, asItIs)
	}
	return http.StatusOK, page, err
}

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
)

// ListedType is an application type as it is listed.
type ListedType struct {
	ID       string             `json:"id"`
	Number   int                `json:"number"`
	Kind     string             `json:"kind"`
	Title    map[string]string  `json:"title"`
	Status   catalogue.Status   `json:"status"`
	Route    catalogue.Route    `json:"route"`
	Ballots  []string           `json:"ballots"`
	Rounds   []int              `json:"rounds"`
	Form     string             `json:"form"`
	Signing  catalogue.Signing  `json:"signing"`
	Subjects catalogue.Subjects `json:"subjects"`
	Window   catalogue.Window   `json:"window"`
	Term     int                `json:"term"`
	Priority int                `json:"priority"`
	Address  string             `json:"address"`
}

// ApplicationType is an application type in full.
type ApplicationType struct {
	catalogue.Type
	Schema json.RawMessage `json:"schema"` // of what is signed, in one piece
}

// CalendarDay is a day of the calendar, with its date where an election was named.
type CalendarDay struct {
	catalogue.Day
	Date civil.Date `json:"date"`
	Own  bool       `json:"own"`
}

// ApplicationTypes lists the application types by number.
func (c *Client) ApplicationTypes(ctx context.Context) ([]ListedType, error) {
	var out struct {
		Types []ListedType `json:"types"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/catalogue", "", nil, &out)
	return out.Types, err
}

// ApplicationType returns one application type with the schema of its form.
func (c *Client) ApplicationType(ctx context.Context, id string) (ApplicationType, error) {
	var t ApplicationType
	err := c.do(ctx, http.MethodGet, "/v1/catalogue/types/"+url.PathEscape(id), "", nil, &t)
	return t, err
}

// NoticeKinds lists the kinds of SMS and the parameters of their texts.
func (c *Client) NoticeKinds(ctx context.Context) ([]catalogue.Notice, []catalogue.Param, error) {
	var out struct {
		Notices []catalogue.Notice `json:"notices"`
		Params  []catalogue.Param  `json:"params"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/catalogue/notices", "", nil, &out)
	return out.Notices, out.Params, err
}

// Reasons lists the public reasons of a refusal.
func (c *Client) Reasons(ctx context.Context) ([]catalogue.Reason, error) {
	var out struct {
		Reasons []catalogue.Reason `json:"reasons"`
	}
	err := c.do(ctx, http.MethodGet, "/v1/catalogue/reasons", "", nil, &out)
	return out.Reasons, err
}

// Calendar lists the days of the calendar; of an election, with their dates.
func (c *Client) Calendar(ctx context.Context, election string) ([]CalendarDay, error) {
	path := "/v1/catalogue/calendar"
	if election != "" {
		path += "?" + url.Values{"election": {election}}.Encode()
	}
	var out struct {
		Days []CalendarDay `json:"days"`
	}
	err := c.do(ctx, http.MethodGet, path, "", nil, &out)
	return out.Days, err
}

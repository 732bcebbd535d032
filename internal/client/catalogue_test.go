package client_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/client"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	var asked []string
	answers := map[string]string{
		"/v1/catalogue":             `{"types":[{"id":"a-b","number":7,"title":{"ru":"Тип"},"route":{"from":["PARTY"],"to":["DEC"]}}]}`,
		"/v1/catalogue/types/a-b":   `{"id":"a-b","outcomes":{"register":{"effect":"take"}},"schema":{"type":"object"}}`,
		"/v1/catalogue/notices":     `{"notices":[{"id":"auth-code","number":1}],"params":[{"id":"no","longest":24}]}`,
		"/v1/catalogue/reasons":     `{"reasons":[{"code":"R04","ru":"ограничение","closed":true}]}`,
		"/v1/catalogue/calendar":    `{"days":[{"id":"election-day","offset":0,"date":"2026-12-27","own":true}]}`,
		"/v1/catalogue/types/a%2Fb": `{}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.RequestURI())
		_, _ = io.WriteString(w, answers[r.URL.EscapedPath()])
	}))
	t.Cleanup(srv.Close)
	c := client.New(srv.URL, "id.secret")
	list, err := c.ApplicationTypes(t.Context())
	if err != nil || len(list) != 1 || list[0].Number != 7 || list[0].Title["ru"] != "Тип" || list[0].Route.To[0] != "DEC" {
		t.Error(list, err)
	}
	one, err := c.ApplicationType(t.Context(), "a-b")
	if err != nil || one.Outcomes["register"].Effect != "take" || string(one.Schema) != `{"type":"object"}` {
		t.Error(one, err)
	}
	if _, err := c.ApplicationType(t.Context(), "a/b"); err != nil {
		t.Error(err)
	}
	notices, params, err := c.NoticeKinds(t.Context())
	if err != nil || len(notices) != 1 || notices[0].Number != 1 || params[0].Longest != 24 {
		t.Error(notices, params, err)
	}
	reasons, err := c.Reasons(t.Context())
	if err != nil || len(reasons) != 1 || !reasons[0].Closed || reasons[0].Ru != "ограничение" {
		t.Error(reasons, err)
	}
	for _, election := range []string{"", "a&b"} {
		days, err := c.Calendar(t.Context(), election)
		if err != nil || len(days) != 1 || days[0].ID != "election-day" || days[0].Date.String() != "2026-12-27" || !days[0].Own {
			t.Error(days, err)
		}
	}
	want := []string{
		"GET /v1/catalogue", "GET /v1/catalogue/types/a-b", "GET /v1/catalogue/types/a%2Fb", "GET /v1/catalogue/notices", "GET /v1/catalogue/reasons",
		"GET /v1/catalogue/calendar", "GET /v1/catalogue/calendar?election=a%26b",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

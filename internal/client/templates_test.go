package client_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/client"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		switch r.URL.Path {
		case "/v1/templates":
			_, _ = io.WriteString(w, `{"templates":[{"name":"card","kind":"D4","languages":["ru"]}]}`)
		case "/v1/templates/card":
			_, _ = io.WriteString(w, `{"name":"card","samples":[{"name":"sample","language":"ru","data":{"a":1}}]}`)
		default:
			_, _ = io.WriteString(w, "%PDF")
		}
	}))
	t.Cleanup(srv.Close)
	c := client.New(srv.URL, "id.secret")
	list, err := c.Templates(t.Context())
	if err != nil || len(list) != 1 || list[0].Kind != "D4" || list[0].Languages[0] != "ru" {
		t.Error(list, err)
	}
	one, err := c.Template(t.Context(), "card")
	if err != nil || string(one.Samples[0].Data) != `{"a":1}` {
		t.Error(one, err)
	}
	for _, r := range []client.PreviewRequest{
		{Sample: "sample-longest", Language: "ru"},
		{Data: json.RawMessage(`{"a":2}`), Picture: true, Page: 2},
	} {
		if got, err := c.Preview(t.Context(), "card", r); err != nil || string(got) != "%PDF" {
			t.Error(string(got), err)
		}
	}
	want := []string{
		"GET /v1/templates ", "GET /v1/templates/card ",
		"GET /v1/templates/card/preview?language=ru&sample=sample-longest ",
		`POST /v1/templates/card/preview?format=png&page=2 {"a":2}`,
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Error(diff)
	}
}

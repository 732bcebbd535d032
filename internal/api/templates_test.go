package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/internal/vault"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

// previews answers as told and keeps what it was asked.
type previews struct {
	asked []preview.Request
	err   error
}

func (p *previews) PDF(_ context.Context, r preview.Request) (preview.Preview, error) {
	p.asked = append(p.asked, r)
	return preview.Preview{PDF: []byte("%PDF-1.4"), Pages: 2, Over: 1}, p.err
}

const adminSecret = "sesame"

func templateAPI(t *testing.T, p Previews) http.Handler {
	t.Helper()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return bare(t, func(d *Deps) {
		d.Store = newDesk(t).store // for the record of refusals
		d.Templates, d.Previews, d.AdminHash = set, p, vault.HashSecret(adminSecret)
	})
}

func ask(t *testing.T, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer admin."+adminSecret)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestTemplatesNeedAKey(t *testing.T) {
	t.Parallel()
	h := templateAPI(t, &previews{})
	for _, path := range []string{"/v1/templates", "/v1/templates/candidate", "/v1/templates/candidate/preview"} {
		if got := get(t, h, path).Code; got != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, got)
		}
	}
}

func TestListTemplates(t *testing.T) {
	t.Parallel()
	w := ask(t, templateAPI(t, &previews{}), http.MethodGet, "/v1/templates", "")
	var got struct{ Templates []templateView }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	for _, v := range got.Templates {
		if v.Name == "candidate" {
			if v.Kind != "D2" || v.Titles["en"] == "" || v.WidthMM != 210 || !v.Series || v.Address != "/v1/templates/candidate" || len(v.Hash) != 64 {
				t.Errorf("%+v", v)
			}
			return
		}
	}
	t.Error("no candidate among", got.Templates)
}

// The schema that is given out stands alone: every sample fits it.
func TestGetTemplate(t *testing.T) {
	t.Parallel()
	h := templateAPI(t, &previews{})
	var list struct{ Templates []templateView }
	if err := json.Unmarshal(ask(t, h, http.MethodGet, "/v1/templates", "").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	for _, v := range list.Templates {
		w := ask(t, h, http.MethodGet, v.Address, "")
		var got struct {
			Schema  json.RawMessage
			Samples []sampleView
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || len(got.Samples) == 0 {
			t.Fatal(v.Name, w.Code, err)
		}
		s, err := schema.Compile("alone", got.Schema)
		if err != nil {
			t.Fatal(v.Name, err)
		}
		for _, sample := range got.Samples {
			if problems, err := s.Check(sample.Data); err != nil || len(problems) > 0 || sample.Language == "" {
				t.Error(v.Name, sample.Name, problems, err)
			}
		}
		if problems, err := s.Check([]byte(`{"pinfl": 1}`)); err != nil || len(problems) == 0 {
			t.Error(v.Name, "takes anything", err)
		}
	}
	if w := ask(t, h, http.MethodGet, "/v1/templates/diploma", ""); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestPreviewOfASample(t *testing.T) {
	t.Parallel()
	p := &previews{}
	h := templateAPI(t, p)
	w := ask(t, h, http.MethodGet, "/v1/templates/candidate/preview?sample=sample-cyrillic&language=kaa-Latn", "")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/pdf" || w.Body.String() != "%PDF-1.4" ||
		w.Header().Get("Hub-Pages") != "2" || w.Header().Get("Hub-Pages-Over") != "1" || w.Header().Get("Cache-Control") != "no-store" {
		t.Error(w.Code, w.Header())
	}
	if diff := cmp.Diff([]preview.Request{{Template: "candidate", Sample: "sample-cyrillic", Language: "kaa-Latn"}}, p.asked); diff != "" {
		t.Error(diff)
	}
	for query, field := range map[string]string{
		"sample=sample-none": "query:sample", "sample=../x": "query:sample", "language=en": "query:language", "format=gif": "query:format",
		"page=0": "query:page", "format=png&page=3": "query:page",
	} {
		w := ask(t, h, http.MethodGet, "/v1/templates/candidate/preview?"+query, "")
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), field) {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}

func TestPreviewOfData(t *testing.T) {
	t.Parallel()
	p := &previews{}
	h := templateAPI(t, p)
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tpl, _ := set.Get("candidate")
	sample := string(tpl.Sample())
	if w := ask(t, h, http.MethodPost, "/v1/templates/candidate/preview", sample); w.Code != http.StatusOK || len(p.asked) != 1 || string(p.asked[0].Data) != sample {
		t.Error(w.Code, w.Body)
	}
	bad := strings.NewReplacer(`"0128"`, `"Yashirinov"`, `"2027-09-07"`, `"2027-13-07"`, "Shahnoza", "漢").Replace(sample)
	w := ask(t, h, http.MethodPost, "/v1/templates/candidate/preview", bad)
	var got Problem
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusUnprocessableEntity || len(p.asked) != 1 {
		t.Fatal(w.Code, err, len(p.asked))
	}
	var fields []string
	for _, e := range got.Errors {
		fields = append(fields, e.Field)
	}
	if diff := cmp.Diff([]string{"/decision/date", "/number", "/registered"}, fields); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(w.Body.String(), "Yashirinov") {
		t.Error("a value came back")
	}
	letters := strings.Replace(sample, "Shahnoza", "漢", 1)
	if w := ask(t, h, http.MethodPost, "/v1/templates/candidate/preview", letters); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "/person/given") {
		t.Error(w.Code, w.Body)
	}
}

func TestPreviewThatFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		p    Previews
		want int
	}{
		{"nobody prints", nil, http.StatusServiceUnavailable},
		{"the browser is away", &previews{err: &fault.Fault{Kind: fault.Unavailable, Err: errors.New("gone")}}, http.StatusServiceUnavailable},
		{"a function refuses the data", &previews{err: &fault.Fault{Kind: fault.Rejected, Err: errors.New("line 7 refuses it")}}, http.StatusUnprocessableEntity},
		{"our own bug", &previews{err: errors.New("nil map")}, http.StatusInternalServerError},
	} {
		if w := ask(t, templateAPI(t, c.p), http.MethodGet, "/v1/templates/candidate/preview", ""); w.Code != c.want {
			t.Errorf("%s: %d, want %d", c.name, w.Code, c.want)
		}
	}
}

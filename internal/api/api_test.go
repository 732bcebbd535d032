package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// codes reads the constants of dossier.Code out of their source: the set is
// closed there.
func codes(t *testing.T) []dossier.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../pipelines/dossier/refusal.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []dossier.Code
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if typ, ok := v.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return true
		}
		for _, value := range v.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, dossier.Code(text))
		}
		return true
	})
	if len(out) < 10 {
		t.Fatalf("read %d codes only", len(out))
	}
	return out
}

func TestEveryRefusalHasItsRow(t *testing.T) {
	t.Parallel()
	known := map[dossier.Code]bool{}
	for _, c := range codes(t) {
		known[c] = true
		row, ok := refusals[c]
		if !ok || row.status < 400 || row.status > 499 || row.title == "" {
			t.Errorf("code %s: %+v", c, row)
		}
	}
	for c := range refusals {
		if !known[c] {
			t.Errorf("a row for %s, which nobody answers", c)
		}
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		err    error
		status int
		code   string
	}{
		{"a refusal", dossier.Refuse(dossier.Late, "/type", "want it earlier"), 422, "late"},
		{"a refusal further in", fmt.Errorf("deciding: %w", dossier.Refusef(dossier.WrongState, "no")), 409, "wrong_state"},
		{"a problem", Problem{Status: 413, Code: "too_large"}, 413, "too_large"},
		{"a system that is down", fault.New(fault.Unavailable, errors.New("boom")), 503, "unavailable"},
		{"a defect", fault.New(fault.Defect, errors.New("boom")), 500, "defect"},
		{"anything else", errors.New("boom"), 500, "defect"},
		{"a caller who left", context.Canceled, 500, "defect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := problemOf(c.err)
			if got.Status != c.status || got.Code != c.code {
				t.Errorf("got %+v", got)
			}
			if text, err := json.Marshal(got); err != nil || strings.Contains(string(text), "boom") {
				t.Errorf("the cause gets out: %s", text)
			}
		})
	}
	for _, k := range fault.All() {
		if k == fault.Pending {
			continue // an answer, never a problem of ours
		}
		if got := problemOf(fault.New(k, errors.New("x"))); got.Status < 400 {
			t.Errorf("kind %s answers %d", k, got.Status)
		}
	}
}

func TestFieldsOnRecord(t *testing.T) {
	t.Parallel()
	many := make([]schema.Problem, 30)
	for i := range many {
		many[i].Field = "/x"
	}
	for _, c := range []struct {
		name     string
		problems []schema.Problem
		want     string
	}{
		{"none", nil, ""},
		{"ours", []schema.Problem{{Field: "/subjects/12/pinfl"}, {Field: "/attachments/0/sha256"}, {Field: "header:Idempotency-Key"}}, "/subjects/12/pinfl /attachments/0/sha256 header:Idempotency-Key"},
		{"the whole", []schema.Problem{{Field: ""}}, ""},
		{"a number of somebody's", []schema.Problem{{Field: "/30101809910011"}, {Field: "/a/998901234567/b"}, {Field: "/aa1234567"}}, "/? /a/?/b /?"},
		{"a name of somebody's", []schema.Problem{{Field: "/KARIMOV"}, {Field: "/Каримов"}, {Field: "/a b"}}, "/? /? /?"},
		{"very many", many, strings.Repeat("/x ", auditFields) + "..."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fieldsOf(c.problems); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// bare is an API without a store: what it serves in public needs none.
func bare(t *testing.T, change func(*Deps)) http.Handler {
	t.Helper()
	d := Deps{
		Log: slog.New(slog.DiscardHandler), Now: time.Now, Ready: func(context.Context) error { return nil },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }),
	}
	change(&d)
	h, err := New(d)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := bare(t, func(d *Deps) {
		d.Log = slog.New(slog.NewTextHandler(&log, nil))
		d.Ready = func(context.Context) error { panic("30101809910011 must not be told") }
	})
	resp := get(t, h, "/readyz")
	var p Problem
	if err := json.NewDecoder(resp.Body).Decode(&p); err != nil {
		t.Fatal(err)
	}
	if resp.Code != 500 || resp.Header().Get("Content-Type") != "application/problem+json" || p.Code != "defect" {
		t.Errorf("answered %d %+v", resp.Code, p)
	}
	if !strings.Contains(log.String(), "panic in a handler") || strings.Contains(log.String(), "3010180") || strings.Contains(p.Detail, "3010180") {
		t.Errorf("logged %s", log.String())
	}
}

func TestAbortIsPassedOn(t *testing.T) {
	t.Parallel()
	h := bare(t, func(d *Deps) { d.Ready = func(context.Context) error { panic(http.ErrAbortHandler) } })
	defer func() {
		if p := recover(); p != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Errorf("recovered %v", p)
		}
	}()
	get(t, h, "/readyz")
	t.Error("not passed on")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	ready := true
	h := bare(t, func(d *Deps) {
		d.Ready = func(context.Context) error {
			if ready {
				return nil
			}
			return errors.New("the disk is full")
		}
	})
	statuses := func() []int {
		var out []int
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			resp := get(t, h, path)
			if path == "/readyz" {
				if body, err := io.ReadAll(resp.Body); err != nil || strings.Contains(string(body), "disk") {
					t.Errorf("told the world: %s", body)
				}
			}
			if resp.Header().Get("Cache-Control") != "no-store" || resp.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: headers %v", path, resp.Header())
			}
			out = append(out, resp.Code)
		}
		return out
	}
	if got := statuses(); !cmp.Equal(got, []int{200, 200, 200}) {
		t.Errorf("well: %v", got)
	}
	ready = false
	if got := statuses(); !cmp.Equal(got, []int{200, 503, 200}) {
		t.Errorf("not ready: %v", got)
	}
}

// Addresses that are not written as they should be are refused like any other
// that nobody serves: with a problem document, not with a page.
func TestUncleanAddresses(t *testing.T) {
	t.Parallel()
	h := bare(t, func(*Deps) {})
	for _, path := range []string{"//v1/applications", "/v1/../v1/applications", "/v1//applications", "/healthz/"} {
		resp := get(t, h, path)
		if resp.Code != http.StatusNotFound || resp.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, resp.Code, resp.Header().Get("Content-Type"))
		}
	}
}

func TestKeysOfNoForm(t *testing.T) {
	t.Parallel()
	h := bare(t, func(*Deps) {})
	for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic eDp5", "admin.x"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/applications", nil)
		r.Header.Set("Authorization", auth)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%q: %d %v", auth, w.Code, w.Header())
		}
	}
}

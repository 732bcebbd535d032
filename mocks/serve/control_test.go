package serve_test

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
)

func (s *sample) control(t *testing.T, method, path, body string, header http.Header) (int, string) {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, s.URL()+path, header, body)
	if err != nil {
		t.Fatal(err)
	}
	return a.Status, strings.TrimSpace(a.Body)
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := start(t)
	const first = `{"operation":"echo","kind":"status","status":503,"one_in":2}`
	steps := []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/_mock/faults", "", 200, "[]"},
		{"POST", "/_mock/faults", first, 201, "[" + first + "]"},
		{"POST", "/_mock/faults", `{"operation":"other","kind":"down"}`, 400, `{"error":"mock sample: unknown operation; have echo, a path, or *"}`},
		{"POST", "/_mock/faults", `{"kind":"down","lat":1}`, 400, `{"error":"unknown field \"lat\"; have ` + strings.Join(chaos.Fields(), ", ") + `"}`},
		{"POST", "/_mock/faults", `{`, 400, `{"error":"want a JSON object that describes a fault, or a list of them"}`},
		{"POST", "/_mock/faults", `{"kind":"error-body"}`, 400, `{"error":"mock sample: error-body: this system has no error body of its own for that; give body, or code"}`},
		{"POST", "/_mock/faults", `[{"kind":"hang"},{"kind":"flood"}]`, 400, `{"error":"mock sample: fault 2: unknown kind of fault; have [`},
		{"POST", "/_mock/faults", `[{"kind":"hang","times":2},{"kind":"reset"}]`, 201, "[" + first + `,{"operation":"*","kind":"hang","times":2},{"operation":"*","kind":"reset"}]`},
		{"POST", "/_mock/faults", `{"kind":"status","body":"` + strings.Repeat("x", 1<<20) + `"}`, 400, `{"error":"reading the order: http: request body too large"}`},
		{"DELETE", "/_mock/faults?operation=other", "", 200, "[" + first + `,{"operation":"*","kind":"hang","times":2},{"operation":"*","kind":"reset"}]`},
		{"DELETE", "/_mock/faults?operation=echo", "", 200, `[{"operation":"*","kind":"hang","times":2},{"operation":"*","kind":"reset"}]`},
		{"DELETE", "/_mock/faults", "", 200, "[]"},
		{"POST", "/_mock/faults", `{"kind":"throttle","no_retry_after":true}`, 201, `[{"operation":"*","kind":"throttle","status":429,"no_retry_after":true}]`},
		{"DELETE", "/_mock/faults?operation=*", "", 200, "[]"},
		{"GET", "/_mock/calls", "", 200, "{}"},
		{"GET", "/_mock/elsewhere", "", 200, "<!DOCTYPE"},
		{"GET", "/_mock/calls", "", 200, `{"elsewhere":1}`},
		{"DELETE", "/_mock/calls", "", 204, ""},
		{"GET", "/_mock/calls", "", 200, "{}"},
		{"GET", "/_mock/nothing", "", 404, "404 page not found"},
	}
	for i, c := range steps {
		status, body := s.control(t, c.method, c.path, c.body, nil)
		if status != c.status || body != c.want && (c.want == "" || !strings.HasPrefix(body, c.want)) {
			t.Errorf("step %s %s %s: %d %s", strconv.Itoa(i), c.method, c.path, status, body)
		}
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, page := s.control(t, "GET", "/_mock", "", nil) // leads to /_mock/
	for _, want := range []string{"<h1>sample (mock)</h1>", "None: every call", "<code>echo</code></td><td class=\"n\">0</td>", "2026-11-20 10:00:00"} {
		if !strings.Contains(page, want) {
			t.Errorf("nothing ordered: the page lacks %s", want)
		}
	}
	err := s.Fault(
		chaos.Fault{Kind: chaos.Empty, OneIn: 2},
		chaos.Fault{Operation: "echo", Kind: chaos.Status, Body: "<script>alert(1)</script>"},
		chaos.Fault{Operation: "/x", Kind: chaos.Hang, After: 1, For: 1},
	)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.echo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, page = s.control(t, "GET", "/_mock/", "", nil)
	for _, want := range []string{
		"<code>echo</code></td><td class=\"n\">3</td>", "2 of 3", "1 of 1", "0 of 0", "not begun",
		`name="number" value="1"`, `name="number" value="2"`, `name="number" value="3"`, "&#34;one_in&#34;:2",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script>") {
		t.Error("an order's body is not escaped")
	}
	for _, k := range chaos.Kinds() {
		if !strings.Contains(page, "<code>"+string(k)+"</code>") {
			t.Errorf("the page does not name %s", k)
		}
	}
}

func TestHealButton(t *testing.T) {
	t.Parallel()
	form := func(origin string) http.Header {
		return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Sec-Fetch-Site": {origin}}
	}
	kinds := func(s *sample) []chaos.Kind {
		var out []chaos.Kind
		for _, f := range s.Faults() {
			out = append(out, f.Kind)
		}
		return out
	}
	s := start(t)
	if err := s.Fault(chaos.Fault{Kind: chaos.Down}, chaos.Fault{Kind: chaos.Empty}, chaos.Fault{Kind: chaos.HTML}); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name, body, origin string
		status             int
		left               []chaos.Kind
	}{
		{"another site", "number=2", "cross-site", 403, []chaos.Kind{chaos.Down, chaos.Empty, chaos.HTML}},
		{"not a number", "number=x", "same-origin", 400, []chaos.Kind{chaos.Down, chaos.Empty, chaos.HTML}},
		{"one", "number=2", "same-origin", 200, []chaos.Kind{chaos.Down, chaos.HTML}},
		{"one that is gone", "number=2", "same-origin", 200, []chaos.Kind{chaos.Down, chaos.HTML}},
		{"everything", "", "same-origin", 200, nil},
	}
	for _, c := range steps {
		status, page := s.control(t, "POST", "/_mock/heal", c.body, form(c.origin))
		if status != c.status || !slices.Equal(kinds(s), c.left) {
			t.Errorf("%s: %d, left %v", c.name, status, kinds(s))
		}
		if status == http.StatusOK && !strings.Contains(page, "<h1>sample (mock)</h1>") {
			t.Errorf("%s: does not lead back to the page", c.name)
		}
	}
	if status, _ := s.control(t, "POST", "/_mock/faults", `{"kind":"down"}`, form("cross-site")); status != http.StatusForbidden || len(s.Faults()) != 0 {
		t.Errorf("another site ordered a fault: %d", status)
	}
	if status, _ := s.control(t, "POST", "/_mock/heal", url.Values{"number": {""}}.Encode(), form("same-origin")); status != http.StatusOK {
		t.Errorf("an empty number: %d", status)
	}
}

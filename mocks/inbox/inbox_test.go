package inbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/mocktest"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, encoding string
		parts                int
	}{
		{"nothing", "", inbox.GSM7, 0},
		{"160", strings.Repeat("a", 160), inbox.GSM7, 1},
		{"161", strings.Repeat("a", 161), inbox.GSM7, 2},
		{"306", strings.Repeat("a", 306), inbox.GSM7, 2},
		{"307", strings.Repeat("a", 307), inbox.GSM7, 3},
		{"70 Cyrillic", strings.Repeat("ў", 70), inbox.UCS2, 1},
		{"71 Cyrillic", strings.Repeat("ў", 71), inbox.UCS2, 2},
		{"134 Cyrillic", strings.Repeat("ў", 134), inbox.UCS2, 2},
		{"135 Cyrillic", strings.Repeat("ў", 135), inbox.UCS2, 3},
		{"80 of two units", strings.Repeat("€", 80), inbox.GSM7, 1},
		{"a border in one", strings.Repeat("a", 152) + strings.Repeat("€", 77), inbox.GSM7, 3},
		{"67 pairs", strings.Repeat("😀", 67), inbox.UCS2, 3},
	} {
		if e, n := inbox.Parts(c.text); e != c.encoding || n != c.parts {
			t.Errorf("%s: %s, %d", c.name, e, n)
		}
	}
}

// The same seed and message plan the same way, another message another one.
func TestEvents(t *testing.T) {
	t.Parallel()
	const s = time.Second
	r := inbox.Reports{Words: []string{"a", "b", "c"}, Delay: s}
	want := []inbox.Event{{"a", s, s}, {"b", 2 * s, 2 * s}, {"x", 3 * s, 3 * s}}
	if d := cmp.Diff(want, r.Events(1, "id", "x")); d != "" {
		t.Error(d)
	}
	r.OutOfOrder = true
	want = []inbox.Event{{"c", 3 * s, 3 * s}, {"b", 2 * s, 3 * s}, {"a", s, 3 * s}}
	if d := cmp.Diff(want, r.Events(1, "id", "")); d != "" {
		t.Error(d)
	}
	r = inbox.Reports{Words: []string{"a", "b"}, Delay: s, Jitter: s}
	first := r.Events(7, "id", "")
	if d := cmp.Diff(first, r.Events(7, "id", "")); d != "" {
		t.Errorf("chance is not from the seed: %s", d)
	}
	if cmp.Equal(first, r.Events(7, "other", "")) || cmp.Equal(first, r.Events(8, "id", "")) {
		t.Error("no chance at all")
	}
	for i, e := range first {
		if least := time.Duration(i+1) * s; e.After < least || e.After > 2*least {
			t.Errorf("event %d after %v", i, e.After)
		}
	}
}

func TestReportsAsJSON(t *testing.T) {
	t.Parallel()
	in := inbox.Reports{Words: []string{"a"}, Delay: time.Second, Jitter: time.Millisecond, Twice: true, OutOfOrder: true, Repeat: time.Minute, Attempts: 3}
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out inbox.Reports
	if err := json.Unmarshal(b, &out); err != nil || !cmp.Equal(in, out) {
		t.Errorf("%s %v", b, err)
	}
}

// What is not answered with 200 comes again, up to its attempts, and does not
// hold up others.
func TestReporterRepeats(t *testing.T) {
	t.Parallel()
	got, n := make(chan string, 16), atomic.Int32{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bad" {
			n.Add(1)
			w.WriteHeader(http.StatusInternalServerError)
		}
		got <- r.URL.Path
	}))
	t.Cleanup(srv.Close)
	r := inbox.StartReporter()
	t.Cleanup(r.Close)
	how := inbox.Reports{Repeat: 20 * time.Millisecond, Attempts: 3}.WithDefaults("x")
	r.Add(how, 0, srv.URL+"/bad", "x")
	r.Add(how, 0, srv.URL+"/good", "x")
	for i, want := range []string{"/bad", "/good", "/bad", "/bad", "/late"} {
		if want == "/late" { // nothing of what was given up comes before it
			r.Add(how, 5*how.Repeat, srv.URL+want, "x")
		}
		if path := <-got; path != want {
			t.Errorf("post %d to %s, want %s", i, path, want)
		}
	}
	if n.Load() != 3 {
		t.Errorf("%d attempts", n.Load())
	}
}

package calltest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

var (
	subject   = Subject{System: "s", Secrets: []string{"s3cret-of-all", "32103889999014"}}
	operation = Operation{ID: "o", For: "o", Repeatable: true, Word: "found", Good: Reply{Status: 200, Body: `{"a":"text","b":[1,true,null]}`}, Shape: `{"a":"text","b":[1,true,null]}`}
)

func unavailable() *fault.Fault {
	return &fault.Fault{Kind: fault.Unavailable, System: "s", Operation: "o", Err: errors.New("x")}
}

// A kit that lets a rule be broken tests nothing: each rule is broken once.
func TestJudge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		bend  func(*Operation, *cell, *seen)
		wrong string // part of the complaint; empty: none
	}{
		{"all as it should be", func(*Operation, *cell, *seen) {}, ""},
		{"an error that is no fault", func(_ *Operation, _ *cell, s *seen) { s.err = errors.New("x") }, "is no fault"},
		{"a defect", func(_ *Operation, c *cell, s *seen) { c.kind, s.err = fault.Defect, fault.New(fault.Defect, nil) }, `kind "defect"`},
		{"no such kind", func(_ *Operation, c *cell, s *seen) { c.kind, s.err = "odd", fault.New("odd", nil) }, `kind "odd"`},
		{"another kind", func(_ *Operation, c *cell, _ *seen) { c.kind = fault.Breach }, "unavailable, want breach"},
		{"no place", func(_ *Operation, _ *cell, s *seen) { s.err = fault.New(fault.Unavailable, nil) }, `names "" ""`},
		{"a fault with an answer", func(_ *Operation, c *cell, s *seen) { c.word, s.word = "found", "found" }, "a fault with the answer"},
		{"another answer", func(_ *Operation, c *cell, s *seen) { c.kind, c.word, s.err, s.word = "", "absent", nil, "found" }, `the answer "found", want the answer "absent"`},
		{"tried once though repeatable", func(_ *Operation, _ *cell, s *seen) { s.tries, s.exchanges[0].Tries = 1, 1 }, "an exchange of 1 tries, want 2"},
		{"tried twice though not repeatable", func(o *Operation, _ *cell, _ *seen) { o.Repeatable = false }, "an exchange of 2 tries, want 1"},
		{"tried at once though told to wait", func(_ *Operation, _ *cell, s *seen) {
			f := unavailable()
			f.Wait, s.err = time.Minute, f
		}, "want 1"},
		{"a try nobody observed", func(_ *Operation, _ *cell, s *seen) { s.tries = 3 }, "3 tries reached the system, 2 were observed"},
		{"a redirect was followed", func(_ *Operation, _ *cell, s *seen) { s.away = 1 }, "another host"},
		{"an exchange too many", func(_ *Operation, _ *cell, s *seen) {
			s.tries, s.exchanges = 4, append(s.exchanges, s.exchanges[0])
		}, "2 exchanges, want 1"},
		{"not renewed", func(_ *Operation, c *cell, _ *seen) { c.renewed = true }, "1 exchanges, want 2"},
		{"not counted", func(_ *Operation, _ *cell, s *seen) { s.counted = false }, "counted by the breaker: false"},
		{"stopped for nothing", func(_ *Operation, _ *cell, s *seen) { s.stopped = true }, "stopped: true"},
		{"the wait is forgotten", func(_ *Operation, c *cell, _ *seen) { c.wait = time.Minute }, "the system asked for 1m0s"},
		{"uncertainty is forgotten", func(_ *Operation, c *cell, _ *seen) { sent := true; c.sent = &sent }, "uncertain false, want true"},
		{"bodies of a private exchange", func(o *Operation, _ *cell, s *seen) { o.Private, s.exchanges[0].Asked = true, call.Body("x") }, "keeps its bodies"},
		{"observed as an answer", func(_ *Operation, _ *cell, s *seen) { s.exchanges[0].Kind = "" }, "observed as"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			op, cell := operation, cell{row: "503", column: "none", kind: fault.Unavailable}
			got := seen{err: unavailable(), tries: 2, counted: true, exchanges: []call.Exchange{{System: "s", Operation: "o", Kind: fault.Unavailable, Tries: 2}}}
			c.bend(&op, &cell, &got)
			all := strings.Join(judge(subject, op, cell, got), "\n")
			if (all == "") != (c.wrong == "") || !strings.Contains(all, c.wrong) {
				t.Errorf("complains %q, want %q", all, c.wrong)
			}
		})
	}
}

func TestLeaks(t *testing.T) {
	t.Parallel()
	subject := subject
	subject.needles = needles(subject.Secrets)
	of := func(text string) error { f := unavailable(); f.Err = errors.New(text); return f }
	hint := unavailable()
	hint.Hint = "ask 32103889999014"
	for _, c := range []struct {
		name string
		got  seen
		want bool
	}{
		{"nothing", seen{err: of("the answer was cut off"), all: []call.Exchange{{System: "s", Status: 200}}}, false},
		{"a secret in the cause", seen{err: of("got S3cret-of-all")}, true},
		{"words of the other side", seen{err: of("the system said " + marker)}, true},
		{"a person in the hint", seen{err: hint}, true},
		{"a secret in base64", seen{err: of("header " + base64.StdEncoding.EncodeToString([]byte("user:s3cret-of-all")))}, true},
		{"a code of an exchange", seen{all: []call.Exchange{{Code: "32103889999014"}}}, true},
		{"a cause behind the cause", seen{err: &fault.Fault{Kind: fault.Breach, Err: hidden{errors.New("32103889999014")}}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := subject.leaks(c.got); (len(got) > 0) != c.want {
				t.Errorf("found %q", got)
			}
		})
	}
}

type hidden struct{ err error }

func (hidden) Error() string   { return "something" }
func (h hidden) Unwrap() error { return h.err }

func TestForms(t *testing.T) {
	t.Parallel()
	body := func(f Form) string { return subject.reply(operation, line{status: 200}, f).Body }
	if json.Valid([]byte(body(CutOff))) || !strings.HasPrefix(body(CutOff), "{") {
		t.Errorf("cut off: %s", body(CutOff))
	}
	var v struct {
		A map[string]any `json:"a"`
		B []any          `json:"b"`
	}
	if err := json.Unmarshal([]byte(body(WrongTypes)), &v); err != nil || len(v.B) != 3 || v.B[0] != subject.echo() || v.B[1] != subject.echo() {
		t.Errorf("wrong types: %s", body(WrongTypes))
	}
	for f, kind := range map[Form]fault.Kind{None: fault.Unavailable, Page: fault.Unavailable, CutOff: fault.Unavailable, TooDeep: fault.Breach, WrongTypes: fault.Breach, Empty: "", Good: ""} {
		var v struct {
			A string `json:"a"`
		}
		if got := fault.KindOf(call.ReadJSON([]byte(body(f)), &v)); got != kind {
			t.Errorf("%s: %q reads as %q, want %q", f, body(f), got, kind)
		}
	}
	if n := len(body(TooLong)); n != longest+1 || !json.Valid([]byte(body(TooLong))) {
		t.Errorf("too long: %d bytes", n)
	}
	if got := subject.numbers(operation); got != `{"a":32103889999014,"b":[32103889999014,32103889999014,32103889999014]}` {
		t.Errorf("numbers: %s", got)
	}
	if h := subject.reply(operation, line{302, "30"}, Page).Header; h.Get("Location") == "" || h.Get("Retry-After") != "30" {
		t.Errorf("header %v", h)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	s := Subject{System: "s", Operations: []Operation{{ID: "a", Repeatable: true}, {ID: "b", Repeatable: true}, {ID: "c"}}}
	one := []row{{"200", "none", "unavailable 2*"}, {"200", "good", "found 1"}, {"201", "none", "unavailable 2*"}, {"201", "good", "found 1"}}
	got := s.text([][]row{append(one, row{ownRow, "x", "absent 1"}), one, one[:2]})
	want := `
== a, b
repeatable
200, 201
    unavailable 2*     none
    found 1            good

== c
not repeatable
200
    unavailable 2*     none
    found 1            good

== answers of its own
a
    absent 1           x
`
	_, table, _ := strings.Cut(got, "status.\n")
	if diff := cmp.Diff(want, table); diff != "" {
		t.Error(diff)
	}
}

// A bad request must not be mended by the kit: what a connector sends is read
// to its end, as a transport does.
func TestSystemCounts(t *testing.T) {
	t.Parallel()
	op := operation
	op.Aside = func(r *http.Request) *Reply {
		if r.URL.Path == "/token" {
			return &Reply{Status: 200, Body: "t"}
		}
		return nil
	}
	s := &system{op: op, play: answering(op.Good)}
	for _, url := range []string{"https://a.example/token", "https://a.example/x", "https://b.example/x"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("q"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if s.tries() != 2 || s.away != 1 {
		t.Errorf("%d tries, %d elsewhere", s.tries(), s.away)
	}
}

package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
)

// Made-up identifiers; none may be found in any line.
const (
	pinflSample    = "32103889999014"
	documentSample = "XA0000001"
	phoneSample    = "998900000001"
	secretSample   = "hunter2hunter2"
)

type inner struct {
	Pinfl    string
	Password string `json:"client_password"`
	Note     string
	List     []any
	Ptr      *string
}

type state string

type panicky struct{}

func (panicky) MarshalJSON() ([]byte, error) { panic(pinflSample) }

type stringer struct{}

func (stringer) String() string { return "of " + pinflSample }

type valuer struct{}

func (valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("who", pinflSample), slog.String("token", secretSample))
}

func TestNothingPersonalIsLogged(t *testing.T) {
	t.Parallel()
	doc := documentSample
	cases := []struct {
		name string
		attr slog.Attr
		want string // must be there all the same
	}{
		{"string", slog.String("cause", "no "+pinflSample+" here"), "************14 here"},
		{"secret by key", slog.String("Password", secretSample), "Password"},
		{"secret by part of a key", slog.String("client_secret", secretSample), Hidden},
		{"secret by camel key", slog.Any("accessToken", []string{secretSample}), Hidden},
		{"group under a sensitive key", slog.Group("authorization", "scheme", "Basic", "value", secretSample), Hidden},
		{"secret inside a group", slog.Group("request", "path", "/x", "token", secretSample), "/x"},
		{"group in a group", slog.Group("a", slog.Group("b", slog.String("c", phoneSample))), "998*******01"},
		{"nameless group", slog.Group("", slog.String("who", documentSample)), "XA*****01"},
		{"error", slog.Any("err", fmt.Errorf("asking: %w", errors.New("bad "+documentSample))), "asking: bad XA*****01"},
		{"fault", slog.Any("err", fault.New(fault.Rejected, errors.New("for "+phoneSample))), "rejected: for 998*******01"},
		{"joined errors", slog.Any("err", errors.Join(errors.New(pinflSample), errors.New(phoneSample))), "************14"},
		{"integer", slog.Int64("n", 32103889999014), "************14"},
		{"unsigned", slog.Uint64("n", 998900000001), "998*******01"},
		{"float", slog.Float64("n", 32103889999014), "************14"},
		{"struct", slog.Any("v", inner{Pinfl: "x", Password: secretSample, Note: phoneSample, Ptr: &doc}), "XA*****01"},
		{"pointer to a struct", slog.Any("v", &inner{List: []any{pinflSample, 32103889999014, map[string]any{"secret": secretSample}}}), "client_password"},
		{"map with a personal key", slog.Any("v", map[string]int{pinflSample: 7}), "************14"},
		{"own string type", slog.Any("v", state(pinflSample)), "************14"},
		{"bytes", slog.Any("v", []byte("raw "+pinflSample)), "raw ************14"},
		{"raw JSON", slog.Any("v", json.RawMessage(`{"pin":"`+pinflSample+`"}`)), "************14"},
		{"binary", slog.Any("v", []byte{0xff, 0x00}), "[2 bytes]"},
		{"stringer", slog.Any("v", stringer{}), "of ************14"},
		{"log valuer", slog.Any("v", valuer{}), "************14"},
		{"panic inside", slog.Any("v", panicky{}), "panicky: cannot be written"},
		{"nil pointer that panics", slog.Any("v", (*fault.Fault)(nil)), "cannot be written"},
		{"no JSON", slog.Any("v", struct {
			F func()
			P string
		}{P: pinflSample}), "[struct"},
		{"key", slog.String("for "+pinflSample, "x"), "for ************14"},
		{"typed values", slog.Any("v", []any{personal.PINFL(pinflSample), personal.Secret(secretSample)}), "************14"},
	}
	for _, format := range []string{"json", "text"} {
		for _, c := range cases {
			t.Run(format+" "+c.name, func(t *testing.T) {
				t.Parallel()
				var b bytes.Buffer
				l := NewLogger(&b, slog.LevelInfo, format)
				l.Info("line of "+pinflSample, c.attr)
				l.With(c.attr).WithGroup("g "+pinflSample).Info("again", "n", 1)
				out := b.String()
				if strings.Contains(out, secretSample) || strings.Contains(out, documentSample) {
					t.Errorf("a secret or a passport is logged: %s", out)
				}
				clean(t, out)
				if n := strings.Count(out, strings.ReplaceAll(c.want, `"`, "")); n < 2 {
					t.Errorf("%q stands %d times in %s", c.want, n, out)
				}
				if format == "json" {
					for line := range strings.Lines(out) {
						if !json.Valid([]byte(line)) {
							t.Errorf("not JSON: %s", line)
						}
					}
				}
			})
		}
	}
}

func TestGroupWithASensitiveNameHidesWhatFollows(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	NewLogger(&b, slog.LevelInfo, "json").WithGroup("passport").With("a", "first").Info("x", "b", "second", slog.Group("", "c", "third"))
	for _, s := range []string{"first", "second", "third"} {
		if strings.Contains(b.String(), s) {
			t.Errorf("%s is logged: %s", s, b.String())
		}
	}
	if strings.Count(b.String(), Hidden) != 3 {
		t.Errorf("want three hidden values: %s", b.String())
	}
}

func TestHarmlessValuesStayAsTheyAre(t *testing.T) {
	t.Parallel()
	attrs := []any{
		"s", "text", "i", 42, "big", int64(1763798400000), "f", 0.5, "inf", fmt.Sprint(math.Inf(1)), "b", true, "d", 36 * time.Hour,
		"t", time.Unix(1763798400, 123456789).UTC(), "nil", nil, slog.Group("g", "x", 1), "state", state("draft"), "tags",
		[]string{"a", "b"},
	}
	for _, format := range []string{"json", "text"} {
		var got, want bytes.Buffer
		NewLogger(&got, slog.LevelInfo, format).Info("m", attrs...)
		var h slog.Handler = slog.NewJSONHandler(&want, nil)
		if format == "text" {
			// A list is written as JSON, which reads better than Go's own form.
			attrs[len(attrs)-1] = `["a","b"]`
			h = slog.NewTextHandler(&want, nil)
		}
		slog.New(h).Info("m", attrs...)
		cut := func(b *bytes.Buffer) string { _, rest, _ := strings.Cut(b.String(), "level"); return rest }
		if cut(&got) != cut(&want) {
			t.Errorf("%s: got %swant %s", format, got.String(), want.String())
		}
	}
}

func TestLevel(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := NewLogger(&b, slog.LevelWarn, "text")
	l.Info("quiet")
	l.Warn("loud")
	if out := b.String(); strings.Contains(out, "quiet") || !strings.Contains(out, "loud") {
		t.Error(out)
	}
}

// The net must not bend the rules of slog's handlers.
func TestHandlerContract(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	slogtest.Run(t, func(*testing.T) slog.Handler {
		b.Reset()
		return Redact(slog.NewJSONHandler(&b, nil))
	}, func(t *testing.T) map[string]any {
		var m map[string]any
		if err := json.Unmarshal(b.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		return m
	})
}

func FuzzLine(f *testing.F) {
	f.Add("msg", "key", "value "+pinflSample)
	f.Add("a\n"+documentSample, phoneSample, "\\u0033")
	f.Fuzz(func(t *testing.T, msg, key, value string) {
		var b bytes.Buffer
		NewLogger(&b, slog.LevelInfo, "json").Info(msg, key, value, "list", []string{value})
		var line map[string]any
		if err := json.Unmarshal(b.Bytes(), &line); err != nil {
			t.Fatalf("not JSON: %v: %s", err, b.String())
		}
		delete(line, slog.TimeKey)
		walk(t, line)
	})
}

func walk(t *testing.T, v any) {
	t.Helper()
	switch x := v.(type) {
	case string:
		clean(t, x)
	case []any:
		for _, e := range x {
			walk(t, e)
		}
	case map[string]any:
		for k, e := range x {
			clean(t, k)
			walk(t, e)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	lines := map[string]func(*slog.Logger){
		"plain": func(l *slog.Logger) {
			l.Info("call finished", "system", "portal", "operation", "employment", "outcome", "found", "ms", 412, "attempt", 1)
		},
		"fault": func(l *slog.Logger) {
			l.Warn("call failed", "system", "portal", "err", fault.New(fault.Breach, errors.New("person 32103889999014 has no date")))
		},
		"struct": func(l *slog.Logger) { l.Info("settings", "v", inner{Pinfl: "x", Note: "y"}) },
	}
	for name, line := range lines {
		for kind, l := range map[string]*slog.Logger{
			"bare":     slog.New(slog.NewJSONHandler(io.Discard, nil)),
			"redacted": NewLogger(io.Discard, slog.LevelInfo, "json"),
		} {
			b.Run(name+"/"+kind, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					line(l)
				}
			})
		}
	}
}

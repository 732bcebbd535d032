package chaos_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/chaos"
)

func TestFaultsAsJSON(t *testing.T) {
	t.Parallel()
	in := `{"operation":"a","kind":"throttle","status":429,"code":"700700","form":"xml","body":"b","content_type":"text/x",` +
		`"latency_ms":20,"jitter_ms":30,"retry_after":7,"retry_after_date":true,"no_retry_after":true,"size":9,"to":"/x",` +
		`"one_in":2,"share":0.25,"times":3,"after_ms":4000,"for_ms":5000}`
	var f chaos.Fault
	if err := json.Unmarshal([]byte(in), &f); err != nil {
		t.Fatal(err)
	}
	want := chaos.Fault{
		Operation: "a", Kind: chaos.Throttle, Status: 429, Code: "700700", Form: "xml", Body: "b", ContentType: "text/x",
		Delay: 20 * time.Millisecond, Jitter: 30 * time.Millisecond, RetryAfter: 7 * time.Second, RetryAfterDate: true, NoRetryAfter: true,
		Size: 9, To: "/x", OneIn: 2, Share: 0.25, Times: 3, After: 4 * time.Second, For: 5 * time.Second,
	}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
	out, err := json.Marshal(f)
	if err != nil || string(out) != in {
		t.Errorf("printed %s, %v", out, err)
	}
	for v, n := reflect.ValueOf(want), 0; n < v.NumField(); n++ {
		if v.Field(n).IsZero() {
			t.Errorf("this test leaves %s out", v.Type().Field(n).Name)
		}
	}
	var printed map[string]any
	if err := json.Unmarshal(out, &printed); err != nil || len(printed) != len(chaos.Fields()) {
		t.Errorf("%v: %d fields are printed, Fields has %v", err, len(printed), chaos.Fields())
	}
	for _, name := range chaos.Fields() {
		if _, ok := printed[name]; !ok {
			t.Errorf("no field %s is printed", name)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const form = "want a JSON object that describes a fault, or a list of them"
	cases := []struct {
		name, in string
		want     int
		err      string // the beginning
	}{
		{"one", ` {"kind":"down"} `, 1, ""},
		{"a list", `[{"kind":"down"},{"kind":"hang"}]`, 2, ""},
		{"nothing", ``, 0, form},
		{"an empty list", `[]`, 0, form},
		{"broken", `{`, 0, form},
		{"two values", `{"kind":"down"}{"kind":"down"}`, 0, form},
		{"a text", `"down"`, 0, form},
		{"null", `null`, 0, form},
		{"null in a list", `[null]`, 0, "fault 1: " + form},
		{"a list in a list", `[{"kind":"down"},[]]`, 0, "fault 2: " + form},
		{"unknown field", `{"kind":"down","latncy_ms":5}`, 0, `unknown field "latncy_ms"; have operation, kind, `},
		{"unknown field in a list", `[{"kind":"down"},{"kid":1}]`, 0, `fault 2: unknown field "kid"; have operation, `},
		{"wrong type", `{"kind":"status","code":100}`, 0, "code must not be a JSON number"},
		{"negative time", `{"kind":"latency","latency_ms":-1}`, 0, "latency_ms must lie between 0 and 31536000000"},
		{"time beyond every duration", `{"kind":"latency","jitter_ms":9223372036854775807}`, 0, "jitter_ms must lie between 0 and"},
		{"wait beyond every duration", `{"kind":"throttle","retry_after":18446744074}`, 0, "retry_after must lie between 0 and 31536000"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := chaos.Read(strings.NewReader(c.in))
			switch {
			case c.err == "" && (err != nil || len(got) != c.want || got[c.want-1].Kind == ""):
				t.Errorf("%v, %v", got, err)
			case c.err != "" && (err == nil || !strings.HasPrefix(err.Error(), c.err)):
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		want  string
		fault chaos.Fault
	}{
		{"unknown operation; have a, b, a path, or *", chaos.Fault{Operation: "c", Kind: chaos.Down}},
		{"unknown kind", chaos.Fault{Kind: "flood"}},
		{"unknown kind", chaos.Fault{}},
		{"status must", chaos.Fault{Kind: chaos.Status, Status: 99}},
		{"status must", chaos.Fault{Kind: chaos.Status, Status: 600}},
		{"negative", chaos.Fault{Kind: chaos.Hang, Times: -1}},
		{"negative", chaos.Fault{Kind: chaos.Hang, Delay: -1}},
		{"negative", chaos.Fault{Kind: chaos.Hang, Jitter: -1}},
		{"negative", chaos.Fault{Kind: chaos.Hang, After: -1}},
		{"negative", chaos.Fault{Kind: chaos.Hang, For: -1}},
		{"negative", chaos.Fault{Kind: chaos.Hang, OneIn: -1}},
		{"negative", chaos.Fault{Kind: chaos.Huge, Size: -1}},
		{"negative", chaos.Fault{Kind: chaos.Throttle, RetryAfter: -1}},
		{"share must", chaos.Fault{Kind: chaos.Down, Share: -0.1}},
		{"share must", chaos.Fault{Kind: chaos.Down, Share: 1.1}},
		{"share must", chaos.Fault{Kind: chaos.Down, Share: math.NaN()}},
		{"one_in and share exclude", chaos.Fault{Kind: chaos.Down, Share: 0.1, OneIn: 2}},
		{"no_retry_after belongs", chaos.Fault{Kind: chaos.Status, NoRetryAfter: true}},
		{"exclude each other", chaos.Fault{Kind: chaos.Throttle, NoRetryAfter: true, RetryAfter: time.Second}},
		{"exclude each other", chaos.Fault{Kind: chaos.Throttle, NoRetryAfter: true, RetryAfterDate: true}},
		{"size belongs", chaos.Fault{Kind: chaos.Truncated, Size: 1}},
		{"size of huge", chaos.Fault{Kind: chaos.Huge, Size: chaos.LargestHuge + 1}},
		{"size of deep", chaos.Fault{Kind: chaos.Deep, Size: chaos.LargestDeep + 1}},
		{"to belongs", chaos.Fault{Kind: chaos.Status, To: "/x"}},
		{"to must be", chaos.Fault{Kind: chaos.Redirect, To: "x"}},
		{"to must be", chaos.Fault{Kind: chaos.Redirect, To: "ftp://example.org/"}},
		{"to must be", chaos.Fault{Kind: chaos.Redirect, To: "http:///x"}},
		{"status of a redirect", chaos.Fault{Kind: chaos.Redirect, Status: 200}},
	}
	for _, c := range cases {
		t.Run(c.want+" "+fmt.Sprint(c.fault), func(t *testing.T) {
			t.Parallel()
			i := chaos.New(time.Now, "a", "b")
			if err := i.Add(c.fault); err == nil || !strings.Contains(err.Error(), c.want) || len(i.List()) != 0 {
				t.Errorf("error %v", err)
			}
			if err := i.Add(chaos.Fault{Kind: chaos.Down}, c.fault); err == nil || !strings.HasPrefix(err.Error(), "fault 2: ") || len(i.List()) != 0 {
				t.Errorf("second of two: error %v, in force %d", err, len(i.List()))
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	cases := map[chaos.Kind]chaos.Fault{
		chaos.Status:    {Status: 503},
		chaos.ErrorBody: {Status: 200},
		chaos.HTML:      {Status: 200},
		chaos.Huge:      {Status: 200, Size: 64 << 20},
		chaos.Deep:      {Status: 200, Size: 100_000},
		chaos.Redirect:  {Status: 302},
		chaos.Throttle:  {Status: 429, RetryAfter: time.Second},
		chaos.SlowDrip:  {Delay: 50 * time.Millisecond},
	}
	for _, k := range chaos.Kinds() {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			i := chaos.New(time.Now)
			if err := i.Add(chaos.Fault{Kind: k}); err != nil {
				t.Fatal(err)
			}
			want := cases[k]
			want.Operation, want.Kind = "*", k
			if d := cmp.Diff([]chaos.Fault{want}, i.List()); d != "" {
				t.Error(d)
			}
		})
	}
}

package call_test

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestReadJSON(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, body string
		kind       fault.Kind
		code       string
	}{
		{"as agreed", `{"a":"x"}`, "", ""},
		{"a field more", `{"a":"x","b":[{}]}`, "", ""},
		{"brackets in a text do not nest", `{"a":"` + strings.Repeat(`[{\"`, 100) + `"}`, "", ""},
		{"as deep as may be", `{"b":` + nested(call.DeepestJSON-1) + `}`, "", ""},
		{"too deep", `{"b":` + nested(call.DeepestJSON) + `}`, fault.Breach, "too_deep"},
		{"deep enough to end a process, and cut off", strings.Repeat("[", 1<<20), fault.Breach, "too_deep"},
		{"empty", " \n", fault.Unavailable, "empty_answer"},
		{"a page", "<html></html>", fault.Unavailable, "not_json"},
		{"cut off", `{"a":"x`, fault.Unavailable, "not_json"},
		{"another type", `{"a":41505939980027}`, fault.Breach, "shape"},
		{"another shape", `["41505939980027"]`, fault.Breach, "shape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var v struct {
				A string `json:"a"`
			}
			err := call.ReadJSON([]byte(c.body), &v)
			if c.kind == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Code != c.code {
				t.Fatalf("got %v, want %s (%s)", err, c.kind, c.code)
			}
			if strings.Contains(err.Error(), "41505939980027") {
				t.Errorf("the error quotes the answer: %v", err)
			}
		})
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want, wrong string }{
		{`"a"`, "a", ""},
		{`" a "`, "a", ""},
		{`null`, "", ""},
		{`41505939980027`, "41505939980027", ""},
		{`-1.5e3`, "-1.5e3", ""},
		{`"ʻ"`, "ʻ", ""},
		{`true`, "", "text or a number"},
		{`{}`, "", "text or a number"},
		{`["a"]`, "", "text or a number"},
		{`"` + strings.Repeat("a", 8<<10) + `"`, "", "sensible length"},
	} {
		var v struct{ A call.Text }
		err := call.ReadJSON([]byte(`{"a":`+c.in+`}`), &v)
		if (err == nil) != (c.wrong == "") || err != nil && (fault.KindOf(err) != fault.Breach || !strings.Contains(err.Error(), c.wrong)) || string(v.A) != c.want {
			t.Errorf("%.40s: %q, %v; want %q, %q", c.in, v.A, err, c.want, c.wrong)
		}
	}
}

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

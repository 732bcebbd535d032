package dossier_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		code       dossier.Code // empty: good
		field      string
	}{
		{"an object", ` {"a": {"b": [1, {"c": null}, {"c": "}"}]}, "c": true, "b": 1}` + "\n", "", ""},
		{"an empty one", "{}", "", ""},
		{"an array", `[{"a":1}]`, dossier.NotJSON, "/document"},
		{"a text", `"a"`, dossier.NotJSON, "/document"},
		{"null", "null", dossier.NotJSON, "/document"},
		{"nothing", "", dossier.NotJSON, "/document"},
		{"two", "{}{}", dossier.NotJSON, "/document"},
		{"a mark of byte order", "\ufeff{}", dossier.NotJSON, "/document"},
		{"not UTF-8", "{\"a\":\"\xff\"}", dossier.NotJSON, "/document"},
		{"twice", `{"a":1,"b":2,"a":1}`, dossier.BadForm, "/a"},
		{"twice, written differently", `{"a":1,"\u0061":2}`, dossier.BadForm, "/a"},
		{"twice further in", `{"x":[{"a":1},{"b":[],"a":{"q":1},"b":[]}]}`, dossier.BadForm, "/x/1/b"},
		{"twice with a slash", `{"a/b~":1,"a/b~":2}`, dossier.BadForm, "/a~1b~0"},
		{"deeper than anything", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), dossier.NotJSON, "/document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := dossier.CheckJSON([]byte(c.text))
			if c.code == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			r, ok := errors.AsType[*dossier.Refusal](err)
			if !ok || r.Code != c.code || r.Problems[0].Field != c.field {
				t.Errorf("got %v, want %s at %s", err, c.code, c.field)
			}
		})
	}
}

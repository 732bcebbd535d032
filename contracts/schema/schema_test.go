package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/schema"
)

const source = `{"type":"object","additionalProperties":false,"required":["name","people"],
 "properties":{"name":{"type":"string","minLength":2},"day":{"type":"string","format":"date"},
 "people":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"object","additionalProperties":false,
  "required":["pinfl"],"properties":{"pinfl":{"type":"string","pattern":"^[0-9]{14}$"}}}}}}`

func TestCheckNamesFieldsAndExpectations(t *testing.T) {
	t.Parallel()
	s, err := schema.Compile("test", []byte(source))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, in string
		want     []schema.Problem
	}{
		{"fits", `{"name":"ab","people":[{"pinfl":"32103889999014"}]}`, nil},
		{"everything at once", `{"name":"a","day":"30.02.2027","x/y":1,"people":[{"pinfl":"3210","q":2},{}]}`, []schema.Problem{
			{Field: "/day", Want: "want the format date"},
			{Field: "/name", Want: "want at least 2 characters"},
			{Field: "/people/0/pinfl", Want: "want the pattern ^[0-9]{14}$"},
			{Field: "/people/0/q", Want: "unknown field: remove it"},
			{Field: "/people/1/pinfl", Want: "required, but missing"},
			{Field: "/x~1y", Want: "unknown field: remove it"},
		}},
		{"a number as a name", `{"name":"ab","people":[{"pinfl":"32103889999014"}],"32103889999014":1}`, []schema.Problem{{Field: "/…", Want: "unknown field: remove it"}}},
		{"wrong type", `[]`, []schema.Problem{{Field: "", Want: "want object"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := s.Check([]byte(c.in))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for _, in := range []string{"", "{", `{"name":"ab"} {}`, "\xff"} {
		if _, err := s.Check([]byte(in)); !errors.Is(err, schema.ErrNotJSON) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

// A value may be a person's number: it must not come back in the text.
func FuzzCheckNeverRepeatsTheValue(f *testing.F) {
	s, err := schema.Compile("test", []byte(source))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("9999888877776666")
	f.Fuzz(func(t *testing.T, v string) {
		if len(v) < 6 || strings.ContainsAny(v, `"\`) || strings.Contains(source, v) || strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Skip("not a value that could be recognised")
		}
		problems, err := s.Check([]byte(`{"name":"ab","day":"` + v + `","people":[{"pinfl":"` + v + `"}]}`))
		if err != nil {
			t.Skip("not JSON")
		}
		for _, p := range problems {
			if strings.Contains(p.Want, v) {
				t.Errorf("%s repeats the value", p.Want)
			}
		}
	})
}

package external_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/saylovhub/hub/contracts/external"
)

func load(t testing.TB, system string) *external.Contract {
	t.Helper()
	c, err := external.Load(system)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEverySystemLoads(t *testing.T) {
	t.Parallel()
	for _, system := range external.Systems() {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			c := load(t, system)
			if c.System() != system || len(c.Operations()) == 0 {
				t.Errorf("%s: %v", c.System(), c.Operations())
			}
		})
	}
	for _, name := range []string{"nobody", "../portal", ""} {
		if _, err := external.Load(name); err == nil {
			t.Errorf("%q loads", name)
		}
	}
}

func TestPortalOperations(t *testing.T) {
	t.Parallel()
	want := []string{
		"criminal-record.check", "criminal-record.search", "disability.birthdoc", "disability.passport", "education.diploma",
		"employed-at.status", "employment.history", "legal-capacity.check", "lyceum-certificate.pinfl", "personal-data.docrest",
		"registered-address.pin", "school-certificate.pinfl", "token",
	}
	if got := load(t, "portal").Operations(); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// Whoever reads the portal's contract sees of each field whether it was seen.
func TestPortalSaysObservedOrAssumed(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("portal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen, fields := map[*openapi3.Schema]bool{}, 0
	var walk func(at string, ref *openapi3.SchemaRef)
	walk = func(at string, ref *openapi3.SchemaRef) {
		if ref == nil || seen[ref.Value] {
			return
		}
		s := ref.Value
		seen[s] = true
		for _, branch := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
			walk(at, branch)
		}
		walk(at+"/*", s.Items)
		for name, p := range s.Properties {
			fields++
			if d := p.Value.Description; !strings.HasPrefix(d, "observed") && !strings.HasPrefix(d, "assumed") {
				t.Errorf("%s/%s: %q", at, name, d)
			}
			walk(at+"/"+name, p)
		}
	}
	content := func(at string, content openapi3.Content) {
		for _, m := range content {
			walk(at, m.Schema)
		}
	}
	for path, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			content(path, op.RequestBody.Value.Content)
			for status, r := range op.Responses.Map() {
				content(path+" "+status, r.Value.Content)
				if d := *r.Value.Description; !strings.HasPrefix(d, "observed") && !strings.HasPrefix(d, "assumed") {
					t.Errorf("%s %s: %q", path, status, d)
				}
			}
		}
	}
	if fields < 200 {
		t.Errorf("only %d fields", fields)
	}
}

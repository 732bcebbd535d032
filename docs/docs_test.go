// Package docs_test holds the pages of this folder against the code: tables that
// are made of it, lists of states and names, and the commands that they show.
// With -update the tables are written anew.
package docs_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/mocks/sms"
	"github.com/saylovhub/hub/templates"
)

var update = flag.Bool("update", false, "write the tables anew")

func page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// table is a Markdown table of head and rows.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
		}
	}
	return b.String()
}

func code(s string) string { return "`" + s + "`" }

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// Tables stand between "<!-- table NAME -->" and "<!-- end -->".
func TestTables(t *testing.T) {
	cases := []struct {
		page, name string
		want       func(t *testing.T) string
	}{
		{"operations.md", "kinds", kinds},
		{"mocks.md", "stories", stories},
		{"mocks.md", "operations", mockOperations},
		{"templates.md", "templates", documents},
		{"api.md", "api", operations},
		{"api.md", "codes", codes},
		{"api.md", "types", types},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { // one after the other: -update writes
			text := page(t, c.page)
			head, rest, begins := strings.Cut(text, "<!-- table "+c.name+" -->\n")
			got, tail, ends := strings.Cut(rest, "<!-- end -->")
			if !begins || !ends {
				t.Fatalf("%s has no table %s", c.page, c.name)
			}
			want := c.want(t)
			if *update {
				all := head + "<!-- table " + c.name + " -->\n" + want + "<!-- end -->" + tail
				if err := os.WriteFile(c.page, []byte(all), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, table %s; go test ./docs -update writes it anew (-code +page):\n%s", c.page, c.name, d)
			}
		})
	}
}

func kinds(*testing.T) string {
	rows := [][]string{{"kind", "tried again", "second try at once", "counts for the breaker", "HTTP status", "who must act"}}
	for _, k := range fault.All() {
		r := fault.RuleOf(k)
		rows = append(rows, []string{code(string(k)), string(r.Retry), yes(r.AgainAtOnce), yes(r.CountsBreaker), strconv.Itoa(r.HTTPStatus), r.OperatorAction})
	}
	return table(rows...)
}

func stories(*testing.T) string {
	rows := [][]string{{"story", "what is special"}}
	for _, s := range population.Stories() {
		rows = append(rows, []string{code(s.Name), s.Text})
	}
	return table(rows...)
}

func mockOperations(*testing.T) string {
	row := func(system string, ids []string) []string {
		return []string{system, code(strings.Join(ids, "`, `"))}
	}
	return table([]string{"system", "operations"}, row("portal", portal.Operations()), row("eds", eds.Operations()), row("sms", []string{sms.OpSend}),
		row("eskiz", eskiz.Operations()), row("oneid", oneid.Operations()))
}

func documents(t *testing.T) string {
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"folder", "title", "kind", "paper, mm", "pages"}}
	for _, name := range set.Names() {
		d, _ := set.Get(name)
		pages := strconv.Itoa(d.Pages)
		if d.Pages == 0 {
			pages = "any"
		}
		rows = append(rows, []string{code(name), d.Title, d.Kind, fmt.Sprintf("%g × %g", d.WidthMM, d.HeightMM), pages})
	}
	return table(rows...)
}

func operations(t *testing.T) string {
	spec, err := openapi3.NewLoader().LoadFromData(contracts.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"operation", "scope", "does"}}
	for _, path := range spec.Paths.InMatchingOrder() {
		item := spec.Paths.Value(path).Operations()
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodDelete} {
			op := item[method]
			if op == nil {
				continue
			}
			delete(item, method)
			scope, _ := op.Extensions["x-scope"].(string)
			if scope == "" {
				scope = "no key"
			} else {
				scope = code(scope)
			}
			rows = append(rows, []string{code(method + " " + path), scope, op.Summary})
		}
		if len(item) > 0 {
			t.Errorf("%s has methods that the table leaves out", path)
		}
	}
	slices.SortStableFunc(rows[1:], func(a, b []string) int { return strings.Compare(key(a[0]), key(b[0])) })
	return table(rows...)
}

// key sorts addresses, the method last.
func key(operation string) string {
	method, path, _ := strings.Cut(strings.Trim(operation, "`"), " ")
	return path + " " + method
}

// codes reads the API's table of refusals out of its source, which no other
// package can see.
func codes(t *testing.T) string {
	src := page(t, "../internal/api/problem.go")
	values := constants(t, "../pipelines/dossier", "Code")
	statuses := map[string]int{}
	for n := 400; n < 600; n++ {
		statuses["Status"+strings.ReplaceAll(http.StatusText(n), " ", "")] = n
	}
	rows := [][]string{{"code", "status", "title"}}
	for _, m := range regexp.MustCompile(`dossier\.(\w+):\s+\{http\.(\w+), "([^"]+)"\}`).FindAllStringSubmatch(src, -1) {
		if statuses[m[2]] == 0 || values[m[1]] == "" {
			t.Errorf("%s: not understood", m[0])
		}
		rows = append(rows, []string{code(values[m[1]]), strconv.Itoa(statuses[m[2]]), m[3]})
	}
	if len(rows)-1 != len(values) {
		t.Errorf("%d codes have a row, there are %d", len(rows)-1, len(values))
	}
	return table(rows...)
}

func types(t *testing.T) string {
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"no.", "type", "from", "to", "last day", "registers", "title"}}
	for _, id := range c.Types() {
		x, _ := c.Type(id)
		var registers []string
		for _, r := range x.Checks {
			registers = append(registers, string(r))
		}
		rows = append(rows, []string{
			strconv.Itoa(x.Number), code(x.ID), strings.Join(x.Route.From, ", "), strings.Join(x.Route.To, ", "), code(x.Window.Until), strings.Join(registers, ", "), x.Title["en"],
		})
	}
	return table(rows...)
}

// constants reads the typed string constants of a package's source: name to value.
func constants(t *testing.T, dir, typ string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || len(v.Values) != 1 {
				return true
			}
			own, _ := v.Type.(*ast.Ident)
			text, _ := v.Values[0].(*ast.BasicLit)
			if own != nil && own.Name == typ && text != nil && text.Kind == token.STRING {
				out[v.Names[0].Name], _ = strconv.Unquote(text.Value)
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("%s has no constants of type %s", dir, typ)
	}
	return out
}

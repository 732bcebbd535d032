package pdf

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// renumber gives the structure's nodes other numbers, as another tab would.
func renumber(raw []byte, to func(n int) int) []byte {
	return isNode.ReplaceAllFunc(raw, func(id []byte) []byte {
		var n int
		_, _ = fmt.Sscanf(string(id), "node%d", &n)
		return fmt.Appendf(nil, "node%08d", to(n))
	})
}

func TestNodes(t *testing.T) {
	t.Parallel()
	raw := printed(t, "tagged")
	o := options()
	want := finish(t, raw, o)
	for name, to := range map[string]func(int) int{
		"a later tab":  func(n int) int { return n + 4711 },
		"gaps":         func(n int) int { return 3*n + 5 },
		"as it comes":  func(n int) int { return n },
		"many, though": func(n int) int { return n + 80_000_000 },
	} {
		other := renumber(raw, to)
		if name != "as it comes" && bytes.Equal(other, raw) {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if got := finish(t, other, o); !bytes.Equal(got, want) {
			t.Errorf("%s: another file", name)
		}
	}
	f, err := open(want)
	if err != nil {
		t.Fatal(err)
	}
	tree := idTree(t, f)
	if len(tree) != 42 || tree[0].id != "node00000001" || tree[41].id != "node00000042" {
		t.Errorf("%d ids: %v", len(tree), tree)
	}
	if !slices.IsSortedFunc(tree, func(a, b named) int { return strings.Compare(a.id, b.id) }) {
		t.Error("the tree of ids is not sorted")
	}
	for _, p := range tree {
		element, err := f.dict(p.at)
		if id, _ := element["ID"].(text); err != nil || string(id) != p.id {
			t.Errorf("%s names element %s (%v)", p.id, id, err)
		}
	}
	for _, id := range regexp.MustCompile(`/Headers \[\((node\d+)\)\]`).FindAllSubmatch(want, -1) {
		if !slices.ContainsFunc(tree, func(p named) bool { return p.id == string(id[1]) }) {
			t.Errorf("a cell's heading %s is none", id[1])
		}
	}
}

type named struct {
	id string
	at ref
}

// idTree lists the tree of ids, and checks the limits of its leaves.
func idTree(t *testing.T, f *file) []named {
	t.Helper()
	root, err := f.dict(f.trailer["Root"])
	if err != nil {
		t.Fatal(err)
	}
	top, err := f.dict(root["StructTreeRoot"])
	if err != nil {
		t.Fatal(err)
	}
	node, err := f.dict(top["IDTree"])
	if err != nil {
		t.Fatal(err)
	}
	var all []named
	for _, kid := range node["Kids"].(array) {
		d, err := f.dict(kid)
		if err != nil {
			t.Fatal(err)
		}
		names, limits := d["Names"].(array), d["Limits"].(array)
		for i := 0; i < len(names); i += 2 {
			all = append(all, named{string(names[i].(text)), names[i+1].(ref)})
		}
		if !bytes.Equal(limits[0].(text), names[0].(text)) || !bytes.Equal(limits[1].(text), names[len(names)-2].(text)) {
			t.Errorf("limits %s", limits)
		}
	}
	return all
}

// tagged is a small file with a structure tree; ids in the given order of the
// elements, the tree's leaves as given.
func tagged(first, second string, leaves ...string) []byte {
	objects := []string{
		"<</Type /Catalog\n/Pages 3 0 R\n/StructTreeRoot 5 0 R>>",
		"<</Type /Pages\n/Count 1\n/Kids [4 0 R]>>",
		"<</Type /Page\n/MediaBox [0 0 255.12 369.12]\n/Resources <<>>\n/Contents 10 0 R\n/Parent 3 0 R>>",
		"<</Type /StructTreeRoot\n/K [6 0 R 7 0 R 8 0 R]\n/IDTree 9 0 R>>",
		"<</Type /StructElem\n/S /TD\n/P 5 0 R\n/A <</O /Table\n/Headers [(" + second + ") (" + first + ")]>>\n/ActualText (" + first + ")>>",
		"<</Type /StructElem\n/S /TH\n/P 5 0 R\n/ID (" + first + ")>>",
		"<</Type /StructElem\n/S /TH\n/P 5 0 R\n/ID (" + second + ")\n/Alt (/ID \\(" + first + "\\))>>",
		"<</Kids [11 0 R 12 0 R]>>",
		streamOf("0 0 m"),
	}
	return build(append(objects, leaves...)...)
}

// Elements may lie in another order than their numbers; the tree is sorted
// again, and texts that look like an id stay.
func TestNodesInAnotherOrder(t *testing.T) {
	t.Parallel()
	o := options()
	leaf := func(id string, at int) string {
		return fmt.Sprintf("<</Limits [(%s) (%s)]\n/Names [(%s) %d 0 R]>>", id, id, id, at)
	}
	rising := finish(t, tagged("node00000007", "node00000009", leaf("node00000007", 7), leaf("node00000009", 8)), o)
	falling := finish(t, tagged("node00000009", "node00000007", leaf("node00000007", 8), leaf("node00000009", 7)), o)
	for name, out := range map[string][]byte{"rising": rising, "falling": falling} {
		f, err := open(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := idTree(t, f); !slices.Equal(got, []named{{"node00000001", 7}, {"node00000002", 8}}) {
			t.Errorf("%s: %v", name, got)
		}
		for _, want := range []string{"/Headers [(node00000002) (node00000001)]", "/ID (node00000001)>>", "/ID (node00000002)\n"} {
			if !bytes.Contains(out, []byte(want)) {
				t.Errorf("%s: no %s", name, want)
			}
		}
	}
	for _, want := range []string{"/ActualText (node00000007)", `/Alt (/ID \(node00000007\))`} {
		if !bytes.Contains(rising, []byte(want)) {
			t.Errorf("a text became another: no %s", want)
		}
	}
	for name, leaves := range map[string][]string{
		"an id of nobody":  {leaf("node00000007", 7), leaf("node00000008", 8)},
		"an id twice":      {leaf("node00000007", 7), leaf("node00000007", 8)},
		"not Chrome's":     {leaf("node00000007", 7), leaf("own", 8)},
		"a tree in itself": {leaf("node00000007", 7), "<</Kids [9 0 R]>>"},
		"no pairs":         {leaf("node00000007", 7), "<</Names [(node00000009)]>>"},
	} {
		if _, err := Finish(tagged("node00000007", "node00000009", leaves...), o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

package pdf

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
)

// ErrNothingToMerge is what merging no files gives.
var ErrNothingToMerge = errors.New("no files to merge")

// Merge puts the pages of several files one behind the other, with a bookmark
// of its title for each, and finishes the whole. It takes raw prints and what
// Finish made, neither sealed nor encrypted. What is equal in them, such as
// fonts and pictures, is stored once. Attached files, structure trees and
// bookmarks of the parts are left behind; links inside a part are refused.
// Equal input and options give equal bytes.
func Merge(files [][]byte, o Options) ([]byte, error) {
	if len(files) == 0 {
		return nil, fmt.Errorf("merging PDFs: %w", ErrNothingToMerge)
	}
	m := &merger{shared: map[[32]byte]ref{}}
	total := 0
	for i, raw := range files {
		if total += len(raw); total > maxFile {
			return nil, fmt.Errorf("merging PDFs: together more than %d bytes", maxFile)
		}
		if err := m.append(raw); err != nil {
			return nil, fmt.Errorf("merging PDFs: file %d: %w", i+1, err)
		}
	}
	out, err := Finish(m.finish(total), o)
	if err != nil {
		return nil, fmt.Errorf("merging PDFs: %w", err)
	}
	return out, nil
}

// Numbers that the merged file gives to what it has of its own.
const (
	mergedInfo ref = iota + 1
	mergedRoot
	mergedPages
	mergedOutlines
	mergedFirst
)

// merger collects objects under new numbers, from mergedFirst on.
type merger struct {
	objects  [][]byte // what stands between "obj" and "endobj"; nil: not yet
	shared   map[[32]byte]ref
	pages    array
	parts    []part
	producer text
}

// part is one of the files, for its bookmark.
type part struct {
	title string
	page  ref
}

func (m *merger) reserve() ref {
	m.objects = append(m.objects, nil)
	return mergedFirst + ref(len(m.objects)-1)
}

func (m *merger) set(at ref, body []byte) { m.objects[at-mergedFirst] = body }

func (m *merger) append(raw []byte) error {
	f, err := open(raw)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return err
	}
	root, err := f.dict(f.trailer["Root"])
	if err != nil {
		return err
	}
	if err := f.intact(root); err != nil {
		return err
	}
	names := dict{}
	if root["Names"] != nil {
		if names, err = f.dict(root["Names"]); err != nil {
			return err
		}
	}
	if root["Dests"] != nil || names["Dests"] != nil || root["AcroForm"] != nil {
		return errors.New("it has links inside itself, or a form")
	}
	info, err := f.dict(f.trailer["Info"])
	if err != nil {
		return err
	}
	title, err := f.text(info["Title"])
	if err != nil {
		return err
	}
	producer, err := f.resolve(info["Producer"])
	if t, ok := producer.(text); err == nil && ok && m.producer == nil {
		m.producer = t
	}
	c := &copier{merger: m, file: f, moved: map[ref]ref{}, open: map[ref]bool{}}
	var at []ref
	if err := f.walkPages(root, func(r ref, _ dict) error {
		c.moved[r] = m.reserve()
		at = append(at, r)
		return nil
	}); err != nil {
		return err
	}
	for _, r := range at {
		if err := c.page(r); err != nil {
			return err
		}
		m.pages = append(m.pages, c.moved[r])
	}
	m.parts = append(m.parts, part{title, c.moved[at[0]]})
	return nil
}

// copier moves what the pages of one file need.
type copier struct {
	*merger
	file  *file
	moved map[ref]ref
	open  map[ref]bool // under way, to find circles
	depth int
}

func (c *copier) page(at ref) error {
	d, err := c.file.dict(at)
	if err != nil {
		return err
	}
	d = maps.Clone(d)
	if d["Resources"] == nil || d["MediaBox"] == nil {
		return fmt.Errorf("%w: a page that inherits", errSyntax)
	}
	for _, key := range []name{"Parent", "StructParents", "Tabs", "Metadata", "AF"} {
		delete(d, key)
	}
	if err := c.children(d); err != nil {
		return err
	}
	d["Parent"] = noObject
	c.moved[noObject] = mergedPages
	c.set(c.moved[at], appendValue(nil, d, c.number))
	return nil
}

// noObject stands for the merged page tree: no file has an object 0.
const noObject ref = 0

func (c *copier) number(r ref) ref { return c.moved[r] }

// children moves all that v refers to.
func (c *copier) children(v any) error {
	switch v := v.(type) {
	case ref:
		return c.move(v)
	case array:
		for _, e := range v {
			if err := c.children(e); err != nil {
				return err
			}
		}
	case dict:
		for _, key := range sortedKeys(v) {
			if err := c.children(v[key]); err != nil {
				return err
			}
		}
	}
	return nil
}

// move copies an object, after all that it refers to, unless an equal one is
// there already. Annotations belong to one page and are never shared.
func (c *copier) move(at ref) error {
	if _, done := c.moved[at]; done {
		return nil
	}
	if c.depth++; c.depth > maxDepth || c.open[at] {
		return fmt.Errorf("object %d: %w: it refers to itself", at, errSyntax)
	}
	c.open[at] = true
	defer func() { c.depth--; delete(c.open, at) }()
	v, err := c.file.object(int(at))
	if err != nil {
		return err
	}
	d, _ := v.(dict)
	if st, ok := v.(stream); ok {
		d = st.dict
	}
	delete(d, "StructParent")
	inner := v
	if d != nil {
		inner = d
	}
	if err := c.children(inner); err != nil {
		return err
	}
	body := appendBody(nil, v, c.number)
	key := sha256.Sum256(body)
	to, ok := c.shared[key]
	if !ok || d["Type"] == name("Annot") {
		to = c.reserve()
		c.set(to, body)
		c.shared[key] = to
	}
	c.moved[at] = to
	return nil
}

// finish writes the merged file as Chrome would have printed it.
func (m *merger) finish(size int) []byte {
	items := make([]ref, len(m.parts))
	for i := range items {
		items[i] = m.reserve()
	}
	for i, p := range m.parts {
		item := dict{"Title": textString(p.title), "Parent": mergedOutlines, "Dest": array{p.page, name("Fit")}}
		if i > 0 {
			item["Prev"] = items[i-1]
		}
		if i+1 < len(items) {
			item["Next"] = items[i+1]
		}
		m.set(items[i], appendValue(nil, item, nil))
	}
	w := newWriter(size+4096, len(m.objects)+int(mergedFirst))
	info := dict{}
	if m.producer != nil {
		info["Producer"] = m.producer
	}
	w.object(int(mergedInfo), info)
	w.object(int(mergedRoot), dict{
		"Type": name("Catalog"), "Pages": mergedPages, "Outlines": mergedOutlines, "PageMode": name("UseOutlines"),
	})
	w.object(int(mergedPages), dict{"Type": name("Pages"), "Kids": m.pages, "Count": float64(len(m.pages))})
	w.object(int(mergedOutlines), dict{
		"Type": name("Outlines"), "First": items[0], "Last": items[len(items)-1], "Count": float64(len(items)),
	})
	for i, body := range m.objects {
		n := int(mergedFirst) + i
		w.begin(n)
		w.out = fmt.Appendf(w.out, "%d 0 obj\n", n)
		w.out = append(append(w.out, body...), "\nendobj\n"...)
	}
	return w.finish(mergedRoot, mergedInfo)
}

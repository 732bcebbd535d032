package pdf

import (
	"errors"
	"fmt"
)

// ErrSealed is what changing a sealed file gives: the seal would be broken.
var ErrSealed = errors.New("the PDF is sealed; any change would break its seal")

// openFinal opens a file for reading only. Something may have been appended to
// it, but nothing other than seals: every later revision must bring a
// signature, and leave the information, the pages and what they show alone.
func openFinal(raw []byte) (*file, dict, error) {
	f, err := parse(raw, true)
	if err != nil {
		return nil, nil, err
	}
	root, err := f.dict(f.trailer["Root"])
	if err != nil {
		return nil, nil, fmt.Errorf("reading the PDF's catalogue: %w", err)
	}
	if f.revisions == 1 {
		return f, root, nil
	}
	if err := f.provenSeals(root); err != nil {
		return nil, nil, fmt.Errorf("reading the PDF: %w: something other than a seal was appended to it", err)
	}
	return f, root, nil
}

// provenSeals looks at what the revisions after the first replaced: the
// catalogue and pages may gain a form and its field, nothing else may change.
func (f *file) provenSeals(root dict) error {
	first, err := f.first()
	if err != nil {
		return err
	}
	if f.trailer["Root"] != first.trailer["Root"] || f.trailer["Info"] != first.trailer["Info"] {
		return errSyntax
	}
	form, err := f.dict(root["AcroForm"])
	if err != nil {
		return err
	}
	fields, err := f.resolve(form["Fields"])
	if list, ok := fields.(array); err != nil || !ok || len(list) != f.revisions-1 {
		return errSyntax
	}
	gains := map[name][]name{"Catalog": {"AcroForm", "Extensions"}, "Page": {"Annots"}}
	for _, n := range f.grown {
		now, err := f.object(n)
		if err != nil {
			return err
		}
		was, err := first.object(n)
		if err != nil {
			continue // of a later revision: the form that gains a field
		}
		a, ok := was.(dict)
		b, same := now.(dict)
		if !ok || !same {
			return errSyntax
		}
		kind, _ := a["Type"].(name)
		allowed, ok := gains[kind]
		if !ok || !equalBut(a, b, allowed) {
			return errSyntax
		}
	}
	return nil
}

// first is the file as it was before anything was appended.
func (f *file) first() (*file, error) {
	end := 0
	for start, ok := lastTable(f.raw); ok; {
		t, err := f.table(start)
		if err != nil {
			return nil, err
		}
		end = t.end
		prev, more := t.trailer["Prev"].(float64)
		if !more {
			break
		}
		start = int(prev)
	}
	return open(f.raw[:end])
}

// equalBut compares two dictionaries, the keys in but left out.
func equalBut(a, b dict, but []name) bool {
	strip := func(d dict) string {
		out := dict{}
		for key, v := range d {
			out[key] = v
		}
		for _, key := range but {
			delete(out, key)
		}
		return string(appendValue(nil, out, nil))
	}
	return strip(a) == strip(b)
}

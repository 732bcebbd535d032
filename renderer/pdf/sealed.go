package pdf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrSealed is what changing a sealed file gives: the seal would be broken.
var ErrSealed = errors.New("the PDF is sealed; any change would break its seal")

// ErrAltered is what reading a finished file gives that is not as it was
// finished. It finds accidents; against forgers there are the seal and the code.
var ErrAltered = errors.New("the PDF was altered after it was finished")

// intact compares a finished file with the hash that it carries as its id.
func (f *file) intact(root dict) error {
	if root["Metadata"] == nil && f.id == nil {
		return nil // a raw print
	}
	info, err := f.dict(f.trailer["Info"])
	if err != nil {
		return err
	}
	if by, err := f.text(info["Creator"]); err != nil || by != creator {
		return fmt.Errorf("%w: neither a print nor finished here", errSyntax)
	}
	sum := sha256.Sum256(f.raw[:f.body])
	id, ok := f.id.(array)
	if !ok || len(id) != 2 {
		return ErrAltered
	}
	for _, v := range id {
		if half, ok := v.(text); !ok || !bytes.Equal(half, sum[:16]) {
			return ErrAltered
		}
	}
	return nil
}

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
	if err := f.intact(root); err != nil {
		return nil, nil, fmt.Errorf("reading the PDF: %w", err)
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
	for _, key := range []name{"Root", "Info"} {
		at, ok := f.trailer[key].(ref)
		if !ok || first.trailer[key] != any(at) {
			return errSyntax
		}
	}
	fields, err := f.fields(root)
	if err != nil || len(fields) != f.revisions-1 {
		return errSyntax
	}
	for _, n := range f.grown {
		now, err := f.object(n)
		if err != nil {
			return err
		}
		was, err := first.object(n)
		a, ok := was.(dict)
		b, same := now.(dict)
		if err != nil || !ok || !same {
			return errSyntax
		}
		switch a["Type"] {
		case name("Catalog"):
			if !equalBut(a, b, "AcroForm", "Perms", "Extensions") {
				return errSyntax
			}
		case name("Page"):
			if !equalBut(a, b, "Annots") || !f.gained(first, a["Annots"], b["Annots"], fields) {
				return errSyntax
			}
		default:
			return errSyntax
		}
	}
	return nil
}

// fields are the form's, each a signature with its value.
func (f *file) fields(root dict) (array, error) {
	form, err := f.dict(root["AcroForm"])
	if err != nil {
		return nil, err
	}
	v, err := f.resolve(form["Fields"])
	fields, ok := v.(array)
	if err != nil || !ok {
		return nil, errSyntax
	}
	for _, at := range fields {
		_, isRef := at.(ref)
		field, err := f.dict(at)
		if err != nil || !isRef || field["FT"] != name("Sig") {
			return nil, errSyntax
		}
		if value, err := f.dict(field["V"]); err != nil || value["ByteRange"] == nil {
			return nil, errSyntax
		}
	}
	return fields, nil
}

// gained tells whether the annotations now are those before and fields only.
func (f *file) gained(first *file, before, now any, fields array) bool {
	before, err := first.resolve(before)
	old, ok := before.(array)
	if err != nil || before != nil && !ok {
		return false
	}
	now, err = f.resolve(now)
	list, ok := now.(array)
	if err != nil || !ok || len(list) < len(old) {
		return false
	}
	for i, v := range list {
		at, ok := v.(ref)
		if !ok || i < len(old) && old[i] != any(at) || i >= len(old) && !slices.Contains(fields, v) {
			return false
		}
	}
	return true
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
func equalBut(a, b dict, but ...name) bool {
	strip := func(d dict) string {
		out := maps.Clone(d)
		for _, key := range but {
			delete(out, key)
		}
		return string(appendValue(nil, out, nil))
	}
	return strip(a) == strip(b)
}

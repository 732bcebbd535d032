package pdf

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ErrNoAttachment is what asking for a file that is not attached gives.
var ErrNoAttachment = errors.New("no such attached file")

// attach adds the attached files to the catalogue, as data that belongs to the
// whole document.
func (a *additions) attach(f *file, root dict, o Options) error {
	if len(o.Attach) == 0 {
		return nil
	}
	tree := dict{}
	if root["Names"] != nil {
		d, err := f.dict(root["Names"])
		if err != nil {
			return err
		}
		tree = maps.Clone(d)
	}
	if tree["EmbeddedFiles"] != nil {
		return fmt.Errorf("%w: files are attached already", errSyntax)
	}
	files := slices.SortedFunc(slices.Values(o.Attach), func(x, y Attachment) int { return cmp.Compare(x.Name, y.Name) })
	var list, associated array
	for _, file := range files {
		content := a.addStream(dict{
			"Type": name("EmbeddedFile"), "Subtype": name(file.MediaType),
			"Params": dict{"ModDate": dateString(o.At), "Size": float64(len(file.Content))},
		}, file.Content)
		spec := dict{
			"Type": name("Filespec"), "F": text(file.Name), "UF": text(file.Name), "AFRelationship": name("Data"),
			"EF": dict{"F": content, "UF": content},
		}
		if file.Description != "" {
			spec["Desc"] = textString(file.Description)
		}
		at := a.add(spec)
		list = append(list, text(file.Name), at)
		associated = append(associated, at)
	}
	tree["EmbeddedFiles"] = dict{"Names": list}
	root["Names"] = tree
	if o.Archive == A3B { // a key of PDF 2.0 and PDF/A-3
		root["AF"] = associated
	}
	return nil
}

type attachedFile struct {
	name string
	spec dict
}

// attached lists the files that attach wrote.
func (f *file) attached(root dict) ([]attachedFile, error) {
	fail := func(err error) ([]attachedFile, error) {
		return nil, fmt.Errorf("reading the PDF's attached files: %w", err)
	}
	if root["Names"] == nil {
		return nil, nil
	}
	names, err := f.dict(root["Names"])
	if err != nil {
		return fail(err)
	}
	if names["EmbeddedFiles"] == nil {
		return nil, nil
	}
	tree, err := f.dict(names["EmbeddedFiles"])
	if err != nil {
		return fail(err)
	}
	list, ok := tree["Names"].(array)
	if !ok || len(list)%2 != 0 {
		return fail(errSyntax)
	}
	var files []attachedFile
	for i := 0; i < len(list); i += 2 {
		key, ok := list[i].(text)
		if !ok || !isFileName.Match(key) {
			return fail(errSyntax)
		}
		spec, err := f.dict(list[i+1])
		if err != nil {
			return fail(err)
		}
		if i > 0 && strings.Compare(files[i/2-1].name, string(key)) >= 0 {
			return fail(errSyntax)
		}
		files = append(files, attachedFile{string(key), spec})
	}
	return files, nil
}

// Attached returns the attached file of that name, ErrNoAttachment if there is
// none. It reads what Read reads.
func Attached(raw []byte, file string) ([]byte, error) {
	f, root, err := openFinal(raw)
	if err != nil {
		return nil, err
	}
	files, err := f.attached(root)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(files, func(a attachedFile) bool { return a.name == file })
	if i < 0 {
		return nil, fmt.Errorf("reading the PDF's attached files: %w", ErrNoAttachment)
	}
	holder, err := f.dict(files[i].spec["EF"])
	if err != nil {
		return nil, fmt.Errorf("reading an attached file: %w", err)
	}
	v, err := f.resolve(holder["F"])
	if err != nil {
		return nil, fmt.Errorf("reading an attached file: %w", err)
	}
	st, ok := v.(stream)
	if !ok {
		return nil, fmt.Errorf("reading an attached file: %w", errSyntax)
	}
	var content []byte
	err = f.decode(st, func(b []byte) error {
		content = slices.Clone(b)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading an attached file: %w", err)
	}
	return content, nil
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

// maxLine bounds one document's data in a file of many.
const maxLine = 20 << 20

type renderCmd struct {
	folderFlag
	protectFlags
	Template string `arg:"" help:"The document, as hub templates list names it."`
	Data     string `arg:"" help:"Its data: FILE.json holds one document, FILE.jsonl one a line." type:"existingfile"`
	Language string `help:"One of its languages; without, the usual one." placeholder:"LANGUAGE"`
	Out      string `help:"Where it goes: FILE.pdf (many documents: all in one file) or a folder (one file each); -o FILE does the same. Default: the data's name." placeholder:"FILE" type:"path"`
}

// Help says what such a document is worth.
func (c *renderCmd) Help() string {
	return "What is rendered here is a draft, marked NAMUNA on every page: it has no number of the register, no code that anyone confirms and no seal. Documents are issued by the hub. Beside the files goes a manifest: file, pages, SHA-256."
}

// rendered is an entry of the manifest.
type rendered struct {
	Line   int    `json:"line"` // of the data, from 1
	File   string `json:"file"`
	From   int    `json:"from,omitempty"` // its first page in a file of many
	Pages  int    `json:"pages"`
	SHA256 string `json:"sha256"` // of its own PDF
	pdf    []byte
}

// manifest says what was rendered.
type manifest struct {
	Template  string     `json:"template"`
	Hash      string     `json:"template_hash"`
	Draft     bool       `json:"draft"`
	SHA256    string     `json:"sha256,omitempty"` // of the file that holds all
	Documents []rendered `json:"documents"`
}

func (c *renderCmd) Run(r *run) error {
	set, err := templates.LoadFrom(c.files(), templates.Options{})
	if set == nil {
		return err
	}
	t, sound := set.Get(c.Template)
	if !sound {
		return cmp.Or(err, fmt.Errorf("no document %q: want one of %s", c.Template, strings.Join(set.Names(), ", ")))
	}
	many := strings.EqualFold(filepath.Ext(c.Data), ".jsonl")
	base := strings.TrimSuffix(filepath.Base(c.Data), filepath.Ext(c.Data))
	out := cmp.Or(r.outFile(), c.Out)
	if out == "" {
		out = base
		if !many {
			out += ".pdf"
		}
	}
	one := strings.EqualFold(filepath.Ext(out), ".pdf")
	if !many && !one {
		out, one = filepath.Join(out, base+".pdf"), true
	}
	data, err := c.read(many)
	if err != nil {
		return err
	}
	b, err := r.browser()
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	m := manifest{Template: t.Name, Hash: t.Hash, Draft: true}
	maker := &preview.Maker{Set: set, Browser: b}
	dir := ""
	if !one {
		dir = out
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	docs, failed := c.all(r, maker, data, dir)
	if len(failed) > 0 && one {
		return errors.Join(failed...)
	}
	m.Documents = docs
	if one {
		err = m.together(out, c.protect)
	} else {
		err = m.write(filepath.Join(dir, "manifest.json"))
	}
	if err != nil {
		return err
	}
	if err := r.print(m, func(w io.Writer) { m.table(w, out) }); err != nil {
		return err
	}
	return errors.Join(failed...)
}

// read returns the data of every document.
func (c *renderCmd) read(many bool) ([][]byte, error) {
	if !many {
		raw, err := os.ReadFile(c.Data)
		return [][]byte{raw}, err
	}
	f, err := os.Open(c.Data)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	s.Buffer(nil, maxLine)
	var data [][]byte
	for s.Scan() {
		data = append(data, bytes.Clone(bytes.TrimSpace(s.Bytes())))
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("reading line %d of %s: %w", len(data)+1, c.Data, err)
	}
	for len(data) > 0 && len(data[len(data)-1]) == 0 {
		data = data[:len(data)-1]
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s holds no data", c.Data)
	}
	return data, nil
}

// all renders every document, as many at a time as there are cores. What fails
// fails alone. With a folder each is written there at once.
func (c *renderCmd) all(r *run, maker *preview.Maker, data [][]byte, dir string) (docs []rendered, failed []error) {
	results, errs := make([]rendered, len(data)), make([]error, len(data))
	progress := r.progress(len(data))
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(data)) {
		wg.Go(func() {
			for i := range next {
				results[i], errs[i] = c.render(r.ctx, maker, data[i], i+1, dir)
				progress()
			}
		})
	}
	for i := range data {
		next <- i
	}
	close(next)
	wg.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			docs = append(docs, results[i])
		case len(data) == 1:
			failed = append(failed, err)
		default:
			failed = append(failed, fmt.Errorf("line %d: %w", i+1, err))
		}
	}
	return docs, failed
}

// render makes one document. A file is named by its line: names of people stay
// out of names of files.
func (c *renderCmd) render(ctx context.Context, maker *preview.Maker, data []byte, line int, dir string) (rendered, error) {
	if err := ctx.Err(); err != nil {
		return rendered{}, context.Cause(ctx)
	}
	p, err := maker.PDF(ctx, preview.Request{Template: c.Template, Language: c.Language, Data: data})
	if err == nil && p.Over > 0 {
		err = fmt.Errorf("the text overflows: %d pages more than the document may have", p.Over)
	}
	d := rendered{Line: line, Pages: p.Pages, SHA256: p.SHA256, pdf: p.PDF}
	if err != nil || dir == "" {
		return d, err
	}
	d.File, d.pdf = fmt.Sprintf("%s-%06d.pdf", c.Template, line), nil
	file, err := c.protect(p.PDF)
	if err != nil {
		return d, err
	}
	return d, os.WriteFile(filepath.Join(dir, d.File), file, 0o600)
}

// together writes all documents into one file.
func (m *manifest) together(file string, protect func([]byte) ([]byte, error)) error {
	docs := m.Documents
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	from := 1
	for i := range docs {
		docs[i].File, docs[i].From = filepath.Base(file), from
		from += docs[i].Pages
	}
	whole := docs[0].pdf
	if len(docs) > 1 {
		files := make([][]byte, len(docs))
		for i, d := range docs {
			files[i] = d.pdf
		}
		var err error
		if whole, err = pdf.Merge(files, pdf.Options{At: preview.At(), Title: preview.ID + " · " + m.Template, Identifier: preview.ID}); err != nil {
			return fmt.Errorf("putting the documents into one file: %w", err)
		}
		m.SHA256 = preview.Sum(whole)
	}
	whole, err := protect(whole)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		return err
	}
	return m.write(strings.TrimSuffix(file, filepath.Ext(file)) + ".manifest.json")
}

func (m *manifest) write(file string) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(raw, '\n'), 0o600)
}

func (m *manifest) table(w io.Writer, out string) {
	rows := [][]string{{"LINE", "FILE", "PAGES", "SHA-256"}}
	pages := 0
	for _, d := range m.Documents {
		pages += d.Pages
		if len(rows) <= 20 {
			rows = append(rows, []string{fmt.Sprint(d.Line), d.File, fmt.Sprint(d.Pages), d.SHA256})
		}
	}
	table(w, rows)
	fmt.Fprintf(w, "%d documents, %d pages in %s: drafts, marked NAMUNA\n", len(m.Documents), pages, out)
}

// progress returns what is called after each piece of work. It draws a line on
// a terminal, nothing elsewhere.
func (r *run) progress(all int) func() {
	f, ok := r.stderr.(*os.File)
	if !ok || all < 2 {
		return func() {}
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func() {}
	}
	var mu sync.Mutex
	done := 0
	return func() {
		mu.Lock()
		defer mu.Unlock()
		done++
		const width = 40
		full := done * width / all
		fmt.Fprintf(r.stderr, "\r[%s%s] %d of %d", strings.Repeat("#", full), strings.Repeat(".", width-full), done, all)
		if done == all {
			fmt.Fprintln(r.stderr)
		}
	}
}

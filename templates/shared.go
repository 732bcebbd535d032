package templates

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// policy is the page's content policy: nothing from anywhere but inline style
// and what the page itself carries.
const policy = "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

// shared is what all documents have in common.
type shared struct {
	parts   map[string]string // source of each part, by file name
	defs    []byte            // parts/defs.json: what schemas share
	base    string            // parts/base.css
	faces   string            // the @font-face rules
	letters coverage
	sum     []byte // over everything shared
}

func loadShared(fsys fs.FS, o Options) (*shared, error) {
	sh := &shared{parts: map[string]string{}}
	sum := sha256.New()
	var names []string
	for _, glob := range []string{"parts/*", "assets/fonts/*"} {
		found, err := fs.Glob(fsys, glob)
		if err != nil {
			return nil, err
		}
		names = append(names, found...)
	}
	slices.Sort(names)
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if name == emblemFile && len(o.Emblem) > 0 {
			if b, err = emblem(o.Emblem); err != nil {
				return nil, err
			}
		}
		addFile(sum, name, b)
		switch path.Ext(name) {
		case ".html", ".svg":
			sh.parts[path.Base(name)] = strings.TrimSpace(string(b))
			if _, err := sh.body(UzLatin, nil, path.Base(name), ""); err != nil {
				return nil, fmt.Errorf("parsing %s: %w", name, err)
			}
		case ".json":
			sh.defs = b
		case ".css":
			sh.base += string(b)
		case ".woff2":
			sh.faces += face(path.Base(name), b)
		case ".txt":
			if sh.letters, err = parseCoverage(string(b)); err != nil {
				return nil, err
			}
		}
	}
	if sh.letters.RangeTable == nil || sh.faces == "" {
		return nil, fmt.Errorf("assets/fonts: want fonts and coverage.txt")
	}
	sh.sum = sum.Sum(nil)
	return sh, nil
}

// body parses a document's page in one language. Each part is a template with
// its own file name; only lets a single one be looked at.
func (sh *shared) body(lang string, w words, only, page string) (*template.Template, error) {
	t := template.New("parts").Funcs(functions(lang, w)).Option("missingkey=zero")
	for _, name := range slices.Sorted(maps.Keys(sh.parts)) {
		if only != "" && name != only {
			continue
		}
		if _, err := t.New(name).Parse(sh.parts[name]); err != nil {
			return nil, err
		}
	}
	if only != "" {
		return t, nil
	}
	_, err := t.New("template.html").Parse(page)
	return t, err
}

// face declares a font file named Family-Weight.woff2.
func face(file string, b []byte) string {
	family, weight := "Noto Sans", "400"
	if strings.HasPrefix(file, "NotoSerif") {
		family = "Noto Serif"
	}
	if strings.Contains(file, "Bold") {
		weight = "700"
	}
	return `@font-face{font-family:"` + family + `";font-weight:` + weight +
		`;src:url(data:font/woff2;base64,` + base64.StdEncoding.EncodeToString(b) + `) format("woff2")}` + "\n"
}

// addFile hashes a file with its name and length before it, so that no two sets
// of files read alike.
func addFile(h hash.Hash, name string, b []byte) {
	h.Write(fmt.Appendf(nil, "%s %d\n", name, len(b)))
	h.Write(b)
}

// hash covers everything that decides how a document looks.
func (sh *shared) hash(files map[string][]byte) string {
	h := sha256.New()
	h.Write(sh.sum)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		addFile(h, name, files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (sh *shared) shell(t *Template, style string) string {
	mm := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) + "mm" }
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="` + template.HTMLEscapeString(t.Languages[0]) + `"><head><meta charset="utf-8">`)
	b.WriteString(`<meta http-equiv="Content-Security-Policy" content="` + policy + `"><title></title>`)
	b.WriteString("<style>\n" + sh.faces + "@page{size:" + mm(t.WidthMM) + " " + mm(t.HeightMM) + ";margin:0}\n")
	// A little less than the paper, which Chrome rounds down to whole pixels.
	b.WriteString(":root{--width:" + mm(t.WidthMM) + ";--height:calc(" + mm(t.HeightMM) + " - 1px)}\n")
	b.WriteString(sh.base + style + "</style></head><body></body></html>")
	return b.String()
}

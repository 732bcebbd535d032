package lint

import (
	"io/fs"
	"path"
	"strings"
)

// markedFiles are folders whose templates carry in every element where it stands
// in the source. They are for checks only: what is issued is printed from the
// folders as they are.
type markedFiles struct{ fs.FS }

// ReadFile reads a file, a template with its marks.
func (m markedFiles) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return nil, err
	}
	part := path.Dir(name) == "parts" && (path.Ext(name) == ".html" || path.Ext(name) == ".svg")
	if part || path.Base(name) == "template.html" {
		return []byte(marked(name, string(b))), nil
	}
	return b, nil
}

const codeStart = `<svg class="qr"`

// markCodes gives QR codes, which no template's source holds, the place of the
// element before them.
func markCodes(body string) string {
	var b strings.Builder
	for {
		i := strings.Index(body, codeStart)
		if i < 0 {
			return b.String() + body
		}
		b.WriteString(body[:i+len("<svg")])
		if j := strings.LastIndex(b.String(), ` data-line="`); j >= 0 {
			mark, _, _ := strings.Cut(b.String()[j+len(` data-line="`):], `"`)
			b.WriteString(` data-line="` + mark + `"`)
		}
		body = body[i+len("<svg"):]
	}
}

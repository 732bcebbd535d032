package lint

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"
)

// mark is what the number on an element stands for.
type mark struct {
	place
	code bool // a QR code
}

// marks are the numbers given so far, from 1.
type marks struct {
	mu  sync.Mutex
	all []mark
}

func (m *marks) add(k mark) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, k)
	return len(m.all)
}

// of returns what a number stands for; false for one that was not given.
func (m *marks) of(n int) (mark, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n < 1 || n > len(m.all) {
		return mark{}, false
	}
	return m.all[n-1], true
}

// markedFiles are folders whose templates carry in every element a number for
// where it stands in the source. They are for checks only: what is issued is
// printed from the folders as they are.
type markedFiles struct {
	fs.FS
	marks *marks
}

// ReadFile reads a file, a template with its marks.
func (m markedFiles) ReadFile(name string) ([]byte, error) {
	b, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return nil, err
	}
	part := path.Dir(name) == "parts" && (path.Ext(name) == ".html" || path.Ext(name) == ".svg")
	if part || path.Base(name) == "template.html" {
		return []byte(marked(name, string(b), func(line int) int { return m.marks.add(mark{place: place{name, line}}) })), nil
	}
	return b, nil
}

const (
	codeStart = `<svg class="qr"`
	dataLine  = ` data-line="`
)

// codes gives the QR codes of a body, which no template's source holds, numbers
// for the place of the element before them.
func (m *marks) codes(body string) string {
	var b strings.Builder
	at := place{}
	for {
		i := strings.Index(body, codeStart)
		if i < 0 {
			return b.String() + body
		}
		if j := strings.LastIndex(body[:i], dataLine); j >= 0 {
			text, _, _ := strings.Cut(body[j+len(dataLine):], `"`)
			n, _ := strconv.Atoi(text)
			k, _ := m.of(n)
			at = k.place
		}
		b.WriteString(body[:i] + "<svg" + dataLine + strconv.Itoa(m.add(mark{at, true})) + `"`)
		body = body[i+len("<svg"):]
	}
}

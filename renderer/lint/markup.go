package lint

import (
	"slices"
	"strconv"
	"strings"
)

// tag is a start tag of a template's source.
type tag struct {
	name    string // small letters
	at      int    // offset of <
	nameEnd int    // offset behind its name
	attrs   []attribute
	closed  bool // by itself: <path/>
}

// attribute of a tag. What actions put in stands in the value as hole.
type attribute struct {
	name, value string
	at          int // offset of the value
}

// hole stands where a template's action was.
const hole = '\x00'

// mask blanks out a template's actions, letter for letter, so that offsets and
// lines stay.
func mask(src string) string {
	out := []byte(src)
	for i := 0; i+1 < len(src); {
		if src[i] != '{' || src[i+1] != '{' {
			i++
			continue
		}
		end := actionEnd(src, i+2)
		for ; i < end; i++ {
			if out[i] != '\n' {
				out[i] = hole
			}
		}
	}
	return string(out)
}

// actionEnd is the offset behind the action whose inside begins at i.
func actionEnd(src string, i int) int {
	if rest := strings.TrimLeft(strings.TrimPrefix(src[i:], "- "), " "); strings.HasPrefix(rest, "/*") {
		if end := strings.Index(src[i:], "*/"); end >= 0 {
			i += end + 2
		}
	}
	var quote byte
	for ; i < len(src); i++ {
		c := src[i]
		switch {
		case quote != 0:
			if c == '\\' && quote != '`' {
				i++
			} else if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '}' && i+1 < len(src) && src[i+1] == '}':
			return i + 2
		}
	}
	return len(src)
}

// text is a run of text between tags.
type text struct {
	at    int
	value string // with holes
}

// markup takes a template's source apart: its start tags and its texts.
func markup(src string) (tags []tag, texts []text) {
	s := mask(src)
	for i := 0; i < len(s); {
		j := strings.IndexByte(s[i:], '<')
		if j < 0 {
			j = len(s) - i
		}
		if j > 0 {
			texts = append(texts, text{i, s[i : i+j]})
		}
		if i += j; i >= len(s) {
			break
		}
		switch {
		case strings.HasPrefix(s[i:], "<!--"):
			i = behind(s, i, "-->")
		case i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '!' || s[i+1] == '?'):
			i = behind(s, i, ">")
		case i+1 < len(s) && isLetter(s[i+1]):
			t, end := startTag(s, i)
			tags = append(tags, t)
			i = end
		default:
			i++
		}
	}
	return tags, texts
}

func behind(s string, i int, end string) int {
	if j := strings.Index(s[i:], end); j >= 0 {
		return i + j + len(end)
	}
	return len(s)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isBlank(c byte) bool { return strings.IndexByte(" \t\r\n\f\x00", c) >= 0 }

func startTag(s string, i int) (t tag, end int) {
	t.at = i
	i++
	for t.nameEnd = i; t.nameEnd < len(s) && !isBlank(s[t.nameEnd]) && s[t.nameEnd] != '>' && s[t.nameEnd] != '/'; t.nameEnd++ {
	}
	t.name = strings.ToLower(s[i:t.nameEnd])
	for i = t.nameEnd; i < len(s) && s[i] != '>'; {
		if isBlank(s[i]) || s[i] == '/' {
			t.closed = s[i] == '/'
			i++
			continue
		}
		from := i
		for i < len(s) && !isBlank(s[i]) && s[i] != '=' && s[i] != '>' && s[i] != '/' {
			i++
		}
		a := attribute{name: strings.ToLower(s[from:i]), at: i}
		for i < len(s) && isBlank(s[i]) && s[i] != hole {
			i++
		}
		if i < len(s) && s[i] == '=' {
			a.value, a.at, i = attributeValue(s, i+1)
		}
		if a.name == "" { // a stray sign
			i++
			continue
		}
		t.attrs, t.closed = append(t.attrs, a), false
	}
	return t, min(i+1, len(s))
}

func attributeValue(s string, i int) (value string, at, end int) {
	for i < len(s) && isBlank(s[i]) && s[i] != hole {
		i++
	}
	if i < len(s) && (s[i] == '"' || s[i] == '\'') {
		end = strings.IndexByte(s[i+1:], s[i])
		if end < 0 {
			return s[i+1:], i + 1, len(s)
		}
		return s[i+1 : i+1+end], i + 1, i + 2 + end
	}
	for at = i; i < len(s) && s[i] != '>' && (s[i] == hole || !isBlank(s[i])); i++ {
	}
	return s[at:i], at, i
}

func (t tag) attribute(name string) (attribute, bool) {
	i := slices.IndexFunc(t.attrs, func(a attribute) bool { return a.name == name })
	if i < 0 {
		return attribute{}, false
	}
	return t.attrs[i], true
}

// classes are the names that an attribute holds for sure: one that touches an
// action is only a part of a name.
func (a attribute) classes() []string {
	var out []string
	for name := range strings.FieldsSeq(a.value) {
		if !strings.ContainsRune(name, hole) {
			out = append(out, name)
		}
	}
	return out
}

// marked gives every element of a template's source a number, as data-line, that
// number tells of its line. Of an SVG part only the outermost element gets one.
func marked(file, src string, number func(line int) int) string {
	tags, _ := markup(src)
	if strings.HasSuffix(file, ".svg") && len(tags) > 1 {
		tags = tags[:1]
	}
	var b strings.Builder
	last := 0
	for _, t := range tags {
		b.WriteString(src[last:t.nameEnd] + ` data-line="` + strconv.Itoa(number(lineAt(src, t.at))) + `"`)
		last = t.nameEnd
	}
	return b.String() + src[last:]
}

package api

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/saylovhub/hub/templates"
)

// How long texts of a printed dossier may be, in letters, as its page's schema
// says: people's own words, and everything else.
const (
	longWords = 600
	words     = 240
)

var longFields = map[string]bool{"value": true, "register": true, "reason": true, "detail": true}

// letters are those that the fonts have.
var letters = sync.OnceValue(func() templates.Lettering {
	l, _ := templates.ReadLettering(templates.Files()) // built in, and read at every start
	return l
})

// mended puts texts so that they can be printed: a register's own letters must
// not keep a commission from reading a dossier. A letter that the fonts lack
// becomes ¤; where a word goes over into another script stands ¦; what is too
// long ends in an ellipsis. The text of the dossier has all of it as it is.
func mended(v any, field string, l templates.Lettering) any {
	switch v := v.(type) {
	case string:
		bound := words
		if longFields[field] {
			bound = longWords
		}
		return clipped(legible(v, l), bound)
	case []any:
		for i := range v {
			v[i] = mended(v[i], field, l)
		}
	case map[string]any:
		for k := range v {
			v[k] = mended(v[k], k, l)
		}
	}
	return v
}

func legible(s string, l templates.Lettering) string {
	if l.Fault(s) == "" {
		return s
	}
	var out strings.Builder
	word := ""
	for _, r := range s {
		letter := string(r)
		if l.Fault(letter) != "" {
			letter = "¤"
		}
		if !unicode.IsLetter(r) {
			word = ""
		} else if l.Fault(word+letter) != "" {
			out.WriteString("¦")
			word = letter
		} else {
			word += letter
		}
		out.WriteString(letter)
	}
	return out.String()
}

func clipped(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

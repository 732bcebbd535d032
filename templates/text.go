package templates

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	turned = 'ʻ' // U+02BB, in oʻ and gʻ
	tutuq  = 'ʼ' // U+02BC, tutuq belgisi
)

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '`', '´', '‘', '’', '′', turned, tutuq:
		return true
	}
	return false
}

// normalise gives Uzbek text its right apostrophes, whatever was typed: after
// o or g U+02BB, elsewhere between letters U+02BC. A mark that does not stand
// between letters (a closing quotation mark) stays, except after o and g at a
// word's end, as in "togʻ". Then Unicode NFC.
func normalise(s string) string {
	if strings.IndexFunc(s, isApostrophe) < 0 {
		return norm.NFC.String(s)
	}
	in := []rune(s)
	out := make([]rune, len(in))
	for i, r := range in {
		out[i] = r
		if !isApostrophe(r) || i == 0 || !unicode.IsLetter(in[i-1]) || isApostrophe(in[i-1]) {
			continue
		}
		between := i+1 < len(in) && unicode.IsLetter(in[i+1])
		switch in[i-1] {
		case 'o', 'O', 'g', 'G':
			if between || !opened(in[:i]) {
				out[i] = turned
			}
		default:
			if between {
				out[i] = tutuq
			}
		}
	}
	return norm.NFC.String(string(out))
}

// opened reports whether a single quotation mark before still waits for its
// closing one, so that in ‘kino’ the last mark is not taken for a letter's.
func opened(before []rune) bool {
	for i, r := range slices.Backward(before) {
		if isApostrophe(r) && (i == 0 || !unicode.IsLetter(before[i-1])) {
			return true
		}
	}
	return false
}

// capitals writes in capital letters. The words oʻgʻli and qizi of a
// patronymic (Karakalpak ulı, qızı) stay small, as suffixes after a capitalised
// name do.
func capitals(s string) string {
	words := strings.Fields(normalise(s))
	for i, w := range words {
		switch strings.ToLower(w) {
		case "oʻgʻli", "qizi", "ulı", "qızı", "ўғли", "қизи":
			if i > 0 {
				words[i] = strings.ToLower(w)
				continue
			}
		}
		words[i] = strings.ToUpper(w)
	}
	return strings.Join(words, " ")
}

// person is the shape of a name in every document's data: three fields, since
// a full name cannot be split by its spaces.
func personOf(v any) (surname, given, patronymic string) {
	m, _ := v.(map[string]any)
	field := func(key string) string { s, _ := m[key].(string); return strings.TrimSpace(s) }
	return field("surname"), field("given"), field("patronymic")
}

// fullName is surname, given name, patronymic.
func fullName(v any) string {
	s, g, p := personOf(v)
	return strings.Join(strings.Fields(s+" "+g+" "+p), " ")
}

// initials is "Z.M. Nizomxoʻjayev"; a digraph is one letter: "Sh.", "Oʻ.".
func initials(v any) string {
	s, g, p := personOf(v)
	out := initial(g)
	// "Karim oʻgʻli" is not written as an initial with its second word.
	if first, _, _ := strings.Cut(p, " "); first != "" {
		out += initial(first)
	}
	if out == "" {
		return s
	}
	return out + " " + s
}

func initial(name string) string {
	r := []rune(strings.TrimSpace(name))
	if len(r) == 0 {
		return ""
	}
	if len(r) > 1 {
		pair := string(unicode.ToUpper(r[0])) + string(unicode.ToLower(r[1]))
		switch pair {
		case "Sh", "Ch", "Yo", "Yu", "Ya", "Ye", "Kh", "Oʻ", "Gʻ":
			return pair + "."
		}
	}
	return string(unicode.ToUpper(r[0])) + "."
}

// The case endings. They are written small after capitals and follow the
// word's last letter by rule 1995 of the spelling; Cyrillic words get Cyrillic.
func ablative(s string) string { return ending(s, "dan", "дан") }
func genitive(s string) string { return ending(s, "ning", "нинг") }
func locative(s string) string { return ending(s, "da", "да") }

// dative is -ka after k, -qa after q, -ga after everything else.
func dative(s string) string {
	r := []rune(strings.TrimRightFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }))
	if len(r) > 0 {
		switch unicode.ToLower(r[len(r)-1]) {
		case 'k', 'к':
			return ending(s, "ka", "ка")
		case 'q', 'қ':
			return ending(s, "qa", "қа")
		}
	}
	return ending(s, "ga", "га")
}

// ending glues a suffix on; after a quotation mark, a bracket or a digit it
// takes a hyphen.
func ending(s, latin, cyrillic string) string {
	s = strings.TrimSpace(s)
	r := []rune(s)
	if len(r) == 0 {
		return ""
	}
	suffix := latin
	for _, last := range slices.Backward(r) {
		if unicode.IsLetter(last) {
			if unicode.Is(unicode.Cyrillic, last) {
				suffix = cyrillic
			}
			break
		}
	}
	if !unicode.IsLetter(r[len(r)-1]) {
		return s + "-" + suffix
	}
	return s + suffix
}

// size is the class by which type shrinks: "size-0" fits a line of n letters,
// up to "size-5". The text is never cut: it also wraps.
func size(n int, s string) string {
	letters, longest := 0, 0
	for w := range strings.FieldsSeq(s) {
		l := len([]rune(w)) - strings.Count(w, string(turned))
		letters += l + 1
		longest = max(longest, l)
	}
	step := 0
	for _, limit := range []float64{1, 1.5, 2.2, 3.2, 5} {
		if float64(letters-1) > limit*float64(n) || float64(longest) > (1+float64(step)*0.13)*float64(n) {
			step++
		}
	}
	return fmt.Sprintf("size-%d", step)
}

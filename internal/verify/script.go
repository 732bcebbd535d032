package verify

import (
	"strings"
	"unicode"
)

// pairs are letters that two Latin signs write, longest first. Names of persons
// are never written over: what is here words commissions and places.
var pairs = []struct{ latin, cyrillic string }{
	{"obyekt", "объект"},
	{"subyekt", "субъект"},
	{"yoʻ", "йў"},
	{"sʼh", "сҳ"},
	{"oʻ", "ў"},
	{"gʻ", "ғ"},
	{"sh", "ш"},
	{"ch", "ч"},
	{"yo", "ё"},
	{"yu", "ю"},
	{"ya", "я"},
	{"ye", "е"},
	{"tsi", "ци"},
	{"oktabr", "октябрь"},
	{"sentabr", "сентябрь"},
	{"akkredita", "аккредита"},
	{"byulleten", "бюллетень"},
	{"a", "а"},
	{"b", "б"},
	{"c", "ц"},
	{"d", "д"},
	{"e", "е"},
	{"f", "ф"},
	{"g", "г"},
	{"h", "ҳ"},
	{"i", "и"},
	{"j", "ж"},
	{"k", "к"},
	{"l", "л"},
	{"m", "м"},
	{"n", "н"},
	{"o", "о"},
	{"p", "п"},
	{"q", "қ"},
	{"r", "р"},
	{"s", "с"},
	{"t", "т"},
	{"u", "у"},
	{"v", "в"},
	{"x", "х"},
	{"y", "й"},
	{"z", "з"},
	{"ʼ", "ъ"},
}

// cyrillic writes an Uzbek title of the Latin script in Cyrillic letters. What is
// not Latin stays as it is.
func cyrillic(text string) string {
	in := []rune(apostrophes(text))
	var out strings.Builder
	for i := 0; i < len(in); {
		latin, letters := longest(in[i:])
		if latin == 0 {
			out.WriteRune(in[i])
			i++
			continue
		}
		if string(unicode.ToLower(in[i])) == "e" && (i == 0 || !unicode.IsLetter(in[i-1]) || strings.ContainsRune("aeiouAEIOUʻ", in[i-1])) {
			letters = "э"
		}
		out.WriteString(cased(letters, in[i:i+latin]))
		i += latin
	}
	return out.String()
}

// longest finds what the text begins with: of the entries that fit the longest.
func longest(in []rune) (length int, letters string) {
	for _, p := range pairs {
		l := []rune(p.latin)
		if len(l) > length && len(l) <= len(in) && strings.EqualFold(string(in[:len(l)]), p.latin) {
			length, letters = len(l), p.cyrillic
		}
	}
	return length, letters
}

// cased gives letters the case of what they stand for: SH and Sh are one capital.
func cased(letters string, of []rune) string {
	switch {
	case !unicode.IsUpper(of[0]):
		return letters
	case len(of) > 1 && unicode.IsUpper(of[1]):
		return strings.ToUpper(letters)
	}
	r := []rune(letters)
	return string(unicode.ToUpper(r[0])) + string(r[1:])
}

// apostrophes puts right what was typed: ʻ after o and g, ʼ between other letters.
func apostrophes(text string) string {
	r := []rune(text)
	for i, c := range r {
		if i == 0 || !strings.ContainsRune("'`´‘’′ʻʼ", c) {
			continue
		}
		switch {
		case strings.ContainsRune("oOgG", r[i-1]):
			r[i] = 'ʻ'
		case unicode.IsLetter(r[i-1]) && i+1 < len(r) && unicode.IsLetter(r[i+1]):
			r[i] = 'ʼ'
		}
	}
	return string(r)
}

package eligibility

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// NameKey is a name, or a part of one, as names are compared: in capital Latin
// letters with one apostrophe and single spaces, without the ending of a
// patronymic. Never print it: documents show the register's own form.
func NameKey(name string) string {
	key := strings.Join(strings.Fields(latin(name)), " ")
	for {
		short := withoutEnding(key)
		if short == key {
			return key
		}
		key = short
	}
}

// SameName reports that two names are the same but for script, case, apostrophes,
// spaces and the ending of the patronymic.
func SameName(a, b string) bool { return NameKey(a) == NameKey(b) }

// endings of patronymics; "son of" and "daughter of" are words of their own, or
// written on.
var endings = []string{
	" O'G'LI", " O'GLI", " OG'LI", " OGLI", " UGLI", " QIZI", " KIZI", "O'G'LI", "OGLI", "QIZI",
	"YEVICH", "EVICH", "OVICH", "YEVNA", "EVNA", "OVNA",
}

// leastStem is how many letters must be left: a short surname is no ending.
const leastStem = 3

func withoutEnding(key string) string {
	for _, e := range endings {
		if stem, ok := strings.CutSuffix(key, e); ok && len(stem) >= leastStem {
			return strings.TrimRight(stem, " ")
		}
	}
	return key
}

// cyrillic is the one-way table of the Uzbek alphabets, with the letters of Russian
// names. What depends on the neighbours stands in latin.
var cyrillic = map[rune]string{
	'А': "A", 'Б': "B", 'В': "V", 'Г': "G", 'Д': "D", 'Ё': "YO", 'Ж': "J", 'З': "Z", 'И': "I", 'Й': "Y", 'К': "K", 'Л': "L",
	'М': "M", 'Н': "N", 'О': "O", 'П': "P", 'Р': "R", 'С': "S", 'Т': "T", 'У': "U", 'Ф': "F", 'Х': "X", 'Ч': "CH", 'Ш': "SH",
	'Щ': "SHCH", 'Ы': "I", 'Ь': "", 'Э': "E", 'Ю': "YU", 'Я': "YA", 'Ў': "O'", 'Қ': "Q", 'Ғ': "G'", 'Ҳ': "H",
}

const vowels = "АЕЁИОУЫЭЮЯЎAEIOU"

// latin writes a text in capital Latin letters, with U+0027 for every sign met as
// an Uzbek apostrophe.
func latin(s string) string {
	runes := []rune(strings.ToUpper(norm.NFC.String(s)))
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return ' '
		}
		return runes[i]
	}
	vowel := func(r rune) bool { return strings.ContainsRune(vowels, r) }
	var b strings.Builder
	for i, r := range runes {
		before, after := at(i-1), at(i+1)
		switch {
		case unicode.Is(unicode.Mn, r):
		case strings.ContainsRune("ʻʼ‘’`´′", r):
			b.WriteByte('\'')
		case r == 'Е' && (!unicode.IsLetter(before) || vowel(before) || before == 'Ь' || before == 'Ъ'):
			b.WriteString("YE")
		case r == 'Е':
			b.WriteByte('E')
		case r == 'Ъ' && (before == 'Ў' || strings.ContainsRune("ЕЁЮЯ", after)): // not written there
		case r == 'Ъ':
			b.WriteByte('\'')
		case r == 'С' && after == 'Ҳ': // the sign keeps s and h apart
			b.WriteString("S'")
		case r == 'Ц' && vowel(before) && vowel(after):
			b.WriteString("TS")
		case r == 'Ц':
			b.WriteByte('S')
		default:
			if l, ok := cyrillic[r]; ok {
				b.WriteString(l)
			} else {
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// plain is a text as the names of bodies and posts are searched: small Latin
// letters without apostrophes, single spaces.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.ToLower(strings.ReplaceAll(latin(s), "'", ""))), " ")
}

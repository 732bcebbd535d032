package telemetry

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands in a log line for the value of a key that names a secret or an
// identifier.
const Hidden = "[hidden]"

const (
	pinflLen    = 14 // digits of a PINFL
	documentLen = 7  // digits of a passport's number, after two letters
	phoneLen    = 12 // 998 and nine digits
	tailLen     = 2  // what a mask leaves to see, as contracts/personal does
)

// Mask puts asterisks over everything in s that looks like an identifier of a
// person, all but its last two digits: runs of 14 and more digits, two letters
// with seven digits (also apart by a space or a dash, when the letters are
// capitals), 998 with nine digits (also grouped by spaces, dashes and brackets).
// The length in bytes stays. A string with none of these comes back as it is.
func Mask(s string) string {
	var out []byte
	cover := func(from, to int) {
		if out == nil {
			out = []byte(s)
		}
		for i := from; i < to; i++ {
			if digit(s[i]) {
				out[i] = '*'
			}
		}
	}
	for i := 0; i < len(s); {
		if !digit(s[i]) {
			i++
			continue
		}
		end := i
		for end < len(s) && digit(s[end]) {
			end++
		}
		switch n := end - i; {
		case n >= pinflLen:
			cover(i, end-tailLen)
		case n == documentLen && series(s[:i], s[end:]):
			cover(i, end-tailLen)
		case n <= phoneLen && strings.HasPrefix(s[i:], "998"):
			if to, tail, ok := phone(s, i); ok {
				cover(i+3, tail)
				end = to
			}
		}
		i = end
	}
	if out == nil {
		return s
	}
	return string(out)
}

// phone follows the twelve digits of a number from i on, with up to two
// grouping characters between digits. It returns where they end and where the
// last two begin.
func phone(s string, i int) (end, tail int, ok bool) {
	seen, gap := 0, 0
	for ; i < len(s) && seen < phoneLen; i++ {
		switch {
		case digit(s[i]):
			if seen == phoneLen-tailLen {
				tail = i
			}
			seen, gap = seen+1, 0
		case strings.IndexByte(" -()", s[i]) >= 0 && gap < 2:
			gap++
		default:
			return 0, 0, false
		}
	}
	return i, tail, seen == phoneLen && (i == len(s) || !digit(s[i]))
}

// series reports whether what stands before seven digits is the series of a
// passport: two letters that are no part of a longer word or number. Small
// letters count only where nothing follows, since ids in hexadecimal hold such
// runs by chance.
func series(before, after string) bool {
	apart := false
	if n := len(before); n > 0 && (before[n-1] == ' ' || before[n-1] == '-') {
		apart, before = true, before[:n-1]
	}
	second, w := utf8.DecodeLastRuneInString(before)
	first, w2 := utf8.DecodeLastRuneInString(before[:len(before)-w])
	if !unicode.IsLetter(first) || !unicode.IsLetter(second) {
		return false
	}
	prev, _ := utf8.DecodeLastRuneInString(before[:len(before)-w-w2])
	next, _ := utf8.DecodeRuneInString(after)
	capitals := unicode.IsUpper(first) && unicode.IsUpper(second)
	switch {
	case apart:
		return capitals && !wordy(prev)
	case capitals:
		return !unicode.IsUpper(prev) && !unicode.IsNumber(prev)
	default:
		return !wordy(prev) && !wordy(next)
	}
}

func wordy(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

func digit(b byte) bool { return b >= '0' && b <= '9' }

// sensitiveWords are the words of a key whose value is never shown.
var sensitiveWords = [...]string{
	"password", "secret", "token", "authorization", "cookie",
	"pinfl", "jshshir", "passport", "phone",
}

// sensitive reports whether a key holds one of the words, as in client_secret,
// accessToken or X-Authorization. Whole words only: a secretary is no secret.
func sensitive(key string) bool {
	start := 0
	for i := 0; i <= len(key); i++ {
		if i < len(key) && !border(key, i) {
			continue
		}
		for _, w := range sensitiveWords {
			if len(w) == i-start && strings.EqualFold(w, key[start:i]) {
				return true
			}
		}
		start = i
	}
	return false
}

// border reports whether a new word begins at key[i]; whatever is no letter is a
// word of its own.
func border(key string, i int) bool {
	c := key[i]
	if i == 0 {
		return false
	}
	p := key[i-1]
	switch {
	case !letter(c):
		return true
	case upper(c):
		return !upper(p) || i+1 < len(key) && letter(key[i+1]) && !upper(key[i+1])
	default:
		return !letter(p)
	}
}

func upper(b byte) bool { return b >= 'A' && b <= 'Z' }

func letter(b byte) bool { return upper(b) || b >= 'a' && b <= 'z' }

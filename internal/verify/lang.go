package verify

import (
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
)

// Lang is a language of answers, as BCP 47 names it.
type Lang string

// The languages, the first being the one when nobody asks for another.
const (
	Latin    Lang = "uz-Latn"
	Cyrillic Lang = "uz-Cyrl"
	Russian  Lang = "ru"
	English  Lang = "en"
)

// Langs lists the languages in the order they are offered.
func Langs() []Lang { return []Lang{Latin, Cyrillic, Russian, English} }

// LangOf chooses a language: the one asked for by name, else the best of an
// Accept-Language header, else Uzbek in Latin script. What is not understood
// counts as not said.
func LangOf(asked, accept string) Lang {
	if l, ok := parseLang(asked); ok {
		return l
	}
	best, weight := Latin, 0.0
	for part := range strings.SplitSeq(accept, ",") {
		tag, params, _ := strings.Cut(part, ";")
		l, ok := parseLang(tag)
		if !ok {
			continue
		}
		q := 1.0
		if text, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); found {
			var err error
			if q, err = strconv.ParseFloat(text, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		if q > weight {
			best, weight = l, q
		}
	}
	return best
}

func parseLang(tag string) (Lang, bool) {
	tag = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(tag), "_", "-"))
	parts := strings.Split(tag, "-")
	switch parts[0] {
	case "uz", "kaa":
		// Karakalpak has no page of its own; its script says which is nearer.
		if slices.Contains(parts[1:], "cyrl") {
			return Cyrillic, true
		}
		return Latin, true
	case "ru":
		return Russian, true
	case "en":
		return English, true
	}
	return "", false
}

var months = map[Lang][12]string{
	Latin:    {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr"},
	Cyrillic: {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"},
	Russian:  {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	English:  {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Day words a date: 2027-yil 7-fevral, 2027 йил 7 февраль, 7 февраля 2027 года,
// 7 February 2027; nothing for the zero date.
func (l Lang) Day(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	year, day, month := strconv.Itoa(d.Year), strconv.Itoa(d.Day), months[l][d.Month-1]
	switch l {
	case Cyrillic:
		return year + " йил " + day + " " + month
	case Russian:
		return day + " " + month + " " + year + " года"
	case English:
		return day + " " + month + " " + year
	default:
		return year + "-yil " + day + "-" + month
	}
}

// Since words the day from which something holds: 2027-yil 7-fevraldan
// boshlab.
func (l Lang) Since(d civil.Date) string {
	day := l.Day(d)
	switch {
	case day == "":
		return ""
	case l == Cyrillic:
		return strings.TrimSuffix(day, "ь") + "дан бошлаб"
	case l == Russian:
		return "с " + day
	case l == English:
		return "since " + day
	default:
		return day + "dan boshlab"
	}
}

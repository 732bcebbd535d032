package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts/civil"
)

// The languages of a report.
const (
	Uzbek   = "uz-Latn"
	Russian = "ru"
	English = "en"
)

// Languages lists them, the usual one first.
func Languages() []string { return []string{Uzbek, Russian, English} }

//go:embed words.yaml
var rawWords []byte

// words are kind, code, text in the order of Languages.
var words = sync.OnceValue(func() map[string]map[string][3]string {
	out := map[string]map[string][3]string{}
	d := yaml.NewDecoder(bytes.NewReader(rawWords))
	if err := d.Decode(&out); err != nil {
		panic(fmt.Sprintf("words.yaml: %v", err)) // it is part of the program, and a test reads it
	}
	return out
})

// speaker words things in one language.
type speaker int

func speakerOf(language string) speaker {
	for i, l := range Languages() {
		if l == language {
			return speaker(i)
		}
	}
	return 0
}

// say words a code of a kind; a code that has no word is its own.
func (s speaker) say(kind, code string) string {
	if t, ok := words()[kind][code]; ok {
		return t[s]
	}
	return code
}

// fill is say with places filled in, name and value in turn.
func (s speaker) fill(kind, code string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		pairs[i] = "{" + pairs[i] + "}"
	}
	return strings.NewReplacer(pairs...).Replace(s.say(kind, code))
}

// title picks a text of the catalogue or the directory, in Uzbek where there is
// none in the language.
func (s speaker) title(in map[string]string) string {
	if t := in[Languages()[s]]; t != "" {
		return t
	}
	return in[Uzbek]
}

// minute is 22.11.2026 10:15, in Tashkent.
func minute(t time.Time) string { return t.In(civil.Tashkent).Format("02.01.2006 15:04") }

// short is 22.11.2026.
func short(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%02d.%02d.%d", d.Day, d.Month, d.Year)
}

var months = [3][12]string{
	{"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr"},
	{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// date is 2027-yil 24-oktabr, 24 октября 2027 года, 24 October 2027.
func (s speaker) date(day string) string {
	d, err := civil.Parse(day)
	if err != nil {
		return day
	}
	month := months[s][d.Month-1]
	switch s {
	case 1:
		return fmt.Sprintf("%d %s %d года", d.Day, month, d.Year)
	case 2:
		return fmt.Sprintf("%d %s %d", d.Day, month, d.Year)
	}
	return fmt.Sprintf("%d-yil %d-%s", d.Year, d.Day, month)
}

// momentOf is 22.11.2026 10:15 of an RFC 3339 time; nothing of nothing.
func momentOf(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return minute(t)
}

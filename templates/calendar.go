package templates

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

// calendar writes dates in one language (forms of the Regulation and of the
// commissions' own sites).
type calendar struct {
	months             [12]string
	full               func(c calendar, d civil.Date) string
	beforeDay, atDay   string // of until
	beforeActs, atActs string // of dated, which goes before an act's number
}

func yearFirst(year string) func(calendar, civil.Date) string {
	return func(c calendar, d civil.Date) string {
		return fmt.Sprintf(year, d.Year, d.Day, c.months[d.Month-1])
	}
}

func dayFirst(tail string) func(calendar, civil.Date) string {
	return func(c calendar, d civil.Date) string {
		return fmt.Sprintf("%d %s %d", d.Day, c.months[d.Month-1], d.Year) + tail
	}
}

var calendars = map[string]calendar{
	UzLatin: {
		months: [12]string{"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr", "dekabr"},
		full:   yearFirst("%d-yil %d-%s"), atDay: "gacha", atActs: "dagi",
	},
	UzCyrillic: {
		months: [12]string{"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"},
		full:   yearFirst("%d йил %d %s"), atDay: "гача", atActs: "даги",
	},
	Karakalpak: {
		months: [12]string{"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentyabr", "oktyabr", "noyabr", "dekabr"},
		full:   yearFirst("%d-jıl %d-%s"), atDay: "ǵa shekem", atActs: "daǵı",
	},
	Russian: {
		months: [12]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
		full:   dayFirst(" года"), beforeDay: "до ", beforeActs: "от ",
	},
	English: {
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		full:   dayFirst(""), beforeDay: "until ", beforeActs: "of ",
	},
}

func calendarOf(lang string) calendar { return calendars[lang] }

// date is "2027-yil 7-fevral" of "2027-02-07".
func (c calendar) date(s string) (string, error) {
	d, err := civil.Parse(s)
	if err != nil {
		return "", err
	}
	return c.full(c, d), nil
}

// until is "2027-yil 7-fevralgacha".
func (c calendar) until(s string) (string, error) { return c.inflected(s, c.beforeDay, c.atDay) }

// dated is "2027-yil 7-fevraldagi", which goes before an act's number.
func (c calendar) dated(s string) (string, error) { return c.inflected(s, c.beforeActs, c.atActs) }

// inflected glues an ending on; the soft sign of a Cyrillic month goes before it.
func (c calendar) inflected(s, before, ending string) (string, error) {
	d, err := c.date(s)
	if ending != "" {
		d = strings.TrimSuffix(d, "ь")
	}
	return before + d + ending, err
}

// moment is "07.02.2027 14:05" in Tashkent of an RFC 3339 time.
func moment(s string) (string, error) { return inTashkent(s, "02.01.2006 15:04") }

// clock is "14:05" in Tashkent of an RFC 3339 time.
func clock(s string) (string, error) { return inTashkent(s, "15:04") }

func inTashkent(s, layout string) (string, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return "", errors.New("time: want RFC 3339")
	}
	return t.In(civil.Tashkent).Format(layout), nil
}

// short is "07.02.2027" of "2027-02-07".
func short(s string) (string, error) {
	d, err := civil.Parse(s)
	return fmt.Sprintf("%02d.%02d.%d", d.Day, d.Month, d.Year), err
}

// thin is the space between groups of three digits.
const thin = "\u00a0"

// count writes a whole number with its thousands apart: 1 234 567.
func count(v any) (string, error) {
	n, ok := new(big.Int).SetString(fmt.Sprint(v), 10)
	if !ok {
		return "", errors.New("number: want a whole one")
	}
	digits := new(big.Int).Abs(n).String()
	var b strings.Builder
	if n.Sign() < 0 {
		b.WriteString("−")
	}
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(thin)
		}
		b.WriteRune(d)
	}
	return b.String(), nil
}

// percent writes part of whole with two decimals after a comma, rounded half
// away from zero, in integers: 74,72. Nothing of nothing is 0,00.
func percent(part, whole any) (string, error) {
	p, ok1 := new(big.Int).SetString(fmt.Sprint(part), 10)
	w, ok2 := new(big.Int).SetString(fmt.Sprint(whole), 10)
	if !ok1 || !ok2 || p.Sign() < 0 || w.Sign() < 0 {
		return "", errors.New("percent: want two whole numbers")
	}
	if w.Sign() == 0 {
		return "0,00", nil
	}
	n := new(big.Int).Mul(p, big.NewInt(20_000))
	n.Add(n, w).Div(n, new(big.Int).Mul(w, big.NewInt(2)))
	hundred, rest := new(big.Int).DivMod(n, big.NewInt(100), new(big.Int))
	whole100, err := count(json.Number(hundred.String()))
	return fmt.Sprintf("%s,%02d", whole100, rest.Int64()), err
}

// Package civil holds calendar dates without a time of day. The law counts in
// calendar days of Asia/Tashkent (UTC+5, no daylight saving).
package civil

import (
	"fmt"
	"time"
)

// Tashkent is the zone of every legal date and printed time.
var Tashkent = time.FixedZone("Asia/Tashkent", 5*60*60)

// Date is a calendar date; the zero value means "not known".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of returns the date on which the instant t falls in Tashkent.
func Of(t time.Time) Date {
	y, m, d := t.In(Tashkent).Date()
	return Date{y, m, d}
}

// Parse reads YYYY-MM-DD and refuses dates that do not exist.
func Parse(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date: want YYYY-MM-DD")
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

// IsZero reports whether the date is not known.
func (d Date) IsZero() bool { return d == Date{} }

// String prints YYYY-MM-DD, or nothing for the zero date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Start returns midnight of the date in Tashkent.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Tashkent)
}

// AddDays returns the date n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return Of(d.Start().AddDate(0, 0, n)) }

// AddYears returns the date n years later; 29 February becomes 1 March in a
// common year.
func (d Date) AddYears(n int) Date { return Of(d.Start().AddDate(n, 0, 0)) }

// Compare returns -1, 0 or +1 as d lies before, on or after e.
func (d Date) Compare(e Date) int { return d.Start().Compare(e.Start()) }

// AgeOn returns the full years reached on the day e: a birthday on e counts,
// somebody born on 29 February reaches the age on 1 March of a common year.
func (d Date) AgeOn(e Date) int {
	age := e.Year - d.Year
	if d.AddYears(age).Compare(e) > 0 {
		age--
	}
	return age
}

// MarshalText prints YYYY-MM-DD.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; empty text is the zero date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	p, err := Parse(string(b))
	if err != nil {
		return err
	}
	*d = p
	return nil
}

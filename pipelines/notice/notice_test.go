package notice

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

func TestQuietHours(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 12, day, hour, minute, 0, 0, civil.Tashkent)
	}
	for _, c := range []struct {
		name      string
		quiet     Quiet
		now, want time.Time
	}{
		{"none", Quiet{0, 0}, at(1, 3, 0), at(1, 3, 0)},
		{"none, whatever the hour", Quiet{8, 8}, at(1, 8, 0), at(1, 8, 0)},
		{"by day", Quiet{22, 8}, at(1, 12, 0), at(1, 12, 0)},
		{"the last minute", Quiet{22, 8}, at(1, 21, 59), at(1, 21, 59)},
		{"the first minute of the night", Quiet{22, 8}, at(1, 22, 0), at(2, 8, 0)},
		{"after midnight", Quiet{22, 8}, at(2, 0, 30), at(2, 8, 0)},
		{"the last minute of the night", Quiet{22, 8}, at(2, 7, 59), at(2, 8, 0)},
		{"the morning", Quiet{22, 8}, at(2, 8, 0), at(2, 8, 0)},
		{"over no midnight", Quiet{1, 5}, at(1, 2, 0), at(1, 5, 0)},
		{"at the end of a month", Quiet{22, 8}, at(31, 23, 0), time.Date(2027, 1, 1, 8, 0, 0, 0, civil.Tashkent)},
		{"in another zone", Quiet{22, 8}, at(1, 23, 0).UTC(), at(2, 8, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.quiet.next(c.now); !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		params     map[string]string
		want       string
		wrong      bool
	}{
		{"nothing to fill", "plain", nil, "plain", false},
		{"two", "{a}-{b}.", map[string]string{"a": "1", "b": "2"}, "1-2.", false},
		{"a value with braces", "{a} {b}", map[string]string{"a": "{b}", "b": "{"}, "{b} {", false},
		{"an empty value", "x{a}y", map[string]string{"a": ""}, "xy", false},
		{"one is missing", "{a} {c}", map[string]string{"a": "1"}, "", true},
		{"a brace of the text", "{a", map[string]string{"a": "1"}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := fill(c.text, c.params)
			if got != c.want || (err != nil) != c.wrong {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestInitial(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ALISHER": "A", "SHAHNOZA": "SH", "Chori": "CH", "YOQUB": "YO", "OʻKTAM": "Oʻ", "O‘KTAM": "O‘", "G'ULOM": "G'", "ÖTKIR": "Ö", "": "",
	} {
		if got := initial(name); got != want {
			t.Errorf("%s begins with %s, want %s", name, got, want)
		}
	}
}

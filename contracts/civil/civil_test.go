package civil_test

import (
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

func TestAgeOn(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, born, on string
		want           int
	}{
		{"birthday on the day counts", "2006-10-27", "2024-10-27", 18},
		{"the day before", "2006-10-28", "2024-10-27", 17},
		{"leap day, common year, 28 February", "2004-02-29", "2022-02-28", 17},
		{"leap day, common year, 1 March", "2004-02-29", "2022-03-01", 18},
		{"leap day, leap year", "2004-02-29", "2024-02-29", 20},
		{"born after", "2025-01-01", "2024-01-01", -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			born, err := civil.Parse(c.born)
			if err != nil {
				t.Fatal(err)
			}
			on, err := civil.Parse(c.on)
			if err != nil {
				t.Fatal(err)
			}
			if got := born.AgeOn(on); got != c.want {
				t.Errorf("born %s on %s: %d, want %d", born, on, got, c.want)
			}
		})
	}
}

// 21:30 UTC is already tomorrow in Tashkent.
func TestOfUsesTashkent(t *testing.T) {
	t.Parallel()
	got := civil.Of(time.Date(2026, 12, 31, 21, 30, 0, 0, time.UTC))
	if got.String() != "2027-01-01" {
		t.Errorf("got %s", got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "2024-02-30", "27.10.2024", "2024-1-1", "2024-10-27T00:00:00Z"} {
		if d, err := civil.Parse(s); err == nil {
			t.Errorf("%q read as %s", s, d)
		}
	}
}

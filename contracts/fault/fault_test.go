package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
)

// A kind without a row would silently act as a defect.
func TestEveryKindHasItsRow(t *testing.T) {
	t.Parallel()
	seen := map[fault.Kind]bool{}
	for _, k := range fault.All() {
		if seen[k] {
			t.Errorf("%s listed twice", k)
		}
		seen[k] = true
		r := fault.RuleOf(k)
		if r.Retry == "" || r.HTTPStatus == 0 || r.ExitCode == 0 || r.Colour == "" || r.OperatorAction == "" {
			t.Errorf("%s: incomplete row %+v", k, r)
		}
		if k != fault.Defect && r == fault.RuleOf(fault.Defect) {
			t.Errorf("%s has no row of its own", k)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	inner := &fault.Fault{Kind: fault.Throttled, System: "portal", Operation: "docrest", Code: "900804"}
	cases := []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"nil", nil, ""},
		{"wrapped fault", fmt.Errorf("asking: %w", inner), fault.Throttled},
		{"deadline", fmt.Errorf("asking: %w", context.DeadlineExceeded), fault.Unavailable},
		{"cancelled", context.Canceled, fault.Unavailable},
		{"anything else is our bug", errors.New("index out of range"), fault.Defect},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.KindOf(c.err); got != c.want {
				t.Errorf("KindOf(%v) = %q, want %q", c.err, got, c.want)
			}
		})
	}
	if got, want := inner.Error(), "portal docrest: throttled (900804)"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

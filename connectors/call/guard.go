package call

import (
	"context"
	"errors"

	"github.com/saylovhub/hub/contracts/fault"
)

type guardKey struct{}

// Guarded marks calls that may only go out while held answers true. It is asked
// right before each try, after all waiting: a process that hung in between may
// wake when somebody else has the work, and must not send what he has sent.
func Guarded(ctx context.Context, held func() bool) context.Context {
	return context.WithValue(ctx, guardKey{}, held)
}

// CodeNotHeld marks a call that was not made because the work is another's.
const CodeNotHeld = "not_held"

// guard refuses a try whose work is no longer held.
func guard(ctx context.Context) error {
	held, ok := ctx.Value(guardKey{}).(func() bool)
	if !ok || held() {
		return nil
	}
	return &ownDoing{&fault.Fault{
		Kind: fault.Unavailable, Code: CodeNotHeld, Err: errors.New("whoever asked does not hold the work any more"),
	}}
}

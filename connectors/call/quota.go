package call

import (
	"context"
	"errors"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
)

// CodeQuota is the code of a try that was not made because the shared rate could
// not be asked for.
const CodeQuota = "quota_unknown"

// LongestPace is how long a try waits for its turn; a longer queue is refused.
const LongestPace = longestPace

// Quota is a rate limit that is kept outside of the process, for many processes
// together: it stands in the place of the Caller's own. The number of exchanges
// at a time (Limits.Bulkhead) stays each process's own.
type Quota interface {
	// Wait returns when a try may be made. A positive late refuses it, because its
	// turn would come only then: after LongestPace, or after the end of ctx. The
	// error is that of ctx when it has ended, else that nobody knows how much is
	// left: then no try may be made either.
	Wait(ctx context.Context, interactive bool) (late time.Duration, err error)
}

// wait is the pace of whichever limit holds.
func (c *Caller) wait(ctx context.Context) (time.Duration, error) {
	if c.quota == nil {
		return c.pace.wait(ctx)
	}
	return c.quota.Wait(ctx, interactive(ctx))
}

// quotaFault is what a try ends with when the shared rate cannot be asked for.
func quotaFault() *fault.Fault {
	return &fault.Fault{
		Kind: fault.Throttled, Code: CodeQuota, Wait: time.Second, Err: errors.New("the rate that all processes share cannot be asked for"),
		Hint: "look whether the database runs",
	}
}

package crashtest

import (
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/client"
)

// operate is the operator: whatever became a failure is replayed, one by one,
// through the API. A failure that no play causes is an error of the hub's.
func (f *Flow) operate() {
	c := f.w.caller(f.w.adminK, 1, &f.Answers)
	c.front = f.o.Front
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-time.After(400 * time.Millisecond):
		}
		var list []client.Failure
		err := c.insist(f.ctx, "listing failures", func(h *client.Client) (err error) {
			list, err = h.Failures(f.ctx, client.FailureFilter{})
			return err
		})
		if f.ctx.Err() != nil {
			return
		}
		if err != nil {
			f.wrong(fmt.Errorf("listing failures: %w", err))
			return
		}
		for _, failed := range list {
			f.replay(c, failed)
		}
	}
}

// causes are the kinds of failures that faults of the outside and kills bring
// about; a defect is one only when it says that its process died again and again.
func causes(x client.Failure) bool {
	switch fault.Kind(x.Kind) {
	case fault.Unavailable, fault.Breach, fault.Throttled, fault.Pending:
		return true
	case fault.Defect:
		return x.Code == "abandoned"
	case fault.Rejected, fault.Misconfigured:
	}
	return false
}

func (f *Flow) replay(c *caller, x client.Failure) {
	if !causes(x) {
		f.wrong(fmt.Errorf("a failure of kind %s in %s that nothing outside explains: %s", x.Kind, x.Stage, x.Text))
	}
	var n int
	err := c.insist(f.ctx, "replaying", func(h *client.Client) (err error) {
		n, err = h.Replay(f.ctx, client.FailureFilter{ID: x.ID}, "the play goes on")
		return err
	})
	if err != nil {
		if f.ctx.Err() == nil {
			f.wrong(fmt.Errorf("replaying: %w", err))
		}
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.replayed[x.Kind] += n
}

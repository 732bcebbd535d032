package oneid

import (
	"context"
	"errors"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Probes returns the one probe there is: identify with a token that nobody was
// given. A refusal in OneID's own words is what a working OneID answers.
func (c *Client) Probes() []call.Probe {
	return []call.Probe{{Operation: OpIdentify, Ask: func(ctx context.Context) error {
		_, err := c.Identify(ctx, Token{Access: invalidToken})
		if err == nil {
			return here(OpIdentify, fault.Breach, "invalid_token_taken", "a token that was never issued was taken for good", breachHint)
		}
		f, ok := errors.AsType[*fault.Fault](err)
		if ok && f.Kind == fault.Rejected && !strings.HasPrefix(f.Code, noWord) {
			return nil
		}
		return err
	}}}
}

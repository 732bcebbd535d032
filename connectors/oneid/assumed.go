package oneid

import (
	"strings"

	"github.com/saylovhub/hub/connectors/call"
)

// What this file holds is our proposal: the operator of OneID has not published
// it. Everything else in the package was seen on the wire or in working clients.

// methodSeparator joins several methods in auth_methods. Only single values
// have been seen.
const methodSeparator = ","

// ourWords begin the refusals that only our registration with OneID can cause.
// CLIENT_SECRET_NOT_FOUND was seen on the live service; the families are ours.
// None may hang on what a browser sends: a refusal of this kind alarms.
var ourWords = []string{"CLIENT_", "REDIRECT_", "SCOPE_"}

func isOurs(word string) bool {
	for _, w := range ourWords {
		if strings.HasPrefix(word, w) {
			return true
		}
	}
	return false
}

// invalidToken is what a probe asks about: a token that OneID never issues and
// must refuse after it has taken our client id and secret.
const invalidToken = "00000000-0000-0000-0000-000000000000"

// defaultScope is the scope of a client that was issued none: often it equals
// the client id.
func defaultScope(clientID string) string { return clientID }

// defaultLimits keep the three operations together below the 300 requests a
// minute of the technical instruction, in any minute: burst and sixty seconds
// of the rate add up to 120, 120 and 60. That the browser's own way to the
// sign-in page is not counted is assumed.
func defaultLimits(id string) call.Limits {
	l := call.Limits{Try: clientTimeout, RatePerSecond: 1.6, Burst: 24}
	if id == OpLogout {
		l.RatePerSecond, l.Burst = 0.8, 12
	}
	return l
}

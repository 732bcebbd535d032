package sms

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

// What follows is assumed: seen in no document of the providers, or only
// second-hand. Each is to be confirmed with them before going live.

// playmobileZone: a status-date without a zone is local time. The specification
// says ISO 8601 in UTC, samples show "YYYY-MM-DD HH:MM:SS" without saying whose.
var playmobileZone = civil.Tashkent

// Eskiz's times are those of Tashkent: callbacks carry no zone, and the "Z" in
// lists stands on the same digits as the parts' "+05:00" (eskizInstant drops it).

// An Eskiz callback with the part's word DELIVRD speaks of the whole message:
// its documented sample uses that word in the message's place (states).

// tokenRenewal is when a token of Eskiz is replaced; it lives 30 days, which is
// documented, and no answer says how long it still has.
const (
	tokenLife    = 30 * 24 * time.Hour
	tokenRenewal = 29 * 24 * time.Hour
)

// A message whose acceptance was lost is looked for in Eskiz's list from
// listBefore until listAfter the time it was sent: the clocks may differ, and
// the exchange itself may last half a minute. Only user_sms_id is compared:
// number and text would take another notice of the same person for it.
const (
	listBefore = 5 * time.Minute
	listAfter  = 10 * time.Minute
)

// The end of that window is to_date in the documentation and end_date in the
// clients that work: both are sent. The documented largest page is 200.
const (
	listPage   = 200
	listLayout = "2006-01-02 15:04"
)

// Eskiz refuses with a sentence or with an object of field names; neither is
// documented. A refusal of the sender name stops the operation, for every other
// message would be refused as well; any other is about the one message.
var senderWords = []string{"nickname", "никнейм", "sender name"}

// refusedField names the field that a refusal is about: mobile_phone, message,
// from or callback_url; empty when it does not say.
func refusedField(message json.RawMessage) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(message, &fields) == nil {
		for _, f := range []string{"from", "callback_url", "mobile_phone", "message"} {
			if _, ok := fields[f]; ok {
				return f
			}
		}
		return ""
	}
	var sentence string
	_ = json.Unmarshal(message, &sentence)
	sentence = strings.ToLower(sentence)
	for _, w := range senderWords {
		if strings.Contains(sentence, w) {
			return "from"
		}
	}
	return ""
}

package sms

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
)

// text reads a text or a number, for both gateways write either; null and what
// is missing are empty.
type text string

func (t *text) UnmarshalJSON(b []byte) error { return (*call.Text)(t).UnmarshalJSON(b) }

// anything is a text that takes every shape: what is neither text nor number is
// empty instead of an error.
type anything string

func (a *anything) UnmarshalJSON(b []byte) error {
	var t text
	_ = t.UnmarshalJSON(b)
	*a = anything(t)
	return nil
}

// oneOrMore reads a text or a list of texts: Eskiz answers with a list for a batch.
type oneOrMore []text

func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one text
	if one.UnmarshalJSON(b) == nil {
		*o = nil
		if one != "" {
			*o = oneOrMore{one}
		}
		return nil
	}
	var many []text
	if json.Unmarshal(b, &many) != nil {
		return call.ShapeError("a text or a list of texts")
	}
	*o = many
	return nil
}

func (o oneOrMore) first() string {
	if len(o) == 0 {
		return ""
	}
	return string(o[0])
}

// longestID bounds ids of the other side: a UUID has 36 characters.
const longestID = 64

// id keeps what can be an id: letters, digits and a few signs.
func id(s string) string {
	if len(s) > longestID {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-_.:", rune(c)) {
			return ""
		}
	}
	return s
}

// count reads a number of parts; 0 for what can be none.
func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 255 { // the longest message there is
		return 0
	}
	return n
}

// instant reads a time with its zone, or in the given zone when it has none;
// zero for what is no time of this century.
func instant(s string, zone *time.Location) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s), zone); err == nil && t.Year() >= 2000 && t.Year() < 2100 {
			return t.UTC()
		}
	}
	return time.Time{}
}

// eskizInstant reads a time of Eskiz: see zoneOfZ.
func eskizInstant(s string) time.Time {
	return instant(strings.TrimSuffix(strings.TrimSpace(s), "Z"), civil.Tashkent)
}

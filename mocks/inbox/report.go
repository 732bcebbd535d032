package inbox

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"math/rand/v2"
	"net/url"
	"time"
)

// Reports says how deliveries are reported. The zero value of a field means what
// its comment says.
type Reports struct {
	Words      []string      // reported in turn for each message; the gateway's word for delivered
	Delay      time.Duration // from acceptance to the first word and from each to the next
	Jitter     time.Duration // each delay grows by up to so much, drawn from the seed and the message
	Twice      bool          // every report comes twice
	OutOfOrder bool          // a message's words come backwards, the last first; their dates tell the truth
	Repeat     time.Duration // until a report not answered with 200 comes again; 2 s
	Attempts   int           // posts of one report in all; 10
}

// WithDefaults fills in what was left out; word is the gateway's for delivered.
func (r Reports) WithDefaults(word string) Reports {
	if len(r.Words) == 0 {
		r.Words = []string{word}
	}
	if r.Repeat <= 0 {
		r.Repeat = 2 * time.Second
	}
	if r.Attempts <= 0 {
		r.Attempts = 10
	}
	return r
}

// Wire is Reports as the control endpoints read and print it.
type Wire struct {
	Words      []string `json:"words,omitempty"`
	DelayMS    int64    `json:"delay_ms,omitempty"`
	JitterMS   int64    `json:"jitter_ms,omitempty"`
	Twice      bool     `json:"twice,omitempty"`
	OutOfOrder bool     `json:"out_of_order,omitempty"`
	RepeatMS   int64    `json:"repeat_ms,omitempty"`
	Attempts   int      `json:"attempts,omitempty"`
}

// MarshalJSON prints durations as delay_ms, jitter_ms and repeat_ms.
func (r Reports) MarshalJSON() ([]byte, error) { return json.Marshal(r.Wire()) }

// UnmarshalJSON reads what MarshalJSON prints.
func (r *Reports) UnmarshalJSON(b []byte) error {
	var w Wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	*r = w.Reports()
	return nil
}

// Wire is r for a body of JSON.
func (r Reports) Wire() Wire {
	return Wire{r.Words, r.Delay.Milliseconds(), r.Jitter.Milliseconds(), r.Twice, r.OutOfOrder, r.Repeat.Milliseconds(), r.Attempts}
}

// Reports is w with its durations.
func (w Wire) Reports() Reports {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	return Reports{w.Words, ms(w.DelayMS), ms(w.JitterMS), w.Twice, w.OutOfOrder, ms(w.RepeatMS), w.Attempts}
}

// Event is one word of a message's way and when it falls due.
type Event struct {
	Word  string
	After time.Duration // its own time, from acceptance
	Post  time.Duration // when it is told, from acceptance
}

// Events plans a message's way: the same seed and id give the same. undelivered
// takes the place of the last word when it is not empty.
func (r Reports) Events(seed uint64, id, undelivered string) []Event {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))                       // never fails
	chance := rand.New(rand.NewPCG(seed, h.Sum64())) // #nosec G404 -- repeatable on purpose, not a secret
	events, at := make([]Event, 0, len(r.Words)), time.Duration(0)
	for i, word := range r.Words {
		at += r.Delay
		if r.Jitter > 0 {
			at += time.Duration(chance.Int64N(int64(r.Jitter) + 1))
		}
		if i == len(r.Words)-1 && undelivered != "" {
			word = undelivered
		}
		events = append(events, Event{Word: word, After: at, Post: at})
	}
	if !r.OutOfOrder {
		return events
	}
	out := make([]Event, 0, len(events))
	for i := range events {
		e := events[len(events)-1-i]
		e.Post = at
		out = append(out, e)
	}
	return out
}

// CheckAddress refuses what no report can be posted to.
func CheckAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("callback must be an http or https address")
	}
	return nil
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// Event is what this program needs of a CloudEvent of the hub.
type Event struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	Subject  string          `json:"subject"`
	Sequence int64           `json:"sequence"` // within Subject
	Position int64           `json:"position"` // in the stream
	Data     json.RawMessage `json:"data,omitempty"`
}

// book remembers what was handled. Events come at least once, and those of one
// subject with rising sequences, so its last sequence tells which are known. A
// system with a database keeps that number there, and writes it in the
// transaction that handles the event: then "once" holds through crashes too.
type book struct {
	file     *os.File
	do       func(Event) error
	last     map[string]int64 // sequence by subject
	position int64
}

// openBook reads what was handled before.
func openBook(name string, do func(Event) error) (*book, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	k := &book{file: f, do: do, last: map[string]int64{}}
	whole := int64(0) // a line that a crash cut off is no line
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fmt.Errorf("%s is damaged at byte %d", name, whole)
		}
		whole += int64(len(line))
		k.note(e)
	}
	if err := f.Truncate(whole); err != nil {
		return nil, err
	}
	_, err = f.Seek(whole, 0)
	return k, err
}

func (k *book) note(e Event) {
	k.last[e.Subject], k.position = e.Sequence, max(k.position, e.Position)
}

// handle does what is to be done about an event, unless that was done before.
func (k *book) handle(raw []byte) error {
	var e Event
	if err := json.Unmarshal(raw, &e); err != nil || e.ID == "" || e.Subject == "" || e.Sequence == 0 {
		return fmt.Errorf("this is no event of the hub: %.80q", raw)
	}
	if e.Sequence <= k.last[e.Subject] {
		return nil // a repetition
	}
	if err := k.do(e); err != nil {
		return err
	}
	e.Data = nil
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := k.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := k.file.Sync(); err != nil {
		return err
	}
	k.note(e)
	return nil
}

// Close closes the file.
func (k *book) Close() error { return k.file.Close() }

package event

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Event is a fact with what it is about.
type Event struct {
	Application string // whose application; empty: of none
	Subject     string // what the sequence counts for; empty: the application
	Commission  string // empty: the application's
	At          time.Time
	Fact        Fact
}

// Of is a fact about an application.
func Of(application string, at time.Time, f Fact) Event {
	return Event{Application: application, At: at, Fact: f}
}

// Stored is an event as it lies in the stream.
type Stored struct {
	ID         string // UUID, the same in every repetition
	Type       Type
	Subject    string
	Commission string // empty: of none
	Sequence   int64  // within Subject, from 1 on, without gaps
	Position   int64  // in the stream, from 1 on, without gaps
	At         time.Time
	Data       json.RawMessage
}

// Names under which a commit tells, among the stages that it gave work, that
// events were written and that events got their positions.
const (
	Written = "event.written"
	Stamped = "event.stamped"
)

// What every envelope says.
const (
	SpecVersion = "1.0"
	Source      = "urn:saylovhub:hub"
	MediaType   = "application/cloudevents+json" // of an envelope
)

// Envelope is an event as a CloudEvent 1.0 in JSON (structured mode). Sequence,
// Position and Commission are extension attributes.
type Envelope struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            Type            `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	DataSchema      string          `json:"dataschema"`
	Sequence        int64           `json:"sequence"`
	Position        int64           `json:"position"`
	Commission      string          `json:"commission,omitempty"`
	Data            json.RawMessage `json:"data"`
}

// SchemaOf is the address of the schema of a type's data.
func SchemaOf(t Type) string { return "urn:saylovhub:event:" + string(t) + ":v1" }

// Envelope wraps the event.
func (s Stored) Envelope() Envelope {
	return Envelope{
		SpecVersion: SpecVersion, ID: s.ID, Source: Source, Type: s.Type, Subject: s.Subject, Time: s.At.UTC(),
		DataContentType: "application/json", DataSchema: SchemaOf(s.Type), Sequence: s.Sequence, Position: s.Position,
		Commission: s.Commission, Data: s.Data,
	}
}

// JSON is the CloudEvent on one line, the same bytes wherever it is told.
func (s Stored) JSON() ([]byte, error) {
	b, err := json.Marshal(s.Envelope())
	if err != nil {
		return nil, fmt.Errorf("writing event %s: %w", s.ID, err)
	}
	return b, nil
}

// RoutingKey is what subscribers bind on: the type and the commission, three
// words: "document.issued.1726", or "document.issued.none".
func (s Stored) RoutingKey() string {
	commission := strings.Map(func(r rune) rune {
		if r == '.' || r == '*' || r == '#' || r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s.Commission)
	if commission == "" {
		commission = "none"
	}
	return string(s.Type) + "." + commission
}

// Message is an event on its way to the broker.
type Message struct {
	ID         string // of the event: repetitions have the same
	RoutingKey string
	Subject    string // messages of one must keep their order
	Position   int64
	Body       []byte // a CloudEvent, of MediaType
}

// Message wraps the event for the broker.
func (s Stored) Message() (Message, error) {
	b, err := s.JSON()
	return Message{ID: s.ID, RoutingKey: s.RoutingKey(), Subject: s.Subject, Position: s.Position, Body: b}, err
}

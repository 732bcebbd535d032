package calltest

import (
	"context"
	"net/http"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Subject is a connector under test by Run.
type Subject struct {
	System     string // as its faults and exchanges name it
	Operations []Operation
	// Secrets are the credentials, tokens and personal data that its questions
	// and answers hold: none may be told by an error, an exchange or a log line.
	Secrets []string
	Golden  string // file of the table below testdata; kinds.golden when empty

	needles []needle
}

// Ask asks the operation once. answer says in a word what came: found, absent,
// sent; it is for the table.
type Ask func(ctx context.Context) (answer string, err error)

// Operation is one way out of the connector and all that Run must know of it.
type Operation struct {
	ID string // as exchanges name it
	// For is the operation that faults name where this one serves another: a
	// token's. The register itself was not asked then, so no fault is uncertain.
	// ID when empty.
	For        string
	Repeatable bool
	// FixedLimits: the connector lets nobody set the limits of this operation, so
	// the kit does without Open's.
	FixedLimits bool
	Private     bool // neither body may be kept in the exchange record
	// Open makes the connector over deps, with limits for this operation.
	Open func(t testing.TB, deps call.Deps, limits call.Limits) Ask
	// Aside answers requests that belong to another operation of the connector
	// (a token); nil: this one's. Optional.
	Aside func(*http.Request) *Reply
	Good  Reply
	Word  string // what Ask says of Good
	// Shape is JSON of the dialect, out of which the bad forms are made; Good's
	// body when empty.
	Shape  string
	Own    []Own
	Except []Except
}

// Reply is one answer of a system.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Own is an answer of the dialect's own and what it means.
type Own struct {
	Name string
	Reply
	Kind    fault.Kind // "" for an answer
	Word    string     // what Ask says of an answer
	Renewed bool       // the connector renews its token and asks once more
}

// Except overrides the common table for some cells; the last that fits counts.
type Except struct {
	Why      string
	Statuses []int  // all when empty
	Forms    []Form // all when empty
	Kind     fault.Kind
	Word     string
	Renewed  bool
}

// Run holds a connector against what all connectors must do: the table of
// statuses, bodies and broken transports; an asker who leaves; and that nothing
// leaks. Every test runs without sockets, in a bubble of its own.
func Run(t *testing.T, s Subject) {
	t.Helper()
	s.needles = needles(s.Secrets)
	for i := range s.Operations {
		if s.Operations[i].For == "" {
			s.Operations[i].For = s.Operations[i].ID
		}
		if s.Operations[i].Shape == "" {
			s.Operations[i].Shape = s.Operations[i].Good.Body
		}
	}
	t.Run("table", func(t *testing.T) {
		t.Parallel()
		s.table(t)
	})
	for _, op := range s.Operations {
		t.Run("leaving/"+op.ID, func(t *testing.T) {
			t.Parallel()
			s.leaving(t, op)
		})
	}
}

package fault

import "net/http"

// Kind says what an unsuccessful call or job means. The set is closed: All
// lists it, and RuleOf must know every member.
type Kind string

// The kinds. An answer (found, absent, restricted, signature invalid) is not a
// fault and has no kind.
const (
	// Pending: the other system still works on it; ask again, no attempt is burnt.
	Pending Kind = "pending"
	// Unavailable: time-out, refused, 5xx, breaker open, not the dialect at all.
	Unavailable Kind = "unavailable"
	// Throttled: 429 or a quota; tried again when the system says.
	Throttled Kind = "throttled"
	// Rejected: this very request will never go through as it is.
	Rejected Kind = "rejected"
	// Misconfigured: wrong credentials, no subscription, no such route. The
	// operation stops, its jobs wait.
	Misconfigured Kind = "misconfigured"
	// Breach: the dialect, but against the contract.
	Breach Kind = "breach"
	// Defect: our own bug, a panic.
	Defect Kind = "defect"
)

// All lists every kind, in the order of the table in docs/operations.md.
func All() []Kind {
	return []Kind{Pending, Unavailable, Throttled, Rejected, Misconfigured, Breach, Defect}
}

// Retry says what a job does after a fault of a kind.
type Retry string

// The ways a job goes on.
const (
	// RetryUnburnt asks again later; the attempt does not count.
	RetryUnburnt Retry = "later, attempt not counted"
	// RetryBackoff tries again with growing delay; attempts and time are bounded.
	RetryBackoff Retry = "later, with growing delay"
	// RetrySpaced tries a small fixed number of times.
	RetrySpaced Retry = "three spaced tries"
	// RetryStopped stops the whole operation until a trial succeeds.
	RetryStopped Retry = "operation stopped until a trial succeeds"
	// RetryNever makes it a failure at once.
	RetryNever Retry = "never by itself"
)

// Rule is one row of the table: everything that follows from a kind.
type Rule struct {
	Retry          Retry
	AgainAtOnce    bool   // a second try inside the same call is worth it
	CountsBreaker  bool   // counts against the operation's circuit breaker
	HTTPStatus     int    // when the hub's own API must answer with it
	ExitCode       int    // of the command line
	Colour         string // on screen: a named ANSI colour
	OperatorAction string // who must act, in a few words
}

var rules = map[Kind]Rule{
	Pending:       {Retry: RetryUnburnt, HTTPStatus: http.StatusAccepted, ExitCode: 1, Colour: "cyan", OperatorAction: "nobody: the register works on it"},
	Unavailable:   {Retry: RetryBackoff, AgainAtOnce: true, CountsBreaker: true, HTTPStatus: http.StatusServiceUnavailable, ExitCode: 1, Colour: "yellow", OperatorAction: "nobody at first: when it lasts, the owner of the system"},
	Throttled:     {Retry: RetryUnburnt, HTTPStatus: http.StatusTooManyRequests, ExitCode: 1, Colour: "yellow", OperatorAction: "nobody: the pace slows by itself"},
	Rejected:      {Retry: RetryNever, HTTPStatus: http.StatusUnprocessableEntity, ExitCode: 1, Colour: "red", OperatorAction: "the commission: correct the data"},
	Misconfigured: {Retry: RetryStopped, HTTPStatus: http.StatusServiceUnavailable, ExitCode: 1, Colour: "magenta", OperatorAction: "an administrator: mend credentials or address"},
	Breach:        {Retry: RetrySpaced, CountsBreaker: true, HTTPStatus: http.StatusBadGateway, ExitCode: 1, Colour: "red", OperatorAction: "the owner of the system: its answer breaks the contract"},
	Defect:        {Retry: RetryNever, HTTPStatus: http.StatusInternalServerError, ExitCode: 1, Colour: "red", OperatorAction: "the developers"},
}

// RuleOf returns the row of a kind; a kind without a row is treated as Defect.
func RuleOf(k Kind) Rule {
	if r, ok := rules[k]; ok {
		return r
	}
	return rules[Defect]
}

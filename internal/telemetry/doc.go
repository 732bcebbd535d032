// Package telemetry makes the hub's logger and its metrics.
//
// The logger's handler is the second net under the types of contracts/personal:
// whatever still reaches a log line in the clear (a PINFL in another system's
// error text, a password in a printed structure) is masked on the way out. The
// metrics live in a registry of their own, and their labels are bounded: a
// value that is not a short word, or one too many, is counted as "other". The
// package refuses to log or label anything by a person.
package telemetry

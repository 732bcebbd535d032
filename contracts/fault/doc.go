// Package fault is the closed vocabulary of what can go wrong with an outside
// call or a job: a Kind, and one table that says how the whole hub acts on it
// (retry, breaker, HTTP status, exit code, colour). Meaning travels in the
// kind, never in the text. The package imports nothing of the project.
package fault

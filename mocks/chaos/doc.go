// Package chaos holds the faults that a mock system can be told to show, and
// decides for each call which of them strikes and how late. Decisions follow
// from the order of calls, the injected clock and the seed: ordered and called
// in the same order again, the same calls are struck.
package chaos

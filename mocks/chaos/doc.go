// Package chaos holds the faults that a mock system can be told to show, and
// decides for each call which of them strikes. Decisions depend on the order of
// calls and the injected clock alone, never on chance.
package chaos

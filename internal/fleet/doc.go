// Package fleet is what the hub processes on one database do together: they share
// the rates of outside systems, tell each other of open breakers, of operations that
// are misconfigured and of an operator's pauses, and know who is there. The store
// keeps the rows; a signal saves waiting for the next look, which comes within a
// second anyway. Without the database everybody goes on by itself, but for calls
// whose rate is shared: nobody can say how much of it is left.
//
// A process alone on its database keeps all that in memory: see Config.Alone.
package fleet

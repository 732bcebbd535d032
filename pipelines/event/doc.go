// Package event tells others what became of applications: facts, written in the
// transaction that made them true, numbered per subject, given their place in
// one stream by a leased relay, and published from there in that order, at
// least once. They hold ids and states, never a person's data. The contract is
// contracts/asyncapi.yaml with a JSON Schema for each type.
package event

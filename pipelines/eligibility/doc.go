// Package eligibility judges a person by rules. A rule is a pure function over
// proofs and the election's day: it reads no clock, no store and no network. A
// rule without its proof answers undetermined, never pass. Each rule is one
// entry of one list, with its article of the Election Code.
package eligibility

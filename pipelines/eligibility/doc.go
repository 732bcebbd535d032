// Package eligibility judges persons and whole applications by rules. A rule is a
// pure function over proofs and the election's day: it reads no clock, no store
// and no network. A rule without its proof answers undetermined, never pass; a
// paper is no proof until the commission confirms it. Each rule is one entry of
// its theme's list, put together from conditions that say what they accept, with
// its article of the Election Code. Facts read in no source are marked assumed.
package eligibility

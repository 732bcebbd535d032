// Package directory reads a directory from a folder of CSV files and checks it:
// territories, elections with their calendar, commissions with their officials,
// organisations, constituencies, precincts. Every fault names its file, line and
// column and what is wanted there; never what stands there, which may be a
// person's. Nothing of a folder with a fault is to be imported.
//
// Files are CSV (RFC 4180) in UTF-8 with or without a byte order mark, separated
// by commas or semicolons; the first row names the columns, in any order.
package directory

// Limits of what is read.
const (
	MaxFile  = 64 << 20  // bytes of a file
	MaxRow   = 64 << 10  // bytes of a row
	MaxRows  = 100_000   // rows of a file
	MaxText  = 500       // runes of a field
	maxKept  = 1_000     // faults that are told, of each file
	maxTerms = 64        // terms of a person or a post that are compared
	maxVote  = 1_000_000 // voters of a precinct
)

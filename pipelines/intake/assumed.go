package intake

// What no source that was read says for certain.
const (
	// complainWithin is how many days after a decision a complaint is lodged.
	complainWithin = 5
	// urgentBefore: in the last days before an election a complaint is decided on
	// the day it comes. The old law has it; its figure is kept.
	urgentBefore = 6
	// correctFor is how many days there are to correct what a type says nothing of
	// (Election Code 64 has it for candidates).
	correctFor = 2
	// correctAtMost bounds the days that an official may give.
	correctAtMost = 30
)

// addable are the registers' columns that a person may change by hand, with a
// reason: what the person learned and where they work. All others are the
// registers' alone.
var addable = []string{"education_level", "specialty", "institution", "workplace", "position", "employed_at"}

// Package pdf does everything to a PDF between the browser and the seal. It
// reads back what Chrome printed, to prove that a print is the document it
// should be (Read, Text); makes of it the file that is issued, of equal bytes
// for equal input (Finish), prepared for PDF/A and with attached data where
// wanted; puts several into one (Merge) and lays encryption over one (Encrypt).
//
// It is strict and knows only the layout that Chrome writes (a classic
// cross-reference table, no object streams): every byte belongs to an object or
// a table, and anything else is an error, never a guess. Of what was appended
// to a file it accepts seals, for reading. It cannot tell whether a file
// conforms to PDF/A: that is for a validator, so it says "prepared for".
package pdf

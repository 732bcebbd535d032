// Package pdf reads back what Chrome printed, to prove that a print is the
// document it should be: title, pages, fonts, text. It is strict and knows only
// the layout that Chrome writes (classic cross-reference table, no object
// streams, no encryption); anything else is an error, never a guess.
package pdf

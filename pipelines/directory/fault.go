package directory

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// Fault is one thing that is wrong with a directory.
type Fault struct {
	List  string `json:"list"`            // as dossier.Lists, or calendar; empty: of no list
	Index int    `json:"index"`           // in the list; -1: the list itself
	Field string `json:"field,omitempty"` // as JSON has it, title/uz-Latn; empty: the record
	Want  string `json:"want"`

	File   string `json:"file,omitempty"` // where it was read from a folder
	Line   int    `json:"line,omitempty"` // 0: the file
	Column string `json:"column,omitempty"`
}

// String words the fault: officials.csv, line 12, column pinfl: want 14 digits.
func (f Fault) String() string {
	at := f.File
	if f.Line > 0 {
		at += fmt.Sprintf(", line %d", f.Line)
	}
	if f.Column != "" {
		at += ", column " + f.Column
	}
	if at == "" && f.List != "" {
		at = f.Pointer()
	}
	if at == "" {
		return f.Want
	}
	return at + ": " + f.Want
}

// Pointer is where the fault is in the directory as JSON.
func (f Fault) Pointer() string {
	p := "/" + f.List
	if f.Index >= 0 {
		p += fmt.Sprintf("/%d", f.Index)
	}
	if f.Field != "" {
		p += "/" + f.Field
	}
	return p
}

// sorted puts faults in the order of files and lines, one of each field: the
// first that was found is the cause of the others.
func sorted(list []Fault) []Fault {
	type place struct {
		list, file, field, column string
		index, line               int
	}
	seen := map[place]bool{}
	list = slices.DeleteFunc(list, func(f Fault) bool {
		p := place{f.List, f.File, f.Field, f.Column, f.Index, f.Line}
		was := seen[p]
		seen[p] = f.Field != "" || f.Column != ""
		return was
	})
	order := append([]string{"", calendar}, dossier.Lists...)
	slices.SortStableFunc(list, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.List), slices.Index(order, b.List)), cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line), cmp.Compare(a.Index, b.Index))
	})
	return list
}

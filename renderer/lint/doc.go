// Package lint says what is wrong with documents' folders before anybody prints
// them, each finding with its file and line.
//
// The static checks read the folder as text: fields, samples, words, addresses,
// elements, classes, letters. The measured ones print every sample, and each once
// more with its texts made long, and look at what came out on paper: what runs
// over, how large the type is, how strong its contrast, how large the QR code.
package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity of a finding. Errors make a check fail.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule names what a finding breaks.
type Rule string

// The rules.
const (
	Folder       Rule = "folder"        // the folder cannot be loaded
	UnknownField Rule = "unknown-field" // the template reads what the schema lacks
	UnusedField  Rule = "unused-field"  // the schema declares what the template never reads
	UnsetField   Rule = "unset-field"   // no sample sets it
	Words        Rule = "words"         // a text is missing, or nobody asks for it
	Outside      Rule = "outside"       // an address outside the page
	Refused      Rule = "refused"       // an element or attribute that the page refuses
	NoRule       Rule = "no-rule"       // a class without a rule
	Alternative  Rule = "alt"           // a picture without its text
	Letters      Rule = "letters"       // a letter that the fonts lack, a word of two scripts
	Sample       Rule = "sample"        // a sample that does not fit
	Overflow     Rule = "overflow"      // text over its box or the paper
	Overlap      Rule = "overlap"       // text over other text
	Pages        Rule = "pages"         // more pages than the manifest allows
	Contrast     Rule = "contrast"      // below 4.5:1, 3:1 for large type
	SmallType    Rule = "small-type"    // below 6.5 pt
	SmallCode    Rule = "small-code"    // a QR code below 22 mm
	Print        Rule = "print"         // it cannot be printed
)

// Finding is one thing that is wrong.
type Finding struct {
	Template string   `json:"template"`
	File     string   `json:"file"` // within the folders: candidate/style.css
	Line     int      `json:"line"` // from 1; 0 when the file as a whole is meant
	Severity Severity `json:"severity"`
	Rule     Rule     `json:"rule"`
	Text     string   `json:"text"`
	Sample   string   `json:"sample,omitempty"`   // with which it shows
	Language string   `json:"language,omitempty"` // in which it shows
	Others   int      `json:"others,omitempty"`   // further prints with the same
}

// String is the finding in one line, as compilers write theirs.
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d: %s: %s (%s", f.File, f.Line, f.Severity, f.Text, f.Rule)
	if f.Sample != "" {
		s += ", " + f.Sample + " in " + f.Language
	}
	if f.Others > 0 {
		s += fmt.Sprintf(" and %d more", f.Others)
	}
	return s + ")"
}

// Failed tells whether an error is among the findings.
func Failed(all []Finding) bool {
	return slices.ContainsFunc(all, func(f Finding) bool { return f.Severity == Error })
}

// order sorts by place and folds what several samples show, or several documents
// of a part, into one finding.
func order(all []Finding) []Finding {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	type key struct {
		template, file, text string
		line                 int
		rule                 Rule
	}
	var out []Finding
	at := map[key]int{}
	prints := map[key]map[string]bool{}
	for _, f := range all {
		k := key{f.Template, f.File, f.Text, f.Line, f.Rule}
		if strings.HasPrefix(f.File, "parts/") {
			k.template = ""
		}
		if f.Sample != "" {
			k.text = "" // the figures differ by sample
		}
		if prints[k] == nil {
			at[k], prints[k] = len(out), map[string]bool{}
			out = append(out, f)
		}
		if f.Sample != "" {
			prints[k][f.Template+" "+f.Sample+" "+f.Language] = true
			out[at[k]].Others = len(prints[k]) - 1
		}
	}
	return out
}

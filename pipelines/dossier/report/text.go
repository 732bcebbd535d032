package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Width is how many columns a report's text is wide at most.
const Width = 100

// marks tell answers and verdicts apart by shape, where words are only glanced at.
var marks = map[string]string{
	"pass": "[+]", "fail": "[x]", "warn": "[!]", "undetermined": "[?]", "not_applicable": "[-]",
	"eligible": "[+]", "not_eligible": "[x]", Unassessed: "[ ]",
}

// Text sets the whole report in columns, for a screen or a line printer. All
// subjects and the whole timeline are in it.
func (r Report) Text() string {
	w := &writer{speaker: speakerOf(r.Language)}
	w.head(r)
	w.summary(r)
	if r.Whole != nil {
		w.section("whole")
		w.assessment(*r.Whole)
	}
	if len(r.Subjects) > 0 {
		w.section("subjects")
	}
	for _, s := range r.Subjects {
		w.subject(s)
	}
	w.left(r.Left, "left")
	if len(r.Files) > 0 {
		w.section("files")
		rows := [][]string{}
		for _, f := range r.Files {
			rows = append(rows, []string{f.Name, f.Type, "SHA-256 " + f.SHA256})
		}
		w.table([]int{24, 22, 48}, rows)
	}
	w.decisions(r)
	w.section("timeline")
	w.left(r.Earlier, "earlier")
	rows := [][]string{{w.label("at"), w.label("actor"), w.label("act"), ""}, nil}
	for _, e := range r.Timeline {
		rows = append(rows, []string{momentOf(e.At), e.Actor, e.Act, e.Detail})
	}
	w.table([]int{16, 28, 26, 22}, rows)
	w.line("")
	w.line(strings.Repeat("=", Width))
	w.wrapped("", w.label("not_document")+". "+w.label("made")+": "+momentOf(r.Made)+" ("+w.label("zone")+")")
	return w.b.String()
}

// writer sets one text.
type writer struct {
	b strings.Builder
	speaker
}

func (w *writer) label(code string) string { return w.say("label", code) }

func (w *writer) line(s string) { w.b.WriteString(strings.TrimRight(s, " ") + "\n") }

func (w *writer) section(code string) {
	w.line("")
	title := strings.ToUpper(w.label(code))
	w.line(title)
	w.line(strings.Repeat("-", min(Width, columns(title))))
}

func (w *writer) head(r Report) {
	w.line(strings.Repeat("=", Width))
	w.wrapped("", strings.ToUpper(w.label("heading"))+" № "+r.Number)
	w.wrapped("", r.Commission)
	w.wrapped("", w.label("not_document")+". "+w.label("made")+": "+momentOf(r.Made)+" ("+w.label("zone")+")")
	w.line(strings.Repeat("=", Width))
	a := r.Application
	w.section("application")
	w.fields([]Detail{
		{w.label("kind"), a.Kind + ": " + a.Title},
		{w.label("number"), r.Number + " (" + a.ID + ")"},
		{w.label("election"), a.Election + ", " + w.date(a.Day)},
		{w.label("submitted"), momentOf(a.Submitted)},
		{w.label("signed"), a.Signed},
		{w.label("state"), a.StateWord},
		{w.label("reason"), a.Reason},
		{w.label("previous"), a.Previous},
	})
	w.section("applicant")
	p := r.Applicant
	w.fields([]Detail{
		{w.label("title"), p.Title + " (" + p.Kind + ")"}, {w.label("tin"), p.TIN}, {w.label("phone"), p.Phone}, {w.label("organisation"), p.Organisation},
	})
	if len(r.Deadlines) == 0 {
		return
	}
	w.section("deadlines")
	rows := [][]string{}
	for _, d := range r.Deadlines {
		rows = append(rows, []string{d.Title, w.date(d.Day), d.Note})
	}
	w.table([]int{40, 26, 28}, rows)
}

func (w *writer) summary(r Report) {
	w.section("summary")
	c := r.Counts
	if c.Subjects == 0 {
		w.line("  " + w.label("nobody"))
		return
	}
	rows := [][]string{{w.label("total"), fmt.Sprint(c.Subjects)}}
	for _, v := range []struct {
		code string
		n    int
	}{{"eligible", c.Eligible}, {"not_eligible", c.NotEligible}, {"undetermined", c.Undetermined}, {Unassessed, c.Unassessed}} {
		rows = append(rows, []string{marks[v.code] + " " + w.say("verdict", v.code), fmt.Sprint(v.n)})
	}
	if c.Warned > 0 {
		rows = append(rows, []string{"    " + marks["warn"] + " " + w.say("verdict", "warned"), fmt.Sprint(c.Warned)})
	}
	w.table([]int{40, 8}, rows)
	w.section("attention")
	if len(r.Attention) == 0 {
		w.line("  " + w.label("nobody_to_look_at"))
		return
	}
	w.lines(r.Attention)
	w.left(r.Unlisted, "unlisted")
}

// lines are subjects with what is said of each.
func (w *writer) lines(list []Line) {
	rows := [][]string{}
	for _, l := range list {
		n := ""
		if l.Order > 0 {
			n = fmt.Sprint(l.Order)
		}
		rows = append(rows, []string{n, l.Name, strings.TrimSpace(marks[l.Verdict] + " " + l.Word), strings.Join(l.Reasons, "\n")})
	}
	w.table([]int{4, 30, 22, 36}, rows)
}

func (w *writer) left(n int, code string) {
	if n > 0 {
		w.wrapped("  ", w.fill("label", code, "n", fmt.Sprint(n)))
	}
}

func (w *writer) subject(s Subject) {
	w.line("")
	w.wrapped("", fmt.Sprintf("%d. %s", s.Order, s.Name))
	w.line(strings.Repeat(".", Width))
	w.fields(append([]Detail{
		{w.label("person"), s.Role + ", ref " + s.Ref},
	}, s.Details...))
	w.assessment(s.Assessment)
	if len(s.Changes) > 0 {
		w.sub("changes")
		for _, c := range s.Changes {
			w.wrapped("    ", fmt.Sprintf("%s: %s: %q, %s: %q", c.Title, w.label("in_register"), c.Register, w.label("by_hand"), c.Value))
			w.wrapped("      ", w.label("reason")+": "+c.Reason+" ("+c.By+", "+momentOf(c.At)+")")
		}
	}
	if len(s.Papers) > 0 {
		w.sub("papers")
		for _, p := range s.Papers {
			state := w.label("unconfirmed")
			if p.Confirmed != "" {
				state = strings.ToLower(w.label("confirmed")) + ": " + p.Confirmed
			}
			w.wrapped("    ", p.Proves+": "+p.File+"; "+state)
		}
	}
	if len(s.Statements) > 0 {
		w.sub("statements")
		for _, d := range s.Statements {
			w.wrapped("    ", d.Title+": "+d.Value)
		}
	}
	if len(s.Known) == 0 {
		return
	}
	w.sub("columns")
	rows := [][]string{}
	for _, k := range s.Known {
		var columns []string
		for _, c := range k.Columns {
			columns = append(columns, "- "+c.Title+": "+c.Value)
		}
		rows = append(rows, []string{k.Register + "\n" + k.Source, strings.Join(columns, "\n")})
	}
	w.table([]int{36, 60}, rows)
}

func (w *writer) sub(code string) { w.line("  " + w.label(code)) }

func (w *writer) assessment(a Assessment) {
	word := marks[a.Verdict] + " " + strings.ToUpper(a.Word)
	if a.Revision > 0 {
		word += fmt.Sprintf(" (%s %d)", w.label("revision"), a.Revision)
	}
	w.fields([]Detail{{w.label("verdict"), word}})
	if len(a.Answers) == 0 {
		return
	}
	rows := [][]string{{w.label("answer"), w.label("rule"), w.label("article"), w.label("why")}, nil}
	for _, x := range a.Answers {
		why := strings.Join(append([]string{x.Reason}, x.Proofs...), "\n- ")
		rows = append(rows, []string{marks[x.Result] + " " + x.Word, x.Rule, x.Article, why})
	}
	w.table([]int{20, 13, 20, 38}, rows)
}

func (w *writer) decisions(r Report) {
	w.section("decisions")
	if len(r.Decisions) == 0 {
		w.line("  " + w.label("no_decision"))
	}
	for i, d := range r.Decisions {
		if i > 0 {
			w.line("")
		}
		w.fields([]Detail{
			{w.label("decision"), "№ " + d.Number + ", " + w.date(d.Day)},
			{w.label("state"), d.StateWord},
			{w.label("reason"), d.Reason},
			{w.label("drafted"), d.Drafted},
			{w.label("signed"), d.Signed},
		})
		w.lines(d.Outcomes)
		w.left(d.Unlisted, "unlisted")
	}
}

// fields are names and values, a line each; those without a value are left out.
func (w *writer) fields(list []Detail) {
	rows := [][]string{}
	for _, d := range list {
		if d.Value != "" {
			rows = append(rows, []string{d.Title, d.Value})
		}
	}
	w.table([]int{28, 68}, rows)
}

// table sets rows in columns of these widths, two apart and two from the edge. A
// row of nil is a rule under the head.
func (w *writer) table(widths []int, rows [][]string) {
	for _, row := range rows {
		if row == nil {
			row = make([]string, len(widths))
			for i, width := range widths {
				row[i] = strings.Repeat("-", width)
			}
		}
		cells, height := make([][]string, len(row)), 0
		for i, text := range row {
			cells[i] = wrap(text, widths[i])
			height = max(height, len(cells[i]))
		}
		for n := range height {
			var b strings.Builder
			for i, cell := range cells {
				text := ""
				if n < len(cell) {
					text = cell[n]
				}
				b.WriteString("  " + text + strings.Repeat(" ", widths[i]-columns(text)))
			}
			w.line(b.String())
		}
	}
}

// wrapped writes a text in as many lines as it takes, each after an indent.
func (w *writer) wrapped(indent, text string) {
	for _, l := range wrap(text, Width-columns(indent)) {
		w.line(indent + l)
	}
}

// wrap breaks a text into lines of at most so many columns, at spaces where it
// can; a line feed always breaks. Lines after "- " hang under its text.
func wrap(text string, width int) []string {
	var out []string
	for part := range strings.SplitSeq(text, "\n") {
		hang := ""
		if strings.HasPrefix(part, "- ") {
			hang = "  "
		}
		current := ""
		for i, word := range strings.Fields(part) {
			if i > 0 && columns(current)+1+columns(word) <= width {
				current += " " + word
				continue
			}
			if i > 0 {
				out = append(out, current)
				word = hang + word
			}
			for columns(word) > width {
				cut := fit(word, width)
				out = append(out, word[:cut])
				word = hang + word[cut:]
			}
			current = word
		}
		out = append(out, current)
	}
	return out
}

// fit is how many bytes of a text take at most so many columns, at least a letter.
func fit(s string, width int) int {
	n := 0
	for i, r := range s {
		if n += advance(r); n > width {
			return max(i, utf8.RuneLen(r))
		}
	}
	return len(s)
}

// columns is how wide a text stands: marks over letters take no place.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += advance(r)
	}
	return n
}

func advance(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Me, r):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0x1F300 && r <= 0x1FAFF, r >= 0xFF01 && r <= 0xFF60:
		return 2
	}
	return 1
}

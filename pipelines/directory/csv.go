package directory

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// grid is a CSV file as it was read: rows under the columns of its sheet.
type grid struct {
	columns []string   // as the header names them
	rows    [][]string // as many fields as columns
	lines   []int      // of the rows
}

var errTooLarge = errors.New("too large")

// slurp reads at most MaxFile bytes.
func slurp(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(raw) > MaxFile {
		return nil, errTooLarge
	}
	return raw, err
}

// text takes the byte order mark off and refuses what is not UTF-8 text, by line.
func text(raw []byte) (_ []byte, line int, want string) {
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return nil, 0, "want UTF-8, this is UTF-16: save it as CSV UTF-8"
	case bytes.HasPrefix(raw, []byte("PK\x03\x04")):
		return nil, 0, "want CSV, this is a workbook or an archive: save it as CSV UTF-8"
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	lineOf := func(at int) int { return 1 + bytes.Count(raw[:at], []byte("\n")) }
	if at := bytes.IndexByte(raw, 0); at >= 0 {
		return nil, lineOf(at), "want text, this is binary: save it as CSV UTF-8"
	}
	if utf8.Valid(raw) {
		return raw, 0, ""
	}
	for at := 0; at < len(raw); {
		r, n := utf8.DecodeRune(raw[at:])
		if r == utf8.RuneError && n < 2 {
			return nil, lineOf(at), "want UTF-8, this is another encoding (Windows-1251?): save it as CSV UTF-8"
		}
		at += n
	}
	return raw, 0, ""
}

// separator is what the first row has more of outside quotes.
func separator(raw []byte) rune {
	counts, quoted := map[byte]int{}, false
	for _, c := range raw {
		if c == '"' {
			quoted = !quoted
		}
		if !quoted && (c == '\n' || c == '\r') {
			break
		}
		if !quoted {
			counts[c]++
		}
	}
	if counts[';'] > counts[','] {
		return ';'
	}
	return ','
}

// readGrid reads a file's content. With a fault there are no rows that serve.
func readGrid(raw []byte, sh *sheet) (grid, []Fault) {
	var g grid
	one := func(line int, column, want string) []Fault {
		return []Fault{{List: sh.list, Index: -1, File: sh.file(), Line: line, Column: column, Want: want}}
	}
	raw, line, want := text(raw)
	if want != "" {
		return g, one(line, "", want)
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma, r.FieldsPerRecord = separator(raw), -1
	before := int64(0)
	next := func() ([]string, []Fault, bool) {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, nil, false
		}
		if p, ok := errors.AsType[*csv.ParseError](err); ok {
			why := "want quotes as RFC 4180 has them: around the whole field, those inside doubled"
			if r.InputOffset()-before > MaxRow {
				why += "; the row has no end"
			}
			return nil, one(p.StartLine, "", why), false
		}
		if err != nil {
			return nil, one(line, "", "cannot be read"), false
		}
		size := r.InputOffset() - before
		before += size
		line, _ = r.FieldPos(0)
		if size > MaxRow {
			return nil, one(line, "", fmt.Sprintf("want a row of at most %d bytes", MaxRow)), false
		}
		return fields, nil, true
	}
	header, faults, ok := next()
	if faults != nil {
		return g, faults
	}
	if !ok {
		return g, one(0, "", "want a row with the columns: "+strings.Join(sh.names(), ", "))
	}
	if faults = sh.checkHeader(header, line); len(faults) > 0 {
		return g, faults
	}
	for i := range header {
		header[i] = columnName(header[i])
	}
	g.columns = header
	for {
		fields, bad, ok := next()
		if bad != nil {
			return grid{}, append(faults, bad...)
		}
		if !ok {
			return g, faults
		}
		if !slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(f) != "" }) {
			continue
		}
		if most := cmp.Or(sh.most, MaxRows); len(g.rows) == most {
			return grid{}, append(faults, one(line, "", fmt.Sprintf("want at most %d rows", most))...)
		}
		if len(fields) != len(header) {
			if len(faults) < maxKept {
				faults = append(faults, one(line, "", fmt.Sprintf("want %d fields, this row has %d", len(header), len(fields)))...)
			}
			continue
		}
		g.rows, g.lines = append(g.rows, fields), append(g.lines, line)
	}
}

func columnName(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// checkHeader names columns that are missing, unknown or there twice. An unknown
// name is not told: a file without a header has a person's data there.
func (sh *sheet) checkHeader(header []string, line int) []Fault {
	var out []Fault
	bad := func(column, want string) {
		out = append(out, Fault{List: sh.list, Index: -1, File: sh.file(), Line: line, Column: column, Want: want})
	}
	seen := map[string]bool{}
	for i, h := range header {
		name := columnName(h)
		switch {
		case !slices.Contains(sh.names(), name):
			bad(fmt.Sprintf("no. %d", i+1), "an unknown column: want "+strings.Join(sh.names(), ", "))
		case seen[name]:
			bad(name, "want each column once")
		}
		seen[name] = true
		if len(out) >= maxKept {
			return out
		}
	}
	for _, c := range sh.columns {
		if c.needed && !seen[c.name] {
			bad(c.name, "this column is missing")
		}
	}
	return out
}

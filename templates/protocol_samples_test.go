package templates

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/fault"
)

// protocolLines are a protocol's figures by the names of the control relations.
type protocolLines map[string]int

// broken names the relations between a protocol's lines that do not hold.
// votes is the sum of what was given to the candidates, parties or answers.
func (l protocolLines) broken(votes int) []string {
	var out []string
	want := func(code string, ok bool) {
		if !ok {
			out = append(out, code)
		}
	}
	want("K1", l["l3"] == l["l1"]+l["l2"])
	want("K2", l["l4"] == l["l5"]+l["l6"]+l["l7"])
	want("K3", l["l5"] == l["l5a"]+l["l5b"]+l["l5c"])
	want("K4", l["l8"] == l["l9"]+l["l10"])
	want("K5", l["l9"] == votes)
	want("K6", l["l8"] <= l["l5"])
	want("K8", l["l5"] <= l["l3"])
	if early, ok := l["l8b"]; ok {
		want("K10", early == l["l5b"])
	}
	return out
}

func TestControlRelations(t *testing.T) {
	t.Parallel()
	right := func() protocolLines {
		return protocolLines{
			"l1": 100, "l2": 2, "l3": 102, "l4": 110, "l5": 80, "l5a": 70, "l5b": 6, "l5c": 4, "l6": 29, "l7": 1,
			"l8": 79, "l8b": 6, "l8c": 4, "l9": 77, "l10": 2,
		}
	}
	if broken := right().broken(77); broken != nil {
		t.Fatal(broken)
	}
	for line, want := range map[string]string{
		"l1": "[K1]", "l4": "[K2]", "l5a": "[K3]", "l10": "[K4]", "l9": "[K4 K5]", "l8": "[K4]", "l8b": "[K10]",
	} {
		l := right()
		l[line]++
		if got := fmt.Sprint(l.broken(77)); got != want {
			t.Errorf("one more in %s: %s, want %s", line, got, want)
		}
	}
	if got := fmt.Sprint(right().broken(78)); got != "[K5]" {
		t.Errorf("one vote too many: %s", got)
	}
}

// The samples of protocols and summaries show figures that could be true.
func TestSampleFiguresAgree(t *testing.T) {
	t.Parallel()
	s := mustLoad(t)
	type figures struct {
		Lines   protocolLines
		Votes   []int
		Choices []any // objects with votes; in a summary the heads of its columns
	}
	check := func(where string, f figures) {
		sum := 0
		for _, v := range f.Votes {
			sum += v
		}
		for _, c := range f.Choices {
			if one, ok := c.(map[string]any); ok {
				sum += int(one["votes"].(float64))
			}
		}
		if broken := f.Lines.broken(sum); broken != nil {
			t.Errorf("%s: %s", where, strings.Join(broken, ", "))
		}
	}
	for _, name := range []string{"protocol-precinct", "protocol-upper", "summary"} {
		tpl, ok := s.Get(name)
		if !ok {
			t.Fatalf("no document %s", name)
		}
		for _, sample := range tpl.Samples() {
			raw, _ := tpl.SampleNamed(sample)
			var d struct {
				figures
				Precincts struct{ Total, Received, Annulled int }
				Rows      []figures
				Totals    figures
			}
			if err := json.Unmarshal(raw, &d); err != nil {
				t.Fatal(err)
			}
			where := name + "/" + sample
			if name != "summary" {
				check(where, d.figures)
				if p := d.Precincts; p.Received != p.Total-p.Annulled {
					t.Errorf("%s: U2: %+v", where, p)
				}
				continue
			}
			sums, votes := protocolLines{}, make([]int, len(d.Totals.Votes))
			for i, row := range d.Rows {
				check(fmt.Sprintf("%s: row %d", where, i+1), row)
				for l, n := range row.Lines {
					sums[l] += n
				}
				if len(row.Votes) != len(votes) {
					t.Fatalf("%s: row %d has %d columns of votes, want %d", where, i+1, len(row.Votes), len(votes))
				}
				for c, v := range row.Votes {
					votes[c] += v
				}
			}
			check(where+": totals", d.Totals)
			if fmt.Sprint(sums) != fmt.Sprint(d.Totals.Lines) || fmt.Sprint(votes) != fmt.Sprint(d.Totals.Votes) {
				t.Errorf("%s: U1: the rows sum up to %v %v, the totals are %v %v", where, sums, votes, d.Totals.Lines, d.Totals.Votes)
			}
		}
	}
}

// A row that lacks a column of votes, or has one too many, is not printed:
// its figures would stand under other names.
func TestSummaryRefusesOtherColumns(t *testing.T) {
	t.Parallel()
	tpl, _ := mustLoad(t).Get("summary")
	for _, c := range []struct {
		name   string
		change func(d map[string]any)
	}{
		{"a row with a vote fewer", func(d map[string]any) {
			row := d["rows"].([]any)[1].(map[string]any)
			row["votes"] = row["votes"].([]any)[1:]
		}},
		{"a row with a vote more", func(d map[string]any) {
			row := d["rows"].([]any)[1].(map[string]any)
			row["votes"] = append(row["votes"].([]any), 0)
		}},
		{"totals with a vote fewer", func(d map[string]any) {
			totals := d["totals"].(map[string]any)
			totals["votes"] = totals["votes"].([]any)[1:]
		}},
		{"a column more", func(d map[string]any) { d["choices"] = append(d["choices"].([]any), "Hech kimga") }},
	} {
		var d map[string]any
		if err := json.Unmarshal(tpl.Sample(), &d); err != nil {
			t.Fatal(err)
		}
		c.change(d)
		raw, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tpl.Body("", raw); fault.KindOf(err) != fault.Rejected {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

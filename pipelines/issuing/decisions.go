package issuing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// decisions are the copies of what a commission decided.
var decisions = map[string]builder{"decision": decisionCopy}

// control is the last point of every decision.
const control = "Ushbu qarorning ijrosini nazorat qilish komissiya kotibi zimmasiga yuklansin."

func decisionCopy(f facts, _ dossier.Document) (map[string]any, error) {
	d := f.kind.Decision
	m := map[string]any{
		"commission": f.commission.Title, "number": f.dec.Number, "date": f.dec.Date.String(), "title": d.Title, "preamble": d.Preamble,
		"points": f.points(), "chair": f.chair(), "signed": f.signed(),
	}
	if rows := f.rows(); len(rows) > 0 {
		annex := map[string]any{"title": d.Annex, "rows": rows}
		if d.Annex == "" {
			annex["title"] = d.Title
		}
		if d.Group != "" {
			annex["group"] = d.Group
		}
		m["annex"] = annex
	}
	return m, nil
}

// points are one for the whole, one an outcome, what does not refuse first, then
// that documents are given, then who sees to it.
func (f facts) points() []string {
	var out []string
	orders := map[catalogue.Outcome][]string{}
	byID := f.outcomes()
	for i, s := range f.app.Subjects {
		o := byID[s.ID]
		orders[o.Outcome] = append(orders[o.Outcome], strconv.Itoa(i+1))
	}
	if w := f.dec.Whole.Outcome; w != "" && len(orders[w]) == 0 {
		orders[w] = nil
	}
	gives := f.kind.Decision.Gives
	for _, o := range f.inOrder(orders) {
		if f.kind.Outcomes[o].Refuses && len(out) > 0 && gives != "" {
			out, gives = append(out, gives), ""
		}
		out = append(out, strings.ReplaceAll(f.kind.Decision.Points[o], "{order}", strings.Join(orders[o], ", ")+"-tartib raqamida"))
		if f.kind.Outcomes[o].Refuses {
			gives = ""
		}
	}
	out = append(out, gives, control)
	return slices.DeleteFunc(out, func(p string) bool { return p == "" })
}

// inOrder lists outcomes: what does not refuse, then what does, by name.
func (f facts) inOrder(orders map[catalogue.Outcome][]string) []catalogue.Outcome {
	var out []catalogue.Outcome
	for o := range orders {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b catalogue.Outcome) int {
		if x, y := f.kind.Outcomes[a].Refuses, f.kind.Outcomes[b].Refuses; x != y {
			if y {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a), string(b))
	})
	return out
}

func (f facts) outcomes() map[string]dossier.Outcome {
	out := make(map[string]dossier.Outcome, len(f.dec.Outcomes))
	for _, o := range f.dec.Outcomes {
		out[o.Subject] = o
	}
	return out
}

// rows are the annex: who it was about and what came of it.
func (f facts) rows() []any {
	var rows []any
	byID := f.outcomes()
	for i, s := range f.app.Subjects {
		o := byID[s.ID]
		row := map[string]any{"order": i + 1, "person": f.name(s), "from": f.from(s), "outcome": "registered"}
		if f.kind.Outcomes[o.Outcome].Refuses {
			row["outcome"], row["reason"] = "refused", f.reason(o.Reason)
		}
		if title := f.kind.Outcomes[o.Outcome].Title["uz-Latn"]; title != "" && o.Outcome != catalogue.Register && o.Outcome != catalogue.Refuse {
			row["result"] = title
		}
		rows = append(rows, row)
	}
	return rows
}

// from says where a person comes from: a foreigner from an organisation or a state,
// who acts for themselves from their party or candidate, the others from who applied.
func (f facts) from(s dossier.Subject) string {
	if s.Foreigner != nil {
		uz, _, _ := country(s.Foreigner.State)
		return cmp.Or(s.Foreigner.Organisation, f.form.Organisation, uz, f.applicant.Title)
	}
	if f.kind.Subjects.Applicant {
		return cmp.Or(f.candidate, f.applicant.Org.Title, f.applicant.Title)
	}
	return f.applicant.Title
}

// signed is the mark of the signature.
func (f facts) signed() map[string]any {
	at, serial := f.dec.At, "-"
	if f.dec.Signer != nil {
		at, serial = f.dec.Signer.SignedAt, f.dec.Signer.Serial
	}
	return map[string]any{
		"by":     strings.TrimSpace(f.signer.Surname+" "+f.signer.Given+" "+f.signer.Patronymic) + ", " + postTitle(f.signer.Post),
		"serial": serial, "at": at.In(civil.Tashkent).Format(time.RFC3339),
	}
}

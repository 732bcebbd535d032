package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

func (m *maker) subject(order int, s dossier.Subject) Subject {
	found := m.Proofs.Findings[s.ID]
	out := Subject{
		Order: order, Ref: plain(s.Ref), Name: m.name(s, found), Role: m.role(s.Role), Details: m.details(s),
		Known: m.known(found), Changes: m.changes(s, found), Papers: m.papers(s), Statements: []Detail{},
		Assessment: Assessment{Verdict: Unassessed, Word: m.say("verdict", Unassessed), Answers: []Answer{}},
	}
	if a, ok := m.Proofs.Assessments[s.ID]; ok && a.Revision > 0 {
		out.Assessment = m.assessment(a, &s)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Statements)) {
		answer := "no"
		if s.Statements[name] {
			answer = "yes"
		}
		out.Statements = append(out.Statements, Detail{plain(m.say("statement", name)), m.say("value", answer)})
	}
	return out
}

// name is the register's; a foreigner's is the passport's, and who was not
// identified has the ref only.
func (m *maker) name(s dossier.Subject, found map[register.ID]dossier.Finding) string {
	name := ""
	if p, ok := facts[register.PersonalData](found, register.Personal); ok {
		name = p.Surname + " " + p.GivenName + " " + p.Patronymic
	} else if s.Foreigner != nil {
		name = s.Foreigner.Surname + " " + s.Foreigner.GivenName
	}
	return cmp.Or(plain(name), plain(s.Ref))
}

func (m *maker) role(id string) string {
	return plain(m.Catalogue.RoleTitle(id, Languages()[m.speaker]))
}

// details are what the application says of the person and the record holds.
func (m *maker) details(s dossier.Subject) []Detail {
	out := []Detail{}
	add := func(kind, value string) {
		if value = plain(value); value != "" {
			out = append(out, Detail{m.say("detail", kind), value})
		}
	}
	titled := func(id string) string { return cmp.Or(m.Titles[id], id) }
	if s.Part == dossier.Leaving {
		add("leaving", m.say("value", "yes"))
	}
	add("pinfl", s.PINFL.String())
	add("passport", s.Document.String())
	add("phone", s.Phone.String())
	add("constituency", titled(s.Constituency))
	add("territory", titled(s.Territory))
	add("precinct", titled(s.Precinct))
	add("body", titled(s.Body))
	add("post", cmp.Or(words()["post"][s.Post][m.speaker], s.Post))
	add("party", titled(s.Party))
	if s.Position > 0 {
		add("position", strconv.Itoa(s.Position))
	}
	add("document", s.IssuedDocument)
	if f := s.Foreigner; f != nil {
		add("passport", dossier.PassportOf(*f).String())
		add("state", f.State)
		add("organisation", f.Organisation)
		add("post", f.Post)
		add("stay", short(f.Arrives)+" – "+short(f.Leaves))
	}
	return out
}

// order is how registers are shown.
var order = []register.ID{
	register.Personal, register.Address, register.Employment, register.WorksAt, register.Education, register.School, register.Lyceum,
	register.Criminal, register.Capacity, register.Disability,
}

// inName are the columns that are the person's name already.
var inName = map[string]bool{"surname": true, "given_name": true, "patronymic": true}

func (m *maker) known(found map[register.ID]dossier.Finding) []Known {
	out := []Known{}
	for _, id := range registers(found) {
		f := found[id]
		k := Known{m.registerTitle(id), m.answered(f), []Detail{}}
		if f.Status != register.Found {
			k.Columns = append(k.Columns, Detail{m.say("label", "answer"), m.say("proof", string(f.Status))})
		}
		for _, c := range f.Columns {
			if !inName[c.Name] && c.Value != "" {
				k.Columns = append(k.Columns, Detail{plain(m.say("column", c.Name)), m.value(c.Value)})
			}
		}
		if id == register.Criminal {
			record, _ := facts[register.CriminalRecord](found, id)
			for _, c := range record.Convictions {
				k.Columns = append(k.Columns, Detail{m.say("label", "conviction"), m.conviction(c)})
			}
		}
		out = append(out, k)
	}
	return out
}

// registers are those that answered, the known ones in their order, others after.
func registers(found map[register.ID]dossier.Finding) []register.ID {
	ids := slices.Sorted(maps.Keys(found))
	place := func(id register.ID) int {
		if i := slices.Index(order, id); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(ids, func(a, b register.ID) int { return cmp.Compare(place(a), place(b)) })
	return ids
}

// value words the values that are codes, and dates as people write them.
func (m *maker) value(v string) string {
	if d, err := civil.Parse(v); err == nil {
		return short(d)
	}
	return plain(m.say("value", v))
}

func (m *maker) conviction(c register.Conviction) string {
	gravity := cmp.Or(string(c.Gravity), "unknown_gravity")
	parts := []string{c.Article, m.say("value", gravity), c.Court, short(c.Sentenced), c.Sentence}
	if c.InCustody {
		parts = append(parts, m.say("value", "in_custody"))
	}
	if c.Expunged.IsZero() {
		parts = append(parts, m.say("value", "not_expunged"))
	} else {
		parts = append(parts, m.fill("value", "expunged", "at", short(c.Expunged)))
	}
	return plain(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; "))
}

func (m *maker) registerTitle(id register.ID) string { return m.say("register", string(id)) }

// source words where a finding is from.
func (m *maker) source(f dossier.Finding) string {
	return m.say("proof", "register") + ": " + m.registerTitle(f.Register) + ", " + m.answered(f)
}

// answered words when a register answered, and whether it was asked for this
// application.
func (m *maker) answered(f dossier.Finding) string {
	out := m.fill("proof", "answered", "at", minute(f.At), "transaction", plain(f.Transaction))
	switch {
	case f.Source == "":
	case strings.HasPrefix(f.Source, "receipt:"):
		out += " (" + m.say("proof", "receipt") + ")"
	default:
		out += " (" + m.say("proof", "again") + ")"
	}
	return out
}

func (m *maker) changes(s dossier.Subject, found map[register.ID]dossier.Finding) []Change {
	known := map[string]string{}
	for _, f := range found {
		for _, c := range f.Columns {
			known[c.Name] = c.Value
		}
	}
	out := []Change{}
	for _, a := range m.Proofs.Amendments[s.ID] {
		out = append(out, Change{m.say("column", a.Name), m.value(known[a.Name]), m.value(a.Value), plain(a.Reason), m.actor(a.Actor), stamp(a.At)})
	}
	return out
}

func (m *maker) papers(s dossier.Subject) []Paper {
	out := []Paper{}
	confirmed := map[string]string{}
	for _, c := range m.Proofs.Confirmations[s.ID] {
		confirmed[c.Kind+" "+c.Attachment] = m.actor("official:"+c.Official) + ", " + minute(c.At)
	}
	for _, p := range s.Papers {
		key := p.Proves + " " + p.Attachment
		out = append(out, Paper{plain(m.say("proves", p.Proves)), plain(p.Attachment), confirmed[key]})
		delete(confirmed, key)
	}
	for _, c := range m.Proofs.Confirmations[s.ID] { // on papers that are not the subject's own
		if by, left := confirmed[c.Kind+" "+c.Attachment]; left {
			out = append(out, Paper{plain(m.say("proves", c.Kind)), plain(c.Attachment), by})
		}
	}
	return out
}

func (m *maker) assessment(a eligibility.Assessment, s *dossier.Subject) Assessment {
	out := Assessment{Revision: a.Revision, Verdict: string(a.Verdict), Answers: []Answer{}}
	for _, x := range a.Answers {
		out.Answers = append(out.Answers, Answer{
			Rule: x.Rule, Article: m.article(x.Article), Result: string(x.Result), Word: m.say("result", string(x.Result)), Reason: m.why(x), Proofs: m.proofs(x, s),
		})
	}
	word := out.Verdict
	if word == string(eligibility.Eligible) && out.warned() {
		word = "warned"
	}
	out.Word = m.say("verdict", word)
	return out
}

// why words a reason; a register has the name here that it has among the proofs.
func (m *maker) why(a eligibility.Answer) string {
	a.Params = maps.Clone(a.Params)
	if id, ok := a.Params["register"]; ok {
		a.Params["register"] = m.registerTitle(register.ID(id))
	}
	return plain(eligibility.Text(a, Languages()[m.speaker]))
}

package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/signature"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Proofs are what is known of an application's subjects, by subject.
type Proofs struct {
	Findings      map[string]map[register.ID]dossier.Finding // the newest of each register
	Confirmations map[string][]dossier.Confirmation
	Amendments    map[string][]dossier.Amendment
	Assessments   map[string]eligibility.Assessment // the latest
}

// Input is everything there is about an application.
type Input struct {
	Language    string // uz-Latn, ru or en; else uz-Latn
	Made        time.Time
	Catalogue   *catalogue.Catalogue
	Application dossier.Application
	Type        catalogue.Type
	Election    dossier.Election
	Commission  dossier.Commission
	Applicant   dossier.Applicant
	Officials   []dossier.Official
	Titles      map[string]string // of constituencies, precincts, parties and commissions, by id
	Proofs      Proofs
	Whole       eligibility.Assessment // Revision 0: none
	Decisions   []dossier.Decision
	Timeline    []dossier.Entry
}

// maker makes one report.
type maker struct {
	Input
	speaker
	officials map[string]string
	names     map[string]string // of subjects, by id
	orders    map[string]int
}

// Unassessed is the verdict over a subject without an assessment.
const Unassessed = "unassessed"

// Make words a dossier.
func Make(in Input) Report {
	m := &maker{Input: in, speaker: speakerOf(in.Language), officials: map[string]string{}, names: map[string]string{}, orders: map[string]int{}}
	for _, o := range in.Officials {
		name := strings.Join(strings.Fields(o.Surname+" "+o.Given+" "+o.Patronymic), " ")
		m.officials[o.ID] = plain(name + ", " + m.say("post", o.Post))
	}
	a := in.Application
	r := Report{
		Language: Languages()[m.speaker], Made: stamp(in.Made), Commission: plain(cmp.Or(in.Commission.Title, a.Commission)), Number: a.Number,
		Application: m.application(), Applicant: m.applicant(), Deadlines: m.deadlines(),
		Attention: []Line{}, Subjects: []Subject{}, Files: []File{}, Decisions: []Decision{}, Timeline: []Entry{},
	}
	for i, s := range a.Subjects {
		one := m.subject(i+1, s)
		m.names[s.ID], m.orders[s.ID] = one.Name, one.Order
		r.Counts.add(one.Assessment)
		r.Subjects = append(r.Subjects, one)
	}
	slices.SortStableFunc(r.Subjects, func(a, b Subject) int { return cmp.Compare(rank(a.Assessment), rank(b.Assessment)) })
	for _, s := range r.Subjects {
		if rank(s.Assessment) < rankEligible {
			r.Attention = append(r.Attention, lineOf(s))
		}
	}
	if in.Whole.Revision > 0 {
		whole := m.assessment(in.Whole, nil)
		r.Whole = &whole
	}
	for _, f := range a.Attachments {
		r.Files = append(r.Files, File{plain(f.Name), plain(f.MediaType), f.SHA256})
	}
	for _, d := range in.Decisions {
		r.Decisions = append(r.Decisions, m.decision(d))
	}
	for _, e := range in.Timeline {
		r.Timeline = append(r.Timeline, Entry{stamp(e.At), m.actor(e.Actor), plain(m.say("act", e.Act)), m.detail(e.Detail)})
	}
	return r
}

// The order in which a secretary has to look at people.
const rankEligible = 4

func rank(a Assessment) int {
	switch a.Verdict {
	case string(eligibility.NotEligible):
		return 0
	case string(eligibility.IsUndetermined):
		return 1
	case Unassessed:
		return 2
	}
	if a.warned() {
		return 3
	}
	return rankEligible
}

func (a Assessment) warned() bool {
	return slices.ContainsFunc(a.Answers, func(x Answer) bool { return x.Result == string(eligibility.Warn) })
}

func (c *Counts) add(a Assessment) {
	c.Subjects++
	switch a.Verdict {
	case string(eligibility.Eligible):
		c.Eligible++
		if a.warned() {
			c.Warned++
		}
	case string(eligibility.NotEligible):
		c.NotEligible++
	case string(eligibility.IsUndetermined):
		c.Undetermined++
	default:
		c.Unassessed++
	}
}

// lineOf is a subject with the answers that stand in the way.
func lineOf(s Subject) Line {
	l := Line{Order: s.Order, Name: s.Name, Verdict: s.Assessment.Verdict, Word: s.Assessment.Word, Reasons: []string{}}
	for _, a := range s.Assessment.Answers {
		switch eligibility.Result(a.Result) {
		case eligibility.Fail, eligibility.Undetermined, eligibility.Warn:
			l.Reasons = append(l.Reasons, a.Rule+": "+a.Reason)
		case eligibility.Pass, eligibility.NotApplicable:
		}
	}
	return l
}

func (m *maker) application() Application {
	a := m.Input.Application
	out := Application{
		ID: a.ID, Kind: m.say("kind", m.Type.Kind), Title: cmp.Or(m.title(m.Type.Title), a.Type), Election: plain(cmp.Or(m.title(m.Election.Title), a.Election)),
		Day: m.Election.Day.String(), Submitted: stamp(a.SubmittedAt), State: string(a.State), StateWord: m.say("state", string(a.State)),
		Reason: plain(a.Reason), Version: a.Version, Previous: a.Previous, Signed: m.signer(a.Signer),
	}
	if out.Signed == "" && a.Code != "" {
		out.Signed = m.say("label", "by_sms")
	}
	return out
}

func (m *maker) signer(s *signature.Signer) string {
	if s == nil || s.Name == "" { // by a code, which names nobody
		return ""
	}
	out := plain(s.Name)
	if s.Serial != "" {
		out += ", " + m.say("label", "certificate") + " " + plain(s.Serial)
	}
	if !s.SignedAt.IsZero() {
		out += ", " + minute(s.SignedAt)
	}
	return out
}

func (m *maker) applicant() Applicant {
	a := m.Input.Applicant
	out := Applicant{Kind: m.say("applicant", a.Kind), Title: plain(cmp.Or(a.Title, m.Input.Application.Applicant)), TIN: a.TIN, Phone: a.Phone.String()}
	if a.ID != "" && a.ID != a.Org.ID {
		out.Organisation = plain(a.Org.Title)
	}
	return out
}

// deadlines are the days by the calendar and how they stand to today.
func (m *maker) deadlines() []Deadline {
	a, today := m.Input.Application, civil.Of(m.Made)
	out := []Deadline{}
	add := func(kind string, day civil.Date, note string) {
		if day.IsZero() {
			return
		}
		over := day.Compare(today) < 0
		if note == "" {
			note = m.distance(today, day)
		}
		out = append(out, Deadline{Title: m.say("deadline", kind), Day: day.String(), Note: note, Over: over})
	}
	for _, side := range [][2]string{{"window_from", m.Type.Window.From}, {"window_until", m.Type.Window.Until}} {
		day, ok := m.Catalogue.Day(side[1], m.Election.Day, m.Election.Calendar)
		if !ok {
			continue
		}
		note := ""
		if side[0] == "window_until" && !a.SubmittedAt.IsZero() {
			note = m.say("deadline", map[bool]string{true: "late", false: "in_time"}[civil.Of(a.SubmittedAt).Compare(day) > 0])
		}
		add(side[0], day, note)
	}
	add("decide", a.DecideBy, m.decided())
	if !a.ReturnDue.IsZero() && a.State == dossier.Returned {
		add("correct", civil.Of(a.ReturnDue), "")
	}
	add("election", m.Election.Day, "")
	return out
}

// decided says that the legal term needs nobody's hurry any more.
func (m *maker) decided() string {
	if a := m.Input.Application; a.State.Final() || a.State == dossier.Executing {
		return m.say("state", string(a.State))
	}
	return ""
}

func (m *maker) distance(from, to civil.Date) string {
	n := int(to.Start().Sub(from.Start()).Hours() / 24)
	switch {
	case n == 0:
		return m.say("deadline", "today")
	case n < 0:
		return m.fill("deadline", "days_over", "n", strconv.Itoa(-n))
	}
	return m.fill("deadline", "days_left", "n", strconv.Itoa(n))
}

func (m *maker) decision(d dossier.Decision) Decision {
	out := Decision{
		Number: plain(d.Number), Day: d.Date.String(), State: string(d.State), StateWord: m.say("decision", string(d.State)), Reason: plain(d.Reason),
		Drafted: cmp.Or(m.officials[d.DraftedBy], d.DraftedBy), Signed: m.signer(d.Signer), Outcomes: []Line{},
	}
	for _, o := range d.Outcomes {
		out.Outcomes = append(out.Outcomes, m.outcome(o, m.orders[o.Subject], m.names[o.Subject]))
	}
	if d.Whole.Outcome != "" {
		out.Outcomes = append(out.Outcomes, m.outcome(d.Whole, 0, m.say("label", "application")))
	}
	return out
}

func (m *maker) outcome(o dossier.Outcome, order int, name string) Line {
	word := m.title(m.Type.Outcomes[o.Outcome].Title)
	l := Line{Order: order, Name: name, Verdict: string(o.Outcome), Word: cmp.Or(word, m.say("outcome", string(o.Outcome))), Reasons: []string{}}
	if o.Reason != "" {
		l.Reasons = append(l.Reasons, o.Reason+": "+m.reason(o.Reason))
	}
	return l
}

// reason words a public reason of refusal.
func (m *maker) reason(code string) string {
	r, ok := m.Catalogue.Reason(code)
	if !ok {
		return code
	}
	return [3]string{r.UzL, r.Ru, r.En}[m.speaker]
}

// actor words who did something: official:ID, key:ID, applicant, hub, eds.
func (m *maker) actor(actor string) string {
	kind, id, _ := strings.Cut(actor, ":")
	switch kind {
	case "official":
		return cmp.Or(m.officials[id], plain(id))
	case "key":
		return m.say("actor", "key") + " " + plain(id)
	}
	return plain(m.say("actor", actor))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Tashkent).Format(time.RFC3339)
}

// facts reads the facts of a subject's newest finding; false where there are none.
func facts[T any](found map[register.ID]dossier.Finding, id register.ID) (T, bool) {
	var v T
	f, ok := found[id]
	if !ok || f.Status != register.Found || json.Unmarshal(f.Facts, &v) != nil {
		return v, false
	}
	return v, true
}

package notice

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// story is one happening that notices tell of: whatever a text may name of it is
// found by param, and only what a text does name is looked up.
type story struct {
	n         *Notices
	app       dossier.Application // of a mailing: empty but for election and language
	kind      catalogue.Type
	subject   *dossier.Subject
	decision  dossier.Decision
	outcomes  []catalogue.Outcome // what was decided
	day       string              // of the calendar, that the notice is about
	due       civil.Date          // zero: the application's own
	given     map[string]string   // what the happening itself adds; goes first
	comm      *dossier.Commission
	applicant *dossier.Applicant
	election  *dossier.Election
}

// standard are the parameters that every act has.
var standard = []string{
	"appno", "comm", "type", "what", "due", "person", "election", "party", "organisation", "outlet", "council", "okrug", "max", "from", "to",
	"pos", "post", "territory", "cand", "role", "no",
}

// Names under which Params lists what brings notices beside the acts.
const (
	OnOutcome  = "outcome"  // of a subject, or of the whole
	OnDocument = "issued"   // a subject's document, named by an outcome
	OnDecision = "decision" // the application's, executed
	OnDay      = "day"      // of the calendar, and by hand: a mailing
)

// acts are what happens to an application of any type, with what the caller of
// Act adds to the standard parameters.
var acts = map[string][]string{
	"submitted":     nil,
	"review":        nil,
	"returned":      {"reason"},
	"withdrawn":     nil,
	"check_pending": {"source"},
	"check_failed":  {"rule"},
	"draft":         {"n"},
	"decided":       {"decno", "date", "reason", "result"},
	"document":      {"doc"},
	"reissued":      {"newno"},
	"fix_soon":      nil,
	"due_soon":      nil,
}

// Params returns, by act and by the other names above, the parameters that texts
// of notices may name.
func Params() map[string][]string {
	out := map[string][]string{
		OnOutcome:  {"decno", "date", "reason", "result", "ok", "bad"},
		OnDocument: {"decno", "date", "doc"},
		OnDecision: {"decno", "date", "reason", "result", "ok", "bad"},
	}
	maps.Copy(out, acts)
	for on, own := range out {
		out[on] = slices.Concat(standard, own)
	}
	out[OnDay] = []string{
		"date", "due", "from", "to", "election", "person", "party", "organisation", "outlet", "council", "okrug", "max", "pos", "post", "territory", "role", "comm", "doc", "no",
	}
	return out
}

// text words a notice in a language; ids of its parameters are never left in it.
func (s *story) text(ctx context.Context, kind catalogue.Notice, lang string) (string, error) {
	params := map[string]string{}
	for _, name := range catalogue.ParamsOf(kind.Text[lang]) {
		value, known, err := s.param(ctx, name, lang)
		if err != nil {
			return "", err
		}
		if known {
			params[name] = s.n.Catalogue.Fit(name, value)
		}
	}
	text, err := fill(kind.Text[lang], params)
	if err != nil {
		return "", fmt.Errorf("notice %s: %w", kind.ID, err)
	}
	return text, nil
}

// param finds one parameter; false: nothing here has it.
func (s *story) param(ctx context.Context, name, lang string) (string, bool, error) {
	if v, ok := s.given[name]; ok {
		switch name {
		case "reason":
			return s.n.reason(v, lang), true, nil
		case "source":
			return cmp.Or(sources[register.ID(v)][lang], v), true, nil
		case "doc":
			return s.n.titleOf(v, lang), true, nil
		}
		return v, true, nil
	}
	switch name {
	case "appno":
		return s.app.Number, true, nil
	case "type", "what":
		return in(s.kind.Title, lang), true, nil
	case "due":
		return s.dueBy(), true, nil
	case "n":
		return "1", true, nil
	case "decno":
		d, err := s.decided(ctx)
		return d.Number, true, err
	case "result":
		return s.result(lang), true, nil
	case "comm":
		c, err := s.commission(ctx)
		return c.Short, true, err
	case "election":
		e, err := s.vote(ctx)
		return cmp.Or(in(e.Title, lang), e.Line), true, err
	case "date", "from", "to":
		v, err := s.days(ctx, name)
		return v, true, err
	case "party", "organisation", "outlet":
		v, err := s.organisation(ctx)
		return v, true, err
	case "cand":
		a, err := s.who(ctx)
		return a.Title, true, err
	case "ok", "bad":
		return s.sheets(name)
	case "doc":
		d, ok, err := s.paper(ctx)
		if err == nil && !ok {
			err = errNoPaper
		}
		return s.n.titleOf(d.Template, lang), true, err
	case "no":
		v, err := s.number(ctx)
		return v, true, err
	}
	return s.ofSubject(ctx, name, lang)
}

// ofSubject finds what belongs to the person.
func (s *story) ofSubject(ctx context.Context, name, lang string) (string, bool, error) {
	p := s.subject
	if p == nil {
		p = &dossier.Subject{}
	}
	switch name {
	case "person":
		if s.subject == nil {
			a, err := s.who(ctx)
			return a.Title, true, err
		}
		v, err := s.n.person(ctx, *s.subject)
		return v, true, err
	case "pos":
		return fmt.Sprint(p.Position), true, nil
	case "post":
		return cmp.Or(posts[p.Post][lang], p.Post), true, nil
	case "role":
		return cmp.Or(s.n.Catalogue.RoleTitle(p.Role, lang), p.Role), true, nil
	case "territory":
		v, err := s.n.Store.PlaceName(ctx, p.Territory, lang)
		return v, true, err
	case "council", "okrug":
		v, err := s.seat(ctx, p.Constituency, name, lang)
		return v, true, err
	case "max":
		e, err := s.vote(ctx)
		return fmt.Sprint(s.n.proxies(cmp.Or(s.app.Ballot, e.Kind))), true, err
	}
	return "", false, nil
}

// proxies is how many proxies a candidate may have; the chamber's two ways of
// voting share a number.
func (n *Notices) proxies(kind string) int {
	if most, ok := n.Proxies[kind]; ok {
		return most
	}
	return n.Proxies[strings.SplitN(kind, "-", 2)[0]]
}

// seat names where a candidate stands: a constituency's council or name; the
// election where there is no constituency.
func (s *story) seat(ctx context.Context, id, name, lang string) (string, error) {
	if id == "" {
		e, err := s.vote(ctx)
		return cmp.Or(in(e.Title, lang), e.Line), err
	}
	c, ok, err := s.n.Store.Constituency(ctx, id)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("constituency %s is no longer in the directory", id)
	}
	if name == "okrug" {
		return c.Name, nil
	}
	return cmp.Or(c.CouncilSMS, c.Council, c.Name), nil
}

// dueBy is the day, or the moment, until which something is to be done.
func (s *story) dueBy() string {
	switch {
	case !s.due.IsZero():
		return short(s.due)
	case s.app.State == dossier.Returned && !s.app.ReturnDue.IsZero():
		return moment(s.app.ReturnDue)
	case !s.app.DecideBy.IsZero():
		return short(s.app.DecideBy)
	}
	return "-"
}

// days finds a day: the decision's, the calendar's, or the ends of a period of it,
// which is campaigning unless the notice's own day says another.
func (s *story) days(ctx context.Context, name string) (string, error) {
	if name == "date" && s.decision.ID != "" {
		d, err := s.decided(ctx)
		return short(d.Date), err
	}
	e, err := s.vote(ctx)
	if err != nil {
		return "", err
	}
	id := s.day
	if name != "date" {
		period, ok := strings.CutSuffix(s.day, "-first-day")
		if !ok {
			period = "campaigning"
		}
		id = period + map[string]string{"from": "-first-day", "to": "-last-day"}[name]
	}
	d, ok := s.n.Catalogue.Day(id, e.Day, e.Calendar)
	if !ok {
		return "", fmt.Errorf("the calendar has no day %q", id)
	}
	return short(d), nil
}

// organisation is who put the person forward or applies; a long title gives way to
// a party's code.
func (s *story) organisation(ctx context.Context) (string, error) {
	a, err := s.who(ctx)
	if err != nil {
		return "", err
	}
	o := a.Org
	if o.Code != "" && len([]rune(o.Title)) > longTitle {
		return o.Code, nil
	}
	return cmp.Or(o.Title, a.Title), nil
}

// longTitle is how many characters of a title an SMS has room for.
const longTitle = 40

// result words what was decided; of several outcomes, how many of each.
func (s *story) result(lang string) string {
	count := map[catalogue.Outcome]int{}
	var order []catalogue.Outcome
	for _, o := range s.outcomes {
		if count[o]++; count[o] == 1 {
			order = append(order, o)
		}
	}
	words := make([]string, 0, len(order))
	for _, o := range order {
		word := cmp.Or(in(s.kind.Outcomes[o].Title, lang), string(o))
		if len(order) > 1 {
			word = fmt.Sprintf("%s: %d", word, count[o])
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// decided is the decision, read when only its id is known.
func (s *story) decided(ctx context.Context) (dossier.Decision, error) {
	if s.decision.ID != "" && s.decision.Number == "" {
		d, err := s.n.Store.Decision(ctx, s.decision.ID)
		if err != nil {
			return d, err
		}
		s.decision = d
	}
	return s.decision, nil
}

// sheets counts the signatures that the application names.
func (s *story) sheets(name string) (string, bool, error) {
	f, err := dossier.ReadForm(s.app.Document)
	if err != nil || f.Signatures == nil {
		return "0", true, err
	}
	if name == "ok" {
		return fmt.Sprint(f.Signatures.Valid), true, nil
	}
	return fmt.Sprint(f.Signatures.Faulty), true, nil
}

// in takes a text in a language; Uzbek stands in for one that is missing.
func in(texts map[string]string, lang string) string { return cmp.Or(texts[lang], texts["uz-Latn"]) }

func moment(t time.Time) string { return t.In(civil.Tashkent).Format("02.01.2006 15:04") }

func short(d civil.Date) string { return fmt.Sprintf("%02d.%02d.%04d", d.Day, d.Month, d.Year) }

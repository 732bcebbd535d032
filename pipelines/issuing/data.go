package issuing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// facts is everything a document's data is taken from.
type facts struct {
	app          dossier.Application
	kind         catalogue.Type
	dec          dossier.Decision
	election     dossier.Election
	commission   dossier.Commission
	organisation dossier.Organisation
	constituency dossier.Constituency
	subject      dossier.Subject
	signer       dossier.Official // who signed the decision
	people       map[string]register.PersonalData
	reasons      map[string]string // of refusals, in Uzbek
}

// builders make a template's data, by template name. A new document brings one.
var builders = map[string]func(f facts, d dossier.Document) map[string]any{
	"observer-party": observer,
	"candidate":      candidate,
	"decision":       decisionCopy,
}

// HasBuilder reports whether a template's data can be made.
func HasBuilder(template string) bool { return builders[template] != nil }

// data gives a document the JSON its template is filled with.
func (is *Issuing) data(f facts, d *dossier.Document) error {
	build, ok := builders[d.Template]
	if !ok {
		return fmt.Errorf("no data for template %q", d.Template)
	}
	return is.encode(d, build(f, *d), true)
}

func observer(f facts, d dossier.Document) map[string]any {
	return map[string]any{
		"commission": f.commission.Title, "year": strconv.Itoa(f.election.Day.Year), "number": Number(d.Number),
		"person": name(f.people[f.subject.ID]), "party": f.organisation.Title, "election": f.election.Line,
		"territory": f.subject.Territory, "valid_until": f.election.Calendar["results-last-day"].String(),
		"issued": civil.Of(d.ReservedAt).String(),
	}
}

func candidate(f facts, d dossier.Document) map[string]any {
	return map[string]any{
		"commission": f.commission.Title, "year": strconv.Itoa(f.election.Day.Year), "number": Number(d.Number),
		"council":      f.constituency.Council,
		"constituency": map[string]any{"number": f.constituency.Number, "name": f.constituency.Name},
		"person":       name(f.people[f.subject.ID]), "party": f.organisation.Title, "registered": f.dec.Date.String(),
		"decision": map[string]any{"number": f.dec.Number, "date": f.dec.Date.String()},
		"chair":    official(f.signer, postTitle(f.signer.Post)),
	}
}

func decisionCopy(f facts, _ dossier.Document) map[string]any {
	d := f.kind.Decision
	var rows []any
	var refused []string
	registered := 0
	for i, s := range f.app.Subjects {
		k := slices.IndexFunc(f.dec.Outcomes, func(o dossier.Outcome) bool { return o.Subject == s.ID })
		row := map[string]any{"order": i + 1, "person": name(f.people[s.ID]), "from": f.organisation.Title, "outcome": "registered"}
		if o := f.dec.Outcomes[k]; o.Outcome == catalogue.Refuse {
			row["outcome"], row["reason"] = "refused", f.reason(o.Reason)
			refused = append(refused, strconv.Itoa(i+1))
		} else {
			registered++
		}
		rows = append(rows, row)
	}
	var points []string
	if registered > 0 {
		points = append(points, d.Points[catalogue.Register], d.Gives)
	}
	if len(refused) > 0 {
		points = append(points, strings.ReplaceAll(d.Points[catalogue.Refuse], "{order}", strings.Join(refused, ", ")+"-tartib raqamida"))
	}
	points = append(points, "Ushbu qarorning ijrosini nazorat qilish komissiya kotibi zimmasiga yuklansin.")
	signer := f.signer
	at := f.dec.At
	serial := ""
	if f.dec.Signer != nil {
		at, serial = f.dec.Signer.SignedAt, f.dec.Signer.Serial
	}
	return map[string]any{
		"commission": f.commission.Title, "number": f.dec.Number, "date": f.dec.Date.String(),
		"title": d.Title, "preamble": d.Preamble, "points": points, "chair": official(signer, postTitle(signer.Post)),
		"signed": map[string]any{
			"by":     strings.TrimSpace(signer.Surname+" "+signer.Given+" "+signer.Patronymic) + ", " + postTitle(signer.Post),
			"serial": serial, "at": at.In(civil.Tashkent).Format(time.RFC3339),
		},
		"annex": map[string]any{"title": d.Annex, "group": d.Group, "rows": rows},
	}
}

// reason words a refusal for the copy: grounds of conviction, capacity and post
// stay a bare code.
func (f facts) reason(code string) string {
	if slices.Contains([]string{"R04", "R05", "R06"}, code) {
		return code
	}
	return f.reasons[code]
}

func name(p register.PersonalData) map[string]any {
	m := map[string]any{"surname": p.Surname, "given": p.GivenName}
	if p.Patronymic != "" {
		m["patronymic"] = p.Patronymic
	}
	return m
}

func official(o dossier.Official, post string) map[string]any {
	m := map[string]any{"post": post, "surname": o.Surname, "given": o.Given}
	if o.Patronymic != "" {
		m["patronymic"] = o.Patronymic
	}
	return m
}

func postTitle(post string) string {
	if post == dossier.Deputy {
		return "Rais oʻrinbosari"
	}
	return "Rais"
}

// gather reads what a document's data is taken from.
func (is *Issuing) gather(ctx context.Context, r ref) (facts, error) {
	var f facts
	var err error
	if f.dec, err = is.Store.Decision(ctx, r.Decision); err != nil {
		return f, err
	}
	if f.app, err = is.Store.Application(ctx, f.dec.Application); err != nil {
		return f, err
	}
	t, ok := is.Catalogue.Type(f.app.Type)
	if !ok {
		return f, fmt.Errorf("type %s is no longer in the catalogue", f.app.Type)
	}
	f.kind = t
	if err := is.gatherRecords(ctx, &f); err != nil {
		return f, err
	}
	f.people = map[string]register.PersonalData{}
	for _, s := range f.app.Subjects {
		if r.Subject != "" && s.ID != r.Subject {
			continue
		}
		p, err := is.person(ctx, s)
		if err != nil {
			return f, err
		}
		f.people[s.ID] = p
		if s.ID != r.Subject {
			continue
		}
		f.subject = s
		if s.Constituency == "" {
			continue
		}
		if f.constituency, ok, err = is.Store.Constituency(ctx, s.Constituency); err != nil {
			return f, err
		} else if !ok {
			return f, fmt.Errorf("constituency %s is no longer in the directory", s.Constituency)
		}
	}
	return f, nil
}

func (is *Issuing) gatherRecords(ctx context.Context, f *facts) error {
	var ok bool
	var err error
	if f.election, ok, err = is.Store.Election(ctx, f.app.Election); err != nil || !ok {
		return missing(err, "election", f.app.Election)
	}
	if f.commission, ok, err = is.Store.Commission(ctx, f.app.Commission); err != nil || !ok {
		return missing(err, "commission", f.app.Commission)
	}
	if f.organisation, ok, err = is.Store.Organisation(ctx, f.app.Applicant); err != nil || !ok {
		return missing(err, "organisation", f.app.Applicant)
	}
	officials, err := is.Store.Officials(ctx, f.app.Commission)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(officials, func(o dossier.Official) bool { return f.dec.Signer != nil && o.PINFL == f.dec.Signer.PINFL })
	if i < 0 {
		return fmt.Errorf("the signer of decision %s is no longer in the directory", f.dec.ID)
	}
	f.signer = officials[i]
	f.reasons = map[string]string{}
	for _, o := range f.dec.Outcomes {
		if r, ok := is.Catalogue.Reason(o.Reason); ok {
			f.reasons[o.Reason] = r.UzL
		}
	}
	return nil
}

// person is the name as the register returned it; nobody's name is guessed.
func (is *Issuing) person(ctx context.Context, s dossier.Subject) (register.PersonalData, error) {
	found, err := is.Store.NewestFindings(ctx, s.ID)
	if err != nil {
		return register.PersonalData{}, err
	}
	p := register.PersonalData{Surname: s.Ref, GivenName: "(shaxsi aniqlanmagan)"}
	if f := found[register.Personal]; f.Status == register.Found {
		p = register.PersonalData{}
		if err := json.Unmarshal(f.Facts, &p); err != nil {
			return p, fmt.Errorf("reading the personal data of a subject: %w", err)
		}
	}
	return p, nil
}

func missing(err error, what, id string) error {
	if err != nil {
		return err
	}
	return fmt.Errorf("%s %s is no longer in the directory", what, id)
}

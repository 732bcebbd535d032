package issuing

import (
	"fmt"
	"maps"
	"strconv"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// facts is everything a document's data is taken from.
type facts struct {
	app          dossier.Application
	kind         catalogue.Type
	form         dossier.Form
	ballot       string
	dec          dossier.Decision
	election     dossier.Election
	commission   dossier.Commission
	higher       dossier.Commission // to which the commission's decisions are appealed; zero: a court
	applicant    dossier.Applicant
	partyCode    string // of the applicant or of the party it is a branch of
	candidate    string // name of whose proxy the applicant is
	signer       dossier.Official
	receiver     dossier.Official     // the commission's secretary
	subject      dossier.Subject      // zero: the document is about the whole
	outcome      dossier.Outcome      // of the subject, or of the whole
	role         dossier.Role         // that the subject took; zero: none
	constituency dossier.Constituency // of the subject's role, or of the candidate who applies
	territory    string               // title of the subject's
	body         string               // title of the commission of a member
	people       map[string]register.PersonalData
	photo        *register.Photo
	appealUntil  civil.Date
	day          func(id string) civil.Date // of the election's calendar; zero: it has none
	reason       func(code string) string   // of a refusal, in Uzbek, as it may leave the commission
}

// builder makes a template's data, but for what encode adds.
type builder func(f facts, d dossier.Document) (map[string]any, error)

// builders make the data of each template, by its name. A document is added to its
// family, in the file of that name.
var builders = merged(badges, certificates, decisions, letters)

func merged(families ...map[string]builder) map[string]builder {
	out := map[string]builder{}
	for _, f := range families {
		maps.Copy(out, f)
	}
	return out
}

// HasBuilder reports whether a template's data can be made.
func HasBuilder(template string) bool { return builders[template] != nil }

// data gives a document the JSON its template is filled with.
func (is *Issuing) data(f facts, d *dossier.Document) error {
	build, ok := builders[d.Template]
	if !ok {
		return fmt.Errorf("no data for template %q", d.Template)
	}
	m, err := build(f, *d)
	if err != nil {
		return err
	}
	return is.encode(d, m, true)
}

// head is what nearly every document begins with.
func (f facts) head(d dossier.Document) map[string]any {
	return map[string]any{"commission": f.commission.Title, "year": strconv.Itoa(f.election.Day.Year), "number": Number(d.Number)}
}

// bearer is the head of a document that is about one person, with the photo where
// the register gave one.
func (f facts) bearer(d dossier.Document) map[string]any {
	m := f.head(d)
	m["person"] = f.name(f.subject)
	return m
}

// named is who a decision is about as it is printed: a foreigner as the passport
// has the name, anybody else as the register has it. Nobody's name is guessed.
func (f facts) name(s dossier.Subject) map[string]any {
	if s.Foreigner != nil {
		return map[string]any{"surname": s.Foreigner.Surname, "given": s.Foreigner.GivenName}
	}
	p, known := f.people[s.ID]
	if !known {
		return map[string]any{"surname": s.Ref, "given": "(shaxsi aniqlanmagan)"}
	}
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

func (f facts) chair() map[string]any { return official(f.signer, postTitle(f.signer.Post)) }

// posts are how posts in a commission are printed.
var posts = map[string]string{
	dossier.Chair: "Rais", dossier.Deputy: "Rais oʻrinbosari", dossier.Secretary: "Kotib", "member": "Aʼzo", "": "Aʼzo",
}

func postTitle(post string) string {
	if t, ok := posts[post]; ok {
		return t
	}
	return post
}

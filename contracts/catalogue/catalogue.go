// Package catalogue holds what is agreed about applications as data: their
// types, forms, notices and reasons of refusal. A type, form or notice is one
// file or entry here and nothing elsewhere; Load refuses a catalogue in which
// something named is missing. Facts: Regulation 1352 and the Election Code, as
// each entry says.
package catalogue

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/contracts/schema"
)

//go:embed types/*.yaml forms/*.schema.json notices.yaml reasons.yaml
var files embed.FS

// Outcome is what a commission decides about one subject.
type Outcome string

// The outcomes.
const (
	Register Outcome = "register"
	Refuse   Outcome = "refuse"
)

// Type is one kind of application.
type Type struct {
	ID       string              `yaml:"id"`
	Number   int                 `yaml:"number"`
	Kind     string              `yaml:"kind"` // ariza, taqdimnoma or tavsiyanoma
	Title    map[string]string   `yaml:"title"`
	Route    Route               `yaml:"route"`
	Form     string              `yaml:"form"`
	Subjects Subjects            `yaml:"subjects"`
	Checks   []register.ID       `yaml:"checks"`
	Rules    []string            `yaml:"rules"`
	Purpose  string              `yaml:"purpose"` // told to the registers
	Signing  string              `yaml:"signing"` // EDS
	Deadline string              `yaml:"deadline"`
	Priority int                 `yaml:"priority"`
	OnSubmit []string            `yaml:"on_submit"` // notices
	Decision Decided             `yaml:"on_decision"`
	Articles []int               `yaml:"articles"` // of the Election Code, cited in decisions
	Outcomes map[Outcome]Follows `yaml:"outcomes"`
	Status   string              `yaml:"status"` // observed, assumed or old
}

// Route says who may address which level of commission (Regulation 1352, §6).
type Route struct {
	From []string `yaml:"from"` // roles of organisations
	To   []string `yaml:"to"`   // levels of commissions
}

// Subjects says how many persons an application names, and as what.
type Subjects struct {
	Role string `yaml:"role"`
	Min  int    `yaml:"min"`
	Max  int    `yaml:"max"`
}

// Follows is what an outcome brings: a document (a template's name, or none)
// and notices.
type Follows struct {
	Document string   `yaml:"document"`
	Notices  []string `yaml:"notices"`
}

// Decided is what an executed decision brings, and how its copy is worded (in
// Uzbek, the language of decisions).
type Decided struct {
	Document  string   `yaml:"document"` // template of the copy; none: no copy
	Notices   []string `yaml:"notices"`  // to the applicant
	Title     string   `yaml:"title"`
	Preamble  string   `yaml:"preamble"`
	Annex     string   `yaml:"annex"`
	Group     string   `yaml:"group"`     // heading of the column that says where a person comes from
	Registers string   `yaml:"registers"` // the point for those registered
	Refuses   string   `yaml:"refuses"`   // the point for those refused; {order} lists them
	Gives     string   `yaml:"gives"`     // the point about their documents
}

// Notice is one kind of SMS.
type Notice struct {
	ID       string            `yaml:"id"`
	Number   int               `yaml:"number"`
	To       string            `yaml:"to"`       // subject or applicant
	Priority string            `yaml:"priority"` // low, normal, high, realtime; empty: normal
	Anytime  bool              `yaml:"anytime"`  // quiet hours do not hold for it
	Secret   bool              `yaml:"secret"`   // the text holds a code: kept no longer than it serves
	Text     map[string]string `yaml:"text"`
}

// Reason is one public reason of a refusal.
type Reason struct {
	Code string `yaml:"code"`
	UzL  string `yaml:"uz-Latn"`
	Ru   string `yaml:"ru"`
	En   string `yaml:"en"`
}

// Catalogue is the loaded whole; read only.
type Catalogue struct {
	types   map[string]Type
	forms   map[string]*schema.Schema
	notices map[string]Notice
	reasons map[string]Reason
}

// Load reads and checks the embedded catalogue; every fault is named.
func Load() (*Catalogue, error) {
	c := &Catalogue{types: map[string]Type{}, forms: map[string]*schema.Schema{}, notices: map[string]Notice{}, reasons: map[string]Reason{}}
	var notices []Notice
	var reasons []Reason
	err := errors.Join(c.loadForms(), c.loadTypes(), load("notices.yaml", &notices), load("reasons.yaml", &reasons))
	if err != nil {
		return nil, err
	}
	for _, n := range notices {
		c.notices[n.ID] = n
	}
	for _, r := range reasons {
		c.reasons[r.Code] = r
	}
	return c, c.check()
}

func load(name string, into any) error {
	raw, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("catalogue: %s: %w", name, err)
	}
	return nil
}

func (c *Catalogue) loadTypes() error {
	names, err := fs.Glob(files, "types/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		var t Type
		if err := load(name, &t); err != nil {
			return err
		}
		if want := strings.TrimSuffix(path.Base(name), ".yaml"); t.ID != want {
			return fmt.Errorf("catalogue: %s: id %q, want the file's name", name, t.ID)
		}
		c.types[t.ID] = t
	}
	return nil
}

func (c *Catalogue) loadForms() error {
	names, err := fs.Glob(files, "forms/*.schema.json")
	if err != nil {
		return err
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		s, err := schema.Compile(name, raw)
		if err != nil {
			return fmt.Errorf("catalogue: %w", err)
		}
		c.forms[strings.TrimSuffix(path.Base(name), ".schema.json")] = s
	}
	return nil
}

// check finds what is named and missing. Rules, registers and templates are
// known elsewhere; the wiring checks those.
func (c *Catalogue) check() error {
	var faults []error
	bad := func(t, format string, args ...any) {
		faults = append(faults, fmt.Errorf("catalogue: %s: "+format, append([]any{t}, args...)...))
	}
	for _, t := range c.types {
		if c.forms[t.Form] == nil {
			bad(t.ID, "no form %q", t.Form)
		}
		if len(t.Route.From) == 0 || len(t.Route.To) == 0 || len(t.Rules) == 0 || t.Purpose == "" || t.Deadline == "" || t.Signing != "EDS" {
			bad(t.ID, "route, rules, purpose, deadline and signing are needed")
		}
		if t.Subjects.Min < 1 || t.Subjects.Max < t.Subjects.Min || t.Subjects.Role == "" {
			bad(t.ID, "subjects: want a role and 1 <= min <= max")
		}
		for _, lang := range []string{"uz-Latn", "uz-Cyrl", "ru", "en"} {
			if t.Title[lang] == "" {
				bad(t.ID, "no title in %s", lang)
			}
		}
		for _, n := range t.allNotices() {
			if _, ok := c.notices[n]; !ok {
				bad(t.ID, "no notice %q", n)
			}
		}
	}
	for _, n := range c.notices {
		if n.To != "subject" && n.To != "applicant" {
			bad(n.ID, "to: want subject or applicant")
		}
		if !slices.Contains([]string{"", "low", "normal", "high", "realtime"}, n.Priority) {
			bad(n.ID, "priority: want low, normal, high or realtime")
		}
		for _, lang := range []string{"uz-Latn", "ru", "en"} {
			if n.Text[lang] == "" {
				bad(n.ID, "no text in %s", lang)
			}
		}
	}
	return errors.Join(faults...)
}

func (t Type) allNotices() []string {
	all := slices.Concat(t.OnSubmit, t.Decision.Notices)
	for _, f := range t.Outcomes {
		all = append(all, f.Notices...)
	}
	return all
}

// Type returns an application type.
func (c *Catalogue) Type(id string) (Type, bool) { t, ok := c.types[id]; return t, ok }

// Types returns all ids, sorted.
func (c *Catalogue) Types() []string { return slices.Sorted(maps.Keys(c.types)) }

// Form returns the form of a type.
func (c *Catalogue) Form(t Type) *schema.Schema { return c.forms[t.Form] }

// Notice returns a kind of notice.
func (c *Catalogue) Notice(id string) (Notice, bool) { n, ok := c.notices[id]; return n, ok }

// Reason returns a reason of refusal.
func (c *Catalogue) Reason(code string) (Reason, bool) { r, ok := c.reasons[code]; return r, ok }

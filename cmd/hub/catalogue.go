package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/templates"
)

type catalogueCmd struct {
	List  catalogueListCmd  `cmd:"" help:"List application types."`
	Show  catalogueShowCmd  `cmd:"" help:"Show one application type, or the schema of its form."`
	Check catalogueCheckCmd `cmd:"" help:"What the catalogue names and there is not: rules, registers, documents, notices, forms, routes; texts too long for an SMS."`
}

type catalogueListCmd struct {
	From   string `help:"Only what this kind of applicant hands in." placeholder:"KIND"`
	To     string `help:"Only what this level of commission takes." placeholder:"LEVEL"`
	Ballot string `help:"Only what belongs to this kind of vote." placeholder:"VOTE"`
}

// listedType is an application type as it is listed.
type listedType struct {
	ID      string            `json:"id"`
	Number  int               `json:"number"`
	Title   map[string]string `json:"title"`
	From    []string          `json:"from"`
	To      []string          `json:"to"`
	Ballots []string          `json:"ballots"`
	Form    string            `json:"form"`
	Signing catalogue.Signing `json:"signing"`
	Checks  []register.ID     `json:"checks"`
	Rules   []string          `json:"rules"`
	Whole   []string          `json:"whole"`
	Status  catalogue.Status  `json:"status"`
}

func (l catalogueListCmd) Run(r *run) error {
	c, err := catalogue.Load()
	if err != nil {
		return err
	}
	list := []listedType{}
	rows := [][]string{{"№", "ID", "FROM", "TO", "VOTE", "SIGNED", "CHECKS", "RULES", "STATUS", "TITLE"}}
	for _, t := range c.ByNumber() {
		if !l.wants(t) {
			continue
		}
		t = t.Filled()
		list = append(list, listedType{t.ID, t.Number, t.Title, t.Route.From, t.Route.To, t.Ballots, t.Form, t.Signing, t.Checks, t.Rules, t.Whole, t.Status})
		rows = append(rows, []string{
			strconv.Itoa(t.Number), t.ID, strings.Join(t.Route.From, " "), strings.Join(t.Route.To, " "), cmp.Or(strings.Join(t.Ballots, " "), "every"),
			string(t.Signing), strconv.Itoa(len(t.Checks)), strconv.Itoa(len(t.Rules) + len(t.Whole)), string(t.Status), t.Title["en"],
		})
	}
	return r.print(list, func(w io.Writer) { table(w, rows) })
}

func (l catalogueListCmd) wants(t catalogue.Type) bool {
	has := func(list []string, one string) bool { return one == "" || slices.Contains(list, one) }
	return has(t.Route.From, l.From) && has(t.Route.To, l.To) && (len(t.Ballots) == 0 || has(t.Ballots, l.Ballot))
}

type catalogueShowCmd struct {
	Type string `arg:"" help:"Id of the type."`
	Form bool   `help:"Print the JSON Schema of what is signed, in one piece."`
}

// shownType is an application type in full.
type shownType struct {
	catalogue.Type
	Schema json.RawMessage `json:"schema"`
}

func (s catalogueShowCmd) Run(r *run) error {
	c, err := catalogue.Load()
	if err != nil {
		return err
	}
	t, ok := c.Type(s.Type)
	if !ok {
		return fmt.Errorf("no application type %q: hub catalogue list shows them", s.Type)
	}
	if s.Form {
		var indented any
		if err := json.Unmarshal(c.FormSource(t), &indented); err != nil {
			return err
		}
		out, err := json.MarshalIndent(indented, "", "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(r.stdout, string(out))
		return err
	}
	t = t.Filled()
	return r.print(shownType{t, c.FormSource(t)}, func(w io.Writer) { describe(w, t) })
}

// describe prints a type for people.
func describe(w io.Writer, t catalogue.Type) {
	join := func(list []string) string { return cmp.Or(strings.Join(list, " "), "-") }
	var checks []string
	for _, c := range t.Checks {
		checks = append(checks, string(c))
	}
	subjects := "nobody"
	if s := t.Subjects; s.Max > 0 {
		subjects = fmt.Sprintf("%d to %d (%s)", s.Min, s.Max, s.Role)
	}
	rows := [][]string{
		{"number", strconv.Itoa(t.Number)},
		{"kind", t.Kind},
		{"source", t.Source + " (" + string(t.Status) + ")"},
		{"from", join(t.Route.From)},
		{"to", join(t.Route.To)},
		{"vote", cmp.Or(strings.Join(t.Ballots, " "), "every")},
		{"rounds", strings.Trim(fmt.Sprint(t.Rounds), "[]")},
		{"form", t.Form},
		{"signed by", string(t.Signing)},
		{"candidates, proxies", string(cmp.Or(t.HolderSigning, t.Signing))},
		{"subjects", subjects},
		{"registers", join(checks)},
		{"rules", join(t.Rules)},
		{"over the whole", join(t.Whole)},
		{"first day", cmp.Or(t.Window.From, "-")},
		{"last day", cmp.Or(t.Window.Until, "-")},
		{"days to decide", strconv.Itoa(t.Term)},
		{"days to correct", strconv.Itoa(t.Correct)},
		{"decision", cmp.Or(t.Decision.Document, "-")},
	}
	for _, o := range slices.Sorted(maps.Keys(t.Outcomes)) {
		f := t.Outcomes[o]
		rows = append(rows, []string{"may " + string(o), fmt.Sprintf("effect %s, document %s, notices %s", cmp.Or(string(f.Effect), "-"), cmp.Or(f.Document, "-"), join(f.Notices))})
	}
	fmt.Fprintln(w, t.ID)
	for _, lang := range catalogue.TitleLanguages {
		fmt.Fprintf(w, "  %s\n", t.Title[lang])
	}
	table(w, rows)
}

type catalogueCheckCmd struct{}

// checkedCatalogue is what a check found.
type checkedCatalogue struct {
	Types   int      `json:"types"`
	Forms   int      `json:"forms"`
	Notices int      `json:"notices"`
	Reasons int      `json:"reasons"`
	Faults  []string `json:"faults"`
}

// errCatalogue ends the program with 1; the faults are printed already.
var errCatalogue = errors.New("the catalogue has faults")

func (catalogueCheckCmd) Run(r *run) error {
	c, err := catalogue.Load()
	if err != nil {
		return err // it names every fault
	}
	set, err := templates.Load(templates.Options{})
	if err != nil {
		return err
	}
	out := checkedCatalogue{len(c.Types()), len(c.Forms()), len(c.NoticeIDs()), len(c.Reasons()), []string{}}
	if err := app.CheckCatalogue(c, set); err != nil {
		out.Faults = strings.Split(err.Error(), "\n")
	}
	err = r.print(out, func(w io.Writer) {
		for _, f := range out.Faults {
			fmt.Fprintln(w, f)
		}
		fmt.Fprintf(w, "%d types, %d forms, %d notices, %d reasons: %d faults\n", out.Types, out.Forms, out.Notices, out.Reasons, len(out.Faults))
	})
	if err == nil && len(out.Faults) > 0 {
		err = errCatalogue
	}
	return err
}

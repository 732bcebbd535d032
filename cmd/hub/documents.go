package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

type documentsCmd struct {
	Issue     documentsIssueCmd     `cmd:"" help:"Issue a document of data: of no application."`
	List      documentsListCmd      `cmd:"" help:"The register of documents, newest first."`
	Show      documentsShowCmd      `cmd:"" help:"Everything that proves a document, and what was done with it."`
	Get       documentsGetCmd       `cmd:"" help:"Fetch a document's PDF."`
	Revoke    documentsRevokeCmd    `cmd:"" help:"Take an issued document out of force."`
	Duplicate documentsDuplicateCmd `cmd:"" help:"Issue the same once more; the old document is replaced."`
	Correct   documentsCorrectCmd   `cmd:"" help:"Issue it with other data; the old document is replaced."`
	Annul     documentsAnnulCmd     `cmd:"" help:"Give up a document that is reserved and not made yet."`
}

type documentsIssueCmd struct {
	hubFlags
	Template   string `help:"Template; hub templates list shows them." required:""`
	Election   string `help:"Id of the election." required:""`
	Commission string `help:"Id of the commission that issues." required:""`
	Language   string `help:"One of the template's languages; its own when left out."`
	Out        string `help:"Also write the PDF here; - is standard output." type:"path"`
	Batch      bool   `help:"The file holds many: a JSON list, or one object a line."`
	File       string `arg:"" help:"Data (JSON), without number, code, day and commission; - reads standard input."`
}

func (d *documentsIssueCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	raw, err := readData(d.File)
	if err != nil {
		return err
	}
	if d.Batch {
		items, err := many(raw)
		if err != nil {
			return err
		}
		b, err := c.IssueBatch(r.ctx, uuid.NewString(), client.BatchOrder{Template: d.Template, Election: d.Election, Commission: d.Commission, Language: d.Language, Items: items})
		if err != nil {
			return err
		}
		return r.print(b, func(w io.Writer) {
			fmt.Fprintf(w, "%d documents reserved, %s to %s\nhub documents list --batch %s tells how far they have come.\n",
				len(b.Documents), b.Documents[0].Number, b.Documents[len(b.Documents)-1].Number, b.Batch)
		})
	}
	if !json.Valid(raw) {
		return errors.New("the data is not JSON")
	}
	got, err := c.Issue(r.ctx, uuid.NewString(), client.Order{Template: d.Template, Election: d.Election, Commission: d.Commission, Language: d.Language, Data: raw})
	if err != nil {
		return err
	}
	return r.made(c, got, d.Out)
}

// made prints what became of an ordered document and fetches its PDF if it is
// wanted.
func (r *run) made(c *client.Client, got client.Record, out string) error {
	if out != "" && got.State == "issued" {
		if err := r.fetch(c, got.ID, out); err != nil {
			return err
		}
	}
	if out == "-" {
		return nil
	}
	return r.print(got, func(w io.Writer) {
		if got.State != "issued" {
			fmt.Fprintf(w, "%s № %s is reserved (%s); the hub goes on making it: hub documents show %s\n", got.Kind, got.Number, got.ID, got.ID)
			return
		}
		fmt.Fprintf(w, "issued %s № %s (%s), %d pages\n", got.Kind, got.Number, got.ID, got.Pages)
		if out != "" {
			fmt.Fprintln(w, out)
		}
	})
}

func (r *run) fetch(c *client.Client, id, out string) error {
	pdf, err := c.Document(r.ctx, id)
	if err != nil {
		return err
	}
	if out == "-" {
		_, err = r.stdout.Write(pdf)
		return err
	}
	return os.WriteFile(out, pdf, 0o600)
}

// readData reads a file or, for -, standard input.
func readData(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}

// many takes a list of objects, or objects one after the other, apart.
func many(raw []byte) ([]json.RawMessage, error) {
	var items []json.RawMessage
	if bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		if err := json.Unmarshal(raw, &items); err != nil {
			return nil, errors.New("the file is not a JSON list")
		}
	} else {
		for d := json.NewDecoder(bytes.NewReader(raw)); d.More(); {
			var one json.RawMessage
			if err := d.Decode(&one); err != nil {
				return nil, fmt.Errorf("the file is broken after %d objects", len(items))
			}
			items = append(items, one)
		}
	}
	if len(items) == 0 {
		return nil, errors.New("the file holds no data")
	}
	return items, nil
}

type documentsListCmd struct {
	hubFlags
	Commission  string `help:"Only of this commission."`
	Election    string `help:"Only of this election."`
	Kind        string `help:"Only of this series: D4."`
	Template    string `help:"Only of this template."`
	State       string `help:"Only reserved, issued, revoked, replaced or annulled ones."`
	Number      int    `help:"Only of this number."`
	Application string `help:"Only of this application."`
	Batch       string `help:"Only of this batch."`
	Limit       int    `help:"At most so many." default:"50"`
}

func (d *documentsListCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	list, cursor := []client.Record{}, ""
	for {
		page, next, err := c.Register(r.ctx, client.DocumentFilter{
			Commission: d.Commission, Election: d.Election, Kind: d.Kind, Template: d.Template, State: d.State, Number: d.Number,
			Application: d.Application, Batch: d.Batch,
		}, cursor, max(1, min(500, d.Limit-len(list))))
		if err != nil {
			return err
		}
		list = append(list, page...)
		if cursor = next; cursor == "" || len(list) >= d.Limit {
			break
		}
	}
	return r.print(list, func(w io.Writer) {
		rows := [][]string{{"NUMBER", "KIND", "TEMPLATE", "COMMISSION", "ELECTION", "STATE", "ISSUED", "ID"}}
		for _, x := range list {
			rows = append(rows, []string{x.Number, x.Kind, x.Template, x.Commission, x.Election, x.State, clockTime(x.IssuedAt), x.ID})
		}
		table(w, rows)
		if cursor != "" {
			fmt.Fprintln(w, "\nthere are more: --limit N, or narrow it down")
		}
	})
}

func clockTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(civil.Tashkent).Format(time.DateTime)
}

type documentsShowCmd struct {
	hubFlags
	ID string `arg:"" help:"Document."`
}

func (d *documentsShowCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	p, err := c.Passport(r.ctx, d.ID)
	if err != nil {
		return err
	}
	return r.print(p, func(w io.Writer) { passport(w, p) })
}

// standing says in a line what a document is worth.
func standing(p client.Passport) string {
	switch p.State {
	case "issued":
		if p.ValidUntil != "" && civil.Of(time.Now()).String() > p.ValidUntil {
			return "issued; it was valid until " + p.ValidUntil
		}
		if p.ReplacedBy != "" {
			return "it holds, until " + p.ReplacedBy + ", which takes its place, is issued"
		}
		return "it holds"
	case "reserved":
		return "its number is reserved; it is still being made"
	case "revoked":
		return "REVOKED " + clockTime(p.EndedAt)
	case "replaced":
		return "REPLACED " + clockTime(p.EndedAt) + " by " + p.ReplacedBy
	case "annulled":
		return "ANNULLED " + clockTime(p.EndedAt) + ": it was never issued"
	}
	return p.State
}

func passport(w io.Writer, p client.Passport) {
	fmt.Fprintf(w, "%s № %s  %s\n%s\n\n", p.Kind, p.Number, p.Template, standing(p))
	var rows [][]string
	line := func(name, value string) {
		if value != "" {
			rows = append(rows, []string{name, value})
		}
	}
	line("Document", p.ID)
	line("Commission", p.Commission)
	line("Election", p.Election)
	line("Language", p.Language)
	line("Application", p.Application)
	line("Batch", p.Batch)
	if p.Replaces != "" {
		line("Takes the place of", p.Replaces+" ("+p.Relation+")")
	}
	line("Reserved", clockTime(p.ReservedAt))
	line("Issued", clockTime(p.IssuedAt))
	line("Valid until", p.ValidUntil)
	if p.Pages > 0 {
		line("Pages", fmt.Sprint(p.Pages))
	}
	line("Seal", p.Seal)
	line("Code", p.Code)
	line("SHA-256 of the file", p.SHA256)
	line("  before the seal", p.Content)
	line("  of the data", p.DataHash)
	line("  of the template", p.TemplateHash)
	line("Browser", p.Browser)
	line("Fonts", strings.Join(p.Fonts, ", "))
	table(w, rows)
	fmt.Fprintln(w, "\nHistory")
	rows = nil
	for _, a := range p.History {
		rows = append(rows, []string{"  " + clockTime(a.At), a.Actor, a.Act, a.Reason, a.Detail})
	}
	table(w, rows)
}

type documentsGetCmd struct {
	hubFlags
	ID  string `arg:"" help:"Document."`
	Out string `help:"Where the PDF goes; - is standard output. Left out: ID.pdf." type:"path"`
}

func (d *documentsGetCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	out := d.Out
	if out == "" {
		out = d.ID + ".pdf"
	}
	if err := r.fetch(c, d.ID, out); err != nil || out == "-" {
		return err
	}
	return r.print(map[string]string{"file": out}, func(w io.Writer) { fmt.Fprintln(w, out) })
}

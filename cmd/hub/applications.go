package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/demo"
)

type applyCmd struct {
	hubFlags
	mockFlags `prefix:"mock-"`
	File      string `arg:"" help:"The application (JSON); attachments lie beside it." type:"existingfile"`
	Signature string `help:"PKCS#7 signature over the file (DER)." type:"existingfile" xor:"signature" required:""`
	As        string `help:"Or: have the mock EDS sign as the person of this story; stories in the file are filled in." xor:"signature" required:""`
}

func (a *applyCmd) Run(r *run) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	doc, err := os.ReadFile(a.File)
	if err != nil {
		return err
	}
	var signature []byte
	if a.As != "" {
		filler := &demo.Filler{Mocks: a.mocks(), Day: demo.ElectionDay(time.Now())}
		if doc, err = filler.Fill(r.ctx, doc); err != nil {
			return err
		}
		signature, err = a.mocks().Sign(r.ctx, a.As, doc, false)
	} else {
		signature, err = os.ReadFile(a.Signature)
	}
	if err != nil {
		return err
	}
	files, err := demo.Attachments(doc, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(a.File), filepath.Base(name)))
	})
	if err != nil {
		return err
	}
	got, err := c.Apply(r.ctx, uuid.NewString(), doc, signature, files...)
	if err != nil {
		return err
	}
	return r.print(got, func(w io.Writer) { fmt.Fprintf(w, "taken as %s (%s)\n", got.Number, got.ID) })
}

type showCmd struct {
	hubFlags
	ID string `arg:"" optional:"" help:"Application; without it, the newest are listed."`
}

func (s *showCmd) Run(r *run) error {
	c, err := s.client()
	if err != nil {
		return err
	}
	if s.ID == "" {
		list, _, err := c.Applications(r.ctx, "", 50)
		if err != nil {
			return err
		}
		return r.print(list, func(w io.Writer) { heads(w, list) })
	}
	d, err := c.Dossier(r.ctx, s.ID)
	if err != nil {
		return err
	}
	return r.print(d, func(w io.Writer) { showDossier(w, d) })
}

func showDossier(w io.Writer, d client.Dossier) {
	fmt.Fprintf(w, "%s  %s  %s %s\n\n", d.Number, d.Type, d.State, d.Reason)
	_ = demo.Table(w, []client.Dossier{d})
	byHand(w, d)
	for _, s := range d.Subjects {
		if s.Assessment == nil {
			continue
		}
		fmt.Fprintf(w, "\nSubject %s, revision %d: %s\n", s.Ref, s.Assessment.Revision, s.Assessment.Verdict)
		var rows [][]string
		for _, rule := range s.Assessment.Rules {
			rows = append(rows, []string{"  " + rule.Rule, rule.Result, rule.Text, rule.Article})
		}
		table(w, rows)
	}
	if len(d.Notices) > 0 {
		fmt.Fprintln(w, "\nSMS")
		rows := [][]string{{"  NOTICE", "TO", "STATE", "PROVIDER", "DELIVERY", "ID"}}
		for _, n := range d.Notices {
			rows = append(rows, []string{"  " + n.Notice, n.Recipient + " " + n.Subject, n.State, n.Provider, n.Delivery, n.ID})
		}
		table(w, rows)
	}
	fmt.Fprintln(w, "\nTimeline")
	var rows [][]string
	for _, e := range d.Timeline {
		rows = append(rows, []string{"  " + e.At.In(civil.Tashkent).Format(time.DateTime), e.Actor, e.Act, e.Detail})
	}
	table(w, rows)
}

// byHand prints the columns that people changed.
func byHand(w io.Writer, d client.Dossier) {
	rows := [][]string{{"  SUBJECT", "COLUMN", "BY HAND", "WHY", "WHO"}}
	for _, s := range d.Subjects {
		for _, m := range s.Amendments {
			rows = append(rows, []string{"  " + s.Ref, m.Name, m.Value, m.Reason, m.Actor})
		}
	}
	if len(rows) > 1 {
		fmt.Fprintln(w, "\nChanged by hand")
		table(w, rows)
	}
}

type confirmCmd struct {
	hubFlags
	ID         string `arg:"" help:"Application."`
	Subject    string `help:"Its subject's ref." required:""`
	Attachment string `help:"The paper." required:""`
	Official   string `help:"Who confirms: id of an official of the commission." required:""`
	Proves     string `help:"What it proves." default:"residence"`
}

func (c *confirmCmd) Run(r *run) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	if err := cl.Confirm(r.ctx, c.ID, c.Subject, c.Proves, c.Attachment, c.Official); err != nil {
		return err
	}
	return r.print(map[string]string{"confirmed": c.Attachment}, func(w io.Writer) { fmt.Fprintln(w, "confirmed; the assessment gets its next revision") })
}

type decideCmd struct {
	hubFlags
	mockFlags `prefix:"mock-"`
	ID        string            `arg:"" help:"Application."`
	Number    string            `help:"Number of the decision." required:""`
	DraftedBy string            `help:"Id of the deputy chair or secretary who drafted it." required:""`
	Register  []string          `help:"Refs of subjects to register."`
	Refuse    map[string]string `help:"Refs of subjects to refuse, with the reason: 4=R01."`
	As        string            `help:"Have the mock EDS sign as the person of this story (the chair)." required:""`
}

func (d *decideCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	got, err := c.Dossier(r.ctx, d.ID)
	if err != nil {
		return err
	}
	var outcomes []any
	for _, s := range got.Subjects {
		o := map[string]any{"ref": s.Ref, "outcome": "register"}
		if s.Assessment != nil {
			o["revision"] = s.Assessment.Revision
		}
		if reason, ok := d.Refuse[s.Ref]; ok {
			o["outcome"], o["reason"] = "refuse", reason
		} else if !slices.Contains(d.Register, s.Ref) {
			return fmt.Errorf("subject %s is neither registered nor refused", s.Ref)
		}
		outcomes = append(outcomes, o)
	}
	doc, err := json.Marshal(map[string]any{"application": d.ID, "number": d.Number, "date": civil.Of(time.Now()).String(), "drafted_by": d.DraftedBy, "subjects": outcomes})
	if err != nil {
		return err
	}
	signature, err := d.mocks().Sign(r.ctx, d.As, doc, false)
	if err != nil {
		return err
	}
	a, err := c.Decide(r.ctx, d.ID, uuid.NewString(), doc, signature)
	if err != nil {
		return err
	}
	return r.print(a, func(w io.Writer) { fmt.Fprintf(w, "decision %s taken (%s)\n", a.Number, a.ID) })
}

type autofillCmd struct {
	hubFlags
	File string `help:"Request (JSON): type, official, pinfl or passport and birth_date; - reads standard input." short:"f" required:""`
}

func (a *autofillCmd) Run(r *run) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	in := io.Reader(os.Stdin)
	if a.File != "-" {
		f, err := os.Open(a.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	got, err := c.Autofill(r.ctx, raw)
	if err != nil {
		return err
	}
	return r.print(got, func(w io.Writer) {
		rows := [][]string{{"COLUMN", "VALUE", "REGISTER"}}
		for _, col := range got.Columns {
			rows = append(rows, []string{col.Name, col.Value, col.Register})
		}
		table(w, rows)
		fmt.Fprintln(w)
		rows = [][]string{{"REGISTER", "STATUS", "MS"}}
		for _, reg := range got.Registers {
			rows = append(rows, []string{reg.Register, reg.Status, fmt.Sprint(reg.TookMS)})
		}
		table(w, rows)
	})
}

type signCmd struct {
	mockFlags `prefix:"mock-"`
	File      string `arg:"" help:"File to sign." type:"existingfile"`
	As        string `help:"Story of the signer." required:""`
	Out       string `help:"Where the signature goes; default FILE.p7s." type:"path"`
	Detached  bool   `help:"Without the content in the envelope."`
}

func (s *signCmd) Run(r *run) error {
	doc, err := os.ReadFile(s.File)
	if err != nil {
		return err
	}
	p7s, err := s.mocks().Sign(r.ctx, s.As, doc, s.Detached)
	if err != nil {
		return err
	}
	out := s.Out
	if out == "" {
		out = s.File + ".p7s"
	}
	if err := os.WriteFile(out, p7s, 0o644); err != nil { //nolint:gosec // a signature is public
		return err
	}
	return r.print(map[string]string{"signature": out}, func(w io.Writer) { fmt.Fprintln(w, out) })
}

package main

import (
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

// applicationsCmd is what there is to do with applications besides apply, confirm
// and decide.
type applicationsCmd struct {
	Dossier  dossierCmd              `cmd:"" help:"An application's dossier for people: each rule, its answer, why, from which proof."`
	List     applicationsListCmd     `cmd:"" help:"The newest first."`
	Show     showCmd                 `cmd:"" help:"One with all there is about it, its timeline last."`
	Review   applicationsReviewCmd   `cmd:"" help:"Say that the commission has opened it."`
	Return   applicationsReturnCmd   `cmd:"" help:"Have the applicant correct it by a day."`
	Withdraw applicationsWithdrawCmd `cmd:"" help:"Take it back, signed as the application was."`
	Amend    applicationsAmendCmd    `cmd:"" help:"Change a column by hand, beside the register's word."`
}

type applicationsListCmd struct {
	hubFlags
	State     string `help:"Only those in this state."`
	Election  string `help:"Only those of this election."`
	Type      string `help:"Only those of this type."`
	Applicant string `help:"Only those of this applicant."`
	Limit     int    `help:"At most so many." default:"50"`
}

// page is how many applications are asked for at once.
const page = 500

func (l *applicationsListCmd) Run(r *run) error {
	c, err := l.client()
	if err != nil {
		return err
	}
	filter := client.ApplicationFilter{State: l.State, Election: l.Election, Type: l.Type, Applicant: l.Applicant}
	list := []client.Head{}
	for cursor := ""; len(list) < l.Limit; {
		part, next, err := c.ApplicationsWhere(r.ctx, filter, cursor, min(page, l.Limit-len(list)))
		if err != nil {
			return err
		}
		list = append(list, part...)
		if cursor = next; cursor == "" {
			break
		}
	}
	return r.print(list, func(w io.Writer) { heads(w, list) })
}

// heads prints applications, a line each.
func heads(w io.Writer, list []client.Head) {
	rows := [][]string{{"ID", "NUMBER", "TYPE", "STATE", "SUBMITTED", "DECIDE BY"}}
	for _, h := range list {
		rows = append(rows, []string{
			h.ID, h.Number, h.Type, strings.TrimSpace(h.State + " " + h.Reason), h.SubmittedAt.In(civil.Tashkent).Format(time.DateTime), h.DecideBy,
		})
	}
	table(w, rows)
}

// acted prints how an application stands after an act.
func (r *run) acted(h client.Head) error {
	return r.print(h, func(w io.Writer) {
		until := ""
		if h.ReturnDue != nil && h.State == "returned" {
			until = ", to be corrected before " + h.ReturnDue.In(civil.Tashkent).Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s is %s (version %d)%s\n", h.Number, h.State, h.Version, until)
	})
}

type applicationsReviewCmd struct {
	hubFlags
	ID       string `arg:"" help:"Application."`
	Official string `help:"Who opened it: id of an official of the commission." required:""`
}

func (v *applicationsReviewCmd) Run(r *run) error {
	c, err := v.client()
	if err != nil {
		return err
	}
	h, err := c.Review(r.ctx, v.ID, v.Official)
	if err != nil {
		return err
	}
	return r.acted(h)
}

type applicationsReturnCmd struct {
	hubFlags
	ID       string `arg:"" help:"Application."`
	Official string `help:"Who returns it: id of an official of the commission." required:""`
	Reason   string `help:"Code of the catalogue (R01 to R16), or words; the applicant is told." required:""`
	Due      string `help:"Last day to correct it; without, as its type says." placeholder:"YYYY-MM-DD"`
}

func (b *applicationsReturnCmd) Run(r *run) error {
	c, err := b.client()
	if err != nil {
		return err
	}
	h, err := c.Return(r.ctx, b.ID, uuid.NewString(), b.Official, b.Reason, b.Due)
	if err != nil {
		return err
	}
	return r.acted(h)
}

type applicationsAmendCmd struct {
	hubFlags
	ID       string `arg:"" help:"Application."`
	Subject  string `help:"Its subject's ref." required:""`
	Official string `help:"Who changes it: id of an official of the commission." required:""`
	Column   string `help:"Name of the column." required:""`
	Value    string `help:"What it is to say." required:""`
	Reason   string `help:"Why." required:""`
}

func (m *applicationsAmendCmd) Run(r *run) error {
	c, err := m.client()
	if err != nil {
		return err
	}
	h, err := c.Amend(r.ctx, m.ID, m.Subject, m.Official, m.Column, m.Value, m.Reason)
	if err != nil {
		return err
	}
	return r.acted(h)
}

type applicationsWithdrawCmd struct {
	hubFlags
	mockFlags `prefix:"mock-"`
	ID        string `arg:"" help:"Application."`
	File      string `help:"The signed withdrawal (JSON: withdraw, reason)." type:"existingfile" xor:"what" required:""`
	Reason    string `help:"Or: write one with this reason; only with --as or --code." xor:"what" required:""`
	Signature string `help:"PKCS#7 signature over the file (DER)." type:"existingfile" xor:"how" required:""`
	As        string `help:"Or: have the mock EDS sign as the person of this story." xor:"how" required:""`
	Code      string `help:"Or: id of the code by SMS that signs it; its digits are read from standard input." xor:"how" required:""`
}

func (b *applicationsWithdrawCmd) Run(r *run) error {
	c, err := b.client()
	if err != nil {
		return err
	}
	doc, err := b.document()
	if err != nil {
		return err
	}
	var a client.Accepted
	switch {
	case b.Code != "":
		var digits string
		if _, err := fmt.Fscan(os.Stdin, &digits); err != nil {
			return fmt.Errorf("reading the code: %w", err)
		}
		a, err = c.WithdrawByCode(r.ctx, b.ID, uuid.NewString(), doc, client.Code{ID: b.Code, Digits: digits})
	default:
		var signature []byte
		if signature, err = b.sign(r, doc); err == nil {
			a, err = c.Withdraw(r.ctx, b.ID, uuid.NewString(), doc, signature)
		}
	}
	if err != nil {
		return err
	}
	return r.print(a, func(w io.Writer) { fmt.Fprintf(w, "withdrawal %s: %s\n", a.ID, a.State) })
}

func (b *applicationsWithdrawCmd) document() ([]byte, error) {
	if b.File != "" {
		return os.ReadFile(b.File)
	}
	if b.Signature != "" {
		return nil, errors.New("a signature is over a file: want --file")
	}
	return json.Marshal(map[string]string{"withdraw": b.ID, "reason": b.Reason})
}

func (b *applicationsWithdrawCmd) sign(r *run, doc []byte) ([]byte, error) {
	if b.Signature != "" {
		return os.ReadFile(b.Signature)
	}
	return b.mocks().Sign(r.ctx, b.As, doc, false)
}

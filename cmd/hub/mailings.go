package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

type mailingsCmd struct {
	Send   mailingsSendCmd   `cmd:"" help:"Send one notice to everybody who holds one of some roles."`
	List   mailingsListCmd   `cmd:"" help:"List mailings, those of the calendar too."`
	Show   mailingsShowCmd   `cmd:"" help:"Show how far a mailing has come."`
	Pause  mailingsPauseCmd  `cmd:"" help:"Hold a mailing."`
	Resume mailingsResumeCmd `cmd:"" help:"Let a mailing go on."`
	Cancel mailingsCancelCmd `cmd:"" help:"End a mailing: what was not sent yet does not go."`
}

type mailingsSendCmd struct {
	hubFlags
	Notice       string            `arg:"" help:"Notice of the catalogue."`
	Election     string            `help:"Election." required:""`
	Role         []string          `help:"Who gets it: a role of the catalogue, party, chair, deputy or secretary; may be repeated." required:""`
	Commission   string            `help:"Only those of this commission."`
	Territory    string            `help:"Only those of this territory (SOATO) and what is within."`
	Constituency string            `help:"Only those of this constituency."`
	Param        map[string]string `help:"What the notice names and nobody brings, as name=value." placeholder:"NAME=VALUE"`
	PerSecond    int               `help:"At most so many a second; 0: the usual rate."`
	DryRun       bool              `help:"Count only."`
	Key          string            `help:"The same key with the same mailing sends once; default: a new one."`
}

func (c *mailingsSendCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if c.Key == "" {
		c.Key = uuid.NewString()
	}
	m, err := hub.Mail(r.ctx, client.NewMailing{
		Notice: c.Notice, Election: c.Election, Roles: c.Role, Commission: c.Commission, Territory: c.Territory, Constituency: c.Constituency,
		Params: c.Param, PerSecond: c.PerSecond, DryRun: c.DryRun,
	}, c.Key)
	if err != nil {
		return err
	}
	return r.print(m, func(w io.Writer) {
		if c.DryRun {
			fmt.Fprintf(w, "would go to %d people, in about %s; nothing was sent\n", m.Total, time.Duration(m.Total/max(m.PerSecond, 1))*time.Second)
			return
		}
		showMailing(w, m)
	})
}

func showMailing(w io.Writer, m client.Mailing) {
	table(w, [][]string{
		{"mailing", m.ID},
		{"what", m.Notice + ", " + m.Election},
		{"to", strings.Join(m.Roles, " ")},
		{"state", m.State},
		{"people", strconv.Itoa(m.Total)},
		{"made", strconv.Itoa(m.Made)},
		{"waiting", strconv.Itoa(m.Waiting)},
		{"sent", strconv.Itoa(m.Sent)},
		{"delivered", strconv.Itoa(m.Delivered)},
		{"undelivered", strconv.Itoa(m.Undelivered)},
		{"failed", strconv.Itoa(m.Failed)},
		{"cancelled", strconv.Itoa(m.Expired)},
	})
}

type mailingsListCmd struct{ hubFlags }

func (c *mailingsListCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	list, err := hub.Mailings(r.ctx)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no mailings")
			return
		}
		rows := [][]string{{"MAILING", "BEGAN", "NOTICE", "ELECTION", "STATE", "MADE", "SENT", "FAILED"}}
		for _, m := range list {
			rows = append(rows, []string{
				m.ID, m.At.In(civil.Tashkent).Format(time.DateTime), m.Notice, m.Election, m.State, fmt.Sprintf("%d of %d", m.Made, m.Total),
				strconv.Itoa(m.Sent), strconv.Itoa(m.Failed),
			})
		}
		table(w, rows)
	})
}

// oneMailing names a mailing.
type oneMailing struct {
	hubFlags
	ID string `arg:"" help:"Mailing."`
}

func (c *oneMailing) steer(r *run, act string) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	var m client.Mailing
	if act == "" {
		m, err = hub.Mailing(r.ctx, c.ID)
	} else {
		m, err = hub.SteerMailing(r.ctx, c.ID, act)
	}
	if err != nil {
		return err
	}
	return r.print(m, func(w io.Writer) { showMailing(w, m) })
}

type mailingsShowCmd struct{ oneMailing }

func (c *mailingsShowCmd) Run(r *run) error { return c.steer(r, "") }

type mailingsPauseCmd struct{ oneMailing }

func (c *mailingsPauseCmd) Run(r *run) error { return c.steer(r, "pause") }

type mailingsResumeCmd struct{ oneMailing }

func (c *mailingsResumeCmd) Run(r *run) error { return c.steer(r, "resume") }

type mailingsCancelCmd struct{ oneMailing }

func (c *mailingsCancelCmd) Run(r *run) error { return c.steer(r, "cancel") }

package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

type webhooksCmd struct {
	Add        webhooksAddCmd        `cmd:"" help:"Have events posted to an address."`
	List       webhooksListCmd       `cmd:"" help:"List webhooks and how many deliveries wait or failed."`
	Pause      webhooksPauseCmd      `cmd:"" help:"Post nothing until it is resumed; what comes meanwhile waits."`
	Resume     webhooksResumeCmd     `cmd:"" help:"Go on posting."`
	Rotate     webhooksRotateCmd     `cmd:"" help:"Give a new secret; the old one signs beside it for a day."`
	Remove     webhooksRemoveCmd     `cmd:"" help:"Post nothing more."`
	Deliveries webhooksDeliveriesCmd `cmd:"" help:"List what was and is to be delivered, newest first."`
}

type webhooksAddCmd struct {
	hubFlags
	URL        string   `arg:"" help:"Address, https."`
	Type       []string `help:"Only events of this type, as document.issued; may be repeated." placeholder:"TYPE"`
	Commission string   `help:"Only events of this commission."`
}

func (c *webhooksAddCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	h, err := hub.AddWebhook(r.ctx, c.URL, c.Type, c.Commission)
	if err != nil {
		return err
	}
	return r.print(h, func(w io.Writer) { showSecret(w, h) })
}

func showSecret(w io.Writer, h client.Webhook) {
	table(w, [][]string{{"webhook", h.ID}, {"secret", h.Secret}})
	fmt.Fprintln(w, "the secret is not shown again: put it where the receiver reads it")
}

type webhooksListCmd struct{ hubFlags }

func (c *webhooksListCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	list, err := hub.Webhooks(r.ctx)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no webhooks")
			return
		}
		rows := [][]string{{"WEBHOOK", "STATE", "COMMISSION", "TYPES", "WAITING", "DELIVERED", "FAILED", "URL"}}
		for _, h := range list {
			rows = append(rows, []string{
				h.ID, h.State, h.Commission, strings.Join(h.Types, " "), strconv.Itoa(h.Waiting), strconv.Itoa(h.Delivered), strconv.Itoa(h.Failed), h.URL,
			})
		}
		table(w, rows)
	})
}

// oneWebhook names a webhook.
type oneWebhook struct {
	hubFlags
	ID string `arg:"" help:"Webhook."`
}

func (c *oneWebhook) steer(r *run, act string) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	h, err := hub.SteerWebhook(r.ctx, c.ID, act)
	if err != nil {
		return err
	}
	return r.print(h, func(w io.Writer) {
		if h.Secret != "" {
			showSecret(w, h)
			return
		}
		fmt.Fprintln(w, h.ID, "is", h.State)
	})
}

type webhooksPauseCmd struct{ oneWebhook }

func (c *webhooksPauseCmd) Run(r *run) error { return c.steer(r, "pause") }

type webhooksResumeCmd struct{ oneWebhook }

func (c *webhooksResumeCmd) Run(r *run) error { return c.steer(r, "resume") }

type webhooksRotateCmd struct{ oneWebhook }

func (c *webhooksRotateCmd) Run(r *run) error { return c.steer(r, "rotate") }

type webhooksRemoveCmd struct{ oneWebhook }

func (c *webhooksRemoveCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if err := hub.RemoveWebhook(r.ctx, c.ID); err != nil {
		return err
	}
	return r.print(map[string]string{"removed": c.ID}, func(w io.Writer) { fmt.Fprintln(w, c.ID, "is removed") })
}

type webhooksDeliveriesCmd struct {
	oneWebhook
	State string `help:"Only those that are waiting, delivered or failed." enum:",waiting,delivered,failed" default:""`
}

func (c *webhooksDeliveriesCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	list, err := hub.Deliveries(r.ctx, c.ID, c.State)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no deliveries")
			return
		}
		rows := [][]string{{"DELIVERY", "EVENT", "POSITION", "STATE", "ATTEMPTS", "STATUS", "MADE"}}
		for _, d := range list {
			rows = append(rows, []string{
				d.ID, d.Event, strconv.FormatInt(d.Position, 10), d.State, strconv.Itoa(d.Attempts), strconv.Itoa(d.Status),
				d.At.In(civil.Tashkent).Format(time.DateTime),
			})
		}
		table(w, rows)
	})
}

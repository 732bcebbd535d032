package main

import (
	"fmt"
	"io"
)

type noticesCmd struct {
	Show   noticesShowCmd   `cmd:"" help:"Show one notice, its phone masked."`
	Settle noticesSettleCmd `cmd:"" help:"Say of a notice whose outcome nobody knows whether it was sent."`
}

type noticesShowCmd struct {
	hubFlags
	ID string `arg:"" help:"Notice, as the dossier names it."`
}

func (c *noticesShowCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	n, err := hub.Notice(r.ctx, c.ID)
	if err != nil {
		return err
	}
	return r.print(n, func(w io.Writer) {
		table(w, [][]string{
			{"notice", n.ID},
			{"what", n.Notice},
			{"to", n.Recipient + " " + n.Phone},
			{"state", n.State},
			{"provider", n.Provider},
			{"message id", n.MessageID},
			{"parts", fmt.Sprint(n.Parts)},
			{"delivery", n.Delivery + " " + n.Word},
		})
	})
}

type noticesSettleCmd struct {
	hubFlags
	ID      string `arg:"" help:"Notice, as the dossier names it."`
	Outcome string `arg:"" help:"What the provider says: sent or not_sent." enum:"sent,not_sent"`
	Reason  string `help:"How it is known: goes to the audit log." required:""`
}

func (c *noticesSettleCmd) Run(r *run) error {
	hub, err := c.client()
	if err != nil {
		return err
	}
	if err := hub.Settle(r.ctx, c.ID, c.Outcome == "sent", c.Reason); err != nil {
		return err
	}
	return r.print(map[string]string{"settled": c.Outcome}, func(w io.Writer) {
		if c.Outcome == "sent" {
			fmt.Fprintln(w, "settled: it counts as sent")
			return
		}
		fmt.Fprintln(w, "settled: it is sent anew")
	})
}

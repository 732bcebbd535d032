package main

import (
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/internal/client"
)

// actFlags are those of an act upon a document.
type actFlags struct {
	hubFlags
	ID     string `arg:"" help:"Document."`
	Reason string `help:"Why, 10 to 500 characters: it goes on record." required:""`
}

func ended(r *run, got client.Record) error {
	return r.print(got, func(w io.Writer) { fmt.Fprintf(w, "%s № %s is %s\n", got.Kind, got.Number, got.State) })
}

type documentsRevokeCmd struct{ actFlags }

func (d *documentsRevokeCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	got, err := c.Revoke(r.ctx, d.ID, uuid.NewString(), d.Reason)
	if err != nil {
		return err
	}
	return ended(r, got)
}

type documentsAnnulCmd struct{ actFlags }

func (d *documentsAnnulCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	got, err := c.Annul(r.ctx, d.ID, uuid.NewString(), d.Reason)
	if err != nil {
		return err
	}
	return ended(r, got)
}

type documentsDuplicateCmd struct {
	actFlags
	Out string `help:"Also write the new PDF here; - is standard output." type:"path"`
}

func (d *documentsDuplicateCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	got, err := c.Duplicate(r.ctx, d.ID, uuid.NewString(), d.Reason)
	if err != nil {
		return err
	}
	return r.made(c, got, d.Out)
}

type documentsCorrectCmd struct {
	actFlags
	Out  string `help:"Also write the new PDF here; - is standard output." type:"path"`
	File string `arg:"" help:"What changes (JSON merge patch): the fields that differ, null for those that go; - reads standard input."`
}

func (d *documentsCorrectCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	patch, err := readData(d.File)
	if err != nil {
		return err
	}
	got, err := c.Correct(r.ctx, d.ID, uuid.NewString(), d.Reason, patch)
	if err != nil {
		return err
	}
	return r.made(c, got, d.Out)
}

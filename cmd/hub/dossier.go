package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/saylovhub/hub/internal/client"
)

// dossierCmd is the dossier for people: hub applications dossier.
type dossierCmd struct {
	hubFlags
	ID       string `arg:"" help:"Application."`
	PDF      string `help:"Write it to this file as PDF." type:"path" placeholder:"FILE" xor:"form"`
	Text     bool   `help:"Print it as text (the default)." xor:"form"`
	Language string `help:"uz-Latn, ru or en; without, the application's own." enum:",uz-Latn,ru,en" default:""`
}

// Run prints or writes the dossier.
func (d *dossierCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	form := client.DossierForm{Format: "text", Language: d.Language}
	switch {
	case d.PDF != "":
		form.Format = "pdf"
	case r.cli.Output == "json":
		form.Format = "json"
	}
	got, err := c.DossierReport(r.ctx, d.ID, form)
	if err != nil {
		return err
	}
	switch form.Format {
	case "pdf":
		if err := os.WriteFile(d.PDF, got, 0o600); err != nil {
			return fmt.Errorf("writing the dossier: %w", err)
		}
		return r.print(map[string]string{"file": d.PDF}, func(w io.Writer) { fmt.Fprintln(w, "written to", d.PDF) })
	case "json":
		return r.print(json.RawMessage(got), nil)
	}
	_, err = r.stdout.Write(got)
	return err
}

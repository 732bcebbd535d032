package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/internal/telemetry"
)

type demoCmd struct {
	Out     string `help:"Folder for the PDFs." default:"out" type:"path"`
	DataDir string `help:"Data folder; emptied first." default:"var/demo" type:"path"`
	Keep    bool   `help:"Stay up afterwards and print the addresses."`
	Verbose bool   `help:"Log what the hub does." short:"v"`
}

func (d *demoCmd) Run(r *run) error {
	level := slog.LevelError
	if d.Verbose {
		level = slog.LevelInfo
	}
	cfg, err := config.Load(r.cli.Config)
	if err != nil {
		return err
	}
	return demo.Run(r.ctx, demo.Options{
		Config: cfg, Dir: d.DataDir, Out: d.Out, Keep: d.Keep, Seed: 1, Tell: r.stdout,
		Log: telemetry.NewLogger(r.stderr, level, "text"), Line: progress(r),
	})
}

// progress prints a line that is written over on a terminal, and a line for
// each news elsewhere.
func progress(r *run) func(string) {
	terminal := false
	if f, ok := r.stderr.(*os.File); ok {
		if st, err := f.Stat(); err == nil {
			terminal = st.Mode()&os.ModeCharDevice != 0
		}
	}
	last := ""
	return func(text string) {
		if text == last {
			return
		}
		last = text
		switch {
		case terminal:
			fmt.Fprintf(r.stderr, "\r\x1b[K%s", text)
		case text != "":
			fmt.Fprintln(r.stderr, text)
		}
	}
}

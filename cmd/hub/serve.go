package main

import (
	"cmp"
	"time"

	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/internal/telemetry"
)

// wallClock is what the hub takes for the time; a test sets it wrong.
var wallClock = time.Now

type serveCmd struct {
	Listen  string `help:"Address of the API." placeholder:"HOST:PORT"`
	DataDir string `help:"Folder of database, keys and documents." type:"path" placeholder:"DIR"`
	Mocks   bool   `help:"Start the mock systems beside the hub, and import the demo's directory."`
	Demo    bool   `help:"Start from the demo's configuration: bounds shortened, no quiet hours."`
	MockURL struct {
		Portal string `help:"Use a portal mock that runs elsewhere." placeholder:"URL"`
		EDS    string `help:"Use an EDS mock that runs elsewhere." placeholder:"URL"`
		SMS    string `help:"Use a Playmobile mock that runs elsewhere." placeholder:"URL"`
		OneID  string `help:"Use a OneID mock that runs elsewhere." placeholder:"URL" name:"oneid"`
		Eskiz  string `help:"Use an Eskiz mock that runs elsewhere." placeholder:"URL"`
	} `embed:"" prefix:"mock-"`
}

func (s *serveCmd) Run(r *run) error {
	cfg := config.Default()
	if s.Demo {
		if err := demo.Configure(&cfg); err != nil {
			return err
		}
	}
	cfg, err := config.LoadOver(cfg, r.cli.Config)
	if err != nil {
		return err
	}
	cfg.Listen, cfg.DataDir = cmp.Or(s.Listen, cfg.Listen), cmp.Or(s.DataDir, cfg.DataDir)
	level, err := logLevel(cfg.Log.Level)
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(r.stderr, level, cfg.Log.Format)
	return demo.Serve(r.ctx, cfg, demo.ServeOptions{
		Start: s.Mocks, Elsewhere: s.elsewhere(), Log: log, Tell: r.stdout, App: app.Options{Now: wallClock, Log: log, Version: version},
	})
}

func (s *serveCmd) elsewhere() client.Mocks {
	return client.Mocks{Portal: s.MockURL.Portal, EDS: s.MockURL.EDS, SMS: s.MockURL.SMS, OneID: s.MockURL.OneID, Eskiz: s.MockURL.Eskiz}
}

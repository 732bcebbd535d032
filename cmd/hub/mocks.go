package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/internal/telemetry"
	"github.com/saylovhub/hub/mocks"
)

type mocksCmd struct {
	ElectionDay string `help:"Day of the made-up election, YYYY-MM-DD; people are born relative to it. Default: the first Sunday at least 50 days ahead."`
	People      int    `help:"Ordinary made-up people besides those with known stories." default:"1000"`
	Seed        uint64 `help:"Another seed makes other people. Default: the configuration's."`
}

func (m *mocksCmd) Run(r *run) error {
	cfg, err := config.Load(r.cli.Config)
	if err != nil {
		return err
	}
	day := demo.ElectionDay(time.Now())
	if m.ElectionDay != "" {
		if day, err = civil.Parse(m.ElectionDay); err != nil {
			return fmt.Errorf("--election-day: %w", err)
		}
	}
	s, err := mocks.Start(r.ctx, mocks.Options{
		Seed: cmp.Or(m.Seed, cfg.Mocks.Seed), ElectionDay: day, People: m.People, Listen: demo.ListenOn(cfg.Mocks), Log: telemetry.NewLogger(r.stderr, slog.LevelInfo, "text"),
	})
	if err != nil {
		return err
	}
	for _, system := range mocks.AllSystems() {
		fmt.Fprintf(r.stdout, "%-6s %s\n", system, s.URLs()[system])
	}
	fmt.Fprintf(r.stdout, "election day %s; people with known stories: %s/_mock/people\n", day, s.Portal.URL())
	<-r.ctx.Done()
	return s.Close()
}

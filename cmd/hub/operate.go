package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/app"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
)

type failuresCmd struct {
	List   failuresListCmd   `cmd:"" help:"List failures, oldest first."`
	Show   failuresShowCmd   `cmd:"" help:"Show one failure with its attempts."`
	Replay failuresReplayCmd `cmd:"" help:"Send failures through again."`
}

type failureFlags struct {
	hubFlags
	System      string `help:"Only of this system (portal, eds, playmobile, chrome)."`
	Stage       string `help:"Only of this stage."`
	Kind        string `help:"Only of this kind."`
	Application string `help:"Only of this application."`
}

func (f failureFlags) filter() client.FailureFilter {
	return client.FailureFilter{System: f.System, Stage: f.Stage, Kind: f.Kind, Application: f.Application}
}

type failuresListCmd struct{ failureFlags }

func (f *failuresListCmd) Run(r *run) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	list, err := c.Failures(r.ctx, f.filter())
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no failures")
			return
		}
		rows := [][]string{{"ID", "FAILED", "STAGE", "KIND", "REPLAYED", "APPLICATION", "WHAT"}}
		for _, x := range list {
			rows = append(rows, []string{strconv.FormatInt(x.ID, 10), x.FailedAt.In(civil.Tashkent).Format(time.DateTime), x.Stage, x.Kind, strconv.Itoa(x.Generation), x.Application, x.Text})
		}
		table(w, rows)
		fmt.Fprintln(w, "\nhub failures show ID tells more; hub failures replay --id ID --reason TEXT sends it through again.")
	})
}

type failuresShowCmd struct {
	hubFlags
	ID int64 `arg:"" help:"Failure."`
}

func (f *failuresShowCmd) Run(r *run) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	x, err := c.Failure(r.ctx, f.ID)
	if err != nil {
		return err
	}
	return r.print(x, func(w io.Writer) {
		table(w, [][]string{
			{"failure", strconv.FormatInt(x.ID, 10)},
			{"stage", x.Stage},
			{"system", x.System + " " + x.Operation},
			{"kind", x.Kind + " " + x.Code},
			{"what", x.Text},
			{"who must act", x.Who},
			{"hint", x.Hint},
			{"application", x.Application},
			{"replayed", strconv.Itoa(x.Generation) + " times"},
		})
		for _, a := range x.Attempts {
			fmt.Fprintf(w, "  %s  %s  %s\n", a.At.In(civil.Tashkent).Format(time.DateTime), a.Kind, a.Text)
		}
	})
}

type failuresReplayCmd struct {
	failureFlags
	ID     int64  `help:"Only this failure."`
	Reason string `help:"Why: goes to the audit log." required:""`
}

func (f *failuresReplayCmd) Run(r *run) error {
	c, err := f.client()
	if err != nil {
		return err
	}
	filter := f.filter()
	filter.ID = f.ID
	n, err := c.Replay(r.ctx, filter, f.Reason)
	if err != nil {
		return err
	}
	return r.print(map[string]int{"replayed": n}, func(w io.Writer) { fmt.Fprintf(w, "%d replayed\n", n) })
}

type keysCmd struct {
	Create keysCreateCmd `cmd:"" help:"Make an API key; its secret is shown once."`
}

type keysCreateCmd struct {
	hubFlags
	Name       string   `arg:"" help:"What it is for."`
	Commission string   `help:"Bind it to this commission."`
	Scope      []string `help:"What it may do." required:""`
}

func (k *keysCreateCmd) Run(r *run) error {
	c, err := k.client()
	if err != nil {
		return err
	}
	key, err := c.CreateKey(r.ctx, k.Name, k.Commission, k.Scope...)
	if err != nil {
		return err
	}
	return r.print(map[string]string{"key": key}, func(w io.Writer) { fmt.Fprintln(w, key) })
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Check the configuration."`
	Print configPrintCmd `cmd:"" help:"Print it as it holds, secrets as placeholders."`
}

type configCheckCmd struct{}

func (configCheckCmd) Run(r *run) error {
	cfg, err := config.Load(r.cli.Config)
	if err != nil {
		return err
	}
	if err := app.Check(cfg); err != nil {
		return err
	}
	return r.print(map[string]bool{"valid": true}, func(w io.Writer) { fmt.Fprintln(w, "the configuration is valid") })
}

type configPrintCmd struct{}

func (configPrintCmd) Run(r *run) error {
	cfg, err := config.Load(r.cli.Config)
	if err != nil {
		return err
	}
	text, err := cfg.Print()
	if err != nil {
		return err
	}
	_, err = r.stdout.Write(text)
	return err
}

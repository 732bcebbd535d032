package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
)

type eventsCmd struct {
	hubFlags
	After       int64    `help:"Begin after this position." default:"0"`
	Type        []string `help:"Only of this type, as document.issued; may be repeated." placeholder:"TYPE"`
	Application string   `help:"Only of this application." placeholder:"ID"`
	Follow      bool     `help:"Go on with those to come, until interrupted. With --output json, one a line." short:"f"`
	Count       int      `help:"End after so many; 0: do not." default:"0"`
}

func (e *eventsCmd) Run(r *run) error {
	c, err := e.client()
	if err != nil {
		return err
	}
	f := client.EventFilter{After: e.After, Types: e.Type, Application: e.Application}
	n := 0
	enough := func() error {
		if n++; n == e.Count {
			return errEnough
		}
		return nil
	}
	if e.Follow {
		err := c.Follow(r.ctx, f, func(x client.Event) error {
			if r.cli.Output == "json" {
				return errors.Join(json.NewEncoder(r.stdout).Encode(x), enough())
			}
			_, err := fmt.Fprintln(r.stdout, strings.Join(eventRow(x), "  "))
			return errors.Join(err, enough())
		})
		if errors.Is(err, errEnough) || errors.Is(err, context.Canceled) { // interrupted
			return nil
		}
		return err
	}
	list := []client.Event{}
	if _, err := c.Events(r.ctx, f, func(x client.Event) error {
		list = append(list, x)
		return enough()
	}); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return r.print(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no events")
			return
		}
		rows := [][]string{{"POSITION", "TIME", "TYPE", "SUBJECT", "SEQUENCE", "COMMISSION", "DATA"}}
		for _, x := range list {
			rows = append(rows, eventRow(x))
		}
		table(w, rows)
	})
}

var errEnough = errors.New("enough")

func eventRow(x client.Event) []string {
	return []string{
		strconv.FormatInt(x.Position, 10), x.Time.In(civil.Tashkent).Format(time.DateTime), x.Type, x.Subject, strconv.FormatInt(x.Sequence, 10),
		x.Commission, string(x.Data),
	}
}

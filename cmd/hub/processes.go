package main

import (
	"fmt"
	"io"
	"strconv"
	"time"
)

type processesCmd struct{ hubFlags }

// silent is how long without a sign of life is worth a word.
const silent = 5 * time.Second

func (p *processesCmd) Run(r *run) error {
	hub, err := p.client()
	if err != nil {
		return err
	}
	list, err := hub.Processes(r.ctx)
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		rows := [][]string{{"PROCESS", "HOST", "PID", "ADDRESS", "VERSION", "UP SINCE", "LAST SEEN", ""}}
		latest := time.Time{} // by the hub's clock; this machine's may be another's
		for _, one := range list {
			if one.SeenAt.After(latest) {
				latest = one.SeenAt
			}
		}
		for _, one := range list {
			word := ""
			switch {
			case one.Here:
				word = "this one answers"
			case latest.Sub(one.SeenAt) > silent:
				word = fmt.Sprintf("silent for %d s", int(latest.Sub(one.SeenAt).Seconds()))
			}
			rows = append(rows, []string{
				one.ID, one.Host, strconv.Itoa(one.PID), one.Address, one.Version, clock(one.StartedAt), clock(one.SeenAt), word,
			})
		}
		table(w, rows)
	})
}

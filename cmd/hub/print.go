package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/saylovhub/hub/internal/client"
)

// print prints a result as the caller asked for it.
func (r *run) print(v any, human func(io.Writer)) error {
	if r.cli.Output == "json" {
		e := json.NewEncoder(r.stdout)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	human(r.stdout)
	return nil
}

func table(w io.Writer, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	_ = t.Flush()
}

// client makes the client of the hub that the flags name. The key comes from
// HUB_KEY or a file, never from the command line.
func (f hubFlags) client() (*client.Client, error) {
	key := os.Getenv("HUB_KEY")
	if key == "" {
		raw, err := os.ReadFile(f.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("no API key: set HUB_KEY, or name its file with --key-file (%w)", err)
		}
		key = strings.TrimSpace(string(raw))
	}
	return client.New(f.URL, key), nil
}

func logLevel(name string) (slog.Level, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return l, fmt.Errorf("log.level: want debug, info, warn or error")
	}
	return l, nil
}

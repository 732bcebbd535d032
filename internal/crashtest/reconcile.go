package crashtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// reconcile has the hub draw up its own ledger, by the command an operator would
// use, and gives it the ids that the callers were told: exit code 0 says that all
// of them are there, and that everything has ended.
func (w *World) reconcile(ctx context.Context, l *Ledger, entries []*Entry) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var ids strings.Builder
	for _, e := range entries {
		ids.WriteString(e.ID + "\n")
	}
	file := filepath.Join(w.T.TempDir(), "accepted")
	if err := os.WriteFile(file, []byte(ids.String()), 0o600); err != nil {
		l.wrongf("writing the ids down: %v", err)
		return
	}
	p := w.Processes[0]
	cmd := exec.CommandContext(ctx, p.program, "reconcile", "--strict", "--expect", file) //nolint:gosec // the test's own binary
	cmd.Env = append(append(os.Environ(), p.env...), "HUB_URL="+p.URL(), "HUB_KEY_FILE="+w.AdminKeyFile())
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	exit, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		l.Fact("hub reconcile --strict agrees: all %d accepted applications are in its ledger, everything has ended", len(entries))
		l.Reconciled = out.String()
	case failed && exit.ExitCode() == 2 && strings.Contains(errs.String(), "unexpected argument"):
		l.Fact("hub reconcile: this hub does not know the command")
	default:
		l.wrongf("hub reconcile does not agree: %v: %s %s", err, clip(errs.String()), clip(out.String()))
	}
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "..."
	}
	return s
}

// Close kills every process and adds what only then can be seen: the audit log's
// chain.
func (w *World) Close(ctx context.Context, l *Ledger) error {
	for _, p := range w.Processes {
		p.Kill()
	}
	n, err := w.Audit(ctx)
	if err != nil {
		return fmt.Errorf("verifying the audit log: %w", err)
	}
	if n == 0 {
		return errors.New("the audit log is empty")
	}
	l.Fact("audit log: the chain of %d lines holds", n)
	return nil
}

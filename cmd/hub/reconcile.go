package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/saylovhub/hub/internal/reconcile"
)

type reconcileCmd struct {
	hubFlags
	IDs    bool   `name:"ids" help:"List every accepted application in the ledger."`
	Expect string `help:"File of application ids, one a line: each must be in the ledger." type:"existingfile" placeholder:"FILE"`
	Strict bool   `help:"Fail unless everything has ended."`
	Check  string `help:"Verify a kept ledger instead of making one; no hub is needed." type:"existingfile" placeholder:"FILE"`
	Key    string `help:"With --check: the public key it must be signed with (base64)." placeholder:"KEY"`
}

// Validate refuses what cannot be meant.
func (c *reconcileCmd) Validate() error {
	if c.Key != "" && c.Check == "" {
		return errors.New("--key goes with --check")
	}
	return nil
}

func (c *reconcileCmd) Run(r *run) error {
	file, err := c.file(r)
	if err != nil {
		return err
	}
	l, signed, err := reconcile.Check(file, c.Key)
	if err != nil {
		return err
	}
	if r.cli.Output == "json" {
		if _, err := r.stdout.Write(file); err != nil { // byte for byte: it is signed
			return err
		}
	} else {
		reconcile.Table(r.stdout, l, signed)
	}
	if c.Check != "" {
		fmt.Fprintln(r.stderr, "genuine: signed with the key "+reconcile.KeyText(signed.Key)+" and not changed since")
	}
	return errors.Join(c.expected(r.stderr, l), c.judge(l))
}

// file is the ledger, made now or kept.
func (c *reconcileCmd) file(r *run) ([]byte, error) {
	if c.Check != "" {
		return os.ReadFile(c.Check)
	}
	hub, err := c.client()
	if err != nil {
		return nil, err
	}
	return hub.Reconcile(r.ctx, c.IDs || c.Expect != "")
}

// expected names the applications that somebody was told are accepted, and that
// the ledger does not have.
func (c *reconcileCmd) expected(w io.Writer, l *reconcile.Ledger) error {
	if c.Expect == "" {
		return nil
	}
	text, err := os.ReadFile(c.Expect)
	if err != nil {
		return err
	}
	ids := reconcile.Lines(string(bytes.TrimPrefix(text, []byte("\ufeff"))))
	missing, err := l.Missing(ids)
	if err != nil {
		return err
	}
	for _, id := range missing {
		fmt.Fprintln(w, "not in the ledger:", id)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%d of %d expected applications are not in the ledger", len(missing), len(ids))
	}
	return nil
}

func (c *reconcileCmd) judge(l *reconcile.Ledger) error {
	switch {
	case l.Verdict == reconcile.Lost:
		return errors.New("something is lost")
	case c.Strict && l.Verdict != reconcile.Whole:
		return errors.New("not everything has ended")
	}
	return nil
}

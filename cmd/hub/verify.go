package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/issuing"
)

type verifyCmd struct {
	What        string        `arg:"" help:"A document's PDF, or its code: the letters or the whole address of the QR code; - reads it from standard input." name:"file-or-code"`
	Key         string        `help:"File with the hub's public key, as /v1/verification-key answers; PEM and base64 too." type:"existingfile" env:"HUB_VERIFICATION_KEY" placeholder:"FILE"`
	CA          string        `help:"File (PEM) of certificates that vouch for seals, besides those in the key's file." name:"ca" type:"existingfile" placeholder:"FILE"`
	Revocations string        `help:"File with the signed list of revocations, as /v1/revocations answers." type:"existingfile" placeholder:"FILE"`
	MaxAge      time.Duration `help:"How old that list may be." default:"24h"`
	URL         string        `help:"Ask this hub too: its code and the file's SHA-256 are sent. Without it nothing leaves this machine." name:"url" placeholder:"URL"`
}

// Validate refuses what cannot be meant.
func (c *verifyCmd) Validate() error {
	if c.Key == "" && c.URL == "" {
		return errors.New("want --key FILE with the hub's public key, or --url to ask a hub")
	}
	if c.Revocations != "" && c.Key == "" {
		return errors.New("--revocations goes with --key: the list is signed with it")
	}
	if c.file() {
		if _, err := os.Stat(c.What); err != nil {
			return fmt.Errorf("%s: there is no such file", c.What)
		}
	}
	return nil
}

// file tells a file from a code: a code has no suffix and is no name of a file.
func (c *verifyCmd) file() bool {
	if strings.HasSuffix(strings.ToLower(c.What), ".pdf") {
		return true
	}
	info, err := os.Stat(c.What)
	return err == nil && info.Mode().IsRegular()
}

// maxFile bounds what is read, in bytes.
const maxFile = 256 << 20

func (c *verifyCmd) Run(r *run) error {
	b, err := c.basis()
	if err != nil {
		return err
	}
	var report verify.Report
	if c.file() {
		raw, err := readFile(c.What)
		if err != nil {
			return err
		}
		if err := c.ask(r, &b, verify.CodeIn(raw), verify.SHA256(raw)); err != nil {
			return err
		}
		report = verify.File(raw, b)
	} else {
		text := c.What
		if text == "-" {
			raw, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<16))
			if err != nil {
				return fmt.Errorf("reading the code: %w", err)
			}
			text = string(raw)
		}
		if err := c.ask(r, &b, text, ""); err != nil {
			return err
		}
		report = verify.Code(text, b)
	}
	if err := r.print(report, func(w io.Writer) { verify.Table(w, report) }); err != nil {
		return err
	}
	if report.Verdict != verify.IsGenuine {
		return fmt.Errorf("not found genuine: %s", report.Verdict)
	}
	return nil
}

// basis reads what the check rests on.
func (c *verifyCmd) basis() (verify.Basis, error) {
	b := verify.Basis{MaxAge: c.MaxAge, Now: time.Now()}
	var ca []byte
	var err error
	if c.CA != "" {
		if ca, err = readFile(c.CA); err != nil {
			return b, err
		}
		pool, err := verify.ReadSeals(ca)
		if err != nil {
			return b, err
		}
		if b.Keys.Seals = pool; pool == nil {
			return b, fmt.Errorf("%s holds no certificate", c.CA)
		}
	}
	if c.Key != "" {
		key, err := readFile(c.Key)
		if err != nil {
			return b, err
		}
		if b.Keys, err = verify.ReadKeys(key, ca); err != nil {
			return b, fmt.Errorf("%s: %w", c.Key, err)
		}
	}
	if c.Revocations != "" {
		if b.Revocations, err = readFile(c.Revocations); err != nil {
			return b, err
		}
	}
	return b, nil
}

// ask asks the hub about a code, if it is to be asked and the text is a code.
func (c *verifyCmd) ask(r *run, b *verify.Basis, text, sha string) error {
	plain, err := issuing.Plain(text)
	if c.URL == "" || err != nil || !issuing.Shaped(plain) {
		return nil //nolint:nilerr // what is no code is the report's matter
	}
	a, err := client.New(c.URL, "").Verify(r.ctx, plain, sha)
	if err != nil {
		return err
	}
	b.Answer = &a
	return nil
}

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(raw) > maxFile {
		err = fmt.Errorf("%s: larger than %d bytes", name, maxFile)
	}
	return raw, err
}

package main

import (
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/saylovhub/hub/renderer/pdf"
)

// protectFlags encrypt what a command writes. The password comes from a file,
// never from the command line.
type protectFlags struct {
	PasswordFile string   `help:"Encrypt what is written (AES-256): file with the password that opens it." type:"existingfile" placeholder:"FILE"`
	Allow        []string `help:"What whoever opens it is asked to keep to: print, copy, change, annotate." enum:"print,copy,change,annotate" default:"print"`
}

// protect encrypts a finished file, if it is asked for. The owner's password is
// drawn and forgotten: nobody lifts the permissions.
func (f protectFlags) protect(file []byte) ([]byte, error) {
	if f.PasswordFile == "" {
		return file, nil
	}
	raw, err := os.ReadFile(f.PasswordFile)
	if err != nil {
		return nil, err
	}
	password := strings.TrimSpace(string(raw))
	if password == "" {
		return nil, errors.New("the password's file is empty")
	}
	may := func(act string) bool { return slices.Contains(f.Allow, act) }
	return pdf.Encrypt(file, pdf.Protection{
		User: password, Owner: rand.Text(), Print: may("print"), Copy: may("copy"), Change: may("change"), Annotate: may("annotate"),
	})
}

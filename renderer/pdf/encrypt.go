package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// Protection is what a file may be used for and by whom. The owner's password
// opens everything; the user's opens the file within the permissions, which
// are a request to the reader's program and no lock. Opening needs no password
// if User is empty.
type Protection struct {
	User, Owner string
	Print       bool // also in high quality
	Copy        bool // text and pictures; programs that read aloud may always
	Change      bool // contents, and assembling pages
	Annotate    bool // comments and form fields
}

// ErrArchive is what encrypting a file for archives gives: PDF/A forbids it.
var ErrArchive = errors.New("a PDF prepared for archives cannot be encrypted")

// maxPassword is what AES-256 of PDF 2.0 looks at, in bytes.
const maxPassword = 127

// alone keeps the library from making a folder in the user's home: it would
// write its settings, fonts and certificates there.
var alone = sync.OnceFunc(api.DisableConfigDir)

// Encrypt returns the file encrypted with AES-256 (revision 6 of ISO 32000-2).
// It must be finished, not sealed (ErrSealed) and not prepared for archives
// (ErrArchive). Its keys are drawn anew, so two results never have the same
// bytes; text, information and dates stay.
func Encrypt(raw []byte, p Protection) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("encrypting a PDF: %w", err)
	}
	info, err := Read(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("encrypting a PDF: %w", err)
	case info.Sealed:
		return nil, fmt.Errorf("encrypting a PDF: %w", ErrSealed)
	case info.Archive != None:
		return nil, fmt.Errorf("encrypting a PDF: %w", ErrArchive)
	case !bytes.HasPrefix(raw, []byte(fileHead)):
		return nil, fmt.Errorf("encrypting a PDF: %w: it is not finished", errSyntax)
	}
	alone()
	// Revision 6 is of PDF 2.0, and only from there on does the library leave
	// the information and its dates alone.
	newer := bytes.Clone(raw)
	copy(newer, "%PDF-2.0")
	var out bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(newer), &out, p.configuration()); err != nil {
		return nil, fmt.Errorf("encrypting a PDF: %w", err)
	}
	return out.Bytes(), nil
}

func (p Protection) check() error {
	if p.Owner == "" || p.Owner == p.User {
		return errors.New("want an owner's password that is not the user's")
	}
	for _, s := range []string{p.User, p.Owner} {
		// Others would need to be normalised by SASLprep, on which programs differ.
		if len(s) > maxPassword || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
			return fmt.Errorf("want passwords of printable ASCII, at most %d characters", maxPassword)
		}
	}
	return nil
}

// configuration is made here and not by the library, which would look for its
// folder.
func (p Protection) configuration() *model.Configuration {
	allow := model.PermissionsNone | model.PermissionExtractRev3
	for _, c := range []struct {
		ok   bool
		bits model.PermissionFlags
	}{
		{p.Print, model.PermissionPrintRev2 | model.PermissionPrintRev3},
		{p.Copy, model.PermissionExtract},
		{p.Change, model.PermissionModify | model.PermissionAssembleRev3},
		{p.Annotate, model.PermissionModAnnFillForm | model.PermissionFillRev3},
	} {
		if c.ok {
			allow |= c.bits
		}
	}
	return &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationRelaxed, Eol: types.EolLF,
		UserPW: p.User, OwnerPW: p.Owner, EncryptUsingAES: true, EncryptKeyLength: 256, Permissions: allow,
		TimestampFormat: "2006-01-02 15:04", DateFormat: "2006-01-02",
		Offline: true, Limits: model.DefaultResourceLimits(),
	}
}

// encrypted tells whether a file is what Encrypt makes, to name the reason why
// it cannot be read.
func encrypted(raw []byte) bool {
	tail := raw[max(0, len(raw)-4096):]
	i := bytes.LastIndex(tail, []byte("trailer"))
	return bytes.HasPrefix(raw, []byte("%PDF-2.0")) && i >= 0 && bytes.Contains(tail[i:], []byte("/Encrypt"))
}

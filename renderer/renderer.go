// Package renderer makes a document's PDF out of a template and data: validate,
// set, print, prove, finish, hash, seal. Same data, same template, same browser
// version, same certificate: same bytes. It knows no
// pipelines, no store, no HTTP.
package renderer

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/renderer/seal"
	"github.com/saylovhub/hub/templates"
)

const system = "renderer"

// dataFile is what a document's data is called where it is attached.
const dataFile = "data.json"

// Browser prints pages; *chrome.Browser is one.
type Browser interface {
	Print(ctx context.Context, p chrome.Page) (chrome.Print, error)
}

// Seals finds who seals a commission's documents; nil for nobody.
type Seals interface {
	Of(commission string) *seal.Signer
}

// Engine renders documents. It is safe for concurrent use.
type Engine struct {
	Set     *templates.Set
	Browser Browser          // stays the caller's to close
	Seals   Seals            // nil: nothing is sealed
	Now     func() time.Time // of seals
}

// Request is one document to render.
type Request struct {
	Template   string    // name of its folder
	Language   string    // one of its languages; empty: its usual one
	ID         string    // of the document; the print must carry it
	Code       string    // text of its QR code, for the file's own notes; may be empty
	Data       []byte    // JSON, valid against the template's schema
	At         time.Time // business time, for the PDF's dates; never the clock's
	Commission string    // id of who issues it, for the seal

	// Keep stores the file while its print is still being proved; nil: nothing does.
	// What it stored counts only if Render succeeds, and it may be called again.
	Keep func(ctx context.Context, sha256 string, file []byte) error
}

// Document is a rendered document with what is needed to make it again.
type Document struct {
	PDF      []byte
	Pages    int
	SHA256   string   // of PDF, hexadecimal
	Content  string   // of the file before the seal: what printing it again gives
	Template string   // hash of the template it was made with
	Browser  string   // version of the browser
	Fonts    []string // in the file
	Seal     string   // serial number of the seal's certificate; empty: not sealed
}

// Render makes one document. Faults: rejected (unknown template, data that does
// not fit, text that overflows the paper), unavailable (the browser),
// misconfigured (a seal that is not in force), defect (the print is not this
// document).
func (e *Engine) Render(ctx context.Context, r Request) (Document, error) {
	t, ok := e.Set.Get(r.Template)
	if !ok {
		return Document{}, reject(r.Template, errors.New("no such template"), "hub templates list shows what there is")
	}
	if r.ID == "" || r.At.IsZero() {
		return Document{}, defect(t.Name, errors.New("a document needs an id and a business time"))
	}
	body, err := t.Body(r.Language, r.Data)
	if err != nil {
		return Document{}, err
	}
	language := cmp.Or(r.Language, t.Languages[0])
	notes := notesOf(r.Data)
	title := notes.title(t.Titles[language], r.ID)
	options := pdf.Options{
		At: r.At, Title: title, Subject: t.Titles[language], Author: notes.Commission, Language: language, Identifier: r.ID, Code: r.Code,
		Archive: archives[t.Archive],
	}
	if t.Attach {
		options.Attach = []pdf.Attachment{{Name: dataFile, MediaType: "application/json", Description: t.Titles[language], Content: r.Data}}
	}
	// The file is finished, sealed and kept while the browser proves the print and empties
	// its tab; a print that is not proved takes its file along.
	var d Document
	var failed error
	out, err := e.Browser.Print(ctx, chrome.Page{
		Name: t.Name, Shell: t.Shell(), Body: body, ID: r.ID, Title: title, Lang: language,
		WidthMM: t.WidthMM, HeightMM: t.HeightMM, Tagged: t.Tagged,
		Beside: func(raw []byte) {
			if d.PDF, failed = pdf.Finish(raw, options); failed != nil {
				failed = defect(t.Name, failed)
				return
			}
			d.Content = sum(d.PDF)
			if d, failed = e.seal(d, r.Commission, r.At, notes.Commission, title); failed == nil && r.Keep != nil {
				failed = r.Keep(ctx, d.SHA256, d.PDF)
			}
		},
	})
	switch {
	case err != nil:
		return Document{}, err
	case t.Pages > 0 && out.Pages > t.Pages:
		return Document{}, reject(t.Name, fmt.Errorf("the text overflows: %d pages, at most %d fit", out.Pages, t.Pages), "shorten the longest texts of the data")
	case failed != nil:
		return Document{}, failed
	}
	d.Pages, d.Template, d.Browser, d.Fonts = out.Pages, t.Hash, out.Browser, out.Fonts
	return d, nil
}

var archives = map[templates.Archive]pdf.Archive{templates.NotArchival: pdf.None, templates.Archive2B: pdf.A2B, templates.Archive3B: pdf.A3B}

// seal is the last thing that is done to a file.
func (e *Engine) seal(d Document, commission string, at time.Time, name, title string) (Document, error) {
	d.SHA256 = d.Content
	var signer *seal.Signer
	if e.Seals != nil {
		signer = e.Seals.Of(commission)
	}
	if signer == nil {
		return d, nil
	}
	// The document's own time, so that printing it again gives the same file; now,
	// for a certificate that was not yet in force then.
	if signer.Check(at) != nil {
		at = e.Now()
	}
	sealed, err := signer.Seal(d.PDF, seal.Options{At: at, Name: name, Reason: title})
	if err != nil {
		return Document{}, err
	}
	d.PDF, d.SHA256, d.Seal = sealed, sum(sealed), signer.Certificate().SerialNumber.Text(16)
	return d, nil
}

func sum(file []byte) string {
	s := sha256.Sum256(file)
	return hex.EncodeToString(s[:])
}

func reject(template string, err error, hint string) error {
	return &fault.Fault{Kind: fault.Rejected, System: system, Operation: template, Err: err, Hint: hint}
}

func defect(template string, err error) error {
	return &fault.Fault{Kind: fault.Defect, System: system, Operation: template, Err: err}
}

// notes are the parts of the data that a file says of itself. They name nobody,
// since titles show in windows and file managers.
type notes struct {
	Number     string
	Commission string
}

func notesOf(data []byte) notes {
	var raw struct{ Number, Commission any }
	if json.Unmarshal(data, &raw) != nil {
		return notes{}
	}
	var n notes
	n.Number, _ = raw.Number.(string)
	n.Commission, _ = raw.Commission.(string)
	return n
}

// title is what it is, its number if it has one, its id.
func (n notes) title(what, id string) string {
	if n.Number != "" {
		what += " № " + n.Number
	}
	return what + " · " + id
}

// Package renderer makes a document's PDF out of a template and data: validate,
// set, print, prove, fix the dates, hash. Same data, same template, same
// browser version: same bytes. It knows no pipelines, no store, no HTTP.
package renderer

import (
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
	"github.com/saylovhub/hub/templates"
)

const system = "renderer"

// Engine renders documents. It is safe for concurrent use.
type Engine struct {
	set     *templates.Set
	browser *chrome.Browser
}

// Request is one document to render.
type Request struct {
	Template string    // name of its folder
	Language string    // one of its languages; empty: its usual one
	ID       string    // of the document; the print must carry it
	Data     []byte    // JSON, valid against the template's schema
	At       time.Time // business time, for the PDF's dates; never the clock's
}

// Document is a rendered document with what is needed to make it again.
type Document struct {
	PDF      []byte
	Pages    int
	SHA256   string // of PDF, hexadecimal
	Template string // hash of the template it was made with
	Browser  string // version of the browser
}

// New makes an engine. The browser stays the caller's to close.
func New(set *templates.Set, browser *chrome.Browser) *Engine {
	return &Engine{set: set, browser: browser}
}

// Render makes one document. Faults: rejected (unknown template, data that does
// not fit, text that overflows the paper), unavailable (the browser), defect
// (the print is not this document).
func (e *Engine) Render(ctx context.Context, r Request) (Document, error) {
	t, ok := e.set.Get(r.Template)
	if !ok {
		return Document{}, reject(r.Template, errors.New("no such template"), "hub templates list shows what there is")
	}
	if r.ID == "" || r.At.IsZero() {
		return Document{}, &fault.Fault{Kind: fault.Defect, System: system, Operation: t.Name, Err: errors.New("a document needs an id and a business time")}
	}
	body, err := t.Body(r.Language, r.Data)
	if err != nil {
		return Document{}, err
	}
	out, err := e.browser.Print(ctx, chrome.Page{
		Name: t.Name, Shell: t.Shell(), Body: body, ID: r.ID, Title: Title(t, r),
		WidthMM: t.WidthMM, HeightMM: t.HeightMM,
	})
	if err != nil {
		return Document{}, err
	}
	if t.Pages > 0 && out.Pages > t.Pages {
		return Document{}, reject(t.Name, fmt.Errorf("the text overflows: %d pages, at most %d fit", out.Pages, t.Pages), "shorten the longest texts of the data")
	}
	fixed, err := pdf.Normalise(out.PDF, r.At)
	if err != nil {
		return Document{}, &fault.Fault{Kind: fault.Defect, System: system, Operation: t.Name, Err: err}
	}
	sum := sha256.Sum256(fixed)
	return Document{
		PDF: fixed, Pages: out.Pages, SHA256: hex.EncodeToString(sum[:]), Template: t.Hash, Browser: e.browser.Version(),
	}, nil
}

func reject(template string, err error, hint string) error {
	return &fault.Fault{Kind: fault.Rejected, System: system, Operation: template, Err: err, Hint: hint}
}

// Title is the PDF's title: what it is, its number if it has one, its id. It
// names nobody, since it shows in window titles and file managers.
func Title(t *templates.Template, r Request) string {
	var data struct {
		Number any `json:"number"`
	}
	title := t.Title
	if json.Unmarshal(r.Data, &data) == nil {
		if number, ok := data.Number.(string); ok && number != "" {
			title += " № " + number
		}
	}
	return title + " · " + r.ID
}

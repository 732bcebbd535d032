// Package preview shows what a document will look like: a sample of it, or data
// at hand, printed with the watermark NAMUNA, as PDF or as the picture of a page.
// A preview has no number of a series, no code that anyone would confirm, and no
// seal.
package preview

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/templates"
)

const system = "preview"

// ID stands where a document's id would.
const ID = "NAMUNA"

// at is the time of every preview: the same data gives the same bytes, and
// nobody takes it for the day of an issue.
var at = time.Date(2000, 1, 1, 0, 0, 0, 0, civil.Tashkent)

// At is the time of every preview.
func At() time.Time { return at }

// Sum is the SHA-256 of a file, hexadecimal.
func Sum(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// Browser prints pages; *chrome.Browser is one.
type Browser interface {
	Print(ctx context.Context, p chrome.Page) (chrome.Print, error)
}

// Maker makes previews. It is safe for concurrent use.
type Maker struct {
	Set     *templates.Set
	Browser Browser
}

// Preview is a printed preview.
type Preview struct {
	PDF    []byte
	Pages  int
	SHA256 string // of PDF, hexadecimal
	Over   int    // pages more than the document may have: shown, so that one can see what is too long
}

// Request says what is to be shown.
type Request struct {
	Template string
	Sample   string // name of one of its samples, such as sample-longest; empty: the first. Not with Data
	Language string // empty: the sample's, or the document's usual one
	Data     []byte // JSON in place of a sample
}

// PDF prints a preview. Faults: rejected for an unknown document, sample or
// language and for data that does not fit, and those of the browser.
func (m *Maker) PDF(ctx context.Context, r Request) (Preview, error) {
	t, ok := m.Set.Get(r.Template)
	if !ok {
		return Preview{}, reject("no such document", "want one of "+strings.Join(m.Set.Names(), ", "))
	}
	data, language := r.Data, r.Language
	if data == nil {
		name := cmp.Or(strings.TrimSuffix(r.Sample, ".json"), "sample")
		found, usual := t.SampleNamed(name)
		if found == nil {
			return Preview{}, reject("the document "+t.Name+" has no such sample", "want one of "+strings.Join(t.Samples(), ", "))
		}
		data, language = found, cmp.Or(language, usual)
	}
	language = cmp.Or(language, t.Languages[0])
	if !t.Speaks(language) {
		return Preview{}, reject("the document "+t.Name+" is not printed in that language", "want one of "+strings.Join(t.Languages, ", "))
	}
	body, err := t.Body(language, data)
	if err != nil {
		return Preview{}, err
	}
	title := t.Titles[language] + " · " + ID
	out, err := m.Browser.Print(ctx, chrome.Page{
		Name: t.Name, Shell: t.Shell(), Body: body, ID: ID, Title: title, Lang: language,
		WidthMM: t.WidthMM, HeightMM: t.HeightMM, Tagged: t.Tagged, Sample: true,
	})
	if err != nil {
		return Preview{}, err
	}
	file, err := pdf.Finish(out.PDF, pdf.Options{At: at, Title: title, Language: language, Identifier: ID})
	if err != nil {
		return Preview{}, failure(fault.Defect, fmt.Errorf("finishing a preview: %w", err), "")
	}
	p := Preview{PDF: file, Pages: out.Pages, SHA256: Sum(file)}
	if t.Pages > 0 {
		p.Over = max(0, out.Pages-t.Pages)
	}
	return p, nil
}

func reject(what, hint string) error {
	return &fault.Fault{Kind: fault.Rejected, System: system, Operation: "preview", Err: errors.New(what), Hint: hint}
}

// Page checks the number of a page, from 1, against a document's pages.
func Page(page, pages int) error {
	if page < 1 || page > pages {
		return reject(fmt.Sprintf("no page %d", page), fmt.Sprintf("want a page from 1 to %d", pages))
	}
	return nil
}

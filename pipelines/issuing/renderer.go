package issuing

import (
	"context"
	"time"
)

// Info is what issuing has to know of a template.
type Info struct {
	Kind      string   // series that its numbers come from: D4
	Series    bool     // the number of its series is printed: the hub sets it
	Languages []string // BCP 47, the template's own first
	// Declares reports whether the data may have a field, of the first level.
	Declares func(field string) bool
}

// RenderRequest is one document to be made.
type RenderRequest struct {
	Template string
	Language string    // empty: the template's own
	ID       string    // of the document; the print must carry it
	Code     string    // text of its QR code
	Data     []byte    // JSON
	At       time.Time // for the dates in the file; never the clock's
	Seal     string    // id of the commission whose seal goes on it
	// Keep stores the file while its print is still being proved. What it stored
	// counts only if Render succeeds.
	Keep func(ctx context.Context, sha256 string, file []byte) error
}

// Rendered is a made PDF.
type Rendered struct {
	PDF        []byte // as it is stored, sealed if the commission has a seal
	Pages      int
	SHA256     string   // of PDF, hexadecimal
	Content    string   // SHA-256 of the file before the seal
	Template   string   // hash of the template it was made with
	Browser    string   // version
	Fonts      []string // in the file
	SealSerial string   // of the seal's certificate; empty: not sealed
}

// Renderer makes PDFs of templates and data.
type Renderer interface {
	// Render makes one and keeps it. What can never go through as it is, is a fault of kind
	// rejected.
	Render(ctx context.Context, r RenderRequest) (Rendered, error)
	// Check says whether data fits a template, without a browser. What does not is a
	// dossier.Refusal with JSON pointers into the data, or a fault of kind rejected.
	Check(template, language string, data []byte) error
	Describe(template string) (Info, bool)
}

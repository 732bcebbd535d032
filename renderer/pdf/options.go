package pdf

import "time"

// Archive is the form for long-term keeping that a file is prepared for. That
// it conforms is for a validator to say.
type Archive int

// The forms: none; PDF/A-2b; PDF/A-3b, which may carry attached files.
const (
	None Archive = iota
	A2B
	A3B
)

// String says it in words that promise no more than is known.
func (a Archive) String() string {
	if part, ok := parts[a]; ok {
		return "prepared for PDF/A-" + part + "b"
	}
	return "not for archives"
}

// Attachment is a file to be carried along.
type Attachment struct {
	Name        string // letters, digits, point, hyphen and underscore, at most 100
	MediaType   string // such as application/json
	Description string
	Content     []byte
}

// Options is what a file shall say of itself.
type Options struct {
	At         time.Time // business time, for all dates; never the clock's
	Title      string
	Subject    string // may be empty, as all that follows
	Author     string
	Language   string // BCP 47; empty keeps what was printed
	Identifier string // of the document
	Code       string // the text of its QR code
	Archive    Archive
	Attach     []Attachment
}

package verify

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	pageTemplate = template.Must(template.New("page").Parse(pageHTML))

	// policy allows the page its one style and nothing else.
	policy = "default-src 'none'; style-src 'sha256-" + sum(pageCSS) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func sum(text string) string {
	s := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(s[:])
}

// The tones of a verdict; each has its colour and its sign.
const (
	good = "good"
	bad  = "bad"
	wary = "wary" // not false, yet nothing to rely on
)

func (s Status) tone() string {
	switch s {
	case Genuine:
		return good
	case Expired, NotIssued, Unknown, unavailable:
		return wary
	case NotGenuine, Altered, Revoked, Replaced, Annulled:
	}
	return bad
}

type row struct {
	Label, Value string
	Lang         Lang // of the value, where it is not the page's
}

type link struct {
	Lang       Lang
	Name, Href string
	Current    bool
}

type pageData struct {
	Lang    Lang
	W       words
	Verdict verdict
	Since   string // when it became void
	Tone    string
	Rows    []row
	Advice  string
	Checked string
	Links   []link
	CSS     template.CSS
}

// Page is the answer as a page for people: no script, nothing from outside,
// readable on a phone and on paper.
func Page(a Answer) ([]byte, error) {
	w, ok := wording[a.Language]
	if !ok {
		return nil, fmt.Errorf("no words for language %q", a.Language)
	}
	d := pageData{
		Lang: a.Language, W: w, Verdict: w.verdicts[a.Status], Tone: a.Status.tone(), Rows: a.rows(w), Advice: w.Doubt,
		Checked: fmt.Sprintf(w.Checked, a.Language.Day(civil.Of(a.CheckedAt))+", "+a.CheckedAt.In(civil.Tashkent).Format("15:04")+" ("+w.Zone+")"),
		CSS:     template.CSS(pageCSS), //nolint:gosec // our own file
	}
	if d.Verdict.Word == "" {
		return nil, fmt.Errorf("no words for status %q", a.Status)
	}
	if void, err := civil.Parse(a.VoidOn); err == nil {
		d.Since = a.Language.Since(void)
	}
	if a.Status == Genuine {
		d.Advice = w.Compare
		if !personal(a.Kind) {
			d.Advice = w.Look
		}
	}
	for _, l := range Langs() {
		q := url.Values{"lang": {string(l)}}
		if a.SHA256 != "" {
			q.Set("sha256", a.SHA256) // the verdict must not change with the language
		}
		d.Links = append(d.Links, link{l, wording[l].Name, "?" + q.Encode(), l == a.Language})
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, d); err != nil {
		return nil, fmt.Errorf("writing the page of a check: %w", err)
	}
	return out.Bytes(), nil
}

func (a Answer) rows(w words) []row {
	var out []row
	add := func(label, value string, lang Lang) {
		if value != "" {
			out = append(out, row{label, value, lang})
		}
	}
	number := func(n string) string {
		if n == "" {
			return ""
		}
		return "№ " + n
	}
	day := func(text string) string {
		d, err := civil.Parse(text)
		if err != nil {
			return ""
		}
		return a.Language.Day(d)
	}
	add(w.Instead, number(a.ReplacedBy), "")
	add(w.Document, a.Title, "")
	if numbered(a.Kind) {
		add(w.Number, number(a.Number), "")
	} else {
		add(w.Register, number(a.Number), "")
	}
	switch {
	case a.CommissionTitle == "":
		add(w.By, a.Commission, "")
	case a.Language == Latin:
		add(w.By, a.CommissionTitle, "")
	case a.Language == Cyrillic:
		add(w.By, cyrillic(a.CommissionTitle), "")
	default:
		add(w.By, a.CommissionTitle, Latin)
	}
	add(w.Issued, day(a.IssuedOn), "")
	add(w.Until, day(a.ValidUntil), "")
	return out
}

// WritePage answers with the page and the headers that keep it to itself.
func WritePage(w http.ResponseWriter, a Answer) error { return write(w, http.StatusOK, a) }

// WriteSorry is the page when the hub cannot tell now; code is the HTTP status.
func WriteSorry(w http.ResponseWriter, code int, lang Lang, now time.Time) error {
	return write(w, code, Answer{Status: unavailable, CheckedAt: now, Language: lang})
}

func write(w http.ResponseWriter, code int, a Answer) error {
	page, err := Page(a)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(a.Language))
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	w.WriteHeader(code)
	_, err = w.Write(page)
	return err
}

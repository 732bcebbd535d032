package verify

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/issuing"
)

// Verdict is what a check without the hub comes to.
type Verdict string

// The verdicts. Only the first lets anybody rely on the document.
const (
	IsGenuine Verdict = "genuine" // of a file: to the last byte as it was issued
	IsAltered Verdict = "altered" // or made up, or signed by another hub
	IsRevoked Verdict = "revoked" // or replaced, or annulled
	IsExpired Verdict = "expired"
	IsUnknown Verdict = "unknown" // not a document of a hub, or not known from what was given
)

// Result is what one check came to.
type Result string

// The results.
const (
	Passed     Result = "ok"
	Failed     Result = "failed"
	NotChecked Result = "not_checked"
)

// Check is one thing that was looked at, or was not, and why.
type Check struct {
	What   string `json:"what"`
	Result Result `json:"result"`
	Detail string `json:"detail,omitempty"`
}

// Report is the outcome of a check. Like Answer it names no person.
type Report struct {
	Verdict    Verdict   `json:"verdict"`
	Why        string    `json:"why"`
	Of         string    `json:"of"` // code or file
	Kind       string    `json:"kind,omitempty"`
	Title      string    `json:"title,omitempty"`
	Number     string    `json:"number,omitempty"`
	Commission string    `json:"commission,omitempty"`
	ValidUntil string    `json:"valid_until,omitempty"`
	VoidOn     string    `json:"void_on,omitempty"`
	ReplacedBy string    `json:"replaced_by,omitempty"`
	SHA256     string    `json:"sha256,omitempty"` // of the file
	SealedBy   string    `json:"sealed_by,omitempty"`
	Checks     []Check   `json:"checks"`
	NotKnown   []string  `json:"not_known,omitempty"` // what would take the list or the hub
	Hub        *Answer   `json:"hub,omitempty"`
	CheckedAt  time.Time `json:"checked_at"`
}

// gravity orders the verdicts: the gravest found is the report's.
var gravity = map[Verdict]int{"": 0, IsGenuine: 1, IsUnknown: 2, IsExpired: 3, IsRevoked: 4, IsAltered: 5}

// find puts a verdict down unless a graver one is there already.
func (r *Report) find(v Verdict, why string) {
	if gravity[v] > gravity[r.Verdict] {
		r.Verdict, r.Why = v, why
	}
}

func (r *Report) check(what string, result Result, detail string) {
	r.Checks = append(r.Checks, Check{what, result, detail})
}

func (r *Report) open(what string) { r.NotKnown = append(r.NotKnown, what) }

// close drops what is not known where it changes nothing any more.
func (r *Report) close() Report {
	if r.Verdict == IsAltered || r.Verdict == IsRevoked {
		r.NotKnown = nil
	}
	return *r
}

func (r *Report) describe(c issuing.Code) {
	r.Kind, r.Title, r.Number, r.Commission, r.ValidUntil = c.Kind, Title(c.Kind, English), issuing.Number(c.Number), c.Commission, c.ValidUntil.String()
}

// Table prints a report for people.
func Table(w io.Writer, r Report) {
	fmt.Fprintf(w, "%s: %s\n\n", strings.ToUpper(string(r.Verdict)), r.Why)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", label, value)
		}
	}
	if r.Number != "" {
		line("document", r.Kind+" "+r.Title)
		line("number", r.Number)
		line("commission", r.Commission)
	}
	line("last valid day", r.ValidUntil)
	line("void since", r.VoidOn)
	line("replaced by", r.ReplacedBy)
	line("sealed by", r.SealedBy)
	line("sha-256", r.SHA256)
	line("checked at", r.CheckedAt.In(civil.Tashkent).Format("2006-01-02 15:04 -07:00"))
	_ = t.Flush()
	fmt.Fprintln(w)
	marks := map[Result]string{Passed: "ok", Failed: "FAILED", NotChecked: "not checked"}
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Checks {
		fmt.Fprintf(t, "%s\t%s\t%s\n", marks[c.Result], c.What, c.Detail)
	}
	_ = t.Flush()
	for i, what := range r.NotKnown {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, "not known offline:", what)
	}
}

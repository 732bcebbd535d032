package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/templates"
)

// A report of everything that is awkward can be printed: letters that no font has,
// words of two scripts, texts without end.
func TestPrintable(t *testing.T) {
	t.Parallel()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tpl, ok := set.Get(dossierTemplate)
	if !ok {
		t.Fatal("no page of the dossier")
	}
	var r report.Report
	if err := json.Unmarshal(tpl.Sample(), &r); err != nil {
		t.Fatal(err)
	}
	r.Subjects[0].Name = "Kаrimov 漢 😀" // the second letter is Cyrillic
	r.Subjects[0].Known[0].Columns[0].Value = strings.Repeat("oʻzbek ", 500)
	r.Applicant.Title = strings.Repeat("ў", 400)
	data, err := printable(r)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := tpl.Problems(data)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var got report.Report
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if name := got.Subjects[0].Name; name != "K¦а¦rimov ¤ ¤" {
		t.Errorf("the name is %q", name)
	}
	if value := got.Subjects[0].Known[0].Columns[0].Value; !strings.HasSuffix(value, "…") || len([]rune(value)) != longWords {
		t.Errorf("%d letters", len([]rune(value)))
	}
	if title := got.Applicant.Title; len([]rune(title)) != words {
		t.Errorf("%d letters", len([]rune(title)))
	}
	if got.Subjects[0].Details[0] != r.Subjects[0].Details[0] {
		t.Error("what can be printed was changed")
	}
}

// papers answers as told.
type papers struct{ err error }

func (p papers) Render(context.Context, renderer.Request) (renderer.Document, error) {
	return renderer.Document{PDF: []byte("%PDF-1.7"), Pages: 3}, p.err
}

// Who cannot be served at once is told so before anything is read.
func TestDossierThatCannotBePrinted(t *testing.T) {
	t.Parallel()
	full := func() error {
		return &fault.Fault{Kind: fault.Unavailable, Wait: 5 * time.Second, Err: errors.New("too many prints are waiting")}
	}
	for _, c := range []struct {
		name    string
		papers  Papers
		crowded func() error
		again   string
	}{
		{"nobody prints", nil, nil, ""},
		{"no more may wait", papers{}, full, "6"},
	} {
		s := &server{Deps: Deps{Papers: c.papers, Crowded: c.crowded}}
		err := s.printingNow()
		p := problemOf(err)
		if p.Status != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", c.name, p.Status)
		}
		if (p.retryAfter > 0) != (c.again != "") {
			t.Errorf("%s: come again after %s", c.name, p.retryAfter)
		}
	}
	s := &server{Deps: Deps{Papers: papers{}}}
	if err := s.printingNow(); err != nil {
		t.Error(err)
	}
}

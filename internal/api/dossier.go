package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/renderer"
)

// Papers prints what is no document: no number, no code, no seal. An engine
// without seals is one.
type Papers interface {
	Render(ctx context.Context, r renderer.Request) (renderer.Document, error)
}

// dossierTemplate is the folder of the dossier's page.
const dossierTemplate = "dossier"

// What a PDF shows of a large application; the text has all of it. A secretary
// reads those who are not eligible, and they come first.
const (
	printedSubjects = 300
	printedLines    = 1000
	printedEntries  = 500
)

// getDossier is the dossier in words: as JSON, as text, or as PDF.
func (s *server) getDossier(w http.ResponseWriter, r *request) (int, any, error) {
	q := r.URL.Query()
	format, language := q.Get("format"), q.Get("language")
	a, err := s.mine(r)
	if err != nil {
		return 0, nil, err
	}
	if format == "pdf" {
		if err := s.printingNow(); err != nil {
			return 0, nil, err
		}
	}
	if language == "" && slices.Contains(report.Languages(), a.Language) {
		language = a.Language
	}
	// Whoever asks is on record before anything is read to them.
	line := dossier.AuditLine{
		At: s.Now(), Actor: "key:" + r.key.ID, Action: "dossier.read", Object: a.ID, Detail: map[string]string{"format": format, "language": language},
	}
	if err := s.audit(r.Context(), line); err != nil {
		return 0, nil, err
	}
	in, err := s.dossierInput(r.Context(), a, language)
	if err != nil {
		return 0, nil, err
	}
	out := report.Make(in)
	switch format {
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err := io.WriteString(w, out.Text())
		return 0, nil, err
	case "pdf":
		return 0, nil, s.printDossier(w, r, a, out)
	}
	return http.StatusOK, out, nil
}

// printingNow says why nothing can be printed now, before anything is read for it.
func (s *server) printingNow() error {
	if s.Papers == nil {
		return &fault.Fault{
			Kind: fault.Misconfigured, System: "renderer", Operation: dossierTemplate, Err: errors.New("this process prints nothing"),
			Hint: "ask a process that renders documents, or for format=text",
		}
	}
	if s.Crowded == nil {
		return nil
	}
	return s.Crowded()
}

func (s *server) printDossier(w http.ResponseWriter, r *request, a dossier.Application, out report.Report) error {
	data, err := printable(out.Shorten(printedSubjects, printedLines, printedEntries))
	if err != nil {
		return err
	}
	doc, err := s.Papers.Render(r.Context(), renderer.Request{Template: dossierTemplate, Language: out.Language, ID: a.ID, Data: data, At: s.Now()})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Type", "application/pdf")
	h.Set("Content-Disposition", `inline; filename="dossier-`+a.ID+`.pdf"`)
	h.Set("Hub-Pages", strconv.Itoa(doc.Pages))
	_, err = w.Write(doc.PDF)
	return err
}

// dossierInput gathers all there is about an application.
func (s *server) dossierInput(ctx context.Context, a dossier.Application, language string) (report.Input, error) {
	in := report.Input{Language: language, Made: s.Now(), Catalogue: s.Catalogue, Application: a, Titles: map[string]string{}}
	in.Type, _ = s.Catalogue.Type(a.Type)
	steps := []func() error{
		func() (err error) { in.Election, _, err = s.Store.Election(ctx, a.Election); return },
		func() (err error) { in.Commission, _, err = s.Store.Commission(ctx, a.Commission); return },
		func() (err error) { in.Applicant, _, err = s.Store.Applicant(ctx, a.Applicant); return },
		func() (err error) { in.Officials, err = s.Store.Officials(ctx, a.Commission); return },
		func() (err error) { in.Proofs, err = s.Store.Proofs(ctx, a.ID); return },
		func() (err error) { in.Whole, _, err = s.Store.LatestWhole(ctx, a.ID); return },
		func() (err error) { in.Decisions, err = s.Store.Decisions(ctx, a.ID); return },
		func() (err error) { in.Timeline, err = s.Store.Timeline(ctx, a.ID); return },
		func() error { return s.dossierTitles(ctx, a, in.Titles) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return in, err
		}
	}
	return in, nil
}

// dossierTitles finds what the subjects' ids are called.
func (s *server) dossierTitles(ctx context.Context, a dossier.Application, titles map[string]string) error {
	look := func(id string, find func() (string, error)) error {
		if _, known := titles[id]; known || id == "" {
			return nil
		}
		title, err := find()
		if title != "" {
			titles[id] = title
		}
		return err
	}
	for _, sub := range a.Subjects {
		err := errors.Join(
			look(sub.Constituency, func() (string, error) {
				c, ok, err := s.Store.Constituency(ctx, sub.Constituency)
				if !ok || err != nil {
					return "", err
				}
				return "№ " + strconv.Itoa(c.Number) + " " + c.Name, nil
			}),
			look(sub.Precinct, func() (string, error) {
				p, ok, err := s.Store.Precinct(ctx, sub.Precinct)
				if !ok || err != nil {
					return "", err
				}
				return "№ " + strconv.Itoa(p.Number) + " " + p.Name, nil
			}),
			look(sub.Party, func() (string, error) {
				o, _, err := s.Store.Organisation(ctx, sub.Party)
				return o.Title, err
			}),
			look(sub.Body, func() (string, error) {
				c, _, err := s.Store.Commission(ctx, sub.Body)
				return c.Title, err
			}),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// printable is a report as the data of its page.
func printable(r report.Report) ([]byte, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	return json.Marshal(mended(v, "", letters()))
}

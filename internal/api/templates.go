package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

// Previews prints samples of documents and drafts of data, marked NAMUNA;
// *preview.Maker is one.
type Previews interface {
	PDF(ctx context.Context, r preview.Request) (preview.Preview, error)
}

// templateView is one document as it is listed.
type templateView struct {
	Name        string            `json:"name"`
	Kind        string            `json:"kind"`
	Titles      map[string]string `json:"titles"`
	Languages   []string          `json:"languages"`
	WidthMM     float64           `json:"width_mm"`
	HeightMM    float64           `json:"height_mm"`
	Pages       int               `json:"pages"` // 0: any number
	Series      bool              `json:"series"`
	Signatories []string          `json:"signatories"`
	Validity    string            `json:"validity"`
	Tagged      bool              `json:"tagged"`
	Archive     string            `json:"archive,omitempty"`
	Attach      bool              `json:"attach"`
	Hash        string            `json:"hash"`
	Address     string            `json:"address"` // schema and samples
	Preview     string            `json:"preview"`
}

// sampleView is one sample of a document.
type sampleView struct {
	Name     string          `json:"name"`
	Language string          `json:"language"`
	Data     json.RawMessage `json:"data"`
}

func viewOf(t *templates.Template) templateView {
	at := "/v1/templates/" + t.Name
	signatories := t.Signatories
	if signatories == nil {
		signatories = []string{}
	}
	return templateView{
		Name: t.Name, Kind: t.Kind, Titles: t.Titles, Languages: t.Languages, WidthMM: t.WidthMM, HeightMM: t.HeightMM, Pages: t.Pages,
		Series: t.Series, Signatories: signatories, Validity: string(t.Validity), Tagged: t.Tagged, Archive: string(t.Archive), Attach: t.Attach,
		Hash: t.Hash, Address: at, Preview: at + "/preview",
	}
}

func (s *server) listTemplates(_ http.ResponseWriter, _ *request) (int, any, error) {
	out := struct {
		Templates []templateView `json:"templates"`
	}{[]templateView{}}
	if s.Templates != nil {
		for _, name := range s.Templates.Names() {
			t, _ := s.Templates.Get(name)
			out.Templates = append(out.Templates, viewOf(t))
		}
	}
	return http.StatusOK, out, nil
}

func (s *server) template(r *request) (*templates.Template, error) {
	if s.Templates != nil {
		if t, ok := s.Templates.Get(r.PathValue("name")); ok {
			return t, nil
		}
	}
	return nil, dossier.Refusef(dossier.NotFound, "no such template")
}

func (s *server) getTemplate(_ http.ResponseWriter, r *request) (int, any, error) {
	t, err := s.template(r)
	if err != nil {
		return 0, nil, err
	}
	out := struct {
		templateView
		Schema  json.RawMessage `json:"schema"`
		Samples []sampleView    `json:"samples"`
	}{templateView: viewOf(t)}
	if out.Schema, err = templates.Schema(templates.Files(), t.Name); err != nil {
		return 0, nil, err
	}
	for _, name := range t.Samples() {
		data, language := t.SampleNamed(name)
		out.Samples = append(out.Samples, sampleView{name, language, data})
	}
	return http.StatusOK, out, nil
}

// previewTemplate prints a sample, or the caller's data; nothing of them is kept.
func (s *server) previewTemplate(w http.ResponseWriter, r *request) (int, any, error) {
	t, err := s.template(r)
	if err != nil {
		return 0, nil, err
	}
	if s.Previews == nil {
		return 0, nil, &fault.Fault{
			Kind: fault.Misconfigured, System: "preview", Operation: "preview", Err: errors.New("this process prints no previews"), Hint: "ask a process that renders documents",
		}
	}
	q := r.URL.Query()
	req := preview.Request{Template: t.Name, Sample: q.Get("sample"), Language: q.Get("language")}
	if !t.Speaks(req.Language) {
		return 0, nil, dossier.Refuse(dossier.BadForm, "query:language", "want a language of the template")
	}
	if r.Method == http.MethodPost {
		req.Data = r.body
		problems, err := t.Problems(req.Data)
		if err != nil {
			return 0, nil, err
		}
		if len(problems) > 0 {
			return 0, nil, &dossier.Refusal{Code: dossier.BadForm, Detail: "the data does not fit the template's schema", Problems: problems}
		}
	} else if req.Sample != "" {
		if data, _ := t.SampleNamed(req.Sample); data == nil {
			return 0, nil, dossier.Refuse(dossier.BadForm, "query:sample", "want a sample of the template")
		}
	}
	p, err := s.Previews.PDF(r.Context(), req)
	if err != nil {
		return 0, nil, refusedData(err)
	}
	return 0, nil, answerPreview(r.Context(), w, t.Name, p, q.Get("format") == "png", q.Get("page"))
}

// refusedData makes a refusal of what a template's own functions refuse: the
// data fits the schema and still cannot be set.
func refusedData(err error) error {
	f := fault.Of(err)
	if f == nil || f.Kind != fault.Rejected {
		return err
	}
	return &dossier.Refusal{Code: dossier.BadForm, Detail: "the data cannot be printed", Problems: []schema.Problem{{Want: f.Err.Error()}}}
}

func answerPreview(ctx context.Context, w http.ResponseWriter, name string, p preview.Preview, picture bool, page string) error {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if !picture {
		header(w, "application/pdf", name+".pdf", p)
		_, err := w.Write(p.PDF)
		return err
	}
	n, err := strconv.Atoi(page)
	if err != nil {
		n = 1
	}
	if n < 1 || n > p.Pages {
		return dossier.Refuse(dossier.BadForm, "query:page", "want a page from 1 to "+strconv.Itoa(p.Pages))
	}
	png, err := preview.PNG(ctx, p.PDF, n, 0)
	if err != nil {
		return err
	}
	header(w, "image/png", name+".png", p)
	_, err = w.Write(png)
	return err
}

func header(w http.ResponseWriter, kind, file string, p preview.Preview) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `inline; filename="`+file+`"`)
	h.Set("Hub-Pages", strconv.Itoa(p.Pages))
	h.Set("Hub-Pages-Over", strconv.Itoa(p.Over))
}

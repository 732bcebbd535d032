package app

import (
	"context"
	"errors"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/renderer"
	"github.com/saylovhub/hub/templates"
)

// printer is the document engine as issuing sees it.
type printer struct {
	e   *renderer.Engine
	set *templates.Set
}

// Render makes one document.
func (p printer) Render(ctx context.Context, r issuing.RenderRequest) (issuing.Rendered, error) {
	d, err := p.e.Render(ctx, renderer.Request{
		Template: r.Template, Language: r.Language, ID: r.ID, Code: r.Code, Data: r.Data, At: r.At, Commission: r.Seal, Keep: r.Keep,
	})
	return issuing.Rendered{
		PDF: d.PDF, Pages: d.Pages, SHA256: d.SHA256, Content: d.Content, Template: d.Template, Browser: d.Browser, Fonts: d.Fonts, SealSerial: d.Seal,
	}, err
}

// Check holds data against a template without printing it.
func (p printer) Check(template, language string, data []byte) error {
	t, ok := p.set.Get(template)
	if !ok {
		return dossier.Refusef(dossier.UnknownTemplate, "no such template")
	}
	err := t.Check(language, data)
	if f, ok := errors.AsType[*fault.Fault](err); !ok || f.Kind != fault.Rejected {
		return err
	}
	problems, e := t.Problems(data)
	if e != nil || len(problems) == 0 {
		return err
	}
	return &dossier.Refusal{Code: dossier.BadForm, Detail: "the data does not fit the template", Problems: problems}
}

// Describe tells what issuing has to know of a template.
func (p printer) Describe(template string) (issuing.Info, bool) {
	t, ok := p.set.Get(template)
	if !ok || t.Kind == templates.NotIssued {
		return issuing.Info{}, false
	}
	return issuing.Info{Kind: t.Kind, Series: t.Series, Languages: t.Languages, Declares: t.Declares}, true
}

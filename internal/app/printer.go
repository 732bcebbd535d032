package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
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
	d, err := p.e.Render(ctx, renderer.Request{Template: r.Template, ID: r.ID, Data: r.Data, At: r.At})
	return issuing.Rendered{PDF: d.PDF, Pages: d.Pages, SHA256: d.SHA256, Content: d.SHA256, Template: d.Template, Browser: d.Browser}, err
}

// Check holds data against a template without printing it.
func (p printer) Check(template, _ string, data []byte) error {
	t, ok := p.set.Get(template)
	if !ok {
		return dossier.Refusef(dossier.UnknownTemplate, "no such template")
	}
	_, err := t.Body(data)
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind != fault.Rejected {
		return err
	}
	out := &dossier.Refusal{Code: dossier.BadForm, Detail: "the data does not fit the template"}
	for line := range strings.SplitSeq(f.Err.Error(), "; ") {
		path, want, found := strings.Cut(line, ": ")
		if !found || !strings.HasPrefix(path, "/") {
			path, want = "", line
		}
		out.Problems = append(out.Problems, schema.Problem{Field: strings.TrimSuffix(path, "/"), Want: want})
	}
	return out
}

// Describe tells what issuing has to know of a template.
func (p printer) Describe(template string) (issuing.Info, bool) {
	t, ok := p.set.Get(template)
	if !ok {
		return issuing.Info{}, false
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(t.Sample(), &fields) // it was valid when it was loaded
	info := issuing.Info{Kind: t.Kind, Series: t.Series, Languages: []string{t.Lang}}
	for name := range fields {
		info.Fields = append(info.Fields, name)
	}
	slices.Sort(info.Fields)
	return info, true
}

package app

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/templates"
)

func known(t *testing.T) (*catalogue.Catalogue, *templates.Set) {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c, set
}

// Everything that the catalogue names is there, and its texts go over the air in
// the parts they may take.
func TestTheCatalogueNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	c, set := known(t)
	if err := CheckCatalogue(c, set); err != nil {
		t.Error(err)
	}
	if err := CheckCatalogue(c, &templates.Set{}); err == nil || !strings.Contains(err.Error(), `observer-party-register: no document "observer-party"`) {
		t.Errorf("without documents: %v", err)
	}
}

// What a decision of each type says can be set: the letters are in the fonts, no
// word is of two scripts, nothing is too long.
func TestDecisionsCanBeSet(t *testing.T) {
	t.Parallel()
	c, set := known(t)
	copies, ok := set.Get("decision")
	if !ok {
		t.Fatal("no document decision")
	}
	for _, kind := range c.ByNumber() {
		sample, language := copies.SampleNamed("sample")
		var data map[string]any
		if err := json.Unmarshal(sample, &data); err != nil {
			t.Fatal(err)
		}
		d := kind.Decision
		points := []string{}
		for _, p := range d.Points {
			points = append(points, strings.ReplaceAll(p, "{order}", "3, 5-tartib raqamida"))
		}
		if d.Gives != "" {
			points = append(points, d.Gives)
		}
		data["title"], data["preamble"], data["points"] = d.Title, d.Preamble, points
		if annex, ok := data["annex"].(map[string]any); ok && d.Annex != "" {
			annex["title"], annex["group"] = d.Annex, d.Group
		} else {
			delete(data, "annex")
		}
		raw, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		if err := copies.Check(language, raw); err != nil {
			t.Errorf("%s: %v", kind.ID, err)
		}
	}
}

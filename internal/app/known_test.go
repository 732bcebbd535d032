package app

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/templates"
)

// Everything that the catalogue names is there, and its texts go over the air in
// the parts they may take.
func TestTheCatalogueNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckCatalogue(c, set); err != nil {
		t.Error(err)
	}
	if err := CheckCatalogue(c, &templates.Set{}); err == nil || !strings.Contains(err.Error(), `observer-party-register: no document "observer-party"`) {
		t.Errorf("without documents: %v", err)
	}
}

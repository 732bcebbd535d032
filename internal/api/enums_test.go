package api

import (
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/event"
)

// What the contract lists is what there is: a word that it lacks would be refused at
// the door.
func TestContractKnowsEveryWord(t *testing.T) {
	t.Parallel()
	spec, err := openapi3.NewLoader().LoadFromData(contracts.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	var events, states []string
	for _, f := range event.Facts() {
		events = append(events, string(f.Type()))
	}
	for _, s := range dossier.States() {
		states = append(states, string(s))
	}
	for name, want := range map[string][]string{"EventType": events, "ApplicationState": states} {
		var got []string
		for _, v := range spec.Components.Schemas[name].Value.Enum {
			word, _ := v.(string)
			got = append(got, word)
		}
		slices.Sort(want)
		slices.Sort(got)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -code +contract\n%s", name, d)
		}
	}
}

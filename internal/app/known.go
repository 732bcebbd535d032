package app

import (
	"errors"
	"slices"
	"strings"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/templates"
)

// CheckCatalogue holds a catalogue against the rules, registers, documents and
// parameters of notices that there are; it needs no server and no configuration.
func CheckCatalogue(c *catalogue.Catalogue, documents *templates.Set) error {
	accepts := map[string][]string{}
	for _, r := range eligibility.Rules() {
		accepts[r.ID] = r.Accepts
	}
	for _, r := range eligibility.WholeRules() {
		accepts[r.ID] = r.Accepts
	}
	var registers []register.ID
	for _, key := range portal.OperationKeys() {
		id, _, _ := strings.Cut(key, ".")
		registers = append(registers, register.ID(id))
	}
	return errors.Join(c.Check(catalogue.Known{
		Rule:     eligibility.Known,
		Whole:    eligibility.KnownWhole,
		Accepts:  func(rule string) []string { return accepts[rule] },
		Register: func(id register.ID) bool { return slices.Contains(registers, id) },
		Document: func(name string) bool {
			_, ok := documents.Get(name)
			return ok && issuing.HasBuilder(name)
		},
		Text: sms.Preview,
	}), notice.Check(c))
}

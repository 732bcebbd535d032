package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCatalogueList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want int
		has  string
	}{
		{"all", nil, 71, "observer-intl-accredit"},
		{"of candidates", []string{"--from", "CAND"}, 17, "candidate-withdraw-jk"},
		{"to the territorial commissions of a mahalla", []string{"--from", "MAH", "--to", "TEC"}, 2, "observer-mahalla-terminate"},
		{"of a referendum", []string{"--ballot", "REF"}, 29, "observer-party-register"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"catalogue", "list"}, c.args...)
			out, _ := hub(t, 0, args...)
			if got := strings.Count(out, "\n") - 1; got != c.want || !strings.Contains(out, c.has) {
				t.Errorf("%d types\n%s", got, out)
			}
			var list []listedType
			out, _ = hub(t, 0, append(args, "-o", "json")...)
			if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != c.want || list[0].Title["uz-Cyrl"] == "" {
				t.Error(err, out)
			}
		})
	}
}

func TestCatalogueShow(t *testing.T) {
	t.Parallel()
	out, _ := hub(t, 0, "catalogue", "show", "pec-member-change")
	for _, want := range []string{"Участка сайлов комиссияси", "COM-HALF", "may approve", "member-appointed", "1 to 20 (member)"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out, _ = hub(t, 0, "catalogue", "show", "pec-member-change", "-o", "json")
	var one shownType
	if err := json.Unmarshal([]byte(out), &one); err != nil || one.Number != 60 || len(one.Schema) == 0 || one.Leaving == nil {
		t.Error(err, out)
	}
	out, _ = hub(t, 0, "catalogue", "show", "precincts-propose", "--form")
	var schema struct {
		Title      string
		Properties map[string]any
	}
	if err := json.Unmarshal([]byte(out), &schema); err != nil || schema.Properties["proposals"] == nil || schema.Title != "Propose polling stations" {
		t.Error(err, out)
	}
	if _, errs := hub(t, 1, "catalogue", "show", "gone"); !strings.Contains(errs, "hub catalogue list") {
		t.Error(errs)
	}
}

func TestCatalogueCheck(t *testing.T) {
	t.Parallel()
	if out, _ := hub(t, 0, "catalogue", "check"); out != "71 types, 17 forms, 58 notices, 16 reasons: 0 faults\n" {
		t.Error(out)
	}
	var found checkedCatalogue
	out, _ := hub(t, 0, "catalogue", "check", "-o", "json")
	if err := json.Unmarshal([]byte(out), &found); err != nil || found.Types != 71 || found.Faults == nil || len(found.Faults) > 0 {
		t.Error(err, out)
	}
}

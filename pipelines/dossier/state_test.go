package dossier_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/pipelines/dossier"
)

func follows(s dossier.State) []dossier.State {
	var out []dossier.State
	for _, next := range dossier.States() {
		if s.CanBecome(next) == nil {
			out = append(out, next)
		}
	}
	return out
}

// The whole table, spelled out a second time: a change must be made twice.
func TestTable(t *testing.T) {
	t.Parallel()
	want := map[dossier.State][]dossier.State{
		dossier.Submitted:    {dossier.SignatureRefused, dossier.Checking, dossier.Withdrawn},
		dossier.Checking:     {dossier.DossierReady, dossier.Returned, dossier.Withdrawn},
		dossier.DossierReady: {dossier.Returned, dossier.Withdrawn, dossier.Deciding},
		dossier.Returned:     {dossier.Superseded, dossier.Withdrawn, dossier.Lapsed},
		dossier.Deciding:     {dossier.DossierReady, dossier.Executing},
		dossier.Executing:    {dossier.Executed},
	}
	for _, s := range dossier.States() {
		if got := follows(s); !slices.Equal(got, want[s]) {
			t.Errorf("%s becomes %v, want %v", s, got, want[s])
		}
		if s.Final() != (len(want[s]) == 0) {
			t.Errorf("%s final: %v", s, s.Final())
		}
		if s.CanBecome(s) == nil || s.CanBecome("") == nil || s.CanBecome("no such") == nil {
			t.Errorf("%s becomes itself or what is no state", s)
		}
		if dossier.State("no such").CanBecome(s) == nil {
			t.Errorf("what is no state becomes %s", s)
		}
	}
}

func TestEveryStateIsReached(t *testing.T) {
	t.Parallel()
	reached := map[dossier.State]bool{dossier.Submitted: true}
	for range dossier.States() {
		for s := range reached {
			for _, next := range follows(s) {
				reached[next] = true
			}
		}
	}
	for _, s := range dossier.States() {
		if !reached[s] {
			t.Errorf("%s cannot be reached from %s", s, dossier.Submitted)
		}
	}
}

// Whatever is tried, an application moves along the table, leaves no final
// state, and can always still come to an end.
func TestWalks(t *testing.T) {
	t.Parallel()
	var ends func(s dossier.State, left int) bool
	ends = func(s dossier.State, left int) bool {
		return s.Final() || left > 0 && slices.ContainsFunc(follows(s), func(n dossier.State) bool { return ends(n, left-1) })
	}
	rapid.Check(t, func(t *rapid.T) {
		at := dossier.Submitted
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			next := rapid.SampledFrom(dossier.States()).Draw(t, "next")
			err := at.CanBecome(next)
			if at.Final() && err == nil {
				t.Fatalf("%s is final and became %s", at, next)
			}
			if err == nil {
				at = next
			}
			if !ends(at, len(dossier.States())) {
				t.Fatalf("from %s no end can be reached", at)
			}
		}
	})
}

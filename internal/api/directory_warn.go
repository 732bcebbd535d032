package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// directoryWarning is something that an import breaks, or leaves broken, and that
// does not keep it from being taken.
type directoryWarning struct {
	Code string `json:"code"`
	ID   string `json:"id"` // of the record
	Text string `json:"text"`
}

// directoryWarnings looks at what the directory will be after an import.
func (s *server) directoryWarnings(ctx context.Context, d dossier.Directory) ([]directoryWarning, error) {
	out := []directoryWarning{}
	for _, f := range []func(context.Context, dossier.Directory) ([]directoryWarning, error){s.warnOfOfficials, s.warnOfElections, s.warnOfParents} {
		list, err := f(ctx, d)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// everyOfficial reads all officials.
func (s *server) everyOfficial(ctx context.Context) ([]dossier.Official, error) {
	var all []dossier.Official
	for {
		after := ""
		if len(all) > 0 {
			after = all[len(all)-1].ID
		}
		page, err := s.Store.ListOfficials(ctx, store.DirectoryFilter{}, after, 1000)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(page) < 1000 {
			return all, nil
		}
	}
}

// warnOfOfficials finds commissions that are without a chair afterwards and have
// open applications, and people who sit in two commissions (Election Code 25).
func (s *server) warnOfOfficials(ctx context.Context, d dossier.Directory) ([]directoryWarning, error) {
	if len(d.Officials) == 0 {
		return nil, nil
	}
	before, err := s.everyOfficial(ctx)
	if err != nil {
		return nil, err
	}
	brought := map[string]dossier.Official{}
	commissions := map[string]bool{}
	for _, o := range d.Officials {
		brought[o.ID], commissions[o.Commission] = o, true
	}
	after := slices.Clone(d.Officials)
	for _, o := range before {
		if now, again := brought[o.ID]; !again {
			after = append(after, o)
		} else if now.Commission != o.Commission {
			commissions[o.Commission] = true
		}
	}
	chairs := func(list []dossier.Official, commission string) bool {
		return slices.ContainsFunc(dossier.InOffice(list, s.today()), func(o dossier.Official) bool { return o.Commission == commission && o.Post == dossier.Chair })
	}
	var out []directoryWarning
	inOffice := dossier.InOffice(after, s.today())
	chaired := map[string]bool{}
	for _, o := range inOffice {
		chaired[o.Commission] = chaired[o.Commission] || o.Post == dossier.Chair
	}
	for id := range commissions {
		if chaired[id] {
			continue
		}
		n, err := s.Store.OpenApplications(ctx, id, "")
		if err != nil {
			return nil, err
		}
		if n > 0 || chairs(before, id) {
			out = append(out, directoryWarning{"no_chair", id, fmt.Sprintf("this commission has no chair in office today, and %d open applications", n)})
		}
	}
	return sortedWarnings(append(out, inTwo(after, brought)...)), nil
}

// inTwo finds people in two commissions of which one is in the import.
func inTwo(all []dossier.Official, brought map[string]dossier.Official) []directoryWarning {
	persons := map[string][]dossier.Official{}
	for _, o := range all {
		persons[string(o.PINFL)] = append(persons[string(o.PINFL)], o)
	}
	var out []directoryWarning
	for pinfl, list := range persons {
		if pinfl == "" || len(list) > 64 { // more terms than anybody has
			continue
		}
		for i, o := range list {
			for _, other := range list[:i] {
				_, here := brought[o.ID]
				_, there := brought[other.ID]
				if (here || there) && o.Commission != other.Commission && o.Together(other) {
					a, b := min(o.ID, other.ID), max(o.ID, other.ID)
					out = append(out, directoryWarning{"two_commissions", a, fmt.Sprintf("the same person as official %s, in another commission at the same time", b)})
				}
			}
		}
	}
	return out
}

// warnOfElections finds elections that move while applications are open.
func (s *server) warnOfElections(ctx context.Context, d dossier.Directory) ([]directoryWarning, error) {
	var out []directoryWarning
	for _, e := range d.Elections {
		old, known, err := s.Store.Election(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		if !known || old.Day == e.Day {
			continue
		}
		n, err := s.Store.OpenApplications(ctx, "", e.ID)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, directoryWarning{"day_moves", e.ID, fmt.Sprintf("election day moves from %s to %s: deadlines of %d open applications move with it", old.Day, e.Day, n)})
		}
	}
	return out, nil
}

// warnOfParents finds commissions under one that nobody knows.
func (s *server) warnOfParents(ctx context.Context, d dossier.Directory) ([]directoryWarning, error) {
	commissions := knownOf(d.Commissions, func(c dossier.Commission) string { return c.ID }, s.Store.Commission)
	var out []directoryWarning
	for _, c := range d.Commissions {
		if c.Parent == "" {
			continue
		}
		is, err := commissions.has(ctx, c.Parent)
		if err != nil {
			return nil, err
		}
		if !is {
			out = append(out, directoryWarning{"unknown_parent", c.ID, "the commission above is not in the directory"})
		}
	}
	return out, nil
}

func sortedWarnings(list []directoryWarning) []directoryWarning {
	slices.SortFunc(list, func(a, b directoryWarning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Text, b.Text))
	})
	return list
}

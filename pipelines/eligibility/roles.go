package eligibility

import (
	"cmp"
	"slices"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// roleRules hold for persons whose role is to end, to go on or to be shown anew.
var roleRules = []Rule{
	rule("HLD-ROLE", "Saylov kodeksi 33, 34, 42, 43-moddalar", Bar, holdsRole),
	rule("HLD-DOC", "assumed", Bar, holdsDocument),
	rule("HLD-LIST", "Saylov kodeksi 96-modda", Bar, onList),
}

// firstRole is the role, first by id, that is as asked.
func firstRole(roles []dossier.Role, is func(id, role string) bool) (dossier.Role, bool) {
	of := slices.DeleteFunc(slices.Clone(roles), func(r dossier.Role) bool { return !r.Active() || !is(r.ID, r.Role) })
	if len(of) == 0 {
		return dossier.Role{}, false
	}
	return slices.MinFunc(of, func(a, b dossier.Role) int { return cmp.Compare(a.ID, b.ID) }), true
}

// noOtherRole asks for no role that does not go together with what is applied for.
var noOtherRole = condition{[]string{"roles"}, func(in Input) Answer {
	r, ok := firstRole(in.Roles, func(id, _ string) bool { return slices.Contains(in.Conflicts, id) })
	if ok {
		return Answer{Proofs: []string{"role:" + r.ID}}.with(Fail, "has_role", "role", r.Role)
	}
	return Answer{Proofs: []string{"roles"}}.with(Pass, "no_other_role")
}}

// noMember asks for no membership of an election commission, whichever.
var noMember = noRoleOf("member")

func noRoleOf(role string) condition {
	return condition{[]string{"roles"}, func(in Input) Answer {
		r, ok := firstRole(in.Roles, func(_, held string) bool { return held == role })
		if ok {
			return Answer{Proofs: []string{"role:" + r.ID}}.with(Fail, "has_role", "role", role)
		}
		return Answer{Proofs: []string{"roles"}}.with(Pass, "not_of_role", "role", role)
	}}
}

// Own returns the role of the person that the application is about: of its type
// and kind of vote, put forward by the applicant; a candidate's or proxy's own; or
// that of a candidate's proxy. A member is of the body that is named. False: there
// is none.
func Own(in Input) (dossier.Role, bool) {
	mine := slices.DeleteFunc(slices.Clone(in.Roles), func(r dossier.Role) bool { return !in.sought(r) || !speaksFor(in.Applicant, r) })
	return firstRole(mine, func(_, _ string) bool { return true })
}

// sought reports a role as the application's type has it, whoever put it forward.
func (in Input) sought(r dossier.Role) bool {
	body := in.Subject.Seat()
	return of(r, in.Role, in.Ballot) && (r.Role != "candidate" || r.Ballot == "" || len(in.Ballots) == 0 || slices.Contains(in.Ballots, r.Ballot)) &&
		(r.Role != "member" || body == "" || r.Body == "" || r.Body == body)
}

func of(r dossier.Role, role, ballot string) bool {
	return r.Active() && r.Role == role && (ballot == "" || r.Ballot == "" || r.Ballot == ballot)
}

func speaksFor(a dossier.Applicant, r dossier.Role) bool {
	if a.Held.ID != "" {
		return r.ID == a.Held.ID || r.Candidate == a.Held.ID
	}
	return a.ID != "" && r.Organisation == a.ID
}

var holdsRole = condition{[]string{"roles", "applicant", "form:body"}, func(in Input) Answer {
	if in.Applicant.ID == "" || in.Role == "" {
		return Answer{}.with(Undetermined, "applicant_unknown")
	}
	if r, ok := Own(in); ok {
		return Answer{Proofs: []string{"role:" + r.ID}}.with(Pass, "holds_role", "role", in.Role)
	}
	a := Answer{Proofs: []string{"roles"}}
	if slices.ContainsFunc(in.Roles, in.sought) {
		return a.with(Fail, "role_of_another", "role", in.Role)
	}
	return a.with(Fail, "holds_no_role", "role", in.Role)
}}

// holdsDocument asks that the document to be reissued is the person's, stands, and
// that the applicant speaks for them.
var holdsDocument = condition{[]string{"documents", "roles", "applicant", "form:document"}, func(in Input) Answer {
	i := slices.IndexFunc(in.Documents, func(d dossier.Document) bool { return d.ID != "" && d.ID == in.Subject.IssuedDocument })
	a := Answer{Proofs: []string{"documents"}}
	if i < 0 {
		return a.with(Fail, "no_such_document")
	}
	a.Proofs = []string{"document:" + in.Documents[i].ID}
	if in.Documents[i].State != dossier.Issued {
		return a.with(Fail, "document_ended")
	}
	r, ok := firstRole(slices.DeleteFunc(slices.Clone(in.Roles), func(r dossier.Role) bool { return !speaksFor(in.Applicant, r) }),
		func(_, _ string) bool { return true })
	if !ok {
		return a.with(Fail, "document_of_another")
	}
	a.Proofs = append(a.Proofs, "role:"+r.ID)
	return a.with(Pass, "holds_document")
}}

// onList asks that the person stands on the applicant's list. Who stands before
// them there, the commission is told: they may have given their turn up.
var onList = condition{[]string{"roles", "list", "applicant"}, func(in Input) Answer {
	in.Role, in.Ballot, in.Ballots = "candidate", "LC-PR", nil
	r, ok := Own(in)
	if !ok {
		return Answer{Proofs: []string{"roles"}}.with(Fail, "not_on_list")
	}
	a := Answer{Proofs: []string{"role:" + r.ID, "list"}}
	if slices.ContainsFunc(in.List, func(l dossier.Role) bool { return of(l, "candidate", "LC-PR") && l.Position < r.Position }) {
		return a.with(Warn, "not_next_on_list")
	}
	return a.with(Pass, "next_on_list")
}}

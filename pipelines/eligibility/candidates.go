package eligibility

import (
	"slices"
	"strconv"

	"github.com/saylovhub/hub/contracts/register"
)

const (
	presidential = "Saylov kodeksi 61-modda"
	chamber      = "Saylov kodeksi 71-modda"
	kengash      = "Saylov kodeksi 90-modda"
	nomination   = "Saylov kodeksi 72-modda"
)

// candidateRules are the conditions of standing. The rules of local Kengashes
// hold for Jokargi Kenes by analogy, as its own law was not read.
var candidateRules = slices.Concat([]Rule{
	rule("PRES-AGE", presidential, Bar, aged(35)),
	rule("PRES-RES", presidential, Bar, resident(10)),
	rule("PRES-LANG", presidential, Bar, unproved("language")),
	rule("PRES-CRIM", presidential, Bar, neverIntentional),
	rule("PRES-CLERGY", presidential, Bar, notClergy),
	rule("PRES-TERMS", presidential, Bar, unproved("terms")), // not more than two in a row
},
	deputies("LC", chamber, 25, rule("LC-INCOMP", nomination, Advice, leavesPost)),
	deputies("LOC", kengash, 21, rule("LOC-HEAD", "assumed", Advice, leavesPost)),
	deputies("JK", "assumed", 21, rule("JK-HEAD", "assumed", Advice, leavesPost)),
	[]Rule{
		rule("CND-ONE", "Saylov kodeksi 40, 72-moddalar", Bar, noOtherRole),
		rule("CND-LEVELS", "assumed", Advice, oneLevel),
		rule("CND-PARTY", nomination, Bar, ownParty.orConfirmed("membership")),
		rule("CND-FEE", "assumed", Bar, condition{nil, func(Input) Answer { return Answer{}.with(NotApplicable, "no_deposit") }}),
	})

// deputies are the conditions that all representative bodies share: age, five
// years of residence, no serious conviction, no service, not clergy.
func deputies(prefix, article string, age int, more Rule) []Rule {
	return []Rule{
		rule(prefix+"-AGE", article, Bar, aged(age)),
		rule(prefix+"-RES", article, Bar, resident(5)),
		rule(prefix+"-CRIM", article, Bar, noSeriousConviction),
		rule(prefix+"-MIL", article, Bar, notInService),
		rule(prefix+"-CLERGY", article, Bar, notClergy),
		more,
	}
}

// resident asks for so many years in the country right before election day. No
// register has them: an address of record proves none.
func resident(years int) condition {
	return condition{nil, func(Input) Answer {
		return Answer{}.with(Undetermined, "residence_unproved", "years", strconv.Itoa(years))
	}}.orConfirmed("residence")
}

// neverIntentional holds for expunged convictions too: the Code says "previously
// convicted". A register that did not tell all of one leaves Gravity empty.
var neverIntentional = noConviction("intentional_conviction", func(v register.Conviction, _ Input) (bool, bool) {
	return v.Intentional, v.Gravity != ""
})

var noSeriousConviction = noConviction("serious_conviction", func(v register.Conviction, in Input) (bool, bool) {
	if !stands(v, in) {
		return false, true
	}
	switch v.Gravity {
	case register.Serious, register.EspeciallySerious:
		return true, true
	case register.NotSerious, register.LessSerious:
		return false, true
	default:
		return false, false
	}
})

// oneLevel tells of a candidacy for another body, which goes together with this one.
var oneLevel = condition{[]string{"roles"}, func(in Input) Answer {
	r, ok := firstRole(in.Roles, func(id, role string) bool { return role == "candidate" && !slices.Contains(in.Conflicts, id) })
	if ok {
		return Answer{Proofs: []string{"role:" + r.ID}}.with(Fail, "stands_elsewhere")
	}
	return Answer{Proofs: []string{"roles"}}.with(Pass, "stands_once")
}}

// ownParty asks that a candidate is of the party that puts them forward, or of
// none by the party's own word: no register tells of membership.
var ownParty = condition{[]string{"form:party", "applicant", "statement:not_party_member"}, func(in Input) Answer {
	if p := in.Subject.Party; p != "" {
		a := Answer{Proofs: []string{"form:party", "applicant"}}
		if p == in.Applicant.ID || p == in.Applicant.Org.ID || p == in.Applicant.Org.Parent {
			return a.with(Pass, "own_party")
		}
		if in.Applicant.ID == "" {
			return a.with(Undetermined, "applicant_unknown")
		}
		return a.with(Fail, "other_party")
	}
	return noParty.eval(in)
}}

var noParty = stated("not_party_member", "no_party", "party_member")

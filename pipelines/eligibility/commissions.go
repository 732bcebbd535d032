package eligibility

import (
	"github.com/saylovhub/hub/contracts/register"
)

const members = "Saylov kodeksi 25-modda"

// commissionRules hold for members of commissions of every level.
var commissionRules = []Rule{
	rule("COM-AGE", members, Bar, aged(21)),
	rule("COM-EDU", members, Bar, educated),
	rule("COM-EXP", members, Advice, experienced),
	rule("COM-NOPARTY", members, Bar, ofNoParty),
	rule("COM-NOCOM", members, Bar, noMember),
	rule("COM-POST", members, Bar, noPost("unfit_post", barredPost, atCourt)),
	rule("COM-KIN", members, Bar, every(stated("not_kin", "no_kin", "kin").orConfirmed("kin"), noRoleOf("proxy"))),
	rule("COM-CRIM", "assumed", Bar, noConviction("conviction", func(v register.Conviction, in Input) (bool, bool) { return stands(v, in), true })),
	rule("CEC-MEM", "Saylov kodeksi 13-modda", Bar, every(aged(25), graduate, resident(5), ofNoParty)),
}

var ofNoParty = noParty.orConfirmed("membership")

// graduate asks for higher education: the register's diplomas are of that.
var graduate = on(register.Education, func(e *register.EducationRecord, _ Input, a Answer) Answer {
	if len(e.Diplomas) == 0 {
		return a.with(Undetermined, "unproved", "what", "education")
	}
	return a.with(Pass, "educated")
}).orConfirmed("education")

// educated asks for secondary education at least: one register that knows of it is
// enough, and none proves that there is none.
var educated = condition{append([]string{"finding:school-certificate", "finding:lyceum-certificate"}, graduate.accepts...), func(in Input) Answer {
	if s, a, ok := fact[register.SchoolCertificate](in, register.School); ok && has(s.Level, []string{"11"}) {
		return a.with(Pass, "educated")
	}
	if _, a, ok := fact[register.LyceumCertificate](in, register.Lyceum); ok {
		return a.with(Pass, "educated")
	}
	return graduate.eval(in)
}}

// experienced is asked for "as a rule": without the commission's word it is told,
// and bars nobody.
var experienced = func() condition {
	c := unproved("experience")
	return condition{c.accepts, func(in Input) Answer {
		a := c.eval(in)
		if a.Result == Undetermined {
			a.Result = Warn
		}
		return a
	}}
}()

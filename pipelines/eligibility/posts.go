package eligibility

import (
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
)

// What the employment register writes of bodies and posts, as plain spells it.
// All of it assumed: no register publishes a code for a post.
var (
	services = []string{ // bodies whose service bars a candidate
		"mudofaa vazirligi", "qurolli kuchlar", "harbiy qism", "davlat xavfsizlik xizmati",
		"milliy gvardiya", "ichki ishlar", "davlat bojxona", "bojxona qomitasi",
	}
	clergyPosts = []string{"imom", "imomi", "xatib", "xatibi", "muftiy", "ruhoniy", "episkop", "ravvin", "pastor", "svyashchennik"}
	hokims      = []string{"hokim", "hokimi"}
	judges      = []string{"sudya", "sudyasi"}
	prosecutors = []string{"prokuror", "prokurori"}
	ministers   = []string{"vazir", "vaziri"}
	courts      = []string{"sud", "sudi", "sudlari", "prokuratura", "prokuraturasi"}
	aides       = []string{"yordamchi", "orinbosar", "maslahatchi", "kotib"} // beginnings
)

func words(s string) []string {
	return strings.FieldsFunc(plain(s), func(r rune) bool { return strings.ContainsRune(" ,.;:-–—()/\"«»", r) })
}

func has(text string, list ...[]string) bool {
	of := slices.Concat(list...)
	return slices.ContainsFunc(words(text), func(w string) bool { return slices.Contains(of, w) })
}

func serves(j register.Job) bool {
	e := plain(j.Employer)
	return slices.ContainsFunc(services, func(s string) bool { return strings.Contains(e, s) })
}

func isClergy(j register.Job) bool { return has(j.Position, clergyPosts) }

// heads reports a judge, prosecutor, hokim or minister, not those who work for one.
func heads(j register.Job) bool {
	aide := slices.ContainsFunc(words(j.Position), func(w string) bool {
		return slices.ContainsFunc(aides, func(a string) bool { return strings.HasPrefix(w, a) })
	})
	return !aide && has(j.Position, hokims, judges, prosecutors, ministers)
}

// barredPost reports a hokim, or an official of a court or prosecutor's office: an
// assistant prosecutor is one.
func barredPost(j register.Job) bool {
	return has(j.Position, prosecutors) || (heads(j) && !has(j.Position, ministers))
}

func atCourt(j register.Job) bool { return has(j.Employer, courts) }

// present finds a job that has not ended and is as asked.
func present(w *register.WorkHistory, is func(register.Job) bool) bool {
	return slices.ContainsFunc(w.Jobs, func(j register.Job) bool { return j.End.IsZero() && is(j) })
}

// notInService and notClergy need both the register and the signed word. A post
// of clergy against the word is a contradiction, and the commission looks.
var (
	notInService = declared("not_in_service", serves, Fail, "not_in_service", "in_service", "in_service_by_statement").orConfirmed("post")
	notClergy    = declared("not_clergy", isClergy, Undetermined, "not_clergy", "clergy_by_post", "clergy").orConfirmed("clergy")
)

func declared(statement string, is func(register.Job) bool, held Result, pass, byRegister, byWord string) condition {
	word := stated(statement, pass, byWord)
	return condition{append([]string{"finding:employment"}, word.accepts...), func(in Input) Answer {
		said := word.eval(in)
		if said.Result == Fail {
			return said
		}
		w, a, ok := fact[register.WorkHistory](in, register.Employment)
		if !ok {
			if in.Findings[register.Employment].Status == register.Absent && said.Result == Pass {
				said.Proofs = append(said.Proofs, a.Proofs...) // no work of record: the signed word stands
				return said
			}
			return a
		}
		if present(w, is) {
			return a.with(held, byRegister)
		}
		said.Proofs = append(said.Proofs, a.Proofs...)
		return said
	}}
}

// noPost asks for a present job that is none of the barred; doubt (may be nil)
// says where a person must look.
func noPost(reason string, barred, doubt func(register.Job) bool) condition {
	return condition{[]string{"finding:employment"}, func(in Input) Answer {
		w, a, ok := fact[register.WorkHistory](in, register.Employment)
		switch {
		case !ok && in.Findings[register.Employment].Status == register.Absent:
			return a.with(NotApplicable, "no_post_known")
		case !ok:
			return a
		case present(w, barred):
			return a.with(Fail, reason)
		case doubt != nil && present(w, doubt):
			return a.with(Undetermined, "post_unclear")
		}
		return a.with(Pass, "no_such_post")
	}}.orConfirmed("post")
}

// leavesPost tells of a post that does not go together with a mandate, and
// whether the candidate undertook to leave it.
var leavesPost = func() condition {
	post := noPost("must_leave_post", heads, nil)
	return condition{append(slices.Clone(post.accepts), "statement:leaves_post"), func(in Input) Answer {
		a := post.eval(in)
		if a.Result == Fail && in.Subject.Statements["leaves_post"] {
			a.Proofs = append(a.Proofs, "statement:leaves_post")
			return a.with(Fail, "will_leave_post")
		}
		return a
	}}
}()

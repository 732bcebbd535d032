package eligibility

import (
	"cmp"
	"strconv"

	"github.com/saylovhub/hub/contracts/register"
)

const proxies = "Saylov kodeksi 43-modda"

// proxyRules hold for candidates' proxies and parties' authorised representatives.
// That they are citizens and capable is ALL-CIT and ALL-CAP.
var proxyRules = []Rule{
	rule("PRX-NOCOM", proxies, Bar, noMember),
	rule("PRX-ONE", "assumed", Bar, noOtherRole),
	rule("PRX-AGE", "assumed", Bar, agedNow(18)), // at registration
	rule("PRX-POST", "assumed", Advice, noPost("unfit_post", func(j register.Job) bool { return barredPost(j) || serves(j) }, nil)),
	rule("REP-ONE", "Saylov kodeksi 34-modda", Bar, every(aged(18), noOtherRole)),
}

var proxyWholes = []WholeRule{
	over("PRX-MAX", proxies, Bar, []string{"members", "standing", "applicant", "form:ballot"}, proxyMax),
}

// proxyLimits are the most proxies of one candidate, by the kind of vote; JK assumed.
var proxyLimits = map[string]int{"PRES": 15, "LC-SMD": 10, "LC-PR": 10, "JK": 5, "REG": 5, "DIST": 3}

func proxyMax(w Whole) Answer {
	a := Answer{Proofs: []string{"form:subjects", "standing"}}
	limit, ok := proxyLimits[cmp.Or(w.Applicant.Held.Ballot, w.Ballot)]
	if !ok {
		return a.with(Undetermined, "ballot_unknown")
	}
	n := w.Standing.Proxies + len(w.counted())
	a = a.with(Pass, "proxies_few", "n", strconv.Itoa(n), "max", strconv.Itoa(limit))
	if n > limit {
		return a.with(Fail, "proxies_many")
	}
	return a
}

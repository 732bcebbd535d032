package eligibility_test

import (
	"testing"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// What a reason says in numbers is what was counted.
func TestWording(t *testing.T) {
	t.Parallel()
	person := []struct {
		row
		text string
	}{
		{row{rule: "LOC-AGE", change: []alter{born("2005-12-28")}}, "20 on election day, 21 needed"},
		{row{rule: "PRX-AGE", change: []alter{born("2008-11-01")}}, "18 on the day of registration, 18 asked for"},
		{row{rule: "ALL-CAP", change: []alter{missing(register.Capacity)}}, "no answer from the register: legal capacity"},
		{row{rule: "LC-RES", change: []alter{confirmed()}}, "residence for 5 years before the election is not proved"},
		{row{rule: "PRES-RES", change: []alter{confirmed()}}, "residence for 10 years before the election is not proved"},
		{row{rule: "PRES-RES", change: []alter{confirmed("residence")}}, "confirmed by the commission on paper: term of permanent residence"},
		{row{rule: "COM-EXP", change: []alter{confirmed()}}, "not proved: experience of elections"},
		{row{rule: "XR-ONE", change: []alter{against(a("member", "subject-2"))}}, "already holds a role: commission member"},
		{row{rule: "OBS-TERM", change: []alter{submitted("2026-12-18", "2026-12-17")}}, "handed in on 2026-12-18, the last day was 2026-12-17"},
	}
	for _, c := range person {
		_, list := assess(t, c.input(), []string{c.rule})
		if got := eligibility.Text(list[0], "en"); got != c.text {
			t.Errorf("%s: %q, want %q", c.rule, got, c.text)
		}
	}
	whole := []struct {
		wholeRow
		text string
	}{
		{wholeRow{rule: "PRX-MAX", change: []alterWhole{holder("DIST"), named(many("w", 2)), standing(eligibility.Standing{Proxies: 2})}}, "4 proxies, 3 are allowed"},
		{wholeRow{rule: "LST-SIZE", change: []alterWhole{named(many("w", 74))}}, "74 candidates, 75 to 100 are asked for"},
		{wholeRow{rule: "LST-WOMEN", change: []alterWhole{named(set("wmmm")), standing(eligibility.Standing{Candidates: 2})}}, "women: 1, of 6 at least 3 needed"},
		{wholeRow{rule: "LST-ZIP", change: []alterWhole{named(set("wwmmm" + "wwmmm" + "mmmm"))}}, "women in places 11-14: 0, at least 1 needed"},
		{wholeRow{rule: "COM-SIZE", change: []alterWhole{named(set("w")), body(19, nil)}}, "precinct-1: 20 members, 5 to 19 are asked for"},
		{wholeRow{rule: "COM-HALF", change: []alterWhole{named(many("w", 6)), recommended("a", "a", "a", "b", "b", "c")}}, "one organisation recommended 3 of 6 at most"},
		{wholeRow{rule: "LST-SMD", change: []alterWhole{named(set("w")), standing(eligibility.Standing{Constituencies: map[string]int{"okrug-1": 1}})}}, "more than one candidate of the party in the constituency: okrug-1"},
		{wholeRow{rule: "ADM-REG", change: []alterWhole{since("2026-05-27", "", "2026-09-26")}}, "the party was registered on 2026-05-27, less than 4 months ahead"},
		{wholeRow{rule: "ADM-SIG-LC", change: []alterWhole{spread(13*3_201, 3_201, 0)}}, "one territory may give 3200 signatures: 1700"},
		{wholeRow{rule: "ADM-SIG-PRES", change: []alterWhole{spread(199_999, 16_000, 20_000_000)}}, "199999 signatures, 200000 are needed"},
		{wholeRow{rule: "SIG-CHECK", change: []alterWhole{checked(1000, 152, 39)}}, "39 of 152 checked sheets, more than a quarter, are faulty"},
	}
	for _, c := range whole {
		_, list, err := eligibility.AssessWhole(c.input(), []string{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		if got := eligibility.Text(list[0], "en"); got != c.text {
			t.Errorf("%s: %q, want %q", c.rule, got, c.text)
		}
	}
}

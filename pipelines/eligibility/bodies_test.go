package eligibility_test

import (
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

var bodyCases = wholeRows(
	[]wholeRow{
		{"4 in a precinct", "COM-SIZE", []alterWhole{named(many("w", 4))}, fail, "body_size_broken"},
		{"5 in a precinct", "COM-SIZE", []alterWhole{named(many("w", 5))}, pass, "body_size"},
		{"19 in a precinct", "COM-SIZE", []alterWhole{named(many("w", 19))}, pass, "body_size"},
		{"20 in a precinct", "COM-SIZE", []alterWhole{named(many("w", 20))}, fail, "body_size_broken"},
		{"19, one of whom is exchanged", "COM-SIZE", []alterWhole{named(set("w")), leaves, body(19, nil)}, pass, "body_size"},
		{"19 and one more", "COM-SIZE", []alterWhole{named(set("w")), body(19, nil)}, fail, "body_size_broken"},
		{"5, one of whom leaves", "COM-SIZE", []alterWhole{leaves, body(5, nil)}, fail, "body_size_broken"},
		{"who leaves is of no body known", "COM-SIZE", []alterWhole{leaves}, undetermined, "body_unknown"},
		{"members of no body", "COM-SIZE", []alterWhole{named([]eligibility.Member{{}})}, undetermined, "body_unknown"},
		{"one precinct of two too small", "COM-SIZE", []alterWhole{named(append(many("w", 5), eligibility.Member{Subject: dossier.Subject{Precinct: "precinct-2"}}))}, fail, "body_size_broken"},
		{"6 in a district commission", "COM-SIZE", []alterWhole{typed("dec-composition-recommend"), named(many("w", 6))}, fail, "body_size_broken"},
		{"7 in a district commission", "COM-SIZE", []alterWhole{typed("dec-composition-recommend"), named(many("w", 7))}, pass, "body_size"},
		{"15 in a district commission", "COM-SIZE", []alterWhole{typed("dec-member-change"), named(many("w", 15))}, pass, "body_size"},
		{"16 in a district commission", "COM-SIZE", []alterWhole{typed("dec-composition-recommend"), named(many("w", 16))}, fail, "body_size_broken"},
		{"8 in a constituency's", "COM-SIZE", []alterWhole{typed("okrug-composition-recommend"), named(many("w", 8))}, fail, "body_size_broken"},
		{"9 in a constituency's", "COM-SIZE", []alterWhole{typed("okrug-composition-recommend"), named(many("w", 9))}, pass, "body_size"},
		{"11 in a territorial one", "COM-SIZE", []alterWhole{typed("tec-composition-recommend"), named(many("w", 11))}, pass, "body_size"},
		{"12 in a territorial one", "COM-SIZE", []alterWhole{typed("tec-composition-recommend"), named(many("w", 12))}, fail, "body_size_broken"},
		{"of no level known", "COM-SIZE", []alterWhole{typed("observer-party-register"), named(many("w", 9))}, undetermined, "level_unknown"},
		{"nobody", "COM-SIZE", nil, notApplicable, "nobody"},

		{"exactly half", "COM-HALF", []alterWhole{named(many("w", 6)), recommended("mahalla", "Mahalla", "mahalla ", "maktab", "zavod", "klub")}, pass, "not_over_half"},
		{"one over half", "COM-HALF", []alterWhole{named(many("w", 6)), recommended("mahalla", "mahalla", "mahalla", "mahalla", "zavod", "klub")}, fail, "over_half"},
		{"over half of an odd number", "COM-HALF", []alterWhole{named(many("w", 5)), recommended("mahalla", "mahalla", "mahalla", "zavod", "klub")}, fail, "over_half"},
		{"half with one not told", "COM-HALF", []alterWhole{named(many("w", 6)), recommended("mahalla", "mahalla", "mahalla", "maktab", "zavod")}, undetermined, "recommenders_unknown"},
		{"less than half with one not told", "COM-HALF", []alterWhole{named(many("w", 6)), recommended("mahalla", "mahalla", "", "maktab", "zavod", "zavod")}, pass, "not_over_half"},
		{"nothing told", "COM-HALF", []alterWhole{named(many("w", 6))}, undetermined, "recommenders_unknown"},
		{"nothing told, by the applicant's word", "COM-HALF", []alterWhole{named(many("w", 6)), declares(true)}, pass, "not_over_half_stated"},
		{"nothing told, against the applicant's word", "COM-HALF", []alterWhole{named(many("w", 6)), declares(false)}, fail, "over_half"},
		{"over half, whatever is said", "COM-HALF", []alterWhole{named(many("w", 5)), recommended("mahalla", "mahalla", "mahalla", "zavod", "klub"), declares(true)}, fail, "over_half"},
		{"with those who stand", "COM-HALF", []alterWhole{named(set("w")), recommended("mahalla"), body(5, map[string]int{"mahalla": 3, "zavod": 2})}, fail, "over_half"},
		{"exactly half with those who stand", "COM-HALF", []alterWhole{named(set("w")), recommended("zavod"), body(5, map[string]int{"mahalla": 3, "zavod": 2})}, pass, "not_over_half"},
		{"whom the applicant handed in, others recommended", "COM-HALF", []alterWhole{named(set("w")), recommended("mahalla"), body(5, map[string]int{"hokimiyat": 5})}, undetermined, "recommenders_unknown"},
		{"one not told leaves", "COM-HALF", []alterWhole{named(set("w")), recommended("zavod"), leaves, body(6, map[string]int{"mahalla": 3, "zavod": 2, "hokimiyat": 1})}, pass, "not_over_half"},
		{"one of somebody's leaves, whose is not told", "COM-HALF", []alterWhole{named(set("w")), recommended("mahalla"), leaves, body(6, map[string]int{"mahalla": 3, "zavod": 3})}, undetermined, "recommenders_unknown"},
		{"who leaves is of no body known", "COM-HALF", []alterWhole{leaves}, undetermined, "body_unknown"},
		{"nobody", "COM-HALF", nil, notApplicable, "nobody"},
	},
	proxyRows(map[string]int{"PRES": 15, "LC-SMD": 10, "LC-PR": 10, "JK": 5, "REG": 5, "DIST": 3}),
	[]wholeRow{
		{"of whichever vote", "PRX-MAX", []alterWhole{named(set("w"))}, undetermined, "ballot_unknown"},
		{"the ballot of the application", "PRX-MAX", []alterWhole{ballot("DIST"), named(many("w", 4))}, fail, "proxies_many"},
		{"four, one of whom may not be", "PRX-MAX", []alterWhole{ballot("DIST"), named(set("wmw-"))}, pass, "proxies_few"},
	},
)

func proxyRows(limits map[string]int) []wholeRow {
	var list []wholeRow
	for b, n := range limits {
		list = append(list,
			wholeRow{fmt.Sprintf("%d for %s", n, b), "PRX-MAX", []alterWhole{holder(b), named(many("w", n))}, pass, "proxies_few"},
			wholeRow{fmt.Sprintf("%d for %s", n+1, b), "PRX-MAX", []alterWhole{holder(b), named(many("w", n+1))}, fail, "proxies_many"},
			wholeRow{fmt.Sprintf("%d for %s with those who are", n, b), "PRX-MAX", []alterWhole{holder(b), named(set("w")), standing(eligibility.Standing{Proxies: n - 1})}, pass, "proxies_few"},
			wholeRow{fmt.Sprintf("%d for %s with those who are", n+1, b), "PRX-MAX", []alterWhole{holder(b), named(set("w")), standing(eligibility.Standing{Proxies: n})}, fail, "proxies_many"})
	}
	return list
}

var admissionCases = []wholeRow{
	{"four months to the day", "ADM-REG", []alterWhole{since("2026-05-26", "", "2026-09-26")}, pass, "registered_long"},
	{"a day less", "ADM-REG", []alterWhole{since("2026-05-27", "", "2026-09-26")}, fail, "registered_late"},
	{"from the 31st to the last of a short month", "ADM-REG", []alterWhole{since("2026-05-31", "", "2026-09-30")}, pass, "registered_long"},
	{"from the 31st to the day before", "ADM-REG", []alterWhole{since("2026-05-31", "", "2026-09-29")}, fail, "registered_late"},
	{"over the new year", "ADM-REG", []alterWhole{since("2025-10-31", "", "2026-02-28")}, pass, "registered_long"},
	{"by the party's word", "ADM-REG", []alterWhole{since("", "2026-05-26", "2026-09-26")}, pass, "registered_long"},
	{"by the party's word, late", "ADM-REG", []alterWhole{since("", "2026-05-27", "2026-09-26")}, fail, "registered_late"},
	{"both say the same", "ADM-REG", []alterWhole{since("2026-05-26", "2026-05-26", "2026-09-26")}, pass, "registered_long"},
	{"they differ", "ADM-REG", []alterWhole{since("2026-05-26", "2026-05-25", "2026-09-26")}, undetermined, "registration_differs"},
	{"they differ, the commission looked", "ADM-REG", []alterWhole{since("2026-05-26", "2026-05-25", "2026-09-26"), affirmed("registration")}, pass, "confirmed"},
	{"late, whatever is confirmed", "ADM-REG", []alterWhole{since("2026-05-27", "", "2026-09-26"), affirmed("registration")}, fail, "registered_late"},
	{"no day of it", "ADM-REG", []alterWhole{since("", "", "2026-09-26")}, undetermined, "registration_unknown"},
	{"not announced", "ADM-REG", []alterWhole{since("2020-01-01", "", "")}, undetermined, "registration_unknown"},

	{"40,000", "ADM-SIG-LC", []alterWhole{spread(40_000, 3_200, 0)}, pass, "signatures_enough"},
	{"39,999", "ADM-SIG-LC", []alterWhole{spread(39_999, 3_200, 0)}, fail, "signatures_few"},
	{"8 % from one territory", "ADM-SIG-LC", []alterWhole{spread(13*3_200, 3_200, 0)}, pass, "signatures_enough"},
	{"one over 8 %", "ADM-SIG-LC", []alterWhole{spread(13*3_201, 3_201, 0)}, fail, "territory_over"},
	{"few, whatever is confirmed", "ADM-SIG-LC", []alterWhole{spread(39_999, 3_200, 0), affirmed("signatures")}, fail, "signatures_few"},
	{"they do not add up", "ADM-SIG-LC", []alterWhole{sheets(dossier.Signatures{Valid: 40_000, Territories: map[string]int{"1701": 3_000}})}, undetermined, "signatures_differ"},
	{"they add up with a negative one", "ADM-SIG-LC", []alterWhole{spread(40_000, 3_200, 0), func(w *eligibility.Whole) {
		w.Form.Signatures.Territories["1798"], w.Form.Signatures.Territories["1799"] = -1, 1
	}}, undetermined, "signatures_differ"},
	{"they do not add up, the commission counted", "ADM-SIG-LC", []alterWhole{sheets(dossier.Signatures{Valid: 40_000}), affirmed("signatures")}, pass, "confirmed"},
	{"none told", "ADM-SIG-LC", nil, undetermined, "signatures_unknown"},

	{"1 % of 20,000,000", "ADM-SIG-PRES", []alterWhole{spread(200_000, 16_000, 20_000_000)}, pass, "signatures_enough"},
	{"one less", "ADM-SIG-PRES", []alterWhole{spread(199_999, 16_000, 20_000_000)}, fail, "signatures_few"},
	{"1 % of 20,000,001 is rounded up", "ADM-SIG-PRES", []alterWhole{spread(200_000, 16_000, 20_000_001)}, fail, "signatures_few"},
	{"and met", "ADM-SIG-PRES", []alterWhole{spread(200_001, 16_000, 20_000_001)}, pass, "signatures_enough"},
	{"one over 8 %", "ADM-SIG-PRES", []alterWhole{spread(13*16_001, 16_001, 20_000_000)}, fail, "territory_over"},
	{"they do not add up", "ADM-SIG-PRES", []alterWhole{sheets(dossier.Signatures{Valid: 200_000, Voters: 20_000_000})}, undetermined, "signatures_differ"},
	{"so many voters that sums run over", "ADM-SIG-PRES", []alterWhole{sheets(dossier.Signatures{Valid: 1, Voters: 1<<63 - 1})}, fail, "signatures_few"},
	{"voters not told", "ADM-SIG-PRES", []alterWhole{ballot("PRES"), spread(200_000, 16_000, 0)}, undetermined, "signatures_unknown"},
	{"fewer than none", "ADM-SIG-PRES", []alterWhole{ballot("PRES"), spread(200_000, 16_000, -5)}, undetermined, "signatures_unknown"},
	{"voters not told, the commission counted", "ADM-SIG-PRES", []alterWhole{ballot("PRES"), spread(200_000, 16_000, 0), affirmed("signatures")}, pass, "confirmed"},

	{"none told", "ADM-SIG-PRES", []alterWhole{ballot("PRES")}, undetermined, "signatures_unknown"},
	{"for the Chamber, of no one kind", "ADM-SIG-PRES", []alterWhole{spread(40_000, 3_200, 0)}, notApplicable, "other_ballot"},
	{"for the Chamber, whatever voters there are", "ADM-SIG-PRES", []alterWhole{ballot("LC-PR"), spread(40_000, 3_200, 20_000_000)}, notApplicable, "other_ballot"},
	{"for the President", "ADM-SIG-LC", []alterWhole{ballot("PRES"), spread(200_000, 16_000, 20_000_000)}, notApplicable, "other_ballot"},
	{"for constituencies", "ADM-SIG-LC", []alterWhole{ballot("LC-SMD"), spread(39_999, 3_200, 0)}, fail, "signatures_few"},
	{"for lists", "ADM-SIG-LC", []alterWhole{ballot("LC-PR"), spread(40_000, 3_200, 0)}, pass, "signatures_enough"},

	{"15 % checked, a quarter faulty", "SIG-CHECK", []alterWhole{checked(1000, 152, 38)}, pass, "sheets_sound"},
	{"one over a quarter", "SIG-CHECK", []alterWhole{checked(1000, 152, 39)}, fail, "sheets_faulty"},
	{"a quarter of an odd number", "SIG-CHECK", []alterWhole{checked(1000, 151, 38)}, fail, "sheets_faulty"},
	{"exactly 15 %", "SIG-CHECK", []alterWhole{checked(1000, 150, 0)}, pass, "sheets_sound"},
	{"less than 15 %", "SIG-CHECK", []alterWhole{checked(1000, 149, 0)}, undetermined, "sheets_few_checked"},
	{"15 % is rounded up", "SIG-CHECK", []alterWhole{checked(1001, 150, 0)}, undetermined, "sheets_few_checked"},
	{"few checked, and most of them faulty", "SIG-CHECK", []alterWhole{checked(1000, 100, 90)}, fail, "sheets_faulty"},
	{"more checked than there are", "SIG-CHECK", []alterWhole{checked(10, 11, 0)}, undetermined, "sheets_unchecked"},
	{"more faulty than checked", "SIG-CHECK", []alterWhole{checked(10, 5, 6)}, undetermined, "sheets_unchecked"},
	{"none checked", "SIG-CHECK", []alterWhole{checked(1000, 0, 0)}, undetermined, "sheets_unchecked"},
	{"fewer than none faulty", "SIG-CHECK", []alterWhole{checked(10, 5, -1)}, undetermined, "sheets_unchecked"},
	{"no sheets", "SIG-CHECK", nil, undetermined, "sheets_unchecked"},
	{"the commission's word", "SIG-CHECK", []alterWhole{affirmed("signatures")}, pass, "confirmed"},
}

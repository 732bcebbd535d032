package eligibility

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// What a party needs to take part.
const (
	registeredMonths    = 4      // before the campaign is announced
	chamberSignatures   = 40_000 // of voters
	presidentialPercent = 1      // of all voters
	territoryPercent    = 8      // of the number needed, from one territory
	checkedPercent      = 15     // of the sheets
	faultySheetsOneIn   = 4      // of those checked
)

var sheetProofs = []string{"form:signatures", "confirmation:signatures"}

// admissionRules hold for a party that asks to take part.
var admissionRules = []WholeRule{
	over("ADM-REG", "Saylov kodeksi 62, 68-moddalar", Bar, []string{"applicant", "form:registered", "clock", "confirmation:registration"}, registered),
	over("ADM-SIG-LC", "Saylov kodeksi 68-modda", Bar, append([]string{"form:ballot"}, sheetProofs...), sheets(forChamber, func(*dossier.Signatures) int { return chamberSignatures })),
	over("ADM-SIG-PRES", "Saylov kodeksi 37, 38-moddalar", Bar, append([]string{"form:ballot"}, sheetProofs...), sheets(forPresident, func(s *dossier.Signatures) int {
		return percentUp(max(s.Voters, 0), presidentialPercent)
	})),
	over("SIG-CHECK", "Saylov kodeksi 39-modda", Bar, sheetProofs, sheetsChecked),
}

// registered rests on the directory's day, else on the party's signed word; two
// that differ contradict each other.
func registered(w Whole) Answer {
	known, said := w.Applicant.Org.Registered, w.Form.Registered
	a := Answer{Proofs: []string{"directory:registered"}}
	day := known
	if known.IsZero() {
		a, day = Answer{Proofs: []string{"form:registered"}}, said
	}
	switch {
	case day.IsZero() || w.Announced.IsZero():
		a = Answer{}.with(Undetermined, "registration_unknown")
	case !known.IsZero() && !said.IsZero() && known != said:
		a = a.with(Undetermined, "registration_differs")
	case addMonths(day, registeredMonths).Compare(w.Announced) > 0:
		a = a.with(Fail, "registered_late", "day", day.String())
	default:
		a = a.with(Pass, "registered_long", "day", day.String())
	}
	return settle(a, "registration", w.Confirmations, nil)
}

// addMonths keeps the day of the month, or takes the month's last one.
func addMonths(d civil.Date, n int) civil.Date {
	last := time.Date(d.Year, d.Month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return civil.Date{Year: last.Year(), Month: last.Month(), Day: min(d.Day, last.Day())}
}

// percentUp is a share rounded up, of whatever large number.
func percentUp(n, percent int) int { return n/100*percent + (n%100*percent+99)/100 }

// forChamber and forPresident say which number of signatures is asked for. No one
// kind of vote is named where both kinds for the Legislative Chamber are held; the
// President's is also known by the number of voters, of which it asks for a share.
func forChamber(w Whole) bool { return slices.Contains([]string{"", "LC-SMD", "LC-PR"}, w.Ballot) }

func forPresident(w Whole) bool {
	return w.Ballot == "PRES" || (w.Ballot == "" && w.Form.Signatures != nil && w.Form.Signatures.Voters > 0)
}

// sheets asks for so many signatures, of which no territory gives more than 8 % of
// the number needed.
func sheets(asked func(Whole) bool, needed func(*dossier.Signatures) int) func(Whole) Answer {
	return func(w Whole) Answer {
		if !asked(w) {
			return Answer{}.with(NotApplicable, "other_ballot")
		}
		s := w.Form.Signatures
		if s == nil || needed(s) == 0 {
			return settle(Answer{}.with(Undetermined, "signatures_unknown"), "signatures", w.Confirmations, nil)
		}
		need := needed(s)
		most := need/100*territoryPercent + need%100*territoryPercent/100
		a := Answer{Proofs: []string{"form:signatures"}}.with(Pass, "signatures_enough", "n", strconv.Itoa(s.Valid), "min", strconv.Itoa(need), "most", strconv.Itoa(most))
		sum, largest, negative := 0, "", false
		for _, t := range slices.Sorted(maps.Keys(s.Territories)) {
			n := s.Territories[t]
			sum += n
			negative = negative || n < 0
			if largest == "" || n > s.Territories[largest] {
				largest = t
			}
		}
		switch {
		case s.Valid < need:
			a = a.with(Fail, "signatures_few")
		case largest != "" && s.Territories[largest] > most:
			a = a.with(Fail, "territory_over", "territory", largest)
		case sum != s.Valid || negative:
			a = a.with(Undetermined, "signatures_differ")
		}
		return settle(a, "signatures", w.Confirmations, nil)
	}
}

// sheetsChecked asks that enough sheets were checked, and not more than a quarter
// of them faulty.
func sheetsChecked(w Whole) Answer {
	s := cmp.Or(w.Form.Signatures, &dossier.Signatures{})
	a := Answer{Proofs: []string{"form:signatures"}}.with(Pass, "sheets_sound", "n", strconv.Itoa(s.Faulty), "of", strconv.Itoa(s.Checked))
	switch {
	case s.Checked <= 0 || s.Checked > s.Sheets || s.Faulty < 0 || s.Faulty > s.Checked:
		a = Answer{}.with(Undetermined, "sheets_unchecked")
	case s.Faulty > s.Checked/faultySheetsOneIn:
		a = a.with(Fail, "sheets_faulty")
	case s.Checked < percentUp(s.Sheets, checkedPercent):
		a = a.with(Undetermined, "sheets_few_checked")
	}
	return settle(a, "signatures", w.Confirmations, nil)
}

package eligibility

import (
	"strconv"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
)

// personRules hold for whoever stands for something, and for voters.
var personRules = []Rule{
	rule("ALL-ALIVE", "assumed", Bar, alive),
	rule("ALL-CIT", "Saylov kodeksi 4, 5-moddalar", Bar, citizen),
	rule("ALL-CAP", "Saylov kodeksi 5-modda", Bar, capable.orConfirmed("capacity")),
	rule("ALL-CUST", "Saylov kodeksi 5-modda", Bar, notInCustody.orConfirmed("criminal-record")),
	rule("VOT-AGE", "Saylov kodeksi 4-modda", Bar, aged(18)),
	rule("XR-ONE", "assumed", Bar, noOtherRole),
}

var alive = on(register.Personal, func(p *register.PersonalData, _ Input, a Answer) Answer {
	if !p.Alive {
		return a.with(Fail, "not_alive")
	}
	return a.with(Pass, "alive")
})

var citizen = on(register.Personal, func(p *register.PersonalData, _ Input, a Answer) Answer {
	if !p.Citizen {
		return a.with(Fail, "not_citizen")
	}
	return a.with(Pass, "citizen")
})

// aged measures the age on election day: a birthday on the day counts.
func aged(years int) condition {
	return agedOn(years, "", func(in Input) civil.Date { return in.ElectionDay })
}

// agedNow measures the age on the day of the assessment.
func agedNow(years int) condition {
	return agedOn(years, "_now", func(in Input) civil.Date { return in.Day })
}

func agedOn(years int, key string, when func(Input) civil.Date) condition {
	return on(register.Personal, func(p *register.PersonalData, in Input, a Answer) Answer {
		if p.BirthDate.IsZero() || when(in).IsZero() {
			return a.with(Undetermined, "no_birth_date")
		}
		age := p.BirthDate.AgeOn(when(in))
		a = a.with(Pass, "old_enough"+key, "age", strconv.Itoa(age), "min", strconv.Itoa(years))
		if age < years {
			return a.with(Fail, "too_young"+key)
		}
		return a
	}).orConfirmed("age")
}

var capable = on(register.Capacity, func(c *register.CapacityRecord, _ Input, a Answer) Answer {
	switch c.Capacity {
	case "FULL":
		return a.with(Pass, "capable")
	case "NONE":
		return a.with(Fail, "incapable")
	default: // LIMITED bars nobody by the Code's words; a person must look
		return a.with(Undetermined, "limited_capacity")
	}
})

var notInCustody = on(register.Criminal, func(c *register.CriminalRecord, _ Input, a Answer) Answer {
	unknown := false
	for _, v := range c.Convictions {
		if v.InCustody {
			return a.with(Fail, "in_custody")
		}
		unknown = unknown || (v.Gravity == "" && v.Expunged.IsZero()) // the register did not tell all of it
	}
	if unknown {
		return a.with(Undetermined, "gravity_unknown")
	}
	return a.with(Pass, "not_in_custody")
})

// noConviction asks that no conviction bars; bars says of one whether it does, and
// whether that can be told.
func noConviction(reason string, bars func(v register.Conviction, in Input) (barred, known bool)) condition {
	return on(register.Criminal, func(c *register.CriminalRecord, in Input, a Answer) Answer {
		unknown := false
		for _, v := range c.Convictions {
			barred, known := bars(v, in)
			if barred {
				return a.with(Fail, reason)
			}
			unknown = unknown || !known
		}
		if unknown {
			return a.with(Undetermined, "gravity_unknown")
		}
		return a.with(Pass, "no_barring_conviction")
	}).orConfirmed("criminal-record")
}

// stands reports that a conviction is not expunged by election day.
func stands(v register.Conviction, in Input) bool {
	return v.Expunged.IsZero() || v.Expunged.Compare(in.ElectionDay) > 0
}

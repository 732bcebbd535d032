package verify

import "testing"

func TestSealers(t *testing.T) {
	t.Parallel()
	some := Sealers{"1726": {"TSK"}, "1735": {"Qoraqalpogʻiston", "Saylov boʻlimi"}, "*": {"MSK"}}
	for _, c := range []struct {
		name, commission, by string
		of                   Sealers
		allowed, known       bool
	}{
		{"its own", "1726", "TSK", some, true, true},
		{"the default's, though it has its own", "1726", "MSK", some, false, true},
		{"the default's", "1703", "MSK", some, true, true},
		{"another's", "1703", "TSK", some, false, true},
		{"of two parts", "1735", "Qoraqalpogʻiston, Saylov boʻlimi", some, true, true},
		{"one part", "1735", "Saylov boʻlimi", some, true, true},
		{"no name", "1726", "", some, false, true},
		{"nobody is named", "1726", "TSK", nil, false, false},
		{"nobody for this one", "1703", "TSK", Sealers{"1726": {"TSK"}}, false, true},
		{"nobody for this one, no name", "1703", "", Sealers{"1726": {"TSK"}}, false, true},
	} {
		if allowed, known := c.of.may(c.commission, c.by); allowed != c.allowed || known != c.known {
			t.Errorf("%s: %t, %t", c.name, allowed, known)
		}
	}
}

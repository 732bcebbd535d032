package receipt

import (
	"crypto/subtle"
	"errors"
	"slices"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// Check judges a receipt that an application cites for a subject: it must be this
// hub's own and in time, given to who addresses the same commission, and about
// that person. A key of that commission may cite what another one of it asked for.
func (m *Maker) Check(token string, s dossier.Subject, _, commission string) error {
	r, err := m.Open(token)
	switch {
	case errors.Is(err, ErrForged):
		return dossier.Refusef(dossier.ReceiptForged, "want the receipt as the auto-fill gave it")
	case errors.Is(err, ErrExpired):
		return dossier.Refusef(dossier.ReceiptExpired, "it was good until %s: ask for another one", r.Expires.Format("2006-01-02T15:04:05Z07:00"))
	case err != nil:
		return err
	case r.Commission != commission:
		return dossier.Refusef(dossier.ReceiptOther, "the receipt was given to another commission")
	}
	about, err := r.About(s.PINFL, s.Document, s.BirthDate)
	if err != nil {
		return err
	}
	if !about || s.Foreigner != nil {
		return dossier.Refusef(dossier.ReceiptOther, "the receipt is about another person")
	}
	return nil
}

// Columns tells which columns a register filled, by their names: the keyed hash of
// each value, which only this hub can make.
func (m *Maker) Columns(token string) (map[string]string, error) {
	in, err := m.read(token)
	return in.Columns, err
}

// Differ names, sorted, those of the columns that are not as the receipt has them:
// changed by hand, or in no register.
func (m *Maker) Differ(token string, columns map[string]string) ([]string, error) {
	in, err := m.read(token)
	if err != nil {
		return nil, err
	}
	var out []string
	for name, value := range columns {
		if subtle.ConstantTimeCompare([]byte(in.Columns[name]), []byte(m.hash(in.ID, "column "+name, value))) == 0 {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

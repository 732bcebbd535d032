package issuing

import (
	"fmt"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// certificates are of candidates and deputies.
var certificates = map[string]builder{
	"candidate": candidate,
	"deputy":    deputy,
}

// councils are the bodies that are elected, where no constituency of the directory
// says which one it is.
var councils = map[string]string{
	"PRES":   "Oʻzbekiston Respublikasi Prezidenti",
	"LC-SMD": "Oʻzbekiston Respublikasi Oliy Majlisi Qonunchilik palatasi",
	"LC-PR":  "Oʻzbekiston Respublikasi Oliy Majlisi Qonunchilik palatasi",
	"JK":     "Qoraqalpogʻiston Respublikasi Joʻqorgʻi Kengesi",
	"REG":    "Xalq deputatlari viloyat Kengashi",
	"DIST":   "Xalq deputatlari tuman, shahar Kengashi",
}

// presidency is what is stood for where it is no council's seat.
const presidency = "Oʻzbekiston Respublikasi Prezidentligiga nomzod"

// stand says for what somebody stands.
func (f facts) stand(m map[string]any) {
	m["council"] = f.constituency.Council
	if f.constituency.Council == "" {
		m["council"] = councils[f.ballot]
	}
	if f.ballot == "PRES" {
		m["office"] = presidency
	}
}

// seat adds the constituency or the place in the list.
func (f facts) seat(m map[string]any) error {
	position := f.subject.Position
	if position == 0 {
		position = f.role.Position
	}
	switch {
	case f.ballot == "PRES":
	case f.constituency.ID != "":
		m["constituency"] = map[string]any{"number": f.constituency.Number, "name": f.constituency.Name}
	case position > 0:
		m["list_position"] = position
	default:
		return fmt.Errorf("subject %s stands neither in a constituency nor in a list", f.subject.Ref)
	}
	return nil
}

func (f facts) ground() map[string]any {
	return map[string]any{"number": f.dec.Number, "date": f.dec.Date.String()}
}

func candidate(f facts, d dossier.Document) (map[string]any, error) {
	m := f.bearer(d)
	f.stand(m)
	m["party"], m["registered"], m["decision"], m["chair"] = f.applicant.Title, f.dec.Date.String(), f.ground(), f.chair()
	return m, f.seat(m)
}

func deputy(f facts, d dossier.Document) (map[string]any, error) {
	m := f.withPhoto(f.bearer(d))
	f.stand(m)
	m["party"], m["elected"], m["decision"], m["chair"] = f.applicant.Title, f.election.Day.String(), f.ground(), f.chair()
	return m, f.seat(m)
}

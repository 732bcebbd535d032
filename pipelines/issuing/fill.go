package issuing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Fields of a template's data that the hub sets where the template declares
// them, and nobody else.
const (
	fieldNumber     = "number"          // of the series, as printed
	fieldQR         = "qr"              // text of the QR code
	fieldIssued     = "issued"          // day
	fieldCommission = "commission"      // title
	fieldDuplicate  = "duplicate"       // true on a duplicate
	fieldOriginal   = "original_number" // of the document whose place it takes
)

// setByHub lists which of these fields a template has.
func setByHub(i Info) []string {
	var out []string
	for _, f := range []string{fieldNumber, fieldQR, fieldIssued, fieldCommission, fieldDuplicate, fieldOriginal} {
		if i.Declares(f) && (f != fieldNumber || i.Series) {
			out = append(out, f)
		}
	}
	return out
}

// refuseSet names the fields of an object that are the hub's to set.
func refuseSet(i Info, m map[string]any, at string) []schema.Problem {
	var out []schema.Problem
	for _, f := range setByHub(i) {
		if _, has := m[f]; has {
			out = append(out, schema.Problem{Field: at + "/" + f, Want: "leave it out: the hub sets it"})
		}
	}
	return out
}

// fill completes the data of a document that was ordered. m is not changed.
func (is *Issuing) fill(i Info, d *dossier.Document, m map[string]any, title, original string) error {
	all := make(map[string]any, len(m)+6)
	maps.Copy(all, m)
	for _, f := range setByHub(i) {
		switch f {
		case fieldNumber:
			all[f] = Number(d.Number)
		case fieldIssued:
			all[f] = civil.Of(d.ReservedAt).String()
		case fieldCommission:
			all[f] = title
		case fieldDuplicate:
			if d.Relation == dossier.Duplicate {
				all[f] = true
			}
		case fieldOriginal:
			if original != "" {
				all[f] = original
			}
		}
	}
	return is.encode(d, all, i.Declares(fieldQR))
}

// encode gives a document its data, and what follows from them: the last day of
// its validity and the hash that its code is made over. The signed code goes
// into the data last: it covers all the rest.
func (is *Issuing) encode(d *dossier.Document, m map[string]any, qr bool) error {
	delete(m, fieldQR)
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing the data of a document: %w", err)
	}
	d.ValidUntil = civil.Date{}
	if v, ok := m["valid_until"].(string); ok {
		if d.ValidUntil, err = civil.Parse(v); err != nil {
			return fmt.Errorf("validity of a document: %w", err)
		}
	}
	sum := sha256.Sum256(plain)
	d.CodeHash = hex.EncodeToString(sum[:16])
	d.Data = plain
	if !qr {
		return nil
	}
	m[fieldQR] = is.Coder.Code(*d, sum, dayAfter(d.ValidUntil))
	if d.Data, err = json.Marshal(m); err != nil {
		return fmt.Errorf("writing the data of a document: %w", err)
	}
	return nil
}

func dayAfter(day civil.Date) time.Time {
	if day.IsZero() {
		return time.Time{}
	}
	return day.AddDays(1).Start()
}

// CodeOf is the text of a document's QR code: the one that is printed on it, or,
// where its template prints none, the one that would be.
func (is *Issuing) CodeOf(d dossier.Document) (string, error) {
	var printed struct {
		QR string `json:"qr"`
	}
	if json.Unmarshal(d.Data, &printed) == nil && printed.QR != "" {
		return printed.QR, nil
	}
	sum, err := dossier.DataHash(d.Data)
	if err != nil {
		return "", err
	}
	return is.Coder.Code(d, sum, dayAfter(d.ValidUntil)), nil
}

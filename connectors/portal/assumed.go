package portal

import (
	"encoding/json"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
)

// What this file holds nobody has published: each item must be confirmed with
// the operator of the portal. Beside it stand, in Config, what may differ by
// installation: paths, LangID, CapacityAbsence. Assumed as a whole are the
// answers of disability (by birth certificate the same as by passport) and of
// legal capacity, and the content of a ready criminal record.

// Codes of the personal data register that are only partly known.
const (
	defaultLangID = 3 // Uzbek in Latin script; 1 is Russian in Cyrillic
	aliveStatus   = 1 // any other livestatus is not alive for us
	male, female  = 1, 2
	// Sender, by what is asked for: the meaning of the letters is not documented.
	senderDocument, senderPINFL = "M", "P"
)

// assumedLife of a token whose answer does not say: expires_in is the rule.
const assumedLife = time.Minute

// noDate is how services written in .NET put "no date".
var noDate = civil.Date{Year: 1, Month: time.January, Day: 1}

// PINFLs in certificates may be masked in part; one masked wholly proves nobody
// and is taken for a breach (aboutMasked). The published samples leave open
// whether their stars are the register's.

// lyceumAbsent is success of the lyceum register where it holds no entry.
const lyceumAbsent = 404

// employedStatus reads the status of "works at this organisation": 1 or true is
// yes, 0 or false is no. Only that the field exists is known.
func employedStatus(raw json.RawMessage) (works bool, text string, err error) {
	var flag bool
	if call.ReadJSON(raw, &flag) == nil && string(raw) != "null" {
		return flag, string(raw), nil
	}
	var status lenientText
	if len(raw) == 0 || call.ReadJSON(raw, &status) != nil || status == "" {
		return false, "", breach("field %q is missing", "status")
	}
	switch status {
	case "1", "true":
		return true, string(status), nil
	case "0", "false":
		return false, string(status), nil
	}
	return false, "", breach("field %q has an unknown value", "status")
}

// typeBirthCertificate is the type under which the personal data register lists
// one. That it is also the current_document of who holds nothing else is assumed.
const typeBirthCertificate = "IDMS_RECV_MJ_BIRTH_CERTS"

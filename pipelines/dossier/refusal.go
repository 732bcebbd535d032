package dossier

import (
	"fmt"
	"time"

	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/contracts/signature"
)

// Code says why something was refused at the door. The set is closed; the API
// gives each its HTTP status.
type Code string

// The codes.
const (
	NotJSON         Code = "not_json"
	BadForm         Code = "form"
	UnknownType     Code = "unknown_type"
	UnknownTemplate Code = "unknown_template"
	UnknownRecord   Code = "unknown_record" // election, commission, organisation, constituency
	RouteNotAllowed Code = "route_not_allowed"
	Late            Code = "late"
	TooEarly        Code = "too_early"
	SameContent     Code = "same_content"    // handed in before: the detail names the first
	StaleVersion    Code = "stale_version"   // somebody else was quicker: read it again
	StaleFindings   Code = "stale_findings"  // too old to decide on; they are being asked for anew
	ReceiptForged   Code = "receipt_forged"  // not one of ours, or altered
	ReceiptExpired  Code = "receipt_expired" // ask the registers again
	ReceiptOther    Code = "receipt_other"   // somebody else's
	BadSignature    Code = "signature_form"
	ContentDiffers  Code = "content_differs"
	BadAttachment   Code = "attachment"
	NotFound        Code = "not_found"
	NotYours        Code = "not_yours"
	WrongState      Code = "wrong_state"
	StaleRevision   Code = "stale_revision"
	NotEntitled     Code = "not_entitled" // the person may not do this
	NotEligible     Code = "not_eligible"
	KeyReused       Code = "idempotency_key_reused"
	Taken           Code = "taken"
	WrongCode       Code = "wrong_code" // a login code that is not the one sent
	CodeGone        Code = "code_gone"  // it was used, replaced or spent, or is too old
	TooSoon         Code = "too_soon"   // too many codes for one phone: Wait says how long
)

// Refusal is an answer at the door: nothing was stored but the audit line.
type Refusal struct {
	Code     Code
	Detail   string
	Problems []schema.Problem
	Wait     time.Duration // after it the same may be asked again; zero: time changes nothing
}

// Error words the refusal; it holds no personal datum.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Detail }

// Refuse makes a refusal about one field.
func Refuse(code Code, field, want string) *Refusal {
	return &Refusal{Code: code, Detail: want, Problems: []schema.Problem{{Field: field, Want: want}}}
}

// Refusef makes a refusal about the whole.
func Refusef(code Code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// CheckEnvelope judges a signature's outer form: PKCS#7 over exactly these
// bytes. A detached one is judged by the EDS stage.
func CheckEnvelope(document, pkcs7 []byte) error {
	if len(pkcs7) == 0 {
		return Refuse(BadSignature, "/signature", "want a PKCS#7 signature, base64; there is none")
	}
	content, detached, err := signature.Content(pkcs7)
	if err != nil {
		return Refuse(BadSignature, "/signature", "want PKCS#7 signed data (DER, base64)")
	}
	if !detached && string(content) != string(document) {
		return Refuse(ContentDiffers, "/signature", "the bytes inside the signature are not those of /document")
	}
	return nil
}

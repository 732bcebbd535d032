package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/schema"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Problem is a problem document (RFC 9457) with a code of a closed set and the
// fields that were wrong.
type Problem struct {
	Type   string           `json:"type"`
	Title  string           `json:"title"`
	Status int              `json:"status"`
	Code   string           `json:"code"`
	Detail string           `json:"detail,omitempty"`
	Hint   string           `json:"hint,omitempty"`
	Left   *int             `json:"attempts_left,omitempty"` // of a login code
	Errors []schema.Problem `json:"errors,omitempty"`

	retryAfter time.Duration
}

// Error makes a problem an error, so that handlers may return one.
func (p Problem) Error() string { return p.Code + ": " + p.Detail }

// refusals gives each code its status and title; a test holds that none lacks one.
var refusals = map[dossier.Code]struct {
	status int
	title  string
}{
	dossier.NotJSON:         {http.StatusBadRequest, "Not JSON"},
	dossier.BadForm:         {http.StatusUnprocessableEntity, "Does not fit the form"},
	dossier.UnknownType:     {http.StatusUnprocessableEntity, "Unknown application type"},
	dossier.UnknownTemplate: {http.StatusUnprocessableEntity, "Unknown template"},
	dossier.UnknownRecord:   {http.StatusUnprocessableEntity, "Not in the directory"},
	dossier.RouteNotAllowed: {http.StatusForbidden, "Route not allowed"},
	dossier.Late:            {http.StatusUnprocessableEntity, "Too late"},
	dossier.TooEarly:        {http.StatusUnprocessableEntity, "Too early"},
	dossier.SameContent:     {http.StatusConflict, "Handed in before"},
	dossier.StaleVersion:    {http.StatusConflict, "Changed since it was read"},
	dossier.StaleFindings:   {http.StatusConflict, "Findings are too old to decide on"},
	dossier.ReceiptForged:   {http.StatusUnprocessableEntity, "Not a receipt of this hub"},
	dossier.ReceiptExpired:  {http.StatusUnprocessableEntity, "The receipt has expired"},
	dossier.ReceiptOther:    {http.StatusForbidden, "Somebody else's receipt"},
	dossier.BadSignature:    {http.StatusUnprocessableEntity, "Not a signature"},
	dossier.ContentDiffers:  {http.StatusUnprocessableEntity, "The signature is over other bytes"},
	dossier.BadAttachment:   {http.StatusUnprocessableEntity, "Attachments do not match"},
	dossier.NotFound:        {http.StatusNotFound, "Not found"},
	dossier.NotYours:        {http.StatusForbidden, "Not this key's commission"},
	dossier.WrongState:      {http.StatusConflict, "Not possible in this state"},
	dossier.StaleRevision:   {http.StatusConflict, "A newer assessment exists"},
	dossier.NotEntitled:     {http.StatusForbidden, "This person may not do this"},
	dossier.NotEligible:     {http.StatusConflict, "Not eligible"},
	dossier.KeyReused:       {http.StatusUnprocessableEntity, "Idempotency key used for something else"},
	dossier.Taken:           {http.StatusConflict, "Taken"},
	dossier.WrongCode:       {http.StatusUnprocessableEntity, "Not the code that was sent"},
	dossier.CodeGone:        {http.StatusGone, "The code is of no use any more"},
	dossier.TooSoon:         {http.StatusTooManyRequests, "Too many codes for one phone"},
}

// problemOf words any error for a caller: refusals as they are, faults by the
// table of kinds, everything else as an internal fault without its text.
func problemOf(err error) Problem {
	if p, ok := errors.AsType[Problem](err); ok {
		return p
	}
	if r, ok := errors.AsType[*dossier.Refusal](err); ok {
		row := refusals[r.Code]
		return Problem{Title: row.title, Status: row.status, Code: string(r.Code), Detail: r.Detail, Errors: r.Problems, retryAfter: r.Wait}
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok && f.Kind != fault.Defect {
		return Problem{Title: "A system the hub needs did not serve", Status: fault.RuleOf(f.Kind).HTTPStatus, Code: string(f.Kind), Hint: f.Hint, retryAfter: f.Wait}
	}
	return internalProblem()
}

func internalProblem() Problem {
	return Problem{Title: "The hub failed", Status: http.StatusInternalServerError, Code: string(fault.Defect), Detail: "the log has the cause"}
}

func (s *server) problem(w http.ResponseWriter, r *http.Request, p Problem) {
	if p.Type == "" {
		p.Type = "urn:saylovhub:problem:" + p.Code
	}
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.retryAfter.Seconds())+1))
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if err := json.NewEncoder(w).Encode(p); err != nil {
		s.Log.DebugContext(r.Context(), "writing an answer", "error", err)
	}
}

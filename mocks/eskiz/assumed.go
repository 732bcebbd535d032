package eskiz

import (
	"net/http"
	"strings"

	"github.com/saylovhub/hub/mocks/serve"
)

// What follows is assumed: no document shows it.

// refuse writes a refusal: the code is the HTTP status, or in the form "body"
// the status_code inside a 200. Sentences and fields are made up.
func (s *Server) refuse(w http.ResponseWriter, status int, message any) {
	out := map[string]any{"status": "error", "message": message}
	if s.o.ErrorForm == FormBody {
		out["status_code"], status = status, http.StatusOK
	}
	serve.JSON(w, status, out)
}

// invalid is a refusal for a field: its message is an object.
func (s *Server) invalid(w http.ResponseWriter, field, why string) {
	s.refuse(w, http.StatusUnprocessableEntity, map[string][]string{field: {why}})
}

// Sentences of refusals.
const (
	wrongLogin  = "Invalid credentials"
	deadToken   = "Expired"
	testOnly    = "Test account: only the three fixed texts may be sent"
	noTemplate  = "The text matches no moderated template"
	noMoney     = "The balance is too low"
	notFound    = "Not found"
	otherSender = "The sender name is not yours"
)

// overall gives a word of a part the place of a message's word in status and
// list answers; callbacks carry the words as they were ordered.
var overall = map[string]string{
	"DELIVRD": "DELIVERED", "UNDELIV": "REJECTED", "UNDELIVERABLE": "REJECTED", "REJECTD": "REJECTED", "EXPIRED": "REJECTED", "DELETED": "REJECTED",
	"ENROUTE": "ACCEPTED", "STORED": "NEW", "UNKNOWN": "ACCEPTED",
}

func messageWord(w string) string {
	if m, ok := overall[strings.ToUpper(w)]; ok {
		return m
	}
	return strings.ToUpper(w)
}

// parts gives a message's word the place of a part's.
var partWords = map[string]string{"DELIVERED": "DELIVRD", "PARTDELIVERED": "DELIVRD", "REJECTED": "REJECTD"}

func partWord(w string) string {
	if p, ok := partWords[strings.ToUpper(w)]; ok {
		return p
	}
	return strings.ToUpper(w)
}

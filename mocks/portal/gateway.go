package portal

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/serve"
)

// Forms of a gateway error: today's JSON, an older wrapped JSON, and XML.
const (
	formFlat  = "flat"
	formFault = "fault"
	formXML   = "xml"
)

type gatewayError struct {
	Code        string `json:"code"`
	Message     string `json:"message"`
	Description string `json:"description"`
}

var gatewayErrors = map[string]gatewayError{
	"900901": {"900901", "Invalid Credentials", "Access failure for API, invalid or expired token. Make sure you have provided the correct security credentials"},
	"900902": {"900902", "Missing Credentials", "Required OAuth credentials are not provided"},
	"900908": {"900908", "Resource forbidden", "User is NOT authorized to access the Resource. API Subscription validation failed."},
	"900804": {"900804", "Message throttled out", "You have exceeded your quota"},
	"900805": {"900805", "Message blocked", "You have been blocked from accessing the resource"},
	"700700": {"700700", "API blocked", "This API has been blocked temporarily"},
	"101503": {"101503", "Runtime Error", "Error connecting to the back end"},
	"101504": {"101504", "Runtime Error", "Connection timed out"},
	"400":    {"400", "Bad Request", "The request is not valid"},
	"404":    {"404", "Not Found", "The requested resource is not available."},
	"405":    {"405", "Method Not Allowed", "Method not allowed for given API resource"},
	"423":    {"423", "Locked", "Fuqaro ma'lumotlariga kirishni cheklagan"},
}

// codeOf is the gateway's own code for a status, where no other is asked for.
func codeOf(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "900901"
	case http.StatusForbidden:
		return "900908"
	case http.StatusTooManyRequests:
		return "900804"
	case http.StatusGatewayTimeout:
		return "101504"
	}
	if status >= http.StatusInternalServerError {
		return "101503"
	}
	return strconv.Itoa(status)
}

// refuse writes a gateway error in one of its three forms.
func refuse(w http.ResponseWriter, status int, code, form string) {
	e, known := gatewayErrors[code]
	if !known {
		e = gatewayError{code, http.StatusText(status), ""}
	}
	switch form {
	case formFault:
		var number any = e.Code
		if n, err := strconv.Atoi(e.Code); err == nil {
			number = n // here the code is a number
		}
		serve.JSON(w, status, map[string]any{"fault": map[string]any{
			"code": number, "message": e.Message, "description": e.Description,
		}})
	case formXML:
		w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>`+escape(e.Code)+
			`</ams:code><ams:message>`+escape(e.Message)+`</ams:message><ams:description>`+escape(e.Description)+`</ams:description></ams:fault>`)
	default:
		serve.JSON(w, status, e)
	}
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder never fails
	return b.String()
}

// refuseByFault answers for a status or throttle fault.
func refuseByFault(w http.ResponseWriter, f chaos.Fault) {
	if f.Status == http.StatusNoContent {
		w.WriteHeader(f.Status)
		return
	}
	code := f.Code
	switch {
	case code != "":
	case f.Kind == chaos.ErrorBody:
		code = "101503"
	default:
		code = codeOf(f.Status)
	}
	refuse(w, f.Status, code, f.Form)
}

// badRequest names the field that the service misses.
func badRequest(w http.ResponseWriter, what string) {
	serve.JSON(w, http.StatusBadRequest, gatewayError{"400", "Bad Request", what})
}

// gateway checks token and subscription and reads the JSON body before the
// operation's service is asked.
func (s *Server) gateway(operation string, answer func(http.ResponseWriter, fields)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || bearer == "" {
			refuse(w, http.StatusUnauthorized, "900902", formFlat)
			return
		}
		c := s.holder(bearer)
		if c == nil {
			refuse(w, http.StatusUnauthorized, "900901", formFlat)
			return
		}
		if c.Operations != nil && !slices.Contains(c.Operations, operation) {
			refuse(w, http.StatusForbidden, "900908", formFlat)
			return
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			refuse(w, http.StatusUnsupportedMediaType, "415", formFlat)
			return
		}
		var f fields
		if err := json.NewDecoder(r.Body).Decode(&f); err != nil || f == nil {
			badRequest(w, "body is not a JSON object")
			return
		}
		answer(w, f)
	}
}

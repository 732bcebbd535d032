package portal

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

const (
	codeToken        = "900901"
	codeUnauthorised = "401"
)

// gatewayBody is an error of the gateway itself. It comes flat, wrapped in
// "fault", or as XML from old installations.
type gatewayBody struct {
	Code        lenientText `json:"code"`
	Message     lenientText `json:"message"`
	Description lenientText `json:"description"`
	NextAccess  lenientText `json:"nextAccessTime"`
}

func parseGateway(body []byte) (gatewayBody, bool) {
	body = bytes.TrimSpace(body)
	switch {
	case bytes.HasPrefix(body, []byte("{")):
		var b struct {
			gatewayBody
			Fault *gatewayBody `json:"fault"`
		}
		if call.ReadJSON(body, &b) != nil {
			return gatewayBody{}, false
		}
		if b.Fault != nil {
			return *b.Fault, b.Fault.Code != ""
		}
		return b.gatewayBody, b.Code != ""
	case bytes.HasPrefix(body, []byte("<")):
		return parseXML(body)
	}
	return gatewayBody{}, false
}

// parseXML reads a fault element, no deeper than JSON may nest.
func parseXML(body []byte) (gatewayBody, bool) {
	var b gatewayBody
	fields := map[string]*lenientText{"code": &b.Code, "message": &b.Message, "description": &b.Description}
	var into *lenientText
	d, depth := xml.NewDecoder(bytes.NewReader(body)), 0
	for {
		t, err := d.Token()
		if err != nil { // the end, or not XML
			b.Code = lenientText(strings.TrimSpace(string(b.Code)))
			return b, errors.Is(err, io.EOF) && b.Code != ""
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
			if depth > call.DeepestJSON || depth == 1 && t.Name.Local != "fault" {
				return gatewayBody{}, false
			}
			if into = nil; depth == 2 {
				into = fields[t.Name.Local]
			}
		case xml.EndElement:
			depth--
			into = nil
		case xml.CharData:
			if into != nil && len(*into)+len(t) <= longestText {
				*into += lenientText(t)
			}
		}
	}
}

// gatewayFault reads a failure of the gateway; nil when the body is none of
// its own. The texts are not kept: they may quote the request.
func gatewayFault(r call.Response, now time.Time) *fault.Fault {
	b, ok := parseGateway(r.Body)
	if !ok {
		return nil
	}
	n, err := strconv.Atoi(string(b.Code))
	if err != nil || n < 0 || n > 999999 { // no code of the gateway's: its status tells instead
		n = r.Status
	}
	f := &fault.Fault{Code: strconv.Itoa(n), Err: errors.New("the gateway refused the call")}
	switch {
	case n == 900805:
		f.Kind, f.Hint = fault.Misconfigured, "ask the portal's operator why the commission is blocked by policy"
	case n >= 900800 && n <= 900899:
		f.Kind, f.Wait = fault.Throttled, untilNextAccess(string(b.NextAccess), now)
	case n == 900901:
		f.Kind, f.Hint = fault.Misconfigured, "the gateway refuses a fresh token: check the credential set"
	case n == 900908:
		f.Kind, f.Hint = fault.Misconfigured, "the credential set has no subscription to this service"
	case n >= 900900 && n <= 900999:
		f.Kind, f.Hint = fault.Misconfigured, "check the service's path and the credential set"
	case n == 700700:
		f.Kind, f.Hint, f.Err = fault.Unavailable, "the portal's operator has blocked this service", errors.New("the service is blocked by its operator")
	case n >= 101500 && n <= 101599:
		f.Kind, f.Uncertain, f.Err = fault.Unavailable, true, errors.New("the gateway did not reach the register")
	case r.Status == http.StatusNotFound && !saysNotFound(b.Message, b.Description):
		// In the gateway's form and not in a register's words: nobody was looked for.
		f.Kind, f.Hint, f.Err = fault.Misconfigured, "check the service's path", errors.New("the gateway knows no such service")
	default:
		return nil
	}
	return f
}

// untilNextAccess reads the time that a throttled caller is told.
func untilNextAccess(s string, now time.Time) time.Duration {
	for _, layout := range []string{"2006-Jan-02 15:04:05-0700 MST", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return max(0, min(t.Sub(now), call.LongestWait))
		}
	}
	return 0
}

// readAnswer applies what all services share, by status; the body of a 200 is
// the service's own.
func readAnswer(r call.Response, now time.Time, read reader) (register.Reply, error) {
	if f := gatewayFault(r, now); f != nil {
		return register.Reply{}, f
	}
	switch r.Status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted:
		return read(r.Body)
	case http.StatusNoContent:
		return absent(), nil
	case http.StatusUnauthorized, http.StatusProxyAuthRequired:
		return register.Reply{}, misconfigured(r.Status, "the call was not authorised", "check the credential set and the proxy's headers")
	case http.StatusForbidden:
		return register.Reply{}, misconfigured(r.Status, "the service is closed to us", "ask the portal's operator for access to this service")
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusGone, http.StatusUnsupportedMediaType:
		return register.Reply{}, misconfigured(r.Status, "the service is not there in this form", "check the service's path")
	}
	switch {
	case r.Status >= 300 && r.Status < 400:
		return register.Reply{}, misconfigured(r.Status, "the service has moved", "check the service's address and path")
	case r.Status < 400:
		return register.Reply{}, breach("status %d is not part of the contract", r.Status)
	case foreign(r.Body): // some page of a proxy, not the register's word
		return register.Reply{}, unavailable("not_json", "an answer that is not JSON")
	case r.Status == http.StatusNotFound && notFound(r.Body):
		return absent(), nil
	case r.Status == http.StatusNotFound: // perhaps of a path: no fact about anybody
		return register.Reply{}, breach("status 404 that does not say that nobody was found")
	case r.Status == http.StatusLocked:
		return register.Reply{Answer: &register.Answer{Status: register.Restricted}}, nil
	}
	return register.Reply{}, &fault.Fault{
		Kind: fault.Rejected, Code: strconv.Itoa(r.Status), Err: errors.New("the register refused the question as it is"),
		Hint: "compare the person's data with the document",
	}
}

// notFound reports a body of status 404 that speaks of the person: none at all,
// or one in which some text says so.
func notFound(body []byte) bool {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || slices.Contains([]string{"{}", "[]", "null"}, string(body)) {
		return true
	}
	var fields map[string]json.RawMessage
	if call.ReadJSON(body, &fields) != nil {
		return false
	}
	var texts []lenientText
	for _, value := range fields {
		var t lenientText
		if json.Unmarshal(value, &t) == nil {
			texts = append(texts, t)
		}
	}
	return saysNotFound(texts...)
}

func absent() register.Reply {
	return register.Reply{Answer: &register.Answer{Status: register.Absent}}
}

func found(facts any, columns ...register.Column) register.Reply {
	kept := make([]register.Column, 0, len(columns))
	for _, c := range columns {
		if c.Value != "" {
			kept = append(kept, c)
		}
	}
	return register.Reply{Answer: &register.Answer{Status: register.Found, Facts: facts, Columns: kept}}
}

func misconfigured(status int, text, hint string) error {
	return &fault.Fault{Kind: fault.Misconfigured, Code: strconv.Itoa(status), Err: errors.New(text), Hint: hint}
}

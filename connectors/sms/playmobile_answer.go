package sms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// readPlaymobile reads an answer that is not 408, 429 or 5xx. Acceptance is
// HTTP 200 with a plain text, whatever its words; an answer of 4xx surely took
// nothing.
func readPlaymobile(r call.Response) error {
	code, told := errorCode(r.Body)
	http4 := "http_" + strconv.Itoa(r.Status)
	switch {
	case r.Status == http.StatusOK && told: // never seen; taken for what it says
		f := codeFault(code)
		f.Uncertain = true
		return f
	case r.Status == http.StatusOK:
		return notText(r.Body, true)
	case r.Status < 300:
		return &fault.Fault{Kind: fault.Breach, Code: strconv.Itoa(r.Status), Uncertain: true, Err: fmt.Errorf("status %d is not part of the contract", r.Status)}
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return &fault.Fault{Kind: fault.Misconfigured, Code: http4, Err: errors.New("the gateway refused the login"), Hint: "check playmobile.login and playmobile.password"}
	case r.Status < 400, r.Status == http.StatusNotFound, r.Status == http.StatusMethodNotAllowed:
		return &fault.Fault{Kind: fault.Misconfigured, Code: http4, Err: errors.New("the gateway is not at this address"), Hint: "check playmobile.url"}
	case told:
		return codeFault(code)
	}
	if f := fault.Of(notText(r.Body, false)); f != nil && f.Kind == fault.Unavailable && len(r.Body) > 0 {
		return f
	}
	return &fault.Fault{Kind: fault.Rejected, Code: http4, Err: errors.New("the gateway refused the message")}
}

// notText is nil for a plain text, which is the only form of acceptance: not for
// nothing at all, a page, JSON or the beginning of one.
func notText(body []byte, uncertain bool) error {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return &fault.Fault{Kind: fault.Unavailable, Code: "empty_answer", Uncertain: uncertain, Err: errors.New("an empty answer")}
	case body[0] == '<':
		return &fault.Fault{Kind: fault.Unavailable, Code: "not_text", Uncertain: uncertain, Err: errors.New("a page instead of an answer")}
	case body[0] != '{' && body[0] != '[':
		return nil
	}
	var raw json.RawMessage
	f := &fault.Fault{Kind: fault.Breach, Code: "shape"}
	if err := call.ReadJSON(body, &raw); err != nil {
		f = fault.Of(err)
	}
	f.Uncertain, f.Err = uncertain, errors.New("the answer is neither an acceptance nor a refusal")
	return f
}

// errorCode reads a refusal in either spelling of its key, the code as a
// number or as text.
func errorCode(body []byte) (code int, told bool) {
	var keys map[string]json.RawMessage
	if call.ReadJSON(body, &keys) != nil {
		return 0, false
	}
	for _, key := range []string{"error-code", "error_code"} {
		raw := strings.Trim(string(keys[key]), `"`)
		if n, err := strconv.Atoi(raw); err == nil && n >= 0 && n <= 9999 {
			return n, true
		}
	}
	return 0, false
}

// codeFault is the provider's table of error codes.
func codeFault(code int) *fault.Fault {
	f := &fault.Fault{Kind: fault.Rejected, Code: strconv.Itoa(code), Err: errors.New("the gateway refused the message")}
	switch code {
	case 100:
		f.Kind, f.Err = fault.Unavailable, errors.New("internal error of the gateway")
	case 102:
		f.Kind, f.Err, f.Hint = fault.Misconfigured, errors.New("the account is locked"), "ask the provider why the account is locked; no message goes out until then"
	case 105:
		f.Kind, f.Err = fault.Throttled, errors.New("too many messages in one request")
	case 202:
		f.Hint = hintNumber
	case 401:
		// Every message carries the configured sender: the gateway means that one.
		f.Kind, f.Err, f.Hint = fault.Misconfigured, errors.New("the gateway does not take the sender"), "check playmobile.originator"
	}
	return f
}

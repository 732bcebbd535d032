package sms

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// eskizAnswer is what all answers of Eskiz have in common. Message is a word or
// sentence, in refusals also an object of fields: it is never repeated.
type eskizAnswer struct {
	ID         anything        `json:"id"`
	Status     oneOrMore       `json:"status"`
	StatusCode anything        `json:"status_code"`
	Message    json.RawMessage `json:"message"`
	Data       json.RawMessage `json:"data"`
}

// data reads the inner object.
func (a eskizAnswer) data(v any) error {
	if len(a.Data) == 0 || bytes.Equal(a.Data, []byte("null")) {
		return &fault.Fault{Kind: fault.Breach, Code: "shape", Err: errors.New("data is missing")}
	}
	return call.ReadJSON(a.Data, v)
}

const (
	codeToken     = "token" // of a refused token
	codeNotFound  = "404"   // inside a 200
	hintLogin     = "check eskiz.email and eskiz.password"
	hintURL       = "check eskiz.url"
	hintTemplates = "check that the text is one of the account's moderated templates, word for word; a test account may send only its three fixed texts"
)

// readEskiz reads an answer that is not 408, 429 or 5xx. A refusal comes with
// its HTTP status or inside a 200, as status "error" or a status_code: either
// way it is a fault. Only one of an answer that is no refusal is uncertain.
func readEskiz(r call.Response) (eskizAnswer, error) {
	switch {
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return eskizAnswer{}, eskizRefusal(r.Status, nil)
	case r.Status >= 300 && r.Status < 400, r.Status == http.StatusNotFound, r.Status == http.StatusMethodNotAllowed:
		return eskizAnswer{}, &fault.Fault{Kind: fault.Misconfigured, Code: "http_" + strconv.Itoa(r.Status), Err: errors.New("the gateway is not at this address"), Hint: hintURL}
	case r.Status == http.StatusNoContent:
		return eskizAnswer{}, &fault.Fault{Kind: fault.Breach, Code: "204", Uncertain: true, Err: errors.New("an answer without content is not part of the contract")}
	}
	var a eskizAnswer
	if err := call.ReadJSON(r.Body, &a); err != nil {
		f := *fault.Of(err)
		if r.Status >= 400 && (f.Kind == fault.Breach || len(bytes.TrimSpace(r.Body)) == 0) {
			return eskizAnswer{}, eskizRefusal(r.Status, nil)
		}
		f.Uncertain = r.Status < 400
		return eskizAnswer{}, &f
	}
	code, err := strconv.Atoi(string(a.StatusCode))
	switch {
	case err == nil && code >= 400 && code <= 599:
		return a, eskizRefusal(code, a.Message)
	case r.Status >= 400:
		return a, eskizRefusal(r.Status, a.Message)
	case strings.EqualFold(a.Status.first(), "error"):
		return a, eskizRefusal(http.StatusBadRequest, a.Message)
	}
	return a, nil
}

// eskizRefusal is the provider's table of refusals, by the code of the answer or
// of its body and by the field that it names.
func eskizRefusal(code int, message json.RawMessage) error {
	f := &fault.Fault{Kind: fault.Rejected, Code: strconv.Itoa(code), Err: errors.New("the gateway refused the request")}
	switch {
	case code == http.StatusUnauthorized:
		f.Kind, f.Code, f.Err, f.Hint = fault.Misconfigured, codeToken, errors.New("the gateway refused the token"), hintLogin
	case code == http.StatusPaymentRequired:
		f.Kind, f.Err, f.Hint = fault.Misconfigured, errors.New("the account cannot pay"), "top up the account at the provider"
	case code == http.StatusForbidden:
		f.Kind, f.Err, f.Hint = fault.Misconfigured, errors.New("the account may not do this"), "ask the provider what the contract lacks"
	case code == http.StatusNotFound:
		f.Err = errors.New("the gateway knows no such thing")
	case code == http.StatusTooManyRequests:
		f.Kind, f.Err = fault.Throttled, errors.New("too many requests")
	case code == http.StatusRequestTimeout, code >= 500:
		f.Kind, f.Uncertain, f.Err = fault.Unavailable, true, errors.New("internal error of the gateway")
	default:
		f.Hint = hintTemplates
		switch refusedField(message) {
		case "from":
			f.Kind, f.Code, f.Err, f.Hint = fault.Misconfigured, "sender", errors.New("the gateway does not take the sender"), "check eskiz.from"
		case "callback_url":
			f.Kind, f.Code, f.Err, f.Hint = fault.Misconfigured, "callback_url", errors.New("the gateway does not take the callback address"), "check eskiz.callback_url"
		case "mobile_phone":
			f.Code, f.Err, f.Hint = "bad_number", errors.New("the gateway does not take the number"), hintNumber
		}
	}
	return f
}

func wholeSum(s string) (int64, error) {
	sum, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(sum) || math.Abs(sum) > 1e15 {
		return 0, fmt.Errorf("no sum of money")
	}
	return int64(math.Floor(sum)), nil
}

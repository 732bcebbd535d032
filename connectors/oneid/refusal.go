package oneid

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// noWord begins the code of a refusal that does not speak the dialect: the
// status follows.
const noWord = "http_"

// refusal reads an answer other than 200, 408, 429 and 5xx.
func refusal(r call.Response) error {
	if w := wordOf(r.Body); w != "" && r.Status >= 400 {
		return refused(w)
	}
	code := noWord + strconv.Itoa(r.Status)
	switch {
	case r.Status < 300:
		return &fault.Fault{
			Kind: fault.Breach, Code: code, Uncertain: true, Err: fmt.Errorf("status %d is not part of the contract", r.Status), Hint: breachHint,
		}
	// The address is the same for every request: only the configuration can
	// make it wrong. 401 and 403 may come of what a browser sent, so they must
	// not stop the sign-in of everybody.
	case r.Status < 400, r.Status == http.StatusNotFound, r.Status == http.StatusMethodNotAllowed:
		return &fault.Fault{
			Kind: fault.Misconfigured, Code: code, Err: errors.New("OneID is not at this address"), Hint: "check oneid.url",
		}
	}
	return &fault.Fault{
		Kind: fault.Rejected, Code: code, Err: errors.New("the request was refused without a word of OneID's own"),
		Hint: "begin the sign-in again; when all sign-ins fail, check that this machine's address is let through to OneID",
	}
}

// refused is a refusal by the dialect's own word.
func refused(word string) *fault.Fault {
	f := &fault.Fault{Kind: fault.Rejected, Code: word, Err: errors.New("OneID refused the request"), Hint: "begin the sign-in again"}
	if isOurs(word) {
		f.Kind, f.Err = fault.Misconfigured, errors.New("OneID does not know this client by its id, secret, scope or return address")
		f.Hint = "compare oneid.client_id, oneid.client_secret, oneid.scope and oneid.redirect_url with what OneID issued"
	}
	return f
}

// refineOutage finds a wrong secret behind a status that would read as an
// outage: nobody must wait for OneID to come back then.
func refineOutage(r call.Response) *fault.Fault {
	if w := wordOf(r.Body); isOurs(w) {
		return refused(w)
	}
	return nil
}

// wordOf is the word of a refusal; empty when the body is none of the dialect.
func wordOf(body []byte) string {
	var a struct {
		Error text `json:"error"`
	}
	if call.ReadJSON(body, &a) != nil {
		return ""
	}
	return word(a.Error)
}

// word keeps a code of OneID's only when it looks like one: it becomes part of
// faults.
func word(s text) string {
	if s == "" || len(s) > 40 || strings.Trim(string(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" {
		return ""
	}
	return string(s)
}

// outcome is what an answer of any operation may say of its success.
type outcome struct {
	Error  text `json:"error"`
	Return text `json:"ret_cd"`
}

// fault is nil when neither key tells of a refusal.
func (o outcome) fault() error {
	switch {
	case word(o.Error) != "":
		return refused(word(o.Error))
	case o.Error != "":
		return &fault.Fault{Kind: fault.Rejected, Code: "refused", Err: errors.New("OneID refused the request"), Hint: "begin the sign-in again"}
	}
	return nil
}

// done is fault with ret_cd besides, which the answer must have.
func (o outcome) done() error {
	if err := o.fault(); err != nil {
		return err
	}
	switch o.Return {
	case "0":
		return nil
	case "1":
		return &fault.Fault{
			Kind: fault.Rejected, Code: "ret_cd_1", Err: errors.New("OneID refused the token"),
			Hint: "the sign-in has ended or was never completed: begin it again",
		}
	case "":
		return breach("field %q is missing", "ret_cd")
	}
	return breach("field %q is neither 0 nor 1", "ret_cd")
}

package sms

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

const (
	longestList   = 1000    // reports in a body, messages on a page
	longestReport = 1 << 20 // bytes
)

// ReadPlaymobileReports reads the body of a delivery report: an object or a list
// of at most 1000. A word that is not known is the State Unknown and no error,
// for the provider repeats for ever what is not answered with 200. What lacks
// message-id or status is left out and makes an error beside the reports that
// could be read: keep those, and answer 400.
func ReadPlaymobileReports(body []byte) ([]Report, error) {
	return readReports(body, func(raw json.RawMessage) (Report, error) {
		var in struct {
			MessageID anything `json:"message-id"`
			Status    anything `json:"status"`
			At        anything `json:"status-date"`
		}
		if err := call.ReadJSON(raw, &in); err != nil {
			return Report{}, err
		}
		out := Report{MessageID: id(string(in.MessageID)), At: instant(string(in.At), playmobileZone)}
		if out.MessageID == "" || in.Status == "" {
			return Report{}, lacking("message-id and status")
		}
		out.State, out.Word = stateOf(string(in.Status))
		return out, nil
	})
}

// ReadEskizReports reads the body of a callback of Eskiz, an object (a list is
// taken as well), as ReadPlaymobileReports does. A report names our id or the
// gateway's or both; words of messages and of parts are taken alike.
func ReadEskizReports(body []byte) ([]Report, error) {
	return readReports(body, func(raw json.RawMessage) (Report, error) {
		var in struct {
			RequestID anything `json:"request_id"`
			UserSMSID anything `json:"user_sms_id"`
			Count     anything `json:"sms_count"`
			Status    anything `json:"status"`
			At        anything `json:"status_date"`
		}
		if err := call.ReadJSON(raw, &in); err != nil {
			return Report{}, err
		}
		out := Report{
			MessageID: id(string(in.UserSMSID)), Ref: id(string(in.RequestID)), Parts: count(string(in.Count)),
			At: instant(string(in.At), civil.Tashkent),
		}
		if out.MessageID == "" && out.Ref == "" || in.Status == "" {
			return Report{}, lacking("request_id or user_sms_id, and status")
		}
		out.State, out.Word = stateOf(string(in.Status))
		return out, nil
	})
}

func lacking(what string) error {
	return &fault.Fault{Kind: fault.Breach, Code: "report", Err: fmt.Errorf("a delivery report must have %s", what)}
}

func readReports(body []byte, read func(json.RawMessage) (Report, error)) ([]Report, error) {
	if len(body) > longestReport {
		return nil, &fault.Fault{Kind: fault.Breach, Code: "body_too_large", Err: fmt.Errorf("delivery reports of more than %d bytes", longestReport)}
	}
	var list []json.RawMessage
	if body = bytes.TrimSpace(body); bytes.HasPrefix(body, []byte("[")) {
		if err := call.ReadJSON(body, &list); err != nil {
			return nil, err
		}
	} else {
		list = []json.RawMessage{body}
	}
	if len(list) > longestList {
		return nil, &fault.Fault{Kind: fault.Breach, Code: "list_too_long", Err: fmt.Errorf("more than %d delivery reports at once", longestList)}
	}
	var out []Report
	var bad error
	for _, raw := range list {
		switch r, err := read(raw); {
		case err == nil:
			out = append(out, r)
		case bad == nil: // the first one tells enough
			bad = err
		}
	}
	return out, bad
}

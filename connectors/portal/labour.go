package portal

import (
	"encoding/json"
	"errors"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// readRPC reads the JSON-RPC envelope in which the labour services answer,
// although their requests are none. No data and no error mean that the register
// holds no entry.
func readRPC[T any](body []byte) (*T, error) {
	var a struct {
		Error  json.RawMessage `json:"error"`
		Result *struct {
			Success *bool       `json:"success"`
			Code    lenientInt  `json:"code"`
			Message lenientText `json:"message"`
			Data    *T          `json:"data"`
		} `json:"result"`
	}
	if err := call.ReadJSON(body, &a); err != nil {
		return nil, err
	}
	switch {
	case len(a.Error) > 0 && string(a.Error) != "null":
		return nil, readRPCError(a.Error)
	case a.Result != nil && a.Result.Success == nil && a.Result.Data != nil: // seen of the status, whose answer was told without the flag
		return a.Result.Data, nil
	case a.Result == nil || a.Result.Success == nil:
		return nil, breach("neither %q nor %q is there", "error", "result.success")
	case *a.Result.Success:
		return a.Result.Data, nil
	case a.Result.Code.is(404), saysNotFound(a.Result.Message):
		return nil, nil
	}
	return nil, unavailable(a.Result.Code.code("result_"), "the register could not answer")
}

// readRPCError reads the top-level error, whose shape is the standard's where
// it is an object; nil when it only says that there is no entry.
func readRPCError(raw json.RawMessage) error {
	var e struct {
		Code    lenientInt  `json:"code"`
		Message lenientText `json:"message"`
	}
	if call.ReadJSON(raw, &e) != nil {
		var text lenientText
		if call.ReadJSON(raw, &text) != nil {
			return breach("field %q has an unknown shape", "error")
		}
		e.Message = text
	}
	if saysNotFound(e.Message) {
		return nil
	}
	code := e.Code.code("rpc_")
	switch e.Code.n {
	case -32600, -32602:
		return &fault.Fault{Kind: fault.Rejected, Code: code, Err: errors.New("the register refused the parameters")}
	case -32601:
		return &fault.Fault{Kind: fault.Misconfigured, Code: code, Err: errors.New("the register knows no such method"), Hint: "check the service's path"}
	}
	return unavailable(code, "the register could not answer")
}

type employedAtRequest struct {
	PIN string `json:"pin"`
	TIN string `json:"company_tin"`
}

func (p *Portal) employedAt() register.Register {
	s := p.services["employed-at.status"]
	return register.Register{
		ID: register.WorksAt, Title: "Tashkilotda ishlashi", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(employedAtQuestion, readEmployedAt)},
	}
}

func employedAtQuestion(q register.Question) (any, error) {
	pin, err := subject(q)
	if err != nil {
		return nil, err
	}
	if len(q.Employer) != 9 || !allDigits(q.Employer) {
		return nil, incomplete("the organisation's TIN of 9 digits")
	}
	return employedAtRequest{PIN: pin, TIN: q.Employer}, nil
}

// readEmployedAt reads a status and nothing else: the answer names neither the
// person nor the organisation, so there is nothing to check it against.
func readEmployedAt(q register.Question, body []byte) (register.Reply, error) {
	data, err := readRPC[struct {
		Status json.RawMessage `json:"status"`
	}](body)
	if err != nil {
		return register.Reply{}, err
	}
	if data == nil {
		return absent(), nil
	}
	works, text, err := employedStatus(data.Status)
	if err != nil {
		return register.Reply{}, err
	}
	column := "not_employed"
	if works {
		column = "employed"
	}
	return found(&register.EmployedAt{TIN: q.Employer, Employed: works, Status: text},
		register.Column{Name: "employed_at", Value: column}), nil
}

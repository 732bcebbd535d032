package portal

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

type employmentRequest struct {
	PIN       string `json:"pin"`
	RequestID string `json:"request_id,omitempty"`
}

// employmentAnswer is a JSON-RPC envelope, although the request is not.
type employmentAnswer struct {
	Error  json.RawMessage `json:"error"`
	Result *struct {
		Success *bool       `json:"success"`
		Code    lenientInt  `json:"code"`
		Message lenientText `json:"message"`
		Data    *struct {
			Profile *struct {
				PIN lenientText `json:"pin"`
			} `json:"profile"`
			Experiences []experience `json:"experiences"`
		} `json:"data"`
	} `json:"result"`
}

type experience struct {
	TIN       lenientText `json:"company_inn"`
	Company   lenientText `json:"company_name"`
	Structure lenientText `json:"structure_name"`
	Position  lenientText `json:"position_name"`
	Start     lenientText `json:"start_date"`
	End       lenientText `json:"end_date"`
	PIN       lenientText `json:"person_pin"`
}

func (p *Portal) employment() register.Register {
	s := p.services["employment.history"]
	return register.Register{
		ID: register.Employment, Title: "Mehnat faoliyati", Absence: register.AbsenceUnknown, System: System,
		Operations: []register.Operation{s.operation(bySubject(func(q register.Question, pin string) any {
			return employmentRequest{PIN: pin, RequestID: q.Transaction}
		}), readEmployment)},
	}
}

func readEmployment(q register.Question, body []byte) (register.Reply, error) {
	var a employmentAnswer
	if err := decodeJSON(body, &a); err != nil {
		return register.Reply{}, err
	}
	switch {
	case len(a.Error) > 0 && string(a.Error) != "null":
		return readRPCError(a.Error)
	case a.Result == nil || a.Result.Success == nil:
		return register.Reply{}, breach("neither %q nor %q is there", "error", "result.success")
	case !*a.Result.Success:
		if a.Result.Code.is(404) || saysNotFound(a.Result.Message) {
			return absent(), nil
		}
		return register.Reply{}, unavailable(a.Result.Code.code("result_"), "the register could not answer")
	case a.Result.Data == nil:
		return absent(), nil
	}
	data := a.Result.Data
	known := data.Profile != nil && data.Profile.PIN != ""
	if known && !about(q, string(data.Profile.PIN)) {
		return register.Reply{}, errOtherPerson
	}
	facts := &register.WorkHistory{}
	for _, e := range data.Experiences {
		if e.PIN == "" && !known || e.PIN != "" && !about(q, string(e.PIN)) {
			return register.Reply{}, errOtherPerson
		}
		job, err := e.job()
		if err != nil {
			return register.Reply{}, err
		}
		facts.Jobs = append(facts.Jobs, job)
	}
	if len(facts.Jobs) == 0 {
		return absent(), nil
	}
	var employers, positions []string
	for _, j := range facts.Jobs {
		if j.End.IsZero() { // a present job; there may be several
			employers, positions = append(employers, j.Employer), append(positions, j.Position)
		}
	}
	return found(facts,
		register.Column{Name: "workplace", Value: strings.Join(employers, "; ")},
		register.Column{Name: "position", Value: strings.Join(positions, "; ")}), nil
}

func (e experience) job() (register.Job, error) {
	start, err := date("start_date", e.Start)
	if err != nil {
		return register.Job{}, err
	}
	end, err := date("end_date", e.End)
	if err != nil {
		return register.Job{}, err
	}
	return register.Job{
		TIN: string(e.TIN), Employer: string(e.Company), Structure: string(e.Structure), Position: string(e.Position),
		Start: start, End: end,
	}, nil
}

// readRPCError reads the top-level error, whose shape is the standard's where
// it is an object.
func readRPCError(raw json.RawMessage) (register.Reply, error) {
	var e struct {
		Code    lenientInt  `json:"code"`
		Message lenientText `json:"message"`
	}
	if json.Unmarshal(raw, &e) != nil {
		var text lenientText
		if json.Unmarshal(raw, &text) != nil {
			return register.Reply{}, breach("field %q has an unknown shape", "error")
		}
		e.Message = text
	}
	if saysNotFound(e.Message) {
		return absent(), nil
	}
	code := e.Code.code("rpc_")
	switch e.Code.n {
	case -32600, -32602:
		return register.Reply{}, &fault.Fault{Kind: fault.Rejected, Code: code, Err: errors.New("the register refused the parameters")}
	case -32601:
		return register.Reply{}, &fault.Fault{Kind: fault.Misconfigured, Code: code, Err: errors.New("the register knows no such method"), Hint: "check the service's path"}
	}
	return register.Reply{}, unavailable(code, "the register could not answer")
}

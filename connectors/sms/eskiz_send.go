package sms

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Send hands one message over; ref is the request id by which its status is
// asked. A lost answer is an uncertain fault and never followed by a second try.
// Eskiz knows no priorities.
func (e *Eskiz) Send(ctx context.Context, m Message) (ref string, err error) {
	if f := check(m); f != nil {
		return "", place(EskizSend, f)
	}
	form := url.Values{
		"mobile_phone": {string(m.To)}, "message": {Normalise(m.Text)}, "from": {e.cfg.From}, "user_sms_id": {m.ID},
	}
	if e.cfg.CallbackURL != "" {
		form.Set("callback_url", string(e.cfg.CallbackURL))
	}
	err = e.exchange(ctx, EskizSend, call.Request{
		Method: http.MethodPost, URL: "/api/message/sms/send", Body: []byte(form.Encode()),
		Transaction: m.ID,
		Private:     m.Secret || e.cfg.CallbackURL != "", // the address of the callback is a secret
		Decode: func(r call.Response) (err error) {
			ref, err = readAcceptance(r)
			return err
		},
	})
	if err != nil {
		return "", err
	}
	return ref, nil
}

func readAcceptance(r call.Response) (ref string, err error) {
	a, err := readEskiz(r)
	if err != nil {
		return "", err
	}
	if state, w := stateOf(a.Status.first()); state == Undelivered {
		return "", &fault.Fault{Kind: fault.Rejected, Code: w, Err: errors.New("the gateway refused the message"), Hint: hintNumber}
	}
	ref = id(string(a.ID))
	if ref == "" {
		return "", &fault.Fault{Kind: fault.Breach, Code: "shape", Uncertain: true, Err: errors.New("id is missing or is no id")}
	}
	return ref, nil
}

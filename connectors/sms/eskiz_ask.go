package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

// eskizMessage is a message as status and list answers show it.
type eskizMessage struct {
	ID          anything  `json:"id"`
	RequestID   anything  `json:"request_id"`
	UserSMSID   anything  `json:"user_sms_id"`
	Status      oneOrMore `json:"status"`
	PartsCount  anything  `json:"parts_count"`
	DeliveredAt anything  `json:"delivery_sm_at"`
	UpdatedAt   anything  `json:"updated_at"`
}

func (m eskizMessage) report() (Report, error) {
	if m.Status.first() == "" {
		return Report{}, &fault.Fault{Kind: fault.Breach, Code: "shape", Err: errors.New("a message without status")}
	}
	state, w := stateOf(m.Status.first())
	out := Report{
		MessageID: id(string(m.UserSMSID)), Ref: id(string(m.RequestID)), State: state, Word: w,
		At: eskizInstant(string(m.UpdatedAt)), Parts: count(string(m.PartsCount)),
	}
	if at := eskizInstant(string(m.DeliveredAt)); state == Delivered && !at.IsZero() {
		out.At = at
	}
	return out, nil
}

// Ask asks for one message: by ref, or, when the acceptance was lost, by our own
// id in the list of what was sent around SentAt. Whatever
// the fault says, nothing can have come of asking.
func (e *Eskiz) Ask(ctx context.Context, q Query) (Report, error) {
	switch {
	case q.Ref != "" && id(q.Ref) == "":
		return Report{}, place(EskizStatus, &fault.Fault{Kind: fault.Defect, Err: errors.New("the reference is none of this gateway's")})
	case q.Ref != "":
		return e.byRef(ctx, q)
	case q.ID == "" || q.SentAt.IsZero():
		return Report{}, place(EskizList, &fault.Fault{Kind: fault.Defect, Err: errors.New("without a reference the message id and the time of sending must be given")})
	}
	return e.byList(ctx, q)
}

// byRef asks for the status. The answer holds number and text, which may be a
// one-time code.
func (e *Eskiz) byRef(ctx context.Context, q Query) (Report, error) {
	var out Report
	err := e.exchange(ctx, EskizStatus, call.Request{
		Method: http.MethodGet, URL: "/api/message/sms/status_by_id/" + url.PathEscape(q.Ref), Transaction: q.ID, Private: true,
		Decode: func(r call.Response) (err error) {
			out, err = readStatus(r, q)
			return err
		},
	})
	if err != nil {
		return Report{}, err
	}
	return out, nil
}

func readStatus(r call.Response, q Query) (Report, error) {
	absent := Report{MessageID: q.ID, Ref: q.Ref, State: Absent}
	if r.Status == http.StatusNotFound && inDialect(r.Body) {
		return absent, nil
	}
	a, err := readEskiz(r)
	if f := fault.Of(err); f != nil && f.Kind == fault.Rejected && f.Code == codeNotFound {
		return absent, nil
	}
	if err != nil {
		return Report{}, err
	}
	if bytes.Equal(a.Data, []byte("null")) {
		return absent, nil
	}
	var m eskizMessage
	if err := a.data(&m); err != nil {
		return Report{}, err
	}
	out, err := m.report()
	switch {
	case err != nil:
		return Report{}, err
	case q.ID != "" && out.MessageID != "" && out.MessageID != q.ID,
		string(m.RequestID) != q.Ref && string(m.ID) != q.Ref:
		return Report{}, &fault.Fault{Kind: fault.Breach, Code: "another_message", Err: errors.New("the answer is about another message")}
	}
	out.MessageID, out.Ref = q.ID, q.Ref
	return out, nil
}

// inDialect tells a gateway that knows no such message from an address where
// there is no gateway.
func inDialect(body []byte) bool {
	var a eskizAnswer
	return call.ReadJSON(body, &a) == nil && (a.Status.first() != "" || len(a.Message) > 0)
}

// eskizPage is one page of the list.
type eskizPage struct {
	messages []eskizMessage
	last     int // number of the last page; 0 when not told
}

func (e *Eskiz) byList(ctx context.Context, q Query) (Report, error) {
	until := q.SentAt.Add(listAfter).In(civil.Tashkent).Format(listLayout)
	form := url.Values{
		"start_date": {q.SentAt.Add(-listBefore).In(civil.Tashkent).Format(listLayout)},
		"to_date":    {until}, "end_date": {until},
		"page_size": {strconv.Itoa(listPage)}, "count": {"0"},
	}
	for n := 1; ; n++ {
		found, more, err := e.page(ctx, q, form, n)
		switch {
		case err != nil:
			return Report{}, err
		case found != nil:
			return *found, nil
		case !more:
			return Report{MessageID: q.ID, State: Absent}, nil
		}
	}
}

// page looks for the message on one page and says whether another one follows.
// A page holds everybody's texts, one-time codes among them.
func (e *Eskiz) page(ctx context.Context, q Query, form url.Values, n int) (found *Report, more bool, err error) {
	err = e.exchange(ctx, EskizList, call.Request{
		Method: http.MethodPost, URL: "/api/message/sms/get-user-messages?page=" + strconv.Itoa(n), Body: []byte(form.Encode()),
		Transaction: q.ID, Private: true,
		Decode: func(r call.Response) error {
			p, err := readPage(r)
			if err != nil {
				return err
			}
			if found, err = p.find(q.ID); err != nil {
				return err
			}
			more = n < p.last || p.last == 0 && len(p.messages) >= listPage
			if found == nil && more && n >= e.cfg.ListPages {
				return &fault.Fault{
					Kind: fault.Rejected, Code: "list_too_long", Err: fmt.Errorf("the list around that time is longer than %d pages", n),
					Hint: "raise eskiz.list_pages, or look the message up in the provider's cabinet",
				}
			}
			return nil
		},
	})
	return found, more, err
}

func readPage(r call.Response) (eskizPage, error) {
	var out eskizPage
	a, err := readEskiz(r)
	if err != nil {
		return out, err
	}
	var data struct {
		LastPage anything          `json:"last_page"`
		Result   []json.RawMessage `json:"result"`
	}
	if err := a.data(&data); err != nil {
		return out, err
	}
	if len(data.Result) > longestList {
		return out, &fault.Fault{Kind: fault.Breach, Code: "list_too_long", Err: fmt.Errorf("a page holds more than %d messages", longestList)}
	}
	for _, raw := range data.Result {
		var m eskizMessage
		if err := call.ReadJSON(raw, &m); err != nil {
			return eskizPage{}, err
		}
		out.messages = append(out.messages, m)
	}
	if n, err := strconv.Atoi(string(data.LastPage)); err == nil && n > 0 {
		out.last = n
	}
	return out, nil
}

// rank orders what is known: of several entries with our id the best one counts.
var rank = map[State]int{Unknown: 1, Undelivered: 2, InFlight: 3, Delivered: 4}

// find looks for our id and for nothing else.
func (p eskizPage) find(ours string) (*Report, error) {
	var best *Report
	for _, m := range p.messages {
		if string(m.UserSMSID) != ours {
			continue
		}
		r, err := m.report()
		if err != nil {
			return nil, err
		}
		if r.MessageID = ours; best == nil || rank[r.State] > rank[best.State] {
			best = &r
		}
	}
	return best, nil
}

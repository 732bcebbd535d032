package eskiz

import (
	"cmp"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// price of one part, so'm.
const price = 50

// sms is one message on its way.
type sms struct {
	id       int // Eskiz's own
	request  string
	userID   string
	to       personal.Phone
	text     string
	from     string
	dispatch string
	callback string
	encoding string
	parts    int
	at       time.Time
	events   []inbox.Event // in the order of their time
}

// word is where the message stands, and since when.
func (m *sms) word(now time.Time) (string, time.Time) {
	word, since := "NEW", m.at
	for _, e := range m.events {
		if at := m.at.Add(e.After); !at.After(now) && !at.Before(since) {
			word, since = e.Word, at
		}
	}
	return word, since
}

// problem is a refusal: of a field, or with a status and a sentence.
type problem struct {
	status     int
	field, why string
}

func (s *Server) complain(w http.ResponseWriter, p *problem) {
	if p.field != "" {
		s.invalid(w, p.field, p.why)
		return
	}
	s.refuse(w, p.status, p.why)
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	in, ok := fields(r)
	if !ok {
		s.refuse(w, http.StatusBadRequest, "unreadable")
		return
	}
	m := &sms{to: personal.Phone(in["mobile_phone"]), text: in["message"], from: in["from"], callback: in["callback_url"], userID: in["user_sms_id"]}
	if p := s.take(m); p != nil {
		s.complain(w, p)
		return
	}
	serve.JSON(w, http.StatusOK, map[string]string{"id": m.request, "message": "Waiting for SMS provider", "status": "waiting"})
}

func (s *Server) batch(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Messages []struct {
			UserSMSID string      `json:"user_sms_id"`
			To        json.Number `json:"to"`
			Text      string      `json:"text"`
		} `json:"messages"`
		From       string      `json:"from"`
		DispatchID json.Number `json:"dispatch_id"`
		Callback   string      `json:"callback_url"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Messages) == 0 {
		s.invalid(w, "messages", "must be a list of messages")
		return
	}
	var all []*sms
	for _, one := range in.Messages {
		all = append(all, &sms{
			to: personal.Phone(one.To.String()), text: one.Text, from: in.From, callback: in.Callback, userID: one.UserSMSID, dispatch: in.DispatchID.String(),
		})
	}
	if p := s.take(all...); p != nil {
		s.complain(w, p)
		return
	}
	words := make([]string, len(all))
	for i := range words {
		words[i] = "waiting"
	}
	serve.JSON(w, http.StatusOK, map[string]any{"id": all[0].request, "message": "Waiting for SMS provider", "status": words})
}

// take checks all messages and, when none is refused, accepts them under one
// request id. A user_sms_id that was there before is nothing to it.
func (s *Server) take(list ...*sms) *problem {
	cost := int64(0)
	for _, m := range list {
		if p := s.check(m); p != nil {
			return p
		}
		m.encoding, m.parts = inbox.Parts(m.text)
		cost += int64(m.parts) * price
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cost > s.balance {
		return &problem{status: http.StatusPaymentRequired, why: noMoney}
	}
	s.balance -= cost
	request := uuid.NewString()
	for _, m := range list {
		m.id, m.request, m.at = 1_000_001+len(s.sent), request, s.o.Now()
		s.sent = append(s.sent, m)
		s.o.Inbox.Add(inbox.Message{System: System, Recipient: m.to, Text: m.text, ID: m.userID, Ref: request, Originator: m.from, ReceivedAt: m.at})
		s.follow(m)
	}
	return nil
}

func (s *Server) check(m *sms) *problem {
	if to, err := personal.ParsePhone(string(m.to)); err != nil || to != m.to {
		return &problem{field: "mobile_phone", why: "must be 998 and nine digits"}
	}
	if code, refused := s.numbers.Refused(m.to); refused {
		status, err := strconv.Atoi(cmp.Or(code, "400"))
		if err != nil || status < 400 || status > 599 {
			status = http.StatusBadRequest
		}
		return &problem{status: status, why: "the number is not served"}
	}
	switch {
	case m.text == "":
		return &problem{field: "message", why: "must be given"}
	case m.from != s.o.From:
		return &problem{field: "from", why: otherSender}
	case m.callback != "" && inbox.CheckAddress(m.callback) != nil:
		return &problem{field: "callback_url", why: "must be an address"}
	case s.o.TestAccount && !slices.Contains(TestTexts(), m.text):
		return &problem{status: http.StatusBadRequest, why: testOnly}
	case len(s.o.Templates) > 0 && !slices.ContainsFunc(s.o.Templates, func(t string) bool { return matches(t, m.text) }):
		return &problem{status: http.StatusBadRequest, why: noTemplate}
	}
	return nil
}

func matches(template, text string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(template), `\*`, `(?s:.*)`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(text)
}

// follow plans what becomes of a message and posts it to its callback. The lock
// is held.
func (s *Server) follow(m *sms) {
	word, bad := s.numbers.Undelivered(m.to)
	if bad && word == "" {
		word = "UNDELIV"
	}
	planned := s.how.Events(s.o.Seed, strconv.Itoa(m.id)+m.userID, word)
	m.events = slices.Clone(planned)
	if s.how.OutOfOrder {
		slices.Reverse(m.events)
	}
	if m.callback == "" {
		return
	}
	for _, e := range planned {
		s.reporter.Add(s.how, e.Post, m.callback, map[string]string{
			"request_id": m.request, "message_id": strconv.Itoa(m.id), "user_sms_id": m.userID, "country": "UZ", "phone_number": string(m.to),
			"sms_count": strconv.Itoa(m.parts), "status": e.Word, "status_date": m.at.Add(e.After).In(civil.Tashkent).Format(time.DateTime),
		})
	}
}

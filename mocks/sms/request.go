package sms

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/serve"
)

// problem is a refusal of the whole request: acceptance is per request.
type problem struct{ code, description string }

func (s *Server) fail(w http.ResponseWriter, status int, p problem) {
	description := strings.Replace(s.o.ErrorKey, "code", "description", 1)
	var code any = p.code
	if n, err := strconv.Atoi(p.code); err == nil {
		code = n
	}
	serve.JSON(w, status, map[string]any{s.o.ErrorKey: code, description: p.description})
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	if !s.authorized(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="broker-api"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		s.fail(w, http.StatusBadRequest, problem{"101", "Content-Type must be application/json"})
		return
	}
	var top object
	d := json.NewDecoder(r.Body)
	d.UseNumber()
	if err := d.Decode(&top); err != nil {
		s.fail(w, http.StatusBadRequest, problem{"101", "syntax error"})
		return
	}
	messages, p := s.read(top)
	if p != nil {
		s.fail(w, http.StatusBadRequest, *p)
		return
	}
	for _, m := range messages {
		m.System, m.ReceivedAt = System, s.o.Now()
		if s.o.Inbox.AddOnce(m) {
			s.report(m)
		}
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(Received)) // the client may be gone
}

type object map[string]any

func (o object) object(key string) (object, bool) {
	m, ok := o[key].(map[string]any)
	return m, ok
}

func (o object) text(key string) string {
	s, _ := o[key].(string)
	return s
}

// either returns the message's own value, or the common one of the request.
func either(own, common object, key string) any {
	if v, ok := own[key]; ok {
		return v
	}
	return common[key]
}

// read checks a request in the order of the provider's error codes, message by
// message, and returns the messages.
func (s *Server) read(top object) ([]Message, *problem) {
	list, ok := top["messages"].([]any)
	if !ok || len(list) == 0 {
		return nil, &problem{"101", "messages are missing"}
	}
	if len(list) > s.o.MaxBatch {
		return nil, &problem{"105", "too many messages in one request"}
	}
	if p := timing(top["timing"]); p != nil {
		return nil, p
	}
	var out []Message
	for _, item := range list {
		raw, ok := item.(map[string]any)
		if !ok {
			return nil, &problem{"101", "a message must be an object"}
		}
		m, p := message(raw, top)
		if p != nil {
			return nil, p
		}
		if code, refused := s.numbers.Refused(m.Recipient); refused {
			return nil, &problem{cmp.Or(code, "202"), "recipient is not served"}
		}
		out = append(out, m)
	}
	return out, nil
}

func message(own, common object) (Message, *problem) {
	m := Message{Recipient: personal.Phone(own.text("recipient")), ID: own.text("message-id")}
	switch priority := either(own, common, "priority"); priority {
	case nil, "low", "normal", "high", "realtime":
		m.Priority, _ = priority.(string)
	default:
		return m, &problem{"104", "priority must be low, normal, high or realtime"}
	}
	if !recipient(string(m.Recipient)) {
		return m, &problem{"202", "recipient must be 998 and nine digits"}
	}
	if m.ID == "" || len(m.ID) > 20 {
		return m, &problem{"205", "message-id must be a text of 1 to 20 characters"}
	}
	if p := timing(own["timing"]); p != nil {
		return m, p
	}
	if either(own, common, "template-id") != nil {
		return m, &problem{"206", "no template is registered"}
	}
	sms, ok := either(own, common, "sms").(map[string]any)
	if !ok {
		return m, &problem{"103", "no channel"}
	}
	return content(m, sms)
}

func content(m Message, sms object) (Message, *problem) {
	if m.Originator = sms.text("originator"); m.Originator == "" {
		return m, &problem{"401", "originator is missing"}
	}
	body, ok := sms.object("content")
	if !ok || body["text"] == nil {
		return m, &problem{"404", "content is missing"}
	}
	if m.Text, ok = body["text"].(string); !ok {
		return m, &problem{"405", "text must be a text"}
	}
	if strings.TrimSpace(m.Text) == "" {
		return m, &problem{"406", "text is empty"}
	}
	if ttl, given := sms["ttl"]; given {
		n, ok := ttl.(json.Number)
		seconds, err := n.Int64()
		if !ok || err != nil || seconds <= 0 {
			return m, &problem{"407", "ttl must be a number of seconds"}
		}
		m.TTL = time.Duration(seconds) * time.Second
	}
	return m, nil
}

func recipient(s string) bool {
	p, err := personal.ParsePhone(s)
	return err == nil && string(p) == s // nothing but digits on the wire
}

// timing checks the optional schedule; a field that is null counts as wrong.
func timing(v any) *problem {
	if v == nil {
		return nil
	}
	t, ok := v.(map[string]any)
	if !ok {
		return &problem{"101", "timing must be an object"}
	}
	for _, f := range []struct {
		key, code string
		good      func(any) bool
	}{
		{"localtime", "301", flag},
		{"start-datetime", "302", instant},
		{"end-datetime", "303", instant},
		{"allowed-starttime", "304", clock},
		{"allowed-endtime", "305", clock},
		{"send-evenly", "306", flag},
	} {
		if value, given := t[f.key]; given && !f.good(value) {
			return &problem{f.code, f.key + " is wrong"}
		}
	}
	return nil
}

func flag(v any) bool {
	switch v := v.(type) {
	case bool:
		return true
	case json.Number:
		return bytes.Contains([]byte("01"), []byte(v.String())) && len(v) == 1
	}
	return false
}

func instant(v any) bool { return parses(v, "2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339) }

func clock(v any) bool { return parses(v, "15:04", "15:04:05") }

func parses(v any, layouts ...string) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	for _, l := range layouts {
		if _, err := time.Parse(l, s); err == nil {
			return true
		}
	}
	return false
}

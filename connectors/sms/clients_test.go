package sms_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
)

// What other clients of these gateways get wrong, each a test of ours. The
// numbers are those of the list that was collected.

// 22: one constant or numeric message-id for every SMS, so that reports match
// nothing and true messages are dropped as repeated.
func TestLine22EachMessageHasItsOwnID(t *testing.T) {
	t.Parallel()
	var sent []any
	p := provider(t, func(r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		var in struct {
			Messages []map[string]any `json:"messages"`
		}
		if err := json.Unmarshal(b, &in); err != nil {
			return nil, err
		}
		sent = append(sent, in.Messages[0]["message-id"])
		return calltest.With(200, "Request is received")(r)
	}, nil)
	want := []string{sms.NewID(), sms.NewID()}
	for _, id := range want {
		m := message
		m.ID = id
		if _, err := p.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if len(sent) != 2 || sent[0] != want[0] || sent[1] != want[1] || sent[0] == sent[1] {
		t.Errorf("sent %v, want %v, as texts", sent, want)
	}
	reports, err := sms.ReadPlaymobileReports([]byte(`{"message-id":"` + want[1] + `","status":"delivered"}`))
	if err != nil || reports[0].MessageID != want[1] {
		t.Errorf("a report does not find its message: %v %v", reports, err)
	}
}

// 23: any 200 counted as delivered, and no reports at all.
func TestLine23AcceptanceIsNotDelivery(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "<html>", `{"error-code":202}`, `{}`, `{"status":"del`} {
		if _, err := provider(t, calltest.With(200, body), nil).Send(t.Context(), message); err == nil {
			t.Errorf("%q was taken for acceptance", body)
		} else if f := fault.Of(err); !f.Uncertain {
			t.Errorf("%q surely took nothing: %v", body, err)
		}
	}
	for word, want := range map[string]sms.State{"accepted": sms.InFlight, "transmitted": sms.InFlight, "sent": sms.InFlight, "delivered": sms.Delivered} {
		got, err := sms.ReadPlaymobileReports([]byte(`{"message-id":"a","status":"` + word + `"}`))
		if err != nil || got[0].State != want {
			t.Errorf("%s: %v %v", word, got, err)
		}
	}
}

// 24: a strict decoder that knows one spelling of error_code.
func TestLine24BothSpellingsOfTheErrorCode(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"error-code":102}`, `{"error_code":102}`, `{"error-code":"102","error-description":"x"}`, `{"error_code":"102","more":[1]}`} {
		_, err := provider(t, calltest.With(400, body), nil).Send(t.Context(), message)
		if f := fault.Of(err); f == nil || f.Kind != fault.Misconfigured || f.Code != "102" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// 25: a login for every SMS, or a token kept for ever; a decoder that breaks on
// a status that is a list.
func TestLine25TokensAndListsOfEskiz(t *testing.T) {
	t.Parallel()
	c := &cabinet{dead: map[string]bool{}, answer: always(200, `{"id":"`+eskizRef+`","message":"Waiting for SMS provider","status":["waiting"]}`)}
	e := eskizOf(t, c)
	for i, want := range []int{1, 1, 2, 2} {
		c.dead["tok-1"] = i >= 2
		if ref, err := e.Send(t.Context(), message); err != nil || ref != eskizRef || c.logins != want {
			t.Errorf("message %d: %q %v after %d logins, want %d", i, ref, err, c.logins, want)
		}
	}
}

// 26: "cannot send" that is a wrong password, or a text that nobody moderated:
// the first stops the operation, the second is this one message's, and each
// says what to do.
func TestLine26WrongLoginOrUnmoderatedText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cab  *cabinet
		kind fault.Kind
		hint string
	}{
		"wrong password":             {&cabinet{login: func(int) (int, string) { return 401, `{"message":"Invalid credentials"}` }}, fault.Misconfigured, "eskiz.password"},
		"wrong password inside":      {&cabinet{login: func(int) (int, string) { return 200, `{"status":"error","message":"x"}` }}, fault.Misconfigured, "eskiz.password"},
		"unmoderated":                {&cabinet{answer: always(400, `{"status":"error","message":"This is test from Eskiz"}`)}, fault.Rejected, "moderated templates"},
		"unmoderated, inside a 200":  {&cabinet{answer: always(200, `{"status":"error","status_code":400,"message":"x"}`)}, fault.Rejected, "test account"},
		"another sender":             {&cabinet{answer: always(422, `{"message":{"from":["x"]}}`)}, fault.Misconfigured, "eskiz.from"},
		"another sender, a sentence": {&cabinet{answer: always(400, `{"status":"error","message":"Nickname is not yours"}`)}, fault.Misconfigured, "eskiz.from"},
		"number":                     {&cabinet{answer: always(422, `{"message":{"mobile_phone":["x"]}}`)}, fault.Rejected, "telephone number"},
	} {
		_, err := eskizOf(t, c.cab).Send(t.Context(), message)
		if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Uncertain || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// 27: oʻ and gʻ typed with signs that double the price unnoticed.
func TestLine27TypographyCostsNothing(t *testing.T) {
	t.Parallel()
	for _, apostrophe := range []string{"'", "ʻ", "‘", "’", "ʼ", "`", "´"} {
		text := strings.Repeat("o"+apostrophe, 49)
		var sent string
		c := &cabinet{answer: func(_ *http.Request, form url.Values) (int, string) {
			sent = form.Get("message")
			return 200, acceptedE
		}}
		m := message
		m.Text = text
		if _, err := eskizOf(t, c).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		normal, encoding, parts := sms.Preview(text)
		if sent != strings.Repeat("o'", 49) || normal != sent || encoding != sms.GSM7 || parts != 1 {
			t.Errorf("%q: sent %q, %s, %d parts", apostrophe, sent, encoding, parts)
		}
		if e, n := sms.Segments(text); apostrophe != "'" && (e != sms.UCS2 || n != 2) {
			t.Errorf("%q as typed: %s, %d", apostrophe, e, n)
		}
	}
}

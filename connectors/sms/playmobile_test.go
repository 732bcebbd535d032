package sms_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func config() sms.PlaymobileConfig {
	return sms.PlaymobileConfig{URL: "https://sms.example", Login: "login", Password: "s3cret", Originator: "3700", TTL: 10 * time.Minute}
}

func provider(t *testing.T, f calltest.Transport, o call.Observer, change ...func(*sms.PlaymobileConfig)) *sms.Playmobile {
	t.Helper()
	cfg := config()
	for _, c := range change {
		c(&cfg)
	}
	p, err := sms.NewPlaymobile(cfg, sms.Deps{Client: &http.Client{Transport: f}, Observer: o})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var message = sms.Message{ID: "es0000000000001", To: "998900000001", Text: "Saylov oʻtkaziladi"}

func TestRequest(t *testing.T) {
	t.Parallel()
	var body, address string
	var header http.Header
	p := provider(t, func(r *http.Request) (*http.Response, error) {
		b, err := io.ReadAll(r.Body)
		body, address, header = string(b), r.Method+" "+r.URL.String(), r.Header.Clone()
		if err != nil {
			return nil, err
		}
		return calltest.With(200, "Request is received")(r)
	}, nil)
	if _, err := p.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if address != "POST https://sms.example/broker-api/send" || header.Get("Authorization") != "Basic bG9naW46czNjcmV0" || !strings.HasPrefix(header.Get("Content-Type"), "application/json") {
		t.Errorf("%s, type %q", address, header.Get("Content-Type"))
	}
	var got, want any
	wanted := `{"priority":"normal","messages":[{"recipient":"998900000001","message-id":"es0000000000001","sms":{"originator":"3700","ttl":600,"content":{"text":"Saylov o'tkaziladi"}}}]}`
	if json.Unmarshal([]byte(body), &got) != nil || json.Unmarshal([]byte(wanted), &want) != nil {
		t.Fatalf("body %s", body)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	type row struct {
		name      string
		status    int
		body      string
		kind      fault.Kind
		code      string
		uncertain bool
	}
	cases := []row{
		{"taken", 200, "Request is received", "", "", false},
		{"taken, other words", 200, "OK", "", "", false},
		{"a page", 200, "<html>", fault.Unavailable, "not_text", true},
		{"an error on a 200", 200, `{"error-code":202}`, fault.Rejected, "202", true},
		{"another success", 202, "", fault.Breach, "202", true},
		{"wrong login", 401, "", fault.Misconfigured, "http_401", false},
		{"forbidden", 403, "", fault.Misconfigured, "http_403", false},
		{"no such address", 404, "<html>", fault.Misconfigured, "http_404", false},
		{"moved", 301, "", fault.Misconfigured, "http_301", false},
		{"slow", 408, "", fault.Unavailable, "408", true},
		{"throttled", 429, "", fault.Throttled, "429", false},
		{"server error", 500, "", fault.Unavailable, "500", true},
		{"bad gateway", 502, "<html>", fault.Unavailable, "502", true},
		{"refused by a proxy's page", 400, "<html>", fault.Unavailable, "not_text", false},
		{"refused without a code", 400, "bad", fault.Rejected, "http_400", false},
		{"code as text", 400, `{"error-code":"202","error-description":"x"}`, fault.Rejected, "202", false},
		{"other spelling", 400, `{"error_code":102,"error_description":"x"}`, fault.Misconfigured, "102", false},
		{"code out of range is not told", 400, `{"error-code":998900000001}`, fault.Rejected, "http_400", false},
	}
	for code, kind := range map[int]fault.Kind{100: fault.Unavailable, 101: fault.Rejected, 102: fault.Misconfigured, 103: fault.Rejected, 105: fault.Throttled, 205: fault.Rejected, 206: fault.Rejected, 301: fault.Rejected, 401: fault.Misconfigured, 402: fault.Rejected, 408: fault.Rejected, 411: fault.Rejected, 999: fault.Rejected} {
		for _, key := range []string{"error-code", "error_code"} {
			cases = append(cases, row{fmt.Sprint(key, code), 400, fmt.Sprintf(`{%q:%d}`, key, code), kind, fmt.Sprint(code), false})
		}
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tries := 0
			_, err := provider(t, func(r *http.Request) (*http.Response, error) { tries++; return calltest.With(c.status, c.body)(r) }, nil).Send(t.Context(), message)
			f := fault.Of(err)
			if fault.KindOf(err) != c.kind || f != nil && (f.Code != c.code || f.Uncertain != c.uncertain || f.System != "playmobile" || f.Operation != "send") {
				t.Errorf("got %+v, want %s %s uncertain %v", f, c.kind, c.code, c.uncertain)
			}
			if tries != 1 {
				t.Errorf("%d tries of a message that must go out once", tries)
			}
		})
	}
}

// Only at a gateway that drops repeated ids is a lost answer tried again, with
// the same id.
func TestSecondTryOnlyWhereDeduplicated(t *testing.T) {
	t.Parallel()
	for _, dedup := range []bool{false, true} {
		t.Run(fmt.Sprint(dedup), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var ids []string
				p := provider(t, func(r *http.Request) (*http.Response, error) {
					b, err := io.ReadAll(r.Body)
					ids = append(ids, regexp.MustCompile(`"message-id":"(.*?)"`).FindStringSubmatch(string(b))[1])
					if err != nil || len(ids) == 1 {
						return nil, io.ErrUnexpectedEOF
					}
					return calltest.With(200, "Request is received")(r)
				}, nil, func(c *sms.PlaymobileConfig) { c.Deduplicates = dedup })
				_, err := p.Send(t.Context(), message)
				if dedup && (err != nil || cmp.Diff([]string{message.ID, message.ID}, ids) != "") {
					t.Errorf("%v, %v", err, ids)
				}
				if f := fault.Of(err); !dedup && (f == nil || !f.Uncertain || len(ids) != 1) {
					t.Errorf("%+v, %v", f, ids)
				}
				if p.Deduplicates() != dedup {
					t.Error("Deduplicates")
				}
			})
		})
	}
}

func TestMessagesThatGoNowhere(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*sms.Message)
		kind   fault.Kind
	}{
		{"no id", func(m *sms.Message) { m.ID = "" }, fault.Defect},
		{"id too long", func(m *sms.Message) { m.ID = strings.Repeat("x", 21) }, fault.Defect},
		{"priority", func(m *sms.Message) { m.Priority = "urgent" }, fault.Defect},
		{"number with a plus", func(m *sms.Message) { m.To = "+998900000001" }, fault.Rejected},
		{"no number", func(m *sms.Message) { m.To = "" }, fault.Rejected},
		{"no text", func(m *sms.Message) { m.Text = " \u00a0" }, fault.Rejected},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := message
			c.change(&m)
			_, err := provider(t, func(*http.Request) (*http.Response, error) { t.Error("sent"); return nil, io.EOF }, nil).Send(t.Context(), m)
			if f := fault.Of(err); f == nil || f.Kind != c.kind || f.Uncertain || f.System != "playmobile" {
				t.Errorf("got %+v, want %s", f, c.kind)
			}
		})
	}
}

func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	echo := "998900000001 s3cret bG9naW46czNjcmV0 Saylov"
	for name, f := range map[string]calltest.Transport{
		"refused": calltest.With(400, `{"error-code":202,"error-description":"`+echo+`"}`), "words": calltest.With(400, echo), "page": calltest.With(500, echo),
		"odd code": calltest.With(400, `{"error-code":"`+echo+`"}`), "broken": func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("%s", echo) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &calltest.Observer{}
			_, err := provider(t, f, seen).Send(t.Context(), message)
			if err == nil {
				t.Fatal("no fault")
			}
			for _, text := range append(seen.Lines(), err.Error(), fmt.Sprintf("%+v", *fault.Of(err))) {
				for s := range strings.FieldsSeq(echo) {
					if strings.Contains(text, s) {
						t.Errorf("%q tells %q", text, s)
					}
				}
			}
		})
	}
}

func TestValidateAndID(t *testing.T) {
	t.Parallel()
	err := sms.PlaymobileConfig{URL: "http://sms.example", TTL: -1}.Validate()
	for _, want := range []string{"url: must be https", "login", "originator", "ttl"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in %v", want, err)
		}
	}
	a, b := sms.NewID(), sms.NewID()
	if !regexp.MustCompile(`^[a-z2-7]{20}$`).MatchString(a) || a == b {
		t.Errorf("ids %s, %s", a, b)
	}
}

func FuzzPlaymobileAnswer(f *testing.F) {
	f.Add(200, []byte("Request is received"))
	f.Add(400, []byte(`{"error-code":"100"}`))
	f.Add(400, []byte(`{"error_code":[1]}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 499 {
			return
		}
		_, err := provider(t, calltest.With(status, string(body)), nil).Send(t.Context(), message)
		fl := fault.Of(err)
		switch {
		case err == nil && status != 200:
			t.Fatalf("status %d was taken for acceptance", status)
		case fl != nil && fl.Kind == fault.Defect:
			t.Fatal(err)
		case fl != nil && fl.Uncertain && status >= 400 && status != 408:
			t.Fatalf("a refusal is uncertain: %v", err)
		}
	})
}

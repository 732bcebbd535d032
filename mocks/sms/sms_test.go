package sms_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/mocktest"
	"github.com/saylovhub/hub/mocks/sms"
)

func TestMain(m *testing.M) { mocktest.Main(m) }

func clock() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, civil.Tashkent) }

func start(t *testing.T, o sms.Options) *sms.Server {
	t.Helper()
	o.Now = clock
	s, err := sms.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var good = http.Header{
	"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(sms.Login+":"+sms.Password))},
	"Content-Type":  {"application/json; charset=UTF-8"},
}

func do(t *testing.T, method, url, body string, header http.Header) (int, string, error) {
	t.Helper()
	a, err := mocktest.Do(t.Context(), method, url, header, body)
	return a.Status, a.Body, err
}

func send(t *testing.T, s *sms.Server, body string) (int, string) {
	t.Helper()
	status, text, err := do(t, http.MethodPost, s.URL()+sms.PathSend, body, good)
	if err != nil {
		t.Fatal(err)
	}
	return status, text
}

// message is one sound message; parts of it are replaced by tests.
const message = `{"recipient":"998900000001","message-id":"es0000000000001","sms":{"originator":"3700","ttl":600,"content":{"text":"Sinov"}}}`

func request(messages string) string { return `{"priority":"high","messages":[` + messages + `]}` }

func withID(id string) string { return strings.Replace(message, "es0000000000001", id, 1) }

func TestAccepted(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	full := `{"priority":"realtime","timing":{"start-datetime":"2026-01-01 04:00","end-datetime":"2026-01-01T12:00:00Z","localtime":1,
 "allowed-starttime":"09:00","allowed-endtime":"20:00","send-evenly":1},"messages":[` + message + `]}`
	if status, text := send(t, s, full); status != 200 || text != "Request is received" {
		t.Fatalf("%d %s", status, text)
	}
	want := []sms.Message{{
		System: "sms", Recipient: "998900000001", Text: "Sinov", ID: "es0000000000001", Originator: "3700", Priority: "realtime", TTL: 10 * time.Minute,
		Encoding: "GSM-7", Parts: 1, ReceivedAt: clock(), Times: 1,
	}}
	if d := cmp.Diff(want, s.Inbox()); d != "" {
		t.Error(d)
	}
	// Common values may stand at the top, and only there.
	common := `{"priority":"low","sms":{"originator":"3700","content":{"text":"Hammaga"}},"messages":[
 {"recipient":"998900000002","message-id":"b"},{"recipient":"998900000003","message-id":"c","priority":"high"}]}`
	if status, text := send(t, s, common); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	box := s.Inbox()
	if len(box) != 3 || box[1].Text != "Hammaga" || box[1].Priority != "low" || box[2].Priority != "high" {
		t.Errorf("inbox %+v", box)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	replace := func(old, by string) string { return request(strings.Replace(message, old, by, 1)) }
	timing := func(v string) string { return `{"timing":` + v + `,"messages":[` + message + `]}` }
	var many []string
	for i := range 101 {
		many = append(many, withID(strconv.Itoa(i)))
	}
	cases := map[string]struct {
		body string
		code float64
	}{
		"syntax":                {`{`, 101},
		"no messages":           {`{"messages":[]}`, 101},
		"priority":              {strings.Replace(request(message), "high", "urgent", 1), 104},
		"too many":              {request(strings.Join(many, ",")), 105},
		"recipient with a plus": {replace("998900000001", "+998900000001"), 202},
		"no recipient":          {replace(`"recipient":"998900000001",`, ``), 202},
		"no id":                 {replace(`"message-id":"es0000000000001",`, ``), 205},
		"numeric id":            {replace(`"es0000000000001"`, `1000001`), 205},
		"21 characters":         {replace("es0000000000001", strings.Repeat("x", 21)), 205},
		"template":              {replace(`"sms":{`, `"template-id":"7","sms":{`), 206},
		"no channel":            {request(`{"recipient":"998900000001","message-id":"x"}`), 103},
		"no originator":         {replace(`"originator":"3700",`, ``), 401},
		"no content":            {replace(`,"content":{"text":"Sinov"}`, ``), 404},
		"no text":               {replace(`"text":"Sinov"`, ``), 404},
		"text is a number":      {replace(`"Sinov"`, `7`), 405},
		"text is blank":         {replace(`"Sinov"`, `" "`), 406},
		"ttl":                   {replace(`600`, `"600"`), 407},
		"ttl of nothing":        {replace(`600`, `0`), 407},
		"localtime":             {timing(`{"localtime":2}`), 301},
		"start":                 {timing(`{"start-datetime":"tomorrow"}`), 302},
		"end is null":           {timing(`{"end-datetime":null}`), 303},
		"allowed start":         {timing(`{"allowed-starttime":"25:00"}`), 304},
		"allowed end":           {timing(`{"allowed-endtime":9}`), 305},
		"evenly":                {timing(`{"send-evenly":"yes"}`), 306},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, key := range []string{"error-code", "error_code"} {
				s := start(t, sms.Options{ErrorKey: key})
				status, text := send(t, s, c.body)
				var m map[string]any
				if err := json.Unmarshal([]byte(text), &m); err != nil || status != 400 || m[key] != c.code ||
					m[strings.Replace(key, "code", "description", 1)] == "" || len(m) != 2 {
					t.Errorf("%d %s", status, text)
				}
				if len(s.Inbox()) != 0 {
					t.Error("a refused request reached the inbox")
				}
			}
		})
	}
}

// One bad message refuses the whole request.
func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	if status, _ := send(t, s, request(withID("a")+","+withID(""))); status != 400 || len(s.Inbox()) != 0 {
		t.Errorf("%d, inbox %d", status, len(s.Inbox()))
	}
	if status, _ := send(t, s, request(withID("a")+","+withID("b"))); status != 200 || len(s.Inbox()) != 2 {
		t.Errorf("%d, inbox %d", status, len(s.Inbox()))
	}
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{Login: "a", Password: "b"})
	if status, _ := send(t, s, request(message)); status != 401 {
		t.Errorf("other credentials: %d", status)
	}
	h := good.Clone()
	h.Del("Authorization")
	if status, _, err := do(t, http.MethodPost, s.URL()+sms.PathSend, request(message), h); status != 401 || err != nil {
		t.Errorf("none: %d %v", status, err)
	}
	if status, _, err := do(t, http.MethodGet, s.URL()+sms.PathSend, "", good); status != 405 || err != nil {
		t.Errorf("GET: %d %v", status, err)
	}
}

func TestDeduplication(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	for range 3 {
		if status, text := send(t, s, request(message)); status != 200 || text != sms.Received {
			t.Fatalf("%d %s", status, text)
		}
	}
	if box := s.Inbox(); len(box) != 1 || box[0].Times != 3 || box[0].Conflict || s.Duplicates() != 2 {
		t.Errorf("inbox %+v", box)
	}
	_, _ = send(t, s, request(strings.Replace(message, "Sinov", "Boshqa", 1)))
	if box := s.Inbox(); len(box) != 1 || box[0].Text != "Sinov" || box[0].Times != 4 || !box[0].Conflict {
		t.Errorf("inbox %+v", box)
	}
}

// The answer is lost, but the message was taken: sent again it is dropped.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	if err := s.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Reset, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := do(t, http.MethodPost, s.URL()+sms.PathSend, request(message), good); !errors.Is(err, syscall.ECONNRESET) {
		t.Fatalf("error %v", err)
	}
	if status, _ := send(t, s, request(message)); status != 200 || s.Duplicates() != 1 || len(s.Inbox()) != 1 {
		t.Errorf("%d, duplicates %d", status, s.Duplicates())
	}
}

func TestFaultWithCode(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	if err := s.Fault(chaos.Fault{Kind: chaos.Status, Status: 400, Code: "102"}); err != nil {
		t.Fatal(err)
	}
	if status, text := send(t, s, request(message)); status != 400 || !strings.Contains(text, `"error-code":102`) {
		t.Errorf("%d %s", status, text)
	}
}

func TestInboxForOthers(t *testing.T) {
	t.Parallel()
	s := start(t, sms.Options{})
	_, _ = send(t, s, request(strings.Replace(message, "Sinov", "<b>kod</b> 12345", 1)))
	_, text, err := do(t, http.MethodGet, s.URL()+"/_mock/inbox", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var box []map[string]any
	if err := json.Unmarshal([]byte(text), &box); err != nil || len(box) != 1 {
		t.Fatalf("%s %v", text, err)
	}
	want := map[string]any{
		"system": "sms", "encoding": "GSM-7", "parts": 1.0, "recipient": "998900000001", "text": "<b>kod</b> 12345", "message-id": "es0000000000001", "originator": "3700", "priority": "high",
		"received_at": "2026-11-20T10:00:00+05:00", "times": 1.0, "conflict": false,
	}
	if d := cmp.Diff(want, box[0]); d != "" {
		t.Error(d)
	}
	_, page, err := do(t, http.MethodGet, s.URL()+"/", "", nil)
	if err != nil || !strings.Contains(page, "&lt;b&gt;kod&lt;/b&gt; 12345") || !strings.Contains(page, "998900000001") {
		t.Errorf("page %v %s", err, page)
	}
	if status, _, err := do(t, http.MethodDelete, s.URL()+"/_mock/inbox", "", nil); status != 204 || err != nil || len(s.Inbox()) != 0 {
		t.Errorf("clearing: %d %v", status, err)
	}
	if list, err := s.WaitInbox(t.Context(), 0); err != nil || len(list) != 0 {
		t.Errorf("waiting for nothing: %v", err)
	}
}

// hook is a receiver of delivery reports.
func hook(t *testing.T, answer func(n int32) int) (string, <-chan string) {
	t.Helper()
	got, n := make(chan string, 16), atomic.Int32{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r.Method + " " + r.URL.Path + " " + string(b)
		w.WriteHeader(answer(n.Add(1)))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got
}

func always(int32) int { return 200 }

func TestReports(t *testing.T) {
	t.Parallel()
	const body = `{"message-id":"es0000000000001","channel":"sms","status":"%","status-date":"2026-11-20 10:00:00","description":""}`
	report := func(word string) string { return "POST /cb/status " + strings.Replace(body, "%", word, 1) }
	array := "POST /cb/status [" + strings.TrimPrefix(report("delivered"), "POST /cb/status ") + "]"
	cases := []struct {
		name   string
		how    sms.Reports
		answer func(int32) int
		want   []string
	}{
		{"one", sms.Reports{}, always, []string{report("delivered")}},
		{"array", sms.Reports{Array: true}, always, []string{array}},
		{"in turn", sms.Reports{Words: []string{"transmitted", "NOT-DELIVERED"}}, always, []string{report("transmitted"), report("NOT-DELIVERED")}},
		{"twice", sms.Reports{Twice: true}, always, []string{report("delivered"), report("delivered")}},
		{"in UTC", sms.Reports{UTC: true}, always, []string{strings.Replace(report("delivered"), "2026-11-20 10:00:00", "2026-11-20T05:00:00Z", 1)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url, got := hook(t, c.answer)
			c.how.URL = url + "/cb/"
			s := start(t, sms.Options{Reports: c.how})
			_, _ = send(t, s, request(message))
			_, _ = send(t, s, request(message)) // a duplicate is not reported again
			_, _ = send(t, s, request(withID("last")))
			for i, want := range c.want {
				if text := <-got; text != want {
					t.Errorf("report %d:\n%s\nwant\n%s", i, text, want)
				}
			}
			if text := <-got; !strings.Contains(text, `"message-id":"last"`) {
				t.Errorf("one report too many: %s", text)
			}
		})
	}
}

func TestCallbackEndpoint(t *testing.T) {
	t.Parallel()
	url, got := hook(t, always)
	s := start(t, sms.Options{})
	_, _ = send(t, s, request(withID("before"))) // nobody listens yet
	if status, _, err := do(t, http.MethodPost, s.URL()+"/_mock/callback", `{"url":"`+url+`","words":["expired"]}`, nil); status != 204 || err != nil {
		t.Fatalf("%d %v", status, err)
	}
	_, _ = send(t, s, request(message))
	if text := <-got; !strings.Contains(text, `"status":"expired"`) || !strings.Contains(text, "es0000000000001") {
		t.Errorf("got %s", text)
	}
	for _, bad := range []string{`{`, `{"url":"ftp://x"}`, `{"url":"hub"}`} {
		if status, _, err := do(t, http.MethodPost, s.URL()+"/_mock/callback", bad, nil); status != 400 || err != nil {
			t.Errorf("%s: %d %v", bad, status, err)
		}
	}
	if _, err := sms.Start(t.Context(), sms.Options{Reports: sms.Reports{URL: "hub"}}); err == nil {
		t.Error("started with a callback that is no address")
	}
}

// A message's words may come backwards; each tells its own time.
func TestReportsOutOfOrder(t *testing.T) {
	t.Parallel()
	url, got := hook(t, always)
	s := start(t, sms.Options{})
	order := `{"url":"` + url + `","words":["enroute","delivered"],"delay_ms":1,"jitter_ms":1,"out_of_order":true,"utc":true}`
	if status, _, err := do(t, http.MethodPost, s.URL()+"/_mock/callback", order, nil); status != 204 || err != nil {
		t.Fatalf("%d %v", status, err)
	}
	_, _ = send(t, s, request(message))
	for _, want := range []string{"delivered", "enroute"} {
		if text := <-got; !strings.Contains(text, want) || !strings.Contains(text, "2026-11-20T05:00:00Z") {
			t.Errorf("%s, want %s", text, want)
		}
	}
}

// Numbers may be refused with a code, or be taken and never reached.
func TestNumbers(t *testing.T) {
	t.Parallel()
	url, got := hook(t, always)
	s := start(t, sms.Options{Reports: sms.Reports{URL: url, Words: []string{"accepted", "delivered"}}})
	order := `{"refused":{"998900000001":"","998900000002":"103"},"undelivered":{"998900000003":"","998900000004":"expired"}}`
	if status, _, err := do(t, http.MethodPut, s.URL()+"/_mock/numbers", order, nil); status != 200 || err != nil {
		t.Fatalf("%d %v", status, err)
	}
	to := func(number, id string) string {
		return request(strings.Replace(withID(id), "998900000001", number, 1))
	}
	for number, code := range map[string]string{"998900000001": "202", "998900000002": "103"} {
		if status, text := send(t, s, to(number, "x")); status != 400 || !strings.Contains(text, `"error-code":`+code) || len(s.Inbox()) != 0 {
			t.Errorf("%s: %d %s", number, status, text)
		}
	}
	for _, c := range []struct{ number, id, word string }{{"998900000003", "a", "not_delivered"}, {"998900000004", "b", "expired"}, {"998900000005", "c", "delivered"}} {
		if status, text := send(t, s, to(c.number, c.id)); status != 200 {
			t.Fatalf("%d %s", status, text)
		}
		for _, want := range []string{"accepted", c.word} {
			if text := <-got; !strings.Contains(text, `"status":"`+want+`"`) || !strings.Contains(text, `"`+c.id+`"`) {
				t.Errorf("%s, want %s of %s", text, want, c.id)
			}
		}
	}
	if status, _, err := do(t, http.MethodPut, s.URL()+"/_mock/numbers", `[`, nil); status != 400 || err != nil {
		t.Errorf("nonsense: %d %v", status, err)
	}
}

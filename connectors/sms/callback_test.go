package sms_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestPlaymobileReports(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	one := func(id, word, when string) string {
		return fmt.Sprintf(`{"message-id":%q,"channel":"sms","status":%q,"status-date":%q,"description":""}`, id, word, when)
	}
	r := func(id string, s sms.State, word string, when time.Time) sms.Report {
		return sms.Report{MessageID: id, State: s, Word: word, At: when}
	}
	for _, c := range []struct {
		name, body string
		want       []sms.Report
		code       string
	}{
		{"local time", one("a", "delivered", "2026-11-20 10:00:00"), []sms.Report{r("a", sms.Delivered, "delivered", at)}, ""},
		{"ISO in UTC", one("a", "Transmitted", "2026-11-20T05:00:00Z"), []sms.Report{r("a", sms.InFlight, "transmitted", at)}, ""},
		{"ISO with zone", one("a", "ENROUTE", "2026-11-20T10:00:00+05:00"), []sms.Report{r("a", sms.InFlight, "enroute", at)}, ""},
		{"dash", one("a", "NOT-DELIVERED", ""), []sms.Report{r("a", sms.Undelivered, "not_delivered", time.Time{})}, ""},
		{"underscore", " " + one("a", "not_delivered", "soon"), []sms.Report{r("a", sms.Undelivered, "not_delivered", time.Time{})}, ""},
		{"expired", one("a", "expired", "1970-01-01 00:00:00"), []sms.Report{r("a", sms.Undelivered, "expired", time.Time{})}, ""},
		{"list", "[" + one("a", "sent", "") + "," + one("b", "failed", "") + "]", []sms.Report{r("a", sms.InFlight, "sent", time.Time{}), r("b", sms.Undelivered, "failed", time.Time{})}, ""},
		{"empty list", "[]", nil, ""},
		{"unknown word", one("a", "Held", ""), []sms.Report{r("a", sms.Unknown, "held", time.Time{})}, ""},
		{"no word at all", one("a", "998900000001", ""), []sms.Report{r("a", sms.Unknown, "other", time.Time{})}, ""},
		{"number as id", `{"message-id":1000001,"status":"delivered"}`, []sms.Report{r("1000001", sms.Delivered, "delivered", time.Time{})}, ""},
		{"no id", one("", "delivered", ""), nil, "report"},
		{"odd id", one("<b>", "delivered", ""), nil, "report"},
		{"long id", one(strings.Repeat("x", 65), "delivered", ""), nil, "report"},
		{"no status", `{"message-id":"a","status":null}`, nil, "report"},
		{"status is an object", `{"message-id":"a","status":{"x":1}}`, nil, "report"},
		{"good beside bad", "[" + one("a", "sent", "") + `,null,{},` + one("b", "sent", "") + "]", []sms.Report{r("a", sms.InFlight, "sent", time.Time{}), r("b", sms.InFlight, "sent", time.Time{})}, "report"},
		{"a text", `"delivered"`, nil, "shape"},
		{"nothing", "", nil, "empty_answer"},
		{"cut off", one("a", "sent", "")[:20], nil, "not_json"},
		{"too deep", strings.Repeat("[", 40) + strings.Repeat("]", 40), nil, "too_deep"},
		{"a thousand", "[" + strings.TrimSuffix(strings.Repeat(one("", "x", "")+",", 1001), ",") + "]", nil, "list_too_long"},
		{"too long", strings.Repeat(" ", 1<<20+1), nil, "body_too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := sms.ReadPlaymobileReports([]byte(c.body))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if f := fault.Of(err); (f == nil) != (c.code == "") || f != nil && f.Code != c.code {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

func TestEskizReports(t *testing.T) {
	t.Parallel()
	const whole = `{"request_id":"` + eskizRef + `","message_id":"1000001","user_sms_id":"es-1","country":"UZ","phone_number":"998900000001","sms_count":"2","status":"%s","status_date":"2026-11-20 10:00:00"}`
	at := time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)
	for word, state := range map[string]sms.State{
		"NEW": sms.InFlight, "STORED": sms.InFlight, "ACCEPTED": sms.InFlight, "PARTDELIVERED": sms.InFlight, "ENROUTE": sms.InFlight,
		"DELIVERED": sms.Delivered, "DELIVRD": sms.Delivered, "delivrd": sms.Delivered,
		"REJECTED": sms.Undelivered, "REJECTD": sms.Undelivered, "UNDELIV": sms.Undelivered, "UNDELIVERABLE": sms.Undelivered, "EXPIRED": sms.Undelivered,
		"DELETED": sms.Undelivered, "UNKNOWN": sms.Unknown, "HELD": sms.Unknown,
	} {
		got, err := sms.ReadEskizReports(fmt.Appendf(nil, whole, word))
		want := []sms.Report{{MessageID: "es-1", Ref: eskizRef, State: state, Word: strings.ToLower(word), At: at, Parts: 2}}
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Errorf("%s: %v %s", word, err, d)
		}
	}
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"request alone": {`{"request_id":"` + eskizRef + `","status":"NEW"}`, 1}, "our id alone": {`{"user_sms_id":"a","status":"NEW"}`, 1},
		"numbers": {`{"user_sms_id":7,"sms_count":1,"status":"NEW","status_date":1}`, 1}, "a list": {`[{"user_sms_id":"a","status":"NEW"}]`, 1},
		"neither id": {`{"status":"NEW"}`, 0}, "no status": {`{"user_sms_id":"a"}`, 0}, "a form": {`user_sms_id=a&status=NEW`, 0},
	} {
		if got, err := sms.ReadEskizReports([]byte(c.body)); len(got) != c.want || (err == nil) != (c.want == 1) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func FuzzPlaymobileReports(f *testing.F) {
	f.Add([]byte(`{"message-id":"a","status":"delivered","status-date":"2026-11-20 10:00:00"}`))
	f.Add([]byte(`[{"message-id":1,"status":["x"]},null,7]`))
	f.Fuzz(func(t *testing.T, body []byte) { soundReports(t, body, sms.ReadPlaymobileReports) })
}

func FuzzEskizReports(f *testing.F) {
	f.Add([]byte(`{"request_id":"r","user_sms_id":"a","sms_count":"2","status":"DELIVRD","status_date":"2026-11-20 10:00:00"}`))
	f.Add([]byte(`{"user_sms_id":{"a":1},"status":"NEW","sms_count":-1}`))
	f.Fuzz(func(t *testing.T, body []byte) { soundReports(t, body, sms.ReadEskizReports) })
}

// soundReports holds what is read from anything: bounded, of known states, and
// faults that repeat nothing.
func soundReports(t *testing.T, body []byte, read func([]byte) ([]sms.Report, error)) {
	list, err := read(body)
	if len(list) > 1000 {
		t.Fatalf("%d reports", len(list))
	}
	for _, r := range list {
		_, known := states[r.State]
		if !known || r.State == sms.Absent || r.MessageID == "" && r.Ref == "" || len(r.MessageID) > 64 || len(r.Ref) > 64 || len(r.Word) > 40 || r.Word == "" {
			t.Fatalf("%+v", r)
		}
		if r.Parts < 0 || r.Parts > 255 || !r.At.IsZero() && (r.At.Year() < 1999 || r.At.Year() > 2100) {
			t.Fatalf("%+v", r)
		}
	}
	if err == nil {
		return
	}
	if f := fault.Of(err); f.Kind == fault.Defect {
		t.Fatal(err)
	}
	if long := bytes.TrimSpace(body); len(long) > 30 && strings.Contains(err.Error(), string(long)) {
		t.Fatalf("%v repeats what came", err)
	}
}

var states = func() map[sms.State]bool {
	out := map[sms.State]bool{}
	for _, s := range sms.States() {
		out[s] = s.Final()
	}
	return out
}()

func TestFinalStates(t *testing.T) {
	t.Parallel()
	want := map[sms.State]bool{sms.InFlight: false, sms.Delivered: true, sms.Undelivered: true, sms.Unknown: false, sms.Absent: false}
	if d := cmp.Diff(want, states); d != "" {
		t.Error(d)
	}
}

package external_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/external"
)

// every exchange that the portal's contract knows a path for, and one that it
// does not.
var paths = []string{
	"/oauth2/token", "/gcp/docrest/v1", "/mvd/services/address/info/pin/v1", "/labour/service/citizenhistory/v1", "/labour/service/citizen/status/v1",
	"/minvuz/services/diploma/v2", "/minvuz/lyceumgraduate/v1", "/xtv/e-shahodatnoma/pinfl/v1", "/convictions/search/v2", "/conviction/check/v2",
	"/minzdrav/vtek/v4/passport", "/minzdrav/vtek/v4/birthdoc", "/sud/services/legal-capacity/v1", "/elsewhere",
}

var bodyTypes = []string{
	"application/json", "application/x-www-form-urlencoded", "application/xml", "text/xml", "text/html", "text/plain",
	"multipart/form-data; boundary=b", "multipart/form-data", "", "application/xml; charset=koi8-r", ";;;",
}

// Values never reach a difference: each is marked, and each key that is not the
// contract's own looks like a datum.
func TestDifferencesTellNoValues(t *testing.T) {
	t.Parallel()
	c := load(t, "portal")
	keys := []string{"data", "Data", "result", "error", "success", "AnswereId", "current_pinpp", "documents", "fault", "code", "41505939980027", "XA0000001", "@MARK", "Ў"}
	scalar := rapid.SampledFrom([]any{nil, true, "@MARK", "@MARK 41505939980027", json.Number("41505939980027"), json.Number("-1.5e9"), ""})
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		if depth == 0 {
			return scalar
		}
		return rapid.OneOf(scalar,
			rapid.Map(rapid.SliceOfN(value(depth-1), 0, 4), func(v []any) any { return v }),
			rapid.Map(rapid.MapOfN(rapid.SampledFrom(keys), value(depth-1), 0, 5), func(v map[string]any) any { return v }))
	}
	rapid.Check(t, func(rt *rapid.T) {
		sent, answered := marshal(rt, value(3).Draw(rt, "sent")), marshal(rt, value(5).Draw(rt, "answered"))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			"https://host.example"+rapid.SampledFrom(paths).Draw(rt, "path")+"?%40MARK=41505939980027&x=%40MARK", http.NoBody)
		if err != nil {
			rt.Fatal(err)
		}
		req.Header.Set("Authorization", "@MARK 41505939980027")
		req.Header.Set("Content-Type", "application/json; x=@MARK")
		status := rapid.SampledFrom([]int{200, 401, 423, 500, 204, 299, 41505939980027}).Draw(rt, "status")
		for _, d := range c.Check(req, sent, status, http.Header{"Content-Type": {rapid.SampledFrom([]string{"application/json", "application/@MARK"}).Draw(rt, "type")}}, answered) {
			for _, datum := range []string{"MARK", "41505939980027", "XA0000001", "Ў", "1.5e9"} {
				if strings.Contains(d.String(), datum) {
					rt.Fatalf("%s tells %s", d, datum)
				}
			}
		}
	})
}

func marshal(t *rapid.T, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var dangerous = regexp.MustCompile(`[0-9]{6}|[^ -~]`)

// Whatever the two sides say: no panic, a bounded list, nothing but short words.
func FuzzCheck(f *testing.F) {
	for i := range paths {
		f.Add(uint8(i), uint8(0), 200, []byte(question), []byte(answer))
	}
	f.Add(uint8(0), uint8(1), 400, []byte("grant_type=password&username=%ff"), []byte(`{"error":"invalid_grant"}`))
	f.Add(uint8(3), uint8(2), 500, []byte(`{}`), []byte(`<a:fault xmlns:a="x"><a:code>900901</a:code></a:fault>`))
	f.Add(uint8(4), uint8(6), 200, []byte("--b\r\nContent-Disposition: form-data; name=\"41505939980027\"\r\n\r\nx\r\n--b--\r\n"), []byte(`[[[[`))
	f.Add(uint8(1), uint8(0), 200, []byte(strings.Repeat(`{"a":`, 80)), []byte(strings.Repeat("<a>", 80)))
	contracts := map[string]*external.Contract{}
	for _, system := range external.Systems() {
		if c, err := external.Load(system); err == nil {
			contracts[system] = c
		}
	}
	f.Fuzz(func(t *testing.T, path, bodyType uint8, status int, sent, answered []byte) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://host.example"+paths[int(path)%len(paths)], http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{"Content-Type": {bodyTypes[int(bodyType)%len(bodyTypes)]}}
		req.Header = header
		for system, c := range contracts {
			found := c.Check(req, sent, status, header, answered)
			if len(found) > 128 {
				t.Fatalf("%s: %d differences", system, len(found))
			}
			for _, d := range found {
				if text := fmt.Sprint(d); dangerous.MatchString(d.Field+d.Got) || len(text) > 2000 {
					t.Fatalf("%s: %q", system, text)
				}
			}
		}
	})
}

// A body made to be slow to check is given up in time.
func TestHugeListIsBounded(t *testing.T) {
	t.Parallel()
	body := `{"result":1,"data":[` + strings.TrimSuffix(strings.Repeat(`{"a":1,"b":[{},{}]},`, 60_000), ",") + `]}`
	found := docrest(func(e *exchange) { e.answer = body }).check(t, load(t, "portal"))
	if len(found) == 0 || len(found) > 64 || found[len(found)-1].Got != "too long to check" {
		t.Errorf("%v", found)
	}
}

package apptest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/eds"
)

// delivery is a submission as it goes over the wire, to be bent at any level.
type delivery struct {
	h           *apptest.Hub
	app         apptest.M // becomes document
	document    []byte    // instead of app
	signature   []byte    // instead of the head's over document
	attachments []client.File
	body        []byte // instead of all of these
	change      func(apptest.M)
	contentType string
	key         string
	idempotency string
}

func (d *delivery) raw(t *testing.T) []byte {
	t.Helper()
	if d.body != nil {
		return d.body
	}
	doc := d.document
	if doc == nil {
		doc = apptest.JSON(t, d.app)
	}
	sig := d.signature
	if sig == nil {
		sig = d.h.Sign(t, "party-head", doc)
	}
	body := apptest.M{"document": base64.StdEncoding.EncodeToString(doc), "signature": base64.StdEncoding.EncodeToString(sig)}
	if d.attachments != nil {
		var list []any
		for _, f := range d.attachments {
			list = append(list, apptest.M{"name": f.Name, "content": base64.StdEncoding.EncodeToString(f.Content)})
		}
		body["attachments"] = list
	}
	if d.change != nil {
		d.change(body)
	}
	return apptest.JSON(t, body)
}

func (d *delivery) send(t *testing.T) apptest.Response {
	t.Helper()
	auth := d.key
	if auth != "" {
		auth = "Bearer " + auth
	}
	return d.h.Do(t, http.MethodPost, "/v1/applications", d.raw(t),
		"Content-Type", d.contentType, "Authorization", auth, "Idempotency-Key", d.idempotency)
}

// flip changes the check digit of a PINFL.
func flip(p personal.PINFL) string {
	s := []byte(p)
	s[13] = '0' + (s[13]-'0'+1)%10
	return string(s)
}

// numbered gives thirteen digits their check digit.
func numbered(first13 string) string { return first13 + string(personal.CheckDigit(first13)) }

func TestRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	observer, other, candidate := h.Plain(t), h.Plain(t), h.Plain(t)
	late := h.Election(t)
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"elections": []any{apptest.M{
		"id": late, "kind": "DIST", "line": "saylov", "day": h.Day.String(), "calendar": apptest.M{"observers-last-day": h.Clock.Today().AddDays(-1).String()},
	}}})); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"organisations": []any{apptest.M{
		"id": "media", "role": "MEDIA", "title": "Gazeta", "tin": "300000060", "head_pinfl": string(observer.PINFL), "phone": "998900000099",
	}}})); err != nil {
		t.Fatal(err)
	}
	reader, err := h.Admin.CreateKey(t.Context(), "reader", h.TEC.ID, "applications:read")
	if err != nil {
		t.Fatal(err)
	}
	id, _, _ := strings.Cut(h.TEC.Key, ".")
	sum := func(b string) string { s := sha256.Sum256([]byte(b)); return hex.EncodeToString(s[:]) }
	first := func(d *delivery) apptest.M { return apptest.Subject(d.app, 0) }
	asCandidate := func(d *delivery) {
		d.app, d.attachments, d.key = h.Candidate("kengash", candidate), []client.File{apptest.Residence}, h.DEC.Key
		first(d)["constituency"] = "1726269-7"
	}
	byPassport := func(d *delivery) apptest.M {
		delete(first(d), "pinfl")
		first(d)["passport"], first(d)["birth_date"] = string(observer.Document), observer.BirthDate.String()
		return first(d)
	}

	cases := []struct {
		name   string
		bend   func(d *delivery)
		status int
		code   string
		field  string // among the problem's fields
		want   string // in what was expected there, or in the detail
	}{
		{"body is not JSON", func(d *delivery) { d.body = []byte(`{"document":`) }, 400, "not_json", "", "JSON object"},
		{"body is an array", func(d *delivery) { d.body = []byte(`[]`) }, 422, "form", "", "object"},
		{"body has an unknown field", func(d *delivery) { d.change = func(b apptest.M) { b["comment"] = "x" } }, 422, "form", "/comment", "unknown"},
		{"body without a document", func(d *delivery) { d.change = func(b apptest.M) { delete(b, "document") } }, 422, "form", "/document", "missing"},
		{"document is a number", func(d *delivery) { d.change = func(b apptest.M) { b["document"] = 7 } }, 422, "form", "/document", "string"},
		{"wrong content type", func(d *delivery) { d.contentType = "text/xml" }, 415, "media_type", "", "application/json"},
		{"no content type", func(d *delivery) { d.contentType = "" }, 415, "media_type", "", "application/json"},
		{"too large", func(d *delivery) { d.body = bytes.Repeat([]byte(" "), 33<<20) }, 413, "too_large", "", "at most"},
		{"document is not base64", func(d *delivery) { d.change = func(b apptest.M) { b["document"] = "not base64!" } }, 422, "form", "/document", ""},
		{"document is half a base64", func(d *delivery) { d.change = func(b apptest.M) { b["document"] = "abcde" } }, 400, "not_json", "/document", "base64"},
		{"document is not JSON", func(d *delivery) { d.document = []byte("hello there") }, 400, "not_json", "/document", "JSON"},
		{"document is JSON and more", func(d *delivery) { d.document = append(apptest.JSON(t, d.app), "{}"...) }, 400, "not_json", "/document", "JSON"},
		{"document is not UTF-8", func(d *delivery) {
			d.document = bytes.Replace(apptest.JSON(t, d.app), []byte("Mirzo"), []byte("Mirz\xff"), 1)
		}, 400, "not_json", "/document", "UTF-8"},
		{"document says a field twice", func(d *delivery) {
			d.document = bytes.Replace(apptest.JSON(t, d.app), []byte(`"ref"`), []byte(`"phone": "+998 90 000 00 01", "ref"`), 1)
		}, 422, "form", "/subjects/0/phone", "twice"},
		{"document has an unknown field", func(d *delivery) { d.app["note"] = "x" }, 422, "form", "/note", "unknown field"},
		{"a subject has an unknown field", func(d *delivery) { first(d)["surname"] = "X" }, 422, "form", "/subjects/0/surname", "unknown field"},
		{"unknown type", func(d *delivery) { d.app["type"] = "kingmaker" }, 422, "unknown_type", "/type", "observer-party-register"},
		{"no type", func(d *delivery) { delete(d.app, "type") }, 422, "unknown_type", "/type", "type"},
		{"no subjects", func(d *delivery) { d.app["subjects"] = []any{} }, 422, "form", "/subjects", "at least 1"},
		{"too many subjects", func(d *delivery) {
			asCandidate(d)
			again := maps.Clone(first(d))
			again["ref"] = "2"
			d.app["subjects"] = []any{first(d), again}
		}, 422, "form", "/subjects", "at most 1"},
		{"unknown election", func(d *delivery) { d.app["election"] = "other" }, 422, "unknown_record", "/election", "directory"},
		{"unknown commission", func(d *delivery) { d.app["commission"], d.key = "9999", h.Admin.Key }, 422, "unknown_record", "/commission", "directory"},
		{"unknown organisation", func(d *delivery) { d.app["applicant"] = "nobody" }, 422, "unknown_record", "/applicant", "directory"},
		{"unknown constituency", func(d *delivery) { asCandidate(d); first(d)["constituency"] = "nowhere" }, 422, "form", "/subjects/0/constituency", "constituency of this election"},
		{"constituency of another election", func(d *delivery) { asCandidate(d); first(d)["constituency"] = late + "-7" }, 422, "form", "/subjects/0/constituency", "constituency of this election"},
		{"type to a commission of another level", func(d *delivery) { d.app["commission"], d.key = h.DEC.ID, h.DEC.Key }, 403, "route_not_allowed", "/commission", "TEC"},
		{"applicant of another role", func(d *delivery) { d.app["applicant"] = "media" }, 403, "route_not_allowed", "/commission", "PARTY"},
		{"late", func(d *delivery) { d.app["election"] = late }, 422, "late", "/type", h.Clock.Today().AddDays(-1).String()},

		{"PINFL with a wrong check digit", func(d *delivery) { first(d)["pinfl"] = flip(observer.PINFL) }, 422, "form", "/subjects/0/pinfl", "check digit"},
		{"PINFL of equal digits", func(d *delivery) { first(d)["pinfl"] = "33333333333333" }, 422, "form", "/subjects/0/pinfl", "equal"},
		{"PINFL with an impossible date", func(d *delivery) { first(d)["pinfl"] = numbered("3310280991001") }, 422, "form", "/subjects/0/pinfl", "not a date"},
		{"PINFL of the nineteenth century", func(d *delivery) { first(d)["pinfl"] = numbered("1010250991001") }, 422, "form", "/subjects/0/pinfl", "plausible"},
		{"PINFL of the future", func(d *delivery) { first(d)["pinfl"] = numbered("5010199991001") }, 422, "form", "/subjects/0/pinfl", "plausible"},
		{"PINFL with a letter", func(d *delivery) { first(d)["pinfl"] = "3010180991001O" }, 422, "form", "/subjects/0/pinfl", "14 digits"},
		{"malformed passport", func(d *delivery) { byPassport(d)["passport"] = "A1234567" }, 422, "form", "/subjects/0/passport", "two Latin letters"},
		{"passport without birth date", func(d *delivery) { delete(byPassport(d), "birth_date") }, 422, "form", "/subjects/0/birth_date", "required"},
		{"passport with an impossible birth date", func(d *delivery) { byPassport(d)["birth_date"] = "1980-02-31" }, 422, "form", "/subjects/0/birth_date", "date"},
		{"passport with a birth date of the future", func(d *delivery) { byPassport(d)["birth_date"] = "2199-01-01" }, 422, "form", "/subjects/0/birth_date", "plausible"},
		{"PINFL and passport", func(d *delivery) { byPassport(d)["pinfl"] = string(observer.PINFL) }, 422, "form", "/subjects/0/pinfl", "either"},
		{"neither PINFL nor passport", func(d *delivery) { delete(first(d), "pinfl") }, 422, "form", "/subjects/0/pinfl", "either"},
		{"malformed phone", func(d *delivery) { first(d)["phone"] = "+7 900 000 00 00" }, 422, "form", "/subjects/0/phone", "998"},
		{"same person twice", func(d *delivery) {
			d.app = h.Observers("kengash", observer, other, observer)
		}, 422, "form", "/subjects/2/pinfl", "twice"},
		{"same passport twice, written differently", func(d *delivery) {
			one := maps.Clone(byPassport(d))
			two := maps.Clone(one)
			two["ref"], two["passport"] = "2", strings.ToLower(string(observer.Document[:2]))+" "+string(observer.Document[2:])
			d.app["subjects"] = []any{one, two}
		}, 422, "form", "/subjects/1/passport", "twice"},
		{"same ref twice", func(d *delivery) {
			d.app = h.Observers("kengash", observer, other)
			apptest.Subject(d.app, 1)["ref"] = "1"
		}, 422, "form", "/subjects/1/ref", "another subject"},

		{"no signature field", func(d *delivery) { d.change = func(b apptest.M) { delete(b, "signature") } }, 422, "signature_form", "/signature", "there is none"},
		{"empty signature", func(d *delivery) { d.change = func(b apptest.M) { b["signature"] = "" } }, 422, "signature_form", "/signature", "PKCS#7"},
		{"signature is not PKCS#7", func(d *delivery) { d.signature = []byte("signed: me") }, 422, "signature_form", "/signature", "PKCS#7"},
		{"signature cut short", func(d *delivery) {
			sig := h.Sign(t, "party-head", apptest.JSON(t, d.app))
			d.signature = sig[:len(sig)/2]
		}, 422, "signature_form", "/signature", "PKCS#7"},
		{"signature over one other byte", func(d *delivery) {
			doc := apptest.JSON(t, d.app)
			doc[len(doc)-2]++ // a space of the layout
			d.signature = h.Sign(t, "party-head", doc)
		}, 422, "content_differs", "/signature", "not those of /document"},
		{"signature over the same JSON in another layout", func(d *delivery) {
			var compact bytes.Buffer
			if err := json.Compact(&compact, apptest.JSON(t, d.app)); err != nil {
				t.Fatal(err)
			}
			d.signature = h.Sign(t, "party-head", compact.Bytes())
		}, 422, "content_differs", "/signature", "not those of /document"},

		{"attachment missing", func(d *delivery) { asCandidate(d); d.attachments = nil }, 422, "attachment", "/attachments", "lists 1, 0 came"},
		{"attachment nobody signed for", func(d *delivery) {
			asCandidate(d)
			d.attachments = append(d.attachments, client.File{Name: "more.pdf", Content: []byte("x")})
		}, 422, "attachment", "/attachments", "lists 1, 2 came"},
		{"attachment under another name", func(d *delivery) {
			asCandidate(d)
			d.attachments = []client.File{{Name: "other.pdf", Content: apptest.Residence.Content}}
		}, 422, "attachment", "/attachments/0/name", "did not come"},
		{"attachment with other content", func(d *delivery) {
			asCandidate(d)
			d.attachments = []client.File{{Name: apptest.Residence.Name, Content: []byte("%PDF-1.7 another")}}
		}, 422, "attachment", "/attachments/0/sha256", "another SHA-256"},
		{"attachment listed twice, something else beside it", func(d *delivery) {
			asCandidate(d)
			list := d.app["attachments"].([]any)
			d.app["attachments"] = append(list, list[0])
			d.attachments = append(d.attachments, client.File{Name: "smuggled.pdf", Content: []byte("x")})
		}, 422, "attachment", "/attachments/1/name", "twice"},
		{"attachment that came twice", func(d *delivery) {
			asCandidate(d)
			d.app["attachments"] = append(d.app["attachments"].([]any), apptest.M{"name": "b.pdf", "media_type": "application/pdf", "sha256": sum("b")})
			d.attachments = append(d.attachments, apptest.Residence)
		}, 422, "attachment", "/attachments/1/name", "did not come"},
		{"attachment is not base64", func(d *delivery) {
			asCandidate(d)
			d.change = func(b apptest.M) { b["attachments"].([]any)[0].(apptest.M)["content"] = "abcde" }
		}, 422, "attachment", "/attachments/0/content", "base64"},
		{"paper that is no attachment", func(d *delivery) {
			asCandidate(d)
			first(d)["papers"] = []any{apptest.M{"proves": "residence", "attachment": "lost.pdf"}}
		}, 422, "form", "/subjects/0/papers/0/attachment", "name of an attachment"},

		{"key of another commission", func(d *delivery) { d.key = h.DEC.Key }, 403, "not_yours", "/commission", "another commission"},
		{"key without the scope", func(d *delivery) { d.key = reader }, 403, "scope", "", "applications:write"},
		{"no key", func(d *delivery) { d.key = "" }, 401, "unauthenticated", "", "Bearer"},
		{"wrong secret", func(d *delivery) { d.key = id + ".0000" }, 401, "unauthenticated", "", "Bearer"},
		{"unknown key", func(d *delivery) { d.key = "nobody.0000" }, 401, "unauthenticated", "", "Bearer"},
		{"wrong secret of the administrator", func(d *delivery) { d.key = "admin.0000" }, 401, "unauthenticated", "", "Bearer"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := &delivery{h: h, app: h.Observers("kengash", observer), contentType: "application/json", key: h.TEC.Key}
			c.bend(d)
			before := h.Rows(t)
			resp := d.send(t)
			after := h.Rows(t)
			p := resp.Problem(t)
			if resp.Status != c.status || p.Status != c.status || p.Code != c.code {
				t.Fatalf("got %d %s, want %d %s: %s", resp.Status, p.Code, c.status, c.code, resp.Body)
			}
			said := p.Detail
			found := c.field == ""
			for _, e := range p.Errors {
				if e.Field == c.field {
					found = true
					said += " " + e.Want
				}
			}
			if !found || !strings.Contains(said, c.want) {
				t.Errorf("want the field %q and %q, got %s", c.field, c.want, resp.Body)
			}
			if c.status == http.StatusUnauthorized {
				if resp.Header.Get("WWW-Authenticate") == "" {
					t.Error("401 without WWW-Authenticate")
				}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Errorf("something was stored of an unknown caller: %s", diff)
				}
				return
			}
			before["audit"]++
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("stored besides the audit line: %s", diff)
			}
			line := h.Query(t, `SELECT action || ' ' || actor || ' ' || object || ' ' || detail FROM audit ORDER BY id DESC LIMIT 1`)[0]
			caller, _, _ := strings.Cut(d.key, ".")
			for _, want := range []string{"refused key:" + caller + " submitApplication ", `"code":"` + c.code + `"`, c.field} {
				if !strings.Contains(line, want) {
					t.Errorf("the audit line lacks %s: %s", want, line)
				}
			}
			for _, secret := range []string{string(observer.PINFL), string(observer.PINFL[:13]), string(observer.Document), string(observer.Phone), observer.Surname, string(candidate.PINFL)} {
				if strings.Contains(line, secret) || strings.Contains(string(resp.Body), secret) {
					t.Errorf("a personal datum in the audit line or the answer: %s %s", line, resp.Body)
				}
			}
		})
	}
	if _, err := h.Store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
	// The last day counts, the day after does not.
	last := h.Election(t)
	if _, err := h.Admin.ImportDirectory(t.Context(), apptest.JSON(t, apptest.M{"elections": []any{apptest.M{
		"id": last, "kind": "DIST", "line": "saylov", "day": h.Day.String(), "calendar": apptest.M{"observers-last-day": h.Clock.Today().String()},
	}}})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusAccepted, http.StatusUnprocessableEntity} {
		d := &delivery{h: h, app: h.Observers(last, h.Plain(t)), contentType: "application/json", key: h.TEC.Key}
		if resp := d.send(t); resp.Status != want {
			t.Errorf("at %s: %d %s, want %d", h.Clock.Now(), resp.Status, resp.Body, want)
		}
		h.Clock.Advance(h.Clock.Today().AddDays(1).Start().Sub(h.Clock.Now()))
	}
	// What was bent above is all that was wrong.
	good := &delivery{h: h, app: h.Observers("kengash", observer), contentType: "application/json; charset=utf-8", key: h.TEC.Key}
	if resp := good.send(t); resp.Status != http.StatusAccepted {
		t.Errorf("the same without a fault: %d %s", resp.Status, resp.Body)
	}
}

// A field's name is the caller's text: it may be a person's number.
func TestPersonalDatumAsFieldName(t *testing.T) {
	t.Parallel()
	h := hub(t)
	p := h.Plain(t)
	app := h.Observers(h.Election(t), p)
	app[string(p.PINFL)] = "x"
	doc := apptest.JSON(t, app)
	_, err := h.TEC.Apply(t.Context(), "", doc, h.Sign(t, "party-head", doc))
	if got := apptest.ProblemOf(t, err); got.Code != "form" {
		t.Errorf("got %v", err)
	}
	for _, line := range h.Query(t, `SELECT detail FROM audit WHERE action='refused'`) {
		if strings.Contains(line, string(p.PINFL)) {
			t.Errorf("a PINFL in the audit log: %s", line)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	people := []*delivery{}
	for range 3 {
		people = append(people, &delivery{h: h, app: h.Observers(el, h.Plain(t)), contentType: "application/json", key: h.TEC.Key, idempotency: "key-of-" + el})
	}
	one := people[0]
	one.body = one.raw(t)
	first := one.send(t)
	if first.Status != http.StatusAccepted {
		t.Fatalf("got %d %s", first.Status, first.Body)
	}
	second := one.send(t)
	if second.Status != http.StatusAccepted || string(second.Body) != string(first.Body) {
		t.Errorf("the same again: %d %s, want %s", second.Status, second.Body, first.Body)
	}
	if got := people[1].send(t); got.Status != http.StatusUnprocessableEntity || got.Problem(t).Code != "idempotency_key_reused" {
		t.Errorf("another body: %d %s", got.Status, got.Body)
	}
	if n := h.Query(t, `SELECT count(*) FROM application WHERE election=?`, el)[0]; n != "1" {
		t.Errorf("%s applications, want one", n)
	}
	// Another caller's key of the same name is another key.
	candidate := &delivery{h: h, app: h.Candidate(el, h.Plain(t)), attachments: []client.File{apptest.Residence}, contentType: "application/json", key: h.DEC.Key, idempotency: one.idempotency}
	if got := candidate.send(t); got.Status != http.StatusAccepted {
		t.Errorf("another caller: %d %s", got.Status, got.Body)
	}

	both := people[2]
	both.idempotency += "-both"
	both.body = both.raw(t)
	answers := make([]apptest.Response, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = both.send(t) })
	}
	wg.Wait()
	for _, a := range answers {
		if a.Status != http.StatusAccepted || string(a.Body) != string(answers[0].Body) {
			t.Errorf("at once: %d %s, want %s", a.Status, a.Body, answers[0].Body)
		}
	}
	if n := h.Query(t, `SELECT count(*) FROM application WHERE election=?`, el)[0]; n != "3" {
		t.Errorf("%s applications, want three", n)
	}
}

// One key for one decision, sent many times at once: one decision, one answer.
func TestDecisionAtOnceWithOneKey(t *testing.T) {
	t.Parallel()
	h := hub(t)
	taken := h.Submit(t, h.TEC, h.Observers(h.Election(t), h.Plain(t)))
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	doc := apptest.JSON(t, h.Decision(h.TEC, d))
	sig := h.Sign(t, h.TEC.Chair, doc)
	answers := make([]client.Accepted, 8)
	errs := make([]error, len(answers))
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i], errs[i] = h.TEC.Decide(t.Context(), d.ID, "decision-"+d.ID, doc, sig) })
	}
	wg.Wait()
	for i := range answers {
		if errs[i] != nil || answers[i] != answers[0] {
			t.Errorf("got %+v, %v, want %+v", answers[i], errs[i], answers[0])
		}
	}
	d = h.Await(t, h.TEC, taken.ID, "the end", apptest.Told)
	if len(d.Decisions) != 1 {
		t.Errorf("%d decisions, want one", len(d.Decisions))
	}
}

func TestDetachedSignature(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	t.Run("over these bytes", func(t *testing.T) {
		t.Parallel()
		doc := apptest.JSON(t, h.Observers(el, h.Plain(t)))
		a, err := h.TEC.Apply(t.Context(), "", doc, h.SignOrder(t, eds.Order{As: "party-head", Document: doc, Detached: true}))
		if err != nil {
			t.Fatal(err)
		}
		h.Await(t, h.TEC, a.ID, "the dossier", apptest.Verdict("eligible"))
	})
	t.Run("over other bytes", func(t *testing.T) {
		t.Parallel()
		p := h.Plain(t)
		doc := apptest.JSON(t, h.Observers(el, p))
		a, err := h.TEC.Apply(t.Context(), "", doc, h.SignOrder(t, eds.Order{As: "party-head", Document: append(doc, ' '), Detached: true}))
		if err != nil {
			t.Fatal(err)
		}
		refusedSignature(t, h, a.ID, string(p.PINFL), "signature_invalid")
	})
}

// refusedSignature waits for the end of an application whose signature does not
// count: the reason is in the timeline, nobody was asked and nobody told.
func refusedSignature(t *testing.T, h *apptest.Hub, id, pinfl, reason string) {
	t.Helper()
	d := h.Await(t, h.TEC, id, "the refusal", func(d client.Dossier) bool { return d.State != "submitted" })
	if d.State != "signature_refused" || d.Reason != reason {
		t.Errorf("state %s, reason %s; want signature_refused, %s", d.State, d.Reason, reason)
	}
	last := d.Timeline[len(d.Timeline)-1]
	if last.Act != "signature_refused" || last.Detail != reason || last.Actor != "eds" {
		t.Errorf("the timeline ends with %+v", last)
	}
	for _, c := range h.Mocks.Portal.Calls("") {
		if string(c.Subject) == pinfl {
			t.Errorf("%s was asked about a person of an application nobody signed", c.Operation)
		}
	}
	if len(d.Notices) != 0 || len(d.Subjects[0].Checks) != 0 {
		t.Errorf("notices %v, checks %v; want none", d.Notices, d.Subjects[0].Checks)
	}
	if n := h.Query(t, `SELECT count(*) FROM job WHERE application=? AND state<>'done'`, id)[0]; n != "0" {
		t.Errorf("%s jobs are left", n)
	}
}

func TestSignaturesThatDoNotCount(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	for _, c := range []struct {
		name   string
		order  eds.Order
		reason string
	}{
		{"of a certificate nobody trusts", eds.Order{As: "party-head", Flaw: eds.Untrusted}, "certificate_untrusted"},
		{"revoked", eds.Order{As: "revoked"}, "certificate_revoked"},
		{"expired", eds.Order{As: "expired-cert"}, "certificate_expired"},
		{"of a stranger", eds.Order{As: "stranger"}, "wrong_person"},
		{"of another organisation's head", eds.Order{As: "chair-tec"}, "wrong_person"},
		{"tampered with", eds.Order{As: "party-head", Flaw: eds.Tampered}, "signature_invalid"},
		{"without a PINFL", eds.Order{As: "party-head", Flaw: eds.NoPINFL}, "certificate_without_pinfl"},
		{"with a time stamp of nobody's", eds.Order{As: "party-head", Flaw: eds.UntrustedStamp}, "timestamp_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := h.Plain(t)
			c.order.Document = apptest.JSON(t, h.Observers(el, p))
			a, err := h.TEC.Apply(t.Context(), "", c.order.Document, h.SignOrder(t, c.order))
			if err != nil {
				t.Fatalf("want it taken: %v", err)
			}
			refusedSignature(t, h, a.ID, string(p.PINFL), c.reason)
		})
	}
}

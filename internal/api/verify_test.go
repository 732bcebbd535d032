package api

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/issuing"
)

func codesOf(seed string) issuing.Codes {
	key := ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, ed25519.SeedSize)))
	return issuing.Codes{
		Sign: func(b []byte) []byte { return ed25519.Sign(key, b) }, PublicKey: key.Public().(ed25519.PublicKey), Address: "https://hub.example",
	}
}

// secret is what stands in the data of every document here.
const secret = "SINOVXOʻJAYEV"

// withCodes gives the desk a key for codes.
func withCodes(t *testing.T, change ...func(*Deps)) *desk {
	t.Helper()
	d := newDesk(t)
	d.deps.Codes = codesOf("k")
	for _, f := range change {
		f(&d.deps)
	}
	h, err := New(d.deps)
	if err != nil {
		t.Fatal(err)
	}
	d.Handler = h
	return d
}

// issue stores an issued document and returns its code.
func (d *desk) issue(id string, number int) string {
	d.t.Helper()
	last := civil.Date{Year: 2026, Month: 12, Day: 31}
	doc := dossier.Document{
		ID: id, Key: id, Kind: "D4", Template: "observer-party", Commission: "1726", Election: "e", Number: number, State: dossier.Reserved,
		ValidUntil: last, Data: []byte(`{"number":"` + issuing.Number(number) + `","person":{"surname":"` + secret + `"}}`), ReservedAt: d.now,
	}
	hash, err := dossier.DataHash(doc.Data)
	if err != nil {
		d.t.Fatal(err)
	}
	doc.CodeHash = hexHalf(hash)
	d.write(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AddDocument(ctx, doc); err != nil {
			return err
		}
		_, err := tx.IssueDocument(ctx, id, dossier.Passport{SHA256: verify.SHA256([]byte(id))}, id+".pdf", d.now)
		return err
	})
	text, err := issuing.Plain(d.deps.Codes.Code(doc, hash, last.AddDays(1).Start()))
	if err != nil {
		d.t.Fatal(err)
	}
	return text
}

func hexHalf(hash [32]byte) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, c := range hash[:16] {
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

// ask is a request of somebody without a key.
func (d *desk) public(path string, header ...string) *httptest.ResponseRecorder {
	d.t.Helper()
	return d.do(http.MethodGet, path, "", func(r *http.Request) {
		r.Header.Del("Authorization")
		r.Header.Del("Content-Type")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
	})
}

func TestVerifyAnswers(t *testing.T) {
	t.Parallel()
	d := withCodes(t)
	code := d.issue("0197-a", 7)
	for _, path := range []string{"/V/", "/verify/", "/V/%20", "/verify/%0A"} {
		w := d.public(path + code)
		if got := answer(t, w); w.Code != 200 || got["status"] != "genuine" || got["number"] != "007" || got["title"] != "Siyosiy partiya kuzatuvchisining mandati" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%s names somebody", path)
		}
	}
	for _, c := range []struct{ name, query, status string }{
		{"the file", "?sha256=" + verify.SHA256([]byte("0197-a")), "genuine"},
		{"another file", "?sha256=" + verify.SHA256([]byte("x")), "altered"},
	} {
		if got := answer(t, d.public("/V/"+code+c.query)); got["status"] != c.status {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if w := d.public("/V/" + code + "?sha256=x"); w.Code != 422 {
		t.Errorf("no hash: %d", w.Code)
	}
	for _, text := range []string{"X", code[1:], strings.Repeat("A", 5000), "%D0%BA%D0%BE%D0%B4"} {
		if got := answer(t, d.public("/V/"+text)); got["status"] != "not_genuine" || len(got) != 3 {
			t.Errorf("%.20s: %v", text, got)
		}
	}
	d.now = time.Date(2026, 12, 31, 18, 59, 59, 0, time.UTC)
	if got := answer(t, d.public("/V/"+code)); got["status"] != "genuine" {
		t.Errorf("on the last day: %v", got)
	}
	d.now = d.now.Add(time.Second)
	if got := answer(t, d.public("/V/"+code)); got["status"] != "expired" {
		t.Errorf("the day after: %v", got)
	}
}

func TestVerifyNegotiates(t *testing.T) {
	t.Parallel()
	d := withCodes(t)
	code := d.issue("0197-a", 7)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct{ name, query, accept, language, media, lang string }{
		{"a browser", "", browser, "", "text/html; charset=utf-8", "uz-Latn"},
		{"a Russian browser", "", browser, "ru-RU,ru;q=0.9", "text/html; charset=utf-8", "ru"},
		{"a Russian browser, English asked for", "?lang=en", browser, "ru", "text/html; charset=utf-8", "en"},
		{"Cyrillic asked for", "?lang=uz-Cyrl", browser, "ru", "text/html; charset=utf-8", "uz-Cyrl"},
		{"no language of ours", "?lang=xx", browser, "fr", "text/html; charset=utf-8", "uz-Latn"},
		{"a program", "", "application/json", "", "application/json", "uz-Latn"},
		{"a program that says nothing", "?lang=ru", "", "", "application/json", "ru"},
		{"a program that takes all", "", "*/*", "", "application/json", "uz-Latn"},
		{"a program that would take a page", "", "application/json, text/html;q=0.5", "", "application/json", "uz-Latn"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := d.public("/V/"+code+c.query, "Accept", c.accept, "Accept-Language", c.language)
			h := w.Header()
			if w.Code != 200 || h.Get("Content-Type") != c.media || h.Get("Vary") != "Accept, Accept-Language" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v", w.Code, h)
			}
			if c.media != "application/json" {
				if !strings.Contains(w.Body.String(), `<html lang="`+c.lang+`">`) || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
					t.Errorf("%v %s", h, w.Body)
				}
			} else if got := answer(t, w); got["language"] != c.lang {
				t.Errorf("%v", got)
			}
			if strings.Contains(w.Body.String(), secret) {
				t.Error("somebody is named")
			}
		})
	}
}

func TestRevocations(t *testing.T) {
	t.Parallel()
	d := withCodes(t)
	kept, gone := d.issue("0197-a", 7), d.issue("0197-b", 8)
	d.write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.EndDocument(ctx, "0197-b", dossier.Issued, dossier.Revoked, d.now)
		return err
	})
	if got := answer(t, d.public("/V/"+gone)); got["status"] != "revoked" || got["void_on"] != "2026-11-22" {
		t.Errorf("%v", got)
	}
	w := d.public("/v1/revocations")
	l, err := verify.ReadList(w.Body.Bytes(), d.deps.Codes.PublicKey)
	if err != nil || w.Code != 200 || w.Header().Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if _, found := l.Find(kept); found {
		t.Error("what holds is in the list")
	}
	e, found := l.Find(gone)
	want := verify.Entry{Code: verify.CodeID(gone), Kind: "D4", Commission: "1726", Number: 8, State: dossier.Revoked, On: civil.Date{Year: 2026, Month: 11, Day: 22}}
	if diff := cmp.Diff(want, e); !found || diff != "" {
		t.Errorf("found %t\n%s", found, diff)
	}
	tag := w.Header().Get("ETag")
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag} {
		if w := d.public("/v1/revocations", "If-None-Match", known); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("known as %s: %d", known, w.Code)
		}
	}
	d.now = d.now.Add(time.Minute)
	if w := d.public("/v1/revocations", "If-None-Match", tag); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("a minute later: %d %s", w.Code, w.Header().Get("ETag"))
	}
}

func TestVerificationKey(t *testing.T) {
	t.Parallel()
	d := withCodes(t, func(d *Deps) {
		d.Verify.SealedBy = verify.Sealers{"*": {"Markaziy saylov komissiyasi"}}
		d.Verify.Titles = func(kind string, l verify.Lang) string { return kind + " in " + string(l) }
	})
	w := d.public("/v1/verification-key")
	k, err := verify.ReadKeys(w.Body.Bytes(), nil)
	if err != nil || !d.deps.Codes.PublicKey.Equal(k.Key) || len(k.SealedBy["*"]) != 1 {
		t.Errorf("%d %s: %v", w.Code, w.Body, err)
	}
	var own verify.Key
	if err := json.Unmarshal(w.Body.Bytes(), &own); err != nil || own.ID != verify.KeyID(d.deps.Codes.PublicKey) || !cmp.Equal(own.Addresses, []string{"https://hub.example"}) {
		t.Errorf("%+v %v", own, err)
	}
	if got := answer(t, d.public("/V/"+d.issue("0197-a", 7)+"?lang=ru")); got["title"] != "D4 in ru" {
		t.Errorf("%v", got)
	}
}

// Without a key there is nothing to verify with; nothing breaks either.
func TestNotOursWithoutAStore(t *testing.T) {
	t.Parallel()
	h := bare(t, func(d *Deps) { d.Codes = codesOf("k") })
	text, err := issuing.Plain(codesOf("o").Code(dossier.Document{Kind: "D4", Number: 7, Commission: "1726"}, [32]byte{}, time.Time{}))
	if err != nil {
		t.Fatal(err)
	}
	if w := get(t, h, "/V/"+text); w.Code != 200 || answer(t, w)["status"] != "not_genuine" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// When the store cannot be read, people are told so on a page and programs in a
// problem document; nobody is told that a document is not genuine.
func TestVerifyWithoutTheStore(t *testing.T) {
	t.Parallel()
	d := withCodes(t)
	code := d.issue("0197-a", 7)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	w := d.public("/V/"+code, "Accept", "text/html")
	if w.Code != 500 || !strings.Contains(w.Body.String(), "Tekshirib boʻlmadi") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = d.public("/V/" + code)
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

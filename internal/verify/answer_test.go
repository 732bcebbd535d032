package verify_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	ended := time.Date(2026, 11, 20, 19, 30, 0, 0, time.UTC) // the 21st in Tashkent
	same, other := verify.SHA256([]byte("the file")), verify.SHA256([]byte("another file"))
	for _, c := range []struct {
		name string
		bend func(d *dossier.Document)
		sha  string
		at   time.Time
		want verify.Answer
	}{
		{name: "issued", want: verify.Answer{Status: verify.Genuine}},
		{name: "the very file", sha: strings.ToUpper(same), want: verify.Answer{Status: verify.Genuine, File: "same"}},
		{name: "another file", sha: other, want: verify.Answer{Status: verify.Altered, File: "differs"}},
		{name: "reserved", bend: func(d *dossier.Document) { d.State, d.IssuedAt = dossier.Reserved, time.Time{} }, want: verify.Answer{Status: verify.NotIssued}},
		{
			name: "annulled", bend: func(d *dossier.Document) { d.State, d.IssuedAt, d.EndedAt = dossier.Annulled, time.Time{}, ended },
			want: verify.Answer{Status: verify.Annulled, VoidOn: "2026-11-21"},
		},
		{name: "revoked", bend: func(d *dossier.Document) { d.State, d.EndedAt = dossier.Revoked, ended }, want: verify.Answer{Status: verify.Revoked, VoidOn: "2026-11-21"}},
		{
			name: "revoked, and another file", bend: func(d *dossier.Document) { d.State, d.EndedAt = dossier.Revoked, ended }, sha: other,
			want: verify.Answer{Status: verify.Revoked, VoidOn: "2026-11-21", File: "differs"},
		},
		{
			name: "revoked, and its last day over", bend: func(d *dossier.Document) { d.State, d.EndedAt = dossier.Revoked, ended }, at: now.AddDate(1, 0, 0),
			want: verify.Answer{Status: verify.Revoked, VoidOn: "2026-11-21"},
		},
		{
			name: "replaced", bend: func(d *dossier.Document) { d.State, d.EndedAt, d.ReplacedBy = dossier.Replaced, ended, "0197-b" },
			want: verify.Answer{Status: verify.Replaced, VoidOn: "2026-11-21", ReplacedBy: "012"},
		},
		{
			name: "replaced by one that is not there", bend: func(d *dossier.Document) { d.State, d.EndedAt, d.ReplacedBy = dossier.Replaced, ended, "0197-c" },
			want: verify.Answer{Status: verify.Replaced, VoidOn: "2026-11-21"},
		},
		{name: "of another election", bend: func(d *dossier.Document) { d.Data = []byte(`{"number":"007"}`) }, want: verify.Answer{Status: verify.Unknown}},
		{name: "not in the register", bend: func(d *dossier.Document) { d.Number = 8 }, want: verify.Answer{Status: verify.Unknown}},
		{name: "a state of a later version", bend: func(d *dossier.Document) { d.State = "shelved" }, want: verify.Answer{Status: verify.Unknown}},
		{name: "the last second", at: time.Date(2027, 1, 27, 18, 59, 59, 0, time.UTC), want: verify.Answer{Status: verify.Genuine}},
		{name: "the second after", at: time.Date(2027, 1, 27, 19, 0, 0, 0, time.UTC), want: verify.Answer{Status: verify.Expired}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, text := document(t, codes(1))
			if c.bend != nil {
				c.bend(&d)
			}
			if c.at.IsZero() {
				c.at = now
			}
			s := &shelf{t: t, docs: []dossier.Document{{ID: "0197-b", Kind: "D4", Commission: "1726", Number: 12, State: dossier.Issued, Data: []byte("{}")}, d}}
			got, err := checker(s, c.at).Check(t.Context(), text, c.sha, verify.English)
			if err != nil {
				t.Fatal(err)
			}
			w := c.want
			w.Kind, w.Title, w.Number, w.Commission, w.CommissionTitle = "D4", "Political party observer’s mandate", "007", "1726", "Toshkent shahar hududiy saylov komissiyasi"
			w.ValidUntil, w.CheckedAt, w.Language, w.SHA256 = "2027-01-27", c.at, verify.English, c.sha
			if w.Status != verify.Unknown && !d.IssuedAt.IsZero() {
				w.IssuedAt, w.IssuedOn = &d.IssuedAt, "2026-11-02"
			}
			if d.State == "shelved" {
				w.IssuedAt, w.IssuedOn = &d.IssuedAt, "2026-11-02"
			}
			if diff := cmp.Diff(w, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// Whatever is not our code is answered without the store, so that guessing is
// nothing that anybody could tire the hub with.
func TestNotOurs(t *testing.T) {
	t.Parallel()
	_, ours := document(t, codes(1))
	_, theirs := document(t, codes(2))
	c := checker(&shelf{t: t, shut: true}, now)
	for name, text := range map[string]string{
		"of another hub": theirs, "cut": ours[:len(ours)-1], "cut by a syllable": ours[:len(ours)-8], "empty": "", "short": "AEEQ", "no base32": "AEEQ0189",
		"twice": ours + plain(t, ours), "a name": planted[0], "long": strings.Repeat("A", 100_000), "not ASCII": strings.Repeat("ſ", 148),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Check(t.Context(), text, "", verify.Latin)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(verify.Answer{Status: verify.NotGenuine, CheckedAt: now, Language: verify.Latin}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// No letter of a code may be another one.
func TestEveryLetterCounts(t *testing.T) {
	t.Parallel()
	_, text := document(t, codes(1))
	p := plain(t, text)
	c := checker(&shelf{t: t, shut: true}, now)
	for i := range p {
		for _, l := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" {
			if byte(l) == p[i] {
				continue
			}
			got, err := c.Check(t.Context(), p[:i]+string(l)+p[i+1:], "", verify.Latin)
			if err != nil || got.Status != verify.NotGenuine {
				t.Fatalf("letter %d as %c: %s, %v", i, l, got.Status, err)
			}
		}
	}
}

func TestCodeAsItIsTyped(t *testing.T) {
	t.Parallel()
	d, text := document(t, codes(1))
	p := plain(t, text)
	c := checker(&shelf{t: t, docs: []dossier.Document{d}}, now)
	for name, form := range map[string]string{
		"the address": text, "the code alone": p, "in small letters": strings.ToLower(text), "another host": "http://localhost:8080/verify/" + p,
		"in groups": p[:40] + " " + p[40:80] + "\n" + p[80:] + "\r\n", "no-break spaces": p[:10] + "\u00a0\u200b" + p[10:], "soft hyphens": p[:10] + "\u00ad" + p[10:],
		"in brackets": "<" + text + ">", "at a sentence's end": text + ".", "with a slash": text + "/", "with a query": text + "?lang=ru", "with a fragment": text + "#top",
		"with a byte order mark": "\ufeff" + text, "in quotation marks": "“" + text + "”", "broken inside the address": text[:12] + "\n  " + text[12:],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Check(t.Context(), form, "", verify.Latin)
			if err != nil || got.Status != verify.Genuine {
				t.Errorf("%s, %v", got.Status, err)
			}
		})
	}
}

// An answer is about a document: nobody's name, number or phone, and no reason.
func TestNobodyIsNamed(t *testing.T) {
	t.Parallel()
	d, text := document(t, codes(1))
	for _, state := range dossier.DocumentStates() {
		d.State = state
		for _, lang := range verify.Langs() {
			a, err := checker(&shelf{t: t, docs: []dossier.Document{d}}, now).Check(t.Context(), text, "", lang)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			page, err := verify.Page(a)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range planted {
				if strings.Contains(string(raw), p) || strings.Contains(string(page), p) {
					t.Errorf("%s, %s: tells %s", state, lang, p)
				}
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	t := &testing.T{}
	d, text := document(t, codes(1))
	c := checker(&shelf{t: t, docs: []dossier.Document{d}}, now)
	f.Add(text)
	f.Add(strings.ToLower(text) + "\n")
	f.Add("HTTPS://X/V/")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := c.Check(t.Context(), text, "", verify.Latin)
		if err != nil {
			t.Fatal(err)
		}
		// Only what was signed is genuine, whatever stands around it.
		if a.Status != verify.NotGenuine && (a.Status != verify.Genuine || a.Number != "007") {
			t.Errorf("%q: %+v", text, a)
		}
	})
}

package verify_test

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/verify"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// answerOf is a full answer of a status.
func answerOf(s verify.Status, l verify.Lang) verify.Answer {
	issued := time.Date(2026, 11, 1, 20, 30, 0, 0, time.UTC)
	a := verify.Answer{
		Status: s, Kind: "D4", Title: verify.Title("D4", l), Number: "007", Commission: "1726", CommissionTitle: "Toshkent shahar hududiy saylov komissiyasi",
		IssuedAt: &issued, IssuedOn: "2026-11-02", ValidUntil: "2027-01-27", CheckedAt: now, Language: l,
	}
	switch s {
	case verify.NotGenuine:
		return verify.Answer{Status: s, CheckedAt: now, Language: l}
	case verify.Revoked, verify.Replaced:
		a.VoidOn = "2026-11-21"
	case verify.Annulled:
		a.VoidOn = "2026-11-21"
		a.IssuedAt, a.IssuedOn = nil, ""
	case verify.NotIssued, verify.Unknown:
		a.IssuedAt, a.IssuedOn = nil, ""
	default:
	}
	if s == verify.Replaced {
		a.ReplacedBy = "012"
	}
	return a
}

var (
	style = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	tag   = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
)

// The pages in every language and with every verdict, to the letter.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, l := range verify.Langs() {
		for _, s := range verify.Statuses() {
			name := string(l) + "-" + string(s)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				page, err := verify.Page(answerOf(s, l))
				if err != nil {
					t.Fatal(err)
				}
				golden := filepath.Join("testdata", "page", name+".html")
				// The style is one file, which is kept once.
				got := style.ReplaceAllString(string(page), "<style></style>")
				if *update {
					if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
			})
		}
	}
}

// A page speaks one language in one script; what is in another is marked.
func TestScripts(t *testing.T) {
	t.Parallel()
	links := regexp.MustCompile(`(?s)<nav.*?</nav>`)
	for _, l := range verify.Langs() {
		for _, s := range verify.Statuses() {
			page, err := verify.Page(answerOf(s, l))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(page), `<html lang="`+string(l)+`">`) {
				t.Errorf("%s: the page does not say its language", l)
			}
			own := links.ReplaceAllString(string(page), "")
			if l == verify.Russian {
				own = regexp.MustCompile(`<dd lang="uz-Latn">[^<]*</dd>`).ReplaceAllString(own, "")
			}
			text := tag.ReplaceAllString(own, " ")
			for _, r := range text {
				if !unicode.IsLetter(r) || r == 'ʻ' || r == 'ʼ' {
					continue
				}
				if wantCyrillic := l == verify.Cyrillic || l == verify.Russian; unicode.Is(unicode.Cyrillic, r) != wantCyrillic {
					t.Fatalf("%s, %s: a letter of another script: %c in %s", l, s, r, strings.Join(strings.Fields(text), " "))
				}
			}
			if l == verify.Latin && regexp.MustCompile(`[oOgG]['‘’ʼ]|\pL['‘’]\pL`).MatchString(text) {
				t.Errorf("%s: a wrong apostrophe", s)
			}
		}
	}
}

// Nothing but the one style may act on the page, and it is kept to itself.
func TestPageIsLockedDown(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := verify.WritePage(w, answerOf(verify.Genuine, verify.Latin)); err != nil {
		t.Fatal(err)
	}
	page := w.Body.String()
	m := style.FindStringSubmatch(page)
	if m == nil || strings.Count(page, "<style") != 1 {
		t.Fatal("want one style")
	}
	sum := sha256.Sum256([]byte(m[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if diff := cmp.Diff(want, w.Header().Get("Content-Security-Policy")); diff != "" {
		t.Error(diff)
	}
	for header, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive", "Content-Language": "uz-Latn",
	} {
		if got := w.Header().Get(header); got != value {
			t.Errorf("%s: %q", header, got)
		}
	}
	if bad := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\son[a-z]+=|\sstyle=|url\(|@import|https?:|javascript:`).FindString(page); bad != "" {
		t.Errorf("the page has %q", bad)
	}
}

// A decision shows its own number, which is not that of its code.
func TestPageOfADecision(t *testing.T) {
	t.Parallel()
	for l, want := range map[verify.Lang]string{
		verify.Latin: "Reyestrdagi raqami", verify.Cyrillic: "Реестрдаги рақами", verify.Russian: "Номер в реестре", verify.English: "Number in the register",
	} {
		a := answerOf(verify.Genuine, l)
		mandate, err := verify.Page(a)
		if err != nil {
			t.Fatal(err)
		}
		a.Kind, a.Title = "D9", verify.Title("D9", l)
		decision, err := verify.Page(a)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(mandate), want) || !strings.Contains(string(decision), want) {
			t.Errorf("%s: the numbers are not told apart", l)
		}
	}
}

// What the store holds is text on the page, never more.
func TestPageEscapes(t *testing.T) {
	t.Parallel()
	a := answerOf(verify.Genuine, verify.English)
	a.CommissionTitle, a.Number, a.Title = `<script>x</script>`, `"><b>`, `a&b`
	page, err := verify.Page(a)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(page), "<script>") || strings.Contains(string(page), "<b>") || !strings.Contains(string(page), "a&amp;b") {
		t.Errorf("%s", page)
	}
}

func TestLangOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked, accept string
		want          verify.Lang
	}{
		{"", "", verify.Latin},
		{"ru", "en", verify.Russian},
		{"uz-cyrl", "", verify.Cyrillic},
		{"uz_Cyrl", "", verify.Cyrillic},
		{"fr", "", verify.Latin},
		{"fr", "en-GB,en;q=0.9", verify.English},
		{"", "ru-RU,ru;q=0.9,en-US;q=0.8", verify.Russian},
		{"", "fr, en;q=0.3, ru;q=0.7", verify.Russian},
		{"", "uz-Cyrl-UZ", verify.Cyrillic},
		{"", "uz-UZ,ru;q=0.9", verify.Latin},
		{"", "kaa", verify.Latin},
		{"", "ru;q=0", verify.Latin},
		{"", "ru;q=x,en;q=2,;;,", verify.Latin},
		{strings.Repeat("u", 10000), strings.Repeat(",", 10000), verify.Latin},
	} {
		if got := verify.LangOf(c.asked, c.accept); got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.asked, c.accept, got, c.want)
		}
	}
}

// Another language is another wording, never another verdict.
func TestLinksKeepTheFile(t *testing.T) {
	t.Parallel()
	a := answerOf(verify.Altered, verify.Latin)
	a.SHA256 = verify.SHA256(nil)
	page, err := verify.Page(a)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(page), "&amp;sha256="+a.SHA256+`"`); n != 3 {
		t.Errorf("%d links of 3 keep the file's hash", n)
	}
}

func TestSorry(t *testing.T) {
	t.Parallel()
	for l, want := range map[verify.Lang]string{
		verify.Latin: "Tekshirib boʻlmadi", verify.Cyrillic: "Текшириб бўлмади", verify.Russian: "Проверить не удалось", verify.English: "Could not be checked",
	} {
		w := httptest.NewRecorder()
		if err := verify.WriteSorry(w, 503, l, now); err != nil || w.Code != 503 || !strings.Contains(w.Body.String(), "<h1>"+want+"</h1>") || !strings.Contains(w.Body.String(), `class="wary"`) {
			t.Errorf("%s: %d %v", l, w.Code, err)
		}
	}
}

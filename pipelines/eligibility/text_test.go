package eligibility_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/pipelines/eligibility"
)

// reasons are all reasons that any row brings, with an answer that has each.
func reasons(t *testing.T) map[string]eligibility.Answer {
	t.Helper()
	seen := map[string]eligibility.Answer{}
	for _, c := range cases {
		_, list := assess(t, c.input(), []string{c.rule})
		seen[list[0].Reason] = list[0]
	}
	for _, c := range wholeCases {
		_, list, err := eligibility.AssessWhole(c.input(), []string{c.rule})
		if err != nil {
			t.Fatal(err)
		}
		seen[list[0].Reason] = list[0]
	}
	return seen
}

// Every reason that an answer gives is worded in three languages with nothing left
// to fill in, and every text words a reason that some answer gives.
func TestTexts(t *testing.T) {
	t.Parallel()
	seen := reasons(t)
	for reason, a := range seen {
		worded := map[string]bool{}
		for _, l := range []string{"uz-Latn", "ru", "en"} {
			text := eligibility.Text(a, l)
			if text == "" || (text == reason && l != "en") || strings.ContainsAny(text, "{}") {
				t.Errorf("%s in %s: %q", reason, l, text)
			}
			worded[text] = true
		}
		if len(worded) != 3 {
			t.Errorf("%s: two languages share a text", reason)
		}
		if got := eligibility.Text(a, "de"); got != eligibility.Text(a, "uz-Latn") {
			t.Errorf("%s in another language is worded %q", reason, got)
		}
	}
	for _, key := range written(t) {
		if _, ok := seen[key]; !ok {
			t.Errorf("no answer gives the reason %s", key)
		}
	}
}

// written are the reasons that the source words.
func written(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("text*.go")
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^\t"([a-z_]+)": +\{`).FindAllStringSubmatch(string(source), -1) {
			keys = append(keys, m[1])
		}
	}
	slices.Sort(keys)
	if len(keys) < 100 {
		t.Fatalf("%d texts found in the source", len(keys))
	}
	return keys
}

// What params name is worded too: registers, what is proved, roles.
func TestNamedParams(t *testing.T) {
	t.Parallel()
	param := map[string]string{"register": "no_answer", "what": "unproved", "role": "has_role"}
	names := map[string][]string{"role": {"candidate", "deputy", "proxy", "representative", "observer", "journalist", "member"}}
	kind := map[string]string{"finding": "register", "confirmation": "what"}
	accepted := func(kinds []string) {
		for _, k := range kinds {
			family, name, _ := strings.Cut(k, ":")
			if p, ok := kind[family]; ok {
				names[p] = append(names[p], name)
			}
		}
	}
	for _, r := range eligibility.Rules() {
		accepted(r.Accepts)
	}
	for _, r := range eligibility.WholeRules() {
		accepted(r.Accepts)
	}
	for p, list := range names {
		for _, name := range list {
			for _, l := range []string{"uz-Latn", "ru"} { // an English word may be the name itself
				worded := func(v string) string {
					return eligibility.Text(eligibility.Answer{Reason: param[p], Params: map[string]string{p: v}}, l)
				}
				if got := worded(name); got == strings.ReplaceAll(worded("zz"), "zz", name) {
					t.Errorf("%s %s is not worded in %s: %q", p, name, l, got)
				}
			}
		}
	}
}

package docs_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/pipelines/checks"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
)

// first lists the code words that begin the rows of tables in a page's section.
func first(t *testing.T, name, heading string) []string {
	t.Helper()
	_, section, found := strings.Cut(page(t, name), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", name, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var out []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(section, -1) {
		out = append(out, m[1])
	}
	return out
}

func values(m map[string]string) []string { return slices.Collect(maps.Values(m)) }

func strs[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// What a page lists is what there is: nothing missing, nothing made up.
func TestNames(t *testing.T) {
	t.Parallel()
	cases := []struct {
		page, heading string
		want          []string
	}{
		{"states.md", "## An application", strs(dossier.States())},
		{"states.md", "## A job", values(constants(t, "../pipelines/queue", "State"))},
		{"states.md", "## A check", values(constants(t, "../pipelines/dossier", "CheckState"))},
		{"states.md", "## A decision", values(constants(t, "../pipelines/dossier", "DecisionState"))},
		{"states.md", "## A document", values(constants(t, "../pipelines/dossier", "DocumentState"))},
		{"states.md", "## A notice", values(constants(t, "../pipelines/dossier", "NoticeState"))},
		{"states.md", "## A delivery", values(constants(t, "../pipelines/dossier", "Delivery"))},
		{"states.md", "## A login code", values(constants(t, "../pipelines/login", "State"))},
		{"operations.md", "## Stages", stages(t)},
		{"operations.md", "## Metrics", metrics(t)},
		{"operations.md", "## Outside systems", strs(operate.States())},
		{"mocks.md", "## Faults", strs(chaos.Kinds())},
		{"mocks.md", "## Fields of a fault", chaos.Fields()},
		{"mocks.md", "## Signatures", strs(slices.DeleteFunc(eds.Flaws(), func(f eds.Flaw) bool { return f == eds.Sound }))},
	}
	for _, c := range cases {
		t.Run(c.page+" "+c.heading, func(t *testing.T) {
			t.Parallel()
			got := first(t, c.page, c.heading)
			slices.Sort(got)
			slices.Sort(c.want)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("-code +page:\n%s", d)
			}
		})
	}
}

func stages(t *testing.T) []string {
	t.Helper()
	out := []string{
		intake.StageVerify, checks.StageScatter, checks.StageDeadline, checks.StageAssess, checks.StageWhole, decision.StageVerify,
		issuing.StageReserve, issuing.StageRender, login.StageSend, login.StageExpire,
		notice.StageOf(sms.PlaymobileSystem), notice.StageOf(sms.EskizSystem), notice.AskStageOf(sms.EskizSystem),
	}
	p, err := portal.New(portal.Config{
		TokenURL: "https://portal.example", GatewayURL: "https://portal.example",
		Credentials: map[string]portal.Credentials{portal.MainSet: {ConsumerKey: "k", ConsumerSecret: "s", Username: "u", Password: "p"}},
	}, portal.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Registers() {
		for _, op := range r.Operations {
			out = append(out, checks.StageOf(r.ID, op.ID))
		}
	}
	return out
}

// metrics finds the names of metrics in the source.
func metrics(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir("../internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range regexp.MustCompile(`"(hub_[a-z_]+)"`).FindAllStringSubmatch(page(t, path), -1) {
			out = append(out, m[1])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// The diagram draws the transitions that the table of states has, and no other.
func TestTransitions(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, from := range dossier.States() {
		for _, to := range dossier.States() {
			if from.CanBecome(to) == nil {
				want = append(want, string(from+" --> "+to))
			}
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^ +([a-z_]+ --> [a-z_]+):`).FindAllStringSubmatch(page(t, "states.md"), -1) {
		got = append(got, m[1])
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-code +page:\n%s", d)
	}
}

// Every link to a file, and to a heading of a page, leads somewhere.
func TestLinks(t *testing.T) {
	t.Parallel()
	for _, name := range append(pages(t), "../CONTRIBUTING.md", "../CHANGELOG.md") {
		for _, m := range regexp.MustCompile(`\]\(([^)#:]*)(?:#([a-z-]+))?\)`).FindAllStringSubmatch(page(t, name), -1) {
			target := name
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(name), m[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s leads nowhere", name, m[0])
				continue
			}
			if m[2] == "" {
				continue
			}
			heading := regexp.MustCompile(`(?im)^#+ ` + strings.ReplaceAll(m[2], "-", "[ -]") + `$`)
			if !heading.MatchString(page(t, target)) {
				t.Errorf("%s: %s has no heading %s", name, target, m[2])
			}
		}
	}
}

func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"../README.md"}
	for _, glob := range []string{"*.md", "decisions/*.md"} {
		found, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	return out
}

package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

var (
	block   = regexp.MustCompile("(?s)\n```[a-z]*\n(.*?)\n```")
	value   = regexp.MustCompile(`'[^']*'|\$\([a-z]+\)`)
	config  = regexp.MustCompile(`--config [^ ]+`)
	command = regexp.MustCompile(`(?:^|\$\(|[|{] )(?:bin/)?hub ([^|>)]*)`)
	word    = regexp.MustCompile(`^[a-z]+$`)
	option  = regexp.MustCompile(`(?:^| )(--?[a-z][a-z-]*)`)
)

// shown returns what follows "hub" in the lines of a page's blocks.
func shown(text string) []string {
	var out []string
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(b[1]) {
			line, _, _ = strings.Cut(line, "#")
			line = value.ReplaceAllString(strings.TrimSpace(line), "VALUE")
			if m := command.FindStringSubmatch(line); m != nil {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// Every command and flag that a page shows in a block exists.
func TestCommands(t *testing.T) {
	t.Parallel()
	hub := build(t)
	help := map[string]string{}
	seen := 0
	for _, name := range pages(t) {
		for _, line := range shown(page(t, name)) {
			seen++
			var words []string // the names of a command and its subcommand
			for w := range strings.FieldsSeq(config.ReplaceAllString(line, "")) {
				if !word.MatchString(w) || len(words) == 2 {
					break
				}
				words = append(words, w)
			}
			path := strings.Join(words, " ")
			if _, known := help[path]; !known {
				out, err := exec.CommandContext(t.Context(), hub, append(words, "--help")...).CombinedOutput()
				if err != nil || !strings.HasPrefix(string(out), "Usage: hub "+path) {
					t.Errorf("%s: hub %s is no command: %v\n%s", name, path, err, out)
				}
				help[path] = string(out)
			}
			for _, f := range option.FindAllStringSubmatch(line, -1) {
				if !regexp.MustCompile(regexp.QuoteMeta(f[1]) + `[ =,\n]`).MatchString(help[path]) {
					t.Errorf("%s: hub %s has no flag %s", name, path, f[1])
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d commands found in the pages: they are no longer recognised", seen)
	}
	checkConfiguration(t, hub)
}

// checkConfiguration holds the configuration that operations.md shows against
// the program.
func checkConfiguration(t *testing.T, hub string) {
	t.Helper()
	sample := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(page(t, "operations.md"))[1]
	dir := t.TempDir()
	sample = regexp.MustCompile(`\{file: [^}]*/([a-z0-9-]+)\}`).ReplaceAllStringFunc(sample, func(ref string) string {
		name := filepath.Base(strings.TrimSuffix(ref, "}"))
		text, known := map[string]string{
			"store-url": "postgres://hub:made-up@db.example/hub", "transport-url": "amqps://hub:made-up@mq.example/hub",
			"probe-pinfl": "41505939980027", "probe-passport": "XA0000001", "probe-birth-date": "1993-05-15", "probe-official": "32103889999014",
		}[name]
		if !known {
			text = "a-secret-of-some-length"
		}
		write(t, filepath.Join(dir, name), text)
		return "{file: " + filepath.Join(dir, name) + "}"
	})
	file := filepath.Join(t.TempDir(), "hub.yaml")
	write(t, file, sample)
	check := exec.CommandContext(t.Context(), hub, "--config", file, "config", "check")
	check.Env = append(os.Environ(), "PORTAL_PASSWORD=s")
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("the configuration in operations.md: %s", out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// build makes the program, with the race detector when this test has it: its
// packages are compiled then already.
func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "hub")
	args := []string{"build", "-o", out}
	info, _ := debug.ReadBuildInfo()
	if info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		args = append(args, "-race")
	}
	if text, err := exec.CommandContext(t.Context(), "go", append(args, "../cmd/hub")...).CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, text)
	}
	return out
}

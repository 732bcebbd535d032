package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/internal/vault"
)

// Each thing that keeps a hub from starting is one clear sentence and exit code 1.
func TestStartRefuses(t *testing.T) {
	t.Parallel()
	h := newCrash(t) // a running hub to be in the way of
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	m := demo.Addresses(h.systems)
	serve := func(args ...string) []string {
		return append([]string{"serve", "--mock-portal", m.Portal, "--mock-eds", m.EDS, "--mock-sms", m.SMS}, args...)
	}
	damaged := t.TempDir()
	if err := os.MkdirAll(filepath.Join(damaged, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"keys/keys.json": "{", "hub.db": ""} {
		if err := os.WriteFile(filepath.Join(damaged, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spoiled := t.TempDir()
	if _, err := vault.Open(filepath.Join(spoiled, "keys"), true); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(spoiled, "hub.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	noBrowser := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(noBrowser, []byte("chrome: {binary: /nonexistent/chromium}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, want string
		args       []string
	}{
		{"twice on one database", "another hub already works on this database", serve("--data-dir", h.dir, "--listen", "127.0.0.1:0")},
		{"port in use", "cannot be listened on", serve("--data-dir", t.TempDir(), "--listen", taken.Addr().String())},
		{"no Chromium", "no Chromium found", append([]string{"--config", noBrowser}, serve("--data-dir", t.TempDir(), "--listen", "127.0.0.1:0")...)},
		{"damaged database", "put the last backup of it back", serve("--data-dir", spoiled, "--listen", "127.0.0.1:0")},
		{"damaged keys", "keys", serve("--data-dir", damaged, "--listen", "127.0.0.1:0")},
		{"no configuration", "portal.token_url: want an http or https address", []string{"serve", "--data-dir", t.TempDir()}},
		{"unknown key in the file", "field colour not found", []string{"--config", write(t, "colour: red\n"), "serve"}},
		{"a file that is not there", "no such file", []string{"--config", "/nonexistent.yaml", "serve"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			if code := execute(c.args, &out, &errs); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if !strings.Contains(errs.String(), c.want) || strings.Contains(errs.String(), "goroutine") || out.Len() > 0 {
				t.Errorf("said %q and %q, want a sentence with %q", out.String(), errs.String(), c.want)
			}
		})
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// The command line as people use it, against a running hub.
func TestCommands(t *testing.T) {
	t.Parallel()
	h := newCrash(t)
	m := demo.Addresses(h.systems)
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HUB_TEST_IS_HUB", "1")
			e.Setenv("HUB", os.Args[0])
			e.Setenv("HUB_URL", "http://"+h.hub.addr)
			e.Setenv("HUB_KEY_FILE", filepath.Join(h.dir, "admin.key"))
			e.Setenv("HUB_MOCK_PORTAL", m.Portal)
			e.Setenv("HUB_MOCK_EDS", m.EDS)
			scenario, err := filepath.Abs("../../internal/demo/scenario")
			if err != nil {
				return err
			}
			e.Setenv("SCENARIO", scenario)
			f := &demo.Filler{Mocks: m, Day: h.player.Day}
			person, err := f.Fill(t.Context(), []byte(`{"type":"candidate-register-district","official":"dec-secretary","commission":"1726269","pinfl":"story:candidate-clean.pinfl"}`))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(e.WorkDir, "person.json"), person, 0o600)
		},
	})
}

// hub demo ends by itself with exit code 0, prints the table and leaves the PDFs.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	dir := t.TempDir()
	if code := execute([]string{"demo", "--data-dir", filepath.Join(dir, "data"), "--out", filepath.Join(dir, "out")}, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	for _, want := range []string{
		"APPLICATION", "observer-party № 003", "not_eligible (rev 1): OBS-AGE saylov kunida 17 yosh", "refused: R01",
		"candidate № 001", "candidate № 002", "eligible (rev 2)", "candidate-registered sent", "decision-copy sent",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "out", "*.pdf"))
	if err != nil || len(files) != 8 {
		t.Errorf("documents %v, %v: want 8", files, err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil || !bytes.HasPrefix(raw, []byte("%PDF-")) {
			t.Errorf("%s is no PDF", f)
		}
	}
}

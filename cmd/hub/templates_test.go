package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saylovhub/hub/renderer/lint"
	"github.com/saylovhub/hub/renderer/pdf"
	"github.com/saylovhub/hub/templates"
)

// hub runs a command and returns what it said.
func hub(t *testing.T, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := execute(args, &out, &errs); got != code {
		t.Fatalf("hub %s: exit code %d, want %d: %s", strings.Join(args, " "), got, code, errs.String())
	}
	return out.String(), errs.String()
}

func TestTemplatesList(t *testing.T) {
	t.Parallel()
	if out, _ := hub(t, 0, "templates", "list"); !strings.Contains(out, "candidate") || !strings.Contains(out, "210 × 148") {
		t.Error(out)
	}
	var list []listedDocument
	out, _ := hub(t, 0, "templates", "list", "-o", "json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) < 3 {
		t.Error(err, out)
	}
}

func TestOutputIsChecked(t *testing.T) {
	t.Parallel()
	if _, errs := hub(t, 2, "templates", "list", "-o", "x.pdf"); !strings.Contains(errs, "table, json") {
		t.Error(errs)
	}
}

// copyTemplates puts the shipped documents into a folder.
func copyTemplates(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, templates.Files()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTemplatesCheck(t *testing.T) {
	t.Parallel()
	dir := copyTemplates(t)
	file := filepath.Join(dir, "candidate", "template.html")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(raw, "{{.nobody}}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs := hub(t, 1, "templates", "check", "candidate", "--static", "--folder", dir)
	if !strings.Contains(out, "candidate/template.html:") || !strings.Contains(out, ".nobody is not declared") || !strings.Contains(errs, "have errors") {
		t.Error(out, errs)
	}
	var found []lint.Finding
	out, _ = hub(t, 1, "templates", "check", "candidate", "--static", "--folder", dir, "-o", "json")
	if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) == 0 || found[0].Rule != lint.UnknownField || found[0].Line < 2 {
		t.Error(err, out)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	hub(t, 0, "templates", "check", "candidate", "--folder", dir)
	hub(t, 1, "templates", "check", "diploma", "--static")
}

func TestTemplatesPreview(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.pdf")
	if out, _ := hub(t, 0, "templates", "preview", "observer-party", "--sample", "sample-longest", "-o", file); strings.TrimSpace(out) != file {
		t.Error(out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := pdf.Text(raw)
	if err != nil || !strings.Contains(text, "NAMUNA") {
		t.Error(text, err)
	}
	if _, errs := hub(t, 1, "templates", "preview", "observer-party", "--sample", "sample-none", "-o", file); !strings.Contains(errs, "want one of sample") {
		t.Error(errs)
	}
}

// Drafts of many documents: a file each, or one file; what does not fit fails
// alone, and is told by its line.
func TestRender(t *testing.T) {
	t.Parallel()
	set, err := templates.Load(templates.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tpl, _ := set.Get("observer-party")
	var one bytes.Buffer
	if err := json.Compact(&one, tpl.Sample()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "people.jsonl")
	write := func(lines ...string) {
		if err := os.WriteFile(data, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := strings.Replace(one.String(), `"number":"`, `"number":"9`, 1)
	write(one.String(), second, one.String())

	whole := filepath.Join(dir, "all.pdf")
	var m manifest
	out, _ := hub(t, 0, "render", "observer-party", data, "-o", whole)
	if !strings.Contains(out, "3 documents, 3 pages") || !strings.Contains(out, "NAMUNA") {
		t.Error(out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "all.manifest.json"))
	if err != nil || json.Unmarshal(raw, &m) != nil || len(m.Documents) != 3 || m.Documents[2].From != 3 || !m.Draft || len(m.SHA256) != 64 || m.Documents[0].SHA256 != m.Documents[2].SHA256 {
		t.Errorf("%v %s", err, raw)
	}
	merged, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := pdf.Read(merged); err != nil || info.Pages != 3 {
		t.Error(info, err)
	}

	word := filepath.Join(dir, "word")
	if err := os.WriteFile(word, []byte("Soʻzim-4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs := hub(t, 1, "render", "observer-party", data, "-o", filepath.Join(dir, "bad.pdf"), "--password-file", word); strings.Contains(errs, "4711") || !strings.Contains(errs, "password") {
		t.Error(errs) // not ASCII
	}
	if err := os.WriteFile(word, []byte("sozim-4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked.pdf")
	hub(t, 0, "render", "observer-party", data, "-o", locked, "--password-file", word)
	if raw, err := os.ReadFile(locked); err != nil || !bytes.Contains(raw, []byte("/Encrypt")) {
		t.Errorf("not encrypted, %v", err)
	} else if _, err := pdf.Read(raw); !errors.Is(err, pdf.ErrEncrypted) {
		t.Error(err)
	}

	write(one.String(), `{"number":"Yashirinov"}`, second)
	folder := filepath.Join(dir, "apart")
	_, errs := hub(t, 1, "render", "observer-party", data, "--out", folder)
	if !strings.Contains(errs, "line 2: ") || !strings.Contains(errs, "/number: ") || strings.Contains(errs, "Yashirinov") {
		t.Error(errs)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 3 {
		t.Error(files, err)
	}
	if _, errs := hub(t, 1, "render", "observer-party", data, "-o", filepath.Join(dir, "none.pdf")); !strings.Contains(errs, "line 2: ") {
		t.Error(errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.pdf")); err == nil {
		t.Error("a file of some of the documents")
	}
}

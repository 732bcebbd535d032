package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/personal"
	dossiers "github.com/saylovhub/hub/pipelines/dossier"
)

// command runs the program as typed.
func command(args ...string) (code int, out, faults string) {
	var stdout, stderr bytes.Buffer
	code = execute(args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// What sample writes has no faults; one that is made is told by file, line and
// column, and nothing of what stands there.
func TestDirectorySampleAndCheck(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "nation")
	if code, out, faults := command("directory", "sample", "-o", folder, "--seed", "4", "--election-day", "2029-10-28"); code != 0 || !strings.Contains(out, "225 records in 8 files") {
		t.Fatalf("%d %s %s", code, out, faults)
	}
	if code, out, faults := command("directory", "check", folder); code != 0 || !strings.Contains(out, "precincts       60\nno faults") {
		t.Fatalf("%d %s %s", code, out, faults)
	}
	name := filepath.Join(folder, "officials.csv")
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(strings.Split(string(raw), "\n")[2], ",")
	pinfl := fields[6]
	if _, err := personal.ParsePINFL(pinfl); err != nil {
		t.Fatal("the file has another form")
	}
	if err := os.WriteFile(name, bytes.Replace(raw, []byte(pinfl), []byte(pinfl+"0"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, faults := command("directory", "check", folder)
	if want := "officials.csv, line 3, column pinfl: want 14 digits\nhub: the folder has faults: 1\n"; code != 1 || faults != want {
		t.Errorf("%d %s", code, faults)
	}
	if code, _, faults := command("directory", "import", folder, "--url", "http://127.0.0.1:1", "--key-file", keyFile(t)); code != 1 || !strings.Contains(faults, "column pinfl") || strings.Contains(faults, "asking the hub") {
		t.Errorf("a folder with a fault went out: %d %s", code, faults)
	}
	for _, args := range [][]string{{"directory", "sample"}, {"directory", "check", filepath.Join(folder, "no")}, {"directory", "list", "kings"}} {
		if code, _, _ := command(args...); code == 0 {
			t.Errorf("%v was taken", args)
		}
	}
}

func keyFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(name, []byte("id.secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A folder goes out in one piece, as whole lists, only those that are there; what
// came of it is printed.
func TestDirectoryImport(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := "soato,parent,kind,name_uz\n17,,country,O'zbekiston\n1726,17,region,Toshkent shahri\n"
	if err := os.WriteFile(filepath.Join(folder, "territories.csv"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var query string
	var body map[string]json.RawMessage
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		raw, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(raw, &body)
		_, _ = w.Write([]byte(`{"records":2,"dry_run":true,"lists":{"territories":{"added":1,"changed":1,"unchanged":0,"missing":60,"missing_ids":["1703"]}},
			"warnings":[{"code":"no_chair","id":"1726","text":"this commission has no chair in office today"}]}`))
	}))
	defer hub.Close()
	code, out, faults := command("directory", "import", folder, "--dry-run", "--url", hub.URL, "--key-file", keyFile(t))
	if code != 0 {
		t.Fatal(faults)
	}
	if query != "dry_run=true&whole=true" || len(body) != 1 {
		t.Errorf("asked %s with %d lists", query, len(body))
	}
	var d dossiers.Directory
	if err := json.Unmarshal(body["territories"], &d.Territories); err != nil || len(d.Territories) != 2 || d.Territories[0].Name["uz-Latn"] != "Oʻzbekiston" {
		t.Errorf("%+v, %v", d.Territories, err)
	}
	for _, want := range []string{
		"LIST         ADDED  CHANGED  UNCHANGED  MISSING\nterritories  1      1        0          60\n",
		"territories in the directory and not in the files (they stay): 1703 and 59 more\n",
		"warning: no chair 1726: this commission has no chair in office today\n", "2 records looked at, nothing was imported\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

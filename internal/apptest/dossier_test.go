package apptest_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/pipelines/dossier/report"
	"github.com/saylovhub/hub/renderer/pdf"
)

// A secretary reads the dossier as JSON, text and PDF in three languages; every
// reading is on record, and no personal number is in any of them.
func TestDossierInWords(t *testing.T) {
	t.Parallel()
	h := hub(t)
	p := h.Plain(t)
	taken := h.Submit(t, h.DEC, h.Candidate(h.Election(t), p), apptest.Residence)
	h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	d := h.Confirm(t, h.DEC, taken.ID)
	read := func(format, language string) []byte {
		t.Helper()
		got, err := h.DEC.DossierReport(t.Context(), taken.ID, client.DossierForm{Format: format, Language: language})
		if err != nil {
			t.Fatalf("%s in %s: %v", format, language, err)
		}
		return got
	}
	words := map[string][]string{
		report.Uzbek: {"talablarga mos", "reyestr: shaxsga doir maʼlumotlar", "Saylov kodeksi 90-modda"}, report.Russian: {"соответствует", "Избирательный кодекс, ст. 90"},
		report.English: {"eligible", "register: personal data", "Election Code, art. 90"},
	}
	for language, want := range words {
		text := read("text", language)
		for _, w := range []string{want[0], taken.Number, p.Surname, "LOC-RES", "LOC-AGE", apptest.Residence.Name} {
			if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), w) {
				t.Errorf("the text in %s lacks %q", language, w)
			}
		}
		file := read("pdf", language)
		printed, err := pdf.Text(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range append(want, taken.Number, p.Surname) {
			if !strings.Contains(strings.Join(strings.Fields(printed), ""), strings.Join(strings.Fields(w), "")) {
				t.Errorf("the PDF in %s lacks %q", language, w)
			}
		}
		var r report.Report
		if err := json.Unmarshal(read("json", language), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Subjects) != 1 || r.Subjects[0].Assessment.Verdict != "eligible" || len(r.Subjects[0].Assessment.Answers) != len(d.Subjects[0].Assessment.Rules) ||
			r.Subjects[0].Papers[0].Confirmed == "" || len(r.Timeline) == 0 || r.Application.Signed == "" {
			t.Errorf("the report in %s: %+v", language, r.Counts)
		}
		for _, a := range r.Subjects[0].Assessment.Answers {
			if a.Article == "" || a.Reason == "" || a.Result != "not_applicable" && len(a.Proofs) == 0 {
				t.Errorf("%s in %s: %+v", a.Rule, language, a)
			}
		}
		for _, b := range [][]byte{text, []byte(printed)} {
			for _, secret := range []string{string(p.PINFL), string(p.Document), string(p.Phone)} {
				if bytes.Contains(b, []byte(secret)) {
					t.Errorf("in %s a personal number is told", language)
				}
			}
		}
	}
	lines, err := h.Store.AuditBy(t.Context(), "dossier.read")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, l := range lines {
		if l.Object == taken.ID && l.Detail["format"] != "" {
			n++
		}
	}
	if n != 9 {
		t.Errorf("%d readings are on record, want 9", n)
	}
}

func TestDossierRefused(t *testing.T) {
	t.Parallel()
	h := hub(t)
	taken := h.Submit(t, h.TEC, h.Observers(h.Election(t), h.Plain(t)))
	at := "/v1/applications/" + taken.ID + "/dossier"
	for _, c := range []struct {
		name, path, key string
		status          int
		code            string
	}{
		{"another format", at + "?format=docx", h.TEC.Key, http.StatusUnprocessableEntity, "form"},
		{"another language", at + "?language=fr", h.TEC.Key, http.StatusUnprocessableEntity, "form"},
		{"another commission's", at, h.DEC.Key, http.StatusNotFound, "not_found"},
		{"nobody's", at, "", http.StatusUnauthorized, "unauthenticated"},
		{"no such application", "/v1/applications/0199a2b4-0000-7000-8000-00000000dead/dossier", h.TEC.Key, http.StatusNotFound, "not_found"},
	} {
		header := ""
		if c.key != "" {
			header = "Bearer " + c.key
		}
		got := h.Do(t, http.MethodGet, c.path, nil, "Authorization", header)
		if p := got.Problem(t); got.Status != c.status || p.Code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, got.Status, p.Code, c.status, c.code)
		}
	}
	// Without a word it is JSON in the application's language.
	got := h.Do(t, http.MethodGet, at, nil, "Authorization", "Bearer "+h.TEC.Key)
	var r report.Report
	if err := json.Unmarshal(got.Body, &r); err != nil || got.Status != http.StatusOK || r.Language != report.Uzbek {
		t.Errorf("%d, %v, %s", got.Status, err, r.Language)
	}
}

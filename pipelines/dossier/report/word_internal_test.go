package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// Every state, verdict, answer, post and register has its words in each language.
func TestWords(t *testing.T) {
	t.Parallel()
	need := map[string][]string{
		"verdict": {string(eligibility.Eligible), string(eligibility.NotEligible), string(eligibility.IsUndetermined), Unassessed},
		"result": {
			string(eligibility.Pass), string(eligibility.Fail), string(eligibility.Warn), string(eligibility.Undetermined), string(eligibility.NotApplicable),
		},
		"post":     {dossier.Chair, dossier.Deputy, dossier.Secretary},
		"decision": {string(dossier.DecisionVerifying), string(dossier.DecisionSigned), string(dossier.DecisionRefused), string(dossier.DecisionConflict)},
	}
	for _, s := range dossier.States() {
		need["state"] = append(need["state"], string(s))
	}
	for _, id := range order {
		need["register"] = append(need["register"], string(id))
	}
	for _, kind := range dossier.HolderKinds {
		need["applicant"] = append(need["applicant"], kind)
	}
	for kind, codes := range need {
		for _, code := range codes {
			if _, ok := words()[kind][code]; !ok {
				t.Errorf("no words for the %s %s", kind, code)
			}
		}
	}
	for kind, codes := range words() {
		for code, text := range codes {
			for i, one := range text {
				if strings.TrimSpace(one) == "" || one != strings.TrimSpace(one) {
					t.Errorf("%s %s: no clean text in %s", kind, code, Languages()[i])
				}
				if strings.ContainsAny(one, "'`‘’") && i != 2 {
					t.Errorf("%s %s: an apostrophe that is no letter: %s", kind, code, one)
				}
				if strings.Count(one, "{") != strings.Count(text[0], "{") {
					t.Errorf("%s %s: other places to fill in %s", kind, code, Languages()[i])
				}
			}
		}
	}
}

func TestArticle(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][3]string{
		"Saylov kodeksi 90-modda":      {"Saylov kodeksi 90-modda", "Избирательный кодекс, ст. 90", "Election Code, art. 90"},
		"Saylov kodeksi 4, 5-moddalar": {"Saylov kodeksi 4, 5-moddalar", "Избирательный кодекс, ст. 4, 5", "Election Code, arts. 4, 5"},
		"Saylov kodeksi 18-23-moddalar": {
			"Saylov kodeksi 18-23-moddalar", "Избирательный кодекс, ст. 18-23", "Election Code, arts. 18-23",
		},
		"assumed":           {"taxmin qilingan", "принято условно", "assumed"},
		"something else 12": {"something else 12", "something else 12", "something else 12"},
	} {
		for i, language := range Languages() {
			m := &maker{speaker: speakerOf(language)}
			if got := m.article(in); got != want[i] {
				t.Errorf("%s in %s: %q, want %q", in, language, got, want[i])
			}
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for i, want := range []string{"2027-yil 24-oktabr", "24 октября 2027 года", "24 October 2027"} {
		if got := speaker(i).date("2027-10-24"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := speaker(0).date("soon"); got != "soon" {
		t.Error(got)
	}
}

// A proof that a newer answer stands beside is not passed off as the newer one.
func TestProofs(t *testing.T) {
	t.Parallel()
	m := &maker{Input: Input{Proofs: Proofs{Findings: map[string]map[register.ID]dossier.Finding{
		"s": {register.Personal: {ID: "new", Register: register.Personal, Status: register.Restricted, Transaction: "7", Source: "receipt:r"}},
	}}}, speaker: speakerOf(English)}
	s := &dossier.Subject{ID: "s"}
	for ref, want := range map[string]string{
		"personal-data:new": "register: personal data, 01.01.0001 05:00, transaction 7 (by receipt): locked by its owner",
		"personal-data:old": "personal data",
		"roles":             "the list of roles in the election",
		"form:ballot":       "the application itself",
		"unheard:of":        "unheard:of",
	} {
		if got := m.proof(ref, s); got != want {
			t.Errorf("%s: %q, want %q", ref, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, in string
		width    int
		want     []string
	}{
		{"empty", "", 5, []string{""}},
		{"fits", "oʻn besh", 8, []string{"oʻn besh"}},
		{"at spaces", "oʻn besh kun", 8, []string{"oʻn besh", "kun"}},
		{"a word too long", "Navroʻzobod", 4, []string{"Navr", "oʻzo", "bod"}},
		{"hanging", "- oʻn besh kun", 8, []string{"- oʻn", "  besh", "  kun"}},
		{"line feeds", "a\nb", 4, []string{"a", "b"}},
		{"wide letters", "漢字漢字", 5, []string{"漢字", "漢字"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.in, c.width)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	m := &maker{speaker: speakerOf(Uzbek)}
	for in, want := range map[string]string{
		"subject 1, revision 2: eligible":        "shaxs 1, tahrir 2: talablarga mos",
		"subject 1, residence: a.pdf":            "shaxs 1, muqim yashash muddati: a.pdf",
		"subject 3: personal-data, employment":   "shaxs 3: shaxsga doir maʼlumotlar, mehnat faoliyati",
		"criminal-record: unavailable":           "sudlanganlik: unavailable",
		"certificate 77AF":                       "sertifikat 77AF",
		"D4 001":                                 "D4 001",
		"\x1b[0msubject 1, revision 2: eligible": "[0msubject 1, revision 2: eligible",
	} {
		if got := m.detail(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("oʻn besh kun", 8)
	f.Add("- 漢字漢字 Navroʻzobod", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 3 + (width&0x7fffffff)%100
		var before, after strings.Builder
		for w := range strings.FieldsSeq(plain(s)) {
			before.WriteString(w)
		}
		for _, line := range wrap(plain(s), width) {
			if columns(line) > width {
				t.Errorf("%d columns in %d", columns(line), width)
			}
			for w := range strings.FieldsSeq(line) {
				after.WriteString(w)
			}
		}
		if before.String() != after.String() {
			t.Error("letters are lost")
		}
	})
}

package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
)

// proofs words what an answer stood on. A reference is kind:ID, or the kind alone.
func (m *maker) proofs(a eligibility.Answer, s *dossier.Subject) []string {
	out := []string{}
	for _, ref := range a.Proofs {
		if text := m.proof(ref, s); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

func (m *maker) proof(ref string, s *dossier.Subject) string {
	kind, id, _ := strings.Cut(ref, ":")
	if kind == "finding" {
		kind, id, _ = strings.Cut(id, ":")
	}
	switch kind {
	case "statement":
		return m.fill("proof", kind, "name", plain(m.say("statement", id)))
	case "attachment", "paper":
		return m.fill("proof", "attachment", "name", plain(id))
	case "confirmation":
		return m.confirmation(id, s)
	case "roles", "role", "applicant", "clock", "form", "members", "standing", "directory":
		return m.say("proof", kind)
	}
	if s == nil || words()["register"][kind] == [3]string{} {
		return plain(ref)
	}
	f, ok := m.Proofs.Findings[s.ID][register.ID(kind)]
	if !ok || f.ID != id { // a newer answer stands beside it: this one has the register's name only
		return m.registerTitle(register.ID(kind))
	}
	out := m.source(f)
	if f.Status != register.Found {
		out += ": " + m.say("proof", string(f.Status))
	}
	return out
}

func (m *maker) confirmation(id string, s *dossier.Subject) string {
	about := "" // the application as a whole
	if s != nil {
		about = s.ID
	}
	for _, c := range m.Proofs.Confirmations[about] {
		if c.ID == id {
			return m.fill("proof", "confirmation", "name", plain(c.Attachment), "by", m.actor("official:"+c.Official), "at", minute(c.At))
		}
	}
	return m.fill("proof", "confirmation", "name", "", "by", "", "at", "")
}

// laws are the sources of articles as the rules name them, in Russian and English.
var laws = [][3]string{
	{"Saylov kodeksi", "Избирательный кодекс", "Election Code"},
	{"Konstitutsiya", "Конституция", "Constitution"},
	{"Nizom", "Положение", "Regulation"},
}

var articles = regexp.MustCompile(`^(.*?[^ ,]) ([0-9][0-9, -]*[0-9]|[0-9])-(modda|moddalar|moddalari|moddasi)$`)

// article words a rule's source. What no source says is told apart from the law.
func (m *maker) article(text string) string {
	if text == "assumed" {
		return [3]string{"taxmin qilingan", "принято условно", "assumed"}[m.speaker]
	}
	if m.speaker == 0 {
		return plain(text)
	}
	parts := strings.Split(text, "; ")
	for i, part := range parts {
		at := articles.FindStringSubmatch(part)
		if at == nil {
			continue
		}
		law := at[1]
		for _, l := range laws {
			if l[0] == law {
				law = l[m.speaker]
			}
		}
		many := strings.ContainsAny(at[2], ",- ")
		one := [3][2]string{{}, {"ст.", "ст."}, {"art.", "arts."}}[m.speaker]
		word := one[0]
		if many {
			word = one[1]
		}
		parts[i] = law + ", " + word + " " + at[2]
	}
	return plain(strings.Join(parts, "; "))
}

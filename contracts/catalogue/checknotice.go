package catalogue

import (
	"slices"
	"strings"
	"unicode"
)

// Whom a notice may go to.
var recipients = []string{"subject", "applicant", "chair", "secretary", "deputies"}

// Parts of an SMS that a text may take, with the longest parameters.
const (
	partsUzbek = 1
	partsOther = 3
	gsm        = "GSM-7"
)

// checkNotice holds a notice's own fields. named: some type names it.
func (c *Catalogue) checkNotice(f *faults, n Notice, named bool) {
	entry(f, n.ID, n.Source, n.Status, nil, nil)
	to := strings.FieldsFunc(n.To, func(r rune) bool { return r == ' ' || r == ',' })
	if len(to) == 0 || slices.ContainsFunc(to, func(one string) bool { return !slices.Contains(recipients, one) }) {
		f.add(n.ID, "to: want some of %v", recipients)
	}
	if !slices.Contains([]string{"", "low", "normal", "high", "realtime"}, n.Priority) {
		f.add(n.ID, "priority: want low, normal, high or realtime")
	}
	for _, act := range n.On {
		if !slices.Contains(Acts, act) {
			f.add(n.ID, "no act %q", act)
		}
	}
	for _, role := range n.Roles {
		if !c.hasRole(role) {
			f.add(n.ID, "no role %q", role)
		}
	}
	if n.Day != "" && !c.hasDay(n.Day) {
		f.add(n.ID, "no day %q in the calendar", n.Day)
	}
	if n.Day != "" && len(n.Roles) == 0 {
		f.add(n.ID, "on a day of the calendar, and to no role")
	}
	// A code is asked for by name, a mailing by an official.
	if !named && !n.Secret && len(n.On) == 0 && len(n.Roles) == 0 {
		f.add(n.ID, "nothing brings it")
	}
}

// checkText holds a notice's texts: their parameters, and how they go over the air
// with the longest.
func (c *Catalogue) checkText(f *faults, n Notice, known Known) {
	first := ParamsOf(n.Text[NoticeLanguages[0]])
	for _, lang := range NoticeLanguages {
		text := n.Text[lang]
		if text == "" {
			f.add(n.ID, "no text in %s", lang)
			continue
		}
		names := ParamsOf(text)
		if !slices.Equal(slices.Sorted(slices.Values(names)), slices.Sorted(slices.Values(first))) {
			f.add(n.ID, "text in %s has other parameters", lang)
		}
		for _, name := range names {
			p, ok := c.params[name]
			if !ok {
				f.add(n.ID, "no parameter %q", name)
			}
			letter := "x"
			if lang == "ru" {
				letter = "я"
			}
			text = strings.ReplaceAll(text, "{"+name+"}", strings.Repeat(letter, p.Longest))
		}
		if known.Text == nil {
			continue
		}
		sent, encoding, parts := known.Text(text)
		most := partsOther
		if lang == "uz-Latn" {
			most = partsUzbek
		}
		if parts > most {
			f.add(n.ID, "text in %s takes %d parts of an SMS: want %d", lang, parts, most)
		}
		if lang != "ru" && (encoding != gsm || sent != text) {
			f.add(n.ID, "text in %s: want signs of the GSM alphabet", lang)
		}
	}
}

// ParamsOf lists the parameters that a text names, each once.
func ParamsOf(text string) []string {
	var out []string
	for {
		_, rest, found := strings.Cut(text, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return out
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
		text = after
	}
}

// strange says what a text holds that its language is not written with; empty:
// nothing. Uzbek has ʻ (U+02BB) in oʻ and gʻ and ʼ (U+02BC) elsewhere.
func strange(lang, text string) string {
	if strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
		return "want no spaces around it, nor two together"
	}
	for i, r := range text {
		latin, cyrillic := unicode.Is(unicode.Latin, r), unicode.Is(unicode.Cyrillic, r)
		switch lang {
		case "uz-Latn":
			if cyrillic {
				return "want no Cyrillic letter"
			}
			if strings.ContainsRune("'`´‘’′", r) {
				return "want ʻ (U+02BB) or ʼ (U+02BC)"
			}
			if before := text[:i]; (r == 'ʻ') != (i > 0 && strings.ContainsAny(before[len(before)-1:], "oOgG")) && (r == 'ʻ' || r == 'ʼ') {
				return "want ʻ (U+02BB) after o and g, ʼ (U+02BC) after others"
			}
		case "uz-Cyrl", "ru":
			if latin {
				return "want no Latin letter"
			}
			if lang == "ru" && strings.ContainsRune("ўқғҳЎҚҒҲ", r) {
				return "want no Uzbek letter"
			}
			if lang == "uz-Cyrl" && strings.ContainsRune("щыЩЫ'ʻʼ’‘`", r) {
				return "want Uzbek Cyrillic letters, ъ for the apostrophe"
			}
		case "en":
			if cyrillic {
				return "want no Cyrillic letter"
			}
		}
	}
	return ""
}

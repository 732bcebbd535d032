package templates

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saylovhub/hub/renderer/photo"
	"github.com/saylovhub/hub/renderer/qr"
)

// words is a document's wording where it differs by language: key, language,
// text. A document in one language has its wording in template.html.
type words map[string]map[string]string

func parseWords(raw []byte) (words, error) {
	w := words{}
	if len(raw) == 0 {
		return w, nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&w); err != nil {
		return nil, fmt.Errorf("words.yaml: %w", err)
	}
	return w, nil
}

// missing lists the keys without a text in one of the languages, and texts in
// languages that the document is not printed in.
func (w words) missing(languages []string) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(w)) {
		for _, l := range languages {
			if w[key][l] == "" {
				errs = append(errs, fmt.Errorf("words.yaml: %s: no text in %s", key, l))
			}
		}
		for _, l := range slices.Sorted(maps.Keys(w[key])) {
			if !slices.Contains(languages, l) {
				errs = append(errs, fmt.Errorf("words.yaml: %s: %s is no language of the document", key, l))
			}
		}
	}
	return errors.Join(errs...)
}

// spoken matches a page's call for a text.
var spoken = regexp.MustCompile(`\bsay "([^"]*)"`)

// unsaid lists the texts that a page asks for and that are not there.
func (w words) unsaid(page string) error {
	var errs []error
	for _, at := range spoken.FindAllStringSubmatchIndex(page, -1) {
		if key := page[at[2]:at[3]]; w[key] == nil {
			errs = append(errs, fmt.Errorf("template.html:%d: no %s in words.yaml", 1+strings.Count(page[:at[0]], "\n"), key))
		}
	}
	return errors.Join(errs...)
}

// undrawn stand for what takes long to draw where nothing is printed.
var undrawn = template.FuncMap{
	"qr":    func(string) template.HTML { return "" },
	"photo": func(string, float64, float64) template.URL { return "" },
}

// functions of a template in one language; the table in the README of this
// folder says what each gives.
func functions(lang string, w words) template.FuncMap {
	c := calendarOf(lang)
	return template.FuncMap{
		"say": func(key string) (string, error) {
			if text, ok := w[key][lang]; ok {
				return text, nil
			}
			return "", fmt.Errorf("words.yaml: no %s in %s", key, lang)
		},
		"language": func() string { return lang },
		"ablative": ablative, "capitals": capitals, "dative": dative, "fullname": fullName,
		"genitive": genitive, "initials": initials, "locative": locative, "size": size,
		"date": c.date, "until": c.until, "dated": c.dated, "moment": moment,
		"short": short, "clock": clock, "count": count, "percent": percent,
		"inc": func(n int) int { return n + 1 },
		"qr": func(text string) (template.HTML, error) {
			svg, err := qr.SVG(text)
			return template.HTML(svg), err //nolint:gosec // our own markup: numbers only
		},
		"photo": func(raw string, widthMM, heightMM float64) (template.URL, error) {
			uri, err := photo.URI(raw, widthMM, heightMM)
			return template.URL(uri), err //nolint:gosec // our own picture, encoded anew
		},
	}
}

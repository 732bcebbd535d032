package templates

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// The languages that documents may be in, by BCP 47.
const (
	UzLatin    = "uz-Latn"
	UzCyrillic = "uz-Cyrl"
	Karakalpak = "kaa-Latn"
	Russian    = "ru"
	English    = "en"
)

// titled are the languages in which every document has a title: what a check
// page calls it.
var titled = []string{UzLatin, UzCyrillic, Russian, English}

// Validity says what a document prints about its term, and where the signed code
// takes its last day from.
type Validity string

// The validities there are.
const (
	Endless   Validity = "none"    // no term
	UntilDay  Validity = "until"   // through the day in the field valid_until
	UntilEnd  Validity = "results" // until the results are officially announced; no day is known when it is issued
	UntilTerm Validity = "term"    // as long as the person holds the post
)

// Archive is the archival form that a document's file is prepared for.
type Archive string

// The archival forms.
const (
	NotArchival Archive = ""
	Archive2B   Archive = "2b" // PDF/A-2b
	Archive3B   Archive = "3b" // PDF/A-3b, which may carry files
)

// NotIssued is the kind of what is printed for people to work with and is no
// document: it gets no number, no code and no seal.
const NotIssued = "D0"

// Manifest is what a folder's manifest.yaml says.
type Manifest struct {
	Kind        string            `yaml:"kind"`        // document kind of the catalogue: D2, D4, D9; D0: see NotIssued
	Titles      map[string]string `yaml:"titles"`      // by language, of the PDF and of the check page
	Languages   []string          `yaml:"languages"`   // in which it can be printed, the usual one first
	WidthMM     float64           `yaml:"width_mm"`    // of the paper
	HeightMM    float64           `yaml:"height_mm"`   // of the paper
	Pages       int               `yaml:"pages"`       // the most it may have; 0: any number
	Series      bool              `yaml:"series"`      // carries a number of its commission's series of that kind
	Signatories []string          `yaml:"signatories"` // who signs on paper: chair, secretary, members, receiver; empty: nobody
	Validity    Validity          `yaml:"validity"`
	Tagged      bool              `yaml:"tagged"` // with a structure tree, for screen readers
	Archive     Archive           `yaml:"archive"`
	Attach      bool              `yaml:"attach"` // carries its data as data.json
}

func parseManifest(raw []byte) (Manifest, error) {
	var m Manifest
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil {
		return m, fmt.Errorf("manifest.yaml: %w", err)
	}
	return m, m.validate()
}

func (m Manifest) validate() error {
	var errs []error
	want := func(ok bool, what string) {
		if !ok {
			errs = append(errs, errors.New("manifest.yaml: "+what))
		}
	}
	for _, l := range titled {
		want(m.Titles[l] != "", "titles: want one in "+l)
	}
	for l := range m.Titles {
		want(slices.Contains(titled, l) || slices.Contains(m.Languages, l), "titles: "+l+" is no language of the document")
	}
	want(len(m.Languages) > 0, "languages: want at least one")
	for _, l := range m.Languages {
		want(slices.Contains([]string{UzLatin, UzCyrillic, Karakalpak, Russian, English}, l), "languages: want uz-Latn, uz-Cyrl, kaa-Latn, ru or en")
		want(m.Titles[l] != "", "titles: want one in "+l)
	}
	want(len(m.Kind) > 1 && m.Kind[0] == 'D', "kind: want D and a number")
	want(m.WidthMM >= 20 && m.WidthMM <= 420, "width_mm: want 20 to 420")
	want(m.HeightMM >= 20 && m.HeightMM <= 420, "height_mm: want 20 to 420")
	want(m.Pages >= 0, "pages: want 0 (any number) or more")
	for _, s := range m.Signatories {
		want(slices.Contains([]string{"chair", "secretary", "members", "receiver"}, s), "signatories: want chair, secretary, members or receiver")
	}
	want(slices.Contains([]Validity{Endless, UntilDay, UntilEnd, UntilTerm}, m.Validity), "validity: want none, until, results or term")
	want(slices.Contains([]Archive{NotArchival, Archive2B, Archive3B}, m.Archive), "archive: want 2b, 3b or nothing")
	want(!m.Attach || m.Archive != Archive2B, "attach: only an archive of 3b may carry files")
	return errors.Join(errs...)
}

package demo

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/oneid"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/mocks/sms"
)

//go:embed scenario
var scenario embed.FS

// folder of the applications and the files they attach.
const folder = "scenario/applications/"

// ElectionDay is the first Sunday at least 50 days after now.
func ElectionDay(now time.Time) civil.Date {
	d := civil.Of(now).AddDays(50)
	for d.Start().Weekday() != time.Sunday {
		d = d.AddDays(1)
	}
	return d
}

// Configure lays the demo's configuration over cfg.
func Configure(cfg *config.Config) error {
	raw, err := scenario.ReadFile("scenario/hub.yaml")
	if err != nil {
		return err
	}
	return config.Decode(raw, cfg)
}

// UseMocks points a configuration at the mock systems, with their credentials.
func UseMocks(cfg *config.Config, m client.Mocks) {
	cfg.Portal.TokenURL, cfg.Portal.GatewayURL = m.Portal, m.Portal
	cfg.Portal.ConsumerKey.Secret, cfg.Portal.ConsumerSecret.Secret = portal.ConsumerKey, portal.ConsumerSecret
	cfg.Portal.Username, cfg.Portal.Password.Secret = portal.Username, portal.Password
	cfg.Portal.OrganisationID = portal.Organisation
	cfg.EDS.URL, cfg.EDS.Host = m.EDS, "e-saylov.example"
	if m.OneID != "" {
		o := &cfg.OneID
		o.URL, o.ClientID, o.ClientSecret.Secret, o.RedirectURL = m.OneID+oneid.Path, oneid.ClientID, oneid.ClientSecret, "https://e-saylov.example/oneid"
	}
	if m.Eskiz != "" {
		e := &cfg.SMS.Eskiz
		e.URL, e.Email, e.Password.Secret, e.From = m.Eskiz, eskiz.Email, eskiz.Password, eskiz.From
	}
	pm := &cfg.SMS.Playmobile
	pm.URL, pm.Login, pm.Password.Secret, pm.Originator, pm.Deduplicates = m.SMS, sms.Login, sms.Password, sms.Originator, true
}

// UseProbe lets the portal be probed about the person of a story.
func UseProbe(ctx context.Context, cfg *config.Config, m client.Mocks, story string) error {
	who, err := m.Person(ctx, story)
	if err != nil {
		return err
	}
	by, err := m.Person(ctx, "secretary-tec")
	if err != nil {
		return err
	}
	p := &cfg.Portal.Probe
	p.PINFL.Secret, p.Passport.Secret = personal.Secret(who.PINFL), personal.Secret(who.Document)
	p.BirthDate.Secret, p.Official.Secret = personal.Secret(who.BirthDate.String()), personal.Secret(by.PINFL)
	return nil
}

// Addresses are where running mocks listen.
func Addresses(s *mocks.Systems) client.Mocks {
	return client.Mocks{Portal: s.Portal.URL(), EDS: s.EDS.URL(), SMS: s.SMS.URL(), OneID: s.OneID.URL(), Eskiz: s.Eskiz.URL()}
}

// Filler fills a scenario's stories and dates in.
type Filler struct {
	Mocks client.Mocks
	Day   civil.Date
	known map[string]client.Person
}

// Directory returns the demo's directory as it is imported.
func (f *Filler) Directory(ctx context.Context) (json.RawMessage, error) {
	return f.fill(ctx, "directory.json")
}

// Applications returns the names of the demo's applications, in their order.
func Applications() ([]string, error) {
	names, err := fs.Glob(scenario, folder+"*.json")
	for i := range names {
		names[i] = path.Base(names[i])
	}
	return names, err
}

// Application returns one application as it is signed, and its attachments.
func (f *Filler) Application(ctx context.Context, name string) (json.RawMessage, []client.File, error) {
	doc, err := f.fill(ctx, "applications/"+name)
	if err != nil {
		return nil, nil, err
	}
	files, err := Attachments(doc, func(name string) ([]byte, error) { return scenario.ReadFile(folder + name) })
	return doc, files, err
}

// Attachments reads the files that an application lists.
func Attachments(document []byte, read func(name string) ([]byte, error)) ([]client.File, error) {
	var list struct {
		Attachments []struct{ Name string }
	}
	if err := json.Unmarshal(document, &list); err != nil {
		return nil, fmt.Errorf("reading an application: %w", err)
	}
	var files []client.File
	for _, a := range list.Attachments {
		content, err := read(a.Name)
		if err != nil {
			return nil, fmt.Errorf("reading an attachment: %w", err)
		}
		files = append(files, client.File{Name: a.Name, Content: content})
	}
	return files, nil
}

func (f *Filler) fill(ctx context.Context, name string) (json.RawMessage, error) {
	raw, err := scenario.ReadFile("scenario/" + name)
	if err != nil {
		return nil, err
	}
	return f.Fill(ctx, raw)
}

// Fill replaces "story:NAME.FIELD", "E", "E-10" and "sha256:FILE" in JSON.
func (f *Filler) Fill(ctx context.Context, raw []byte) (json.RawMessage, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("reading a scenario: %w", err)
	}
	v, err := f.walk(ctx, v)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(v, "", "  ")
}

func (f *Filler) walk(ctx context.Context, v any) (any, error) {
	var err error
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			if x[k], err = f.walk(ctx, x[k]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range x {
			if x[i], err = f.walk(ctx, x[i]); err != nil {
				return nil, err
			}
		}
	case string:
		return f.text(ctx, x)
	}
	return v, nil
}

func (f *Filler) text(ctx context.Context, s string) (string, error) {
	switch {
	case strings.HasPrefix(s, "story:"):
		story, field, _ := strings.Cut(strings.TrimPrefix(s, "story:"), ".")
		return f.story(ctx, story, field)
	case strings.HasPrefix(s, "sha256:"):
		content, err := scenario.ReadFile(folder + strings.TrimPrefix(s, "sha256:"))
		if err != nil {
			return "", err
		}
		sum := sha256.Sum256(content)
		return hex.EncodeToString(sum[:]), nil
	case s == "E":
		return f.Day.String(), nil
	case strings.HasPrefix(s, "E-"), strings.HasPrefix(s, "E+"):
		n, err := strconv.Atoi(s[1:])
		if err != nil {
			return s, nil //nolint:nilerr // an ordinary text that begins with E-
		}
		return f.Day.AddDays(n).String(), nil
	}
	return s, nil
}

func (f *Filler) story(ctx context.Context, story, field string) (string, error) {
	p, ok := f.known[story]
	if !ok {
		var err error
		if p, err = f.Mocks.Person(ctx, story); err != nil {
			return "", fmt.Errorf("looking for the person of story %q: %w", story, err)
		}
		if f.known == nil {
			f.known = map[string]client.Person{}
		}
		f.known[story] = p
	}
	switch field {
	case "pinfl":
		return p.PINFL, nil
	case "passport":
		return p.Document, nil
	case "birth_date":
		return p.BirthDate.String(), nil
	case "phone":
		return p.Phone, nil
	case "surname":
		return p.Surname, nil
	case "given_name":
		return p.GivenName, nil
	case "patronymic":
		return p.Patronymic, nil
	case "organisation_tin":
		return p.TIN, nil
	}
	return "", fmt.Errorf("story %q: no field %q", story, field)
}

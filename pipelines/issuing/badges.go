package issuing

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// badges are what people wear.
var badges = map[string]builder{
	"observer-party":   partyObserver,
	"observer-mahalla": mahallaObserver,
	"observer-foreign": foreignObserver,
	"representative":   representative,
	"proxy":            proxy,
	"media":            media,
	"member":           memberOf,
}

// withPhoto adds the register's photo, where it gave one.
func (f facts) withPhoto(m map[string]any) map[string]any {
	if f.photo != nil && len(f.photo.Bytes) > 0 {
		m["photo"] = base64.StdEncoding.EncodeToString(f.photo.Bytes)
	}
	return m
}

// observer is what the mandates of parties' and mahallas' observers have in common.
func observer(f facts, d dossier.Document) map[string]any {
	m := f.bearer(d)
	m["election"], m["territory"], m["issued"] = f.election.Line, f.territory, civil.Of(d.ReservedAt).String()
	return m
}

func partyObserver(f facts, d dossier.Document) (map[string]any, error) {
	m := observer(f, d)
	m["party"] = f.applicant.Title
	until := f.day("results-last-day")
	if until.IsZero() {
		return nil, fmt.Errorf("the calendar of election %s has no day until which mandates hold", f.election.ID)
	}
	m["valid_until"] = until.String()
	return m, nil
}

func mahallaObserver(f facts, d dossier.Document) (map[string]any, error) {
	m := observer(f, d)
	m["mahalla"] = f.applicant.Title
	return m, nil
}

// foreignObserver names who sends the observer: an organisation, else the state.
func foreignObserver(f facts, d dossier.Document) (map[string]any, error) {
	m := f.withPhoto(f.bearer(d))
	m["election_day"] = f.election.Day.String()
	sent := dossier.Foreigner{}
	if f.subject.Foreigner != nil {
		sent = *f.subject.Foreigner
	}
	if by := cmp.Or(sent.Organisation, f.form.Organisation); by != "" {
		m["sender"] = by
		return m, nil
	}
	uz, en, ok := country(sent.State)
	if !ok {
		return nil, fmt.Errorf("subject %s: neither organisation nor state sends the observer", f.subject.Ref)
	}
	m["sender"], m["sender_en"] = uz, en
	return m, nil
}

// renamed are states that the library knows by an earlier name.
var renamed = map[string]string{"TR": "Türkiye", "MK": "North Macedonia", "SZ": "Eswatini"}

// country names a state, ISO 3166-1, in Uzbek and English.
func country(code string) (uz, en string, ok bool) {
	r, err := language.ParseRegion(code)
	if err != nil || !r.IsCountry() {
		return "", "", false
	}
	uz, en = display.Regions(language.Uzbek).Name(r), display.Regions(language.English).Name(r)
	if own, ok := renamed[code]; ok {
		en = own
	}
	return cmp.Or(uz, en), en, en != ""
}

func representative(f facts, d dossier.Document) (map[string]any, error) {
	if f.partyCode == "" {
		return nil, fmt.Errorf("the directory gives party %s no code", f.applicant.ID)
	}
	m := f.withPhoto(f.bearer(d))
	m["party"], m["party_code"], m["chair"] = f.applicant.Title, strings.ToLower(f.partyCode), f.chair()
	return m, nil
}

// proxy names the candidate, who is the applicant.
func proxy(f facts, d dossier.Document) (map[string]any, error) {
	if f.applicant.Held.ID == "" {
		return nil, fmt.Errorf("a proxy's certificate needs a candidate who applies")
	}
	m := f.withPhoto(f.bearer(d))
	m["election_day"] = f.election.Day.String()
	m["candidate"] = f.name(dossier.Subject{ID: f.applicant.Held.ID, Ref: f.applicant.Title})
	f.stand(m)
	return m, nil
}

func media(f facts, d dossier.Document) (map[string]any, error) {
	m := f.withPhoto(f.bearer(d))
	outlet := f.form.Organisation
	if f.subject.Foreigner != nil {
		outlet = cmp.Or(f.subject.Foreigner.Organisation, outlet)
	}
	post := f.subject.Post
	if post == "" && f.subject.Foreigner != nil {
		post = f.subject.Foreigner.Post
	}
	m["election_day"], m["outlet"], m["post"] = f.election.Day.String(), cmp.Or(outlet, f.applicant.Title), cmp.Or(post, "OAV vakili")
	return m, nil
}

func memberOf(f facts, d dossier.Document) (map[string]any, error) {
	m := f.withPhoto(f.bearer(d))
	m["body"], m["post"], m["since"], m["chair"] = cmp.Or(f.body, f.commission.Title), postTitle(f.subject.Post), f.dec.Date.String(), f.chair()
	return m, nil
}

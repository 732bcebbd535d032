package dossier

import (
	"cmp"
	"slices"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
)

// Kinds of vote (Constitution, Election Code): what an election is and which
// ballots it holds.
var Kinds = []string{"PRES", "LC-SMD", "LC-PR", "JK", "REG", "DIST", "REF", "VAC"}

// Levels of commissions, from the top.
var Levels = []string{"CEC", "KKCEC", "TEC", "DEC", "OKRUG"}

// OrganisationRoles are the bodies of the Regulation's closed list of users that
// are no commissions; foreign media and observers come through the MFA.
var OrganisationRoles = []string{"PARTY", "JK", "RKENG", "DKENG", "KKCM", "RHOK", "DHOK", "MFA", "MEDIA", "FMEDIA", "FOBS", "MAH"}

// Election is one election day as a record; several kinds of vote may be held on
// it, each a ballot.
type Election struct {
	ID        string                `json:"id"`
	Kind      string                `json:"kind"`    // PRES, LC-SMD, LC-PR, JK, REG, DIST, REF, VAC
	Ballots   []string              `json:"ballots"` // kinds of vote held; empty: Kind alone
	Round     int                   `json:"round"`   // 0 and 1: first
	First     string                `json:"first"`   // second rounds: the first one's id
	Title     map[string]string     `json:"title"`
	Line      string                `json:"line"`      // as mandates name it, nominative
	Territory string                `json:"territory"` // SOATO; empty: the country
	Day       civil.Date            `json:"day"`
	Calendar  map[string]civil.Date `json:"calendar"` // days of its own; the catalogue counts the others from Day
}

// Holds reports whether a kind of vote is held.
func (e Election) Holds(ballot string) bool {
	if len(e.Ballots) == 0 {
		return e.Kind == ballot
	}
	return slices.Contains(e.Ballots, ballot)
}

// Roles is where the roles of an election are kept: a second round goes on with
// the first one's.
func (e Election) Roles() string { return cmp.Or(e.First, e.ID) }

// Territory is a unit of the country, by SOATO: 17 the country, four digits a
// region, seven a district or city, ten a settlement.
type Territory struct {
	SOATO  string            `json:"soato"`
	Parent string            `json:"parent"`
	Kind   string            `json:"kind"` // country, region, district, city, settlement
	Name   map[string]string `json:"name"` // uz-Latn, uz-Cyrl, ru
}

// Precinct is a polling station with its commission.
type Precinct struct {
	ID         string `json:"id"`
	Election   string `json:"election"` // empty: of every one
	Number     int    `json:"number"`
	Commission string `json:"commission"` // that it is under
	Territory  string `json:"territory"`
	Name       string `json:"name"`
	Address    string `json:"address"`
	Country    string `json:"country"` // abroad: ISO 3166-1, two letters
	Voters     int    `json:"voters"`
}

// Commission is one election commission.
type Commission struct {
	ID        string `json:"id"`
	Level     string `json:"level"` // CEC, KKCEC, TEC, DEC, OKRUG
	Title     string `json:"title"` // Uzbek, Latin script
	Short     string `json:"short"` // for SMS, ASCII apostrophes
	Parent    string `json:"parent"`
	Territory string `json:"territory"` // SOATO
}

// Posts of officials in a commission.
const (
	Chair     = "chair"
	Deputy    = "deputy"
	Secretary = "secretary"
	Ordinary  = "member"
)

// Posts lists the posts of officials.
var Posts = []string{Chair, Deputy, Secretary, Ordinary}

// Official is a member of a commission with a post.
type Official struct {
	ID         string         `json:"id"`
	Commission string         `json:"commission"`
	Post       string         `json:"post"`
	Surname    string         `json:"surname"`
	Given      string         `json:"given"`
	Patronymic string         `json:"patronymic"`
	PINFL      personal.PINFL `json:"pinfl"`
	Phone      personal.Phone `json:"phone"`
	From       civil.Date     `json:"from"`  // first day of the term; zero: open
	Until      civil.Date     `json:"until"` // last day of the term; zero: open
}

// InOffice reports whether a day lies in the official's term.
func (o Official) InOffice(day civil.Date) bool {
	return (o.From.IsZero() || o.From.Compare(day) <= 0) && (o.Until.IsZero() || o.Until.Compare(day) >= 0)
}

// InOffice returns those of a commission's officials who may act on a day.
func InOffice(list []Official, day civil.Date) []Official {
	return slices.DeleteFunc(slices.Clone(list), func(o Official) bool { return !o.InOffice(day) })
}

// Together reports whether two terms have a day in common.
func (o Official) Together(other Official) bool {
	return (o.Until.IsZero() || other.From.IsZero() || other.From.Compare(o.Until) <= 0) &&
		(other.Until.IsZero() || o.From.IsZero() || o.From.Compare(other.Until) <= 0)
}

// Organisation is a party or another body that submits applications.
type Organisation struct {
	ID    string         `json:"id"`
	Role  string         `json:"role"` // PARTY, ...
	Title string         `json:"title"`
	TIN   string         `json:"tin"`
	Head  personal.PINFL `json:"head_pinfl"`
	Phone personal.Phone `json:"phone"`

	Code       string     `json:"code"`       // parties: OLDP, MTDP, OEP, OXDP, ASDP
	Parent     string     `json:"parent"`     // branches: the party's id
	Territory  string     `json:"territory"`  // SOATO; empty: the country
	Registered civil.Date `json:"registered"` // by the Ministry of Justice
}

// Constituency is where a candidate stands.
type Constituency struct {
	ID         string `json:"id"`
	Election   string `json:"election"`
	Commission string `json:"commission"`
	Ballot     string `json:"ballot"`    // empty: the election's kind
	Territory  string `json:"territory"` // SOATO
	Number     int    `json:"number"`
	Name       string `json:"name"`
	Council    string `json:"council"`       // of certificates
	CouncilSMS string `json:"council_short"` // of SMS, ASCII apostrophes
}

// Directory is what hub directory import brings in, whole or in part. A list that
// is nil is not there, one that is empty is.
type Directory struct {
	Territories    []Territory    `json:"territories"`
	Elections      []Election     `json:"elections"`
	Commissions    []Commission   `json:"commissions"`
	Officials      []Official     `json:"officials"`
	Organisations  []Organisation `json:"organisations"`
	Constituencies []Constituency `json:"constituencies"`
	Precincts      []Precinct     `json:"precincts"`
}

// The lists of a directory, in the order in which one refers to those before it.
const (
	Territories    = "territories"
	Elections      = "elections"
	Commissions    = "commissions"
	Officials      = "officials"
	Organisations  = "organisations"
	Constituencies = "constituencies"
	Precincts      = "precincts"
)

// Lists names the lists of a directory.
var Lists = []string{Territories, Elections, Commissions, Officials, Organisations, Constituencies, Precincts}

// Len is the number of records.
func (d Directory) Len() int {
	return len(d.Territories) + len(d.Elections) + len(d.Commissions) + len(d.Officials) + len(d.Organisations) + len(d.Constituencies) + len(d.Precincts)
}

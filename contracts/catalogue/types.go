package catalogue

import (
	"maps"

	"github.com/saylovhub/hub/contracts/register"
)

// Status says how certain an entry is.
type Status string

// The statuses.
const (
	Observed Status = "observed" // read in a source
	Assumed  Status = "assumed"  // derived or designed here
	Old      Status = "old"      // read in an edition of the Code before December 2023
)

// Languages of titles; notices and reasons have no Cyrillic.
var (
	TitleLanguages  = []string{"uz-Latn", "uz-Cyrl", "ru", "en"}
	NoticeLanguages = []string{"uz-Latn", "ru", "en"}
)

// Signing says how an application is signed.
type Signing string

// The ways of signing (Regulation 1352, §7 and §9).
const (
	EDS Signing = "eds" // the organisation's head
	SMS Signing = "sms" // a code to the phone of a candidate or proxy
)

// Effect is what an executed outcome does to a subject.
type Effect string

// The effects.
const (
	None     Effect = ""         // nothing
	Take     Effect = "take"     // the subject takes the type's role
	End      Effect = "end"      // the subject's role ends; its documents are revoked
	EndList  Effect = "end-list" // all candidates of the applicant's list lose theirs
	Reissue  Effect = "reissue"  // the subject's document is issued again, the old one replaced
	Succeed  Effect = "succeed"  // a candidate becomes a deputy
	Admitted Effect = "admit"    // the applicant takes part in the ballot
)

// Outcome is what a commission decides about one subject, or about an
// application that names none.
type Outcome string

// The outcomes that code knows by name; a type may have others.
const (
	Register Outcome = "register"
	Refuse   Outcome = "refuse"
)

// Type is one kind of application.
type Type struct {
	ID            string              `yaml:"id"       json:"id"`
	Number        int                 `yaml:"number"   json:"number"`
	Kind          string              `yaml:"kind"     json:"kind"` // ariza, taqdimnoma or tavsiyanoma
	Title         map[string]string   `yaml:"title"    json:"title"`
	Source        string              `yaml:"source"   json:"source"` // where it is named
	Status        Status              `yaml:"status"   json:"status"`
	Articles      []int               `yaml:"articles" json:"articles"` // of the Election Code, cited in decisions
	Route         Route               `yaml:"route"    json:"route"`
	Ballots       []string            `yaml:"ballots"  json:"ballots"` // kinds of vote it belongs to; empty: every one
	Rounds        []int               `yaml:"rounds"   json:"rounds"`  // empty: the first only
	Form          string              `yaml:"form"     json:"form"`
	Signing       Signing             `yaml:"signing"  json:"signing"`
	HolderSigning Signing             `yaml:"holder_signing" json:"holder_signing,omitempty"` // of candidates and proxies, where it differs
	Subjects      Subjects            `yaml:"subjects" json:"subjects"`
	Checks        []register.ID       `yaml:"checks"   json:"checks"`
	Rules         []string            `yaml:"rules"    json:"rules"` // over each subject
	Whole         []string            `yaml:"whole"    json:"whole"` // over the application
	Leaving       *Leaving            `yaml:"leaving"  json:"leaving,omitempty"`
	Purpose       string              `yaml:"purpose"  json:"purpose"` // told to the registers
	Window        Window              `yaml:"window"   json:"window"`
	Term          int                 `yaml:"term"     json:"term"`    // days to decide; 0: none
	Correct       int                 `yaml:"correct"  json:"correct"` // days to correct what is returned
	Priority      int                 `yaml:"priority" json:"priority"`
	OnSubmit      []string            `yaml:"on_submit"   json:"on_submit"` // notices
	Decision      Decided             `yaml:"on_decision" json:"on_decision"`
	Outcomes      map[Outcome]Follows `yaml:"outcomes"    json:"outcomes"`
}

// SignedBy says how an applicant of a kind signs: candidates and proxies may sign
// otherwise than organisations.
func (t Type) SignedBy(kind string) Signing {
	if t.HolderSigning != "" && (kind == "CAND" || kind == "PROXY") {
		return t.HolderSigning
	}
	return t.Signing
}

// Filled is the type with what it leaves out: as it goes to others, an empty list
// is a list, and rounds are named.
func (t Type) Filled() Type {
	lists(&t.Articles)
	lists(&t.Ballots)
	lists(&t.Checks)
	lists(&t.Rules)
	lists(&t.Whole)
	lists(&t.OnSubmit)
	lists(&t.Decision.Notices)
	if len(t.Rounds) == 0 {
		t.Rounds = []int{1}
	}
	t.Outcomes = maps.Clone(t.Outcomes)
	for o, f := range t.Outcomes {
		lists(&f.Notices)
		t.Outcomes[o] = f
	}
	return t
}

func lists[T any](l *[]T) {
	if *l == nil {
		*l = []T{}
	}
}

// Route says who may address which level of commission (Regulation 1352, §6).
type Route struct {
	From []string `yaml:"from" json:"from"` // roles of organisations; CAND, PROXY
	To   []string `yaml:"to"   json:"to"`   // levels of commissions
}

// Way is one pair of the address matrix: who may address which level of commission.
type Way struct {
	From    string   `yaml:"from"    json:"from"`
	To      string   `yaml:"to"      json:"to"`
	Ballots []string `yaml:"ballots" json:"ballots"` // candidates and proxies: of which kinds of vote; empty: every one
	Source  string   `yaml:"source"  json:"source"`
	Status  Status   `yaml:"status"  json:"status"`
}

// Param is a parameter that texts of notices may name.
type Param struct {
	ID      string `yaml:"id"      json:"id"`
	Longest int    `yaml:"longest" json:"longest"` // signs; Fit cuts what is longer
	Means   string `yaml:"means"   json:"means"`
}

// Subjects says how many persons an application names, and as what.
type Subjects struct {
	Role      string `yaml:"role"      json:"role"`
	Min       int    `yaml:"min"       json:"min"`
	Max       int    `yaml:"max"       json:"max"`
	Foreign   bool   `yaml:"foreign"   json:"foreign"`   // may be persons no register knows
	Photo     bool   `yaml:"photo"     json:"photo"`     // the document shows the register's photo
	Applicant bool   `yaml:"applicant" json:"applicant"` // the one subject is the applicant
}

// Leaving says what holds for subjects whose role is to end while others come.
type Leaving struct {
	Checks  []register.ID `yaml:"checks"  json:"checks"`
	Rules   []string      `yaml:"rules"   json:"rules"`
	Notices []string      `yaml:"notices" json:"notices"`
}

// Window is when a type may be handed in: names of calendar days, first and
// last; empty: open on that side.
type Window struct {
	From  string `yaml:"from"  json:"from"`
	Until string `yaml:"until" json:"until"`
}

// Follows is what an outcome brings.
type Follows struct {
	Title    map[string]string `yaml:"title"    json:"title"`
	Refuses  bool              `yaml:"refuses"  json:"refuses"` // needs a reason; else the subject must be eligible
	Effect   Effect            `yaml:"effect"   json:"effect"`
	Document string            `yaml:"document" json:"document"` // a template's name; empty: none
	Notices  []string          `yaml:"notices"  json:"notices"`
}

// Decided is what an executed decision brings, and how its copy is worded (in
// Uzbek, the language of decisions).
type Decided struct {
	Document string             `yaml:"document" json:"document"` // template of the copy; empty: no copy
	Notices  []string           `yaml:"notices"  json:"notices"`  // to the applicant
	Title    string             `yaml:"title"    json:"title"`
	Preamble string             `yaml:"preamble" json:"preamble"`
	Annex    string             `yaml:"annex"    json:"annex"`
	Group    string             `yaml:"group"    json:"group"`  // heading of the column that says where a person comes from
	Points   map[Outcome]string `yaml:"points"   json:"points"` // the point about those of an outcome; {order} lists them
	Gives    string             `yaml:"gives"    json:"gives"`  // the point about their documents; empty: none
}

// Role is one role that a person may hold in an election.
type Role struct {
	ID    string            `yaml:"id"    json:"id"`
	Title map[string]string `yaml:"title" json:"title"`
	// Slots sets roles apart that one person may hold at once, by the kind of vote;
	// what it does not name is in the slot "one".
	Slots map[string]string `yaml:"slots" json:"slots"`
}

// Pair is two slots that one person may hold at once.
type Pair struct {
	Slots  [2]string `yaml:"slots"  json:"slots"`
	Source string    `yaml:"source" json:"source"`
	Status Status    `yaml:"status" json:"status"`
}

// Roles are the roles and which of them go together.
type Roles struct {
	Roles    []Role `yaml:"roles"    json:"roles"`
	Together []Pair `yaml:"together" json:"together"`
}

// Day is one day of the calendar, counted from election day.
type Day struct {
	ID     string            `yaml:"id"     json:"id"`
	Title  map[string]string `yaml:"title"  json:"title"`
	Offset int               `yaml:"offset" json:"offset"` // days from election day; negative: before
	Source string            `yaml:"source" json:"source"`
	Status Status            `yaml:"status" json:"status"`
}

// Notice is one kind of SMS.
type Notice struct {
	ID       string            `yaml:"id"       json:"id"`
	Number   int               `yaml:"number"   json:"number"`
	On       []string          `yaml:"on"       json:"on"`       // acts that bring it for every type, see Acts
	Day      string            `yaml:"day"      json:"day"`      // of the calendar on which it goes to Roles
	Shift    int               `yaml:"shift"    json:"shift"`    // days after Day
	Roles    []string          `yaml:"roles"    json:"roles"`    // a mailing's: who gets it
	To       string            `yaml:"to"       json:"to"`       // one or more of subject, applicant, chair, secretary, deputies
	Priority string            `yaml:"priority" json:"priority"` // low, normal, high, realtime; empty: normal
	Anytime  bool              `yaml:"anytime"  json:"anytime"`  // quiet hours do not hold for it
	Secret   bool              `yaml:"secret"   json:"secret"`   // the text holds a code: kept no longer than it serves
	Source   string            `yaml:"source"   json:"source"`
	Status   Status            `yaml:"status"   json:"status"`
	Text     map[string]string `yaml:"text"     json:"text"`
}

// Reason is one public reason of a refusal.
type Reason struct {
	Code   string `yaml:"code"    json:"code"`
	UzL    string `yaml:"uz-Latn" json:"uz-Latn"`
	Ru     string `yaml:"ru"      json:"ru"`
	En     string `yaml:"en"      json:"en"`
	Closed bool   `yaml:"closed"  json:"closed"` // never with details outside the commission's view
	Source string `yaml:"source"  json:"source"`
	Status Status `yaml:"status"  json:"status"`
}

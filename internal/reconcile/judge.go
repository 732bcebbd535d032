package reconcile

import (
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// ends are the states in which a thing has ended, by kind.
var ends = map[Kind]map[string]string{
	Applications: {
		string(dossier.Executed):         "executed",
		string(dossier.SignatureRefused): "signature refused",
		string(dossier.Superseded):       "handed in anew: the new one goes on",
		string(dossier.Withdrawn):        "withdrawn by the applicant",
		string(dossier.Lapsed):           "lapsed: returned and not corrected in time",
	},
	Persons: {
		"assessed":                       "assessed",
		string(dossier.SignatureRefused): "not checked: the application's signature was refused",
		string(dossier.Superseded):       "not checked: the application was handed in anew",
		string(dossier.Withdrawn):        "not checked: the application was withdrawn",
		string(dossier.Lapsed):           "not checked: the application lapsed",
	},
	Checks: {
		string(dossier.Answered): "answered",
		string(dossier.Skipped):  "skipped: the person was not identified",
		"dropped":                "dropped: the application is not decided any more",
	},
	Decisions: {
		"executed":                       "executed",
		string(dossier.DecisionRefused):  "signature refused",
		string(dossier.DecisionConflict): "put back: it would conflict with another",
	},
	Documents: {
		string(dossier.Issued):   "issued",
		string(dossier.Annulled): "annulled",
		string(dossier.Revoked):  "revoked",
		string(dossier.Replaced): "replaced",
	},
	Notices: {
		"sent":                                "sent",
		"sent_" + string(dossier.Absent):      "sent, later not known to the provider",
		"sent_" + string(dossier.InFlight):    "sent, on its way",
		"sent_" + string(dossier.Unknown):     "sent, nothing final was heard",
		"sent_" + string(dossier.Delivered):   "delivered",
		"sent_" + string(dossier.Undelivered): "undelivered",
		string(dossier.NoticeExpired):         "expired before it was sent",
	},
}

// follow are the states in which a thing goes on as another one of the ledger
// does, which is judged there.
var follow = map[Kind]map[string]string{
	Persons: {string(dossier.Submitted): "its application is being verified"},
}

// people are the states in which a thing waits for somebody outside. What was
// returned does so only while a job watches over the day.
var people = map[Kind]map[string]string{
	Applications: {
		string(dossier.DossierReady): "ready: the commission decides",
		string(dossier.Returned):     "returned: the applicant corrects it",
	},
	Persons: {string(dossier.Returned): "its application was returned"},
}

// standing is the one judgement of where a thing stands.
func standing(k Kind, g Group) Stands {
	if _, ok := ends[k][g.State]; ok {
		return Ended
	}
	if _, ok := follow[k][g.State]; ok {
		return Working
	}
	if _, ok := people[k][g.State]; ok && (k != Applications || g.State != string(dossier.Returned) || g.Open) {
		return People
	}
	switch {
	case !goesOn(k, g.State):
		return Unclaimed
	case g.Open:
		return Working
	case g.Failed:
		return Operator
	}
	return Unclaimed
}

// goesOn reports whether a job can end a thing of this state: a state that
// nobody knows, and one that says of itself that it is wrong, are lost whatever
// jobs there are.
func goesOn(k Kind, state string) bool {
	known := map[Kind]string{
		Applications: "submitted checking returned deciding executing",
		Persons:      "checking",
		Checks:       "open held failed",
		Decisions:    "verifying executing",
		Documents:    "reserved",
		Notices:      "queued sending failed",
	}[k]
	for s := range strings.FieldsSeq(known) {
		if s == state {
			return true
		}
	}
	return false
}

// words say how a group stands.
func words(k Kind, g Group, s Stands) string {
	if w, ok := ends[k][g.State]; ok {
		return w
	}
	if w, ok := follow[k][g.State]; ok {
		return w
	}
	if w, ok := people[k][g.State]; ok && s == People {
		return w
	}
	switch {
	case k == Notices && g.State == "sending" && s == Working:
		return "being sent, or its outcome being asked about"
	case k == Notices && g.State == "sending" && s == Operator:
		return "of unknown outcome: a person settles it"
	case k == Checks && g.State == "held" && s == Working:
		return "held until the person is identified"
	case k == Checks && g.State == "failed" && s == Operator:
		return "the register did not tell; counts as ended for the dossier"
	case k == Checks && g.State == "failed" && s == Working:
		return "replayed"
	}
	state := strings.ReplaceAll(g.State, "_", " ")
	switch s {
	case Operator:
		return state + ": its job failed"
	case Unclaimed:
		return state + ": nobody goes on with it"
	case Ended, Working, People:
	}
	return state
}

// trouble is how a kind of trouble is told.
type trouble struct{ code, what, hint string }

// troubleOf words what is wrong with a group.
func troubleOf(k Kind, g Group, s Stands) trouble {
	if s == Operator && k == Notices && g.State == "sending" {
		return trouble{
			"sms_unknown_outcome", "nobody knows whether the SMS went out", "ask the provider, then: hub notices settle ID sent|not_sent --reason TEXT",
		}
	}
	if s == Operator {
		return trouble{string(k) + "_failed", "the job of this " + noun(k) + " failed", "hub failures list; mend the cause, then hub failures replay"}
	}
	t := trouble{code: string(k) + "_lost_" + g.State, hint: "stop the replay of others, keep a copy of the database, and tell the developers with this ledger"}
	t.what = "the " + noun(k) + " is " + strings.ReplaceAll(g.State, "_", " ") + ", and no job and no failure goes on with it"
	switch {
	case !goesOn(k, g.State) && k == Decisions && g.State == "disagrees":
		t.what = "the decision is in force, but its count of open documents, its documents and its application's state do not agree"
	case !goesOn(k, g.State) && k == Persons:
		t.what = "the application is " + g.State + ", but this person was never assessed"
	case !goesOn(k, g.State):
		t.what = "the " + noun(k) + " is in the state " + g.State + ", which this version of the hub does not know"
		t.hint = "was the database used by a newer hub? Then make the ledger with that one"
	case k == Persons:
		t.what = "nothing will assess this person: no scattering, no deadline and no assessment is left"
	case k == Checks && g.State == "held":
		t.what = "the check waits for the person to be identified, and nobody asks who it is"
	}
	return t
}

func noun(k Kind) string {
	return map[Kind]string{
		Applications: "application", Persons: "person", Checks: "check", Decisions: "decision", Documents: "document", Notices: "SMS",
	}[k]
}

// odd words the oddities, and says in which section they count.
var odd = map[Oddity]struct {
	section string
	trouble trouble
}{
	Unanswered:     {string(Checks), trouble{what: "the check counts as answered, but there is no finding", hint: "the finding was removed outside the hub: restore it from a backup"}},
	Unasked:        {string(Checks), trouble{what: "there is a finding, but its check is not answered", hint: "the rows were altered outside the hub: compare them with a backup"}},
	TwoDecisions:   {string(Decisions), trouble{what: "two decisions on one application are in force", hint: "ask the commission which one holds, and tell the developers"}},
	Undecided:      {string(Decisions), trouble{what: "the application was executed, but no decision is in force", hint: "the decision was removed outside the hub: restore it from a backup"}},
	LostWithdrawal: {string(Applications), trouble{what: "a withdrawal's signature is to be verified, and no job and no failure goes on with it", hint: "ask the applicant to withdraw again, and tell the developers with this ledger"}},
	NumberTwice:    {"numbers", trouble{what: "two documents have one number", hint: "withdraw one of the two and tell the commission; then tell the developers"}},
	NoticeTwice:    {string(Notices), trouble{what: "two SMS have one key or one message id: somebody may have been told twice", hint: "look both up with hub notices show, and tell the developers"}},
	EventGap:       {"events", trouble{what: "the events about this application or subject have a gap", hint: "rows were removed outside the hub: restore them from a backup; subscribers may have missed them"}},
	NoSequence:     {"events", trouble{what: "there are events about this subject that were never counted", hint: "restore the table event_sequence from a backup before work goes on"}},
}

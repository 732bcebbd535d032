package crashtest

import (
	"fmt"
	"regexp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/internal/client"
)

// messages holds the gateway's inbox against the notices: each once by its id,
// none without a notice, nobody the same words twice; and the notices against
// what the ledger says must have been told.
func (f *Flow) messages(l *Ledger, dossiers []client.Dossier) {
	told := Row{What: "SMS that facts ask for"}
	byID, byContent := Row{What: "SMS by id at the gateway"}, Row{What: "SMS by content at the gateway"}
	want := map[string]string{} // about whom, by message id
	for i, e := range f.Entries() {
		due, waited := asked(e, dossiers[i]), false
		for _, n := range dossiers[i].Notices {
			told.Have++
			want[n.MessageID] = e.ID + " " + n.Subject
			if n.State != "sent" {
				l.wrongf("application %s: notice %s is %s", e.Number, n.Notice, n.State)
			}
			about := about{n.Notice, n.Subject}
			if n.Notice == "app-check-pending" && !waited { // an outage may have outlasted the checks' deadline
				waited = true
				due[about] = 1
			}
			if due[about] == 0 {
				told.Doubled++
				l.wrongf("application %s: notice %s about %q, for which there is no reason", e.Number, n.Notice, n.Subject)
				continue
			}
			told.Want++
			due[about]--
		}
		for about, n := range due {
			told.Want += n
			if told.Lost += n; n > 0 {
				l.wrongf("application %s: no notice %s about %q", e.Number, about.notice, about.subject)
			}
		}
	}
	l.add(told)
	byID.Want, byContent.Want = len(want), len(want)
	words, again := map[string]int{}, 0
	for _, m := range f.w.Systems.SMS.Inbox() {
		again += m.Times - 1
		if m.Conflict {
			l.wrongf("one message id was used for two messages")
		}
		about, known := want[m.ID]
		if !known {
			byID.Doubled++
			continue
		}
		delete(want, m.ID)
		byID.Have++
		// Two people of one name who are refused read alike to their applicant.
		words[about+string(m.Recipient)+m.Text]++
	}
	byID.Lost = len(want)
	byID.Note = fmt.Sprintf("%d repeated under their id", again)
	for _, n := range words {
		byContent.Doubled += n - 1
	}
	byContent.Have = len(words)
	byContent.Lost = max(0, byContent.Want-byContent.Have-byContent.Doubled)
	l.add(byID)
	l.add(byContent)
}

// about is whom a notice is about: a subject's ref, empty for the whole.
type about struct{ notice, subject string }

// asked is which notices an application's facts ask for, and how often.
func asked(e *Entry, d client.Dossier) map[about]int {
	out := map[about]int{{"app-submitted", ""}: 1, {"decision-copy", ""}: 1}
	role := "observer"
	if e.Candidate {
		role = "candidate"
	}
	for ref, outcome := range e.Outcomes {
		if outcome != string(catalogue.Register) {
			out[about{role + "-refused", ref}] = 1
			continue
		}
		out[about{role + "-registered", ref}], out[about{"document-ready", ref}] = 1, 1
		if e.Candidate {
			out[about{"candidate-proxies-open", ref}] = 1
		}
	}
	verdicts := map[string]string{}
	for _, line := range d.Timeline {
		m := verdict.FindStringSubmatch(line.Detail)
		if line.Act != "assessed" || m == nil {
			continue
		}
		if m[2] == "not_eligible" && verdicts[m[1]] != m[2] { // each time that it turns out
			out[about{"app-check-failed", m[1]}]++
		}
		verdicts[m[1]] = m[2]
	}
	return out
}

var verdict = regexp.MustCompile(`^subject (\S+), revision [0-9]+: (\S+)$`)

package api

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/eligibility"
	"github.com/saylovhub/hub/pipelines/issuing"
)

type head struct {
	ID          string    `json:"id"`
	Number      string    `json:"number"`
	Type        string    `json:"type"`
	Election    string    `json:"election"`
	Commission  string    `json:"commission"`
	Applicant   string    `json:"applicant"`
	State       string    `json:"state"`
	Reason      string    `json:"reason,omitempty"`
	Version     int       `json:"version"`
	SubmittedAt time.Time `json:"submitted_at"`

	Ballot     string     `json:"ballot,omitempty"`
	Previous   string     `json:"previous,omitempty"`
	ReturnDue  *time.Time `json:"return_due,omitempty"`
	DecideBy   string     `json:"decide_by,omitempty"`
	ReviewedAt *time.Time `json:"reviewed_at,omitempty"`
}

func headOf(a dossier.Application) head {
	h := head{
		ID: a.ID, Number: a.Number, Type: a.Type, Election: a.Election, Commission: a.Commission, Applicant: a.Applicant, State: string(a.State),
		Reason: a.Reason, Version: a.Version, SubmittedAt: a.SubmittedAt, Ballot: a.Ballot, Previous: a.Previous,
		ReturnDue: when(a.ReturnDue), ReviewedAt: when(a.ReviewedAt),
	}
	if !a.DecideBy.IsZero() {
		h.DecideBy = a.DecideBy.String()
	}
	return h
}

type dossierView struct {
	head
	Subjects  []subjectView   `json:"subjects"`
	Whole     *assessmentView `json:"whole,omitempty"` // over the application as a whole
	Decisions []decisionView  `json:"decisions"`
	Documents []documentView  `json:"documents"`
	Notices   []noticeView    `json:"notices"`
	Timeline  []entryView     `json:"timeline"`
}

type subjectView struct {
	Ref        string          `json:"ref"`
	Role       string          `json:"role"`
	Person     string          `json:"person,omitempty"` // masked
	Columns    []columnView    `json:"columns"`
	Amendments []amendmentView `json:"amendments,omitempty"` // by hand, beside the registers' word
	Checks     []checkView     `json:"checks"`
	Assessment *assessmentView `json:"assessment,omitempty"`
}

type columnView struct {
	Name        string      `json:"name"`
	Value       string      `json:"value"`
	Register    register.ID `json:"register"`
	Transaction string      `json:"transaction"`
	At          time.Time   `json:"at"`
}

type checkView struct {
	Register register.ID `json:"register"`
	State    string      `json:"state"`
	Status   string      `json:"status,omitempty"`
}

type assessmentView struct {
	Revision int        `json:"revision"`
	Verdict  string     `json:"verdict"`
	Rules    []ruleView `json:"rules"`
}

type ruleView struct {
	Rule    string   `json:"rule"`
	Article string   `json:"article"`
	Result  string   `json:"result"`
	Reason  string   `json:"reason"`
	Text    string   `json:"text"`
	Proofs  []string `json:"proofs,omitempty"`
}

type decisionView struct {
	ID        string        `json:"id"`
	Number    string        `json:"number"`
	Date      string        `json:"date"`
	State     string        `json:"state"`
	Reason    string        `json:"reason,omitempty"`
	DraftedBy string        `json:"drafted_by"`
	Subjects  []outcomeView `json:"subjects"`
	Whole     *outcomeView  `json:"whole,omitempty"` // of an application that names nobody, and of a whole list
}

type outcomeView struct {
	Ref      string `json:"ref,omitempty"`
	Revision int    `json:"revision"`
	Outcome  string `json:"outcome"`
	Reason   string `json:"reason,omitempty"`
}

type documentView struct {
	ID       string     `json:"id"`
	Subject  string     `json:"subject,omitempty"`
	Kind     string     `json:"kind"`
	Template string     `json:"template"`
	Number   string     `json:"number"`
	State    string     `json:"state"`
	SHA256   string     `json:"sha256,omitempty"`
	Pages    int        `json:"pages,omitempty"`
	Hash     string     `json:"template_sha256,omitempty"`
	Browser  string     `json:"browser,omitempty"`
	IssuedAt *time.Time `json:"issued_at,omitempty"`
}

type noticeView struct {
	ID        string     `json:"id"`
	Subject   string     `json:"subject,omitempty"`
	Notice    string     `json:"notice"`
	Recipient string     `json:"recipient"`
	Phone     string     `json:"phone"` // masked
	State     string     `json:"state"`
	Parts     int        `json:"parts"`
	MessageID string     `json:"message_id"`
	Provider  string     `json:"provider,omitempty"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Delivery  string     `json:"delivery,omitempty"`
	Word      string     `json:"delivery_word,omitempty"`
	Delivered *time.Time `json:"delivery_at,omitempty"`
}

func noticeOf(n dossier.Notice, subject string) noticeView {
	return noticeView{
		n.ID, subject, n.Notice, n.Recipient, n.Phone.String(), string(n.State), n.Parts, n.MessageID, n.Provider, when(n.SentAt),
		string(n.Delivery), n.Word, when(n.DeliveredAt),
	}
}

type entryView struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Act    string    `json:"act"`
	Detail string    `json:"detail,omitempty"`
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// dossier gathers all there is about an application.
func (s *server) dossier(ctx context.Context, a dossier.Application) (dossierView, error) {
	v := dossierView{head: headOf(a), Subjects: []subjectView{}, Decisions: []decisionView{}, Documents: []documentView{}, Notices: []noticeView{}, Timeline: []entryView{}}
	refs := map[string]string{}
	latest, err := s.Store.LatestAssessments(ctx, a.ID)
	if err != nil {
		return v, err
	}
	byHand, err := s.amendments(ctx, a.ID)
	if err != nil {
		return v, err
	}
	for _, sub := range a.Subjects {
		refs[sub.ID] = sub.Ref
		one, err := s.subject(ctx, a, sub, latest[sub.ID])
		if err != nil {
			return v, err
		}
		one.Amendments = byHand[sub.ID]
		v.Subjects = append(v.Subjects, one)
	}
	whole, _, err := s.Store.LatestWhole(ctx, a.ID)
	if err != nil {
		return v, err
	}
	v.Whole = assessed(whole, a.Language)
	decisions, err := s.Store.Decisions(ctx, a.ID)
	if err != nil {
		return v, err
	}
	for _, d := range decisions {
		dv := decisionView{ID: d.ID, Number: d.Number, Date: d.Date.String(), State: string(d.State), Reason: d.Reason, DraftedBy: d.DraftedBy, Subjects: []outcomeView{}}
		if o := d.Whole; o.Outcome != "" {
			dv.Whole = &outcomeView{"", o.Revision, string(o.Outcome), o.Reason}
		}
		for _, o := range d.Outcomes {
			dv.Subjects = append(dv.Subjects, outcomeView{refs[o.Subject], o.Revision, string(o.Outcome), o.Reason})
		}
		v.Decisions = append(v.Decisions, dv)
	}
	documents, err := s.Store.Documents(ctx, a.ID)
	if err != nil {
		return v, err
	}
	for _, d := range documents {
		v.Documents = append(v.Documents, documentView{
			ID: d.ID, Subject: refs[d.Subject], Kind: d.Kind, Template: d.Template, Number: issuing.Number(d.Number), State: string(d.State),
			SHA256: d.Passport.SHA256, Pages: d.Passport.Pages, Hash: d.Passport.Template, Browser: d.Passport.Browser, IssuedAt: when(d.IssuedAt),
		})
	}
	notices, err := s.Store.Notices(ctx, a.ID)
	if err != nil {
		return v, err
	}
	for _, n := range notices {
		v.Notices = append(v.Notices, noticeOf(n, refs[n.Subject]))
	}
	entries, err := s.Store.Timeline(ctx, a.ID)
	for _, e := range entries {
		v.Timeline = append(v.Timeline, entryView(e))
	}
	return v, err
}

func (s *server) subject(ctx context.Context, a dossier.Application, sub dossier.Subject, last eligibility.Assessment) (subjectView, error) {
	v := subjectView{Ref: sub.Ref, Role: sub.Role, Columns: []columnView{}, Checks: []checkView{}}
	if sub.PINFL != "" {
		v.Person = sub.PINFL.String()
	}
	found, err := s.Store.NewestFindings(ctx, sub.ID)
	if err != nil {
		return v, err
	}
	checks, err := s.Store.ChecksOf(ctx, sub.ID)
	if err != nil {
		return v, err
	}
	for _, c := range checks {
		f := found[c.Register]
		v.Checks = append(v.Checks, checkView{c.Register, string(c.State), string(f.Status)})
		for _, col := range f.Columns {
			v.Columns = append(v.Columns, columnView{col.Name, col.Value, f.Register, f.Transaction, f.At})
		}
	}
	v.Assessment = assessed(last, a.Language)
	return v, nil
}

// assessed words a revision in a language; nil for none.
func assessed(last eligibility.Assessment, language string) *assessmentView {
	if last.Revision == 0 {
		return nil
	}
	v := &assessmentView{Revision: last.Revision, Verdict: string(last.Verdict), Rules: []ruleView{}}
	for _, r := range last.Answers {
		v.Rules = append(v.Rules, ruleView{r.Rule, r.Article, string(r.Result), r.Reason, eligibility.Text(r, language), r.Proofs})
	}
	return v
}

// autofillView words an auto-fill answer.
func autofillView(a autofill.Answer) any {
	type registerView struct {
		Register    register.ID     `json:"register"`
		Status      autofill.Status `json:"status"`
		Transaction string          `json:"transaction"`
		TookMS      int64           `json:"took_ms"`
	}
	out := struct {
		Columns   []columnView   `json:"columns"`
		Registers []registerView `json:"registers"`
		Receipt   string         `json:"receipt,omitempty"`
		Expires   *time.Time     `json:"receipt_expires,omitempty"`
	}{Columns: []columnView{}, Registers: []registerView{}, Receipt: a.Receipt}
	if a.Receipt != "" {
		out.Expires = &a.Expires
	}
	for _, c := range a.Columns {
		out.Columns = append(out.Columns, columnView{c.Name, c.Value, c.Register, c.Transaction, c.At})
	}
	for _, r := range a.Registers {
		out.Registers = append(out.Registers, registerView{r.Register, r.Status, r.Transaction, r.Took.Milliseconds()})
	}
	slices.SortStableFunc(out.Columns, func(a, b columnView) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

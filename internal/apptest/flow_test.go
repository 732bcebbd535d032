package apptest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/sms"
)

// gsm is the alphabet of one-part SMS, its extension table left out.
const gsm = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// texts returns what an application's notices were, by notice and recipient's
// ref, as the gateway got them. Each must have come once.
func texts(t *testing.T, h *apptest.Hub, d client.Dossier) map[string]sms.Message {
	t.Helper()
	byID := map[string]sms.Message{}
	for _, m := range h.Mocks.SMS.Inbox() {
		byID[m.ID] = m
	}
	out := map[string]sms.Message{}
	for _, n := range d.Notices {
		m, ok := byID[n.MessageID]
		if !ok {
			t.Errorf("notice %s of %q is %s, but the gateway never got it", n.Notice, n.Subject, n.State)
			continue
		}
		if m.Times != 1 || m.Conflict {
			t.Errorf("notice %s of %q came %d times", n.Notice, n.Subject, m.Times)
		}
		out[n.Notice+" "+n.Subject] = m
	}
	return out
}

func inGSM(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(gsm, r) })
}

func column(s client.Subject, name string) client.Column {
	i := slices.IndexFunc(s.Columns, func(c client.Column) bool { return c.Name == name })
	if i < 0 {
		return client.Column{}
	}
	return s.Columns[i]
}

func TestObserversFromSubmissionToMandates(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	minor := h.Story(t, "observer-minor")
	one, two, third := h.Plain(t), h.Plain(t), h.Plain(t)
	app := h.Observers(el, one, two, third, minor)
	byPassport := apptest.Subject(app, 2)
	delete(byPassport, "pinfl")
	byPassport["passport"], byPassport["birth_date"] = string(third.Document), third.BirthDate.String()

	taken := h.Submit(t, h.TEC, app)
	d := h.Await(t, h.TEC, taken.ID, "the dossier", apptest.Ready)
	for i, p := range []*population.Person{one, two, third, minor} {
		s := d.Subjects[i]
		if got := column(s, "surname"); got.Value != p.Surname || got.Register != "personal-data" || got.Transaction == "" || got.At.IsZero() {
			t.Errorf("subject %s: column surname %+v, want %s with its provenance", s.Ref, got, p.Surname)
		}
		if got := column(s, "birth_date").Value; got != p.BirthDate.String() {
			t.Errorf("subject %s: birth date %s, want %s", s.Ref, got, p.BirthDate)
		}
		if n := len(s.Checks); n != 3 {
			t.Errorf("subject %s: %d checks, want the three of the type", s.Ref, n)
		}
		want := "eligible"
		if p == minor {
			want = "not_eligible"
		}
		if s.Assessment == nil || s.Assessment.Verdict != want || s.Assessment.Revision != 1 {
			t.Errorf("subject %s: assessment %+v, want revision 1 %s", s.Ref, s.Assessment, want)
		}
	}
	if got := apptest.RuleOf(d.Subjects[3], "OBS-AGE"); got.Result != "fail" || got.Article == "" || !strings.Contains(got.Text, "17") {
		t.Errorf("the minor's age: %+v", got)
	}

	d = h.Execute(t, h.TEC, d)
	var mandates []string
	for _, doc := range d.Documents {
		if doc.State != "issued" || doc.Pages < 1 {
			t.Errorf("document %+v is not issued", doc)
		}
		if doc.Template == "observer-party" {
			mandates = append(mandates, doc.Subject+":"+doc.Number)
		}
		pdf, err := h.TEC.Document(t.Context(), doc.ID)
		if err != nil || !strings.HasPrefix(string(pdf), "%PDF-") {
			t.Errorf("document %s: %v", doc.Template, err)
		}
	}
	slices.Sort(mandates)
	numbers := []string{}
	for _, m := range mandates {
		_, n, _ := strings.Cut(m, ":")
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	if diff := cmp.Diff([]string{"001", "002", "003"}, numbers); diff != "" {
		t.Errorf("numbers of mandates: %s", diff)
	}
	if len(d.Documents) != 4 {
		t.Errorf("%d documents, want three mandates and the decision", len(d.Documents))
	}

	got := texts(t, h, d)
	org := h.Story(t, "party-head")
	decision := d.Decisions[0].Number
	for _, m := range mandates {
		ref, number, _ := strings.Cut(m, ":")
		i := strings.Index("123", ref)
		m := got["observer-registered "+ref]
		want := fmt.Sprintf("Siz kuzatuvchi sifatida ro'yxatga olindingiz. Mandat %s, Mirzo Ulug'bek tumani.", number)
		if p := []*population.Person{one, two, third}[i]; m.Recipient != p.Phone || m.Text != want {
			t.Errorf("subject %s was told %q", ref, m.Text)
		}
	}
	if m := got["app-submitted "]; m.Recipient != org.Phone || m.Text != d.Number+"-son so'rovnomangiz Toshkent shahar hududiy saylov komissiyasiga yuborildi." {
		t.Errorf("the applicant was told %q", m.Text)
	}
	if m := got["decision-copy "]; m.Recipient != org.Phone || m.Text != decision+"-son qaror nusxasi kabinetingizga yuborildi." {
		t.Errorf("the applicant was told %q", m.Text)
	}
	refused := got["observer-refused 4"]
	if refused.Recipient != org.Phone || !strings.Contains(refused.Text, "yoshi talabga mos emas") || !strings.Contains(strings.NewReplacer("‘", "'", "ʻ", "'").Replace(minor.Surname), strings.Fields(refused.Text)[0]) {
		t.Errorf("of the refusal was told %q", refused.Text)
	}
	if m := got["app-check-failed 4"]; m.Recipient != org.Phone || !strings.Contains(m.Text, "OBS-AGE") {
		t.Errorf("of the answer that bars was told %q", m.Text)
	}
	want := []string{
		"app-check-failed 4", "app-submitted ", "decision-copy ", "document-ready 1", "document-ready 2", "document-ready 3",
		"observer-refused 4", "observer-registered 1", "observer-registered 2", "observer-registered 3",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("notices: %s", diff)
	}
	for k, m := range got {
		if !inGSM(m.Text) || len([]rune(m.Text)) > 160 {
			t.Errorf("notice %s does not fit one part of the GSM alphabet: %q", k, m.Text)
		}
	}
}

func TestCandidateIsAskedAboutInAllSevenRegisters(t *testing.T) {
	t.Parallel()
	h := hub(t)
	el := h.Election(t)
	p := h.Story(t, "disabled")
	secretary := h.Story(t, "secretary-dec")
	before := len(h.Mocks.Portal.Calls(""))
	taken := h.Submit(t, h.DEC, h.Candidate(el, p), apptest.Residence)
	d := h.Await(t, h.DEC, taken.ID, "the dossier", apptest.Verdict("undetermined"))
	if got := apptest.RuleOf(d.Subjects[0], "LOC-RES"); got.Result != "undetermined" {
		t.Errorf("residence without a confirmation: %+v", got)
	}
	for _, id := range []register.ID{register.Personal, register.Address, register.Employment, register.Education, register.Criminal, register.Disability, register.Capacity} {
		if got := apptest.StatusOf(d.Subjects[0], id); got != "found" {
			t.Errorf("register %s: %q", id, got)
		}
	}
	// The poll of the criminal record names nobody: its request number does.
	asked, transactions := map[string]int{}, map[string]bool{}
	for _, c := range h.Mocks.Portal.Calls("")[before:] {
		if c.Subject != p.PINFL {
			continue
		}
		asked[c.Operation]++
		if c.Transaction == "" {
			continue
		}
		if transactions[c.Transaction] {
			t.Errorf("%s: the transaction id was used before", c.Operation)
		}
		transactions[c.Transaction] = true
		if c.Sender != "" && c.Sender != secretary.PINFL {
			t.Errorf("%s: the acting official is not the commission's secretary", c.Operation)
		}
	}
	want := map[string]int{
		"personal-data.docrest": 1, "registered-address.pin": 1, "employment.history": 1, "education.diploma": 1,
		"criminal-record.search": 1, "disability.passport": 1, "legal-capacity.check": 1,
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("calls at the portal: %s", diff)
	}

	ever := map[string]bool{}
	for _, c := range h.Mocks.Portal.Calls("") {
		if c.Transaction == "" || c.Operation == "criminal-record.check" { // its number is the order's
			continue
		}
		if ever[c.Transaction] {
			t.Errorf("%s: transaction id %s was used before", c.Operation, c.Transaction)
		}
		ever[c.Transaction] = true
	}
	lines, err := h.Store.AuditOf(t.Context(), p.PINFL)
	if err != nil {
		t.Fatal(err)
	}
	onRecord := map[string]int{}
	for _, l := range lines {
		if l.Action == "register.asked" && l.Object == taken.ID && l.Detail["official"] == h.DEC.Secretary && l.Detail["purpose"] != "" {
			onRecord[l.Detail["register"]]++
		}
	}
	for _, c := range d.Subjects[0].Checks {
		if onRecord[c.Register] == 0 {
			t.Errorf("%s was asked off record", c.Register)
		}
	}

	d = h.Confirm(t, h.DEC, taken.ID)
	if d.Subjects[0].Assessment.Verdict != "eligible" || d.Subjects[0].Assessment.Revision != 2 {
		t.Fatalf("after the confirmation: %+v", d.Subjects[0].Assessment)
	}
	d = h.Execute(t, h.DEC, d)
	i := slices.IndexFunc(d.Documents, func(doc client.Document) bool { return doc.Template == "candidate" })
	if i < 0 || d.Documents[i].Number != "001" || d.Documents[i].Kind != "D2" {
		t.Fatalf("documents: %+v", d.Documents)
	}
	got := texts(t, h, d)
	if m := got["candidate-registered 1"]; m.Recipient != p.Phone || m.Text != "Siz xalq deputatlari Mirzo Ulug'bek tuman Kengashi deputatligiga nomzod etib ro'yxatga olindingiz. Guvohnoma 001." {
		t.Errorf("the candidate was told %q", m.Text)
	}
	if m := got["candidate-proxies-open 1"]; !strings.Contains(m.Text, "(3 nafargacha)") {
		t.Errorf("about proxies was told %q", m.Text)
	}
}

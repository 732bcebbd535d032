package catalogue

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/register"
)

// everything knows whatever it is asked.
var everything = Known{
	Rule: func(string) bool { return true }, Whole: func(string) bool { return true }, Register: func(register.ID) bool { return true },
	Document: func(string) bool { return true }, Accepts: func(string) []string { return nil },
	Text: func(text string) (string, string, int) { return text, gsm, 1 },
}

const (
	personal = "candidate-register-district" // names persons
	plain    = "precincts-propose"           // names nobody
	sms      = "candidate-registered"        // a notice
)

// Whatever is named and missing, or does not go together, is found and told where.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	edit := func(id string, change func(*Type)) func(*Catalogue, *Known) {
		return func(c *Catalogue, _ *Known) {
			x := c.types[id]
			x.Title, x.Outcomes, x.Decision.Points = maps.Clone(x.Title), maps.Clone(x.Outcomes), maps.Clone(x.Decision.Points)
			change(&x)
			c.types[id] = x
		}
	}
	one := func(change func(*Type)) func(*Catalogue, *Known) { return edit(personal, change) }
	outcome := func(id string, o Outcome, change func(*Follows)) func(*Catalogue, *Known) {
		return edit(id, func(x *Type) {
			f := x.Outcomes[o]
			change(&f)
			x.Outcomes[o] = f
		})
	}
	notice := func(change func(*Notice)) func(*Catalogue, *Known) {
		return func(c *Catalogue, _ *Known) {
			n := c.notices[sms]
			n.Text = maps.Clone(n.Text)
			change(&n)
			c.notices[sms] = n
		}
	}
	known := func(change func(*Known)) func(*Catalogue, *Known) { return func(_ *Catalogue, k *Known) { change(k) } }
	not := func(name string) func(string) bool { return func(id string) bool { return id != name } }
	base := loaded(t)
	if err := base.Check(everything); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, where, want string
		spoil             func(*Catalogue, *Known)
	}{
		{"a form that is gone", personal, `no form "gone"`, one(func(x *Type) { x.Form = "gone" })},
		{"a form that takes fewer", personal, "form candidate takes 75", one(func(x *Type) { x.Subjects.Max = 76 })},
		{"a form of persons for nobody", personal, "form results takes 0", one(func(x *Type) { x.Form = "results" })},
		{"a form without type", "form results", "no type has it", func(c *Catalogue, k *Known) {
			edit("results-dec-to-tec", func(x *Type) { x.Form = "territories" })(c, k)
			edit("results-tec-to-cec", func(x *Type) { x.Form = "territories" })(c, k)
		}},
		{"a form that is no schema", personal, "form candidate: schema", func(c *Catalogue, _ *Known) {
			f := &form{whole: c.forms["candidate"].whole, sound: func() error {
				_, err := compile("x", map[string]any{"type": 7})
				return err
			}}
			c.forms["candidate"] = f
		}},
		{"a number twice", "candidate-register", "is candidate-register-", one(func(x *Type) { x.Number = 15 })},
		{"a number beyond", personal, "number 72: want 1 to 71", one(func(x *Type) { x.Number = 72 })},
		{"a kind of none", personal, `kind "letter"`, one(func(x *Type) { x.Kind = "letter" })},
		{"no title", personal, "no title in uz-Cyrl", one(func(x *Type) { delete(x.Title, "uz-Cyrl") })},
		{"an apostrophe of ASCII", personal, "title in uz-Latn: want ʻ", one(func(x *Type) { x.Title["uz-Latn"] = "ro'yxat" })},
		{"the other apostrophe", personal, "title in uz-Latn: want ʻ (U+02BB) after o and g", one(func(x *Type) { x.Title["uz-Latn"] = "roʼyxat" })},
		{"the other apostrophe elsewhere", personal, "title in uz-Latn: want ʻ (U+02BB) after o and g", one(func(x *Type) { x.Title["uz-Latn"] = "aʻzo" })},
		{"a Cyrillic letter that looks Latin", personal, "title in uz-Latn: want no Cyrillic", one(func(x *Type) { x.Title["uz-Latn"] = "rаis" })},
		{"a Latin letter that looks Cyrillic", personal, "title in uz-Cyrl: want no Latin", one(func(x *Type) { x.Title["uz-Cyrl"] = "рaис" })},
		{"a Russian letter", personal, "title in uz-Cyrl: want Uzbek", one(func(x *Type) { x.Title["uz-Cyrl"] = "вы" })},
		{"an Uzbek letter", personal, "title in ru: want no Uzbek", one(func(x *Type) { x.Title["ru"] = "ҳоким" })},
		{"no source", personal, "want a source and a status", one(func(x *Type) { x.Source = "" })},
		{"a status of none", personal, "want a source and a status", one(func(x *Type) { x.Status = "sure" })},
		{"signing of none", personal, "signing", one(func(x *Type) { x.Signing = "ink" })},
		{"holders' signing of none", personal, "signing", one(func(x *Type) { x.HolderSigning = "ink" })},
		{"no priority", personal, "want a priority", one(func(x *Type) { x.Priority = 0 })},
		{"a kind of vote of none", personal, `no kind of vote "MAYOR"`, one(func(x *Type) { x.Ballots = append(slices.Clone(x.Ballots), "MAYOR") })},
		{"a third round", personal, "round 3", one(func(x *Type) { x.Rounds = []int{3} })},
		{"a day that is gone", personal, `no day "gone"`, one(func(x *Type) { x.Window.Until = "gone" })},
		{"no purpose", personal, "no purpose", one(func(x *Type) { x.Purpose = "" })},
		{"no route", personal, "route: want from and to", one(func(x *Type) { x.Route.To = nil })},
		{"a route off the matrix", personal, "route: MAH may not address DEC", one(func(x *Type) { x.Route.From = []string{"PARTY", "MAH"} })},
		{"a route of another vote", "candidate-withdraw-district", "route: CAND may not address DEC", edit("candidate-withdraw-district", func(x *Type) { x.Ballots = []string{"REG"} })},
		{"a vote that no route serves", "candidate-withdraw-district", "route: nobody may address anybody about REG", edit("candidate-withdraw-district", func(x *Type) { x.Ballots = []string{"DIST", "REG"} })},
		{"a role that is gone", personal, `no role "gone"`, one(func(x *Type) { x.Subjects.Role = "gone" })},
		{"subjects upside down", personal, "1 <= min <= max", one(func(x *Type) { x.Subjects.Min = 2 })},
		{"two applicants", "candidate-withdraw-jk", "the applicant is one person", edit("candidate-withdraw-jk", func(x *Type) { x.Subjects.Max = 2 })},
		{"no rules", personal, "rules of subjects are needed", one(func(x *Type) { x.Rules = nil })},
		{"no checks", personal, "checks are needed", one(func(x *Type) { x.Checks = nil })},
		{"rules over nobody", plain, "it names nobody", edit(plain, func(x *Type) { x.Rules = []string{"ALL-CIT"} })},
		{"an annex of nobody", plain, "the decision has an annex", edit(plain, func(x *Type) { x.Decision.Annex = "roʻyxat" })},
		{"a notice that is gone", personal, `no notice "gone"`, one(func(x *Type) { x.OnSubmit = []string{"gone"} })},
		{"an outcome's notice that is gone", personal, `no notice "gone"`, outcome(personal, Register, func(f *Follows) { f.Notices = []string{"gone"} })},
		{"a leaving person's notice that is gone", "pec-member-change", `no notice "gone"`, edit("pec-member-change", func(x *Type) { x.Leaving = &Leaving{Notices: []string{"gone"}} })},
		{"a notice that comes by itself", personal, `notice "app-submitted" comes by itself`, one(func(x *Type) { x.OnSubmit = []string{"app-submitted"} })},
		{"a refusal with an effect", personal + ": refuse", "it refuses, and has an effect", outcome(personal, Refuse, func(f *Follows) { f.Effect = End })},
		{"an effect of none", personal + ": register", `no effect "vanish"`, outcome(personal, Register, func(f *Follows) { f.Effect = "vanish" })},
		{"an effect on nobody", plain + ": approve", "effect take: the type names nobody", outcome(plain, "approve", func(f *Follows) { f.Effect = Take })},
		{"an outcome without title", personal + ": register", "no title in ru", outcome(personal, Register, func(f *Follows) { f.Title = map[string]string{"uz-Latn": "x", "uz-Cyrl": "х", "en": "x"} })},
		{"nothing refuses", personal, "one that grants and one that refuses", outcome(personal, Refuse, func(f *Follows) { f.Refuses = false })},
		{"nothing grants", personal, "one that grants and one that refuses", outcome(personal, Register, func(f *Follows) { f.Refuses = true })},
		{"an outcome without point", personal + ": register", "no point of the decision", one(func(x *Type) { delete(x.Decision.Points, Register) })},
		{"a point without outcome", personal, `point "gone"`, one(func(x *Type) { x.Decision.Points["gone"] = "x" })},
		{"no preamble", personal, "no preamble of the decision", one(func(x *Type) { x.Decision.Preamble = "" })},
		{"a preamble without comma", personal, "want a comma", one(func(x *Type) { x.Decision.Preamble = "40 va 90" })},
		{"an article that is not cited", personal, "article 9 is not cited", one(func(x *Type) { x.Articles = []int{9} })},
		{"no group", personal, "no group of the decision", one(func(x *Type) { x.Decision.Group = "" })},
		{"an ASCII apostrophe in a point", personal, "point register in uz-Latn", one(func(x *Type) { x.Decision.Points[Register] = "ro'yxat" })},

		{"a rule that is gone", personal, `no rule "LOC-AGE"`, known(func(k *Known) { k.Rule = not("LOC-AGE") })},
		{"a leaving person's rule that is gone", "pec-member-change", `no rule "HLD-ROLE"`, known(func(k *Known) { k.Rule = not("HLD-ROLE") })},
		{"a rule over the whole that is gone", "partylist-register-lc", `no rule over a whole application "LST-ZIP"`, known(func(k *Known) { k.Whole = not("LST-ZIP") })},
		{"a register that is gone", personal, `no register "education"`, known(func(k *Known) { k.Register = func(id register.ID) bool { return id != register.Education } })},
		{"a document that is gone", personal, `no document "candidate"`, known(func(k *Known) { k.Document = not("candidate") })},
		{"a copy that is gone", personal, `no document "decision"`, known(func(k *Known) { k.Document = not("decision") })},
		{"a statement the form lacks", personal, "rule LOC-MIL accepts statement:brave, which form candidate", known(func(k *Known) { k.Accepts = accepts("statement:brave") })},
		{"a paper the form lacks", personal, "rule LOC-MIL accepts paper:valour, which form candidate", known(func(k *Known) { k.Accepts = accepts("paper:valour") })},
		{"a field the form lacks", personal, "rule LOC-MIL rests on fields that form candidate does not let in: medals", known(func(k *Known) { k.Accepts = accepts("form:medals") })},
		{"a register nobody asks", personal, "rule LOC-MIL: none of the registers it rests on is asked: employed-at", known(func(k *Known) { k.Accepts = accepts("finding:employed-at") })},
		{"a text of two parts", sms, "text in uz-Latn takes 2 parts of an SMS: want 1", known(func(k *Known) { k.Text = parts(2) })},
		{"a text of four parts", sms, "text in ru takes 4 parts of an SMS: want 3", known(func(k *Known) { k.Text = parts(4) })},
		{"a text off the alphabet", sms, "text in en: want signs of the GSM alphabet", known(func(k *Known) {
			k.Text = func(text string) (string, string, int) { return text, "UCS-2", 1 }
		})},

		{"a notice to nobody", sms, "to: want some of", notice(func(n *Notice) { n.To = "" })},
		{"a notice to a stranger", sms, "to: want some of", notice(func(n *Notice) { n.To = "subject, voter" })},
		{"a notice of no priority", sms, "priority", notice(func(n *Notice) { n.Priority = "urgent" })},
		{"an act of none", sms, `no act "sneezed"`, notice(func(n *Notice) { n.On = []string{"sneezed"} })},
		{"a notice on a day that is gone", sms, `no day "gone"`, notice(func(n *Notice) { n.Day, n.Roles = "gone", []string{"proxy"} })},
		{"a notice on a day to no role", sms, "to no role", notice(func(n *Notice) { n.Day = "election-day" })},
		{"a notice to a role that is gone", sms, `no role "gone"`, notice(func(n *Notice) { n.Roles = []string{"gone"} })},
		{"a notice without text", sms, "no text in ru", notice(func(n *Notice) { delete(n.Text, "ru") })},
		{"a parameter that is gone", sms, `no parameter "gone"`, notice(func(n *Notice) { n.Text["en"] = "{gone}" })},
		{"other parameters in another language", sms, "text in en has other parameters", notice(func(n *Notice) { n.Text["en"] = "{council}" })},
		{"a notice without source", sms, "want a source", notice(func(n *Notice) { n.Source = "" })},
		{"a notice that nobody names", "elected", "nothing brings it", outcome("partylist-vacancy-fill", Register, func(f *Follows) { f.Notices = nil })},
		{"something twice", "notice x", "stands twice", func(c *Catalogue, _ *Known) { c.twice = append(c.twice, "notice x") }},
		{"a reason without Russian", "R01", "no text in ru", func(c *Catalogue, _ *Known) {
			r := c.reasons["R01"]
			r.Ru = ""
			c.reasons["R01"] = r
		}},
		{"a day twice", "election-day", "stands twice", func(c *Catalogue, _ *Known) {
			c.days = append(slices.Clone(c.days), c.days[slices.IndexFunc(c.days, func(d Day) bool { return d.ID == "election-day" })])
		}},
		{"a way of no vote", "route PARTY to CEC", `no kind of vote "MAYOR"`, func(c *Catalogue, _ *Known) { c.ways[0].Ballots = []string{"MAYOR"} }},
		{"a parameter of no length", "parameter no", "want a length", func(c *Catalogue, _ *Known) { c.params["no"] = Param{ID: "no", Means: "x"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cat, k := copyOf(base), everything
			c.spoil(cat, &k)
			err := cat.Check(k)
			if err == nil {
				t.Fatal("not found")
			}
			if !slices.ContainsFunc(strings.Split(err.Error(), "\n"), func(line string) bool { return strings.Contains(line, c.where) && strings.Contains(line, c.want) }) {
				t.Errorf("got %v, want %q about %s", err, c.want, c.where)
			}
		})
	}
}

// copyOf is a catalogue that may be spoilt.
func copyOf(c *Catalogue) *Catalogue {
	d := *c
	d.types, d.forms, d.notices, d.params, d.reasons = maps.Clone(c.types), maps.Clone(c.forms), maps.Clone(c.notices), maps.Clone(c.params), maps.Clone(c.reasons)
	d.ways, d.days, d.twice = slices.Clone(c.ways), slices.Clone(c.days), slices.Clone(c.twice)
	return &d
}

// accepts has one rule rest on one kind of proof.
func accepts(kind string) func(string) []string {
	return func(id string) []string {
		if id != "LOC-MIL" {
			return nil
		}
		return []string{kind}
	}
}

func parts(n int) func(string) (string, string, int) {
	return func(text string) (string, string, int) { return text, gsm, n }
}

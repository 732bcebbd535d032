package apptest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/population"
)

var updateRights = flag.Bool("update-rights", false, "write the table of docs/rights.md anew")

const rightsPage = "../../docs/rights.md"

// may is the table of the law (Regulation 1352, §7 to §12): everything else is
// refused. Acts are those of the columns below.
var may = map[string][]string{
	"chair":     {"return", "review", "amend", "confirm", "sign"},
	"deputy":    {"return", "review", "amend", "confirm", "draft", "sign"},
	"secretary": {"return", "review", "amend", "confirm", "draft"},
	"head":      {"submit"}, // of each kind of organisation
	"applicant": {"withdraw"},
	"candidate": {"submit by SMS", "withdraw"},
	"proxy":     {"submit by SMS", "withdraw"},
}

// acts are the columns: what is done, in this order.
var acts = []struct {
	name string
	do   func(r *rights, t *testing.T, who actor) string
}{
	{"submit", (*rights).submit},
	{"submit by SMS", (*rights).submitBySMS},
	{"review", (*rights).review},
	{"amend", (*rights).amend},
	{"confirm", (*rights).confirm},
	{"draft", (*rights).draft},
	{"sign own draft", (*rights).signOwn},
	{"sign", (*rights).sign},
	{"return", (*rights).returned},
	{"withdraw", (*rights).withdraw},
}

// actor is a row: a person and what they are.
type actor struct {
	name     string
	rights   []string // keys of may
	person   *population.Person
	official string  // id they act under; for those without one, one they make up
	level    string  // of the commission whose applications they try their hands on
	kind     string  // of organisation that they head
	holder   *Holder // candidates and proxies
	coded    *Holder // who gets codes, but acts in a candidate's name
}

// yes is an act that took effect.
const yes = "**yes**"

// Every role tries every act over HTTP; what may be done is done, what may not is
// refused, and with which code stands in docs/rights.md.
func TestRights(t *testing.T) {
	t.Parallel()
	PlainOnly(t)
	h := Start(t, WithMocks(func(o *mocks.Options) { o.People = 2500 }))
	r := newRights(t, h)
	head := []string{"role"}
	for _, a := range acts {
		head = append(head, a.name)
	}
	rows := [][]string{head}
	for _, who := range r.actors {
		row := []string{who.name}
		var allowed []string
		for _, k := range who.rights {
			allowed = append(allowed, may[k]...)
		}
		for _, act := range acts {
			t.Run(who.name+"/"+act.name, func(t *testing.T) {
				got := act.do(r, t, who)
				row = append(row, got)
				if slices.Contains(allowed, act.name) != (got == yes) {
					t.Errorf("%s: %s", act.name, got)
				}
			})
		}
		rows = append(rows, row)
	}
	if !t.Failed() && !t.Skipped() {
		keepRights(t, rows)
	}
}

// keepRights holds the table of the page against what was seen.
func keepRights(t *testing.T, rows [][]string) {
	t.Helper()
	var b strings.Builder
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return // a part of the table was asked for
		}
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|" + strings.Repeat(" --- |", len(row)) + "\n")
		}
	}
	raw, err := os.ReadFile(rightsPage)
	if err != nil {
		t.Fatal(err)
	}
	const from, to = "<!-- table rights -->\n", "<!-- end -->"
	before, rest, ok1 := strings.Cut(string(raw), from)
	was, after, ok2 := strings.Cut(rest, to)
	if !ok1 || !ok2 {
		t.Fatal("docs/rights.md has no place for its table")
	}
	if *updateRights {
		if err := os.WriteFile(rightsPage, []byte(before+from+b.String()+to+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(was, b.String()); diff != "" {
		t.Errorf("docs/rights.md (-page +seen), -update-rights writes it anew:\n%s", diff)
	}
}

// rights is a nation with somebody in every role.
type rights struct {
	*Walk
	actors    []actor
	candidate *Holder
	ready     map[string]*sheetOf
	asked     map[string]bool // phones that a code was asked for
}

// sheetOf is an application that waits for the commission, with its parts.
type sheetOf struct {
	*sheet
	id string
}

func newRights(t *testing.T, h *Hub) *rights {
	r := &rights{Walk: h.Walk(t), ready: map[string]*sheetOf{}, asked: map[string]bool{}}
	var officials, organisations []any
	add := func(a actor) { r.actors = append(r.actors, a) }
	for _, level := range []string{"CEC", "TEC", "DEC"} {
		c := r.Commissions[level]
		for _, post := range []string{"chair", "deputy", "secretary"} {
			add(actor{name: post + " of the " + level, rights: []string{post}, person: r.official(t, c.ID+"-"+post), official: c.ID + "-" + post, level: level})
		}
		p := h.Plain(t)
		id := c.ID + "-former"
		officials = append(officials, M{
			"id": id, "commission": c.ID, "post": "chair", "surname": p.Surname, "given": p.GivenName, "patronymic": p.Patronymic, "pinfl": string(p.PINFL),
			"from": "2020-01-01", "until": h.Clock.Today().AddDays(-1).String(),
		})
		add(actor{name: "chair of the " + level + " whose term has ended", person: p, official: id, level: level})
	}
	tec := r.Commissions["TEC"]
	add(actor{name: "chair of the TEC, in a DEC's application", person: r.official(t, tec.ID+"-chair"), official: tec.ID + "-chair", level: "DEC"})
	for _, kind := range kinds {
		if own[kind] == "" { // commissions hand in results, of protocols
			continue
		}
		a := actor{name: "head: " + kind, rights: []string{"head"}, person: r.Head(kind), official: r.Organisation(kind), level: "TEC", kind: kind}
		if kind == "PARTY" {
			a.rights = append(a.rights, "applicant") // whose applications all try their hands on
		}
		add(a)
	}
	other := h.Plain(t)
	other.Certificate.TIN, other.Certificate.Organisation, other.Certificate.Position = "300000990", "BOSHQA SINOV PARTIYASI", "RAHBAR"
	organisations = append(organisations, M{"id": r.ID + "-party2", "role": "PARTY", "code": "ASDP", "title": "Boshqa sinov partiyasi", "head_pinfl": string(other.PINFL), "phone": string(other.Phone), "tin": "300000990"})
	add(actor{name: "head of another party", person: other, official: r.ID + "-party2", level: "TEC"})
	if _, err := h.Admin.ImportDirectory(t.Context(), JSON(t, M{"officials": officials, "organisations": organisations, "territories": territories()})); err != nil {
		t.Fatal(err)
	}
	r.candidate = r.holder(t, "candidate-register-district")
	ended := r.holder(t, "candidate-register-district")
	r.back("candidate-register-district", ended)
	r.Grant(t, "candidate-recall-district")
	r.back("candidate-register-district", r.candidate)
	proxy := r.holder(t, "proxy-register-district")
	add(actor{name: "candidate", rights: []string{"candidate"}, person: r.candidate.Person, official: r.candidate.Role, level: "DEC", holder: r.candidate})
	add(actor{name: "proxy", rights: []string{"proxy"}, person: proxy.Person, official: proxy.Role, level: "DEC", holder: proxy})
	add(actor{name: "proxy, in the candidate's name", person: proxy.Person, official: proxy.Role, level: "DEC", coded: proxy})
	add(actor{name: "candidate whose role has ended", person: ended.Person, official: ended.Role, level: "DEC", holder: ended})
	somebody := h.Plain(t)
	add(actor{name: "somebody else", person: somebody, official: "somebody", level: "TEC"})
	return r
}

// territories are those that proposals name.
func territories() []any {
	return []any{
		M{"soato": "17", "parent": "", "kind": "country", "name": M{"uz-Latn": "Oʻzbekiston Respublikasi", "uz-Cyrl": "Ўзбекистон Республикаси", "ru": "Республика Узбекистан"}},
		M{"soato": "1726", "parent": "17", "kind": "region", "name": M{"uz-Latn": "Toshkent shahri", "uz-Cyrl": "Тошкент шаҳри", "ru": "город Ташкент"}},
		M{"soato": "1726269", "parent": "1726", "kind": "district", "name": M{"uz-Latn": "Mirzo Ulugʻbek tumani", "uz-Cyrl": "Мирзо Улуғбек тумани", "ru": "Мирзо-Улугбекский район"}},
	}
}

// back puts a holder in front, where the next application takes one from.
func (r *rights) back(id string, h *Holder) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.holders[id] = append([]*Holder{h}, r.holders[id]...)
}

// official is the person behind an official of the nation.
func (r *rights) official(t *testing.T, id string) *population.Person {
	t.Helper()
	level := strings.ToUpper(strings.Split(strings.TrimPrefix(id, r.ID+"-"), "-")[0])
	all, err := r.h.Store.Officials(t.Context(), r.Commissions[level].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if o.ID == id {
			for i := range 2500 {
				if p := r.h.Mocks.Population.At(i); p != nil && p.PINFL == o.PINFL {
					return p
				}
			}
		}
	}
	t.Fatalf("no official %s", id)
	return nil
}

// own are types that heads of organisations hand in.
var own = map[string]string{
	"PARTY": "party-authrep-tec-register", "JK": "constituency-lc-propose", "RKENG": "constituency-lc-propose", "DKENG": "dec-composition-recommend",
	"KKCM": "constituency-regional-propose", "RHOK": "constituency-regional-propose", "DHOK": "constituency-district-propose", "MFA": "observer-foreign-accredit",
	"MEDIA": "media-national-accredit", "MAH": "observer-mahalla-register",
}

// target is an application of the party that is ready to be decided on, at a
// commission of a level.
func (r *rights) target(t *testing.T, level string) *sheetOf {
	t.Helper()
	if s := r.ready[level]; s != nil {
		d, err := s.commission.Dossier(t.Context(), s.id)
		if err != nil {
			t.Fatal(err)
		}
		if d.State == "ready" {
			return s
		}
	}
	kind, ok := r.types.Type("party-authrep-" + strings.ToLower(level) + "-register")
	if !ok {
		t.Fatal("no such type")
	}
	s := &sheetOf{sheet: r.sheet(t, kind, r.Commissions[level], level, "")}
	s.id = r.hand(t, s.sheet).ID
	r.judge(t, s.sheet, s.id)
	r.ready[level] = s
	return s
}

// refused is an answer as a cell.
func refused(t *testing.T, a Response) string {
	t.Helper()
	p := a.Problem(t)
	if p.Code == "form" { // the test's own fault, or nobody's right
		t.Logf("does not fit: %v", p.Errors)
	}
	return fmt.Sprintf("%d %s", a.Status, p.Code)
}

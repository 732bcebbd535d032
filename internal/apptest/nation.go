package apptest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/population"
)

// Nation is an election in which every kind of vote is held, with a commission of
// every level and an applicant of every kind. The windows of all types are open.
type Nation struct {
	ID          string
	Ballots     []string
	Commissions map[string]*Commission // by level
	heads       map[string]*population.Person
	hub         *Hub
}

// kinds are the kinds of organisations that apply (Regulation 1352, closed list).
var kinds = []string{"PARTY", "JK", "RKENG", "DKENG", "KKCM", "RHOK", "DHOK", "MFA", "MEDIA", "MAH"}

// Nation imports an election of its own with all that belongs to it.
func (h *Hub) Nation(t testing.TB) *Nation {
	t.Helper()
	types, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	n := &Nation{
		ID: fmt.Sprintf("el%d", h.election.Add(1)), Ballots: []string{"PRES", "LC-SMD", "LC-PR", "JK", "REG", "DIST", "REF"},
		Commissions: map[string]*Commission{}, heads: map[string]*population.Person{}, hub: h,
	}
	record := M{
		"elections": []M{{
			"id": n.ID, "kind": "LC-SMD", "ballots": n.Ballots, "title": M{"uz-Latn": "Umumiy saylov", "ru": "Общие выборы", "en": "General election"},
			"line": "Oʻzbekiston Respublikasi saylovlari", "day": h.Day.String(), "calendar": open(types, h.Clock.Today()),
		}},
	}
	var commissions, officials, organisations, constituencies, precincts []M
	parent := ""
	for i, level := range []string{"CEC", "KKCEC", "TEC", "DEC"} {
		c := &Commission{ID: n.ID + "-" + strings.ToLower(level)}
		commissions = append(commissions, M{
			"id": c.ID, "level": level, "title": level + " sinov saylov komissiyasi", "short": level + " sinov komissiyasi", "parent": parent, "territory": []string{"17", "1735", "1726", "1726269"}[i],
		})
		if level != "KKCEC" {
			parent = c.ID
		}
		for _, post := range []string{"chair", "deputy", "secretary"} {
			p := h.Plain(t)
			id := c.ID + "-" + post
			officials = append(officials, M{
				"id": id, "commission": c.ID, "post": post, "surname": p.Surname, "given": p.GivenName, "patronymic": p.Patronymic, "pinfl": string(p.PINFL), "phone": string(p.Phone),
			})
			switch post {
			case "chair":
				c.Chair = string(p.PINFL)
			case "deputy":
				c.Drafter = id
			default:
				c.Secretary = id
			}
		}
		n.Commissions[level] = c
	}
	for i, kind := range kinds {
		head := h.Plain(t)
		head.Certificate.TIN = fmt.Sprint(300000100 + i)
		if kind == "MEDIA" {
			head.Certificate.TIN = "300000001" // where many people work
		}
		n.heads[kind] = head
		organisations = append(organisations, M{
			"id": n.Organisation(kind), "role": kind, "title": "Oʻzbekiston sinov tashkiloti " + kind, "tin": head.Certificate.TIN, "head_pinfl": string(head.PINFL), "phone": string(head.Phone),
			"code": map[string]string{"PARTY": "OEP"}[kind], "registered": h.Day.AddYears(-20).String(),
		})
	}
	for _, c := range []struct{ ballot, level string }{{"LC-SMD", "CEC"}, {"JK", "KKCEC"}, {"REG", "TEC"}, {"DIST", "DEC"}} {
		for i := range 40 {
			constituencies = append(constituencies, M{
				"id": fmt.Sprintf("%s-%s-%d", n.ID, c.ballot, i+1), "election": n.ID, "commission": n.Commissions[c.level].ID, "ballot": c.ballot, "number": i + 1, "name": "Qorasuv",
				"council": "Sinov Kengashi", "council_short": "Sinov Kengashi",
			})
		}
	}
	for i := range 3 {
		precincts = append(precincts, M{
			"id": fmt.Sprintf("%s-p%d", n.ID, i+1), "election": n.ID, "commission": n.Commissions["DEC"].ID, "number": i + 1, "territory": "1726269", "name": "Maktab", "voters": 1500,
		})
	}
	commissions = append(commissions, M{
		"id": n.ID + "-okrug", "level": "OKRUG", "title": "Okrug sinov saylov komissiyasi", "short": "Okrug sinov komissiyasi", "parent": n.Commissions["TEC"].ID, "territory": "1726",
	})
	record["territories"] = []M{
		{"soato": "17", "parent": "", "kind": "country", "name": M{"uz-Latn": "Oʻzbekiston"}},
		{"soato": "1726", "parent": "17", "kind": "region", "name": M{"uz-Latn": "Toshkent shahri"}},
		{"soato": "1735", "parent": "17", "kind": "region", "name": M{"uz-Latn": "Qoraqalpogʻiston Respublikasi"}},
		{"soato": "1726269", "parent": "1726", "kind": "district", "name": M{"uz-Latn": "Mirzo Ulugʻbek tumani"}},
	}
	record["commissions"], record["officials"], record["organisations"] = commissions, officials, organisations
	record["constituencies"], record["precincts"] = constituencies, precincts
	raw, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Admin.ImportDirectory(t.Context(), raw); err != nil {
		t.Fatalf("importing a nation: %v", err)
	}
	for _, c := range n.Commissions {
		key, err := h.Admin.CreateKey(t.Context(), "test "+c.ID, c.ID, "applications:write", "applications:read", "decisions:write", "documents:read", "login:write")
		if err != nil {
			t.Fatal(err)
		}
		c.Client = h.Client(key)
	}
	return n
}

// open is a calendar in which every type may be handed in today.
func open(c *catalogue.Catalogue, today civil.Date) M {
	out := M{}
	for _, id := range c.Types() {
		t, _ := c.Type(id)
		if t.Window.Until != "" {
			out[t.Window.Until] = today.AddDays(30).String()
		}
	}
	for _, id := range c.Types() {
		t, _ := c.Type(id)
		if t.Window.From != "" {
			out[t.Window.From] = today.AddDays(-1).String()
		}
	}
	return out
}

// Organisation is the id of the applicant of a kind; a commission's is its own.
func (n *Nation) Organisation(kind string) string { return n.ID + "-" + strings.ToLower(kind) }

// Head is who heads the organisation of a kind.
func (n *Nation) Head(kind string) *population.Person { return n.heads[kind] }

// Signer is who signs for the applicant of a kind: an organisation's head, a
// commission's chair.
func (n *Nation) Signer(kind string) string {
	if c, ok := n.Commissions[kind]; ok {
		return c.Chair
	}
	return string(n.heads[kind].PINFL)
}

// Constituency is the i-th one of a ballot, from 1 on.
func (n *Nation) Constituency(ballot string, i int) string {
	return fmt.Sprintf("%s-%s-%d", n.ID, ballot, i)
}

// Precinct is the i-th precinct, from 1 on.
func (n *Nation) Precinct(i int) string { return fmt.Sprintf("%s-p%d", n.ID, i) }

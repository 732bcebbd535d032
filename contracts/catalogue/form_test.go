package catalogue

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/schema"
)

type object = map[string]any

func person(more object) object {
	p := object{"ref": "1", "pinfl": "30101800000019", "phone": "998901112233", "language": "ru"}
	maps.Copy(p, more)
	return p
}

func several(n int, more object) []any {
	out := make([]any, n)
	for i := range out {
		p := person(more)
		p["ref"] = fmt.Sprint(i + 1)
		if _, list := p["position"]; list {
			p["position"] = i + 1
		}
		out[i] = p
	}
	return out
}

var (
	states    = object{"not_in_service": true, "not_clergy": true}
	foreigner = object{"surname": "Demir", "given_name": "Burak", "passport": "U00000001", "state": "TR", "organisation": "Made-up", "arrives": "2026-12-20"}
	counts    = object{"sheets": 4000, "valid": 40000, "territories": object{"1703": 3200}}
	place     = object{"number": 1, "name": "Namuna", "territory": "1703202", "voters": 2999}
)

// least is content of each type that its form takes, with nothing that could be
// left out.
func least(t Type) object {
	content := object{"type": t.ID, "election": "e", "commission": "c", "applicant": "a"}
	subject := object{
		"candidate": object{"statements": states, "constituency": "7"}, "party-list": object{"statements": states, "position": 1},
		"observers": object{"territory": "1703202"}, "foreigners": object{"foreigner": foreigner}, "journalists": object{"post": "muxbir"},
		"members": object{"post": "member", "body": "d"}, "member-change": object{"part": "leaving"}, "duplicate": object{"document": "d"},
	}[t.Form]
	more, _ := subject.(object)
	if t.ID == "candidate-register-president" {
		more = object{"statements": states}
	}
	if t.Subjects.Max > 0 {
		content["subjects"] = several(t.Subjects.Min, more)
	}
	maps.Copy(content, map[string]object{
		"signature-sheets": {"signatures": counts}, "foreigners": {"organisation": "Made-up"}, "territories": {"proposals": []any{place}},
		"results": {"protocol": "p"}, "duplicate": {"note": "yoʻqolgan"},
		"complaint": {"complaint": object{"commission": "c", "decision": "7", "date": "2026-11-20", "text": "Qarorga roziman emasman."}},
	}[t.Form])
	return content
}

func problems(t *testing.T, c *Catalogue, id string, content object) []schema.Problem {
	t.Helper()
	raw, err := json.Marshal(content)
	if err != nil {
		t.Fatal(err)
	}
	x, ok := c.Type(id)
	if !ok {
		t.Fatalf("no type %s", id)
	}
	found, err := c.Form(x).Check(raw)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// Every type's form takes the least there is to say, names the type and nothing
// else, wants what the application is about, and takes no field that it does not know.
func TestFormsOfAllTypes(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	for _, x := range c.ByNumber() {
		t.Run(x.ID, func(t *testing.T) {
			t.Parallel()
			if got := problems(t, c, x.ID, least(x)); len(got) > 0 {
				t.Fatalf("refused: %v", got)
			}
			more := least(x)
			maps.Copy(more, object{"previous": "p", "ballot": "DIST", "language": "uz-Latn", "attachments": []any{
				object{"name": "a.pdf", "media_type": "application/pdf", "sha256": strings.Repeat("0", 64)},
			}})
			if got := problems(t, c, x.ID, more); len(got) > 0 {
				t.Errorf("what every form has: %v", got)
			}
			for field := range least(x) {
				if x.Subjects.Applicant && field == "subjects" {
					continue
				}
				less := least(x)
				delete(less, field)
				if got := problems(t, c, x.ID, less); len(got) == 0 && field != "type" {
					t.Errorf("without %s it is taken", field)
				}
			}
			strangers := least(x)
			strangers["colour"] = "red"
			want := []schema.Problem{{Field: "/colour", Want: "unknown field: remove it"}}
			if list, ok := strangers["subjects"].([]any); ok && len(list) > 0 {
				first, _ := list[0].(object)
				first["colour"] = "red"
				want = append(want, schema.Problem{Field: "/subjects/0/colour", Want: "unknown field: remove it"})
			}
			if diff := cmp.Diff(want, problems(t, c, x.ID, strangers)); diff != "" {
				t.Error(diff)
			}
			if most := x.Subjects.Max; most > 0 {
				many := least(x)
				list, _ := many["subjects"].([]any)
				first, _ := list[0].(object)
				many["subjects"] = several(most, first)
				if x.Form == "party-list" {
					many["subjects"] = several(most, object{"statements": states, "position": 1})
				}
				if got := problems(t, c, x.ID, many); len(got) > 0 {
					t.Errorf("as many as may be: %v", got[0])
				}
				many["subjects"] = append(several(most, first), list[0])
				if got := problems(t, c, x.ID, many); !slices.Contains(got, schema.Problem{Field: "/subjects", Want: fmt.Sprintf("want at most %d items", most)}) {
					t.Errorf("one too many: %v", got)
				}
			}
		})
	}
}

// What only some forms have, and what their fields may hold.
func TestFields(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	in := func(more object) func(object) {
		return func(content object) {
			list, _ := content["subjects"].([]any)
			first, _ := list[0].(object)
			maps.Copy(first, more)
		}
	}
	top := func(more object) func(object) { return func(content object) { maps.Copy(content, more) } }
	for _, x := range []struct {
		name, id string
		change   func(object)
		field    string // at fault; empty: none
	}{
		{"by passport", "observer-party-register", in(object{"passport": "AA0000001", "birth_date": "1990-01-01"}), ""},
		{"a birth date that is none", "observer-party-register", in(object{"birth_date": "1990-02-31"}), "/subjects/0/birth_date"},
		{"filled columns", "pec-composition-recommend", in(object{"receipt": "x", "columns": object{"workplace": "Maktab"}, "reasons": object{"workplace": "boshqa ishga oʻtgan"}}), ""},
		{"a column of no name", "pec-composition-recommend", in(object{"columns": object{"30101800000019": "x"}}), "/subjects/0/columns"},
		{"a reason that says nothing", "pec-composition-recommend", in(object{"reasons": object{"workplace": ""}}), "/subjects/0/reasons/workplace"},
		{"a paper about residence", "candidate-register-jk", in(object{"papers": []any{object{"proves": "residence", "attachment": "a.pdf"}}}), ""},
		{"a paper about the weather", "candidate-register-jk", in(object{"papers": []any{object{"proves": "weather", "attachment": "a.pdf"}}}), "/subjects/0/papers/0/proves"},
		{"a statement nobody asks for", "candidate-register-jk", in(object{"statements": object{"tall": true}}), "/subjects/0/statements/tall"},
		{"a statement that is no word", "candidate-register-jk", in(object{"statements": object{"not_clergy": "yes"}}), "/subjects/0/statements/not_clergy"},
		{"a president's constituency", "candidate-register-president", in(object{"constituency": "7"}), "/subjects/0/constituency"},
		{"a place in the list", "partylist-register-lc", in(object{"position": 0}), "/subjects/0/position"},
		{"a post of commissions", "tec-composition-recommend", in(object{"post": "chair"}), ""},
		{"a post of none", "tec-composition-recommend", in(object{"post": "boss"}), "/subjects/0/post"},
		{"who leaves", "tec-member-change", in(object{"part": "leaving"}), ""},
		{"who dances", "tec-member-change", in(object{"part": "dancing"}), "/subjects/0/part"},
		{"who recommended", "pec-composition-recommend", in(object{"recommended_by": "Namuna mahallasi"}), ""},
		{"nobody over half", "pec-composition-recommend", top(object{"statements": object{"not_over_half": true}}), ""},
		{"a foreigner's name in Cyrillic", "observer-intl-accredit", in(object{"foreigner": object{"surname": "Иванов", "given_name": "Ivan", "passport": "U00000001", "state": "TR"}}), "/subjects/0/foreigner/surname"},
		{"a foreigner without state", "observer-intl-accredit", in(object{"foreigner": object{"surname": "Demir", "given_name": "Burak", "passport": "U00000001"}}), "/subjects/0/foreigner/state"},
		{"a foreigner whose role ends", "media-foreign-terminate", in(object{"foreigner": object{"passport": "U00000001", "state": "TR"}}), ""},
		{"a journalist of another country", "media-foreign-accredit", in(object{"foreigner": foreigner}), ""},
		{"signatures of a region", "party-signature-sheets-submit", top(object{"signatures": object{"sheets": 1, "valid": 1, "territories": object{"1735": 1}, "checked": 1, "faulty": 0}}), ""},
		{"signatures of nowhere", "party-signature-sheets-submit", top(object{"signatures": object{"sheets": 1, "valid": 1, "territories": object{"Andijon": 1}}}), "/signatures/territories"},
		{"fewer signatures than none", "party-signature-sheets-submit", top(object{"signatures": object{"sheets": 1, "valid": -1, "territories": object{"1735": 1}}}), "/signatures/valid"},
		{"a party's registration", "party-admission-lc", top(object{"registered": "2004-01-01", "signatures": counts}), ""},
		{"precincts abroad", "precincts-abroad-establish", top(object{"proposals": []any{object{"number": 1, "name": "Namuna", "territory": "TR", "voters": 20}}}), ""},
		{"a precinct of no territory", "precincts-propose", top(object{"proposals": []any{object{"number": 1, "name": "Namuna", "territory": "17", "voters": 20}}}), "/proposals/0/territory"},
		{"no precinct", "precincts-propose", top(object{"proposals": []any{}}), "/proposals"},
		{"another type's name", "precincts-propose", top(object{"type": "precincts-abroad-establish"}), "/type"},
		{"a vote of none", "precincts-propose", top(object{"ballot": "MAYOR"}), "/ballot"},
		{"another language", "precincts-propose", top(object{"language": "de"}), "/language"},
		{"the applicant, not named", "candidate-withdraw-jk", func(content object) { delete(content, "subjects") }, ""},
		{"nobody to be recalled", "candidate-recall-jk", func(content object) { delete(content, "subjects") }, "/subjects"},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			kind, ok := c.Type(x.id)
			if !ok {
				t.Fatal(x.id)
			}
			content := least(kind)
			x.change(content)
			got := problems(t, c, x.id, content)
			switch {
			case x.field == "" && len(got) > 0:
				t.Errorf("refused: %v", got)
			case x.field != "" && !slices.ContainsFunc(got, func(p schema.Problem) bool { return strings.HasPrefix(p.Field, x.field) }):
				t.Errorf("got %v, want a fault at %s", got, x.field)
			}
		})
	}
}

// No object of a form lets unknown fields in, and every definition is used.
func TestFormsAreClosed(t *testing.T) {
	t.Parallel()
	c := loaded(t)
	met := map[string]bool{}
	for _, id := range c.Forms() {
		var walk func(v any, at string)
		walk = func(v any, at string) {
			switch v := v.(type) {
			case []any:
				for i, x := range v {
					walk(x, fmt.Sprintf("%s/%d", at, i))
				}
			case object:
				if v["type"] == "object" && v["additionalProperties"] == nil {
					t.Errorf("%s lets anything in at %s", id, at)
				}
				for k, x := range v {
					walk(x, at+"/"+k)
				}
			}
		}
		walk(c.forms[id].whole, "")
		defs, _ := c.forms[id].whole["$defs"].(object)
		for name := range defs {
			met[name] = true
		}
	}
	raw, err := files.ReadFile("forms/" + definitions)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Defs object `json:"$defs"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	for name := range all.Defs {
		if !met[name] {
			t.Errorf("nothing uses the definition %s", name)
		}
	}
}

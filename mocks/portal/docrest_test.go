package portal_test

import (
	"bytes"
	"encoding/base64"
	"image/jpeg"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
)

func docrest(more object) object {
	return merged(object{"transaction_id": 101, "is_consent": "Y", "sender_pinfl": official, "langId": 1, "is_photo": "N", "Sender": "M"}, more)
}

func TestDocrestModes(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p, other := people.ByStory("observer-2"), people.ByStory("observer-1")
	pinfl, doc, born := string(p.PINFL), string(p.Document), p.BirthDate.String()
	cases := []struct {
		name  string
		body  object
		found bool
	}{
		{"PINFL and document", object{"pinpp": pinfl, "document": doc}, true},
		{"document and birth date", object{"document": doc, "birth_date": born}, true},
		{"PINFL and birth date", object{"pinpp": pinfl, "birth_date": born}, true},
		{"all three", object{"pinpp": pinfl, "document": doc, "birth_date": born}, true},
		{"another's document", object{"pinpp": pinfl, "document": string(other.Document)}, false},
		{"wrong birth date", object{"pinpp": pinfl, "birth_date": "1990-01-01"}, false},
		{"no such document", object{"document": "XB0000001", "birth_date": born}, false},
		{"no such PINFL", object{"pinpp": "41505939980027", "birth_date": "1993-05-15"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := call(t, s, portal.PathPersonal, docrest(c.body))
			m := a.json(t)
			list, _ := m["data"].([]any)
			if a.Status != 200 || (len(list) == 1) != c.found {
				t.Fatalf("%d %s", a.Status, a.Body)
			}
			if !c.found {
				if m["result"] != 303001.0 || m["comments"] == "" {
					t.Errorf("not found as %s", a.Body)
				}
				return
			}
			one, _ := list[0].(object)
			if one["current_pinpp"] != pinfl || one["current_document"] != doc || one["transaction_id"] != 101.0 {
				t.Errorf("got %s", a.Body)
			}
		})
	}
}

func TestDocrestFields(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{ResultForm: portal.ResultInt})
	p := people.ByStory("changed-passport")
	a := call(t, s, portal.PathPersonal, docrest(object{"pinpp": string(p.PINFLs[0]), "birth_date": p.BirthDate.String(), "langId": 3}))
	want := object{
		"transaction_id": 101.0, "current_pinpp": string(p.PINFL), "pinpps": []any{string(p.PINFLs[0]), string(p.PINFLs[1])},
		"current_document": string(p.Document), "surnamelat": p.Surname, "namelat": p.GivenName, "patronymlat": p.Patronymic,
		"surnamecyr": p.SurnameCyr, "namecyr": p.GivenCyr, "patronymcyr": p.PatronymicCyr,
		"engsurname": p.SurnameEng, "engname": p.GivenEng, "birth_date": p.BirthDate.String(), "birthplace": "SINOV TUMANI",
		"birthcountry": "O\u2018ZBEKISTON", "birthcountryid": 182.0, "livestatus": 1.0, "nationality": "O\u2018ZBEK", "nationalityid": 44.0,
		"citizenship": "O\u2018ZBEKISTON", "citizenshipid": 182.0, "sex": 2.0,
	}
	m := a.json(t)
	list, _ := m["data"].([]any)
	got, _ := list[0].(object)
	docs, _ := got["documents"].([]any)
	delete(got, "documents")
	if d := cmp.Diff(want, got); d != "" || m["result"] != 1.0 {
		t.Error(d)
	}
	var kinds []any
	for _, d := range docs {
		doc, _ := d.(object)
		kinds = append(kinds, doc["type"])
		for _, key := range []string{"document", "docgiveplace", "docgiveplaceid", "datebegin", "status"} {
			if doc[key] == nil {
				t.Errorf("document lacks %s", key)
			}
		}
		if end := doc["dateend"]; (end == nil) != (doc["type"] == population.TypeBirthCert) {
			t.Errorf("dateend %v of %v", end, doc["type"])
		}
	}
	if d := cmp.Diff([]any{population.TypeBirthCert, population.TypeIDCard, population.TypeIDCard}, kinds); d != "" {
		t.Error(d)
	}
}

func TestDocrestVariants(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{ResultForm: portal.ResultString, DataKey: "Data", NoCyrillic: true})
	ask := func(story string, more object) (object, object) {
		p := people.ByStory(story)
		m := call(t, s, portal.PathPersonal, docrest(merged(object{"pinpp": string(p.PINFL), "birth_date": p.BirthDate.String()}, more))).json(t)
		list, _ := m["Data"].([]any)
		if len(list) != 1 {
			t.Fatalf("%s: %v", story, m)
		}
		one, _ := list[0].(object)
		return m, one
	}
	m, one := ask("foreign", object{"is_photo": "Y"})
	if m["result"] != "1" || one["citizenshipid"] == 182.0 {
		t.Errorf("result %v, citizenship %v", m["result"], one["citizenshipid"])
	}
	for _, key := range []string{"surnamecyr", "namecyr", "patronymcyr", "engsurname", "engname"} {
		if _, there := one[key]; there {
			t.Errorf("%s is there", key)
		}
	}
	text, _ := one["photo"].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jpeg.Decode(bytes.NewReader(raw)); err != nil {
		t.Errorf("photo: %v", err)
	}
	if _, one := ask("dead", nil); one["livestatus"] == 1.0 || one["photo"] != nil {
		t.Errorf("the dead: livestatus %v, photo %v", one["livestatus"], one["photo"])
	}
}

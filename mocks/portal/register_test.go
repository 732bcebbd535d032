package portal_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/portal"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("candidate-clean")
	m := call(t, s, portal.PathAddress, object{"pinpp": string(p.PINFL)}).json(t)
	if m["AnswereId"] != 1.0 || m["AnswereMessage"] != "Ok" || m["AnswereComment"] != "" {
		t.Errorf("envelope %v", m)
	}
	data, _ := m["Data"].(object)
	if temporary, there := data["TemproaryRegistrations"]; !there || temporary != nil {
		t.Errorf("temporary %v", temporary)
	}
	got, _ := data["PermanentRegistration"].(object)
	maxalla, _ := got["Maxalla"].(object)
	street, _ := got["Street"].(object)
	if maxalla["Guid"] == "" || street["Guid"] == "" || street["Value"] != p.Address.Street || maxalla["Value"] != p.Address.Mahalla {
		t.Errorf("mahalla %v, street %v", maxalla, street)
	}
	delete(got, "Maxalla")
	delete(got, "Street")
	want := object{
		"Cadastre":         p.Address.Cadastre,
		"Country":          object{"Id": 182.0, "Value": "ЎЗБЕКИСТОН", "IdValue": "(182) ЎЗБЕКИСТОН"},
		"Region":           object{"Id": 1726.0, "Value": "ТОШКЕНТ ШАҲРИ", "IdValue": "(1726) ТОШКЕНТ ШАҲРИ"},
		"District":         object{"Id": 1726269.0, "Value": "МИРЗО УЛУҒБЕК ТУМАНИ", "IdValue": "(1726269) МИРЗО УЛУҒБЕК ТУМАНИ"},
		"Address":          p.Address.Street + ", дом " + p.Address.House,
		"RegistrationDate": p.Address.Since.String() + "T00:00:00",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if a := call(t, s, portal.PathAddress, object{"pinpp": string(people.ByStory("restricted").PINFL)}); a.Status != 423 {
		t.Errorf("restricted: %d", a.Status)
	}
	if a := call(t, s, portal.PathAddress, object{"pinpp": official}); a.Status != 204 || a.Body != "" {
		t.Errorf("nobody: %d %s", a.Status, a.Body)
	}
}

func TestEmployment(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	ask := func(pin string) (object, []any, string) {
		a := call(t, s, portal.PathEmployment, object{"pin": pin, "request_id": "r-1"})
		m := a.json(t)
		if a.Status != 200 || m["jsonrpc"] != "2.0" || m["error"] != nil {
			t.Fatalf("envelope %s", a.Body)
		}
		result, _ := m["result"].(object)
		data, _ := result["data"].(object)
		list, _ := data["experiences"].([]any)
		return result, list, a.Body
	}
	p := people.ByStory("candidate-military")
	result, list, _ := ask(string(p.PINFL))
	if result["success"] != true || result["code"] != 200.0 || len(list) != 1 {
		t.Fatalf("got %v", result)
	}
	got, _ := list[0].(object)
	for _, key := range []string{
		"company_inn", "company_name", "structure_name", "position_id", "position_name", "kodp", "kodp_type", "work_type", "action_type_id",
		"contract_number", "contract_date", "order_number", "order_date", "start_date", "end_date", "person_pin", "soato_code",
		"workplace_address", "transaction_id", "parent_id",
	} {
		if _, there := got[key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
	if got["company_inn"] != p.Employer().TIN || got["end_date"] != nil || got["person_pin"] != string(p.PINFL) {
		t.Errorf("got %v", got)
	}
	data, _ := result["data"].(object)
	profile, _ := data["profile"].(object)
	want := object{
		"pin": string(p.PINFL), "person_surname": p.Surname, "person_name": p.GivenName, "person_patronymic": p.Patronymic,
		"birth_date": p.BirthDate.String(), "gender": 1.0,
	}
	if d := cmp.Diff(want, profile); d != "" {
		t.Error(d)
	}
	_, list, _ = ask(string(people.ByStory("proxy-2").PINFL))
	if past, _ := list[0].(object); past["end_date"] != people.ByStory("proxy-2").Jobs[0].End.String() {
		t.Errorf("a past job ends %v", past["end_date"])
	}
	if result, list, body := ask(string(people.ByStory("stranger").PINFL)); result["success"] != true || len(list) != 0 || !strings.Contains(body, `"experiences":[]`) {
		t.Errorf("without jobs: %s", body)
	}
	if result, _, _ := ask(official); result["success"] != false || !strings.Contains(result["message"].(string), "topilmadi") {
		t.Errorf("nobody: %v", result)
	}
}

func TestEducation(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("candidate-clean")
	var list []object
	if err := json.Unmarshal([]byte(call(t, s, portal.PathEducation, object{"pinfl": string(p.PINFL)}).Body), &list); err != nil || len(list) != 1 {
		t.Fatalf("%d diplomas, %v", len(list), err)
	}
	for key, want := range map[string]any{
		"institution_name": p.Diplomas[0].Institution, "degree_name": "Bakalavr", "speciality_name": p.Diplomas[0].Speciality,
		"diploma_given_date": p.Diplomas[0].Given.String(), "diploma_serial": "B", "diploma_number": p.Diplomas[0].Number, "speciality_old_id": nil,
	} {
		if got, there := list[0][key]; !there || got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	for _, key := range []string{
		"id", "pinfl", "edu_type_id", "edu_type_name", "institution_type_id", "institution_type_name", "institution_id",
		"institution_old_name_id", "institution_old_name", "degree_id", "edu_form_id", "edu_form_name", "speciality_id", "speciality_code",
		"edu_duration_id", "edu_duration_name", "edu_starting_date", "edu_finishing_date", "diploma_serial_id", "diploma_type_id",
		"diploma_type_name", "status_id", "status_name",
	} {
		if _, there := list[0][key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
	none := object{"pinfl": string(people.ByStory("no-diploma").PINFL)}
	for form, want := range map[string]struct {
		status int
		body   string
	}{
		portal.AbsentArray: {200, "[]\n"}, portal.Absent204: {204, ""}, portal.Absent404: {404, `{"message":"Diplom topilmadi"}` + "\n"},
	} {
		s, _ := start(t, portal.Options{DiplomaAbsent: form})
		if a := call(t, s, portal.PathEducation, none); a.Status != want.status || a.Body != want.body {
			t.Errorf("%q: %d %q", form, a.Status, a.Body)
		}
	}
}

// order asks for a report and returns the request's number.
func order(t *testing.T, s *portal.Server, story string) string {
	t.Helper()
	m := call(t, s, portal.PathSearch, searchBody(people.ByStory(story))).json(t)
	id, _ := m["request_id"].(string)
	if m["success"] != true || id == "" || m["message"] != nil {
		t.Fatalf("%s: %v", story, m)
	}
	return id
}

func TestCriminalRecord(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	for story, want := range map[string]func(object) bool{
		"candidate-convicted": func(c object) bool {
			return c["gravity"] == "serious" && c["expunged_date"] == nil && c["intentional"] == true && c["in_custody"] == false
		},
		"candidate-expunged": func(c object) bool {
			return c["gravity"] == "serious" && c["expunged_date"] == people.ByStory("candidate-expunged").Convictions[0].Expunged.String()
		},
		"in-custody": func(c object) bool { return c["in_custody"] == true && c["served"] == false },
		"observer-2": nil,
	} {
		id := order(t, s, story)
		first := call(t, s, portal.PathCheck, object{"id_query": id}).json(t) // as a string
		if first["success"] != false || first["message"] == nil || first["data"] != nil {
			t.Errorf("%s: first poll %v", story, first)
		}
		second := call(t, s, portal.PathCheck, object{"id_query": json.Number(id)}).json(t) // as a number
		data, _ := second["data"].(object)
		list, _ := data["convictions"].([]any)
		if second["success"] != true || data["has_conviction"] != (want != nil) || (len(list) == 1) != (want != nil) {
			t.Fatalf("%s: second poll %v", story, second)
		}
		if want == nil {
			continue
		}
		c, _ := list[0].(object)
		for _, key := range []string{"article", "court", "sentence_date", "sentence", "served", "expunged_date"} {
			if _, there := c[key]; !there {
				t.Errorf("%s is missing", key)
			}
		}
		if !want(c) {
			t.Errorf("%s: %v", story, c)
		}
	}
}

func TestCriminalRecordTakesItsTime(t *testing.T) {
	t.Parallel()
	s, w := start(t, portal.Options{PendingPolls: -1, PendingFor: time.Minute})
	id := order(t, s, "observer-1")
	ready := func() any { return call(t, s, portal.PathCheck, object{"id_query": id}).json(t)["success"] }
	if ready() != false {
		t.Error("ready at once")
	}
	w.Add(time.Minute)
	if ready() != true {
		t.Error("not ready after its time")
	}
	// A number of before a restart is understood by a new server.
	s2, _ := start(t, portal.Options{})
	for i, want := range []any{false, true} {
		if got := call(t, s2, portal.PathCheck, object{"id_query": id}).json(t)["success"]; got != want {
			t.Errorf("poll %d after a restart: %v", i, got)
		}
	}
	if a := call(t, s, portal.PathCheck, object{"id_query": 19999999}); a.Status != 404 {
		t.Errorf("unknown number: %d", a.Status)
	}
}

func TestCriminalRecordRefusesAnotherPerson(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("observer-2")
	for name, change := range map[string]object{
		"passport":     {"passport": "XA9999999"},
		"year":         {"birth_year": p.BirthDate.Year - 1},
		"swapped":      {"firstname": p.Surname, "lastname": p.GivenName},
		"organisation": {"organization_id": "000000"},
	} {
		m := call(t, s, portal.PathSearch, merged(searchBody(p), change)).json(t)
		if m["success"] != false || m["message"] == nil || m["request_id"] != nil {
			t.Errorf("%s: %v", name, m)
		}
	}
	for name, change := range map[string]object{
		"apostrophe": {"firstname": strings.ReplaceAll(p.GivenName, "\u2018", "'"), "lastname": strings.ReplaceAll(p.Surname, "\u2018", "\u02bb")},
		"Cyrillic":   {"firstname": p.GivenCyr, "lastname": p.SurnameCyr},
		"consent":    {"consent": true, "middlename": nil, "is_allowed_abroad": nil},
	} {
		if m := call(t, s, portal.PathSearch, merged(searchBody(p), change)).json(t); m["success"] != true {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestDisability(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	ask := func(story string) object {
		p := people.ByStory(story)
		return call(t, s, portal.PathDisability, object{
			"transaction_id": "1", "pin": official, "purpose": "election", "consent": "true", "pinfl": string(p.PINFL), "passport": string(p.Document),
		}).json(t)
	}
	p := people.ByStory("disabled")
	got := ask("disabled")
	want := object{
		"pinfl": string(p.PINFL), "has_disability": true, "group": 2.0, "reason": p.Disability.Reason, "commission": p.Disability.Commission,
		"exam_date": p.Disability.Examined.String(), "valid_from": p.Disability.Examined.String(), "valid_to": nil, "lifetime": true,
		"cert_number": p.Disability.Certificate,
	}
	if d := cmp.Diff(object{"result_code": 1.0, "result_message": "OK", "data": want}, got); d != "" {
		t.Error(d)
	}
	if none := ask("observer-1"); none["result_code"] != 0.0 || none["data"] != nil {
		t.Errorf("not registered: %v", none)
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	ask := func(pinfl string) object {
		return call(t, s, portal.PathCapacity, object{
			"transaction_id": 201, "sender_pinfl": official, "purpose": "election", "consent": "Y", "pinfl": pinfl,
		}).json(t)
	}
	for story, want := range map[string]string{"observer-1": "FULL", "limited": "LIMITED", "incapable": "NONE"} {
		m := ask(string(people.ByStory(story).PINFL))
		data, _ := m["data"].(object)
		if m["result_code"] != 1.0 || data["capacity"] != want || (data["court_name"] == nil) != (want == "FULL") || (data["effective_date"] == nil) != (want == "FULL") {
			t.Errorf("%s: %v", story, m)
		}
		for _, key := range []string{"pinfl", "case_number", "decision_date", "guardian_pinfl"} {
			if _, there := data[key]; !there {
				t.Errorf("%s is missing", key)
			}
		}
	}
	if m := ask(official); m["result_code"] != 0.0 || m["data"] != nil {
		t.Errorf("nobody: %v", m)
	}
}

package portal_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

func TestFound(t *testing.T) {
	t.Parallel()
	day := func(y int, m time.Month, d int) civil.Date { return civil.Date{Year: y, Month: m, Day: d} }
	want := map[string]register.Answer{
		"personal-data.docrest": {Facts: &register.PersonalData{
			PINFL: subject, PINFLs: []personal.PINFL{subject}, Document: passport, Surname: "NAMUNAYEVA", GivenName: "GULNORA", Patronymic: "SINOV QIZI",
			BirthDate: day(1993, 5, 15), BirthPlace: "SINOV SHAHRI", Sex: "female", Nationality: "O‘ZBEK", Citizen: true, Citizenship: "УЗБЕКИСТАН", Alive: true,
		}, Columns: columns("surname", "NAMUNAYEVA", "given_name", "GULNORA", "patronymic", "SINOV QIZI", "birth_date", "1993-05-15", "sex", "female", "nationality", "O‘ZBEK", "birth_place", "SINOV SHAHRI", "citizenship", "УЗБЕКИСТАН")},
		"registered-address.pin": {Facts: &register.RegisteredAddress{
			RegionID: 12, Region: "ТОШКЕНТ", DistrictID: 1205, District: "СИНОВ", Mahalla: "NAMUNA", Street: "BOG‘", Address: "1-uy", Cadastre: "10:00", Since: day(2021, 1, 1),
		}, Columns: columns("home_region", "ТОШКЕНТ", "home_district", "СИНОВ", "home_mahalla", "NAMUNA", "home_address", "1-uy")},
		"employment.history": {Facts: &register.WorkHistory{Jobs: []register.Job{
			{TIN: "300000001", Employer: "SINOV MCHJ", Structure: "BO‘LIM", Position: "MUTAXASSIS", Start: day(2020, 1, 1)},
			{TIN: "300000002", Employer: "ESKI MCHJ", Position: "USTA", Start: day(2010, 1, 1), End: day(2019, 12, 31)},
		}}, Columns: columns("workplace", "SINOV MCHJ", "position", "MUTAXASSIS")},
		"education.diploma": {Facts: &register.EducationRecord{Diplomas: []register.Diploma{
			{Institution: "ESKI INSTITUT", Degree: "Bakalavr", Speciality: "Tarix", Given: day(2014, 7, 1), Serial: "B", Number: "0000001"},
			{Institution: "YANGI INSTITUT", Degree: "Magistr", Speciality: "Huquq", Given: day(2016, 7, 1), Serial: "M", Number: "0000002"},
		}}, Columns: columns("education_level", "Magistr", "specialty", "Huquq", "institution", "YANGI INSTITUT")},
		"criminal-record.check": {Facts: &register.CriminalRecord{}, Columns: columns("criminal_record", "none")},
		"disability.passport":   {Facts: &register.DisabilityRecord{Group: 2, Until: day(2026, 1, 10)}, Columns: columns("disability", "group 2")},
		birthDoc:                {Facts: &register.DisabilityRecord{Group: 3, Lifetime: true}, Columns: columns("disability", "group 3")},
		"employed-at.status":    {Facts: &register.EmployedAt{TIN: employer, Employed: true, Status: "1"}, Columns: columns("employed_at", "employed")},
		"school-certificate.pinfl": {Facts: &register.SchoolCertificate{
			Year: 2011, Level: "11-sinf", Kind: "Oddiy", Number: "UM 00000001", School: "991-sonli namuna maktabi", Region: "Toshkent shahri", District: "Sinov tumani",
		}, Columns: columns("school", "991-sonli namuna maktabi", "school_year", "2011", "school_certificate", "UM 00000001")},
		"lyceum-certificate.pinfl": {Facts: &register.LyceumCertificate{
			Year: 2012, School: "Sinov akademik litseyi", Kind: "lyceum", Region: "Toshkent shahri", District: "Sinov tumani",
		}, Columns: columns("lyceum", "Sinov akademik litseyi", "lyceum_year", "2012")},
		"legal-capacity.check": {Facts: &register.CapacityRecord{Capacity: "FULL"}, Columns: columns("legal_capacity", "FULL")},
	}
	owner := map[string]string{} // of a column: one register each
	for key, answer := range want {
		id, _, _ := strings.Cut(key, ".")
		for _, c := range answer.Columns {
			if other, taken := owner[c.Name]; taken && other != id {
				t.Errorf("column %s is filled by %s and %s", c.Name, other, id)
			}
			owner[c.Name] = id
		}
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answer.Status = register.Found
				p := open(t, answers(200, good[key]), portal.Deps{})
				reply, err := operation(t, p, key).Ask(t.Context(), question())
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&answer, reply.Answer); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
	reply, err := operation(t, open(t, answers(200, good["criminal-record.search"]), portal.Deps{}), "criminal-record.search").Ask(t.Context(), question())
	if err != nil || reply.Answer != nil || reply.Continue != "1000001" {
		t.Errorf("search: %+v, %v", reply, err)
	}
}

const page = "<!DOCTYPE html><html><body>Texnik ishlar</body></html>"

// Every operation, against every status and form of body that the gateway and
// what stands before it can send.
func TestStatusBodyAndKind(t *testing.T) {
	t.Parallel()
	flat := func(code string) string { return `{"code":"` + code + `","message":"m","description":"d"}` }
	cases := []struct {
		name     string
		status   int
		body     string
		kind     fault.Kind
		code     string
		answer   register.Status // when kind is empty
		criminal fault.Kind      // when the criminal record differs; "" as kind
	}{
		{"no content", 204, "", "", "", register.Absent, fault.Breach},
		{"not found, no body", 404, "", "", "", register.Absent, fault.Breach},
		{"not found, a register's words", 404, `{"message":"Ma'lumot topilmadi"}`, "", "", register.Absent, fault.Breach},
		{"not found, a register's words in the gateway's form", 404, `{"code":"404","message":"Ma'lumot topilmadi","description":""}`, "", "", register.Absent, fault.Breach},
		{"locked by the owner", 423, "", "", "", register.Restricted, ""},
		{"locked, gateway's form", 423, flat("423"), "", "", register.Restricted, ""},
		{"locked, in XML", 423, `<ams:fault xmlns:ams="http://wso2.org"><ams:code>423</ams:code></ams:fault>`, "", "", register.Restricted, ""},
		{"no such resource", 404, `{"code":"404","type":"Status report","message":"Runtime Error","description":"No matching resource found for given API Request"}`, fault.Misconfigured, "404", "", ""},
		{"no such resource, by code", 404, flat("900906"), fault.Misconfigured, "900906", "", ""},
		{"no such resource, wrapped", 404, `{"fault":{"code":404,"type":"Status report","message":"Not Found","description":"The requested resource is not available."}}`, fault.Misconfigured, "404", "", ""},
		{"no such resource, a code that is no number", 404, flat("NOT-FOUND"), fault.Misconfigured, "404", "", ""},
		{"no such resource, in XML", 404, `<am:fault xmlns:am="http://wso2.org/apimanager"><am:code>none</am:code><am:message>m</am:message></am:fault>`, fault.Misconfigured, "404", "", ""},
		{"not found, a register's words and a code of its own", 404, `{"code":"NOT-FOUND","message":"Ma'lumot topilmadi"}`, "", "", register.Absent, fault.Breach},
		{"no subscription", 403, flat("900908"), fault.Misconfigured, "900908", "", ""},
		{"no token sent", 401, `{"fault":{"code":900902,"message":"m","description":"d"}}`, fault.Misconfigured, "900902", "", ""},
		{"closed", 403, "", fault.Misconfigured, "403", "", ""},
		{"moved", 302, "", fault.Misconfigured, "302", "", ""},
		{"wrong method", 405, flat("405"), fault.Misconfigured, "405", "", ""},
		{"throttled", 429, flat("900804"), fault.Throttled, "900804", "", ""},
		{"throttled, no body", 429, "", fault.Throttled, "429", "", ""},
		{"throttled, wrapped number", 429, `{"fault":{"code":900800,"message":"m","description":"d"}}`, fault.Throttled, "900800", "", ""},
		{"blocked by policy", 429, flat("900805"), fault.Misconfigured, "900805", "", ""},
		{"blocked by policy, 403", 403, flat("900805"), fault.Misconfigured, "900805", "", ""},
		{"blocked by the operator", 503, flat("700700"), fault.Unavailable, "700700", "", ""},
		{"back end away", 504, flat("101504"), fault.Unavailable, "101504", "", ""},
		{"back end away, XML", 500, `<ams:fault xmlns:ams="http://wso2.org"><ams:code>101503</ams:code><ams:message>m</ams:message></ams:fault>`, fault.Unavailable, "101503", "", ""},
		{"server error", 500, page, fault.Unavailable, "500", "", ""},
		{"slow", 408, "", fault.Unavailable, "408", "", ""},
		{"a page", 200, page, fault.Unavailable, "not_json", "", ""},
		{"a page that is not there", 404, page, fault.Unavailable, "not_json", "", ""},
		{"a page refuses", 400, page, fault.Unavailable, "not_json", "", ""},
		{"nothing", 200, " ", fault.Unavailable, "empty_answer", "", ""},
		{"cut off", 200, `{"result":1,"data":[{"transac`, fault.Unavailable, "not_json", "", ""},
		{"bad request", 400, flat("400"), fault.Rejected, "400", "", ""},
		{"of another shape", 200, `{"hello":"world"}`, fault.Breach, "", "", ""},
		{"a number", 200, `42`, fault.Breach, "", "", ""},
		{"null", 200, `null`, fault.Breach, "", "", ""},
		{"status out of the blue", 206, `{}`, fault.Breach, "", "", ""},
	}
	for _, key := range keys {
		for _, c := range cases {
			t.Run(key+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := open(t, answers(c.status, c.body), portal.Deps{})
					reply, err := operation(t, p, key).Ask(t.Context(), question())
					want := c.kind
					if strings.HasPrefix(key, "criminal") && c.criminal != "" {
						want = c.criminal
					}
					if got := fault.KindOf(err); got != want {
						t.Fatalf("got %q (%v), want %q", got, err, want)
					}
					if err == nil {
						if reply.Answer == nil || reply.Answer.Status != c.answer || reply.Answer.Facts != nil || len(reply.Answer.Columns) > 0 {
							t.Fatalf("got %+v, want %s", reply, c.answer)
						}
						return
					}
					f := fault.Of(err)
					if f.System != portal.System || f.Operation != key || c.code != "" && f.Code != c.code {
						t.Errorf("place %q %q, code %q; want code %q", f.System, f.Operation, f.Code, c.code)
					}
					if reply != (register.Reply{}) {
						t.Errorf("a fault with a reply: %+v", reply)
					}
				})
			})
		}
	}
}

// What each register says in its own dialect, besides "found".
func TestDialects(t *testing.T) {
	t.Parallel()
	const other = "32103889999014"
	swap := func(key, old, with string) string {
		out := strings.ReplaceAll(good[key], old, with)
		if out == good[key] {
			t.Fatalf("%s: nothing to swap", key)
		}
		return out
	}
	cases := []struct {
		name, key, body string
		kind            fault.Kind
		status          register.Status
	}{
		{"number for a flag", "personal-data.docrest", swap("personal-data.docrest", `"result":"1"`, `"result":1`), "", register.Found},
		{"capital Data", "personal-data.docrest", swap("personal-data.docrest", `"data"`, `"Data"`), "", register.Found},
		{"one PINFL as text", "personal-data.docrest", swap("personal-data.docrest", `["41505939980027"]`, `"41505939980027"`), "", register.Found},
		{"code for not found", "personal-data.docrest", `{"result":303001,"comments":"x","data":[]}`, "", register.Absent},
		{"code for not found, text", "personal-data.docrest", `{"result":"303001"}`, "", register.Absent},
		{"found nothing", "personal-data.docrest", `{"result":1,"comments":"","data":[]}`, "", register.Absent},
		{"words in Uzbek", "personal-data.docrest", `{"result":0,"comments":"Ma'lumot TOPILMADI","data":[]}`, "", register.Absent},
		{"words in Russian", "personal-data.docrest", `{"result":0,"comments":"Гражданин не найден","data":null}`, "", register.Absent},
		{"words transliterated", "personal-data.docrest", `{"result":"0","comments":"Ne nayden"}`, "", register.Absent},
		{"unknown code", "personal-data.docrest", `{"result":5,"comments":"Xatolik"}`, fault.Unavailable, ""},
		{"somebody else", "personal-data.docrest", swap("personal-data.docrest", "41505939980027", other), fault.Breach, ""},
		{"no birth date", "personal-data.docrest", swap("personal-data.docrest", `"1993-05-15"`, `""`), fault.Breach, ""},
		{"impossible birth date", "personal-data.docrest", swap("personal-data.docrest", `"1993-05-15"`, `"1993-02-30"`), fault.Breach, ""},
		{"flag of another type", "personal-data.docrest", swap("personal-data.docrest", `"result":"1"`, `"result":true`), fault.Breach, ""},
		{"gateway error on a 200", "personal-data.docrest", `{"fault":{"code":"101503","message":"m","description":"d"}}`, fault.Unavailable, ""},

		{"no registration", "registered-address.pin", `{"Data":{"PermanentRegistration":null,"TemproaryRegistrations":null},"AnswereId":1,"AnswereMessage":"Ok"}`, "", register.Absent},
		{"no data", "registered-address.pin", `{"Data":null,"AnswereId":1}`, "", register.Absent},
		{"words", "registered-address.pin", `{"Data":null,"AnswereId":2,"AnswereMessage":"Ma'lumot topilmadi"}`, "", register.Absent},
		{"failure", "registered-address.pin", `{"Data":null,"AnswereId":0,"AnswereMessage":"Xatolik"}`, fault.Unavailable, ""},
		{"empty registration", "registered-address.pin", `{"Data":{"PermanentRegistration":{}},"AnswereId":1}`, fault.Breach, ""},
		{"flag as text", "registered-address.pin", swap("registered-address.pin", `"AnswereId":1`, `"AnswereId":"1"`), "", register.Found},

		{"no jobs", "employment.history", `{"error":null,"result":{"success":true,"code":200,"data":{"profile":{"pin":"41505939980027"},"experiences":[]}}}`, "", register.Absent},
		{"no data", "employment.history", `{"error":null,"result":{"success":true,"code":200,"data":null}}`, "", register.Absent},
		{"words", "employment.history", `{"error":null,"result":{"success":false,"code":500,"message":"Fuqaro topilmadi"}}`, "", register.Absent},
		{"code 404", "employment.history", `{"error":null,"result":{"success":false,"code":404,"message":""}}`, "", register.Absent},
		{"failure", "employment.history", `{"error":null,"result":{"success":false,"code":500,"message":"x"}}`, fault.Unavailable, ""},
		{"RPC error", "employment.history", `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x"}}`, fault.Unavailable, ""},
		{"RPC bad parameters", "employment.history", `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"x"}}`, fault.Rejected, ""},
		{"RPC no such method", "employment.history", `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"x"}}`, fault.Misconfigured, ""},
		{"somebody else", "employment.history", swap("employment.history", `"profile":{"pin":"41505939980027"`, `"profile":{"pin":"`+other+`"`), fault.Breach, ""},
		{"somebody else's job", "employment.history", swap("employment.history", `"person_pin":"41505939980027"}]`, `"person_pin":"`+other+`"}]`), fault.Breach, ""},
		{"nobody's job", "employment.history", `{"error":null,"result":{"success":true,"data":{"profile":null,"experiences":[{"company_name":"X"}]}}}`, fault.Breach, ""},
		{"an end that is no date keeps no job alive", "employment.history", swap("employment.history", `"end_date":null`, `"end_date":"bekor"`), fault.Breach, ""},

		{"no diploma", "education.diploma", `[]`, "", register.Absent},
		{"no diploma, in words", "education.diploma", `{"message":"Diplom topilmadi"}`, "", register.Absent},
		{"somebody else", "education.diploma", `[{"pinfl":"` + other + `","degree_name":"Bakalavr"}]`, fault.Breach, ""},
		{"somebody else, masked", "education.diploma", `[{"pinfl":"3210388*******"}]`, fault.Breach, ""},
		{"all masked proves nobody", "education.diploma", `[{"pinfl":"**************"}]`, fault.Breach, ""},
		{"nobody", "education.diploma", `[{"degree_name":"Bakalavr"}]`, fault.Breach, ""},

		{"refused", "criminal-record.search", `{"success":false,"request_id":null,"message":"x"}`, fault.Rejected, ""},
		{"no number", "criminal-record.search", `{"success":true,"request_id":null}`, fault.Breach, ""},
		{"in work", "criminal-record.check", `{"success":false,"message":"x"}`, fault.Pending, ""},
		{"in work, whatever the words", "criminal-record.check", `{"success":false,"message":"topilmadi","data":{"has_conviction":false,"convictions":[]}}`, fault.Pending, ""},
		{"ready without data", "criminal-record.check", `{"success":true,"message":null}`, fault.Breach, ""},
		{"ready without the flag", "criminal-record.check", `{"success":true,"data":{"convictions":[]}}`, fault.Breach, ""},
		{"flag against list", "criminal-record.check", `{"success":true,"data":{"has_conviction":false,"convictions":[{"article":"1"}]}}`, fault.Breach, ""},
		{"flag without list", "criminal-record.check", `{"success":true,"data":{"has_conviction":true,"convictions":[]}}`, fault.Breach, ""},
		{"flag as text", "criminal-record.check", `{"success":"true","data":{"has_conviction":false,"convictions":[]}}`, fault.Breach, ""},
		{"somebody else", "criminal-record.check", `{"success":true,"data":{"pinfl":"` + other + `","has_conviction":false,"convictions":[]}}`, fault.Breach, ""},
		{"unknown gravity", "criminal-record.check", `{"success":true,"data":{"has_conviction":true,"convictions":[{"gravity":"awful"}]}}`, fault.Breach, ""},

		{"not registered", "disability.passport", `{"result_code":0,"result_message":"Topilmadi","data":null}`, "", register.Absent},
		{"failure", "disability.passport", `{"result_code":7,"result_message":"x"}`, fault.Unavailable, ""},
		{"found nothing", "disability.passport", `{"result_code":1,"data":null}`, fault.Breach, ""},
		{"somebody else", "disability.passport", swap("disability.passport", "41505939980027", other), fault.Breach, ""},
		{"group 4", "disability.passport", swap("disability.passport", `"group":2`, `"group":4`), fault.Breach, ""},
		{"no flag", "disability.passport", swap("disability.passport", `"has_disability":true,`, ``), fault.Breach, ""},
		{"no disability, but a group", "disability.passport", swap("disability.passport", `"has_disability":true`, `"has_disability":false`), fault.Breach, ""},
		{"group as text", "disability.passport", swap("disability.passport", `"group":2`, `"group":"2"`), "", register.Found},

		{"no record", "legal-capacity.check", `{"result_code":0,"result_message":"","data":null}`, "", register.Absent},
		{"by birth certificate, not registered", birthDoc, `{"result_code":0,"result_message":"Topilmadi","data":null}`, "", register.Absent},
		{"by birth certificate, somebody else", birthDoc, swap(birthDoc, "41505939980027", other), fault.Breach, ""},

		{"works elsewhere", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":0`), "", register.Found},
		{"status as text", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":"1"`), "", register.Found},
		{"status as a flag", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":false`), "", register.Found},
		{"status unknown", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":2`), fault.Breach, ""},
		{"status null", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":null`), fault.Breach, ""},
		{"status of another type", "employed-at.status", swap("employed-at.status", `"status":1`, `"status":[1]`), fault.Breach, ""},
		{"no status", "employed-at.status", swap("employed-at.status", `"status":1`, ``), fault.Breach, ""},
		{"no data", "employed-at.status", `{"error":null,"result":{"success":true,"code":200,"data":null}}`, "", register.Absent},
		{"nobody", "employed-at.status", `{"error":null,"result":{"success":false,"code":404,"message":"x"}}`, "", register.Absent},
		{"RPC error", "employed-at.status", `{"error":{"code":-32000,"message":"x"}}`, fault.Unavailable, ""},
		{"RPC error in words", "employed-at.status", `{"error":"Fuqaro topilmadi"}`, "", register.Absent},
		{"neither error nor result", "employed-at.status", `{"jsonrpc":"2.0","id":1}`, fault.Breach, ""},

		{"masked", "school-certificate.pinfl", swap("school-certificate.pinfl", "41505939980027", "4150593*******"), "", register.Found},
		{"year as text", "school-certificate.pinfl", swap("school-certificate.pinfl", `2011`, `"2011"`), "", register.Found},
		{"year of nobody's life", "school-certificate.pinfl", swap("school-certificate.pinfl", `2011`, `11`), fault.Breach, ""},
		{"no number", "school-certificate.pinfl", swap("school-certificate.pinfl", `"UM 00000001"`, `""`), fault.Breach, ""},
		{"none in words", "school-certificate.pinfl", `{"success":false,"data":null,"message":"Shahodatnoma topilmadi"}`, "", register.Absent},
		{"none without words", "school-certificate.pinfl", `{"success":true,"data":null}`, "", register.Absent},
		{"failure", "school-certificate.pinfl", `{"success":false,"data":null}`, fault.Unavailable, ""},
		{"somebody else", "school-certificate.pinfl", swap("school-certificate.pinfl", "41505939980027", other), fault.Breach, ""},
		{"nobody", "school-certificate.pinfl", swap("school-certificate.pinfl", `"pin":"41505939980027",`, ``), fault.Breach, ""},

		{"success as text", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", `"success":200`, `"success":"200"`), "", register.Found},
		{"success that says 404", "lyceum-certificate.pinfl", `{"success":404,"code":1,"message":null,"data":null}`, "", register.Absent},
		{"none in words", "lyceum-certificate.pinfl", `{"success":500,"code":1,"message":"Ma'lumot topilmadi","data":null}`, "", register.Absent},
		{"no student", "lyceum-certificate.pinfl", `{"success":200,"code":0,"message":null,"data":{"student":null}}`, "", register.Absent},
		{"failure", "lyceum-certificate.pinfl", `{"success":500,"code":0,"message":"x","data":null}`, fault.Unavailable, ""},
		{"code of a failure", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", `"code":0`, `"code":7`), fault.Unavailable, ""},
		{"no code", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", `"code":0,`, ``), fault.Breach, ""},
		{"true for 200", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", `"success":200`, `"success":true`), fault.Breach, ""},
		{"no school", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", `"Sinov akademik litseyi"`, `""`), fault.Breach, ""},
		{"somebody else", "lyceum-certificate.pinfl", swap("lyceum-certificate.pinfl", "41505939980027", other), fault.Breach, ""},

		{"a date that means none", "registered-address.pin", swap("registered-address.pin", `2021-01-01T00:00:00`, `0001-01-01T00:00:00`), "", register.Found},
		{"a date before everything", "registered-address.pin", swap("registered-address.pin", `2021-01-01T00:00:00`, `1021-01-01T00:00:00`), fault.Breach, ""},
		{"a text without end", "registered-address.pin", swap("registered-address.pin", `1-uy`, strings.Repeat("x", 9000)), fault.Breach, ""},
		{"more diplomas than a life", "education.diploma", "[" + strings.Repeat(`{"pinfl":"41505939980027"},`, 500) + `{"pinfl":"41505939980027"}]`, fault.Breach, ""},
		{"too deep", "education.diploma", strings.Repeat("[", 1000) + strings.Repeat("]", 1000), fault.Breach, ""},

		{"unknown word", "legal-capacity.check", swap("legal-capacity.check", `"FULL"`, `"SOME"`), fault.Breach, ""},
		{"somebody else", "legal-capacity.check", swap("legal-capacity.check", "41505939980027", other), fault.Breach, ""},
	}
	for _, c := range cases {
		t.Run(c.key+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				reply, err := operation(t, open(t, answers(200, c.body), portal.Deps{}), c.key).Ask(t.Context(), question())
				if got := fault.KindOf(err); got != c.kind {
					t.Fatalf("got %q (%v), want %q", got, err, c.kind)
				}
				if err == nil && (reply.Answer == nil || reply.Answer.Status != c.status) {
					t.Fatalf("got %+v, want %s", reply.Answer, c.status)
				}
			})
		})
	}
}

func TestConvictions(t *testing.T) {
	t.Parallel()
	full := `{"article":"168","gravity":"serious","intentional":true,"in_custody":false,"court":"C","sentence_date":"2010-01-02","sentence":"S","served":true,"expunged_date":%s}`
	cases := []struct {
		name, list, column string
		gravity            register.Gravity
	}{
		{"in force", fmt.Sprintf(full, "null"), "has_record", register.Serious},
		{"expunged", fmt.Sprintf(full, `"2015-01-02"`), "none", register.Serious},
		{"the register says less: no rule can judge", `{"article":"168","gravity":"serious","sentence_date":"2010-01-02"}`, "has_record", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				body := `{"success":true,"data":{"has_conviction":true,"convictions":[` + c.list + `]}}`
				reply, err := operation(t, open(t, answers(200, body), portal.Deps{}), "criminal-record.check").Ask(t.Context(), question())
				if err != nil {
					t.Fatal(err)
				}
				facts, ok := reply.Answer.Facts.(*register.CriminalRecord)
				if !ok || len(facts.Convictions) != 1 || facts.Convictions[0].Gravity != c.gravity {
					t.Errorf("facts %+v", reply.Answer.Facts)
				}
				if diff := cmp.Diff([]register.Column{{Name: "criminal_record", Value: c.column}}, reply.Answer.Columns); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

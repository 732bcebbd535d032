package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/mocks/portal"
)

func TestDisabilityByBirthCertificate(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	p := people.ByStory("birth-certificate")
	dashed := strings.Replace(p.BirthCertificate(), "I-XA", "I-XA-", 1)
	ask := func(born string) object {
		return call(t, s, portal.PathBirthDoc, object{
			"transaction_id": "1", "pin": official, "purpose": "election", "consent": "true", "birth_document": dashed, "birth_date": born,
		}).json(t)
	}
	got := ask(p.BirthDate.String())
	if data, _ := got["data"].(object); got["result_code"] != 1.0 || data["pinfl"] != string(p.PINFL) || data["group"] != 3.0 {
		t.Errorf("got %v", got)
	}
	if other := ask(p.BirthDate.AddDays(1).String()); other["result_code"] != 0.0 {
		t.Errorf("born another day: %v", other)
	}
	// The personal data register names the certificate as the present document.
	m := call(t, s, portal.PathPersonal, docrest(object{"document": p.BirthCertificate(), "birth_date": p.BirthDate.String()})).json(t)
	list, _ := m["data"].([]any)
	if one, _ := list[0].(object); one["current_document"] != p.BirthCertificate() {
		t.Errorf("present document %v", one["current_document"])
	}
}

func TestEmployedAt(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	status := func(pin, tin string) any {
		m := call(t, s, portal.PathEmployedAt, object{"pin": pin, "company_tin": tin}).json(t)
		result, _ := m["result"].(object)
		if data, _ := result["data"].(object); data != nil {
			return data["status"]
		}
		return result["code"]
	}
	two, past := people.ByStory("two-jobs"), people.ByStory("proxy-2")
	for _, c := range []struct {
		name, pin, tin string
		want           float64
	}{
		{"the first job", string(two.PINFL), two.Jobs[0].TIN, 1},
		{"the second job", string(two.PINFL), two.Jobs[1].TIN, 1},
		{"elsewhere", string(two.PINFL), "300000020", 0},
		{"a job that ended", string(past.PINFL), past.Jobs[0].TIN, 0},
		{"nobody", official, "300000001", 404},
	} {
		if got := status(c.pin, c.tin); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSchoolAndLyceum(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{})
	school := func(pinfl string) object {
		return call(t, s, portal.PathSchool, object{"pinfl": pinfl, "transaction_id": "1", "sender_pinfl": official, "purpose": "3", "consent": "yes"}).json(t)
	}
	p := people.ByStory("lyceum")
	got := school(string(p.PINFL))
	data, _ := got["data"].(object)
	if got["success"] != true || data["gradYear"] != float64(p.SchoolCertificate.Year) || data["certSN"] != p.SchoolCertificate.Number || data["pin"] != string(p.PINFL) {
		t.Errorf("school: %v", got)
	}
	if none := school(string(people.ByStory("observer-1").PINFL)); none["success"] != false || none["data"] != nil {
		t.Errorf("no school certificate: %v", none)
	}
	lyceum := func(pinfl string) object { return call(t, s, portal.PathLyceum, object{"pinfl": pinfl}).json(t) }
	got = lyceum(string(p.PINFL))
	data, _ = got["data"].(object)
	student, _ := data["student"].(object)
	if got["success"] != 200.0 || got["code"] != 0.0 || student["year_of_graduation"] != float64(p.Lyceum.Year) || student["pinfl"] != string(p.PINFL) {
		t.Errorf("lyceum: %v", got)
	}
	if none := lyceum(string(people.ByStory("school-only").PINFL)); none["success"] != 404.0 || none["data"] != nil {
		t.Errorf("no lyceum: %v", none)
	}
}

// Each set has a token of its own and sees what it is subscribed to.
func TestSets(t *testing.T) {
	t.Parallel()
	s, _ := start(t, portal.Options{
		Credentials: portal.Credentials{Operations: []string{portal.OpAddress}},
		Sets:        map[string]portal.Credentials{"edu": {Operations: []string{portal.OpEducation, portal.OpLyceum}}, "all": {Password: "own"}},
	})
	of := func(name, password string) string {
		a := do(t, http.MethodPost, s.URL()+portal.PathToken, basic(portal.ConsumerKey+name, portal.ConsumerSecret+name), grant(portal.Username+name, password))
		text, _ := a.json(t)["access_token"].(string)
		return text
	}
	tokens := map[string]string{"": of("", portal.Password), "edu": of("-edu", portal.Password+"-edu"), "all": of("-all", "own")}
	got := map[string]string{}
	for set, tok := range tokens {
		for op, path := range map[string]string{portal.OpAddress: portal.PathAddress, portal.OpEducation: portal.PathEducation} {
			key := map[string]string{portal.OpAddress: "pinpp", portal.OpEducation: "pinfl"}[op]
			a := do(t, http.MethodPost, s.URL()+path, bearer(tok), `{"`+key+`":"`+string(people.At(0).PINFL)+`"}`)
			got[set+" "+op] = http.StatusText(a.Status)
			if a.Status == 403 && a.json(t)["code"] != "900908" {
				t.Errorf("%s: %s", set, a.Body)
			}
		}
	}
	want := map[string]string{
		" " + portal.OpAddress: "OK", " " + portal.OpEducation: "Forbidden", "edu " + portal.OpAddress: "Forbidden",
		"edu " + portal.OpEducation: "OK", "all " + portal.OpAddress: "OK", "all " + portal.OpEducation: "OK",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if tokens[""] == tokens["edu"] || tokens["edu"] == tokens["all"] {
		t.Error("two sets share a token")
	}
	if of("-edu", portal.Password) != "" {
		t.Error("another set's password was taken")
	}
	s.ExpireTokens()
	if a := do(t, http.MethodPost, s.URL()+portal.PathEducation, bearer(tokens["edu"]), `{}`); a.Status != 401 {
		t.Errorf("after ExpireTokens: %d", a.Status)
	}
}

package apptest_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/eds"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/portal"
	"github.com/saylovhub/hub/mocks/sms"
)

// traits are what must not be found anywhere of a person.
func traits(p *population.Person) map[string]string {
	out := map[string]string{
		"passport": string(p.Document), "phone": string(p.Phone), "phone's own part": string(p.Phone[3:]),
		"surname": p.Surname, "surname in Cyrillic": p.SurnameCyr, "patronymic": p.Patronymic,
		"surname as a name": p.Surname[:1] + strings.ToLower(p.Surname[1:]), "cadastre": p.Address.Cadastre,
	}
	for _, n := range p.PINFLs {
		out["PINFL "+string(n[:1])] = string(n)
	}
	return out
}

// A whole day of a hub, with outages, refusals and bad input, logged at debug
// level: nothing of anybody is in the log, in the metrics, or in clear on disk.
func TestNothingOfAnybodyGetsOut(t *testing.T) {
	t.Parallel()
	h := apptest.Start(t)
	stories := []string{
		"party-head", "chair-tec", "deputy-tec", "secretary-tec", "chair-dec", "deputy-dec", "secretary-dec",
		"observer-2", "observer-minor", "candidate-clean", "candidate-convicted", "stranger",
	}
	var people []*population.Person
	for _, s := range stories {
		people = append(people, h.Story(t, s))
	}
	wrong, filled := h.Plain(t), h.Plain(t)
	people = append(people, wrong, filled)

	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpSearch, Kind: chaos.HTML, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: portal.OpPersonal, Kind: chaos.Truncated, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := h.Mocks.SMS.Fault(chaos.Fault{Operation: sms.OpSend, Kind: chaos.Reset, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if err := h.Mocks.EDS.Fault(chaos.Fault{Operation: eds.OpVerifyAttached, Kind: chaos.Status, Times: 1}); err != nil {
		t.Fatal(err)
	}
	observers := h.Observers("kengash", h.Story(t, "observer-2"), h.Story(t, "observer-minor"))
	byPassport := apptest.Subject(observers, 0)
	delete(byPassport, "pinfl")
	p := h.Story(t, "observer-2")
	byPassport["passport"], byPassport["birth_date"] = string(p.Document), p.BirthDate.String()
	one := h.Submit(t, h.TEC, observers)
	var candidates []client.Accepted
	for _, story := range []string{"candidate-clean", "candidate-convicted"} {
		app := h.Candidate("kengash", h.Story(t, story))
		apptest.Subject(app, 0)["constituency"] = "1726269-7"
		candidates = append(candidates, h.Submit(t, h.DEC, app, apptest.Residence))
	}
	// What is wrong holds people too.
	bent := h.Observers("kengash", wrong)
	bent[string(wrong.PINFL)], bent[wrong.Surname] = string(wrong.Phone), wrong.Surname
	apptest.Subject(bent, 0)["passport"] = string(wrong.Document)
	doc := apptest.JSON(t, bent)
	if _, err := h.TEC.Apply(t.Context(), "", doc, h.Sign(t, "party-head", doc)); err == nil {
		t.Error("taken, though bent")
	}
	doc = apptest.JSON(t, h.Observers("kengash", wrong))
	refused, err := h.TEC.Apply(t.Context(), "", doc, h.Sign(t, "stranger", doc))
	if err != nil {
		t.Fatal(err)
	}
	h.Do(t, http.MethodGet, "/v1/applications/"+string(wrong.PINFL), nil, "Authorization", "Bearer "+h.TEC.Key)
	h.Do(t, http.MethodGet, "/v1/applications?cursor="+string(wrong.PINFL), nil, "Authorization", "Bearer "+h.TEC.Key+"x")
	// The second is refused.
	for _, in := range []apptest.M{
		{"pinfl": string(filled.PINFL)}, {"pinfl": flip(filled.PINFL)}, {"passport": string(filled.Document), "birth_date": filled.BirthDate.String()},
	} {
		in["type"], in["official"] = "candidate-register-district", h.DEC.Secretary
		_, _ = h.DEC.Autofill(t.Context(), apptest.JSON(t, in))
	}
	h.Execute(t, h.TEC, h.Await(t, h.TEC, one.ID, "observers", apptest.Ready))
	for _, c := range candidates {
		h.Await(t, h.DEC, c.ID, "candidates", apptest.Ready)
		h.Execute(t, h.DEC, h.Confirm(t, h.DEC, c.ID))
	}
	h.Await(t, h.TEC, refused.ID, "the refusal", func(d client.Dossier) bool { return d.State == "signature_refused" })

	metrics := h.Do(t, http.MethodGet, "/metrics", nil).Body
	places := h.Files(t) // while the log of the database is on disk
	if err := h.Stop(); err != nil {
		t.Fatal(err)
	}
	for name, b := range h.Files(t) {
		places[name+" (stopped)"] = b
	}
	stored := len(places["/hub.db"]) > 0 && len(places["/hub.db-wal"]) > 0
	if apptest.Distributed() {
		stored = len(places["/table/subject"]) > 0
	}
	if !stored || len(places) < 10 || !bytes.Contains(metrics, []byte("# HELP")) || !strings.Contains(h.Log.String(), `"DEBUG"`) {
		t.Fatalf("there is nothing to look at: %d files, %d bytes of metrics", len(places), len(metrics))
	}
	// The digits of a measured time may happen to be anybody's: names and labels
	// are looked at.
	places["metrics"] = regexp.MustCompile(`(?m) [-+.0-9eE]+$`).ReplaceAll(metrics, nil)
	places["log"] = []byte(h.Log.String())

	secrets := map[string]string{
		"portal's password": portal.Password, "portal's key": portal.ConsumerSecret, "SMS password": sms.Password,
		"SMS password, encoded": base64.StdEncoding.EncodeToString([]byte(sms.Login + ":" + sms.Password)),
	}
	for i, s := range h.Secrets() {
		secrets["API key "+string(rune('1'+i))] = s
	}
	for i, p := range people {
		for trait, v := range traits(p) {
			if len(v) > 4 {
				secrets[trait+" of "+string(rune('A'+i))] = v
			}
		}
	}
	for place, content := range places {
		for what, secret := range secrets {
			if at := bytes.Index(content, []byte(secret)); at >= 0 {
				t.Errorf("%s: %s at byte %d: ...%q...", place, what, at, content[max(0, at-80):min(len(content), at+40)])
			}
		}
	}
}

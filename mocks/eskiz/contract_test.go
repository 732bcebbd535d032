package eskiz_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/external"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/eskiz"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/mocktest"
)

// Every answer of the mock is what the contract says, in both forms of refusals.
func TestMockKeepsTheContract(t *testing.T) {
	t.Parallel()
	contract, err := external.Load("eskiz")
	if err != nil {
		t.Fatal(err)
	}
	want := eskiz.Operations()
	slices.Sort(want)
	if got := contract.Operations(); !slices.Equal(got, want) {
		t.Fatalf("operations of the contract: %v", got)
	}
	const form, js = "application/x-www-form-urlencoded", "application/json"
	one := "mobile_phone=998900000001&message=Sinov&from=4546&user_sms_id=es-1"
	for _, how := range []string{eskiz.FormHTTP, eskiz.FormBody} {
		b := start(t, eskiz.Options{ErrorForm: how, Numbers: inbox.Numbers{Refused: map[personal.Phone]string{"998900000009": ""}}})
		_, taken := b.send(t)
		ref, _ := taken["id"].(string)
		for _, c := range []struct{ name, method, path, contentType, body string }{
			{"login", http.MethodPost, eskiz.PathLogin, form, "email=" + eskiz.Email + "&password=" + eskiz.Password},
			{"login refused", http.MethodPost, eskiz.PathLogin, js, `{"email":"x","password":"y"}`},
			{"refresh", http.MethodPatch, eskiz.PathRefresh, "", ""},
			{"account", http.MethodGet, eskiz.PathAccount, "", ""},
			{"limit", http.MethodGet, eskiz.PathLimit, "", ""},
			{"send", http.MethodPost, eskiz.PathSend, form, one},
			{"sender refused", http.MethodPost, eskiz.PathSend, form, strings.Replace(one, "4546", "Boshqa", 1)},
			{"number refused", http.MethodPost, eskiz.PathSend, form, strings.Replace(one, "998900000001", "998900000009", 1)},
			{"batch", http.MethodPost, eskiz.PathBatch, js, `{"messages":[{"user_sms_id":"a","to":998900000001,"text":"Ўзбекча"}],"from":"4546","dispatch_id":7}`},
			{"status", http.MethodGet, eskiz.PathStatus + ref, "", ""},
			{"status by number", http.MethodGet, eskiz.PathStatus + "1000001", "", ""},
			{"no such message", http.MethodGet, eskiz.PathStatus + "7", "", ""},
			{"list", http.MethodPost, eskiz.PathList + "?page=1", form, "start_date=2026-11-20 09:00&to_date=2026-11-20 11:00"},
			{"list refused", http.MethodPost, eskiz.PathList, form, "start_date=2026-11-20 09:00&to_date=2026-11-20 9"},
		} {
			req, err := http.NewRequestWithContext(t.Context(), c.method, b.URL()+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+b.token)
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			a, err := mocktest.Do(t.Context(), c.method, req.URL.String(), req.Header, c.body)
			if err != nil {
				t.Fatal(err)
			}
			diff := contract.Check(req, []byte(c.body), a.Status, a.Header, []byte(a.Body))
			diff = slices.DeleteFunc(diff, func(d external.Difference) bool { return d.Part == external.Request && c.name == "list refused" })
			if len(diff) > 0 {
				t.Errorf("%s %q: %v\n%s", c.name, how, diff, a.Body)
			}
		}
	}
}

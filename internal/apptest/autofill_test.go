package apptest_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/apptest"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/mocks"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/portal"
)

func statuses(a client.Autofill) map[string]string {
	out := map[string]string{}
	for _, r := range a.Registers {
		out[r.Register] = r.Status
	}
	return out
}

func value(a client.Autofill, name string) client.Column {
	i := slices.IndexFunc(a.Columns, func(c client.Column) bool { return c.Name == name })
	if i < 0 {
		return client.Column{}
	}
	return a.Columns[i]
}

func TestAutofill(t *testing.T) {
	t.Parallel()
	h := hub(t)
	for _, c := range []struct {
		name, story string
		passport    bool
		want        map[string]string
	}{
		{"by PINFL", "candidate-clean", false, map[string]string{"criminal-record": "pending", "disability": "absent"}},
		{"by passport and birth date", "candidate-second", true, map[string]string{"criminal-record": "pending", "disability": "absent"}},
		{"a locked address", "restricted", false, map[string]string{"criminal-record": "pending", "disability": "absent", "registered-address": "restricted", "education": "absent"}},
		{"a disability", "disabled", false, map[string]string{"criminal-record": "pending"}},
		{"a former number", "changed-passport", false, map[string]string{"criminal-record": "pending", "disability": "absent", "education": "absent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := h.Story(t, c.story)
			in := apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary}
			if c.passport {
				in["passport"], in["birth_date"] = string(p.Document), p.BirthDate.String()
			} else {
				in["pinfl"] = string(p.PINFLs[0])
			}
			a, err := h.DEC.Autofill(t.Context(), apptest.JSON(t, in))
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"personal-data": "found", "registered-address": "found", "employment": "found", "education": "found", "legal-capacity": "found", "disability": "found"}
			maps.Copy(want, c.want)
			got := statuses(a)
			delete(got, "employment") // some of them never worked
			delete(want, "employment")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("statuses: %s", diff)
			}
			col := value(a, "surname")
			if col.Value != p.Surname || col.Register != "personal-data" || col.Transaction == "" || col.At.IsZero() {
				t.Errorf("surname %+v, want %s with its provenance", col, p.Surname)
			}
			if address, who := value(a, "home_region"), statuses(a)["registered-address"]; (address.Value != "") != (who == "found") {
				t.Errorf("the address is %s and reads %q", who, address.Value)
			}
			for _, r := range a.Registers {
				if r.Transaction == "" {
					t.Errorf("%s was asked without a transaction id", r.Register)
				}
				if r.Status == "found" && !slices.ContainsFunc(a.Columns, func(c client.Column) bool { return c.Register == r.Register && c.Transaction == r.Transaction }) {
					t.Errorf("%s is found, but fills no column", r.Register)
				}
			}
		})
	}
}

func TestAutofillIsOnRecord(t *testing.T) {
	t.Parallel()
	h := hub(t)
	p := h.Plain(t)
	a, err := h.TEC.Autofill(t.Context(), apptest.JSON(t, apptest.M{"type": "observer-party-register", "official": h.TEC.Secretary, "pinfl": string(p.PINFL)}))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := h.Store.AuditOf(t.Context(), p.PINFL)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]string{}
	for _, l := range lines {
		if l.Action == "register.asked" && l.Object == "autofill" && l.Detail["official"] == h.TEC.Secretary && l.Detail["purpose"] != "" {
			asked[l.Detail["register"]] = l.Detail["transaction"]
		}
	}
	want := map[string]string{}
	for _, r := range a.Registers {
		want[r.Register] = r.Transaction
	}
	if diff := cmp.Diff(want, asked); diff != "" || len(asked) != 3 {
		t.Errorf("on record: %s", diff)
	}
}

func TestAutofillRefused(t *testing.T) {
	t.Parallel()
	h := hub(t)
	p := h.Plain(t)
	for _, c := range []struct {
		name        string
		bend        func(m apptest.M)
		status      int
		code, field string
	}{
		{"a wrong check digit", func(m apptest.M) { m["pinfl"] = flip(p.PINFL) }, 422, "form", "/pinfl"},
		{"a birth date nobody can have", func(m apptest.M) { m["pinfl"] = numbered("1010250991001") }, 422, "form", "/pinfl"},
		{"neither key", func(m apptest.M) { delete(m, "pinfl") }, 422, "form", "/pinfl"},
		{"both keys", func(m apptest.M) { m["passport"], m["birth_date"] = "XA0000001", "1980-01-01" }, 422, "form", "/pinfl"},
		{"a malformed passport", func(m apptest.M) { delete(m, "pinfl"); m["passport"], m["birth_date"] = "XA1", "1980-01-01" }, 422, "form", "/passport"},
		{"a passport alone", func(m apptest.M) { delete(m, "pinfl"); m["passport"] = "XA0000001" }, 422, "form", "/birth_date"},
		{"a day that does not exist", func(m apptest.M) {
			delete(m, "pinfl")
			m["passport"], m["birth_date"] = "XA0000001", "1980-02-31"
		}, 422, "form", "/birth_date"},
		{"a birth date of the future", func(m apptest.M) {
			delete(m, "pinfl")
			m["passport"], m["birth_date"] = "XA0000001", "2199-01-01"
		}, 422, "form", "/birth_date"},
		{"an unknown type", func(m apptest.M) { m["type"] = "x" }, 422, "unknown_type", "/type"},
		{"an official of another commission", func(m apptest.M) { m["official"] = h.TEC.Secretary }, 403, "not_entitled", "/official"},
		{"another commission", func(m apptest.M) { m["commission"] = h.TEC.ID }, 403, "not_yours", "/commission"},
		{"an unknown field", func(m apptest.M) { m["surname"] = "X" }, 422, "form", "/surname"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(p.PINFL)}
			c.bend(m)
			_, err := h.DEC.Autofill(t.Context(), apptest.JSON(t, m))
			got := apptest.ProblemOf(t, err)
			if got.Status != c.status || got.Code != c.code || len(got.Errors) != 1 || got.Errors[0].Field != c.field {
				t.Errorf("got %d %v, want %d %s at %s", got.Status, got, c.status, c.code, c.field)
			}
		})
	}
	t.Run("by the administrator, for nobody", func(t *testing.T) {
		t.Parallel()
		_, err := h.Admin.Autofill(t.Context(), apptest.JSON(t, apptest.M{"type": "observer-party-register", "official": h.TEC.Secretary, "pinfl": string(p.PINFL)}))
		if got := apptest.ProblemOf(t, err); got.Status != 422 || got.Errors[0].Field != "/commission" {
			t.Errorf("got %v", got)
		}
	})
	for _, c := range h.Mocks.Portal.Calls("") {
		if c.Subject == p.PINFL {
			t.Errorf("%s was asked for a request that was refused", c.Operation)
		}
	}
}

// With a register hanging the answer comes within the deadline, with all that
// the others know.
func TestAutofillKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	const deadline = 2 * time.Second
	h := apptest.Start(t, apptest.WithMocks(func(o *mocks.Options) { o.Portal.PendingPolls = -1 }),
		apptest.Configure(func(c *config.Config) { c.Autofill.Deadline = config.Duration(deadline) }))
	p := h.Story(t, "candidate-clean")
	in := apptest.JSON(t, apptest.M{"type": "candidate-register-district", "official": h.DEC.Secretary, "pinfl": string(p.PINFL)})
	for _, c := range []struct {
		operation string
		want      map[string]string
	}{
		{portal.OpEducation, map[string]string{"education": "unavailable"}},
		// All hangs by the personal data but what needs only the number.
		{portal.OpPersonal, map[string]string{"personal-data": "unavailable", "criminal-record": "unavailable", "disability": "unavailable"}},
	} {
		if err := h.Mocks.Portal.Fault(chaos.Fault{Operation: c.operation, Kind: chaos.Hang}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		a, err := h.DEC.Autofill(t.Context(), in)
		took := time.Since(began)
		h.Mocks.Portal.Heal(c.operation)
		if err != nil {
			t.Fatal(err)
		}
		if took > deadline+1500*time.Millisecond {
			t.Errorf("%s hanging: the answer took %s", c.operation, took)
		}
		want := map[string]string{
			"personal-data": "found", "registered-address": "found", "employment": "found", "education": "found",
			"criminal-record": "found", "disability": "absent", "legal-capacity": "found",
		}
		maps.Copy(want, c.want)
		if diff := cmp.Diff(want, statuses(a)); diff != "" {
			t.Errorf("%s hanging: %s", c.operation, diff)
		}
		if got := value(a, "home_address").Value; got == "" {
			t.Errorf("%s hanging: the address is not filled", c.operation)
		}
	}
}

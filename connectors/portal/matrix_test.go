package portal_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/contracts/register"
)

// forms are the bodies with which a gateway, or what stands before it, comes
// along with any status; the code is the gateway's own.
func forms(code string) map[string]string {
	return map[string]string{
		"flat":  `{"code":"` + code + `","message":"m","description":"d"}`,
		"fault": `{"fault":{"code":` + code + `,"message":"m","description":"d"}}`,
		"xml":   `<?xml version="1.0"?><ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>` + code + `</ams:code><ams:message>m</ams:message></ams:fault>`,
		"none":  "",
		"html":  page,
	}
}

// Every operation, every status, every form of body: what comes of it and how
// often the gateway was asked.
func TestStatusTimesForm(t *testing.T) {
	t.Parallel()
	const (
		absent     = fault.Kind("absent") // answers, for this table
		restricted = fault.Kind("restricted")
	)
	rows := []struct {
		status                       int
		code                         string
		flat, wrapped, x, none, html fault.Kind
	}{
		{400, "400", fault.Rejected, fault.Rejected, fault.Rejected, fault.Rejected, fault.Unavailable},
		{401, "900901", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured},
		{401, "900902", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured},
		{403, "900908", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured},
		{403, "900805", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured},
		{404, "404", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, absent, fault.Unavailable},
		{405, "405", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Misconfigured},
		{408, "408", fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable},
		{423, "423", restricted, restricted, restricted, restricted, fault.Unavailable},
		{429, "900803", fault.Throttled, fault.Throttled, fault.Throttled, fault.Throttled, fault.Throttled},
		{429, "900806", fault.Throttled, fault.Throttled, fault.Throttled, fault.Throttled, fault.Throttled},
		{429, "900805", fault.Misconfigured, fault.Misconfigured, fault.Misconfigured, fault.Throttled, fault.Throttled},
		{500, "101503", fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable},
		{500, "500", fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable},
		{503, "700700", fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable},
		{504, "101508", fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable},
	}
	for _, key := range keys {
		for _, row := range rows {
			bodies := forms(row.code)
			for form, want := range map[string]fault.Kind{"flat": row.flat, "fault": row.wrapped, "xml": row.x, "none": row.none, "html": row.html} {
				t.Run(fmt.Sprintf("%s/%d %s/%s", key, row.status, row.code, form), func(t *testing.T) {
					t.Parallel()
					tries, answer := 1, register.Status("")
					switch {
					case want == absent && strings.HasPrefix(key, "criminal"):
						want = fault.Breach
					case want == absent:
						want, answer = "", register.Absent
					case want == restricted:
						want, answer = "", register.Restricted
					case want == fault.Unavailable && key != "criminal-record.search":
						tries = 2 // at once, once
					case row.status == 401 && (row.code == "900901" || form == "none" || form == "html"):
						tries = 2 // with a new token, once
					}
					synctest.Test(t, func(t *testing.T) {
						g := answers(row.status, bodies[form])
						reply, err := operation(t, open(t, g, portal.Deps{}), key).Ask(t.Context(), question())
						if fault.KindOf(err) != want || len(g.asked) != tries {
							t.Errorf("got %v after %d calls, want %q after %d", err, len(g.asked), want, tries)
						}
						if answer != "" && (reply.Answer == nil || reply.Answer.Status != answer) {
							t.Errorf("answered %+v, want %s", reply.Answer, answer)
						}
					})
				})
			}
		}
	}
}

// Errors of the gateway that nest without end, or hide their code deeper than
// it stands, are none of its own.
func TestGatewayErrorsAreReadWithBounds(t *testing.T) {
	t.Parallel()
	const deep = 60_000
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
	}{
		"deep JSON":      {429, `{"code":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`, fault.Throttled},
		"deep XML":       {429, `<fault>` + strings.Repeat("<code>", deep) + "900805" + strings.Repeat("</code>", deep) + `</fault>`, fault.Throttled},
		"deep, open XML": {429, `<fault>` + strings.Repeat("<code>", deep), fault.Throttled},
		"deeper code":    {429, `<fault><x><code>900805</code></x></fault>`, fault.Throttled},
		"another root":   {429, `<error><code>900805</code></error>`, fault.Throttled},
		"a long code":    {429, `<fault><code>` + strings.Repeat("9", 1<<16) + `</code></fault>`, fault.Throttled},
		"its own":        {429, `<fault><code> 900805 </code></fault>`, fault.Misconfigured},
		"entities":       {429, `<!DOCTYPE f [<!ENTITY a "900805">]><fault><code>&a;</code></fault>`, fault.Throttled},
		"deep on a 400":  {400, `{"code":` + strings.Repeat("[", deep) + strings.Repeat("]", deep) + `}`, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := operation(t, open(t, answers(c.status, c.body), portal.Deps{}), diplomas).Ask(t.Context(), question())
				if fault.KindOf(err) != c.kind {
					t.Errorf("got %v, want %s", err, c.kind)
				}
			})
		})
	}
}

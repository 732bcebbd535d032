package sms_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
)

var kitMessage = sms.Message{ID: "kit0000000000001", To: "998900000001", Text: "Saylov kuni 20-dekabr"}

var kitSecrets = []string{"kit-s3cret", "kit-login", "kit@example.uz", "kit-token-0001", "998900000001", "900000001", "Saylov kuni", "Saylov+kuni"}

// TestKitPlaymobile holds the gateway against what all connectors must do, and
// prints what each answer is taken for. A message goes out twice only where the
// gateway deduplicates.
func TestKitPlaymobile(t *testing.T) {
	t.Parallel()
	own := func(name string, status int, body string, kind fault.Kind) calltest.Own {
		return calltest.Own{Name: name, Reply: calltest.Reply{Status: status, Body: body}, Kind: kind}
	}
	refused := func(code string) string {
		return `{"error-code":` + code + `,"error-description":"Zq7LeakedWording 998900000001"}`
	}
	s := calltest.Subject{System: sms.PlaymobileSystem, Secrets: kitSecrets, Golden: "playmobile.kinds.golden"}
	for _, twice := range []bool{false, true} {
		s.Operations = append(s.Operations, calltest.Operation{
			ID: sms.PlaymobileSend, Repeatable: twice,
			Open: func(t testing.TB, deps call.Deps, limits call.Limits) calltest.Ask {
				p, err := sms.NewPlaymobile(sms.PlaymobileConfig{
					URL: "https://sms.example", Login: "kit-login", Password: "kit-s3cret", Originator: "3700", Deduplicates: twice, Limits: limits,
				}, deps)
				if err != nil {
					t.Fatal(err)
				}
				return func(ctx context.Context) (string, error) {
					if _, err := p.Send(ctx, kitMessage); err != nil {
						return "", err
					}
					return "taken", nil
				}
			},
			Good: calltest.Reply{Status: 200, Body: "Request is received"}, Word: "taken", Shape: refused("202"),
			Own: []calltest.Own{
				own("400 100", 400, refused("100"), fault.Unavailable),
				own("400 102", 400, refused("102"), fault.Misconfigured),
				own("400 105", 400, refused("105"), fault.Throttled),
				own("400 202", 400, refused("202"), fault.Rejected),
				own("400 202 in the other spelling", 400, `{"error_code":"202"}`, fault.Rejected),
				own("400 401", 400, refused("401"), fault.Misconfigured),
				own("400 unknown code", 400, refused("999"), fault.Rejected),
				own("400 code that is a number of somebody", 400, refused("998900000001"), fault.Rejected),
				own("200 202", 200, refused("202"), fault.Rejected),
			},
			Except: []calltest.Except{{Why: "acceptance is a 200 and nothing else", Statuses: []int{201}, Kind: fault.Breach}},
		})
	}
	calltest.Run(t, s)
}

const kitGrant = `{"message":"token_generated","data":{"token":"kit-token-0001"},"token_type":"bearer"}`

func kitEskiz(t testing.TB, op string, deps call.Deps, limits call.Limits) *sms.Eskiz {
	e, err := sms.NewEskiz(sms.EskizConfig{
		URL: "https://eskiz.example", Email: "kit@example.uz", Password: "kit-s3cret", From: "4546", Limits: map[string]call.Limits{op: limits},
	}, deps)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestKitEskiz is TestKitPlaymobile for Eskiz: its token, sending and asking.
func TestKitEskiz(t *testing.T) {
	t.Parallel()
	granted := func(r *http.Request) *calltest.Reply {
		if r.URL.Path != "/api/auth/login" {
			return nil
		}
		return &calltest.Reply{Status: 200, Body: kitGrant}
	}
	const ref = "7fd5a0f4-7f1a-4a0c-9a39-3c6c3c3f1a11"
	entry := `{"id":"` + ref + `","request_id":"` + ref + `","user_sms_id":"` + kitMessage.ID + `","status":"DELIVRD","parts_count":1}`
	when := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	type ask = func(context.Context, *sms.Eskiz) (string, error)
	told := func(r sms.Report, err error) (string, error) {
		if err != nil {
			return "", err
		}
		return string(r.State), nil
	}
	send := func(ctx context.Context, e *sms.Eskiz) (string, error) {
		if _, err := e.Send(ctx, kitMessage); err != nil {
			return "", err
		}
		return "taken", nil
	}
	probe := func(op string) ask {
		return func(ctx context.Context, e *sms.Eskiz) (string, error) {
			for _, p := range e.Probes() {
				if p.Operation == op {
					if err := p.Ask(ctx); err != nil {
						return "", err
					}
					return "works", nil
				}
			}
			t.Errorf("no probe of %s", op)
			return "", nil
		}
	}
	refused := func(code string) string {
		return `{"status":"error","status_code":` + code + `,"message":"Zq7LeakedWording 998900000001"}`
	}
	own := func(name string, status int, body string, kind fault.Kind, renewed bool) calltest.Own {
		return calltest.Own{Name: name, Reply: calltest.Reply{Status: status, Body: body}, Kind: kind, Renewed: renewed}
	}
	s := calltest.Subject{System: sms.EskizSystem, Secrets: kitSecrets, Golden: "eskiz.kinds.golden"}
	readable := []calltest.Form{calltest.Empty, calltest.WrongTypes, calltest.TooDeep, calltest.Good}
	every := append([]calltest.Form{calltest.None, calltest.Page, calltest.CutOff}, readable...)
	for _, o := range []struct {
		id, word, good string
		private, once  bool
		ask            ask
	}{
		{sms.EskizSend, "taken", `{"id":"` + ref + `","message":"Waiting for SMS provider","status":"waiting"}`, false, true, send},
		{sms.EskizStatus, "delivered", `{"status":"success","data":` + entry + `}`, true, false, func(ctx context.Context, e *sms.Eskiz) (string, error) {
			return told(e.Ask(ctx, sms.Query{ID: kitMessage.ID, Ref: ref}))
		}},
		{sms.EskizList, "delivered", `{"status":"success","data":{"last_page":1,"result":[` + entry + `]}}`, true, false, func(ctx context.Context, e *sms.Eskiz) (string, error) {
			return told(e.Ask(ctx, sms.Query{ID: kitMessage.ID, SentAt: when}))
		}},
		{sms.EskizAccount, "works", `{"status":"success","data":{"email":"kit@example.uz"}}`, true, false, probe(sms.EskizAccount)},
		{sms.EskizLimit, "works", `{"status":"success","data":{"balance":1000}}`, false, false, probe(sms.EskizLimit)},
		{sms.EskizLogin, "works", kitGrant, true, false, probe(sms.EskizLogin)},
	} {
		op := calltest.Operation{
			ID: o.id, Repeatable: !o.once, Private: o.private, Aside: granted, Good: calltest.Reply{Status: 200, Body: o.good}, Word: o.word,
			Open: func(t testing.TB, deps call.Deps, limits call.Limits) calltest.Ask {
				e := kitEskiz(t, o.id, deps, limits)
				return func(ctx context.Context) (string, error) { return o.ask(ctx, e) }
			},
			Own: []calltest.Own{
				own("401", 401, refused("401"), fault.Misconfigured, true),
				own("200 401 in the body", 200, refused("401"), fault.Misconfigured, true),
				own("200 400 in the body", 200, refused("400"), fault.Rejected, false),
				own("200 500 in the body", 200, refused("500"), fault.Unavailable, false),
				own("400 sender", 400, `{"status":"error","message":{"from":["Zq7LeakedWording"]}}`, fault.Misconfigured, false),
				own("422 number", 422, `{"status":"error","message":{"mobile_phone":["Zq7LeakedWording 998900000001"]}}`, fault.Rejected, false),
				own("402", 402, refused("402"), fault.Misconfigured, false),
			},
			Except: []calltest.Except{
				{Why: "a refused token is renewed once", Statuses: []int{401}, Forms: every, Kind: fault.Misconfigured, Renewed: true},
			},
		}
		switch o.id {
		case sms.EskizLogin: // whatever is refused is our login, and there is nothing to renew
			op.Aside = nil
			op.Except = []calltest.Except{{
				Why: "a refused login is ours to mend", Statuses: []int{400, 409, 410, 415, 422, 423}, Kind: fault.Misconfigured,
				Forms: append([]calltest.Form{calltest.None}, readable...),
			}}
			for i := range op.Own {
				op.Own[i].Renewed = false
				if op.Own[i].Kind == fault.Rejected {
					op.Own[i].Kind = fault.Misconfigured
				}
			}
		case sms.EskizStatus:
			op.Except = append(op.Except, calltest.Except{
				Why: "a 404 in the dialect knows the message not", Statuses: []int{404}, Forms: []calltest.Form{calltest.Good}, Word: "absent",
			})
		}
		s.Operations = append(s.Operations, op)
	}
	calltest.Run(t, s)
}

package portal_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/fault"
)

const grant = `{"access_token":"tok-kit","token_type":"Bearer","expires_in":3600}`

// granted answers the token server's path.
func granted(r *http.Request) *calltest.Reply {
	if r.URL.Path != "/oauth2/token" {
		return nil
	}
	return &calltest.Reply{Status: 200, Body: grant}
}

// asking asks a register; the limits are those of the operation named last.
func asking(key, limited string) func(testing.TB, call.Deps, call.Limits) calltest.Ask {
	return func(t testing.TB, deps call.Deps, limits call.Limits) calltest.Ask {
		cfg := config()
		cfg.Operations = map[string]portal.OperationConfig{limited: {Limits: limits}}
		p, err := portal.New(cfg, deps)
		if err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) (string, error) {
			reply, err := find(p, key).Ask(ctx, question())
			switch {
			case err != nil:
				return "", err
			case reply.Answer == nil:
				return "opened", nil
			}
			return string(reply.Answer.Status), nil
		}
	}
}

// gatewayOwn are the errors of the gateway itself, in its three forms.
func gatewayOwn(absent calltest.Except) []calltest.Own {
	own := func(name string, status int, body string, kind fault.Kind, renewed bool) calltest.Own {
		return calltest.Own{Name: name, Reply: calltest.Reply{Status: status, Body: body}, Kind: kind, Renewed: renewed}
	}
	flat := func(code string) string {
		return `{"code":"` + code + `","message":"Zq7LeakedWording","description":"Zq7LeakedWording"}`
	}
	wrapped := func(code string) string {
		return `{"fault":{"code":` + code + `,"message":"Zq7LeakedWording","description":"Zq7LeakedWording"}}`
	}
	xml := func(code string) string {
		return `<ams:fault xmlns:ams="http://wso2.org/apimanager/security"><ams:code>` + code + `</ams:code><ams:message>Zq7LeakedWording</ams:message></ams:fault>`
	}
	return []calltest.Own{
		own("401 900901", 401, flat("900901"), fault.Misconfigured, true),
		own("401 900901 wrapped", 401, wrapped("900901"), fault.Misconfigured, true),
		own("401 900901 XML", 401, xml("900901"), fault.Misconfigured, true),
		own("401 900902", 401, wrapped("900902"), fault.Misconfigured, false),
		own("403 900908", 403, flat("900908"), fault.Misconfigured, false),
		own("404 900906", 404, wrapped("900906"), fault.Misconfigured, false),
		own("404 no such resource", 404, flat("404"), fault.Misconfigured, false),
		own("429 900800", 429, flat("900800"), fault.Throttled, false),
		own("429 900804 wrapped", 429, wrapped("900804"), fault.Throttled, false),
		own("429 900805", 429, flat("900805"), fault.Misconfigured, false),
		own("503 700700", 503, xml("700700"), fault.Unavailable, false),
		own("504 101504", 504, flat("101504"), fault.Unavailable, false),
		own("500 101503 XML", 500, xml("101503"), fault.Unavailable, false),
		own("400 no code at all", 400, flat("Zq7LeakedWording 41505939980027"), fault.Rejected, false),
		{Name: "404 in a register's words", Reply: calltest.Reply{Status: 404, Body: `{"message":"Maʼlumot topilmadi"}`}, Kind: absent.Kind, Word: absent.Word},
	}
}

// What each register says in words of its own on a 200.
var registersOwn = map[string][]calltest.Own{
	"personal-data.docrest": {
		{Name: "303001", Reply: calltest.Reply{Status: 200, Body: `{"result":303001,"data":null,"comments":"Zq7LeakedWording"}`}, Word: "absent"},
		{Name: "other result", Reply: calltest.Reply{Status: 200, Body: `{"result":5,"data":null,"comments":"Zq7LeakedWording"}`}, Kind: fault.Unavailable},
		{Name: "somebody else", Reply: calltest.Reply{Status: 200, Body: strings.ReplaceAll(good["personal-data.docrest"], "41505939980027", "32103889999014")}, Kind: fault.Breach},
	},
	"registered-address.pin": {
		{Name: "other id", Reply: calltest.Reply{Status: 200, Body: `{"AnswereId":4,"AnswereMessage":"Zq7LeakedWording"}`}, Kind: fault.Unavailable},
	},
	"employment.history": {
		{Name: "RPC parameters", Reply: calltest.Reply{Status: 200, Body: `{"error":{"code":-32602,"message":"Zq7LeakedWording"}}`}, Kind: fault.Rejected},
		{Name: "RPC method", Reply: calltest.Reply{Status: 200, Body: `{"error":{"code":-32601,"message":"Zq7LeakedWording"}}`}, Kind: fault.Misconfigured},
		{Name: "RPC other", Reply: calltest.Reply{Status: 200, Body: `{"error":{"code":-32000,"message":"Zq7LeakedWording"}}`}, Kind: fault.Unavailable},
	},
	"education.diploma": {
		{Name: "empty list", Reply: calltest.Reply{Status: 200, Body: `[]`}, Word: "absent"},
	},
	"criminal-record.search": {
		{Name: "refused", Reply: calltest.Reply{Status: 200, Body: `{"success":false,"message":"Zq7LeakedWording"}`}, Kind: fault.Rejected},
	},
	"criminal-record.check": {
		{Name: "in work", Reply: calltest.Reply{Status: 200, Body: `{"success":false,"message":"Zq7LeakedWording"}`}, Kind: fault.Pending},
	},
	"disability.passport": {
		{Name: "not registered", Reply: calltest.Reply{Status: 200, Body: `{"result_code":0,"data":null}`}, Word: "absent"},
		{Name: "failure", Reply: calltest.Reply{Status: 200, Body: `{"result_code":7,"result_message":"Zq7LeakedWording"}`}, Kind: fault.Unavailable},
	},
	"legal-capacity.check": {
		{Name: "not registered", Reply: calltest.Reply{Status: 200, Body: `{"result_code":0,"data":null}`}, Word: "absent"},
	},
}

// TestKit holds every operation of the portal against what all connectors must
// do, and prints what each answer is taken for.
func TestKit(t *testing.T) {
	t.Parallel()
	s := calltest.Subject{
		System: portal.System,
		Secrets: []string{
			"key-s3cret", "secret-s3cret", "pass-s3cret", "tok-kit", string(subject), string(official), string(passport),
			"NAMUNAYEVA", "GULNORA", "SINOV QIZI", "1993-05-15",
		},
	}
	for _, key := range keys {
		absent := calltest.Except{Why: "a gateway without an entry says so by status", Word: "absent"}
		word := "found"
		if strings.HasPrefix(key, "criminal") {
			absent.Kind, absent.Word = fault.Breach, "" // a request that is not there is no clean record
		}
		if key == "criminal-record.search" {
			word = "opened"
		}
		noContent, notFound := absent, absent
		noContent.Statuses, noContent.Forms = []int{204}, []calltest.Form{calltest.None}
		notFound.Statuses = []int{404}
		notFound.Forms = []calltest.Form{calltest.None, calltest.Empty}
		s.Operations = append(s.Operations, calltest.Operation{
			ID: key, Repeatable: key != "criminal-record.search", Open: asking(key, key), Aside: granted,
			Good: calltest.Reply{Status: 200, Body: good[key]}, Word: word,
			Own: append(gatewayOwn(absent), registersOwn[key]...),
			Except: []calltest.Except{
				noContent, notFound,
				{
					Why: "a 404 that does not say that nobody was found may be about the path", Statuses: []int{404},
					Forms: []calltest.Form{calltest.WrongTypes, calltest.TooDeep, calltest.Good}, Kind: fault.Breach,
				},
				{
					Why: "a page with a 404 is a proxy's, not the register's word", Statuses: []int{404},
					Forms: []calltest.Form{calltest.Page, calltest.CutOff}, Kind: fault.Unavailable,
				},
				{
					Why: "a refused token is renewed once", Statuses: []int{401}, Kind: fault.Misconfigured, Renewed: true,
					Forms: []calltest.Form{calltest.None, calltest.Page, calltest.CutOff, calltest.Empty, calltest.WrongTypes, calltest.TooDeep, calltest.Good},
				},
				{
					Why: "the service is not there in this form", Statuses: []int{410, 415}, Kind: fault.Misconfigured,
					Forms: []calltest.Form{calltest.None, calltest.Page, calltest.CutOff, calltest.Empty, calltest.WrongTypes, calltest.TooDeep, calltest.Good},
				},
				{
					Why: "the owner has locked the data", Statuses: []int{423}, Word: "restricted",
					Forms: []calltest.Form{calltest.None, calltest.Empty, calltest.WrongTypes, calltest.TooDeep, calltest.Good},
				},
			},
		})
	}
	for i, op := range s.Operations {
		if op.ID == "lyceum-certificate.pinfl" {
			s.Operations[i].Except = append(op.Except, calltest.Except{
				Why: "its envelope has a code and a message, as the gateway's has: a 404 in it names no such service", Statuses: []int{404},
				Forms: []calltest.Form{calltest.Good}, Kind: fault.Misconfigured,
			})
		}
	}
	s.Operations = append(s.Operations, token())
	calltest.Run(t, s)
}

// token is the token server, asked on behalf of a register.
func token() calltest.Operation {
	const by = "education.diploma"
	refusal := func(name, body string) calltest.Own {
		return calltest.Own{Name: name, Reply: calltest.Reply{Status: 400, Body: body}, Kind: fault.Misconfigured}
	}
	return calltest.Operation{
		ID: "token.main", For: by, Repeatable: true, Open: asking(by, "token.main"), Private: true,
		Aside: func(r *http.Request) *calltest.Reply {
			if r.URL.Path == "/oauth2/token" {
				return nil
			}
			return &calltest.Reply{Status: 200, Body: good[by]}
		},
		Good: calltest.Reply{Status: 200, Body: grant}, Word: "found",
		Own: []calltest.Own{
			refusal("400 invalid_grant", `{"error":"invalid_grant","error_description":"Zq7LeakedWording"}`),
			refusal("400 words", `{"error":"Zq7LeakedWording 41505939980027"}`),
			{Name: "401 invalid_client", Reply: calltest.Reply{Status: 401, Body: `{"error":"invalid_client"}`}, Kind: fault.Misconfigured},
		},
		Except: []calltest.Except{
			{Why: "a refusal of the token server is one of our credentials", Statuses: []int{400, 409, 410, 415, 422, 423}, Kind: fault.Misconfigured},
			{Why: "the cap counts before the status", Statuses: calltest.Read, Forms: []calltest.Form{calltest.TooLong}, Kind: fault.Breach},
			{Why: "only a 200 grants", Statuses: []int{201}, Kind: fault.Breach},
		},
	}
}

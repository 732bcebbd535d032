package oneid_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	goodToken   = `{"scope":"saylov","expires_in":3600,"token_type":"bearer","refresh_token":"refresh-s3cret","access_token":"access-s3cret"}`
	goodProfile = `{"valid":"true","validation_method":["PKCSMETHOD"],"pin":"41505939980027","user_id":"namuna",
		"full_name":"NAMUNAYEVA GULNORA SINOV QIZI","sur_name":"SINOV QIZI","first_name":"GULNORA","mid_name":"NAMUNAYEVA",
		"pport_no":"XA0000001","birth_date":"1993-05-15","mob_phone_no":"998900000001","email":"gulnora@mail.example","user_type":"I",
		"sess_id":"1b671a64-40d5-491e-99b0-da01ff1f3341","ret_cd":"0","auth_method":"LEPKCSMETHOD","pkcs_legal_tin":"300000001",
		"legal_info":[{"is_basic":true,"le_tin":"300000001","le_name":"NAMUNA MCHJ","tin":"300000009","acron_UZ":"ESKI"}]}`
	goodLogout = `{"ret_cd":"0"}`
	aCode      = "c0de+/s3cret+w==" // a plus sign must not become a space
)

func config() oneid.Config {
	return oneid.Config{
		URL: "https://sso.example/sso/oauth/Authorization.do", ClientID: "saylov", ClientSecret: "client-s3cret",
		RedirectURL: "https://hub.example/callback",
	}
}

var aToken = oneid.Token{Access: "access-s3cret"}

// asks are the three operations, each with a word for its answer.
var asks = map[string]func(context.Context, *oneid.Client) (string, error){
	oneid.OpExchange: func(ctx context.Context, c *oneid.Client) (string, error) {
		t, err := c.Exchange(ctx, aCode)
		if err != nil || t == (oneid.Token{}) {
			return "", err
		}
		return "token", nil
	},
	oneid.OpIdentify: func(ctx context.Context, c *oneid.Client) (string, error) {
		p, err := c.Identify(ctx, aToken)
		if err != nil || p.Login == "" {
			return "", err
		}
		return "profile", nil
	},
	oneid.OpLogout: func(ctx context.Context, c *oneid.Client) (string, error) {
		if err := c.Logout(ctx, aToken); err != nil {
			return "", err
		}
		return "out", nil
	},
}

func opening(id string) func(testing.TB, call.Deps, call.Limits) calltest.Ask {
	return func(t testing.TB, deps call.Deps, limits call.Limits) calltest.Ask {
		cfg := config()
		cfg.Limits = map[string]call.Limits{id: limits}
		c, err := oneid.New(cfg, deps)
		if err != nil {
			t.Fatal(err)
		}
		return func(ctx context.Context) (string, error) { return asks[id](ctx, c) }
	}
}

// TestKit holds the three operations against what all connectors must do, and
// prints what each answer is taken for. Among its rows is what clients of OneID
// get wrong: a wrong secret reported as an outage, pages on 200 and a 200
// without a token taken for sign-ins.
func TestKit(t *testing.T) {
	t.Parallel()
	anyButLong := []calltest.Form{calltest.None, calltest.Page, calltest.CutOff, calltest.Empty, calltest.WrongTypes, calltest.TooDeep, calltest.Good}
	excepts := []calltest.Except{
		{Why: "only a 200 answers", Statuses: []int{201}, Forms: anyButLong, Kind: fault.Breach},
		{Why: "what a browser sent may be the reason: it must not stop the others' sign-in", Statuses: []int{401, 403}, Forms: anyButLong, Kind: fault.Rejected},
		{
			Why: "a 4xx is a refusal, even as a proxy's page: it must not open the breaker for the others", Kind: fault.Rejected,
			Statuses: []int{400, 409, 410, 415, 422, 423}, Forms: []calltest.Form{calltest.Page, calltest.CutOff},
		},
	}
	own := func(name string, status int, body string, kind fault.Kind) calltest.Own {
		return calltest.Own{Name: name, Reply: calltest.Reply{Status: status, Body: body}, Kind: kind}
	}
	refusal := func(word string) string {
		return `{"status":400,"message":"Zq7LeakedWording","path":"/sso/oauth/Authorization.do","error":"` + word + `","timestamp":1789000000000}`
	}
	common := []calltest.Own{
		own("400 wrong secret", 400, refusal("CLIENT_SECRET_NOT_FOUND"), fault.Misconfigured),
		own("401 wrong client", 401, refusal("CLIENT_ID_NOT_FOUND"), fault.Misconfigured),
		own("200 wrong secret", 200, refusal("CLIENT_SECRET_NOT_FOUND"), fault.Misconfigured),
		own("500 wrong secret", 500, refusal("CLIENT_SECRET_NOT_FOUND"), fault.Misconfigured),
		own("500 another word", 500, refusal("INTERNAL_SERVER_ERROR"), fault.Unavailable),
		own("400 another word", 400, refusal("CODE_NOT_FOUND"), fault.Rejected),
		own("404 a word", 404, refusal("CODE_NOT_FOUND"), fault.Rejected),
		own("200 another word", 200, refusal("CODE_NOT_FOUND"), fault.Rejected),
		own("400 no word at all", 400, refusal("Zq7LeakedWording 41505939980027"), fault.Rejected),
		own("200 no word at all", 200, refusal("Zq7LeakedWording 41505939980027"), fault.Rejected),
		own("404 no word at all", 404, refusal("Not Found"), fault.Misconfigured),
	}
	returns := []calltest.Own{
		own("ret_cd 1", 200, `{"ret_cd":"1"}`, fault.Rejected),
		own("ret_cd 1 as a number", 200, `{"ret_cd":1}`, fault.Rejected),
		own("ret_cd of another sort", 200, `{"ret_cd":"2"}`, fault.Breach),
		own("ret_cd null", 200, `{"ret_cd":null}`, fault.Breach),
	}
	calltest.Run(t, calltest.Subject{
		System: oneid.System,
		Secrets: []string{
			"client-s3cret", "access-s3cret", "refresh-s3cret", aCode, "41505939980027", "NAMUNAYEVA", "GULNORA", "SINOV QIZI",
			"XA0000001", "1993-05-15", "998900000001", "gulnora@mail.example", "1b671a64-40d5-491e-99b0-da01ff1f3341",
		},
		Operations: []calltest.Operation{
			{
				ID: oneid.OpExchange, Private: true, Open: opening(oneid.OpExchange), Good: calltest.Reply{Status: 200, Body: goodToken}, Word: "token",
				Own: append([]calltest.Own{
					own("no token", 200, `{"token_type":"bearer"}`, fault.Rejected),
					own("token null", 200, `{"access_token":null}`, fault.Rejected),
					own("a profile instead", 200, goodProfile, fault.Rejected),
					own("life that is no number", 200, `{"access_token":"a","expires_in":"Zq7LeakedWording"}`, fault.Breach),
				}, common...),
				Except: append(excepts, calltest.Except{
					Why: "a 200 without a token is a refusal", Statuses: []int{200}, Forms: []calltest.Form{calltest.Empty}, Kind: fault.Rejected,
				}),
			},
			{
				ID: oneid.OpIdentify, Repeatable: true, Private: true, Open: opening(oneid.OpIdentify), Good: calltest.Reply{Status: 200, Body: goodProfile},
				Word: "profile", Own: append(append([]calltest.Own{own("nobody", 200, `{"ret_cd":"0"}`, fault.Breach)}, returns...), common...), Except: excepts,
			},
			{
				ID: oneid.OpLogout, Repeatable: true, Private: true, Open: opening(oneid.OpLogout), Good: calltest.Reply{Status: 200, Body: goodLogout}, Word: "out",
				Own: append(append([]calltest.Own{{Name: "ret_cd 0 as a number", Reply: calltest.Reply{Status: 200, Body: `{"ret_cd":0}`}, Word: "out"}}, returns...), common...), Except: excepts,
			},
		},
	})
}

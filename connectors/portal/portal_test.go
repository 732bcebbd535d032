package portal_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/connectors/portal"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	subject  = personal.PINFL("41505939980027")
	official = personal.PINFL("32103889999014")
	passport = personal.Document("XA0000001")

	certificate = personal.Document("I-XX0000001") // as the personal data register prints it
	employer    = "300000001"
)

// gateway is a token server and a gateway without sockets.
type gateway struct {
	mu     sync.Mutex
	tokens int // issued so far; the valid one is tok-N
	life   int
	asked  []*http.Request
	bodies []string
	answer func(n int, r *http.Request) (int, string) // of the gateway; n counts from 1
	grant  func(n int) (int, string)                  // of the token server; nil: grants
}

func (g *gateway) RoundTrip(r *http.Request) (*http.Response, error) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	status, body := 0, ""
	if r.URL.Path == "/oauth2/token" {
		g.tokens++
		if g.grant != nil {
			status, body = g.grant(g.tokens)
		} else {
			status, body = 200, fmt.Sprintf(`{"access_token":"tok-%d","token_type":"Bearer","expires_in":%d}`, g.tokens, max(g.life, 1))
		}
	} else {
		g.asked, g.bodies = append(g.asked, r), append(g.bodies, string(b))
		status, body = g.answer(len(g.asked), r)
	}
	return &http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func config() portal.Config {
	return portal.Config{
		TokenURL: "https://token.example:9444", GatewayURL: "https://gateway.example:8243",
		Credentials: map[string]portal.Credentials{portal.MainSet: {ConsumerKey: "key-s3cret", ConsumerSecret: "secret-s3cret", Username: "user", Password: "pass-s3cret"}},
		RegionID:    26, OrganisationID: "099901",
	}
}

func open(t *testing.T, g *gateway, deps portal.Deps, change ...func(*portal.Config)) *portal.Portal {
	t.Helper()
	if g.life == 0 {
		g.life = 3600
	}
	cfg := config()
	for _, f := range change {
		f(&cfg)
	}
	deps.Client = &http.Client{Transport: g}
	p, err := portal.New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func answers(status int, body string) *gateway {
	return &gateway{answer: func(int, *http.Request) (int, string) { return status, body }}
}

// operation finds an operation by its key.
func operation(t *testing.T, p *portal.Portal, key string) register.Operation {
	t.Helper()
	o := find(p, key)
	if o.Ask == nil {
		t.Fatalf("no operation %s", key)
	}
	return o
}

const birthDoc = "disability.birthdoc"

// find is operation without a test. The service by birth certificate is the
// disability register's own operation, asked about somebody without a passport.
func find(p *portal.Portal, key string) register.Operation {
	for _, r := range p.Registers() {
		for _, o := range r.Operations {
			switch string(r.ID) + "." + o.ID {
			case key:
				return o
			case strings.Replace(key, birthDoc, "disability.passport", 1):
				return register.Operation{ID: o.ID, Ask: func(ctx context.Context, q register.Question) (register.Reply, error) {
					return o.Ask(ctx, unpassported(q))
				}}
			}
		}
	}
	return register.Operation{}
}

func unpassported(q register.Question) register.Question {
	q.Document, q.BirthCertificate = "", certificate
	if q.Identity != nil {
		identity := *q.Identity
		identity.Document, identity.BirthCertificate, q.Identity = "", certificate, &identity
	}
	return q
}

func question() register.Question {
	return register.Question{
		Transaction: "101", Official: official, Purpose: "saylov", PINFL: subject, Document: passport,
		BirthDate: civil.Date{Year: 1993, Month: 5, Day: 15}, Token: "1000001", Employer: employer,
		Identity: &register.PersonalData{
			PINFL: subject, PINFLs: []personal.PINFL{subject}, Document: passport,
			Surname: "NAMUNAYEVA", GivenName: "GULNORA", Patronymic: "SINOV QIZI", BirthDate: civil.Date{Year: 1993, Month: 5, Day: 15},
		},
	}
}

func columns(pairs ...string) []register.Column {
	var out []register.Column
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, register.Column{Name: pairs[i], Value: pairs[i+1]})
	}
	return out
}

var keys = []string{
	"personal-data.docrest", "registered-address.pin", "employment.history", "education.diploma",
	"criminal-record.search", "criminal-record.check", "disability.passport", birthDoc, "legal-capacity.check",
	"employed-at.status", "school-certificate.pinfl", "lyceum-certificate.pinfl",
}

// good holds an answer of every operation about the subject.
var good = map[string]string{
	"personal-data.docrest": `{"result":"1","comments":"","data":[{"transaction_id":101,"current_pinpp":"41505939980027",
 "pinpps":["41505939980027"],"current_document":"XA0000001","surnamelat":"NAMUNAYEVA","namelat":"GULNORA","patronymlat":"SINOV QIZI",
 "surnamecyr":"","namecyr":"","patronymcyr":"","birth_date":"1993-05-15","birthplace":"SINOV SHAHRI","birthcountryid":182,
 "livestatus":1,"nationality":"O‘ZBEK","nationalityid":44,"citizenship":"УЗБЕКИСТАН","citizenshipid":182,"sex":2,
 "documents":[{"document":"I-XX0000001","type":"IDMS_RECV_MJ_BIRTH_CERTS","dateend":null},{"document":"XA0000001","type":"IDMS_RECV_MVD_IDCARD_CITIZEN","status":2}]}]}`,
	"registered-address.pin": `{"Data":{"PermanentRegistration":{"Cadastre":"10:00","Country":{"Id":182,"Value":"U"},
 "Region":{"Id":12,"Value":"ТОШКЕНТ"},"District":{"Id":1205,"Value":"СИНОВ"},"Maxalla":{"Id":1,"Guid":"g-1","Value":"NAMUNA"},
 "Street":{"Id":2,"Guid":"g-2","Value":"BOG‘"},"Address":"1-uy","RegistrationDate":"2021-01-01T00:00:00"},"TemproaryRegistrations":null},
 "AnswereId":1,"AnswereMessage":"Ok","AnswereComment":""}`,
	"employment.history": `{"jsonrpc":"2.0","id":1,"error":null,"result":{"success":true,"code":200,"message":"OK","data":{
 "profile":{"pin":"41505939980027","gender":2},"experiences":[
 {"company_inn":"300000001","company_name":"SINOV MCHJ","structure_name":"BO‘LIM","position_id":null,"position_name":"MUTAXASSIS","start_date":"2020-01-01","end_date":null,"person_pin":"41505939980027"},
 {"company_inn":300000002,"company_name":"ESKI MCHJ","position_name":"USTA","start_date":"2010-01-01","end_date":"2019-12-31","person_pin":"41505939980027"}]}}}`,
	"education.diploma": `[{"id":1,"pinfl":"4150593*******","institution_name":"ESKI INSTITUT","degree_name":"Bakalavr","speciality_name":"Tarix","diploma_given_date":"2014-07-01","diploma_serial":"B","diploma_number":"0000001"},
 {"id":2,"pinfl":"41505939980027","institution_name":"YANGI INSTITUT","degree_name":"Magistr","speciality_name":"Huquq","diploma_given_date":"2016-07-01","diploma_serial":"M","diploma_number":"0000002"}]`,
	"criminal-record.search": `{"success":true,"request_id":"1000001","message":null}`,
	"criminal-record.check":  `{"success":true,"message":null,"data":{"has_conviction":false,"convictions":[]}}`,
	"disability.passport":    `{"result_code":1,"result_message":"OK","data":{"pinfl":"41505939980027","has_disability":true,"group":2,"valid_to":"2026-01-10","lifetime":false}}`,
	birthDoc:                 `{"result_code":1,"result_message":"OK","data":{"pinfl":"41505939980027","has_disability":true,"group":3,"valid_to":null,"lifetime":true}}`,
	"legal-capacity.check":   `{"result_code":1,"result_message":"OK","data":{"pinfl":"41505939980027","capacity":"FULL","court_name":null,"effective_date":null}}`,
	"employed-at.status":     `{"jsonrpc":"2.0","id":1,"error":null,"result":{"success":true,"code":200,"message":"OK","data":{"status":1}}}`,
	"school-certificate.pinfl": `{"data":{"gradYear":2011,"classLevel":"11-sinf","certType":3,"certTypeName":"Oddiy","certSN":"UM 00000001","firstName":"GULNORA",
 "lastName":"NAMUNAYEVA","patronymic":"SINOV QIZI","birthDate":"1993-05-15T00:00:00","pin":"41505939980027","iDocType":5,"iDocTypeName":"ID karta",
 "regionId":12,"region":"Toshkent shahri","districtId":621,"district":"Sinov tumani","schoolId":9001,"school":"991-sonli namuna maktabi","grades6YearsAvg":4.5},"success":true}`,
	"lyceum-certificate.pinfl": `{"success":200,"name":"Get Lyceum Graduate Data","message":null,"code":0,"data":{"current_time":1709699696,"is_from_cache":false,
 "student":{"pinfl":"41505939980027","school_region_id":15,"school_region":"Toshkent shahri","school_district_id":172,"school_district":"Sinov tumani",
 "school_id":10001,"school":"Sinov akademik litseyi","year_of_graduation":2012,"edu_type_id":1,"edu_type_name":"lyceum"}}}`,
}

func TestHeadersOfAProxy(t *testing.T) {
	t.Parallel()
	g := answers(200, good["education.diploma"])
	p := open(t, g, portal.Deps{}, func(c *portal.Config) {
		c.TokenHeader = "Client-Auth"
		c.Headers = []portal.Header{{Name: "Authorization", Value: "Basic cHJveHk="}}
	})
	if _, err := operation(t, p, "education.diploma").Ask(t.Context(), question()); err != nil {
		t.Fatal(err)
	}
	if h := g.asked[0].Header; h.Get("Client-Auth") != "Bearer tok-1" || h.Get("Authorization") != "Basic cHJveHk=" {
		t.Errorf("headers of the proxy are wrong")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	c := config()
	c.TokenURL, c.GatewayURL = "http://token.example", "not an address"
	c.Credentials["mvd"] = portal.Credentials{}
	c.Operations = map[string]portal.OperationConfig{"nothing": {}, "disability.passport": {Path: "x", Credentials: "nobody"}}
	c.Headers = []portal.Header{{Name: "authorization"}}
	c.LangID = 4
	c.CapacityAbsence = "maybe"
	err := c.Validate()
	for _, want := range []string{"token_url: must be https", "gateway_url", "credentials.mvd", "operations.nothing", "disability.passport.path", "disability.passport.credentials", "headers[0]", "lang_id", "capacity_absence"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing about %s in %v", want, err)
		}
	}
	if _, err := portal.New(c, portal.Deps{}); err == nil {
		t.Error("made with a bad configuration")
	}
	c = config()
	c.TokenURL, c.GatewayURL = "http://127.0.0.1:1/", "http://localhost:2"
	if err := c.Validate(); err != nil {
		t.Errorf("plain http on this machine: %v", err)
	}
	if out := fmt.Sprintf("%+v", c); strings.Contains(out, "s3cret") {
		t.Error("a printed configuration tells secrets")
	}
}

package oneid_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/connectors/oneid"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/fault"
)

type object = map[string]any

// with is the good profile with changes; nil takes a key away.
func with(t testing.TB, changes object) string {
	t.Helper()
	var m object
	if err := json.Unmarshal([]byte(goodProfile), &m); err != nil {
		t.Fatal(err)
	}
	maps.Copy(m, changes)
	for key, v := range changes {
		if v == nil {
			delete(m, key)
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func identify(t testing.TB, body string) (oneid.Profile, error) {
	t.Helper()
	return answers(t, 200, body).Identify(t.Context(), aToken)
}

func wholeProfile() oneid.Profile {
	firm := oneid.Organisation{TIN: "300000001", Name: "NAMUNA MCHJ", Basic: true}
	return oneid.Profile{
		PINFL: "41505939980027", Login: "namuna", FullName: "NAMUNAYEVA GULNORA SINOV QIZI", Passport: "XA0000001",
		BirthDate: civil.Date{Year: 1993, Month: time.May, Day: 15}, Phone: "998900000001", Email: "gulnora@mail.example", Valid: true,
		Method: oneid.ByOrganisation, UserType: oneid.Natural, Session: "1b671a64-40d5-491e-99b0-da01ff1f3341",
		Organisation: &firm, Organisations: []oneid.Organisation{firm},
	}
}

// bare shows cmp what Profile's own printing hides.
type bare oneid.Profile

func same(a, b oneid.Profile) string {
	open := func(p oneid.Profile) string { // by JSON: every verb of fmt prints masks
		b, err := json.Marshal(bare(p))
		return fmt.Sprint(string(b), err, " ", string(p.Session))
	}
	return cmp.Diff(open(a), open(b))
}

// Clients swap name parts, compare valid as a boolean only, and fail when pin,
// phone or legal_info is missing.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		changes object
		want    func(*oneid.Profile)
	}{
		{"as the published sample", nil, func(*oneid.Profile) {}},
		{"valid as a boolean", object{"valid": true}, func(*oneid.Profile) {}},
		{"valid in capitals", object{"valid": "TRUE"}, func(*oneid.Profile) {}},
		{"not valid, as text", object{"valid": "false"}, func(p *oneid.Profile) { p.Valid = false }},
		{"not valid, as a boolean", object{"valid": false}, func(p *oneid.Profile) { p.Valid = false }},
		{"valid missing", object{"valid": nil}, func(p *oneid.Profile) { p.Valid = false }},
		{"no pin", object{"pin": nil}, func(p *oneid.Profile) { p.PINFL = "" }},
		{"an empty pin", object{"pin": ""}, func(p *oneid.Profile) { p.PINFL = "" }},
		{"pin as a number", object{"pin": json.Number("41505939980027")}, func(*oneid.Profile) {}},
		{"no login", object{"user_id": nil}, func(p *oneid.Profile) { p.Login = "" }},
		{"names swapped", object{"sur_name": "NAMUNAYEVA", "mid_name": "SINOV QIZI", "first_name": nil}, func(*oneid.Profile) {}},
		{"doc_num instead of pport_no", object{"pport_no": nil, "doc_num": "XA0000001"}, func(*oneid.Profile) {}},
		{"a passport with a space and Cyrillic letters", object{"pport_no": "ХА 0000001"}, func(*oneid.Profile) {}},
		{"a foreign passport", object{"pport_no": "P<UTO123456"}, func(p *oneid.Profile) { p.Passport = "" }},
		{"a date without dashes", object{"birth_date": "19930515"}, func(*oneid.Profile) {}},
		{"no date", object{"birth_date": nil}, func(p *oneid.Profile) { p.BirthDate = civil.Date{} }},
		{"no phone", object{"mob_phone_no": nil}, func(p *oneid.Profile) { p.Phone = "" }},
		{"a phone with a plus", object{"mob_phone_no": "+998 90 000-00-01"}, func(*oneid.Profile) {}},
		{"a phone of another country", object{"mob_phone_no": "79000000001"}, func(p *oneid.Profile) { p.Phone = "" }},
		{"no e-mail address", object{"email": "none"}, func(p *oneid.Profile) { p.Email = "" }},
		{"ret_cd as a number", object{"ret_cd": 0}, func(*oneid.Profile) {}},
		{"a legal account", object{"user_type": "L"}, func(p *oneid.Profile) { p.UserType = oneid.Legal }},
		{"an account of another type", object{"user_type": "X"}, func(p *oneid.Profile) { p.UserType = "" }},
		{"a key of tomorrow", object{"new_key": object{"a": 1}}, func(*oneid.Profile) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := wholeProfile()
			c.want(&want)
			got, err := identify(t, with(t, c.changes))
			if err != nil {
				t.Fatal(err)
			}
			if diff := same(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]struct {
		method oneid.AuthMethod
		force  bool
	}{
		"LOGINPASSMETHOD": {oneid.ByPassword, false}, "LOGINPASMETHOD": {oneid.ByPassword, false}, "MOBILEMETHOD": {oneid.ByMobile, false},
		"QR": {oneid.ByQR, false}, "PKCSMETHOD": {oneid.BySignature, true}, "LEPKCSMETHOD": {oneid.ByOrganisation, true},
		"FACEMETHOD": {"FACEMETHOD", false}, "pkcsmethod": {"", false}, "PKCSMETHOD\n": {oneid.BySignature, true}, "": {"", false},
		strings.Repeat("A", 41): {"", false},
	} {
		p, err := identify(t, with(t, object{"auth_method": wire}))
		if err != nil || p.Method != want.method || p.LegalForce() != want.force {
			t.Errorf("%q: %q, legal force %v, %v", wire, p.Method, p.LegalForce(), err)
		}
	}
}

// On whose behalf somebody acts is told by the method and the certificate's TIN.
func TestOnBehalf(t *testing.T) {
	t.Parallel()
	firm := oneid.Organisation{TIN: "300000001", Name: "NAMUNA MCHJ", Basic: true}
	for _, c := range []struct {
		name    string
		changes object
		own     *oneid.Organisation
		all     []oneid.Organisation
	}{
		{"by the certificate", nil, &firm, []oneid.Organisation{firm}},
		{"a legal account with a person's certificate", object{"auth_method": "PKCSMETHOD", "user_type": "L"}, nil, []oneid.Organisation{firm}},
		{"a certificate without a TIN", object{"pkcs_legal_tin": nil, "user_type": "L"}, nil, []oneid.Organisation{firm}},
		{"not among the account's", object{"pkcs_legal_tin": "300000002"}, &oneid.Organisation{TIN: "300000002"}, []oneid.Organisation{firm}},
		{"TIN as a number", object{"pkcs_legal_tin": 300000001}, &firm, []oneid.Organisation{firm}},
		{"no list", object{"legal_info": nil}, &oneid.Organisation{TIN: "300000001"}, nil},
		{"an empty list", object{"legal_info": []any{}}, &oneid.Organisation{TIN: "300000001"}, nil},
		{"other keys, no TIN, TIN of another form", object{"auth_method": "QR", "legal_info": []any{
			object{"is_basic": false, "tin": "300000003", "acron_UZ": "UCHINCHI"},
			object{"is_basic": "true", "le_tin": "", "tin": 300000004, "le_name": "TO‘RTINCHI", "acron_UZ": "x"},
			object{"is_basic": true, "acron_UZ": "RAQAMSIZ"},
			object{"le_tin": "12", "le_name": "QISQA"},
		}}, nil, []oneid.Organisation{{TIN: "300000003", Name: "UCHINCHI"}, {TIN: "300000004", Name: "TO‘RTINCHI", Basic: true}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := identify(t, with(t, c.changes))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.own, p.Organisation) + cmp.Diff(c.all, p.Organisations); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoProfile(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ў", 301)
	for name, changes := range map[string]object{
		"a pin of 13 digits": {"pin": "4150593998002"}, "a pin with a letter": {"pin": "4150593998002З"}, "neither pin nor login": {"pin": nil, "user_id": nil},
		"valid of another sort": {"valid": "yes"}, "a date that is none": {"birth_date": "1993-02-30"}, "a TIN of 8 digits": {"pkcs_legal_tin": "30000000"},
		"a long name": {"full_name": long}, "a long login": {"user_id": long}, "a long session": {"sess_id": long},
		"a long organisation":      {"legal_info": []any{object{"le_tin": "300000001", "le_name": long}}},
		"a name that is an object": {"full_name": object{}}, "organisations that are none": {"legal_info": "NAMUNA"},
		"too many organisations": {"legal_info": make([]object, 1001)}, "ret_cd missing": {"ret_cd": nil}, "ret_cd of another sort": {"ret_cd": "00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := identify(t, with(t, changes))
			if fault.KindOf(err) != fault.Breach || same(p, oneid.Profile{}) != "" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPerson(t *testing.T) {
	t.Parallel()
	if pin, err := wholeProfile().Person(); err != nil || pin != "41505939980027" {
		t.Errorf("got %v", err)
	}
	_, err := oneid.Profile{Login: "namuna"}.Person()
	if f := fault.Of(err); f == nil || f.Kind != fault.Rejected || f.Code != "no_pin" || f.System != oneid.System || f.Hint == "" {
		t.Errorf("got %v", err)
	}
}

// However a profile or a token is printed or logged, nobody is named.
func TestPrintsMasked(t *testing.T) {
	t.Parallel()
	p := wholeProfile()
	token := oneid.Token{Access: "access-s3cret"}
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "profile", p, "pointer", &p, "token", token)
	}
	cfg := config()
	for _, v := range []any{p, &p, []oneid.Profile{p}, struct{ P oneid.Profile }{p}, token, &token, cfg, &cfg} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	b, err := json.Marshal(token)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	for _, secret := range []string{
		"41505939980027", "NAMUNA", "namuna", "GULNORA", "gulnora", "SINOV", "XA0000001", "998900000001", "1b671a64", "s3cret", "1993", "300000001",
		fmt.Sprintf("%x", "GULNORA"), fmt.Sprintf("%x", "s3cret"),
	} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is told:\n%s", secret, out.String())
		}
	}
	if !strings.Contains(p.String(), "LEPKCSMETHOD") || !strings.Contains(p.String(), "27") {
		t.Errorf("a profile says too little: %s", p)
	}
}

// Any answer to identify is a profile of somebody or a fault of a known kind
// that quotes nothing.
func FuzzIdentify(f *testing.F) {
	f.Add(200, []byte(goodProfile))
	f.Add(200, []byte(`{"ret_cd":1,"valid":false,"legal_info":null,"pin":12345678901234,"error":"X"}`))
	f.Add(400, []byte(`{"status":400,"message":"ClientSecretException","error":"CLIENT_SECRET_NOT_FOUND"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			p, err := answers(t, status, string(body)).Identify(t.Context(), aToken)
			if known(t, err) {
				return
			}
			if p.Login == "" && p.PINFL == "" || p.PINFL != "" && len(p.PINFL) != 14 || p.Organisation != nil && (p.Method != oneid.ByOrganisation || len(p.Organisation.TIN) != 9) {
				t.Fatalf("a profile of nobody: %s", p)
			}
		})
	})
}

// Any answer to exchange is a token or a fault of a known kind.
func FuzzExchange(f *testing.F) {
	f.Add(200, []byte(goodToken))
	f.Add(200, []byte(`{"access_token":5,"expires_in":"-1"}`))
	f.Add(404, []byte(`{"error":null}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			token, err := answers(t, status, string(body)).Exchange(t.Context(), aCode)
			if !known(t, err) && (token.Access == "" || len(token.Access) > 8192) {
				t.Fatal("no token and no fault")
			}
		})
	})
}

// known reports a fault, and fails the test for one that must not be.
func known(t *testing.T, err error) bool {
	t.Helper()
	if err == nil {
		return false
	}
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || f.Kind == fault.Defect || f.Kind == fault.Pending || f.System != oneid.System || len(f.Code) > 40 {
		t.Fatalf("got %v", err)
	}
	if strings.Contains(f.Error()+f.Hint, "415059399") {
		t.Fatalf("the fault quotes the answer: %v", f)
	}
	return true
}

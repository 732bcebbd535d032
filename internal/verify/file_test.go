package verify_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/verify"
)

const (
	territorial = "Toshkent shahar hududiy saylov komissiyasi"
	district    = "Mirzo Ulugʻbek tuman saylov komissiyasi"
)

// results are what the checks of a report came to.
func results(r verify.Report) map[string]verify.Result {
	out := map[string]verify.Result{}
	for _, c := range r.Checks {
		out[c.What] = c.Result
	}
	return out
}

func TestFile(t *testing.T) {
	t.Parallel()
	ca, otherCA := authority(t, "Sinov markazi"), authority(t, "Boshqa markaz")
	cert, key := ca.certify(territorial)
	districtCert, districtKey := ca.certify(district)
	foreignCert, foreignKey := otherCA.certify(territorial)
	keys := func(t *testing.T, pem []byte, sealers verify.Sealers) verify.Keys {
		t.Helper()
		k, err := verify.NewKey(codes(1).PublicKey, pem, sealers)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		out, err := verify.ReadKeys(raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	full := keys(t, ca.pem, verify.Sealers{"1726": {territorial}, "*": {"Markaziy saylov komissiyasi"}})
	bare := verify.Keys{Key: codes(1).PublicKey}
	own := mandate(t).make(t)
	whole := sealed(t, own, cert, key)
	later := mandate(t)
	later.text = "MANDAT No 007, 2027-yil"
	for _, c := range []struct {
		name string
		raw  []byte
		b    verify.Basis
		want verify.Verdict
		says map[string]verify.Result
	}{
		{"sealed by who should", whole, verify.Basis{Keys: full}, verify.IsGenuine, map[string]verify.Result{"seal": verify.Passed, "attached data": verify.Passed, "revocation": verify.NotChecked}},
		{"sealed by somebody certified", whole, verify.Basis{Keys: keys(t, ca.pem, nil)}, verify.IsGenuine, map[string]verify.Result{"seal": verify.Passed}},
		{"sealed, nobody vouches", whole, verify.Basis{Keys: bare}, verify.IsUnknown, map[string]verify.Result{"seal": verify.NotChecked, "attached data": verify.Passed, "text of the page": verify.Passed}},
		{"sealed by another authority's", sealed(t, own, foreignCert, foreignKey), verify.Basis{Keys: full}, verify.IsUnknown, map[string]verify.Result{"seal": verify.Failed}},
		{"sealed anew by another commission", sealed(t, later.make(t), districtCert, districtKey), verify.Basis{Keys: full}, verify.IsUnknown, map[string]verify.Result{"seal": verify.Failed}},
		{"not sealed", own, verify.Basis{Keys: full}, verify.IsUnknown, map[string]verify.Result{"seal": verify.NotChecked, "attached data": verify.Passed, "text of the page": verify.Passed}},
		{"not sealed, the hub says it is its own", own, verify.Basis{Keys: bare, Answer: &verify.Answer{Status: verify.Genuine, File: "same"}}, verify.IsGenuine, map[string]verify.Result{"file": verify.Passed}},
		{"not sealed, the hub was not given the file", own, verify.Basis{Keys: bare, Answer: &verify.Answer{Status: verify.Genuine}}, verify.IsUnknown, nil},
		{"no key, the hub says it is its own", own, verify.Basis{Answer: &verify.Answer{Status: verify.Genuine, File: "same", Number: "007"}}, verify.IsGenuine, map[string]verify.Result{"signature of the code": verify.NotChecked}},
		{"the hub says it is another", own, verify.Basis{Keys: bare, Answer: &verify.Answer{Status: verify.Altered, File: "differs"}}, verify.IsAltered, nil},
		{"a byte more", append(bytes.Clone(whole), '\n'), verify.Basis{Keys: full}, verify.IsAltered, map[string]verify.Result{"seal": verify.Failed}},
		{"a byte less", whole[:len(whole)-1], verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"another text under the seal", bytes.Replace(whole, []byte("Mandat"), []byte("Mandad"), 1), verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"the seal taken off and the data altered", bend(t, func(p *paper) { p.data = bytes.Replace(p.data, []byte("Sinovbek"), []byte("Sinovbey"), 1) }), verify.Basis{Keys: full}, verify.IsAltered, map[string]verify.Result{"attached data": verify.Failed}},
		{"a field twice in the data", bend(t, func(p *paper) { p.data = append([]byte(`{"number":"008",`), p.data[1:]...) }), verify.Basis{Keys: full}, verify.IsAltered, map[string]verify.Result{"attached data": verify.Failed}},
		{"no data, the code of another document", bend(t, func(p *paper) { p.data, p.text = nil, "MANDAT No 1007" }), verify.Basis{Keys: full}, verify.IsAltered, map[string]verify.Result{"text of the page": verify.Failed}},
		{"no data, another number in the title", bend(t, func(p *paper) { p.data, p.title = nil, "Mandat № 008 · 0197-a" }), verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"no data", bend(t, func(p *paper) { p.data = nil }), verify.Basis{Keys: full}, verify.IsUnknown, map[string]verify.Result{"attached data": verify.NotChecked, "text of the page": verify.Passed}},
		{"without a code", bend(t, func(p *paper) { p.code = "" }), verify.Basis{Keys: full}, verify.IsUnknown, map[string]verify.Result{"code": verify.Failed}},
		{"without a code, sealed", sealed(t, bend(t, func(p *paper) { p.code = "" }), cert, key), verify.Basis{Keys: full}, verify.IsUnknown, nil},
		{"a made-up code", bend(t, func(p *paper) { p.code = p.code[:len(p.code)-20] + "AAAAAAAAAAAAAAAAAAAA" }), verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"the code of another hub", whole, verify.Basis{Keys: verify.Keys{Key: codes(2).PublicKey}}, verify.IsAltered, map[string]verify.Result{"signature of the code": verify.Failed}},
		{"words for a code", bend(t, func(p *paper) { p.code = "salom" }), verify.Basis{Keys: full}, verify.IsUnknown, nil},
		{"another code in the information, sealed before", bytes.Replace(whole, []byte("/HubCode"), []byte("/HubKode"), 1), verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"revoked", whole, verify.Basis{Keys: full, Revocations: list(t, 1, now)}, verify.IsRevoked, nil},
		{"saved by another program", bytes.Replace(own, []byte("startxref"), []byte("startxxxx"), 1), verify.Basis{Keys: full}, verify.IsAltered, nil},
		{"no PDF", []byte("salom"), verify.Basis{Keys: full}, verify.IsUnknown, nil},
		{"nothing", nil, verify.Basis{Keys: full}, verify.IsUnknown, nil},
		{"somebody's PDF", printed("salom"), verify.Basis{Keys: full}, verify.IsUnknown, nil},
		{"a PDF of another kind", []byte("%PDF-2.0 whatever"), verify.Basis{Keys: full}, verify.IsUnknown, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.b.Now = now
			r := verify.File(c.raw, c.b)
			if r.Verdict != c.want || r.Why == "" {
				t.Errorf("%s (%s), want %s\n%+v", r.Verdict, r.Why, c.want, r.Checks)
			}
			got := results(r)
			for what, want := range c.says {
				if got[what] != want {
					t.Errorf("%s: %q, want %q", what, got[what], want)
				}
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range planted {
				if bytes.Contains(text, []byte(p)) {
					t.Errorf("the report tells %s", p)
				}
			}
		})
	}
}

// bend makes the mandate with one part another.
func bend(t *testing.T, how func(p *paper)) []byte {
	t.Helper()
	p := mandate(t)
	how(&p)
	return p.make(t)
}

// No byte of a sealed file may be another one.
func TestEveryByteOfASealedFileCounts(t *testing.T) {
	t.Parallel()
	ca := authority(t, "Sinov markazi")
	cert, key := ca.certify(territorial)
	raw := sealed(t, mandate(t).make(t), cert, key)
	k, err := verify.NewKey(codes(1).PublicKey, ca.pem, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := verify.ReadKeys([]byte(k.PEM), ca.pem)
	if err != nil {
		t.Fatal(err)
	}
	if r := verify.File(raw, verify.Basis{Keys: keys, Now: now}); r.Verdict != verify.IsGenuine {
		t.Fatalf("%s: %s", r.Verdict, r.Why)
	}
	for i := 0; i < len(raw); i += 37 {
		bent := bytes.Clone(raw)
		bent[i] ^= 1
		if r := verify.File(bent, verify.Basis{Keys: keys, Now: now}); r.Verdict == verify.IsGenuine {
			t.Fatalf("byte %d of %d may be another: %s", i, len(raw), r.Why)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	_, text := document(t, codes(1))
	ours := verify.Keys{Key: codes(1).PublicKey}
	empty, err := verify.NewList(nil, now, now.Add(-time.Minute)).Sign(codes(1).Sign, codes(1).PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	last := time.Date(2027, 1, 27, 18, 59, 59, 0, time.UTC)
	for _, c := range []struct {
		name string
		text string
		b    verify.Basis
		want verify.Verdict
		open int // things that are said not to be known
	}{
		{"genuine", text, verify.Basis{Keys: ours, Now: now}, verify.IsGenuine, 2},
		{"genuine, typed", strings.ToLower(plain(t, text)[:60]) + " \n" + plain(t, text)[60:], verify.Basis{Keys: ours, Now: now}, verify.IsGenuine, 2},
		{"on the last day", text, verify.Basis{Keys: ours, Now: last}, verify.IsGenuine, 2},
		{"the day after", text, verify.Basis{Keys: ours, Now: last.Add(time.Second)}, verify.IsExpired, 1},
		{"of another hub", text, verify.Basis{Keys: verify.Keys{Key: codes(2).PublicKey}, Now: now}, verify.IsAltered, 0},
		{"words", "salom", verify.Basis{Keys: ours, Now: now}, verify.IsUnknown, 0},
		{"nothing", "", verify.Basis{Keys: ours, Now: now}, verify.IsUnknown, 0},
		{"very long", strings.Repeat("A", 1_000_000), verify.Basis{Keys: ours, Now: now}, verify.IsUnknown, 0},
		{"neither key nor hub", text, verify.Basis{Now: now}, verify.IsUnknown, 0},
		{"not in the list", text, verify.Basis{Keys: ours, Revocations: empty, Now: now}, verify.IsGenuine, 1},
		{"in the list", text, verify.Basis{Keys: ours, Revocations: list(t, 1, now), Now: now}, verify.IsRevoked, 0},
		{"in an old list", text, verify.Basis{Keys: ours, Revocations: list(t, 1, now.AddDate(-1, 0, 0)), Now: now}, verify.IsRevoked, 0},
		{"in the list, and expired", text, verify.Basis{Keys: ours, Revocations: list(t, 1, now), Now: last.AddDate(1, 0, 0)}, verify.IsRevoked, 0},
		{"not in an old list", text, verify.Basis{Keys: ours, Revocations: empty, Now: now.Add(25 * time.Hour)}, verify.IsUnknown, 1},
		{"old, but not too old", text, verify.Basis{Keys: ours, Revocations: empty, MaxAge: 30 * time.Hour, Now: now.Add(25 * time.Hour)}, verify.IsGenuine, 1},
		{"a list of tomorrow", text, verify.Basis{Keys: ours, Revocations: empty, Now: now.Add(-time.Hour)}, verify.IsUnknown, 0},
		{"a list of another hub", text, verify.Basis{Keys: ours, Revocations: list(t, 2, now), Now: now}, verify.IsUnknown, 0},
		{"an altered list", text, verify.Basis{Keys: ours, Revocations: bytes.Replace(list(t, 1, now), []byte("revoked"), []byte("REVOKED"), 1), Now: now}, verify.IsUnknown, 0},
		{"no list at all", text, verify.Basis{Keys: ours, Revocations: []byte{}, Now: now}, verify.IsUnknown, 0},
		{"the hub says genuine", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Genuine}, Now: now}, verify.IsGenuine, 1},
		{"the hub says genuine, no key", text, verify.Basis{Answer: &verify.Answer{Status: verify.Genuine}, Now: now}, verify.IsGenuine, 1},
		{"the hub says not genuine", text, verify.Basis{Answer: &verify.Answer{Status: verify.NotGenuine}, Now: now}, verify.IsAltered, 0},
		{"the hub says revoked", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Revoked, VoidOn: "2026-11-21"}, Now: now}, verify.IsRevoked, 0},
		{"the hub says replaced", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Replaced, ReplacedBy: "012"}, Now: now}, verify.IsRevoked, 0},
		{"the hub says annulled", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Annulled}, Now: now}, verify.IsRevoked, 0},
		{"the hub says expired", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Expired}, Now: now}, verify.IsExpired, 0},
		{"the hub says not issued", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.NotIssued}, Now: now}, verify.IsUnknown, 0},
		{"the hub says unknown", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: verify.Unknown}, Now: now}, verify.IsUnknown, 0},
		{"the hub says something new", text, verify.Basis{Keys: ours, Answer: &verify.Answer{Status: "shelved"}, Now: now}, verify.IsUnknown, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := verify.Code(c.text, c.b)
			if r.Verdict != c.want || r.Why == "" || len(r.NotKnown) != c.open {
				t.Errorf("%s (%s), want %s; not known: %q, want %d", r.Verdict, r.Why, c.want, r.NotKnown, c.open)
			}
		})
	}
}

// The table says what was checked and what was not.
func TestTable(t *testing.T) {
	t.Parallel()
	_, text := document(t, codes(1))
	var out bytes.Buffer
	verify.Table(&out, verify.Code(text, verify.Basis{Keys: verify.Keys{Key: codes(1).PublicKey}, Now: now}))
	want := []string{
		"GENUINE: the hub signed this code", "",
		"document        D4 Political party observer’s mandate", "number          007", "commission      1726", "last valid day  2027-01-27",
		"checked at      2026-11-22 15:04 +05:00", "",
		"ok           signature of the code  signed with the key " + verify.KeyID(codes(1).PublicKey),
		"ok           validity               up to and including 2027-01-27",
		"not checked  revocation             no list of revocations was given", "",
		"not known offline: whether it was revoked or replaced since: give the signed list, or ask the hub",
		"not known offline: whether the paper shows what was issued: compare kind, number and the holder", "",
	}
	if diff := cmp.Diff(want, slices.Collect(strings.SplitSeq(out.String(), "\n"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzFile(f *testing.F) {
	t := &testing.T{}
	f.Add(mandate(t).make(t))
	f.Add([]byte("%PDF-1.4"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		// Without a seal that somebody vouches for nothing is genuine.
		if r := verify.File(raw, verify.Basis{Keys: verify.Keys{Key: codes(1).PublicKey}, Now: now}); r.Verdict == verify.IsGenuine || r.Why == "" {
			t.Errorf("%s: %s", r.Verdict, r.Why)
		}
	})
}

package receipt_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/receipt"
)

// Made up: two people, one of whom had another number before.
const (
	former   = "30101809910013"
	present  = "30101809920010"
	other    = "30101809930018"
	passport = "XA0000001"
)

var born = civil.Date{Year: 1980, Month: 1, Day: 1}

// maker gives receipts with a key made of a seed.
func maker(seed byte, now *time.Time) *receipt.Maker {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	mask := func(b []byte, id string) []byte {
		sum := sha256.Sum256(append([]byte(id), seed))
		out := bytes.Clone(b)
		for i := range out {
			out[i] ^= sum[i%len(sum)]
		}
		return out
	}
	return &receipt.Maker{
		Key: func(b []byte) []byte { return ed25519.Sign(key, b) }, Public: key.Public().(ed25519.PublicKey),
		Seal:   func(b []byte, id string) ([]byte, error) { return mask(b, id), nil },
		Unseal: func(b []byte, id string) ([]byte, error) { return mask(b, id), nil },
		Index: func(kind, value string) []byte {
			m := hmac.New(sha256.New, []byte{seed})
			m.Write([]byte(kind + "\x00" + value))
			return m.Sum(nil)
		},
		Now: func() time.Time { return *now }, Life: 24 * time.Hour,
	}
}

func sample(t testing.TB) receipt.Receipt {
	t.Helper()
	facts, err := json.Marshal(register.PersonalData{PINFL: present, PINFLs: []personal.PINFL{former, present}, Document: passport, BirthDate: born, Surname: "NAMUNAYEV"})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	return receipt.Receipt{
		ID: "r1", Type: "observer-party-register", Key: "key-1", Commission: "1726", PINFL: present,
		Answers: []receipt.Answer{
			{register.Personal, "found", "101", at, facts, []register.Column{{Name: "surname", Value: "NAMUNAYEV"}, {Name: "birth_date", Value: "1980-01-01"}}},
			{register.Capacity, "unavailable", "102", at, nil, nil},
			{register.Disability, "absent", "103", at, nil, nil},
		},
	}
}

func signed(t testing.TB, m *receipt.Maker, r receipt.Receipt) string {
	t.Helper()
	token, _, err := m.Sign(r)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestComesBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	want := sample(t)
	token := signed(t, m, want)
	want.Issued, want.Expires = now, now.Add(24*time.Hour)
	got, err := m.Open(token)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{present, former, passport, "NAMUNAYEV", "1980-01-01"} {
		if bytes.Contains(payload, []byte(secret)) {
			t.Errorf("the readable part tells %s", secret)
		}
	}
	for _, open := range []string{`"jti":"r1"`, `"commission":"1726"`, `"register":"disability","status":"absent","transaction":"103"`, `"exp":`, `"surname":`} {
		if !bytes.Contains(payload, []byte(open)) {
			t.Errorf("the readable part lacks %s: %s", open, payload)
		}
	}
	// The same values in another receipt cannot be told to be the same.
	again := sample(t)
	again.ID = "r2"
	one, err := m.Columns(token)
	if err != nil {
		t.Fatal(err)
	}
	two, err := m.Columns(signed(t, m, again))
	if err != nil || one["surname"] == two["surname"] || len(one) != 2 {
		t.Errorf("%v, %v, %v", one, two, err)
	}
}

func TestAtTheDoor(t *testing.T) {
	t.Parallel()
	issued := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	unnamed := sample(t)
	unnamed.Answers = unnamed.Answers[1:] // nobody was identified
	byPassport := unnamed
	byPassport.PINFL, byPassport.Document, byPassport.BirthDate = "", passport, born
	for _, c := range []struct {
		name       string
		receipt    receipt.Receipt
		subject    dossier.Subject
		commission string
		after      time.Duration
		want       dossier.Code
	}{
		{"the same number", sample(t), dossier.Subject{PINFL: present}, "1726", 0, ""},
		{"a former number", sample(t), dossier.Subject{PINFL: former}, "1726", 0, ""},
		{"the passport the register has", sample(t), dossier.Subject{Document: passport, BirthDate: born}, "1726", 0, ""},
		{"the number asked with, nobody identified", unnamed, dossier.Subject{PINFL: present}, "1726", 0, ""},
		{"the passport asked with, nobody identified", byPassport, dossier.Subject{Document: passport, BirthDate: born}, "1726", 0, ""},
		{"in its last second", sample(t), dossier.Subject{PINFL: present}, "1726", 24*time.Hour - time.Second, ""},
		{"after it", sample(t), dossier.Subject{PINFL: present}, "1726", 24 * time.Hour, dossier.ReceiptExpired},
		{"another person", sample(t), dossier.Subject{PINFL: other}, "1726", 0, dossier.ReceiptOther},
		{"another person, nobody identified", unnamed, dossier.Subject{PINFL: other}, "1726", 0, dossier.ReceiptOther},
		{"another passport", sample(t), dossier.Subject{Document: "XA0000002", BirthDate: born}, "1726", 0, dossier.ReceiptOther},
		{"the passport with another birth date", byPassport, dossier.Subject{Document: passport, BirthDate: born.AddDays(1)}, "1726", 0, dossier.ReceiptOther},
		{"nobody", sample(t), dossier.Subject{}, "1726", 0, dossier.ReceiptOther},
		{"a foreigner", sample(t), dossier.Subject{PINFL: present, Foreigner: &dossier.Foreigner{}}, "1726", 0, dossier.ReceiptOther},
		{"another commission", sample(t), dossier.Subject{PINFL: present}, "1727", 0, dossier.ReceiptOther},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := issued
			m := maker(1, &now)
			token := signed(t, m, c.receipt)
			now = now.Add(c.after)
			var code dossier.Code
			err := m.Check(token, c.subject, "key-1", c.commission)
			if r, ok := errors.AsType[*dossier.Refusal](err); ok {
				code = r.Code
			} else if err != nil {
				t.Fatal(err)
			}
			if code != c.want {
				t.Errorf("got %q, want %q", code, c.want)
			}
		})
	}
}

// What nobody but this hub can have signed.
func TestForged(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	token := signed(t, m, sample(t))
	parts := strings.Split(token, ".")
	encode := base64.RawURLEncoding.EncodeToString
	with := func(header, signature string) string {
		return encode([]byte(header)) + "." + parts[1] + "." + signature
	}
	mac := hmac.New(sha256.New, m.Public)
	hs := encode([]byte(`{"alg":"HS256","typ":"hub-receipt+jws"}`)) + "." + parts[1]
	mac.Write([]byte(hs))
	spaced := encode([]byte(`{"alg": "EdDSA", "typ": "hub-receipt+jws"}`)) + "." + parts[1]
	for name, forged := range map[string]string{
		"nothing":                 "",
		"no dots":                 "receipt",
		"no algorithm":            with(`{"alg":"none"}`, ""),
		"no algorithm, our type":  with(`{"alg":"none","typ":"hub-receipt+jws"}`, parts[2]),
		"the public key as MAC":   hs + "." + encode(mac.Sum(nil)),
		"another header, signed":  spaced + "." + encode(m.Key([]byte(spaced))),
		"another key":             signed(t, maker(2, &now), sample(t)),
		"no signature":            parts[0] + "." + parts[1] + ".",
		"a fourth part":           token + ".x",
		"a line end":              token[:50] + "\n" + token[50:],
		"padding":                 token + "=",
		"longer than any":         token + strings.Repeat("A", receipt.Longest),
		"signed, but no receipt":  parts[0] + "." + encode([]byte(`{}`)) + "." + encode(m.Key([]byte(parts[0]+"."+encode([]byte(`{}`))))),
		"the parts of two tokens": parts[0] + "." + strings.Split(signed(t, m, receipt.Receipt{ID: "r2"}), ".")[1] + "." + parts[2],
	} {
		if _, err := m.Open(forged); !errors.Is(err, receipt.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
		err := m.Check(forged, dossier.Subject{PINFL: present}, "key-1", "1726")
		if r, ok := errors.AsType[*dossier.Refusal](err); !ok || r.Code != dossier.ReceiptForged {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := m.Differ(forged, nil); !errors.Is(err, receipt.ErrForged) {
			t.Errorf("%s: columns: %v", name, err)
		}
	}
}

func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	token := []byte(signed(t, m, sample(t)))
	for i := range token {
		for _, bit := range []byte{1, 1 << (i % 8)} { // the lowest one is what sloppy base64 passes over
			token[i] ^= bit
			if _, err := m.Open(string(token)); !errors.Is(err, receipt.ErrForged) {
				t.Errorf("byte %d with bit %d turned: %v", i, bit, err)
			}
			token[i] ^= bit
		}
	}
	if _, err := m.Open(string(token)); err != nil {
		t.Error(err)
	}
}

func TestChangedByHand(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	got, err := m.Differ(signed(t, m, sample(t)), map[string]string{
		"surname": "NAMUNAYEV", "birth_date": "1980-01-02", "workplace": "12-sonli maktab", "patronymic": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"birth_date", "patronymic", "workplace"}, got); d != "" {
		t.Error(d)
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	r := sample(t)
	r.Answers[0].Facts = bytes.Repeat([]byte("x"), receipt.Longest)
	if _, _, err := maker(1, &now).Sign(r); err == nil {
		t.Error("a receipt without end was made")
	}
}

// A key that is away makes nobody's receipt a forgery.
func TestSealedWithAKeyThatIsAway(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	token := signed(t, m, sample(t))
	away := errors.New("away")
	m.Unseal = func([]byte, string) ([]byte, error) { return nil, away }
	if err := m.Check(token, dossier.Subject{PINFL: present}, "key-1", "1726"); !errors.Is(err, away) {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	now := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	m := maker(1, &now)
	token := signed(f, m, sample(f))
	f.Add(token)
	f.Add(token[:len(token)-1])
	f.Add("a.b.c")
	f.Add(strings.Replace(token, ".", "..", 1))
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := m.Open(s); (err == nil) != (s == token) {
			t.Errorf("%v", err)
		}
	})
}

package telemetry

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{"nothing", "portal search: 404 after 12 tries", "portal search: 404 after 12 tries"},
		{"empty", "", ""},
		{"PINFL", "no such person 32103889999014", "no such person ************14"},
		{"PINFL in an address", "GET /v1?pinfl=32103889999014&x=1", "GET /v1?pinfl=************14&x=1"},
		{"PINFL stuck to a word", "pin32103889999014x", "pin************14x"},
		{"PINFL in JSON", `{"pinpp":"41505939980027"}`, `{"pinpp":"************27"}`},
		{"two PINFLs", "32103889999014,41505939980027", "************14,************27"},
		{"longer run", "a 321038899990140000", "a ****************00"},
		{"13 digits are a time", "at 1763798400000", "at 1763798400000"},
		{"passport", "XA0000001 expired", "XA*****01 expired"},
		{"passport in small letters", "doc xa0000001", "doc xa*****01"},
		{"passport apart", "doc XA 0000001, XB-0000002", "doc XA *****01, XB-*****02"},
		{"passport after a word", "passportXA0000001", "passportXA*****01"},
		{"passport with an ending", "XA0000001ning egasi", "XA*****01ning egasi"},
		{"Cyrillic series", "паспорт АВ0000001", "паспорт АВ*****01"},
		{"a word and a count are no passport", "in 1234567 ns", "in 1234567 ns"},
		{"eight digits are no passport", "XA00000012", "XA00000012"},
		{"three capitals are a certificate", "ABC0000001", "ABC0000001"},
		{"ids in hexadecimal stay", "trace 4bf92f3577b34da6a3ce929d0e0e4736 01ab1234567cdef0", "trace 4bf92f3577b34da6a3ce929d0e0e4736 01ab1234567cdef0"},
		{"phone", "998900000001", "998*******01"},
		{"phone with plus", "to +998900000001.", "to +998*******01."},
		{"phone grouped", "+998 (90) 123-45-67 is off", "+998 (**) ***-**-67 is off"},
		{"phone with a seven-digit first group", "9989000 00001", "998**** ***01"},
		{"not a phone: 13 digits", "9989000000012", "9989000000012"},
		{"not a phone: grouped, 13 digits", "998 90 123-45-678", "998 90 123-45-678"},
		{"a digit before the series", "1XA0000001", "1XA0000001"},
		{"not a phone: other country", "997900000001", "997900000001"},
		{"not a phone: too short", "998 90 123", "998 90 123"},
		{"broken UTF-8", "\xff32103889999014\xfe", "\xff************14\xfe"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Mask(c.in); got != c.want {
				t.Errorf("Mask(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

func TestSensitive(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"password", "Password", "client_secret", "accessToken", "APIToken", "ACCESS_TOKEN", "token",
		"X-Authorization", "authorization", "pinfl", "sender_pinfl", "passport", "passport.number", "phone", "phone2", "phoneNumber", "Set-Cookie",
	} {
		if !sensitive(key) {
			t.Errorf("%s is shown", key)
		}
	}
	for _, key := range []string{"", "secretary", "tokens", "system", "telephone", "headphones", "id", "_", "authorizations"} {
		if sensitive(key) {
			t.Errorf("%s is hidden", key)
		}
	}
}

// The patterns as the rule states them, written another way than Mask works.
var forbidden = []*regexp.Regexp{
	regexp.MustCompile(`\d{14}`),
	regexp.MustCompile(`(^|[^\pL\pN])[A-Za-z]{2}\d{7}($|[^\pL\pN])`),
	regexp.MustCompile(`(^|\D)998\d{9}($|\D)`),
	regexp.MustCompile(`(^|\D)998 \d{2} \d{3}-\d{2}-\d{2}($|\D)`),
}

func clean(t *testing.T, s string) {
	t.Helper()
	for _, r := range forbidden {
		if m := r.FindString(s); m != "" {
			t.Errorf("%q is left in %q", m, s)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, s := range []string{
		"32103889999014", "XA0000001", "xa 0000001", "+998 (90) 123-45-67", "998900000001", "A998900000001",
		"XA0000001 998900000001 32103889999014", "9989000 00001", "АВ0000001", "\xd0XA0000001\x90", "998 998 90 123-45-67",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Mask(s)
		clean(t, got)
		if len(got) != len(s) {
			t.Fatalf("%d bytes became %d", len(s), len(got))
		}
		for i := range len(s) {
			if got[i] != s[i] && (got[i] != '*' || !digit(s[i])) {
				t.Fatalf("byte %d of %q became %q", i, s, got)
			}
		}
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("broke the text %q", s)
		}
		if again := Mask(got); again != got {
			t.Fatalf("masking twice: %q, then %q", got, again)
		}
		if !strings.ContainsAny(s, "0123456789") && got != s {
			t.Fatal("changed a text without digits")
		}
	})
}

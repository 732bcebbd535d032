package personal_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/saylovhub/hub/contracts/personal"
)

func TestParsePINFL(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, born, fault string }{
		{"man of the 1900s", "32103889999014", "1988-03-21", ""},
		{"woman of the 1900s", "41505939980027", "1993-05-15", ""},
		{"man of the 2000s", "50707059970034", "2005-07-07", ""},
		{"the resolution's example", "31210632040244", "1963-10-12", ""},
		{"check digit", "32103889999015", "", "check digit"},
		{"31 February, check digit right", "33102889999014", "", "not a date"},
		{"first digit", "72103889999012", "", "first digit"},
		{"all equal passes the check digit", "11111111111111", "", "equal"},
		{"short", "3210388999901", "", "14 digits"},
		{"Cyrillic З for 3", "З210388999901", "", "14 digits"},
		{"empty", "", "", "14 digits"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := personal.ParsePINFL(c.in)
			if c.fault == "" {
				if err != nil || p.BirthDate().String() != c.born {
					t.Fatalf("got %s, %v", p.BirthDate(), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Fatalf("error %v, want one about %q", err, c.fault)
			}
			if c.in != "" && strings.Contains(err.Error(), c.in) {
				t.Error("the error repeats the number")
			}
		})
	}
}

func TestParseDocumentAndPhone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"aa 1234567": "AA1234567", "АВ1234567": "AB1234567", "A1234567": "", "AA12345678": ""} {
		got, err := personal.ParseDocument(in)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("document %q: %q, %v", in, string(got), err)
		}
	}
	for in, want := range map[string]string{"+998 (90) 000-00-01": "998900000001", "998900000001": "998900000001", "90 000 00 01": "", "+7 900 000 00 01": ""} {
		got, err := personal.ParsePhone(in)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("phone %q: %q, %v", in, string(got), err)
		}
	}
}

// Every verb and the structured log print the mask.
func TestNothingPrintsClear(t *testing.T) {
	t.Parallel()
	values := []struct {
		v     any
		clear string
	}{
		{personal.PINFL("32103889999014"), "32103889999014"},
		{personal.Document("XA0000001"), "XA0000001"},
		{personal.Phone("998900000001"), "998900000001"},
		{personal.Secret("hunter2hunter2"), "hunter2hunter2"},
	}
	for _, c := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out := fmt.Sprintf(verb+" "+verb, c.v, struct{ V any }{c.v})
			if strings.Contains(out, c.clear) || strings.Contains(out, fmt.Sprintf("%x", c.clear)) {
				t.Errorf("%s prints %s", verb, out)
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", c.v)
		if strings.Contains(b.String(), c.clear) {
			t.Errorf("log prints %s", b.String())
		}
	}
}

// Whatever is typed: an error that does not repeat it, or a number whose check
// digit and date hold and that prints masked.
func FuzzPINFL(f *testing.F) {
	for _, s := range []string{"32103889999014", " 32103889999014 ", "32103889999015", "33102889999014", "11111111111111", "3210388999901З", "٣٢١٠٣٨٨٩٩٩٩٠١٤", "", "3210388999901", "321038899990144"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := personal.ParsePINFL(s)
		if err != nil {
			if len(s) > 6 && strings.Contains(err.Error(), s) {
				t.Fatalf("the error repeats what was typed: %v", err)
			}
			return
		}
		if len(p) != 14 || strings.Trim(string(p), "0123456789") != "" || personal.CheckDigit(string(p[:13])) != p[13] {
			t.Fatalf("%q was taken as %q", s, string(p))
		}
		d := p.BirthDate()
		if d.IsZero() || fmt.Sprintf("%02d%02d%02d", d.Day, int(d.Month), d.Year%100) != string(p[1:7]) {
			t.Fatalf("%q was taken with the birth date %s", s, d)
		}
		if again, err := personal.ParsePINFL(string(p)); err != nil || again != p {
			t.Fatalf("%q is not taken again: %v", string(p), err)
		}
		if printed := fmt.Sprintf("%v %s %+v %q", p, p, p, p); strings.Contains(printed, string(p)) {
			t.Fatalf("prints as %s", printed)
		}
	})
}

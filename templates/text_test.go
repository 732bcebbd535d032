package templates

import (
	"encoding/json"
	"testing"
	"testing/quick"
	"unicode/utf8"
)

func person(surname, given, patronymic string) map[string]any {
	return map[string]any{"surname": surname, "given": given, "patronymic": patronymic}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"O'zbekiston":         "Oʻzbekiston",
		"O`zbekiston":         "Oʻzbekiston",
		"O‘zbekiston":         "Oʻzbekiston",
		"O’zbekiston":         "Oʻzbekiston",
		"Oʼzbekiston":         "Oʻzbekiston",
		"O´z":                 "Oʻz",
		"O′z":                 "Oʻz",
		"Oʻzbekiston":         "Oʻzbekiston",
		"G'ANI g'oz":          "GʻANI gʻoz",
		"a'zo":                "aʼzo",
		"ma‘lumot e’lon":      "maʼlumot eʼlon",
		"Is'hoq":              "Isʼhoq",
		"tog'":                "togʻ",
		"tog', bog'.":         "togʻ, bogʻ.",
		"‘Mehr’ jamgʻarmasi":  "‘Mehr’ jamgʻarmasi",
		"‘kino’ va 'foto'":    "‘kino’ va 'foto'",
		"to'g'risida":         "toʻgʻrisida",
		"5' balandlik":        "5' balandlik",
		"'a":                  "'a",
		"":                    "",
		"o''z":                "oʻ'z",
		"g\u0301":             "ǵ",
		"“Adolat” partiyasi":  "“Adolat” partiyasi",
		"Qoraqalpog`iston":    "Qoraqalpogʻiston",
		"sinfdosh o'g'il-qiz": "sinfdosh oʻgʻil-qiz",
	} {
		if got := normalise(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	once := func(s string) bool { n := normalise(s); return normalise(n) == n && utf8.ValidString(n) }
	if err := quick.Check(once, nil); err != nil {
		t.Error(err)
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name     string
		f        func(string) string
		in, want string
	}{
		{"from a party", ablative, "Oʻzbekiston Liberal-demokratik partiyasi", "Oʻzbekiston Liberal-demokratik partiyasidan"},
		{"from a mahalla", ablative, "Samarqand darvoza mahallasi", "Samarqand darvoza mahallasidan"},
		{"of capitals", genitive, "ZAFAROVICH", "ZAFAROVICHning"},
		{"of a commission", genitive, "Markaziy saylov komissiyasi", "Markaziy saylov komissiyasining"},
		{"to k", dative, "tilak", "tilakka"},
		{"to q", dative, "qishloq", "qishloqqa"},
		{"to Q", dative, "QISHLOQ", "QISHLOQqa"},
		{"to g", dative, "pedagog", "pedagogga"},
		{"to gʻ", dative, "togʻ", "togʻga"},
		{"to a vowel", dative, "deputatligi", "deputatligiga"},
		{"in the elections", locative, "Kengashi saylovlari", "Kengashi saylovlarida"},
		{"after a quotation mark", ablative, "“Adolat”", "“Adolat”-dan"},
		{"after a digit", ablative, "Uchastka 12", "Uchastka 12-dan"},
		{"Cyrillic", genitive, "КОМИССИЯ", "КОМИССИЯнинг"},
		{"Cyrillic to қ", dative, "қишлоқ", "қишлоққа"},
		{"blanks", ablative, " partiya ", "partiyadan"},
		{"nothing", ablative, "", ""},
	}
	for _, c := range cases {
		if got := c.f(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	cases := []struct {
		in                     map[string]any
		full, capital, initial string
	}{
		{person("Boʻronov", "Boʻron", "Boʻronovich"), "Boʻronov Boʻron Boʻronovich", "BOʻRONOV BOʻRON BOʻRONOVICH", "B.B. Boʻronov"},
		{person("Nizomxoʻjayev", "Zayniddin", "Maxmudovich"), "Nizomxoʻjayev Zayniddin Maxmudovich", "NIZOMXOʻJAYEV ZAYNIDDIN MAXMUDOVICH", "Z.M. Nizomxoʻjayev"},
		{person("Gʻaniyeva", "Oʻgʻiloy", "Shuhrat qizi"), "Gʻaniyeva Oʻgʻiloy Shuhrat qizi", "GʻANIYEVA OʻGʻILOY SHUHRAT qizi", "Oʻ.Sh. Gʻaniyeva"},
		{person("Aʼzamov", "Yoʻldosh", "Isʼhoq oʻgʻli"), "Aʼzamov Yoʻldosh Isʼhoq oʻgʻli", "AʼZAMOV YOʻLDOSH ISʼHOQ oʻgʻli", "Yo.I. Aʼzamov"},
		{person("Qizi", "Chori", ""), "Qizi Chori", "QIZI CHORI", "Ch. Qizi"},
		{person("Каримов", "Ўткир", "Ҳасан ўғли"), "Каримов Ўткир Ҳасан ўғли", "КАРИМОВ ЎТКИР ҲАСАН ўғли", "Ў.Ҳ. Каримов"},
		{map[string]any{"surname": "Li"}, "Li", "LI", "Li"},
	}
	for _, c := range cases {
		if got := fullName(c.in); got != c.full {
			t.Errorf("full name %q, want %q", got, c.full)
		}
		if got := capitals(fullName(c.in)); got != c.capital {
			t.Errorf("capitals %q, want %q", got, c.capital)
		}
		if got := initials(c.in); got != c.initial {
			t.Errorf("initials %q, want %q", got, c.initial)
		}
	}
	if got := fullName("not a person"); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	of := func(lang string) calendar { return calendarOf(lang) }
	cases := []struct {
		name     string
		f        func(string) (string, error)
		in, want string
	}{
		{"date", of(UzLatin).date, "2027-02-07", "2027-yil 7-fevral"},
		{"last month", of(UzLatin).date, "2027-12-31", "2027-yil 31-dekabr"},
		{"until", of(UzLatin).until, "2027-02-07", "2027-yil 7-fevralgacha"},
		{"dated", of(UzLatin).dated, "2019-10-05", "2019-yil 5-oktabrdagi"},
		{"date, Cyrillic", of(UzCyrillic).date, "2027-10-27", "2027 йил 27 октябрь"},
		{"until, Cyrillic", of(UzCyrillic).until, "2027-10-27", "2027 йил 27 октябргача"},
		{"dated, Cyrillic", of(UzCyrillic).dated, "2027-05-01", "2027 йил 1 майдаги"},
		{"date, Karakalpak", of(Karakalpak).date, "2027-09-07", "2027-jıl 7-sentyabr"},
		{"date, Russian", of(Russian).date, "2027-10-27", "27 октября 2027 года"},
		{"until, Russian", of(Russian).until, "2027-10-27", "до 27 октября 2027 года"},
		{"dated, Russian", of(Russian).dated, "2019-10-05", "от 5 октября 2019 года"},
		{"date, English", of(English).date, "2027-10-27", "27 October 2027"},
		{"dated, English", of(English).dated, "2019-10-05", "of 5 October 2019"},
		{"short", short, "2027-02-07", "07.02.2027"},
		{"moment", moment, "2027-09-07T20:30:00Z", "08.09.2027 01:30"},
		{"clock", clock, "2027-09-07T20:30:00Z", "01:30"},
		{"no such day", of(UzLatin).date, "2027-02-29", ""},
		{"no such day until", of(UzCyrillic).until, "2027-02-29", ""},
		{"no zone", moment, "2027-09-07T20:30:00", ""},
	}
	for _, c := range cases {
		got, err := c.f(c.in)
		if (err == nil) != (c.want != "") || err == nil && got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"0": "0", "999": "999", "1000": "1\u00a0000", "1234567": "1\u00a0234\u00a0567", "-1234": "−1\u00a0234", "x": "", "1.5": "", "": "",
	} {
		if got, err := count(json.Number(in)); got != want || (err == nil) != (want != "") {
			t.Errorf("count of %q: %q, %v", in, got, err)
		}
	}
	for _, c := range []struct{ part, whole, want string }{
		{"0", "0", "0,00"},
		{"0", "7", "0,00"},
		{"1", "3", "33,33"},
		{"2", "3", "66,67"},
		{"1", "1", "100,00"},
		{"1", "20000", "0,01"},
		{"1", "20001", "0,00"},
		{"9498589", "19944859", "47,62"},
		{"30", "1", "3\u00a0000,00"},
		{"-1", "3", ""},
		{"x", "3", ""},
	} {
		if got, err := percent(json.Number(c.part), json.Number(c.whole)); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s of %s: %q, %v; want %q", c.part, c.whole, got, err, c.want)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                         "size-0",
		"BOʻRONOV BOʻRON":          "size-0", // 13 letters, ʻ is no width
		"ABDULLAYEV BOTIR":         "size-1",
		"ABDULLAYEV BOTIR OLIMOVI": "size-2",
		"ABDULLAYEVABDUL":          "size-0",
		"ABDULLAYEVABDULL":         "size-1",
		"ABDULLAYEVABDULLAY":       "size-2",
	} {
		if got := size(15, in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	long := ""
	last := size(15, long)
	for range 200 { // never grows again
		long += "AB C"
		if s := size(15, long); s < last || s > "size-5" {
			t.Fatalf("%s after %s", s, last)
		} else {
			last = s
		}
	}
	if last != "size-5" {
		t.Errorf("the longest is %s", last)
	}
}

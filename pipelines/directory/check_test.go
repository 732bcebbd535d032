package directory_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/pipelines/directory"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// Each change to the faultless sample brings exactly its fault, at its place.
func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, from, to string
		want                 []string
	}{
		{"SOATO", "territories.csv", "1726270,1726", "1726x70,1726", []string{"territories.csv, line 5, column soato: want 17, or 4, 7 or 10 digits that begin with 17"}},
		{"SOATO twice", "territories.csv", "1726270", "1726269", []string{"territories.csv, line 5, column soato: want each id once"}},
		{"territory's parent", "territories.csv", "1726270,1726", "1726270,17", []string{"territories.csv, line 5, column parent: want the first 4 digits of the SOATO"}},
		{"territory's parent is missing", "territories.csv", "1726270,1726", "1727270,1727", []string{"territories.csv, line 5, column parent: want a territory that is in the directory"}},
		{"territory's kind", "territories.csv", "1726,district,Namuna", "1726,region,Namuna", []string{"territories.csv, line 5, column kind: want district or city of a SOATO of 7 digits"}},
		{"no name", "territories.csv", "Namuna tumani", "", []string{"territories.csv, line 5, column name_uz: want a text"}},
		{"kind of election", "elections.csv", "e1,LC-SMD,", "e1,KING,", []string{"elections.csv, line 2, column kind: want PRES, LC-SMD, LC-PR, JK, REG, DIST, REF or VAC", "elections.csv, line 3, column first: want a first round of the same kind on an earlier day"}},
		{"ballots", "elections.csv", "LC-SMD DIST", "LC-SMD LC-SMD DIST", []string{"elections.csv, line 2, column ballots: want each kind of vote once: PRES, LC-SMD, LC-PR, JK, REG, DIST, REF"}},
		{"election day", "elections.csv", "2029-10-28", "28.10.2029", []string{"elections.csv, line 2, column day: want YYYY-MM-DD"}},
		{"second round of none", "elections.csv", ",2,e1,", ",2,,", []string{"elections.csv, line 3, column first: want the first round's id, of a second round only"}},
		{"second round of another", "elections.csv", ",2,e1,", ",2,e9,", []string{"elections.csv, line 3, column first: want the first round that is in the directory"}},
		{"second round before the first", "elections.csv", "2029-11-11", "2029-10-28", []string{"elections.csv, line 3, column first: want a first round of the same kind on an earlier day"}},
		{"third round", "elections.csv", ",2,e1,", ",3,e1,", []string{"elections.csv, line 3, column round: want 1 or 2", "elections.csv, line 3, column first: want the first round's id, of a second round only"}},
		{"day of the calendar", "calendar.csv", "candidates-last-day", "candidates-day", []string{"calendar.csv, line 2, column day: want a day that the catalogue knows"}},
		{"calendar of nobody", "calendar.csv", "e1,", "e9,", []string{"calendar.csv, line 2, column election: want an election of elections.csv"}},
		{"calendar's date", "calendar.csv", "2029-09-16", "2029-09-31", []string{"calendar.csv, line 2, column date: want YYYY-MM-DD"}},
		{"calendar's day twice", "calendar.csv", "2029-09-16\n", "2029-09-16\ne1,candidates-last-day,2029-09-17\n", []string{"calendar.csv, line 3, column day: want each day of an election once"}},
		{"level", "commissions.csv", "tec,TEC", "tec,HIGH", []string{"commissions.csv, line 3, column level: want CEC, KKCEC, TEC, DEC or OKRUG", "commissions.csv, line 4, column parent: want a commission of the level KKCEC or TEC"}},
		{"commission's parent", "commissions.csv", "TSK,tec,1726269", "TSK,cec,1726269", []string{"commissions.csv, line 4, column parent: want a commission of the level KKCEC or TEC"}},
		{"commission's parent is missing", "commissions.csv", "TSK,tec,1726269", "TSK,xec,1726269", []string{"commissions.csv, line 4, column parent: want the commission above that is in the directory"}},
		{"commission's territory", "commissions.csv", "tec,1726269", "tec,1726", []string{"commissions.csv, line 4, column territory: want a SOATO of 7 digits"}},
		{"id", "commissions.csv", "tec,TEC", "t c,TEC", nil},
		{"no chair", "officials.csv", "o2,tec,chair", "o2,tec,deputy", []string{"commissions.csv, line 3, column id: want a chair of this commission among the officials"}},
		{"the chair's term is over", "officials.csv", "2029-12-31", "2026-10-31", []string{"commissions.csv, line 3, column id: want a chair of this commission among the officials"}},
		{"a person in two commissions", "officials.csv", person(3), person(2), []string{"officials.csv, line 4, column pinfl: want a person in one commission at a time"}},
		{"a term ends before it begins", "officials.csv", "2029-12-31", "2024-12-31", []string{"commissions.csv, line 3, column id: want a chair of this commission among the officials", "officials.csv, line 3, column until: want a day that is not before from"}},
		{"two chairs at a time", "officials.csv", "2026-07-01", "2026-06-30", []string{"officials.csv, line 5, column post: want one chair of a commission at a time"}},
		{"a person twice at a time", "officials.csv", person(4) + ",,2026-07-01", person(3) + ",,2026-06-30", []string{"officials.csv, line 5, column from: want terms of one person that do not overlap"}},
		{"a person of a commission that is not there", "officials.csv", "o2,tec", "o2,teck", []string{"commissions.csv, line 3, column id: want a chair of this commission among the officials", "officials.csv, line 3, column commission: want a commission that is in the directory"}},
		{"post", "officials.csv", "o4,dec,chair", "o4,dec,king", nil},
		{"PINFL", "officials.csv", person(4), person(4)[:13] + string('0'+(person(4)[13]-'0'+1)%10), []string{"officials.csv, line 5, column pinfl: the check digit (the last one) does not fit the others"}},
		{"PINFL with a space", "officials.csv", person(4), person(4)[:7] + " " + person(4)[7:], []string{"officials.csv, line 5, column pinfl: want 14 digits"}},
		{"official's phone", "officials.csv", "+998 90 000-00-02", "90 000-00-02", []string{"officials.csv, line 3, column phone: want +998 and nine digits"}},
		{"organisation's phone", "organisations.csv", "998900000005", "", []string{"organisations.csv, line 2, column phone: want +998 and nine digits"}},
		{"role", "organisations.csv", "p;PARTY", "p;KING", nil},
		{"TIN", "organisations.csv", "300000040", "30000004", []string{"organisations.csv, line 2, column tin: want 9 digits"}},
		{"party without a code", "organisations.csv", "998900000005;NP", "998900000005;", []string{"organisations.csv, line 2, column code: want a party's code"}},
		{"branch of nobody", "organisations.csv", "NP;p;", "NP;q;", []string{"organisations.csv, line 3, column parent: want an organisation that is in the directory"}},
		{"branch of a branch", "organisations.csv", "NP;p;", "NP;p-1726;", []string{"organisations.csv, line 3, column parent: want a party's centre, of a branch"}},
		{"a gap", "constituencies.csv", "1726269,2", "1726269,3", []string{"constituencies.csv, line 4, column number: want numbers from 1 without gaps: this council has 2 constituencies, the highest number is 3"}},
		{"a number twice", "constituencies.csv", "1726269,2", "1726269,1", nil},
		{"a ballot that is not held", "constituencies.csv", "LC-SMD", "JK", []string{"constituencies.csv, line 2, column ballot: want a ballot that the election holds"}},
		{"a constituency's election", "constituencies.csv", "c1,e1", "c1,e9", []string{"constituencies.csv, line 2, column election: want an election that is in the directory"}},
		{"a number that is none", "constituencies.csv", "1726,1,", "1726,-1,", []string{"constituencies.csv, line 2, column number: want a whole number"}},
		{"precinct's number twice", "precincts.csv", "u2,e1,2", "u2,e1,1", []string{"precincts.csv, line 3, column number: want each number of an election once"}},
		{"precinct's country", "precincts.csv", "TR", "Turkiya", []string{"precincts.csv, line 3, column country: want two capitals (ISO 3166-1), of a precinct abroad"}},
		{"precinct's commission", "precincts.csv", "1,dec", "1,", []string{"precincts.csv, line 2, column commission: want a commission"}},
		{"a control character", "precincts.csv", "1-maktab", "1\tmaktab", []string{"precincts.csv, line 2, column name: want a text of one line, at most 500 letters"}},
		{"a long text", "precincts.csv", "1-maktab", strings.Repeat("oʻ", 251), []string{"precincts.csv, line 2, column name: want a text of one line, at most 500 letters"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := sample()
			if !strings.Contains(m[c.file], c.from) {
				t.Fatal("the sample has changed")
			}
			m[c.file] = strings.Replace(m[c.file], c.from, c.to, 1)
			got := faultsOf(t, files(m))
			if c.want == nil { // several follow; the first says what it is
				if len(got) == 0 {
					t.Error("no fault")
				}
				return
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			for _, s := range got {
				for n := range 7 {
					if strings.Contains(s, person(n)) {
						t.Error("a fault tells a PINFL")
					}
				}
			}
		})
	}
}

// A folder with some of the files is checked for what it has.
func TestCheckSome(t *testing.T) {
	t.Parallel()
	m := map[string]string{"officials.csv": sample()["officials.csv"], "precincts.csv": sample()["precincts.csv"]}
	if got := faultsOf(t, files(m)); len(got) > 0 {
		t.Error(got)
	}
}

// There are no more constituencies than seats; what the law says stands in Seats.
func TestSeats(t *testing.T) {
	t.Parallel()
	f, faults, err := directory.Read(files(sample()))
	if err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	for seats, want := range map[int]string{2: "", 1: "constituencies.csv, line 4, column ballot: want at most 1 constituencies: there are 2"} {
		o := whole
		o.Seats = map[string]int{"DIST": seats}
		got := ""
		for _, x := range f.Check(o) {
			got += x.String()
		}
		if got != want {
			t.Errorf("%d seats: %q", seats, got)
		}
	}
	total := 0
	for _, n := range directory.Seats {
		total += n
	}
	if total != 75+65+60+30 {
		t.Errorf("seats: %v", directory.Seats)
	}
}

// What is added to a hub's directory need not be complete, but must hold records
// that serve.
func TestCheckPart(t *testing.T) {
	t.Parallel()
	d := dossier.Directory{
		Commissions: []dossier.Commission{{ID: "x", Level: "TEC", Parent: "elsewhere"}, {ID: "x", Level: "TEC"}},
		Precincts:   []dossier.Precinct{{ID: "p", Number: 0}},
		Elections:   []dossier.Election{{ID: "e", Kind: "DIST", Day: civil.Date{Year: 2029, Month: 1, Day: 1}, Calendar: map[string]civil.Date{"never": {Year: 2028, Month: 1, Day: 1}}}},
	}
	var got []string
	for _, f := range directory.Check(&d, directory.Options{Part: true, Days: []string{"candidates-last-day"}}) {
		got = append(got, f.String())
	}
	want := []string{
		"/elections/0/calendar/never: want a day that the catalogue knows", "/commissions/1/id: want each id once", "/precincts/0/number: want a number from 1",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  O'zbekiston ":     "Oʻzbekiston",
		"Mirzo Ulug‘bek":     "Mirzo Ulugʻbek",
		"a’zo, ma'lumot":     "aʼzo, maʼlumot",
		"“Milliy tiklanish”": "“Milliy tiklanish”",
		"'Namuna' gazetasi":  "'Namuna' gazetasi",
		"Qo' va tog'":        "Qoʻ va togʻ",
		"Alisher o`g´li":     "Alisher oʻgʻli",
		"Isʼhoq":             "Isʼhoq",
		"об'ект":             "об'ект",
	} {
		if got := directory.Text(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		if again := directory.Text(want); again != want {
			t.Errorf("%q is not kept: %q", want, again)
		}
	}
	if got := directory.ASCII("Ulugʻbek aʼzo"); got != "Ulug'bek a'zo" {
		t.Error(got)
	}
}

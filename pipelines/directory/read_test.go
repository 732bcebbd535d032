package directory_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/directory"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// person makes the n-th made-up PINFL.
func person(n int) string {
	first := fmt.Sprintf("3010190990%03d", n)
	return first + string(personal.CheckDigit(first))
}

// sample is a small directory without a fault.
func sample() map[string]string {
	return map[string]string{
		"territories.csv": "soato,parent,kind,name_uz,name_cyrl,name_ru\n" +
			"17,,country,O'zbekiston,Ўзбекистон,Узбекистан\n" +
			"1726,17,region,Toshkent shahri,,\n" +
			"1726269,1726,district,Mirzo Ulug`bek tumani,,\n" +
			"1726270,1726,district,Namuna tumani,,\n",
		"elections.csv": "id,kind,ballots,round,first,title_uz,line,day\n" +
			"e1,LC-SMD,LC-SMD DIST,,,Umumiy saylov,umumiy saylov,2029-10-28\n" +
			"e2,LC-SMD,LC-SMD,2,e1,Takroriy ovoz,takroriy ovoz,2029-11-11\n",
		"calendar.csv": "election,day,date\ne1,candidates-last-day,2029-09-16\n",
		"commissions.csv": "id,level,title,short,parent,territory\n" +
			"cec,CEC,Markaziy saylov komissiyasi,MSK,,17\n" +
			"tec,TEC,Hududiy saylov komissiyasi,TSK,cec,1726\n" +
			"dec,DEC,\"Tuman \"\"Namuna\"\" komissiyasi\",Mirzo Ulug’bek TSK,tec,1726269\n",
		"officials.csv": "id,commission,post,surname,given,patronymic,pinfl,phone,from,until\n" +
			"o1,cec,chair,Namunayev,Isʼhoq,Oʻktam oʻgʻli," + person(1) + ",,2025-01-01,\n" +
			"o2,tec,chair,Sinovov,Botir,," + person(2) + ",+998 90 000-00-02,2025-01-01,2029-12-31\n" +
			"o3,dec,chair,Sinovova,Lola,," + person(3) + ",,2025-01-01,2026-06-30\n" +
			"o4,dec,chair,Karimova,Lola,," + person(4) + ",,2026-07-01,\n",
		"organisations.csv": "id;role;title;tin;head_pinfl;phone;code;parent;territory;registered\n" +
			"p;PARTY;\"Oʻzbekiston \"\"Namuna\"\" partiyasi\";300000040;" + person(5) + ";998900000005;NP;;;1995-02-18\n" +
			"p-1726;PARTY;Toshkent boʻlimi;300000041;" + person(6) + ";998900000006;NP;p;1726;\n",
		"constituencies.csv": "id,election,commission,ballot,territory,number,name,council,council_short\n" +
			"c1,e1,tec,LC-SMD,1726,1,Namuna,Qonunchilik palatasi,Qonunchilik palatasi\n" +
			"c2,e1,dec,DIST,1726269,1,Birinchi,Kengash,Kengash\n" +
			"c3,e1,dec,DIST,1726269,2,Ikkinchi,Kengash,Kengash\n",
		"precincts.csv": "id,election,number,commission,territory,name,address,country,voters\n" +
			"u1,e1,1,dec,1726269,1-maktab,\"Namuna koʻchasi, 1\",,2400\n" +
			"u2,e1,2,tec,1726,Elchixona,,TR,\n",
	}
}

func files(m map[string]string) fs.FS {
	out := fstest.MapFS{}
	for name, content := range m {
		out[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return out
}

var whole = directory.Options{Days: []string{"candidates-last-day"}, Today: civil.Date{Year: 2026, Month: time.November, Day: 1}}

// faultsOf reads and checks a folder, and words its faults.
func faultsOf(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	f, faults, err := directory.Read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) == 0 {
		faults = f.Check(whole)
	} else if f.Len() > 0 {
		t.Error("half a directory was read")
	}
	out := []string{}
	for _, x := range faults {
		out = append(out, x.String())
	}
	return out
}

func TestRead(t *testing.T) {
	t.Parallel()
	m := sample()
	for name, change := range map[string]func(string) string{
		"as it is":         func(s string) string { return s },
		"byte order mark":  func(s string) string { return "\xef\xbb\xbf" + s },
		"CRLF":             func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
		"blank rows":       func(s string) string { return strings.Replace(s, "\n", "\n\n", 1) + "\n" },
		"capitals, spaces": func(s string) string { h, rest, _ := strings.Cut(s, "\n"); return strings.ToUpper(h) + " \n" + rest },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := map[string]string{}
			for k, v := range m {
				changed[k] = change(v)
			}
			f, faults, err := directory.Read(files(changed))
			if err != nil || len(faults) > 0 {
				t.Fatal(faults, err)
			}
			if faults = f.Check(whole); len(faults) > 0 {
				t.Fatal(faults)
			}
			if f.Len() != 20 {
				t.Errorf("%d records", f.Len())
			}
			if got := f.Territories[0].Name["uz-Latn"] + "|" + f.Territories[2].Name["uz-Latn"] + "|" + f.Officials[0].Given; got != "Oʻzbekiston|Mirzo Ulugʻbek tumani|Isʼhoq" {
				t.Errorf("apostrophes: %s", got)
			}
			want := dossier.Commission{ID: "dec", Level: "DEC", Title: `Tuman "Namuna" komissiyasi`, Short: "Mirzo Ulug'bek TSK", Parent: "tec", Territory: "1726269"}
			if d := cmp.Diff(want, f.Commissions[2]); d != "" {
				t.Error(d)
			}
			if string(f.Officials[1].Phone) != "998900000002" || f.Officials[1].Until.String() != "2029-12-31" {
				t.Error("an official's phone or term")
			}
			if f.Elections[0].Calendar["candidates-last-day"].String() != "2029-09-16" || !f.Elections[0].Holds("DIST") {
				t.Errorf("the election: %+v", f.Elections[0])
			}
			if p := f.Precincts[0]; p.Address != "Namuna koʻchasi, 1" || p.Voters != 2400 || p.Number != 1 {
				t.Errorf("a precinct: %+v", p)
			}
			if f.Organisations[0].Title != `Oʻzbekiston "Namuna" partiyasi` || f.Organisations[0].Registered.Year != 1995 {
				t.Error("an organisation")
			}
		})
	}
}

// What cannot be read at all says why, and nothing is kept of it.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	head := "id,level,title,short,parent,territory\n"
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "commissions.csv: want a row with the columns: id, level, title, short, parent, territory"},
		{"Windows-1251", head + "a,CEC,x,x,,\nb,CEC,\xcc\xd1\xca,x,,\n", "commissions.csv, line 3: want UTF-8, this is another encoding (Windows-1251?): save it as CSV UTF-8"},
		{"UTF-16", "\xff\xfei\x00d\x00", "commissions.csv: want UTF-8, this is UTF-16: save it as CSV UTF-8"},
		{"a workbook", "PK\x03\x04aaa", "commissions.csv: want CSV, this is a workbook or an archive: save it as CSV UTF-8"},
		{"binary", head + "a\x00b", "commissions.csv, line 2: want text, this is binary: save it as CSV UTF-8"},
		{"a missing column", "id,level,title\n", "commissions.csv, line 1, column short: this column is missing"},
		{"an unknown column", "id,level,title,short,Karimov\n", "commissions.csv, line 1, column no. 5: an unknown column: want id, level, title, short, parent, territory"},
		{"a column twice", "id,level,title,short,ID\n", "commissions.csv, line 1, column id: want each column once"},
		{"fields", head + "a,CEC\n", "commissions.csv, line 2: want 6 fields, this row has 2"},
		{"quotes", head + "\n\"a\"b,CEC,,,,\n", "commissions.csv, line 3: want quotes as RFC 4180 has them: around the whole field, those inside doubled"},
		{"an open quote", head + "\"a,CEC,,,,\n" + strings.Repeat("x\n", 40_000), "commissions.csv, line 2: want quotes as RFC 4180 has them: around the whole field, those inside doubled; the row has no end"},
		{"a row of 1 MB", head + "a," + strings.Repeat("x", 1<<20) + ",,,,\n", "commissions.csv, line 2: want a row of at most 65536 bytes"},
		{"a million rows", head + strings.Repeat("a,b,c,d,e,f\n", 1_000_000), "commissions.csv, line 100002: want at most 100000 rows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := sample()
			m["commissions.csv"] = c.content
			if d := cmp.Diff([]string{c.want}, faultsOf(t, files(m))); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("500 MB", func(t *testing.T) {
		t.Parallel()
		for name, told := range map[string]int64{"said": 500 << 20, "hidden": 10} {
			fsys := endless{files(sample()), told}
			if d := cmp.Diff([]string{"precincts.csv: want a file of at most 64 MiB"}, faultsOf(t, fsys)); d != "" {
				t.Error(name, d)
			}
		}
	})
	t.Run("an unknown file", func(t *testing.T) {
		t.Parallel()
		m := sample()
		m["officals.csv"] = "x"
		if got := faultsOf(t, files(m)); len(got) != 1 || !strings.HasPrefix(got[0], "officals.csv: a file of an unknown name") {
			t.Error(got)
		}
	})
	t.Run("an empty folder", func(t *testing.T) {
		t.Parallel()
		if got := faultsOf(t, fstest.MapFS{}); len(got) != 1 || !strings.HasPrefix(got[0], "no file of a directory is in the folder") {
			t.Error(got)
		}
	})
}

// endless has a precincts.csv without an end, of which it tells a size.
type endless struct {
	fs.FS
	told int64
}

func (e endless) Open(name string) (fs.File, error) {
	f, err := e.FS.Open(name)
	if name == "precincts.csv" && err == nil {
		f = zeros{f, e.told}
	}
	return f, err
}

func (e endless) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(e.FS, name) }

type zeros struct {
	fs.File
	told int64
}

func (z zeros) Read(b []byte) (int, error) { return copy(b, bytes.Repeat([]byte{'a'}, len(b))), nil }

func (z zeros) Stat() (fs.FileInfo, error) {
	i, err := z.File.Stat()
	return sized{i, z.told}, err
}

type sized struct {
	fs.FileInfo
	told int64
}

func (s sized) Size() int64 { return s.told }

// Whatever is in a file, reading it ends, tells a fault or gives rows, and never
// says what stands there.
func FuzzRead(f *testing.F) {
	for _, content := range sample() {
		f.Add([]byte(content))
	}
	f.Add([]byte("id;level;title;short\n\"a;b"))
	f.Add([]byte("\xef\xbb\xbfid,level,title,short\r\n1,CEC,a,b\r\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, name := range directory.Files() {
			d, faults, err := directory.Read(fstest.MapFS{name: {Data: content}, "x": {}})
			if err != nil {
				t.Fatal(err)
			}
			if len(faults) > 0 {
				if d.Len() > 0 {
					t.Fatal("half a directory")
				}
				continue
			}
			for _, x := range d.Check(directory.Options{}) {
				if x.File == "" || x.Want == "" || x.String() == "" {
					t.Fatalf("a fault without a place: %+v", x)
				}
			}
		}
	})
}

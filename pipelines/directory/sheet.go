package directory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// calendar is the file beside the lists: days of elections.
const calendar = "calendar"

// column is one column of a file.
type column struct {
	name   string
	field  string // as JSON has it
	needed bool   // must be there; others may be left out
}

// sheet is one file.
type sheet struct {
	list    string
	columns []column
	most    int // rows; 0: MaxRows
	add     func(d *dossier.Directory, r *row)
	count   func(d *dossier.Directory) int
}

func (sh *sheet) file() string { return sh.list + ".csv" }

func (sh *sheet) names() []string {
	var out []string
	for _, c := range sh.columns {
		out = append(out, c.name)
	}
	return out
}

// columnOf is where a field of JSON stands in the file.
func (sh *sheet) columnOf(field string) string {
	for _, c := range sh.columns {
		if c.field == field {
			return c.name
		}
	}
	return ""
}

// columns reads "id title=title/uz-Latn code?": a question mark for what may be
// left out.
func columns(text string) []column {
	var out []column
	for word := range strings.FieldsSeq(text) {
		name, optional := strings.CutSuffix(word, "?")
		name, field, ok := strings.Cut(name, "=")
		if !ok {
			field = name
		}
		out = append(out, column{name, field, !optional})
	}
	return out
}

// row is a row that is being read.
type row struct {
	sheet  *sheet
	at     map[string]int // column to field
	fields []string
	line   int
	index  int // the record will have
	faults *[]Fault
}

func (r *row) bad(name, want string) {
	f := Fault{List: r.sheet.list, Index: r.index, File: r.sheet.file(), Line: r.line, Column: name, Want: want}
	for _, c := range r.sheet.columns {
		if c.name == name {
			f.Field = c.field
		}
	}
	*r.faults = append(*r.faults, f)
}

func (r *row) raw(name string) string {
	i, ok := r.at[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(r.fields[i])
}

func (r *row) text(name string) string { return Text(r.raw(name)) }

// named is the text in the languages that columns end in.
func (r *row) named(prefix string) map[string]string {
	out := map[string]string{}
	for suffix, language := range map[string]string{"uz": "uz-Latn", "cyrl": "uz-Cyrl", "ru": "ru", "en": "en"} {
		if s := r.text(prefix + "_" + suffix); s != "" {
			out[language] = s
		}
	}
	return out
}

func (r *row) date(name string) civil.Date {
	s := r.raw(name)
	if s == "" {
		return civil.Date{}
	}
	d, err := civil.Parse(s)
	if err != nil {
		r.bad(name, "want YYYY-MM-DD")
	}
	return d
}

func (r *row) number(name string) int {
	s := r.raw(name)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || s[0] == '+' {
		r.bad(name, "want a whole number")
		return 0
	}
	return n
}

func (r *row) pinfl(name string) personal.PINFL { return personal.PINFL(r.raw(name)) }

func (r *row) phone(name string) personal.Phone { return personal.Phone(r.raw(name)) }

// sheets are the files, each after those it refers to.
var sheets = []*sheet{
	{
		list: dossier.Territories, columns: columns("soato parent? kind name_uz=name/uz-Latn name_cyrl=name/uz-Cyrl? name_ru=name/ru?"),
		add: func(d *dossier.Directory, r *row) {
			d.Territories = append(d.Territories, dossier.Territory{SOATO: r.raw("soato"), Parent: r.raw("parent"), Kind: r.raw("kind"), Name: r.named("name")})
		},
		count: func(d *dossier.Directory) int { return len(d.Territories) },
	},
	{
		list: dossier.Elections, most: 1_000,
		columns: columns("id kind ballots? round? first? title_uz=title/uz-Latn title_cyrl=title/uz-Cyrl? title_ru=title/ru? title_en=title/en? line territory? day"),
		add: func(d *dossier.Directory, r *row) {
			d.Elections = append(d.Elections, dossier.Election{
				ID: r.raw("id"), Kind: r.raw("kind"), Ballots: strings.Fields(r.raw("ballots")), Round: r.number("round"), First: r.raw("first"),
				Title: r.named("title"), Line: r.text("line"), Territory: r.raw("territory"), Day: r.date("day"), Calendar: map[string]civil.Date{},
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Elections) },
	},
	{
		list: calendar, columns: columns("election day date"),
		add: func(d *dossier.Directory, r *row) {
			id, day, date := r.raw("election"), r.raw("day"), r.date("date")
			i := slices.IndexFunc(d.Elections, func(e dossier.Election) bool { return e.ID == id })
			switch {
			case i < 0:
				r.bad("election", "want an election of elections.csv")
			case day == "" || r.raw("date") == "":
				r.bad("day", "want a day of the calendar and its date")
			default:
				if _, twice := d.Elections[i].Calendar[day]; twice {
					r.bad("day", "want each day of an election once")
				}
				d.Elections[i].Calendar[day] = date
			}
		},
		count: func(*dossier.Directory) int { return 0 },
	},
	{
		list: dossier.Commissions, columns: columns("id level title short parent? territory?"),
		add: func(d *dossier.Directory, r *row) {
			d.Commissions = append(d.Commissions, dossier.Commission{
				ID: r.raw("id"), Level: r.raw("level"), Title: r.text("title"), Short: ASCII(r.raw("short")), Parent: r.raw("parent"), Territory: r.raw("territory"),
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Commissions) },
	},
	{
		list: dossier.Officials, columns: columns("id commission post surname given patronymic? pinfl phone? from? until?"),
		add: func(d *dossier.Directory, r *row) {
			d.Officials = append(d.Officials, dossier.Official{
				ID: r.raw("id"), Commission: r.raw("commission"), Post: r.raw("post"), Surname: r.text("surname"), Given: r.text("given"),
				Patronymic: r.text("patronymic"), PINFL: r.pinfl("pinfl"), Phone: r.phone("phone"), From: r.date("from"), Until: r.date("until"),
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Officials) },
	},
	{
		list: dossier.Organisations, columns: columns("id role title tin head_pinfl phone code? parent? territory? registered?"),
		add: func(d *dossier.Directory, r *row) {
			d.Organisations = append(d.Organisations, dossier.Organisation{
				ID: r.raw("id"), Role: r.raw("role"), Title: r.text("title"), TIN: r.raw("tin"), Head: r.pinfl("head_pinfl"), Phone: r.phone("phone"),
				Code: r.raw("code"), Parent: r.raw("parent"), Territory: r.raw("territory"), Registered: r.date("registered"),
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Organisations) },
	},
	{
		list: dossier.Constituencies, columns: columns("id election commission ballot? territory? number name council council_short"),
		add: func(d *dossier.Directory, r *row) {
			d.Constituencies = append(d.Constituencies, dossier.Constituency{
				ID: r.raw("id"), Election: r.raw("election"), Commission: r.raw("commission"), Ballot: r.raw("ballot"), Territory: r.raw("territory"),
				Number: r.number("number"), Name: r.text("name"), Council: r.text("council"), CouncilSMS: ASCII(r.raw("council_short")),
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Constituencies) },
	},
	{
		list: dossier.Precincts, columns: columns("id election? number commission territory? name address country? voters?"),
		add: func(d *dossier.Directory, r *row) {
			d.Precincts = append(d.Precincts, dossier.Precinct{
				ID: r.raw("id"), Election: r.raw("election"), Number: r.number("number"), Commission: r.raw("commission"), Territory: r.raw("territory"),
				Name: r.text("name"), Address: r.text("address"), Country: r.raw("country"), Voters: r.number("voters"),
			})
		},
		count: func(d *dossier.Directory) int { return len(d.Precincts) },
	},
}

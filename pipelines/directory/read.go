package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/saylovhub/hub/pipelines/dossier"
)

// Folder is a directory that was read from files, and where its records stood.
type Folder struct {
	dossier.Directory
	lines    map[string][]int  // list to the lines of its records
	calendar map[[2]string]int // election and day to the line
	there    map[string]bool   // files
}

// Files names the files of a folder.
func Files() []string {
	var out []string
	for _, sh := range sheets {
		out = append(out, sh.file())
	}
	return out
}

// Read reads the files that are in a folder. The error is of the folder itself;
// with a fault the directory is empty.
func Read(fsys fs.FS) (*Folder, []Fault, error) {
	f := &Folder{lines: map[string][]int{}, calendar: map[[2]string]int{}, there: map[string]bool{}}
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, nil, fmt.Errorf("reading the folder: %w", err)
	}
	var faults []Fault
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(strings.ToLower(name), ".csv") && !slices.Contains(Files(), name) {
			faults = append(faults, Fault{Index: -1, Want: "a file of an unknown name: want " + strings.Join(Files(), ", "), File: fileName(name)})
		}
	}
	for _, sh := range sheets {
		bad, err := f.read(fsys, sh)
		if err != nil {
			return nil, nil, err
		}
		faults = append(faults, bad...)
	}
	if len(f.there) == 0 && len(faults) == 0 {
		faults = append(faults, Fault{Index: -1, Want: "no file of a directory is in the folder: want " + strings.Join(Files(), ", ")})
	}
	if f.there[calendar] && !f.there[dossier.Elections] {
		faults = append(faults, Fault{List: calendar, Index: -1, File: "calendar.csv", Want: "want elections.csv beside it"})
	}
	if len(faults) > 0 {
		f.Directory = dossier.Directory{}
	}
	return f, sorted(faults), nil
}

// fileName is a name as it may be printed.
func fileName(s string) string {
	if len(s) > 60 || !plain(s) {
		return "(a file)"
	}
	return s
}

func (f *Folder) read(fsys fs.FS, sh *sheet) ([]Fault, error) {
	file, err := fsys.Open(sh.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", sh.file(), err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	f.there[sh.list] = true
	f.mark(sh.list)
	whole := func(want string) []Fault { return []Fault{{List: sh.list, Index: -1, File: sh.file(), Want: want}} }
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", sh.file(), err)
	}
	if !info.Mode().IsRegular() {
		return whole("want a file"), nil
	}
	if info.Size() > MaxFile {
		return whole(fmt.Sprintf("want a file of at most %d MiB", MaxFile>>20)), nil
	}
	raw, err := slurp(file)
	if errors.Is(err, errTooLarge) {
		return whole(fmt.Sprintf("want a file of at most %d MiB", MaxFile>>20)), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", sh.file(), err)
	}
	return f.take(raw, sh), nil
}

// take adds a file's rows to the directory.
func (f *Folder) take(raw []byte, sh *sheet) []Fault {
	g, faults := readGrid(raw, sh)
	at := map[string]int{}
	for i, name := range g.columns {
		at[name] = i
	}
	for i, fields := range g.rows {
		r := &row{sheet: sh, at: at, fields: fields, line: g.lines[i], index: sh.count(&f.Directory), faults: &faults}
		if sh.list == calendar {
			r.index = i
			f.calendar[[2]string{r.raw("election"), r.raw("day")}] = r.line
		}
		sh.add(&f.Directory, r)
		f.lines[sh.list] = append(f.lines[sh.list], r.line)
		if len(faults) >= maxKept {
			return append(faults, Fault{List: sh.list, Index: -1, File: sh.file(), Line: r.line, Want: "too many faults: the rest is not looked at"})
		}
	}
	return faults
}

// mark makes a list that is there and empty differ from one that is not there.
func (f *Folder) mark(list string) {
	d := &f.Directory
	switch list {
	case dossier.Territories:
		d.Territories = []dossier.Territory{}
	case dossier.Elections:
		d.Elections = []dossier.Election{}
	case dossier.Commissions:
		d.Commissions = []dossier.Commission{}
	case dossier.Officials:
		d.Officials = []dossier.Official{}
	case dossier.Organisations:
		d.Organisations = []dossier.Organisation{}
	case dossier.Constituencies:
		d.Constituencies = []dossier.Constituency{}
	case dossier.Precincts:
		d.Precincts = []dossier.Precinct{}
	}
}

// Check checks what was read; the faults name files, lines and columns. Phones
// are brought into the one form that is kept.
func (f *Folder) Check(o Options) []Fault {
	faults := Check(&f.Directory, o)
	for i := range faults {
		f.place(&faults[i])
	}
	return sorted(faults)
}

// place adds where a fault's record stood.
func (f *Folder) place(x *Fault) {
	for _, sh := range sheets {
		if sh.list != x.List {
			continue
		}
		x.File, x.Column = sh.file(), sh.columnOf(x.Field)
		if x.Index >= 0 && x.Index < len(f.lines[x.List]) {
			x.Line = f.lines[x.List][x.Index]
		}
	}
	day, ok := strings.CutPrefix(x.Field, "calendar/")
	if !ok || x.List != dossier.Elections {
		return
	}
	if line := f.calendar[[2]string{f.Elections[x.Index].ID, day}]; line > 0 {
		x.List, x.File, x.Line, x.Column = calendar, "calendar.csv", line, "day"
	}
}

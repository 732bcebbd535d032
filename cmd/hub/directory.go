package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/internal/client"
	"github.com/saylovhub/hub/internal/demo"
	"github.com/saylovhub/hub/mocks/nation"
	"github.com/saylovhub/hub/pipelines/directory"
	dossiers "github.com/saylovhub/hub/pipelines/dossier"
)

type directoryCmd struct {
	Import directoryImportCmd `cmd:"" help:"Add or replace records; none is removed."`
	List   directoryListCmd   `cmd:"" help:"List records: territories, elections, commissions, officials, organisations, constituencies or precincts."`
	Check  directoryCheckCmd  `cmd:"" help:"Check a folder of CSV files, without a hub."`
	Sample directorySampleCmd `cmd:"" help:"Write a made-up directory as a folder of CSV files, named by --output."`
}

type directoryImportCmd struct {
	hubFlags
	From   string `arg:"" name:"folder" help:"Folder of CSV files, or a JSON file." type:"path"`
	DryRun bool   `help:"Only say what would be added and changed, and what it would break."`
}

func (d *directoryImportCmd) Run(r *run) error {
	c, err := d.client()
	if err != nil {
		return err
	}
	raw, folder, err := d.read(r)
	if err != nil {
		return err
	}
	done, err := c.PutDirectory(r.ctx, raw, d.DryRun, folder)
	if err != nil {
		return err
	}
	return r.print(done, func(w io.Writer) { printImport(w, done) })
}

// read returns the directory as JSON, and whether it is a folder's: its files are
// whole lists.
func (d *directoryImportCmd) read(r *run) (json.RawMessage, bool, error) {
	info, err := os.Stat(d.From)
	if err != nil {
		return nil, false, err
	}
	if info.IsDir() {
		f, err := checkedFolder(r, d.From)
		if err != nil {
			return nil, false, err
		}
		raw, err := json.Marshal(present(f.Directory))
		return raw, true, err
	}
	if info.Size() > directory.MaxFile {
		return nil, false, fmt.Errorf("%s: want a file of at most %d MiB", d.From, directory.MaxFile>>20)
	}
	raw, err := os.ReadFile(d.From)
	if err == nil && !json.Valid(raw) {
		err = fmt.Errorf("%s is neither a folder nor JSON", d.From)
	}
	return raw, false, err
}

// present leaves out the lists that are not there.
func present(d dossiers.Directory) map[string]any {
	out := map[string]any{}
	put(out, dossiers.Territories, d.Territories)
	put(out, dossiers.Elections, d.Elections)
	put(out, dossiers.Commissions, d.Commissions)
	put(out, dossiers.Officials, d.Officials)
	put(out, dossiers.Organisations, d.Organisations)
	put(out, dossiers.Constituencies, d.Constituencies)
	put(out, dossiers.Precincts, d.Precincts)
	return out
}

func put[T any](into map[string]any, name string, list []T) {
	if list != nil {
		into[name] = list
	}
}

func printImport(w io.Writer, done client.DirectoryImport) {
	rows := [][]string{{"LIST", "ADDED", "CHANGED", "UNCHANGED", "MISSING"}}
	for _, list := range dossiers.Lists {
		if c, there := done.Lists[list]; there {
			rows = append(rows, []string{list, strconv.Itoa(c.Added), strconv.Itoa(c.Changed), strconv.Itoa(c.Unchanged), strconv.Itoa(c.Missing)})
		}
	}
	table(w, rows)
	for _, list := range dossiers.Lists {
		if c := done.Lists[list]; c.Missing > 0 {
			more := ""
			if c.Missing > len(c.Names) {
				more = fmt.Sprintf(" and %d more", c.Missing-len(c.Names))
			}
			fmt.Fprintf(w, "%s in the directory and not in the files (they stay): %s%s\n", list, strings.Join(c.Names, " "), more)
		}
	}
	for _, x := range done.Warnings {
		fmt.Fprintf(w, "warning: %s %s: %s\n", strings.ReplaceAll(x.Code, "_", " "), x.ID, x.Text)
	}
	word := "imported"
	if done.DryRun {
		word = "looked at, nothing was imported"
	}
	fmt.Fprintf(w, "%d records %s\n", done.Records, word)
}

// toldFaults is how many faults a terminal is given.
const toldFaults = 100

// checkedFolder reads a folder; its faults go to standard error.
func checkedFolder(r *run, path string) (*directory.Folder, error) {
	c, err := catalogue.Load()
	if err != nil {
		return nil, err
	}
	days := []string{}
	for _, day := range c.Days() {
		days = append(days, day.ID)
	}
	f, faults, err := directory.Read(os.DirFS(path))
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		faults = f.Check(directory.Options{Days: days, Today: civil.Of(time.Now())})
	}
	for i, x := range faults {
		if i == toldFaults {
			fmt.Fprintf(r.stderr, "and %d more\n", len(faults)-i)
			break
		}
		fmt.Fprintln(r.stderr, x)
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("the folder has faults: %d", len(faults))
	}
	return f, nil
}

type directoryCheckCmd struct {
	Folder string `arg:"" help:"Folder of CSV files." type:"existingdir"`
}

func (d *directoryCheckCmd) Run(r *run) error {
	f, err := checkedFolder(r, d.Folder)
	if err != nil {
		return err
	}
	counts := map[string]int{
		dossiers.Territories: len(f.Territories), dossiers.Elections: len(f.Elections), dossiers.Commissions: len(f.Commissions), dossiers.Officials: len(f.Officials),
		dossiers.Organisations: len(f.Organisations), dossiers.Constituencies: len(f.Constituencies), dossiers.Precincts: len(f.Precincts),
	}
	return r.print(counts, func(w io.Writer) {
		var rows [][]string
		for _, list := range dossiers.Lists {
			rows = append(rows, []string{list, strconv.Itoa(counts[list])})
		}
		table(w, rows)
		fmt.Fprintln(w, "no faults")
	})
}

type directoryListCmd struct {
	hubFlags
	List       string `arg:"" help:"Which list." enum:"territories,elections,commissions,officials,organisations,constituencies,precincts"`
	Election   string `help:"Only of this election (constituencies, precincts)." placeholder:"ID"`
	Ballot     string `help:"Only of this ballot (constituencies)." placeholder:"KIND"`
	Commission string `help:"Only of this commission (officials, constituencies, precincts)." placeholder:"ID"`
	Parent     string `help:"Only under this one (territories, commissions)." placeholder:"ID"`
	Level      string `help:"Only of this level (commissions)." placeholder:"LEVEL"`
	Role       string `help:"Only of this role (organisations)." placeholder:"ROLE"`
}

// listColumns are what a table shows of each list.
var listColumns = map[string][]string{
	dossiers.Territories: {"soato", "kind", "parent", "name"}, dossiers.Elections: {"id", "kind", "ballots", "round", "day", "title"},
	dossiers.Commissions: {"id", "level", "parent", "territory", "title"}, dossiers.Officials: {"id", "commission", "post", "surname", "given", "patronymic", "from", "until"},
	dossiers.Organisations: {"id", "role", "code", "territory", "title"}, dossiers.Constituencies: {"id", "election", "ballot", "number", "commission", "territory", "name"},
	dossiers.Precincts: {"id", "election", "number", "commission", "territory", "country", "voters", "name"},
}

func (d *directoryListCmd) Run(r *run) error {
	hub, err := d.client()
	if err != nil {
		return err
	}
	list, err := hub.Directory(r.ctx, d.List, map[string]string{
		"election": d.Election, "ballot": d.Ballot, "commission": d.Commission, "parent": d.Parent, "level": d.Level, "role": d.Role,
	})
	if err != nil {
		return err
	}
	return r.print(list, func(w io.Writer) {
		var head []string
		for _, column := range listColumns[d.List] {
			head = append(head, strings.ToUpper(column))
		}
		rows := [][]string{head}
		for _, one := range list {
			var row []string
			for _, column := range listColumns[d.List] {
				row = append(row, cell(one[column]))
			}
			rows = append(rows, row)
		}
		table(w, rows)
		fmt.Fprintf(w, "%d %s\n", len(list), d.List)
	})
}

// cell is a value of JSON in a table.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any: // by language
		return cell(v["uz-Latn"])
	case []any:
		var words []string
		for _, one := range v {
			words = append(words, cell(one))
		}
		return strings.Join(words, " ")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

type directorySampleCmd struct {
	Seed        uint64 `help:"Another seed makes another country. Mocks of the same seed and election day, with as many people, know its people." default:"1"`
	Scale       string `help:"small: 2 regions, 6 districts, 60 precincts; national: 14 regions, 208 districts and cities, 10,717 precincts." enum:"small,national" default:"small"`
	ElectionDay string `help:"Election day, YYYY-MM-DD. Default: that of the mocks, the first Sunday at least 50 days ahead."`
}

func (d *directorySampleCmd) Run(r *run) error {
	folder := r.outFile()
	if folder == "" {
		return errors.New("want the folder to write to: --output FOLDER")
	}
	day := demo.ElectionDay(time.Now())
	if d.ElectionDay != "" {
		var err error
		if day, err = civil.Parse(d.ElectionDay); err != nil {
			return err
		}
	}
	set, err := nation.Make(d.Seed, day, nation.Scale(d.Scale))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for _, f := range set.Files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Content, 0o600); err != nil {
			return err
		}
	}
	fmt.Fprintf(r.stdout, "%d records in %d files in %s; its people are known to: hub mocks --seed %d --election-day %s --people %d\n",
		set.Records, len(set.Files), folder, d.Seed, day, set.People)
	return nil
}

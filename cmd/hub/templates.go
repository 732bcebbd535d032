package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/saylovhub/hub/internal/config"
	"github.com/saylovhub/hub/renderer/chrome"
	"github.com/saylovhub/hub/renderer/lint"
	"github.com/saylovhub/hub/renderer/preview"
	"github.com/saylovhub/hub/templates"
)

type templatesCmd struct {
	List    templatesListCmd    `cmd:"" help:"The documents that the hub prints."`
	Check   templatesCheckCmd   `cmd:"" help:"What is wrong with documents' folders, with file and line."`
	Preview templatesPreviewCmd `cmd:"" help:"Print a sample of a document, marked NAMUNA, as PDF or PNG."`
}

// folderFlag names the folders of one who writes a document.
type folderFlag struct {
	Folder string `help:"Read the documents from this folder (templates, in a checkout) in place of those in the program." type:"existingdir"`
}

func (f folderFlag) files() fs.FS {
	if f.Folder == "" {
		return templates.Files()
	}
	return os.DirFS(f.Folder)
}

// browser starts a browser as the configuration says.
func (r *run) browser() (*chrome.Browser, error) {
	cfg, err := config.LoadOver(config.Default(), r.cli.Config)
	if err != nil {
		return nil, err
	}
	return chrome.Start(r.ctx, chrome.Config{Binary: cfg.Chrome.Binary, UID: cfg.Chrome.UID, GID: cfg.Chrome.GID, Workers: cfg.Chrome.Workers}, nil)
}

type templatesListCmd struct{ folderFlag }

// listedDocument is one document as it is listed.
type listedDocument struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Title     string   `json:"title"`
	Languages []string `json:"languages"`
	WidthMM   float64  `json:"width_mm"`
	HeightMM  float64  `json:"height_mm"`
	Pages     int      `json:"pages"`
	Series    bool     `json:"series"`
	Archive   string   `json:"archive,omitempty"`
	Samples   []string `json:"samples"`
}

func (c *templatesListCmd) Run(r *run) error {
	set, err := templates.LoadFrom(c.files(), templates.Options{})
	if err != nil {
		return err
	}
	out := []listedDocument{}
	for _, name := range set.Names() {
		t, _ := set.Get(name)
		out = append(out, listedDocument{t.Name, t.Kind, t.Title, t.Languages, t.WidthMM, t.HeightMM, t.Pages, t.Series, string(t.Archive), t.Samples()})
	}
	return r.print(out, func(w io.Writer) {
		rows := [][]string{{"NAME", "KIND", "TITLE", "LANGUAGES", "PAPER MM", "PAGES", "SERIES", "ARCHIVE"}}
		for _, l := range out {
			pages := "any"
			if l.Pages > 0 {
				pages = strconv.Itoa(l.Pages)
			}
			series := "no"
			if l.Series {
				series = "yes"
			}
			rows = append(rows, []string{l.Name, l.Kind, l.Title, strings.Join(l.Languages, " "), fmt.Sprintf("%g × %g", l.WidthMM, l.HeightMM), pages, series, cmp.Or(l.Archive, "no")})
		}
		table(w, rows)
	})
}

type templatesCheckCmd struct {
	folderFlag
	Names  []string `arg:"" optional:"" name:"name" help:"Documents; without one, all."`
	Static bool     `help:"Only what shows without printing: no browser is needed."`
	Long   float64  `help:"Share of a text's maxLength that the long samples fill; 0 makes none." default:"0.4" placeholder:"SHARE"`
}

// outFile is the file that -o names where it does not name a form of output.
func (r *run) outFile() string {
	if r.cli.Output == "table" || r.cli.Output == "json" {
		return ""
	}
	return r.cli.Output
}

// makesFile are the commands that take the name of a file behind -o.
var makesFile = []string{"templates preview", "render", "directory sample"}

// Validate refuses a form of output that there is not.
func (c *cli) Validate(k *kong.Context) error {
	if c.Output == "table" || c.Output == "json" || slices.ContainsFunc(makesFile, func(name string) bool { return strings.HasPrefix(k.Command(), name) }) {
		return nil
	}
	return errors.New("--output must be one of table, json")
}

// shown is a folder as one would type it here.
func shown(dir string) string {
	here, err := os.Getwd()
	if err != nil {
		return dir
	}
	if rel, err := filepath.Rel(here, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return dir
}

// errFound ends the program with 1; the findings are printed already.
var errFound = errors.New("the documents have errors")

func (c *templatesCheckCmd) Run(r *run) error {
	if c.Long < 0 || c.Long > 1 {
		return errors.New("--long: want 0 to 1")
	}
	o := lint.Options{Names: c.Names, Long: cmp.Or(c.Long, -1)}
	if !c.Static {
		b, err := r.browser()
		if err != nil {
			return err
		}
		defer func() { _ = b.Close() }()
		o.Browser = b
	}
	found, err := lint.Check(r.ctx, c.files(), o)
	if err != nil {
		return err
	}
	if found == nil {
		found = []lint.Finding{}
	}
	err = r.print(found, func(w io.Writer) {
		errs := 0
		for _, f := range found {
			if f.Severity == lint.Error {
				errs++
			}
			f.File = filepath.Join(shown(c.Folder), f.File)
			fmt.Fprintln(w, f)
		}
		fmt.Fprintf(w, "%d errors, %d warnings\n", errs, len(found)-errs)
	})
	if err == nil && lint.Failed(found) {
		err = errFound
	}
	return err
}

type templatesPreviewCmd struct {
	folderFlag
	Name     string `arg:"" help:"The document."`
	Sample   string `help:"Which of its samples, such as sample-longest." placeholder:"SAMPLE" xor:"data"`
	Data     string `help:"Data of your own (JSON) in place of a sample." type:"existingfile" xor:"data"`
	Language string `help:"One of its languages; without, the sample's." placeholder:"LANGUAGE"`
	Out      string `help:"Where it goes: FILE.pdf, FILE.png or a folder for one PNG a page; -o FILE does the same. Default NAME.pdf." placeholder:"FILE" type:"path"`
	Page     int    `help:"Which page a PNG shows." default:"1"`
	DPI      int    `help:"Dots an inch of a PNG, 10 to 200." default:"110"`
}

func (c *templatesPreviewCmd) Run(r *run) error {
	set, err := templates.LoadFrom(c.files(), templates.Options{})
	if set == nil {
		return err
	}
	if _, sound := set.Get(c.Name); err != nil && !sound {
		return err // another document's fault is no hindrance
	}
	req := preview.Request{Template: c.Name, Sample: c.Sample, Language: c.Language}
	if c.Data != "" {
		if req.Data, err = os.ReadFile(c.Data); err != nil {
			return err
		}
	}
	b, err := r.browser()
	if err != nil {
		return err
	}
	defer func() { _ = b.Close() }()
	p, err := (&preview.Maker{Set: set, Browser: b}).PDF(r.ctx, req)
	if err != nil {
		return err
	}
	if p.Over > 0 {
		fmt.Fprintf(r.stderr, "The text overflows: %d pages more than the document may have.\n", p.Over)
	}
	files, err := c.write(r.ctx, p, cmp.Or(r.outFile(), c.Out, c.Name+".pdf"))
	if err != nil {
		return err
	}
	return r.print(map[string]any{"files": files, "pages": p.Pages, "sha256": p.SHA256}, func(w io.Writer) {
		for _, f := range files {
			fmt.Fprintln(w, f)
		}
	})
}

// write puts the preview where it belongs, by the name's ending.
func (c *templatesPreviewCmd) write(ctx context.Context, p preview.Preview, out string) ([]string, error) {
	switch strings.ToLower(filepath.Ext(out)) {
	case ".pdf":
		return []string{out}, os.WriteFile(out, p.PDF, 0o600)
	case ".png":
		if err := preview.Page(c.Page, p.Pages); err != nil {
			return nil, err
		}
		return []string{out}, c.draw(ctx, p, c.Page, out)
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return nil, err
	}
	var files []string
	for page := 1; page <= p.Pages; page++ {
		files = append(files, filepath.Join(out, fmt.Sprintf("%s-%03d.png", c.Name, page)))
		if err := c.draw(ctx, p, page, files[page-1]); err != nil {
			return nil, err
		}
	}
	return files, nil
}

func (c *templatesPreviewCmd) draw(ctx context.Context, p preview.Preview, page int, file string) error {
	png, err := preview.PNG(ctx, p.PDF, page, c.DPI)
	if err != nil {
		return err
	}
	return os.WriteFile(file, png, 0o600)
}

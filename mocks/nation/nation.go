package nation

import (
	"bytes"
	"encoding/csv"
	"fmt"

	"github.com/saylovhub/hub/contracts/civil"
)

// Scale is how large the country is.
type Scale string

// The scales: two regions with six districts and 60 precincts, for tests; or as
// many of everything as there were in 2024.
const (
	Small    Scale = "small"
	National Scale = "national"
)

// Election is the id of the election.
const Election = "umumiy"

// File is one CSV file.
type File struct {
	Name    string
	Content []byte
}

// Set is a made-up directory.
type Set struct {
	Files   []File
	Records int // rows of all files but the calendar
	People  int // how many ordinary people a population needs to know its officials and heads
}

// size says how many there are of what differs between the scales.
type size struct {
	regions, districts, precincts, abroad int
	jk, reg, dist                         int // constituencies; those of the chamber hang on the regions
	media, mahallas                       int // mahallas of each district
	people                                int
}

var sizes = map[Scale]size{
	Small:    {regions: 2, districts: 6, precincts: 60, abroad: 2, jk: 5, reg: 8, dist: 30, media: 4, mahallas: 1, people: 500},
	National: {regions: 14, districts: 208, precincts: 10_717, abroad: 57, jk: 65, reg: 660, dist: 4_970, media: 60, mahallas: 2, people: 6_000},
}

// Make makes a country up.
func Make(seed uint64, electionDay civil.Date, scale Scale) (Set, error) {
	sz, ok := sizes[scale]
	if !ok {
		return Set{}, fmt.Errorf("scale: want %s or %s", Small, National)
	}
	c := newCountry(seed, electionDay, sz)
	for _, make := range []func(){c.territories, c.election, c.commissions, c.organisations, c.constituencies, c.precincts} {
		make()
	}
	set := Set{People: sz.people}
	if c.people.short {
		return Set{}, fmt.Errorf("a population of %d has too few people who may act", sz.people)
	}
	for _, t := range c.tables {
		content, err := t.csv()
		if err != nil {
			return Set{}, err
		}
		set.Files = append(set.Files, File{t.name, content})
		if t.name != "calendar.csv" {
			set.Records += len(t.rows)
		}
	}
	return set, nil
}

// table is a file under way.
type table struct {
	name   string
	header []string
	rows   [][]string
}

func (t *table) add(fields ...any) {
	row := make([]string, len(t.header))
	for i, f := range fields {
		if n, is := f.(int); is && n == 0 {
			continue
		}
		row[i] = fmt.Sprint(f)
	}
	t.rows = append(t.rows, row)
}

func (t *table) csv() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(t.header); err != nil {
		return nil, fmt.Errorf("writing %s: %w", t.name, err)
	}
	if err := w.WriteAll(t.rows); err != nil {
		return nil, fmt.Errorf("writing %s: %w", t.name, err)
	}
	return b.Bytes(), nil
}

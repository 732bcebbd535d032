package reconcile

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Limit bounds how long one ledger may take.
const Limit = 5 * time.Minute

// ErrBusy means this process is making a ledger already.
var ErrBusy = errors.New("a ledger is being made already")

// Maker makes ledgers, one at a time.
type Maker struct {
	Source  Source
	Files   Lister   // nil: files are not checked
	Stages  []string // that this version of the hub knows
	Version string
	Edition string
	Now     func() time.Time
	Sign    func([]byte) []byte // Ed25519
	Key     []byte              // the public key that checks it

	busy sync.Mutex
}

// Make makes and signs a ledger as of now; list has it name every application.
func (m *Maker) Make(ctx context.Context, list bool) (*Ledger, Signed, error) {
	if !m.busy.TryLock() {
		return nil, Signed{}, ErrBusy
	}
	defer m.busy.Unlock()
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	began := time.Now()
	b := &builder{stages: m.Stages, l: &Ledger{
		Format: format, Hub: Hub{Version: m.Version, Edition: m.Edition}, At: m.Now().UTC(),
		Exceptions: []Exceptions{}, Waiting: []Waiting{}, Stages: []Stage{}, Series: []Series{},
	}}
	err := m.Source.Ledger(ctx, func(ctx context.Context, moment Moment) error {
		b.m = moment
		return b.build(ctx, m.Files, list)
	})
	if err != nil {
		return nil, Signed{}, fmt.Errorf("making a ledger: %w", err)
	}
	b.l.judge()
	b.l.TookMS = time.Since(began).Milliseconds()
	raw, err := b.l.JSON()
	if err != nil {
		return nil, Signed{}, fmt.Errorf("making a ledger: %w", err)
	}
	return b.l, Sign(raw, m.Sign, m.Key), nil
}

// builder gathers one ledger.
type builder struct {
	m      Moment
	l      *Ledger
	stages []string
	given  []Series // of application numbers, as their rows say
}

func (b *builder) build(ctx context.Context, files Lister, list bool) error {
	b.l.Hub.Database = b.m.Fingerprint()
	for _, name := range Sections() {
		b.section(name)
	}
	// The first read settles the moment; files are listed after it, so that each
	// document issued by then must have one.
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { return b.applications(ctx, list) },
		func(ctx context.Context) error { return b.kind(ctx, Applications, Unclaimed) },
		b.waiting,
		func(ctx context.Context) error { return b.kind(ctx, Persons, Unclaimed) },
		func(ctx context.Context) error { return b.kind(ctx, Checks, Unclaimed) },
		func(ctx context.Context) error { return b.kind(ctx, Decisions, Unclaimed) },
		func(ctx context.Context) error { return b.kind(ctx, Documents, Unclaimed) },
		b.numbers,
		func(ctx context.Context) error { return b.files(ctx, files) },
		func(ctx context.Context) error { return b.kind(ctx, Notices, Operator, Unclaimed) },
		b.events,
		b.jobs,
		b.failures,
		b.oddities,
		b.audit,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Sections names the sections of a ledger, in their order.
func Sections() []string {
	return []string{
		string(Applications), string(Persons), string(Checks), string(Decisions), string(Documents), "numbers", string(Notices), "events", "jobs", "audit",
	}
}

// section returns the ledger's section of a name, made when it is not there.
func (b *builder) section(name string) *Section {
	for i := range b.l.Sections {
		if b.l.Sections[i].Name == name {
			return &b.l.Sections[i]
		}
	}
	b.l.Sections = append(b.l.Sections, Section{Name: name, Counts: []Count{}})
	return &b.l.Sections[len(b.l.Sections)-1]
}

// except adds a kind of trouble with its items.
func (b *builder) except(code, what, hint string, stands Stands, total int, items []Item) {
	for i := range b.l.Exceptions {
		if e := &b.l.Exceptions[i]; e.Code == code && e.What == what {
			e.Total += total
			e.Items = append(e.Items, items[:min(len(items), Listed-len(e.Items))]...)
			return
		}
	}
	b.l.Exceptions = append(b.l.Exceptions, Exceptions{code, stands, what, hint, total, items})
}

// strike counts things as lost that their section has counted elsewhere, as
// rules across rows find them; each is taken from where there is something.
func (b *builder) strike(name string, n int) {
	s := b.section(name)
	for _, column := range []struct {
		n      *int
		stands Stands
	}{{&s.Ended, Ended}, {&s.Work, Working}, {&s.People, People}, {&s.Operator, Operator}} {
		take := min(n, *column.n)
		*column.n -= take
		n -= take
		s.Lost += take
	}
	s.Lost += n
	s.Total += n // what is not there at all
}

// applications proves who was accepted and that their numbers have no gap.
func (b *builder) applications(ctx context.Context, list bool) error {
	var lines []string
	numbers := map[string]map[int]int{}
	var bad []Item
	nbad := 0
	err := b.m.Applications(ctx, func(a Application) {
		lines = append(lines, a.ID+" "+a.State)
		first, corrected, ok := attempt(a.Number)
		n, own := runningNumber(first, a.Commission)
		if !ok || !own {
			if nbad++; len(bad) < Listed {
				bad = append(bad, Item{ID: a.ID, Application: a.ID, Detail: "number " + a.Number})
			}
			return
		}
		if corrected { // it goes on under the first one's number
			return
		}
		if numbers[a.Commission] == nil {
			numbers[a.Commission] = map[int]int{}
		}
		numbers[a.Commission][n]++
	})
	if err != nil {
		return err
	}
	slices.Sort(lines)
	sum := sha256.New()
	for _, line := range lines {
		sum.Write([]byte(line + "\n"))
	}
	b.l.Accepted = Accepted{Count: len(lines), SHA256: hex.EncodeToString(sum.Sum(nil))}
	if list {
		b.l.Accepted.List = lines
	}
	if nbad > 0 {
		b.except("application_number", "an application has a number that is not its commission's", "the row was altered outside the hub: restore it from a backup", Unclaimed, nbad, bad)
		b.section("numbers").add("not its commission's", Unclaimed, nbad, time.Time{})
	}
	series, err := b.m.Series(ctx)
	if err != nil {
		return err
	}
	for _, s := range series {
		if s.Kind != applicationSeries {
			b.given = append(b.given, s)
			continue
		}
		have := numbers[s.Commission]
		delete(numbers, s.Commission)
		b.series(s, have)
	}
	for commission, have := range numbers { // numbers without a series
		b.series(Series{Kind: applicationSeries, Commission: commission}, have)
	}
	return nil
}

// applicationSeries is the kind of the series of application numbers.
const applicationSeries = "application"

// attempt takes the count off the number of an application that corrects another:
// 1726-000001/2.
func attempt(number string) (first string, corrected, ok bool) {
	first, count, corrected := strings.Cut(number, "/")
	if !corrected {
		return first, false, true
	}
	n, err := strconv.Atoi(count)
	return first, true, err == nil && n > 1 && strconv.Itoa(n) == count
}

// runningNumber reads the running part of an application's number.
func runningNumber(number, commission string) (int, bool) {
	rest, ok := strings.CutPrefix(number, commission+"-")
	n := 0
	for _, c := range rest {
		if c < '0' || c > '9' || n > 1e8 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, ok && n > 0
}

// series judges one series of application numbers.
func (b *builder) series(s Series, have map[int]int) {
	var missing, twice, beyond []int
	for n := 1; n <= s.Last; n++ {
		if have[n] == 0 {
			missing = append(missing, n)
		}
	}
	for n, times := range have {
		s.Issued += times
		if times > 1 {
			twice = append(twice, n)
		}
		if n > s.Last {
			beyond = append(beyond, n)
		}
	}
	slices.Sort(twice)
	slices.Sort(beyond)
	s.Missing, s.Doubled, s.Beyond = len(missing), len(twice), len(beyond)
	b.l.Series = append(b.l.Series, s)
	b.gaps(s, missing, twice, beyond)
}

// gaps reports the numbers of a series that cannot be explained.
func (b *builder) gaps(s Series, missing, twice, beyond []int) {
	sec := b.section("numbers")
	sec.add("explained", Ended, max(0, s.Issued+s.Reserved+s.Annulled+s.Revoked+s.Replaced-s.Doubled-s.Beyond), time.Time{})
	sec.add("missing", Unclaimed, s.Missing, time.Time{})
	sec.add("doubled", Unclaimed, s.Doubled, time.Time{})
	sec.add("beyond its series", Unclaimed, s.Beyond, time.Time{})
	name := strings.TrimSpace(fmt.Sprintf("%s of %s %s", s.Kind, s.Commission, s.Election))
	items := func(list []int) []Item {
		out := []Item{}
		for _, n := range list[:min(len(list), Listed)] {
			out = append(out, Item{ID: fmt.Sprintf("%s № %d", name, n)})
		}
		return out
	}
	if len(missing) > 0 {
		b.except("number_missing", "a number was given and nothing has it", "rows were removed outside the hub: find them in a backup", Unclaimed, s.Missing, items(missing))
	}
	if len(twice) > 0 {
		b.except("number_twice", "a number stands twice", "withdraw one of the two and tell the commission; then tell the developers", Unclaimed, s.Doubled, items(twice))
	}
	if len(beyond) > 0 {
		b.except("number_beyond", "a number is above the last one that its series gave: it will be given again", "restore the table series from a backup before work goes on", Unclaimed, s.Beyond, items(beyond))
	}
}

// kind counts a kind of thing and names those that stand badly.
func (b *builder) kind(ctx context.Context, k Kind, name ...Stands) error {
	groups, err := b.m.Groups(ctx, k)
	if err != nil {
		return err
	}
	slices.SortFunc(groups, func(x, y Group) int {
		return cmp.Or(cmp.Compare(x.State, y.State), cmp.Compare(fmt.Sprint(x.Open, x.Failed), fmt.Sprint(y.Open, y.Failed)))
	})
	sec := b.section(string(k))
	for _, g := range groups {
		stands := standing(k, g)
		sec.add(words(k, g, stands), stands, g.N, g.Since)
		if !slices.Contains(name, stands) {
			continue
		}
		items, err := b.m.Members(ctx, k, g, Listed)
		if err != nil {
			return err
		}
		trouble := troubleOf(k, g, stands)
		b.except(trouble.code, trouble.what, trouble.hint, stands, g.N, items)
	}
	return nil
}

// waiting counts the dossiers that commissions have to decide on.
func (b *builder) waiting(ctx context.Context) error {
	list, err := b.m.Deciding(ctx)
	if list != nil {
		b.l.Waiting = list
	}
	return err
}

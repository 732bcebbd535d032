package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/register"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// people per request number: the number carries the person, so that a query
// made before a restart of the mock is still answered after it.
const people = 10_000_000

// queries are the criminal record reports in work.
type queries struct {
	o Options

	mu   sync.Mutex
	next int64
	open map[int64]*query
}

type query struct {
	polls int
	since time.Time
}

func newQueries(o Options) *queries { return &queries{o: o, open: map[int64]*query{}} }

func (q *queries) add(person int) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	id := q.next*people + int64(person)
	q.open[id] = &query{since: q.o.Now()}
	return id
}

// poll counts one check and reports whether the report is ready.
func (q *queries) poll(id int64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	one := q.open[id]
	if one == nil { // from before a restart
		one = &query{since: q.o.Now()}
		q.open[id] = one
	}
	one.polls++
	return one.polls > q.o.PendingPolls && q.o.Now().Sub(one.since) >= q.o.PendingFor
}

type flagAnswer struct {
	Success   bool    `json:"success"`
	RequestID *string `json:"request_id,omitempty"`
	Message   *string `json:"message"`
	Data      any     `json:"data,omitempty"`
}

func refusal(w http.ResponseWriter, message string) {
	serve.JSON(w, http.StatusOK, flagAnswer{Message: &message})
}

// search takes an order for a report. Names are compared without regard to case
// and to the sign in oʻ and gʻ.
func (s *Server) search(w http.ResponseWriter, f fields) {
	if miss := f.missing("pinfl", "passport", "firstname", "lastname", "birth_year", "region_id", "organization_id"); miss != "" {
		badRequest(w, "field "+miss+" is required")
		return
	}
	year, ok := f.number("birth_year")
	switch {
	case !f.is("consent", "Y", true):
		badRequest(w, "consent must be Y")
		return
	case !ok || year < 1800 || year > 2100:
		badRequest(w, "birth_year must be a year")
		return
	case f["is_allowed_abroad"] != nil && !f.is("is_allowed_abroad", "Y", "N", true, false):
		badRequest(w, "is_allowed_abroad must be Y or N")
		return
	case !slices.ContainsFunc(s.consumers, func(c *consumer) bool { return c.Organisation == f.text("organization_id") }):
		refusal(w, "organization_id noma'lum")
		return
	}
	p := s.person(f.text("pinfl"), f.text("passport"), "")
	if p == nil || int64(p.BirthDate.Year) != year || !named(p, f) {
		refusal(w, "Shaxsga doir ma'lumotlar mos kelmadi")
		return
	}
	id := strconv.FormatInt(s.queries.add(p.Index), 10)
	serve.JSON(w, http.StatusOK, flagAnswer{Success: true, RequestID: &id})
}

func named(p *population.Person, f fields) bool {
	given, family := plainName(f.text("firstname")), plainName(f.text("lastname"))
	return given == plainName(p.GivenName) && family == plainName(p.Surname) ||
		given == plainName(p.GivenCyr) && family == plainName(p.SurnameCyr)
}

var apostrophes = strings.NewReplacer("\u02bb", "'", "\u02bc", "'", "\u2018", "'", "\u2019", "'", "`", "'", "\u00b4", "'")

func plainName(s string) string {
	return apostrophes.Replace(strings.ToUpper(strings.Join(strings.Fields(s), " ")))
}

type conviction struct {
	Article      string           `json:"article"`
	Court        string           `json:"court"`
	SentenceDate civil.Date       `json:"sentence_date"`
	Sentence     string           `json:"sentence"`
	Served       bool             `json:"served"`
	ExpungedDate *civil.Date      `json:"expunged_date"`
	Gravity      register.Gravity `json:"gravity"`
	Intentional  bool             `json:"intentional"`
	InCustody    bool             `json:"in_custody"`
}

// check answers a report when it is ready; until then success is false, as it
// is for a refusal: the real service has no separate flag. The content of a
// ready report is not public; this shape is assumed.
func (s *Server) check(w http.ResponseWriter, f fields) {
	id, ok := f.number("id_query")
	if !ok || id <= 0 {
		badRequest(w, "field id_query is required")
		return
	}
	p := s.o.Population.At(int(id % people))
	if p == nil || id < people {
		serve.JSON(w, http.StatusNotFound, map[string]string{"message": "So'rov topilmadi"})
		return
	}
	if !s.queries.poll(id) {
		refusal(w, "So'rov ko'rib chiqilmoqda")
		return
	}
	list := []conviction{}
	for _, c := range p.Convictions {
		one := conviction{
			Article: c.Article, Court: c.Court, SentenceDate: c.Sentenced, Sentence: c.Sentence, Served: c.Served,
			Gravity: c.Gravity, Intentional: c.Intentional, InCustody: c.InCustody,
		}
		if !c.Expunged.IsZero() {
			one.ExpungedDate = &c.Expunged
		}
		list = append(list, one)
	}
	serve.JSON(w, http.StatusOK, flagAnswer{Success: true, Data: map[string]any{"has_conviction": len(list) > 0, "convictions": list}})
}

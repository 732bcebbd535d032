package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// The words that are reported unless told otherwise.
const (
	Delivered    = "delivered"
	NotDelivered = "not_delivered"
)

// Reports says whether and how deliveries are reported. What it shares with
// inbox.Reports means the same.
type Reports struct {
	URL        string        // registered address; "/status" is added. Empty: no reports
	Array      bool          // an array with one report instead of an object
	UTC        bool          // status-date as ISO 8601 in UTC instead of local YYYY-MM-DD HH:MM:SS
	Words      []string      // default delivered
	Delay      time.Duration // before each word
	Jitter     time.Duration // of each delay, from Options.Seed
	Twice      bool          // every report comes twice
	OutOfOrder bool          // a message's words come backwards
	Repeat     time.Duration // until a report not answered with 200 comes again; default 2 s
	Attempts   int           // default 10
}

// wire is Reports as POST /_mock/callback reads it.
type wire struct {
	URL   string `json:"url"`
	Array bool   `json:"array"`
	UTC   bool   `json:"utc"`
	inbox.Wire
}

func (r Reports) common() inbox.Reports {
	return inbox.Reports{
		Words: r.Words, Delay: r.Delay, Jitter: r.Jitter, Twice: r.Twice, OutOfOrder: r.OutOfOrder, Repeat: r.Repeat, Attempts: r.Attempts,
	}.WithDefaults(Delivered)
}

type report struct {
	MessageID   string `json:"message-id"`
	Channel     string `json:"channel"`
	Status      string `json:"status"`
	StatusDate  string `json:"status-date"`
	Description string `json:"description"`
}

// reports is how deliveries are reported now.
type reports struct {
	mu  sync.Mutex
	how Reports
}

// SetReports changes how deliveries are reported from the next message on.
func (s *Server) SetReports(r Reports) error {
	if r.URL != "" && inbox.CheckAddress(r.URL) != nil {
		return errors.New("mock sms: callback must be an http or https address")
	}
	if r.Delay < 0 || r.Jitter < 0 {
		return errors.New("mock sms: delays must not be negative")
	}
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	s.reports.how = r
	return nil
}

func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	var in wire
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in)
	if err != nil {
		err = fmt.Errorf(`want {"url": address, "array": bool, "utc": bool, "words": [...], "delay_ms": n, "jitter_ms": n, "twice": bool, "out_of_order": bool}`)
	} else {
		c := in.Reports()
		err = s.SetReports(Reports{in.URL, in.Array, in.UTC, c.Words, c.Delay, c.Jitter, c.Twice, c.OutOfOrder, c.Repeat, c.Attempts})
	}
	if err != nil {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// report plans the reports of a message that was just taken.
func (s *Server) report(m Message) {
	s.reports.mu.Lock()
	how := s.reports.how
	s.reports.mu.Unlock()
	if how.URL == "" {
		return
	}
	word, bad := s.numbers.Undelivered(m.Recipient)
	if bad && word == "" {
		word = NotDelivered
	}
	common := how.common()
	for _, e := range common.Events(s.o.Seed, m.ID, word) {
		at := m.ReceivedAt.Add(e.After)
		one := report{m.ID, "sms", e.Word, at.In(civil.Tashkent).Format(time.DateTime), ""}
		if how.UTC {
			one.StatusDate = at.UTC().Format(time.RFC3339)
		}
		var body any = one
		if how.Array {
			body = []report{one}
		}
		s.reporter.Add(common, e.Post, strings.TrimSuffix(how.URL, "/")+"/status", body)
	}
}

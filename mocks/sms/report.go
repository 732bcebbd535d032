package sms

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/mocks/serve"
)

// Reports says whether and how deliveries are reported.
type Reports struct {
	URL      string        `json:"url"`      // registered address; "/status" is added. Empty: no reports
	Array    bool          `json:"array"`    // an array with one report instead of an object
	Words    []string      `json:"words"`    // status words reported in turn for each message; default delivered
	Twice    bool          `json:"twice"`    // every report comes twice
	UTC      bool          `json:"utc"`      // status-date as ISO 8601 in UTC instead of local YYYY-MM-DD HH:MM:SS
	Repeat   time.Duration `json:"-"`        // until a report not answered with 200 comes again; default 2 s
	Attempts int           `json:"attempts"` // default 10
}

type report struct {
	MessageID   string `json:"message-id"`
	Channel     string `json:"channel"`
	Status      string `json:"status"`
	StatusDate  string `json:"status-date"`
	Description string `json:"description"`
}

// reporter posts reports one after another, in the order of acceptance.
type reporter struct {
	now    func() time.Time
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	wake   chan struct{}

	mu    sync.Mutex
	how   Reports
	queue []Message
}

func newReporter(o Options) *reporter {
	ctx, stop := context.WithCancel(context.Background())
	return &reporter{
		now: o.Now, ctx: ctx, stop: stop, wake: make(chan struct{}, 1),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// SetReports changes how deliveries are reported from the next message on.
func (s *Server) SetReports(r Reports) error {
	if r.URL != "" {
		u, err := url.Parse(r.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("mock sms: callback must be an http or https address")
		}
	}
	if len(r.Words) == 0 {
		r.Words = []string{"delivered"}
	}
	if r.Repeat <= 0 {
		r.Repeat = 2 * time.Second
	}
	if r.Attempts <= 0 {
		r.Attempts = 10
	}
	s.reports.mu.Lock()
	defer s.reports.mu.Unlock()
	s.reports.how = r
	return nil
}

func (s *Server) callback(w http.ResponseWriter, r *http.Request) {
	var in Reports
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"url": address, "array": bool, "words": [...]}`})
		return
	}
	if err := s.SetReports(in); err != nil {
		serve.JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (r *reporter) start() { r.done.Go(r.run) }

func (r *reporter) close() {
	r.stop()
	r.done.Wait()
}

func (r *reporter) add(m Message) {
	r.mu.Lock()
	if r.how.URL != "" {
		r.queue = append(r.queue, m)
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *reporter) take() (Message, Reports, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 || r.how.URL == "" {
		return Message{}, r.how, false
	}
	m := r.queue[0]
	r.queue = r.queue[1:]
	return m, r.how, true
}

func (r *reporter) run() {
	for {
		m, how, ok := r.take()
		if !ok {
			select {
			case <-r.wake:
				continue
			case <-r.ctx.Done():
				return
			}
		}
		for _, word := range how.Words {
			n := 1
			if how.Twice {
				n = 2
			}
			for range n {
				r.deliver(how, r.report(how, m, word))
			}
		}
		if r.ctx.Err() != nil {
			return
		}
	}
}

func (r *reporter) report(how Reports, m Message, word string) report {
	at := r.now().In(civil.Tashkent).Format(time.DateTime)
	if how.UTC {
		at = r.now().UTC().Format(time.RFC3339)
	}
	return report{m.ID, "sms", word, at, ""}
}

// deliver posts until the other side answers 200, as the provider does; the mock
// gives up after some attempts.
func (r *reporter) deliver(how Reports, one report) {
	var body any = one
	if how.Array {
		body = []report{one}
	}
	for range how.Attempts {
		if r.post(strings.TrimSuffix(how.URL, "/")+"/status", body) == nil {
			return
		}
		t := time.NewTimer(how.Repeat)
		select {
		case <-t.C:
		case <-r.ctx.Done():
			t.Stop()
			return
		}
	}
}

func (r *reporter) post(to string, body any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, to, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	return nil
}

package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Event is one event of the hub, a CloudEvent.
type Event struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	DataContentType string          `json:"datacontenttype"`
	DataSchema      string          `json:"dataschema"`
	Sequence        int64           `json:"sequence"`
	Position        int64           `json:"position"`
	Commission      string          `json:"commission,omitempty"`
	Data            json.RawMessage `json:"data"`
}

// EventFilter says which events are meant; empty fields match all.
type EventFilter struct {
	After       int64 // a position
	Types       []string
	Application string
}

func (f EventFilter) query() url.Values {
	q := url.Values{"after": {strconv.FormatInt(f.After, 10)}}
	for _, t := range f.Types {
		q.Add("type", t)
	}
	if f.Application != "" {
		q.Set("application", f.Application)
	}
	return q
}

// Events hands over the events so far, page by page, and returns the position
// to go on after.
func (c *Client) Events(ctx context.Context, f EventFilter, handle func(Event) error) (int64, error) {
	q := f.query()
	q.Set("limit", "500")
	for {
		q.Set("after", strconv.FormatInt(f.After, 10))
		resp, err := c.open(ctx, c.HTTP, "/v1/events?"+q.Encode(), "application/json")
		if err != nil {
			return f.After, err
		}
		var page struct {
			Events []Event `json:"events"`
			Next   int64   `json:"next"`
			End    int64   `json:"end"`
		}
		err = json.NewDecoder(io.LimitReader(resp.Body, 64<<20)).Decode(&page)
		_ = resp.Body.Close()
		if err != nil {
			return f.After, fmt.Errorf("reading the hub's answer: %w", err)
		}
		for _, e := range page.Events {
			if err := handle(e); err != nil {
				return f.After, err
			}
			f.After = e.Position
		}
		if f.After = page.Next; page.Next >= page.End {
			return f.After, nil
		}
	}
}

// silence is how long a stream may be still: the hub shows that it lives every
// 15 seconds.
const silence = 45 * time.Second

const firstPause = 200 * time.Millisecond // before coming back

// Follow hands over the events so far and then those to come, each once, until
// ctx ends, the handler fails, or the hub refuses. It comes back by itself, with
// the last position, when the connection breaks or the hub has no room.
func (c *Client) Follow(ctx context.Context, f EventFilter, handle func(Event) error) error {
	for pause := firstPause; ; pause = min(2*pause, 30*time.Second) {
		before := f.After
		err := c.follow(ctx, &f, handle)
		var p *Problem
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errHandler), errors.As(err, &p) && p.Status < http.StatusInternalServerError && p.Status != http.StatusTooManyRequests:
			return err
		case f.After > before:
			pause = firstPause
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

var errHandler = errors.New("handling an event")

// follow reads one stream to its end and moves f on.
func (c *Client) follow(ctx context.Context, f *EventFilter, handle func(Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	still := time.AfterFunc(silence, cancel)
	defer still.Stop()
	endless := *c.HTTP
	endless.Timeout = 0
	resp, err := c.open(ctx, &endless, "/v1/events?"+f.query().Encode(), "text/event-stream")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	var data []byte
	id := int64(-1)
	for lines.Scan() {
		still.Reset(silence)
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			if id, err = strconv.ParseInt(value, 10, 64); err != nil {
				return fmt.Errorf("reading the stream: its id is no position")
			}
		case "data":
			data = append(data, value...)
		case "":
			if lines.Text() != "" {
				continue // a comment
			}
			if len(data) > 0 {
				var e Event
				if err := json.Unmarshal(data, &e); err != nil {
					return fmt.Errorf("reading an event: %w", err)
				}
				if err := handle(e); err != nil {
					return fmt.Errorf("%w: %w", errHandler, err)
				}
			}
			f.After, data = max(f.After, id), nil
		}
	}
	return lines.Err()
}

// open sends a GET and returns an answer that is no problem.
func (c *Client) open(ctx context.Context, by *http.Client, path, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+path, nil)
	if err != nil {
		return nil, fmt.Errorf("writing a request: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	req.Header.Set("Accept", accept)
	resp, err := by.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // the address stays out of the text
		}
		return nil, fmt.Errorf("asking the hub: %w", err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer resp.Body.Close()
		p := &Problem{Status: resp.StatusCode, Title: resp.Status}
		raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		if err != nil {
			return nil, fmt.Errorf("reading the hub's answer: %w", err)
		}
		_ = json.NewDecoder(bytes.NewReader(raw)).Decode(p)
		return nil, p
	}
	return resp, nil
}

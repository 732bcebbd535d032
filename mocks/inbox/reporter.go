package inbox

import (
	"bytes"
	"container/heap"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// Reporter posts reports when they fall due, one at a time, those due at once in
// the order of Add. One that is not answered with 200 comes again later.
type Reporter struct {
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	done   sync.WaitGroup
	wake   chan struct{}

	mu    sync.Mutex
	queue posts
	seq   int
}

type post struct {
	due      time.Time
	seq      int
	url      string
	body     []byte
	repeat   time.Duration
	attempts int
}

// StartReporter starts a reporter; Close must follow.
func StartReporter() *Reporter {
	ctx, stop := context.WithCancel(context.Background())
	r := &Reporter{
		ctx: ctx, stop: stop, wake: make(chan struct{}, 1),
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	r.done.Go(r.run)
	return r
}

// Close gives up what is still to be posted.
func (r *Reporter) Close() {
	r.stop()
	r.done.Wait()
}

// Add plans one report: body as JSON to url, so long after now, twice and
// repeated as how says.
func (r *Reporter) Add(how Reports, after time.Duration, url string, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	times := 1
	if how.Twice {
		times = 2
	}
	r.mu.Lock()
	for range times {
		r.seq++
		heap.Push(&r.queue, post{time.Now().Add(after), r.seq, url, text, how.Repeat, how.Attempts})
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// next takes the first post that is due; else it tells how long there is
// nothing to do.
func (r *Reporter) next() (p post, due bool, idle time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return p, false, time.Hour
	}
	if idle = time.Until(r.queue[0].due); idle > 0 {
		return p, false, idle
	}
	return heap.Pop(&r.queue).(post), true, 0
}

func (r *Reporter) run() {
	for r.ctx.Err() == nil {
		p, due, idle := r.next()
		if due {
			r.send(p)
			continue
		}
		timer := time.NewTimer(idle)
		select {
		case <-timer.C:
		case <-r.wake:
		case <-r.ctx.Done():
		}
		timer.Stop()
	}
}

func (r *Reporter) send(p post) {
	if p.attempts--; r.post(p) || p.attempts <= 0 {
		return
	}
	p.due = time.Now().Add(p.repeat)
	r.mu.Lock()
	defer r.mu.Unlock()
	heap.Push(&r.queue, p)
}

func (r *Reporter) post(p post) (taken bool) {
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, p.url, bytes.NewReader(p.body))
	if err != nil {
		return true // no address: nobody will ever take it
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode == http.StatusOK
}

// posts is a heap by time, then order.
type posts []post

func (p posts) Len() int { return len(p) }
func (p posts) Less(i, j int) bool {
	if p[i].due.Equal(p[j].due) {
		return p[i].seq < p[j].seq
	}
	return p[i].due.Before(p[j].due)
}
func (p posts) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *posts) Push(v any)   { *p = append(*p, v.(post)) }
func (p *posts) Pop() any {
	last := (*p)[len(*p)-1]
	*p = (*p)[:len(*p)-1]
	return last
}

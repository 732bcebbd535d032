package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/saylovhub/hub/contracts/fault"
	"github.com/saylovhub/hub/internal/bucket"
)

// answer is what a store says to everything.
func answer(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if code != "" {
			fmt.Fprintf(w, `<?xml version="1.0"?><Error><Code>%s</Code><Message>SINOV at http://secret/ made-up-secret</Message></Error>`, code)
		}
	}
}

func raw(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// calls makes one call of each kind and returns its error by name.
func calls(ctx context.Context, b *bucket.Bucket) map[string]error {
	_, get := b.Get(ctx, "a.pdf")
	return map[string]error{
		"put": b.Put(ctx, "a.pdf", []byte("x")), "get": get, "probe": b.Probe(ctx),
		"list": b.List(ctx, func([]bucket.Object) error { return nil }),
	}
}

func TestStoreRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		says http.HandlerFunc
		kind fault.Kind
		code string
	}{
		{"500", answer(500, "InternalError"), fault.Unavailable, "InternalError"},
		{"503", answer(503, "ServiceUnavailable"), fault.Unavailable, "ServiceUnavailable"},
		{"503 of a proxy", raw(503, "<html>SINOV</html>"), fault.Unavailable, ""},
		{"slow down", answer(503, "SlowDown"), fault.Throttled, "SlowDown"},
		{"429", answer(429, "TooManyRequests"), fault.Throttled, "TooManyRequests"},
		{"wrong key", answer(403, "InvalidAccessKeyId"), fault.Misconfigured, "InvalidAccessKeyId"},
		{"wrong secret", answer(403, "SignatureDoesNotMatch"), fault.Misconfigured, "SignatureDoesNotMatch"},
		{"no rights", answer(403, "AccessDenied"), fault.Misconfigured, "AccessDenied"},
		{"403 without a word", raw(403, ""), fault.Misconfigured, ""},
		{"401", answer(401, ""), fault.Misconfigured, ""},
		{"no bucket", answer(404, "NoSuchBucket"), fault.Misconfigured, "NoSuchBucket"},
		{"no route", raw(404, "<html>not found</html>"), fault.Misconfigured, ""},
		{"another region", answer(301, "PermanentRedirect"), fault.Misconfigured, "PermanentRedirect"},
		{"damaged on its way", answer(400, "BadDigest"), fault.Unavailable, "BadDigest"},
		{"400", answer(400, "MalformedXML"), fault.Breach, "MalformedXML"},
		{"a made-up code", answer(400, "SINOV 12345678901234"), fault.Breach, "400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				c.says(w, r)
			}))
			t.Cleanup(srv.Close)
			o := s3Options(t, srv.URL)
			o.Attempts = 2
			for name, err := range calls(t.Context(), open(t, o)) {
				f := faultOf(t, err)
				if f.Kind != c.kind || c.code != "" && f.Code != c.code || f.Hint == "" {
					t.Errorf("%s: kind %q, code %q, hint %q: %v", name, f.Kind, f.Code, f.Hint, err)
				}
				if strings.Contains(err.Error()+f.Code, "SINOV") {
					t.Errorf("%s repeats what the store said: %v", name, err)
				}
			}
			// Put, get, list, and of the probe a write and a removal.
			if n := asked.Load(); n < 5 || n > 10 {
				t.Errorf("%d requests for 5 with at most 2 tries each", n)
			}
		})
	}
}

func TestStoreIsNoStore(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "<ListBucketResult>")
		panic(http.ErrAbortHandler)
	}
	list := func(xml string) http.HandlerFunc {
		return raw(200, `<?xml version="1.0"?><ListBucketResult>`+xml+`</ListBucketResult>`)
	}
	const (
		one  = `<Contents><Key>hub/one/a.pdf.sealed</Key><Size>1</Size><LastModified>2026-11-22T10:00:00Z</LastModified></Contents>`
		more = `<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>`
	)
	get := func(ctx context.Context, b *bucket.Bucket) error {
		_, err := b.Get(ctx, "a.pdf")
		return err
	}
	lists := func(ctx context.Context, b *bucket.Bucket) error {
		return b.List(ctx, func([]bucket.Object) error { return nil })
	}
	for _, c := range []struct {
		name string
		says http.HandlerFunc
		call func(context.Context, *bucket.Bucket) error
		kind fault.Kind
	}{
		{"an answer cut off", cut, get, fault.Unavailable},
		{"a list cut off", cut, lists, fault.Unavailable},
		{"a page of HTML", raw(200, "<html><p>welcome"), lists, fault.Unavailable},
		{"HTML for a document", raw(200, "<html>"), get, fault.Defect},
		{"a list without times", list(`<Contents><Key>hub/one/a.pdf.sealed</Key><Size>1</Size></Contents>`), lists, fault.Breach},
		{"a list that cannot be told from a shorter one", raw(200, `<ListBucketResult><Name>a</Name>`), lists, fault.Unavailable},
		{"a list without end", list(strings.Repeat(one, 1000) + more), lists, fault.Breach},
		{"a list of nothing without end", list(more), lists, fault.Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(c.says)
			t.Cleanup(srv.Close)
			o := s3Options(t, srv.URL)
			o.Attempts, o.Timeout = 1, 2*time.Second
			if f := faultOf(t, c.call(t.Context(), open(t, o))); f.Kind != c.kind {
				t.Errorf("kind %q: %v", f.Kind, f)
			}
		})
	}
}

func TestStoreOutOfReach(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	for _, c := range []struct{ name, url, code string }{
		{"refused", address, "refused"}, {"a certificate nobody vouches for", tls.URL, "tls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := s3Options(t, c.url)
			o.Attempts = 2
			for name, err := range calls(t.Context(), open(t, o)) {
				if f := faultOf(t, err); f.Kind != fault.Unavailable || f.Code != c.code || f.Hint == "" {
					t.Errorf("%s: %q %v", name, f.Code, err)
				}
			}
		})
	}
}

// A store that takes the connection and says nothing, or stops in the middle,
// holds nobody longer than the time limit.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		begin string
	}{{"says nothing", ""}, {"stops in the middle", "<?xml"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			stop := make(chan struct{})
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if c.begin != "" {
					w.Header().Set("Content-Length", "1000")
					_, _ = io.WriteString(w, c.begin)
					_ = http.NewResponseController(w).Flush()
				}
				select {
				case <-r.Context().Done():
				case <-stop:
				}
			}))
			t.Cleanup(srv.Close)
			t.Cleanup(func() { close(stop) })
			o := s3Options(t, srv.URL)
			o.Timeout = 150 * time.Millisecond
			b := open(t, o)
			start := time.Now()
			for name, err := range calls(t.Context(), b) {
				if c.begin != "" && name == "put" && err == nil {
					continue // acknowledged by its header
				}
				if f := faultOf(t, err); f.Kind != fault.Unavailable || f.Code != "timeout" || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %q %v", name, f.Code, err)
				}
			}
			// Five calls, with room for a busy machine.
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			ctx, cancel := context.WithCancel(t.Context())
			go cancel()
			if _, err := b.Get(ctx, "a.pdf"); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

// recorder keeps what was sent to a store.
type recorder struct {
	http.Handler
	mu   sync.Mutex
	seen []*http.Request
	body bytes.Buffer
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	q.Body = io.NopCloser(bytes.NewReader(body))
	r.mu.Lock()
	r.seen = append(r.seen, q.Clone(context.WithoutCancel(q.Context())))
	r.body.Write(body)
	r.mu.Unlock()
	r.Handler.ServeHTTP(w, q)
}

// Whatever its size, a document is one request, with a check sum, sealed; and a
// failing store is asked again within the call.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	back := s3mem.New()
	if err := back.CreateBucket(s3Bucket); err != nil {
		t.Fatal(err)
	}
	rec := &recorder{Handler: gofakes3.New(back).Server()}
	srv := httptest.NewServer(rec)
	t.Cleanup(srv.Close)
	var log bytes.Buffer
	o := s3Options(t, srv.URL)
	o.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b := open(t, o)
	// The last above the size at which the SDK would send several parts.
	for _, size := range []int{1, 6 << 20, 17 << 20} {
		put(t, b, "a.pdf", bytes.Repeat([]byte("SINOV "), size/6+1))
	}
	for _, r := range rec.seen {
		if r.Method != http.MethodPut || r.URL.Path != "/"+s3Bucket+"/hub/one/a.pdf.sealed" || r.URL.Query().Has("uploadId") {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		if r.Header.Get("Content-Md5") == "" || strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
			t.Errorf("no check sum, or a form that not every store reads: %v", r.Header)
		}
		if !strings.Contains(r.Header.Get("Authorization"), "made-up-id/") || strings.Contains(fmt.Sprint(r.Header), "made-up-secret") {
			t.Error("not signed as it should be")
		}
	}
	if len(rec.seen) != 3 {
		t.Errorf("%d requests for three documents", len(rec.seen))
	}
	if bytes.Contains(rec.body.Bytes(), []byte("SINOV")) {
		t.Error("the content left the process in clear")
	}
	for _, secret := range []string{"made-up", "127.0.0.1", s3Bucket + "?"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log tells %q: %s", secret, log.String())
		}
	}
}

func TestStoreRecoversWithinTheCall(t *testing.T) {
	t.Parallel()
	back := s3mem.New()
	if err := back.CreateBucket(s3Bucket); err != nil {
		t.Fatal(err)
	}
	store, asked := gofakes3.New(back).Server(), atomic.Int32{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%2 == 1 {
			answer(500, "InternalError")(w, r)
			return
		}
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	b := open(t, s3Options(t, srv.URL))
	put(t, b, "a.pdf", []byte("x"))
	if got := get(t, b, "a.pdf"); string(got) != "x" {
		t.Errorf("got %q", got)
	}
}

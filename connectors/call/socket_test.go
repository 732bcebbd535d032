package call_test

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// Over real sockets: whether the request may have been seen.
func TestSockets(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/reset":
			panic(http.ErrAbortHandler)
		case "/hang":
			_, _ = io.ReadAll(r.Body) // only then is a client that left noticed
			<-r.Context().Done()
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
		case "/away":
			http.Redirect(w, r, "/ok", http.StatusFound)
		}
	})
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(handler)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	gone := httptest.NewServer(handler)
	gone.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())

	cases := []struct {
		name, url string
		roots     *x509.CertPool
		kind      fault.Kind
		code      string
		uncertain bool
	}{
		{"answered", plain.URL + "/ok", nil, "", "", false},
		{"answered over TLS", secure.URL + "/ok", roots, "", "", false},
		{"certificate of nobody we know", secure.URL + "/ok", nil, fault.Unavailable, "tls", false},
		{"TLS to a server without", "https" + plain.URL[len("http"):], roots, fault.Unavailable, "", false},
		{"nobody listens", gone.URL, nil, fault.Unavailable, "refused", false},
		{"no such host", "http://register.invalid/", nil, fault.Unavailable, "", false},
		{"hung up", plain.URL + "/reset", nil, fault.Unavailable, "cut_off", true},
		{"no answer", plain.URL + "/hang", nil, fault.Unavailable, "timeout", true},
		{"half an answer", plain.URL + "/cut", nil, fault.Unavailable, "cut_off", true},
		{"redirect is not followed", plain.URL + "/away", nil, fault.Rejected, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			client := call.NewClient(c.roots)
			t.Cleanup(client.CloseIdleConnections)
			patience := time.Minute // of a machine that is busy with something else
			if c.code == "timeout" {
				patience = 300 * time.Millisecond
			}
			caller := call.New(call.Operation{System: "s", ID: "o", Limits: call.Limits{Try: patience, Total: patience}}, client, nil, nil)
			err := caller.Do(t.Context(), call.Request{Method: http.MethodPost, URL: c.url, Body: []byte("x"), Decode: decodeStatus})
			if fault.KindOf(err) != c.kind {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			if f := fault.Of(err); f != nil && (c.code != "" && f.Code != c.code || f.Uncertain != c.uncertain) {
				t.Errorf("got %+v, want %s uncertain %v", f, c.code, c.uncertain)
			}
		})
	}
}

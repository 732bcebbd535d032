package sms

import (
	"cmp"
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// OpSend is the one operation.
const OpSend = "send"

// PathSend is its path; POST.
const PathSend = "/broker-api/send"

// The credentials and the sender that the mock takes unless told otherwise. Made up.
const (
	Login      = "mock-login"
	Password   = "mock-sms-password"
	Originator = "3700"
)

// Received is the body of an acceptance: plain text, not JSON.
const Received = "Request is received"

// Options of the broker. The zero value means the documented default.
type Options struct {
	Addr            string // default 127.0.0.1:0
	Now             func() time.Time
	Log             *slog.Logger
	Login, Password string
	// ErrorKey is the spelling of error answers: "error-code" (default, with
	// "error-description") or "error_code" (with "error_description").
	ErrorKey string
	// MaxBatch is how many messages a request may hold; default 100 (the real
	// limit is not published).
	MaxBatch int
	// Reports says whether and how deliveries are reported.
	Reports Reports
	// Numbers are telephones that behave ill.
	Numbers inbox.Numbers
	// Inbox takes the messages; default one of its own. Gateways may share one.
	Inbox *inbox.Inbox
	// Seed is what chance is drawn from.
	Seed uint64
}

// Server is a running broker.
type Server struct {
	*serve.Server
	o        Options
	numbers  inbox.Directory
	reports  reports
	reporter *inbox.Reporter
}

// Start serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Login, o.Password = cmp.Or(o.Login, Login), cmp.Or(o.Password, Password)
	o.ErrorKey, o.MaxBatch = cmp.Or(o.ErrorKey, "error-code"), cmp.Or(o.MaxBatch, 100)
	if o.Inbox == nil {
		o.Inbox = inbox.New()
	}
	s := &Server{o: o}
	s.SetNumbers(o.Numbers)
	if err := s.SetReports(o.Reports); err != nil {
		return nil, err
	}
	s.reporter = inbox.StartReporter()
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathSend, s.send)
	mux.HandleFunc("GET /{$}", o.Inbox.Page)
	var err error
	s.Server, err = serve.Start(ctx, serve.Config{
		System: System, Addr: o.Addr, Now: o.Now, Log: o.Log, Seed: o.Seed, Operations: []string{OpSend},
		OperationOf: func(r *http.Request) string {
			if r.URL.Path == PathSend {
				return OpSend
			}
			return ""
		},
		Refuse: s.refuse, Handler: mux, Control: s.control(),
	})
	if err != nil {
		s.reporter.Close()
		return nil, err
	}
	return s, nil
}

// Close stops the server and gives up reports that are still to be made.
func (s *Server) Close() error {
	s.reporter.Close()
	return s.Server.Close()
}

// refuse answers for a status or throttle fault: a code of the provider comes
// with its body, otherwise there is none.
func (s *Server) refuse(w http.ResponseWriter, f chaos.Fault) {
	if f.Code == "" {
		w.WriteHeader(f.Status)
		return
	}
	s.fail(w, f.Status, problem{f.Code, "mock fault"})
}

func (s *Server) authorized(r *http.Request) bool {
	login, password, ok := r.BasicAuth()
	return ok && subtle.ConstantTimeCompare([]byte(login), []byte(s.o.Login)) == 1 &&
		subtle.ConstantTimeCompare([]byte(password), []byte(s.o.Password)) == 1
}

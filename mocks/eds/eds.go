package eds

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Operation ids, as faults, counts and calls name them.
const (
	OpChallenge      = "challenge"
	OpAuth           = "auth"
	OpVerifyAttached = "verify-attached"
	OpVerifyDetached = "verify-detached"
	OpTimestamp      = "timestamp"
	OpJoin           = "join"
	OpMakeAttached   = "make-attached"
	OpPing           = "ping"
	OpInfo           = "info"
)

// Paths of the operations.
const (
	PathPing           = "/ping"
	PathInfo           = "/info"
	PathChallenge      = "/frontend/challenge"
	PathAuth           = "/backend/auth"
	PathTimestamp      = "/frontend/timestamp/pkcs7"
	PathTimestampData  = "/frontend/timestamp/data" // 501: its body is published nowhere
	PathVerifyAttached = "/backend/pkcs7/verify/attached"
	PathVerifyDetached = "/backend/pkcs7/verify/detached"
	PathMakeAttached   = "/frontend/pkcs7/make-attached"
	PathJoin           = "/frontend/pkcs7/join"
)

var operations = map[string]string{
	PathPing: OpPing, PathInfo: OpInfo, PathChallenge: OpChallenge, PathAuth: OpAuth, PathTimestamp: OpTimestamp,
	PathVerifyAttached: OpVerifyAttached, PathVerifyDetached: OpVerifyDetached, PathMakeAttached: OpMakeAttached, PathJoin: OpJoin,
}

// Operations lists the operation ids.
func Operations() []string {
	return []string{OpChallenge, OpAuth, OpVerifyAttached, OpVerifyDetached, OpTimestamp, OpJoin, OpMakeAttached, OpPing, OpInfo}
}

// Version is what /info answers.
const Version = "2.1.1"

// Status codes; -20 differs between login and verification.
const (
	statusOK           = 1
	statusClock        = -5
	statusSignature    = -10
	statusCertificate  = -11
	statusDate         = -12
	statusNoChallenge  = -20 // of /backend/auth
	statusStamp        = -21
	statusStampCert    = -22
	statusStampExpired = -23
	statusFailed       = -99 // of endpoints that publish only "1 or not 1"
)

// Options of the server. The zero value means the documented default.
type Options struct {
	Addr       string // default 127.0.0.1:0
	Population *population.Population
	Now        func() time.Time // default time.Now
	Log        *slog.Logger
	// Zone is that of the printed times, which name none; default Asia/Tashkent.
	Zone *time.Location
	// ChallengeLife is how long a challenge can be answered; default 120 s.
	ChallengeLife time.Duration
	// ClockSkew is how far the signer's clock may be off at login; default 5 minutes.
	ClockSkew time.Duration
	// RevokedIsStatus makes verification answer status -11 for a revoked
	// certificate. By default it answers 1 and only revokedStatusInfo tells;
	// which of them the real server does is not public.
	RevokedIsStatus bool
}

// Server is a running E-IMZO-SERVER with the signing tools of its people.
type Server struct {
	*serve.Server
	o         Options
	trusted   *authority
	untrusted *authority

	mu         sync.Mutex
	challenges map[string]time.Time // until when
	revoked    map[string]time.Time // certificate serial, hex, to time of revocation
}

// Start makes the CA and serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = civil.Tashkent
	}
	o.ChallengeLife = cmp.Or(o.ChallengeLife, 120*time.Second)
	o.ClockSkew = cmp.Or(o.ClockSkew, 5*time.Minute)
	s := &Server{o: o, challenges: map[string]time.Time{}, revoked: map[string]time.Time{}}
	var err error
	if s.trusted, err = newAuthority(o.Population.Seed, "Mock", o.Population.ElectionDay); err != nil {
		return nil, err
	}
	if s.untrusted, err = newAuthority(o.Population.Seed, "Foreign", o.Population.ElectionDay); err != nil {
		return nil, err
	}
	for _, story := range population.Stories() {
		if p := o.Population.ByStory(story.Name); !p.Certificate.Revoked.IsZero() {
			if err := s.revoke(p, p.Certificate.Revoked.Start()); err != nil {
				return nil, err
			}
		}
	}
	s.Server, err = serve.Start(ctx, serve.Config{
		System: "eds", Addr: o.Addr, Now: o.Now, Log: o.Log, Operations: Operations(),
		OperationOf: func(r *http.Request) string { return operations[r.URL.Path] },
		Seed:        o.Population.Seed, Refuse: refuse, Handler: s.routes(), Control: s.control(),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for path, answer := range map[string]http.HandlerFunc{PathPing: s.ping, PathInfo: s.info, PathChallenge: s.challenge} {
		mux.HandleFunc(path, only(http.MethodGet, answer))
	}
	for path, answer := range map[string]func(http.ResponseWriter, [][]byte){
		PathAuth: s.auth, PathTimestamp: s.timestamp, PathVerifyAttached: s.verifyAttached, PathVerifyDetached: s.verifyDetached,
		PathMakeAttached: s.makeAttached, PathJoin: s.join,
	} {
		parts := 1
		switch path {
		case PathVerifyDetached, PathMakeAttached, PathJoin:
			parts = 2
		}
		mux.HandleFunc(path, only(http.MethodPost, raw(parts, answer)))
	}
	mux.HandleFunc(PathTimestampData, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotImplemented) })
	return mux
}

// only refuses other methods with a bare 405. At the challenge the real server
// then says nothing more: whoever reads the answer to its end waits for a
// time-out. So does this one, until the client goes.
func only(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method {
			next(w, r)
			return
		}
		w.Header()["Date"] = nil
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusMethodNotAllowed)
		if r.URL.Path == PathChallenge {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}
}

// refuse answers for a fault: with a status of its own this server sends no body.
func refuse(w http.ResponseWriter, f chaos.Fault) {
	if f.Kind == chaos.ErrorBody {
		failed(w, "mock fault")
		return
	}
	w.WriteHeader(f.Status)
}

func (s *Server) revoke(p *population.Person, at time.Time) error {
	h, err := s.trusted.of(p, false)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked[serialOf(h.cert)] = at
	return nil
}

// Revoke revokes the certificate of a story from now on.
func (s *Server) Revoke(story string) error {
	p, err := s.person(story)
	if err != nil {
		return err
	}
	return s.revoke(p, s.o.Now())
}

// Certificate tells a story's certificate: serial number (hex) and PINFL.
func (s *Server) Certificate(story string) (serial string, pinfl personal.PINFL, err error) {
	p, err := s.person(story)
	if err != nil {
		return "", "", err
	}
	h, err := s.trusted.of(p, false)
	if err != nil {
		return "", "", err
	}
	return serialOf(h.cert), p.PINFL, nil
}

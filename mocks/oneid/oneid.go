package oneid

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Operation ids, as faults, counts and calls name them.
const (
	OpAuthorize = "authorize"
	OpExchange  = "exchange"
	OpIdentify  = "identify"
	OpLogout    = "logout"
)

// Operations lists the operation ids.
func Operations() []string { return []string{OpAuthorize, OpExchange, OpIdentify, OpLogout} }

// Path of every operation, and PathLogin of the sign-in page.
const (
	Path      = "/sso/oauth/Authorization.do"
	PathLogin = "/login"
)

// Kinds of requests that POST takes, in grant_type.
const (
	grantCode     = "one_authorization_code"
	grantIdentify = "one_access_token_identify"
	grantLogout   = "one_log_out"
)

var grants = map[string]string{grantCode: OpExchange, grantIdentify: OpIdentify, grantLogout: OpLogout}

// The registration that the mock takes unless told otherwise. Made up.
const (
	ClientID     = "saylov-mock"
	ClientSecret = "mock-oneid-secret"
)

// Options of OneID. The zero value of a field means the documented default.
type Options struct {
	Addr       string // default 127.0.0.1:0
	Population *population.Population
	Now        func() time.Time // default time.Now
	Log        *slog.Logger

	ClientID     string // default ClientID
	ClientSecret string // default ClientSecret
	Scope        string // default the client id; user_info and legal_info are taken besides
	// Redirects are the registered return addresses, compared to the letter.
	// Empty: any absolute http or https address that holds neither a user nor a
	// fragment; localhost too, which the live service refuses.
	Redirects []string
	CodeLife  time.Duration // default 60 s; a code serves once
	TokenLife time.Duration // default 500000 s, the published sample's
	PerMinute int           // POSTs of the client in a minute, above which 429 is answered; default 300, negative: no limit
}

// Server is a running OneID.
type Server struct {
	*serve.Server
	o        Options
	sessions *sessions
	pace     *pace
}

// Start serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.ClientID = cmp.Or(o.ClientID, ClientID)
	o.ClientSecret = cmp.Or(o.ClientSecret, ClientSecret)
	o.Scope = cmp.Or(o.Scope, o.ClientID)
	o.CodeLife = cmp.Or(o.CodeLife, time.Minute)
	o.TokenLife = cmp.Or(o.TokenLife, 500000*time.Second)
	o.PerMinute = cmp.Or(o.PerMinute, 300)
	s := &Server{o: o, sessions: newSessions(o), pace: &pace{most: o.PerMinute, now: o.Now}}

	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, s.authorize)
	mux.HandleFunc("POST "+Path, s.back)
	mux.HandleFunc("GET "+PathLogin, s.loginPage)
	mux.HandleFunc("POST "+PathLogin, s.login)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { s.refuse(w, http.StatusNotFound, noPath) })

	var err error
	s.Server, err = serve.Start(ctx, serve.Config{
		System: "oneid", Addr: o.Addr, Now: o.Now, Log: o.Log, Operations: Operations(), OperationOf: operationOf,
		Seed: o.Population.Seed, Refuse: s.refuseByFault, Expire: s.ExpireTokens, Handler: mux, Control: s.control(),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Address is the one address that a client is configured with.
func (s *Server) Address() string { return s.URL() + Path }

// longestForm bounds a request of a client.
const longestForm = 64 << 10

// operationOf reads the operation from the request, whose body it puts back.
func operationOf(r *http.Request) string {
	switch {
	case r.URL.Path != Path:
		return ""
	case r.Method == http.MethodGet:
		return OpAuthorize
	case r.Method != http.MethodPost:
		return ""
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, longestForm))
	rest := r.Body
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), rest), rest}
	if err != nil {
		return ""
	}
	form, err := url.ParseQuery(string(head))
	if err != nil {
		return ""
	}
	return grants[form.Get("grant_type")]
}

// refuse writes a refusal as the live service does.
func (s *Server) refuse(w http.ResponseWriter, status int, word string) {
	serve.JSON(w, status, struct {
		Status    int    `json:"status"`
		Message   string `json:"message"`
		Path      string `json:"path"`
		Error     string `json:"error"`
		Timestamp int64  `json:"timestamp"` // epoch ms
	}{status, cmp.Or(refusals[word], "Exception"), Path, word, s.o.Now().UnixMilli()})
}

// refuseByFault answers for a status, throttle or error-body fault. With status
// 200 and no word, what concerns a token is refused by ret_cd.
func (s *Server) refuseByFault(w http.ResponseWriter, f chaos.Fault) {
	if f.Status == http.StatusOK && f.Code == "" && (f.Operation == OpIdentify || f.Operation == OpLogout) {
		serve.JSON(w, f.Status, map[string]string{"ret_cd": refusedToken})
		return
	}
	s.refuse(w, f.Status, cmp.Or(f.Code, wordOf(f.Status)))
}

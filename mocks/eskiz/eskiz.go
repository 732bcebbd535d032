package eskiz

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/saylovhub/hub/mocks/chaos"
	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// System is the gateway's name in messages, logs and a shared inbox.
const System = "eskiz"

// Operation ids, as faults, counts and calls name them.
const (
	OpLogin   = "login"
	OpRefresh = "refresh"
	OpSend    = "send"
	OpBatch   = "send-batch"
	OpStatus  = "status"
	OpList    = "list"
	OpAccount = "account"
	OpLimit   = "limit"
)

// Operations lists the operation ids.
func Operations() []string {
	return []string{OpLogin, OpRefresh, OpSend, OpBatch, OpStatus, OpList, OpAccount, OpLimit}
}

// Paths of the operations.
const (
	PathLogin   = "/api/auth/login"                    // POST
	PathRefresh = "/api/auth/refresh"                  // PATCH
	PathAccount = "/api/auth/user"                     // GET
	PathLimit   = "/api/user/get-limit"                // GET
	PathSend    = "/api/message/sms/send"              // POST
	PathBatch   = "/api/message/sms/send-batch"        // POST
	PathStatus  = "/api/message/sms/status_by_id/"     // GET, the id follows
	PathList    = "/api/message/sms/get-user-messages" // POST
)

// The credentials and the sender that the mock takes unless told otherwise. Made up.
const (
	Email    = "mock@eskiz.example"
	Password = "mock-eskiz-password"
	From     = "4546"
)

// Forms of refusals.
const (
	FormHTTP = ""     // the HTTP status tells
	FormBody = "body" // 200 with status "error" and status_code
)

// TestTexts are what a test account may send.
func TestTexts() []string {
	return []string{"Это тест от Eskiz", "Bu Eskiz dan test", "This is test from Eskiz"}
}

// Options of the gateway. The zero value means the documented default.
type Options struct {
	Addr                  string // default 127.0.0.1:0
	Now                   func() time.Time
	Log                   *slog.Logger
	Email, Password, From string
	TokenLife             time.Duration // default 30 days
	TestAccount           bool          // only TestTexts are taken
	// Templates are the moderated texts, * standing for anything; default every text.
	Templates []string
	ErrorForm string        // FormHTTP or FormBody
	Balance   int64         // so'm at the start; default 1,000,000
	ListLag   time.Duration // how long after its acceptance a message is not yet known to status and list
	Reports   inbox.Reports // of every message that names a callback; default one DELIVRD
	Numbers   inbox.Numbers // telephones that behave ill
	// Inbox takes the messages; default one of its own. Gateways may share one.
	Inbox *inbox.Inbox
	Seed  uint64 // what chance is drawn from
}

// Server is a running gateway.
type Server struct {
	*serve.Server
	o        Options
	tokens   *tokens
	numbers  inbox.Directory
	reporter *inbox.Reporter

	mu      sync.Mutex
	how     inbox.Reports
	balance int64
	sent    []*sms
}

// Start serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Inbox == nil {
		o.Inbox = inbox.New()
	}
	if !slices.Contains([]string{FormHTTP, FormBody}, o.ErrorForm) {
		return nil, errors.New("mock eskiz: unknown form of refusals")
	}
	o.Email, o.Password, o.From = cmp.Or(o.Email, Email), cmp.Or(o.Password, Password), cmp.Or(o.From, From)
	o.TokenLife, o.Balance = cmp.Or(o.TokenLife, 30*24*time.Hour), cmp.Or(o.Balance, 1_000_000)
	s := &Server{o: o, tokens: newTokens(o), balance: o.Balance}
	s.SetReports(o.Reports)
	s.SetNumbers(o.Numbers)
	s.reporter = inbox.StartReporter()
	var err error
	s.Server, err = serve.Start(ctx, serve.Config{
		System: System, Addr: o.Addr, Now: o.Now, Log: o.Log, Seed: o.Seed, Operations: Operations(), OperationOf: operationOf,
		Refuse: s.refuseByFault, Expire: s.ExpireTokens, Handler: s.routes(), Control: s.control(),
	})
	if err != nil {
		s.reporter.Close()
		return nil, err
	}
	return s, nil
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathLogin, s.login)
	mux.HandleFunc("GET /{$}", s.o.Inbox.Page)
	for route, answer := range map[string]http.HandlerFunc{
		"PATCH " + PathRefresh: s.refresh, "GET " + PathAccount: s.account, "GET " + PathLimit: s.limit, "POST " + PathSend: s.send,
		"POST " + PathBatch: s.batch, "GET " + PathStatus + "{id}": s.status, "POST " + PathList: s.list,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			if !s.tokens.valid(bearer(r)) {
				s.refuse(w, http.StatusUnauthorized, deadToken)
				return
			}
			answer(w, r)
		})
	}
	return mux
}

func operationOf(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, PathStatus) {
		return OpStatus
	}
	return map[string]string{
		PathLogin: OpLogin, PathRefresh: OpRefresh, PathAccount: OpAccount, PathLimit: OpLimit, PathSend: OpSend, PathBatch: OpBatch, PathList: OpList,
	}[r.URL.Path]
}

// Close stops the server and gives up reports that are still to be made.
func (s *Server) Close() error {
	s.reporter.Close()
	return s.Server.Close()
}

// refuseByFault answers for a status, throttle or error-body fault: the code
// stands for the HTTP status in the body's status_code.
func (s *Server) refuseByFault(w http.ResponseWriter, f chaos.Fault) {
	out := map[string]any{"status": "error", "message": "mock fault"}
	if code, err := strconv.Atoi(f.Code); err == nil {
		out["status_code"] = code
	}
	serve.JSON(w, f.Status, out)
}

// Inbox returns every message that this gateway accepted, oldest first.
func (s *Server) Inbox() []inbox.Message { return s.o.Inbox.List(System) }

// WaitInbox blocks until the inbox holds n messages or the context ends.
func (s *Server) WaitInbox(ctx context.Context, n int) ([]inbox.Message, error) {
	return s.o.Inbox.Wait(ctx, System, n)
}

// SetNumbers changes which telephones behave ill from now on.
func (s *Server) SetNumbers(n inbox.Numbers) { s.numbers.Set(n) }

// SetReports changes how deliveries are reported from the next message on.
func (s *Server) SetReports(r inbox.Reports) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how = r.WithDefaults("DELIVRD")
}

package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/saylovhub/hub/contracts"
	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/internal/operate"
	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/verify"
	"github.com/saylovhub/hub/pipelines/autofill"
	"github.com/saylovhub/hub/pipelines/decision"
	"github.com/saylovhub/hub/pipelines/intake"
	"github.com/saylovhub/hub/pipelines/issuing"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/webhook"
	"github.com/saylovhub/hub/templates"
)

// Bucket reads issued documents.
type Bucket interface {
	Get(ctx context.Context, name string) ([]byte, error)
}

// Deps are what the API stands on.
type Deps struct {
	Store     *store.Store
	Catalogue *catalogue.Catalogue
	Intake    *intake.Intake
	Decisions *decision.Decisions
	Issuing   *issuing.Issuing
	Autofill  *autofill.Filler
	Bucket    Bucket
	Codes     issuing.Codes
	Verify    Verification
	Notices   *notice.Notices
	Webhooks  *webhook.Hooks
	Login     *login.Login
	Callbacks Callbacks
	Desk      *operate.Desk
	Fleet     Fleet
	Events    Streams
	Reconcile *reconcile.Maker
	Templates *templates.Set // what documents there are; nil: none are told of
	Previews  Previews       // nil: no previews are made here
	Papers    Papers         // prints dossiers; nil: none are printed here
	Metrics   http.Handler
	Ready     func(context.Context) error
	Crowded   func() error // a fault with a time to come again when no more prints may wait; nil: never
	Log       *slog.Logger
	Now       func() time.Time
	MaxBody   int64  // bytes of a request; default 32 MiB
	AdminHash string // hash of the administrator key's secret; its id is "admin"
}

// handler serves one operation. It returns a status and a body to be written as
// JSON; a nil body with status zero means that it wrote the answer itself.
type handler func(w http.ResponseWriter, r *request) (status int, body any, err error)

type server struct {
	Deps
	spec    *openapi3.T
	readers readers
	press   *verify.Press
}

// New returns the API's handler. It fails when the contract and the code name
// different operations.
func New(d Deps) (http.Handler, error) {
	if d.MaxBody == 0 {
		d.MaxBody = 32 << 20
	}
	spec, err := openapi3.NewLoader().LoadFromData(contracts.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("reading the API's contract: %w", err)
	}
	if err := spec.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("the API's contract: %w", err)
	}
	s := &server{Deps: d, spec: spec, readers: readers{bounds: d.Events.defaults(), ending: make(chan struct{})}}
	if s.press = d.Verify.Revocations; s.press == nil {
		s.press = &verify.Press{Codes: d.Codes, Ends: d.Store, Now: d.Now}
	}
	handlers := map[string]handler{
		"submitApplication":   s.submitApplication,
		"submitBatch":         s.submitBatch,
		"returnApplication":   s.returnApplication,
		"reviewApplication":   s.reviewApplication,
		"withdrawApplication": s.withdrawApplication,
		"amendSubject":        s.amendSubject,
		"listApplications":    s.listApplications,
		"getApplication":      s.getApplication,
		"getDossier":          s.getDossier,
		"getAttachment":       s.getAttachment,
		"confirmPaper":        s.confirmPaper,
		"submitDecision":      s.submitDecision,
		"draftDecision":       s.draftDecision,
		"getDraft":            s.getDraft,
		"issueDocument":       s.issueDocument,
		"issueBatch":          s.issueBatch,
		"listDocuments":       s.listDocuments,
		"getDocument":         s.getDocument,
		"getPassport":         s.getPassport,
		"revokeDocument":      s.revokeDocument,
		"annulDocument":       s.annulDocument,
		"duplicateDocument":   s.duplicateDocument,
		"correctDocument":     s.correctDocument,
		"autofill":            s.autofill,
		"importDirectory":     s.importDirectory,
		"listDirectory":       s.listDirectory,
		"createKey":           s.createKey,
		"listFailures":        s.listFailures,
		"getFailure":          s.getFailure,
		"replayFailures":      s.replayFailures,
		"listConnectors":      s.listConnectors,
		"pauseConnector":      s.pauseConnector,
		"resumeConnector":     s.resumeConnector,
		"probeConnectors":     s.probeConnectors,
		"listProcesses":       s.listProcesses,
		"listExchanges":       s.listExchanges,
		"revealExchange":      s.revealExchange,
		"verifyCode":          s.verifyCode,
		"verifyDocument":      s.verifyCode,
		"revocations":         s.revocations,
		"verificationKey":     s.verificationKey,
		"streamEvents":        s.streamEvents,
		"reconcile":           s.reconcile,
		"getNotice":           s.getNotice,
		"settleNotice":        s.settleNotice,
		"createMailing":       s.createMailing,
		"listMailings":        s.listMailings,
		"getMailing":          s.getMailing,
		"steerMailing":        s.steerMailing,
		"createWebhook":       s.createWebhook,
		"listWebhooks":        s.listWebhooks,
		"getWebhook":          s.getWebhook,
		"removeWebhook":       s.removeWebhook,
		"steerWebhook":        s.steerWebhook,
		"listDeliveries":      s.listDeliveries,
		"smsReport":           s.smsReport,
		"smsReportStatus":     s.smsReport,
		"requestLoginCode":    s.requestLoginCode,
		"verifyLoginCode":     s.verifyLoginCode,
		"listTypes":           s.listTypes,
		"getType":             s.getType,
		"listNoticeKinds":     s.listNoticeKinds,
		"listReasons":         s.listReasons,
		"getCalendar":         s.getCalendar,
		"listTemplates":       s.listTemplates,
		"getTemplate":         s.getTemplate,
		"previewTemplate":     s.previewTemplate,
		"previewData":         s.previewTemplate,
		"alive":               s.alive,
		"ready":               s.ready,
		"metrics":             s.metrics,
	}
	mux := http.NewServeMux()
	for address, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			h, ok := handlers[op.OperationID]
			if !ok {
				return nil, fmt.Errorf("the contract's operation %q has no handler", op.OperationID)
			}
			delete(handlers, op.OperationID)
			mux.Handle(method+" "+address, s.operation(address, item, method, op, h))
		}
	}
	if len(handlers) > 0 {
		return nil, fmt.Errorf("handlers that the contract does not know: %v", handlers)
	}
	mux.HandleFunc("/", s.noRoute)
	return s.guard(mux), nil
}

// guard keeps a handler's panic from tearing the connection without an answer,
// and sets what every answer carries.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // the server's own way to break a connection
			}
			if p != nil {
				s.Log.ErrorContext(r.Context(), "panic in a handler", "method", r.Method, "panic", fmt.Sprintf("%T", p))
				s.problem(w, r, internalProblem())
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
			// The mux would redirect, with a page; a program wants a problem.
			s.noRoute(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) noRoute(w http.ResponseWriter, r *http.Request) {
	// The mux answers a known path with another method by itself only when no
	// pattern "/" exists; so the allowed methods are looked up here.
	methods := map[string]bool{}
	for address, item := range s.spec.Paths.Map() {
		if samePath(address, r.URL.Path) {
			for method := range item.Operations() {
				methods[method] = true
			}
		}
	}
	if allowed := slices.Sorted(maps.Keys(methods)); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.problem(w, r, Problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Title: "This address knows other methods", Detail: "want " + strings.Join(allowed, " or ")})
		return
	}
	s.problem(w, r, noSuchAddress)
}

var noSuchAddress = Problem{Status: http.StatusNotFound, Code: "no_such_address", Title: "No such address", Detail: "see the API's contract"}

func samePath(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && (b[i] == "" || !strings.HasPrefix(a[i], "{")) {
			return false
		}
	}
	return true
}

func (s *server) alive(w http.ResponseWriter, _ *request) (int, any, error) {
	_, err := w.Write([]byte("alive\n"))
	return 0, nil, err
}

func (s *server) ready(w http.ResponseWriter, r *request) (int, any, error) {
	if err := s.Ready(r.Context()); err != nil {
		s.Log.WarnContext(r.Context(), "not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return 0, nil, nil
	}
	_, err := w.Write([]byte("ready\n"))
	return 0, nil, err
}

func (s *server) metrics(w http.ResponseWriter, r *request) (int, any, error) {
	s.Metrics.ServeHTTP(w, r.Request)
	return 0, nil, nil
}

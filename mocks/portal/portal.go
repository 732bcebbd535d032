package portal

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
	"github.com/saylovhub/hub/mocks/serve"
)

// Operation ids, as faults, counts and calls name them.
const (
	OpToken      = "token"
	OpPersonal   = "personal-data.docrest"
	OpAddress    = "registered-address.pin"
	OpEmployment = "employment.history"
	OpEducation  = "education.diploma"
	OpSearch     = "criminal-record.search"
	OpCheck      = "criminal-record.check"
	OpDisability = "disability.passport"
	OpCapacity   = "legal-capacity.check"
	OpBirthDoc   = "disability.birthdoc"
	OpEmployedAt = "employed-at.status"
	OpSchool     = "school-certificate.pinfl"
	OpLyceum     = "lyceum-certificate.pinfl"
)

// Paths of the operations. All take POST.
const (
	PathToken      = "/oauth2/token"
	PathPersonal   = "/gcp/docrest/v1"
	PathAddress    = "/mvd/services/address/info/pin/v1"
	PathEmployment = "/labour/service/citizenhistory/v1"
	PathEducation  = "/minvuz/services/diploma/v2"
	PathSearch     = "/convictions/search/v2"
	PathCheck      = "/conviction/check/v2"
	PathDisability = "/minzdrav/vtek/v4/passport"
	PathCapacity   = "/sud/services/legal-capacity/v1"
	PathBirthDoc   = "/minzdrav/vtek/v4/birthdoc"
	PathEmployedAt = "/labour/service/citizen/status/v1"
	PathSchool     = "/xtv/e-shahodatnoma/pinfl/v1"
	PathLyceum     = "/minvuz/lyceumgraduate/v1"
)

var operations = map[string]string{
	PathToken: OpToken, PathPersonal: OpPersonal, PathAddress: OpAddress, PathEmployment: OpEmployment,
	PathEducation: OpEducation, PathSearch: OpSearch, PathCheck: OpCheck, PathDisability: OpDisability, PathCapacity: OpCapacity,
	PathBirthDoc: OpBirthDoc, PathEmployedAt: OpEmployedAt, PathSchool: OpSchool, PathLyceum: OpLyceum,
}

// Operations lists the operation ids.
func Operations() []string {
	return []string{
		OpToken, OpPersonal, OpAddress, OpEmployment, OpEducation, OpSearch, OpCheck, OpDisability, OpBirthDoc, OpCapacity,
		OpEmployedAt, OpSchool, OpLyceum,
	}
}

// The credentials that the mock takes unless told otherwise. Made up.
const (
	ConsumerKey    = "mock-consumer-key"
	ConsumerSecret = "mock-consumer-secret"
	Username       = "mock-user"
	Password       = "mock-password"
	// Organisation is the code that the criminal record service issues to a consumer.
	Organisation = "099901"
)

// Credentials of one consumer of the gateway. Empty fields take the constants,
// in Options.Sets with "-" and the set's name behind (but for Organisation).
type Credentials struct {
	ConsumerKey, ConsumerSecret, Username, Password string
	Organisation                                    string // organization_id of the criminal record service
	// Operations the consumer is subscribed to; nil means all. Any other answers
	// 403 with 900908.
	Operations []string
}

// Forms of the success flag of personal data.
const (
	ResultMixed  = ""       // a number for some people, a string for others
	ResultInt    = "int"    // always a number
	ResultString = "string" // always a string
)

// Forms of "no diploma": the true one is unknown.
const (
	AbsentArray = ""    // 200 and an empty array
	Absent404   = "404" // 404 by the service behind the gateway
	Absent204   = "204" // 204 without a body
)

// Options of the portal. The zero value means the documented default.
type Options struct {
	Addr        string // default 127.0.0.1:0
	Population  *population.Population
	Now         func() time.Time // default time.Now
	Log         *slog.Logger
	Credentials Credentials
	// Sets are further consumers by name, each with a token of its own.
	Sets map[string]Credentials

	TokenLife time.Duration // default one hour
	// PendingPolls is how many checks of a criminal record answer "still in
	// work": default 1, negative none.
	PendingPolls int
	// PendingFor is how long a criminal record takes besides; default 0.
	PendingFor time.Duration
	DataKey    string // key of the list in personal data: "data" (default) or "Data"
	ResultForm string // ResultMixed, ResultInt or ResultString
	// DiplomaAbsent is the form of "no diploma".
	DiplomaAbsent string
	// NoCyrillic leaves the *cyr and eng* keys out, as some answers do.
	NoCyrillic bool
}

// Server is a running portal.
type Server struct {
	*serve.Server
	o         Options
	consumers []*consumer // the default one first
	queries   *queries
}

// Start serves until Close.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.TokenLife = cmp.Or(o.TokenLife, time.Hour)
	o.PendingPolls = cmp.Or(o.PendingPolls, 1)
	o.DataKey = cmp.Or(o.DataKey, "data")
	s := &Server{o: o, consumers: consumersOf(o), queries: newQueries(o)}

	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PathToken, s.token)
	for path, answer := range map[string]func(http.ResponseWriter, fields){
		PathPersonal: s.personal, PathAddress: s.address, PathEmployment: s.employment, PathEducation: s.education,
		PathSearch: s.search, PathCheck: s.check, PathDisability: s.disability, PathCapacity: s.capacity,
		PathBirthDoc: s.birthDoc, PathEmployedAt: s.employedAt, PathSchool: s.school, PathLyceum: s.lyceum,
	} {
		mux.HandleFunc("POST "+path, s.gateway(operations[path], answer))
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusMethodNotAllowed, "405", formFlat)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "404", formFlat) })

	var err error
	s.Server, err = serve.Start(ctx, serve.Config{
		System: "portal", Addr: o.Addr, Now: o.Now, Log: o.Log, Operations: Operations(),
		OperationOf: func(r *http.Request) string { return operations[r.URL.Path] },
		Describe:    describe, Expire: func() { s.ExpireTokens() }, Seed: o.Population.Seed, Refuse: refuseByFault, Handler: mux, Control: s.control(),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// describe reads from a body what the journal keeps: each service has names of
// its own for the same things.
func describe(call *serve.Call, body []byte) {
	if call.Operation == OpToken {
		return
	}
	var f fields
	if json.Unmarshal(body, &f) != nil {
		return
	}
	call.Transaction = cmp.Or(f.text("transaction_id"), f.text("request_id"), f.text("id_query"))
	call.Subject = personal.PINFL(cmp.Or(f.text("pinpp"), f.text("pinfl")))
	call.Sender = personal.PINFL(f.text("sender_pinfl"))
	switch call.Operation {
	case OpEmployment, OpEmployedAt:
		call.Subject = personal.PINFL(f.text("pin"))
	case OpDisability, OpBirthDoc:
		call.Sender = personal.PINFL(f.text("pin"))
	}
}

package serve

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/chaos"
)

// maxOrder bounds an order of faults. Other control bodies may hold documents.
const maxOrder = 1 << 20

// Elsewhere is the operation that calls are journalled under which followed a
// redirect to the mock's own PathElsewhere.
const (
	Elsewhere     = "elsewhere"
	PathElsewhere = "/_mock/elsewhere"
)

func (s *Server) routeControl() {
	s.control.HandleFunc("GET /_mock/faults", func(w http.ResponseWriter, _ *http.Request) {
		JSON(w, http.StatusOK, s.Faults())
	})
	s.control.Handle("POST /_mock/faults", sameOrigin(s.order))
	s.control.Handle("DELETE /_mock/faults", sameOrigin(func(w http.ResponseWriter, r *http.Request) {
		s.Heal(r.URL.Query().Get("operation"))
		JSON(w, http.StatusOK, s.Faults())
	}))
	s.control.HandleFunc("GET /_mock/calls", func(w http.ResponseWriter, _ *http.Request) {
		JSON(w, http.StatusOK, s.Counts())
	})
	s.control.HandleFunc("DELETE /_mock/calls", func(w http.ResponseWriter, _ *http.Request) {
		s.ResetCalls()
		w.WriteHeader(http.StatusNoContent)
	})
	s.control.HandleFunc("GET /_mock/{$}", s.overview)
	s.control.Handle("POST /_mock/heal", sameOrigin(s.heal))
}

// sameOrigin keeps pages of other sites from using the reader's browser; what is
// no browser passes.
func sameOrigin(next http.HandlerFunc) http.Handler {
	return http.NewCrossOriginProtection().Handler(next)
}

func (s *Server) order(w http.ResponseWriter, r *http.Request) {
	faults, err := chaos.Read(http.MaxBytesReader(w, r.Body, maxOrder))
	if err == nil {
		err = s.Fault(faults...)
	}
	if err != nil {
		JSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	JSON(w, http.StatusCreated, s.Faults())
}

// heal is the page's button: the fault of the number, all without one.
func (s *Server) heal(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxOrder)
	number, err := strconv.Atoi(r.PostFormValue("number"))
	switch {
	case r.PostForm.Get("number") == "":
		s.Heal(chaos.All)
	case err != nil:
		http.Error(w, "number must be that of a fault", http.StatusBadRequest)
		return
	default:
		s.faults.HealNumber(number)
	}
	http.Redirect(w, r, "/_mock/", http.StatusSeeOther)
}

//go:embed overview.html
var overviewHTML string

var overviewPage = template.Must(template.New("overview").Parse(overviewHTML))

type overviewFault struct {
	chaos.State
	Order string // as JSON
}

type overviewData struct {
	System, URL string
	Now         time.Time
	Operations  []string
	Counts      map[string]int
	Faults      []overviewFault
	Kinds       []chaos.Kind
}

func (s *Server) overview(w http.ResponseWriter, r *http.Request) {
	d := overviewData{
		System: s.c.System, URL: s.url, Now: s.now(), Operations: slices.Clone(s.c.Operations), Counts: s.Counts(), Kinds: chaos.Kinds(),
	}
	for op := range d.Counts {
		if !slices.Contains(d.Operations, op) {
			d.Operations = append(d.Operations, op)
		}
	}
	slices.Sort(d.Operations[len(s.c.Operations):])
	for _, state := range s.faults.States() {
		order, err := json.Marshal(state.Fault)
		if err != nil {
			http.Error(w, "a fault cannot be printed", http.StatusInternalServerError)
			return
		}
		d.Faults = append(d.Faults, overviewFault{state, string(order)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := overviewPage.Execute(w, d); err != nil {
		s.c.Log.ErrorContext(r.Context(), "writing the overview page", "system", s.c.System, "error", err)
	}
}

// elsewhere is where redirects lead: it journals what came, so that a test sees
// which credentials followed.
func (s *Server) elsewhere(w http.ResponseWriter, r *http.Request) {
	s.journal.add(Call{
		Operation: Elsewhere, At: s.now(), Host: r.Host, RealIP: r.Header.Get("X-Real-IP"),
		Authorization: personal.Secret(r.Header.Get("Authorization")),
	})
	write(w, http.StatusOK, "text/html; charset=utf-8", webPage)
}

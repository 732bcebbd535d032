package eskiz

import (
	"encoding/json"
	"net/http"

	"github.com/saylovhub/hub/mocks/inbox"
	"github.com/saylovhub/hub/mocks/serve"
)

// control answers GET and DELETE /_mock/inbox, GET and PUT /_mock/numbers, GET
// and PUT /_mock/reports, and DELETE /_mock/tokens.
func (s *Server) control() *http.ServeMux {
	mux := http.NewServeMux()
	s.o.Inbox.Control(mux)
	s.numbers.Control(mux)
	mux.HandleFunc("GET /_mock/reports", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		how := s.how
		s.mu.Unlock()
		serve.JSON(w, http.StatusOK, how)
	})
	mux.HandleFunc("PUT /_mock/reports", func(w http.ResponseWriter, r *http.Request) {
		var how inbox.Reports
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&how)
		if err != nil || how.Delay < 0 || how.Jitter < 0 {
			serve.JSON(w, http.StatusBadRequest, map[string]string{
				"error": `want {"words": [...], "delay_ms": n, "jitter_ms": n, "twice": bool, "out_of_order": bool, "repeat_ms": n, "attempts": n}`,
			})
			return
		}
		s.SetReports(how)
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /_mock/tokens", func(w http.ResponseWriter, _ *http.Request) {
		s.ExpireTokens()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

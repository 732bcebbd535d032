package inbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/serve"
)

// Numbers are telephones that behave ill.
type Numbers struct {
	// Refused: the gateway does not take messages to them; the code that it
	// refuses with, its own default when empty.
	Refused map[personal.Phone]string `json:"refused"`
	// Undelivered: messages are taken, but this word ends their reports; the
	// gateway's own default when empty.
	Undelivered map[personal.Phone]string `json:"undelivered"`
}

// Directory keeps the numbers of one gateway. The zero value is ready; it is
// safe for concurrent use.
type Directory struct {
	mu sync.Mutex
	n  Numbers
}

// Set replaces all numbers.
func (d *Directory) Set(n Numbers) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n = Numbers{maps.Clone(n.Refused), maps.Clone(n.Undelivered)}
}

// Get returns a copy.
func (d *Directory) Get() Numbers {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Numbers{maps.Clone(d.n.Refused), maps.Clone(d.n.Undelivered)}
}

// Refused reports whether a number is refused, and with which code.
func (d *Directory) Refused(p personal.Phone) (code string, yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	code, yes = d.n.Refused[p]
	return code, yes
}

// Undelivered reports whether a number is never reached, and the word for it.
func (d *Directory) Undelivered(p personal.Phone) (word string, yes bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	word, yes = d.n.Undelivered[p]
	return word, yes
}

// Control answers GET and PUT /_mock/numbers with {"refused": {NUMBER: CODE},
// "undelivered": {NUMBER: WORD}}.
func (d *Directory) Control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_mock/numbers", func(w http.ResponseWriter, _ *http.Request) {
		serve.JSON(w, http.StatusOK, d.Get())
	})
	mux.HandleFunc("PUT /_mock/numbers", func(w http.ResponseWriter, r *http.Request) {
		var n Numbers
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&n); err != nil {
			serve.JSON(w, http.StatusBadRequest, map[string]string{"error": `want {"refused": {number: code}, "undelivered": {number: word}}`})
			return
		}
		d.Set(n)
		serve.JSON(w, http.StatusOK, d.Get())
	})
}

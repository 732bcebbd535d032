package inbox

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"

	"github.com/saylovhub/hub/mocks/serve"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("inbox").Parse(pageText))

// row is a message whose recipient prints clear: the inbox stands for a telephone.
type row struct {
	Message
	To string
}

// Page shows the messages of all gateways, newest first.
func (b *Inbox) Page(w http.ResponseWriter, _ *http.Request) {
	var rows []row
	for _, m := range slices.Backward(b.List("")) {
		rows = append(rows, row{m, string(m.Recipient)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, rows) // the reader may be gone
}

// Control answers GET and DELETE /_mock/inbox: the messages of all gateways that
// share the inbox, or with ?system=NAME of one.
func (b *Inbox) Control(mux *http.ServeMux) {
	mux.HandleFunc("GET /_mock/inbox", func(w http.ResponseWriter, r *http.Request) {
		serve.JSON(w, http.StatusOK, b.List(r.URL.Query().Get("system")))
	})
	mux.HandleFunc("DELETE /_mock/inbox", func(w http.ResponseWriter, r *http.Request) {
		b.Clear(r.URL.Query().Get("system"))
		w.WriteHeader(http.StatusNoContent)
	})
}

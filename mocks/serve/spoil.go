package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/mocks/chaos"
)

func malformed(w http.ResponseWriter, status int) {
	write(w, status, "application/json", `{"result":1,"data":[{"transaction_id":`)
}

// wrongTypes answers with every value of another type. What is not JSON cannot
// be spoilt this way and comes malformed.
func (s *Server) wrongTypes(w http.ResponseWriter, r *http.Request) {
	body, status := s.record(w, r)
	w.Header().Del("Content-Length")
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if !json.Valid(body) || d.Decode(&v) != nil {
		malformed(w, status)
		return
	}
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(retype(v)) // the client may be gone
}

// retype changes the types below a value: numbers and booleans become texts,
// texts of digits numbers, other texts objects, lists objects keyed by position.
// Names of fields stay, and null, which has no other type.
func retype(v any) any {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case string:
		if n := json.Number(v); v != "" && strings.Trim(v, "0123456789") == "" && json.Valid([]byte(v)) {
			return n
		}
		return map[string]any{"value": v}
	case []any:
		out := map[string]any{}
		for i, item := range v {
			out[strconv.Itoa(i)] = retype(item)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, item := range v {
			out[name] = retype(item)
		}
		return out
	}
	return v
}

// huge sends about f.Size bytes of JSON, true to the last brace, for as long as
// somebody reads them.
func huge(w http.ResponseWriter, r *http.Request, f chaos.Fault) {
	const head, tail = `{"result":1,"data":[""`, `]}`
	row := `,"` + strings.Repeat("0123456789abcdef", 2048) + `"`
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.Status)
	left := f.Size - int64(len(head)+len(tail))
	_, err := io.WriteString(w, head)
	for ; left > 0 && err == nil && r.Context().Err() == nil; left -= int64(len(row)) {
		_, err = io.WriteString(w, row)
	}
	if err == nil {
		_, _ = io.WriteString(w, tail)
	}
}

// deep sends valid JSON nested f.Size deep.
func deep(w http.ResponseWriter, f chaos.Fault) {
	lists := max(0, int(f.Size)-1)
	write(w, f.Status, "application/json", `{"data":`+strings.Repeat("[", lists)+"0"+strings.Repeat("]", lists)+"}")
}

package portal

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/mocks/population"
)

// fields is a request's JSON object. Clients write numbers as strings and the
// other way round; the services take both.
type fields map[string]any

// UnmarshalJSON keeps numbers as they were written.
func (f *fields) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		return err
	}
	*f = m
	return nil
}

// text is a string or number as text; empty when it is missing or something else.
func (f fields) text(key string) string {
	switch v := f[key].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// number is an integer, written as a number or a string.
func (f fields) number(key string) (int64, bool) {
	n, err := strconv.ParseInt(f.text(key), 10, 64)
	return n, err == nil
}

// is reports whether the field has one of the spellings; true stands for JSON true.
func (f fields) is(key string, spellings ...any) bool {
	return slices.Contains(spellings, f[key])
}

// missing names the first of the keys that is absent or empty; empty when none.
func (f fields) missing(keys ...string) string {
	for _, k := range keys {
		if f.text(k) == "" {
			return k
		}
	}
	return ""
}

// person finds whom the three look-up fields mean, each of them optional; nil
// when they contradict each other or name nobody.
func (s *Server) person(pinfl, document, born string) *population.Person {
	var date civil.Date
	if born != "" {
		d, err := civil.Parse(born)
		if err != nil {
			return nil
		}
		date = d
	}
	if pinfl == "" {
		return s.o.Population.ByDocument(personal.Document(document), date)
	}
	p := s.o.Population.ByPINFL(personal.PINFL(pinfl))
	switch {
	case p == nil, document != "" && !p.Holds(personal.Document(document)), born != "" && p.BirthDate != date:
		return nil
	}
	return p
}

// subject finds the person whose PINFL stands in the field: nil for nobody.
// Without 14 digits there the request is refused, and ok is false.
func (s *Server) subject(w http.ResponseWriter, f fields, key string) (p *population.Person, ok bool) {
	pinfl := f.text(key)
	if !fourteen(pinfl) {
		badRequest(w, "field "+key+" is required")
		return nil, false
	}
	return s.person(pinfl, "", ""), true
}

func fourteen(s string) bool { return len(s) == 14 && strings.Trim(s, "0123456789") == "" }

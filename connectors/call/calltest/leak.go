package calltest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/fault"
)

// leaks says which secrets, or words of the other side, are told by an error or
// an exchange, however it is printed or logged.
func (s Subject) leaks(got seen) []string {
	texts := map[string]string{}
	add := func(name string, v any) {
		texts[name+" in print"] = fmt.Sprintf("%v\n%+v\n%#v\n%s", v, v, v, v)
		texts[name+" in a log"] = logged(v)
	}
	if got.err != nil {
		add("the error", got.err)
		if f, ok := errors.AsType[*fault.Fault](got.err); ok {
			add("the fault", *f)
			for err := f.Err; err != nil; err = errors.Unwrap(err) {
				add("the cause", err)
			}
		}
	}
	for _, e := range got.all {
		add("the exchange of "+e.Operation, e)
	}
	var out []string
	for _, where := range slices.Sorted(maps.Keys(texts)) {
		var told []string
		text := strings.ToLower(texts[where])
		for _, n := range s.needles {
			if slices.ContainsFunc(n.forms, func(form string) bool { return strings.Contains(text, form) }) {
				told = append(told, n.secret)
			}
		}
		if len(told) > 0 {
			out = append(out, fmt.Sprintf("%s tells %q", where, told))
		}
	}
	return out
}

// needle is what must not be told, in all its forms.
type needle struct {
	secret string
	forms  []string
}

func needles(secrets []string) []needle {
	out := []needle{{marker, disguises(marker)}}
	for _, s := range secrets {
		out = append(out, needle{s, disguises(s)})
	}
	return out
}

// logged is a value as both of slog's handlers print it.
func logged(v any) string {
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "value", v)
	slog.New(slog.NewTextHandler(&b, nil)).Error("x", "value", v)
	return b.String()
}

// disguises are a text and what is left of it in base64, wherever in a longer
// text it began; in small letters, for texts are compared so.
func disguises(text string) []string {
	out := []string{strings.ToLower(text)}
	for lead := range 3 {
		whole := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", lead) + text))
		from, to := (lead*8+5)/6, (lead+len(text))*8/6
		if to-from >= 10 { // shorter ones may come about by chance
			out = append(out, strings.ToLower(whole[from:to]))
		}
	}
	return out
}

package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/saylovhub/hub/contracts/personal"
)

// Header is one header of every call, e.g. an agency proxy's own Authorization.
type Header struct {
	Name  string
	Value personal.Secret
}

// CheckHeaders finds pairs that would not go over the wire or would take the
// place of what the connector sets itself (own, whatever the case). Each fault
// begins with the configuration's key; nothing of a value is repeated.
func CheckHeaders(key string, list []Header, own ...string) error {
	var all []error
	own = append([]string{"Content-Type", "Content-Length", "Accept", "Host"}, own...)
	for i, h := range list {
		switch {
		case h.Name == "" || strings.ContainsFunc(h.Name, notInName):
			all = append(all, fmt.Errorf("%s.headers[%d]: must have the name of a header", key, i))
		case slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(o, h.Name) }):
			all = append(all, fmt.Errorf("%s.headers[%d]: must be none of %s", key, i, strings.Join(own, ", ")))
		case strings.ContainsFunc(string(h.Value), control):
			all = append(all, fmt.Errorf("%s.headers[%d]: must have a value of one line", key, i))
		}
	}
	return errors.Join(all...)
}

func notInName(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// Headers makes the headers of a call: the configured ones, then the
// connector's own, names and values in turn.
func Headers(list []Header, own ...string) http.Header {
	out := http.Header{}
	for _, h := range list {
		out.Set(h.Name, string(h.Value))
	}
	for i := 0; i+1 < len(own); i += 2 {
		out.Set(own[i], own[i+1])
	}
	return out
}

// Probe is a question that changes nothing and whose success says that an
// operation works: address, credentials and account are in order. Under Probing
// it goes out although the operation is paused or stopped.
type Probe struct {
	Operation string
	Ask       func(context.Context) error // nil: it works
}

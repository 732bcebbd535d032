package call_test

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
)

func TestCheckAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, address string
		allowHTTP     bool
		want          string
	}{
		{"https", "https://register.example:8243/base", false, ""},
		{"http on this machine", "http://127.0.0.1:1/", false, ""},
		{"http on this machine by name", "http://localhost:1", false, ""},
		{"http on this machine, version 6", "http://[::1]:1", false, ""},
		{"http elsewhere", "http://register.example", false, "must be https"},
		{"http elsewhere, allowed", "http://register.example", true, ""},
		{"a name that begins like this machine's", "http://localhost.example", false, "must be https"},
		{"no host", "https:///path", true, "an address like"},
		{"no scheme", "register.example:8243", true, "an address like"},
		{"another scheme", "ftp://register.example", true, "an address like"},
		{"unreadable", "https://s3cret register", true, "an address like"},
		{"nothing", "", true, "an address like"},
		{"a user", "https://s3cret@register.example", true, "no user, query or fragment"},
		{"a query", "https://register.example?key=s3cret", true, "no user, query or fragment"},
		{"a fragment", "https://register.example#s3cret", true, "no user, query or fragment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := call.CheckAddress(c.address, c.allowHTTP)
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

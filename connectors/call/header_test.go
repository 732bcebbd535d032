package call_test

import (
	"strings"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/personal"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, header, value, want string }{
		{"a proxy's", "Client-Auth", "Basic abc", ""},
		{"an empty value", "X-Empty", "", ""},
		{"without a name", "", "v", "the name of a header"},
		{"a name of two words", "X Y", "v", "the name of a header"},
		{"a name of other letters", "Заголовок", "v", "the name of a header"},
		{"the connector's own", "content-type", "v", "must be none of"},
		{"the login's", "AUTHORIZATION", "v", "must be none of"},
		{"a value that begins another header", "X-Y", "s3cret\r\nHost: elsewhere", "one line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			list := []call.Header{{Name: c.header, Value: personal.Secret(c.value)}}
			err := call.CheckHeaders("portal", list, "Authorization")
			if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "portal.headers[0]")) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Error("the error repeats the value")
			}
			if h := call.Headers(list, "Accept", "text/plain"); c.want == "" && (h.Get(c.header) != c.value || h.Get("Accept") != "text/plain") {
				t.Errorf("%v", h)
			}
		})
	}
}

package call_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/contracts/fault"
)

// A call whose work is another's by now does not go out, is no word on the other
// system, and does not count as one whose outcome is unknown.
func TestNotHeldGoesNotOut(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable) // worth a second try
	}))
	t.Cleanup(server.Close)
	c := call.New(call.Operation{System: "test", ID: "send", Repeatable: true}, server.Client(), nil, nil)
	request := call.Request{Method: http.MethodGet, URL: server.URL, Decode: func(call.Response) error { return nil }}
	for _, one := range []struct {
		name string
		held func() bool
		want int64
		code string
	}{
		{"held", func() bool { return true }, 2, ""},
		{"lost before", func() bool { return false }, 0, call.CodeNotHeld},
		{"lost before the second try", func() bool { return asked.Load() == 0 }, 1, call.CodeNotHeld},
	} {
		asked.Store(0)
		err := c.Do(call.Guarded(t.Context(), one.held), request)
		if f := fault.Of(err); f.Kind != fault.Unavailable || (f.Code == call.CodeNotHeld) != (one.code != "") || asked.Load() != one.want {
			t.Errorf("%s: asked %d times, %v", one.name, asked.Load(), err)
		}
	}
	if st := c.State(); st.Open || st.HalfOpen {
		t.Errorf("the breaker took it for the system's fault: %+v", st)
	}
}

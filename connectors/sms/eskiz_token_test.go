package sms_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/saylovhub/hub/connectors/call"
	"github.com/saylovhub/hub/connectors/call/calltest"
	"github.com/saylovhub/hub/connectors/sms"
	"github.com/saylovhub/hub/contracts/fault"
)

func TestEskizToken(t *testing.T) {
	t.Parallel()
	t.Run("one login serves 29 days", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := &cabinet{}
			e := eskizOf(t, c)
			for i, wait := range []time.Duration{0, 29*24*time.Hour - time.Second, time.Second, time.Hour} {
				time.Sleep(wait) // of the bubble
				if _, err := e.Send(t.Context(), message); err != nil {
					t.Fatal(err)
				}
				if want := []int{1, 1, 2, 2}[i]; c.logins != want {
					t.Errorf("step %d: %d logins, want %d", i, c.logins, want)
				}
			}
		})
	})
	t.Run("refused once, renewed once", func(t *testing.T) {
		t.Parallel()
		c := &cabinet{dead: map[string]bool{"tok-1": true}}
		if _, err := eskizOf(t, c).Send(t.Context(), message); err != nil || c.logins != 2 || len(c.asked) != 2 {
			t.Errorf("%v after %d logins, %d calls", err, c.logins, len(c.asked))
		}
	})
	t.Run("refused for good", func(t *testing.T) {
		t.Parallel()
		c := &cabinet{dead: map[string]bool{"tok-1": true, "tok-2": true}}
		_, err := eskizOf(t, c).Send(t.Context(), message)
		if f := fault.Of(err); f == nil || f.Kind != fault.Misconfigured || f.Uncertain || c.logins != 2 || len(c.asked) != 2 {
			t.Errorf("%+v after %d logins, %d calls", f, c.logins, len(c.asked))
		}
	})
	t.Run("many at once log in once", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := &cabinet{}
			e := eskizOf(t, calltest.Transport(func(r *http.Request) (*http.Response, error) {
				time.Sleep(time.Second) // of the bubble
				return c.RoundTrip(r)
			}))
			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if _, err := e.Send(t.Context(), message); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if c.logins != 1 || len(c.asked) != 8 {
				t.Errorf("%d logins, %d calls", c.logins, len(c.asked))
			}
		})
	})
	t.Run("due for renewal, the login away", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			c := &cabinet{}
			c.login = func(n int) (int, string) {
				if n == 1 {
					return 200, `{"data":{"token":"tok-1"}}`
				}
				return 503, ""
			}
			e := eskizOf(t, c)
			for i, wait := range []time.Duration{0, 29*24*time.Hour + time.Hour, 24 * time.Hour} {
				time.Sleep(wait) // of the bubble
				_, err := e.Send(t.Context(), message)
				if want := []fault.Kind{"", "", fault.Unavailable}[i]; fault.KindOf(err) != want {
					t.Errorf("step %d: %v, want %q", i, err, want)
				}
			}
		})
	})
	t.Run("the login failed: surely not taken", func(t *testing.T) {
		t.Parallel()
		c := &cabinet{login: func(int) (int, string) { return 500, "" }}
		_, err := eskizOf(t, c).Send(t.Context(), message)
		if f := fault.Of(err); f == nil || f.Uncertain || f.Kind != fault.Unavailable || f.Operation != sms.EskizSend || f.Code != "login_500" || len(c.asked) != 0 {
			t.Errorf("%+v", f)
		}
	})
	t.Run("who waits for a login may leave", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := eskizOf(t, calltest.Transport(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}))
			first, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := e.Send(first, message)
				done <- err
			}()
			synctest.Wait()
			ctx, cancel := context.WithCancel(t.Context())
			second := make(chan error, 1)
			go func() {
				_, err := e.Send(ctx, message)
				second <- err
			}()
			synctest.Wait()
			cancel()
			if f := fault.Of(<-second); f.Code != call.CodeCancelled || f.Uncertain {
				t.Errorf("%+v", f)
			}
			stop()
			if f := fault.Of(<-done); f.Code != call.CodeCancelled || f.Uncertain {
				t.Errorf("%+v", f)
			}
		})
	})
}

//go:build linux

package process

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/saylovhub/hub/renderer/outside"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLaunchMeasureFinish(t *testing.T) {
	t.Parallel()
	binary, err := Find("")
	if err != nil {
		outside.Missing(t, outside.Chromium)
	}
	p, err := Launch(t.Context(), Options{Binary: binary, UID: 65534, GID: 65534, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Finish()
	if err := p.Ping(10 * time.Second); err != nil || p.Dead() {
		t.Errorf("a new browser does not answer: %v", err)
	}
	u := Memory(p.Group)
	if u.Page < 5<<20 || u.Total < u.Page || u.Total > 2<<30 {
		t.Errorf("it uses %+v", u)
	}
	for _, m := range Members(p.Group) {
		if n := private(m.PID); n <= 0 || n > 1<<30 {
			t.Errorf("%q has %d bytes of its own", m.Kind, n)
		}
	}
	p.Finish()
	if !p.Dead() || Memory(p.Group) != (Usage{}) {
		t.Error("it is not gone")
	}
	if err := p.Ping(time.Second); err == nil {
		t.Error("it answers after its end")
	}
	if _, err := Find("/nowhere/chromium"); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("a missing program: %v", err)
	}
}

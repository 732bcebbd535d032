package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
)

func addExchanges(t *testing.T, s *store.Store, list ...store.Exchange) {
	t.Helper()
	if err := s.AddExchanges(t.Context(), list); err != nil {
		t.Fatal(err)
	}
}

func TestExchanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	began := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	body := []byte(`{"surname":"` + sampleName + `"}`)
	var all []store.Exchange
	for i := range 5 {
		all = append(all, store.Exchange{
			ID: id(), At: began.Add(time.Duration(i) * time.Hour), System: "portal", Operation: "personal-data.docrest", Number: "10" + string(rune('0'+i)),
			Outcome: "answer", Status: 200, Took: 1500 * time.Microsecond, Tries: 1, Asked: body, Answered: body,
		})
	}
	all[1].Outcome, all[1].Code, all[1].Answered = "unavailable", "timeout", nil
	all[2].System, all[2].Interactive = "eds", true
	addExchanges(t, s, all...)

	got, err := s.Exchange(t.Context(), all[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[1], got); diff != "" {
		t.Error(diff)
	}
	ids := func(f store.ExchangeFilter, before string, limit int) string {
		t.Helper()
		list, err := s.Exchanges(t.Context(), f, before, limit)
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, e := range list {
			if e.Asked != nil || e.Answered != nil {
				t.Error("a list holds bodies")
			}
			out += e.Number[2:]
		}
		return out
	}
	for _, c := range []struct {
		f      store.ExchangeFilter
		before string
		limit  int
		want   string
	}{
		{store.ExchangeFilter{}, "", 10, "43210"},
		{store.ExchangeFilter{}, all[2].ID, 10, "10"},
		{store.ExchangeFilter{}, "", 2, "43"},
		{store.ExchangeFilter{System: "eds"}, "", 10, "2"},
		{store.ExchangeFilter{Operation: "other"}, "", 10, ""},
		{store.ExchangeFilter{Number: "103"}, "", 10, "3"},
		{store.ExchangeFilter{Outcome: "unavailable"}, "", 10, "1"},
	} {
		if got := ids(c.f, c.before, c.limit); got != c.want {
			t.Errorf("%+v before %q: %q, want %q", c.f, c.before, got, c.want)
		}
	}

	more, err := s.ForgetExchanges(t.Context(), began.Add(3*time.Hour), began.Add(time.Hour))
	if err != nil || more {
		t.Fatalf("%v %v", more, err)
	}
	if got := ids(store.ExchangeFilter{}, "", 10); got != "4321" {
		t.Errorf("left: %q", got)
	}
	for i, want := range map[int][]byte{2: nil, 3: body} {
		if e, err := s.Exchange(t.Context(), all[i].ID); err != nil || !bytes.Equal(e.Answered, want) {
			t.Errorf("%d: %q %v, want %q", i, e.Answered, err, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := os.ReadFile(filepath.Join(dir, "hub.db"))
	if err != nil || bytes.Contains(db, []byte(sampleName)) || !bytes.Contains(db, []byte("personal-data.docrest")) {
		t.Errorf("the database holds a body in the clear, or no line: %v", err)
	}
}

func TestForgettingGoesInParts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		old := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		list := make([]store.Exchange, 1100)
		for i := range list {
			list[i] = store.Exchange{ID: id(), At: old, System: "eds", Operation: "ping", Outcome: "answer", Asked: []byte("x")}
		}
		addExchanges(t, s, list...)
		rounds := 0
		for more := true; more; rounds++ {
			var err error
			if more, err = s.ForgetExchanges(t.Context(), old.Add(time.Millisecond), old.Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := s.Text(t.Context(), `SELECT count(*) FROM exchange`); err != nil || n != "0" || rounds != 3 {
			t.Errorf("%s left after %d rounds: %v", n, rounds, err)
		}
	})
}

func TestHolds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		for _, reason := range []string{"first", "second"} {
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				return tx.AddHold(ctx, store.Hold{System: "portal", Operation: "education.diploma", Actor: "key:a", Reason: reason, At: at})
			})
		}
		list, err := s.Holds(t.Context())
		if err != nil || len(list) != 1 || list[0].Reason != "second" || !list[0].At.Equal(at) || !strings.HasPrefix(list[0].Actor, "key:") {
			t.Errorf("%+v %v", list, err)
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.DropHold(ctx, "portal", "education.diploma") })
		if list, err = s.Holds(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

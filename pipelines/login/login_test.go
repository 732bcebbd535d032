package login

import (
	"context"
	"crypto/sha256"
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

const (
	known   personal.Phone = "998901112233" // of a registered candidate
	unknown personal.Phone = "998901112244"
)

// world is a store and a notifier, one transaction at a time.
type world struct {
	notice.Tx
	now     time.Time
	codes   []*Code
	phones  map[string]personal.Phone // by code
	jobs    []queue.New
	sent    []notice.Direct
	expired []string
	audit   []string
	people  map[personal.Phone][]Person
}

func newWorld() *world {
	return &world{
		now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), phones: map[string]personal.Phone{},
		people: map[personal.Phone][]Person{known: {{Application: "a", Subject: "s", Ref: "1", Role: "candidate", Phone: known}}},
	}
}

func (w *world) login() *Login {
	return &Login{Notices: w, Now: func() time.Time { return w.now }, Hash: func(v string) []byte { h := sha256.Sum256([]byte(v)); return h[:] }}
}

func (w *world) Direct(_ context.Context, _ notice.Tx, d notice.Direct) (string, error) {
	w.sent = append(w.sent, d)
	return "n-" + d.Key, nil
}

func (w *world) Expire(_ context.Context, _ notice.Tx, id string) error {
	w.expired = append(w.expired, id)
	return nil
}

func (w *world) AddCode(_ context.Context, c Code, p personal.Phone) error {
	w.codes, w.phones[c.ID] = append(w.codes, &c), p
	return nil
}

func (w *world) CodesOf(_ context.Context, p personal.Phone, after time.Time) ([]Code, error) {
	var out []Code
	for _, c := range slices.Backward(w.codes) {
		if w.phones[c.ID] == p && c.At.After(after) {
			out = append(out, *c)
		}
	}
	return out, nil
}

func (w *world) find(id string) *Code {
	if i := slices.IndexFunc(w.codes, func(c *Code) bool { return c.ID == id }); i >= 0 {
		return w.codes[i]
	}
	return nil
}

func (w *world) Code(_ context.Context, id string) (Code, error) {
	if c := w.find(id); c != nil {
		return *c, nil
	}
	return Code{}, dossier.Refusef(dossier.NotFound, "no such code")
}

func (w *world) SentTo(_ context.Context, id string, phone personal.Phone) (bool, error) {
	return w.phones[id] == phone, nil
}

func (w *world) SaveCode(_ context.Context, c Code) error { *w.find(c.ID) = c; return nil }

func (w *world) CountGuess(_ context.Context, id, caller string, now time.Time, most int) (Code, bool, error) {
	c := w.find(id)
	if c == nil || c.Caller != caller || c.State != Open || !now.Before(c.ExpiresAt) || c.Guesses >= most {
		return Code{}, false, nil
	}
	c.Guesses++
	return *c, true, nil
}

func (w *world) DropCodes(_ context.Context, before time.Time) error {
	w.codes = slices.DeleteFunc(w.codes, func(c *Code) bool { return c.At.Before(before) })
	return nil
}

func (w *world) PeopleOf(_ context.Context, code string) ([]Person, error) {
	return w.people[w.phones[code]], nil
}

func (w *world) Audit(_ context.Context, l dossier.AuditLine) error {
	w.audit = append(w.audit, l.Action)
	return nil
}

func (w *world) Enqueue(_ context.Context, jobs ...queue.New) error {
	w.jobs = append(w.jobs, jobs...)
	return nil
}

// ask asks for a code and lets its stage run; it returns the code's id and, when
// an SMS was sent, the digits.
func (w *world) ask(t testing.TB, p personal.Phone) (id, number string) {
	t.Helper()
	c, err := w.login().Ask(t.Context(), w, Request{Phone: p, Language: "uz-Latn", Purpose: "login", Caller: "k"})
	if err != nil {
		t.Fatal(err)
	}
	before := len(w.sent)
	w.run(t, w.login().Send, c.ID)
	if len(w.sent) > before {
		number = w.sent[before].Params["code"]
	}
	return c.ID, number
}

func (w *world) run(t testing.TB, h notice.Handler, ref string) {
	t.Helper()
	e, err := h(t.Context(), queue.Job{Ref: ref}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func (w *world) guess(t testing.TB, id, number string) Answer {
	t.Helper()
	a, err := w.login().Verify(t.Context(), w, id, "k", number)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// wrong is another number of six digits.
func wrong(number string) string {
	if number == "000000" {
		return "000001"
	}
	return "000000"
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id, number := w.ask(t, known)
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(number) {
		t.Fatalf("%d digits were sent", len(number))
	}
	if d := w.sent[0]; d.Notice != "auth-code" || d.Phone != known || d.Language != "uz-Latn" || d.Params["min"] != "5" || !d.ExpiresAt.Equal(w.now.Add(Life)) || d.Subject != "s" {
		t.Errorf("sent to %s, expires %s", d.Phone, d.ExpiresAt)
	}
	if slices.Contains([]string{number}, string(w.codes[0].Hash)) || len(w.codes[0].Hash) != 32 {
		t.Error("the digits are kept")
	}
	if a := w.guess(t, id, wrong(number)); a.Verified || a.Gone || a.Left != Guesses-1 {
		t.Errorf("a wrong guess: %+v", a)
	}
	if a := w.guess(t, id, number); !a.Verified || len(a.People) != 1 || a.People[0].Ref != "1" || a.Purpose != "login" {
		t.Errorf("the right one: %+v", a)
	}
	if a := w.guess(t, id, number); !a.Gone || a.Verified {
		t.Errorf("the second time: %+v", a)
	}
	if w.codes[0].Hash != nil || w.codes[0].State != Used || len(w.expired) != 1 {
		t.Errorf("what is left: %+v, wiped %v", w.codes[0], w.expired)
	}
	if !slices.Equal(w.audit, []string{"login.requested", "login.verified"}) {
		t.Errorf("on record: %v", w.audit)
	}
}

// For a phone that is nobody's everything is the same but the SMS, and no guess
// fits.
func TestNobody(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id, number := w.ask(t, unknown)
	if number != "" || len(w.sent) != 0 {
		t.Fatal("somebody got an SMS")
	}
	for i := range Guesses {
		if a := w.guess(t, id, wrong("")); a.Verified || a.Gone || a.Left != Guesses-1-i {
			t.Errorf("guess %d: %+v", i, a)
		}
	}
	if a := w.guess(t, id, "123456"); !a.Gone {
		t.Errorf("after the last: %+v", a)
	}
	if _, err := w.login().Ask(t.Context(), w, Request{Phone: unknown, Caller: "k"}); err == nil {
		t.Error("another at once")
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		end   func(t *testing.T, w *world, id, number string)
		state State
	}{
		{"too many guesses", func(t *testing.T, w *world, id, number string) {
			for range Guesses {
				w.guess(t, id, wrong(number))
			}
		}, Spent},
		{"too late", func(_ *testing.T, w *world, _, _ string) { w.now = w.now.Add(Life) }, Open},
		{"too late and wiped", func(t *testing.T, w *world, id, _ string) {
			w.now = w.now.Add(Life)
			w.run(t, w.login().Expire, id)
		}, Expired},
		{"replaced", func(t *testing.T, w *world, _, _ string) {
			w.now = w.now.Add(Resend)
			w.ask(t, known)
		}, Replaced},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			id, number := w.ask(t, known)
			c.end(t, w, id, number)
			if a := w.guess(t, id, number); !a.Gone || a.Verified {
				t.Errorf("the right guess: %+v", a)
			}
			if got := w.find(id); got.State != c.state || got.State != Open && (got.Hash != nil || len(w.expired) == 0) {
				t.Errorf("what is left: %+v, wiped %v", got, w.expired)
			}
		})
	}
	t.Run("the registration is void by now", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		id, number := w.ask(t, known)
		w.people = nil
		if a := w.guess(t, id, number); !a.Gone {
			t.Errorf("%+v", a)
		}
	})
	t.Run("of another caller", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		id, number := w.ask(t, known)
		_, err := w.login().Verify(t.Context(), w, id, "another", number)
		if r, ok := errors.AsType[*dossier.Refusal](err); !ok || r.Code != dossier.NotFound || w.codes[0].Guesses != 0 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("replaced before it was made", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		c, err := w.login().Ask(t.Context(), w, Request{Phone: known, Caller: "k"})
		if err != nil {
			t.Fatal(err)
		}
		w.now = w.now.Add(Resend)
		w.ask(t, known)
		w.run(t, w.login().Send, c.ID)
		w.run(t, w.login().Send, w.codes[1].ID) // a job that is done twice
		if len(w.sent) != 1 {
			t.Errorf("%d SMS", len(w.sent))
		}
	})
	t.Run("dropped after a day", func(t *testing.T) {
		t.Parallel()
		w := newWorld()
		id, _ := w.ask(t, known)
		w.now = w.now.Add(25 * time.Hour)
		other, _ := w.ask(t, unknown)
		w.run(t, w.login().Expire, other)
		if w.find(id) != nil || w.find(other) == nil {
			t.Error("kept, or the wrong one was dropped")
		}
		w.run(t, w.login().Expire, id) // its own comes late
		w.run(t, w.login().Send, id)
	})
}

// However one asks, there is a minute between two and no hour with more than
// five, and the time one is told to wait is enough.
func TestPace(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		var given []time.Time
		for range rapid.IntRange(1, 40).Draw(t, "asks") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 1200).Draw(t, "seconds")) * time.Second)
			_, err := w.login().Ask(ctx, w, Request{Phone: known, Caller: "k"})
			if r, ok := errors.AsType[*dossier.Refusal](err); ok {
				if r.Code != dossier.TooSoon || r.Wait <= 0 || r.Wait > time.Hour {
					t.Fatalf("refused with %+v", r)
				}
				if !rapid.Bool().Draw(t, "waits") {
					continue
				}
				w.now = w.now.Add(r.Wait)
				_, err = w.login().Ask(ctx, w, Request{Phone: known, Caller: "k"})
			}
			if err != nil {
				t.Fatal(err)
			}
			given = append(given, w.now)
		}
		for i, at := range given {
			if i > 0 && at.Sub(given[i-1]) < Resend {
				t.Fatalf("two within %s", at.Sub(given[i-1]))
			}
			if i >= PerHour && at.Sub(given[i-PerHour]) < time.Hour {
				t.Fatalf("%d within %s", PerHour+1, at.Sub(given[i-PerHour]))
			}
		}
		open := 0
		for _, c := range w.codes {
			if c.State == Open {
				open++
			}
		}
		if open != 1 {
			t.Fatalf("%d open codes", open)
		}
	})
}

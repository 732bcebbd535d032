package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/catalogue"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/login"
	"github.com/saylovhub/hub/pipelines/notice"
	"github.com/saylovhub/hub/pipelines/queue"
)

// sender is a provider that is never called here.
type sender struct{ notice.Provider }

func (sender) Name() string { return "one" }

// loginOver is logging in over a store; code tells the digits of the newest SMS.
func loginOver(t *testing.T, s *store.Store, now func() time.Time) (l *login.Login, code func() string) {
	t.Helper()
	c, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	n := &notice.Notices{
		Catalogue: c, Store: s, Providers: []notice.Provider{sender{}}, Now: now, NewID: id,
		Text: func(made string) (string, int) { text = made; return made, 1 },
	}
	return &login.Login{Notices: n, Now: now, Hash: func(v2 string) []byte { return v.Index("login-code", v2) }}, func() string {
		for i := range text {
			if text[i] >= '0' && text[i] <= '9' {
				return text[i : i+6]
			}
		}
		t.Fatal("no digits were made")
		return ""
	}
}

// registered is an application of one candidate with an issued certificate.
func registered(t *testing.T, s *store.Store, commission string, phone personal.Phone, role string, state dossier.DocumentState) *dossier.Application {
	t.Helper()
	a := application(commission, 1)
	a.Subjects[0].Role, a.Subjects[0].Phone = role, phone
	add(t, s, a)
	do(t, s, func(ctx context.Context, tx *store.Tx) error {
		d := id()
		n, err := tx.NextNumber(ctx, "certificate", commission, a.Election)
		if err != nil {
			return err
		}
		doc := dossier.Document{ID: id(), Key: d, Kind: "certificate", State: state, Commission: commission, Election: a.Election, Number: n, Application: a.ID, Subject: a.Subjects[0].ID, Decision: d}
		return errors.Join(
			tx.AddDecision(ctx, dossier.Decision{ID: d, Application: a.ID, Commission: commission, Number: d, State: dossier.DecisionVerifying}),
			tx.AddDocument(ctx, doc))
	})
	return a
}

// ask asks for a code and runs its stage.
func ask(t *testing.T, s *store.Store, l *login.Login, phone personal.Phone, commission string) login.Code {
	t.Helper()
	var c login.Code
	do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = l.Ask(ctx, tx, login.Request{Phone: phone, Language: "uz-Latn", Purpose: "login", Caller: "k", Commission: commission})
		return err
	})
	run(t, s, l.Send, c.ID)
	return c
}

func run(t *testing.T, s *store.Store, h notice.Handler, ref string) {
	t.Helper()
	e, err := h(t.Context(), queue.Job{Ref: ref}, nil)
	if err != nil {
		t.Fatal(err)
	}
	do(t, s, func(ctx context.Context, tx *store.Tx) error { return e(ctx, tx) })
}

// Who may log in: candidates and proxies with an issued document, of the key's
// commission.
func TestPeopleOf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		clock := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
		s := open(t, where(t), func() time.Time { return clock })
		l, _ := loginOver(t, s, func() time.Time { return clock })
		first := registered(t, s, "C1", samplePhone, "candidate", dossier.Issued)
		second := registered(t, s, "C2", samplePhone, "proxy", dossier.Issued)
		registered(t, s, "C1", samplePhone, "observer", dossier.Issued)
		registered(t, s, "C1", samplePhone, "candidate", dossier.Annulled)
		registered(t, s, "C1", samplePhone, "candidate", dossier.Reserved)
		registered(t, s, "C1", "998907777777", "candidate", dossier.Issued)
		for _, c := range []struct {
			name, commission string
			phone            personal.Phone
			want             []string
		}{
			{"of any commission", "", samplePhone, []string{second.ID, first.ID}},
			{"of one", "C1", samplePhone, []string{first.ID}},
			{"of one without", "C3", samplePhone, nil},
			{"of nobody", "", "998900000000", nil},
		} {
			clock = clock.Add(time.Hour)
			code := ask(t, s, l, c.phone, c.commission)
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				people, err := tx.PeopleOf(ctx, code.ID)
				var got []string
				for _, p := range people {
					got = append(got, p.Application)
					if p.Phone != samplePhone || p.Ref != "s0" {
						t.Errorf("%s: %+v", c.name, p)
					}
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("%s: %s", c.name, d)
				}
				return err
			})
		}
	})
}

// A hundred guesses at once are no more than five.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		l, number := loginOver(t, s, time.Now)
		registered(t, s, "C1", samplePhone, "candidate", dossier.Issued)
		c := ask(t, s, l, samplePhone, "")
		wrong := "000000"
		if number() == wrong {
			wrong = "000001"
		}
		verify := func(guess string) (a login.Answer) {
			err := s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				a, err = l.Verify(ctx, tx, c.ID, "k", guess)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			return a
		}
		var judged, gone atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if a := verify(wrong); a.Gone {
					gone.Add(1)
				} else if !a.Verified {
					judged.Add(1)
				}
			})
		}
		wg.Wait()
		if judged.Load() != login.Guesses || gone.Load() != 100-login.Guesses {
			t.Errorf("%d judged, %d refused", judged.Load(), gone.Load())
		}
		if a := verify(number()); !a.Gone {
			t.Errorf("the right one afterwards: %+v", a)
		}
	})
}

// The right code counts once, however many send it at once.
func TestOneUse(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		l, number := loginOver(t, s, time.Now)
		a := registered(t, s, "C1", samplePhone, "candidate", dossier.Issued)
		c := ask(t, s, l, samplePhone, "")
		var verified atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_ = s.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
					got, err := l.Verify(ctx, tx, c.ID, "k", number())
					if got.Verified && got.People[0].Application == a.ID {
						verified.Add(1)
					}
					return err
				})
			})
		}
		wg.Wait()
		if verified.Load() != 1 {
			t.Errorf("verified %d times", verified.Load())
		}
	})
}

// Neither phone nor code lies in the files in the clear, before and after.
func TestCodeOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	s := open(t, dir, func() time.Time { return clock })
	l, number := loginOver(t, s, func() time.Time { return clock })
	registered(t, s, "C1", samplePhone, "candidate", dossier.Issued)
	c := ask(t, s, l, samplePhone, "")
	n, err := s.Text(t.Context(), `SELECT notice_id FROM login_code WHERE id=?`, c.ID)
	if err != nil || n == "" {
		t.Fatalf("no notice: %v", err)
	}
	before, err := s.Notice(t.Context(), n)
	if err != nil || !bytes.Contains([]byte(before.Text), []byte(number())) || !before.Secret || before.Application != "" {
		t.Fatalf("the notice: %v, %v", before.State, err)
	}
	scan := func() {
		t.Helper()
		for _, name := range []string{"hub.db", "hub.db-wal"} {
			raw, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(raw, []byte(samplePhone)) || bytes.Contains(raw, []byte("kodi "+number())) {
				t.Errorf("%s holds it in the clear", name)
			}
		}
	}
	scan()
	clock = clock.Add(login.Life)
	run(t, s, l.Expire, c.ID)
	after, err := s.Notice(t.Context(), n)
	if err != nil || after.Text != "" || after.State != dossier.NoticeExpired || after.Phone != samplePhone {
		t.Errorf("afterwards: %s, a text %v, %v", after.State, after.Text != "", err)
	}
	if hash, err := s.Text(t.Context(), `SELECT coalesce(hex(hash), '') FROM login_code WHERE id=?`, c.ID); err != nil || hash != "" {
		t.Errorf("the hash is still there: %v", err)
	}
	scan()
}

// A database of before knows its phones after the next start.
func TestPhonesOfBefore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, time.Now)
	a := add(t, s, application("C1", 3))
	for _, q := range []string{`UPDATE subject SET phone_index=NULL`, `DELETE FROM meta WHERE key='phones_indexed'`} {
		if err := s.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, time.Now)
	v, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Text(t.Context(), `SELECT count(*) FROM subject WHERE application_id=? AND phone_index=?`, a.ID, v.Index("phone", samplePhone))
	if err != nil || n != "3" {
		t.Errorf("%s indexed, %v", n, err)
	}
}

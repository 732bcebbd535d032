package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/queue"
)

func note(application, name string) dossier.Notice {
	made := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	return dossier.Notice{
		ID: id(), Key: name, Application: application, Subject: "s", Notice: "auth-code", Recipient: "subject", Language: "ru", Phone: samplePhone, Text: "code " + sampleName,
		Parts: 1, Priority: "realtime", Secret: true, MessageID: name, State: dossier.NoticeQueued, At: made, ExpiresAt: made.Add(5 * time.Minute),
	}
}

// A notice comes back whole however far it has come, with and without an
// application, and a text that was dropped is gone.
func TestNoticeComesBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		a := add(t, s, application("TEC-0001", 1))
		for _, n := range []dossier.Notice{note(a.ID, "m1"), note("", "m2")} {
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				if made, err := tx.AddNotice(ctx, n); err != nil || !made {
					t.Errorf("made %v, %v", made, err)
				}
				again := n
				again.ID = id()
				if made, err := tx.AddNotice(ctx, again); err != nil || made {
					t.Errorf("made twice: %v, %v", made, err)
				}
				return nil
			})
			check := func() {
				t.Helper()
				got, err := s.Notice(t.Context(), n.ID)
				if d := cmp.Diff(n, got); d != "" || err != nil {
					t.Error(d, err)
				}
			}
			n.Refused = []string{}
			got, err := s.Notice(t.Context(), n.ID)
			if err != nil {
				t.Fatal(err)
			}
			n.Refused = got.Refused
			check()
			n.State, n.Provider, n.Ref, n.Refused, n.Round = dossier.NoticeSent, "two", "r-1", []string{"one", "three"}, 2
			n.CalledAt, n.SentAt, n.DeliveredAt = n.At.Add(1*time.Second), n.At.Add(2*time.Second), n.At.Add(3*time.Second)
			n.Delivery, n.Word = dossier.Undelivered, "EXPIRED"
			do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SaveNotice(ctx, n) })
			check()
			n.Text = ""
			do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.SaveNotice(ctx, n) })
			check()
		}
		if list, err := s.Notices(t.Context(), a.ID); err != nil || len(list) != 1 || list[0].MessageID != "m1" {
			t.Errorf("the application's: %d, %v", len(list), err)
		}
	})
}

func TestNoticeOf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		one, other := note("", "m1"), note("", "m2")
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			for _, n := range []dossier.Notice{one, other} {
				if _, err := tx.AddNotice(ctx, n); err != nil {
					return err
				}
			}
			one.Provider, one.Ref, one.State = "p", "r1", dossier.NoticeSent
			return tx.SaveNotice(ctx, one)
		})
		for _, c := range []struct {
			name, provider, message, ref string
			found                        bool
		}{
			{"by our number", "p", "m1", "", true},
			{"by its own", "p", "", "r1", true},
			{"ours is unknown to it", "p", "x", "r1", true},
			{"of another provider", "q", "m1", "r1", false},
			{"of nothing", "p", "", "", false},
			{"of one that nobody has", "", "m2", "", true}, // no provider is called ""
			{"of one that another has", "p", "m2", "", false},
		} {
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				n, found, err := tx.NoticeOf(ctx, c.provider, c.message, c.ref)
				if err != nil || found != c.found || found && c.provider != "" && n.ID != one.ID {
					t.Errorf("%s: %v, %v", c.name, found, err)
				}
				return nil
			})
		}
	})
}

func TestJobsAbout(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.Enqueue(ctx, queue.New{Stage: "x", Ref: "n", Key: "1"}, queue.New{Stage: "x", Ref: "n", Key: "2"}, queue.New{Stage: "x", Ref: "m", Key: "3"})
		})
		j, _, err := s.Claim(t.Context(), queue.Claim{Stage: "x", Now: time.Now(), Lease: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Fail(t.Context(), j.Lease, queue.FailureOf(errors.New("x"), time.Now()), func(context.Context, queue.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		states := func() (out []queue.State) {
			do(t, s, func(ctx context.Context, tx *store.Tx) error {
				jobs, err := tx.JobsAbout(ctx, "", "n")
				for _, j := range jobs {
					out = append(out, j.State)
				}
				return err
			})
			return out
		}
		if got := states(); !cmp.Equal(got, []queue.State{queue.Failed, queue.Ready}) {
			t.Fatalf("%v", got)
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(tx.EndFailure(ctx, j.ID), tx.EndFailure(ctx, j.ID+1)) // the second is no failure
		})
		if got := states(); !cmp.Equal(got, []queue.State{queue.Ready}) {
			t.Errorf("%v", got)
		}
		if n, err := s.Replay(t.Context(), store.FailureFilter{ID: j.ID}, "key:1", "by mistake"); err != nil || n != 0 {
			t.Errorf("replayed %d, %v", n, err)
		}
	})
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saylovhub/hub/contracts/civil"
	"github.com/saylovhub/hub/contracts/personal"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
	"github.com/saylovhub/hub/pipelines/notice"
)

// Whom an audience means, each once in the count, and walked through in pages of
// any size without losing one.
func TestAudience(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		s := open(t, where(t), func() time.Time { return now })
		twice := personal.PINFL("")
		take := func(ctx context.Context, tx *store.Tx, a *dossier.Application, i int, r dossier.Role) error {
			sub := a.Subjects[i]
			r.ID, r.Election, r.Application, r.TakenAt = sub.ID, "e", a.ID, now
			return tx.TakeRole(ctx, r, sub)
		}
		a, b := application("TEC-1", 6), application("TEC-2", 3)
		a.Language, a.Subjects[1].Language = "ru", "en"
		twice = a.Subjects[0].PINFL
		b.Subjects[2].PINFL = twice
		add(t, s, a)
		add(t, s, b)
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.ImportDirectory(ctx, dossier.Directory{
				Commissions: []dossier.Commission{{ID: "TEC-1", Level: "TEC", Territory: "1726"}, {ID: "TEC-2", Level: "TEC", Territory: "1703"}},
				Organisations: []dossier.Organisation{
					{ID: "p1", Role: "PARTY", Phone: "998900000011", Territory: "1726"}, {ID: "p2", Role: "PARTY", Phone: "998900000012"}, {ID: "m1", Role: "MEDIA"},
				},
				Constituencies: []dossier.Constituency{{ID: "k1", Election: "e", Territory: "1726262"}},
				Officials: []dossier.Official{
					{ID: "o1", Commission: "TEC-1", Post: dossier.Chair, PINFL: pinfl(), Phone: "998900000021"},
					{ID: "o2", Commission: "TEC-2", Post: dossier.Chair, PINFL: pinfl(), Phone: "998900000022"},
					{ID: "o3", Commission: "TEC-1", Post: dossier.Chair, PINFL: pinfl(), Until: civil.Date{Year: 2026, Month: 1, Day: 1}},
				},
			}); err != nil {
				return err
			}
			for i, r := range []dossier.Role{
				{Role: "observer", Slot: "one", Commission: "TEC-1", Organisation: "p1", Territory: "1726"},
				{Role: "observer", Slot: "one", Commission: "TEC-1", Organisation: "p1", Territory: "1703"},
				{Role: "candidate", Slot: "c", Commission: "TEC-1", Organisation: "p2", Constituency: "k1"},
				{Role: "journalist", Slot: "one", Commission: "TEC-1", Organisation: "m1"},
				{Role: "observer", Slot: "one", Commission: "TEC-1", Organisation: "p1"},
			} {
				if err := take(ctx, tx, a, i, r); err != nil {
					return err
				}
			}
			if err := take(ctx, tx, b, 2, dossier.Role{Role: "candidate", Slot: "c", Commission: "TEC-2", Organisation: "p2"}); err != nil {
				return err
			}
			_, err := tx.EndRole(ctx, a.Subjects[4].ID, "d", now)
			return err
		})
		of := func(list ...dossier.Subject) (out []string) {
			for _, d := range list {
				out = append(out, d.ID)
			}
			return out
		}
		for _, c := range []struct {
			name  string
			a     notice.Audience
			count int
			want  []string
		}{
			{"one role", notice.Audience{Roles: []string{"observer"}}, 2, of(a.Subjects[0], a.Subjects[1])},
			{"two roles of one person", notice.Audience{Roles: []string{"observer", "candidate"}}, 3, of(a.Subjects[0], a.Subjects[1], a.Subjects[2], b.Subjects[2])},
			{"of a commission", notice.Audience{Roles: []string{"observer", "candidate"}, Commission: "TEC-2"}, 1, of(b.Subjects[2])},
			{"of a constituency", notice.Audience{Roles: []string{"observer", "candidate"}, Constituency: "k1"}, 1, of(a.Subjects[2])},
			{"of a territory", notice.Audience{Roles: []string{"observer", "candidate"}, Territory: "1726"}, 2, of(a.Subjects[0], a.Subjects[2])},
			{"parties", notice.Audience{Roles: []string{"party"}}, 2, []string{"998900000011", "998900000012"}},
			{"parties of a territory", notice.Audience{Roles: []string{"party"}, Territory: "1726"}, 1, []string{"998900000011"}},
			{"officials in office", notice.Audience{Roles: []string{"chair"}}, 2, []string{"998900000021", "998900000022"}},
			{"officials of a territory", notice.Audience{Roles: []string{"chair"}, Territory: "1703"}, 1, []string{"998900000022"}},
			{"nobody", notice.Audience{Roles: []string{"deputy"}}, 0, nil},
			{"all", notice.Audience{Roles: []string{"observer", "candidate", "party", "chair"}}, 7, append(
				of(a.Subjects[0], a.Subjects[1], a.Subjects[2], b.Subjects[2]), "998900000011", "998900000012", "998900000021", "998900000022")},
		} {
			if n, err := s.CountAudience(t.Context(), "e", c.a); n != c.count || err != nil {
				t.Errorf("%s: counted %d, %v, want %d", c.name, n, err, c.count)
			}
			for _, size := range []int{1, 2, 100} {
				var got []string
				for cursor := ""; ; {
					list, next, err := s.AudienceAfter(t.Context(), "e", c.a, cursor, size)
					if err != nil {
						t.Fatal(err)
					}
					for _, p := range list {
						if p.Subject.ID == "" {
							got = append(got, string(p.Phone))
							continue
						}
						got = append(got, p.Subject.ID)
						if want := map[string]string{a.Subjects[1].ID: "en", b.Subjects[2].ID: "uz-Latn"}[p.Subject.ID]; want != "" && p.Language != want || p.Phone != samplePhone {
							t.Errorf("%s: language %s, phone %s", c.name, p.Language, p.Phone)
						}
					}
					if cursor = next; next == "" {
						break
					}
				}
				slices.Sort(got)
				slices.Sort(c.want)
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("%s, pages of %d: %s", c.name, size, d)
				}
			}
		}
	})
}

// A mailing comes back whole, is made once, and counts its notices.
func TestMailings(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		s := open(t, where(t), func() time.Time { return now })
		m := notice.Mailing{
			ID: id(), Key: "k", Election: "e", Notice: "campaign-end", Audience: notice.Audience{Roles: []string{"candidate"}, Territory: "1726"},
			Params: map[string]string{"a": "b"}, PerSecond: 5, State: notice.MailingRunning, Actor: "key:1", At: now, Total: 9,
		}
		var first, second bool
		do(t, s, func(ctx context.Context, tx *store.Tx) (err error) {
			if first, err = tx.AddMailing(ctx, m); err != nil {
				return err
			}
			again := m
			again.ID = id()
			second, err = tx.AddMailing(ctx, again)
			return err
		})
		if !first || second {
			t.Fatalf("made %v, and again %v", first, second)
		}
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			held, err := tx.MailingNow(ctx, m.ID)
			if err != nil {
				return err
			}
			held.Cursor, held.Made, held.State, held.EndedAt = "role:x", 4, notice.MailingDone, now
			for i, state := range []dossier.NoticeState{"queued", "sent", "sent", "failed", "sending"} {
				n := dossier.Notice{ID: id(), Key: fmt.Sprint(i), Mailing: m.ID, Notice: "x", MessageID: fmt.Sprint("m", i), Phone: samplePhone, Text: "t", State: "queued", At: now}
				if _, err := tx.AddNotice(ctx, n); err != nil {
					return err
				}
				n.State = state
				if i == 1 {
					n.Delivery = dossier.Delivered
				}
				if err := tx.SaveNotice(ctx, n); err != nil {
					return err
				}
			}
			return tx.SaveMailing(ctx, held)
		})
		m.Cursor, m.Made, m.State, m.EndedAt = "role:x", 4, notice.MailingDone, now
		got, err := s.Mailing(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got); d != "" {
			t.Error(d)
		}
		progress := func(want notice.Progress) {
			t.Helper()
			p, err := s.MailingProgress(t.Context(), m.ID)
			if d := cmp.Diff(want, p); d != "" || err != nil {
				t.Error(d, err)
			}
		}
		progress(notice.Progress{Waiting: 2, Sent: 2, Delivered: 1, Failed: 1})
		do(t, s, func(ctx context.Context, tx *store.Tx) error { return tx.ExpireQueued(ctx, m.ID) })
		progress(notice.Progress{Waiting: 1, Sent: 2, Delivered: 1, Expired: 2})
		if list, err := s.Mailings(t.Context(), "", 10); err != nil || len(list) != 1 || list[0].ID != m.ID {
			t.Errorf("listed %v, %v", list, err)
		}
		var r *dossier.Refusal
		if _, err := s.Mailing(t.Context(), "x"); !errors.As(err, &r) || r.Code != dossier.NotFound {
			t.Errorf("an unknown one: %v", err)
		}
	})
}

// Places have names; what is no code stays.
func TestPlaceName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, where where) {
		s := open(t, where(t), time.Now)
		do(t, s, func(ctx context.Context, tx *store.Tx) error {
			return tx.ImportDirectory(ctx, dossier.Directory{Territories: []dossier.Territory{
				{SOATO: "1726", Name: map[string]string{"uz-Latn": "Toshkent shahri", "ru": "город Ташкент"}},
			}})
		})
		for place, want := range map[string]string{"1726": "город Ташкент", "1703": "1703", "Namuna tumani": "Namuna tumani", "": ""} {
			if got, err := s.PlaceName(t.Context(), place, "ru"); got != want || err != nil {
				t.Errorf("%q is %q, %v", place, got, err)
			}
		}
		if got, _ := s.PlaceName(t.Context(), "1726", "en"); got != "Toshkent shahri" {
			t.Errorf("in English: %q", got)
		}
	})
}

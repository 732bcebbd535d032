package reconcile_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/internal/servicetest"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

func (w *world) list(_ context.Context, each func(string) error) error {
	for name, there := range w.files {
		if !there {
			continue
		}
		if err := each(name); err != nil {
			return err
		}
	}
	return nil
}

// tables are those that are damaged.
var tables = []string{
	"application", "subject", "check_", "finding", "assessment", "decision", "document", "series", "notice", "login_code", "withdrawal", "job", "event", "event_sequence", "stream", "audit",
}

// loosen takes every constraint off the tables and keeps a copy of their rows.
func (w *world) loosen() {
	for _, table := range tables {
		w.do("CREATE TABLE kept_" + table + " AS SELECT * FROM " + table)
		drop := "DROP TABLE " + table
		if w.dollars {
			drop += " CASCADE"
		}
		w.do(drop)
		w.do("CREATE TABLE " + table + " AS SELECT * FROM kept_" + table)
	}
}

// codes are what a ledger finds lost.
func codes(l *reconcile.Ledger) (out []string) {
	for _, x := range l.Exceptions {
		if x.Stands == reconcile.Unclaimed {
			out = append(out, x.Code)
		}
	}
	return out
}

// damaged does damage, makes a ledger, and mends it.
func (w *world) damaged(damage string) *reconcile.Ledger {
	w.t.Helper()
	var touched []string
	rows := 0
	for statement := range strings.SplitSeq(damage, ";") {
		rows += w.do(statement)
		touched = append(touched, strings.Fields(strings.NewReplacer("DELETE FROM ", "", "UPDATE ", "").Replace(statement))[0])
	}
	if rows == 0 {
		w.t.Fatalf("%s touched nothing", damage)
	}
	l := w.ledger()
	w.together(func() {
		for _, table := range touched {
			w.do("DELETE FROM " + table)
			w.do("INSERT INTO " + table + " SELECT * FROM kept_" + table)
		}
	})
	return l
}

// audited writes lines to the audit log.
func (w *world) audited(n int) {
	w.t.Helper()
	for range n {
		err := w.store.Write(w.t.Context(), func(ctx context.Context, tx *store.Tx) error {
			return tx.Audit(ctx, dossier.AuditLine{At: clock, Actor: "key:test", Action: "tried", Object: id()})
		})
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

var sqlite = engine{"sqlite", func(t testing.TB) (store.Options, string, string) {
	dir := t.TempDir()
	return store.Options{Dir: dir}, "sqlite", "file:" + filepath.Join(dir, "hub.db") + "?_pragma=busy_timeout(10000)"
}}

var postgres = engine{"postgres", func(t testing.TB) (store.Options, string, string) {
	url := servicetest.Postgres(t)
	return store.Options{URL: url}, "pgx", url
}}

// both runs a test on both databases.
func both(t *testing.T, test func(t *testing.T, e engine)) {
	t.Helper()
	for _, e := range []engine{sqlite, postgres} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

// Whatever valid rows there are, nothing is lost, and every section's columns sum
// up to its total.
func TestValidStatesAreNotLost(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e engine) {
		w := newWorld(t, e)
		const each = 10
		for range each {
			w.together(func() {
				for _, s := range states {
					w.application(s)
				}
				w.directly()
				w.code()
			})
		}
		l := w.ledger()
		if l.Verdict != reconcile.AtWork {
			t.Errorf("verdict %s", l.Verdict)
		}
		for _, x := range l.Exceptions {
			if x.Stands == reconcile.Unclaimed {
				t.Errorf("%s: %d × %s: %+v", x.Code, x.Total, x.What, x.Items)
			}
		}
		for _, s := range l.Sections {
			sum := 0
			for _, c := range s.Counts {
				sum += c.N
			}
			if s.Lost != 0 || s.Ended+s.Work+s.People+s.Operator != s.Total || sum != s.Total {
				t.Errorf("%+v does not sum up", s)
			}
		}
		// What is handed in anew is two. What is returned waits for people, or its job failed.
		if got := l.Section("applications"); got.Total != each*(len(states)+1) || got.Ended != 6*each || got.People < each || got.People > 2*each || l.Accepted.Count != got.Total {
			t.Errorf("%+v, accepted %d", got, l.Accepted.Count)
		}
		if l.Files.Present == 0 || l.Files.Missing > 0 || l.Stream.Waiting > 0 {
			t.Errorf("%+v %+v", l.Files, l.Stream)
		}
	})
}

// A ledger is of one moment, and nobody waits for it to end.
func TestOneMoment(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, e engine) {
		w := newWorld(t, e)
		w.application("executed")
		count := func(ctx context.Context, m reconcile.Moment) (n int) {
			if err := m.Applications(ctx, func(reconcile.Application) { n++ }); err != nil {
				t.Error(err)
			}
			return n
		}
		err := w.store.Ledger(t.Context(), func(ctx context.Context, m reconcile.Moment) error {
			if n := count(ctx, m); n != 1 {
				t.Errorf("%d applications at first", n)
			}
			w.application("submitted")
			w.audited(1)
			if c, err := m.Audit(ctx); err != nil || c.Lines != 0 || count(ctx, m) != 1 {
				t.Errorf("what was written meanwhile is seen: %+v, %v", c, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if l := w.ledger(); l.Accepted.Count != 2 || l.Audit.Lines != 1 {
			t.Errorf("afterwards: %d applications, %+v", l.Accepted.Count, l.Audit)
		}
	})
}

// Each kind of damage is found and named.
func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	remove := func(stage string) string {
		return `DELETE FROM job WHERE stage LIKE '` + stage + `' AND state IN ('ready','waiting','leased','failed')`
	}
	cases := []struct {
		name    string
		damage  string // statements, ; between
		code    string // of the exceptions
		section string
	}{
		{"the job of a submitted application", remove("intake.verify"), "applications_lost_submitted", "applications"},
		{"the day of a returned application", remove("intake.lapse"), "applications_lost_returned", "applications"},
		{"the job of a withdrawal", remove("intake.withdraw"), "withdrawal_lost", "applications"},
		{"all jobs of the checks", remove("check%"), "applications_lost_checking", "applications"},
		{"a person whom nothing will assess", remove("checks.deadline") + ";" + remove("checks.assess") + ";" + remove("checks.scatter"), "people_lost_checking", "people"},
		{"a person of a decided dossier", `DELETE FROM assessment WHERE subject_id IN (SELECT s.id FROM subject s JOIN application a ON a.id=s.application_id WHERE a.state='executed')`, "people_lost_executed", "people"},
		{"the job of an open check", `DELETE FROM job WHERE ref IN (SELECT id FROM check_ WHERE state='open')`, "checks_lost_open", "checks"},
		{"the failure of a failed check", `DELETE FROM job WHERE ref IN (SELECT id FROM check_ WHERE state='failed')`, "checks_lost_failed", "checks"},
		{"whom a held check waits for", `UPDATE check_ SET state='skipped' WHERE register='personal-data' AND state='open'`, "checks_lost_held", "checks"},
		{"a finding", `DELETE FROM finding WHERE id IN (SELECT min(id) FROM finding)`, "answered_without_finding", "checks"},
		{"a check that forgot its answer", `UPDATE check_ SET state='skipped' WHERE id IN (SELECT min(check_id) FROM finding)`, "finding_without_check", "checks"},
		{"the job of a decision", remove("decision.verify"), "decisions_lost_verifying", "decisions"},
		{"the count of open documents", `UPDATE decision SET documents_open=documents_open+1 WHERE state='signed'`, "decisions_lost_disagrees", "decisions"},
		{"the job that reserves a document", remove("issuing.reserve"), "decisions_lost_disagrees", "decisions"},
		{"a second decision", `UPDATE decision SET application_id=(SELECT max(application_id) FROM decision WHERE state='signed') WHERE id=(SELECT min(id) FROM decision WHERE state='signed')`, "two_decisions", "decisions"},
		{"a decision that is none any more", `UPDATE decision SET state='conflict' WHERE state='signed'`, "executed_without_decision", "decisions"},
		{"the job of a reserved document", remove("issuing.render"), "documents_lost_reserved", "documents"},
		{"the job of a document of no application", `DELETE FROM job WHERE application='' AND stage='issuing.render' AND state<>'done'`, "documents_lost_reserved", "documents"},
		{"a revoked document", `DELETE FROM document WHERE state='revoked'`, "number_missing", "numbers"},
		{"a state of documents nobody knows", `UPDATE document SET state='elsewhere' WHERE state='replaced'`, "documents_lost_elsewhere", "documents"},
		{"a gap in a series", `DELETE FROM document WHERE number=2`, "number_missing", "numbers"},
		{"a series that lost its last", `UPDATE series SET last=last-1 WHERE kind='D4'`, "number_beyond", "numbers"},
		{"a series that is gone", `DELETE FROM series WHERE kind='D4'`, "number_beyond", "numbers"},
		{"a gap in application numbers", `UPDATE series SET last=last+1 WHERE kind='application'`, "number_missing", "numbers"},
		{"an application's number", `UPDATE application SET number='of nobody' WHERE id=(SELECT min(id) FROM application)`, "application_number", "numbers"},
		{"a number twice", `UPDATE document SET number=1 WHERE number=2`, "number_twice", "numbers"},
		{"an application's number twice", `UPDATE application SET number=(SELECT max(number) FROM application) WHERE id=(SELECT min(id) FROM application WHERE commission=(SELECT commission FROM application WHERE number=(SELECT max(number) FROM application)))`, "number_twice", "numbers"},
		{"an SMS twice", `UPDATE notice SET message_id='1' WHERE state='sent'`, "sms_twice", "sms"},
		{"a state nobody knows", `UPDATE application SET state='elsewhere' WHERE state='ready'`, "applications_lost_elsewhere", "applications"},
		{"the job of a queued notice", `DELETE FROM job WHERE ref IN (SELECT id FROM notice WHERE state='queued')`, "sms_lost_queued", "sms"},
		{"the job of a notice being sent", `DELETE FROM job WHERE ref IN (SELECT id FROM notice WHERE state='sending')`, "sms_lost_sending", "sms"},
		{"the end of a code", `DELETE FROM job WHERE stage='login.expire'`, "sms_lost_sending", "sms"},
		{"the failure of a notice", `DELETE FROM job WHERE ref IN (SELECT id FROM notice WHERE state='failed')`, "sms_lost_failed", "sms"},
		{"an event in the middle", `DELETE FROM event WHERE sequence=1`, "event_missing", "events"},
		{"the last event", `DELETE FROM event WHERE position=(SELECT stamped FROM stream)`, "stream_gap", "events"},
		{"the count of events", `DELETE FROM event_sequence`, "event_beyond", "events"},
		{"the end of the stream", `UPDATE stream SET stamped=1, published=1`, "stream_behind", "events"},
		{"a job of an unknown stage", `UPDATE job SET stage='future.stage' WHERE stage='intake.verify' AND state<>'failed'`, "job_of_no_stage", "jobs"},
		{"an altered line of the audit log", `UPDATE audit SET actor='somebody' WHERE id=2`, "audit_broken", "audit"},
		{"a removed line of the audit log", `DELETE FROM audit WHERE id=2`, "audit_broken", "audit"},
		{"the end of the audit log", `DELETE FROM audit WHERE id=3`, "audit_broken", "audit"},
	}
	both(t, func(t *testing.T, e engine) {
		w := newWorld(t, e)
		w.together(func() {
			for range 5 {
				for _, s := range states {
					w.application(s)
				}
				w.directly()
				w.code()
			}
		})
		w.audited(3)
		w.loosen()
		if l := w.ledger(); l.Verdict != reconcile.AtWork || l.Audit.Lines != 3 {
			t.Fatalf("before any damage: %s, %+v, %+v", l.Verdict, l.Audit, codes(l))
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { //nolint:paralleltest // they share the database
				l := w.damaged(c.damage)
				if l.Verdict != reconcile.Lost {
					t.Errorf("verdict %s", l.Verdict)
				}
				if s := l.Section(c.section); s.Lost == 0 || s.Ended+s.Work+s.People+s.Operator+s.Lost != s.Total {
					t.Errorf("section %+v", s)
				}
				found := false
				for _, x := range l.Exceptions {
					if x.Code != c.code {
						continue
					}
					found = true
					if x.Total == 0 || x.What == "" || x.Hint == "" || x.Stands != reconcile.Unclaimed {
						t.Errorf("%+v", x)
					}
					if len(x.Items) == 0 && !strings.HasPrefix(x.Code, "stream_") && x.Code != "audit_broken" {
						t.Errorf("%s names nothing", x.Code)
					}
				}
				if !found {
					t.Errorf("no exception %s among %s", c.code, codes(l))
				}
			})
		}
		for _, state := range []string{"issued", "revoked", "replaced"} {
			t.Run("a missing file of one that is "+state, func(t *testing.T) { //nolint:paralleltest // they share the database
				var name string
				if err := w.db.QueryRowContext(t.Context(), `SELECT min(file) FROM document WHERE state='`+state+`'`).Scan(&name); err != nil {
					t.Fatal(err)
				}
				w.files[name] = false
				defer func() { w.files[name] = true }()
				l := w.ledger()
				if l.Verdict != reconcile.Lost || l.Files.Missing != 1 || l.Section("documents").Lost != 1 {
					t.Errorf("%s %+v", l.Verdict, l.Files)
				}
			})
		}
		if l := w.ledger(); l.Verdict != reconcile.AtWork {
			t.Errorf("after all damage was mended: %s", l.Verdict)
		}
	})
}

package reconcile_test

import (
	"context"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/pipelines/dossier"
)

// BenchmarkLedger makes a ledger of executed applications with four people each,
// HUB_LEDGER_APPLICATIONS of them (1,000 when not set), one in ten still at work.
func BenchmarkLedger(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("HUB_LEDGER_APPLICATIONS"))
	if err != nil {
		n = 1000
	}
	for _, e := range []engine{sqlite, postgres} {
		b.Run(e.name, func(b *testing.B) {
			w := newWorld(b, e)
			began := time.Now()
			w.together(func() { w.many(n) })
			w.asked(14 * n)
			if e.name == "postgres" {
				w.do("ANALYZE")
			}
			b.Logf("%d applications written in %s", n, time.Since(began).Round(time.Second))
			w.files = nil
			m := w.maker()
			m.Files, m.Source = nil, timed{w.store, b}
			before, rounds := spent(b), 0
			for b.Loop() {
				rounds++
				l, _, err := m.Make(b.Context(), false)
				if err != nil {
					b.Fatal(err)
				}
				if l.Verdict != reconcile.AtWork || l.Accepted.Count != n || l.Section("people").Total != 4*n || l.Section("checks").Total != 12*n {
					b.Fatalf("%s %v %+v", l.Verdict, codes(l), l.Sections)
				}
			}
			b.ReportMetric((spent(b)-before).Seconds()/float64(rounds), "cpu-s/op") // of this process
		})
	}
}

// asked writes what a hub writes to the audit log, n lines of it.
func (w *world) asked(n int) {
	lines := make([]dossier.AuditLine, 1000)
	for i := range lines {
		lines[i] = dossier.AuditLine{At: clock, Actor: "hub", Action: "register.asked", Object: id(), Subject: "30101900010017", Detail: map[string]string{
			"register": "personal-data", "operation": "docrest", "transaction": "123456789012345", "purpose": "registration", "subject": id(), "official": "o",
		}}
	}
	for range n / len(lines) {
		err := w.store.Write(w.t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.AuditAll(ctx, lines) })
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// spent is the processor time of this process so far.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// many writes applications by statements over all of them: those whose number
// divides by ten have their last document at work.
func (w *world) many(n int) {
	const (
		apps = "WITH RECURSIVE a(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM a WHERE i<"
		four = ", k(j) AS (SELECT 1 UNION ALL SELECT j+1 FROM k WHERE j<4) "
		id   = "'01970000-0000-7000-8000-0000'||CAST(10000000+i AS TEXT)"
		sub  = "'01970000-0000-7000-8000-0001'||CAST(10000000+4*i+j AS TEXT)"
		dec  = "'01970000-0000-7000-8000-0002'||CAST(10000000+i AS TEXT)"
		doc  = "'01970000-0000-7000-8000-0003'||CAST(10000000+4*i+j-4 AS TEXT)"
		open = "i%10=0 AND j=4"
	)
	for1, for4 := apps+strconv.Itoa(n)+") ", apps+strconv.Itoa(n)+")"+four
	big, mid, small := make([]byte, 5000), make([]byte, 500), make([]byte, 200)
	w.do("INSERT INTO application(id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at) "+for1+
		"SELECT "+id+", 'c'||CAST(i%200 AS TEXT)||'-'||CAST(1+(i-1)/200 AS TEXT), 't', 'el', 'c'||CAST(i%200 AS TEXT), 'party', 'uz-Latn', CASE WHEN i%10=0 THEN 'executing' ELSE 'executed' END, CAST(? AS BYTES), CAST(? AS BYTES), 'k', 1 FROM a", big, mid)
	w.do("INSERT INTO series(kind, commission, election, last) SELECT 'application', commission, '', count(*) FROM application GROUP BY commission")
	w.do("INSERT INTO subject(id, application_id, position, ref, role, sealed_body) "+for4+"SELECT "+sub+", "+id+", j, CAST(j AS TEXT), 'observer', CAST(? AS BYTES) FROM a, k", mid)
	w.do("INSERT INTO assessment(subject_id, revision, findings_version, verdict, sealed_body, at) "+for4+"SELECT "+sub+", 1, 3, 'eligible', CAST(? AS BYTES), 1 FROM a, k", mid)
	job := func(with, columns, from string) {
		w.do("INSERT INTO job(application, applicant, stage, ref, key, priority, rank, due_at, state, created_at) " + with + "SELECT " + columns + ", 1 " + from)
	}
	for r, register := range []string{"personal-data", "registered-address", "legal-capacity"} {
		check := "'01970000-0000-7000-8000-1" + strconv.Itoa(r) + "00'||CAST(10000000+4*i+j AS TEXT)"
		w.do("INSERT INTO check_(id, subject_id, register, state) " + for4 + "SELECT " + check + ", " + sub + ", '" + register + "', 'answered' FROM a, k")
		w.do("INSERT INTO finding(id, check_id, subject_id, register, status, transaction_id, sealed_body, at) "+for4+"SELECT '01970000-0000-7000-8000-2"+strconv.Itoa(r)+"00'||CAST(10000000+4*i+j AS TEXT), "+
			check+", "+sub+", '"+register+"', 'found', '1', CAST(? AS BYTES), 1 FROM a, k", mid)
		stage := "check." + register + ".ask"
		job(for4, id+", 'party', '"+stage+"', "+check+", '"+stage+":'||"+check+", 50, 1, 1, 'done'", "FROM a, k")
	}
	job(for1, id+", 'party', 'intake.verify', "+id+", 'intake.verify:'||"+id+", 50, 1, 1, 'done'", "FROM a")
	job(for4, id+", 'party', 'checks.deadline', "+sub+", 'checks.deadline:'||"+sub+", 50, 1, 1, CASE WHEN i%4=0 THEN 'waiting' ELSE 'done' END", "FROM a, k")
	job(for4, id+", 'party', 'checks.assess', "+sub+", 'checks.assess:'||"+sub+", 50, 1, 1, 'done'", "FROM a, k")
	w.do("INSERT INTO decision(id, application_id, commission, number, date, state, drafted_by, sealed_document, sealed_signature, documents_open, at) "+for1+
		"SELECT "+dec+", "+id+", 'c'||CAST(i%200 AS TEXT), CAST(i AS TEXT), '2026-05-04', 'signed', 'o', CAST(? AS BYTES), CAST(? AS BYTES), CASE WHEN i%10=0 THEN 1 ELSE 0 END, 1 FROM a", big, mid)
	w.do("INSERT INTO document(id, key, kind, template, commission, election, number, state, application_id, decision_id, sealed_data, file, reserved_at) "+for4+
		"SELECT "+doc+", 'document:'||"+dec+"||':'||"+sub+"||':t', 'D4', 't', 'c'||CAST(i%200 AS TEXT), 'el', 4*((i-1)/200)+j, CASE WHEN "+open+" THEN 'reserved' ELSE 'issued' END, "+id+", "+dec+
		", CAST(? AS BYTES), "+doc+"||'.pdf', 1 FROM a, k", mid)
	w.do("INSERT INTO series(kind, commission, election, last) SELECT 'D4', commission, 'el', count(*) FROM document GROUP BY commission")
	job(for4, id+", 'party', 'issuing.reserve', '{}', 'document:'||"+dec+"||':'||"+sub+"||':t', 50, 1, 1, 'done'", "FROM a, k")
	job(for4, id+", 'party', 'issuing.render', "+doc+", 'issuing.render:'||"+doc+", 50, 1, 1, CASE WHEN "+open+" THEN 'ready' ELSE 'done' END", "FROM a, k")
	w.do("INSERT INTO notice(id, key, application_id, notice, recipient, language, parts, sealed_body, message_id, state, at, delivery) "+for4+
		"SELECT "+sub+", 'n:'||"+sub+", "+id+", 'observer-registered', 'subject', 'uz-Latn', 1, CAST(? AS BYTES), 'm'||CAST(4*i+j AS TEXT), 'sent', 1, 'delivered' FROM a, k", small)
	job(for4, id+", 'party', 'notice.eskiz', "+sub+", 'notice:'||"+sub+", 50, 1, 1, 'done'", "FROM a, k")
	w.do("INSERT INTO event(uuid, subject, application, commission, sequence, type, body, at, position) " + for4 + "SELECT " + sub + ", " + id + ", " + id + ", 'c', j, 'document.issued', '{}', 1, 4*i+j-4 FROM a, k")
	w.do("INSERT INTO event_sequence(subject, last) " + for1 + "SELECT " + id + ", 4 FROM a")
	w.do("UPDATE stream SET stamped=?, published=?", 4*n, 4*n)
}

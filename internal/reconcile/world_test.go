package reconcile_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/jackc/pgx/v5/stdlib" // the drivers, for what only a test may do
	_ "modernc.org/sqlite"

	"github.com/saylovhub/hub/internal/reconcile"
	"github.com/saylovhub/hub/internal/store"
	"github.com/saylovhub/hub/internal/vault"
)

// world is a database whose rows are written past the store: valid ones by its
// methods, and then whatever damage a test wants.
type world struct {
	t     testing.TB
	store *store.Store
	vault *vault.Vault
	db    *sql.DB
	exec  interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	}
	dollars bool
	rng     *rand.Rand
	numbers map[string]int // of series
	events  int
	files   map[string]bool
}

var keyFolder = sync.OnceValues(func() (*vault.Vault, error) {
	dir, err := os.MkdirTemp("", "hub-reconcile-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the keys are read
	return vault.Open(filepath.Join(dir, "keys"), true)
})

var clock = time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)

// engine is a database to test on.
type engine struct {
	name string
	open func(t testing.TB) (o store.Options, driver, address string)
}

func newWorld(t testing.TB, e engine) *world {
	t.Helper()
	v, err := keyFolder()
	if err != nil {
		t.Fatal(err)
	}
	o, driver, address := e.open(t)
	o.Keys = func(bool) (*vault.Vault, error) { return v, nil }
	o.Now = func() time.Time { return clock }
	o.Log = slog.New(slog.DiscardHandler)
	w := &world{t: t, vault: v, dollars: driver == "pgx", rng: rand.New(rand.NewPCG(1, 2)), numbers: map[string]int{}, files: map[string]bool{}}
	if w.store, err = store.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.store.Close() })
	if w.db, err = sql.Open(driver, address); err != nil {
		t.Fatal(err)
	}
	w.db.SetMaxOpenConns(1)
	w.exec = w.db
	t.Cleanup(func() { _ = w.db.Close() })
	return w
}

// together runs f in one transaction.
func (w *world) together(f func()) {
	w.t.Helper()
	tx, err := w.db.BeginTx(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.exec = tx
	f()
	w.exec = w.db
	if err := tx.Commit(); err != nil {
		w.t.Fatal(err)
	}
}

// do runs a statement.
func (w *world) do(query string, args ...any) int {
	w.t.Helper()
	if w.dollars {
		query = strings.ReplaceAll(query, "AS BYTES)", "AS BYTEA)")
		for n := 1; strings.Contains(query, "?"); n++ {
			query = strings.Replace(query, "?", fmt.Sprintf("$%d", n), 1)
		}
	}
	query = strings.ReplaceAll(query, "AS BYTES)", "AS BLOB)")
	res, err := w.exec.ExecContext(w.t.Context(), query, args...)
	if err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
	n, _ := res.RowsAffected()
	return int(n)
}

func (w *world) insert(table string, columns string, values ...any) {
	w.t.Helper()
	w.do("INSERT INTO "+table+"("+columns+") VALUES(?"+strings.Repeat(",?", len(values)-1)+")", values...)
}

func id() string { return uuid.Must(uuid.NewV7()).String() }

var sealed = []byte{0}

// pick takes one of some.
func pick[T any](w *world, of ...T) T { return of[w.rng.IntN(len(of))] }

// open are the states of a job that goes on.
func (w *world) going() string { return pick(w, "ready", "waiting", "leased") }

// stuck are all states of a job that is not done.
func (w *world) undone() string { return pick(w, "ready", "waiting", "leased", "failed") }

func (w *world) job(application, stage, ref, key, state string) {
	w.t.Helper()
	kind, system, last := "", "", ""
	failed := int64(0)
	if state == "failed" {
		kind, system, failed = "rejected", "portal", clock.UnixMilli()
		last = `{"kind":"rejected","system":"portal","code":"no_official","hint":"import the commission's officials, then replay"}`
	} else if state == "waiting" && w.rng.IntN(2) == 0 {
		kind, last = "unavailable", `{"kind":"unavailable","system":"eds"}`
	}
	w.insert("job", "application, applicant, stage, ref, key, priority, rank, due_at, state, last_error, failed_kind, failed_system, failed_at, created_at",
		application, "party", stage, ref, key, 50, 1, clock.UnixMilli(), state, last, kind, system, failed, clock.UnixMilli())
}

func (w *world) next(kind, commission, election string) int {
	name := kind + "/" + commission + "/" + election
	if w.numbers[name]++; w.numbers[name] == 1 {
		w.insert("series", "kind, commission, election, last", kind, commission, election, 1)
	} else {
		w.do("UPDATE series SET last=? WHERE kind=? AND commission=? AND election=?", w.numbers[name], kind, commission, election)
	}
	return w.numbers[name]
}

// application writes one with its subjects and their checks, as far as its state
// has brought them.
func (w *world) application(state string) {
	w.t.Helper()
	a, commission := id(), pick(w, "1726", "1726269")
	number := fmt.Sprintf("%s-%06d", commission, w.next("application", commission, ""))
	w.insert("application", "id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at",
		a, number, "observer-party-register", "el", commission, "party", "uz-Latn", state,
		sealed, sealed, "key", clock.UnixMilli())
	verify := "done"
	if state == "submitted" {
		verify = w.undone()
	}
	w.job(a, "intake.verify", a, "intake.verify:"+a, verify)
	w.event(a)
	subjects := 1 + w.rng.IntN(3)
	left := slices.Contains(stopped, state)
	switch state {
	case "returned":
		w.job(a, "intake.lapse", a, "intake.lapse:"+a, w.undone())
	case "ready":
		v := id()
		w.insert("withdrawal", "id, application_id, state, sealed_document, sealed_signature, submitted_by, at", v, a, "verifying", sealed, sealed, "key", clock.UnixMilli())
		w.job(a, "intake.withdraw", v, "intake.withdraw:"+v, w.undone())
	}
	scattered := left && w.rng.IntN(2) == 0 || state == "checking" && w.rng.IntN(4) > 0 || state == "ready" || state == "deciding" || state == "executing" || state == "executed"
	if state == "superseded" {
		w.insert("application", "id, number, type, election, commission, applicant, language, state, sealed_document, sealed_signature, submitted_by, submitted_at, previous",
			id(), number+"/2", "observer-party-register", "el", commission, "party", "uz-Latn", "signature_refused", sealed, sealed, "key", clock.UnixMilli(), a)
	}
	if state == "checking" || scattered {
		scatter := "done"
		if !scattered {
			scatter = w.undone()
		}
		w.job(a, "checks.scatter", "0", "checks.scatter:"+a+":0", scatter)
		w.notice(a, id())
	}
	assessed := 0
	for i := range subjects {
		s := id()
		w.insert("subject", "id, application_id, position, ref, role, sealed_body", s, a, i, fmt.Sprint(i+1), "observer", sealed)
		if scattered {
			last := i == subjects-1
			if w.subject(a, s, state != "checking" && !left, state == "checking" && last && assessed == i) {
				assessed++
			}
		}
	}
	if scattered && state != "checking" && !left {
		w.event(a)
		w.insert("timeline", "application_id, at, actor, act, detail", a, clock.UnixMilli(), "hub", "dossier_ready", "")
	}
	if state == "deciding" || state == "executing" || state == "executed" {
		w.decision(a, commission, state)
	} else if state == "ready" && w.rng.IntN(2) == 0 {
		w.insert("decision", "id, application_id, commission, number, date, state, drafted_by, sealed_document, sealed_signature, at",
			id(), a, commission, id(), "2026-05-04", pick(w, "signature_refused", "conflict"), "o", sealed, sealed, clock.UnixMilli())
	}
}

// subject writes the checks of one and says whether it is assessed: as must be,
// as must not be, or as it happens.
func (w *world) subject(a, s string, must, mustNot bool) bool {
	assessed := must || !mustNot && w.rng.IntN(2) == 0
	personal := pick(w, "answered", "failed", "open")
	if must {
		personal = pick(w, "answered", "answered", "failed")
	}
	w.check(a, s, "personal-data", personal)
	for _, register := range []string{"registered-address", "legal-capacity"} {
		state := map[string]string{"open": "held", "failed": "skipped", "answered": pick(w, "answered", "open", "failed")}[personal]
		w.check(a, s, register, state)
	}
	deadline := w.going()
	if assessed {
		deadline = pick(w, "done", "waiting")
		w.insert("assessment", "subject_id, revision, findings_version, verdict, sealed_body, at", s, 1, 1, "eligible", sealed, clock.UnixMilli())
	}
	w.job(a, "checks.deadline", s, "checks.deadline:"+s, deadline)
	if !assessed && w.rng.IntN(2) == 0 {
		w.job(a, "checks.assess", s, "checks.assess:"+s+":1", w.undone())
	}
	return assessed
}

func (w *world) check(a, s, register, state string) {
	c := id()
	w.insert("check_", "id, subject_id, register, state", c, s, register, state)
	stage := "check." + register + ".ask"
	switch state {
	case "answered":
		w.job(a, stage, c, stage+":"+c, "done")
		w.insert("finding", "id, check_id, subject_id, register, status, transaction_id, sealed_body, at", id(), c, s, register, "found", "1", sealed, clock.UnixMilli())
	case "failed":
		w.job(a, stage, c, stage+":"+c, w.undone())
	case "open":
		w.job(a, stage, c, stage+":"+c, w.undone())
	}
}

func (w *world) decision(a, commission, state string) {
	d := id()
	row := func(s string, open int) {
		w.insert("decision", "id, application_id, commission, number, date, state, drafted_by, sealed_document, sealed_signature, documents_open, at",
			d, a, commission, id(), "2026-05-04", s, "o", sealed, sealed, open, clock.UnixMilli())
	}
	if state == "deciding" {
		row("verifying", 0)
		w.job(a, "decision.verify", d, "decision.verify:"+d, w.undone())
		return
	}
	const documents = 3
	open := 0
	if state == "executing" {
		open = 1 + w.rng.IntN(documents)
	}
	row("signed", open)
	w.job(a, "decision.verify", d, "decision.verify:"+d, "done")
	for i := range documents {
		key := fmt.Sprintf("document:%s:%s:observer-party", d, id())
		if i < open && w.rng.IntN(2) == 0 { // not reserved yet
			w.job(a, "issuing.reserve", `{"decision":"`+d+`"}`, key, w.undone())
			continue
		}
		w.job(a, "issuing.reserve", `{"decision":"`+d+`"}`, key, "done")
		doc, file, is, render := id(), "", "reserved", w.undone()
		if i >= open {
			file, is, render = doc+".pdf", pick(w, "issued", "issued", "revoked", "annulled"), "done"
			w.files[file] = true
			w.notice(a, doc)
		}
		w.insert("document", "id, key, kind, template, commission, election, number, state, application_id, decision_id, sealed_data, file, reserved_at",
			doc, key, "D4", "observer-party", commission, "el", w.next("D4", commission, "el"), is, a, d, sealed, file, clock.UnixMilli())
		w.job(a, "issuing.render", doc, "issuing.render:"+doc, render)
		if is == "issued" && i == 1 { // a duplicate of it is at work, which the decision does not count
			next := id()
			w.insert("document", "id, key, kind, template, commission, election, number, state, application_id, decision_id, relation, replaces, sealed_data, reserved_at",
				next, "ordered:"+next, "D4", "observer-party", commission, "el", w.next("D4", commission, "el"), "reserved", a, d, "duplicate", doc, sealed, clock.UnixMilli())
			w.job(a, "issuing.render", next, "issuing.render:"+next, w.undone())
		}
	}
}

// directly writes documents of no application: one in each state, a batch at work,
// and one that is about to take another's place.
func (w *world) directly() {
	w.t.Helper()
	row := func(state, job, batch, replaces string) string {
		doc, file := id(), ""
		if state != "reserved" && state != "annulled" {
			file = doc + ".pdf"
			w.files[file] = true
		}
		w.insert("document", "id, key, kind, template, commission, election, number, state, batch, replaces, sealed_data, file, reserved_at",
			doc, "ordered:"+doc, "D4", "observer-party", "c1", "el", w.next("D4", "c1", "el"), state, batch, replaces, sealed, file, clock.UnixMilli())
		w.job("", "issuing.render", doc, "issuing.render:"+doc, job)
		return doc
	}
	for _, state := range []string{"issued", "revoked", "annulled"} {
		row(state, "done", "", "")
	}
	row("issued", "done", "", row("replaced", "done", "", ""))
	row("reserved", "waiting", "", row("issued", "done", "", ""))
	row("reserved", "failed", "", "")
	batch := id()
	row("issued", "done", batch, "")
	row("reserved", w.undone(), batch, "")
}

// notice writes one in any valid state.
func (w *world) notice(a, about string) {
	n := id()
	state, delivery, job := pick(w, "queued", "sending", "sent", "failed", "expired"), "", w.undone()
	switch state {
	case "sent":
		delivery, job = pick(w, "", "in_flight", "delivered", "undelivered", "absent", "unknown"), "done"
		if delivery == "" {
			w.job(a, "notice.ask.eskiz", n, "notice:"+n+":ask:eskiz:0", w.going())
		}
	case "expired":
		job = "done"
	}
	w.insert("notice", "id, key, application_id, notice, recipient, language, parts, sealed_body, message_id, state, at, delivery",
		n, "app-submitted:"+about, a, "app-submitted", "applicant", "uz-Latn", 1, sealed, id(), state, clock.UnixMilli(), delivery)
	w.job(a, "notice.eskiz", n, "notice:"+n, job)
}

// code writes a login code whose SMS may have gone out: nobody asks, it ends with
// the code.
func (w *world) code() {
	c, n := id(), id()
	w.insert("notice", "id, key, notice, recipient, language, parts, sealed_body, message_id, state, at, expires_at", n, "auth-code:"+c, "auth-code", "subject", "uz-Latn", 1,
		sealed, id(), "sending", clock.UnixMilli(), clock.UnixMilli())
	w.insert("login_code", "id, caller, commission, purpose, language, phone_index, notice_id, state, at, expires_at", c, "key", "", "login", "uz-Latn", sealed, n, "open", clock.UnixMilli(), clock.UnixMilli())
	w.job("", "notice.eskiz", n, "notice:"+n, "done")
	w.job("", "login.expire", c, "login:"+c+":expire", "waiting")
}

func (w *world) event(a string) {
	n := 0
	w.numbers["event/"+a]++
	if n = w.numbers["event/"+a]; n == 1 {
		w.insert("event_sequence", "subject, last", a, 1)
	} else {
		w.do("UPDATE event_sequence SET last=? WHERE subject=?", n, a)
	}
	w.events++
	w.insert("event", "uuid, subject, application, commission, sequence, type, body, at, position", id(), a, a, "1726", n, "application.submitted", "{}", clock.UnixMilli(), w.events)
	w.do("UPDATE stream SET stamped=?, published=?", w.events, w.events)
}

// states are all states of an application.
var states = []string{
	"submitted", "signature_refused", "checking", "ready", "returned", "superseded", "withdrawn", "lapsed", "deciding", "executing", "executed",
}

// stopped are those in which nobody is checked any more; who was, may have been.
var stopped = []string{"returned", "superseded", "withdrawn", "lapsed"}

// known are the stages of this world.
var known = []string{
	"intake.verify", "checks.scatter", "checks.deadline", "checks.assess", "decision.verify", "issuing.reserve", "issuing.render", "login.expire",
	"check.personal-data.ask", "check.registered-address.ask", "check.legal-capacity.ask", "intake.lapse", "intake.withdraw", "notice.eskiz", "notice.ask.eskiz",
}

// maker makes ledgers of the world as of its clock.
func (w *world) maker() *reconcile.Maker {
	return &reconcile.Maker{
		Source: w.store, Version: "test", Edition: "embedded", Now: func() time.Time { return clock }, Sign: w.vault.Sign, Key: w.vault.PublicKey(),
		Files: w.list, Stages: known,
	}
}

func (w *world) ledger() *reconcile.Ledger {
	w.t.Helper()
	l, _, err := w.maker().Make(w.t.Context(), true)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

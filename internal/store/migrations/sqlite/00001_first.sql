-- +goose Up
-- Times are Unix milliseconds. Columns named sealed_* hold AES-256-GCM bound to
-- their row and column; columns named *_index hold keyed hashes for look-up.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- Work.

CREATE TABLE job (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  application TEXT NOT NULL DEFAULT '',
  applicant   TEXT NOT NULL DEFAULT '',
  stage       TEXT NOT NULL,
  ref         TEXT NOT NULL DEFAULT '',
  key         TEXT NOT NULL UNIQUE,
  priority    INTEGER NOT NULL,
  rank        INTEGER NOT NULL,
  attempt     INTEGER NOT NULL DEFAULT 0,
  asks        INTEGER NOT NULL DEFAULT 0,
  generation  INTEGER NOT NULL DEFAULT 0,
  due_at      INTEGER NOT NULL,
  time_limit  INTEGER NOT NULL DEFAULT 0,
  expires_at  INTEGER NOT NULL DEFAULT 0,
  state       TEXT NOT NULL CHECK (state IN ('ready','waiting','leased','failed','done')),
  lease_until INTEGER NOT NULL DEFAULT 0,
  lease_token TEXT NOT NULL DEFAULT '',
  last_error  TEXT NOT NULL DEFAULT '',
  failed_kind TEXT NOT NULL DEFAULT '',
  failed_system TEXT NOT NULL DEFAULT '',
  failed_at   INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL
);
CREATE INDEX job_ready   ON job(stage, priority, rank, id) WHERE state = 'ready';
CREATE INDEX job_expiry  ON job(stage, expires_at) WHERE state = 'ready' AND expires_at > 0;
CREATE INDEX job_waiting ON job(due_at) WHERE state = 'waiting';
CREATE INDEX job_waitexp ON job(expires_at) WHERE state = 'waiting' AND expires_at > 0;
CREATE INDEX job_leased  ON job(lease_until) WHERE state = 'leased';
CREATE INDEX job_failed  ON job(failed_at, id) WHERE state = 'failed';
CREATE INDEX job_open    ON job(application) WHERE state IN ('ready','waiting','leased','failed');

-- Turns are counted within a priority: the urgent work of one applicant must not
-- put off the ordinary work of another.
CREATE TABLE stage_clock (stage TEXT NOT NULL, priority INTEGER NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY (stage, priority));
CREATE TABLE stage_rank  (stage TEXT NOT NULL, priority INTEGER NOT NULL, applicant TEXT NOT NULL, rank INTEGER NOT NULL, PRIMARY KEY (stage, priority, applicant));

CREATE TABLE attempt (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id  INTEGER NOT NULL REFERENCES job(id),
  at      INTEGER NOT NULL,
  kind    TEXT NOT NULL,
  text    TEXT NOT NULL
);
CREATE INDEX attempt_job ON attempt(job_id, id);

-- Who may do what.

CREATE TABLE api_key (
  id         TEXT PRIMARY KEY,
  hash       TEXT NOT NULL,
  name       TEXT NOT NULL,
  commission TEXT NOT NULL DEFAULT '',
  scopes     TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE audit (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  at            INTEGER NOT NULL,
  actor         TEXT NOT NULL,
  action        TEXT NOT NULL,
  object        TEXT NOT NULL,
  subject_index BLOB,
  detail        TEXT NOT NULL,
  hash          BLOB NOT NULL
);
CREATE INDEX audit_subject ON audit(subject_index) WHERE subject_index IS NOT NULL;

CREATE TABLE idempotency (
  caller      TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  result      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
);

-- Directory.

CREATE TABLE election (id TEXT PRIMARY KEY, kind TEXT NOT NULL, day TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE commission (id TEXT PRIMARY KEY, level TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE constituency (id TEXT PRIMARY KEY, election TEXT NOT NULL, commission TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE organisation (id TEXT PRIMARY KEY, role TEXT NOT NULL, sealed_body BLOB NOT NULL);
CREATE TABLE official (
  id           TEXT PRIMARY KEY,
  commission   TEXT NOT NULL REFERENCES commission(id),
  post         TEXT NOT NULL,
  pinfl_index  BLOB NOT NULL,
  sealed_body  BLOB NOT NULL
);
CREATE INDEX official_commission ON official(commission);

-- Applications.

CREATE TABLE application (
  id               TEXT PRIMARY KEY,
  number           TEXT NOT NULL UNIQUE,
  type             TEXT NOT NULL,
  election         TEXT NOT NULL,
  commission       TEXT NOT NULL,
  applicant        TEXT NOT NULL,
  language         TEXT NOT NULL,
  state            TEXT NOT NULL,
  reason           TEXT NOT NULL DEFAULT '',
  version          INTEGER NOT NULL DEFAULT 1,
  sealed_document  BLOB NOT NULL,
  sealed_signature BLOB NOT NULL,
  sealed_verdict   BLOB,
  submitted_by     TEXT NOT NULL,
  submitted_at     INTEGER NOT NULL
);
CREATE INDEX application_commission ON application(commission, id);

CREATE TABLE attachment (
  id             TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  name           TEXT NOT NULL,
  media_type     TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  sealed_content BLOB NOT NULL,
  UNIQUE (application_id, name)
);

CREATE TABLE subject (
  id               TEXT PRIMARY KEY,
  application_id   TEXT NOT NULL REFERENCES application(id),
  position         INTEGER NOT NULL,
  ref              TEXT NOT NULL,
  role             TEXT NOT NULL,
  pinfl_index      BLOB,
  sealed_body      BLOB NOT NULL,
  findings_version INTEGER NOT NULL DEFAULT 0,
  checks_due       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (application_id, ref)
);
CREATE INDEX subject_pinfl ON subject(pinfl_index);

CREATE TABLE check_ (
  id         TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL REFERENCES subject(id),
  register   TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('held','open','answered','failed','skipped')),
  token      TEXT NOT NULL DEFAULT '',
  UNIQUE (subject_id, register)
);

CREATE TABLE finding (
  id             TEXT PRIMARY KEY,
  check_id       TEXT NOT NULL REFERENCES check_(id),
  subject_id     TEXT NOT NULL REFERENCES subject(id),
  register       TEXT NOT NULL,
  status         TEXT NOT NULL,
  transaction_id TEXT NOT NULL,
  sealed_body    BLOB NOT NULL,
  at             INTEGER NOT NULL
);
CREATE INDEX finding_subject ON finding(subject_id, id);

CREATE TABLE confirmation (
  id         TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL REFERENCES subject(id),
  kind       TEXT NOT NULL,
  attachment TEXT NOT NULL,
  official   TEXT NOT NULL,
  at         INTEGER NOT NULL,
  UNIQUE (subject_id, kind)
);

CREATE TABLE assessment (
  subject_id       TEXT NOT NULL REFERENCES subject(id),
  revision         INTEGER NOT NULL,
  findings_version INTEGER NOT NULL,
  verdict          TEXT NOT NULL,
  sealed_body      BLOB NOT NULL,
  at               INTEGER NOT NULL,
  PRIMARY KEY (subject_id, revision),
  UNIQUE (subject_id, findings_version)
);

CREATE TABLE timeline (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  application_id TEXT NOT NULL REFERENCES application(id),
  at             INTEGER NOT NULL,
  actor          TEXT NOT NULL,
  act            TEXT NOT NULL,
  detail         TEXT NOT NULL
);
CREATE INDEX timeline_application ON timeline(application_id, id);

-- Decisions, documents, notices.

CREATE TABLE decision (
  id               TEXT PRIMARY KEY,
  application_id   TEXT NOT NULL REFERENCES application(id),
  commission       TEXT NOT NULL,
  number           TEXT NOT NULL,
  date             TEXT NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('verifying','signed','signature_refused','conflict')),
  reason           TEXT NOT NULL DEFAULT '',
  drafted_by       TEXT NOT NULL,
  sealed_document  BLOB NOT NULL,
  sealed_signature BLOB NOT NULL,
  sealed_verdict   BLOB,
  documents_open   INTEGER NOT NULL DEFAULT 0,
  at               INTEGER NOT NULL
);
CREATE INDEX decision_application ON decision(application_id, id);
CREATE UNIQUE INDEX decision_number ON decision(commission, number, date) WHERE state IN ('verifying','signed');

CREATE TABLE decision_subject (
  decision_id TEXT NOT NULL REFERENCES decision(id),
  subject_id  TEXT NOT NULL REFERENCES subject(id),
  revision    INTEGER NOT NULL,
  outcome     TEXT NOT NULL,
  reason      TEXT NOT NULL,
  PRIMARY KEY (decision_id, subject_id)
);

-- One active role a person an election.
CREATE TABLE active_role (
  election    TEXT NOT NULL,
  pinfl_index BLOB NOT NULL,
  role        TEXT NOT NULL,
  subject_id  TEXT NOT NULL REFERENCES subject(id),
  PRIMARY KEY (election, pinfl_index)
);

CREATE TABLE series (
  kind       TEXT NOT NULL,
  commission TEXT NOT NULL,
  election   TEXT NOT NULL,
  last       INTEGER NOT NULL,
  PRIMARY KEY (kind, commission, election)
);

CREATE TABLE document (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  kind           TEXT NOT NULL,
  template       TEXT NOT NULL,
  commission     TEXT NOT NULL,
  election       TEXT NOT NULL,
  number         INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('reserved','issued','annulled')),
  application_id TEXT NOT NULL REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  decision_id    TEXT NOT NULL REFERENCES decision(id),
  sealed_data    BLOB NOT NULL,
  passport       TEXT NOT NULL DEFAULT '',
  file           TEXT NOT NULL DEFAULT '',
  reserved_at    INTEGER NOT NULL,
  issued_at      INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, commission, election, number)
);
CREATE INDEX document_application ON document(application_id, id);

CREATE TABLE notice (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  application_id TEXT NOT NULL REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  notice         TEXT NOT NULL,
  recipient      TEXT NOT NULL,
  language       TEXT NOT NULL,
  parts          INTEGER NOT NULL,
  sealed_body    BLOB NOT NULL,
  provider       TEXT NOT NULL DEFAULT '',
  message_id     TEXT NOT NULL UNIQUE,
  state          TEXT NOT NULL CHECK (state IN ('queued','sending','sent','failed')),
  at             INTEGER NOT NULL,
  sent_at        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX notice_application ON notice(application_id, id);

-- +goose Down
SELECT 'a hub never migrates down';

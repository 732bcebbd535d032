-- +goose Up
-- What SQLite reached by 00005. Times are Unix milliseconds. Columns named sealed_* hold AES-256-GCM bound to
-- their row and column; columns named *_index hold keyed hashes for look-up.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- Work.

CREATE TABLE job (
  id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application TEXT NOT NULL DEFAULT '',
  applicant   TEXT NOT NULL DEFAULT '',
  stage       TEXT NOT NULL,
  ref         TEXT NOT NULL DEFAULT '',
  key         TEXT NOT NULL UNIQUE,
  priority    BIGINT NOT NULL,
  rank        BIGINT NOT NULL,
  attempt     BIGINT NOT NULL DEFAULT 0,
  asks        BIGINT NOT NULL DEFAULT 0,
  generation  BIGINT NOT NULL DEFAULT 0,
  due_at      BIGINT NOT NULL,
  time_limit  BIGINT NOT NULL DEFAULT 0,
  expires_at  BIGINT NOT NULL DEFAULT 0,
  state       TEXT NOT NULL CHECK (state IN ('ready','waiting','leased','failed','done')),
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_token TEXT NOT NULL DEFAULT '',
  last_error  TEXT NOT NULL DEFAULT '',
  failed_kind TEXT NOT NULL DEFAULT '',
  failed_system TEXT NOT NULL DEFAULT '',
  failed_at   BIGINT NOT NULL DEFAULT 0,
  created_at  BIGINT NOT NULL
);
CREATE INDEX job_ready   ON job(stage, priority, rank, id) WHERE state = 'ready';
CREATE INDEX job_expiry  ON job(stage, expires_at) WHERE state = 'ready' AND expires_at > 0;
CREATE INDEX job_waiting ON job(due_at) WHERE state = 'waiting';
CREATE INDEX job_waitexp ON job(expires_at) WHERE state = 'waiting' AND expires_at > 0;
CREATE INDEX job_leased  ON job(lease_until) WHERE state = 'leased';
CREATE INDEX job_failed  ON job(failed_at, id) WHERE state = 'failed';
CREATE INDEX job_turn    ON job(stage, priority, applicant, rank) WHERE state IN ('ready','waiting','leased');
CREATE INDEX job_open    ON job(application) WHERE state IN ('ready','waiting','leased','failed');

-- How far each stage has come, a priority each: saved at times.
CREATE TABLE stage_clock (stage TEXT NOT NULL, priority BIGINT NOT NULL, rank BIGINT NOT NULL, PRIMARY KEY (stage, priority));

CREATE TABLE attempt (
  id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_id  BIGINT NOT NULL REFERENCES job(id),
  at      BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  text    TEXT NOT NULL
);
CREATE INDEX attempt_job ON attempt(job_id, id);

-- Rows of jobs change often and are found by partial indexes: keep them tidy.
ALTER TABLE job SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

-- Who may do what.

CREATE TABLE api_key (
  id         TEXT PRIMARY KEY,
  hash       TEXT NOT NULL,
  name       TEXT NOT NULL,
  commission TEXT NOT NULL DEFAULT '',
  scopes     TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE audit (
  id            BIGINT PRIMARY KEY,
  at            BIGINT NOT NULL,
  actor         TEXT NOT NULL,
  action        TEXT NOT NULL,
  object        TEXT NOT NULL,
  subject_index BYTEA,
  detail        TEXT NOT NULL,
  hash          BYTEA NOT NULL
);
-- The end of the log's chain: the id and hash of the last line written.
CREATE TABLE audit_head (id BIGINT PRIMARY KEY CHECK (id = 1), last BIGINT NOT NULL, hash BYTEA);
INSERT INTO audit_head(id, last) VALUES (1, 0);
CREATE INDEX audit_subject ON audit(subject_index) WHERE subject_index IS NOT NULL;

CREATE TABLE idempotency (
  caller      TEXT NOT NULL,
  key         TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  result      TEXT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (caller, key)
);

-- Directory.

CREATE TABLE election (id TEXT PRIMARY KEY, kind TEXT NOT NULL, day TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE commission (id TEXT PRIMARY KEY, level TEXT NOT NULL, parent TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE constituency (id TEXT PRIMARY KEY, election TEXT NOT NULL, commission TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE organisation (id TEXT PRIMARY KEY, role TEXT NOT NULL, sealed_body BYTEA NOT NULL);
CREATE TABLE official (
  id           TEXT PRIMARY KEY,
  commission   TEXT NOT NULL REFERENCES commission(id),
  post         TEXT NOT NULL,
  pinfl_index  BYTEA NOT NULL,
  sealed_body  BYTEA NOT NULL
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
  version          BIGINT NOT NULL DEFAULT 1,
  sealed_document  BYTEA NOT NULL,
  sealed_signature BYTEA NOT NULL,
  sealed_verdict   BYTEA,
  submitted_by     TEXT NOT NULL,
  submitted_at     BIGINT NOT NULL
);
CREATE INDEX application_commission ON application(commission, id);

CREATE TABLE attachment (
  id             TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  name           TEXT NOT NULL,
  media_type     TEXT NOT NULL,
  sha256         TEXT NOT NULL,
  sealed_content BYTEA NOT NULL,
  UNIQUE (application_id, name)
);

CREATE TABLE subject (
  id               TEXT PRIMARY KEY,
  application_id   TEXT NOT NULL REFERENCES application(id),
  position         BIGINT NOT NULL,
  ref              TEXT NOT NULL,
  role             TEXT NOT NULL,
  pinfl_index      BYTEA,
  sealed_body      BYTEA NOT NULL,
  findings_version BIGINT NOT NULL DEFAULT 0,
  checks_due       BIGINT NOT NULL DEFAULT 0,
  phone_index      BYTEA,
  UNIQUE (application_id, ref)
);
CREATE INDEX subject_pinfl ON subject(pinfl_index);
CREATE INDEX subject_phone ON subject(phone_index) WHERE phone_index IS NOT NULL;

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
  sealed_body    BYTEA NOT NULL,
  at             BIGINT NOT NULL
);
CREATE INDEX finding_subject ON finding(subject_id, id);

CREATE TABLE confirmation (
  id         TEXT PRIMARY KEY,
  subject_id TEXT NOT NULL REFERENCES subject(id),
  kind       TEXT NOT NULL,
  attachment TEXT NOT NULL,
  official   TEXT NOT NULL,
  at         BIGINT NOT NULL,
  UNIQUE (subject_id, kind)
);

CREATE TABLE assessment (
  subject_id       TEXT NOT NULL REFERENCES subject(id),
  revision         BIGINT NOT NULL,
  findings_version BIGINT NOT NULL,
  verdict          TEXT NOT NULL,
  sealed_body      BYTEA NOT NULL,
  at               BIGINT NOT NULL,
  PRIMARY KEY (subject_id, revision),
  UNIQUE (subject_id, findings_version)
);

CREATE TABLE timeline (
  id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  at             BIGINT NOT NULL,
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
  sealed_document  BYTEA NOT NULL,
  sealed_signature BYTEA NOT NULL,
  sealed_verdict   BYTEA,
  documents_open   BIGINT NOT NULL DEFAULT 0,
  at               BIGINT NOT NULL
);
CREATE INDEX decision_application ON decision(application_id, id);
CREATE UNIQUE INDEX decision_number ON decision(commission, number, date) WHERE state IN ('verifying','signed');

CREATE TABLE decision_subject (
  decision_id TEXT NOT NULL REFERENCES decision(id),
  subject_id  TEXT NOT NULL REFERENCES subject(id),
  revision    BIGINT NOT NULL,
  outcome     TEXT NOT NULL,
  reason      TEXT NOT NULL,
  PRIMARY KEY (decision_id, subject_id)
);

-- One active role a person an election.
CREATE TABLE active_role (
  election    TEXT NOT NULL,
  pinfl_index BYTEA NOT NULL,
  role        TEXT NOT NULL,
  subject_id  TEXT NOT NULL REFERENCES subject(id),
  PRIMARY KEY (election, pinfl_index)
);

CREATE TABLE series (
  kind       TEXT NOT NULL,
  commission TEXT NOT NULL,
  election   TEXT NOT NULL,
  last       BIGINT NOT NULL,
  PRIMARY KEY (kind, commission, election)
);

CREATE TABLE document (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  kind           TEXT NOT NULL,
  template       TEXT NOT NULL,
  commission     TEXT NOT NULL,
  election       TEXT NOT NULL,
  number         BIGINT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('reserved','issued','annulled')),
  application_id TEXT NOT NULL REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  decision_id    TEXT NOT NULL REFERENCES decision(id),
  sealed_data    BYTEA NOT NULL,
  passport       TEXT NOT NULL DEFAULT '',
  file           TEXT NOT NULL DEFAULT '',
  reserved_at    BIGINT NOT NULL,
  issued_at      BIGINT NOT NULL DEFAULT 0,
  UNIQUE (kind, commission, election, number)
);
CREATE INDEX document_application ON document(application_id, id);

CREATE TABLE notice (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  application_id TEXT REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  notice         TEXT NOT NULL,
  recipient      TEXT NOT NULL,
  language       TEXT NOT NULL,
  parts          BIGINT NOT NULL,
  priority       TEXT NOT NULL DEFAULT '',
  secret         BOOLEAN NOT NULL DEFAULT FALSE,
  sealed_body    BYTEA NOT NULL,
  provider       TEXT NOT NULL DEFAULT '',
  message_id     TEXT NOT NULL UNIQUE,
  ref            TEXT NOT NULL DEFAULT '',
  refused        TEXT NOT NULL DEFAULT '',
  round          BIGINT NOT NULL DEFAULT 0,
  state          TEXT NOT NULL CHECK (state IN ('queued','sending','sent','failed','expired')),
  at             BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL DEFAULT 0,
  called_at      BIGINT NOT NULL DEFAULT 0,
  sent_at        BIGINT NOT NULL DEFAULT 0,
  delivery       TEXT NOT NULL DEFAULT '' CHECK (delivery IN ('','absent','in_flight','unknown','delivered','undelivered')),
  word           TEXT NOT NULL DEFAULT '',
  delivered_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX notice_application ON notice(application_id, id);
CREATE INDEX notice_ref ON notice(provider, ref) WHERE ref <> '';

CREATE TABLE login_code (
  id          TEXT PRIMARY KEY,
  caller      TEXT NOT NULL,
  commission  TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  language    TEXT NOT NULL,
  phone_index BYTEA NOT NULL,
  hash        BYTEA,
  notice_id   TEXT NOT NULL DEFAULT '',
  attempts    BIGINT NOT NULL DEFAULT 0,
  state       TEXT NOT NULL CHECK (state IN ('open','used','spent','replaced','expired')),
  at          BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX login_code_phone ON login_code(phone_index, at);
CREATE INDEX login_code_at ON login_code(at);

-- Every verdict of the EDS, good or bad, with what proves it: kept for good and
-- shown to no user. Of several signers the times are the latest; 0: not told.

CREATE TABLE signature_evidence (
  id              TEXT PRIMARY KEY,
  application     TEXT NOT NULL REFERENCES application(id),
  act             TEXT NOT NULL CHECK (act IN ('application','decision')),
  ref             TEXT NOT NULL,
  at              BIGINT NOT NULL,
  document_hash   TEXT NOT NULL,
  sealed_pkcs7    BYTEA NOT NULL,
  sealed_evidence BYTEA NOT NULL,
  claimed_at      BIGINT NOT NULL DEFAULT 0,
  stamped_at      BIGINT NOT NULL DEFAULT 0,
  verified_at     BIGINT NOT NULL,
  reason          TEXT NOT NULL,
  trusted         BOOLEAN NOT NULL
);
CREATE INDEX signature_evidence_application ON signature_evidence(application, id);

-- What went over the wire, for whoever must find out why. Bodies hold personal
-- data: they are sealed, and wiped earlier than the line itself.

CREATE TABLE exchange (
  id          TEXT PRIMARY KEY,
  at          BIGINT NOT NULL,
  system      TEXT NOT NULL,
  operation   TEXT NOT NULL,
  number      TEXT NOT NULL, -- transaction id
  outcome     TEXT NOT NULL, -- answer, or the kind of fault
  code        TEXT NOT NULL,
  status      BIGINT NOT NULL,
  took        BIGINT NOT NULL, -- microseconds
  tries       BIGINT NOT NULL,
  interactive BOOLEAN NOT NULL,
  sealed_asked    BYTEA,
  sealed_answered BYTEA
);
CREATE INDEX exchange_at     ON exchange(at);
CREATE INDEX exchange_number ON exchange(number) WHERE number <> '';
CREATE INDEX exchange_bodies ON exchange(at) WHERE sealed_asked IS NOT NULL OR sealed_answered IS NOT NULL;

-- Operations that an operator holds back; a restart must not let them go.
CREATE TABLE hold (
  system    TEXT NOT NULL,
  operation TEXT NOT NULL,
  actor     TEXT NOT NULL,
  reason    TEXT NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (system, operation)
);
INSERT INTO meta(key, value) VALUES ('phones_indexed', 'yes');

-- +goose Down
SELECT 'a hub never migrates down';

-- +goose Up
-- A notice may follow from no application, go on to another provider, and learn
-- whether it arrived. Its table is built anew: SQLite changes no constraint.

CREATE TABLE notice_new (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  application_id TEXT REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  notice         TEXT NOT NULL,
  recipient      TEXT NOT NULL,
  language       TEXT NOT NULL,
  parts          INTEGER NOT NULL,
  priority       TEXT NOT NULL DEFAULT '',
  secret         INTEGER NOT NULL DEFAULT 0,
  sealed_body    BLOB NOT NULL,
  provider       TEXT NOT NULL DEFAULT '',
  message_id     TEXT NOT NULL UNIQUE,
  ref            TEXT NOT NULL DEFAULT '',
  refused        TEXT NOT NULL DEFAULT '',
  round          INTEGER NOT NULL DEFAULT 0,
  state          TEXT NOT NULL CHECK (state IN ('queued','sending','sent','failed','expired')),
  at             INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL DEFAULT 0,
  called_at      INTEGER NOT NULL DEFAULT 0,
  sent_at        INTEGER NOT NULL DEFAULT 0,
  delivery       TEXT NOT NULL DEFAULT '' CHECK (delivery IN ('','absent','in_flight','unknown','delivered','undelivered')),
  word           TEXT NOT NULL DEFAULT '',
  delivered_at   INTEGER NOT NULL DEFAULT 0
);
INSERT INTO notice_new(id, key, application_id, subject_id, notice, recipient, language, parts, sealed_body, provider, message_id, state, at, called_at, sent_at)
  SELECT id, key, application_id, subject_id, notice, recipient, language, parts, sealed_body, provider, message_id, state, at, CASE WHEN sent_at > 0 THEN sent_at ELSE at END, sent_at FROM notice;
DROP TABLE notice;
ALTER TABLE notice_new RENAME TO notice;
CREATE INDEX notice_application ON notice(application_id, id);
CREATE INDEX notice_ref ON notice(provider, ref) WHERE ref <> '';

-- Who logs in is found by phone. Rows of before are indexed at the next start.
ALTER TABLE subject ADD COLUMN phone_index BLOB;
CREATE INDEX subject_phone ON subject(phone_index) WHERE phone_index IS NOT NULL;

CREATE TABLE login_code (
  id          TEXT PRIMARY KEY,
  caller      TEXT NOT NULL,
  commission  TEXT NOT NULL,
  purpose     TEXT NOT NULL,
  language    TEXT NOT NULL,
  phone_index BLOB NOT NULL,
  hash        BLOB,
  notice_id   TEXT NOT NULL DEFAULT '',
  attempts    INTEGER NOT NULL DEFAULT 0,
  state       TEXT NOT NULL CHECK (state IN ('open','used','spent','replaced','expired')),
  at          INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
);
CREATE INDEX login_code_phone ON login_code(phone_index, at);
CREATE INDEX login_code_at ON login_code(at);

-- +goose Down
SELECT 'a hub never migrates down';

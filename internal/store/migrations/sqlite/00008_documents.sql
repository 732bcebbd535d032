-- +goose Up
-- A document may be issued directly, of no application; it may be revoked, or
-- replaced by another one, and what was done with it is kept. Its table is built
-- anew: SQLite changes no constraint.

CREATE TABLE document_new (
  id             TEXT PRIMARY KEY,
  key            TEXT NOT NULL UNIQUE,
  kind           TEXT NOT NULL,
  template       TEXT NOT NULL,
  language       TEXT NOT NULL DEFAULT '',
  commission     TEXT NOT NULL,
  election       TEXT NOT NULL,
  number         INTEGER NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('reserved','issued','revoked','replaced','annulled')),
  application_id TEXT REFERENCES application(id),
  subject_id     TEXT NOT NULL DEFAULT '',
  decision_id    TEXT REFERENCES decision(id),
  batch          TEXT NOT NULL DEFAULT '',
  relation       TEXT NOT NULL DEFAULT '' CHECK (relation IN ('','duplicate','correction')),
  replaces       TEXT NOT NULL DEFAULT '',
  valid_until    TEXT NOT NULL DEFAULT '', -- the last day, YYYY-MM-DD
  code_hash      TEXT NOT NULL DEFAULT '', -- of the data as the QR code has it; empty: not known
  sealed_data    BLOB NOT NULL,
  passport       TEXT NOT NULL DEFAULT '',
  file           TEXT NOT NULL DEFAULT '',
  file_sha256    TEXT NOT NULL DEFAULT '',
  sealed_by      TEXT NOT NULL DEFAULT '', -- serial of the seal's certificate
  reserved_at    INTEGER NOT NULL,
  issued_at      INTEGER NOT NULL DEFAULT 0,
  ended_at       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, commission, election, number)
);
INSERT INTO document_new(id, key, kind, template, commission, election, number, state, application_id, subject_id, decision_id, sealed_data, passport, file, file_sha256, reserved_at, issued_at)
  SELECT id, key, kind, template, commission, election, number, state, application_id, subject_id, decision_id, sealed_data, passport, file,
    CASE WHEN passport='' THEN '' ELSE coalesce(json_extract(passport, '$.sha256'), '') END, reserved_at, issued_at FROM document;
DROP TABLE document;
ALTER TABLE document_new RENAME TO document;
CREATE INDEX document_application ON document(application_id, id);
CREATE INDEX document_commission ON document(commission, id);
CREATE INDEX document_batch ON document(batch, id) WHERE batch <> '';
CREATE INDEX document_ended ON document(ended_at, id) WHERE ended_at > 0;
-- One document at a time takes another's place.
CREATE UNIQUE INDEX document_replaces ON document(replaces) WHERE replaces <> '' AND state <> 'annulled';

-- What was done with documents; no row is ever altered.
CREATE TABLE document_act (
  id            TEXT PRIMARY KEY,
  document_id   TEXT NOT NULL REFERENCES document(id),
  at            INTEGER NOT NULL,
  actor         TEXT NOT NULL,
  act           TEXT NOT NULL,
  sealed_reason BLOB, -- a reason may name a person
  detail        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX document_act_document ON document_act(document_id, id);
INSERT INTO document_act(id, document_id, at, actor, act) SELECT id || '-1', id, reserved_at, 'hub', 'reserved' FROM document;
INSERT INTO document_act(id, document_id, at, actor, act) SELECT id || '-2', id, issued_at, 'hub', 'issued' FROM document WHERE issued_at > 0;

-- +goose Down
SELECT 'a hub never migrates down';

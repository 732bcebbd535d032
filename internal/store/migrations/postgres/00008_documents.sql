-- +goose Up
-- A document may be issued directly, of no application; it may be revoked, or
-- replaced by another one, and what was done with it is kept.

ALTER TABLE document ALTER COLUMN application_id DROP NOT NULL, ALTER COLUMN decision_id DROP NOT NULL;
ALTER TABLE document DROP CONSTRAINT document_state_check;
ALTER TABLE document ADD CONSTRAINT document_state_check CHECK (state IN ('reserved','issued','revoked','replaced','annulled'));
ALTER TABLE document
  ADD COLUMN language    TEXT NOT NULL DEFAULT '',
  ADD COLUMN batch       TEXT NOT NULL DEFAULT '',
  ADD COLUMN relation    TEXT NOT NULL DEFAULT '' CHECK (relation IN ('','duplicate','correction')),
  ADD COLUMN replaces    TEXT NOT NULL DEFAULT '',
  ADD COLUMN valid_until TEXT NOT NULL DEFAULT '', -- the last day, YYYY-MM-DD
  ADD COLUMN code_hash   TEXT NOT NULL DEFAULT '', -- of the data as the QR code has it; empty: not known
  ADD COLUMN file_sha256 TEXT NOT NULL DEFAULT '',
  ADD COLUMN sealed_by   TEXT NOT NULL DEFAULT '', -- serial of the seal's certificate
  ADD COLUMN ended_at    BIGINT NOT NULL DEFAULT 0;
UPDATE document SET file_sha256 = coalesce(CAST(passport AS jsonb) ->> 'sha256', '') WHERE passport <> '';
CREATE INDEX document_commission ON document(commission, id);
CREATE INDEX document_batch ON document(batch, id) WHERE batch <> '';
CREATE INDEX document_ended ON document(ended_at, id) WHERE ended_at > 0;
-- One document at a time takes another's place.
CREATE UNIQUE INDEX document_replaces ON document(replaces) WHERE replaces <> '' AND state <> 'annulled';

-- What was done with documents; no row is ever altered.
CREATE TABLE document_act (
  id            TEXT PRIMARY KEY,
  document_id   TEXT NOT NULL REFERENCES document(id),
  at            BIGINT NOT NULL,
  actor         TEXT NOT NULL,
  act           TEXT NOT NULL,
  sealed_reason BYTEA, -- a reason may name a person
  detail        TEXT NOT NULL DEFAULT ''
);
CREATE INDEX document_act_document ON document_act(document_id, id);
INSERT INTO document_act(id, document_id, at, actor, act) SELECT id || '-1', id, reserved_at, 'hub', 'reserved' FROM document;
INSERT INTO document_act(id, document_id, at, actor, act) SELECT id || '-2', id, issued_at, 'hub', 'issued' FROM document WHERE issued_at > 0;

-- +goose Down
SELECT 'a hub never migrates down';

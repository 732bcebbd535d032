-- +goose Up
-- What went over the wire, for whoever must find out why. Bodies hold personal
-- data: they are sealed, and wiped earlier than the line itself.

CREATE TABLE exchange (
  id          TEXT PRIMARY KEY,
  at          INTEGER NOT NULL,
  system      TEXT NOT NULL,
  operation   TEXT NOT NULL,
  number      TEXT NOT NULL, -- transaction id
  outcome     TEXT NOT NULL, -- answer, or the kind of fault
  code        TEXT NOT NULL,
  status      INTEGER NOT NULL,
  took        INTEGER NOT NULL, -- microseconds
  tries       INTEGER NOT NULL,
  interactive INTEGER NOT NULL,
  sealed_asked    BLOB,
  sealed_answered BLOB
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
  at        INTEGER NOT NULL,
  PRIMARY KEY (system, operation)
);

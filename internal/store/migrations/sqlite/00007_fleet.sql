-- +goose Up
-- What hub processes on one database know of each other.

CREATE TABLE process (
  id         TEXT PRIMARY KEY,
  host       TEXT NOT NULL,
  pid        INTEGER NOT NULL,
  address    TEXT NOT NULL,
  version    TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  seen_at    INTEGER NOT NULL
);

-- Operations whose breaker is open in a process, which writes the row and removes
-- it. One that worked elsewhere meanwhile (worked_at) holds nobody else back.
CREATE TABLE resting (
  system    TEXT NOT NULL,
  operation TEXT NOT NULL,
  process   TEXT NOT NULL,
  host      TEXT NOT NULL,
  since     INTEGER NOT NULL,
  until     INTEGER NOT NULL,
  worked_at INTEGER NOT NULL,
  PRIMARY KEY (system, operation)
);

-- Operations that are misconfigured. One process at a time has the turn of a trial;
-- one that worked (worked_at) stands for a while, so that a process for which alone
-- it does not work stops for itself only.
CREATE TABLE stopped (
  system    TEXT NOT NULL,
  operation TEXT NOT NULL,
  process   TEXT NOT NULL,
  host      TEXT NOT NULL,
  since     INTEGER NOT NULL,
  code      TEXT NOT NULL,
  hint      TEXT NOT NULL,
  turn      TEXT NOT NULL,
  next_at   INTEGER NOT NULL,
  worked_at INTEGER NOT NULL,
  worked_in TEXT NOT NULL,
  PRIMARY KEY (system, operation)
);

-- Rates that all processes share. Up to when, in Unix nanoseconds, the tries of all
-- lanes and of the queued lane are given out.
CREATE TABLE quota (
  operation    TEXT PRIMARY KEY,
  given_until  INTEGER NOT NULL,
  queued_until INTEGER NOT NULL,
  given        INTEGER NOT NULL -- by the last word
);

-- +goose Down
SELECT 'a hub never migrates down';

-- +goose Up
-- What is told to others. A row is written with what it tells; its position is
-- given later, by whoever holds the lease of the stream.

CREATE TABLE event (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid        TEXT NOT NULL,
  subject     TEXT NOT NULL,
  application TEXT NOT NULL,
  commission  TEXT NOT NULL,
  sequence    INTEGER NOT NULL,
  type        TEXT NOT NULL,
  body        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  position    INTEGER UNIQUE,
  UNIQUE (subject, sequence)
);
CREATE INDEX event_unstamped  ON event(id) WHERE position IS NULL;
CREATE INDEX event_commission ON event(commission, position) WHERE position IS NOT NULL;

CREATE TABLE event_sequence (subject TEXT PRIMARY KEY, last INTEGER NOT NULL);

CREATE TABLE stream (
  name      TEXT PRIMARY KEY,
  stamped   INTEGER NOT NULL, -- the last position given
  published INTEGER NOT NULL  -- the last one that the broker has confirmed
);
INSERT INTO stream(name, stamped, published) VALUES('hub', 0, 0);

-- Work that one process at a time does. The token rises with every holder and
-- fences off those of before.
CREATE TABLE lease (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  token  INTEGER NOT NULL,
  until  INTEGER NOT NULL
);

-- +goose Down
SELECT 'a hub never migrates down';

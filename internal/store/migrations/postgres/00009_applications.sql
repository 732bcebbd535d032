-- +goose Up
-- Every type of application through the whole flow: returned and handed in anew,
-- withdrawn, signed by SMS code; roles that end; rules over a whole application;
-- the full directory; mailings and webhooks.

-- Directory.
CREATE TABLE territory (soato TEXT PRIMARY KEY, parent TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX territory_parent ON territory(parent);
CREATE TABLE precinct (
  id         TEXT PRIMARY KEY,
  election   TEXT NOT NULL, -- empty: of every one
  commission TEXT NOT NULL, -- which it is under
  territory  TEXT NOT NULL,
  number     BIGINT NOT NULL,
  body       TEXT NOT NULL,
  UNIQUE (election, number)
);
CREATE INDEX precinct_commission ON precinct(commission, number);
ALTER TABLE constituency ADD COLUMN ballot TEXT NOT NULL DEFAULT ''; -- empty: the election's kind
CREATE INDEX constituency_election ON constituency(election, ballot, id);
CREATE INDEX organisation_role ON organisation(role, id);

-- Applications.
ALTER TABLE application ADD COLUMN previous TEXT NOT NULL DEFAULT ''; -- the one it is handed in anew for
ALTER TABLE application ADD COLUMN content_hash TEXT NOT NULL DEFAULT ''; -- SHA-256 of the signed bytes; empty: not known
ALTER TABLE application ADD COLUMN return_due BIGINT NOT NULL DEFAULT 0; -- returned: until when to correct it
ALTER TABLE application ADD COLUMN decide_by TEXT NOT NULL DEFAULT ''; -- last day of the legal term, YYYY-MM-DD
ALTER TABLE application ADD COLUMN reviewed_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE application ADD COLUMN ballot TEXT NOT NULL DEFAULT ''; -- kind of vote; empty: every one
ALTER TABLE application ADD COLUMN code TEXT NOT NULL DEFAULT ''; -- login code that signed it, in place of a signature
CREATE UNIQUE INDEX application_previous ON application(previous) WHERE previous <> '';
CREATE INDEX application_content ON application(content_hash) WHERE content_hash <> '';

-- One revision of the rules over a whole application.
CREATE TABLE whole_assessment (
  application_id TEXT NOT NULL REFERENCES application(id),
  revision       BIGINT NOT NULL,
  findings_version INTEGER NOT NULL, -- the sum over the subjects
  verdict        TEXT NOT NULL,
  sealed_body    BYTEA NOT NULL,
  at             BIGINT NOT NULL,
  PRIMARY KEY (application_id, revision),
  UNIQUE (application_id, findings_version)
);

-- What a person changed by hand in a column that a register filled.
CREATE TABLE amendment (
  id             TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  subject_id     TEXT NOT NULL REFERENCES subject(id),
  name           TEXT NOT NULL, -- of the column
  sealed_body    BYTEA NOT NULL, -- value and reason
  actor          TEXT NOT NULL, -- applicant, or official:ID
  at             BIGINT NOT NULL
);
CREATE INDEX amendment_application ON amendment(application_id, id);

-- Where a finding is from when it was not asked for anew: receipt:ID, or the id of
-- an earlier finding about the same person. Its time is when the register answered.
ALTER TABLE finding ADD COLUMN source TEXT NOT NULL DEFAULT '';
-- A check that is asked again is in its next round; a finding is of one round.
ALTER TABLE check_ ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN round INTEGER NOT NULL DEFAULT 0;

-- What a login code signs: the SHA-256 of the bytes; empty: nothing.
ALTER TABLE login_code ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';

-- Signatures are also put under other acts; a code by SMS is one of the ways.
ALTER TABLE signature_evidence DROP CONSTRAINT signature_evidence_act_check;
ALTER TABLE signature_evidence ADD CONSTRAINT signature_evidence_act_check CHECK (act IN ('application','decision','withdrawal'));
ALTER TABLE signature_evidence ADD COLUMN method TEXT NOT NULL DEFAULT 'eds' CHECK (method IN ('eds','sms'));

CREATE TABLE withdrawal (
  id               TEXT PRIMARY KEY,
  application_id   TEXT NOT NULL REFERENCES application(id),
  state            TEXT NOT NULL CHECK (state IN ('verifying','done','refused','late')),
  reason           TEXT NOT NULL DEFAULT '',
  sealed_document  BYTEA NOT NULL,
  sealed_signature BYTEA NOT NULL,
  submitted_by     TEXT NOT NULL,
  at               BIGINT NOT NULL
);
CREATE INDEX withdrawal_application ON withdrawal(application_id, id);

-- A decision as it was drafted, until it is signed or another draft takes its place.
CREATE TABLE draft (
  application_id  TEXT PRIMARY KEY REFERENCES application(id),
  id              TEXT NOT NULL UNIQUE,
  drafted_by      TEXT NOT NULL,
  version         BIGINT NOT NULL, -- of the application
  sealed_document BYTEA NOT NULL,
  at              BIGINT NOT NULL
);
-- What is decided about the application as a whole, where it names nobody.
ALTER TABLE decision ADD COLUMN whole TEXT NOT NULL DEFAULT ''; -- JSON

-- Roles that people hold by executed decisions; ended ones stay.
CREATE TABLE role (
  id           TEXT PRIMARY KEY, -- of the subject that took it
  election     TEXT NOT NULL,
  pinfl_index  BYTEA NOT NULL,
  role         TEXT NOT NULL,
  slot         TEXT NOT NULL, -- one person holds one role of a slot at a time
  ballot       TEXT NOT NULL DEFAULT '',
  application_id TEXT NOT NULL REFERENCES application(id),
  commission   TEXT NOT NULL DEFAULT '',
  organisation TEXT NOT NULL DEFAULT '', -- that put the person forward
  candidate    TEXT NOT NULL DEFAULT '', -- proxies: the candidate's role
  constituency TEXT NOT NULL DEFAULT '',
  territory    TEXT NOT NULL DEFAULT '',
  body         TEXT NOT NULL DEFAULT '', -- members: the commission or precinct
  position     BIGINT NOT NULL DEFAULT 0, -- in a party's list
  female       BOOLEAN NOT NULL DEFAULT FALSE,
  taken_at     BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL DEFAULT 0,
  ended_by     TEXT NOT NULL DEFAULT '' -- decision
);
INSERT INTO role(id, election, pinfl_index, role, slot, application_id, commission, organisation, taken_at)
  SELECT r.subject_id, r.election, r.pinfl_index, r.role, 'one', a.id, a.commission, a.applicant, a.submitted_at
  FROM active_role r JOIN subject s ON s.id=r.subject_id JOIN application a ON a.id=s.application_id;
DROP TABLE active_role;
CREATE UNIQUE INDEX role_one ON role(election, pinfl_index, slot) WHERE ended_at = 0;
CREATE INDEX role_person ON role(election, pinfl_index);
CREATE INDEX role_kind ON role(election, role, id);
CREATE INDEX role_organisation ON role(election, organisation, role) WHERE ended_at = 0;
CREATE INDEX role_candidate ON role(candidate) WHERE candidate <> '' AND ended_at = 0;

-- Notices to many.
CREATE TABLE mailing (
  id        TEXT PRIMARY KEY,
  key       TEXT NOT NULL UNIQUE,
  election  TEXT NOT NULL,
  notice    TEXT NOT NULL,
  body      TEXT NOT NULL, -- to whom, parameters
  per_second BIGINT NOT NULL,
  state     TEXT NOT NULL CHECK (state IN ('running','paused','cancelled','done')),
  actor     TEXT NOT NULL,
  at        BIGINT NOT NULL,
  cursor    TEXT NOT NULL DEFAULT '', -- the last role looked at
  total     BIGINT NOT NULL DEFAULT 0,
  made      BIGINT NOT NULL DEFAULT 0,
  ended_at  BIGINT NOT NULL DEFAULT 0
);
ALTER TABLE notice ADD COLUMN mailing TEXT NOT NULL DEFAULT '';
CREATE INDEX notice_mailing ON notice(mailing, state) WHERE mailing <> '';

-- Who is told of events over HTTP.
CREATE TABLE webhook (
  id            TEXT PRIMARY KEY,
  commission    TEXT NOT NULL DEFAULT '', -- empty: every one's events
  url           TEXT NOT NULL,
  types         TEXT NOT NULL, -- JSON list; empty list: every type
  sealed_secret BYTEA NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('active','paused','removed')),
  position      BIGINT NOT NULL, -- of the last event looked at
  actor         TEXT NOT NULL,
  at            BIGINT NOT NULL
);
CREATE TABLE webhook_delivery (
  id           TEXT PRIMARY KEY,
  webhook_id   TEXT NOT NULL REFERENCES webhook(id),
  event_id     TEXT NOT NULL,
  position     BIGINT NOT NULL, -- of the event
  state        TEXT NOT NULL CHECK (state IN ('waiting','delivered','failed')),
  attempts     BIGINT NOT NULL DEFAULT 0,
  status       BIGINT NOT NULL DEFAULT 0, -- HTTP; 0: no answer
  at           BIGINT NOT NULL,
  delivered_at BIGINT NOT NULL DEFAULT 0,
  UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_state ON webhook_delivery(webhook_id, state, id);

-- +goose Down
SELECT 'a hub never migrates down';

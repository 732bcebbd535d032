-- +goose Up
-- Every verdict of the EDS, good or bad, with what proves it: kept for good and
-- shown to no user. Of several signers the times are the latest; 0: not told.

CREATE TABLE signature_evidence (
  id              TEXT PRIMARY KEY,
  application     TEXT NOT NULL REFERENCES application(id),
  act             TEXT NOT NULL CHECK (act IN ('application','decision')),
  ref             TEXT NOT NULL,
  at              INTEGER NOT NULL,
  document_hash   TEXT NOT NULL,
  sealed_pkcs7    BLOB NOT NULL,
  sealed_evidence BLOB NOT NULL,
  claimed_at      INTEGER NOT NULL DEFAULT 0,
  stamped_at      INTEGER NOT NULL DEFAULT 0,
  verified_at     INTEGER NOT NULL,
  reason          TEXT NOT NULL,
  trusted         INTEGER NOT NULL CHECK (trusted IN (0, 1))
);
CREATE INDEX signature_evidence_application ON signature_evidence(application, id);

-- +goose Down
SELECT 'a hub never migrates down';

-- +goose Up
-- What every process touched, none touches any more: an applicant's next turn is
-- read of its open jobs, and a stage's clock is kept in memory and saved at times.

DROP TABLE stage_rank;
CREATE INDEX job_turn ON job(stage, priority, applicant, rank) WHERE state IN ('ready','waiting','leased');

-- Why a job waits, so that a stop which ends finds those it put off.
UPDATE job SET failed_kind = coalesce(json_extract(last_error, '$.kind'), '') WHERE state = 'waiting' AND last_error <> '';

-- The end of the audit log's chain: the id and hash of the last line written. Ids
-- are counted here, so that they have no gap.
CREATE TABLE audit_head (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL, hash BLOB);
INSERT INTO audit_head(id, last, hash) SELECT 1,
  coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0),
  (SELECT hash FROM audit ORDER BY id DESC LIMIT 1);

-- +goose Down
SELECT 'a hub never migrates down';

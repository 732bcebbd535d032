-- +goose Up
-- The commission's word on papers about an application as a whole.
CREATE TABLE whole_confirmation (
  id             TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  kind           TEXT NOT NULL,
  attachment     TEXT NOT NULL,
  official       TEXT NOT NULL,
  at             INTEGER NOT NULL,
  UNIQUE (application_id, kind)
);

-- +goose Down
SELECT 'a hub never migrates down';

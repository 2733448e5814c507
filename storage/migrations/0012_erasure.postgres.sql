-- Whom the county was asked to forget, or had no reason to remember any longer: ids only, so that a restored backup
-- forgets her again.

CREATE TABLE erasure (
    woman_id VARCHAR(32) NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    why VARCHAR(16) NOT NULL
);

-- The counts an institution fills in each quarter, every filing a version of its own; of which level it is.

ALTER TABLE place ADD COLUMN level INT;

CREATE TABLE quarterly_count (
    id VARCHAR(48) NOT NULL PRIMARY KEY,
    form_id VARCHAR(32) NOT NULL,
    version INT NOT NULL,
    is_latest BOOLEAN NOT NULL,
    period VARCHAR(8) NOT NULL,
    recorded_time TIMESTAMPTZ NOT NULL,
    counts TEXT NOT NULL,
    author_id VARCHAR(32) NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    inbound_id VARCHAR(32) REFERENCES inbound (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    UNIQUE (form_id, version)
);
CREATE INDEX quarterly_count_by_place_id_period ON quarterly_count (place_id, period);

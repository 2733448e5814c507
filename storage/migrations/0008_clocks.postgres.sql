-- Duties with a time: what runs, since when, until when, and how it ended.

CREATE TABLE clock (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    cause VARCHAR(64) NOT NULL,
    owner VARCHAR(16) NOT NULL,
    details TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    next_check_at TIMESTAMPTZ,
    state VARCHAR(8) NOT NULL,
    stopped_at TIMESTAMPTZ,
    ended VARCHAR(16),
    alert_id VARCHAR(32) REFERENCES alert (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    pregnancy_id VARCHAR(32) REFERENCES pregnancy (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX clock_by_next_check_at ON clock (next_check_at);
CREATE INDEX clock_by_cause ON clock (cause);
CREATE INDEX clock_by_woman_id_state ON clock (woman_id, state);
CREATE INDEX clock_by_place_id_state ON clock (place_id, state);
CREATE INDEX clock_by_alert_id ON clock (alert_id);

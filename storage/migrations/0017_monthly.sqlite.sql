-- The summary of a month: what each office was sent or is still to be sent, and what a colleague asked for.

CREATE TABLE monthly (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    role VARCHAR(16) NOT NULL,
    period VARCHAR(8) NOT NULL,
    due_at TIMESTAMP NOT NULL,
    told_at TIMESTAMP,
    next_check_at TIMESTAMP,
    contact_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT
);
CREATE INDEX monthly_by_next_check_at ON monthly (next_check_at);

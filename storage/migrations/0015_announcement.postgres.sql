-- A notice to many (通知): who wrote it, to whom, and what became of it with each.

CREATE TABLE announcement (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    audience VARCHAR(16) NOT NULL,
    words TEXT NOT NULL,
    acknowledge BOOLEAN NOT NULL,
    left_out INT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    next_check_at TIMESTAMPTZ,
    staff_id VARCHAR(32) NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT
);
CREATE INDEX announcement_by_next_check_at ON announcement (next_check_at);
CREATE INDEX announcement_by_staff_id ON announcement (staff_id, created_at);

CREATE TABLE announcement_told (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    letter_id VARCHAR(32),
    acknowledged_at TIMESTAMPTZ,
    announcement_id VARCHAR(32) NOT NULL REFERENCES announcement (id) ON DELETE RESTRICT,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    pregnancy_id VARCHAR(32) REFERENCES pregnancy (id) ON DELETE RESTRICT
);
CREATE INDEX announcement_told_by_announcement_id ON announcement_told (announcement_id);
CREATE INDEX announcement_told_by_contact_id ON announcement_told (contact_id, acknowledged_at);

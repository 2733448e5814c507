-- Who answers for a woman's case by name (包保), from when to when.

CREATE TABLE assignment (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    since TIMESTAMPTZ NOT NULL,
    until TIMESTAMPTZ,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT,
    pregnancy_id VARCHAR(32) NOT NULL REFERENCES pregnancy (id) ON DELETE RESTRICT,
    staff_id VARCHAR(32) NOT NULL REFERENCES staff (id) ON DELETE RESTRICT,
    issuer_id VARCHAR(32) REFERENCES staff (id) ON DELETE RESTRICT
);
CREATE INDEX assignment_by_pregnancy_id ON assignment (pregnancy_id, until);
CREATE INDEX assignment_by_staff_id ON assignment (staff_id, until);
CREATE INDEX assignment_by_woman_id ON assignment (woman_id);

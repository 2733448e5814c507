-- What was due to a woman or because of her, and what became of it; whether she wants to be reminded, by contact.

ALTER TABLE contact_woman ADD COLUMN consent VARCHAR(8);
ALTER TABLE contact_woman ADD COLUMN consent_at TIMESTAMPTZ;

CREATE TABLE care_act (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    "key" TEXT NOT NULL,
    kind VARCHAR(8) NOT NULL,
    to_role VARCHAR(16) NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    useful_until TIMESTAMPTZ NOT NULL,
    state VARCHAR(8) NOT NULL,
    reason VARCHAR(20),
    answer TEXT,
    answered_at TIMESTAMPTZ,
    letter_id VARCHAR(32),
    next_check_at TIMESTAMPTZ,
    answered_by_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT,
    pregnancy_id VARCHAR(32) NOT NULL REFERENCES pregnancy (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX care_act_by_next_check_at ON care_act (next_check_at);
CREATE INDEX care_act_by_place_id_to_role_state ON care_act (place_id, to_role, state);
CREATE INDEX care_act_by_pregnancy_id ON care_act (pregnancy_id);
CREATE INDEX care_act_by_woman_id ON care_act (woman_id);

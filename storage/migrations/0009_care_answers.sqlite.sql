-- What she said with her answer to a reminder; links by which she asks to be written to in another channel.

ALTER TABLE care_act ADD COLUMN said TEXT;

CREATE TABLE woman_link (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    token_index VARCHAR(44) NOT NULL UNIQUE,
    state VARCHAR(16) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    decided_at TIMESTAMP,
    claimed_by_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    issuer_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX woman_link_by_woman_id ON woman_link (woman_id);

-- Keys with which the county system calls us: only a keyed hash of each is kept.

CREATE TABLE county_key (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    key_index VARCHAR(44) NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP
);

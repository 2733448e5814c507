-- The first tables. What each is for: storage/models.py.

CREATE TABLE attempt (
    id VARCHAR(120) NOT NULL PRIMARY KEY,
    count INT NOT NULL
);

CREATE TABLE audit (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor VARCHAR(32) NOT NULL,
    role VARCHAR(16) NOT NULL,
    action VARCHAR(40) NOT NULL,
    subject VARCHAR(48),
    channel VARCHAR(16) NOT NULL,
    outcome VARCHAR(16) NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject);

CREATE TABLE delivery (
    id VARCHAR(48) NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    lane VARCHAR(32) NOT NULL,
    destination VARCHAR(32) NOT NULL,
    event VARCHAR(32) NOT NULL,
    payload TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    attempts INT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    lease_until TIMESTAMP,
    last_status INT,
    error VARCHAR(200),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX delivery_by_seq ON delivery (seq);
CREATE INDEX delivery_by_state_due_at ON delivery (state, due_at);
CREATE INDEX delivery_by_lane_state ON delivery (lane, state);
CREATE INDEX delivery_by_destination_state_seq ON delivery (destination, state, seq);

CREATE TABLE destination (
    name VARCHAR(32) NOT NULL PRIMARY KEY,
    paused INT NOT NULL,
    reason VARCHAR(200),
    since TIMESTAMP
);

CREATE TABLE place (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    name VARCHAR(60) NOT NULL,
    programme VARCHAR(32),
    phone VARCHAR(20),
    parent_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT
);

CREATE TABLE setting (
    key VARCHAR(60) NOT NULL PRIMARY KEY,
    value VARCHAR(400) NOT NULL
);

CREATE TABLE staff (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    phone TEXT NOT NULL,
    phone_index VARCHAR(44) NOT NULL
);
CREATE INDEX staff_by_phone_index ON staff (phone_index);

CREATE TABLE contact (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    locale VARCHAR(8) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    staff_id VARCHAR(32) REFERENCES staff (id) ON DELETE RESTRICT
);
CREATE INDEX contact_by_staff_id ON contact (staff_id);

CREATE TABLE address (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    channel VARCHAR(16) NOT NULL,
    address TEXT NOT NULL,
    address_index VARCHAR(44) NOT NULL,
    state VARCHAR(16) NOT NULL,
    last_inbound_at TIMESTAMP,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    UNIQUE (channel, address_index)
);
CREATE INDEX address_by_contact_id ON address (contact_id);

CREATE TABLE inbound (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    channel VARCHAR(16) NOT NULL,
    provider_id VARCHAR(80) NOT NULL,
    payload TEXT NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    received_at TIMESTAMP NOT NULL,
    state VARCHAR(16) NOT NULL,
    error VARCHAR(200),
    contact_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    UNIQUE (channel, provider_id)
);
CREATE INDEX inbound_by_contact_id ON inbound (contact_id);

CREATE TABLE invitation (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    code_index VARCHAR(44) NOT NULL UNIQUE,
    role VARCHAR(16) NOT NULL,
    phone TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    claimed_name TEXT,
    claimed_by_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    issuer_id VARCHAR(32) REFERENCES staff (id) ON DELETE RESTRICT,
    issuer_contact_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT
);

CREATE TABLE outgoing (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    lane VARCHAR(32) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    address TEXT NOT NULL,
    kind VARCHAR(16) NOT NULL,
    payload TEXT NOT NULL,
    state VARCHAR(16) NOT NULL,
    attempts INT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    lease_until TIMESTAMP,
    provider_message_id VARCHAR(80),
    error VARCHAR(200),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT
);
CREATE INDEX outgoing_by_seq ON outgoing (seq);
CREATE INDEX outgoing_by_state_due_at ON outgoing (state, due_at);
CREATE INDEX outgoing_by_lane_state ON outgoing (lane, state);
CREATE INDEX outgoing_by_channel_state_kind_seq ON outgoing (channel, state, kind, seq);

CREATE TABLE post (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    role VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    since TIMESTAMP NOT NULL,
    until TIMESTAMP,
    issuer_id VARCHAR(32) REFERENCES staff (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    staff_id VARCHAR(32) NOT NULL REFERENCES staff (id) ON DELETE RESTRICT
);
CREATE INDEX post_by_place_id ON post (place_id);
CREATE INDEX post_by_staff_id ON post (staff_id);

CREATE TABLE session (
    data TEXT NOT NULL,
    version INT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    next_check_at TIMESTAMP,
    contact_id VARCHAR(32) NOT NULL PRIMARY KEY REFERENCES contact (id) ON DELETE RESTRICT
);
CREATE INDEX session_by_next_check_at ON session (next_check_at);

CREATE TABLE woman (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    name_index VARCHAR(44),
    resident_id_index VARCHAR(44),
    phone_index VARCHAR(44),
    details TEXT NOT NULL,
    version INT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    village_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT
);
CREATE INDEX woman_by_resident_id_index ON woman (resident_id_index);
CREATE INDEX woman_by_phone_index ON woman (phone_index);
CREATE INDEX woman_by_village_name_index ON woman (village_id, name_index);

CREATE TABLE contact_woman (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT,
    UNIQUE (contact_id, woman_id)
);
CREATE INDEX contact_woman_by_woman_id ON contact_woman (woman_id);

CREATE TABLE pregnancy (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    open INT NOT NULL,
    details TEXT NOT NULL,
    next_check_at TIMESTAMP,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX pregnancy_by_next_check_at ON pregnancy (next_check_at);
CREATE INDEX pregnancy_by_woman_id ON pregnancy (woman_id);

CREATE TABLE child (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    details TEXT NOT NULL,
    pregnancy_id VARCHAR(32) REFERENCES pregnancy (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX child_by_woman_id ON child (woman_id);

CREATE TABLE report (
    id VARCHAR(48) NOT NULL PRIMARY KEY,
    report_id VARCHAR(32) NOT NULL,
    version INT NOT NULL,
    supersedes INT,
    is_latest INT NOT NULL,
    withdrawn INT NOT NULL,
    event VARCHAR(32) NOT NULL,
    subject_ids JSON NOT NULL,
    event_time TEXT,
    known_time TIMESTAMP NOT NULL,
    recorded_time TIMESTAMP NOT NULL,
    author_role VARCHAR(16) NOT NULL,
    channel VARCHAR(16) NOT NULL,
    channel_trust VARCHAR(8) NOT NULL,
    verification VARCHAR(16) NOT NULL,
    programme VARCHAR(32) NOT NULL,
    schema_version INT NOT NULL,
    body TEXT NOT NULL,
    author_id VARCHAR(32) REFERENCES staff (id) ON DELETE RESTRICT,
    inbound_id VARCHAR(32) REFERENCES inbound (id) ON DELETE RESTRICT,
    pregnancy_id VARCHAR(32) REFERENCES pregnancy (id) ON DELETE RESTRICT,
    village_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) NOT NULL REFERENCES woman (id) ON DELETE RESTRICT,
    UNIQUE (report_id, version)
);
CREATE INDEX report_by_woman_id ON report (woman_id);
CREATE INDEX report_by_author_is_latest_recorded_time ON report (author_id, is_latest, recorded_time);

CREATE TABLE alert (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    kind VARCHAR(16) NOT NULL,
    raised_at TIMESTAMP NOT NULL,
    level INT NOT NULL,
    acknowledged_at TIMESTAMP,
    next_check_at TIMESTAMP,
    details TEXT NOT NULL,
    acknowledged_by_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) REFERENCES place (id) ON DELETE RESTRICT,
    reporter_id VARCHAR(32) REFERENCES contact (id) ON DELETE RESTRICT,
    woman_id VARCHAR(32) REFERENCES woman (id) ON DELETE RESTRICT
);
CREATE INDEX alert_by_next_check_at ON alert (next_check_at);
CREATE INDEX alert_by_reporter_id ON alert (reporter_id);
CREATE INDEX alert_by_woman_id ON alert (woman_id);

CREATE TABLE alert_told (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    number INT NOT NULL,
    first_at TIMESTAMP NOT NULL,
    last_at TIMESTAMP NOT NULL,
    times INT NOT NULL,
    letter_id VARCHAR(32) NOT NULL,
    alert_id VARCHAR(32) NOT NULL REFERENCES alert (id) ON DELETE RESTRICT,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    UNIQUE (alert_id, contact_id)
);
CREATE INDEX alert_told_by_contact_id ON alert_told (contact_id);

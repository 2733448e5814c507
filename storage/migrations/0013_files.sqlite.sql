-- Files somebody asked for: what is to be made, and the file itself, encrypted, until it was handed over.

CREATE TABLE file_job (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    role VARCHAR(16) NOT NULL,
    what VARCHAR(8) NOT NULL,
    params TEXT NOT NULL,
    state VARCHAR(8) NOT NULL,
    tries INT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    progress_at TIMESTAMP,
    next_check_at TIMESTAMP,
    name VARCHAR(60),
    women TEXT,
    token_index VARCHAR(44) UNIQUE,
    letter_id VARCHAR(32),
    expires_at TIMESTAMP,
    fetched_at TIMESTAMP,
    address_id VARCHAR(32) NOT NULL REFERENCES address (id) ON DELETE RESTRICT,
    contact_id VARCHAR(32) NOT NULL REFERENCES contact (id) ON DELETE RESTRICT,
    place_id VARCHAR(32) NOT NULL REFERENCES place (id) ON DELETE RESTRICT,
    staff_id VARCHAR(32) NOT NULL REFERENCES staff (id) ON DELETE RESTRICT
);
CREATE INDEX file_job_by_next_check_at ON file_job (next_check_at);

CREATE TABLE file_piece (
    id VARCHAR(48) NOT NULL PRIMARY KEY,
    number INT NOT NULL,
    content TEXT NOT NULL,
    job_id VARCHAR(32) NOT NULL REFERENCES file_job (id) ON DELETE CASCADE
);
CREATE INDEX file_piece_by_job_id ON file_piece (job_id);

-- The audit log as a chain: numbered, sealed row by row, refused to be changed. What stood there before keeps its order,
-- without seals, under numbers below 1; its reports and invitations move from `subject` to `record`.

DROP INDEX audit_by_subject;
ALTER TABLE audit RENAME TO audit_before;
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor VARCHAR(32) NOT NULL,
    role VARCHAR(16) NOT NULL,
    action VARCHAR(40) NOT NULL,
    subject VARCHAR(32),
    record VARCHAR(48),
    why VARCHAR(40),
    channel VARCHAR(16) NOT NULL,
    outcome VARCHAR(16) NOT NULL,
    mac VARCHAR(44) NOT NULL
);
INSERT INTO audit (seq, at, actor, role, action, record, channel, outcome, mac)
    SELECT ROW_NUMBER() OVER (ORDER BY at, id) - (SELECT COUNT(*) FROM audit_before),
        at, actor, role, action, subject, channel, outcome, ''
    FROM audit_before;
DROP TABLE audit_before;
CREATE INDEX audit_by_subject ON audit (subject);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is written, never changed');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is written, never deleted');
END;

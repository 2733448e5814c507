-- The audit log as a chain: numbered, sealed row by row, refused to be changed. What stood there before keeps its order,
-- without seals, under numbers below 1; its reports and invitations move from `subject` to `record`.

DROP INDEX audit_by_subject;
ALTER TABLE audit RENAME TO audit_before;
CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
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

CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
    RAISE EXCEPTION ''the audit log is written, never changed'';
END';
-- within a block: a statement of its own would be read to the END that SQLite's triggers have
DO 'BEGIN
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_stays();
    CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
END';

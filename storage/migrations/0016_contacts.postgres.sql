-- Where somebody wants to be written to; which places can deliver, in which sector (片区) a township lies, who holds one.

ALTER TABLE staff ADD COLUMN prefers VARCHAR(16);
ALTER TABLE woman ADD COLUMN prefers VARCHAR(16);
ALTER TABLE place ADD COLUMN midwifery BOOLEAN;
ALTER TABLE place ADD COLUMN sector VARCHAR(60);
ALTER TABLE post ADD COLUMN sector VARCHAR(60);
ALTER TABLE invitation ADD COLUMN sector VARCHAR(60);

-- Which SMS gateway has a letter, how many parts it is, and since when.

ALTER TABLE outgoing ADD COLUMN gateway VARCHAR(32);
ALTER TABLE outgoing ADD COLUMN parts INT;
ALTER TABLE outgoing ADD COLUMN handed_at TIMESTAMP;
CREATE INDEX outgoing_by_gateway_handed_at ON outgoing (gateway, handed_at);

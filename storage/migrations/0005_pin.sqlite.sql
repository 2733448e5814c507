-- What a colleague's PIN is known by, a keyed hash with its salt; a joiner's waits with her invitation.

ALTER TABLE staff ADD COLUMN pin VARCHAR(80);
ALTER TABLE invitation ADD COLUMN claimed_pin VARCHAR(80);

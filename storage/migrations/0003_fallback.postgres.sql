-- When a letter that asks for an answer is looked at again; and what went out by SMS in a day.

ALTER TABLE outgoing ADD COLUMN next_check_at TIMESTAMPTZ;
CREATE INDEX outgoing_by_next_check_at ON outgoing (next_check_at);
CREATE INDEX outgoing_by_channel_handed_at ON outgoing (channel, handed_at);

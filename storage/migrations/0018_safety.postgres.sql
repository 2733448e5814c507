-- Since when somebody says that her number is not safe to be written to; whose word answered an act, to be found by.

ALTER TABLE contact ADD COLUMN unsafe_at TIMESTAMPTZ;
CREATE INDEX care_act_by_answered_by_id ON care_act (answered_by_id);

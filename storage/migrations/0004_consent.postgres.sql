-- Since when somebody wants no messages of her own, in which words she said so, and since when her number is
-- said not to be that of the women it is kept for.

ALTER TABLE contact ADD COLUMN opted_out_at TIMESTAMPTZ;
ALTER TABLE contact ADD COLUMN opt_out_reason TEXT;
ALTER TABLE contact ADD COLUMN silenced_at TIMESTAMPTZ;

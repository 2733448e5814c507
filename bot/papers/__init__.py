"""Papers made: of which place and time, for whom, from the database; `yunguan report`."""

"""Papers that come out (requirements.md §7): what stands in them, from the reports alone."""

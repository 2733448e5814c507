"""The numbered migrations, see `storage/migrate.py`. Once released, none of them changes."""

"""What keeps data safe and lets it go: new keys, erasing, backups, handing over, retention (docs/privacy.md)."""

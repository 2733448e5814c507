"""What acts: wiring, access, channels, outbox, county, web, command line."""

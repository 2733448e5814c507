"""The ways in and out. Only this package knows telegram or an SMS gateway."""

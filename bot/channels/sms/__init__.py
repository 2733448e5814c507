"""SMS: one channel, several gateways. What each needs, and how a county sets it up: docs/sms.md."""

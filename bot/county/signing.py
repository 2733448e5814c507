"""Standard Webhooks headers: who sent a delivery, when, and that nobody changed it."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook


class Signer:
    """Signs with a destination's secret (`whsec_…`). Its repr shows nothing of it."""

    def __init__(self, secret: str) -> None:
        if not secret.startswith("whsec_"):
            raise ValueError("a county secret begins with whsec_")
        self._webhook = Webhook(secret)

    def headers(self, delivery_id: str, body: str, at: datetime) -> dict[str, str]:
        """The three headers of one attempt, made at `at`."""
        at = at.astimezone(UTC)
        return {
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": self._webhook.sign(delivery_id, at, body),
        }

"""A message as it stands in a chat."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Shown:
    """A message in a chat. `message` is the Bot API's Message; `said` every wording it had, newest last."""

    message: dict[str, Any]
    by_bot: bool
    keyboard: list[list[dict[str, Any]]] = field(default_factory=list)
    """The reply keyboard that came with it."""
    deleted: bool = False
    said: list[str] = field(default_factory=list)
    document: bytes = b""
    options: dict[str, Any] = field(default_factory=dict)
    """Everything the bot passed besides chat and text."""

    @property
    def id(self) -> int:
        return int(self.message["message_id"])

    @property
    def text(self) -> str:
        return str(self.message.get("text", ""))

    @property
    def rows(self) -> list[list[dict[str, Any]]]:
        """The inline keyboard."""
        rows: list[list[dict[str, Any]]] = self.message.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def buttons(self) -> dict[str, str]:
        """Labels of the inline keyboard, with their data."""
        return {button["text"]: button.get("callback_data", "") for row in self.rows for button in row}

    @property
    def keys(self) -> list[str]:
        """Labels of the reply keyboard."""
        return [key["text"] for row in self.keyboard for key in row]

    def __repr__(self) -> str:
        who, gone = "bot" if self.by_bot else "her", " (deleted)" if self.deleted else ""
        return f"<{self.id} {who}: {self.text!r}{gone}>"

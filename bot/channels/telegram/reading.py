"""What Telegram sends, as what a conversation can use: pure, straight from the documented JSON.

Not through python-telegram-bot's classes: one update they cannot parse fails its whole batch and is logged
with its contents, and they cost forty times as much (a message: `Update.de_json` 150 µs, `inbound_of` 4 µs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Inbound
from conversations.message import Kind

NAME = "telegram"

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update asked for (`allowed_updates`)."""

WORDLESS = frozenset(
    {
        *("animation", "audio", "checklist", "contact", "dice", "document", "game", "invoice", "location"),
        *("paid_media", "photo", "poll", "sticker", "story", "venue", "video", "video_note", "voice"),
    }
)
"""What a person can send besides words. What remains is the service's own (something pinned …): no answer."""


@dataclass(frozen=True, slots=True)
class Membership:
    """She blocked the bot, or lets it in again."""

    address: str
    blocked: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Something happened in a group or channel, where nothing is read. `inside`: the bot is still in it."""

    chat_id: int
    inside: bool
    locale: str


Read = Inbound | Membership | Group | None


def inbound_of(update: Mapping[str, Any], received_at: datetime) -> Read:
    """What an update (https://core.telegram.org/bots/api#update) says to us; None: nothing.

    Malformed ones raise KeyError, TypeError, ValueError, AttributeError or OverflowError.
    """
    if message := update.get("message"):
        return _message(update["update_id"], message, received_at, edited=False)
    if press := update.get("callback_query"):
        return _press(update["update_id"], press, received_at)
    if message := update.get("edited_message"):
        return _message(update["update_id"], message, received_at, edited=True)
    if change := update.get("my_chat_member"):
        return _membership(change)
    return None


def chat_of(update: Mapping[str, Any]) -> object:
    """Which chat an update belongs to, for keeping order; one of its own when that cannot be told."""
    try:
        for kind in WANTED:
            if body := update.get(kind):
                return (body["message"] if kind == "callback_query" else body)["chat"]["id"]
    except (KeyError, TypeError):
        pass
    return ("update", update.get("update_id"))


def locale_of(user: Mapping[str, Any]) -> str:
    """The language of her Telegram, as one of ours; empty when she does not tell."""
    code = user.get("language_code")
    if not code:
        return ""
    return "zh_CN" if code.startswith("zh") else "en"


def _message(update_id: int, message: Mapping[str, Any], received_at: datetime, *, edited: bool) -> Read:
    chat, sender = message["chat"], message.get("from", {})
    if chat["type"] != "private":
        return Group(chat["id"], inside="left_chat_member" not in message, locale=locale_of(sender))
    if sender["is_bot"]:
        return None
    kind: Kind
    phone = ""
    text = message.get("text")
    if text is not None:
        kind = "edited" if edited else "text"
    elif (contact := message.get("contact")) and contact.get("user_id") == sender["id"] and not edited:
        kind, phone = "contact", _number(contact["phone_number"])
    elif WORDLESS.isdisjoint(message):
        return None
    elif not edited:
        kind = "other"
    elif "caption" in message:
        kind = "edited"
    else:  # a shared position that moves
        return None
    return Inbound(
        channel=NAME,
        address=str(chat["id"]),
        provider_id=_name(update_id, message),
        sent_at=datetime.fromtimestamp(message["date"], UTC),
        received_at=received_at,
        kind=kind,
        text=message.get("caption", "") if text is None else text,
        phone=phone,
        message_id=str(message["message_id"]),
        locale=locale_of(sender),
    )


def _press(update_id: int, press: Mapping[str, Any], received_at: datetime) -> Read:
    sender, message, data = press["from"], press.get("message"), press.get("data")
    if not message or not data or sender["is_bot"]:
        return None
    chat = message["chat"]
    if chat["type"] != "private":
        return Group(chat["id"], inside=True, locale=locale_of(sender))
    return Inbound(
        channel=NAME,
        address=str(chat["id"]),
        provider_id=_name(update_id, message),
        sent_at=received_at,  # Telegram does not say when it was pressed
        received_at=received_at,
        kind="button",
        button=data,
        message_id=str(message["message_id"]),
        locale=locale_of(sender),
    )


def _membership(change: Mapping[str, Any]) -> Membership | Group:
    chat, status = change["chat"], change["new_chat_member"]["status"]
    if chat["type"] == "private":
        return Membership(str(chat["id"]), blocked=status == "kicked")
    return Group(chat["id"], inside=status not in ("left", "kicked"), locale=locale_of(change["from"]))


def _name(update_id: int, message: Mapping[str, Any]) -> str:
    """What tells this update from all others, for ever: ids alone start anew, anywhere, after a quiet week, and
    with another bot; then a new message must not be taken for an old one brought again."""
    return f"{update_id}.{message.get('edit_date') or message.get('date') or 0}"


def _number(shared: str) -> str:
    """A phone number as its owner would write it: Telegram adds the country code, with + or without."""
    digits = "".join(filter(str.isdigit, shared))
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits

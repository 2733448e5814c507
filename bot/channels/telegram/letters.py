"""A letter as Telegram takes it: texts short enough, buttons as keyboards."""

from __future__ import annotations

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup

from bot.channels.base import Letter

TEXT_UNITS = 4096
"""The longest message, in UTF-16 units."""

Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup


def pieces(text: str) -> list[str]:
    """The text as messages of at most TEXT_UNITS, cut after a line where that wastes no more than half.

    None for a blank text, which Telegram would refuse.
    """
    parts = []
    while text:
        end = _fitting(text)
        if end < len(text) and (line := text.rfind("\n", end // 2, end)) >= 0:
            end = line + 1
        part, text = text[:end], text[end:]
        if part.strip():
            parts.append(part)
    return parts


def keyboard(letter: Letter) -> Markup | None:
    """The letter's buttons. Beside `ask_phone`, which needs a reply keyboard, they send their labels."""
    if letter.ask_phone:
        rows = [[KeyboardButton(label) for label, _ in row] for row in letter.buttons]
        rows.append([KeyboardButton(letter.ask_phone, request_contact=True)])
        return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)
    if letter.buttons:
        return InlineKeyboardMarkup(
            [
                [InlineKeyboardButton(label, callback_data=data) for label, data in row]
                for row in letter.buttons
            ]
        )
    return None


def _fitting(text: str) -> int:
    """How many characters from the start fit into one message; one beyond U+FFFF counts as two."""
    if len(text) * 2 <= TEXT_UNITS:
        return len(text)
    units = 0
    for at, character in enumerate(text):
        units += 2 if character > "\uffff" else 1
        if units > TEXT_UNITS:
            return at
    return len(text)

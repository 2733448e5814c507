"""What a channel brings: told apart, not forged, and never in the way of others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.base import Inbound
from bot.channels.telegram.reading import inbound_of
from bot.seals import seal, unseal
from storage.crypto import Keyring
from tests.review.joining import code_from, stranger
from tests.support.town import Somebody, Town

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def said(update_id: int, date: int, message_id: int = 5) -> dict[str, Any]:
    user = {"id": 1001, "is_bot": False, "first_name": "M", "language_code": "zh"}
    return {
        "update_id": update_id,
        "message": {
            "message_id": message_id,
            "date": date,
            "chat": {"id": 1001, "type": "private"},
            "from": user,
            "text": "李梅怀孕了",
        },
    }


def pressed(update_id: int, date: int) -> dict[str, Any]:
    message = said(update_id, date)["message"]
    return {
        "update_id": update_id,
        "callback_query": {"id": "77", "from": message["from"], "message": message, "data": "x"},
    }


def name_of(update: dict[str, Any]) -> str:
    read = inbound_of(update, NOW)
    assert isinstance(read, Inbound)
    return read.provider_id


@pytest.mark.parametrize("make", [said, pressed])
def test_an_update_id_given_again_after_a_quiet_week_is_another_message(make: Any) -> None:
    """Telegram starts its ids anew, anywhere, after a week without updates; another bot has its own."""
    assert name_of(make(7, 1_700_000_000)) != name_of(make(7, 1_790_000_000))


@pytest.mark.parametrize("make", [said, pressed])
def test_an_update_brought_twice_is_one(make: Any) -> None:
    assert name_of(make(7, 1_700_000_000)) == name_of(make(7, 1_700_000_000))
    assert "1001" not in name_of(make(7, 1_700_000_000))


@pytest.mark.parametrize("forged", ["ab12.3:１", "AB12.3:1", "ab12.3: 1", "ab12.3:1\u3000"])
def test_a_seal_holds_for_the_very_value_only(keyring: Keyring, forged: str) -> None:
    mac = seal(keyring, "c1", "ab12.3:1").rpartition("~")[2]
    assert unseal(keyring, "c1", f"ab12.3:1~{mac}") == "ab12.3:1"
    assert unseal(keyring, "c1", f"{forged}~{mac}") is None


def test_half_a_character_in_a_button_is_no_error(keyring: Keyring) -> None:
    assert unseal(keyring, "c1", "\ud83d~abc") is None
    assert unseal(keyring, "c1", "abc~\ud83d") is None


async def test_late_messages_have_no_more_tries_than_others(town: Town, township: Somebody) -> None:
    """The day of a try is ours, not the one a gateway's clock tells."""
    code = await code_from(town, township, "杨梅坑村", "13700001111")
    late = {"sent_at": town.clock() - timedelta(days=3)}
    guesser = await stranger(town, "chat-guesser", "你好")
    for number in range(6):
        for text in (code, f"1370000222{number}"):
            assert await town.submit(town.inbound(guesser, text, **late)) == [None]
    for text in (code, "13700001111"):
        await town.submit(town.inbound(guesser, text, **late))
    assert "次数太多" in (await town.letters(guesser))[-1].text

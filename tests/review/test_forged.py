"""Whoever forges a colleague's number by SMS hears none of the answers, and gets nothing done that takes a code."""

from __future__ import annotations

import re

from storage.models import Invitation, Post
from tests.review.joining import code_from, stranger
from tests.support.town import Somebody, Town

JOINER = "13700000002"
TOWNSHIP_SMS = "19900000021"


async def waits(town: Town, issuer: Somebody) -> Somebody:
    """Somebody who used a code of the issuer's, and waits to be let in."""
    code = await code_from(town, issuer, "杨梅坑村", JOINER)
    joiner = await stranger(town, "chat-joiner", code)
    await town.say(joiner, JOINER, "周小凤")
    return joiner


async def by_sms(town: Town, who: Somebody, number: str) -> Somebody:
    """The same person, from her number, which anybody may pretend to have."""
    forged = who.by("sms", number)
    await town.also_reached(forged)
    return forged


async def let_in(town: Town) -> bool:
    return await Invitation.filter(state="confirmed").using_db(town.database.reading).exists()


async def test_a_forged_yes_lets_nobody_in(town: Town, township: Somebody) -> None:
    await waits(town, township)
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    for said in [
        "确认加入",
        "是",
        "对",
        "是",
        "确认",
        "1",
        "对0000",
        "就这些",
        "改1",
        "1",
        "1",
        "对",
        "跳过",
    ]:
        await town.say(forged, said)
        assert not await let_in(town), said


async def test_what_was_forged_is_not_finished_by_a_word_elsewhere(town: Town, township: Somebody) -> None:
    """A yes by SMS, then something said on the trusted channel: she is shown first what she is confirming."""
    await waits(town, township)
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    await town.say(forged, "确认加入", "是")
    for said in ("对", "帮助"):
        (answer,) = await town.say(township, said)
        assert "周小凤" in answer
        assert not await let_in(town)
    await town.say(forged, "改 1")
    await town.say(township, "1")
    assert not await let_in(town)
    await town.say(township, "对")
    assert await let_in(town)


async def test_a_forged_word_makes_no_code_and_takes_no_office(
    town: Town, township: Somebody, coordinator: Somebody
) -> None:
    forged = await by_sms(town, township, TOWNSHIP_SMS)
    await town.say(forged, "发加入码", "杨梅坑村", JOINER, "对", "是", "1", "对 0000")
    assert not await Invitation.all().using_db(town.database.reading).exists()
    await town.say(forged, "取消", "停用邓小莲", "对", "是", "1", "对 0000")
    assert not await Post.filter(state="revoked").using_db(town.database.reading).exists()


async def test_she_herself_makes_a_code_by_sms_with_the_code_of_the_reading_back(
    town: Town, township: Somebody
) -> None:
    hers = await by_sms(town, township, TOWNSHIP_SMS)
    (shown,) = await town.say(hers, "发加入码", "杨梅坑村", JOINER)
    code = re.search(r"对 (\d{4})", shown)
    assert code is not None
    (said,) = await town.say(hers, f"对 {code[1]}")
    assert re.search(r"加入码：\d{4} \d{4}", said)

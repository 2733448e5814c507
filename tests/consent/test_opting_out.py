"""退订 and 打错了: nothing unasked is made, sent, or left in the outbox; answers and danger still go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Letter
from bot.consent import UNASKED, Consent, unwelcome
from bot.outbox.letters import Drop
from conversations.message import Notice, Turn
from conversations.text import T
from storage.models import Address, Contact, Outgoing
from tests.support.town import OpenTowns, Town
from tests.support.turns import advance_by
from tests.support.watch import COORDINATOR, ELSEWHERE, STAFF, TOWNSHIP, WOMAN, Watch

ALL = ("reminder", "notice", "urgent", "condolence", "reply", "danger")


async def queue(town: Town, who: Any, *kinds: str) -> list[str]:
    """Letters of these kinds in the outbox, due tomorrow; their ids."""
    ids = []
    async with town.database.transaction() as tx:
        await town.app.pipeline._writer.number_on(tx)
        contact = await Contact.get(id=who.contact_id, using_db=tx)
        address = await Address.filter(contact_id=contact.id).using_db(tx).first()
        assert address is not None
        for kind in kinds:
            row = town.app.pipeline._writer.letter(contact, address, kind, T("好"), (), town.clock())
            row.due_at = town.clock() + timedelta(days=1)
            await row.save(using_db=tx, force_create=True)
            ids.append(row.id)
    return ids


async def rows(town: Town, ids: list[str]) -> dict[str, Outgoing]:
    found = await Outgoing.filter(id__in=ids).using_db(town.database.reading)
    return {row.kind: row for row in found}


async def kinds_sendable(town: Town, ids: list[str]) -> set[str]:
    """What the last look would let through."""
    look = Consent(town.database)
    seen = {kind: await look(row) for kind, row in (await rows(town, ids)).items()}
    assert all(isinstance(one, Letter | Drop) for one in seen.values())
    return {kind for kind, one in seen.items() if isinstance(one, Letter)}


@pytest.mark.parametrize(("word", "why"), [("退订", "opted_out"), ("打错了", "wrong_number")])
async def test_what_waits_in_the_outbox_goes_no_further(
    town: Town, watch: Watch, word: str, why: str
) -> None:
    await watch.enrol()
    ids = await queue(town, WOMAN, *ALL)
    assert await kinds_sendable(town, ids) == set(ALL)
    (said,) = await town.say(WOMAN, word)
    assert "李梅" not in said
    found = await rows(town, ids)
    assert {kind for kind, row in found.items() if row.state == "queued"} == {"reply", "danger"}
    assert {found[kind].error for kind in UNASKED} == {why}
    late = await queue(town, WOMAN, *ALL)  # made by who did not look
    assert await kinds_sendable(town, late) == {"reply", "danger"}


async def test_resumed(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "退订", "恢复")
    assert await kinds_sendable(town, await queue(town, WOMAN, *ALL)) == set(ALL)
    contact = await Contact.get(id=WOMAN.contact_id, using_db=town.database.reading)
    assert (contact.opted_out_at, contact.opt_out_reason) == (None, None)


async def test_it_is_kept_since_when_and_in_which_words(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "别再给我发短信了")
    since = town.clock()
    town.clock.advance(days=1)
    await town.say(WOMAN, "退订")
    contact = await Contact.get(id=WOMAN.contact_id, using_db=town.database.reading)
    assert contact.opted_out_at == since
    assert contact.opt_out_reason == "别再给我发短信了"


@pytest.mark.parametrize("who", STAFF, ids=lambda who: who.contact_id)
@pytest.mark.parametrize("word", ["退订", "TD", "T", "N", "R", "stop", "不要再发了", "打错了"])
async def test_staff_lose_no_work_message(town: Town, who: Any, word: str) -> None:
    await town.say(who, word)
    contact = await Contact.get(id=who.contact_id, using_db=town.database.reading)
    assert contact.opted_out_at is None
    assert contact.silenced_at is None


async def test_who_opted_out_before_she_was_staff_has_her_work_messages(town: Town) -> None:
    async with town.database.transaction() as tx:
        await (
            Contact.filter(id=COORDINATOR.contact_id)
            .using_db(tx)
            .update(opted_out_at=town.clock(), silenced_at=town.clock())
        )
    assert await kinds_sendable(town, await queue(town, COORDINATOR, *ALL)) == set(ALL)
    contact = await Contact.get(id=COORDINATOR.contact_id, using_db=town.database.reading)
    assert unwelcome(contact, "reminder") is None


async def test_a_notice_to_her_is_not_even_made(
    town: Town, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    await watch.enrol()
    await town.say(WOMAN, "退订")

    def notice(session: Any, message: Any, facts: Any, now: Any) -> Turn:
        kinds = ("notice", "condolence", "danger")
        return Turn(
            session={},
            effects=tuple(Notice(T("好"), contact_id=WOMAN.contact_id, kind=kind) for kind in kinds),  # type: ignore[arg-type]
        )

    before = len(await town.letters(WOMAN))
    with monkeypatch.context() as patched:
        advance_by(patched, notice)
        await town.submit(town.inbound(TOWNSHIP, "好"))
    assert len(await town.letters(WOMAN)) == before + 1
    assert len(await town.letters(WOMAN, "danger")) == 1


async def test_it_holds_after_a_restart_and_in_every_process(
    town: Town, watch: Watch, open_towns: OpenTowns
) -> None:
    await watch.enrol()
    await town.say(WOMAN, "退订")
    (other,) = await open_towns(1)
    assert await other.say(WOMAN, "退订") == []
    assert await kinds_sendable(other, await queue(other, WOMAN, *ALL)) == {"reply", "danger"}


async def test_the_program_looks_before_a_letter_leaves(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "退订")
    (letter_id,) = await queue(town, WOMAN, "reminder")
    async with town.database.transaction() as tx:
        await Outgoing.filter(id=letter_id).using_db(tx).update(due_at=town.clock())
    await town.app.outbox.drain()
    row = await Outgoing.get(id=letter_id, using_db=town.database.reading)
    assert (row.state, row.error) == ("expired", "opted_out")


# ── a wrong number ──────────────────────────────────────────────────────────────────────────────────────


async def test_the_number_is_told_to_nobody(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "打错了")
    (letter,) = await town.letters(COORDINATOR, "notice")
    assert "尾号0101" in letter.text
    for who in STAFF:
        assert not [
            one for one in await watch.everything(who) if one.startswith("【核对") and WOMAN.address in one
        ]


async def test_a_wrong_number_is_a_strangers(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "打错了")
    assert await town.say(WOMAN, "我的预产期是哪天") == []
    assert await town.say(WOMAN, "怀孕能吃螃蟹吗") == []
    assert await town.say(WOMAN, "打错了") == []
    assert {alert.kind for alert in await watch.alerts()} == {"number"}


async def test_danger_from_a_wrong_number_finds_her_village(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "打错了")
    (said,) = await town.say(WOMAN, "她大出血了")
    assert "120" in said
    assert "1990000" not in said
    assert (await watch.alarms(COORDINATOR))[0].text.startswith("【危急】古陂镇杨梅坑村李梅")


async def test_only_who_was_told_may_call_it_right(town: Town, watch: Watch) -> None:
    await watch.enrol()
    await town.say(WOMAN, "打错了")
    await town.app.outbox.drain()
    (letter,) = await town.letters(COORDINATOR, "notice")
    (data,) = (data for row in letter.buttons for _, data in row if "go:number" in data)
    await watch.press_data(ELSEWHERE, data)
    contact = await Contact.get(id=WOMAN.contact_id, using_db=town.database.reading)
    assert contact.silenced_at is not None
    await watch.press_data(COORDINATOR, data)
    contact = await Contact.get(id=WOMAN.contact_id, using_db=town.database.reading)
    assert contact.silenced_at is None

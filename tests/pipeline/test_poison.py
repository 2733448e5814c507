"""One message that cannot be taken never holds up the others: it is set aside, and answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot import audit, pipeline, writing
from conversations.engine import machine
from storage.models import Address, Audit, Inbound, Outgoing, Session, Woman
from tests.support.town import Somebody, Town
from tests.support.turns import advance_by

SET_ASIDE = "这条消息我这边处理出了错"


async def rows(town: Town, who: Somebody) -> list[tuple[str, str | None]]:
    """State and error of her messages, newest last."""
    found = Inbound.filter(contact_id=who.contact_id).using_db(town.database.reading)
    return list(await found.order_by("received_at", "id").values_list("state", "error"))


async def session(town: Town, who: Somebody) -> Session:
    return await Session.get(contact_id=who.contact_id, using_db=town.database.reading)


async def refused(town: Town, crew: list[Somebody], bad: Somebody, error: str) -> None:
    """All say something at once; the bad one's is set aside, answered, and changes nothing of hers."""
    await town.together(*((who, "怀孕") for who in crew))
    before = await session(town, bad)
    town.clock.advance(seconds=1)
    await town.together(*((who, "李梅") for who in crew))
    for who in crew:
        last = (await town.letters(who))[-1].text
        if who == bad:
            assert last.startswith(SET_ASIDE)
            assert (await rows(town, who))[-1] == ("set_aside", error)
        else:
            assert last.startswith("她最后一次来月经是哪天")
            assert [state for state, _ in await rows(town, who)] == ["done", "done"]
    after = await session(town, bad)
    assert (after.data, after.version) == (before.data, before.version)
    outcomes = Audit.filter(actor=bad.contact_id).using_db(town.database.reading).order_by("at")
    assert await outcomes.values_list("outcome", flat=True) == ["done", "set_aside"]


@pytest.mark.parametrize("where", ["__init__", "needs", "advance"])
async def test_a_message_the_engine_fails_at(town: Town, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    crew = await town.crew(7)
    bad = crew[3]

    class Failing(machine.Listening):
        def __init__(self, session: Any, message: Any, now: Any, **_: Any) -> None:
            self._bad = message.speaker.contact_id == bad.contact_id and message.text == "李梅"
            self._maybe("__init__")
            super().__init__(session, message, now)

        def _maybe(self, here: str) -> None:
            if self._bad and here == where:
                raise ZeroDivisionError

        @property
        def needs(self) -> Any:
            self._maybe("needs")
            return super().needs

        def advance(self, facts: Any) -> Any:
            self._maybe("advance")
            return super().advance(facts)

    monkeypatch.setattr(pipeline, "Listening", Failing)
    await refused(town, crew, bad, "ZeroDivisionError")


@pytest.mark.parametrize("position", range(6))
async def test_a_row_the_database_refuses(town: Town, monkeypatch: pytest.MonkeyPatch, position: int) -> None:
    crew = await town.crew(6)
    bad = crew[position]
    outgoing = writing.Writer._outgoing

    def numberless(self: writing.Writer, contact: Any, *more: Any) -> Outgoing:
        row = outgoing(self, contact, *more)
        if contact.id == bad.contact_id and "来月经" in row.payload["text"]:
            row.seq = None  # type: ignore[assignment]
        return row

    monkeypatch.setattr(writing.Writer, "_outgoing", numberless)
    await refused(town, crew, bad, "IntegrityError")


async def test_an_act_that_cannot_be_noted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The audit log is written last, for the whole batch: what does not fit into it is found before."""
    crew = await town.crew(3)
    bad = crew[1]
    noted = writing.Writer._audit

    def endless(self: writing.Writer, tx: Any, one: writing.Played, *more: Any) -> None:
        noted(self, tx, one, *more)
        if one.person.contact.id == bad.contact_id and one.error is None and one.message.text == "李梅":
            audit.note(tx, actor="a", role="township", action="a" * 41, channel="chat", now=town.clock())

    monkeypatch.setattr(writing.Writer, "_audit", endless)
    await refused(town, crew, bad, "ValueError")


async def test_a_value_too_long_for_its_column(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = await town.crew(3)
    bad = crew[1]
    outgoing = writing.Writer._outgoing

    def long(self: writing.Writer, contact: Any, *more: Any) -> Outgoing:
        row = outgoing(self, contact, *more)
        if contact.id == bad.contact_id and "来月经" in row.payload["text"]:
            row.channel = "x" * 40
        return row

    monkeypatch.setattr(writing.Writer, "_outgoing", long)
    await refused(town, crew, bad, "ValidationError")


async def test_several_bad_ones_in_a_batch(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    crew = await town.crew(9)
    bad = {crew[0].contact_id, crew[4].contact_id, crew[5].contact_id, crew[8].contact_id}
    made = writing.Writer._session

    def broken(self: writing.Writer, one: writing.Played, *more: Any) -> Session:
        row = made(self, one, *more)
        if one.person.contact.id in bad:
            row.version = None  # type: ignore[assignment]
        return row

    monkeypatch.setattr(writing.Writer, "_session", broken)
    await town.together(*((who, "怀孕") for who in crew))
    states = Inbound.all().using_db(town.database.reading).values_list("contact_id", "state")
    assert {contact for contact, state in await states if state == "set_aside"} == bad
    assert await Inbound.all().using_db(town.database.reading).count() == len(crew)


async def test_a_session_that_cannot_be_read(town: Town) -> None:
    """Somebody tampered with it, or a key is missing: hers is left as it is, the others go on."""
    crew = await town.crew(4)
    await town.together(*((who, "怀孕") for who in crew))
    bad = crew[2]
    async with town.database.transaction() as tx:
        await tx.execute_query(
            f"UPDATE session SET data = 'AQIDBA==' WHERE contact_id = '{bad.contact_id}'"  # noqa: S608
        )
    await town.together(*((who, "李梅") for who in crew))
    for who in crew:
        last = (await town.letters(who))[-1].text
        assert last.startswith(SET_ASIDE if who == bad else "她最后一次来月经是哪天")
    kept = await town.database.reading.execute_query_dict(
        f"SELECT data FROM session WHERE contact_id = '{bad.contact_id}'"  # noqa: S608
    )
    assert [dict(row) for row in kept] == [{"data": "AQIDBA=="}]


async def test_a_woman_whose_record_cannot_be_read(town: Town, coordinator: Somebody) -> None:
    """Only who asks about her is set aside."""
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对")
    async with town.database.transaction() as tx:
        await tx.execute_query("UPDATE woman SET details = 'AQIDBA=='")
    colleague = await town.hire("colleague")
    await town.say(coordinator, "怀孕")
    await town.say(colleague, "怀孕")
    await town.together((coordinator, "李梅"), (colleague, "王芳"))
    assert (await town.letters(coordinator))[-1].text.startswith(SET_ASIDE)
    assert (await town.letters(colleague))[-1].text.startswith("她最后一次来月经是哪天")


async def test_a_report_set_aside_files_nothing(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些")
    made = writing.Writer._report

    def broken(self: writing.Writer, *more: Any) -> Any:
        row = made(self, *more)
        row.programme = None
        return row

    with monkeypatch.context() as broken_for_now:
        broken_for_now.setattr(writing.Writer, "_report", broken)
        assert (await town.say(coordinator, "对"))[0].startswith(SET_ASIDE)
    assert await town.reports() == []
    assert await Woman.all().using_db(town.database.reading).count() == 0
    # what she had said is all still there
    assert (await town.say(coordinator, "对"))[0].startswith("报好了")


async def test_a_turn_decided_on_old_facts_is_played_again(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些", "对", "李梅昨天流产了", "就这些")
    other = await town.hire("other")
    played: list[str] = []

    def on_old_facts(session: Any, message: Any, facts: Any, now: Any) -> Any:
        turn = machine.advance(session, message, facts, now)
        if turn.reports:
            played.append(message.text)
            if len(played) < 3:
                old = replace(turn.reports[0], woman_version=turn.reports[0].woman_version - 1)
                turn = replace(turn, reports=(old,))
        return turn

    advance_by(monkeypatch, on_old_facts)
    await town.together((coordinator, "对"), (other, "怀孕"))
    assert len(played) == 3
    assert {report.event for report in await town.reports()} == {"pregnancy", "pregnancy_loss"}
    assert (await town.letters(other))[-1].text.startswith("她叫什么名字")


async def test_a_turn_that_never_finds_fresh_facts_is_set_aside(
    town: Town, coordinator: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say(coordinator, "李梅怀孕了，末次月经9月3号", "就这些")

    def on_old_facts(*more: Any) -> Any:
        turn = machine.advance(*more)
        return replace(turn, reports=tuple(replace(one, woman_version=77) for one in turn.reports))

    advance_by(monkeypatch, on_old_facts)
    assert (await town.say(coordinator, "对"))[0].startswith(SET_ASIDE)
    assert await town.reports() == []
    assert ("set_aside", "Conflict") in await rows(town, coordinator)


async def test_an_address_from_nowhere_is_kept_and_answered(town: Town) -> None:
    """Nobody we know: she becomes a contact, and is asked for her code."""
    stranger = Somebody("", "chat-nobody")
    assert await town.submit(town.inbound(stranger, "你好")) == [None]
    (address,) = [
        row for row in await Address.all().using_db(town.database.reading) if row.address == "chat-nobody"
    ]
    (letter,) = await town.letters(Somebody(address.contact_id, "chat-nobody"))
    assert "加入码" in letter.text


async def test_half_a_character_does_no_harm(town: Town, coordinator: Somebody) -> None:
    """A lone surrogate can be written to no database: it becomes a question mark."""
    other = await town.hire("other")
    await town.together((coordinator, "怀孕\ud83d"), (other, "怀孕"))
    payloads = {row.payload["text"] for row in await Inbound.all().using_db(town.database.reading)}
    assert payloads == {"怀孕?", "怀孕"}
    assert (await rows(town, other)) == [("done", None)]

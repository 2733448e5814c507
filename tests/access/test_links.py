"""Links to files: every role × every file × every place it must not reach: refused, noted as refused, and nothing told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.files import workbook
from bot.files.door import Door
from bot.files.made import What
from bot.privacy.erasing import forget
from bot.wording import render
from conversations.message import Role
from storage.models import Attempt, Contact, FileJob, Place, Post, Staff, Woman
from storage.organisation import load_organisation, save_places
from tests.access.test_matrix import EVERYWHERE, MAY
from tests.files.conftest import PIN, Desk, Open, desk, open_desk
from tests.support.town import Somebody, person

__all__ = ["Open", "desk", "open_desk"]

FILES: tuple[str, ...] = get_args(What)
ROLES: tuple[Role, ...] = get_args(Role)
KEYS = {
    "coordinator": "coordinator-1",
    "township": "township-1",
    "institution": "institution-1",
    "county": "county-1",
}
MADE: dict[str, dict[str, Any]] = {"list": {}, "chart": {}, "paper": {"name": "附表2", "period": "2026Q3"}}
HERS = [
    (role, what) for role in KEYS for what in FILES if ("paper" if what == "paper" else "export") in MAY[role]
]
"""Who may have which file at all."""

Http = TestClient[web.Request, web.Application]


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[Http]:
    app = web.Application()
    app.router.add_routes(Door(desk.database, desk.clock, render).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def somebody(desk: Desk, role: str) -> Somebody:
    """On a chat whose servers stand abroad, so that files come as links."""
    if role == "unknown":
        return Somebody("", "abroad-stranger", "abroad")
    who = person(KEYS.get(role, "woman-2"))
    who = who.by("abroad", f"abroad-{who.contact_id}")
    await desk.town.also_reached(who)
    if role in KEYS:
        await desk.set_pin(who)
    return who


async def sent(desk: Desk, role: str, what: str) -> tuple[Somebody, str]:
    """A file that was asked for, made and sent, and the path of its link."""
    who = await somebody(desk, role)
    await desk.want(who, what, **MADE[what])
    await desk.settle()
    return who, desk.link(who)


async def answer(http: Http, path: str, pin: str = PIN) -> tuple[int, str]:
    said: aiohttp.ClientResponse = await http.post(path, data={"pin": pin})
    return said.status, await said.text(errors="replace")


async def refusals(desk: Desk) -> list[tuple[str, str, str]]:
    rows = await desk.noted("file.refused", "staff.wrong_code")
    assert {row.outcome for row in rows} <= {"refused"}
    return [(row.action, row.actor, row.role) for row in rows]


async def nothing_was_had(desk: Desk) -> bool:
    return not await desk.noted("file.fetched", "look")


async def change(desk: Desk, rows: Any, **values: Any) -> None:
    async with desk.database.transaction() as tx:
        await rows.using_db(tx).update(**values)


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", FILES)
@pytest.mark.parametrize("role", ROLES)
async def test_who_may_not_have_a_file_asks_for_none(desk: Desk, role: str, what: str) -> None:
    who = await somebody(desk, role)
    assert await desk.town.submit(desk.town.inbound(who, f"{what} {MADE[what]}")) == [None]
    refused = [row for row in await desk.noted("export", "paper") if row.outcome == "refused"]
    if (role, what) in HERS:
        assert len(await desk.jobs()) == 1
        assert refused == []
        return
    assert await desk.jobs() == []
    assert len(refused) == 1
    await desk.settle()
    heard = [bubble.text for bubble in desk.heard(who)]
    assert not [text for text in heard if "files" in text or "名单做好" in text]


# ── another place ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("role", "what"), HERS)
async def test_a_file_of_another_place_opens_for_nobody(
    desk: Desk,
    http: Http,
    role: str,
    what: str,
) -> None:
    """Wherever else she holds her office by now, the link of before is one nobody knows."""
    unknown = await answer(http, "/files/" + "a" * 26)
    assert unknown[0] == 404
    own = person(KEYS[role])
    staff = f"staff-{KEYS[role]}"
    home = (await Post.get(staff_id=staff, using_db=desk.database.reading)).place_id
    who = await somebody(desk, role)
    elsewhere = [place for place in EVERYWHERE if place not in (home, "nowhere", None)]
    for number, place in enumerate(elsewhere, 1):
        await change(desk, Post.filter(staff_id=staff), place_id=home)
        await desk.want(who, what, **MADE[what])
        await desk.settle()
        path = desk.link(who)
        await change(desk, Post.filter(staff_id=staff), place_id=place)
        assert await answer(http, path) == unknown, place
        assert await nothing_was_had(desk)
        assert await refusals(desk) == [("file.refused", own.contact_id, role)] * number
        assert await desk.pieces() == 0
        assert (await http.get(path)).status == 404


@pytest.mark.parametrize(("role", "what"), HERS)
@pytest.mark.parametrize("other", [*KEYS, "revoked", "account"])
async def test_in_another_office_or_in_none_it_is_gone(
    desk: Desk,
    http: Http,
    role: str,
    what: str,
    other: str,
) -> None:
    if other == role:
        return
    unknown = await answer(http, "/files/" + "a" * 26)
    who, path = await sent(desk, role, what)
    staff = f"staff-{KEYS[role]}"
    if other == "account":
        await change(desk, Contact.filter(id=who.contact_id), staff_id=None)
    elif other == "revoked":
        await change(desk, Post.filter(staff_id=staff), state="revoked")
    else:
        await change(desk, Post.filter(staff_id=staff), role=other)
    assert await answer(http, path) == unknown
    assert await refusals(desk) == [("file.refused", who.contact_id, role)]
    assert await nothing_was_had(desk)
    assert await desk.jobs() == []


@pytest.mark.parametrize(("role", "what"), HERS)
@pytest.mark.parametrize("where", ["sending", "fetching"])
async def test_a_village_that_was_handed_over_takes_its_files_along(
    desk: Desk,
    http: Http,
    role: str,
    what: str,
    where: str,
) -> None:
    """Same office, same place, one village less: the file shows women who are another's now."""
    unknown = await answer(http, "/files/" + "a" * 26)
    who = await somebody(desk, role)
    staff = f"staff-{KEYS[role]}"
    if role == "coordinator":
        async with desk.database.transaction() as tx:
            await Post.create(
                id="post-second", staff_id=staff, place_id="xf-gupo-shiqiao", role=role, state="active",
                since=desk.clock(), using_db=tx,
            )  # fmt: skip
    await desk.want(who, what, **MADE[what])

    async def taken() -> None:
        if role == "coordinator":
            await change(desk, Post.filter(id="post-second"), state="revoked")
        else:  # the village goes to another township, or county
            await change(
                desk, Place.filter(id="xf-gupo-shiqiao"), parent_id="xf-daa" if role == "township" else None
            )
            async with desk.database.transaction() as tx:
                await save_places(tx, [await Place.get(id="xf-gupo-shiqiao", using_db=tx)])

    if where == "sending":
        await desk.app.files.check()
        await taken()
        await desk.app.outbox.drain()
        assert desk.heard(who) == []
        assert await desk.jobs() == []
        return
    await desk.settle()
    path = desk.link(who)
    await taken()
    assert await answer(http, path) == unknown
    assert await refusals(desk) == [("file.refused", who.contact_id, role)]
    assert await nothing_was_had(desk)


async def test_a_village_more_is_no_reason(desk: Desk, http: Http) -> None:
    _, path = await sent(desk, "coordinator", "list")
    async with desk.database.transaction() as tx:
        await Post.create(
            id="post-second", staff_id="staff-coordinator-1", place_id="xf-gupo-shiqiao", role="coordinator",
            state="active", since=desk.clock(), using_db=tx,
        )  # fmt: skip
    assert (await answer(http, path))[0] == 200


# ── somebody else ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("what", FILES)
async def test_a_colleague_who_got_hold_of_it_has_another_pin(
    desk: Desk,
    http: Http,
    what: str,
) -> None:
    """Whoever she is, the county too: the file was asked for by one, and opens for one. Five tries, all noted."""
    who, path = await sent(desk, "township", what)
    for key in {"township-3", *KEYS.values()} - {"township-1"}:
        await desk.set_pin(Somebody(f"contact-{key}", ""), "141592")
    found = [await answer(http, path, "141592") for _ in range(7)]
    assert [status for status, _ in found] == [403] * 4 + [429] * 3
    assert await answer(http, path) == found[-1], "the right one opens nothing any more either"
    tried = await refusals(desk)
    assert (
        tried
        == [("staff.wrong_code", who.contact_id, "township")] * 5
        + [("file.refused", who.contact_id, "township")] * 3
    )
    assert await nothing_was_had(desk)
    for _, page in found:
        assert not [word for word in ("王", "温", "古陂", "名单", "报表", "xlsx", "附表") if word in page]


async def test_two_accounts_of_one_person_have_no_more_tries(desk: Desk, http: Http) -> None:
    who, path = await sent(desk, "township", "list")
    async with desk.database.transaction() as tx:
        await Contact.create(
            id="contact-older", staff_id="staff-township-1", created_at=desk.clock(), using_db=tx
        )
        await Attempt.create(id="contact-older:pin:2026-11-22", count=4, using_db=tx)
    assert (await answer(http, path, "141592"))[0] == 429
    assert (await answer(http, path))[0] == 429
    assert {actor for _, actor, _ in await refusals(desk)} == {who.contact_id}


@pytest.mark.parametrize(("role", "what"), HERS)
async def test_without_a_pin_it_stays_shut(desk: Desk, http: Http, role: str, what: str) -> None:
    who, path = await sent(desk, role, what)
    await change(desk, Staff.filter(id=f"staff-{KEYS[role]}"), pin=None)
    for pin in (PIN, "", "000000"):
        assert (await answer(http, path, pin))[0] == 429
    assert await refusals(desk) == [("file.refused", who.contact_id, role)] * 3
    assert await nothing_was_had(desk)


async def test_a_link_nobody_knows_takes_nothing_from_those_who_write(
    desk: Desk,
    http: Http,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From outside anybody may knock: it must not hold up a danger sign."""
    began: list[int] = []
    real = desk.database.transaction

    def transaction() -> Any:
        began.append(1)
        return real()

    monkeypatch.setattr(desk.database, "transaction", transaction)
    for path in ("/files/" + "a" * 26, "/files/x", f"/files/{'a' * 200}"):
        assert (await answer(http, path))[0] == 404
        assert (await http.get(path)).status == 404
    assert began == []
    assert await FileJob.all().using_db(desk.database.reading).count() == 0


@pytest.mark.parametrize("number", ["99999999999999999999999", "0", "１２"])
def test_a_folder_with_a_strange_number_does_not_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    """Anybody on the machine may make one in /tmp."""
    monkeypatch.setattr(workbook, "IN_MEMORY", tmp_path)
    (tmp_path / f"yunguan-files-{number}-x").mkdir()
    workbook.sweep_scratch()


async def test_a_woman_who_was_erased_is_in_no_file(desk: Desk, http: Http) -> None:
    _, path = await sent(desk, "township", "list")
    async with desk.database.transaction() as tx:
        await Woman.create(
            id="w1", village_id="xf-gupo-shiqiao", details={"name": "王秀1"}, version=1, updated_at=desk.clock(),
            using_db=tx,
        )  # fmt: skip
    async with desk.database.transaction() as tx:
        await forget(tx, await load_organisation(tx), "w1", desk.clock(), "wish")
    assert (await answer(http, path))[0] == 404
    assert await desk.pieces() == 0

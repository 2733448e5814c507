"""The door: a page that asks for the PIN, and the file for whoever knows it, for ten minutes."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import unquote

import aiohttp
import openpyxl
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.files.door import HEADERS, Door
from bot.wording import render
from storage.models import Attempt, Contact, FileJob, Staff
from tests.files.conftest import OFFICER, PIN, Desk
from tests.files.test_making import CHANGES
from tests.support.town import Somebody

Http = TestClient[web.Request, web.Application]
FIVE = 5


@pytest.fixture
async def http(desk: Desk) -> AsyncIterator[Http]:
    app = web.Application()
    app.router.add_routes(Door(desk.database, desk.clock, render).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
async def link(desk: Desk, abroad: Somebody) -> str:
    await desk.want(abroad)
    await desk.settle()
    return desk.link(abroad)


async def fetch(http: Http, link: str, pin: str = PIN) -> tuple[int, bytes, aiohttp.ClientResponse]:
    answer = await http.post(link, data={"pin": pin})
    return answer.status, await answer.read(), answer


async def test_the_pin_opens_it(desk: Desk, http: Http, link: str) -> None:
    status, content, answer = await fetch(http, link)
    assert status == 200
    assert openpyxl.load_workbook(io.BytesIO(content)).active["A1"].value == "古陂镇孕产妇名单"
    disposition = answer.headers["Content-Disposition"]
    assert unquote(disposition) == "attachment; filename*=UTF-8''名单-20261122.xlsx"
    assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    (fetched,) = await desk.noted("file.fetched")
    assert (fetched.actor, fetched.channel, fetched.outcome) == (OFFICER.contact_id, "link", "done")
    assert [row.subject for row in await desk.noted("look")] == ["w1", "w2"]


async def test_the_page_says_who_it_is_for_to_nobody(http: Http, link: str) -> None:
    answer = await http.get(link)
    page = await answer.text()
    assert answer.status == 200
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert 'method="post"' in page
    assert 'lang="zh-CN"' in page
    for word in ("王", "温", "古陂", "名单", "孕", "xlsx", "//"):
        assert word not in re.sub(r"<style>.*?</style>", "", page)


async def test_its_style_is_the_one_the_policy_allows(http: Http, link: str) -> None:
    import hashlib
    from base64 import b64encode

    page = await (await http.get(link)).text()
    style = re.search(r"<style>(.*?)</style>", page)
    assert style is not None
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in HEADERS["Content-Security-Policy"]
    assert "script" not in page


async def test_looking_at_it_uses_nothing_up(desk: Desk, http: Http, link: str) -> None:
    for _ in range(3):
        assert (await http.head(link)).status == 200
        assert (await http.get(link, headers={"User-Agent": "TelegramBot (like TwitterBot)"})).status == 200
    assert await desk.noted("file.fetched", "look", "staff.wrong_code") == []
    assert (await fetch(http, link))[0] == 200


async def test_a_broken_download_may_be_repeated_and_is_one_look(desk: Desk, http: Http, link: str) -> None:
    assert (await fetch(http, link))[0] == 200
    assert (await fetch(http, link))[0] == 200
    assert len(await desk.noted("file.fetched")) == 2
    assert len(await desk.noted("look")) == 2, "each woman once"


async def test_after_ten_minutes_it_is_gone(desk: Desk, http: Http, link: str) -> None:
    desk.clock.advance(minutes=9, seconds=59)
    assert (await http.get(link)).status == 200
    desk.clock.advance(seconds=1)
    assert (await http.get(link)).status == 404
    assert (await fetch(http, link))[0] == 404
    await desk.app.files.check()
    assert await desk.pieces() == 0
    (job,) = await desk.jobs()  # what the link was of is known for a day, and nothing else of it
    assert (job.state, job.name, job.women, job.params) == ("over", None, None, {})
    assert (await fetch(http, link))[0] == 404
    refused = await desk.noted("file.refused")
    assert [(row.record, row.actor, row.outcome) for row in refused] == [
        (job.id, job.contact_id, "refused")
    ] * 2
    desk.clock.advance(days=1)
    await desk.app.files.check()
    assert await desk.jobs() == []
    assert (await fetch(http, link))[0] == 404
    assert len(await desk.noted("file.refused")) == 2


async def test_a_link_nobody_was_given_is_logged_without_its_value(desk: Desk, http: Http, link: str) -> None:
    guessed = link[:-4] + "aaaa"
    with structlog.testing.capture_logs() as logs:
        assert (await fetch(http, guessed))[0] == 404
    assert [one["event"] for one in logs] == ["files.unknown_link"]
    assert "aaaa" not in str(logs)
    assert await desk.noted("file.refused") == []


async def test_the_ten_minutes_begin_when_it_is_sent(desk: Desk, http: Http, abroad: Somebody) -> None:
    await desk.want(abroad)
    await desk.app.files.check()
    desk.clock.advance(minutes=30)
    await desk.app.files.check()
    await desk.app.outbox.drain()
    assert (await fetch(http, desk.link(abroad)))[0] == 200


async def test_what_is_unknown_over_or_not_hers_any_more_is_one_answer(
    desk: Desk, http: Http, link: str
) -> None:
    async def answers(path: str) -> set[tuple[int, str]]:
        got = await http.get(path)
        sent = await http.post(path, data={"pin": PIN})
        return {(got.status, await got.text()), (sent.status, await sent.text())}

    unknown = await answers("/files/" + "a" * 26)
    assert len(unknown) == 1
    assert {status for status, _ in unknown} == {404}
    for path in ("/files/x", f"/files/{'a' * 200}", "/files/%E7%8E%8B", link[:-1], f"{link}a"):
        assert await answers(path) == unknown
    desk.clock.advance(minutes=10)
    assert await answers(link) == unknown


async def test_a_link_of_another_kind_opens_nothing(desk: Desk, http: Http) -> None:
    """Codes and links to the chat are known by an index of the same key."""
    from storage.models import Invitation

    async with desk.database.transaction() as tx:
        index = desk.database.keyring.blind("code", "abcdefgh")
        await Invitation.create(
            id="i", code_index=index, role="coordinator", place_id="xf-gupo", phone="13800000001", state="open",
            created_at=desk.clock(), expires_at=desk.clock() + timedelta(hours=1), using_db=tx,
        )  # fmt: skip
    assert (await http.get("/files/abcdefgh")).status == 404


async def test_wrong_pins_are_five_a_day(desk: Desk, http: Http, link: str) -> None:
    for left in (4, 3, 2, 1):
        status, page, answer = await fetch(http, link, "111111")
        assert status == 403
        assert f"今天还可以试{left}次" in page.decode()
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert (await fetch(http, link, "111111"))[0] == 429
    status, page, _ = await fetch(http, link)
    assert status == 429, "the right one does not open it any more"
    assert "今天试得太多了" in page.decode()
    assert await desk.noted("file.fetched", "look") == []
    assert {row.outcome for row in await desk.noted("staff.wrong_code")} == {"refused"}
    assert len(await desk.noted("staff.wrong_code")) == FIVE


async def test_those_of_sms_count_with_them(desk: Desk, http: Http, link: str) -> None:
    async with desk.database.transaction() as tx:
        await Attempt.create(id=f"{OFFICER.contact_id}:pin:2026-11-22", count=4, using_db=tx)
    assert (await fetch(http, link, "111111"))[0] == 429
    row = await Attempt.get(id=f"{OFFICER.contact_id}:pin:2026-11-22", using_db=desk.database.reading)
    assert row.count == FIVE


async def test_many_at_once_are_no_more_tries(desk: Desk, http: Http, link: str) -> None:
    found = await asyncio.gather(*(fetch(http, link, f"{number:06}") for number in range(30)))
    assert sorted(status for status, _, _ in found) == [403] * 4 + [429] * 26
    row = await Attempt.get(id=f"{OFFICER.contact_id}:pin:2026-11-22", using_db=desk.database.reading)
    assert row.count == FIVE


async def test_an_empty_form_is_no_try(desk: Desk, http: Http, link: str) -> None:
    assert (await fetch(http, link, ""))[0] == 403
    assert (await fetch(http, link, " "))[0] == 403
    assert (await http.post(link, data=b"x" * 5000)).status == 403
    assert (await http.post(link, data=b"\xff\xfe")).status == 403
    assert await Attempt.all().using_db(desk.database.reading).count() == 0


@pytest.mark.parametrize("said", ["271 828", "２７１８２８", " 271828\n"])
async def test_a_pin_as_a_phone_writes_it(http: Http, link: str, said: str) -> None:
    assert (await fetch(http, link, said))[0] == 200


async def test_a_pin_of_somebody_else_is_a_wrong_one(desk: Desk, http: Http, link: str) -> None:
    await desk.set_pin(Somebody("contact-township-3", ""), "141592")
    assert (await fetch(http, link, "141592"))[0] == 403


@pytest.mark.parametrize("change", CHANGES)
async def test_who_may_not_have_it_any_more_finds_nothing(
    desk: Desk, http: Http, link: str, change: object
) -> None:
    await change(desk)  # type: ignore[operator]
    assert (await fetch(http, link))[0] == 404
    assert await desk.noted("file.fetched", "look") == []
    assert len(await desk.noted("file.refused")) == 1
    assert await desk.pieces() == 0
    assert (await http.get(link)).status == 404


async def test_a_pin_that_was_taken_away_opens_nothing(desk: Desk, http: Http, link: str) -> None:
    async with desk.database.transaction() as tx:
        await Staff.filter(id="staff-township-1").using_db(tx).update(pin=None)
    assert (await fetch(http, link))[0] == 429


async def test_other_methods_are_not_there(http: Http, link: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert (await http.request(method, link)).status == 405


async def test_a_document_has_no_link(desk: Desk, http: Http) -> None:
    job = await desk.want(OFFICER)
    await desk.settle()
    row = await FileJob.get(id=job, using_db=desk.database.reading)
    assert row.token_index is None
    assert (await http.get(f"/files/{job}")).status == 404


async def test_in_her_language(desk: Desk, http: Http, link: str) -> None:
    async with desk.database.transaction() as tx:
        await Contact.filter(id=OFFICER.contact_id).using_db(tx).update(locale="en")
    assert 'lang="en"' in await (await http.get(link)).text()


async def test_a_database_that_fails_is_no_404(
    desk: Desk, http: Http, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.files import door

    def broken(*_: object) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(door, "token_index", broken)
    assert (await http.get(link)).status == 503
    status, page, _ = await fetch(http, link)
    assert status == 503
    assert "请过一会儿再点一次下载" in page.decode()


async def test_a_chart_is_fetched_as_a_picture(desk: Desk, http: Http, abroad: Somebody) -> None:
    await desk.want(abroad, "chart")
    await desk.settle()
    status, content, answer = await fetch(http, desk.link(abroad))
    assert status == 200
    assert content.startswith(b"\x89PNG")
    assert answer.headers["Content-Type"] == "image/png"

"""In the demonstration a file lies on the phone, and a link by SMS leads to the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.async_api import Browser, expect

from bot.channels.base import Document, Letter
from bot.channels.simulated import CHAT, SimulatedChannel
from bot.files.charts import Bar, Chart, png
from bot.files.door import HEADERS
from bot.web.remembering import put_back
from storage.database import Database
from tests.browser.conftest import LAPTOP, chromium, opened
from tests.files.conftest import OFFICER, Desk
from tests.support.clock import FakeClock
from tests.support.demo_page import Page, echo_page

__all__ = ["chromium"]
PHONE = "chat:coordinator-1"
ADDRESS = "chat-coordinator-1"
LIST = Document("名单-20261122.xlsx", b"PK-a-workbook")


@pytest.fixture
async def page(database: Database, clock: FakeClock) -> AsyncIterator[Page]:
    async with echo_page(database, clock) as page:
        yield page


async def hand_over(page: Page, document: Document, letter_id: str = "l1") -> None:
    await page.program.channels["chat"].send(
        ADDRESS, Letter(letter_id, "名单做好了，点开就能看。", document=document)
    )


async def test_a_document_is_shown_and_fetched(page: Page) -> None:
    await hand_over(page, LIST)
    (bubble,) = await page.bubbles(PHONE)
    assert bubble["document"] == {"name": LIST.name, "url": f"/demo/files/{PHONE}/l1"}
    async with page.http.get(page.url.rstrip("/") + bubble["document"]["url"]) as answer:
        assert answer.status == 200
        assert await answer.read() == LIST.content
        assert LIST.name in unquote(answer.headers["Content-Disposition"])
        assert answer.headers["Cache-Control"] == "no-store"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


async def test_no_other_phone_has_it(page: Page) -> None:
    await hand_over(page, LIST)
    for path in ("chat:coordinator-3/l1", "sms:coordinator-1/l1", f"{PHONE}/l2", "nobody/l1"):
        async with page.http.get(f"{page.url}demo/files/{path}") as answer:
            assert answer.status == 404


async def test_taken_back_it_is_gone(page: Page) -> None:
    await hand_over(page, LIST)
    await page.program.channels["chat"].send(ADDRESS, Letter("l2", "", forget=("l1",)))
    (bubble,) = await page.bubbles(PHONE)
    assert bubble["document"] is None
    async with page.http.get(f"{page.url}demo/files/{PHONE}/l1") as answer:
        assert answer.status == 404


async def test_after_a_restart_its_name_is_left(desk: Desk) -> None:
    await desk.want(OFFICER)
    await desk.settle()
    fresh: dict[str, SimulatedChannel] = {"chat": SimulatedChannel(CHAT, desk.clock)}

    class NoInbox:
        def put_back(self, *_: object) -> None: ...

    await put_back(desk.database, fresh, NoInbox())  # type: ignore[arg-type]
    theirs = [bubble for bubble in fresh["chat"].bubbles(OFFICER.address) if not bubble.mine]
    assert [bubble.document for bubble in theirs] == ["名单-20261122.xlsx"]
    assert fresh["chat"].document(OFFICER.address, theirs[0].id) is None


async def test_the_door_stands_in_the_demonstration(page: Page) -> None:
    """A form is posted without an Origin that is ours, and the door's own policy lets it be posted."""
    async with page.http.post(f"{page.url}files/{'a' * 26}", data={"pin": "271828"}) as answer:
        assert answer.status == 404
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]
    async with page.http.post(f"{page.url}demo/say", data={"phone": PHONE}) as answer:
        assert answer.status == 403, "nothing else may be"
    async with page.http.post(
        f"{page.url}files/x", data={"pin": "1"}, headers={"Host": "evil.example"}
    ) as answer:
        assert answer.status == 421


@pytest.mark.browser
async def test_it_is_seen_in_a_browser(page: Page, chromium: Browser, tmp_path: Path) -> None:
    await hand_over(page, LIST)
    chart = Chart("预产期在哪个月", (Bar("11月", 3), Bar("12月", 7)), "在孕10人")
    await hand_over(page, Document("图-20261122.png", png([chart])), "l2")
    tab = await opened(chromium, page.url, LAPTOP)
    phone = tab.page.get_by_role("region", name="邓小莲的手机")
    link = phone.get_by_role("link", name=LIST.name)
    await expect(link).to_be_visible()
    async with tab.page.expect_download() as waited:
        await link.click()
    download = await waited.value
    assert download.suggested_filename == LIST.name
    await download.save_as(tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == LIST.content
    picture = phone.get_by_role("img", name="图-20261122.png")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("(image) => image.naturalWidth") == 1000
    await tab.page.screenshot(path=tmp_path / "page.png")
    assert tab.complaints == []

"""The whole way in a browser: a coordinator reports a pregnancy on the page, the county has it, signed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, expect

from storage.database import Database
from tests.browser.conftest import LAPTOP, PHONE, opened
from tests.support.clock import FakeClock
from tests.support.demo_program import Demonstration, demonstration

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo(database: Database, clock: FakeClock) -> AsyncIterator[Demonstration]:
    async with demonstration(database, clock) as running:
        yield running


async def test_a_pregnancy_is_reported_on_the_page_and_arrives_in_the_inbox(
    demo: Demonstration, chromium: Browser
) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    phone = tab.page.get_by_role("region", name="邓小莲的手机")
    await _say(phone, "李梅怀孕了，28岁，末次月经9月3号，电话19900000101是她自己的")
    await _answer_until_read_back(phone)
    await phone.get_by_role("button", name="对", exact=True).last.click()

    report = tab.page.locator("#reports > li")
    await expect(report).to_have_count(1)
    await expect(report.get_by_role("heading")).to_have_text("发现孕情")
    for words in ("签名有效", "古陂镇 杨梅坑村", "李梅", "28岁", "2026年9月3日", "19900000101"):
        await expect(report).to_contain_text(words)
    assert tab.complaints == []
    [arrival] = demo.inbox.arrivals
    assert arrival.report["body"]["woman_name"] == "李梅"
    assert arrival.report["body"]["lmp"] == "2026-09-03"
    assert arrival.report["author_role"] == "coordinator"


async def test_the_clock_is_moved_a_reminder_appears_and_her_course_shows_it(
    demo: Demonstration, chromium: Browser
) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    phone = tab.page.get_by_role("region", name="邓小莲的手机")
    hers = tab.page.get_by_role("region", name="李梅的手机")
    await _say(phone, "李梅怀孕了，28岁，末次月经9月3号，电话19900000101是她自己的，发短信方便")
    await _answer_until_read_back(phone)
    await phone.get_by_role("button", name="对", exact=True).last.click()
    await expect(hers.get_by_text("请问您是李梅本人吗")).to_be_visible()
    await _say(hers, "愿意")

    await tab.page.get_by_role("button", name="一位妇女的经过").click()
    steps = tab.page.locator("#steps")
    await expect(steps.locator("li").filter(has_text="报了：发现孕情")).to_contain_text("村孕管员 邓小莲")
    await tab.page.get_by_role("button", name="到下一件事").click()
    await expect(hers.get_by_text("叶酸")).to_be_visible()
    await expect(tab.page.locator(".clock")).to_contain_text("2026年11月24日")
    await expect(steps.locator("[data-kind=letter]").last).to_contain_text("叶酸")
    await expect(steps.locator("[data-kind=word]").filter(has_text="愿意")).to_contain_text("她本人")
    await expect(tab.page.locator("#reports")).to_be_hidden()
    await tab.page.get_by_role("button", name="县平台收件箱").click()
    await expect(tab.page.locator("#reports > li")).to_be_visible()
    assert tab.complaints == []


async def test_the_same_by_sms_on_a_narrow_screen(demo: Demonstration, chromium: Browser) -> None:
    tab = await opened(chromium, demo.url, PHONE)
    phone = tab.page.locator("#panel-0")
    await phone.get_by_role("combobox").select_option("sms:coordinator-1")
    await _say(phone, "李梅怀孕了，28岁，末次月经9月3号")
    await _answer_until_read_back(phone)
    await _say(phone, "对")
    await tab.page.get_by_role("tab").last.click()
    await expect(tab.page.locator("#reports > li").get_by_role("heading")).to_have_text("发现孕情")
    assert demo.inbox.arrivals[0].report["channel_trust"] == "low"


async def _say(phone: Locator, words: str) -> None:
    answers = phone.locator(".theirs")
    before = await answers.count()
    await phone.get_by_role("textbox").fill(words)
    await phone.get_by_role("textbox").press("Enter")
    await expect(answers.nth(before)).to_be_visible()


async def _answer_until_read_back(phone: Locator) -> None:
    """Skip whatever is optional until the report is read back."""
    for _ in range(20):
        if "末次月经" in await phone.locator(".theirs").last.inner_text():
            return
        await _say(phone, "就这些")
    raise AssertionError(await phone.get_by_role("log").inner_text())

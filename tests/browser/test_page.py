"""The demonstration page in a real browser, over a program that only echoes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from storage.database import Database
from tests.browser.conftest import LAPTOP, PHONE, opened
from tests.support.clock import FakeClock
from tests.support.demo_page import Page, echo_page
from tests.support.echo import delivery

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo(database: Database, clock: FakeClock) -> AsyncIterator[Page]:
    async with echo_page(database, clock) as page:
        yield page


async def test_what_is_said_is_answered_and_what_is_filed_arrives(demo: Page, chromium: Browser) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    page = tab.page
    phone = page.get_by_role("region", name="邓小莲的手机")
    await phone.get_by_role("button", name="怀孕", exact=True).click()
    await phone.get_by_role("textbox").press("Enter")
    messages = phone.get_by_role("log").get_by_role("listitem")
    await expect(messages.filter(has_text="收到：怀孕")).to_be_visible()
    await phone.get_by_role("button", name="对", exact=True).click()
    await expect(messages.filter(has_text="收到：yes")).to_be_visible()
    assert [one.kind for one in demo.program.pipeline.heard] == ["text", "button"]

    await expect(page.get_by_text("还没有报告")).to_be_visible()
    await demo.deliver(delivery())
    await demo.deliver(delivery({"woman_name": "李梅", "age": 29}, version=2), delivery_id="r.2")
    newest = page.locator("#reports > li").first
    await expect(newest.get_by_role("heading", name="发现孕情")).to_be_visible()
    await expect(newest).to_contain_text("签名有效")
    await expect(newest).to_contain_text("29岁")
    await expect(page.locator("#reports > li").last).to_contain_text("已有新版")
    await newest.get_by_text("原始数据").click()
    await expect(newest.locator("pre")).to_contain_text('"woman_name": "李梅"')
    assert tab.complaints == []


async def test_long_talks_stay_scrolled_to_the_newest_message(demo: Page, chromium: Browser) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    for number in range(12):
        await demo.post("demo/say", {"phone": "chat:coordinator-1", "text": f"第{number}句"})
    log = tab.page.get_by_role("region", name="邓小莲的手机").get_by_role("log")
    await expect(log.get_by_text("收到：第11句")).to_be_in_viewport()
    said = await log.locator(".bubble > p").all_text_contents()
    assert said == [words for n in range(12) for words in (f"第{n}句", f"收到：第{n}句")]


async def test_the_page_comes_back_after_a_lost_connection_without_losing_anything(
    demo: Page, chromium: Browser
) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    await demo.post("demo/say", {"phone": "chat:coordinator-1", "text": "一"})
    await tab.page.reload()
    await tab.page.wait_for_selector("body[data-ready]")
    phone = tab.page.get_by_role("region", name="邓小莲的手机")
    await expect(phone.locator(".bubble > p")).to_have_text(["一", "收到：一"])


async def test_an_sms_phone_counts_its_parts_and_another_person_can_be_chosen(
    demo: Page, chromium: Browser
) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    phone = tab.page.locator("#panel-1")
    await phone.get_by_role("textbox").fill("好" * 71)
    await phone.get_by_role("button", name="发送").click()
    await expect(phone.get_by_text("短信 2 条").first).to_be_visible()
    await phone.get_by_role("combobox").select_option("sms:woman-2")
    await expect(tab.page.get_by_role("region", name="张桂花的手机")).to_be_visible()
    await expect(phone.get_by_text("还没有短信")).to_be_visible()
    assert tab.complaints == []


async def test_the_clock_moves_forward_by_a_week(demo: Page, chromium: Browser) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    await expect(tab.page.locator(".clock")).to_contain_text("2026年11月22日 周日")
    await expect(tab.page.locator(".clock")).to_contain_text("农历十月十四")
    await tab.page.get_by_role("button", name="＋1周").click()
    await expect(tab.page.locator(".clock")).to_contain_text("2026年11月29日")


async def test_the_language_can_be_switched_and_stays_in_the_address(demo: Page, chromium: Browser) -> None:
    tab = await opened(chromium, demo.url, LAPTOP)
    assert await tab.page.evaluate("document.documentElement.lang") == "zh-CN"
    await tab.page.get_by_role("button", name="切换语言").click()
    await expect(tab.page.locator("html")).to_have_attribute("lang", "en")
    await expect(tab.page).to_have_url(re.compile(r"\?lang=en$"))
    await expect(tab.page.locator("#panel-0 select")).to_have_value("chat:coordinator-2")
    assert tab.complaints == []


async def test_on_a_phone_one_panel_at_a_time_and_the_tabs_say_what_waits(
    demo: Page, chromium: Browser
) -> None:
    tab = await opened(chromium, demo.url, PHONE)
    page = tab.page
    await expect(page.get_by_role("tab", selected=True)).to_contain_text("邓小莲")
    await demo.deliver(delivery())
    inbox = page.get_by_role("tab", name=re.compile("县平台"))
    await expect(inbox.locator("i")).to_have_text("1")
    await inbox.click()
    await expect(page.get_by_role("heading", name="发现孕情")).to_be_in_viewport()
    await expect(inbox.locator("i")).to_have_count(0)
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide == PHONE["width"]
    assert tab.complaints == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_everything_has_a_name_and_can_be_reached_by_keyboard(
    demo: Page, chromium: Browser, size: dict[str, int]
) -> None:
    tab = await opened(chromium, demo.url, size)
    controls = tab.page.locator("button:visible, select:visible, textarea:visible, summary:visible")
    assert await controls.count() > 10
    for control in await controls.all():
        name = await control.evaluate("c => c.getAttribute('aria-label') || c.innerText")
        assert name.strip(), await control.evaluate("c => c.outerHTML")
    await tab.page.locator("#panel-0 textarea").focus()
    await tab.page.keyboard.type("帮助")
    await tab.page.keyboard.press("Tab")
    await tab.page.keyboard.press("Enter")
    await expect(tab.page.locator("#panel-0 .bubble > p").first).to_have_text("帮助")

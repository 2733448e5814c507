"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Request, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
# No sandbox inside a container; the rest keeps Chromium from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = not CHROMIUM.exists()
LAPTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A running browser. Without Chromium the test is skipped, but never where CI is to prove it."""
    if MISSING:
        assert os.environ.get("CI") != "true", f"{CHROMIUM} is missing: apt-get install chromium"
        pytest.skip(f"{CHROMIUM} is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


class Tab:
    """An open page that notes whatever goes wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("requestfailed", self._failed)

    def _failed(self, request: Request) -> None:
        if "/demo/events" not in request.url:  # an event stream ends when the page leaves it
            self.complaints.append(f"failed: {request.url}")


async def opened(browser: Browser, url: str, size: dict[str, int]) -> Tab:
    """A new tab on `url`, once the page has drawn itself."""
    context = await browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    tab = Tab(await context.new_page())
    await tab.page.goto(url)
    await tab.page.wait_for_selector("body[data-ready]")
    return tab

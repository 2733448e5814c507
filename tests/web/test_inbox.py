"""The county's inbox believes signatures only, and takes every delivery once."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from tests.support.demo_page import Page
from tests.support.echo import delivery

OTHER = "whsec_" + "c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgc29ycnk="


async def test_a_signed_delivery_is_shown(page: Page) -> None:
    assert await page.deliver(delivery()) == 204
    [card] = (await page.state())["inbox"]
    assert card["event_name"] == "发现孕情"
    assert card["place"] == "古陂镇 杨梅坑村"
    assert card["author"] == "村孕管员"
    assert {"label": "姓名", "value": "李梅"} in card["fields"]
    assert {"label": "年龄", "value": "28岁"} in card["fields"]
    assert orjson.loads(card["raw"]) == delivery()


async def test_the_same_delivery_twice_is_shown_once(page: Page) -> None:
    assert await page.deliver(delivery()) == 204
    assert await page.deliver(delivery()) == 204
    assert len(page.inbox.arrivals) == 1


async def test_a_correction_is_a_further_card(page: Page) -> None:
    await page.deliver(delivery())
    await page.deliver(delivery({"woman_name": "李梅", "age": 29}, version=2), delivery_id="r.2")
    cards = (await page.state())["inbox"]
    assert [card["version"] for card in cards] == [1, 2]


async def test_children_are_told_one_by_one(page: Page) -> None:
    twins = [{"sex": "female", "birth_weight_g": 2500, "alive": True}, {"sex": "male", "alive": False}]
    await page.deliver(delivery({"mother_name": "张桂花", "children": twins}, event="birth"))
    [card] = (await page.state())["inbox"]
    assert {"label": "孩子1", "value": "女 · 2500克 · 活产"} in card["fields"]
    assert {"label": "孩子2", "value": "男 · 死产"} in card["fields"]


async def test_a_signature_by_another_is_refused_and_shown_nowhere(page: Page) -> None:
    assert await page.deliver(delivery(), secret=OTHER) == 401
    assert page.inbox.arrivals == ()
    assert (await page.state())["inbox"] == []


async def test_no_signature_no_entry(page: Page) -> None:
    assert await page.post("demo/county", delivery(), Origin="") == 401
    assert page.inbox.arrivals == ()


@pytest.mark.parametrize("off", [timedelta(minutes=-70), timedelta(minutes=10)])
async def test_an_old_or_future_signature_is_refused(page: Page, off: timedelta) -> None:
    assert await page.deliver(delivery(), at=page.clock() + off) == 401
    assert page.inbox.arrivals == ()


@pytest.mark.parametrize("off", [timedelta(0), timedelta(minutes=-60), timedelta(minutes=-30)])
async def test_a_signature_of_before_the_clock_was_moved_still_holds(page: Page, off: timedelta) -> None:
    assert await page.deliver(delivery(), at=page.clock() + off) == 204


async def test_what_is_not_a_json_object_is_a_bad_request(page: Page) -> None:
    assert await page.deliver(["no", "object"]) == 400
    assert page.inbox.arrivals == ()


async def test_a_strange_body_does_not_break_the_page(page: Page) -> None:
    assert await page.deliver({"data": {"event": "x", "body": {"children": "?", "extra": [1]}}}) == 204
    assert await page.deliver({"data": 3}, delivery_id="r.2") == 204
    assert len((await page.state())["inbox"]) == 2

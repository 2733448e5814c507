"""The course of one woman on the page: what was told, reminded, reported and acknowledged."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, get_args

import pytest

from bot.demo import NotADemonstration
from bot.web import strings
from bot.web.timeline import timeline, women
from conversations.care.case import REASONS, Answer
from conversations.flows.ladders import KINDS
from storage.database import Database
from storage.models import CareAct, Report
from tests.support.clock import START
from tests.support.visitor import COORDINATOR, HER, TOWNSHIP, Visitor, visiting

RESIDENT = "110101199003070011"


def told(steps: list[dict[str, Any]], *kinds: str) -> list[tuple[str, str, str]]:
    return [(one["at"][5:16], one["title"], one["by"]) for one in steps if one["kind"] in kinds]


async def test_reported_received_asked_and_answered(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(HER, "愿意")
    await visitor.moves(days=12)
    steps = await visitor.course()
    assert [one["at"] for one in steps] == sorted(one["at"] for one in steps)
    assert told(steps, "report", "county") == [
        ("11-22T10:00", "报了：发现孕情", "村孕管员 邓小莲"),
        ("11-22T10:00", "县平台收下了：发现孕情", ""),
    ]
    assert told(steps, "letter") == [
        ("11-22T10:00", "问她愿不愿意收提醒", ""),
        ("11-24T08:00", "提醒她", ""),
        ("11-25T08:00", "提醒她", ""),
        ("12-03T08:00", "提醒她", ""),
    ]
    sent = [text for _, text in await visitor.heard(HER) if not text.startswith("好，")]
    assert [one["words"] for one in steps if one["kind"] == "letter"] == [[text] for text in sent]
    assert ("11-22T10:00", "愿意", "她本人") in told(steps, "word")
    assert ("11-22T10:00", "开始计时：村里的情况报到乡镇", "村孕管员") in told(steps, "clock")
    assert ("11-22T10:00", "确认了：村里的情况报到乡镇", "乡镇孕管办") in told(steps, "word")

    (woman,) = await visitor.get("demo/women", lang="en")
    assert (woman["name"], woman["place"]) == ("李梅", "Yangmeikeng, Gupo")
    first = (await visitor.course("en"))[0]
    assert (first["by"], first["words"][0]) == ("Coordinator 邓小莲", "Age 28 years")

    async with visitor.demo.app.database.transaction() as tx:
        reminders = CareAct.filter(kind="remind", to_role="woman").using_db(tx)
        await reminders.update(state="skipped", reason="unsafe")
    skipped = [one for one in await visitor.course() if one["kind"] == "skip"]
    assert [(one["title"], one["notes"]) for one in skipped] == [("没有发给她", ["给她发消息不方便"])] * 3
    assert "叶酸" in skipped[0]["words"][0]


async def test_who_was_told_of_danger_and_who_took_it(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(COORDINATOR, "李梅出血了")
    await visitor.moves(hours=1)
    await visitor.says(TOWNSHIP, "收到")
    steps = await visitor.course()
    assert told(steps, "alert") == [
        ("11-22T10:00", "危险信号", "村孕管员 邓小莲"),
        ("11-22T10:00", "告诉了", "乡镇孕管办 温秀英、乡镇孕管办 Lai Yan"),
        ("11-22T10:10", "告诉了", "县孕管中心 刘桂兰"),
    ]
    assert [one["words"] for one in steps if one["title"] == "危险信号"] == [["出血"]]
    assert ("11-22T11:00", "接手了", "乡镇孕管办 温秀英") in told(steps, "word")


async def test_what_she_says_she_did_is_a_task_for_her_coordinator(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(HER, "愿意")
    await visitor.moves(days=4)
    await visitor.says(HER, "去过了")
    await visitor.moves(days=1)
    steps = await visitor.course()
    assert ("11-26T10:00", "去过了", "她本人") in told(steps, "word")
    assert [title for _, title, _ in told(steps, "task")] == ["请村孕管员去办"]
    (task,) = [one for one in steps if one["kind"] == "task"]
    assert "她说去过了" in task["words"][0]
    assert any("她说去过了" in text for _, text in await visitor.heard(COORDINATOR))


async def test_an_ultrasound_says_what_dates_her_since(visitor: Visitor) -> None:
    """As it was then: the earlier one, told later, dates her from there on."""
    await visitor.finds()
    for said in ("李梅11月20号做了B超，13周", "李梅10月20号做了彩超，显示孕6周"):
        await visitor.says(COORDINATOR, said, "就这些", "对")
        await visitor.moves(hours=1)
    steps = [one["words"] for one in await visitor.course() if one["title"] == "报了：产前检查"]
    late, early = steps
    assert tuple(next(line for line in words if line.startswith("B超孕周")) for words in steps) == (
        "B超孕周 13周",
        "B超孕周 6周",
    )
    assert late[-1].endswith("预产期2027年5月28日。")
    assert "按B超推算" in late[-1]
    assert early[-1] == "和早孕B超相差5天，不用改，仍按原来的推算。预产期2027年6月10日。"


async def test_what_a_colleague_was_told_stays_what_it_was(visitor: Visitor) -> None:
    """A task that is over by now, of a pregnancy that is over: the line that was sent, not what would be said today."""
    await visitor.finds()
    await visitor.says(HER, "愿意")
    await visitor.moves(days=4)
    await visitor.says(HER, "去过了")
    await visitor.moves(days=1)
    (before,) = [one for one in await visitor.course() if one["kind"] == "task"]
    assert before["words"][0]
    assert any(before["words"][0] in text for _, text in await visitor.heard(COORDINATOR))
    await visitor.says(COORDINATOR, "李梅流产了，昨天，在县医院", "就这些", "对")
    await visitor.moves(days=2)
    steps = [one for one in await visitor.course() if one["kind"] == "task"]
    assert [(one["at"], one["words"]) for one in steps[:1]] == [(before["at"], before["words"])]


async def test_what_nobody_did_was_not_done(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(HER, "愿意")
    await visitor.moves(days=4)
    await visitor.says(HER, "去过了")
    await visitor.moves(days=1)
    tasks = CareAct.filter(kind="task")
    for reason, note in (("stale", "没有办：已经过了时候"), ("ended", "不用办了：孕期已经结束")):
        async with visitor.demo.app.database.transaction() as tx:
            assert await tasks.using_db(tx).update(state="done", reason=reason)
        (task,) = [one for one in await visitor.course() if one["kind"] == "task"]
        assert task["notes"] == [note]


async def test_a_verification_is_no_correction(visitor: Visitor) -> None:
    await visitor.finds()
    async with visitor.demo.app.database.transaction() as tx:
        await Report.all().using_db(tx).update(verification="unverified")
    await visitor.says(COORDINATOR, "更正", "29岁", "对")
    async with visitor.demo.app.database.transaction() as tx:
        await Report.filter(version=2).using_db(tx).update(verification="verified")
    steps = [one["title"] for one in await visitor.course() if one["kind"] == "report"]
    assert steps == ["报了：发现孕情", "核实了：发现孕情"]


async def test_versions_show_what_changed_and_what_was_taken_back(visitor: Visitor) -> None:
    await visitor.finds()
    await visitor.says(COORDINATOR, "更正", "29岁", "对", "撤回", "报错人了", "对")
    steps = [one for one in await visitor.course() if one["kind"] == "report"]
    assert [(one["title"], one["notes"]) for one in steps] == [
        ("报了：发现孕情", ["第1版", "已有新版"]),
        ("改了：发现孕情", ["第2版", "已有新版"]),
        ("撤回了：发现孕情", ["第3版", "已撤回"]),
    ]
    assert steps[1]["words"] == ["年龄 29岁"]


async def test_no_numbers_and_no_diagnosis(visitor: Visitor) -> None:
    await visitor.says(
        COORDINATOR,
        f"李梅怀孕了，身份证号{RESIDENT}，末次月经9月3号，电话19900000101，她是乙肝携带者",
        "就这些",
        "对",
    )
    whole = str(await visitor.course())
    assert "报了：发现孕情" in whole
    assert not [secret for secret in (RESIDENT, "19900000101", "乙肝", "紫") if secret in whole]


async def test_nobody_of_that_id_and_an_empty_roster(visitor: Visitor) -> None:
    assert await visitor.get("demo/women") == []
    async with visitor.http.get(visitor.demo.url + "demo/women/nobody") as answer:
        assert answer.status == 404


async def test_real_data_is_not_shown(database: Database) -> None:
    with pytest.raises(NotADemonstration):
        await women(database, START)
    with pytest.raises(NotADemonstration):
        await timeline(database, "w", START)


def test_there_are_words_for_every_reason_answer_and_alert() -> None:
    assert set(strings.SKIPPED) == set(REASONS)
    assert set(strings.ANSWERS) == set(get_args(Answer))
    assert set(strings.ALERTS) == set(KINDS)


async def test_a_restart_leaves_phones_and_inbox_as_they_were(database: Database) -> None:
    started = monotonic()

    def ticking() -> datetime:
        return START + timedelta(seconds=monotonic() - started)

    async with visiting(database, ticking) as visitor:
        await visitor.finds()
        await visitor.says(HER, "愿意")
        await visitor.says(COORDINATOR, "帮助", "怀孕")
        await visitor.moves(days=3)
        before = await visitor.get("demo/state")
        course = await visitor.course()
    async with visiting(database, ticking) as visitor:
        after = await visitor.get("demo/state")
        assert [_shown(phone) for phone in after["phones"]] == [_shown(phone) for phone in before["phones"]]
        assert [card["fields"] for card in after["inbox"]] == [card["fields"] for card in before["inbox"]]
        assert len(after["inbox"]) == 1
        assert await visitor.course() == course
        buttons = [
            one for phone in after["phones"] for bubble in phone["bubbles"] for one in bubble["buttons"]
        ]
        assert buttons


def _shown(phone: dict[str, Any]) -> tuple[str, list[tuple[bool, str, Any]]]:
    return phone["id"], [(one["mine"], one["text"], one["buttons"]) for one in phone["bubbles"]]

"""A report of a death, an end, a critical case or a red grade that was begun and not finished: what colleagues are told.

When, and of which: engine/unfinished.py. Told like an alert (flows/ladders.py), until somebody takes it, or it is finished
or dropped.
"""

from __future__ import annotations

from conversations.flows.alerts import Rows, Seen, Story, about, how_to_take, name_of
from conversations.message import Button, Role
from conversations.text import Sayable, T, Text, lines, plain

BEGUN = "begun"
"""The kind of alert."""
_URGENT: Text = T("一件要紧的事")


def _title(story: Story) -> Sayable:
    from conversations.flows.registry import FLOWS

    flow = FLOWS.get(next(iter(story.signs), ""))
    return flow.title if flow is not None and flow.event is not None else _URGENT


def begun_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """Who began to report what of whom, and what to do about it. `minutes` since it was told first."""
    days = minutes // (24 * 60)
    name = plain(name_of(story.reporter, seen)) if story.reporter.name else T("一位同事")
    return lines(
        T("【请今天联系】{place}{who}：{name}{date}开始报“{title}”，还没有报完。").with_values(
            **about(story, seen), name=name, date=story.said_at, title=_title(story)
        ),
        T("给她的提醒先停着。") if story.signs[1:] else None,
        T("请问问{name}是怎么回事，帮着报完；真有这回事，您也可以直接报。", name=name),
        T("已经{days}天了，还没有人接手。", days=days) if days else None,
        how_to_take(seen),
    )


def ended_text(story: Story, seen: Seen, *, filed: bool) -> Sayable:
    """To those who were told: it is finished, or was dropped."""
    said = (
        T("【报好了】{place}{who}：“{title}”已经报完了，谢谢您。")
        if filed
        else T("【没有报】{place}{who}：“{title}”那一份取消了，没有报上来。真有这回事的话，请您报上来。")
    )
    return said.with_values(**about(story, seen), title=_title(story))


def begun_buttons(alert_id: str) -> Rows:
    return ((Button(T("我来处理"), f"go:alert:{alert_id}:ack"),),)


RUNGS_OF_A_HOSPITAL: tuple[tuple[Role, ...], ...] = (("township", "county"),)
"""Who is told of what an institution began: its county at once, too."""

"""核实是谁: a hospital reported somebody the roster could not be sure of. Told like an alert (flows/ladders.py) until
the township takes it: nobody looks after a woman who stands on the roster by a hospital's word alone."""

from __future__ import annotations

from conversations.flows.alerts import UNMATCHED, Seen, Story, about, how_to_take
from conversations.message import RaiseAlert, Report, Speaker
from conversations.records import EVENTS
from conversations.text import Sayable, T, lines


def unmatched(report: Report) -> RaiseAlert:
    """The alert of such a report."""
    return RaiseAlert(UNMATCHED, (), report.event, place_id=report.village_id, woman_id=report.woman_id)


def unmatched_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What an officer reads. `minutes` since the hospital told, when it is told again."""
    days = minutes // (24 * 60)
    title = EVENTS[story.words[0]].title if story.words and story.words[0] in EVENTS else T("情况")
    return lines(
        T("【核实是谁】医院报来{place}{who}的{title}，没能对上花名册。").with_values(
            **about(story, seen), title=title
        ),
        T("请核实是不是已登记的哪一位；没登记过的，请村里补报孕情。"),
        T("已经{days}天了，还没有人接手。", days=days) if days else None,
        how_to_take(seen),
    )


def looked_up_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues, once somebody has it."""
    return T("【已接手】{place}{who}，{office}在核实是哪一位。").with_values(
        **about(story, seen), office=taker.place_name
    )

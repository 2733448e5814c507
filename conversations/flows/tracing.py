"""追访: the county asks for a woman to be found. Told like an alert (flows/ladders.py) until somebody takes it."""

from __future__ import annotations

from datetime import date

from conversations.care.unsaid import NOT_QUOTED
from conversations.flows.alerts import QUOTED, Seen, Story, about, how_to_take
from conversations.message import Speaker
from conversations.text import Sayable, T, Text, lines

TRACING = "tracing"


def tracing_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What a colleague reads. `minutes` since the county asked, when it is told again."""
    days = minutes // (24 * 60)
    return lines(
        T("【请找到她】县里请我们联系{place}{who}。").with_values(**about(story, seen)),
        _why(story, seen),
        T("县里等到{date}。", date=date.fromisoformat(story.signs[-1])) if story.signs else None,
        T("找到了报“随访”，找不到报“失访”，县里帮着一起找。"),
        T("已经{days}天了，还没有人接手。", days=days) if days else None,
        how_to_take(seen),
    )


def found_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues, once somebody has it."""
    values = {**about(story, seen), "office": taker.place_name}
    if reached:
        return T("【已联系上】{place}{who}，{office}已经联系上了。").with_values(**values)
    return T("【已接手】{place}{who}，{office}在找。").with_values(**values)


def _why(story: Story, seen: Seen) -> Text | None:
    """The county's reason, where the channel and the words allow it."""
    why = story.words[-1] if story.words else ""
    if not why or not seen.channel.names_diagnoses or NOT_QUOTED.search(why):
        return None
    return T("原因：{why}", why=why if len(why) <= QUOTED else why[:QUOTED] + "…")

"""到期与催办: what is said of a duty before its time runs out and after, in words of help, never of blame.

Told like an alert (flows/ladders.py) from its owner upward, until somebody takes it or it is done.
"""

from __future__ import annotations

from datetime import datetime

from conversations.care.clocks import Running, tells_colour, title
from conversations.engine.flow import LOCAL
from conversations.flows.alerts import Seen, Story, about, how_to_take
from conversations.message import Role, Speaker
from conversations.text import Sayable, T, lines, plain

CLOCK = "clock"
TELLING = "colour"
"""Among a story's signs: its title, or its time, would tell a colour."""
AGAIN = "again"
"""Among a story's signs: somebody took it before, and it runs on."""
OFFICES: dict[str, Role] = {
    "coordinator": "coordinator",
    "township": "township",
    "institution": "institution",
    "sector": "county",
    "county": "county",
}
"""Who of us holds an office of a ladder; city and province are no users of ours."""


def warning_text(running: Running, who: str, place: str) -> Sayable:
    """To its owner, before it is due. A letter may come by any channel, so it names no colour and, where the time
    would tell one, no time."""
    what = title(running, named=False)
    if tells_colour(running):
        return T("【提醒】{place}{who}：{what}", place=place, who=who, what=what)
    return T(
        "【提醒】{place}{who}：{what}，请在{due}前办好。",
        place=place,
        who=who,
        what=what,
        due=moment(running.due),
    )


def overdue_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What is told when the time is over."""
    telling = TELLING in story.signs
    what = title_of(story, seen)
    head = T("【催办】{place}{who}：{what}").with_values(**_about(story, seen), what=what)
    if not telling:
        head = T("【催办】{place}{who}：{what}，原定{due}前。").with_values(
            **_about(story, seen), what=what, due=moment(story.said_at)
        )
    return lines(
        head,
        T("之前有同事在办，还没有收到结果。") if AGAIN in story.signs else None,
        T("有难处请说一声，我们一起想办法。"),
        how_to_take(seen),
    )


def taken_up_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues, once somebody has it."""
    return T("【已接手】{place}{who}：{what}，{office}在办。").with_values(
        **_about(story, seen), what=title_of(story, seen), office=taker.place_name
    )


def title_of(story: Story, seen: Seen) -> Sayable:
    """What is owed, as this channel may name it."""
    if TELLING in story.signs and (seen.channel.masked or seen.channel.trust == "low"):
        return T("有一项重点随访的报送")
    return plain(story.words[0])


def _about(story: Story, seen: Seen) -> dict[str, Sayable]:
    if story.women:
        return about(story, seen)
    return {"place": plain(seen.place_name), "who": plain("")}


def moment(at: datetime) -> Sayable:
    """When something is due, in words: the local day, and the time where it is not midnight: 24:00 is the end of the day before."""
    local = at.astimezone(LOCAL)
    if (local.hour, local.minute) == (0, 0):
        day = datetime.fromtimestamp(at.timestamp() - 1, LOCAL).date()
        return T("{date}", date=day)
    return T("{date} {time}", date=local.date(), time=f"{local:%H:%M}")

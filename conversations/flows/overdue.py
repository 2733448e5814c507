"""到期与催办: what is said of a duty before its time runs out and after, in words of help, never of blame.

Told like an alert (flows/ladders.py) from its owner upward, until somebody takes it or it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from conversations.care.clocks import Running, tells_colour, title
from conversations.care.programme import Programme
from conversations.care.rules import Office
from conversations.flows.alerts import (
    DONE,
    PHONED,
    Rows,
    Seen,
    Story,
    about,
    how_to_take,
    of_an_office,
)
from conversations.local_time import LOCAL
from conversations.message import Button, Role, Speaker
from conversations.text import Sayable, T, Text, lines, plain

CLOCK = "clock"
TELLING = "colour"
"""Among a story's signs: its title, or its time, would tell a colour."""
AGAIN = "again"
"""Among a story's signs: somebody took it before, and it runs on."""
CALL = "call:"
"""Begins one of a story's signs: a telephone call to this office is asked for too, and nobody has said that it was made."""
EARLIER = "earlier:"
"""Begins one of a story's signs: the same duty of an earlier period is owed too, since then."""
SECTOR = "sector"
"""The rung of the county's officer who answers for a sector (片区); where nobody does, of all the county's."""
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
        earlier_text(
            [
                datetime.fromisoformat(sign.removeprefix(EARLIER))
                for sign in story.signs
                if sign.startswith(EARLIER)
            ]
        ),
        T("之前有同事在办，还没有收到结果。") if AGAIN in story.signs else None,
        T("有难处请说一声，我们一起想办法。"),
        how_to_take(seen),
        _how_to_say_it_was_made(seen) if call_to(story) else None,
        _how_to_say_it_is_done(seen) if of_an_office(story) else None,
    )


def earlier_text(due: Sequence[datetime]) -> Text | None:
    """That the same is owed of earlier periods, the oldest first, which are told of no more by themselves."""
    if not due:
        return None
    if len(due) == 1:
        return T("上一期（原定{due}前）的也还没有办好，可以一起办。", due=moment(due[0]))
    return T("前面还有{count}期没有办好，最早的原定{due}前，可以一起办。", count=len(due), due=moment(due[0]))


def _how_to_say_it_was_made(seen: Seen) -> Text:
    if seen.channel.buttons:
        return T("还要打电话报一声；打过了就按“电话已报”。")
    if seen.several:
        return T("还要打电话报；打过了回“电话已报{number}”。", number=seen.number)
    return T("还要打电话报；打过了回“电话已报”。")


def _how_to_say_it_is_done(seen: Seen) -> Text | None:
    if seen.channel.buttons:
        return None
    if seen.several:
        return T("办好了回“办好了{number}”。", number=seen.number)
    return T("办好了回“办好了”。")


def duty_buttons(alert_id: str, story: Story) -> Rows:
    """A duty is taken with one tap; what comes round is done with one, too; where a call is asked for, one says that it was
    made."""
    taken = Button(T("我来处理"), f"go:alert:{alert_id}:ack")
    if of_an_office(story):
        return ((taken, Button(T("办好了"), f"go:alert:{alert_id}:{DONE}")),)
    return ((taken,), *_call_buttons(alert_id, story))


def _call_buttons(alert_id: str, story: Story) -> Rows:
    return ((Button(T("电话已报"), f"go:alert:{alert_id}:{PHONED}"),),) if call_to(story) else ()


def call_to(story: Story) -> Office | None:
    """The office that is still to be called, if one is."""
    named = {f"{CALL}{office}": office for office in get_args(Office)}
    return next((named[sign] for sign in story.signs if sign in named), None)


def call_made_text(office: Office, by: Role, rules: Programme) -> Sayable:
    """To whoever says that the call was made. The addressee's own word is that she was called."""
    if office == by:
        return T("好，记下了：电话接到了。辛苦您了。")
    return T("好，记下了：已经打电话报给{whom}。辛苦您了。", whom=rules.called(office))


def taken_up_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues, once somebody has it, or has done it."""
    if of_an_office(story) and reached:
        return T("【办好了】{place}：{what}，{office}已经办好。").with_values(
            place=plain(seen.place_name), what=title_of(story, seen), office=taker.place_name
        )
    return T("【已接手】{place}{who}：{what}，{office}在办。").with_values(
        **_about(story, seen), what=title_of(story, seen), office=taker.place_name
    )


def title_of(story: Story, seen: Seen) -> Sayable:
    """What is owed, as this channel may name it."""
    if TELLING in story.signs and not seen.channel.names_diagnoses:
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

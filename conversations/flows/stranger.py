"""Somebody without an office whom no woman's record leads to: one polite line a day, and no data.

After the line there is silence, and for a number that wants nothing (退订, 打错了) there is no line. Who waits to be let
in, and whose office was taken, is known, and told so. Danger signs are answered before, a code is `joining`.
"""

from __future__ import annotations

from datetime import datetime

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import AttemptsToday, Lookup
from conversations.flows.danger import DANGER, tells_where, told_where
from conversations.local_time import LOCAL
from conversations.message import CountAttempt, Reply, Speaker
from conversations.text import T, Text

LINE = "line"
"""What the lines of a day are counted as."""

_KNOWN: dict[str, Text] = {
    "pending": T("您的加入申请已经交上去了，等上级确认后我会马上告诉您。"),
    "revoked": T("您的账号已经停用。要恢复，请联系上级同事。"),
}


def line_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    day = datetime.fromisoformat(talk.known_at).astimezone(LOCAL).date()
    return AttemptsToday(speaker.contact_id, LINE, day), AttemptsToday(speaker.contact_id, DANGER, day)


def once_a_day(talk: Talk, context: Context, text: Text) -> Result:
    """The line, if today nothing was said yet; else silence."""
    lookup, _ = line_lookups(talk, context.speaker)
    (said,) = context.facts[lookup]
    if said:
        return Result(quiet=True)
    return Result((Reply(text),), effects=(CountAttempt(LINE),), quiet=True)


def say_line(talk: Talk, context: Context) -> Result:
    """What somebody hears whose words are for nobody here."""
    speaker = context.speaker
    _, danger = line_lookups(talk, speaker)
    if context.facts[danger] != (0,) and tells_where(context.message.text):
        return Result((Reply(T("好，已经转给值班的同事，请保持电话畅通。")),), effects=(told_where(context),))
    if speaker.silenced or speaker.opted_out:
        return Result(quiet=True)
    if (known := _KNOWN.get(speaker.standing)) is not None:
        return Result((Reply(known),), quiet=True)
    line = T("您好，我是孕管助手，给村里的同事帮忙的。有8位加入码请直接发来；身体不舒服请马上就医或打120。")
    return once_a_day(talk, context, line)


FLOW = Flow(
    "stranger",
    version=1,
    title=T("不认识的号码"),
    roles=frozenset({"unknown"}),
    otherwise=True,
    lookups=line_lookups,
    steps=(),
    finish=say_line,
    quick=True,
)

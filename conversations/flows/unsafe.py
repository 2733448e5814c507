"""怕人看到, 我男人打我: her phone is not safe to be written to, and everything goes through her coordinator from then on.

It holds from the message that says so: she hears one last word that names nothing. Her coordinator is told in words of care,
and no more than she must know; where she is hurt, or fears to be, the township is told at once. What she writes afterwards
is passed on and answered with a word that says nothing; only danger is answered as ever. A colleague who asked her says that
the number is safe again (flows/number.py), or has another registered.
"""

from __future__ import annotations

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.flows.alerts import NUMBER, SAFETY, UNSAFE, Seen, Story, about, how_to_take
from conversations.flows.danger import danger_told
from conversations.flows.hers import her_lookups, hers
from conversations.flows.questions import relay
from conversations.message import Effect, RaiseAlert, Reply, UnsafeNumber
from conversations.text import Sayable, T, lines
from conversations.understanding.normalise import normalise
from conversations.understanding.unsafe import unsafe


def no_more_here(context: Context) -> tuple[Effect, ...]:
    """Nothing unasked goes to this number any more; the coordinators of all who use it are told."""
    told = tuple(RaiseAlert(NUMBER, (UNSAFE,), "", woman_id=one) for one in context.speaker.women)
    return (UnsafeNumber(), *told)


def _says(talk: Talk, context: Context) -> Result:
    text = normalise(context.message.text)
    effects = no_more_here(context)
    if unsafe(text) != "violence":
        return Result((Reply(T("好，以后不往这个号码发消息了。")),), effects=effects, quiet=True)
    if not danger_told(text, context).now:  # that alarm is raised already
        behind = [one.woman_id for one in hers(context)]
        named = [one.woman_id for one in hers(context) if one.name and one.name in text]
        meant = named or [one for one in behind if one == talk.answers.get("woman_id")]
        only = meant[0] if len(meant) == 1 else behind[0] if len(behind) == 1 else None
        effects += (RaiseAlert(SAFETY, (UNSAFE,), "", woman_id=only),)
    said = T("好，以后不往这个号码发消息了。有急事请打110或120。")
    return Result((Reply(said),), effects=effects, quiet=True)


SAYS = Flow(
    "unsafe",
    version=1,
    title=T("怕人看到"),
    roles=frozenset({"woman"}),
    first=lambda text, context, asked: unsafe(text) is not None,
    lookups=her_lookups,
    steps=(),
    finish=_says,
    quick=True,
    alone=True,
)


def _since(talk: Talk, context: Context) -> Result:
    only = context.speaker.women[0] if len(context.speaker.women) == 1 else None
    said = T("收到了，村里的同事会找您。")
    return Result((Reply(said),), effects=(relay(context, context.message.text, woman_id=only),), quiet=True)


SINCE = Flow(
    "unsafe_since",
    version=1,
    title=T("怕人看到"),
    roles=frozenset({"woman"}),
    first=lambda text, context, asked: context.speaker.unsafe,
    steps=(),
    finish=_since,
    quick=True,
    alone=True,
)


def safety_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """To the township, and after it the county: what she says stays with them."""
    return lines(
        T("【请马上联系】{place}{who}：她发来消息，说家里有人打她，或者怕挨打。").with_values(
            **about(story, seen)
        ),
        T(
            "请找机会单独见她，别往她手机上打电话、发消息，也别让家里人知道是她说的。有危险就报110，请妇联一起帮她。"
        ),
        T("已经{minutes}分钟了，还没有人接手。", minutes=minutes) if minutes else None,
        how_to_take(seen),
    )

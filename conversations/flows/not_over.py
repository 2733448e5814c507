"""Her own word against an end that was filed of her: 我没死, 我还没生呢, 没流产; and what colleagues found out.

The mirror of flows/told_over.py. From the message that says so nothing that follows from that end goes to her, until it is
withdrawn, or somebody asked and says 没报错. Her coordinator and the township are told like of any alert.
"""

from __future__ import annotations

import re

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.heard import understand_for
from conversations.engine.state import Talk
from conversations.facts import (
    EndFact,
    EndsFiled,
    Lookup,
    UnsettledFact,
    WordsUnsettled,
)
from conversations.flows import settling
from conversations.flows.alerts import NOT_OVER, Rows, Seen, Story, about, how_to_take
from conversations.flows.filing import STAFF
from conversations.flows.questions import ASKED, passed_on, quoted
from conversations.message import (
    Button,
    Effect,
    NothingEnded,
    OptOut,
    RaiseAlert,
    Reply,
    Speaker,
    ToldOver,
)
from conversations.records import mask_name
from conversations.text import Sayable, T, Text, lines
from conversations.understanding.normalise import normalise
from conversations.understanding.not_over import denied

# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────

_ELSE = frozenset({"visit_done", "visit_later", "change_phone"})
"""What she may mean besides, that has an answer of its own."""


def _denies(text: str, context: Context) -> bool:
    return bool(denied(normalise(text))) and understand_for(text, context).intent not in _ELSE


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (EndsFiled(speaker.women),) if speaker.women else ()


def _finish_hers(talk: Talk, context: Context) -> Result:
    """Where nothing of the kind was filed it is a word like any other, and passed on."""
    text, speaker = context.message.text, context.speaker
    against = denied(normalise(text))
    filed: tuple[EndFact, ...] = context.facts[EndsFiled(speaker.women)] if speaker.women else ()
    wrong = [one for one in filed if one.filed & against]
    meant = [one for one in wrong if one.name and one.name in text] or wrong
    intent = understand_for(text, context).intent
    if not meant:
        return passed_on(context, "wrong_number" if intent == "wrong_number" else "")
    words = " ".join(text.split())[:ASKED]
    effects: list[Effect] = []
    for one in meant:
        what = next(end for end in _ENDS if end in one.filed & against)
        effects += [
            ToldOver(one.woman_id, denied=True),
            RaiseAlert(NOT_OVER, (what,), words, woman_id=one.woman_id),
        ]
    if intent == "opt_out" and not speaker.opted_out:
        effects.append(OptOut(words))
    said = T(
        "您的话我收到了，谢谢您告诉我。我马上请负责的同事核对，这之前先不给您发提醒。身体不舒服随时发消息来，急的打120。"
    )
    return Result((Reply(said),), effects=tuple(effects), quiet=True)


HERS = Flow(
    "not_over",
    version=1,
    title=T("报得不对"),
    roles=frozenset({"woman"}),
    first=lambda text, context, asked: _denies(text, context),
    lookups=_lookups,
    steps=(),
    finish=_finish_hers,
    quick=True,
)

# ── in words to colleagues ──────────────────────────────────────────────────────────────────────────────

_ENDS: dict[str, Text] = {
    "death": T("报上来的是她去世了。请马上联系她核对，看是不是报错了人，也看看手机现在是谁在用。"),
    "birth": T("报上来的是她已经生了。请马上联系她核对，看是不是报错了人。这之前别跟她提孩子。"),
    "loss": T("报上来的是她这一胎没保住。请马上联系她核对，看是不是报错了人。"),
    "child": T("报上来的是她孩子不在了。请马上联系她核对，看是不是报错了人。"),
}


def not_over_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What she said, and how it is settled. `minutes` since it was said, when it is told again."""
    days = minutes // (24 * 60)
    ask = T("她说报上来的情况不对。请马上联系她核对。")
    return lines(
        T("【请今天核对】{place}{who}发来：{words}").with_values(
            **about(story, seen), words=quoted(story, seen)
        ),
        ask if seen.channel.masked or not story.signs else _ENDS.get(story.signs[-1], ask),
        T("报错了，请说“撤回”把那份撤回来；没报错，就回“没报错”。"),
        T("已经{days}天了，还没有人接手。", days=days) if days else None,
        how_to_take(seen),
    )


def not_over_buttons(alert_id: str, story: Story) -> Rows:
    return (
        (
            Button(T("是报错了"), f"go:filed_right:{alert_id}:wrong"),
            Button(T("没报错"), f"go:filed_right:{alert_id}:right"),
        ),
    )


# ── what colleagues found out ───────────────────────────────────────────────────────────────────────────

_RIGHT = re.compile(
    r"(?P<name>[\u4e00-\u9fff·]{2,4}?)?(?:的|那份|那个)?(?:没有?报错|报得没错|报的没错|报的是对的)(?:呢|的|啊)?"
    r"[\s,，。.!！]*(?P<number>\d{1,2})?[\s。.!！]*"
)


def _meant(talk: Talk, context: Context) -> UnsettledFact | Sayable:
    """Whose word is settled: that of the button, the number or the name; else of the only one."""
    waiting: tuple[UnsettledFact, ...] = context.facts[WordsUnsettled(context.village_ids)]
    women = settling.meant([one for one in waiting if one.denied], NOT_OVER, _RIGHT, talk, context)
    if not women:
        return T("这一件已经核对过了，谢谢您。")
    if len(women) > 1:
        return T(
            "有{count}位等着核对，您说的是哪一位？请带上名字再说一遍，比如“李梅没报错”。", count=len(women)
        )
    return women[0]


def _finish_settle(talk: Talk, context: Context) -> Result:
    her = _meant(talk, context)
    if not isinstance(her, UnsettledFact):
        return Result((Reply(her),))
    pressed = talk.answers.get("go")
    taken = settling.taken(her, NOT_OVER, context)
    if isinstance(pressed, list) and pressed[1:] == ["wrong"]:
        how = (
            T("好，请说“撤回”，带上她的名字，把报错的那份撤回来。")
            if context.masked
            else T("好，请说“撤回{name}”，把报错的那份撤回来。", name=her.name)
        )
        return Result((Reply(how),), effects=taken)
    if context.message.channel.trust == "low":
        said = T("好，记下了，照报的来。谢谢您去核对。")
    else:
        name = mask_name(her.name) if context.masked else her.name
        said = T("好，记下了，{name}的照报的来。谢谢您去核对。", name=name)
    return Result((Reply(said),), effects=(NothingEnded(her.woman_id), *taken))


SETTLE = Flow(
    "filed_right",
    version=1,
    title=T("没报错"),
    roles=STAFF,
    hears=lambda text, context: _RIGHT.fullmatch(text.strip()) is not None,
    lookups=settling.lookups,
    extra_fields=("go",),
    steps=(),
    finish=_finish_settle,
    quick=True,
)

"""Her own word that the pregnancy is over, that a child died, or that she is not pregnant; and what colleagues found out.

From the message that says so nothing that names a check-up, a pregnancy or a child goes to her (care/stopping.py), until
somebody settles it: by filing what happened, or by 还怀着. It files no end by itself. Her coordinator and the township are
told like of any alert, until one of them has it (flows/ladders.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import AlertFact, HerFact, UnsettledFact, WordsUnsettled
from conversations.flows import settling
from conversations.flows.alerts import TOLD_OVER, Rows, Seen, Story, about, how_to_take
from conversations.flows.danger import danger_turn
from conversations.flows.filing import STAFF, errand
from conversations.flows.hers import her_lookups, hers
from conversations.flows.questions import ASKED, passed_on, quoted
from conversations.message import (
    Button,
    Effect,
    NothingEnded,
    OptOut,
    RaiseAlert,
    Reply,
    ToldOver,
)
from conversations.records import mask_name
from conversations.text import Sayable, T, lines
from conversations.understanding import understand
from conversations.understanding.consent import word
from conversations.understanding.danger import Signs, signs
from conversations.understanding.normalise import normalise
from conversations.understanding.told_over import PARTS, said_of, told_over

# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────


def _tells(text: str, context: Context) -> bool:
    return told_over(text, context.today) not in (None, "away")


_PAST_HER: Final = frozenset({"died", "gone"})
"""What is said of her by somebody else who has her phone."""
_SEVERAL: Final = "several"
"""Among a story's signs: several women use the phone, and it was not said who is meant."""


def _stops(context: Context) -> bool:
    """Whether she asks for no more messages in the same breath: 流产了，别再发了."""
    text = normalise(context.message.text)
    said = understand(text, today=context.today, speaker="woman")
    intents = {said.intent, *(one.intent for one in said.more)}
    return "opt_out" in intents or word(text, woman=True, question_open=True) == "opt_out"


def _finish_hers(talk: Talk, context: Context) -> Result:
    """Of a phone that several women use it is said of each that is named, or of all of them: nobody may be hurt."""
    text, speaker = context.message.text, context.speaker
    what = told_over(normalise(text), context.today) or "over"
    behind = hers(context)
    if what in _PAST_HER and _of_another(text, behind):
        return passed_on(context, "")
    named = [one.woman_id for one in behind if one.name and one.name in text]
    meant_last = [one.woman_id for one in behind if one.woman_id == talk.answers.get("woman_id")]
    meant = named or meant_last or [one.woman_id for one in behind] or list(speaker.women)
    words = " ".join(text.split())[:ASKED]
    effects: list[Effect] = []
    for woman_id in meant:
        signs = (*([_SEVERAL] if len(meant) > 1 else []), what)
        effects += [ToldOver(woman_id), RaiseAlert(TOLD_OVER, signs, words, woman_id=woman_id)]
    if (what == "died" or _stops(context)) and not speaker.opted_out:
        effects.append(OptOut(text.strip()[:ASKED]))
    if what == "died":
        said = T("知道了，请节哀。这个号码不会再收到我们的消息了，您和家里人多保重。")
        return Result((Reply(said),), effects=tuple(effects), quiet=True)
    if what == "gone":
        said = T("我知道了，消息先都停了。{ask}", ask=_ASK_GENTLY)
        return Result((Reply(said),), effects=tuple(effects), quiet=True)
    if what == "not_pregnant":
        said = T("好，收到了。提醒先都停了，我请负责的同事来跟您核对一下。")
    else:
        said = T(
            "您的话我收到了，请多保重。提醒先都停了，我转给了负责的同事，请她们来看看您。出血多、肚子痛或发烧，马上去医院或打120。"
        )
    replies: tuple[Reply, ...] = (Reply(said),)
    if any(told := _danger(normalise(text))):
        reply, alerts = danger_turn(told, context)
        replies, effects = (reply, *replies), [*alerts, *effects]
    return Result(replies, effects=tuple(effects), quiet=True)


_ASK_GENTLY = T("她是出门了，还是出了什么事？方便就回一句，不方便也没关系，我请村里的同事来问问您。")


def _of_another(text: str, behind: Sequence[HerFact]) -> bool:
    """Whether it is said of somebody by a name that none of them has."""
    name = said_of(normalise(text))
    return name is not None and bool(behind) and not any(name in one.name for one in behind)


def _finish_away(talk: Talk, context: Context) -> Result:
    """她不在, 她走了一会儿: most likely she is out, and nobody is condoled with; asked gently, and a colleague looks."""
    if _of_another(context.message.text, hers(context)):
        return passed_on(context, "")
    return replace(passed_on(context, ""), replies=(Reply(T("好的。{ask}", ask=_ASK_GENTLY)),), quiet=True)


def _danger(text: str) -> Signs:
    """Danger told beside it (流了好多血，孩子没了), where it was not heard already: of one who lost a child it is hers."""
    if any(signs(text)):
        return Signs((), ())
    found = [signs(part) for part in PARTS.split(text) if part]
    return Signs(
        tuple(dict.fromkeys(one for part in found for one in part.now)),
        tuple(dict.fromkeys(one for part in found for one in part.past)),
    )


HERS = Flow(
    "told_over",
    version=1,
    title=T("已经没有了"),
    roles=frozenset({"woman"}),
    hears=_tells,
    first=lambda text, context, asked: _tells(text, context),
    lookups=her_lookups,
    steps=(),
    finish=_finish_hers,
    quick=True,
    alone=True,
)

AWAY = Flow(
    "away",
    version=1,
    title=T("她不在"),
    roles=frozenset({"woman"}),
    first=lambda text, context, asked: told_over(text, context.today) == "away",
    lookups=her_lookups,
    steps=(),
    finish=_finish_away,
    quick=True,
)

# ── in words to colleagues ──────────────────────────────────────────────────────────────────────────────


def told_over_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What she said, and how it is settled. `minutes` since it was said, when it is told again."""
    days = minutes // (24 * 60)
    what = story.signs[-1] if story.signs else ""
    if what in _PAST_HER:
        ask = (
            T("像是说她已经去世了。这个号码的消息都停了。请先好好问问家里人。")
            if what == "died"
            else T("不知道是出门了，还是去世了。给她的消息都停了。请先好好问问家里人。")
        )
        settle = T("真有这回事，请报上来；没有，就回“没有这回事”。")
    elif what == "not_pregnant":
        ask = T("给她的提醒都停了。请联系她，问问是怎么回事。")
        settle = T("确实没怀，请撤回原来那份；其实还怀着，就回“还怀着”。")
    else:
        ask = T("给她的提醒都停了。请好好问问她，别提产检，先看看身体怎么样。")
        settle = T("真是这样，请报上来；弄错了，就回“还怀着”。")
    return lines(
        T("【请今天联系】{place}{who}发来：{words}").with_values(
            **about(story, seen), words=quoted(story, seen)
        ),
        T("这部手机不止一位在用，也可能说的不是她。") if _SEVERAL in story.signs else None,
        ask,
        settle,
        T("已经{days}天了，还没有人接手。", days=days) if days else None,
        how_to_take(seen),
    )


def told_over_buttons(alert_id: str) -> Rows:
    return ((Button(T("我来处理"), f"go:alert:{alert_id}:ack"),),)


def settling_buttons(alert_id: str, story: Story) -> Rows:
    past_her = story.signs[-1:] and story.signs[-1] in _PAST_HER
    label = T("没有这回事") if past_her else T("还怀着")
    still = Button(label, f"go:settle_word:{alert_id}:still")
    if story.signs[-1:] == ("not_pregnant",):
        return ((still,),)
    return ((still, Button(T("是的，我来报"), f"go:settle_word:{alert_id}:report")),)


# ── what colleagues found out ───────────────────────────────────────────────────────────────────────────

_STILL = re.compile(
    r"(?P<name>[\u4e00-\u9fff·]{2,4}?)?(?:她)?(?:其实|确实|现在)?(?:还怀着|还怀孕着|还在怀孕|人还在|好好的|没有这回事|没这回事|still pregnant)(?:呢|的|着)?"
    r"[\s,，。.!！]*(?P<number>\d{1,2})?[\s。.!！]*",
    re.I,
)


def _meant(talk: Talk, context: Context) -> UnsettledFact | Sayable:
    """Whose word is settled."""
    women: tuple[UnsettledFact, ...] = context.facts[WordsUnsettled(context.village_ids)]
    filed, women = [one for one in women if one.denied], tuple(one for one in women if not one.denied)
    if filed and not women:
        return T("那就是报错了。请说“撤回”，把报错的那份撤回来，她的提醒就接着发。")
    if not women:
        return T("眼下没有等着核实的。要报什么，直接说就行。")
    women = tuple(settling.meant(women, TOLD_OVER, _STILL, talk, context))
    if not women:
        return T("这一件已经核实过了，谢谢您。")
    if len(women) > 1:
        return T(
            "有{count}位等着核实，您说的是哪一位？请带上名字再说一遍，比如“李梅还怀着”。", count=len(women)
        )
    return women[0]


def _finish_settle(talk: Talk, context: Context) -> Result:
    her = _meant(talk, context)
    if not isinstance(her, UnsettledFact):
        return Result((Reply(her),))
    pressed = talk.answers.get("go")
    taken = settling.taken(her, TOLD_OVER, context)
    if isinstance(pressed, list) and pressed[1:] == ["report"]:
        died = any(
            one.woman_id == her.woman_id and _tells_of_her(one) for one in settling.told(TOLD_OVER, context)
        )
        then = (_report(her, talk, context, died=died),)
        return Result((Reply(T("好，请告诉我。")),), effects=taken, then=then)
    if any(_tells_of_her(one) for one in settling.told(TOLD_OVER, context) if one.woman_id == her.woman_id):
        said = T("好，记下了，谢谢您去问。她那个号码先前停了，她想再收到，回“恢复”就行。")
    elif context.message.channel.trust == "low":
        said = T("好，记下了，给她的提醒照常。谢谢您去问。")
    else:
        name = mask_name(her.name) if context.masked else her.name
        said = T("好，记下了，给{name}的提醒照常。谢谢您去问。", name=name)
    return Result((Reply(said),), effects=(NothingEnded(her.woman_id), *taken))


def _tells_of_her(alert: AlertFact) -> bool:
    story = Story.of(alert.kind, alert.details)
    return bool(story.signs) and story.signs[-1] in _PAST_HER


def _report(her: UnsettledFact, talk: Talk, context: Context, *, died: bool) -> Talk:
    """What happened is reported like anything else."""
    from conversations.flows.registry import FLOWS

    flow = FLOWS["maternal_death" if died else "child_death" if her.delivered else "pregnancy_loss"]
    answers = {
        flow.subject: her.name,
        "woman_id": her.woman_id,
        "village_id": her.village_id,
        "village": her.village,
    }
    return errand(flow.name, talk, context, answers, (her.woman_id,))


SETTLE = Flow(
    "settle_word",
    version=1,
    title=T("还怀着"),
    roles=STAFF,
    hears=lambda text, context: _STILL.fullmatch(text.strip()) is not None,
    lookups=settling.lookups,
    extra_fields=("go",),
    steps=(),
    finish=_finish_settle,
    quick=True,
)

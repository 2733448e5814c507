"""What a woman asks or says that is for a person: passed to the coordinator of her village, and the answer back.

Neither sees the other's number. It is told like an alert (flows/ladders.py) until somebody answers; the answer takes
it. `ASK` is hers, `REPLY` (答1 …) and `ANSWER` (the button) are her colleagues'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from conversations.care.unsaid import NOT_QUOTED
from conversations.engine.flow import (
    Aside,
    Context,
    Ended,
    Flow,
    ReadBack,
    Result,
    Settled,
    Step,
)
from conversations.engine.state import Talk
from conversations.facts import AlertFact, AlertsTold, Lookup
from conversations.flows.alerts import (
    QUESTION,
    UNSAFE,
    Rows,
    Seen,
    Story,
    about,
    told_at,
)
from conversations.flows.filing import STAFF
from conversations.flows.which_woman import WHICH, own_women, settle_woman
from conversations.message import Button, RaiseAlert, Reply, Speaker, TakeAlert
from conversations.records import mask_name
from conversations.text import Sayable, T, Text, lines, plain
from conversations.understanding.normalise import normalise

ASKED = 200
"""Characters of what she says that are passed on, and of an answer."""
SHOWN = 3
"""How many of her messages a colleague is shown: the newest."""

_NUMBERS = re.compile(r"\d[\d\- ]{5,}\d")

# ── in words ────────────────────────────────────────────────────────────────────────────────────────────


def quoted(story: Story, seen: Seen) -> Sayable:
    """Her own words as a colleague may read them."""
    return _words(story, seen)


def question_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """The question as one colleague reads it: who and what, no number to call. `minutes` since it was asked, when
    it is told again."""
    days, seen = minutes // (24 * 60), careful(seen)
    return lines(
        T("【提问】{place}{who}：{words}").with_values(**about(story, seen), words=_words(story, seen)),
        T("已经{days}天了，还没有人回她。", days=days) if days else None,
        _how_to_answer(story, seen),
    )


def _how_to_answer(story: Story, seen: Seen) -> Text:
    if UNSAFE in story.signs:
        return T(
            "她的手机不方便收消息，请当面回她。回过了说“答{number} 回过了”，不会发到她手机上。",
            number=seen.number,
        )
    if seen.channel.buttons:
        return T("点“回答”写给她，我来转，她看不到您的号码。")
    return T("请回“答{number}”加您的话，我转给她。", number=seen.number)


def careful(seen: Seen) -> Seen:
    """By SMS nobody is named who is in no danger."""
    return replace(seen, channel=replace(seen.channel, masked=True)) if seen.channel.trust == "low" else seen


def _words(story: Story, seen: Seen) -> Sayable:
    """Her own words, without numbers; on a masking channel without names of hers. An infection is never named."""
    said = " / ".join(story.words[-SHOWN:])
    if NOT_QUOTED.search(said):
        return T("她问的不便写在这里，请当面或打电话问她。")
    return T("“{words}”", words=_veiled(said, story, seen))


def _veiled(words: str, story: Story, seen: Seen) -> str:
    veiled = _NUMBERS.sub("（号码）", words)
    if seen.channel.masked:
        for woman in story.women:
            if woman.name:
                veiled = veiled.replace(woman.name, mask_name(woman.name))
    return veiled


def answer_text(story: Story, taker: Speaker, reached: bool) -> Sayable | None:
    """The answer as she reads it, as her coordinator's."""
    if not story.answer:
        return None
    if taker.role == "coordinator":
        return T("村里的同事回您：“{words}”", words=story.answer)
    return T("镇里的同事回您：“{words}”", words=story.answer)


def answered_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues who were asked."""
    seen = careful(seen)
    name = mask_name(taker.name) if seen.channel.masked else taker.name
    return T("【已回答】{place}{who}问的，{office}{name}已经回她了：“{words}”").with_values(
        **about(story, seen),
        office=taker.place_name,
        name=name,
        words=_veiled(story.answer, story, seen),
    )


def question_buttons(alert_id: str) -> Rows:
    return ((Button(T("回答"), f"go:answer:{alert_id}"),),)


# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────

PASSED_ON = T("您的话我转给村里的同事了，有回话马上告诉您。")
"""The polite line: the same whoever asks and whatever is known of her."""
_HINTS: dict[str, Text] = {
    "opt_out": T("要是不想再收到提醒，回“退订”就停。"),
    "wrong_number": T("要是号码弄错了，回“打错了”就停。"),
}


def relay(context: Context, words: str, *, woman_id: str | None = None, hold: bool = False) -> RaiseAlert:
    """Words of hers on their way to a colleague."""
    signs = (UNSAFE,) if context.speaker.unsafe else ()
    return RaiseAlert(QUESTION, signs, " ".join(words.split())[:ASKED], woman_id=woman_id, hold=hold)


def passed_on(context: Context, intent: str) -> Result:
    """Pass on at once what was understood as `intent` and must not be acted on, and tell her how it is meant."""
    only = context.speaker.women[0] if len(context.speaker.women) == 1 else None
    effect = relay(context, context.message.text, woman_id=only)
    return Result((Reply(lines(PASSED_ON, _HINTS.get(intent))),), effects=(effect,))


def _settle_question(talk: Talk, context: Context) -> Settled:
    """Her words go on their way at once, whether or not she tells who she is."""
    if not context.message.text.strip() and "raised" not in talk.answers:
        return Ended(T("图片和语音我还看不懂，请用文字告诉我；身体不舒服请马上去医院或打120。"))
    first = "raised" not in talk.answers
    more = talk.answers.pop("more", None)
    settle_woman(talk, context)
    if WHICH.known(talk):
        return None
    if first:
        talk.answers["raised"] = True
        return Aside(PASSED_ON, (relay(context, context.message.text, hold=True),))
    if more:
        return Aside(T(""), (relay(context, context.message.text, hold=True),))
    return None


def _finish_question(talk: Talk, context: Context) -> Result:
    woman_id = talk.answers.get("woman_id") or None
    if talk.answers.get("raised"):
        return Result((Reply(T("好，记下了。")),), effects=(relay(context, "", woman_id=woman_id),))
    return Result((Reply(PASSED_ON),), effects=(relay(context, context.message.text, woman_id=woman_id),))


ASK = Flow(
    "question",
    version=1,
    title=T("问一句"),
    intent="question",
    otherwise=True,
    roles=frozenset({"woman"}),
    example=T("· 有想问的直接说，我转给村里的同事\n· 不想收提醒说“退订”，想再收说“恢复”"),
    lookups=own_women,
    settle=_settle_question,
    extra_fields=("raised", "more", "woman_id"),
    steps=(WHICH,),
    finish=_finish_question,
    keeps_said=True,
)


# ── her colleagues' ─────────────────────────────────────────────────────────────────────────────────────

_REPLY = re.compile(
    r"(?:答|回答|answer)\s*(?P<number>\d{1,2})(?!\d)[\s:：,，、.。]*(?P<words>.*)"
    r"|(?:答|回答|answer)[\s:：]+(?P<words2>.+)",
    re.I | re.S,
)


def _told(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (AlertsTold(speaker.contact_id),)


def _questions(context: Context) -> list[AlertFact]:
    """Those she was asked, open ones first."""
    told: Sequence[AlertFact] = context.facts[AlertsTold(context.speaker.contact_id)]
    return sorted((one for one in told if one.kind == QUESTION), key=lambda one: one.taken_by is not None)


def _who(alert: AlertFact, context: Context) -> Sayable:
    return about(Story.of(alert.kind, alert.details), careful(told_at(alert, context)))["who"]


def _say(text: Sayable) -> Result:
    return Result((Reply(text),))


def _answered(alert: AlertFact, words: str, context: Context) -> Result:
    """Send this answer, unless somebody has answered, or it cannot be sent as it is."""
    story = Story.of(alert.kind, alert.details)
    if alert.taken_by is not None and not alert.mine:
        name = mask_name(alert.taken_by) if context.masked else alert.taken_by
        before = _veiled(story.answer, story, careful(told_at(alert, context)))
        return _say(T("{name}已经回过她了：“{words}”", name=name, words=before))
    if story.answer and story.answer == words:
        return _say(T("这句已经转给她了。"))
    if NOT_QUOTED.search(words):
        return _say(T("这样的内容不能用短信说，请当面跟她讲。"))
    if len(words) > ASKED:
        return _say(T("有点长了，请分成两次，每次{count}字以内。", count=ASKED))
    if UNSAFE in story.signs:
        said = T("好，记下了，没有往{who}的手机上发。还没跟她说的话，请当面说。", who=_who(alert, context))
        return Result((Reply(said),), effects=(TakeAlert(alert.id, words=words),))
    return Result(
        (Reply(T("好，转给{who}了。", who=_who(alert, context))),),
        effects=(TakeAlert(alert.id, words=words),),
    )


def _finish_reply(talk: Talk, context: Context) -> Result:
    said = _REPLY.fullmatch(context.message.text.strip()) or _REPLY.fullmatch(normalise(context.message.text))
    asked = _questions(context)
    if said is None:
        return _say(T("要回她的话，请回“答1”这样，后面接您的话。"))
    words = (said["words"] or said["words2"] or "").strip()
    if said["number"]:
        alert = next((one for one in asked if one.number == int(said["number"])), None)
        if alert is None:
            return _say(T("没有第{number}个等您回答的问题。", number=int(said["number"])))
    else:
        waiting = [one for one in asked if one.taken_by is None]
        if len(waiting) > 1:
            shown = [
                T(
                    "{number} {who}：{words}",
                    number=one.number,
                    who=_who(one, context),
                    words=_words(Story.of(one.kind, one.details), careful(told_at(one, context))),
                )
                for one in waiting
            ]
            how = T("有几个问题，您答的是哪一个？请回“答{number}”这样。", number=waiting[0].number)
            return _say(lines(how, *shown))
        alert = next(iter(asked), None)
        if alert is None:
            return _say(T("没有等您回答的问题。"))
    if not words:
        return _say(T("请把要说的话接在后面，比如“答{number} 可以吃，煮熟就行”。", number=alert.number))
    return _answered(alert, words, context)


REPLY = Flow(
    "reply",
    version=1,
    title=T("回答"),
    roles=STAFF,
    hears=lambda text, context: _REPLY.fullmatch(text.strip()) is not None,
    lookups=_told,
    steps=(),
    finish=_finish_reply,
    quick=True,
)


def _pressed(talk: Talk, context: Context) -> AlertFact | None:
    return next((one for one in _questions(context) if [one.id] == talk.answers.get("go")), None)


def _settle_answer(talk: Talk, context: Context) -> Settled:
    alert = _pressed(talk, context)
    if alert is None:
        return Ended(T("这个问题没有转给您，不用您回。"))
    if alert.taken_by is not None and not alert.mine:
        (reply,) = _answered(alert, "", context).replies
        return Ended(reply.text) if isinstance(reply.text, Text) else None
    return None


def _ask_words(talk: Talk, context: Context) -> Sayable:
    alert = _pressed(talk, context)
    assert alert is not None
    story = Story.of(alert.kind, alert.details)
    return T(
        "{who}：{words} 请写下要回她的话，我原样转过去。",
        who=_who(alert, context),
        words=_words(story, careful(told_at(alert, context))),
    )


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    return [("words", T("您的话"), plain(str(talk.answers["words"])))]


def _finish_answer(talk: Talk, context: Context) -> Result:
    alert = _pressed(talk, context)
    assert alert is not None
    return _answered(alert, str(talk.answers["words"]), context)


ANSWER = Flow(
    "answer",
    version=1,
    title=T("回答"),
    roles=STAFF,
    lookups=_told,
    settle=_settle_answer,
    extra_fields=("go",),
    steps=(
        Step(
            "words",
            _ask_words,
            required=True,
            free=True,
            verbatim=True,
            help=T("比如：可以吃，煮熟就行。要打电话或上门，也可以这样告诉她。"),
        ),
        ReadBack(_show, T("要转给她的话，请核对：")),
    ),
    finish=_finish_answer,
    keeps_said=True,
)

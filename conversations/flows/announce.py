"""通知: a notice to all coordinators, to offices, or to a group of women; and what became of it.

How many it goes to and what it costs is shown before it is sent. A colleague may be asked to say 收到. Women are written to
as they are reminded: only who said yes, on her own safe number, in the daytime (bot/announcing.py looks again at sending).
No notice names an infection or who is in the group (requirements.md §4): its words go to many phones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conversations.asking.answering import as_may_ask, names_somebody
from conversations.asking.grammar import read_question
from conversations.asking.plain import from_plain, say, to_plain
from conversations.asking.question import Question
from conversations.asking.scope import place_names, places_asked
from conversations.care.colours import KEY
from conversations.care.programme import programme
from conversations.care.titles import labelled, rules_where
from conversations.care.unsaid import NOT_QUOTED
from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import (
    AudienceFact,
    AudienceOf,
    Lookup,
    NoticeFact,
    NoticesBy,
    NoticesTold,
    OwnNoticeFact,
)
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.flows.risk import permitted
from conversations.flows.staff import ISSUERS
from conversations.ids import derived_id
from conversations.message import Announce, Button, GotIt, Reply, Speaker
from conversations.records import mask_name
from conversations.text import ROOM, Refusal, Sayable, T, Text, lines
from conversations.understanding.lexicon import fold
from conversations.understanding.normalise import normalise

LONGEST = 180
"""Characters of a notice."""
_JOINED = 67
"""Characters of each part of a long SMS."""
AUDIENCES: dict[str, Text] = {
    "coordinators": T("所有{coordinator}"),
    "townships": T("各{township_there}"),
    "institutions": T("各助产机构"),
    "women": T("一部分孕产妇"),
}
_WHOM: dict[str, tuple[str, ...]] = {
    "township": ("coordinators", "women"),
    "county": ("coordinators", "townships", "institutions"),
}
"""To whom each office writes; women hear from their own township."""


NOBODY = T("这些人里没有一位可以发消息：都还没同意收提醒，或者留的不是本人的号码。请通过村里转告。")
# ── who it is for ───────────────────────────────────────────────────────────────────────────────────────


def _audiences(talk: Talk, context: Context) -> tuple[Choice, ...]:
    words = {
        "coordinators": ("孕管员", "全体孕管员", "村医", "大家"),
        "townships": ("乡镇", "孕管办", "各乡镇"),
        "institutions": ("医院", "机构", "助产机构"),
        "women": ("孕产妇", "孕妇", "产妇", "妇女"),
    }
    rules = rules_where(context.speaker)
    return tuple(
        Choice(one, labelled(AUDIENCES[one], rules), words[one])
        for one in _WHOM.get(context.speaker.role, ())
    )


def _group(talk: Talk) -> Question | None:
    group = talk.answers.get("group")
    return from_plain(group) if isinstance(group, dict) else None


def _lookup(talk: Talk, speaker: Speaker) -> AudienceOf | None:
    audience, group = talk.answers.get("audience"), _group(talk)
    if audience is None or speaker.place_id is None or (audience == "women" and group is None):
        return None
    if audience != "women" or group is None:
        return AudienceOf(audience, speaker.place_id)
    villages = places_asked(group.places, speaker) or tuple(village.id for village in speaker.villages)
    return AudienceOf(audience, speaker.place_id, villages, replace(group, places=()))


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    lookup = _lookup(talk, speaker)
    return (lookup,) if lookup is not None else ()


def _reached(talk: Talk, context: Context) -> AudienceFact | None:
    lookup = _lookup(talk, context.speaker)
    found: Sequence[AudienceFact] = context.facts.answers.get(lookup, ()) if lookup is not None else ()
    return next(iter(found), None)


def _settle(talk: Talk, context: Context) -> Settled:
    answers = talk.answers
    if answers.get("audience") not in (None, *_WHOM.get(context.speaker.role, ())):
        answers.pop("audience")
    if isinstance(words := answers.get("words"), str):
        answers["words"] = _as_written(words, context)
    said = answers.get("group")
    if isinstance(said, str):
        question = read_question(
            said, context.today, context.speaker.role, places=place_names(context.speaker)
        )
        known = question is not None and places_asked(question.places, context.speaker) is not None
        if question is None or not known:
            answers.pop("group")
            return T("没看懂是哪些人。请像查名单那样说，比如“高危”“37周以上”“古陂村”。")
        if names_somebody(question):
            answers.pop("group")
            return T("通知是发给一群人的。只找一位，请通过村里转告，或给她打电话。")
        answers["group"] = to_plain(_as_group(question, context))
    reached = _reached(talk, context)
    if reached is not None and reached.count == 0:
        if answers.get("audience") != "women":
            return Ended(T("还没有可以通知到的人。"))
        if context.message.channel.trust == "high":  # else nothing of them is told before her PIN
            return Ended(NOBODY)
    return None


def _as_group(question: Question, context: Context) -> Question:
    """The women as they are read back: a high colour or a special group is 重点随访, so that who gets a notice, and how many
    do, tells no more than that."""
    question = as_may_ask(question, sees=permitted(context))
    if not (question.colours & KEY or question.special):
        return question
    return replace(question, colours=frozenset(), special=frozenset(), watched=True)


def _ask_words(talk: Talk, context: Context) -> Text:
    """To coordinators with what the county has them tell people of (XF 三(一)3)."""
    rule = programme(context.speaker.programme).notices
    if rule is None or talk.answers.get("audience") != "coordinators":
        return T("通知写什么？")
    return T("通知写什么？要请大家多宣传的有：{topics}。", topics="、".join(rule.topics))


def _as_written(words: str, context: Context) -> str:
    """Her own marks and spaces, which reading has made alike."""
    raw = context.message.text.strip()
    for written in (raw, *(raw[mark.end() :].strip() for mark in re.finditer("[：:,，。 ]", raw))):
        if normalise(written).strip() == words:
            return written
    return words


def _wording(answers: Any, context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    words = str(answers.get("words") or "")
    if len(words) > LONGEST:
        said = T("太长了（{count}字），请写在{most}字以内。", count=len(words), most=LONGEST)
        return ("words",), Refusal(said)
    if NOT_QUOTED.search(re.sub(r"[\W_]", "", fold(normalise(words)))):
        return ("words",), Refusal(
            T("通知会发到很多手机上，请不要写病名，换个说法，比如“请来县里领免费检查单”。")
        )
    return None


# ── reading it back ─────────────────────────────────────────────────────────────────────────────────────


def parts_of(text: str) -> int:
    """SMS parts of a notice, signature and way out counted."""
    return 1 if len(text) <= ROOM else -(-(len(text) + _JOINED - (ROOM - 3)) // _JOINED)


def told_text(office: str, words: str, *, acknowledge: bool, buttons: bool) -> Sayable:
    """What its readers read."""
    head = T("【通知】{office}：{words}").with_values(office=office, words=words)
    return lines(head, T("看到请回“收到”。") if acknowledge and not buttons else None)


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    answers, reached, group = talk.answers, _reached(talk, context), _group(talk)
    assert reached is not None
    to: Sayable = AUDIENCES[answers["audience"]]
    if group is not None:
        to = T("{audience}（{group}）").with_values(audience=to, group=say(group))
    shown: list[tuple[str | None, Text, Sayable]] = [
        ("audience", T("发给"), T("{to}，{count}人").with_values(to=to, count=reached.count))
    ]
    if reached.left_out:
        shown.append((None, T("发不到"), T("{count}人，请另外转告", count=reached.left_out)))
    if reached.by_sms:
        parts = parts_of(f"【通知】{context.speaker.place_name}：{answers['words']}")
        value = T("{people}个号码收短信，共约{parts}条", people=reached.by_sms, parts=reached.by_sms * parts)
        shown.append((None, T("花费"), value))
    if answers.get("acknowledge"):
        shown.append(("acknowledge", T("回执"), T("请对方回“收到”")))
    shown.append(("words", T("内容"), T("{words}", words=answers["words"])))
    return shown


def _finish(talk: Talk, context: Context) -> Result:
    answers, lookup, reached = talk.answers, _lookup(talk, context.speaker), _reached(talk, context)
    assert lookup is not None
    assert reached is not None
    if reached.count == 0:
        return Result((Reply(NOBODY),))
    announce = Announce(
        derived_id(context.message.id, talk.id, "announcement"),
        answers["audience"],
        answers["words"],
        acknowledge=bool(answers.get("acknowledge")),
        villages=lookup.villages,
        question=to_plain(lookup.question) if lookup.question is not None else {},
    )
    said = T("好，这就发给{count}人。发完我把结果告诉您，随时说“通知回执”也能看。", count=reached.count)
    return Result((Reply(said),), effects=(announce,))


_PLEASE = r"^(?:请|帮我|帮忙|麻烦|我要|我想|想|要)*"
_SAYS = re.compile(
    rf"{_PLEASE}(?:(?:群?发)(?:一?[个条份])?(?:通知|公告)|群发|通知(?:所有|全体|全部|各|一下所有|大家)|announce|/announce)"
    rf"|{_PLEASE}[给向跟对](?P<whom>(?=[^:：,，。]{{0,16}}(?:所有|全体|全部|各|大家|孕管员|村医|孕产?妇|产妇|妇女|乡镇|机构|高危|的人))[^:：,，。]{{1,24}}?)群?发(?:一?[个条份])?(?:通知|公告|消息|短信|信息)"
)
_GROUP = re.compile(rf"{_PLEASE}(?:群发(?:一?[个条份])?(?:通知|消息|短信)?给?|通知)(?P<whom>.*)")
_OF_WOMEN = re.compile(r"孕产?妇|产妇|妇女|高危|的人?$")


def _apart(text: str) -> tuple[str, str]:
    """To whom, and what is to be said: a colon parts them, or the comma after 发通知."""
    if (found := re.search(r"[：:]", text)) is not None:
        return text[: found.start()], text[found.end() :].strip()
    said = _SAYS.search(text)
    if said is None or said["whom"] is None:
        return text, ""
    return text[: said.end()], text[said.end() :].strip(" ,，。")


def _women(head: str, context: Context) -> dict[str, Any] | None:
    """The group of women that is named there, in the words of a question: 12月预产期的孕妇. None: none of this office."""
    said = _SAYS.search(head)
    whom = said["whom"] if said is not None else None
    if whom is None:
        group = _GROUP.match(head)
        whom = group["whom"] if group is not None else ""
    whom = whom.strip(" ,，")
    if not whom or _OF_WOMEN.search(whom) is None:
        return None
    question = read_question(
        whom + ("的" if not whom.endswith(("的", "妇", "人")) else ""),
        context.today,
        context.speaker.role,
        places=place_names(context.speaker),
    )
    if question is None or names_somebody(question):
        return None
    if places_asked(question.places, context.speaker) is None:
        return None
    return to_plain(_as_group(question, context))


def _read_words(text: str, context: Context) -> dict[str, Any]:
    """通知所有孕管员：明天下午3点开会: to whom, and the words after the colon."""
    head, words = _apart(text)
    told: dict[str, Any] = {"words": words} if words else {}
    rules = programme(context.speaker.programme)
    coordinator, township = rules.title_of("coordinator"), rules.title_of("township")
    for audience, names in (
        ("coordinators", ("孕管员", coordinator)),
        ("townships", ("乡镇", township)),
        ("institutions", ("机构",)),
    ):
        if any(name in head for name in names):
            told.setdefault("audience", audience)  # 各乡镇的孕管员 are coordinators
    women = "women" in _WHOM.get(context.speaker.role, ())
    if women and "audience" not in told and (group := _women(head, context)) is not None:
        told |= {"audience": "women", "group": group}
    return told


FLOW = Flow(
    "announce",
    version=1,
    title=T("发通知"),
    hears=lambda text, context: _SAYS.search(text) is not None,
    read_words=_read_words,
    roles=ISSUERS,
    example=T("· 通知所有{coordinator}：明天下午3点开会"),
    # how many women are high-risk, or of one village, is told as little as who they are
    shows_roster=lambda talk: (
        talk.answers.get("audience") == "women" and talk.answers.get("group") is not None
    ),
    lookups=_lookups,
    settle=_settle,
    checks=(_wording,),
    drops={"audience": ("group", "acknowledge")},
    steps=(
        Step("audience", T("通知发给谁？"), required=True, choices=_audiences),
        Step(
            "group",
            T("发给哪些孕产妇？"),
            required=True,
            free=True,
            when=lambda talk: talk.answers.get("audience") == "women",
            help=T("像查名单那样说，比如“高危”“37周以上”“下个月要生的”。"),
        ),
        Step("words", _ask_words, required=True, free=True, help=T("把要发的话原样写给我。")),
        Step(
            "acknowledge",
            T("要对方回“收到”吗？"),
            required=True,
            when=lambda talk: talk.answers.get("audience") not in (None, "women"),
            choices=(
                Choice(True, T("要回“收到”"), ("要", "要的", "是", "需要")),
                Choice(False, T("不用回"), ("不用", "不要", "不需要", "否")),
            ),
        ),
        ReadBack(_show, T("发出去就收不回来了，请核对：")),
    ),
    finish=_finish,
    late_code=True,
)

# ── 收到 ────────────────────────────────────────────────────────────────────────────────────────────────


def got_it_button(told_id: str) -> Button:
    return Button(T("收到"), f"go:got_it:{told_id}")


def notice_lookup(speaker: Speaker) -> NoticesTold:
    return NoticesTold(speaker.contact_id)


def acknowledge(context: Context) -> Result | None:
    """收到 where nothing else waits for it (flows/alerts.py): to the notices she has not acknowledged."""
    waiting: Sequence[NoticeFact] = context.facts[notice_lookup(context.speaker)]
    if not waiting:
        return None
    return Result((Reply(T("好，记下您收到了。")),), effects=tuple(GotIt(one.told_id) for one in waiting))


def _finish_got_it(talk: Talk, context: Context) -> Result:
    pressed = talk.answers.get("go")
    waiting: Sequence[NoticeFact] = context.facts[notice_lookup(context.speaker)]
    one = next((one for one in waiting if isinstance(pressed, list) and pressed == [one.told_id]), None)
    if one is None:
        return Result((Reply(T("好的。")),))
    return Result((Reply(T("好，记下您收到了。")),), effects=(GotIt(one.told_id),))


GOT_IT = Flow(
    "got_it",
    version=1,
    title=T("收到通知"),
    roles=STAFF | INSTITUTION,
    lookups=lambda talk, speaker: (notice_lookup(speaker),),
    extra_fields=("go",),
    steps=(),
    finish=_finish_got_it,
    quick=True,
)

# ── what became of it ───────────────────────────────────────────────────────────────────────────────────

NAMED = 12
"""Colleagues named in a receipt."""


def receipt_text(fact: OwnNoticeFact, *, masked: bool) -> Sayable:
    """What became of a notice, for whoever wrote it."""

    def names(people: Sequence[str]) -> str:
        shown = "、".join(mask_name(one) if masked else one for one in people[:NAMED])
        return f"{shown}…" if len(people) > NAMED else shown

    words = fact.words if len(fact.words) <= 16 else f"{fact.words[:15]}…"
    return lines(
        T("【通知回执】“{words}”发给{count}人，已送到{arrived}人。").with_values(
            words=words, count=fact.count, arrived=fact.arrived
        ),
        T("还在路上的{count}人。", count=fact.waiting) if fact.waiting else None,
        T("没送到{count}人：{names}。", count=fact.failed, names=names(fact.not_reached))
        if fact.not_reached
        else T("没送到{count}人。", count=fact.failed)
        if fact.failed
        else None,
        T("联系不上的{count}人，请另外转告。", count=fact.left_out) if fact.left_out else None,
        T("回了收到的{count}人。", count=fact.acknowledged) if fact.acknowledge else None,
        T("还没回的：{names}。", names=names(fact.silent)) if fact.acknowledge and fact.silent else None,
    )


def _receipt(talk: Talk, context: Context) -> Result:
    staff = context.speaker.staff_id
    made: Sequence[OwnNoticeFact] = context.facts[NoticesBy(staff)] if staff else ()
    if not made:
        return Result((Reply(T("您还没有发过通知。要发就说“发通知”。")),))
    return Result((Reply(receipt_text(made[0], masked=context.masked)),))


RECEIPTS = Flow(
    "receipts",
    version=1,
    title=T("通知回执"),
    words=("通知回执", "通知情况", "谁没回收到", "谁没收到通知", "notice receipts"),
    roles=ISSUERS,
    lookups=lambda talk, speaker: (NoticesBy(speaker.staff_id),) if speaker.staff_id else (),
    steps=(),
    finish=_receipt,
    quick=True,
    shows_roster=True,
)

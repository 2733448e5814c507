"""交接名册: a coordinator leaves, and her villages go to a colleague; nobody falls between the two.

What is due in a village is asked of whoever holds it (bot/care.py), so tasks, alerts and clocks follow the office by
themselves; the women she answered for by name (flows/assign.py) go along.
"""

from __future__ import annotations

import re

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup, StaffBelow, StaffFact
from conversations.flows.staff import ISSUERS
from conversations.message import Handover, Notice, Reply, Speaker
from conversations.records import mask_name
from conversations.text import Sayable, T, Text, unlabelled


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (StaffBelow(speaker.place_id),) if speaker.place_id else ()


def _coordinators(context: Context) -> list[StaffFact]:
    """Their offices: somebody with two villages stands here twice."""
    place = context.speaker.place_id
    staff: tuple[StaffFact, ...] = context.facts[StaffBelow(place)] if place else ()
    return [one for one in staff if one.role == "coordinator" and one.state == "active"]


def _named(one: StaffFact, context: Context) -> str:
    return mask_name(one.name) if context.masked else one.name


def _posts(staff_id: object, context: Context) -> list[StaffFact]:
    return [one for one in _coordinators(context) if one.id == staff_id]


def _people(context: Context) -> list[StaffFact]:
    return list({one.id: one for one in _coordinators(context)}.values())


def _choice(one: StaffFact, context: Context) -> Choice:
    villages = "、".join(post.place_name for post in _posts(one.id, context))
    label = T("{name}（{villages}）", name=_named(one, context), villages=villages)
    return Choice(one.id, label, (one.name, *({one.place_name} if len(_posts(one.id, context)) == 1 else ())))


def _in(said: str, context: Context) -> list[StaffFact]:
    """Who is named there, or by her village."""
    return [
        one
        for one in _people(context)
        if one.name in said or any(p.place_name in said for p in _posts(one.id, context))
    ]


def _leaving(talk: Talk, context: Context) -> tuple[Choice, ...]:
    if not (said := str(talk.answers.get("said") or "")):
        return tuple(_choice(one, context) for one in _people(context)[:20])
    named = _in(said.partition("给")[0], context) or _people(context)
    return tuple(_choice(one, context) for one in named[:20] if one.id != talk.answers.get("to_id"))


def _taking(talk: Talk, context: Context) -> tuple[Choice, ...]:
    others = [one for one in _people(context) if one.id != talk.answers.get("from_id")]
    return tuple(_choice(one, context) for one in others[:20])


def _settle(talk: Talk, context: Context) -> Settled:
    answers, known = talk.answers, {one.id for one in _people(context)}
    for name in ("from_id", "to_id"):
        if answers.get(name) not in (None, *known):
            answers.pop(name)
    if not known:
        return Ended(T("这里还没有{coordinator}，先发加入码请人加入。"))
    if len(known) == 1:
        return Ended(T("只有一位{coordinator}，没有人可以接手。请先发加入码让新同事加入，再来交接。"))
    before, _, after = str(answers.get("said") or "").partition("给")  # 把杨梅坑村的名册交给邓小莲
    for name, named in (("from_id", _in(before, context)), ("to_id", _in(after, context))):
        if len(named) == 1:
            answers.setdefault(name, named[0].id)
    asked = "from_id" if answers.get("from_id") is None else "to_id"
    written = [one.id for one in _people(context) if one.name == context.message.text.strip()]
    if len(written) == 1 and written[0] != answers.get("from_id"):  # of more than a list shows, by her name
        answers[asked] = answers.get(asked) or written[0]
    if answers.get("from_id") is not None:
        answers.pop("said", None)  # it was heard: what is put right afterwards is not
    if answers.get("from_id") is not None and answers.get("to_id") == answers["from_id"]:
        answers.pop("to_id")
    return None


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    leaving, taking = (_posts(talk.answers[name], context) for name in ("from_id", "to_id"))
    villages = "、".join(one.place_name for one in leaving)
    return [
        (None, unlabelled(T("名册")), T("{villages}", villages=villages)),
        ("from_id", T("交出"), T("{name}", name=_named(leaving[0], context))),
        ("to_id", T("接手"), T("{name}", name=_named(taking[0], context))),
    ]


def _finish(talk: Talk, context: Context) -> Result:
    leaving, taking = (_posts(talk.answers[name], context) for name in ("from_id", "to_id"))
    villages = "、".join(one.place_name for one in leaving)
    told: list[Notice] = []
    if contact := taking[0].contact_id:
        text = T(
            "【交接】{villages}的名册从现在起由您负责，是{office}安排的。说“名单”看有哪些人，说“今天要做什么”看要办的事。"
        ).with_values(villages=villages, office=context.speaker.place_name)
        told.append(Notice(text, contact_id=contact))
    joined = taking[0].contact_id is not None
    said = T(
        "好，交接好了：{villages}归{name}，原来的同事不能再看了。{drafts}",
        sms=T("交接好了：{villages}归{name}。{drafts}"),
        villages=villages,
        name=_named(taking[0], context),
        drafts=T("没报完的、正在办的也一起转过去了。", sms=T("没报完的也转过去了。"))
        if joined
        else T("没报完的请当面交代一下。", sms=T("没报完的请当面交代。")),
    )
    return Result((Reply(said),), effects=(Handover(leaving[0].id, taking[0].id), *told))


_SAYS = re.compile(
    r"^(?:把|将)?.{0,16}(?:名册|名单|手[上里](?:的|所有的)?(?:人|孕产?妇)?|管的(?:人|孕产?妇)).{0,4}(?:移交|交接|交给|转给|移给)"
)

FLOW = Flow(
    "handover",
    version=1,
    title=T("交接名册"),
    words=("交接", "移交", "名册移交", "名册交接", "换孕管员", "hand over", "/handover"),
    hears=lambda text, context: _SAYS.search(text) is not None,
    read_words=lambda text, context: {"said": text[:80]},
    roles=ISSUERS,
    example=T("· 交接名册（{coordinator}换人）"),
    lookups=_lookups,
    settle=_settle,
    shows_roster=True,
    late_code=True,
    extra_fields=("said",),
    steps=(
        Step("from_id", T("谁的名册要交出来？"), required=True, choices=_leaving),
        Step("to_id", T("交给谁？"), required=True, choices=_taking),
        ReadBack(
            _show,
            ask=T("交接后原来的同事不能再看这些人，请核对：", sms=T("交接后原来的同事不能再看，请核对：")),
        ),
    ),
    finish=_finish,
)

"""包保: one colleague by name answers for a woman's case (RC 四(四)); whose it is now, or another's from now on.

From yellow up a case has a responsible person. It is no report: nothing about her changes, only who looks after her. The
colleague is told at once, and so is the one who did it until now.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import (
    Lookup,
    ResponsibleFact,
    ResponsibleFor,
    StaffBelow,
    StaffFact,
    WomanById,
    WomanFact,
)
from conversations.flows.roster_query import KEPT
from conversations.flows.staff import ISSUERS, ROLE_NAMES
from conversations.flows.who import bind, bound, card, who_steps, women_lookups
from conversations.message import Assign, Notice, Reply, Speaker
from conversations.records import mask_name
from conversations.text import Refusal, Sayable, T, Text, lines, unlabelled
from conversations.understanding.name_words import SURNAME
from conversations.understanding.readers import read

ME = "me"
"""The speaker herself."""
_TITLED = re.compile(rf"({SURNAME})(?:医生|大夫|主任|院长|护士|护士长|站长|老师|姐|医师)")
_MYSELF = re.compile(r"[由归让]我(?!们|村|镇|乡|县)|我(?:自己)?来?负责")
_by_name = women_lookups("woman_name")
_BARE = re.compile(
    r"\s*(?:给她|帮她)?(?:/?assign|指派|定包保)(?:她|一下|(?:包保)?责任人)*(?:给(?!她)[^,，。]{1,16})?[\s。.!！]*",
    re.I,
)
"""Names no woman: whose card was shown last is meant."""
_settle_who = bind("woman_name", wants_open=True, ends=False)


def _absorb(told: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Who is named besides her is looked for among the colleagues."""
    return {**told, "said": context.message.text[:80]}, None


def _of_card(talk: Talk) -> str:
    """The woman whose card was shown a while ago, where nobody else was named."""
    shown: dict[str, Any] = talk.answers.get("roster") or {}
    if not shown or not _BARE.fullmatch(str(talk.answers.get("said", ""))):
        return ""
    recent = datetime.fromisoformat(talk.known_at) - datetime.fromisoformat(shown["at"]) <= KEPT
    return str(shown.get("woman", "")) if recent else ""


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    wanted: list[Lookup] = [*_by_name(talk, speaker)]
    if woman_id := _of_card(talk):
        wanted.append(WomanById(woman_id, tuple(village.id for village in speaker.villages)))
    if speaker.place_id:
        wanted.append(StaffBelow(speaker.place_id))
    if name := talk.answers.get("woman_name"):
        wanted.append(ResponsibleFor(name, tuple(village.id for village in speaker.villages)))
    return tuple(wanted)


def _colleagues(talk: Talk, context: Context) -> list[StaffFact]:
    """Those who may look after her: of the offices around her village; nobody twice. The ones that were named, if any
    were."""
    woman, place = bound(talk, context), context.speaker.place_id
    if place is None:
        return []
    near = [
        one
        for one in context.facts[StaffBelow(place)]
        if one.state == "active" and (woman is None or _around(one, woman))
    ]
    once = list({one.id: one for one in reversed(near)}.values())[::-1]
    said = str(talk.answers.get("said") or "")
    titled = {match[1] for match in _TITLED.finditer(said)}
    named = [
        one for one in once if one.name and one.name in said and one.name != talk.answers.get("woman_name")
    ]
    return named or [one for one in once if one.name[:1] in titled] or once


def _elsewhere(talk: Talk, context: Context, woman: WomanFact) -> Text | None:
    """Why a colleague who was named cannot have her: her office is for another place."""
    said, place = str(talk.answers.get("said") or ""), context.speaker.place_id
    every = context.facts[StaffBelow(place)] if place is not None and said else ()
    called = [
        one for one in every if one.name and one.name in said and one.name != talk.answers.get("woman_name")
    ]
    if not called or any(_around(one, woman) for one in called):
        return None
    one = called[0]
    return T(
        "{name}是{place}的，{who}在{village}，定不了。可以定给下面几位：",
        name=mask_name(one.name) if context.masked else one.name,
        place=one.place_name,
        who=mask_name(woman.name) if context.masked else woman.name,
        village=woman.village_name,
    )


def _around(one: StaffFact, woman: WomanFact) -> bool:
    """Whether her office is one for this woman: a hospital is one for all of the county."""
    home = {"coordinator": woman.village_id, "township": woman.township_id}
    return one.place_id == home.get(one.role, one.place_id)


def _who(one: StaffFact, context: Context) -> Sayable:
    name = mask_name(one.name) if context.masked else one.name
    return T("{name}（{role}，{place}）", name=name, role=ROLE_NAMES[one.role], place=one.place_name)


def _choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    shown = [Choice(one.id, T("{who}", who=_who(one, context))) for one in _colleagues(talk, context)[:12]]
    return (*shown, Choice(ME, T("我自己"), ("我", "我来", "我自己负责")))


def _now(talk: Talk, context: Context) -> ResponsibleFact | None:
    name, pregnancy = talk.answers.get("woman_name"), talk.answers.get("pregnancy_id")
    found: Sequence[ResponsibleFact] = context.facts.answers.get(
        ResponsibleFor(name or "", context.village_ids), ()
    )
    return next((one for one in found if one.pregnancy_id == pregnancy), None)


def _settle(talk: Talk, context: Context) -> Settled:
    if isinstance(pressed := talk.answers.pop("go", None), list) and pressed:
        talk.answers["woman_id"] = pressed[0]
    answers = talk.answers
    if not answers.get("woman_name") and (woman_id := _of_card(talk)):
        for her in context.facts[WomanById(woman_id, context.village_ids)]:
            answers["woman_id"], answers["woman_name"] = her.id, her.name
    for name in ("roster", "sees"):
        answers.pop(name, None)
    said = _settle_who(talk, context)
    if said is not None:
        return said
    woman = bound(talk, context)
    if answers.get("unlisted") or (woman is not None and not answers.get("pregnancy_id")):
        return Ended(T("她的孕情还没有报过，报了才能定包保责任人。"))
    if woman is None:
        return None
    known = {ME, *(one.id for one in _colleagues(talk, context))}
    if answers.get("staff_id") not in (None, *known):
        answers.pop("staff_id")
    if (refusal := _elsewhere(talk, context, woman)) is not None:
        answers["said"] = ""
        return refusal
    named = _colleagues(talk, context)
    if (
        len(named) == 1
        and answers.get("staff_id") is None
        and named[0].name[:1] in str(answers.get("said") or "")
    ):
        talk.draw("staff_id", named[0].id)
    chosen = context.speaker.staff_id if answers.get("staff_id") == ME else answers.get("staff_id")
    now = _now(talk, context)
    if chosen is not None and now is not None and now.staff_id == chosen:
        return Ended(T("她本来就由这位同事负责，不用再改。"))
    return None


def _chosen(talk: Talk, context: Context) -> StaffFact | None:
    return next((one for one in _colleagues(talk, context) if one.id == talk.answers["staff_id"]), None)


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    woman, one, now = bound(talk, context), _chosen(talk, context), _now(talk, context)
    assert woman is not None
    shown: list[tuple[str | None, Text, Sayable]] = [
        (None, unlabelled(T("孕产妇")), card(woman, context, brief=True)),
        ("staff_id", unlabelled(T("由谁负责")), _who(one, context) if one is not None else T("您自己")),
    ]
    if now is not None:
        name = mask_name(now.name) if context.masked else now.name
        shown.append((None, unlabelled(T("原来是")), T("{name}", name=name)))
    return shown


def _finish(talk: Talk, context: Context) -> Result:
    woman, one, before = bound(talk, context), _chosen(talk, context), _now(talk, context)
    staff_id = one.id if one is not None else context.speaker.staff_id
    assert woman is not None
    assert staff_id is not None
    assign = Assign(woman.id, talk.answers["pregnancy_id"], staff_id)
    told = [_told(woman, one, context)] if one is not None and one.contact_id else []
    if before is not None and before.contact_id and before.staff_id != context.speaker.staff_id:
        text = T("【包保】{village}{who}以后由另一位同事负责，您手上的情况请跟对方交代一下。").with_values(
            village=woman.village_name, who=mask_name(woman.name)
        )
        told.append(Notice(text, contact_id=before.contact_id, place_id=woman.village_id))
    if one is None:
        said = T("好，记下了，她由您负责。")
    elif one.contact_id:
        said = T("好，定下了，也告诉对方了。")
    else:
        said = T("好，定下了。对方还没有加入孕管助手，请您打个电话说一声。")
    return Result((Reply(said),), effects=(assign, *told))


def _told(woman: WomanFact, one: StaffFact, context: Context) -> Notice:
    values = {
        "village": woman.village_name,
        "who": mask_name(woman.name),
        "office": context.speaker.place_name,
    }
    text = T("【包保】{village}{who}的随访以后由您负责，是{office}安排的。").with_values(**values)
    more = T("想看她的情况，就说“查”加她的名字。") if one.role != "institution" else None
    return Notice(lines(text, more), contact_id=one.contact_id, place_id=woman.village_id)


_ASKS = re.compile(r"谁|哪|[吗呢?？]|没有?[\s。.]*$|名单|多少|几个")
"""包保人是谁 asks who it is."""
_START = re.compile(r"^\s*(?:/?assign|指派|定?包保(?:责任)?人?)\s*", re.I)


def _read_words(text: str, context: Context) -> dict[str, Any]:
    """指派李梅, with nobody named to do it; 指派给邓小莲, with nobody named to do it for."""
    if _BARE.fullmatch(text):
        return {"said": text[:80]}
    name = read("woman_name", _START.sub("", text), today=context.today)
    return {"said": text[:80], **({"woman_name": name} if isinstance(name, str) else {})}


FLOW = Flow(
    "assign",
    version=1,
    title=T("定包保责任人"),
    intent="assign",
    words=("指派", "assign", "/assign"),
    hears=lambda text, context: text.startswith("包保") and _ASKS.search(text) is None,
    roles=ISSUERS,
    example=T("· 李梅由邓小莲负责 / 指派李梅"),
    read_words=_read_words,
    absorb=_absorb,
    lookups=_lookups,
    settle=_settle,
    shows_roster=True,
    extra_fields=("said", "pregnancy_id", "woman_version", "go", "roster"),
    steps=(
        *who_steps("woman_name", T("给哪一位孕产妇定责任人？")),
        Step("staff_id", T("由谁来负责？"), required=True, choices=_choices),
        ReadBack(_show),
    ),
    finish=_finish,
)

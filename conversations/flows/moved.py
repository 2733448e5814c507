"""迁入、迁出: she moved away or moved here. The county tells the other district (YZ 第十条, GP 四(一)2).

Moved away: village care and reminders stop here. Moved here: she is on the roster from now on, and a pregnancy or a
birth not long ago is reported next.
"""

from __future__ import annotations

import re
from typing import Any

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import Lookup, VillageFact, VillagesNamed, WomanFact, WomenWithId
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF, errand_next, filed, tell
from conversations.flows.newcomers import SAME, settle_newcomer
from conversations.flows.reading import read_back
from conversations.flows.where import absorb
from conversations.flows.who import WHO, WOMAN, bind, bound, open_pregnancy, who_steps, women_lookups
from conversations.message import Notice, Report, Speaker
from conversations.records import mask_name
from conversations.text import Refusal, T, Text
from conversations.understanding.normalise import normalise

_DATING = ("lmp", "due_date", "gestational_weeks", "gestational_days")
_OF_PREGNANCY = (
    *_DATING,
    "gravida",
    "para",
    "booked",
    "handbook_number",
    "migrant",
    "phone_owner",
    "safe_to_text",
)
"""Told along with a move, and handed on to the report of her pregnancy."""

_CHANGES = ("woman_name", "direction", "date", "from_place", "to_place")
"""What those who were told are told again when it is corrected."""

_MOVED = re.compile(r"^[搬迁]")
_VILLAGE = re.compile(r"(?:(?P<township>[\u4e00-\u9fff]{1,8}?[镇乡]))?(?P<village>[\u4e00-\u9fff]{1,8}?村)")


def _asked_village(talk: Talk, speaker: Speaker) -> VillagesNamed | None:
    """The village she is said to have gone to, if one is named."""
    found = _VILLAGE.match(str(talk.answers.get("to_place") or ""))
    if (
        found is None
        or talk.answers.get("direction") != "out"
        or not speaker.villages
        or speaker.role not in STAFF
    ):
        return None
    return VillagesNamed(found["village"], speaker.villages[0].id)


def _goes_to(talk: Talk, context: Context) -> VillageFact | None:
    """The village of this county that looks after her from now on: the only one of that name, or the only one in the
    township that is named or that she lived in."""
    asked = _asked_village(talk, context.speaker)
    if asked is None:
        return None
    lived = talk.answers.get("village_id")
    villages: tuple[VillageFact, ...] = context.facts[asked]
    said = _VILLAGE.match(str(talk.answers["to_place"]))
    town = said["township"] if said is not None else None
    there = [one for one in villages if one.id != lived and (town is None or one.township == town)]
    if len(there) > 1:
        woman = bound(talk, context)
        there = [one for one in there if woman is not None and one.township_id == woman.township_id]
    return there[0] if len(there) == 1 else None


_bind = bind(wants_open=True, ends=False)


_PREGNANT = re.compile(r"孕妇|怀孕|怀着|大肚子|有身孕|孕\d|(?<!没)有喜")
_ON_THE_WAY = re.compile(r"^(?:[出走去]?[到往至]|去|了)+")


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Of a move one place is asked: where to, or where from. 出到赣州 -> 赣州."""
    to = str(fields.get("to_place") or "")
    if to and _ON_THE_WAY.sub("", _MOVED.sub("", str(fields.get("village", "")))) in to:
        fields.pop("village", None)  # 搬到石桥村: where she goes, not where she lived
    fields, refusal = absorb(fields, talk, context)
    direction = fields.get("direction", talk.answers.get("direction"))
    fields.pop("from_place" if direction == "out" else "to_place" if direction == "in" else "", None)
    for name in ("from_place", "to_place"):
        if name in fields:
            fields[name] = _ON_THE_WAY.sub("", str(fields[name])) or None
    if talk.step is None and direction == "in" and _PREGNANT.search(normalise(context.message.text)):
        fields.setdefault("now", "pregnant")
    return {key: value for key, value in fields.items() if value is not None}, refusal


def _settle(talk: Talk, context: Context) -> Settled:
    to = _goes_to(talk, context)
    talk.draw("to_village_id", to.id if to is not None else None)
    if talk.amends is not None or talk.answers.get("direction") == "out":
        return _bind(talk, context)
    if talk.answers.get("direction") == "in":
        if context.speaker.role == "institution":  # whom the roster may have is not shown to it
            return Ended(T("搬来的由她现在住的村里或乡镇登记，请转告她们一声。"))
        settle_newcomer(talk, context, of_pregnancy=True)
        woman = bound(talk, context)
        known = woman is not None and open_pregnancy(woman) is not None
        talk.answers["pregnancy_known"] = known
        talk.draw("now", "pregnant" if not known and talk.has(*_DATING) else None)
    return None


def _moved_in(talk: Talk) -> bool:
    return talk.answers.get("direction") == "in"


def _finish(talk: Talk, context: Context) -> Result:
    answers = talk.answers
    into = _moved_in(talk)
    said = (
        T("报好了，已经送往县里，也请县里转告她原来住的地方。")
        if into
        else T(
            "报好了，已经送往县里，请县里转告她去的地方接着管。这边的提醒都停了；她要是回来了，告诉我一声。"
        )
    )
    to = _goes_to(talk, context)
    if to is not None:
        said = T(
            "报好了，已经送往县里。从现在起由{township}{village}接着管她，那边的同事我已经告诉了，提醒照常。",
            township=to.township,
            village=to.name,
        )
    result = filed("moved", talk, context, pregnancy=False, said=said)
    report = result.reports[0]
    effects = (
        *result.effects,
        *tell(_notices(report, to), report, talk, context, changing=_CHANGES),
        *_to_the_other_village(report, to, talk, bound(talk, context)),
        *_to_coordinator(report, talk, context),
        *_known_elsewhere(talk, report, context),
    )
    then: tuple[Talk, ...] = ()
    flow = {"pregnant": "pregnancy", "born": "birth"}.get(str(answers.get("now")))
    if into and flow and talk.amends is None:
        handed = (*WOMAN, *(_OF_PREGNANCY if flow == "pregnancy" else ()))
        known = {name: answers[name] for name in handed if talk.told(name)}
        then = (errand_next(flow, talk, report, context, **known),)
    return Result(result.replies, result.reports, effects, then)


def _to_the_other_village(
    report: Report, to: VillageFact | None, talk: Talk, woman: WomanFact | None
) -> tuple[Notice, ...]:
    """To those who look after her from now on; of a girl under 14 to the township alone (requirements.md §2)."""
    before = talk.amends["body"].get("to_village_id") if talk.amends is not None else None
    if to is None or before == to.id:
        return ()
    text = T("{village}报来：{who}搬到{to}来了，从现在起请你们接着管。说“名单”能看到她。").with_values(
        village=report.body["village"], who=mask_name(str(report.body["woman_name"])), to=to.name
    )
    child = woman is not None and woman.age is not None and woman.age < 14
    told = [] if child else [Notice(text, role="coordinator", place_id=to.id)]
    if woman is None or woman.township_id != to.township_id:
        told.append(Notice(text, role="township", place_id=to.id))
    return tuple(told)


def _to_coordinator(report: Report, talk: Talk, context: Context) -> tuple[Notice, ...]:
    """What a hospital says of where a woman went her coordinator knows best."""
    if talk.amends is not None or context.speaker.role != "institution":
        return ()
    text = T(
        "{place}报来：{village}的{who}迁出，去了：{to}。给她的提醒都停了；她要是没走，请报她搬回来了。",
        place=context.speaker.place_name,
        village=report.body["village"],
        who=mask_name(str(report.body["woman_name"])),
        to=report.body.get("to_place") or T("还不清楚"),
    )
    return (Notice(text, role="coordinator", place_id=report.village_id),)


def _known_elsewhere(talk: Talk, report: Report, context: Context) -> tuple[Notice, ...]:
    """Where her ID number is on the roster of other villages, their townships are asked whether she left them."""
    number = talk.answers.get("resident_id")
    if talk.amends is not None or not number or not _moved_in(talk):
        return ()
    known = context.facts[WomenWithId(number, context.village_ids)]
    text = T(
        "{village}报来：{who}迁入，身份证号与你们那边登记的一位相同。请核实是不是她搬走了，是的话报一份迁出。",
        village=report.body["village"],
        who=mask_name(str(report.body["woman_name"])),
    )
    townships = dict.fromkeys(w.township_id for w in known if not w.visible and w.township_id)
    return tuple(Notice(text, role="township", place_id=place) for place in townships)


def _notices(report: Report, to_village: VillageFact | None) -> dict[str, Text]:
    """The township is asked to look into it, the county to tell the other district."""
    body = report.body
    village, who = body["village"], mask_name(str(body["woman_name"]))
    unknown = T("还不清楚")
    if body["direction"] == "out":
        to = body.get("to_place") or unknown
        told = T("{village}报来：{who}迁出，去了：{to}。", village=village, who=who, to=to)
        if to_village is not None:
            handed = T(
                "{told}已经交给{place}接着管。", told=told, place=f"{to_village.township}{to_village.name}"
            )
            return {"township": handed, "county": handed}
        return {
            "township": T("{told}请核实跟进。", told=told),
            "county": T("{told}请转告那边接着管她。", told=told),
        }
    origin = body.get("from_place") or unknown
    told = T("{village}报来：{who}迁入，从哪里来：{origin}。", village=village, who=who, origin=origin)
    return {
        "township": T("{told}请核实跟进。", told=told),
        "county": T("{told}请转告她原来住的地方。", told=told),
    }


_of_women = women_lookups("woman_name")


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    asked = _asked_village(talk, speaker)
    return (*_of_women(talk, speaker), *([asked] if asked is not None else []))


FLOW = Flow(
    "moved",
    version=1,
    title=T("迁入迁出"),
    intent="moved",
    words=("/moved",),
    event="moved",
    roles=STAFF | INSTITUTION,
    example=T("· 李梅搬去赣州了"),
    absorb=_absorb,
    lookups=_lookups,
    settle=_settle,
    late_code=True,
    drops={
        "direction": (*WHO, "from_place", "to_place", "now"),
        "woman_name": (*WHO, "now"),
    },
    checks=(not_in_future("date"),),
    extra_fields=("not_same", "to_village_id", *_OF_PREGNANCY),
    steps=(
        Step(
            "direction",
            T("她是搬来了，还是搬走了？"),
            required=True,
            choices=(
                Choice(
                    "out", T("迁出"), ("搬走了", "搬走", "走了", "出去了", "搬出去", "迁走", "外出", "走")
                ),
                Choice("in", T("迁入"), ("搬来了", "搬来", "来了", "搬进来", "回来了", "迁来", "来")),
            ),
        ),
        *who_steps("woman_name", T("是哪一位？"))[:-1],
        SAME,
        who_steps("woman_name", T("是哪一位？"))[-1],
        Step("date", T("哪天的事？"), help=T("比如：昨天、9月3号。")),
        Step(
            "to_place",
            T("搬到哪里去了？"),
            free=True,
            when=lambda talk: not _moved_in(talk),
            help=T("说到县或镇就行，比如：赣州市区、广东东莞。"),
        ),
        Step(
            "from_place",
            T("从哪里搬来的？"),
            free=True,
            when=_moved_in,
            help=T("说到县或镇就行，比如：赣州市区、广东东莞。"),
        ),
        Step(
            "now",
            T("她现在怀着孕吗？"),
            when=lambda talk: (
                _moved_in(talk) and talk.amends is None and talk.answers.get("pregnancy_known") is False
            ),
            choices=(
                Choice("pregnant", T("怀着孕"), ("是", "怀着", "怀孕了", "有", "大肚子", "是的", "怀着呢")),
                Choice("born", T("刚生不久"), ("生了", "坐月子", "刚生", "刚生完", "在坐月子")),
                Choice("neither", T("都不是"), ("没有", "没", "不是", "没怀", "没怀孕")),
            ),
        ),
        ReadBack(read_back("moved")),
    ),
    finish=_finish,
)

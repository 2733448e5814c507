"""What the report flows share: who is meant, in which village, and how a report is made of the answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from conversations.care.gestation import age_on, due_date, weeks_on
from conversations.engine.flow import Choice, Context, Ended, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import (
    Lookup,
    PregnancyFact,
    WomanById,
    WomanFact,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from conversations.ids import derived_id
from conversations.message import Effect, Notice, Reply, Report, Speaker
from conversations.records import CHILD_FIELDS, EVENTS, FIELDS, NOT_SAID, assemble, mask_name
from conversations.text import Joined, Refusal, Sayable, T, Text, plain
from conversations.understanding.normalise import normalise

STAFF = frozenset({"coordinator", "township", "county"})

WOMAN = ("resident_id", "birth_date", "age", "phone", "village_id", "village_told")
"""What is said of a woman in one report and goes for her in another."""

WHO = (
    "woman_id", "pregnancy_id", "woman_version", "found", "unlisted", "not_here", "again", "ended_on", "lmp_known",
    "her_age", "child_id", "maybe_same", "not_same", "repeat", "already", "elsewhere", "early_noted",
)  # fmt: skip
"""Answers worked out from who is meant; void when another is."""

FEW = 8
"""Villages that are offered to choose from; of more, one is named."""

EARLY_BIRTH = 20
"""Completed weeks below which a birth is asked to be looked at again. (u)"""

SAME_END = timedelta(days=90)
"""Two ends told within this of each other are taken for the same one until she says otherwise. (u)"""


# ── who ─────────────────────────────────────────────────────────────────────────────────────────────────


def card(woman: WomanFact, context: Context, *, pregnancy: bool = True) -> Sayable:
    """A woman in one line, as the channel permits: 李梅，28岁，孕32周+1，古陂村，尾号5678 — or 李*·尾号5678·孕32周."""
    day = context.now.date()
    chosen = next(iter(woman.pregnancies), None) if pregnancy else None
    parts: list[Text] = []
    if context.masked:
        parts.append(plain(mask_name(woman.name)))
        if woman.phone:
            parts.append(T("尾号{tail}", tail=woman.phone[-4:]))
    else:
        parts.append(plain(woman.name))
        age = age_on(woman.birth_date, day) if woman.birth_date else woman.age
        if age is not None:
            parts.append(T("{value}岁", value=age))
    if chosen is not None and chosen.lmp is not None and chosen.ended is None:
        weeks, days = weeks_on(chosen.lmp, day)
        parts.append(
            T("孕{weeks}周", weeks=weeks)
            if context.masked
            else T("孕{weeks}周+{days}", weeks=weeks, days=days)
        )
    elif chosen is not None and chosen.ended == "birth" and chosen.end_date:
        parts.append(T("{date}分娩", date=chosen.end_date))
    elif chosen is not None and chosen.ended and chosen.end_date:
        parts.append(T("{date}已结束妊娠", date=chosen.end_date))
    if not context.masked:
        if woman.village_name:
            parts.append(plain(woman.village_name))
        if woman.phone:
            parts.append(T("尾号{tail}", tail=woman.phone[-4:]))
    return Joined(tuple(parts), "·")


def women_lookups(name_field: str) -> Callable[[Talk, Speaker], tuple[Lookup, ...]]:
    """What to look up for whoever `name_field` names."""

    def lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
        villages = tuple(village.id for village in speaker.villages)
        wanted: list[Lookup] = []
        if name := talk.answers.get(name_field):
            wanted.append(WomenNamed(name, villages))
        if number := talk.answers.get("resident_id"):
            wanted.append(WomenWithId(number, villages))
        if phone := talk.answers.get("phone"):
            wanted.append(WomenWithPhone(phone, villages))
        if woman_id := talk.answers.get("woman_id"):
            wanted.append(WomanById(woman_id, villages))
        return tuple(wanted)

    return lookups


def named(talk: Talk, context: Context, name_field: str) -> tuple[WomanFact, ...]:
    """The women the answers may mean, in her villages: by ID number if told, else by name; narrowed by village."""
    name = talk.answers.get(name_field)
    if not name:
        return ()
    number = talk.answers.get("resident_id")
    if number:
        by_id = [w for w in context.facts[WomenWithId(number, context.village_ids)] if w.visible]
        if by_id:
            return tuple(by_id)
    women: Sequence[WomanFact] = context.facts[WomenNamed(name, context.village_ids)]
    village = talk.answers.get("village_id")
    if village and talk.answers.get("village_told"):
        women = [w for w in women if w.village_id == village] or women
    return tuple(women)


def bound(talk: Talk, context: Context) -> WomanFact | None:
    """The woman this errand is bound to, as she stands now; None while that is not known."""
    woman_id = talk.answers.get("woman_id")
    if not woman_id:
        return None
    by_id: Sequence[WomanFact] = context.facts.answers.get(WomanById(woman_id, context.village_ids), ())
    number = talk.answers.get("resident_id")
    same_id: Sequence[WomanFact] = (
        context.facts.answers.get(WomenWithId(number, context.village_ids), ()) if number else ()
    )
    name = talk.answers.get("woman_name") or talk.answers.get("mother_name")
    by_name: Sequence[WomanFact] = (
        context.facts.answers.get(WomenNamed(name, context.village_ids), ()) if name else ()
    )
    return next((w for w in (*by_id, *same_id, *by_name) if w.id == woman_id and w.visible), None)


def open_pregnancy(woman: WomanFact) -> PregnancyFact | None:
    """Her pregnancy that has not ended."""
    return next((p for p in woman.pregnancies if p.ended is None), None)


def keep_version(talk: Talk, context: Context) -> None:
    """A correction stays bound to whom it was; only the version of her record is brought up to date."""
    woman = bound(talk, context)
    if woman is not None:
        talk.answers["woman_version"] = woman.version


def bind(
    name_field: str = "woman_name", *, wants_open: bool, ends: bool, alive: bool = True
) -> Callable[[Talk, Context], Settled]:
    """Settle who is meant. One woman: bound. Several or none: the steps of `who_steps` ask.

    `wants_open`: only women with an open pregnancy are meant, if there is one. `ends`: the report ends it.
    """

    def settle(talk: Talk, context: Context) -> Settled:
        if talk.amends is not None:
            keep_version(talk, context)
            return None
        settle_village(talk, context)
        answers = talk.answers
        if not answers.get(name_field):
            return None
        if answers.get("woman_id"):
            woman = bound(talk, context)
            if woman is not None:
                _take(talk, context, woman, ends=ends)
            return None
        if answers.get("unlisted"):
            return None
        women = [w for w in named(talk, context, name_field) if w.alive or not alive]
        if wants_open:
            women = [w for w in women if open_pregnancy(w)] or women
        answers["found"] = 0 if answers.get("not_here") else len(women)
        if answers["found"] == 1:
            answers["woman_id"] = women[0].id
            _take(talk, context, women[0], ends=ends)
        return None

    return settle


def _take(talk: Talk, context: Context, woman: WomanFact, *, ends: bool) -> None:
    """Draw from the bound woman what need not be asked."""
    answers = talk.answers
    answers["woman_version"] = woman.version
    age = age_on(woman.birth_date, context.today) if woman.birth_date else woman.age
    talk.draw("her_age", age)
    if woman.village_id:
        answers["village_id"], answers["village"] = woman.village_id, woman.village_name
    pregnancy = open_pregnancy(woman)
    newest = next(iter(woman.pregnancies), None)
    if answers.get("again") == "new":
        return
    talk.draw("lmp_known", pregnancy.lmp.isoformat() if pregnancy and pregnancy.lmp else None)
    day = talk.day("date")
    if pregnancy is not None:
        talk.draw("pregnancy_id", pregnancy.id)
    elif newest is not None and not ends:
        talk.draw("pregnancy_id", newest.id)
    ended = newest.end_date if ends and pregnancy is None and newest is not None else None
    told_twice = ended is not None and day is not None and abs(day - ended) <= SAME_END
    talk.draw("ended_on", ended.isoformat() if ended and told_twice else None)


def weeks_at_end(talk: Talk) -> Settled:
    """Weeks at the end follow from the LMP on the roster. Far too few for a birth: said once, not refused."""
    answers, day = talk.answers, talk.day("date")
    known = talk.day("lmp_known")
    weeks, days = weeks_on(known, day) if known and day else (None, None)
    possible = weeks is not None and 1 <= weeks <= 45
    talk.draw("gestational_weeks", weeks if possible else None)
    talk.draw("gestational_days", days if possible and not talk.told("gestational_weeks") else None)
    if weeks is not None and weeks < EARLY_BIRTH and talk.flow == "birth" and not answers.get("early_noted"):
        answers["early_noted"] = True
        return T("按登记的末次月经算，那天才孕{weeks}周，请看看人和日期对不对。", weeks=max(weeks, 0))
    return None


def candidates(name_field: str, not_here: Mapping[str, Any]) -> Callable[[Talk, Context], tuple[Choice, ...]]:
    """The women of that name, each with what tells her apart."""

    def offer(talk: Talk, context: Context) -> tuple[Choice, ...]:
        women = [w for w in named(talk, context, name_field) if w.alive]
        shown = [Choice({"woman_id": w.id}, T("{card}", card=card(w, context))) for w in women[:8]]
        return (*shown, Choice(not_here, T("都不是"), ("都不对", "不是")))

    return offer


def who_steps(name_field: str, ask: Text, *, offer_pregnancy: bool = False) -> tuple[Step, ...]:
    """Her name; which one, when there are several; what to do, when the roster has none."""
    wrong_name = Choice({name_field: ""}, T("名字说错了"), ("不是", "不对", "换个名字", "错了", "名字错了"))
    if offer_pregnancy:
        not_listed = T("花名册上没有找到她，孕情可能还没报过。要不要连孕情一起补报？")
        answers: tuple[Choice, ...] = (
            Choice(
                {"unlisted": "both"}, T("一起补报"), ("是", "对", "要", "好", "好的", "是的", "补报", "一起")
            ),
            Choice(
                {"unlisted": "alone"},
                T("先只报这个"),
                ("不用", "不要", "先不", "就这些", "只报这个", "以后再说"),
            ),
            wrong_name,
        )
    else:
        not_listed = T("花名册上没有找到她。名字对吗？")
        answers = (
            Choice(
                {"unlisted": "alone"},
                T("名字没错，接着报"),
                ("是", "对", "好", "对的", "是的", "没错", "接着报", "就这些"),
            ),
            wrong_name,
        )
    return (
        Step(name_field, ask, required=True, help=T("说她的姓名就行，比如：李梅。")),
        Step(
            "woman_id",
            T("叫这个名字的不止一位，是哪一位？"),
            fills=("woman_id", "unlisted", "not_here"),
            required=True,
            when=lambda talk: (talk.answers.get("found") or 0) > 1,
            choices=candidates(name_field, {"not_here": True} if offer_pregnancy else {"unlisted": "alone"}),
            help=T("点一下，或说能分清的，比如：28岁那个。"),
        ),
        Step(
            "unlisted",
            not_listed,
            fills=("unlisted", "woman_id"),
            required=True,
            when=lambda talk: talk.answers.get("found") == 0,
            choices=answers,
        ),
        VILLAGE,
    )


AGAIN = Step(
    "again",
    T("花名册上她这次怀孕已经报过结束了。现在报的是同一次，还是后来另一次怀孕？"),
    required=True,
    when=lambda talk: bool(talk.answers.get("ended_on")) or talk.answers.get("again") == "new",
    choices=(
        Choice("same", T("同一次，已经报过"), ("同一次", "报过了", "一样的")),
        Choice("new", T("另一次怀孕"), ("另一次", "不是同一次", "不是")),
    ),
)


def again_settled(talk: Talk) -> Settled:
    """She says this end was reported before: nothing is filed a second time."""
    if talk.answers.get("again") == "same":
        return Ended(T("好，那就不重复报了。要是那一份报错了，说“更正”就能改。"))
    if talk.answers.get("again") == "new":
        for name in ("ended_on", "pregnancy_id", "lmp_known"):
            talk.draw(name, None)
    return None


# ── where ───────────────────────────────────────────────────────────────────────────────────────────────


def _villages(talk: Talk, context: Context) -> tuple[Choice, ...]:
    """Her villages, where they are few enough to choose from."""
    villages = context.speaker.villages
    if len(villages) > FEW:
        return ()
    return tuple(Choice(v.id, plain(v.name), (v.name.removesuffix("村"),)) for v in villages)


VILLAGE = Step(
    "village_id",
    T("她住在哪个村？"),
    required=True,
    choices=_villages,
    help=T("直接说村名也行。"),
)


def settle_village(talk: Talk, context: Context) -> None:
    """One village: it is that one. The name follows from the id."""
    villages = context.speaker.villages
    if not talk.answers.get("village_id") and len(villages) == 1:
        talk.answers["village_id"] = villages[0].id
    village = context.speaker.village(talk.answers.get("village_id"))
    if village is not None:
        talk.answers["village"] = village.name


_HOSPITAL = re.compile(
    r"(?:^|[在去到是])((?![在去到是])[\u4e00-\u9fff]{1,12}(?:医院|卫生院|妇幼保健院|妇幼|保健院|卫生所|诊所))"
)
"""A hospital by name: more than that it is one."""

_SAID_BY_KIND = frozenset({"家", "家里", "在家", "路上", "医院", "home"})
"""Places that say no more than the kind of place."""


def absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """A village told by name becomes one of hers, another's is refused by name; a place that is a hospital is one."""
    if fields.get("place") in _SAID_BY_KIND:
        del fields["place"]
    if fields.get("place_kind") == "hospital" and "institution" not in fields:
        if "place" in fields:
            fields["institution"] = fields.pop("place")
        elif talk.step == "place_kind" and (which := _HOSPITAL.search(normalise(context.message.text))):
            fields["institution"] = which[1]
    name = fields.pop("village", None)
    if not name:
        return fields, None
    bare = str(name).removesuffix("村")
    found = [v for v in context.speaker.villages if v.name == name or v.name.removesuffix("村") == bare]
    if len(found) == 1:
        return {**fields, "village_id": found[0].id, "village_told": True}, None
    mine = "、".join(v.name for v in context.speaker.villages[:6])
    if len(context.speaker.villages) > FEW:
        return fields, Refusal(T("“{name}”不在您负责的地方。请说村名，比如：{mine}。", name=name, mine=mine))
    return fields, Refusal(T("“{name}”不在您负责的村里。您负责的是：{mine}。", name=name, mine=mine))


def absorb_children(
    fields: dict[str, Any], talk: Talk, context: Context
) -> tuple[dict[str, Any], Refusal | None]:
    """What is said of a child without saying which is said of the only one (or of the one being asked about)."""
    fields, refusal = absorb(fields, talk, context)
    number = (talk.step or "").split(".")[1] if (talk.step or "").startswith("children.") else "0"
    listed = any(key.startswith("children.") for key in fields)
    for name in CHILD_FIELDS:
        if name in fields:
            value = fields.pop(name)
            if not listed:
                fields[f"children.{number}.{name}"] = value
    heads = {key.split(".")[1] for key in fields if key.startswith("children.")}
    if len(heads) > 1:
        fields.setdefault("child_count", len(heads))
    return fields, refusal


# ── where it happened ───────────────────────────────────────────────────────────────────────────────────

_PLACES = (
    Choice("hospital", T("医院"), ("在医院", "卫生院", "县医院")),
    Choice("home", T("家里"), ("在家", "自己家", "家中")),
    Choice("road", T("路上"), ("在路上", "途中", "车上")),
)


def place_steps(ask: Text, *, required: bool = False) -> tuple[Step, ...]:
    """Hospital, home or road; which hospital."""
    return (
        Step(
            "place_kind",
            ask,
            required=required,
            choices=_PLACES,
            fills=("place_kind", "institution", "place"),
        ),
        Step(
            "institution",
            T("是哪家医院？"),
            free=True,
            help=T("比如：县妇幼、镇卫生院。"),
            when=lambda talk: talk.answers.get("place_kind") == "hospital",
        ),
    )


# ── checks ──────────────────────────────────────────────────────────────────────────────────────────────


def not_in_future(
    *names: str,
) -> Callable[[Mapping[str, Any], Context], tuple[tuple[str, ...], Refusal] | None]:
    """None of these days lies ahead of the day the message was written."""

    def check(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
        for name in names:
            value = answers.get(name)
            if value and date.fromisoformat(value) > context.today:
                return (name,), Refusal(
                    T(
                        "{date}还没到呢。请说发生的那一天，比如：昨天、9月3号。",
                        date=date.fromisoformat(value),
                    )
                )
        return None

    return check


def in_order(
    earlier: str, later: str, why: Text
) -> Callable[[Mapping[str, Any], Context], tuple[tuple[str, ...], Refusal] | None]:
    """`later` does not lie before `earlier`."""

    def check(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
        first, second = answers.get(earlier), answers.get(later)
        if first and second and second < first:
            return (earlier, later), Refusal(
                why.with_values(earlier=date.fromisoformat(first), later=date.fromisoformat(second))
            )
        return None

    return check


# ── reading back ────────────────────────────────────────────────────────────────────────────────────────


def _follows(name: str, answers: Mapping[str, Any]) -> bool:
    """Whether a field is said by another line already. A birth date beside the tail of her ID number would, on a
    masked channel, be her whole number."""
    said_by = {"gestational_weeks": "lmp", "birth_date": "resident_id"}.get(name)
    return said_by is not None and said_by in answers


def read_back(
    event: str, *, labels: Mapping[str, Text] | None = None, steps: Mapping[str, str] | None = None
) -> Callable[[Talk, Context], list[tuple[str | None, Text, Sayable]]]:
    """The lines of a report's reading back: who, then each field in the order of `records.EVENTS`."""
    spec = EVENTS[event]
    hidden = {*NOT_SAID, "gestational_days", "child_count"}
    named_here = labels or {}
    where: dict[str, str] = {"village": "village_id", **(steps or {})}

    def show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
        shown: list[tuple[str | None, Text, Sayable]] = []
        answers = talk.answers
        for name in spec.fields:
            value = answers.get(name)
            if value is None or name in hidden or _follows(name, answers):
                continue
            field = FIELDS[name]
            text = field.say(value, masked=context.masked)
            if name in ("woman_name", "mother_name"):
                text = _who(talk, context, text)
            elif name == "lmp":
                text = dated(date.fromisoformat(value), context, ended=bool(answers.get("of_end")))
            elif name == "gestational_weeks" and answers.get("gestational_days"):
                text = T("{weeks}周+{days}", weeks=value, days=answers["gestational_days"])
            step: str | None = where.get(name, name)
            if name == "village" and "village_id" not in talk.trail:
                step = None
            shown.append((step, named_here.get(name, field.label), text))
        if spec.children:
            shown.extend(_children_lines(talk, context))
        return shown

    return show


def _who(talk: Talk, context: Context, text: Sayable) -> Sayable:
    """The woman as the roster knows her, so that the right one is confirmed; in a correction as it now stands."""
    woman = bound(talk, context) if talk.amends is None else None
    another = "new" in (talk.answers.get("again"), talk.answers.get("repeat"))
    return card(woman, context, pregnancy=not another) if woman is not None else text


def dated(lmp: date, context: Context, *, ended: bool) -> Text:
    """An LMP with what follows from it: 2026年9月3日（今天孕11周+3，预产期2027年6月10日）."""
    if ended:
        return T("{lmp}", lmp=lmp)
    weeks, days = weeks_on(lmp, context.today)
    return T(
        "{lmp}（今天孕{weeks}周+{days}，预产期{due}）", lmp=lmp, weeks=weeks, days=days, due=due_date(lmp)
    )


def _children_lines(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    """A line for each child: 女，3400克，活产."""
    count = talk.answers.get("child_count") or 1
    shown: list[tuple[str | None, Text, Sayable]] = []
    for number in range(count):
        key = f"children.{number}"
        said = [
            FIELDS[name].say(value, masked=context.masked)
            for name in CHILD_FIELDS
            if (value := talk.answers.get(f"{key}.{name}")) is not None
        ]
        if talk.answers.get(f"{key}.died_later"):
            said.append(T("后来没了"))
        label = T("孩子") if count == 1 else T("第{number}个孩子", number=number + 1)
        shown.append((key, label, Joined(tuple(said), "，") if said else T("还没说")))
    return shown


# ── filing ──────────────────────────────────────────────────────────────────────────────────────────────


def make_report(event: str, talk: Talk, context: Context, *, pregnancy: bool) -> Report:
    """The report the answers make. `pregnancy`: it belongs to a pregnancy, a new one where none is bound."""
    answers = talk.answers
    woman_id = str(answers.get("woman_id") or derived_id(context.message.id, talk.id, "woman"))
    pregnancy_id = answers.get("pregnancy_id")
    if pregnancy_id is None and pregnancy:
        pregnancy_id = derived_id(context.message.id, talk.id, "pregnancy")
    amends = talk.amends
    report_id = str(amends["report_id"]) if amends else derived_id(context.message.id, talk.id, "report")
    children = children_of_report(event, report_id, answers)
    follows = {"restricted": restricted(answers, context), "child_id": children[0] if children else None}
    body = assemble({**answers, **follows}, event)
    return Report(
        report_id=report_id,
        version=int(amends["version"]) + 1 if amends else 1,
        supersedes=int(amends["version"]) if amends else None,
        event=event,
        woman_id=woman_id,
        pregnancy_id=pregnancy_id,
        subject_ids=subjects(event, report_id, woman_id, pregnancy_id, answers),
        event_time=event_time(answers),
        known_time=datetime.fromisoformat(talk.known_at),
        recorded_time=context.now,
        author_role=context.speaker.role,
        channel=context.message.channel.name,
        channel_trust=context.message.channel.trust,
        programme=context.speaker.programme,
        body=body,
        village_id=answers.get("village_id"),
        woman_version=answers.get("woman_version"),
    )


def children_of_report(event: str, report_id: str, answers: Mapping[str, Any]) -> list[str]:
    """Ids of the children a report speaks of: those it brings follow from its own id (conversations/roster.py)."""
    if EVENTS[event].children:
        count = int(answers.get("child_count") or 1)
        return [derived_id(report_id, "child", str(number)) for number in range(count)]
    if "child_id" in EVENTS[event].fields:
        known = answers.get("child_id")
        return [str(known) if known and known != "other" else derived_id(report_id, "child")]
    return []


def subjects(
    event: str, report_id: str, woman_id: str, pregnancy_id: str | None, answers: Mapping[str, Any]
) -> tuple[str, ...]:
    """Everything a report speaks of: the woman, the pregnancy, the children."""
    children = children_of_report(event, report_id, answers)
    return tuple(dict.fromkeys([woman_id, *([pregnancy_id] if pregnancy_id else []), *children]))


def event_time(answers: Mapping[str, Any]) -> str | None:
    """When it happened as far as known: a day, or a local time with its offset."""
    day, time = answers.get("date") or answers.get("found_date"), answers.get("time")
    if day and time:
        return f"{day}T{time}:00+08:00"
    return str(day) if day else None


def restricted(answers: Mapping[str, Any], context: Context) -> str | None:
    """Under 14: mandatory reporting; under 18: restricted view (requirements.md §2)."""
    born, age = answers.get("birth_date"), answers.get("age", answers.get("her_age"))
    years = age_on(date.fromisoformat(born), context.today) if born else age
    if not isinstance(years, int):
        return None
    return "under_14" if years < 14 else "minor" if years < 18 else None


_OF_A_PREGNANCY = frozenset({"pregnancy", "birth", "pregnancy_loss", "maternal_death"})


def minor_notices(report: Report, context: Context) -> tuple[tuple[Reply, ...], tuple[Effect, ...]]:
    """Under 14: coordinator reminded, township and county told at once of the duty of mandatory reporting.
    14–17: the township decides whether she may be written to (requirements.md §2)."""
    restriction = report.body.get("restricted") if report.event in _OF_A_PREGNANCY else None
    village = report.body.get("village", "")
    if restriction == "under_14":
        text = T(
            "【强制报告】{village}报告了一名未满14周岁的女孩怀孕。请立即核实，并按强制报告制度向公安机关报案。她和家里的电话都不会收到我们的信息。",
            village=village,
        )
        reply = T(
            "她不满14周岁，按强制报告制度要马上向公安机关报案。我已经通知孕管办和县里，请您也守好秘密，不要给她家打电话发短信提这件事。"
        )
        return (Reply(reply),), tuple(
            Notice(text, role=role, place_id=report.village_id, kind="danger")
            for role in ("township", "county")
        )
    if restriction == "minor" and (report.event == "pregnancy" or report.woman_version is None):
        text = T(
            "{village}新报的一位孕妇未满18周岁，资料已限制查看，我们先不给她发短信。要不要发，请你们核实后决定。",
            village=village,
        )
        reply = T("她还不满18周岁，资料会限制查看，我们先不给她发短信，等孕管办定。请您也替她保密。")
        return (Reply(reply),), (Notice(text, role="township", place_id=report.village_id),)
    return (), ()


def filed(
    event: str, talk: Talk, context: Context, *, pregnancy: bool, said: Text, then: tuple[Talk, ...] = ()
) -> Result:
    """File the report, answer, and tell whom the rules name."""
    report = make_report(event, talk, context, pregnancy=pregnancy)
    replies, effects = minor_notices(report, context)
    if talk.amends is not None:
        said = T("更正好了，新的一版已经送往县里，旧的也留着底。")
    spec = EVENTS[event]
    told: tuple[Effect, ...] = ()
    if talk.amends is not None:
        if talk.amends["body"].get("restricted") == report.body.get("restricted"):
            replies, effects = (), ()
    elif (spec.ends_pregnancy or spec.solemn) and context.speaker.role != "township":
        who = mask_name(str(report.body.get("woman_name") or report.body.get("mother_name") or ""))
        told = (
            Notice(
                T(
                    "{village}报来：{title}，{who}。请核实跟进。",
                    village=report.body["village"],
                    title=spec.title,
                    who=who,
                ),
                role="township",
                place_id=report.village_id,
            ),
        )
    return Result(replies=(Reply(said), *replies), reports=(report,), effects=(*effects, *told), then=then)

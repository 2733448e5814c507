"""Who is meant: one woman on the roster, one of several, or one it does not have yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from conversations.care.gestation import age_on, weeks_on
from conversations.engine.flow import Choice, Context, Ended, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import (
    Lookup,
    PregnancyFact,
    ReportById,
    WomanById,
    WomanFact,
    WomenNamed,
    WomenWithId,
    WomenWithPhone,
)
from conversations.flows.where import VILLAGE, settle_village
from conversations.message import Speaker
from conversations.records import EVENTS, mask_name
from conversations.text import Joined, Sayable, T, Text, plain
from conversations.understanding.names import shorter_names

WOMAN = ("resident_id", "birth_date", "age", "phone", "village_id", "village_told")
"""What is said of a woman in one report and goes for her in another."""

WHO = (
    "woman_id", "pregnancy_id", "woman_version", "found", "unlisted", "not_here", "again", "ended_on", "lmp_known",
    "her_age", "child_id", "maybe_same", "not_same", "repeat", "already", "elsewhere", "early_noted",
    "ended_before", "unsure", "born",
    "nearly",
)  # fmt: skip
"""Answers worked out from who is meant; void when another is."""

EARLY_BIRTH = 20
"""Completed weeks below which a birth is asked to be looked at again. (u)"""

SAME_END = timedelta(days=90)
"""Two ends told within this of each other are taken for the same one until she says otherwise. (u)"""


def card(woman: WomanFact, context: Context, *, pregnancy: bool = True, brief: bool = False) -> Sayable:
    """A woman in one line, as the channel permits: 李梅，28岁，孕32周+1，古陂村，尾号5678 — or 李*·尾号5678·孕32周.

    `brief`: once she is found, without what only tells her from others.
    """
    day = context.now.date()
    chosen = next(iter(woman.pregnancies), None) if pregnancy else None
    parts: list[Text] = []
    if context.masked:
        parts.append(plain(mask_name(woman.name)))
        if woman.phone and context.speaker.role != "institution":
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
            else T("孕{weeks}周+{days}", sms=T("孕{weeks}周"), weeks=weeks, days=days)
        )
    elif chosen is not None and chosen.ended == "birth" and chosen.end_date:
        parts.append(T("{date}分娩", date=chosen.end_date))
    elif chosen is not None and chosen.ended and chosen.end_date:
        parts.append(T("{date}已结束妊娠", date=chosen.end_date))
    if woman.moved_out is not None:
        parts.append(T("已迁出"))
    if not context.masked:
        if woman.village_name and not (brief and len(context.speaker.villages) == 1):
            parts.append(plain(woman.village_name))
        if woman.phone and not brief and context.speaker.role != "institution":
            parts.append(T("尾号{tail}", tail=woman.phone[-4:]))
    return Joined(tuple(parts), "·")


def women_lookups(name_field: str) -> Callable[[Talk, Speaker], tuple[Lookup, ...]]:
    """What to look up for whoever `name_field` names."""

    def lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
        villages = tuple(village.id for village in speaker.villages)
        wanted: list[Lookup] = []
        if name := talk.answers.get(name_field):
            wanted += [WomenNamed(one, villages) for one in (name, *shorter_names(name))]
        if number := talk.answers.get("resident_id"):
            wanted.append(WomenWithId(number, villages))
        if phone := talk.answers.get("phone"):
            wanted.append(WomenWithPhone(phone, villages))
        if woman_id := talk.answers.get("woman_id"):
            wanted.append(WomanById(woman_id, villages))
        if talk.amends is not None and speaker.staff_id:
            wanted.append(amended(talk.amends["report_id"], speaker))
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


def nearly_named(talk: Talk, context: Context, name_field: str) -> tuple[WomanFact, ...]:
    """Where nobody has her name: the women with whose names it begins. 李梅摔了一跤 may have been read as 李梅摔."""
    name = str(talk.answers.get(name_field) or "")
    found = (
        context.facts.answers.get(WomenNamed(one, context.village_ids), ()) for one in shorter_names(name)
    )
    return next((tuple(w for w in women if w.alive) for women in found if women), ())


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


def amended(report_id: str, speaker: Speaker) -> ReportById:
    """The report that is put right: her own, what a county's list told of a woman of hers, or (an office above) what a
    coordinator told."""
    if speaker.role not in ("coordinator", "township", "county"):
        return ReportById(report_id, speaker.staff_id or "")
    villages = tuple(village.id for village in speaker.villages)
    return ReportById(report_id, speaker.staff_id or "", villages, listed=speaker.role == "coordinator")


def keep_version(talk: Talk, context: Context) -> None:
    """A correction stays bound to whom it was; the version of her record is brought up to date, and that of the
    report where the township only gave its word on it meanwhile."""
    woman = bound(talk, context)
    if woman is not None:
        talk.answers["woman_version"] = woman.version
    amends, staff_id = talk.amends, context.speaker.staff_id
    if amends is None or staff_id is None:
        return
    for newest in context.facts.answers.get(amended(amends["report_id"], context.speaker), ()):
        if not newest.withdrawn and _says(newest.body) == _says(
            amends["body"]
        ):  # verified or returned meanwhile
            talk.amends = {**amends, "version": newest.version}


def _says(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "returned_because"}


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
        woman = bound(talk, context)
        if woman is not None and not _another_village(talk, context, woman):
            take(talk, context, woman, ends=ends)
        if answers.get("woman_id") or answers.get("unlisted"):
            return None
        if context.speaker.role == "institution":
            women = _identified(talk, context, name_field, living=alive)
            talk.draw("unsure", True if len(women) != 1 and answers.get("village_id") else None)
            if len(women) == 1:
                answers["woman_id"] = women[0].id
                take(talk, context, women[0], ends=ends)
            return None
        women = [w for w in named(talk, context, name_field) if w.alive or not alive]
        if wants_open:
            women = [w for w in women if open_pregnancy(w)] or women
        women = [w for w in women if w.moved_out is None] or women
        answers["found"] = 0 if answers.get("not_here") else len(women)
        no_one = answers["found"] == 0 and not answers.get("not_here")
        talk.draw("nearly", len(nearly_named(talk, context, name_field)) if no_one else None)
        if answers["found"] == 1:
            answers["woman_id"] = women[0].id
            take(talk, context, women[0], ends=ends)
        return None

    return settle


def _identified(talk: Talk, context: Context, name_field: str, *, living: bool) -> list[WomanFact]:
    """Whom an institution names: by ID number, or by name and village (and birth date, where it is told). It is asked
    for these, and never offered the women of a name to choose from: most are none of its patients."""
    answers = talk.answers
    number, born, village = (answers.get(one) for one in ("resident_id", "birth_date", "village_id"))
    if number:
        same = [w for w in context.facts[WomenWithId(number, context.village_ids)] if w.visible]
        if same:
            return [w for w in same if w.alive or not living]
    if not village:
        return []
    named = context.facts[WomenNamed(answers[name_field], context.village_ids)]
    here = [w for w in named if w.village_id == village and (w.alive or not living)]
    here = [w for w in here if not (number and w.resident_id and w.resident_id != number)]
    if not born:
        return here
    fitting = {w.id: _born_on(w, date.fromisoformat(born), context.today) for w in here}
    sure = [w for w in here if fitting[w.id]]
    return sure or [w for w in here if fitting[w.id] is None]


def _born_on(woman: WomanFact, born: date, today: date) -> bool | None:
    """Whether she was born that day, or is as old as that makes her; None where neither is known of her."""
    if woman.birth_date is not None:
        return woman.birth_date == born
    return abs(woman.age - age_on(born, today)) <= 1 if woman.age is not None else None


def _another_village(talk: Talk, context: Context, woman: WomanFact) -> bool:
    """An institution that named her by her village, and now names another, means somebody else."""
    answers = talk.answers
    by_id = woman.resident_id is not None and woman.resident_id == answers.get("resident_id")
    if context.speaker.role != "institution" or by_id or woman.village_id == answers.get("village_id"):
        return False
    for name in WHO:
        answers.pop(name, None)
    talk.drawn = [name for name in talk.drawn if name in answers]
    return True


def take(talk: Talk, context: Context, woman: WomanFact, *, ends: bool) -> None:
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


def besides_her(
    find: Callable[[Talk, Context], Sequence[WomanFact]], name_field: str = "woman_name"
) -> Callable[[Talk, Context], bool]:
    """Whether those she may mean are others than the one woman whom she named exactly."""

    def others(talk: Talk, context: Context) -> bool:
        return [woman.name for woman in find(talk, context)] != [talk.answers.get(name_field)]

    return others


def candidates(name_field: str, not_here: Mapping[str, Any]) -> Callable[[Talk, Context], tuple[Choice, ...]]:
    """The women of that name, each with what tells her apart."""

    def offer(talk: Talk, context: Context) -> tuple[Choice, ...]:
        women = [w for w in named(talk, context, name_field) if w.alive]
        shown = [Choice({"woman_id": w.id}, T("{card}", card=card(w, context))) for w in women[:8]]
        return (*shown, Choice(not_here, T("都不是"), ("都不对", "不是")))

    return offer


DRAFT = "draft"
"""What `unlisted` is where a draft of hers that waits is to be finished first (engine/playing.py)."""
_HALF = T("花名册上还没有她：她的“发现孕情”您只说了一半。", sms=T("她的孕情您只说了一半。"))


def _like(name_field: str, not_here: Mapping[str, Any]) -> Callable[[Talk, Context], tuple[Choice, ...]]:
    """The women whose name hers begins with: she is one of them, or the roster has none of her name."""

    def offer(talk: Talk, context: Context) -> tuple[Choice, ...]:
        women = nearly_named(talk, context, name_field)[:8]
        yes = ("是", "对", "是的", "对的", "是她", "就是她") if len(women) == 1 else ()
        shown = [
            Choice({"woman_id": w.id, name_field: w.name}, T("{card}", card=card(w, context)), yes)
            for w in women
        ]
        return (*shown, Choice(not_here, T("都不是"), ("都不对", "不是", "不对")))

    return offer


def who_steps(name_field: str, ask: Text, *, offer_pregnancy: bool = False) -> tuple[Step, ...]:
    """Her name; which one, when there are several; what to do, when the roster has none."""
    wrong_name = Choice({name_field: ""}, T("名字说错了"), ("不是", "不对", "换个名字", "错了", "名字错了"))
    only_this = Choice(
        {"unlisted": "alone"},
        T("先只报这个"),
        ("不用", "不要", "先不", "就这些", "只报这个", "以后再说"),
    )
    yes = ("是", "对", "要", "好", "好的", "是的")
    if offer_pregnancy:
        not_listed = T("花名册上没有找到她，孕情可能还没报过。要不要连孕情一起补报？")
        both = Choice({"unlisted": "both"}, T("一起补报"), (*yes, "补报", "一起"))
        answers: tuple[Choice, ...] = (both, only_this, wrong_name)
    else:
        not_listed = T("花名册上没有找到她。名字对吗？", sms=T("花名册上没找到她，名字对吗？"))
        answers = (
            Choice(
                {"unlisted": "alone"},
                T("名字没错，接着报", sms=T("没错，接着报")),
                ("是", "对", "好", "对的", "是的", "没错", "接着报", "就这些"),
            ),
            wrong_name,
        )
    draft_first = Choice({"unlisted": DRAFT}, T("先报完那份"), (*yes, "先报那份", "接着报", "报完"))
    besides = T("这份报完接着报那份，好吗？") if offer_pregnancy else T("名字对吗？")

    def ask_unlisted(talk: Talk, context: Context) -> Sayable:
        return T("{half}{ask}", half=_HALF, ask=besides) if talk.has("drafted") else not_listed

    def draft_goes_first(talk: Talk) -> bool:
        ends = talk.flow in EVENTS and EVENTS[talk.flow].ends_pregnancy
        return offer_pregnancy and not ends and talk.has("drafted")

    return (
        Step(name_field, ask, required=True, help=T("说她的姓名就行，比如：李梅。")),
        Step(
            "woman_id",
            T("叫这个名字的不止一位，是哪一位？"),
            fills=("woman_id", "unlisted", "not_here"),
            required=True,
            when=lambda talk: (talk.answers.get("found") or 0) > 1,
            choices=candidates(name_field, {"not_here": True} if offer_pregnancy else {"unlisted": "alone"}),
            shows_roster=True,
            help=T("点一下，或说能分清的，比如：28岁那个。"),
        ),
        Step(
            "nearly",
            T("花名册上没有叫这个名字的。是这一位吗？"),
            fills=("woman_id", "unlisted", "not_here"),
            required=True,
            when=lambda talk: bool(talk.answers.get("nearly")),
            choices=_like(name_field, {"not_here": True} if offer_pregnancy else {"unlisted": "alone"}),
            shows_roster=True,
            help=T("是她就点一下；不是就说“都不是”。"),
        ),
        Step(
            "draft_first",
            T("{half}{ask}", half=_HALF, ask=T("先把那份报完吗？")),
            fills=("unlisted", "woman_id"),
            required=True,
            when=lambda talk: talk.answers.get("found") == 0 and draft_goes_first(talk),
            choices=(draft_first, only_this, wrong_name),
        ),
        Step(
            "unlisted",
            ask_unlisted,
            fills=("unlisted", "woman_id"),
            required=True,
            when=lambda talk: talk.answers.get("found") == 0,
            choices=answers,
        ),
        VILLAGE,
        Step(
            "who_exactly",
            T("她的身份证号是多少？没有就说出生日期。"),
            reads="identity",
            fills=("resident_id", "birth_date", "age"),
            when=lambda talk: talk.has("unsure"),
            help=T("比如：18位身份证号，或1998年5月6日。"),
        ),
    )


AGAIN = Step(
    "again",
    T(
        "花名册上她这次怀孕已经报过结束了。现在报的是同一次，还是后来另一次怀孕？",
        sms=T("她这次怀孕报过结束了，现在报的是同一次吗？"),
    ),
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

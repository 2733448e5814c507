"""The five colours: what holds, what it means for her care, and what of it whom may be shown.

Grading is a hospital's act: `suggest` only proposes. Purple says "infectious disease", and can be guessed from
what is left out; so wherever a coordinator or a woman reads, and on every channel that names no diagnosis,
orange, red, purple and special groups are the one label 重点随访, with one advice (requirements.md §4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from conversations.care.lengths import add_months
from conversations.care.programme import Programme
from conversations.care.rules import COLOURS, Colour, FollowUp, Level, SpecialGroup
from conversations.text import Sayable, T, Text

KEY: frozenset[Colour] = frozenset({"orange", "red", "purple"})
"""The colours the village knows as 重点随访 only."""
HIGH: frozenset[Colour] = KEY | {"yellow"}
"""高危: assessed as one of these (YZ 第二条; XF 四(二)3: 阳性); the other counties do not define the word."""
_GRAVITY: Mapping[Colour, int] = {colour: place for place, colour in enumerate(COLOURS[:4])}


@dataclass(frozen=True, slots=True)
class Grade:
    """What one assessment says. `colour`: the highest of green to red, None where only purple was told;
    `purple` stands beside it. `star`: ☆. `key`: a coordinator told 重点随访 and nobody which colour.
    """

    colour: Colour | None = None
    purple: bool = False
    star: bool = False
    key: bool = False

    @property
    def colours(self) -> tuple[Colour, ...]:
        """Its colours, the graver first, purple last."""
        own: tuple[Colour, ...] = () if self.colour is None else (self.colour,)
        return (*own, "purple") if self.purple else own

    @property
    def is_key(self) -> bool:
        """Whether the village knows her as 重点随访."""
        return self.key or any(colour in KEY for colour in self.colours)

    @property
    def is_high(self) -> bool:
        """高危: yellow or above, purple, or 重点随访 whose colour nobody told."""
        return self.key or any(colour in HIGH for colour in self.colours)


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment as it was filed. `by_hospital`: by one that may grade; else it is a screening."""

    grade: Grade
    day: date
    recorded: datetime
    by_hospital: bool
    factors: tuple[str, ...] = ()


def highest(colours: Iterable[Colour]) -> Grade:
    """Of several colours of one assessment the highest, purple beside it (R35 附件2 备注)."""
    told = set(colours)
    own = sorted(told - {"purple"}, key=_GRAVITY.__getitem__)
    return Grade(own[-1] if own else None, purple="purple" in told)


def current(assessments: Iterable[Assessment]) -> Assessment | None:
    """The one that holds: the newest by a hospital, up or down (XF 四(三)5; YZ 第五条). Screenings change nothing."""
    graded = [one for one in assessments if one.by_hospital]
    return max(graded, key=lambda one: (one.day, one.recorded), default=None)


# ── suggesting ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a list of factors suggests. `grade`: what all of them do, nothing where one is on no list; `at_least`: what
    those on the list do; `positive`: she is to be assessed by a level-2+ hospital, None where that is not known;
    `star_open`: those on no list might make up the ☆.
    """

    grade: Grade
    positive: bool | None
    at_least: Grade = Grade()
    star_open: bool = False


def suggest(programme: Programme, factors: Iterable[str]) -> Suggestion:
    """What these factors suggest: ids of the programme's list, or words that are on no list (`factors_told`).

    Nobody knows what a factor on no list is worth: with one nothing is suggested, least of all green.
    ☆ where the programme has it: so many factors of its colour, and no graver one beside (KF 附件1 一).
    """
    told = tuple(dict.fromkeys(factors))
    known = [programme.factor[name] for name in told if name in programme.factor]
    strange = len(told) - len(known)
    colours = [one.colour for one in known if one.colour is not None]
    at_least, star, open_star = highest(colours), programme.star, False
    if star is not None and at_least.colours in ((), (star.colour,)):
        marked = colours.count(star.colour)
        open_star = marked < star.factors <= marked + strange
        if marked >= star.factors:
            at_least = Grade(at_least.colour, at_least.purple, star=True)
    if not told:
        at_least = Grade("green")
    positive = True if known else None if strange else False
    return Suggestion(Grade() if strange else at_least, positive, at_least, open_star)


def askable(programme: Programme, role: str, *, permitted: bool) -> tuple[str, ...]:
    """The factors this role may be asked for; on a channel that is not `permitted` none that hints at infection."""
    common = {"coordinator", "township", "institution", "county"}
    return tuple(
        name
        for name, factor in programme.factor.items()
        if role in factor.asked_of and (permitted or common <= set(factor.asked_of))
    )


# ── showing ─────────────────────────────────────────────────────────────────────────────────────────────

KEY_LABEL = T("重点随访")
COLOUR_LABELS: Mapping[Colour, Text] = {
    "green": T("绿色"),
    "yellow": T("黄色"),
    "orange": T("橙色"),
    "red": T("红色"),
    "purple": T("紫色"),
}
_OFFICERS = frozenset({"township", "institution", "county"})


def sees_colour(role: str, *, named: bool) -> bool:
    """Whether this reader may see the colour itself: an officer, on a channel that may name diagnoses."""
    return role in _OFFICERS and named


def label(grade: Grade, role: str, *, named: bool, special: bool = False) -> Sayable:
    """Her grade as this reader may see it. `named`: the channel may name diagnoses; `special`: she belongs to a
    special group."""
    if not sees_colour(role, named=named):
        if grade.is_key or special:
            return KEY_LABEL
        return COLOUR_LABELS[grade.colour] if grade.colour else T("未评估")
    if not grade.colours:
        return KEY_LABEL if grade.key else T("未评估")
    main = grade.colours[0]
    if len(grade.colours) > 1:
        return T("{colour}，另标紫色", colour=COLOUR_LABELS[main])
    return T("{colour}☆", colour=COLOUR_LABELS[main]) if grade.star else COLOUR_LABELS[main]


def may_count_by_colour(role: str) -> bool:
    """Whether this role gets counts by colour: a coordinator could guess her neighbours from them."""
    return role in _OFFICERS


_LEVELS: Mapping[Level, Text] = {
    "level2": T("二级以上医疗机构"),
    "level3": T("三级医疗机构"),
    "strong_level3": T("产儿科救治能力较强的三级助产机构"),
    "county_centre": T("县级及以上危重孕产妇救治中心"),
    "able_county_centre": T("具备条件的县级及以上危重孕产妇救治中心"),
    "city_centre": T("市级以上危重孕产妇救治中心"),
    "higher_centre": T("与上级危重孕产妇救治中心共同制订方案"),
    "infectious_rules": T("按传染病防治要求管理"),
}
_ASSIGNED = T("县里指定的医院")


def advised(
    programme: Programme,
    grade: Grade,
    for_what: Literal["care", "delivery"],
    role: str,
    *,
    named: bool,
    special: bool = False,
) -> tuple[Sayable, ...]:
    """Where she is advised to go, as this reader may see it: one line a colour, none where nothing is advised.

    Who may not see the colour reads the same words for all of 重点随访, also where a county advises nothing.
    """
    if not sees_colour(role, named=named):
        if grade.is_key or special:
            return (_ASSIGNED,)
        if grade.colour != "yellow":
            return ()
    table = programme.care if for_what == "care" else programme.delivery
    said: list[Sayable] = []
    for colour in grade.colours:
        advice = table.get(colour)
        if advice is None:
            continue
        if advice.first not in (None, advice.level):
            said.append(
                T("先到{first}，再到{level}", first=_LEVELS[advice.first], level=_LEVELS[advice.level])
            )
        elif advice.abnormal not in (None, advice.level):
            said.append(
                T("{level}，有异常尽快转{worse}", level=_LEVELS[advice.level], worse=_LEVELS[advice.abnormal])
            )
        else:
            said.append(_LEVELS[advice.level])
    return tuple(said)


# ── what follows from it ────────────────────────────────────────────────────────────────────────────────


def has_case_file(programme: Programme, grade: Grade) -> bool:
    """专案: XF 四(五)2, GP 四(二)2, RC 四(三), YZ 第六条; KF yellow too (二(一)3)."""
    return grade.key or any(colour in programme.case_file.colours for colour in grade.colours)


def comes_first(programme: Programme, grade: Grade) -> bool:
    """Whether she comes before the others of her colour: ☆, where the programme says so (KF 附件1 一)."""
    rule = programme.star
    return rule is not None and rule.first and grade.star and grade.colours == (rule.colour,)


def has_responsible(programme: Programme, grade: Grade) -> bool:
    """包保 (RC 四(四)): whether somebody answers for her by name."""
    return grade.key or any(colour in programme.responsible.colours for colour in grade.colours)


def to_expert_group(programme: Programme, grade: Grade, factors: Collection[str]) -> bool:
    """XF 四(三)6: orange for other reasons than those it names, red and purple. Orange for no reason told goes too, and
    for a reason that is on no list."""
    rule = programme.expert_group
    if rule is None:
        return False
    if any(colour in rule.colours for colour in grade.colours if colour != "orange"):
        return True
    orange = [
        name for name in factors if name in programme.factor and programme.factor[name].colour == "orange"
    ]
    listed = all(name in programme.factor for name in factors)
    exempt = bool(orange) and listed and all(name in rule.except_factors for name in orange)
    return grade.colour == "orange" and "orange" in rule.colours and not exempt


def managed_higher(programme: Programme, factors: Iterable[str]) -> bool:
    """RC 三(二)1(2): 有不良孕产史，生育过缺陷儿的，转入上一级机构管理."""
    return programme.managed_higher is not None and bool(set(factors) & set(programme.managed_higher.factors))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How she is followed up. `home`, `phone`: once in each week or month at least; `home_visits`: so many in all;
    `urged`: to come in time, `aid`: helped to aid."""

    home: Literal["week", "month"] | None = None
    phone: Literal["week", "month"] | None = None
    home_visits: int = 0
    urged: bool = False
    aid: bool = False

    def home_by(self, since: date, last: date | None) -> date | None:
        """The last day for the next home visit, from the one before, else from the day she was graded."""
        return _by(self.home, since, last)

    def phone_by(self, since: date, last: date | None) -> date | None:
        """The last day for the next call."""
        return _by(self.phone, since, last)


def _by(every: Literal["week", "month"] | None, since: date, last: date | None) -> date | None:
    if every is None:
        return None
    start = max(since, last) if last is not None else since
    return start + timedelta(days=7) if every == "week" else add_months(start, 1)


def follow_up(programme: Programme, grade: Grade, specials: Iterable[SpecialGroup] = ()) -> Rhythm:
    """The rhythm for all she is: of several the densest. 重点随访 of no known colour is followed as the gravest,
    until a hospital's grade is known (u)."""
    colours = COLOURS if grade.key and not any(c in KEY for c in grade.colours) else grade.colours
    rules: list[FollowUp] = [programme.follow_up[c] for c in colours if c in programme.follow_up]
    special = [programme.special[group] for group in specials if group in programme.special]
    return Rhythm(
        home=_densest(rule.home for rule in rules),
        phone=_densest(rule.phone for rule in rules),
        home_visits=max((one.home_visits for one in special), default=0),
        urged=any(one.urged for one in special),
        aid=any(one.aid for one in special),
    )


def _densest(every: Iterable[Literal["week", "month"] | None]) -> Literal["week", "month"] | None:
    told = set(every)
    return "week" if "week" in told else "month" if "month" in told else None


def followed_until(programme: Programme, ended: date) -> date:
    """The last day the colour and its follow-up go on after a birth or loss (KF 附件1 三)."""
    return ended + timedelta(days=programme.follow_up_ends.day)

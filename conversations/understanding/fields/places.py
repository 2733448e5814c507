"""Hospitals, homes and roads; where she comes from and where she goes."""

from __future__ import annotations

import re

from .gathered import PLACE, PLACE_WORDS, Facts, Taken

_AT_HOME = re.compile(
    r"在(?:自己)?(?:家|屋)里?(?!属|人|门口|医院)|家里|自己家|家中|屋里|(?:家|屋)里(?:生|接)|at\s+home|在娘家|在婆家|在老家"
)
_ON_ROAD = re.compile(
    r"路上|半路|途中|车上|救护车(?:上|里)|在救护车|半道|路边|on\s+the\s+(?:way|road)|in\s+the\s+(?:car|ambulance)"
)
_COMES_FROM = re.compile(r"来自([\u4e00-\u9fff]{2,12})")
_FROM_TO = re.compile(
    r"(?:从|由|来自|接(?!诊|到|收))(?P<a>[^,，。从由到]{2,14}?)(?:转诊?(?:到|往|去|至|入)?|到|往|送(?:到|往)?|迁(?:到|往)?|搬(?:到|去)?|来|回来|过来|迁入|搬来|转来|嫁来|嫁过来)(?P<b>[^,，。;；了\s]{2,14}?(?=$|[,，。;；了\s]|因|由于))?"
    r"|(?P<a2>[\u4e00-\u9fff]{2,14})\s*(?:→|-+>|=+>|⇒)\s*(?P<b2>[\u4e00-\u9fff]{2,14})"
)
_TO = re.compile(
    r"(?:下(?=广东|深圳|东莞|广州|珠海|海南|福建|浙江)|转诊?|转院|送|搬|迁|嫁|去|回|推荐)(?:诊|院)?(?:了)?(?:到|往|去|至|送|入)?(?P<b>(?!来)[\u4e00-\u9fff]{2,14}?)(?=了|买|租|带|陪|打工|务工|上班|住|做|养|待产|生活|定居|那边|去|[\s,，。;；]|$)"
)
# 没赶上去医院, 来不及送医院: it was not there.
_NOT_THERE = re.compile(
    r"(?:没(?:有)?(?:赶上|来得及|去|到|送|赶到)|未(?:去|到|送)|来不及|不肯|不愿|不去)(?:去|到|上|送|赶到)*(?:$|医院)"
)


def take_places(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    hospital = None if PLACE_WORDS.isdisjoint(stretch) else PLACE.search(stretch)
    if hospital and _NOT_THERE.search(stretch[: hospital.start()]):
        hospital = None
    if intent in {"birth", "pregnancy_loss", "maternal_death", "child_death", "woman_death", "critical_case"}:
        road, home = _ON_ROAD.search(stretch), _AT_HOME.search(stretch)
        if home and home[0][0] != "在" and any(one.end == start + home.start() for one in facts.people):
            home = None  # 李梅家里添丁 says whose, not where.
        kind = (
            "road"
            if road
            else "home"
            if home and not (hospital and re.search(r"没抢救|抢救无效|送", stretch))
            else "hospital"
            if hospital or "hospital" in stretch or ("医院" in stretch and not _NOT_THERE.search(stretch))
            else None
        )
        if (
            kind == "home"
            and hospital
            and hospital.start() > (home.start() if home else 0)
            and re.search(r"没?送", stretch)
        ):
            kind = "hospital"
        got.put("place_kind", kind)
        match = road if kind == "road" else home if kind == "home" else hospital
        if match:
            got.put("place", facts.text[start + match.start() : start + match.end()].lstrip("在"))
    elif hospital and intent in {
        "booking",
        "antenatal_visit",
        "risk_grade",
        "birth_defect",
        "postnatal_visit",
        "newborn_visit",
    }:
        got.put("institution", facts.text[start + hospital.start() : start + hospital.end()])
    if intent in {"referral", "moved"}:
        _way(facts, start, stretch, intent, got)


_INWARD = re.compile(
    r"搬来|搬进|搬回|迁入|迁来|迁回|嫁(?:到我们|到本|来|入|过来|进)|回来|新来|租(?:房|住)|来(?:我们|我|本)村|到(?:我们|我|本)村|转入|流入|从[^,，。]{1,8}(?:来|回|过来|搬来|迁来)|回(?:了)?(?:村|娘家(?:来|住))|in\b"
)
_STAY = re.compile(r"^(?:娘家|老家|婆家|本村|我们村|我村|村里|这里|来住|来|了|走|家|出|村)$")


def _way(facts: Facts, start: int, stretch: str, intent: str, got: Taken) -> None:
    if intent == "moved":
        got.put("direction", "in" if _INWARD.search(stretch) else "out")
    origin = _FROM_TO.search(stretch)
    if intent == "moved" and origin is None and len(facts.people) < 2:
        origin = _FROM_TO.search(facts.folded)  # told with her pregnancy between
        start, stretch = (0, facts.folded) if origin else (start, stretch)
    if comes := _COMES_FROM.search(stretch):
        got.put("from_place", facts.text[start + comes.start(1) : start + comes.end(1)])
    a, b = ("a2", "b2") if origin and origin["a2"] else ("a", "b")
    if origin and not re.match(r"\d|昨|今|上个?月|这个月", origin[a]):
        source = facts.text[start + origin.start(a) : start + origin.end(a)].strip()
        got.put("from_place", re.sub(r"(?:打工|务工|上班|做事)$", "", source) or None)
    targets = [origin.span(b)] if origin and origin[b] else [one.span("b") for one in _TO.finditer(stretch)]
    for low, high in targets:
        place = facts.text[start + low : start + high].strip()
        place = re.sub(r"^(?:到|往|去|至|了)+|(?:去|了|来|住)+$", "", place)
        if any(one.name in place for one in facts.people) or re.match(r"待产|养胎|孕妇|产妇", place):
            continue
        if len(place) >= 2 and not _STAY.match(place) and not re.match(r"我们|本村|村", place):
            got.put("to_place", place)
    if intent == "moved" and "娘家" in stretch:
        got.put("to_place", "娘家")

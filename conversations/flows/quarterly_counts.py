"""季报: the counts of 附表2 that only a hospital knows, one question each; several may be told in one message.

A count it does not know is passed over and stays 未采集, never 0 (requirements.md §7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import CountsFact, CountsFiled, Lookup
from conversations.message import FileCounts, Reply, Speaker
from conversations.papers.hospital_counts import BY_NAME, HOSPITAL_COUNTS, MOST, HospitalCount
from conversations.papers.period import Period, said_period
from conversations.text import Refusal, Sayable, T, Text, plain
from conversations.understanding.numerals import NUMERAL, number

_LOADED: Final = "of"
"""The quarter whose earlier filing the answers were taken from."""

_WORDS: Mapping[str, str] = {
    "first_caesareans": r"(?:初次|首次|第一次)剖(?:宫产|腹产)?",
    "pain_relief": r"(?:分娩)?(?:镇痛|无痛)(?:分娩)?",
    "severe_haemorrhages": r"严重(?:的)?产后(?:大)?出血",
    "transfused": r"(?:产后)?(?:出血)?输血",
    "haemorrhages": r"产后出血(?:[(（]全部[)）]|总数|总例数)?",
    "unplanned_theatre": r"(?:产后或术后)?(?:非预期)?(?:重返|再次|二次)手术室?",
    "hysterectomies": r"(?:子宫切除|切除?子宫)",
    "ruptures": r"子宫破裂",
    "asphyxiated": r"(?:足月)?(?:新生儿)?窒息",
    "critical_transfers": r"危重(?:孕产妇)?(?:的)?转诊?",
}
"""How each may be called, the longer of two names first."""
_PAIR = re.compile(
    "(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
    + rf")(?:例数|人数|数)?\s*(?:改成|改为|应该是|应为|是|有|为|[:：])?\s*(?P<n>{NUMERAL}|没有|无)\s*(?:例|人|个|次|位)?"
)
_BETWEEN = re.compile(
    r"[\s,，、;；。.]*(?:(?:本|这|上)(?:个)?季度?|季报表?|填(?:季报表?|报表?)?|报|都?是?)?[\s,，、:：]*"
)
_LIST = re.compile(
    rf"\s*(?:{NUMERAL}|-|—|/)(?:\s*(?:例|人)?[\s,，、;；/]+(?:{NUMERAL}|-|—|/))*\s*(?:例|人)?[。.]?\s*"
)
_ALL_NONE = re.compile(r"(?:其他|其余|剩下的?|后面)?(?:全部?|都|均)(?:为|是|没有|没|无)?(?:0|零)?[。.]?")
_NONE = re.compile(r"(?:没有|没|无|一例(?:也|都)没有)(?:过)?[。.]?")
_ONE = re.compile(rf"({NUMERAL}|-|—|/)")


def counts_in(text: str) -> dict[str, int] | None:
    """Counts told by name (产后出血3例，子宫切除0), where the message says nothing else at all; else None."""
    found: dict[str, int] = {}
    rest = text
    while rest := rest[_gap(rest) :]:
        match = _PAIR.match(rest)
        if match is None:
            return None
        name = next(key for key in BY_NAME if match[key] is not None)
        value = 0 if match["n"] in ("没有", "无") else number(match["n"])
        if not isinstance(value, int):
            return None
        found[name] = value
        rest = rest[match.end() :]
    return found or None


def _gap(text: str) -> int:
    match = _BETWEEN.match(text)
    return match.end() if match is not None else 0


def _read(start: int, text: str, today: date) -> Any:
    """A number for the question in hand; several for it and those after it; several by name; 没有; 其余都是0."""
    names = [one.name for one in HOSPITAL_COUNTS]
    if (named := counts_in(text)) is not None:
        return _sound(named)
    if _NONE.fullmatch(text.strip()):
        return {names[start]: 0}
    if _ALL_NONE.fullmatch(text.strip()) and text.strip() not in ("全", "都", "均"):
        return dict.fromkeys(names[start:], 0)
    if not _LIST.fullmatch(text):
        return None
    told = _ONE.findall(text)
    if len(told) > len(names) - start:
        return Refusal(
            T(
                "从“{first}”起只剩{left}个数，您报了{told}个，请再核对，比如：{example}。",
                sms=T("只剩{left}个数，您报了{told}个，比如：{example}。"),
                first=HOSPITAL_COUNTS[start].label,
                left=len(names) - start,
                told=len(told),
                example="3" if len(names) - start == 1 else "3 0",
            )
        )
    found = {
        name: value
        for name, word in zip(names[start:], told, strict=False)
        if word not in "-—/" and isinstance(value := number(word), int)
    }
    return _sound(found)


def _sound(found: dict[str, int]) -> dict[str, int] | Refusal:
    if any(value > MOST for value in found.values()):
        return Refusal(T("一个季度到不了这么多，请再核对，比如：3。"))
    return found


def _within(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    """A part is never more than the whole."""
    for one in HOSPITAL_COUNTS:
        whole = BY_NAME.get(one.within or "")
        part, total = answers.get(one.name), answers.get(one.within or "")
        if whole is not None and isinstance(part, int) and isinstance(total, int) and part > total:
            return (one.name, whole.name), Refusal(
                T(
                    "“{part}”{few}例，比“{whole}”{many}例还多，请再核对，比如：{example}。",
                    part=one.label,
                    few=part,
                    whole=whole.label,
                    many=total,
                    example=str(total),
                )
            )
    return None


# ── which quarter ───────────────────────────────────────────────────────────────────────────────────────


def _quarters(talk: Talk, context: Context) -> tuple[Choice, ...]:
    newest = Period.quarter_of(context.today)
    return tuple(Choice(one.name, plain(one.title)) for one in (newest.before(), newest))


def _read_quarter(text: str, today: date) -> Any:
    period = said_period(text, today)
    if period is None or "Q" not in period.name:
        return None
    if period.first > today:
        return Refusal(T("{period}还没开始，请再说一遍是哪个季度，比如：三季度。", period=period.title))
    return period.name


def _words(text: str, context: Context) -> dict[str, Any]:
    """What the message that starts it tells already."""
    period = _read_quarter(text, context.today)
    told: dict[str, Any] = {} if not isinstance(period, str) else {"period": period}
    return told | (only_counts(text) or {})


def only_counts(text: str) -> dict[str, int] | None:
    """Counts told by name in a message that says nothing else but for which quarter they are (报三季度季报：产后出血3):
    such words name conditions and speak of nobody."""
    return counts_in(_QUARTER.sub("", _ASKED.sub("", text, count=1)))


_QUARTER = re.compile(r"(?:20\d\d)?年?第?[一二三四1-4]季度?(?:的)?")


_ASKED = re.compile(
    r"(?:我们?)?(?:要|来)?(?:填报?|报|补|改|更正)(?:一下)?(?:20\d\d年?)?(?:上个?|本|这个?|第?[一二三四1-4])?(?:个)?(?:季度?)?(?:的)?(?:季报表?|季度报表?|季度数|附表[2二])"
    r"|^(?:20\d\d年?)?(?:上|本|第?[一二三四1-4])?(?:个)?(?:季度的?)?(?:季报表?|季度报表)(?:$|[:：\s])"
)


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (CountsFiled(speaker.place_id),) if speaker.place_id else ()


def _filed(talk: Talk, context: Context) -> CountsFact | None:
    """What her hospital filed for that quarter before."""
    place = context.speaker.place_id
    found = context.facts[CountsFiled(place)] if place else ()
    return next((one for one in found if one.period == talk.answers.get("period")), None)


def _settle(talk: Talk, context: Context) -> Settled:
    """The quarter that is over, unless she named another; what was filed for it stands until she says otherwise."""
    answers = talk.answers
    if context.speaker.place_id is None:
        return Ended(T("还不知道您是哪家机构的，请联系{county}。"))
    usual = Period.quarter_of(context.today).before().name
    talk.draw("period", usual)
    period = answers.get("period")
    if period is None or answers.get(_LOADED) == period:
        return None
    answers[_LOADED] = period
    before = _filed(talk, context)
    for one in HOSPITAL_COUNTS:
        talk.draw(one.name, before.counts.get(one.name) if before is not None else None)
    if before is None:
        return _HOW if not talk.begun else None
    return T("{period}您这里报过了，现在是下面这样。", period=_title(period))


_HOW = T(
    "一共10个数，按顺序问。可以一次报几个，用空格隔开；都没有就说“都是0”，不知道的说“跳过”。",
    sms=T("可一次报几个，空格隔开；不知道说“跳过”。"),
)


def _title(period: str) -> str:
    found = Period.read(period)
    return found.title if found is not None else period


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    shown: list[tuple[str | None, Text, Sayable]] = [
        ("period", T("季度"), plain(_title(talk.answers["period"])))
    ]
    for one in HOSPITAL_COUNTS:
        value = talk.answers.get(one.name)
        shown.append((one.name, one.label, T("未采集") if value is None else plain(str(value))))
    return shown


def _finish(talk: Talk, context: Context) -> Result:
    counts = {
        one.name: value for one in HOSPITAL_COUNTS if isinstance(value := talk.answers.get(one.name), int)
    }
    before = _filed(talk, context)
    if before is not None and dict(before.counts) == counts:
        return Result((Reply(T("和上次报的一样，没有改动。")),))
    if not counts:
        return Result((Reply(T("一个数都没有，就先不报了。知道了再说“填季报”。")),))
    said = T(
        "{period}的{count}个数报好了，县里汇总附表2时会用上。要改再说“填季报”。",
        sms=T("报好了，要改再说“填季报”。"),
        period=_title(talk.answers["period"]),
        count=len(counts),
    )
    return Result((Reply(said),), effects=(FileCounts(talk.answers["period"], counts),))


def _step(start: int, one: HospitalCount) -> Step:
    read: Callable[[str, date], Any] = partial(_read, start)
    return Step(
        one.name,
        T("{label}几例？", label=one.label),
        read=read,
        called=(one.label.id, *_CALLED.get(one.name, ())),
        help=T("说个数就行，比如：3；没有就说：没有。也可以一次报几个：3 0 2，或“产后出血3，子宫切除0”。"),
    )


_CALLED: Mapping[str, tuple[str, ...]] = {
    "haemorrhages": ("产后出血",),
    "unplanned_theatre": ("重返手术室",),
    "asphyxiated": ("窒息",),
    "critical_transfers": ("危重转诊",),
}

FLOW = Flow(
    "quarterly_counts",
    version=1,
    title=T("季报"),
    roles=frozenset({"institution"}),
    hears=lambda text, context: _ASKED.search(text) is not None,
    read_words=_words,
    example=T("· 填季报"),
    lookups=_lookups,
    settle=_settle,
    extra_fields=(_LOADED,),
    checks=(_within,),
    steps=(
        Step(
            "period",
            T("是哪个季度的？"),
            required=True,
            choices=_quarters,
            read=_read_quarter,
            help=T("比如：三季度。"),
        ),
        *(_step(number, one) for number, one in enumerate(HOSPITAL_COUNTS)),
        ReadBack(_show),
    ),
    finish=_finish,
)

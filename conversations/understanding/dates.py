"""Days, weeks of pregnancy and clock times that a message names.

For days, every way of naming one is a form: a pattern that finds it and a small reader that says which day
it is (`written_days`: 9月3号, 2026.9.3, 农历八月十五; `spoken_days`: 昨晚, 上周五, 国庆后三天;
`english_days`). A day that does not exist is refused, a stretch too long to be a day (月底, 上个月) asks for
the day, and words with two honest readings are `Ambiguous`.
"""

from __future__ import annotations

import re
from datetime import date

from conversations.understanding import english_days, spoken_days, written_days
from conversations.understanding.calendars import Prefer
from conversations.understanding.found import Found
from conversations.understanding.normalise import simplify
from conversations.understanding.said import FIGURES, Form, Period, Said, impossible, which_day
from conversations.understanding.times import find_times
from conversations.understanding.weeks import Weeks, due_from_lmp, find_weeks, lmp_from_due, lmp_from_weeks

__all__ = [
    "Period",
    "Weeks",
    "due_from_lmp",
    "find_dates",
    "find_periods",
    "find_times",
    "find_weeks",
    "lmp_from_due",
    "lmp_from_weeks",
]

_BY_FIRST: dict[str, tuple[Form, ...]] = {}
for _form in (*written_days.FORMS, *spoken_days.FORMS, *english_days.FORMS):
    for _character in set(_form.first):
        _BY_FIRST[_character] = (*_BY_FIRST.get(_character, ()), _form)
# No form begins in the middle of a number.
_FIRST = re.compile(f"(?<![0-9])[0-9]|[{''.join(sorted(_BY_FIRST.keys() - set(FIGURES)))}]")
# A message without any of these names no day, so most are done with after one search.
_HINT = re.compile(
    "[0-9月天日号历昨今周期拜节初廿夕秋午庆旦晚夜早前后]|五一|六一|元宵|圣诞|重阳|清明|冬至|夏至|立[春夏秋冬]"
    "|腊八|端阳|年三十|[A-Za-z]{3}"
)


def _scan(text: str, today: date, prefer: Prefer) -> list[Found[date | Period]]:
    found: list[Found[date | Period]] = []
    plain = simplify(text)
    if not _HINT.search(plain):
        return found
    position = 0
    while first := _FIRST.search(plain, position):
        position = first.end()
        for one in _BY_FIRST[first.group()]:
            match = one.pattern.match(plain, first.start())
            if match is None:
                continue
            position = match.end()
            try:
                value = one.read(Said(match, today, prefer))
            except (ValueError, OverflowError):
                value = impossible(match.group())
            if value is not None:
                found.append(Found(value, match.start(), match.end(), text[match.start() : match.end()]))
            break
    return found


def find_dates(text: str, today: date, *, prefer: Prefer = "past") -> list[Found[date]]:
    """The days `text` names, in their order, relative ones seen from `today`.

    A month and day without a year is the latest one not after `today`, or with `prefer="future"` (due dates,
    appointments) the next one not before it. Stretches of days (月底, 上个月, 上周) are refused, asking
    which day; a bare 这个月 or 这周 names no day and is left to `find_periods`. Where either calendar may be
    meant (九月十五), or either day (昨晚两点, 上周末), the value is `Ambiguous("date", …)` with ISO dates.
    """
    found: list[Found[date]] = []
    for one in _scan(text, today, prefer):
        if not isinstance(one.value, Period):
            found.append(Found(one.value, one.start, one.end, one.text))
        elif simplify(one.text) not in _NOW:
            found.append(Found(which_day(one.text), one.start, one.end, one.text))
    return found


_NOW = frozenset(
    this + unit for this in "这本当" for unit in ("月", "个月", "周", "星期", "个星期", "礼拜", "个礼拜")
)


def find_periods(text: str, today: date, *, prefer: Prefer = "past") -> list[Found[Period]]:
    """The stretches of days `text` names (9月, 上个月底, 下周), for questions about the roster."""
    return [
        Found(one.value, one.start, one.end, one.text)
        for one in _scan(text, today, prefer)
        if isinstance(one.value, Period)
    ]

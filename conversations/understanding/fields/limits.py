"""What a value may be: dates of a pregnancy, ages, weights; and what is wrong with it where it cannot be."""

from __future__ import annotations

from datetime import date, timedelta

from conversations.text import Ambiguous, Refusal, T

from ..numerals import number
from ..said import century

YOUNGEST, OLDEST = 10, 60
"""Age in years of a woman who may be pregnant or have been; outside it is a slip."""
LIGHTEST, HEAVIEST = 300, 7000
"""Birth weight in grams."""
FIRST_WEEK, LAST_WEEK = 3, 43
"""Completed weeks of pregnancy that can be told."""


def check_lmp(day: date, today: date) -> Refusal | None:
    """A last menstruation lies in the past, and not over 43 weeks back."""
    if day > today:
        return Refusal(T("末次月经{day}还没到。请说已经过去的日子，比如 9月3号。", day=day))
    if (today - day).days > LAST_WEEK * 7 + 6:
        return Refusal(T("末次月经{day}到今天超过43周了。请再看一下，比如 9月3号。", day=day))
    return None


def check_due(day: date, today: date) -> Refusal | None:
    """A due date lies between three weeks ago and 41 weeks from today."""
    if not today - timedelta(weeks=3) <= day <= today + timedelta(weeks=41):
        return Refusal(T("预产期{day}离今天太远。预产期应在今后41周以内，比如 明年6月10号。", day=day))
    return None


def check_weeks(weeks: float) -> Refusal | None:
    """Weeks of pregnancy are 3 to 43."""
    if not FIRST_WEEK <= weeks <= LAST_WEEK:
        return Refusal(T("孕{weeks}周不大可能。孕周在3到43之间，比如 12周加3天。", weeks=weeks))
    return None


def check_age(age: float) -> Refusal | None:
    """A woman this is about is 10 to 60 years old."""
    if not YOUNGEST <= age <= OLDEST:
        return Refusal(T("{age}岁不大可能。请说她的周岁，比如 28。", age=age))
    return None


def check_weight(grams: float) -> Refusal | None:
    """A birth weight is 300 to 7000 grams."""
    if not LIGHTEST <= grams <= HEAVIEST:
        return Refusal(T("出生体重{grams}克不大可能。请再看一下，比如 6斤8两 或 3200克。", grams=grams))
    return None


OLDEST_OF_ALL = 120
YEAR = r"(?<![\d〇零一二三四五六七八九十])((?:19|20)\d\d|\d\d|[一二][九〇零][〇零一二三四五六七八九]{2}|[〇零五六七八九][〇零一二三四五六七八九])"


def years_old(born: int, today: date) -> Ambiguous | Refusal:
    """The age of a woman born in the year `born`: two answers, by whether her birthday is over."""
    years = today.year - born
    return check_age(years) or Ambiguous(
        "age",
        (
            (years, T("{n}周岁，今年生日已经过了", n=years)),
            (years - 1, T("{n}周岁，今年生日还没到", n=years - 1)),
        ),
    )


def birth_year(words: str, today: date) -> int:
    """The year of 1998, 98 or 九八."""
    year = int("".join(str(number(digit)) for digit in words))
    return year if year > 99 else century(year, today)

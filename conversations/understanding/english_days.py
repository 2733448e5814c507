"""Days in English: Sep 3, 3 September 2026, yesterday, 3 days ago, last Friday."""

from __future__ import annotations

from datetime import date, timedelta
from string import ascii_letters

from conversations.understanding.calendars import lunar_day, lunar_without_year, solar_without_year
from conversations.understanding.said import FIGURES, Reading, Said, form, impossible

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_ON = {"today": 0, "tonight": 0, "yesterday": -1, "last night": -1, "tomorrow": 1}


def _month_day(said: Said) -> Reading:
    word, day = said["month"] or "", int(said["day"] or 0)
    month = int(word) if word.isdigit() else _MONTHS.index(word[:3].lower()) + 1
    try:
        if said["lunar"] or said["after"]:
            if said["year"]:
                return lunar_day(int(said["year"]), month, day)
            return lunar_without_year(month, day, False, said.today, said.prefer)
        if said["year"]:
            return date(int(said["year"]), month, day)
        return solar_without_year(month, day, said.today, said.prefer)
    except ValueError:
        return impossible(said.words)


def _named_day(said: Said) -> Reading:
    return said.today + timedelta(days=_DAYS_ON[said.words.lower()])


def _counted(said: Said) -> Reading:
    return said.today - timedelta(days=int(said["count"] or 0) * (1 if said["unit"] in ("d", "D") else 7))


def _weekday(said: Said) -> Reading:
    """Friday, last Friday: before today; next Friday: after it."""
    away = (_WEEKDAYS.index((said["weekday"] or "")[:3].lower()) - said.today.weekday()) % 7
    which = (said["which"] or "").lower()
    if which == "next" or (not which and (said.prefer == "future" or not away)):
        return said.today + timedelta(days=away or (7 if which else 0))
    return said.today + timedelta(days=away - 7)


_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,? ?(?P<year>(?:19|20)[0-9]{2})(?![0-9]))?"
_LUNAR = r"(?P<lunar>lunar)(?: calendar| date)?[,:]?"
_AFTER = r"(?P<after>,? \(?(?:in the |by the )?lunar(?: calendar)?\)?)?"

FORMS = (
    # The 15th of the 8th lunar month is nobody's 15 August, in whatever language.
    form(ascii_letters, rf"(?i:\b{_LUNAR} ?(?P<month>[0-9]{{1,2}})[./\-]{_DAY}(?![0-9]){_YEAR})", _month_day),
    form(
        FIGURES + ascii_letters,
        rf"(?i:(?<![0-9])(?:the )?{_DAY}(?: day)? of (?:the )?(?P<month>[0-9]{{1,2}})(?:st|nd|rd|th) (?P<lunar>lunar) month)",
        _month_day,
    ),
    form(ascii_letters, rf"(?i:\b{_LUNAR} ?{_DAY}[ \-]?(?:of )?{_MONTH}{_YEAR})", _month_day),
    form(ascii_letters, rf"(?i:\b(?:{_LUNAR} ?)?{_MONTH} ?{_DAY}(?![0-9]){_YEAR}{_AFTER})", _month_day),
    form(FIGURES, rf"(?i:(?<![0-9]){_DAY}[ \-]?(?:of )?{_MONTH}{_YEAR}{_AFTER})", _month_day),
    form(ascii_letters, r"(?i:\b(?:today|tonight|yesterday|last night|tomorrow)\b)", _named_day),
    form(FIGURES, r"(?i:(?<![0-9])(?P<count>[0-9]{1,3}) (?P<unit>[dw])(?:ays?|eeks?) ago\b)", _counted),
    form(
        ascii_letters,
        r"(?i:\b(?:(?P<which>last|next) )?"
        r"(?P<weekday>mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b)",
        _weekday,
    ),
)

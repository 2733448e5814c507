"""A county's own programme files and holidays, read once at the start."""

from __future__ import annotations

from typing import Final

from bot.refusals import CommandRefused
from bot.settings import ProgrammeSettings, Settings
from conversations.care.calendar import BadHolidays, install_holidays
from conversations.care.programme import NATIONAL, BadProgramme, install, programme, read
from storage.organisation import Organisation

TELEGRAM: Final = "telegram"


class BadProgrammes(CommandRefused):
    """A file of the county's cannot be used; the message names it, the key and what is wrong."""


def install_programmes(settings: ProgrammeSettings) -> None:
    """Add the county's programmes and holidays to ours. Raises `BadProgrammes`."""
    key = "programmes.directory"
    try:
        if settings.directory is not None:
            install(read(settings.directory))
        if settings.holidays is not None:
            key = "programmes.holidays"
            install_holidays(settings.holidays.read_text("utf-8"))
    except (BadProgramme, BadHolidays) as wrong:
        raise BadProgrammes(f"{key}: {wrong}; see docs/programmes.md") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadProgrammes(f"{key}: cannot be read: {error}; see docs/programmes.md") from None


def loosened(settings: Settings, organisation: Organisation) -> list[str]:
    """What the configuration would show where a programme in use masks it: key, value, what to do. It may be stricter
    than the programmes, never looser."""
    if settings.telegram is None or settings.telegram.masked is not False:
        return []
    used = {organisation.programme_of(place) for place in organisation.places} or {NATIONAL}
    return [
        f"telegram.masked = False: programme {name!r} masks people there ([masking.{TELEGRAM}] people = true), and a "
        "configuration may only be stricter; remove the key, or have the county decide it in its own programme file, "
        "see docs/programmes.md"
        for name in sorted(used)
        if programme(name).masked(TELEGRAM).people
    ]

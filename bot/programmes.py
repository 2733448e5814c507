"""A county's own programme files and holidays, read once at the start."""

from __future__ import annotations

from bot.refusals import CommandRefused
from bot.settings import ProgrammeSettings
from conversations.care.calendar import BadHolidays, install_holidays
from conversations.care.programme import BadProgramme, install, read


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

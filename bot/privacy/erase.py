"""`yunguan erase`: one woman by her wish, or all who were kept long enough; asked once more before anything goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.privacy.erased import Erased, Why, remember
from bot.privacy.erasing import Plan, forget, long_gone, plan
from bot.privacy.whom import find
from bot.refusals import CommandRefused
from storage.database import Database, StillRead
from storage.occupancy import InUse, alone
from storage.organisation import load_organisation

FEWEST_YEARS = 3
"""The least `--older-than`: figures of past years are asked for again for so long. (u)"""
SHORTEST_REASON = 4
"""Characters a reason for --force has at least: 本人要求."""
YEAR = timedelta(days=365.25)


class ErasureRefused(CommandRefused):
    """Nobody was erased; the message says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. `person` (with `place`, the village, where it is a name), or `years`."""

    person: str | None = None
    place: str | None = None
    years: int | None = None
    force: bool = False
    reason: str = ""


async def erase(
    database: Database,
    key_file: Path,
    wanted: Wanted,
    now: datetime,
    tell: Callable[[str], None],
    confirmed: Callable[[str], bool],
) -> int:
    """Erase who is meant, once `confirmed` says so; how many were. Raises `ErasureRefused`, `NotPossible`."""
    try:
        async with alone(database):
            return await _erase(database, key_file, wanted, now, tell, confirmed)
    except InUse as error:
        raise ErasureRefused(str(error)) from None
    except StillRead as error:
        raise ErasureRefused(
            f"erased, but {error}, and run the same again with --person ID: till then old pages lie in the files"
        ) from None


async def _erase(
    database: Database,
    key_file: Path,
    wanted: Wanted,
    now: datetime,
    tell: Callable[[str], None],
    confirmed: Callable[[str], bool],
) -> int:
    if (wanted.person is None) == (wanted.years is None):
        raise ErasureRefused("give --person (an id, or a name with --place), or --older-than YEARS")
    if wanted.force and len(wanted.reason.strip()) < SHORTEST_REASON:
        raise ErasureRefused(
            f"--force needs --reason, for the minutes of the county: at least {SHORTEST_REASON} characters"
        )
    why: Why = "wish" if wanted.person is not None else "retention"
    plans = await _plans(database, wanted, now, tell)
    if not plans:
        tell("nobody to erase")
        return 0
    if not confirmed(f"{len(plans)} to be erased; this cannot be taken back"):
        raise ErasureRefused("not confirmed: nobody was erased")
    remember(key_file, [Erased(one.woman_id, now, why) for one in plans])
    organisation = await load_organisation(database.reading)
    for one in plans:
        async with database.transaction() as tx:
            await forget(tx, organisation, one.woman_id, now, why)
        tell(f"{one.woman_id}: erased")
    await database.compact()
    tell(
        "the county system keeps what it was told: ask it to erase her, too; "
        "backups made before keep her until they expire, and restore erases her again"
    )
    return len(plans)


async def _plans(
    database: Database, wanted: Wanted, now: datetime, tell: Callable[[str], None]
) -> Sequence[Plan]:
    if wanted.person is not None:
        one = await plan(database, (await find(database, wanted.person, wanted.place)).id, now)
        _show(one, tell)
        if one.hindrances and not wanted.force:
            raise ErasureRefused(
                "\n".join(["not now:", *one.hindrances, "to erase her all the same: --force --reason WHY"])
            )
        return [one]
    assert wanted.years is not None
    if wanted.years < FEWEST_YEARS:
        raise ErasureRefused(f"--older-than {wanted.years}: at least {FEWEST_YEARS} years")
    found = []
    for woman_id in await long_gone(database, now - wanted.years * YEAR):
        one = await plan(database, woman_id, now)
        if one.hindrances:
            tell(f"{woman_id}: left out: {'; '.join(one.hindrances)}")
        else:
            _show(one, tell)
            found.append(one)
    return found


def _show(one: Plan, tell: Callable[[str], None]) -> None:
    """What goes and what stays, by ids and counts."""
    rows = ", ".join(f"{table} {count}" for table, count in one.rows.items()) or "nothing"
    tell(f"{one.woman_id} in {one.village_id or 'no village'}: {rows}")
    tell("  goes: name, ID number, phones, accounts, messages, drafts, what was written about her")
    tell("  stays: her reports without her, for the figures of the papers; the audit log, by her id")
    if one.deaths:
        tell(
            f"  {one.deaths} reports of a death: the county keeps them by law and has them; here only figures stay"
        )

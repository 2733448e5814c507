"""RC 三(二)1(1): a township without midwifery directs her on from 24 weeks; the organisation says which has it."""

from __future__ import annotations

import pytest

from storage.cases import load_cases
from storage.models import Place, Pregnancy
from storage.organisation import load_organisation, save_places
from tests.support.town import Town, person

COORDINATOR = person("coordinator-1")


async def ruled_by(town: Town, programme: str, midwifery: bool | None) -> None:
    async with town.database.transaction() as tx:
        county = await Place.get(id="xf", using_db=tx)
        clinic = await Place.get(id="xf-gupo-clinic", using_db=tx)
        county.programme, clinic.midwifery = programme, midwifery
        await save_places(tx, [county, clinic])


@pytest.mark.parametrize(
    ("programme", "midwifery", "directed_on"),
    [
        ("rencheng", None, True),
        ("rencheng", False, True),
        ("rencheng", True, False),
        ("xinfeng", None, False),
        ("xinfeng", False, False),
    ],
)
async def test_she_is_directed_on_where_nobody_can_deliver(
    town: Town, programme: str, midwifery: bool | None, directed_on: bool
) -> None:
    await ruled_by(town, programme, midwifery)
    await town.say(COORDINATOR, "李梅怀孕了，28岁，末次月经9月3号", "就这些", "对")
    reading = town.database.reading
    organisation = await load_organisation(reading)
    case = await Pregnancy.get(using_db=reading)
    loaded = await load_cases(reading, [case.id], organisation, ["chat", "sms"])
    assert loaded[case.id].case.course.no_midwifery is directed_on

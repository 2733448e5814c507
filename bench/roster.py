# ruff: noqa: T201
"""A township's question to the roster, with so many women in the table.

python -m bench.roster WOMEN SECONDS        prints one JSON line; times in seconds

The township has 1,000 of them in 20 villages, whatever the size of the whole: a third pregnant, the others delivered
long ago. The database is a file of its own, encrypted as always.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median

import orjson

from bench.dialogue import name
from conversations.asking.question import Question
from conversations.facts import RosterAsked
from storage.bulk import insert_many
from storage.crypto import Keyring
from storage.database import Database, open_database
from storage.migrate import migrate
from storage.models import Place, Pregnancy, Woman
from storage.organisation import load_organisation, save_places
from storage.queries import answer

VILLAGE = 50
"""Women of one village."""
TOWNSHIP = 20
"""Villages of one township."""
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
BATCH = 5_000


async def settle(database: Database, women: int) -> None:
    """The places, and the women in them."""
    villages = max(women // VILLAGE, TOWNSHIP)
    places = [Place(id="xf", kind="county", name="信丰县", programme="xinfeng")]
    for number in range(villages):
        township = f"t{number // TOWNSHIP}"
        if number % TOWNSHIP == 0:
            places.append(
                Place(id=township, parent_id="xf", kind="township", name=f"第{number // TOWNSHIP}镇")
            )
        places.append(Place(id=f"v{number}", parent_id=township, kind="village", name=f"第{number}村"))
    async with database.transaction() as tx:
        await save_places(tx, places)
    for first in range(0, women, BATCH):
        rows = list(_women(database, range(first, min(first + BATCH, women)), villages))
        async with database.transaction() as tx:
            await insert_many(tx, Woman, [woman for woman, _ in rows])
            await insert_many(tx, Pregnancy, [pregnancy for _, pregnancy in rows])


def _women(database: Database, numbers: range, villages: int) -> Iterator[tuple[Woman, Pregnancy]]:
    """Village after village has its next woman, so that those of one village lie far apart in the table."""
    chance, blind = Random(numbers.start), database.keyring.blind  # noqa: S311 (no secret)
    for number in numbers:
        called, phone = name(number), f"199{number:08d}"
        pregnant = chance.random() < 1 / 3
        lmp = TODAY - timedelta(days=chance.randint(20, 280) if pregnant else chance.randint(500, 1500))
        told = lmp + timedelta(days=chance.randint(20, 90))
        her = {
            "alive": True, "name": called, "phone": phone, "birth_date": f"{chance.randint(1985, 2004)}-05-06",
            "migrant": False,
        }  # fmt: skip
        details: dict[str, object] = {
            "registered": min(told, TODAY).isoformat(), "lmp": lmp.isoformat(), "booked": chance.random() < 0.8,
            "para": chance.randint(0, 2), "colour": chance.choice(("green", "green", "yellow", "orange", "red")),
        }  # fmt: skip
        if not pregnant:
            end = (lmp + timedelta(days=275)).isoformat()
            details |= {"ended": "birth", "end_date": end, "end_told": end}
            told = lmp + timedelta(days=275)
        woman = Woman(
            id=f"w{number:08d}",
            village_id=f"v{number % villages}",
            name_index=blind("name", called),
            phone_index=blind("phone", phone),
            details=her,
            version=1,
            updated_at=datetime(told.year, told.month, told.day, tzinfo=UTC),
        )
        yield woman, Pregnancy(id=f"p{number:08d}", woman_id=woman.id, open=pregnant, details=details)


QUESTIONS = {
    "list": Question(),
    "filtered": Question(high_risk=True, overdue=True),
    "named": Question(woman_name=name(0)),
}


async def measure(database: Database, seconds: float) -> dict[str, float]:
    """The median time of each question, asked again and again, and that of the processor for it."""
    organisation = await load_organisation(database.reading)
    villages = tuple(place.id for place in organisation.villages_under("t0"))
    found: dict[str, float] = {}
    for what, question in QUESTIONS.items():
        asked = RosterAsked(villages, question, TODAY, True)
        taken: list[float] = []
        worked: list[float] = []
        total = 0
        until = time.perf_counter() + seconds
        while time.perf_counter() < until or len(taken) < 3:
            start, processor = time.perf_counter(), time.process_time()
            total = (await answer(database.reading, [asked], NOW, organisation))[asked][0].total
            taken.append(time.perf_counter() - start)
            worked.append(time.process_time() - processor)
        if not total:
            raise RuntimeError(f"{what}: nobody found")
        found[what], found[f"{what}_cpu"] = median(taken), median(worked)
        found[f"{what}_women"] = total
    return found


async def main(women: str, seconds: str) -> None:
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        database = await open_database(f"sqlite://{Path(folder) / 'bench.db'}", Keyring.generate())
        try:
            await migrate(database)
            await settle(database, int(women))
            print(orjson.dumps(await measure(database, float(seconds))).decode())
        finally:
            await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

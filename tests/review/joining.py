"""Getting a code and using it."""

from __future__ import annotations

import re

from storage.models import Address
from tests.support.town import Somebody, Town


async def code_from(town: Town, issuer: Somebody, *answers: str) -> str:
    """Have `issuer` make a code."""
    said = await town.say(issuer, "发加入码", *answers, "对")
    found = re.search(r"(?:加入码：|Code: )(\d{4} \d{4})", said[-1])
    assert found, said
    return found[1]


async def stranger(town: Town, address: str, first: str) -> Somebody:
    """Somebody nobody knows, who has written `first`."""
    nobody = Somebody("", address)
    assert await town.submit(town.inbound(nobody, first)) == [None]
    for row in await Address.all().using_db(town.database.reading):
        if row.address == address:
            return Somebody(row.contact_id, address)
    raise AssertionError("no contact was made")

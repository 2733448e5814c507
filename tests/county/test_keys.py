"""The county's keys: shown once, kept as hashes, two valid at a time."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from datetime import timedelta

import pytest

from bot import demo
from bot.county import keys
from storage.database import Database
from storage.models import CountyKey
from tests.support.clock import FakeClock

COUNTY = "xf"


@pytest.fixture(autouse=True)
async def county(database: Database, clock: FakeClock) -> None:
    await demo.seed(database, clock)


async def make(database: Database, clock: FakeClock) -> str:
    return await keys.make(database, COUNTY, clock(), os.urandom)


async def test_a_key_names_its_county(database: Database, clock: FakeClock) -> None:
    key = await make(database, clock)
    caller = await keys.caller(database, key)
    assert caller is not None
    assert caller.place_id == COUNTY
    (row,) = await CountyKey.all().using_db(database.reading)
    assert row.id == caller.key_id
    secret = b64decode(key.removeprefix("whsec_"))
    assert len(secret) == 32
    for kept in (row.id, row.key_index):
        assert kept not in key
        assert kept not in (secret.hex(), b64encode(secret).decode())


async def test_two_are_valid_while_one_replaces_the_other(database: Database, clock: FakeClock) -> None:
    first = await make(database, clock)
    clock.advance(days=90)
    second = await make(database, clock)
    assert await keys.caller(database, first)
    assert await keys.caller(database, second)
    with pytest.raises(keys.KeyNotPossible, match="revoke"):
        await make(database, clock)
    caller = await keys.caller(database, first)
    assert caller is not None
    await keys.revoke(database, caller.key_id, clock())
    assert await keys.caller(database, first) is None
    assert await keys.caller(database, second)
    third = await make(database, clock)
    assert await keys.caller(database, third)
    shown = await keys.lines(database)
    assert [line.rsplit("\t", 1)[1] for line in shown].count("valid") == 2
    assert not any(part in line for line in shown for part in (first[6:20], second[6:20], third[6:20]))


@pytest.mark.parametrize("guess", ["", "whsec_", "whsec_????", "whsec_" + "A" * 43 + "=", "天", "whsec_AAAA"])
async def test_a_guess_is_nobody(database: Database, clock: FakeClock, guess: str) -> None:
    await make(database, clock)
    assert await keys.caller(database, guess) is None


async def test_only_a_county_has_keys(database: Database, clock: FakeClock) -> None:
    for place in ("xf-gupo", "nowhere"):
        with pytest.raises(keys.KeyNotPossible, match="not a county"):
            await keys.make(database, place, clock(), os.urandom)


async def test_a_key_is_revoked_once(database: Database, clock: FakeClock) -> None:
    key = await make(database, clock)
    caller = await keys.caller(database, key)
    assert caller is not None
    await keys.revoke(database, caller.key_id, clock() + timedelta(days=1))
    with pytest.raises(keys.KeyNotPossible, match="list"):
        await keys.revoke(database, caller.key_id, clock())

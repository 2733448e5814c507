"""Fixtures for all tests."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from storage.crypto import Keyring
from storage.database import Database
from storage.ids import IdSource
from tests.support import overheard
from tests.support.clock import FakeClock
from tests.support.databases import (
    fixed_keyring,
    fresh_postgres,
    no_power_cut,
    on_postgres,
    opened,
    sqlite_url,
)
from tests.support.postgres import NoPostgres, Server, server

_LOGGING = structlog.get_config()
overheard.at_every_close()
no_power_cut()
hypothesis.settings.register_profile("untimed", deadline=None)  # a loaded machine finds no bugs
hypothesis.settings.load_profile("untimed")


def pytest_runtest_setup() -> None:
    """What a command set up for its own log goes no further than its test."""
    structlog.configure(**_LOGGING)


@pytest.fixture(autouse=True)
def nothing_is_said_that_must_not_be() -> Iterator[None]:
    """Every message written in this test may be read by whoever reads it (tests/support/overheard.py)."""
    overheard.take()
    yield
    found = overheard.take()
    assert not found, "\n".join(found)


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at 10:00 on 22 November 2026 in Shanghai."""
    return FakeClock()


@pytest.fixture
def ids() -> IdSource:
    """Ids that count up."""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"


@pytest.fixture
def keyring() -> Keyring:
    """The keys of every test."""
    return fixed_keyring()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server of this test run (one for each xdist worker)."""
    try:
        with server() as running:
            yield running
    except NoPostgres as reason:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(reason))


@pytest.fixture
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty database; of a migrated one on PostgreSQL where the test takes `database` too."""
    if on_postgres():
        migrated = "database" in request.fixturenames
        async with fresh_postgres(request.getfixturevalue("postgres_server"), migrated=migrated) as url:
            yield url
    else:
        yield sqlite_url(tmp_path)


@pytest.fixture
async def database(database_url: str, keyring: Keyring) -> AsyncIterator[Database]:
    """A migrated database."""
    async with opened(database_url, keyring) as db:
        yield db

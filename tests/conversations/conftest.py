from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage.crypto import Keyring
from tests.support.databases import fixed_keyring
from tests.support.golden import copied, prepare


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database every golden conversation begins with."""
    folder = tmp_path_factory.mktemp("prepared")
    asyncio.run(prepare(folder, fixed_keyring()))
    return folder


@pytest.fixture
def stage_folder(prepared: Path, tmp_path: Path, keyring: Keyring) -> Path:
    """A fresh copy of it."""
    return copied(prepared, tmp_path)

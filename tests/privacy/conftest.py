"""A county with its keys in one folder and its data in another, as an operator has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.crypto import Keyring


@pytest.fixture
def key_file(tmp_path_factory: pytest.TempPathFactory, keyring: Keyring) -> Path:
    """The keys of the tests, in a file."""
    path = tmp_path_factory.mktemp("keys", numbered=True) / "yunguan.keys"
    keyring.to_file(path)
    return path


@pytest.fixture
def told() -> list[str]:
    """What a command told."""
    return []

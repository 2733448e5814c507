"""Every golden conversation, played through engine, pipeline and storage (tests/support/golden.py)."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from storage.crypto import Keyring
from tests.support.golden import Golden, Stage, goldens

ALL = goldens()


@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.name)
async def test_it_is_played_as_written(golden: Golden, stage_folder: Path, keyring: Keyring) -> None:
    stage = Stage(stage_folder, keyring, golden)
    played = await stage.play()
    if os.environ.get("GOLDEN_UPDATE"):
        golden.path.write_text(played, encoding="utf-8")
    assert not stage.complaints
    difference = difflib.unified_diff(
        golden.text.splitlines(), played.splitlines(), "written", "played", lineterm="", n=6
    )
    assert golden.text == played, "\n" + "\n".join(difference)

"""Every golden conversation, played through engine, pipeline and storage (tests/support/golden.py)."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import pytest

from storage.crypto import Keyring
from tests.support.golden import Golden, Stage, goldens, settled

ALL = goldens()


@pytest.mark.parametrize("golden", ALL, ids=lambda golden: golden.name)
async def test_it_is_played_as_written(golden: Golden, stage_folder: Path, keyring: Keyring) -> None:
    stage = Stage(stage_folder, keyring, golden)
    played = await stage.play()
    written, settled_played = settled(golden.text), settled(played)
    if os.environ.get("GOLDEN_UPDATE") and written != settled_played:
        golden.path.write_text(played, encoding="utf-8")
    assert not stage.complaints
    difference = difflib.unified_diff(written, settled_played, "written", "played", lineterm="", n=6)
    assert written == settled_played, "\n" + "\n".join(difference)

"""A county in which nothing waits for the township's word: Xinfeng's programme but for that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bot.demo import COUNTY_ID
from conversations.care.programme import install
from storage.database import Database
from storage.models import Place

PROMPT: Final = "prompt"
_TEXT = """
title = "不等核实的县"
inherits = "xinfeng"

[verification]
events = []
unverified = true
"""


def prompt_programme(folder: Path) -> str:
    """Write the programme there; the table of a configuration that takes it."""
    folder.mkdir()
    (folder / f"{PROMPT}.toml").write_text(_TEXT, "utf-8")
    return f'\n[programmes]\ndirectory = "{folder}"\n'


def install_prompt() -> None:
    """Let this process know the programme."""
    install({PROMPT: _TEXT})


async def nothing_waits(database: Database, county: str = COUNTY_ID) -> None:
    """Have a county that is written follow it, before anything reads its places. What waits elsewhere is
    tests/county/test_holding.py's."""
    install_prompt()
    async with database.transaction() as tx:
        await Place.filter(id=county).using_db(tx).update(programme=PROMPT)

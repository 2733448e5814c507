"""A link on paper, as the operator makes it: it opens like a colleague's, and its file says nothing of whose it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.link_paper import draw, make_link
from bot.organise import NotPossible
from storage.care_facts import LINKS
from storage.models import Setting, WomanLink
from tests.support.registrar import Registrar
from tests.support.town import VILLAGE, Town

ADDRESS = "https://t.me/example_bot?start="


async def connected(town: Town) -> None:
    async with town.database.transaction() as tx:
        await Setting.create(key=LINKS, value=ADDRESS, using_db=tx)


async def test_it_is_made_for_the_one_woman_of_that_name(town: Town, clerk: Registrar) -> None:
    await clerk.found()
    with pytest.raises(NotPossible, match="no chat"):
        await make_link(town.database, VILLAGE, "李梅", town.clock())
    await connected(town)
    with pytest.raises(NotPossible, match="nobody"):
        await make_link(town.database, VILLAGE, "王芳", town.clock())
    link = await make_link(town.database, VILLAGE, "李梅", town.clock())
    assert link.startswith(ADDRESS)
    assert "李" not in link
    again = await make_link(town.database, VILLAGE, "李梅", town.clock())
    rows = await WomanLink.all().using_db(town.database.reading).order_by("created_at", "id")
    assert sorted(row.state for row in rows) == ["open", "refused"]
    assert again != link


@pytest.mark.parametrize(("name", "begins"), [("code.svg", b"<?xml"), ("code.png", b"\x89PNG")])
def test_its_picture_is_for_its_owner_only(tmp_path: Path, name: str, begins: bytes) -> None:
    out = tmp_path / name
    said: list[str] = []
    draw(ADDRESS + "0" * 32, out, said.append)
    assert out.read_bytes().startswith(begins)
    assert out.stat().st_mode & 0o777 == 0o600
    assert said == [str(out)]


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match=r"\.svg or \.png"):
        draw(ADDRESS, tmp_path / "code.txt", print)


def test_it_is_drawn_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    draw(ADDRESS + "0" * 32, None, print)
    assert set(capsys.readouterr().out) & set("█▀▄")

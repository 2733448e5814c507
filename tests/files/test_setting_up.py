"""Where links lead must be set, and be safe: the settings and the doctor say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import demo
from bot.doctor import examine
from bot.settings import BadSettings, Settings, load_settings
from storage.database import Database
from tests.support.clock import FakeClock


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("", "warn"),
        ("http://yg.example.cn", "fail"),
        ("http://127.0.0.1:8080", "ok"),
        ("https://yg.example.cn", "ok"),
        ("https://county.example.cn/yg/", "ok"),
    ],
)
async def test_the_doctor_looks_at_the_address(
    database: Database, database_url: str, clock: FakeClock, url: str, level: str
) -> None:
    await demo.seed(database, clock)
    tables = {"database": {"url": database_url, "keys": "/elsewhere/keys"}, "http": {"public_url": url}}
    findings = await examine(database, Settings(**tables), clock())  # type: ignore[arg-type]
    assert [one.level for one in findings if one.check == "files"] == [level]


@pytest.mark.parametrize(
    "url", ["yg.example.cn", "ftp://yg.example.cn", "https://", "https://a.cn/?x=1", "https://a.cn/#x"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(
        f'[database]\nurl = "sqlite:////var/lib/yunguan/yunguan.db"\nkeys = "/etc/keys"\n[http]\npublic_url = "{url}"\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    with pytest.raises(BadSettings, match=r"http\.public_url = .*like https://yg\.example\.cn"):
        load_settings(path)

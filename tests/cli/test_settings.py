"""A wrong or unknown key stops the start with its name, its value and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import BadSettings, load_settings
from tests.support.botapi import TOKEN
from tests.support.receiver import SECRET

GOOD = '[database]\nurl = "sqlite:////var/lib/yunguan/data/yunguan.db"\nkeys = "/etc/yunguan/keys"\n'


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("YUNGUAN_"):
            monkeypatch.delenv(name)


def config(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "yunguan.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[http]\nport = 80800\n", ("http.port = 80800", "65535")),
        ('[http]\nport = "many"\n', ("http.port = 'many'", "a number from 1 to 65535")),
        ('[http]\nhots = "0.0.0.0"\n', ("http.hots = '0.0.0.0'", "check its spelling")),
        ("[htpp]\nport = 80\n", ("htpp = (not shown)", "check its spelling")),
        ('[log]\nlevel = "loud"\n', ("log.level = 'loud'", "'debug', 'info'", "docs/configuration.md")),
        (
            '[telegram]\nmode = "polling"\n',
            ("telegram.token", "add it", "@BotFather", "YUNGUAN_TELEGRAM__TOKEN"),
        ),
        ('[telegram]\ntoken = "abc"\n', ("telegram.token = (not shown)", "@BotFather")),
        (
            f'[telegram]\ntoken = "{TOKEN}"\nmode = "webhook"\nwebhook_secret = "short"\n',
            (
                "telegram.public_url = ''",
                "https address",
                "telegram.webhook_secret = (not shown)",
                "16 to 256",
            ),
        ),
        (
            '[telegram]\ntoken = "x"\nmode = "pigeon"\n',
            ("telegram.mode = 'pigeon'", "'polling' or 'webhook'"),
        ),
        ('[county]\nurl = "county.example"\nsecret = "x"\n', ("county.url = 'county.example'", "^https?://")),
        ('[county]\nurl = "https://c.example"\nsecret = "hush"\n', ("county.secret = (not shown)", "whsec_")),
        ('[county]\nurl = "https://c.example"\n', ("county.secret", "add it", "YUNGUAN_COUNTY__SECRET")),
    ],
)
def test_a_mistake_is_named_with_value_and_remedy(tmp_path: Path, text: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings) as refused:
        load_settings(config(tmp_path, text + GOOD))
    for part in parts:
        assert part in str(refused.value)
    assert TOKEN not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "keys", "parts"),
    [
        ("mysql://h/n", "/k", ("database.url = 'mysql://h/n'", "postgres://user@host/name")),
        (
            "sqlite:////srv/data/y.db",
            "/srv/data/keys/y.keys",
            ("database.keys = '/srv/data/keys/y.keys'", "/srv/data"),
        ),
        ("mysql://me:hush@h/n", "/k", ("database.url = 'mysql://…@h/n'",)),
    ],
)
def test_where_the_data_and_the_keys_lie(tmp_path: Path, url: str, keys: str, parts: tuple[str, ...]) -> None:
    with pytest.raises(BadSettings) as refused:
        load_settings(config(tmp_path, f'[database]\nurl = "{url}"\nkeys = "{keys}"\n'))
    for part in parts:
        assert part in str(refused.value)
    assert "hush" not in str(refused.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        load_settings(config(tmp_path, "[http]\nport = -1\n[log]\nlevel = 1\n"))
    assert [line.partition(" ")[0].rstrip(":") for line in str(refused.value).splitlines()] == [
        "database",
        "http.port",
        "log.level",
    ]


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUNGUAN_HTTP__PORT", "9090")
    monkeypatch.setenv("YUNGUAN_COUNTY__SECRET", SECRET)
    text = '[http]\nport = 8080\nhost = "0.0.0.0"\n[county]\nurl = "https://c.example"\n'
    settings = load_settings(config(tmp_path, text + GOOD))
    assert (settings.http.host, settings.http.port) == ("0.0.0.0", 9090)  # noqa: S104
    assert settings.county is not None
    assert settings.county.secret.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


def test_a_mistake_in_the_environment_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUNGUAN_HTTP__PORT", "http")
    with pytest.raises(BadSettings, match=r"http\.port = 'http' \(YUNGUAN_HTTP__PORT\)"):
        load_settings(config(tmp_path, GOOD))
    monkeypatch.delenv("YUNGUAN_HTTP__PORT")
    monkeypatch.setenv("YUNGUAN_TELEGRAM", TOKEN)
    with pytest.raises(BadSettings, match=r"^telegram = \(not shown\) \(YUNGUAN_TELEGRAM\)") as refused:
        load_settings(config(tmp_path, GOOD))
    assert TOKEN not in str(refused.value)


def test_secrets_in_a_file_that_others_may_read_are_refused(tmp_path: Path) -> None:
    text = f'[county]\nurl = "https://c.example"\nsecret = "{SECRET}"\n'
    with pytest.raises(BadSettings, match="chmod 600"):
        load_settings(config(tmp_path, text + GOOD, 0o640))
    assert load_settings(config(tmp_path, text + GOOD)).county is not None
    assert load_settings(config(tmp_path, GOOD, 0o644)).county is None


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"[database\n", "not TOML"), (b"\xff\xfe", "not UTF-8"), (None, "no such file.*yunguan init")],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes | None, why: str) -> None:
    path = tmp_path / "yunguan.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match=why):
        load_settings(path)

"""Secrets show in no repr and no message, and a file others may read stops the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from bot.settings import BadSettings, Settings, load_settings
from storage.crypto import Keyring, KeyringError
from storage.database import DatabaseUnusable, open_database
from tests.support.botapi import TOKEN
from tests.support.receiver import SECRET

PASSWORD = "hush-hush-0123456789"
DATABASE = '[database]\nurl = "sqlite:////var/lib/yunguan/yunguan.db"\nkeys = "/etc/yunguan/keys"\n'

EVERYTHING: dict[str, Any] = {
    "database": {"url": f"postgres://yunguan:{PASSWORD}@db/yunguan", "keys": "/etc/yunguan/keys"},
    "telegram": {"token": TOKEN, "mode": "webhook", "public_url": "https://x.example", "webhook_secret": PASSWORD},
    "county": {"url": f"https://us:{PASSWORD}@county.example/in", "secret": SECRET},
    "sms": {
        "kannel": {
            "one": {
                "url": f"http://u:{PASSWORD}@127.0.0.1:13013/cgi-bin/sendsms", "user": "u", "password": PASSWORD,
                "public_url": "http://127.0.0.1:8080", "caller_password": PASSWORD,
            }
        },
        "phone": {"two": {"caller_password": PASSWORD}},
        "aliyun": {
            "three": {
                "caller_password": PASSWORD, "key_id": "id", "key_secret": PASSWORD, "sign_name": "孕管",
                "templates": {"SMS_1": "您好，${name}"},
            }
        },
        "areas": {"everywhere": ["two"]},
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("YUNGUAN_"):
            monkeypatch.delenv(name)


def models_in(value: Any) -> list[BaseModel]:
    """Every table of the settings."""
    if isinstance(value, dict):
        return [found for one in value.values() for found in models_in(one)]
    if not isinstance(value, BaseModel):
        return []
    return [value, *(found for name in type(value).model_fields for found in models_in(getattr(value, name)))]


def test_no_table_of_the_settings_shows_a_secret() -> None:
    settings = Settings(**EVERYTHING)
    tables = models_in(settings)
    assert len(tables) >= 12
    for table in tables:
        for shown in (repr(table), str(table), f"{table}"):
            for secret in (PASSWORD, TOKEN, SECRET):
                assert secret not in shown, type(table).__name__
    assert settings.database.shown == "postgres://…@db/yunguan"


@pytest.mark.parametrize("wrong", ["port = 'x'", "port = 99999", "nonsense = 1"])
def test_no_complaint_quotes_one(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(
        f'[database]\nurl = "postgres://yunguan:{PASSWORD}@db/yunguan"\nkeys = 7\n'
        f'[telegram]\ntoken = "{TOKEN}x y"\n[county]\nurl = "ftp://u:{PASSWORD}@c"\nsecret = "{PASSWORD}"\n'
        f'[sms.phone.two]\ncaller_password = "{PASSWORD[:5]}"\n[http]\n{wrong}\n'
    )
    path.chmod(0o600)
    with pytest.raises(BadSettings) as refused:
        load_settings(path)
    for secret in (PASSWORD, TOKEN, PASSWORD[:5]):
        assert secret not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://yunguan:{PASSWORD}@127.0.0.1:1/yunguan",
        f"postgres://yunguan:{PASSWORD}@127.0.0.1:port/yunguan",
        f"mysql://yunguan:{PASSWORD}@127.0.0.1/yunguan",
        f"sqlite:///nowhere/at/all/{PASSWORD[:0]}x.db",
    ],
)
async def test_a_database_that_cannot_be_opened_tells_no_password(url: str, keyring: Keyring) -> None:
    with pytest.raises((DatabaseUnusable, ValueError)) as refused:
        await open_database(url, keyring)
    assert isinstance(refused.value, DatabaseUnusable)
    assert PASSWORD not in str(refused.value)


def test_a_password_in_a_url_makes_the_file_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(f'[database]\nurl = "postgres://yunguan:{PASSWORD}@db/yunguan"\nkeys = "/k"\n')
    path.chmod(0o644)
    with pytest.raises(BadSettings, match="chmod 600"):
        load_settings(path)
    path.chmod(0o600)
    assert load_settings(path).database.shown == "postgres://…@db/yunguan"


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(DATABASE + f'[telegram]\ntoken = "{TOKEN}"\n')
    path.chmod(0o600)
    import os

    real = os.fstat

    def somebody_elses(descriptor: int) -> os.stat_result:
        state = list(real(descriptor))
        state[4] = 4711
        return os.stat_result(state)

    monkeypatch.setattr("bot.settings.os.fstat", somebody_elses)
    with pytest.raises(BadSettings, match=r"belongs to another user \(number 4711\).*chown"):
        load_settings(path)


def test_messages_are_kept_for_six_months_at_least(tmp_path: Path) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(DATABASE + "[retention]\nmessages_days = 30\n")
    with pytest.raises(BadSettings, match=r"retention\.messages_days = 30.*183 or more: the law"):
        load_settings(path)
    path.write_text(DATABASE + "[retention]\nmessages_days = 183\n")
    assert load_settings(path).retention.messages_days == 183
    path.write_text(DATABASE)
    assert load_settings(path).retention.messages_days == 365


@pytest.mark.parametrize(
    ("content", "mode", "why"),
    [(b"{}", 0o600, "damaged"), (b"not json", 0o600, "damaged"), (b"{}", 0o644, "chmod 600")],
)
def test_a_key_file_that_cannot_be_used_tells_nothing_of_it(
    tmp_path: Path, content: bytes, mode: int, why: str
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    path.chmod(mode)
    with pytest.raises(KeyringError, match=why) as refused:
        Keyring.from_file(path)
    assert content.decode() not in str(refused.value).replace(str(path), "")


def test_a_key_ring_shows_no_key(keyring: Keyring) -> None:
    import base64

    shown = repr(keyring) + str(keyring)
    for key in (bytes(range(32)), bytes(range(32, 64))):
        assert base64.b64encode(key).decode()[:16] not in shown
        assert key.hex()[:16] not in shown

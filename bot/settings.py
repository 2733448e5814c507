"""Settings from one TOML file and the environment (`YUNGUAN_TELEGRAM__TOKEN`): typed, and checked at the start.

A wrong or unknown key stops the start with its name, its value and the remedy. Secrets are given as the path of a
file that only its owner can read, or in the environment; they appear in no message.
"""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class BadSettings(Exception):
    """The configuration cannot be used; the message names each key, its value and what to do."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Table):
    """Where the data lies and where its keys lie (never beside it)."""

    url: str = Field(description="sqlite:////var/lib/yunguan/yunguan.db or postgres://user@host/name")
    keys: Path = Field(description="path of the key file made by `yunguan init`, outside the data directory")


class TelegramSettings(_Table):
    """The Telegram bot. `mode` "polling" needs no public address; "webhook" needs `public_url`."""

    token: SecretStr
    mode: Literal["polling", "webhook"] = "polling"
    public_url: str = Field(default="", pattern=r"^$|^https?://")
    webhook_secret: SecretStr = SecretStr("")
    base_url: str = Field(default="https://api.telegram.org", pattern="^https?://")
    masked: bool = True
    """Read people back as 李*·尾号5678: its servers are abroad. The county's decision (field.md)."""


class CountySettings(_Table):
    """The county system that receives the reports, signed."""

    url: str = Field(pattern="^https?://")
    secret: SecretStr = Field(description="whsec_… , agreed with the county")
    timeout_seconds: float = Field(default=20, gt=0, le=120)
    name: str = Field(default="county", min_length=1, max_length=32)

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.timeout_seconds)


class HttpSettings(_Table):
    """Where our one server listens."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=1, le=65535)


class LogSettings(_Table):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = True


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="YUNGUAN_", env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database: DatabaseSettings
    telegram: TelegramSettings | None = None
    county: CountySettings | None = None
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file."""
        return env_settings, init_settings


SECRETS = frozenset({"token", "webhook_secret", "secret"})
"""Keys whose value is never shown."""

REMEDIES: dict[str, str] = {
    "missing": "add it, see docs/configuration.md",
    "extra_forbidden": "remove it, or check its spelling",
    "database.keys": "run `yunguan init` to make one, outside the data directory",
    "telegram.token": "ask @BotFather for a token, keep it in YUNGUAN_TELEGRAM__TOKEN",
    "county.secret": "use the whsec_… secret agreed with the county, in YUNGUAN_COUNTY__SECRET",
}


def load_settings(path: Path | None) -> Settings:
    """Read the file (if any) and the environment; raises `BadSettings`."""
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BadSettings(f"{path}: there is no such file; `yunguan init` writes one") from None
        except tomllib.TOMLDecodeError as error:
            raise BadSettings(f"{path}: not TOML: {error}") from None
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise BadSettings("\n".join(_complaint(one, values) for one in error.errors())) from None
    _check(settings)
    return settings


def _complaint(error: Any, values: dict[str, Any]) -> str:
    """One line: key, value, what is wrong, what to do."""
    where = [str(part) for part in error["loc"]]
    key = ".".join(where)
    found: Any = values
    for part in where:
        found = found.get(part) if isinstance(found, dict) else None
    secret = bool(SECRETS & set(where))
    value = "" if found is None else " = (secret)" if secret or isinstance(found, dict) else f" = {found!r}"
    remedy = REMEDIES.get(key) or REMEDIES.get(error["type"]) or "see docs/configuration.md"
    return f"{key}{value}: {error['msg']}; {remedy}"


def _check(settings: Settings) -> None:
    """What the types cannot say."""
    telegram = settings.telegram
    if telegram is not None and telegram.mode == "webhook":
        if not telegram.public_url:
            raise BadSettings('telegram.public_url = "": needed with mode = "webhook"; set the https address')
        if not telegram.webhook_secret.get_secret_value():
            raise BadSettings("telegram.webhook_secret: needed with mode = \"webhook\"; any 16+ letters and digits")
    if settings.county is not None and not settings.county.secret.get_secret_value().startswith("whsec_"):
        raise BadSettings(f"county.secret = (secret): must begin with whsec_; {REMEDIES['county.secret']}")
    url = settings.database.url
    if url.startswith("sqlite://"):
        data = Path(url.removeprefix("sqlite://")).resolve().parent
        if settings.database.keys.resolve().is_relative_to(data):
            raise BadSettings(
                f"database.keys = {str(settings.database.keys)!r}: lies under the data directory {data}; "
                "keep the keys elsewhere, a copy of the data must not carry them"
            )

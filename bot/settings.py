"""Settings from one TOML file and the environment (`YUNGUAN_TELEGRAM__TOKEN`): typed, checked at the start.

A wrong or unknown key stops the start with its name, its value and the remedy. Secrets stand in a file that
only its owner can read, or in the environment; they appear in no message.
"""

from __future__ import annotations

import binascii
import os
import re
import stat
import tomllib
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from bot.channels.sms.configuration import MAKE_PASSWORD, SmsSettings
from bot.channels.sms.configuration import complaints as sms_complaints
from bot.refusals import CommandRefused

AT_LEAST = 183
"""Days the words of messages are kept at least: records of SMS for six months (通信短信息服务管理规定 第十三条)."""


class BadSettings(CommandRefused):
    """The configuration cannot be used; the message names each key, its value and what to do."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Table):
    """Where the data lies and where its keys lie (never beside it)."""

    url: str = Field(pattern="^(sqlite|postgres(ql)?)://.", repr=False)
    keys: Path
    key_escrow: str = Field(default="", max_length=200)
    """Where a copy of the keys is kept, and who has it: noted here so that it was thought of."""

    @property
    def shown(self) -> str:
        """The URL as it may be shown: without a password."""
        return without_password(self.url)


class TelegramSettings(_Table):
    """The Telegram bot. `mode` "polling" needs no public address; "webhook" needs `public_url`."""

    token: SecretStr
    mode: Literal["polling", "webhook"] = "polling"
    public_url: str = Field(default="", pattern=r"^$|^https?://.")
    webhook_secret: SecretStr = SecretStr("")
    base_url: str = Field(default="https://api.telegram.org", pattern="^https?://.")
    masked: bool | None = None
    """True: people are read back as 李*·尾号5678 there whatever a programme says. Else as the programme says
    (`[masking.telegram]`); False says no more than that it is to say so, and stops the start where it does not."""


class RetentionSettings(_Table):
    """How long the words of messages are kept; what was reported stays."""

    messages_days: int = Field(default=365, ge=AT_LEAST)


class CountySettings(_Table):
    """The county system that receives the reports, signed."""

    url: str = Field(pattern="^https?://.", repr=False)
    secret: SecretStr
    timeout_seconds: float = Field(default=20, gt=0, le=120)
    name: str = Field(default="county", min_length=1, max_length=32)

    @property
    def timeout(self) -> timedelta:
        return timedelta(seconds=self.timeout_seconds)


class HttpSettings(_Table):
    """Where our one server listens; port 0 means any that is free. `public_url`: where people reach it, for files that
    go out as links (docs/files.md); without it there are none."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = Field(default="", pattern=r"^$|^https?://[^/?#\s]+(/[^?#\s]*)?$")


class ProgrammeSettings(_Table):
    """A county's own programme files (`NAME.toml`) and holidays, added to ours (docs/programmes.md)."""

    directory: Path | None = None
    holidays: Path | None = None


class LogSettings(_Table):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = True


_CREDENTIALS = re.compile(r"://[^/@:]*:[^/@]+@")
"""A password within a URL."""

PREFIX, DELIMITER = "YUNGUAN_", "__"


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    database: DatabaseSettings
    telegram: TelegramSettings | None = None
    county: CountySettings | None = None
    sms: SmsSettings | None = None
    http: HttpSettings = HttpSettings()
    log: LogSettings = LogSettings()
    programmes: ProgrammeSettings = ProgrammeSettings()
    retention: RetentionSettings = RetentionSettings()

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


SECRETS = frozenset({"token", "webhook_secret", "secret", "password", "caller_password", "key_secret"})
"""Keys whose value is never shown."""

SEE = "see docs/configuration.md"

REMEDIES: Mapping[str, str] = {
    "missing": f"add it, {SEE}",
    "extra_forbidden": f"remove it, or check its spelling: {SEE}",
    "database.url": "sqlite:////var/lib/yunguan/yunguan.db or postgres://user@host/name",
    "database.keys": "run `yunguan init` to make one, outside the data directory",
    "telegram.token": "ask @BotFather for one and keep it in YUNGUAN_TELEGRAM__TOKEN",
    "telegram.webhook_secret": "16 to 256 letters, digits, _ or -, in YUNGUAN_TELEGRAM__WEBHOOK_SECRET",
    "telegram.public_url": "the https address under which Telegram reaches this server",
    "county.secret": "the whsec_… secret agreed with the county, in YUNGUAN_COUNTY__SECRET",
    "sms.kannel.NAME.url": "the address of its sendsms, like http://127.0.0.1:13013/cgi-bin/sendsms",
    "sms.kannel.NAME.user": "the username of its sendsms-user",
    "sms.kannel.NAME.password": "the password of its sendsms-user, in YUNGUAN_SMS__KANNEL__NAME__PASSWORD",
    "sms.kannel.NAME.public_url": "where Kannel reaches this server, like http://127.0.0.1:8080",
    "sms.kannel.NAME.caller_password": f"{MAKE_PASSWORD}, in YUNGUAN_SMS__KANNEL__NAME__CALLER_PASSWORD",
    "sms.phone.NAME.caller_password": f"{MAKE_PASSWORD}, in YUNGUAN_SMS__PHONE__NAME__CALLER_PASSWORD",
    "sms.aliyun.NAME.caller_password": f"{MAKE_PASSWORD}, in YUNGUAN_SMS__ALIYUN__NAME__CALLER_PASSWORD",
    "sms.aliyun.NAME.key_id": "the id of an access key that may only send SMS",
    "sms.aliyun.NAME.key_secret": "the access key's secret, in YUNGUAN_SMS__ALIYUN__NAME__KEY_SECRET",
    "sms.aliyun.NAME.sign_name": "the approved 签名, without 【】",
    "sms.aliyun.NAME.templates": 'a table of code = "words" for each approved template',
    "http.public_url": "where a colleague's phone reaches this server, like https://yg.example.cn",
    "retention.messages_days": f"{AT_LEAST} or more: the law has records of messages kept for six months",
    "http.port": "a number from 1 to 65535, or 0 for any that is free",
}


TOKEN_VARIABLE = f"{PREFIX}TELEGRAM{DELIMITER}TOKEN"


def load_settings(path: Path | None) -> Settings:
    """Read the file (if any) and the environment; raises `BadSettings`."""
    values = _read(path) if path is not None else {}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise BadSettings("\n".join(_complaint(one, values) for one in error.errors())) from None
    except SettingsError as error:  # a whole table in one variable; the text names the table only
        raise BadSettings(f"environment: {error}; set single keys, like {TOKEN_VARIABLE}") from None
    _check(settings)
    return settings


def without_password(url: str) -> str:
    """A URL without the password and the name before it, if it has them."""
    return re.sub(r"(?<=://)[^/@]*@", "…@", url)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())
            mode = stat.S_IMODE(state.st_mode)
            values = tomllib.load(file)
    except FileNotFoundError:
        raise BadSettings(f"{path}: there is no such file; `yunguan init` writes one") from None
    except OSError as error:
        raise BadSettings(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadSettings(f"{path}: not UTF-8; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: not TOML: {error}") from None
    if mode & 0o077 and _holds_secrets(values):
        raise BadSettings(
            f"{path}: holds secrets and may be read by others (mode {mode:04o}); "
            f"run: chmod 600 {path}, or keep the secrets in the environment"
        )
    if state.st_uid not in (os.geteuid(), 0) and _holds_secrets(values):
        raise BadSettings(
            f"{path}: holds secrets and belongs to another user (number {state.st_uid}); "
            f"run: chown {os.geteuid()} {path}, or keep the secrets in the environment"
        )
    return values


def _holds_secrets(values: Mapping[str, Any]) -> bool:
    tables = [table for table in values.values() if isinstance(table, dict)]
    texts = [text for text in values.values() if isinstance(text, str)]
    return (
        bool(SECRETS & values.keys())
        or any(map(_CREDENTIALS.search, texts))
        or any(map(_holds_secrets, tables))
    )


def _complaint(error: Any, values: Mapping[str, Any]) -> str:
    """One line: key, value and where it stands, what is wrong, what to do."""
    where = [str(part) for part in error["loc"]]
    key = ".".join(where)
    known = REMEDIES.get(_general(where))
    remedy = REMEDIES.get(error["type"]) or known or SEE
    if error["type"] == "missing":
        remedy = f"{remedy}; {known}" if known else remedy
    return f"{key}{_shown(where, values)}: {error['msg']}; {remedy}"


def _general(where: Sequence[str]) -> str:
    """The key with NAME for the name of an SMS gateway."""
    if where[0] == "sms" and len(where) > 3:
        where = (*where[:2], "NAME", *where[3:])
    return ".".join(where)


def _shown(where: Sequence[str], values: Mapping[str, Any]) -> str:
    """The value as it may be shown, and the variable it comes from."""
    variable = PREFIX + DELIMITER.join(where).upper()
    if (told := {name.upper(): value for name, value in os.environ.items()}.get(variable)) is not None:
        return f" = {_safe(where, told)} ({variable})"
    found: Any = values
    for part in where:
        found = found.get(part) if isinstance(found, dict) else None
    return "" if found is None else f" = {_safe(where, found)}"


def _safe(where: Sequence[str], value: Any) -> str:
    if SECRETS & set(where) or len(where) == 1 or isinstance(value, (dict, list)):
        return "(not shown)"
    return repr(without_password(value) if isinstance(value, str) else value)


def _check(settings: Settings) -> None:
    """What the types cannot say."""
    complaints = [
        *_telegram(settings.telegram),
        *_county(settings.county),
        *_database(settings.database),
        *(sms_complaints(settings.sms) if settings.sms is not None else ()),
    ]
    if complaints:
        raise BadSettings("\n".join(complaints))


def _telegram(telegram: TelegramSettings | None) -> list[str]:
    if telegram is None:
        return []
    complaints = []
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]{20,}", telegram.token.get_secret_value()):
        complaints.append(
            f"telegram.token = (not shown): not a token of a bot (digits, a colon, letters); "
            f"{REMEDIES['telegram.token']}"
        )
    if telegram.mode == "webhook":
        if not telegram.public_url:
            complaints.append(
                f"telegram.public_url = '': needed with mode = \"webhook\"; {REMEDIES['telegram.public_url']}"
            )
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", telegram.webhook_secret.get_secret_value()):
            complaints.append(
                'telegram.webhook_secret = (not shown): needed with mode = "webhook"; '
                f"{REMEDIES['telegram.webhook_secret']}"
            )
    return complaints


def _county(county: CountySettings | None) -> list[str]:
    if county is None:
        return []
    prefix, _, key = county.secret.get_secret_value().partition("_")
    try:
        sound = prefix == "whsec" and len(b64decode(key, validate=True)) >= 16
    except binascii.Error:
        sound = False
    if sound:
        return []
    return [
        "county.secret = (not shown): must be whsec_ and base64 of 16 bytes or more; "
        f"{REMEDIES['county.secret']}"
    ]


def _database(database: DatabaseSettings) -> list[str]:
    if not database.url.startswith("sqlite://"):
        return []
    file = database.url.removeprefix("sqlite://").partition("?")[0]
    data = Path(file).resolve().parent
    if not database.keys.resolve().is_relative_to(data):
        return []
    return [
        f"database.keys = {str(database.keys)!r}: lies under the data directory {data}; "
        "keep the keys elsewhere, a copy of the data must not carry them"
    ]

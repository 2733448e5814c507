"""The `[sms]` tables of the configuration, and what their types cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.channels.sms.aliyun import ENDPOINT, VARIABLE, AliyunGateway
from bot.channels.sms.channel import MAX_PARTS
from bot.channels.sms.gateway import SHORTEST_PASSWORD, Capabilities
from bot.channels.sms.guards import canonical
from bot.channels.sms.kannel import KannelGateway
from bot.channels.sms.parts import sms_length
from bot.channels.sms.phone_gateway import PhoneGateway

EVERYWHERE = "everywhere"
"""The area of everybody whose place has no gateway of its own; strangers among them."""

CAPABILITIES: Mapping[str, Capabilities] = {
    "kannel": KannelGateway.capabilities,
    "phone": PhoneGateway.capabilities,
    "aliyun": AliyunGateway.capabilities,
}
"""What each kind of gateway can do."""

MAKE_PASSWORD = f"{SHORTEST_PASSWORD} characters or more, from `openssl rand -hex 16`"
FIXED_WORDS = 4
"""Characters a template must have besides its variables: one that says anything would carry conversations."""

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Caller(_Table):
    """The login by which a gateway's calls to us are known; `caller`: the gateway's name, unless set."""

    caller: str = Field(default="", max_length=64, pattern="^[^:]*$")
    caller_password: SecretStr


class KannelTable(Caller):
    """A Kannel: `url` of its sendsms with `user` and `password` of its sendsms-user; `public_url`: where it
    reaches us. `sender`, `smsc`: where its configuration does not say."""

    url: str = Field(pattern="^https?://.", repr=False)
    user: str = Field(min_length=1)
    password: SecretStr
    public_url: str = Field(pattern="^https?://.")
    sender: str = ""
    smsc: str = ""
    validity_hours: float = Field(default=24, gt=0, le=168)
    timeout_seconds: float = Field(default=20, gt=0, le=50)
    signature: str = ""
    tail: str = ""


class PhoneTable(Caller):
    """A phone with a SIM."""

    parts_per_hour: int = Field(default=100, ge=1, le=3600)
    signature: str = ""
    tail: str = ""


class AliyunTable(Caller):
    """An Aliyun account: access key, approved 签名 (without 【】), approved templates by their code."""

    key_id: str = Field(min_length=1)
    key_secret: SecretStr
    sign_name: str = Field(min_length=1, max_length=20)
    templates: dict[str, str] = Field(min_length=1)
    endpoint: str = Field(default=ENDPOINT, pattern="^https?://.")
    timeout_seconds: float = Field(default=20, gt=0, le=50)


class LoopTable(_Table):
    """When two programs talk to each other: the same text more than `times` times within `minutes`. (u)"""

    times: int = Field(default=3, ge=1, le=20)
    minutes: float = Field(default=10, gt=0, le=1440)


class CapsTable(_Table):
    """Parts of a local day, danger alerts aside: to one person, to one who holds an office, in the county. (u)"""

    person_parts: int = Field(default=30, ge=1)
    staff_parts: int = Field(default=300, ge=1)
    county_parts: int = Field(default=5000, ge=1)


class SmsSettings(_Table):
    """SMS: its gateways, whom each serves, and what bounds them."""

    kannel: dict[str, KannelTable] = Field(default_factory=dict)
    phone: dict[str, PhoneTable] = Field(default_factory=dict)
    aliyun: dict[str, AliyunTable] = Field(default_factory=dict)
    areas: dict[str, list[str]] = Field(default_factory=dict)
    """Gateways by place (its id, or its name with those around it), the one to prefer first."""
    own: list[str] = Field(default_factory=list)
    """Our own numbers: never written to."""
    max_parts: int = Field(default=MAX_PARTS, ge=1, le=8)
    loop: LoopTable = LoopTable()
    caps: CapsTable = CapsTable()
    fallback_hours: float = Field(default=4, ge=0, le=72)
    """After how long a question nobody answered in a chat goes out by SMS; 0: never. (u)"""

    @property
    def fallback(self) -> timedelta | None:
        return timedelta(hours=self.fallback_hours) if self.fallback_hours else None

    def gateways(self) -> Iterator[tuple[str, str, KannelTable | PhoneTable | AliyunTable]]:
        """Kind, name and table of each."""
        tables: Mapping[str, Mapping[str, KannelTable | PhoneTable | AliyunTable]] = {
            "kannel": self.kannel,
            "phone": self.phone,
            "aliyun": self.aliyun,
        }
        for kind, named in tables.items():
            for name, table in named.items():
                yield kind, name, table


def complaints(sms: SmsSettings) -> list[str]:
    """A line for each mistake that the types let pass: key, value, what is wrong, what to do."""
    if not any(True for _ in sms.gateways()):
        return [
            "sms: has no gateway; add [sms.kannel.NAME] or [sms.phone.NAME] (docs/sms.md), or remove [sms]"
        ]
    return [*_names(sms), *_logins(sms), *_areas(sms), *_words(sms), *_own(sms.own)]


def _names(sms: SmsSettings) -> Iterator[str]:
    seen: dict[str, str] = {}
    for kind, name, _ in sms.gateways():
        key = f"sms.{kind}.{name}"
        if not _NAME.fullmatch(name) or len(name) > 32:
            yield (
                f"{key}: not a gateway's name; use lower-case letters, digits and single _, 32 at most, so "
                "that it can stand in the name of a variable"
            )
        if name in seen:
            yield f"{key}: {seen[name]} has this name too; give each gateway its own"
        seen[name] = key


def _logins(sms: SmsSettings) -> Iterator[str]:
    seen: dict[tuple[str, str], str] = {}
    for kind, name, table in sms.gateways():
        key, caller = f"sms.{kind}.{name}", table.caller or name
        if len(table.caller_password.get_secret_value()) < SHORTEST_PASSWORD:
            yield f"{key}.caller_password = (not shown): too short; {MAKE_PASSWORD}"
        if (kind, caller) in seen:
            yield (
                f"{key}.caller = {caller!r}: {seen[kind, caller]} calls under this name too; "
                "give each gateway its own"
            )
        seen[kind, caller] = key


def _areas(sms: SmsSettings) -> Iterator[str]:
    kinds = {name: kind for kind, name, _ in sms.gateways()}
    if EVERYWHERE not in sms.areas:
        yield (
            f"sms.areas.{EVERYWHERE}: missing; name the gateways for whoever has none of her own (strangers who "
            f'write of a danger are among them): {EVERYWHERE} = ["{next(iter(kinds))}"]'
        )
    for area, names in sms.areas.items():
        key = f"sms.areas.{area} = {names!r}"
        if unknown := [name for name in names if name not in kinds]:
            yield f"{key}: no gateway is called {', '.join(unknown)}; there are: {', '.join(kinds)}"
        elif not carries_conversations(CAPABILITIES[kinds[name]] for name in names):
            yield f"{key}: {NO_CONVERSATION}"


NO_CONVERSATION = (
    "no gateway here carries a conversation (templates only, or nothing comes in), and coordinators write from "
    "everywhere; add a Kannel or a phone gateway after it"
)


def carries_conversations(able: Iterable[Capabilities]) -> bool:
    """Whether one of them carries any words, both ways."""
    return any(one.free_text and one.incoming for one in able)


def _words(sms: SmsSettings) -> Iterator[str]:
    for kind, name, table in sms.gateways():
        key = f"sms.{kind}.{name}"
        if isinstance(table, AliyunTable):
            yield from _templates(key, table.templates)
        elif sms_length(table.signature + table.tail).units > 30:
            yield (
                f"{key}.signature, {key}.tail = {table.signature!r}, {table.tail!r}: more than 30 characters "
                "together; they stand in every message, so keep them short"
            )


def _templates(key: str, templates: Mapping[str, str]) -> Iterator[str]:
    for code, words in templates.items():
        fixed = VARIABLE.sub("", words)
        if len(fixed.strip()) < FIXED_WORDS or "${" in fixed:
            yield (
                f"{key}.templates.{code} = {words!r}: not the words of a template; write them exactly as "
                "approved, with variables like ${name}"
            )


def _own(numbers: Sequence[str]) -> Iterator[str]:
    for number in numbers:
        if not re.fullmatch(r"\+?[0-9]{3,20}", canonical(number)):
            yield f"sms.own = {number!r}: not a number; write the digits our messages come from, like 10690000"

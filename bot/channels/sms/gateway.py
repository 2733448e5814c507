"""What every SMS gateway offers. A new one is one file and one table of test cases (tests/sms)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

import orjson

from bot.channels.base import Inbound, Outcome
from bot.channels.sms.guards import canonical

CHANNEL = "sms"

SHORTEST_PASSWORD = 12
"""Characters of the password by which a gateway's calls are known."""

Status = Literal["sent", "delivered", "failed", "expired", "unknown"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`free_text`: any words, so that it can carry a conversation (else templates only); `receipts`: it says
    what became of a message; `incoming`: it brings what people write."""

    free_text: bool
    receipts: bool
    incoming: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report: what became of the message `message_id` (our id). `reason` without personal data.

    `provider_id`: the gateway's own name of the message, where it must be the newest one.
    """

    message_id: str
    status: Status
    reason: str = ""
    provider_id: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """Name and password by which a gateway's calls to us are known. Never shown."""

    user: str
    password: str

    def __post_init__(self) -> None:
        if not self.user or len(self.password) < SHORTEST_PASSWORD:
            raise ValueError(
                f"a gateway's calls need a user name and a password of {SHORTEST_PASSWORD} characters or more"
            )

    def matches(self, user: str, password: str) -> bool:
        """Compared in constant time."""
        same_user = hmac.compare_digest(_digest(user), _digest(self.user))
        same_password = hmac.compare_digest(_digest(password), _digest(self.password))
        return same_user & same_password


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class Call:
    """An HTTP request from a gateway, its login checked, its body bounded."""

    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> object:
        """The body as JSON; raises `BadCall`."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise BadCall("the body is not JSON") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: plain data as JSON, or nothing."""

    json: object = None
    status: int = 200


class BadCall(Exception):
    """A request nobody can read: 400, with these words (which quote nothing of it)."""


Handler = Callable[[Call], Awaitable[Answer]]
Submit = Callable[[Inbound], Awaitable[object]]
"""Takes an inbound message in; returns after the database commit, raises when it could not be stored."""
Note = Callable[[str, Receipt], Awaitable[object]]
"""Notes a delivery report of the gateway of this name; returns after the commit."""
Clock = Callable[[], datetime]


class Gateway(Protocol):
    """A way SMS go out, and maybe come in.

    `send` takes a canonical number and a text that fits and that it `carries` (a gateway of templates: the
    words of one of them); it never raises for what the other side does.
    `signature` goes before every text, `tail` after it. `login` is None where nothing comes in. `routes`
    answer calls, by method and path; several gateways of a kind share a path and are told apart by login.
    """

    @property
    def name(self) -> str: ...
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def signature(self) -> str: ...
    @property
    def tail(self) -> str: ...
    @property
    def login(self) -> Login | None: ...
    @property
    def routes(self) -> Mapping[tuple[str, str], Handler]: ...

    def carries(self, text: str) -> bool: ...

    async def send(self, number: str, text: str, message_id: str) -> Outcome: ...


EARLIEST = timedelta(days=30)
"""A message that claims to be older than this has a wrong clock."""


def inbound(
    gateway: str, number: str, text: str, provider_id: str, sent_at: datetime | None, now: datetime
) -> Inbound:
    """A message as the pipeline wants it. Dated by when it was sent, unless that cannot be: in the future,
    or a month ago. `provider_id` is unique within the gateway."""
    if sent_at is None or not now - EARLIEST <= sent_at <= now:
        sent_at = now
    name = f"{gateway}:{provider_id}"
    if len(name) > _LONGEST:
        name = f"{gateway}:{hashlib.sha256(provider_id.encode('utf-8', 'replace')).hexdigest()[:40]}"
    return Inbound(
        channel=CHANNEL,
        address=canonical(number),
        provider_id=name,
        message_id=name,
        sent_at=sent_at,
        received_at=now,
        kind="text" if text else "other",
        text=text,
    )


_LONGEST = 80
"""Characters of an inbound row's provider id; a gateway's name has at most 32."""

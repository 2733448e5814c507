"""Kannel (bearerbox and smsbox, 1.4.5): MT by POST to sendsms, MO and delivery reports by HTTP.

Message texts travel in bodies only: Kannel's access log and ours hold URLs. Its pitfalls: docs/sms.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp

from bot.channels.base import Accepted, Inbound, Later, Outcome, Refused
from bot.channels.sms.gateway import (
    Answer,
    BadCall,
    Call,
    Capabilities,
    Clock,
    Handler,
    Login,
    Note,
    Receipt,
    Status,
    Submit,
    inbound,
)
from bot.channels.sms.parts import sms_length
from bot.channels.sms.posting import TIMEOUT, Said, post

INBOUND = "/sms/kannel/inbound"
DELIVERY = "/sms/kannel/delivery"

DLR_MASK = 27
"""1 delivered, 2 failed, 8 taken by the SMSC, 16 refused by it; not 4, which only says that it waits."""

STATUS: Mapping[str, Status] = {
    "1": "delivered",
    "2": "failed",
    "4": "unknown",
    "8": "sent",
    "16": "failed",
}

BUSY = timedelta(seconds=30)
WRONG_LOGIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class KannelSettings:
    """`url`: of smsbox's sendsms. `user`, `password`: its `sendsms-user`. `public_url`: where Kannel reaches
    us. `validity`: how long Kannel and the operator go on trying before they let a message go."""

    url: str
    user: str
    password: str = field(repr=False)
    public_url: str
    sender: str = ""
    smsc: str = ""
    validity: timedelta = timedelta(hours=24)
    timeout: timedelta = TIMEOUT


class KannelGateway:
    """One smsbox."""

    capabilities = Capabilities(free_text=True, receipts=True, incoming=True)

    def __init__(
        self,
        name: str,
        settings: KannelSettings,
        login: Login,
        *,
        session: aiohttp.ClientSession,
        submit: Submit,
        note: Note,
        clock: Clock,
        signature: str = "",
        tail: str = "",
    ) -> None:
        self.name, self.login, self.signature, self.tail = name, login, signature, tail
        self._settings = settings
        self._session = session
        self._submit = submit
        self._note = note
        self._clock = clock
        self.routes: Mapping[tuple[str, str], Handler] = {
            ("POST", INBOUND): self._hear,
            ("GET", INBOUND): self._hear,
            ("POST", DELIVERY): self._learn,
            ("GET", DELIVERY): self._learn,
        }

    def carries(self, text: str) -> bool:
        """Any words."""
        return True

    async def send(self, number: str, text: str, message_id: str) -> Outcome:
        """Hand a text to smsbox, which answers when bearerbox has stored it."""
        headers = request_headers(self._settings, self.login, number, text, message_id)
        said = await post(
            self._session,
            self._settings.url,
            headers=headers,
            body=text.encode(),
            timeout=self._settings.timeout,
        )
        return said if isinstance(said, Later) else outcome_of(said)

    async def _hear(self, call: Call) -> Answer:
        await self._submit(inbound_of(call, self.name, self._clock()))
        return Answer(status=202)  # an empty answer: what she is told goes out by sendsms

    async def _learn(self, call: Call) -> Answer:
        await self._note(self.name, receipt_of(call))
        return Answer(status=202)


def request_headers(
    settings: KannelSettings, login: Login, number: str, text: str, message_id: str
) -> dict[str, str]:
    """What stands beside a text that is posted to sendsms: all of it in headers, nothing in the URL."""
    headers = {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-Kannel-Username": settings.user,
        "X-Kannel-Password": settings.password,
        "X-Kannel-To": f"+86{number}" if _is_mobile(number) else number,
        "X-Kannel-Coding": "0" if sms_length(text).encoding == "gsm7" else "2",
        "X-Kannel-Charset": "UTF-8",
        "X-Kannel-Validity": str(max(1, int(settings.validity.total_seconds() // 60))),
        "X-Kannel-DLR-Mask": str(DLR_MASK),
        "X-Kannel-DLR-Url": _with_login(f"{settings.public_url}{DELIVERY}?id={message_id}&status=%d", login),
    }
    if settings.sender:
        headers["X-Kannel-From"] = settings.sender
    if settings.smsc:
        headers["X-Kannel-SMSC"] = settings.smsc
    return headers


def outcome_of(said: Said) -> Outcome:
    """What smsbox's answer means for the letter. Its words are not kept: they may quote the number."""
    match said.status:
        case 200 | 202:
            return Accepted()
        case 401 | 403:
            return Later("kannel refuses our sendsms-user", WRONG_LOGIN)
        case 429 | 503:  # smsbox: "Temporal failure, try again later"
            return Later(f"kannel {said.status}", said.after or BUSY)
        case status if 400 <= status < 500:
            return Refused(f"kannel {status}")
        case status:
            return Later(f"kannel {status}", doubt=True)


def inbound_of(call: Call, gateway: str, now: datetime) -> Inbound:
    """The message in a request: from, to, ts (seconds), id, coding, charset; its text is the body.

    With GET the text is a parameter. 8-bit data has no text. Raises `BadCall` without a sender.
    """
    query = call.query
    number = query.get("from", "").strip()
    if not number:
        raise BadCall("no sender")
    charset = query.get("charset", "") or "UTF-8"
    text = query.get("text", "") if not call.body else _decoded(call.body, charset)
    if query.get("coding") == "1":
        text = ""
    sent_at = _seconds(query.get("ts", ""))
    provider_id = query.get("id", "")
    if not provider_id:  # a configuration without %I: what is the same to the second is a repeat
        parts = (number, query.get("to", ""), query.get("ts", ""), text)
        provider_id = hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
    return inbound(gateway, number, text.replace("\0", ""), provider_id, sent_at, now)


def receipt_of(call: Call) -> Receipt:
    """The delivery report in a request: id (ours) and status (%d). A multipart message has one, of part 1."""
    code, message_id = call.query.get("status", ""), call.query.get("id", "")
    if code not in STATUS or not message_id:
        raise BadCall("no delivery report")
    reason = {"2": "not delivered", "16": "refused by the operator"}.get(code, "")
    return Receipt(message_id, STATUS[code], reason)


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")


def _seconds(told: str) -> datetime | None:
    return datetime.fromtimestamp(int(told), UTC) if told.isdecimal() and len(told) <= 11 else None


def _is_mobile(number: str) -> bool:
    return len(number) == 11 and number.startswith("1")


def _with_login(url: str, login: Login) -> str:
    parts = urlsplit(url)
    user = f"{quote(login.user, safe='')}:{quote(login.password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))

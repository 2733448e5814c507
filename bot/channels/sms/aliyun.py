"""Aliyun's SMS service (Dysmsapi 2017-05-25): templates only, signed by ourselves, callbacks as JSON arrays.

A template approved by the operator has fixed words and variables: 您好${name}，您${date}该做产检了。 A letter goes out
by the template whose words it has; what has no template is not carried. So the wording stays in one place, ours,
and a conversation can never slip out this way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson

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
    Submit,
    inbound,
)
from bot.channels.sms.posting import TIMEOUT, Said, post

REPORT = "/sms/aliyun/report"
UPLINK = "/sms/aliyun/uplink"
ENDPOINT = "https://dysmsapi.aliyuncs.com/"

VARIABLE = re.compile(r"\$\{(\w+)\}")
LONGEST_VALUE = 35
"""Characters of one variable; longer ones are refused by the service."""

BUSY = timedelta(minutes=1)
TOO_MANY_TO_HER = timedelta(hours=1)
"""isv.BUSINESS_LIMIT_CONTROL: a number takes one a minute, five an hour, ten a day."""
OUR_ACCOUNT = timedelta(minutes=10)

_ACCOUNT = re.compile(
    r"isv\.(?:AMOUNT_NOT_ENOUGH|OUT_OF_SERVICE|ACCOUNT_\w+|PRODUCT_UN_?SUBSCRIPT|PRODUCT_UNSUBSCRIBE"
    r"|SMS_SIGNATURE_ILLEGAL|SMS_SIGN_ILLEGAL)|isp\.RAM_PERMISSION_DENY"
    r"|InvalidAccessKeyId.*|SignatureDoesNotMatch|IncompleteSignature|Forbidden.*|NoPermission|InvalidTimeStamp.*"
)
"""Something of ours is wrong: no letter is to blame."""

SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Template:
    """A template as it was approved: its code and its words, variables as ${name}."""

    code: str
    words: str

    def values(self, text: str) -> dict[str, str] | None:
        """The variables with which the template says `text`; None when it cannot."""
        found = self._pattern().fullmatch(text)
        values = found.groupdict() if found else None
        if values is None or any(len(value) > LONGEST_VALUE for value in values.values()):
            return None
        return values

    def _pattern(self) -> re.Pattern[str]:
        pieces = VARIABLE.split(self.words)
        pattern, seen = re.escape(pieces[0]), set[str]()
        for name, after in zip(pieces[1::2], pieces[2::2], strict=True):
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            pattern += re.escape(after)
            seen.add(name)
        return re.compile(pattern, re.DOTALL)


@dataclass(frozen=True, slots=True)
class AliyunSettings:
    """An access key that may only send SMS, the approved 签名 (without 【】) and the approved templates."""

    key_id: str
    key_secret: str = field(repr=False)
    sign_name: str
    templates: tuple[Template, ...]
    endpoint: str = ENDPOINT
    timeout: timedelta = TIMEOUT


class AliyunGateway:
    """One account. What comes in (uplinks) is taken; `login` guards the callbacks' addresses."""

    capabilities = Capabilities(free_text=False, receipts=True, incoming=True)
    tail = ""

    def __init__(
        self,
        name: str,
        settings: AliyunSettings,
        login: Login,
        *,
        session: aiohttp.ClientSession,
        submit: Submit,
        note: Note,
        clock: Clock,
        nonce: Callable[[], str],
    ) -> None:
        self.name, self.login = name, login
        self.signature = f"【{settings.sign_name}】"
        self._settings = settings
        self._session = session
        self._submit = submit
        self._note = note
        self._clock = clock
        self._nonce = nonce
        self.routes: Mapping[tuple[str, str], Handler] = {
            ("POST", REPORT): self._learn,
            ("POST", UPLINK): self._hear,
        }

    def carries(self, text: str) -> bool:
        """Whether a template says this."""
        return self._template(text) is not None

    async def send(self, number: str, text: str, message_id: str) -> Outcome:
        """Have a template said. The service puts the 签名 before it."""
        found = self._template(text)
        if found is None:
            return Refused("no template has these words")
        template, values = found
        asked = {
            "PhoneNumbers": number.removeprefix("+"),
            "SignName": self._settings.sign_name,
            "TemplateCode": template.code,
            "TemplateParam": orjson.dumps(values).decode(),
            "OutId": message_id,
        }
        body = signed(asked, self._settings, self._clock(), self._nonce())
        said = await post(
            self._session,
            self._settings.endpoint,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=body.encode(),
            timeout=self._settings.timeout,
        )
        return said if isinstance(said, Later) else outcome_of(said)

    def _template(self, text: str) -> tuple[Template, dict[str, str]] | None:
        bare = text.removeprefix(self.signature)
        for template in self._settings.templates:
            if (values := template.values(bare)) is not None:
                return template, values
        return None

    async def _learn(self, call: Call) -> Answer:
        for receipt in receipts_of(_array(call)):
            await self._note(self.name, receipt)
        return TAKEN

    async def _hear(self, call: Call) -> Answer:
        now = self._clock()
        for message in inbounds_of(_array(call), self.name, now):
            await self._submit(message)
        return TAKEN


TAKEN = Answer({"code": 0, "msg": "成功"})


def signed(asked: Mapping[str, str], settings: AliyunSettings, now: datetime, nonce: str) -> str:
    """The form to be posted: signature version 1.0, HMAC-SHA1 over the sorted, percent-encoded parameters."""
    parameters = {
        **asked,
        "Action": "SendSms",
        "Version": "2017-05-25",
        "Format": "JSON",
        "AccessKeyId": settings.key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": nonce,
        "Timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    form = "&".join(f"{_percent(name)}={_percent(parameters[name])}" for name in sorted(parameters))
    told = f"POST&{_percent('/')}&{_percent(form)}"
    digest = hmac.digest(f"{settings.key_secret}&".encode(), told.encode(), hashlib.sha1)
    return f"{form}&Signature={_percent(base64.b64encode(digest).decode())}"


def _percent(text: str) -> str:
    """RFC 3986, as the service wants it: everything but letters, digits and - _ . ~"""
    return quote(text, safe="")


def outcome_of(said: Said) -> Outcome:
    """What the service's answer means for the letter. Its Message is not kept: it may quote the number."""
    try:
        answer: Any = orjson.loads(said.body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("Code"), str):
        return Later(f"aliyun {said.status}", said.after, doubt=said.status < 400 or said.status >= 500)
    code = answer["Code"]
    if code == "OK":
        return Accepted(str(answer.get("BizId", "")))
    reason = f"aliyun {code}"[:80]
    if code.startswith("Throttling") or said.status == 429:
        return Later(reason, said.after or BUSY)
    if code == "isv.BUSINESS_LIMIT_CONTROL":
        return Later(reason, TOO_MANY_TO_HER)
    if _ACCOUNT.fullmatch(code):
        return Later(reason, OUR_ACCOUNT)
    if said.status >= 500 or code.startswith("isp."):
        return Later(reason, said.after, doubt=True)
    return Refused(reason)


def receipts_of(reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
    """Delivery reports (SmsReport): `out_id` is our id, `err_code` the operator's word."""
    return [
        Receipt(
            str(report["out_id"]),
            "delivered" if report.get("success") is True else "failed",
            "" if report.get("success") is True else _code(report.get("err_code")),
        )
        for report in reports
        if report.get("out_id")
    ]


def inbounds_of(messages: Sequence[Mapping[str, Any]], gateway: str, now: datetime) -> list[Inbound]:
    """Uplinks (SmsUp): `sequence_id` is unique, `send_time` Beijing's."""
    return [
        inbound(
            gateway,
            str(message["phone_number"]),
            str(message.get("content") or "").replace("\0", ""),
            str(message["sequence_id"]),
            _beijing(message.get("send_time")),
            now,
        )
        for message in messages
        if message.get("phone_number") and message.get("sequence_id")
    ]


def _array(call: Call) -> list[Mapping[str, Any]]:
    told = call.json()
    if not isinstance(told, list):
        raise BadCall("not an array")
    return [one for one in told if isinstance(one, dict)]


def _beijing(told: object) -> datetime | None:
    try:
        return datetime.strptime(str(told), "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI).astimezone(UTC)
    except ValueError:
        return None


def _code(told: object) -> str:
    return re.sub(r"[^A-Za-z0-9_.:-]", "", str(told or ""))[:40] or "failed"

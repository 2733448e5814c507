"""Where a file is fetched by a link: a page that asks for the PIN, and the file in answer to it.

Looking at the page changes nothing, so the previews of chats use nothing up. What is unknown, over, or somebody else's
is answered in the same words. The wrong PINs count with those said by SMS and with those of her other accounts: five a
day, wherever they were tried. Nothing of a file stays in a cache, a referrer or a log.
"""

from __future__ import annotations

import hashlib
import html
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote

import structlog
from aiohttp import web

from bot import audit
from bot.files import keeping
from bot.files.leaving import PATH, token_index
from bot.logs import whereabouts
from bot.wording import DEFAULT_LOCALE, Render
from conversations.engine.trust import TRIES_A_DAY
from conversations.text import Sayable, T
from storage.attempts import count_try, tried_by
from storage.database import Database
from storage.models import Contact, FileJob, Staff
from storage.organisation import Organisation, load_organisation
from storage.pins import is_pin
from storage.transaction import Transaction

log = structlog.get_logger()

LONGEST_FORM = 1024
"""Bytes of a form with a PIN in it."""
LONGEST_TOKEN = 64
CHANNEL = "link"
"""In the audit log."""
TYPES: Mapping[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "png": "image/png",
}

TITLE = T("下载文件")
ASK = T("请输入您的6位PIN，再点下载。")
HOW = T("PIN是您在聊天里设的那6位数字。忘了就在聊天里说“改PIN”。")
BUTTON = T("下载")
LABEL = T("PIN（6位数字）")
WRONG = T("PIN不对，今天还可以试{left}次。")
SPENT = T("今天试得太多了，明天再来，或在聊天里说“改PIN”后再要一次。")
GONE = T("这个网址打不开：它可能已经过期，或者没有输全。请在聊天里再要一次。")
BUSY = T("现在取不出来，请过一会儿再点一次下载。")

_STYLE = (
    "body{font:18px/1.7 sans-serif;color:#1f2d33;background:#f6f8f8;margin:0}"
    "main{max-width:26em;margin:12vh auto 0;padding:0 1.2em}"
    "h1{font-size:1.4em;font-weight:600}"
    "label{display:block;margin:1.2em 0 .3em}"
    "input{font:inherit;width:100%;box-sizing:border-box;padding:.6em;border:1px solid #7d8b91;border-radius:.4em}"
    "button{font:inherit;width:100%;margin-top:1em;padding:.7em;border:0;border-radius:.4em;"
    "background:#20697a;color:#fff}"
    ".bad{color:#a3261c}.how{color:#5f6f76;font-size:.85em}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}


@dataclass(frozen=True, slots=True)
class _Opened:
    """What a PIN led to: the file, or what is said instead."""

    status: int
    text: Sayable | None = None
    name: str = ""
    content: bytes = b""
    locale: str = DEFAULT_LOCALE


class Door:
    """Serves the pages and the files."""

    def __init__(self, database: Database, clock: Callable[[], datetime], render: Render) -> None:
        self._database = database
        self._clock = clock
        self._render = render
        self._organisation: Organisation | None = None

    def routes(self) -> list[web.RouteDef]:
        """For an aiohttp application. A GET route answers HEAD, too."""
        path = f"{PATH}{{token}}"
        return [web.get(path, self._page), web.post(path, self._download)]

    async def _page(self, request: web.Request) -> web.Response:
        try:
            found = await self._locale(request.match_info["token"])
        except Exception as error:
            log.error("files.door_failed", error=whereabouts(error))
            return self._say(503, BUSY)
        if found is None:
            return self._say(404, GONE)
        return self._ask(200, None, found)

    async def _download(self, request: web.Request) -> web.Response:
        said = await _pin(request)
        try:
            opened = await self._open(request.match_info["token"], said)
        except Exception as error:
            log.error("files.door_failed", error=whereabouts(error))
            return self._say(503, BUSY)
        if opened.status == 200:
            kind = TYPES.get(opened.name.rpartition(".")[2], "application/octet-stream")
            named = f"attachment; filename*=UTF-8''{quote(opened.name)}"
            headers = {**HEADERS, "Content-Disposition": named, "Content-Type": kind}
            return web.Response(body=opened.content, headers=headers)
        if opened.status == 403:
            return self._ask(403, opened.text, opened.locale)
        return self._say(opened.status, opened.text or GONE, opened.locale)

    # ── whose it is ─────────────────────────────────────────────────────────────────────────────────────

    async def _locale(self, token: str) -> str | None:
        """The language of whoever asked for what this link leads to; None where it leads nowhere."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        index = token_index(self._database.keyring, token)
        job = FileJob.filter(token_index=index, state="made", expires_at__gt=self._clock())
        found = await job.using_db(self._database.reading).values_list("contact__locale", flat=True)
        return str(found[0]) if found else None

    async def _open(self, token: str, said: str) -> _Opened:
        """One try with a PIN. Tries are counted and used in one transaction: many at once are still five."""
        now = self._clock()
        if await self._locale(token) is None:
            await self._unopened(token, now)
            return _Opened(404)
        async with self._database.transaction() as tx:
            index = token_index(self._database.keyring, token)
            job = (
                await FileJob.filter(token_index=index, state="made", expires_at__gt=now).using_db(tx).first()
            )
            if job is None:
                return _Opened(404)
            await tx.lock([f"contact:{job.contact_id}", f"file:{job.id}"])
            self._organisation = await load_organisation(tx, self._organisation)
            if await keeping.still_hers(tx, job, self._organisation) is None:
                self._note(tx, job, "file.refused", now, refused=True)
                await keeping.forget(tx, job.id)
                return _Opened(404)
            contact = await Contact.get(id=job.contact_id, using_db=tx)
            staff = await Staff.get(id=job.staff_id, using_db=tx)
            hers = await Contact.filter(staff_id=job.staff_id).using_db(tx).values_list("id", flat=True)
            left = TRIES_A_DAY - await tried_by(tx, map(str, hers), "pin", now)
            if left <= 0 or staff.pin is None:
                self._note(tx, job, "file.refused", now, refused=True)
                return _Opened(429, SPENT, locale=contact.locale)
            if not said:
                return _Opened(403, ASK, locale=contact.locale)
            if not is_pin(self._database.keyring, staff.pin, said):
                await count_try(tx, job.contact_id, "pin", now)
                self._note(tx, job, "staff.wrong_code", now, refused=True)
                text = WRONG.with_values(left=left - 1) if left > 1 else SPENT
                return _Opened(403 if left > 1 else 429, text, locale=contact.locale)
            content = await keeping.content_of(tx, job.id)
            self._note(tx, job, "file.fetched", now)
            if job.fetched_at is None:
                job.fetched_at = now
                await job.save(using_db=tx, update_fields=["fetched_at"])
                await audit.looked_at_many(
                    tx,
                    job.contact_id,
                    job.role,
                    job.women or (),
                    f"file.{job.what}",
                    CHANNEL,
                    now,
                    record=job.id,
                )
        return _Opened(200, name=job.name or "", content=content, locale=contact.locale)

    async def _unopened(self, token: str, now: datetime) -> None:
        """A try at a link that is over is written down; at one nobody was given it is only counted: anybody may knock, and
        nobody who writes waits for it."""
        job = None
        if 0 < len(token) <= LONGEST_TOKEN:
            index = token_index(self._database.keyring, token)
            job = await FileJob.filter(token_index=index).using_db(self._database.reading).first()
        if job is None:
            log.info("files.unknown_link")
            return
        async with self._database.transaction() as tx:
            self._note(tx, job, "file.refused", now, refused=True)

    def _note(
        self, tx: Transaction, job: FileJob, action: str, now: datetime, *, refused: bool = False
    ) -> None:
        audit.note(
            tx, actor=job.contact_id, role=job.role, action=action, channel=CHANNEL, now=now, record=job.id,
            why=f"file.{job.what}", outcome="refused" if refused else "done",
        )  # fmt: skip

    # ── pages ───────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, status: int, complaint: Sayable | None, locale: str) -> web.Response:
        def say(text: Sayable) -> str:
            return html.escape(str(self._render(text, locale)))

        bad = f'<p class="bad" role="alert">{say(complaint)}</p>' if complaint is not None else ""
        form = (
            f'<p>{say(ASK)}</p>{bad}<form method="post" autocomplete="off"><label for="pin">{say(LABEL)}</label>'
            '<input id="pin" name="pin" type="password" inputmode="numeric" maxlength="12" required autofocus>'
            f'<button>{say(BUTTON)}</button></form><p class="how">{say(HOW)}</p>'
        )
        return self._html(status, form, locale)

    def _say(self, status: int, text: Sayable, locale: str = DEFAULT_LOCALE) -> web.Response:
        return self._html(status, f"<p>{html.escape(str(self._render(text, locale)))}</p>", locale)

    def _html(self, status: int, inside: str, locale: str) -> web.Response:
        title = html.escape(str(self._render(TITLE, locale)))
        page = (
            f'<!doctype html><html lang="{"zh-CN" if locale.startswith("zh") else "en"}"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
            f"<title>{title}</title><style>{_STYLE}</style><main><h1>{title}</h1>{inside}</main></html>"
        )
        return web.Response(status=status, text=page, content_type="text/html", headers=HEADERS)


async def _pin(request: web.Request) -> str:
    """The PIN in the form that was sent, in plain digits; nothing where there is none."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LONGEST_FORM:
            return ""
    said = parse_qs(body.decode("utf-8", "replace")).get("pin", [""])[0]
    return "".join(unicodedata.normalize("NFKC", said).split())[:12]

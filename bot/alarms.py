"""What goes wrong with the county system, and what SMS cost too much, is told to the county's officers, in words
they can act on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.writing import Writer
from conversations.local_time import LOCAL
from conversations.text import T, Text
from storage.bulk import insert_many, upsert_many
from storage.database import Database
from storage.models import Contact, Outgoing, Post, Setting
from storage.reaching import reach
from storage.transaction import Transaction

WORDS: dict[str, Text] = {
    "destination_paused": T(
        "县平台现在不收我们送的报告（{detail}）。报告都在，一份没丢。请尽快请信息科核对地址和密钥，好了之后运行 yunguan outbox resume。"
    ),
    "sms_county_parts_spent": T(
        "今天全县的短信已经发到上限（{detail}条），提醒和通知明天早上再发，危险信号照发不误。要是不正常，请请信息科查看；要调上限，改 sms.caps。"
    ),
    "sms_person_parts_spent": T(
        "今天有人收到的短信到了每人每天的上限（{detail}条），今天先不再给她发，危险信号照发不误。要是不正常，请请信息科查看；要调上限，改 sms.caps。"
    ),
    "delivery_dead": T("有一份报告被县平台退回，不会再自动重送（{detail}）。请用 yunguan outbox list 查看。"),
}
"""By kind of alarm; `detail` holds ids and codes only."""

ONCE_A_DAY = frozenset({"sms_county_parts_spent", "sms_person_parts_spent"})
"""Kinds that come up again with every letter: told once a local day, whatever is restarted meanwhile."""


class Alarms:
    """Writes to every county officer. Called by the deliveries and by what counts SMS; never raises for want of
    somebody to tell."""

    def __init__(
        self, database: Database, writer: Writer, clock: Callable[[], datetime], committed: Callable[[], None]
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._committed = committed

    async def __call__(self, kind: str, detail: str) -> None:
        now = self._clock()
        async with self._database.transaction() as tx:
            if kind in ONCE_A_DAY and not await self._first_today(tx, kind, now):
                return
            await self._writer.number_on(tx)
            posts = await Post.filter(role="county", state="active").using_db(tx)
            officers = await Contact.filter(staff_id__in=[post.staff_id for post in posts]).using_db(tx)
            text = WORDS[kind].with_values(detail=detail)
            letters = [
                self._writer.letter(contact, address, _letter_kind(kind), text, (), now)
                for contact, address in await reach(tx, officers)
            ]
            await insert_many(tx, Outgoing, letters)
        self._committed()

    async def _first_today(self, tx: Transaction, kind: str, now: datetime) -> bool:
        """Whether nobody was told of this today; from now on somebody was."""
        key, today = f"alarm:{kind}", now.astimezone(LOCAL).date().isoformat()
        await tx.lock([key])
        if await Setting.filter(key=key, value=today).using_db(tx).exists():
            return False
        await upsert_many(tx, Setting, [Setting(key=key, value=today)], conflict=("key",), update=("value",))
        return True


def _letter_kind(kind: str) -> str:
    """An alarm about SMS may have to go out by SMS: a notice would wait, with all others, until tomorrow."""
    return "reply" if kind in ONCE_A_DAY else "urgent"

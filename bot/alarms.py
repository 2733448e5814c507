"""What goes wrong with the county system is told to the county's officers, in words they can act on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.reach import reach
from bot.writing import Writer
from conversations.text import T, Text
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Contact, Outgoing, Post

WORDS: dict[str, Text] = {
    "destination_paused": T(
        "县平台现在不收我们送的报告（{detail}）。报告都在，一份没丢。请尽快请信息科核对地址和密钥，好了之后运行 yunguan outbox resume。"
    ),
    "delivery_dead": T("有一份报告被县平台退回，不会再自动重送（{detail}）。请用 yunguan outbox list 查看。"),
}
"""By kind of alarm; `detail` holds ids and codes only."""


class Alarms:
    """Writes to every county officer. Called by the deliveries; never raises for want of somebody to tell."""

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
            await self._writer.number_on(tx)
            posts = await Post.filter(role="county", state="active").using_db(tx)
            officers = await Contact.filter(staff_id__in=[post.staff_id for post in posts]).using_db(tx)
            text = WORDS[kind].with_values(detail=detail)
            letters = [
                self._writer.letter(contact, address, "notice", text, (), now)
                for contact, address in await reach(tx, officers)
            ]
            await insert_many(tx, Outgoing, letters)
        self._committed()

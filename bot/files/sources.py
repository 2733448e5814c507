"""Where what a file shows comes from: the roster and the papers, each asked at one place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from tortoise.backends.base.client import BaseDBAsyncClient

from conversations.asking.question import Question
from conversations.asking.row import Row
from conversations.message import Role
from conversations.papers.sheet import Sheet
from conversations.text import Sayable
from storage.organisation import Organisation


class Sources(Protocol):
    """What files are made of."""

    def question(self, said: Mapping[str, Any]) -> Question:
        """A question as it was kept. Raises `ValueError` for one this version does not know whole."""

    def in_words(self, question: Question, *, named: bool) -> Sayable:
        """How it was understood. `named`: its reader sees colours."""

    def rows(
        self,
        connection: BaseDBAsyncClient,
        organisation: Organisation,
        villages: Collection[str],
        question: Question,
        today: date,
        *,
        sees: bool,
        numbers: bool,
        asker: str,
    ) -> AsyncIterator[Row]:
        """The lines it means, village after village, cut to what their reader may see (`sees`: colours; `numbers`: ID
        numbers). `asker`: the id of the colleague who asks."""

    async def papers(
        self,
        connection: BaseDBAsyncClient,
        organisation: Organisation,
        name: str,
        period: str,
        place_id: str,
        now: datetime,
        role: Role,
        staff_id: str,
    ) -> tuple[Sheet, ...]:
        """A paper of requirements.md §7. Raises `CommandRefused` for one there is not, or not for this role."""


class Stored:
    """The real ones."""

    def question(self, said: Mapping[str, Any]) -> Question:
        from conversations.asking.plain import from_plain

        return from_plain(said)

    def in_words(self, question: Question, *, named: bool) -> Sayable:
        from conversations.asking.plain import say

        return say(question, named=named)

    def rows(
        self,
        connection: BaseDBAsyncClient,
        organisation: Organisation,
        villages: Collection[str],
        question: Question,
        today: date,
        *,
        sees: bool,
        numbers: bool,
        asker: str,
    ) -> AsyncIterator[Row]:
        from storage.roster_facts import asked_rows

        return asked_rows(
            connection, organisation, villages, question, today, sees=sees, numbers=numbers, asker=asker
        )

    async def papers(
        self,
        connection: BaseDBAsyncClient,
        organisation: Organisation,
        name: str,
        period: str,
        place_id: str,
        now: datetime,
        role: Role,
        staff_id: str,
    ) -> tuple[Sheet, ...]:
        from bot.papers import making

        return await making.sheets(
            connection, organisation, name, period, place_id, now, role, staff_id=staff_id
        )

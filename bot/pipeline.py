"""One message, one transaction; many messages, one commit (design.md).

Whatever waits is taken together, one message a contact: loaded with a few queries, played purely, written with
bulk statements, committed once; only then is anybody told that it was taken. A turn that touches what an earlier one
of the batch files about waits for the next batch and fresh facts. A batch that fails is bisected by savepoints until
the bad message stands alone and is set aside, answered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from bot.channels.base import Inbound
from bot.faults import fault
from bot.people import Key, Person, key_of, load_people
from bot.seals import unseal
from bot.writing import Conflict, Played, Writer
from conversations.engine.machine import advance, needs
from conversations.facts import Facts, Lookup
from conversations.message import ChannelTraits, Message, Reply, Turn
from conversations.text import T
from storage.database import Database
from storage.ids import IdSource
from storage.models import Inbound as InboundRow
from storage.organisation import Organisation, load_organisation
from storage.queries import answer
from storage.transaction import Transaction

log = structlog.get_logger()

MAX_BATCH = 256
"""Messages that share a commit, at most: bounds the time any one of them waits."""
MAX_CONFLICTS = 20
"""Rounds a message waits for others before it is set aside."""


class NotTaken(Exception):
    """The message could not be stored; whoever brought it should bring it again."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A message on its way in, and who waits for it to be stored."""

    inbound: Inbound
    key: Key
    done: asyncio.Future[None]
    conflicts: int = 0


@dataclass(slots=True)
class Round:
    """What became of a batch: stored (or found to be stored), put off to the next one, or impossible."""

    stored: list[Waiting] = field(default_factory=list)
    put_off: list[Waiting] = field(default_factory=list)
    lost: list[tuple[Waiting, BaseException]] = field(default_factory=list)


class Pipeline:
    """Takes messages in. `submit` returns after the commit that holds the message and all it led to."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        traits: Mapping[str, ChannelTraits],
        clock: Callable[[], datetime],
        ids: IdSource,
        random_bytes: Callable[[int], bytes],
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._writer = writer
        self._traits = traits
        self._clock = clock
        self._ids = ids
        self._random_bytes = random_bytes
        self._committed = committed
        self._queue: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._organisation: Organisation | None = None

    async def submit(self, inbound: Inbound) -> None:
        """Take one message in; returns once it is committed. Raises `NotTaken` when it could not be stored.

        Needs `run` beside it. A repeat of a message already stored returns at once and does nothing.
        """
        done = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(inbound, key_of(inbound, self._database.keyring), done))
        self._arrived.set()
        await asyncio.shield(done)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and nothing waits."""
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: self._arrived.set())
        try:
            while not stop.is_set() or self._queue:
                if not self._queue:
                    self._arrived.clear()
                    await self._arrived.wait()
                    continue
                await self._work(self._take())
        finally:
            stopping.cancel()
            for waiting in self._queue:
                if not waiting.done.done():
                    waiting.done.set_exception(NotTaken("stopping"))

    def _take(self) -> list[Waiting]:
        """The oldest messages, one an address; what is left keeps its order."""
        taken: dict[Key, Waiting] = {}
        left: deque[Waiting] = deque()
        while self._queue and len(taken) < MAX_BATCH:
            waiting = self._queue.popleft()
            if waiting.key in taken:
                left.append(waiting)
            else:
                taken[waiting.key] = waiting
        self._queue = left + self._queue
        return list(taken.values())

    async def _work(self, batch: Sequence[Waiting]) -> None:
        try:
            round_ = await self._round(batch)
        except Exception as error:  # the database itself: nothing of the batch is stored
            log.error("pipeline.batch_failed", size=len(batch), error=type(error).__name__)
            round_ = Round(lost=[(waiting, error) for waiting in batch])
        fault("pipeline.committed")
        self._committed()
        for waiting in round_.stored:
            if not waiting.done.done():
                waiting.done.set_result(None)
        for waiting, why in round_.lost:
            if not waiting.done.done():
                waiting.done.set_exception(NotTaken(type(why).__name__))
        for waiting in reversed(round_.put_off):
            waiting.conflicts += 1
            self._queue.appendleft(waiting)
        fault("pipeline.acknowledged")

    async def _round(self, batch: Sequence[Waiting]) -> Round:
        fault("pipeline.received")
        round_ = Round()
        async with self._database.transaction() as tx:
            await tx.lock({f"{channel}:{index}" for channel, index in (waiting.key for waiting in batch)})
            now = self._clock()
            self._organisation = await load_organisation(tx, self._organisation)
            fresh = await self._not_stored(tx, batch, round_)
            people = await load_people(
                tx,
                {w.key: w.inbound for w in fresh},
                self._database.keyring,
                self._organisation,
                self._ids,
                now,
            )
            played = await self._play(tx, fresh, people, now, round_)
            fault("pipeline.played")
            await self._write(tx, played, round_, now)
            fault("pipeline.written")
        return round_

    async def _people(self, tx: Transaction, fresh: Sequence[Waiting], now: datetime) -> dict[Key, Person]:
        """Who wrote; held against other processes, where there are any, whatever channel she writes from."""
        assert self._organisation is not None
        inbounds = {waiting.key: waiting.inbound for waiting in fresh}
        people = await load_people(tx, inbounds, self._database.keyring, self._organisation, self._ids, now)
        if self._database.dialect == "sqlite":
            return people
        await tx.lock({f"contact:{person.contact.id}" for person in people.values() if not person.new})
        return await load_people(tx, inbounds, self._database.keyring, self._organisation, self._ids, now)

    async def _not_stored(self, tx: Transaction, batch: Sequence[Waiting], round_: Round) -> list[Waiting]:
        """Those of the batch that are not repeats."""
        ids = [waiting.inbound.provider_id for waiting in batch]
        rows = await InboundRow.filter(provider_id__in=ids).using_db(tx).values_list("channel", "provider_id")
        known = set(rows)
        fresh: list[Waiting] = []
        for waiting in batch:
            name = (waiting.inbound.channel, waiting.inbound.provider_id)
            if name in known:
                round_.stored.append(waiting)
            else:
                known.add(name)
                fresh.append(waiting)
        return fresh

    async def _play(
        self,
        tx: Transaction,
        fresh: Sequence[Waiting],
        people: Mapping[Key, Person],
        now: datetime,
        round_: Round,
    ) -> list[Played]:
        """Every message played on the facts as they are; what conflicts within the batch put off."""
        assert self._organisation is not None
        asked: list[tuple[Waiting, Message, frozenset[Lookup]]] = []
        played: list[Played] = []
        contacts: set[str] = set()
        for waiting in fresh:
            person = people[waiting.key]
            if person.contact.id in contacts:  # two channels of one person
                round_.put_off.append(waiting)
                continue
            contacts.add(person.contact.id)
            message = self._message(waiting.inbound, person)
            try:
                asked.append((waiting, message, needs(person.session, message, now)))
            except Exception as error:
                played.append(self._set_aside(waiting, message, person, error))
        facts = await self._facts(tx, (lookups for _, _, lookups in asked), now)
        touched: set[str] = set()
        for waiting, message, lookups in asked:
            person = people[waiting.key]
            try:
                turn = advance(person.session, message, Facts({one: facts[one] for one in lookups}), now)
            except Exception as error:
                played.append(self._set_aside(waiting, message, person, error))
                continue
            one = Played(waiting, message, person, turn)
            names = self._writer.touches(one)
            if names & touched:
                if waiting.conflicts < MAX_CONFLICTS:
                    round_.put_off.append(waiting)
                    continue
            touched |= names
            played.append(one)
        if touched and self._database.dialect != "sqlite":
            await self._settled(tx, played, touched, facts, asked, now, round_)
        return played

    async def _settled(
        self,
        tx: Transaction,
        played: list[Played],
        touched: Collection[str],
        facts: Mapping[Lookup, tuple[Any, ...]],
        asked: Sequence[tuple[Waiting, Message, frozenset[Lookup]]],
        now: datetime,
        round_: Round,
    ) -> None:
        """Against other processes: hold what is filed about, look again, and put off whom the facts left behind."""
        await tx.lock(touched)
        lookups = {waiting: one for waiting, _, one in asked}
        filing = [one for one in played if self._writer.touches(one)]
        again = await self._facts(tx, (lookups[one.waiting] for one in filing if one.waiting in lookups), now)
        for one in filing:
            if any(again[lookup] != facts[lookup] for lookup in lookups.get(one.waiting, ())):
                played.remove(one)
                round_.put_off.append(one.waiting)

    async def _facts(
        self, tx: Transaction, lookups: Iterable[Collection[Lookup]], now: datetime
    ) -> dict[Lookup, tuple[Any, ...]]:
        wanted = {lookup for some in lookups for lookup in some}
        return await answer(tx, wanted, now, self._organisation) if wanted else {}

    def _message(self, inbound: Inbound, person: Person) -> Message:
        button = unseal(self._database.keyring, person.contact.id, inbound.button) if inbound.button else ""
        own_number = inbound.address if inbound.channel == "sms" else inbound.phone
        return Message(
            id=self._ids(),
            channel=self._traits[inbound.channel],
            speaker=person.speaker,
            sent_at=inbound.sent_at,
            received_at=inbound.received_at,
            provider_id=inbound.message_id,
            kind=inbound.kind,
            text=inbound.text,
            button=button or ("?" if inbound.button else ""),
            phone=own_number,
            entropy=self._random_bytes(16).hex(),
        )

    def _set_aside(self, waiting: Waiting, message: Message, person: Person, error: Exception) -> Played:
        """A message that cannot be played: kept, answered, and out of the others' way; the session as it was."""
        log.error("pipeline.set_aside", inbound=message.id, error=type(error).__name__, at=_where(error))
        text = T("这条消息我这边处理出了错，已经留底交给人查看。您前面说过的都还在，请换个说法再试一次。")
        turn = Turn(session=person.session or {}, replies=(Reply(text),))
        return Played(waiting, message, person, turn, error=type(error).__name__)

    async def _write(self, tx: Transaction, played: Sequence[Played], round_: Round, now: datetime) -> None:
        """Write all; where that fails halve it, until the bad one stands alone and is set aside."""
        if not played:
            return
        assert self._organisation is not None
        try:
            async with tx.savepoint():
                await self._writer.write(tx, played, self._organisation, now)
        except Exception as error:
            if len(played) > 1:
                middle = len(played) // 2
                await self._write(tx, played[:middle], round_, now)
                await self._write(tx, played[middle:], round_, now)
                return
            await self._alone(tx, played[0], error, round_, now)
            return
        round_.stored.extend(one.waiting for one in played)

    async def _alone(
        self, tx: Transaction, one: Played, error: Exception, round_: Round, now: datetime
    ) -> None:
        """The one message of a batch that could not be written."""
        if isinstance(error, Conflict) and one.waiting.conflicts < MAX_CONFLICTS:
            round_.put_off.append(one.waiting)
        elif one.error is None:
            await self._write(tx, [self._set_aside(one.waiting, one.message, one.person, error)], round_, now)
        else:
            round_.lost.append((one.waiting, error))


def _where(error: BaseException) -> str:
    """File and line an error came from; never its words, which may hold a person's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""

"""One message, one transaction; many messages, one commit (design.md).

Whatever waits is taken together, one message a contact: loaded with a few queries, played purely, written
with bulk statements, committed once; only then is anybody told that it was taken. A turn that touches what an
earlier one of the batch files about waits for the next batch and fresh facts. A batch that fails is bisected
by savepoints until the bad message stands alone and is set aside, answered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import perf_counter

import structlog

from bot.access import NotAllowed
from bot.channels.base import Inbound
from bot.faults import fault
from bot.people import Key, Person, key_of, load_people
from bot.seals import unseal
from bot.writing import Conflict, Played, Writer
from conversations.care.masking import as_ruled
from conversations.engine.machine import Listening
from conversations.engine.words import not_yours
from conversations.facts import Facts, Lookup
from conversations.message import ChannelTraits, Message, Reply, Turn
from conversations.text import T
from storage.crypto import Undecryptable
from storage.database import Database
from storage.ids import IdSource
from storage.organisation import Organisation, load_organisation
from storage.queries import answer
from storage.reading import rows
from storage.transaction import Transaction

log = structlog.get_logger()

MAX_BATCH = 256
"""Messages that share a commit, at most: bounds the time any one of them waits."""
MAX_CONFLICTS = 20
"""Rounds a message waits for others before it is set aside."""

_STORED = "SELECT provider_id FROM inbound WHERE channel = ? AND provider_id IN ?"


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
    put_off: set[Waiting] = field(default_factory=set)
    lost: list[tuple[Waiting, BaseException]] = field(default_factory=list)
    set_aside: int = 0
    """How many of the stored ones could not be played, and were answered as such."""


@dataclass(slots=True, eq=False)
class Asked:
    """A message understood as far as words go, and what must be known to answer it."""

    waiting: Waiting
    message: Message
    person: Person
    listening: Listening
    lookups: frozenset[Lookup]


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
        self.observed: Callable[[Round, float], None] = lambda round_, seconds: None
        """Told of every batch, and of the seconds from its loading to its commit."""

    async def submit(self, inbound: Inbound) -> None:
        """Take one message in; returns once it is committed. Raises `NotTaken` when it could not be stored.

        Needs `run` beside it. A repeat of a message already stored returns at once and does nothing.
        """
        done = asyncio.get_running_loop().create_future()
        inbound = _writable(inbound)
        self._queue.append(Waiting(inbound, key_of(inbound, self._database.keyring), done))
        self._arrived.set()
        await done

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
        round_, started = Round(), perf_counter()
        try:
            await self._round(batch, round_)
        except BaseException as error:  # the database itself, or we are stopped: nothing is stored
            round_ = Round(lost=[(waiting, error) for waiting in batch])
            if not isinstance(error, Exception):
                raise
            log.error("pipeline.batch_failed", size=len(batch), error=type(error).__name__, at=_where(error))
        else:
            fault("pipeline.committed")
            self._committed()
        finally:
            self.observed(round_, perf_counter() - started)
            self._answer(batch, round_)
        fault("pipeline.acknowledged")

    def _answer(self, batch: Sequence[Waiting], round_: Round) -> None:
        """Tell whoever waits what became of her message; who was put off goes before all that came later."""
        for waiting in round_.stored:
            if not waiting.done.done():
                waiting.done.set_result(None)
        for waiting, why in round_.lost:
            if not waiting.done.done():
                waiting.done.set_exception(NotTaken(type(why).__name__))
        for waiting in reversed(batch):
            if waiting in round_.put_off:
                waiting.conflicts += 1
                self._queue.appendleft(waiting)

    async def _round(self, batch: Sequence[Waiting], round_: Round) -> None:
        fault("pipeline.received")
        async with self._database.transaction() as tx:
            await tx.lock({f"{channel}:{index}" for channel, index in (waiting.key for waiting in batch)})
            now = self._clock()
            organisation = self._organisation = await load_organisation(tx, self._organisation)
            fresh = await self._not_stored(tx, batch, round_)
            people = await self._people(tx, fresh, organisation, now)
            played = await self._play(tx, fresh, people, organisation, now, round_)
            fault("pipeline.played")
            await self._write(tx, played, organisation, round_, now)
            fault("pipeline.written")

    async def _people(
        self, tx: Transaction, fresh: Sequence[Waiting], organisation: Organisation, now: datetime
    ) -> dict[Key, Person]:
        """Who wrote; held against other processes, where there are any, whatever channel she writes from."""
        inbounds = {waiting.key: waiting.inbound for waiting in fresh}

        async def load() -> dict[Key, Person]:
            return await load_people(tx, inbounds, self._database.keyring, organisation, self._ids, now)

        people = await load()
        if self._database.dialect != "sqlite":
            await tx.lock({f"contact:{person.contact.id}" for person in people.values() if not person.new})
            people = await load()
        return people

    async def _not_stored(self, tx: Transaction, batch: Sequence[Waiting], round_: Round) -> list[Waiting]:
        """Those of the batch that are not repeats."""
        names = {waiting: (waiting.inbound.channel, waiting.inbound.provider_id) for waiting in batch}
        stored = {
            (channel, provider_id)
            for channel in {channel for channel, _ in names.values()}
            for (provider_id,) in await rows(
                tx, _STORED, channel, {number for name, number in names.values() if name == channel}
            )
        }
        fresh: dict[tuple[str, str], Waiting] = {}
        for waiting, name in names.items():
            if name in stored:
                round_.stored.append(waiting)
            elif name in fresh:  # it is stored when the other one is
                round_.put_off.add(waiting)
            else:
                fresh[name] = waiting
        return list(fresh.values())

    async def _play(
        self,
        tx: Transaction,
        fresh: Sequence[Waiting],
        people: Mapping[Key, Person],
        organisation: Organisation,
        now: datetime,
        round_: Round,
    ) -> list[Played]:
        """Every message played on the facts as they are; what conflicts within the batch put off."""
        asked: list[Asked] = []
        played: list[Played] = []
        contacts: set[str] = set()
        for waiting in fresh:
            person = people[waiting.key]
            if person.contact.id in contacts:  # two channels of one person
                round_.put_off.add(waiting)
                continue
            contacts.add(person.contact.id)
            message = self._message(waiting.inbound, person)
            try:
                if person.error is not None:
                    raise person.error
                listening = Listening(person.session, message, now, given=True)
                asked.append(Asked(waiting, message, person, listening, listening.needs))
            except Exception as error:
                played.append(self._set_aside(waiting, message, person, error))
        facts = await self._facts(tx, asked, organisation, now)
        touched: set[str] = set()
        filing: list[tuple[Asked, Played]] = []
        for one in asked:
            try:
                known = facts[one]
                if isinstance(known, Exception):
                    raise known
                turn = one.listening.advance(known)
            except Exception as error:
                played.append(self._set_aside(one.waiting, one.message, one.person, error))
                continue
            done = Played(one.waiting, one.message, one.person, turn)
            if names := self._writer.touches(done):
                if names & touched:
                    self._put_off(done, played, round_)
                    continue
                touched |= names
                filing.append((one, done))
            played.append(done)
        if touched and self._database.dialect != "sqlite":
            await tx.lock(touched)
            await self._look_again(tx, filing, facts, played, organisation, now, round_)
        return played

    def _put_off(self, one: Played, played: list[Played], round_: Round) -> None:
        """Run it again on fresh facts, with the next batch; not for ever."""
        if one.waiting.conflicts < MAX_CONFLICTS:
            round_.put_off.add(one.waiting)
        else:
            played.append(self._set_aside(one.waiting, one.message, one.person, Conflict("no end of it")))

    async def _look_again(
        self,
        tx: Transaction,
        filing: Sequence[tuple[Asked, Played]],
        facts: Mapping[Asked, Facts | Exception],
        played: list[Played],
        organisation: Organisation,
        now: datetime,
        round_: Round,
    ) -> None:
        """Now that no other process files about them: put off whom the facts left behind."""
        again = await self._facts(tx, [asked for asked, _ in filing], organisation, now)
        for asked, one in filing:
            if again[asked] != facts[asked]:
                played.remove(one)
                self._put_off(one, played, round_)

    async def _facts(
        self, tx: Transaction, asked: Sequence[Asked], organisation: Organisation, now: datetime
    ) -> dict[Asked, Facts | Exception]:
        """What each message must know; why not, where it asks about a record that cannot be read."""
        wanted = {lookup for one in asked for lookup in one.lookups}
        try:
            found = await answer(tx, wanted, now, organisation, self._traits)
        except Undecryptable as error:
            if len(asked) == 1:
                return {asked[0]: error}
            facts: dict[Asked, Facts | Exception] = {}
            for one in asked:
                facts |= await self._facts(tx, [one], organisation, now)
            return facts
        return {one: Facts({lookup: found[lookup] for lookup in one.lookups}) for one in asked}

    def _message(self, inbound: Inbound, person: Person) -> Message:
        button = unseal(self._database.keyring, person.contact.id, inbound.button) if inbound.button else ""
        own_number = inbound.address if inbound.channel == "sms" else inbound.phone
        return Message(
            id=self._ids(),
            channel=as_ruled(self._traits[inbound.channel], person.speaker.programme),
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
        """A message that cannot be played: kept, answered, out of the others' way; the session as it was."""
        log.error("pipeline.set_aside", inbound=message.id, error=type(error).__name__, at=_where(error))
        text = T("这条消息我这边处理出了错，已经留底交给人查看。您前面说过的都还在，请换个说法再试一次。")
        refused = error.action if isinstance(error, NotAllowed) else None
        turn = Turn(session={}, replies=(Reply(not_yours(message.speaker.role) if refused else text),))
        return Played(waiting, message, person, turn, error=type(error).__name__, refused=refused)

    async def _write(
        self,
        tx: Transaction,
        played: Sequence[Played],
        organisation: Organisation,
        round_: Round,
        now: datetime,
    ) -> None:
        """Write all; where that fails halve it, until the bad one stands alone and is set aside."""
        if not played:
            return
        try:
            async with tx.savepoint():
                await self._writer.write(tx, played, organisation, now)
        except Exception as error:
            if len(played) > 1:
                middle = len(played) // 2
                await self._write(tx, played[:middle], organisation, round_, now)
                await self._write(tx, played[middle:], organisation, round_, now)
                return
            (one,) = played
            if isinstance(error, Conflict) and one.waiting.conflicts < MAX_CONFLICTS:
                round_.put_off.add(one.waiting)
            elif one.error is None:
                aside = self._set_aside(one.waiting, one.message, one.person, error)
                await self._write(tx, [aside], organisation, round_, now)
            else:
                round_.lost.append((one.waiting, error))
            return
        round_.stored.extend(one.waiting for one in played)
        round_.set_aside += sum(one.error is not None for one in played)


def _writable(inbound: Inbound) -> Inbound:
    """The message without halves of characters (lone surrogates), which no database stores."""
    try:
        (inbound.text + inbound.button).encode()
    except UnicodeEncodeError:
        return replace(inbound, text=_whole(inbound.text), button=_whole(inbound.button))
    return inbound


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _where(error: BaseException) -> str:
    """File and line an error came from; never its words, which may hold a person's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""

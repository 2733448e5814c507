"""Files that were asked for: made one after the other, each once, and handed over as the channel allows.

What is wanted was written down with the turn that asked for it. Making is done outside of any transaction; the file, the
letter that hands it over and the audit are then one commit. So a program that is killed in the middle makes it again,
and one that is killed afterwards neither makes nor tells it twice. Whoever asked is looked at again at each step: an
office that was taken, or changed, gets nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog

from bot import audit
from bot.escalation import CAREFUL
from bot.faults import fault
from bot.files import keeping
from bot.files.leaving import DOCUMENT, FILE, LINK_FOR, PATH, new_token, token_index, under_way
from bot.files.made import Desk, File, NotMade, make
from bot.files.sources import Sources, Stored
from bot.files.workbook import sweep_scratch
from bot.logs import whereabouts
from bot.looking import Looking, each
from bot.quiet import after_quiet_hours
from bot.writing import Writer
from conversations.care.masking import as_ruled
from conversations.message import ChannelTraits, Speaker
from conversations.papers.names import PAPERS
from conversations.text import T, Text
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Address, Contact, FileJob, Outgoing, Staff
from storage.organisation import Organisation, load_organisation
from storage.transaction import Transaction

log = structlog.get_logger()

WAITS_FOR = timedelta(hours=1)
"""How long a letter with a file is worth sending, and the file kept for it."""
LEASE = timedelta(minutes=10)
"""How long a file that is being made is left alone by others; renewed while rows come."""
AGAIN = timedelta(minutes=1)
"""Before a file that failed is begun again."""
MOST_TRIES = 3
A_WHILE = 20.0
"""Seconds after which she is told that it takes longer."""
SIGN_OF_LIFE = 60.0
"""Seconds between two renewals of the lease."""
AT_ONCE = 50

WHAT: Mapping[str, Text] = {"list": T("名单"), "chart": T("图"), "paper": T("报表")}
DONE = T("{what}做好了，点开就能看。里面有个人信息，请别转发，用完删掉。")
DONE_COUNTS = T("{what}做好了，点开就能看。")
DONE_CHART = T("{what}画好了，点开就能看。")
LINKED = T(
    "{what}做好了。请在{minutes}分钟内打开下面的网址，输入您的PIN就能下载：\n{link}",
    sms=T("{what}好了，{minutes}分钟内打开，用PIN下载：{link}"),
)
NO_PIN = T("{what}要用PIN才能下载，您还没有设。请先在聊天里对我说“设置PIN”，设好再说一次要什么。")
NO_ADDRESS = T("{what}要从我们自己的网站下载，网址还没有设好，所以先没有做。请告诉县里的管理员。")
STILL_AT_IT = T("正在做，已经写好{count}行，好了马上给您。")
FAILED = T("{what}没有做成，我记下来了，请县里的管理员看看。您可以过一会儿再说一次。")


class _Stopping(Exception):
    """The program is to stop: the rest is for its next start."""


@dataclass(slots=True)
class _Work:
    """One job that is being made."""

    job: FileJob
    speaker: Speaker
    organisation: Organisation
    by_link: bool


class Files(Looking):
    """Finds jobs by `next_check_at`. May run in several processes: each file is made by one of them."""

    waits_for = (FileJob,)

    def __init__(
        self,
        database: Database,
        writer: Writer,
        clock: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        traits: Mapping[str, ChannelTraits],
        public_url: str = "",
        committed: Callable[[], None] = lambda: None,
        sources: Sources | None = None,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        """`public_url`: where our server is reached, without which there are no links. `seconds`: time that passes."""
        super().__init__(database, writer, clock, committed)
        self._random_bytes = random_bytes
        self._traits = traits
        self._public_url = public_url.rstrip("/")
        self.sources: Sources = sources or Stored()
        self._seconds = seconds
        self._stop: asyncio.Event | None = None
        self._starting = False

    async def run(self, stop: asyncio.Event) -> None:
        """Look whenever one is due until `stop` is set (and `wake` called)."""
        self._stop, self._starting = stop, True
        await asyncio.to_thread(sweep_scratch)
        await super().run(stop)

    async def _begin_again(self) -> None:
        """On SQLite, where there is one process only, what an earlier one was at is begun again at once."""
        if self._database.dialect == "sqlite":
            async with self._database.transaction() as tx:
                await FileJob.filter(state="making").using_db(tx).update(next_check_at=self._clock())
        self._starting = False

    async def check(self) -> int:
        """Make what is wanted and take away what is over; how many. One that fails does not hold up the others."""
        if self._starting:
            await self._begin_again()
        due = FileJob.filter(next_check_at__lte=self._clock()).order_by("next_check_at", "id").limit(AT_ONCE)
        ids = await due.using_db(self._database.reading).values_list("id", flat=True)
        return await each("files", ids, self._look)

    # ── one job ─────────────────────────────────────────────────────────────────────────────────────────

    async def _look(self, job_id: str) -> int:
        if self._stop is not None and self._stop.is_set():
            return 0
        work = await self._begin(job_id)
        if work is None:
            self.committed()
            return 1
        started = self._seconds()
        fault("files.begun")
        try:
            made = await self._make(work, started)
        except _Stopping:
            await self._put_back(work.job, self._clock(), begun=False)
            return 0
        except NotMade as refused:
            await self._give_up(work.job, refused.text)
            return 1
        except Exception as error:
            log.error("files.not_made", id=job_id, what=work.job.what, error=whereabouts(error))
            await self._put_back(work.job, self._clock() + AGAIN)
            return 0
        fault("files.made")
        await self._hand_over(work, made)
        fault("files.handed_over")
        self.committed()
        return 1

    async def _begin(self, job_id: str) -> _Work | None:
        """Take the job on; None where there is nothing to make: it is over, not hers any more, or cannot be had."""
        now = self._clock()
        async with self._database.transaction() as tx:
            await tx.lock([f"file:{job_id}"])
            job = await FileJob.filter(id=job_id, next_check_at__lte=now).using_db(tx).first()
            if job is None:
                return None
            if job.state == "over":
                await keeping.forget(tx, job.id)
                return None
            if job.state == "made":
                await self._end(tx, job, now)
                return None
            if job.params.get(keeping.BY_DAY) and (morning := after_quiet_hours(now)) > now:
                job.next_check_at = morning
                await job.save(using_db=tx, update_fields=["next_check_at"])
                return None
            self._organisation = organisation = await load_organisation(tx, self._organisation)
            speaker = await keeping.still_hers(tx, job, organisation)
            if speaker is None:
                await self._refuse(tx, job, now)
                return None
            address = await Address.get(id=job.address_id, using_db=tx)
            traits = as_ruled(self._traits.get(address.channel, CAREFUL), speaker.programme)
            by_link = not traits.documents or traits.masked
            if by_link and not self._public_url:
                await self._tell_the_end(tx, job, NO_ADDRESS, now)
                return None
            if (
                by_link
                and not await Staff.filter(id=job.staff_id, pin__not_isnull=True).using_db(tx).exists()
            ):
                await self._tell_the_end(tx, job, NO_PIN, now)
                return None
            if job.tries >= MOST_TRIES:
                await self._tell_the_end(tx, job, FAILED, now)
                return None
            job.state, job.tries, job.next_check_at = "making", job.tries + 1, now + LEASE
            job.params = job.params | {keeping.VILLAGES: [village.id for village in speaker.villages]}
            await job.save(using_db=tx, update_fields=["state", "tries", "next_check_at", "params"])
        return _Work(job, speaker, organisation, by_link)

    async def _make(self, work: _Work, started: float) -> File:
        job = work.job
        alive = started

        async def going(rows: int) -> None:
            nonlocal alive
            if self._stop is not None and self._stop.is_set():
                raise _Stopping
            now = self._seconds()
            if now - started > A_WHILE and job.progress_at is None and not job.params.get(keeping.BY_DAY):
                await self._say_it_takes_longer(job, rows)
            if now - alive > SIGN_OF_LIFE:
                alive = now
                async with self._database.transaction() as tx:
                    mine = FileJob.filter(id=job.id, state="making", tries=job.tries).using_db(tx)
                    await mine.update(next_check_at=self._clock() + LEASE)

        desk = Desk(self._database.reading, work.organisation, self.sources, work.speaker, self._clock())
        return await make(job.what, job.params, desk, going)  # type: ignore[arg-type]

    async def _hand_over(self, work: _Work, made: File) -> None:
        """The file, the letter and what is noted of them: together, or not at all."""
        now = self._clock()
        async with self._database.transaction() as tx:
            job = await self._mine(tx, work.job)
            if job is None:
                return
            organisation = await load_organisation(tx, work.organisation)
            if await keeping.still_hers(tx, job, organisation) is None:
                await self._refuse(tx, job, now)
                return
            token = new_token(self._random_bytes) if work.by_link else ""
            letter = await self._letter(tx, job, self._words(job, token), now)
            if letter is None:
                await keeping.forget(tx, job.id)
                return
            letter.payload |= {FILE: job.id} | ({} if token else {DOCUMENT: made.name})
            letter.expires_at = now + WAITS_FOR
            job.state, job.name, job.women, job.letter_id = "made", made.name, list(made.women), letter.id
            job.token_index = token_index(self._database.keyring, token) if token else None
            job.next_check_at = now + WAITS_FOR
            await job.save(using_db=tx)
            await keeping.store(tx, job.id, made.content)
            await insert_many(tx, Outgoing, [letter])
            self._note(tx, job, letter.channel, "file.made", now)
            if not token:  # a document goes straight to her; of a link it is noted when it is used
                women = made.women
                await audit.looked_at_many(
                    tx,
                    job.contact_id,
                    job.role,
                    women,
                    f"file.{job.what}",
                    letter.channel,
                    now,
                    record=job.id,
                )

    def _words(self, job: FileJob, token: str) -> Text:
        what = WHAT[job.what]
        if not token:
            return (DONE_CHART if job.what == "chart" else self._done(job)).with_values(what=what)
        minutes = int(LINK_FOR.total_seconds() // 60)
        return LINKED.with_values(what=what, minutes=minutes, link=f"{self._public_url}{PATH}{token}")

    @staticmethod
    def _done(job: FileJob) -> Text:
        """A paper of counts names nobody."""
        counts = job.what == "paper" and not PAPERS[job.params["name"]].people
        return DONE_COUNTS if counts else DONE

    # ── what becomes of it ──────────────────────────────────────────────────────────────────────────────

    async def _mine(self, tx: Transaction, job: FileJob) -> FileJob | None:
        """The row, if it is still ours to write: nobody else has begun it meanwhile."""
        await tx.lock([f"file:{job.id}"])
        return await FileJob.filter(id=job.id, state="making", tries=job.tries).using_db(tx).first()

    async def _put_back(self, job: FileJob, at: datetime, *, begun: bool = True) -> None:
        """To be begun again then; `begun`: this time counts."""
        async with self._database.transaction() as tx:
            row = await self._mine(tx, job)
            if row is not None:
                row.state, row.next_check_at, row.tries = "wanted", at, row.tries if begun else row.tries - 1
                await row.save(using_db=tx, update_fields=["state", "next_check_at", "tries"])

    async def _give_up(self, job: FileJob, text: Text) -> None:
        async with self._database.transaction() as tx:
            row = await self._mine(tx, job)
            if row is not None:
                await self._tell_the_end(tx, row, text, self._clock())
        self.committed()

    async def _say_it_takes_longer(self, job: FileJob, rows: int) -> None:
        """Once, even if it is begun again."""
        now = job.progress_at = self._clock()
        async with self._database.transaction() as tx:
            row = await self._mine(tx, job)
            if row is None or row.progress_at is not None:
                return
            row.progress_at = now
            await row.save(using_db=tx, update_fields=["progress_at"])
            letter = await self._letter(tx, row, STILL_AT_IT.with_values(count=rows), now)
            await insert_many(tx, Outgoing, [letter] if letter is not None else [])
        self.committed()

    async def _tell_the_end(self, tx: Transaction, job: FileJob, text: Text, now: datetime) -> None:
        """There is no file; whoever asked is told why."""
        what = WHAT[job.what]
        asked = not job.params.get(keeping.BY_DAY)
        letter = await self._letter(tx, job, text.with_values(what=what), now) if asked else None
        await insert_many(tx, Outgoing, [letter] if letter is not None else [])
        await keeping.forget(tx, job.id)

    async def _refuse(self, tx: Transaction, job: FileJob, now: datetime) -> None:
        """Not hers any more: nobody is told, and it is noted."""
        self._note(tx, job, "files", "file.refused", now, refused=True)
        await keeping.forget(tx, job.id)

    async def _end(self, tx: Transaction, job: FileJob, now: datetime) -> None:
        """Take it away when its link is over, or its letter has left; a letter that is on its way still needs it."""
        if job.expires_at is not None and job.expires_at > now:
            job.next_check_at = job.expires_at
        elif job.expires_at is None and await under_way(tx, job, now):
            job.next_check_at = now + LINK_FOR
        elif job.expires_at is not None:
            await keeping.close(tx, job, now)
            return
        else:
            await keeping.forget(tx, job.id)
            return
        await job.save(using_db=tx, update_fields=["next_check_at"])

    async def _letter(self, tx: Transaction, job: FileJob, text: Text, now: datetime) -> Outgoing | None:
        """An answer to where she asked; None where nobody is reached there any more."""
        contact = await Contact.get(id=job.contact_id, using_db=tx)
        address = await Address.get(id=job.address_id, using_db=tx)
        if address.state != "active" or address.contact_id != contact.id:
            return None
        await self._writer.number_on(tx)
        return self._writer.letter(contact, address, "reply", text, (), now)

    def _note(
        self,
        tx: Transaction,
        job: FileJob,
        channel: str,
        action: str,
        now: datetime,
        *,
        refused: bool = False,
    ) -> None:
        audit.note(
            tx, actor=job.contact_id, role=job.role, action=action, channel=channel, now=now, record=job.id,
            why=f"file.{job.what}", outcome="refused" if refused else "done",
        )  # fmt: skip

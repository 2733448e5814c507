"""The last look before a reminder or a digest leaves: the case as it is now, and the words made of it.

Nothing but the act is stored with the letter, so a changed date, phone or end is followed up to the moment of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot import audit
from bot.acts import OPEN, look_again
from bot.channels.base import Later, Letter
from bot.escalation import CAREFUL
from bot.outbox.letters import Drop, Recheck, as_stored
from bot.seals import seal
from bot.wording import Render
from conversations.care import texts
from conversations.care.case import Answer, Reason
from conversations.care.masking import as_ruled
from conversations.care.plan import Outlook, after_quiet
from conversations.care.titles import titled
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits
from conversations.text import Sayable, Text
from storage.bulk import insert_many
from storage.care_facts import DIGEST as DIGEST
from storage.care_facts import TASKS as TASKS
from storage.cases import Loaded, Route, load_cases
from storage.database import Database
from storage.ids import IdSource
from storage.models import CareAct, Contact, Outgoing
from storage.organisation import Organisation, load_organisation
from storage.reading import readable

log = structlog.get_logger()

ACT = "care"
"""In a letter's payload: the id of the act it tells."""
SHOWN = {True: 10, False: 4}
"""Tasks listed in one digest, where there are buttons (a chat) and where there are none (SMS)."""


class CareRecheck:
    """A `Recheck` that makes the words of reminders and digests, and asks `then` for everything else."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        ids: IdSource,
        render: Render,
        traits: Mapping[str, ChannelTraits],
        then: Recheck = as_stored,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._render = render
        self._traits = traits
        self._then = then
        self._organisation: Organisation | None = None

    async def __call__(self, row: Outgoing) -> Letter | Drop | Later:
        if act := row.payload.get(ACT):
            return await self._reminder(row, act)
        if tasks := row.payload.get(TASKS):
            return await self._tasks(row, tasks)
        return await self._then(row)

    # ── to her ──────────────────────────────────────────────────────────────────────────────────────────

    async def _reminder(self, row: Outgoing, act_id: str) -> Letter | Drop | Later:
        now = self._clock()
        act = await CareAct.get_or_none(id=act_id, using_db=self._database.reading)
        if act is None or act.state != "made" or act.letter_id != row.id:
            return Drop(act.reason if act is not None and act.reason else "stale")
        loaded = (await self._load([act.pregnancy_id]))[act.pregnancy_id]
        outlook = Outlook(loaded.case, now)
        why = outlook.still_due(act.key)
        if why is not True:
            await self._skip(act, why, now)
            return Drop(why)
        later = after_quiet(loaded.case.programme, now)
        if later > now:
            return Later("quiet hours", later - now)
        route, due = loaded.route, outlook.act(act.key)
        if route is None or due is None:
            await self._skip(act, "no_consent", now)
            return Drop("no_consent")
        if route.contact is None or (route.contact.id, route.channel) != (row.contact_id, row.channel):
            return await self._elsewhere(row, act, route, now)
        row.address = route.address
        buttons = self._traits.get(row.channel, CAREFUL).buttons
        text = texts.to_her(loaded.case, due, now.astimezone(LOCAL).date(), buttons=buttons)
        said = titled(text, loaded.case.programme.name)
        return self._letter(row, route.contact, said, act if buttons else None)

    def _letter(self, row: Outgoing, contact: Contact, text: Sayable, act: CareAct | None) -> Letter:
        choices = texts.answers(act.key) if act is not None else ()
        buttons = tuple(
            (
                self._render(label, contact.locale),
                seal(self._database.keyring, contact.id, button(act, answer)),
            )
            for label, answer in choices
            if act is not None
        )
        return Letter(row.id, self._render(text, contact.locale), (buttons,) if buttons else ())

    async def _elsewhere(self, row: Outgoing, act: CareAct, route: Route, now: datetime) -> Drop:
        """She is written to elsewhere by now, and said yes there: the letter goes there in place of this one."""
        if route.contact is None:
            return Drop("no_consent")
        letter = Outgoing(
            id=self._ids(),
            seq=row.seq,
            lane=route.contact.id,
            contact_id=route.contact.id,
            channel=route.channel,
            address=route.address,
            kind=row.kind,
            payload=row.payload,
            state="queued",
            attempts=0,
            due_at=now,
            expires_at=row.expires_at,
            created_at=now,
            updated_at=now,
        )
        async with self._database.transaction() as tx:
            mine = CareAct.filter(id=act.id, letter_id=row.id, state="made").using_db(tx)
            if await mine.update(letter_id=letter.id):
                await insert_many(tx, Outgoing, [letter])
        return Drop("overtaken")

    async def _skip(self, act: CareAct, why: Reason, now: datetime) -> None:
        """The reason is kept with the act, and the case looked at: somebody else may have to tell her."""
        async with self._database.transaction() as tx:
            mine = CareAct.filter(id=act.id, state="made").using_db(tx)
            if await mine.update(state="skipped", reason=why):
                await look_again(tx, act.pregnancy_id, now)
        log.info("care.skipped", act=act.id, kind=act.kind, reason=why)

    # ── to colleagues ───────────────────────────────────────────────────────────────────────────────────

    async def _tasks(self, row: Outgoing, ids: Sequence[str]) -> Letter | Drop | Later:
        """What of it is still to be done; nothing is sent where nothing is."""
        now = self._clock()
        waiting = CareAct.filter(id__in=list(ids), state__in=OPEN).using_db(self._database.reading)
        acts, _ = await readable(waiting)
        cases = await self._load({act.pregnancy_id for act in acts})
        today, traits = now.astimezone(LOCAL).date(), self._traits.get(row.channel, CAREFUL)
        for one in {loaded.case.programme.name for loaded in cases.values()}:
            traits = as_ruled(traits, one)
        if traits.trust == "low":  # no names of the roster by SMS unasked: the list with names wants her PIN
            traits = replace(traits, masked=True)
        said: dict[str, Sayable] = {}
        why: Reason = "answered_already"
        for act in acts:
            outlook = Outlook(cases[act.pregnancy_id].case, now)
            still = outlook.still_due(act.key)
            due = outlook.act(act.key)
            if still is not True or due is None:
                why = still if still is not True else "stale"
                continue
            case = cases[act.pregnancy_id].case
            said[act.id] = titled(texts.task(case, due, today, traits, act.to_role), case.programme.name)
        if not said:
            return Drop(why)
        contact = await Contact.get(id=row.contact_id, using_db=self._database.reading)
        women = {act.id: act.woman_id for act in acts}
        at_once = not row.payload.get(DIGEST)
        role, places = acts[0].to_role, {act.place_id for act in acts}
        older = 0 if at_once else await self._older(role, places, ids, now)
        shown = [one for one in ids if one in said][: SHOWN[traits.buttons]]
        last = list(ids).index(shown[-1]) + 1
        text = texts.digest(  # a number stays that of its task, whatever was done meanwhile (flows/today.py)
            [said[one] if one in shown else Text("") for one in ids[:last]],
            role,
            more=len(said) - len(shown),
            older=older,
            at_once=at_once,
        )
        async with self._database.transaction() as tx:  # what is listed is known only now
            about = [women[one] for one in shown]
            audit.looked(tx, contact.id, role, about, "digest", row.channel, now, record=row.id)
        return Letter(row.id, self._render(text, contact.locale))

    async def _older(
        self, role: str, places: Collection[str | None], ids: Sequence[str], now: datetime
    ) -> int:
        """How many tasks of earlier days are still open there."""
        known = [place for place in places if place is not None]
        rows = CareAct.filter(to_role=role, place_id__in=known, state__in=("sent", "answered"))
        rows = rows.filter(kind__in=("task", "notice"), useful_until__gt=now).exclude(id__in=list(ids))
        return await rows.using_db(self._database.reading).count()

    async def _load(self, pregnancy_ids: Collection[str]) -> dict[str, Loaded]:
        reading = self._database.reading
        self._organisation = await load_organisation(reading, self._organisation)
        return await load_cases(reading, pregnancy_ids, self._organisation, self._traits)


def button(act: CareAct, answer: Answer) -> str:
    """The value of the button that gives this answer to an act."""
    if answer in ("yes", "no", "wrong"):
        return f"go:consent:{act.id}:{answer}"
    return f"go:{'visit_done' if answer == 'went' else 'visit_later'}:{act.id}:{answer}"

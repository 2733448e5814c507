"""What a batch of turns writes: inbound, sessions, reports, roster, letters, deliveries, audit — in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot import announcements, audit, care_over, care_words, consent, duties, unfinished, ways
from bot.access import Action, NotAllowed, Subject, demanded, may
from bot.acts import after_filing
from bot.channels.base import Letter
from bot.county.deliver import delivery
from bot.county.envelope import Village
from bot.county.holding import hold
from bot.escalation import AlreadyTaken, Escalation
from bot.files import keeping
from bot.leaving_office import ABOUT
from bot.offices import Offices
from bot.papers import counts, summaries
from bot.people import Person
from bot.quiet import leaves_at
from bot.seals import seal
from bot.wording import Render
from conversations.care.from_county import TOLD_BY_COUNTY
from conversations.care.titles import rules_where, titled
from conversations.engine.trust import kept_words
from conversations.flows.stranger import LINE
from conversations.local_time import LOCAL
from conversations.message import (
    ActWord,
    Announce,
    Assign,
    Button,
    ChannelTraits,
    ClaimInvite,
    ClaimLink,
    ClockWord,
    Consented,
    CountAttempt,
    DecideJoiner,
    DecideLink,
    DutyDone,
    ForgetSaid,
    GotIt,
    Handover,
    Invite,
    Looked,
    Message,
    NothingEnded,
    Notice,
    OfferLink,
    OptIn,
    OptOut,
    PhoneReported,
    Prefer,
    RaiseAlert,
    Refused,
    Report,
    Revoke,
    SetLocale,
    SetPin,
    SilenceNumber,
    TakeAlert,
    ToldOver,
    TrustNumber,
    Turn,
    UnsafeNumber,
    WantFile,
    WantSummary,
)
from conversations.roster import WomanState, fold
from conversations.text import Sayable, T, shortened
from storage.bulk import insert_many, update_many, upsert_many
from storage.crypto import Keyring
from storage.ids import IdSource
from storage.models import (
    Address,
    Child,
    Contact,
    Delivery,
    Inbound,
    Outgoing,
    Pregnancy,
    Session,
    Woman,
)
from storage.models import Report as ReportRow
from storage.organisation import Organisation
from storage.reading import full_rows, rows
from storage.reports import as_report
from storage.transaction import Transaction

if TYPE_CHECKING:
    from bot.pipeline import Waiting

DEFAULT_DESTINATION = "county"
"""Reports of a service that has no county system yet wait for one of this name."""

EXPIRY: dict[str, timedelta] = {
    "reply": timedelta(hours=24),
    "danger": timedelta(hours=72),
    "urgent": timedelta(hours=72),
    "notice": timedelta(hours=72),
    "condolence": timedelta(hours=72),
    "reminder": timedelta(hours=12),
}
"""How long a letter is worth sending. (u)"""

WOMAN_FOLLOWS = (
    *("village_id", "name_index", "resident_id_index", "phone_index"),
    *("details", "version", "updated_at"),
)
"""What of a woman's record follows from her reports."""

_WHERE = "SELECT id, village_id FROM woman WHERE id IN ?"
_HIGHEST = "SELECT MAX(seq) FROM outgoing UNION ALL SELECT MAX(seq) FROM delivery"


OF_ITS_FACTS = "flow."
"""Looks at women whom a lookup gave, which is cut already: a report of hers on one who has moved since, a duty that stayed
with the office it began in, an alert that climbed to her. What flows show besides is held against where each woman lives."""


class Conflict(Exception):
    """The facts a turn was decided on changed before it was written: run it again on fresh ones."""


@dataclass(slots=True)
class Played:
    """A message with its turn. `error`: why it is set aside, if it is. `refused`: what was not hers to do."""

    waiting: Waiting
    message: Message
    person: Person
    turn: Turn
    error: str | None = None
    refused: str | None = None


class Writer:
    """Writes turns. `destination`: the county system every report is delivered to.
    `traits`: what each channel can do."""

    def __init__(
        self,
        keyring: Keyring,
        ids: IdSource,
        render: Render,
        destination: str = DEFAULT_DESTINATION,
        traits: Mapping[str, ChannelTraits] | None = None,
    ) -> None:
        self._keyring = keyring
        self.ids = ids
        self._render = render
        self.destination = destination
        self._last_seq = 0
        self.channels = tuple(traits or {})
        self._offices = Offices(keyring, ids)
        self._traits = traits or {}
        self.escalation = Escalation(keyring, ids, self.letter, self._traits)
        self.files_wanted = False
        """whether a file was asked for since whoever makes them was told"""
        self.summaries_wanted = False
        """the same of summaries of a month"""

    # ── what a turn touches ─────────────────────────────────────────────────────────────────────────────

    def touches(self, one: Played) -> set[str]:
        """Names of what this turn files about: women by all that could make two of one; staff codes."""
        names: set[str] = set()
        for report in one.turn.reports:
            body, village = report.body, report.village_id or ""
            names.add(f"woman:{report.woman_id}")
            names.add(f"report:{report.report_id}")
            if name := body.get("woman_name") or body.get("mother_name"):
                names.add(self._name("name", f"{village}/{name}"))
            if number := body.get("resident_id"):
                names.add(self._name("resident_id", number))
            if phone := body.get("phone"):
                names.add(self._name("phone", phone))
        for effect in one.turn.effects:
            if isinstance(effect, (ClaimInvite, DecideJoiner)):
                names.add(f"invitation:{effect.invite_id}")
                if isinstance(effect, DecideJoiner) and effect.same_as:
                    names.add(f"staff:{effect.same_as}")
            elif isinstance(effect, Revoke):
                names.add(f"staff:{effect.staff_id}")
            elif isinstance(effect, Handover):
                names |= {f"staff:{effect.from_staff}", f"staff:{effect.to_staff}"}
            elif isinstance(effect, Assign):
                names.add(f"woman:{effect.woman_id}")
            elif isinstance(effect, (TakeAlert, PhoneReported, DutyDone)):
                names.add(f"alert:{effect.alert_id}")
            elif isinstance(effect, (ToldOver, NothingEnded)):
                names.add(f"woman:{effect.woman_id}")
            elif isinstance(effect, ActWord):
                names.add(f"act:{effect.act_id}")
            elif isinstance(effect, (ClaimLink, DecideLink)):
                names.add(f"link:{effect.link_id}")
        return names

    def _name(self, kind: Any, value: str) -> str:
        return f"{kind}:{self._keyring.blind(kind, value)}"

    # ── writing ─────────────────────────────────────────────────────────────────────────────────────────

    async def write(
        self, tx: Transaction, played: Sequence[Played], organisation: Organisation, now: datetime
    ) -> None:
        """All rows of these turns. Raises `Conflict`, `NotAllowed`, or what the database says; the caller undoes."""
        villages = await _villages(tx, played)
        for one in played:
            self._allowed(one, organisation, villages)
        await self.number_on(tx)
        new = [one.person for one in played if one.person.new]
        await insert_many(tx, Contact, [person.contact for person in new])
        await insert_many(tx, Address, [person.address for person in new])
        await insert_many(tx, Inbound, [self._inbound(one) for one in played])
        await self._reports(tx, played, organisation, now)
        await upsert_many(
            tx,
            Session,
            [self._session(one, now) for one in played if one.error is None],
            conflict=("contact_id",),
            update=("data", "version", "updated_at", "next_check_at"),
        )
        for one in played:
            self._audit(tx, one, now)
        letters = [letter for one in played for letter in self._replies(one, villages, now)]
        for one in played:
            if one.error is None:
                letters += await unfinished.keep(
                    tx, one, self.escalation, self._keyring, organisation, self.channels, now
                )
            if one.turn.effects:
                for notice in await self._offices.apply(
                    tx, one.message.speaker, one.turn.effects, organisation, now
                ):
                    letters += await self.notice_letters(tx, notice, organisation, now)
                await consent.apply(tx, one.message.speaker, one.turn.effects, now)
                await care_words.apply(tx, self._keyring, one.message.speaker, one.turn.effects, now)
                await care_over.apply(
                    tx,
                    self._keyring,
                    one.message.speaker,
                    one.turn.effects,
                    organisation,
                    self.channels,
                    now,
                )
                letters += await announcements.apply(
                    tx, one.message.speaker, one.turn.effects, organisation, self, now
                )
                letters += await ways.apply(
                    tx, self._keyring, one.message.speaker, one.turn.effects, organisation, self, now
                )
                await counts.apply(tx, one.message.speaker, one.turn.effects, one.message.id, now)
                if await keeping.want(tx, one.message.speaker, one.person.address.id, one.turn.effects, now):
                    self.files_wanted = True
                if await summaries.want(tx, one.message.speaker, one.turn.effects, now):
                    self.summaries_wanted = True
        letters += await self._notices(tx, played, organisation, now)
        letters += await self._alerts(tx, played, organisation, now)
        await insert_many(tx, Outgoing, letters)
        await self._seen(tx, played)

    def _allowed(self, one: Played, organisation: Organisation, villages: Mapping[str, str | None]) -> None:
        """The last look before it is written: every effect and every report is the speaker's to lead to. `villages`:
        where the women are whom she is shown. Danger is told whatever else the turn holds."""
        speaker, effects = one.message.speaker, one.turn.effects
        told = any(isinstance(effect, (RaiseAlert, TakeAlert)) for effect in effects)
        for effect in effects:
            action = demanded(speaker, effect)
            if isinstance(effect, Looked) and not told and not effect.why.startswith(OF_ITS_FACTS):
                # who has no village is an empty record: all that was reported of her was taken back
                places = {villages.get(woman) for woman in effect.women} - {None}
                if not all(may(speaker, action, Subject(place), organisation) for place in places):
                    raise NotAllowed(action)
        for report in one.turn.reports:
            act: Action = "report" if report.verification == "unverified" else "verify"
            if not may(speaker, act, Subject(report.village_id), organisation, event=report.event):
                raise NotAllowed(act)
        for effect in one.turn.effects:
            if isinstance(effect, Invite) and not may(
                speaker, "invite", Subject(effect.place_id, effect.role), organisation
            ):
                raise NotAllowed("invite")

    def _inbound(self, one: Played) -> Inbound:
        inbound = one.waiting.inbound
        return Inbound(
            id=one.message.id,
            channel=inbound.channel,
            provider_id=inbound.provider_id,
            contact_id=one.person.contact.id,
            payload={
                "kind": inbound.kind,
                "text": kept_words(one.person.session, inbound.text),
                "button": inbound.button,
            },
            sent_at=inbound.sent_at,
            received_at=inbound.received_at,
            state="done" if one.error is None else "set_aside",
            error=one.error,
        )

    def _session(self, one: Played, now: datetime) -> Session:
        return Session(
            contact_id=one.person.contact.id,
            data=one.turn.session,
            version=one.person.session_version + 1,
            updated_at=now,
            next_check_at=one.turn.check_at,
        )

    async def _seen(self, tx: Transaction, played: Sequence[Played]) -> None:
        """Where each wrote from last: answers and notices go there; who had blocked us is reachable again."""
        seen = [("active", one.message.received_at, one.person.address.id) for one in played]
        await update_many(tx, Address, seen, names=("state", "last_inbound_at"))

    # ── reports and what follows from them ──────────────────────────────────────────────────────────────

    async def _reports(
        self, tx: Transaction, played: Sequence[Played], organisation: Organisation, now: datetime
    ) -> None:
        filed = [(one, report) for one in played for report in one.turn.reports]
        if not filed:
            return
        reports = [report for _, report in filed]
        await self._supersede(tx, reports)
        cases = await self._roster(tx, filed, organisation, now)
        await after_filing(tx, cases, organisation, self.channels, now)
        by = {report.woman_id: one.message.speaker.contact_id for one, report in filed}
        await care_over.filed(tx, by, organisation, self.channels, now)
        await insert_many(tx, ReportRow, [self._report(one, report) for one, report in filed])
        authors = [(report, one.message.speaker.place_id) for one, report in filed]
        await duties.filed(tx, authors, organisation, now)
        going = [
            (report, delivery(report, _village(report, organisation), self.destination, self.seq(now), now))
            for report in reports
            if report.channel not in TOLD_BY_COUNTY
        ]
        await hold(tx, going, now)
        await insert_many(tx, Delivery, [row for _, row in going])

    async def _supersede(self, tx: Transaction, reports: Iterable[Report]) -> None:
        for report in reports:
            if report.supersedes is None:
                continue
            changed = (
                await ReportRow.filter(report_id=report.report_id, version=report.supersedes, is_latest=True)
                .using_db(tx)
                .update(is_latest=False)
            )
            if changed != 1:
                raise Conflict("a newer version stands")

    async def _roster(
        self,
        tx: Transaction,
        filed: Sequence[tuple[Played, Report]],
        organisation: Organisation,
        now: datetime,
    ) -> list[str]:
        """Fold the reports of every woman concerned and write her record, pregnancies and children; the ids of her
        pregnancies, each of which is looked at now (bot/care.py).

        A woman on the roster must be the author's to report on where she lives, whatever village was told: a
        report may not fetch her from elsewhere.
        """
        reports = [report for _, report in filed]
        ids = {report.woman_id for report in reports}
        stored = {row.id: row for row in await full_rows(tx, Woman, "id", ids)}
        for one, report in filed:
            known = stored.get(report.woman_id)
            if (
                known is not None
                and known.village_id
                and not (report.event == "moved" and report.supersedes is not None)  # her own word put right
                and not may(
                    one.message.speaker, "report", Subject(known.village_id), organisation, event=report.event
                )
            ):
                raise NotAllowed("report")
            if report.woman_version is not None and (
                report.woman_id not in stored or stored[report.woman_id].version != report.woman_version
            ):
                raise Conflict("her record changed")
        about: dict[str, list[Report]] = {woman_id: [] for woman_id in ids}
        for row in await full_rows(tx, ReportRow, "woman_id", stored, where="is_latest"):
            about[row.woman_id].append(as_report(row))
        for report in reports:
            about[report.woman_id].append(report)
        states = [fold(woman_id, told) for woman_id, told in about.items()]
        women = [self._woman(state, stored.get(state.id), now) for state in states]
        await upsert_many(tx, Woman, women, conflict=("id",), update=WOMAN_FOLLOWS)
        await care_words.leave_old_numbers(tx, self._keyring, stored, women)
        await care_words.given_anew(tx, self._keyring, stored, women, now)
        await care_words.moved_along(tx, stored, women)
        await care_words.alive_after_all(tx, self._keyring, stored, women, now)
        await upsert_many(
            tx,
            Pregnancy,
            [
                Pregnancy(id=p.id, woman_id=state.id, open=p.open, details=p.details, next_check_at=now)
                for state in states
                for p in state.pregnancies.values()
            ],
            conflict=("id",),
            update=("open", "details", "next_check_at"),
        )
        children = [(state.id, child) for state in states for child in state.children.values()]
        if stored:
            kept = [child.id for _, child in children]
            gone = Child.filter(woman_id__in=list(stored))
            await (gone.exclude(id__in=kept) if kept else gone).using_db(tx).delete()
        await upsert_many(
            tx,
            Child,
            [
                Child(id=child.id, woman_id=woman_id, pregnancy_id=child.pregnancy_id, details=child.details)
                for woman_id, child in children
            ],
            conflict=("id",),
            update=("details",),
        )
        return [pregnancy for state in states for pregnancy in state.pregnancies]

    def _woman(self, state: WomanState, stored: Woman | None, now: datetime) -> Woman:
        details, blind = state.details, self._keyring.blind
        return Woman(
            id=state.id,
            village_id=state.village_id,
            name_index=blind("name", details["name"]) if details.get("name") else None,
            resident_id_index=blind("resident_id", details["resident_id"])
            if details.get("resident_id")
            else None,
            phone_index=blind("phone", details["phone"]) if details.get("phone") else None,
            details=details,
            version=stored.version + 1 if stored else 1,
            updated_at=now,
        )

    def _report(self, one: Played, report: Report) -> ReportRow:
        return ReportRow(
            id=f"{report.report_id}.{report.version}",
            report_id=report.report_id,
            version=report.version,
            supersedes=report.supersedes,
            is_latest=True,
            withdrawn=report.withdrawn,
            event=report.event,
            woman_id=report.woman_id,
            pregnancy_id=report.pregnancy_id,
            village_id=report.village_id,
            subject_ids=list(report.subject_ids),
            event_time=report.event_time,
            known_time=report.known_time,
            recorded_time=report.recorded_time,
            author_id=one.message.speaker.staff_id,
            author_role=report.author_role,
            channel=report.channel,
            channel_trust=report.channel_trust,
            verification=report.verification,
            programme=report.programme,
            schema_version=report.schema_version,
            body=dict(report.body),
            inbound_id=one.message.id,
        )

    # ── letters ─────────────────────────────────────────────────────────────────────────────────────────

    def _replies(self, one: Played, villages: Mapping[str, str | None], now: datetime) -> list[Outgoing]:
        """The answers, to the very address she wrote from."""
        contact, address = one.person.contact, one.person.address
        for effect in one.turn.effects:
            if isinstance(effect, SetLocale):
                contact.locale = effect.locale
        letters = [
            self.letter(
                contact,
                address,
                reply.kind,
                reply.text,
                reply.buttons,
                now,
                ask_phone=reply.ask_phone,
                programme=rules_where(one.message.speaker),
            )
            for reply in one.turn.replies
        ]
        shown = {
            village
            for effect in one.turn.effects
            if isinstance(effect, Looked)
            for woman in effect.women
            if (village := villages.get(woman)) is not None
        }
        if shown and one.message.speaker.staff_id is not None:
            for answer in letters:
                answer.payload |= {ABOUT: sorted(shown)}
        for effect in one.turn.effects:
            if isinstance(effect, ForgetSaid):
                letter = Letter(id=self.ids(), text="", forget=effect.provider_ids)
                letters.append(self._outgoing(contact, address, "reply", letter, now))
        return letters

    def has_buttons(self, channel: str) -> bool:
        """Whether letters on this channel may have buttons."""
        traits = self._traits.get(channel)
        return traits is None or traits.buttons

    def letter(
        self,
        contact: Contact,
        address: Address,
        kind: str,
        text: Sayable,
        buttons: Sequence[Sequence[Button]],
        now: datetime,
        *,
        ask_phone: bool = False,
        programme: str | None = None,
    ) -> Outgoing:
        """A letter in the contact's language, its buttons sealed to her; in fewer words where there are none.
        `programme`: whose titles offices have in it; None: plain words."""
        locale = contact.locale
        text = titled(text, programme)
        traits = self._traits.get(address.channel)
        if traits is not None and not traits.buttons:
            text = shortened(text, now.astimezone(LOCAL).date())
        letter = Letter(
            id=self.ids(),
            text=self._render(text, locale),
            buttons=tuple(
                tuple(
                    (
                        self._render(titled(b.label, programme), locale),
                        seal(self._keyring, contact.id, b.value),
                    )
                    for b in row
                )
                for row in buttons
                if row
            ),
            ask_phone=self._render(T("把我的手机号告诉孕管助手"), locale) if ask_phone else "",
        )
        return self._outgoing(contact, address, kind, letter, now)

    def _outgoing(
        self, contact: Contact, address: Address, kind: str, letter: Letter, now: datetime
    ) -> Outgoing:
        leaves = leaves_at(kind, now)
        return Outgoing(
            id=letter.id,
            seq=self.seq(now),
            lane=contact.id,
            contact_id=contact.id,
            channel=address.channel,
            address=address.address,
            kind=kind,
            payload=letter.as_payload(),
            state="queued",
            attempts=0,
            due_at=leaves,
            expires_at=leaves + EXPIRY[kind],
            created_at=now,
            updated_at=now,
        )

    async def _notices(
        self, tx: Transaction, played: Sequence[Played], organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        notices: list[Notice] = []
        about: list[Iterable[str]] = []
        for one in played:
            women = sorted({report.woman_id for report in one.turn.reports})
            for effect in one.turn.effects:
                if isinstance(effect, Notice):
                    text = titled(effect.text, rules_where(one.message.speaker))
                    notices.append(replace(effect, text=text))
                    about.append(effect.about or women)
        written = await self._letters_of(tx, notices, organisation, now) if notices else []
        told = [(letter, who) for letters, who in zip(written, about, strict=True) for letter in letters]
        await audit.told(tx, told, "notice", now)
        return [letter for letter, _ in told]

    async def notice_letters(
        self, tx: Transaction, notice: Notice, organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        """A notice as letters, to everybody it is for and who wants it."""
        (letters,) = await self._letters_of(tx, [notice], organisation, now)
        return letters

    async def _letters_of(
        self, tx: Transaction, notices: Sequence[Notice], organisation: Organisation, now: datetime
    ) -> list[list[Outgoing]]:
        written = [
            [
                self.letter(
                    contact,
                    address,
                    notice.kind,
                    notice.text,
                    notice.buttons,
                    now,
                    programme=organisation.programme_of(notice.place_id) if notice.place_id else None,
                )
                for contact, address in people
                if not consent.unwelcome(contact, notice.kind)
            ]
            for notice, people in zip(
                notices, await self._offices.recipients_of(tx, notices, organisation), strict=True
            )
        ]
        for notice, letters in zip(notices, written, strict=True):
            if notice.place_id:
                for letter in letters:
                    letter.payload |= {ABOUT: [notice.place_id]}
        return written

    async def _alerts(
        self, tx: Transaction, played: Sequence[Played], organisation: Organisation, now: datetime
    ) -> list[Outgoing]:
        turns = ((one.message, one.turn.effects) for one in played if one.turn.effects)
        try:
            letters = await self.escalation.apply(tx, turns, organisation, now)
        except AlreadyTaken as meanwhile:
            raise Conflict("the alert was taken") from meanwhile
        for one in played:
            speaker = one.message.speaker
            for effect in one.turn.effects:
                if isinstance(effect, TakeAlert):
                    await duties.taken(tx, [effect.alert_id], speaker.role, now)
                elif isinstance(effect, PhoneReported):
                    await duties.phoned(tx, effect.alert_id, speaker, now)
                elif isinstance(effect, DutyDone):
                    await duties.done(tx, effect.alert_id, speaker, now)
                elif isinstance(effect, ClockWord):
                    await duties.word(tx, effect.clock_id, effect.kind, speaker, now)
        return letters

    async def number_on(self, tx: Transaction) -> None:
        """Go on after the highest number there is: clocks are set back, and those of two processes differ."""
        for (highest,) in await rows(tx, _HIGHEST):
            self._last_seq = max(self._last_seq, highest or 0)

    def seq(self, now: datetime) -> int:
        """Ever higher numbers, microseconds since 1970 as long as the clock goes forward."""
        self._last_seq = max(self._last_seq + 1, int(now.timestamp() * 1_000_000))
        return self._last_seq

    # ── audit ───────────────────────────────────────────────────────────────────────────────────────────

    def _audit(self, tx: Transaction, one: Played, now: datetime) -> None:
        """What she did, on the woman it is about as far as the turn knows her; or that she wrote."""
        message, speaker = one.message, one.message.speaker
        acts: list[tuple[str, str | None, str | None]] = [
            (f"report.{_act(r)}", r.woman_id, f"{r.report_id}.{r.version}") for r in one.turn.reports
        ]
        refused = [one.refused] if one.refused is not None else []
        for effect in one.turn.effects:
            match effect:
                case Invite(id=id_) | ClaimInvite(invite_id=id_) | DecideJoiner(invite_id=id_):
                    acts.append((f"staff.{type(effect).__name__.lower()}", None, id_))
                case Handover(from_staff=id_):
                    acts.append(("staff.handover", None, id_))
                case Announce(id=id_):
                    acts.append(("announce", None, id_))
                case GotIt(told_id=id_):
                    acts.append(("announce.read", None, id_))
                case Assign(woman_id=woman, staff_id=id_):
                    acts.append(("care.assign", woman, id_))
                case Revoke(staff_id=id_):
                    acts.append(("staff.revoke", None, id_))
                case CountAttempt(purpose=purpose) if purpose != LINE:
                    acts.append(("staff.wrong_code", None, None))
                case SetPin():
                    acts.append(("staff.set_pin", None, None))
                case Prefer(channel=channel):
                    acts.append((f"prefer.{channel}", None, None))
                case OptOut() | OptIn() | SilenceNumber() | UnsafeNumber():
                    acts.append((f"consent.{type(effect).__name__.lower()}", None, None))
                case TrustNumber(alert_id=id_):
                    acts.append(("consent.trustnumber", None, id_))
                case Consented(woman_id=woman, yes=yes):
                    acts.append((f"consent.{'yes' if yes else 'no'}", woman, None))
                case ActWord(act_id=id_, answer=answer):
                    acts.append((f"care.{answer or 'reopen'}", None, id_))
                case OfferLink(id=id_, woman_id=woman):
                    acts.append(("link.offer", woman, id_))
                case ClaimLink(link_id=id_) | DecideLink(link_id=id_):
                    acts.append((f"link.{type(effect).__name__.lower()}", None, id_))
                case Refused(what=what):
                    refused.append(what)
                case ClockWord(clock_id=id_, kind=kind):
                    acts.append((f"clock.{kind}", None, id_))
                case PhoneReported(alert_id=id_):
                    acts.append(("clock.phone_call", None, id_))
                case DutyDone(alert_id=id_):
                    acts.append(("clock.done", None, id_))
                case WantFile(id=id_, what=kind):
                    acts.append((f"file.want.{kind}", None, id_))
                case WantSummary(id=id_):
                    acts.append(("month.want", None, id_))
                case Looked(women=women, why=why):
                    audit.looked(tx, speaker.contact_id, speaker.role, women, why, message.channel.name, now)
        if not acts and not refused:
            acts = [("message", None, None)]
        outcome: audit.Outcome = "set_aside" if one.error else "done"
        noted = [*((*act, outcome) for act in acts), *((what, None, None, "refused") for what in refused)]
        for action, subject, record, outcome in noted:
            audit.note(
                tx, actor=speaker.contact_id, role=speaker.role, action=action, subject=subject, record=record,
                channel=message.channel.name, now=now, outcome=outcome,
            )  # fmt: skip


async def _villages(tx: Transaction, played: Sequence[Played]) -> dict[str, str | None]:
    """Where the women live whom these turns show."""
    women = {
        woman
        for one in played
        for effect in one.turn.effects
        if isinstance(effect, Looked)
        for woman in effect.women
    }
    return dict(await rows(tx, _WHERE, women)) if women else {}


def _act(report: Report) -> str:
    if report.supersedes and report.verification != "unverified":
        return "verify" if report.verification == "verified" else "return"
    return "withdraw" if report.withdrawn else "correct" if report.supersedes else "file"


def _village(report: Report, organisation: Organisation) -> Village | None:
    path = organisation.path(report.village_id)
    return Village(path[-1].id, path[-1].name, tuple(place.name for place in path)) if path else None

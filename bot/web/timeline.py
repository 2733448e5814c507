"""One woman's course as a demonstration shows it: what was told, reminded, reported and acknowledged, in the order of
time. Masked as colleagues read it on a chat: no numbers, no diagnosis, no colour and no clock that would tell one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot import demo
from bot.web import strings
from conversations.care import texts
from conversations.care.case import BEGUN_KEY, REASONS, WORD, Case
from conversations.care.clocks import tells_colour, title
from conversations.care.danger_advice import sign_names
from conversations.care.gestation import DatingFact, dated_by, ultrasound, weeks_on
from conversations.care.plan import Outlook
from conversations.care.programme import programme
from conversations.care.titles import titled
from conversations.flows.alerts import Story
from conversations.flows.danger import DANGER, PAST
from conversations.flows.overdue import TELLING, moment
from conversations.local_time import LOCAL
from conversations.message import ChannelTraits
from conversations.records import EVENTS, FIELDS
from conversations.roster import fold
from conversations.text import Joined, Sayable, T, plain
from storage.care_facts import TASKS
from storage.cases import Loaded, load_cases
from storage.database import Database
from storage.models import (
    Alert,
    AlertTold,
    CareAct,
    Clock,
    Contact,
    ContactWoman,
    Delivery,
    Outgoing,
    Post,
    Pregnancy,
    Report,
    Staff,
    Woman,
)
from storage.organisation import Organisation, load_organisation
from storage.reports import as_report
from storage.running import running_of

Kind = Literal["report", "county", "letter", "task", "word", "alert", "clock", "skip"]
IN_ONE_MOMENT: tuple[Kind, ...] = ("report", "county", "clock", "skip", "letter", "task", "alert", "word")
CHAT = ChannelTraits("chat")
SENT = ("sent", "delivered", "unknown")
"""States of a letter that she has, as far as we know."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `by`: who did it; `words`: what was said, a line each; `notes`: what became of it."""

    at: datetime
    kind: Kind
    title: Sayable
    by: Sayable | None = None
    words: tuple[Sayable, ...] = ()
    notes: tuple[Sayable, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A woman on the roster. `place_id`: where she lives; `state`: how far she is."""

    id: str
    name: str
    place_id: str | None
    state: Sayable


async def women(database: Database, now: datetime) -> list[Known]:
    """Everybody on the roster of a demonstration, who was told of last first. Raises `NotADemonstration`."""
    await demo.check_demonstration(database)
    reading = database.reading
    organisation = await load_organisation(reading)
    cases = await _cases(
        reading, await Pregnancy.all().using_db(reading).values_list("id", flat=True), organisation
    )
    newest = {one.case.woman_id: one.case for one in cases.values() if one.case.newest}
    return [
        Known(
            row.id,
            row.details.get("name") or row.id[:6],
            row.village_id,
            _state(newest.get(row.id), now),
        )
        for row in await Woman.all().order_by("-updated_at", "id").using_db(reading)
    ]


def _state(case: Case | None, now: datetime) -> Sayable:
    if case is None:
        return plain("")
    if case.course.died is not None:
        return strings.DIED
    if case.course.left is not None:
        return strings.LEFT
    if case.course.end is not None:
        return strings.BORN if case.course.end.kind == "birth" else strings.OVER
    if case.course.lmp is None or not case.real:
        return plain("")
    weeks, days = weeks_on(case.course.lmp, now.astimezone(LOCAL).date())
    return strings.WEEKS.with_values(weeks=weeks, days=days)


async def timeline(database: Database, woman_id: str, now: datetime) -> list[Entry] | None:
    """What happened to her until now, oldest first; None: nobody of that id. Raises `NotADemonstration`."""
    await demo.check_demonstration(database)
    reading = database.reading
    if not await Woman.filter(id=woman_id).using_db(reading).exists():
        return None
    book = await _Book.of(reading, woman_id)
    found = [
        *_reports(book),
        *_acts(book),
        *_alerts(book),
        *_clocks(book, now),
        *_links(book),
    ]
    return sorted(found, key=lambda entry: (entry.at, IN_ONE_MOMENT.index(entry.kind)))


# ── what is stored of her ───────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Book:
    """Every row about her. `people`: how contacts and staff are called."""

    reports: Sequence[Report]
    deliveries: Mapping[str, Delivery]
    cases: Mapping[str, Loaded]
    acts: Sequence[CareAct]
    letters: Mapping[str, Outgoing]
    alerts: Sequence[Alert]
    told: Sequence[AlertTold]
    clocks: Sequence[Clock]
    links: Sequence[ContactWoman]
    contacts: Mapping[str, Contact]
    people: dict[str, Sayable] = field(default_factory=dict)

    @classmethod
    async def of(cls, reading: BaseDBAsyncClient, woman_id: str) -> _Book:
        organisation = await load_organisation(reading)
        hers = {"woman_id": woman_id}
        reports = await Report.filter(**hers).using_db(reading)
        deliveries = await Delivery.filter(id__in=[row.id for row in reports]).using_db(reading)
        pregnancies = await Pregnancy.filter(**hers).using_db(reading).values_list("id", flat=True)
        acts = await CareAct.filter(**hers).using_db(reading)
        letters = await Outgoing.filter(id__in=_there(act.letter_id for act in acts)).using_db(reading)
        alerts = await Alert.filter(**hers).using_db(reading)
        told = await AlertTold.filter(alert_id__in=[row.id for row in alerts]).using_db(reading)
        links = await ContactWoman.filter(**hers).using_db(reading)
        contact_ids = _there(
            [
                *(act.answered_by_id for act in acts),
                *(row.acknowledged_by_id for row in alerts),
                *(row.contact_id for row in told),
                *(link.contact_id for link in links),
            ]
        )
        contacts = await Contact.filter(id__in=contact_ids).using_db(reading)
        book = cls(
            reports,
            {row.id: row for row in deliveries},
            await _cases(reading, pregnancies, organisation),
            acts,
            {row.id: row for row in letters},
            alerts,
            told,
            await Clock.filter(**hers).using_db(reading),
            links,
            {row.id: row for row in contacts},
        )
        await book._name(reading, [row.author_id for row in reports])
        return book

    async def _name(self, reading: BaseDBAsyncClient, authors: Iterable[str | None]) -> None:
        """How staff are called: office and name."""
        ids = _there([*authors, *(contact.staff_id for contact in self.contacts.values())])
        posts = await Post.filter(staff_id__in=ids).order_by("since").using_db(reading)
        roles = {post.staff_id: post.role for post in posts}
        for staff in await Staff.filter(id__in=ids).using_db(reading):
            self.people[staff.id] = _person(roles.get(staff.id, ""), staff.name)

    def who(self, contact_id: str | None) -> Sayable | None:
        """Whoever that contact is; a contact of no colleague is she herself."""
        contact = self.contacts.get(contact_id or "")
        if contact is None:
            return None
        return self.people.get(contact.staff_id or "", strings.HERSELF)


def _there(ids: Iterable[str | None]) -> list[str]:
    return list({one for one in ids if one is not None})


async def _cases(
    reading: BaseDBAsyncClient, pregnancy_ids: Collection[Any], organisation: Organisation
) -> dict[str, Loaded]:
    return await load_cases(reading, list(pregnancy_ids), organisation, ("chat", "sms"))


def _person(role: str, name: str) -> Sayable:
    office = strings.ROLES.get(role)
    return Joined((office, plain(name)), " ") if office is not None else plain(name)


# ── reports, and the county's receipt ───────────────────────────────────────────────────────────────────


def _reports(book: _Book) -> Iterator[Entry]:
    versions = {(row.report_id, row.version): row for row in book.reports}
    for row in book.reports:
        before = versions.get((row.report_id, row.supersedes or 0))
        name = EVENTS[row.event].title if row.event in EVENTS else plain(row.event)
        author = book.people.get(row.author_id or "") or strings.ROLES.get(row.author_role)
        version = strings.PAGE["version"].with_values(n=row.version)
        notes: list[Sayable] = [version] if before is not None or not row.is_latest else []
        if row.withdrawn:
            notes.append(strings.PAGE["withdrawn"])
        elif not row.is_latest:
            notes.append(strings.PAGE["replaced"])
        words = tuple(_changes(before.body if before else {}, row.body)) if not row.withdrawn else ()
        words += tuple(_dating(book, row))
        head = strings.CORRECTED if before is not None else strings.REPORTED
        if before is not None and (before.verification, row.verification) == ("unverified", "verified"):
            head = strings.VERIFIED
        head = strings.TOOK_BACK if row.withdrawn else head
        yield Entry(row.recorded_time, "report", head.with_values(event=name), author, words, tuple(notes))
        delivery = book.deliveries.get(row.id)
        if delivery is not None and delivery.state in ("acknowledged", "dead"):
            taken = strings.COUNTY_HAS if delivery.state == "acknowledged" else strings.COUNTY_REFUSED
            yield Entry(delivery.updated_at, "county", taken.with_values(event=name), notes=(version,))
        elif delivery is not None:
            yield Entry(
                row.recorded_time, "county", strings.COUNTY_WAITS.with_values(event=name), notes=(version,)
            )


def _dating(book: _Book, row: Report) -> Iterator[Sayable]:
    """What dates her once this ultrasound was told, and why (the programme's [dating])."""
    if row.withdrawn or row.body.get("ultrasound_weeks") is None or not row.pregnancy_id:
        return
    told = [one for one in book.reports if one.recorded_time <= row.recorded_time]
    newest = {one.report_id: as_report(one) for one in sorted(told, key=lambda one: one.version)}
    known = fold(str(row.woman_id), newest.values()).pregnancies[row.pregnancy_id].details
    facts = [
        ultrasound(
            date.fromisoformat(one["on"]), one["weeks"], one["days"], datetime.fromisoformat(one["told"])
        )
        for one in known.get("scans", ())
    ]
    if own := known.get("lmp_told"):
        facts.append(DatingFact("lmp", date.fromisoformat(own), row.known_time.date(), row.known_time))
    if (dated := dated_by(facts, programme(row.programme).dating)) is not None:
        yield T("{why}预产期{due}。", why=dated.reason, due=dated.due)


def _changes(before: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[Sayable]:
    """What this version says that the one before did not, masked."""
    for name, value in body.items():
        spec = FIELDS.get(name)
        if spec is None or value is None or before.get(name) == value or spec.secrecy == "number":
            continue
        if name == "children" or (not before and spec.secrecy == "name"):
            continue
        try:
            said = spec.say(value, masked=spec.secrecy == "diagnosis")
        except (TypeError, ValueError):
            continue
        yield Joined((spec.label, said), " ")


# ── what was due to her, and to colleagues because of her ───────────────────────────────────────────────


def _acts(book: _Book) -> Iterator[Entry]:
    for act in book.acts:
        letter = book.letters.get(act.letter_id or "")
        if act.kind != WORD:  # her own, to nothing she was told
            yield _done(book, act, letter) if act.state != "skipped" else _skipped(book, act, letter)
        if act.answer is not None and act.answered_at is not None:
            said = act.said or {}
            more = tuple(plain(str(said[name])) for name in ("day", "place") if said.get(name))
            answer = strings.ANSWERS.get(act.answer, plain(act.answer))
            answer = strings.BEGUN if act.key.startswith(BEGUN_KEY) else answer
            yield Entry(act.answered_at, "word", answer, book.who(act.answered_by_id), more)


def _done(book: _Book, act: CareAct, letter: Outgoing | None) -> Entry:
    hers = act.to_role == "woman"
    left = letter is not None and letter.state in SENT
    at = letter.updated_at if letter is not None and left else act.made_at
    heads = strings.TO_HER if hers else strings.TO_COLLEAGUES
    head = heads.get(act.kind, strings.TO_COLLEAGUES["task"])
    office = strings.ROLES.get(act.to_role, plain(act.to_role))
    notes: list[Sayable] = [] if left else [strings.NOT_YET]
    if not hers and act.state == "done" and act.reason:
        undone = strings.NOT_DONE if act.reason in ("stale", "outage") else strings.NO_LONGER
        notes = [undone.with_values(reason=_reason(act.reason))]
    words = _words(book, act, letter)
    return Entry(at, "letter" if hers else "task", head.with_values(office=office), None, words, tuple(notes))


def _skipped(book: _Book, act: CareAct, letter: Outgoing | None) -> Entry:
    head = strings.NOT_TOLD_HER if act.to_role == "woman" else strings.NOT_TOLD
    head = head.with_values(office=strings.ROLES.get(act.to_role, plain(act.to_role)))
    at = letter.updated_at if letter is not None else act.made_at
    return Entry(at, "skip", head, None, _words(book, act, None), (_reason(act.reason),))


def _reason(reason: str | None) -> Sayable:
    return strings.SKIPPED[reason] if reason in REASONS else strings.SKIPPED["stale"]


def _words(book: _Book, act: CareAct, letter: Outgoing | None) -> tuple[Sayable, ...]:
    """As it was sent; to colleagues the line of their digest that speaks of her. Of what was not sent, as it would have
    been said then."""
    if letter is not None and letter.state in SENT and (sent := _line_of(letter, act)):
        return (plain(sent),)
    day = act.made_at.astimezone(LOCAL).date()
    case = _as_then(book.cases[act.pregnancy_id].case, act.made_at)
    due = Outlook(case, act.made_at).act(act.key)
    if due is None:
        return ()
    if act.to_role == "woman":
        return (titled(texts.to_her(case, due, day, buttons=True), case.programme.name),)
    return (titled(texts.task(case, due, day, CHAT, act.to_role), case.programme.name),)


def _line_of(letter: Outgoing, act: CareAct) -> str:
    """What a letter that was sent says of this act: all of it, or the line with its number."""
    text, tasks = str(letter.payload.get("text") or ""), letter.payload.get(TASKS)
    if act.to_role == "woman" or not tasks:
        return text
    if act.id not in tasks:
        return ""
    start = f"{tasks.index(act.id) + 1}. "
    numbered = next((line for line in text.splitlines() if line.startswith(start)), None)
    if numbered is not None:
        return numbered.removeprefix(start)
    return text if len(tasks) == 1 else ""


def _as_then(case: Case, at: datetime) -> Case:
    """The case without what was told of later days."""
    day, course = at.astimezone(LOCAL).date(), case.course
    ended = course.end is not None and course.end.day >= day
    course = replace(
        course,
        end=None if ended else course.end,
        died=None if course.died is not None and course.died >= day else course.died,
        left=None if course.left is not None and course.left >= day else course.left,
        done=tuple(one for one in course.done if one.day < day),
    )
    return replace(case, course=course)


# ── alerts ──────────────────────────────────────────────────────────────────────────────────────────────


def _alerts(book: _Book) -> Iterator[Entry]:
    for alert in book.alerts:
        story = Story.of(alert.kind, alert.details)
        head = strings.ALERTS.get(alert.kind, strings.ALERTS["question"])
        reporter = _person(story.reporter.role, story.reporter.name) if story.reporter.name else None
        if story.reporter.role == "woman":
            reporter = strings.HERSELF
        yield Entry(alert.raised_at, "alert", head, reporter, _told_of(story))
        yield from _rungs(book, alert)
        if alert.acknowledged_at is not None:
            taker = book.who(alert.acknowledged_by_id)
            taken = strings.TAKEN if taker is not None else strings.SETTLED
            answer = (plain(story.answer),) if story.answer else ()
            yield Entry(alert.acknowledged_at, "word", taken, taker, answer)


def _told_of(story: Story) -> tuple[Sayable, ...]:
    if story.kind in (DANGER, PAST):
        return (sign_names(story.signs),)
    if TELLING in story.signs:
        return (strings.HIDDEN,)
    return tuple(map(plain, story.words[:3]))


def _rungs(book: _Book, alert: Alert) -> Iterator[Entry]:
    """Who was told at the same time is one step of the ladder."""
    rungs: dict[datetime, list[AlertTold]] = {}
    for told in book.told:
        if told.alert_id == alert.id:
            rungs.setdefault(told.first_at, []).append(told)
    for at, rung in rungs.items():
        names = [who for told in rung if (who := book.who(told.contact_id)) is not None]
        times = max(told.times for told in rung)
        notes = (strings.TIMES.with_values(n=times),) if times > 1 else ()
        yield Entry(at, "alert", strings.TOLD_TO, Joined(tuple(names), "、"), notes=notes)


# ── clocks ──────────────────────────────────────────────────────────────────────────────────────────────


def _clocks(book: _Book, now: datetime) -> Iterator[Entry]:
    for row in book.clocks:
        running = running_of(row)
        hidden = tells_colour(running)
        what = strings.HIDDEN if hidden else title(running, named=True)
        owner = strings.OWNERS.get(running.owner)
        by = () if hidden else (strings.UNTIL.with_values(due=moment(row.due_at)),)
        yield Entry(row.started_at, "clock", strings.STARTED.with_values(what=what), owner, by)
        over = row.stopped_at or now
        if row.due_at <= now and over > row.due_at and row.ended != "void" and not hidden:
            yield Entry(row.due_at, "clock", strings.OVERDUE.with_values(what=what), owner)
        if row.stopped_at is not None:
            ended = strings.ENDED.get(row.ended or "", strings.ENDED["done"])
            acts = row.details["acts"]
            stopped_by = strings.OWNERS.get(acts[-1]["by"]) if acts and row.ended != "void" else None
            yield Entry(row.stopped_at, "word", ended.with_values(what=what), stopped_by)


# ── her word on being written to ────────────────────────────────────────────────────────────────────────


def _links(book: _Book) -> Iterator[Entry]:
    asked = any(act.kind == "consent" and act.answer is not None for act in book.acts)
    for link in book.links:
        contact = book.contacts.get(link.contact_id)
        if contact is None or contact.staff_id is not None:
            continue
        if link.consent in ("yes", "no") and link.consent_at is not None and not asked:
            yield Entry(link.consent_at, "word", strings.ANSWERS[link.consent], strings.HERSELF)
        if contact.opted_out_at is not None:
            why = (plain(contact.opt_out_reason),) if contact.opt_out_reason else ()
            yield Entry(contact.opted_out_at, "word", strings.OPTED_OUT, strings.HERSELF, why)
        if contact.silenced_at is not None:
            yield Entry(contact.silenced_at, "word", strings.SILENCED)
        if contact.unsafe_at is not None:
            yield Entry(contact.unsafe_at, "word", strings.NOT_SAFE, strings.HERSELF)

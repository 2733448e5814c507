"""Every message of every test: whatever database a test closes, what was written in it to anybody is held against what its
reader may read there (tests/support/said.py), whichever flow, worker or command wrote it.

Who reads follows from the rows alone: the office she held when it was written, a woman by her number, or nobody known.
What is foreign is worked out here once more, from reports and places, not by the program's own rules.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conversations.message import ChannelTraits
from conversations.records import mask_name
from storage.crypto import Undecryptable
from storage.database import Database
from storage.fields import Table
from storage.models import Inbound, Outgoing, Report, Staff, Woman
from storage.reading import plain, rows
from tests.support.said import EXAMPLE, wrong

TRAITS: Mapping[str, ChannelTraits] = {
    "sms": ChannelTraits("sms", trust="low", buttons=False),
    "telegram": ChannelTraits("telegram", masked=True, deletes=True),
    "abroad": ChannelTraits("abroad", masked=True),
}
"""Channels on which less may be read, by the names tests give them; the others stand in the country."""
RANK = ("county", "township", "institution", "coordinator")
_QUOTED = re.compile('“([^“”]*)”|"([^"]*)"')
_WHO_IS_THERE = re.compile("本人吗|Are you ")
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)

_LETTERS = "SELECT contact_id, channel, payload, created_at FROM outgoing ORDER BY seq"
_SAID = "SELECT contact_id, payload FROM inbound"
_POSTS = """
    SELECT c.id, p.role, p.place_id, p.since, p.until, p.state FROM contact c JOIN post p ON p.staff_id = c.staff_id"""
_WOMEN = "SELECT id, village_id, details FROM woman"
_REPORTED = "SELECT woman_id, village_id, body FROM report"
_LINKED = "SELECT contact_id, woman_id FROM contact_woman"
_TOLD = "SELECT t.contact_id, a.woman_id FROM alert_told t JOIN alert a ON a.id = t.alert_id WHERE a.woman_id IS NOT NULL"
_NOTED = "SELECT actor, subject FROM audit WHERE subject IS NOT NULL"

heard: list[str] = []
"""What was found in the test that runs; tests/conftest.py fails it for anything left here."""


def take() -> list[str]:
    """What was found so far, which no longer counts against the test."""
    found = heard[:]
    heard.clear()
    return found


@dataclass(slots=True)
class _County:
    """Whom a database knows, as rows say it."""

    parents: dict[str, str | None]
    kinds: dict[str, str]
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """by woman: all she was ever called"""
    villages: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """by woman: all she was ever reported in"""
    posts: dict[str, list[tuple[str, str, datetime, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    wrote: dict[str, str] = field(default_factory=lambda: defaultdict(str))
    said: set[str] = field(default_factory=set)
    """all that anybody wrote: what is handed on in quotes as it was written is its writer's"""
    told: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    linked: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    noted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    colleagues: set[str] = field(default_factory=set)

    def office(self, contact: str, at: datetime) -> tuple[str, tuple[str, ...]] | None:
        """Her highest role then, and its places."""
        first = min(
            (since for _, _, since, _ in self.posts[contact]), default=at
        )  # a test's clock may go back
        held = [
            (role, place)
            for role, place, since, until in self.posts[contact]
            if since <= max(at, first) < until
        ]
        if not held:
            return None
        role = min((role for role, _ in held), key=RANK.index)
        return role, tuple(place for its, place in held if its == role)

    def less_what_was_said(self, quoted: re.Match[str]) -> str:
        """What is left of a quotation without what somebody wrote so: several questions stand in one, told apart by /."""
        rest = [one for one in (quoted[1] or quoted[2] or "").split(" / ") if one not in self.said]
        return f"“{' / '.join(rest)}”" if rest else ""

    def reaches(self, role: str, place: str, village: str | None) -> bool:
        if role == "institution":
            place = self.parents.get(place) or place
        while village is not None:
            if village == place:
                return True
            village = self.parents.get(village)
        return False

    def hers(self, contact: str, at: datetime, woman: str) -> bool:
        """Whether she may know of this woman."""
        if woman in self.told[contact] or woman in self.linked[contact]:
            return True
        office = self.office(contact, at)
        if office is None:
            return False
        role, places = office
        return any(self.reaches(role, place, village) for place in places for village in self.villages[woman])


def at_every_close() -> None:
    """From now on every database this process closes is listened to first."""
    close = Database.close

    async def listened(self: Database) -> None:
        try:
            heard.extend(await complaints(self))
        except Exception as error:
            heard.append(f"could not be listened to: {error!r}")
        finally:
            await close(self)

    Database.close = listened  # type: ignore[method-assign]


async def complaints(database: Database) -> list[str]:
    """What stands in its letters and must not."""
    reading = database.reading
    if not {"outgoing", "audit", "alert_told"} <= await database.tables():
        return []
    letters = await rows(reading, _LETTERS)
    if not letters:
        return []
    county = await _county(database)
    names = {name for one in county.names.values() for name in one} - county.colleagues
    found: list[str] = []
    ears: dict[tuple[object, ...], _Ears] = {}
    for contact, channel, sealed, written in letters:
        payload = _plain(Outgoing, "payload", sealed)
        if payload is None or not payload.get("text"):
            continue
        at = _moment(written)
        text = "\n".join(
            [payload["text"], *(label for row in payload.get("buttons", ()) for label, _ in row)]
        )
        office = county.office(contact, at)
        role = office[0] if office is not None else "woman" if county.linked[contact] else "unknown"
        traits = TRAITS.get(channel, ChannelTraits(channel))
        if role == "unknown" and _WHO_IS_THERE.search(text):
            continue  # asked of a number before anybody knows whose it is; the report of it may have been taken back since
        own = _QUOTED.sub(county.less_what_was_said, EXAMPLE.sub("", text))
        found += [f"{one}\n    {text}" for one in wrong(text, role, traits, names, own=own)]
        reader = (contact, *office) if office is not None else (contact,)
        if reader not in ears:
            ears[reader] = _ears(county, contact, at)
        found += [f"{one}\n    {text}" for one in _named(ears[reader], role, own)]
    return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class _Ears:
    """What one reader may hear named, and what not. `hers`: names of hers and of colleagues, to be passed over."""

    hers: re.Pattern[str]
    foreign: re.Pattern[str]
    unnoted: re.Pattern[str]


def _ears(county: _County, contact: str, at: datetime) -> _Ears:
    own: set[str] = set()
    others: set[str] = set()
    noted: set[str] = set()
    for woman, names in county.names.items():
        (own if county.hers(contact, at, woman) else others).update(names)
        if woman in county.noted[contact]:
            noted |= names
    own |= county.colleagues
    shapes = {mask_name(name) for name in own}
    unknown = {name for name in others - own if name not in county.wrote[contact]}
    masked = {shape for name in unknown if len(name) > 2 and (shape := mask_name(name)) not in shapes}
    silent = {
        name
        for names in county.names.values()
        for name in names - noted - county.colleagues
        if name not in county.wrote[contact]
    }
    return _Ears(_any_of(own), _any_of(unknown | masked), _any_of(silent - unknown))


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or r"(?!)")


def _named(ears: _Ears, role: str, text: str) -> Iterable[str]:
    """Women this reader may not know of and did not name herself; and those of whom the audit log does not have it
    that a colleague was shown them."""
    for name in sorted(set(ears.foreign.findall(ears.hers.sub("", text)))):
        yield f"{role} reads of {name}, who is not hers"
    if role in RANK:
        for name in sorted(set(ears.unnoted.findall(text))):
            yield f"{role} is shown {name}, and the audit log does not say so"


async def _county(database: Database) -> _County:
    reading = database.reading
    places = await rows(reading, "SELECT id, parent_id, kind FROM place")
    county = _County({row[0]: row[1] for row in places}, {row[0]: row[2] for row in places})
    for contact, role, place, since, until, state in await rows(reading, _POSTS):
        if state != "pending":
            end = _moment(until) if until is not None else ALWAYS
            county.posts[contact].append((role, place, _moment(since), end))
    for woman, village, sealed in await rows(reading, _WOMEN):
        _known(county, woman, village, _plain(Woman, "details", sealed), "name")
    for woman, village, sealed in await rows(reading, _REPORTED):
        body = _plain(Report, "body", sealed)
        _known(county, woman, village, body, "woman_name", "mother_name")
        if isinstance(body, dict) and body.get("to_village_id"):
            county.villages[woman].add(body["to_village_id"])  # handed to by a move
    for contact, sealed in await rows(reading, _SAID):
        text = (_plain(Inbound, "payload", sealed) or {}).get("text", "")
        county.wrote[contact] += f"\n{text}"
        county.said.add(text)
    for pairs, into in ((_TOLD, county.told), (_LINKED, county.linked), (_NOTED, county.noted)):
        for one, woman in await rows(reading, pairs):
            into[one].add(woman)
    phones = dict(await rows(reading, "SELECT phone_index, id FROM woman WHERE phone_index IS NOT NULL"))
    for (sealed,) in await rows(reading, "SELECT name FROM staff"):
        if name := _plain(Staff, "name", sealed):
            county.colleagues.add(name)
    if phones:
        for contact, sealed in await rows(
            reading, "SELECT contact_id, address FROM address WHERE channel = 'sms'"
        ):
            number = _plain_text(sealed)
            if number and (woman := phones.get(database.keyring.blind("phone", number))):
                county.linked[contact].add(woman)
    return county


def _known(county: _County, woman: str, village: str | None, told: Any, *names: str) -> None:
    if village is not None:
        county.villages[woman].add(village)
    for key in names:
        if isinstance(told, dict) and len(name := str(told.get(key) or "")) > 1:
            county.names[woman].add(name)


def _plain(model: type[Table], column: str, stored: Any) -> Any:
    """None for what cannot be read: a test has damaged it, or put other keys."""
    try:
        return plain(model, column, stored)
    except (Undecryptable, ValueError):
        return None


def _plain_text(stored: Any) -> str | None:
    from storage.models import Address

    value = _plain(Address, "address", stored)
    return value if isinstance(value, str) else None


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found if found.tzinfo else found.replace(tzinfo=UTC)

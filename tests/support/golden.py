"""Golden conversations: text files that read as the conversation, played through the whole program.

    # what it shows
    who: coordinator-1 on chat
    now: 2026-11-22 10:00
    programme: kaifeng           the county's; 信丰 has its own
    given: 李梅怀孕了，末次月经9月3号 | 就这些 | 对

    > 张桂花昨晚生了              what she says; `> @-13h …` was sent that long before it arrived
    < 是男孩还是女孩？             what she hears; further lines of one message begin with `<` and two spaces
    <   [男孩] [女孩]             the buttons of a row
    <[2] 请核对：                 by SMS, in so many parts, 【六字签名】 and 回T退订 counted; without a number in one
    ! press 女孩                  the newest button with that label
    ! sticker                    also: ! edit …, ! share 13800001234
    @ +2h                        the clock moves on, and what is due is done
    @ to 2026-12-05 09:00        the days pass: all that falls due on the way is done when it does, under its date
    township-1> 待确认            somebody else speaks (`as NAME: KEY on CHANNEL` in the head), and hears
    # township-1 hears: …        what is told to somebody who did not ask
    = birth w1 p1 c1 {…}         a report filed: about whom (w1, p1, c1: women, pregnancies, children), its body
    ~ restart                    the program starts anew on the same database
    ~ old flows, ~ no flow, ~ county receives, ~ telegram connects, ~ forget buttons

A trailing ⟨refused⟩, ⟨corrected⟩ or ⟨back⟩ on what she says claims that this is what happened to it, and is checked
against the session. Codes are written ⟨code⟩. `GOLDEN_UPDATE=1` writes what is heard into the file: read it before you
believe it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

from jsonschema import Draft202012Validator

from bot import demo, duties
from bot.bootstrap import App, wire
from bot.channels.base import Inbound
from bot.channels.simulated import CHAT, SMS, Bubble, SimulatedChannel
from bot.channels.sms.parts import sms_length
from bot.county.deliver import DestinationSettings
from bot.demo import PEOPLE
from bot.web.leaps import next_moment
from conversations.engine.state import State
from conversations.flows import FLOWS
from conversations.message import ChannelTraits
from conversations.records import envelope_schema
from storage.care_facts import LINKS
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Address, Contact, Delivery, Outgoing, Place, Post, Session, Setting, Staff
from storage.organisation import save_places
from tests.support.clock import FakeClock
from tests.support.databases import opened, sqlite_url
from tests.support.said import wrong
from tests.support.town import submit

LOCAL = timezone(timedelta(hours=8))
GOLDEN = Path(__file__).parents[1] / "conversations" / "golden"

TRAITS: dict[str, ChannelTraits] = {
    "chat": CHAT,
    "web": ChannelTraits(name="web", buttons=False),
    "telegram": ChannelTraits(name="telegram", masked=True, deletes=True),
    "sms": SMS,
}
"""Channels by what they can do: buttons, numbers only, masked and deleting, forgeable."""

TWO_VILLAGES = "coordinator-4"
"""A coordinator of two villages, whom the demonstration county lacks."""

SIGNATURE, TAIL = "【孕管助手】", "回T退订"
"""What goes before and after a text by SMS."""

_DESTINATION = DestinationSettings("http://127.0.0.1:9/", "whsec_" + "bm9ib2R5IGlzIHRoZXJlIGF0IGFsbA==")
_UNIT = {"m": "minutes", "h": "hours", "d": "days", "s": "seconds"}
_TAG = re.compile(r"\s*⟨(refused|corrected|back)⟩$")
_CODES = (
    re.compile(r"(?<=“对 )\d{4}(?=”)"),
    re.compile(r"(?<=加入码：)\d{4} \d{4}"),
    re.compile(r"(?<=\?start=)[0-9a-f]{32}"),
)


@dataclass
class Golden:
    """A golden conversation as it stands in its file."""

    path: Path
    head: dict[str, list[str]]
    about: list[str]
    steps: list[str]

    @classmethod
    def read(cls, path: Path) -> Golden:
        text = path.read_text(encoding="utf-8")
        top, _, rest = text.partition("\n\n")
        head: dict[str, list[str]] = {}
        about: list[str] = []
        for line in top.splitlines():
            if line.startswith("#"):
                about.append(line)
            else:
                key, _, value = line.partition(": ")
                head.setdefault(key, []).append(value.strip())
        return cls(path, head, about, rest.splitlines())

    @property
    def flow(self) -> str:
        """The flow it is an example of: the folder it lies in."""
        return self.path.parent.name

    @property
    def name(self) -> str:
        return f"{self.flow}/{self.path.stem}"

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def channel(self) -> str:
        return self.head["who"][0].partition(" on ")[2] or "chat"

    def acts(self) -> Iterator[str]:
        """Its lines that do something; the others say what is heard."""
        names = [key.removeprefix("as ") for key in self.head if key.startswith("as ")]
        starts = ("> ", "! ", "@ ", "~ ", *(f"{name}> " for name in names), *(f"{name}! " for name in names))
        return (
            line for line in self.steps if line.startswith(starts) or line == "" or line.startswith("## ")
        )

    def shows(self, tag: str) -> bool:
        """Whether something she says carries this tag."""
        return any((found := _TAG.search(line)) is not None and found[1] == tag for line in self.acts())

    @property
    def restarted_in_the_middle(self) -> bool:
        acts = [line for line in self.acts() if line]
        where = [number for number, line in enumerate(acts) if line == "~ restart"]
        return any(0 < number < len(acts) - 1 for number in where)


def goldens() -> list[Golden]:
    """All of them, by name."""
    return [Golden.read(path) for path in sorted(GOLDEN.glob("*/*.txt"))]


@dataclass
class Voice:
    """Somebody who takes part, on one channel."""

    name: str
    channel: str
    address: str
    contact_id: str


@dataclass
class Stage:
    """Where a golden conversation is played: the program on a database file, and the phones outside it."""

    folder: Path
    keyring: Keyring
    golden: Golden
    clock: FakeClock = field(default_factory=FakeClock)
    heard: list[tuple[Voice, Bubble]] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Claims of the transcript that did not hold."""
    _voices: dict[str, Voice] = field(default_factory=dict)
    _code: str = ""
    _known: set[str] = field(default_factory=set)
    _aliases: dict[str, str] = field(default_factory=dict)
    _said: dict[str, dict[str, Any]] = field(default_factory=dict)
    _generation: int = 0
    _number: int = 0

    def __post_init__(self) -> None:
        head = self.golden.head
        self.clock.set(_local(head.get("now", ["2026-11-22 10:00"])[0]))
        self.channels = {name: SimulatedChannel(traits, self.clock) for name, traits in TRAITS.items()}
        self._voices[""] = self._voice("", head["who"][0])
        for key, values in head.items():
            if key.startswith("as "):
                self._voices[key.removeprefix("as ")] = self._voice(key.removeprefix("as "), values[0])
        for name, channel in self.channels.items():
            channel.listen(lambda to, bubble, name=name: self._hear(name, to, bubble))

    def _voice(self, name: str, spec: str) -> Voice:
        key, _, channel = spec.partition(" on ")
        channel = channel or "chat"
        return Voice(name, channel, address_of(key, channel), f"contact-{key}")

    def _hear(self, channel: str, to: str, bubble: Bubble) -> None:
        if bubble.mine and not bubble.gone:
            return
        for voice in self._voices.values():
            if (voice.channel, voice.address) == (channel, to):
                self.heard.append((voice, bubble))

    # ── playing ─────────────────────────────────────────────────────────────────────────────────────────

    async def play(self) -> str:
        """Play it; the transcript as it should stand in the file."""
        acts = list(self.golden.acts())
        async with AsyncExitStack() as stack:
            app = await stack.enter_async_context(self._start())
            await self._ruled_by(app, *self.golden.head.get("programme", ()))
            for spec in self.golden.head.get("given", []):
                key, _, said = spec.partition("：") if spec.startswith("[") else ("", "", spec)
                voice = self._voice("", key.strip("[]")) if key else self._voices[""]
                for text in said.split(" | "):
                    await self._tell(app, voice, text)
            self.heard.clear()
            await self._filed(app)
            for act in acts:
                self.script.append(act)
                if act in ("~ restart", "~ old flows", "~ no flow"):
                    await self._stored(app, act)
                    await stack.aclose()
                    app = await stack.enter_async_context(self._start())
                elif act:
                    await self._do(app, act)
                self._write_heard()
                self.script.extend(await self._filed(app))
        head = [f"{key}: {value}" for key, values in self.golden.head.items() for value in values]
        return "\n".join([*self.golden.about, *head, "", *self.script]).rstrip("\n") + "\n"

    async def _ruled_by(self, app: App, *programmes: str) -> None:
        async with app.database.transaction() as tx:
            for programme in programmes:
                county = await Place.get(kind="county", using_db=tx)
                county.programme = programme
                await save_places(tx, [county])

    @asynccontextmanager
    async def _start(self) -> AsyncIterator[App]:
        """A wholly new program on the same file."""
        self._generation += 1
        chance = Random(self._generation)
        async with (
            opened(sqlite_url(self.folder), self.keyring, migrated=False) as database,
            wire(
                database,
                self.channels,
                destinations={"county": _DESTINATION},
                clock=self.clock,
                random_bytes=chance.randbytes,
                random=chance,
            ) as app,
        ):
            yield app

    async def _do(self, app: App, act: str) -> None:
        if act.startswith("@ to "):
            await self._pass_to(app, _local(act.removeprefix("@ to ")))
            return
        if act.startswith("@ "):
            amount, unit = re.fullmatch(r"@ \+(\d+)([mhds])", act).groups()  # type: ignore[union-attr]
            self.clock.advance(**{_UNIT[unit]: int(amount)})
            await app.look()
            await app.outbox.drain()
            return
        if act == "~ telegram connects":
            async with app.database.transaction() as tx:
                await Setting.create(key=LINKS, value="https://t.me/example_bot?start=", using_db=tx)
            return
        if act == "~ county receives":
            async with app.database.transaction() as tx:
                waiting = [row.id for row in await Delivery.exclude(state="acknowledged").using_db(tx)]
                await Delivery.filter(id__in=waiting).using_db(tx).update(state="acknowledged")
                await duties.delivered(tx, waiting, self.clock())
            return
        name, kind, rest = re.fullmatch(r"([^>!]*)([>!]) (.*)", act).groups()  # type: ignore[union-attr]
        voice = self._voices[name]
        tag = _TAG.search(rest)
        rest = _TAG.sub("", rest)
        before = await self._session(app, voice)
        if kind == ">":
            await self._tell(app, voice, rest)
        else:
            await self._gesture(app, voice, rest)
        after = await self._session(app, voice)
        if tag is not None:
            self._check(tag[1], rest, before, after)
        for one in (before, after):
            if (talk := one.get("talk")) is not None:
                self._said.setdefault(talk["id"], {}).update(
                    {key: value for key, value in talk["answers"].items() if value is not None}
                )

    async def _pass_to(self, app: App, end: datetime) -> None:
        """Let the days pass."""
        await app.look()
        await app.outbox.drain()
        self._write_heard()
        tables = [table for worker in app.by_the_clock for table in worker.waits_for]
        while (at := await next_moment(app.database, tables, self.clock())) is not None and at < end:
            self.clock.set(at)
            await app.look()
            await app.outbox.drain()
            if self.heard:
                self.script.append(f"# {at.astimezone(LOCAL):%Y-%m-%d %H:%M}")
                self._write_heard()
        self.clock.set(end)
        await app.look()
        await app.outbox.drain()

    async def _tell(self, app: App, voice: Voice, text: str) -> None:
        ago = re.match(r"@-(\d+)([mhds]) ", text)
        text = text[ago.end() :] if ago else text
        inbound = self.channels[voice.channel].write(voice.address, text.replace("⟨code⟩", self._code))
        if ago is not None:
            inbound = replace(inbound, sent_at=inbound.sent_at - timedelta(**{_UNIT[ago[2]]: int(ago[1])}))
        await self._submit(app, inbound)

    async def _gesture(self, app: App, voice: Voice, what: str) -> None:
        channel = self.channels[voice.channel]
        verb, _, rest = what.partition(" ")
        if verb == "press":
            for bubble in reversed(channel.bubbles(voice.address)):
                found = [value for row in bubble.buttons for label, value in row if label == rest]
                if found:
                    inbound = channel.press(voice.address, found[0])
                    break
            else:
                raise AssertionError(f"no button {rest!r}")
        elif verb == "forge":
            inbound = replace(channel.write(voice.address, ""), kind="button", button=rest)
        elif verb == "sticker":
            inbound = replace(channel.write(voice.address, ""), kind="other")
        elif verb == "edit":
            inbound = replace(channel.write(voice.address, rest), kind="edited")
        elif verb == "share":
            inbound = channel.share_phone(voice.address, rest)
        else:
            raise AssertionError(f"nobody knows how to {what!r}")
        assert inbound is not None
        await self._submit(app, inbound)

    async def _submit(self, app: App, inbound: Inbound) -> None:
        self._number += 1
        assert await submit(app.pipeline, inbound) == [None]
        await app.outbox.drain()
        self.clock.advance(seconds=2)

    # ── the session ─────────────────────────────────────────────────────────────────────────────────────

    async def _session(self, app: App, voice: Voice) -> dict[str, Any]:
        """Her session as it is stored; it survives being read and written again, as data and as text."""
        index = app.database.keyring.blind("address", voice.address)
        address = Address.filter(channel=voice.channel, address_index=index).using_db(app.database.reading)
        row = await address.first()
        if row is None:
            return {}
        stored = await Session.filter(contact_id=row.contact_id).using_db(app.database.reading).first()
        data: dict[str, Any] = stored.data if stored is not None else {}
        if data:
            assert State.load(data).dump() == data
            assert State.load(json.loads(json.dumps(data))).dump() == data
        return data

    async def _stored(self, app: App, act: str) -> None:
        """Before a restart: an errand must be in hand; or make what is stored look older."""
        data = await self._session(app, self._voices[""])
        if not data.get("talk") and self.golden.flow in FLOWS and FLOWS[self.golden.flow].steps:
            self.complaints.append("a restart in the middle needs an errand in hand")
        if act == "~ restart" or not data.get("talk"):
            return
        for talk in (data["talk"], *data["waiting"]):
            talk["version"] = 0
            if act == "~ no flow":
                talk["flow"] = "telegraph"
        async with app.database.transaction() as tx:
            row = await Session.filter(contact_id=self._voices[""].contact_id).using_db(tx).get()
            row.data = data
            await row.save(using_db=tx)

    def _check(self, tag: str, said: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        """That what she said did what its tag claims."""
        old, new = before.get("talk"), after.get("talk")
        if old is None or new is None:
            self.complaints.append(f"{said}: no errand in hand")
            return
        flow = self.golden.flow
        if flow not in (old["flow"], new["flow"], "my_reports") and not (flow == "correct" and new["amends"]):
            self.complaints.append(f"{said}: the errand in hand is {new['flow']}")
        if tag == "refused":
            stays = (old["id"], old["step"]) == (new["id"], new["step"])
            lost = {key for key, value in old["answers"].items() if new["answers"].get(key) != value}
            if not stays or lost:
                self.complaints.append(f"{said}: not refused, or something lost: {lost}")
        elif tag == "back":
            if said not in ("返回", "back") or old["step"] == new["step"]:
                self.complaints.append(f"{said}: did not go back")
        else:
            earlier = {**self._said.get(new["id"], {}), **old["answers"]}
            if not any(earlier.get(key, value) != value for key, value in new["answers"].items()):
                self.complaints.append(f"{said}: corrected nothing")

    # ── what is heard ───────────────────────────────────────────────────────────────────────────────────

    def _write_heard(self) -> None:
        gone = 0
        for whom, bubble in self.heard:
            if bubble.gone:
                gone += 1
                continue
            self._hold(whom, bubble)
            text = bubble.text
            for pattern in _CODES:
                if (found := pattern.search(text)) is not None:
                    self._code = found[0]
                    text = pattern.sub("⟨code⟩", text)
            asked, name = self._asked(whom), whom.name
            size = sms_length(f"{SIGNATURE}{bubble.text}{TAIL}").parts if whom.channel == "sms" else 1
            parts = f"[{size}]" if size > 1 else ""
            mark = f"{name}<{parts} " if asked else f"# {name or 'she'} hears{parts}: "
            follow = f"{name}<   " if asked else "#   "
            first, *more = text.split("\n")
            self.script.append(mark + first)
            self.script.extend(follow + line for line in more)
            self.script.extend(
                follow + " ".join(f"[{label}]" for label, _ in row) for row in bubble.buttons if row
            )
            if bubble.ask_phone:
                self.script.append(f"{follow}[☎ {bubble.ask_phone}]")
        if gone:
            self.script.append(f"# taken off the channel: {gone}")
        self.heard.clear()

    def _hold(self, whom: Voice, bubble: Bubble) -> None:
        """Whoever reads it may read it there (tests/support/said.py)."""
        key = whom.contact_id.removeprefix("contact-")
        role = (
            "coordinator"
            if key == TWO_VILLAGES
            else next((p.role for p in PEOPLE if p.key == key), "unknown")
        )
        names = {
            str(name)
            for payload in self.payloads
            for field in ("woman_name", "mother_name")
            if (name := payload["data"]["body"].get(field)) and len(str(name)) > 1
        }
        said = "\n".join([bubble.text, *(label for row in bubble.buttons for label, _ in row)])
        self.complaints.extend(wrong(said, role, TRAITS[whom.channel], names))

    def _asked(self, voice: Voice) -> bool:
        """Whether this one did the last thing that was done."""
        acts = [line for line in self.script if line and not line.startswith(("#", "=", "<"))]
        last = acts[-1] if acts else ""
        if last.startswith(("@", "~")):
            return voice.name == ""
        return re.match(r"([^>!<]*)[>!<]", last)[1] == voice.name  # type: ignore[index]

    async def _filed(self, app: App) -> list[str]:
        """The reports filed since last asked; each keeps to its published schema."""
        lines = []
        for row in await Delivery.all().using_db(app.database.reading).order_by("seq"):
            if row.id in self._known:
                continue
            self._known.add(row.id)
            payload = json.loads(row.payload)
            data = payload["data"]
            Draft202012Validator(
                envelope_schema(data["event"]), format_checker=Draft202012Validator.FORMAT_CHECKER
            ).validate(payload)
            self.payloads.append(payload)
            lines.append(self._report_line(data))
        return lines

    def _report_line(self, data: dict[str, Any]) -> str:
        ids = [data["woman_id"], data["pregnancy_id"]]
        subjects = [one for one in data["subject_ids"] if one not in ids]
        kinds = [("w", [ids[0]]), ("p", [ids[1]] if ids[1] else []), ("c", subjects)]
        about = [self._alias(kind, one) for kind, some in kinds for one in some]
        version = f" v{data['version']}" if data["version"] > 1 else ""
        withdrawn = " withdrawn" if data["withdrawn"] else ""
        at = f" at {data['event_time']}" if data["event_time"] else ""
        body = "" if data["withdrawn"] else " " + json.dumps(data["body"], ensure_ascii=False)
        return f"= {data['event']}{version}{withdrawn} {' '.join(about)}{at}{body}"

    def _alias(self, kind: str, identifier: str) -> str:
        if identifier not in self._aliases:
            count = sum(alias.startswith(kind) for alias in self._aliases.values())
            self._aliases[identifier] = f"{kind}{count + 1}"
        return self._aliases[identifier]


def _local(text: str) -> datetime:
    """2026-12-05 09:00 there."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=LOCAL)


def address_of(key: str, channel: str) -> str:
    """Where somebody of the demonstration county, or a stranger (`stranger 13700001111`), writes from."""
    if key.startswith("stranger"):
        number = key.removeprefix("stranger").strip()
        return number if channel == "sms" else f"{channel}-stranger-{number}"
    if key == TWO_VILLAGES:
        return f"{channel}-{key}"
    person = next(one for one in PEOPLE if one.key == key)
    return person.address(channel)


# ── the database every conversation begins with ─────────────────────────────────────────────────────────────


async def prepare(folder: Path, keyring: Keyring) -> None:
    """The demonstration county in a file, every colleague reachable on every channel."""
    clock = FakeClock()
    async with opened(sqlite_url(folder), keyring) as database:
        await demo.seed(database, clock)
        async with database.transaction() as tx:
            blind = keyring.blind
            villages = await Place.filter(kind="village", parent_id="xf-daqiao").using_db(tx).order_by("id")
            staff = Staff(
                id=f"staff-{TWO_VILLAGES}",
                name="钟玉兰",
                phone="19900000014",
                phone_index=blind("phone", "19900000014"),
            )
            await staff.save(using_db=tx, force_create=True)
            await Contact.create(
                id=f"contact-{TWO_VILLAGES}", staff_id=staff.id, created_at=clock(), using_db=tx
            )
            for village in villages:
                await Post.create(
                    id=f"post-4-{village.id}",
                    staff_id=staff.id,
                    place_id=village.id,
                    role="coordinator",
                    state="active",
                    since=clock(),
                    using_db=tx,
                )
            # a woman has her phone only: an account would be where she is reminded
            people = [(one.key, one.channels) for one in PEOPLE if one.role != "woman"] + [(TWO_VILLAGES, ())]
            for key, has in people:
                for channel in TRAITS:
                    if channel in has:
                        continue
                    address = address_of(key, channel)
                    await Address(
                        id=f"address-{channel}-{key}",
                        contact_id=f"contact-{key}",
                        channel=channel,
                        address=address,
                        address_index=blind("address", address),
                        state="active",
                    ).save(using_db=tx, force_create=True)


def copied(template: Path, folder: Path) -> Path:
    """A copy of the prepared database."""
    for file in template.iterdir():
        shutil.copy(file, folder / file.name)
    return folder


async def unsent(database: Database) -> int:
    """Letters not handed to a phone."""
    return await Outgoing.exclude(state="sent").using_db(database.reading).count()


_TOLD = re.compile(r"# (\S+) hears(?:\[\d+\])?: ")


def settled(script: str) -> list[str]:
    """The lines of a script, where several are told without being asked in the same moment, those told apart by name: who of
    them is reached first is nobody's promise. What one is told keeps its order."""
    settled: list[str] = []
    told: list[tuple[str, list[str]]] = []
    for line in script.splitlines():
        if (found := _TOLD.match(line)) is not None:
            told.append((found[1], [line]))
        elif told and line.startswith("#   "):
            told[-1][1].append(line)
        else:
            settled += [one for _, block in sorted(told, key=lambda one: one[0]) for one in block]
            told.clear()
            settled.append(line)
    return settled + [one for _, block in sorted(told, key=lambda one: one[0]) for one in block]

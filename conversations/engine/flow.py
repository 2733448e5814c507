"""The language flows are written in: steps in asking order, the last one the reading back.

A declaration that is broken (two steps of one name, a reader nobody wrote, a report without a reading back)
refuses to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from conversations.care.programme import programme
from conversations.care.rules import Question as ExtraQuestion
from conversations.engine.state import Talk
from conversations.facts import Facts, Lookup
from conversations.local_time import LOCAL
from conversations.message import Button, Effect, Message, Reply, Report, Speaker
from conversations.records import EVENTS, FIELDS
from conversations.text import Refusal, Sayable, T, Text, plain
from conversations.understanding.readers import READERS

ALL_PASSED = "*"
"""Among `Talk.passed`: every question that may be passed over is."""


class BrokenFlow(ValueError):
    """A flow is declared wrongly; the message says where."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may look at besides the answers: who speaks, on what channel, when, and the facts."""

    message: Message
    now: datetime
    facts: Facts = field(default_factory=Facts)

    @property
    def speaker(self) -> Speaker:
        return self.message.speaker

    @property
    def today(self) -> date:
        """The day the message was written, local: what 昨天 is counted from."""
        return self.message.sent_at.astimezone(LOCAL).date()

    @property
    def masked(self) -> bool:
        return self.message.channel.masked

    @property
    def village_ids(self) -> tuple[str, ...]:
        return tuple(village.id for village in self.speaker.villages)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of answers; `words` are further ways to say it."""

    value: Any
    label: Text
    words: tuple[str, ...] = ()


Question = Text | Callable[[Talk, Context], Sayable]
Choices = tuple[Choice, ...] | Callable[[Talk, Context], tuple[Choice, ...]]


def always(talk: Talk) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Step:
    """One question.

    `reads`: the reader of its answer (understanding.READERS), the step's own name by default; `fills`: the
    fields any of which answers it; `required`: cannot be passed over; `free`: any words are an answer;
    `help`: what 帮助 says at this step, an example in it. `read`: a reader of its own, where another would read
    too much into an answer.
    """

    id: str
    ask: Question
    reads: str | None = None
    fills: tuple[str, ...] = ()
    required: bool = False
    when: Callable[[Talk], bool] = always
    choices: Choices = ()
    free: bool = False
    help: Text = field(default_factory=lambda: T(""))
    read: Callable[[str, date], Any] | None = None
    verbatim: bool = False
    """With `free`: 好 and 不是 are answers too, taken as they are said."""
    own_phone: bool = False
    """Her own number is asked for, which some channels can prove."""
    ask_each: Text | None = None
    """Within a `Repeat`: the question where there are several, with a place for {number}."""
    when_of: Callable[[Talk, int], bool] | None = None
    """Within a `Repeat`: whether it applies to that child."""
    number: int | None = None
    """Which of several children it is about, within a `Repeat`."""
    shows_roster: bool | Callable[[Talk, Context], bool] = False
    """Its choices show people of the roster whom she did not name: by SMS only after her PIN (engine/trust.py)."""
    secret: bool = False
    """Its answer is a PIN: it stays in `Talk.secret` for this turn, and is written down nowhere."""
    called: tuple[str, ...] = ()
    """What a person may call its answer, where it is no field of a report."""

    @property
    def fields(self) -> tuple[str, ...]:
        return self.fills or (self.id,)

    @property
    def reader(self) -> str:
        name = self.reads or self.id
        return name.rsplit(".", 1)[-1]

    def known(self, talk: Talk) -> bool:
        if self.secret:
            return bool(talk.secret)
        if talk.has(*self.fields) or self.id in talk.passed:
            return True
        return ALL_PASSED in talk.passed and not self.required

    def reveals(self, talk: Talk, context: Context) -> bool:
        """Whether asking it now shows people of the roster whom she did not name."""
        return self.shows_roster(talk, context) if callable(self.shows_roster) else self.shows_roster

    def offers(self, talk: Talk, context: Context) -> tuple[Choice, ...]:
        return self.choices(talk, context) if callable(self.choices) else self.choices

    def question(self, talk: Talk, context: Context) -> Sayable:
        if self.number is not None and self.ask_each is not None:
            return self.ask_each.with_values(number=self.number + 1)
        return self.ask(talk, context) if callable(self.ask) else self.ask


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same questions for each child: step `sex` becomes `children.0.sex`, `children.1.sex` …"""

    prefix: str
    count: Callable[[Talk], int]
    steps: tuple[Step, ...]

    def expand(self, talk: Talk) -> Iterator[Step]:
        count = self.count(talk)
        for number in range(count):
            for step in self.steps:
                name = f"{self.prefix}.{number}."

                def when(talk: Talk, step: Step = step, number: int = number) -> bool:
                    return step.when_of(talk, number) if step.when_of is not None else step.when(talk)

                yield Step(
                    id=name + step.id,
                    ask=step.ask,
                    reads=step.reader,
                    fills=tuple(name + one for one in step.fields),
                    required=step.required,
                    when=when,
                    choices=step.choices,
                    free=step.free,
                    help=step.help,
                    read=step.read,
                    ask_each=step.ask_each,
                    number=number if count > 1 else None,
                    shows_roster=step.shows_roster,
                )


@dataclass(frozen=True, slots=True)
class ReadBack:
    """The last step of everything that is filed: what was understood, in one message, to be confirmed.

    `show`: the lines, as (step id to change it at, None for what cannot be changed alone; label; value).
    """

    show: Callable[[Talk, Context], list[tuple[str | None, Text, Sayable]]]
    ask: Text = field(default_factory=lambda: T("请核对："))
    low_trust_only: bool = False
    """Due only once something of it came from where a sender can be forged; elsewhere one press says it all."""


@dataclass(frozen=True, slots=True)
class Result:
    """What finishing a flow leads to; nothing at all is silence, if `quiet`. `then`: errands to take up next (a
    birth that tells of a death)."""

    replies: tuple[Reply, ...] = ()
    reports: tuple[Report, ...] = ()
    effects: tuple[Effect, ...] = ()
    then: tuple[Talk, ...] = ()
    quiet: bool = False
    """Nothing is said besides: no question again, no hint what to say."""
    listed: tuple[str, ...] | None = None
    """Ids of what was listed with numbers, for a later message to name by them: kept in the session, and given to the
    flows that take `listed`."""
    roster: Mapping[str, Any] | None = None
    """What was asked of the roster and shown last, JSON-plain (flows/roster_query.py): kept in the session, and given to
    the flows that take `roster`."""


@dataclass(frozen=True, slots=True)
class Ended:
    """An errand that ends before its time: nothing to correct, already reported."""

    text: Text
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """A remark that has effects; the errand goes on."""

    text: Text
    effects: tuple[Effect, ...] = ()


Settled = Text | Aside | Talk | Ended | None
"""What settling says: a remark, another errand to go on with instead, an early end, or nothing."""

Check = Callable[[Mapping[str, Any], Context], tuple[tuple[str, ...], Refusal] | None]
"""Looks at all answers together; returns the fields in conflict and why, or None."""


def no_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return ()


def nothing_to_settle(talk: Talk, context: Context) -> Settled:
    return None


def no_answers(text: str, context: Context) -> dict[str, Any]:
    return {}


def nothing_heard(text: str, context: Context) -> bool:
    return False


def nothing_first(text: str, context: Context, asked: bool) -> bool:
    return False


Absorb = Callable[[dict[str, Any], Talk, Context], tuple[dict[str, Any], Refusal | None]]


@dataclass(frozen=True, slots=True)
class Flow:
    """One thing a person can do.

    `intent`: what understanding calls it; `words`: how a message starts that starts it besides (`read_words` takes
    the rest of it), `hears`: what such a message is as a whole; `first`: the same, heard before the errand in hand,
    told whether a question is open. `otherwise`: whatever no other flow of these roles answers, this one does.
    `roles`: who may. `event` names the report it files. `aliases`: fields of understanding taken
    for others here (woman_name -> mother_name). `drops`: what a changed answer makes void.
    `lookups` says what must be known, `settle` draws from the facts what needs no question (and may speak),
    `checks` look at answers together, `finish` makes the result. `opening` is said before the first question.
    """

    name: str
    version: int
    title: Text
    roles: frozenset[str]
    steps: tuple[Step | Repeat | ReadBack, ...]
    finish: Callable[[Talk, Context], Result]
    intent: str | None = None
    words: tuple[str, ...] = ()
    read_words: Callable[[str, Context], dict[str, Any]] = no_answers
    hears: Callable[[str, Context], bool] = nothing_heard
    first: Callable[[str, Context, bool], bool] = nothing_first
    otherwise: bool = False
    example: Text = field(default_factory=lambda: T(""))
    event: str | None = None
    subject: str = "woman_name"
    aliases: Mapping[str, str] = field(default_factory=dict)
    absorb: Absorb | None = None
    drops: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: Callable[[Talk, Speaker], tuple[Lookup, ...]] = no_lookups
    settle: Callable[[Talk, Context], Settled] = nothing_to_settle
    checks: tuple[Check, ...] = ()
    opening: Text = field(default_factory=lambda: T(""))
    extra_fields: tuple[str, ...] = ()
    quick: bool = False
    """Answered at once, without leaving the errand in hand (我报了什么)."""
    alone: bool = False
    """With `first`: what else was in hand is let go of, for nothing of it is right to ask any more."""
    keeps_said: bool = False
    """What was said for it stays on the channel."""
    shows_roster: bool | Callable[[Talk], bool] = False
    """It shows, or counts, people of the roster whom she did not name: by SMS only after her PIN (engine/trust.py)."""
    lapses: timedelta | None = None
    """How long after it began its question waits for an answer: later words are new ones. None: for ever."""
    late_code: bool = False
    """On a low-trust channel only the code of the reading back files it (design.md, Trust)."""

    takes: frozenset[str] = field(init=False, default=frozenset(), repr=False, compare=False)
    """Names of the answers this flow can hold, besides those of its children."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "takes", self._takes())
        seen: set[str] = set()
        fields: set[str] = set(self.aliases.values())
        for position, step in enumerate(self.steps):
            where = f"flow {self.name}, step {position + 1}"
            inner = step.steps if isinstance(step, Repeat) else (step,)
            for one in inner:
                if isinstance(one, ReadBack):
                    if position != len(self.steps) - 1:
                        raise BrokenFlow(f"{where}: the reading back must be the last step")
                    continue
                if one.id in seen:
                    raise BrokenFlow(f"{where}: two steps are called {one.id!r}")
                seen.add(one.id)
                fields.update(one.fields)
                read = one.choices or one.free or one.read or one.secret
                if not read and one.reader not in READERS:
                    raise BrokenFlow(
                        f"{where}: nobody reads {one.reader!r}; add it to READERS or offer choices"
                    )
                if not one.ask:
                    raise BrokenFlow(f"{where}: {one.id!r} asks nothing")
        if self.event is not None:
            if self.event not in EVENTS:
                raise BrokenFlow(f"flow {self.name}: no event {self.event!r} in records.EVENTS")
            if not self.steps or not isinstance(self.steps[-1], ReadBack):
                raise BrokenFlow(f"flow {self.name}: a report must end with its reading back")
            spec = EVENTS[self.event]
            if unknown := set(spec.fields) - set(FIELDS):
                raise BrokenFlow(f"flow {self.name}: unknown fields {sorted(unknown)}")
            if never := set(spec.required) - fields - {"village"}:
                raise BrokenFlow(f"flow {self.name}: never asks for {sorted(never)}")
            if self.subject not in fields:
                raise BrokenFlow(f"flow {self.name}: never asks who: {self.subject}")
        if not self.roles:
            raise BrokenFlow(f"flow {self.name}: nobody may use it")

    def walk(self, talk: Talk) -> Iterator[Step]:
        """The steps that apply to what is known, in asking order, children's questions expanded."""
        for step in self.steps:
            if isinstance(step, Step):
                if step.when is always or step.when(talk):
                    yield step
            elif isinstance(step, Repeat):
                yield from (one for one in step.expand(talk) if one.when(talk))
        if self.event is not None and talk.programme:
            yield from map(extra_step, programme(talk.programme).questions(self.name))

    def step(self, talk: Talk, step_id: str | None) -> Step | None:
        if step_id is None:
            return None
        return next((step for step in self.walk(talk) if step.id == step_id), None)

    def wants_code(self, talk: Talk) -> bool:
        """Whether it takes the code of the reading back where a sender can be forged (design.md, trust): what ends
        a pregnancy or takes something back, and what changes something already told: her phone, her village."""
        known = self.event is not None and "phone" in EVENTS[self.event].fields and talk.has("woman_id")
        return self.late_code or talk.amends is not None or known

    @property
    def secrets(self) -> frozenset[str]:
        """Ids of its steps that ask for a PIN."""
        return frozenset(step.id for step in self.steps if isinstance(step, Step) and step.secret)

    def labels(self, step: Step) -> tuple[str, ...]:
        """What a person may call the answer to this step, as in 电话改成…"""
        return step.called + tuple(
            word
            for name in step.fields
            if (spec := FIELDS.get(name.rsplit(".", 1)[-1])) is not None
            for word in (spec.label.id, *_NICKNAMES.get(spec.name, ()))
        )

    @property
    def reading(self) -> ReadBack | None:
        last = self.steps[-1] if self.steps else None
        return last if isinstance(last, ReadBack) else None

    def read_back_of(self, talk: Talk) -> ReadBack | None:
        """The reading back that is due before it is finished."""
        reading = self.reading
        return None if reading is not None and reading.low_trust_only and not talk.unproven else reading

    def reveals(self, talk: Talk) -> bool:
        """Whether what comes next of it shows people of the roster whom she did not name."""
        return self.shows_roster(talk) if callable(self.shows_roster) else self.shows_roster

    def _takes(self) -> frozenset[str]:
        names = set(self.extra_fields)
        if self.event is not None and self.event in EVENTS:
            names.update(EVENTS[self.event].fields)
        for step in self.steps:
            if isinstance(step, Step):
                names.update(step.fields)
        return frozenset(names)


EXTRA = "extra."
"""Before the id of a question that a programme adds, in the answers."""


def extra_step(question: ExtraQuestion) -> Step:
    """A question that a county's programme adds to a flow, as a step (docs/programmes.md)."""
    choices: tuple[Choice, ...] = ()
    if question.kind == "yes_no":
        choices = (
            Choice(True, T("是"), ("有", "对", "是的", "有的", "嗯")),
            Choice(False, T("不是"), ("没有", "否", "无", "没", "不")),
        )
    elif question.kind == "choice":
        choices = tuple(Choice(value, plain(words)) for value, words in question.choices.items())
    return Step(
        EXTRA + question.id,
        plain(question.ask),
        required=question.required,
        choices=choices,
        free=question.kind == "text",
        read={"number": _number_within(question), "date": READERS["date"], "yes_no": _yes_or_no}.get(
            question.kind
        ),
    )


def _yes_or_no(text: str, today: date) -> bool | None:
    """做过了, 还没做: yes or no to whatever was asked."""
    if _NO.search(text):
        return False
    return True if _YES.search(text) else None


_NO = re.compile(r"没|未|不|无|否|\bno(?:t|ne)?\b")
_YES = re.compile(r"^(?:是|有|对|嗯|要|会|能|yes)|[了过有]$")


def _number_within(question: ExtraQuestion) -> Callable[[str, date], Any]:
    """The reader of a number between the bounds of its question."""

    def read(text: str, today: date) -> Any:
        found = _NUMBER.findall(text)
        if len(found) != 1:
            return None
        number = float(found[0])
        if (question.least is not None and number < question.least) or (
            question.most is not None and number > question.most
        ):
            return Refusal(
                T(
                    "{number}不在{least}到{most}之间，请再核对，比如：{example}。",
                    number=found[0],
                    least="…" if question.least is None else f"{question.least:g}",
                    most="…" if question.most is None else f"{question.most:g}",
                    example=f"{question.least if question.least is not None else question.most or 0:g}",
                )
            )
        return int(number) if number.is_integer() else number

    return read


_NUMBER = re.compile(r"\d+(?:\.\d+)?")

_NICKNAMES: Mapping[str, tuple[str, ...]] = {
    "woman_name": ("名字", "叫"),
    "mother_name": ("名字", "妈妈"),
    "phone": ("手机", "号码"),
    "resident_id": ("身份证",),
    "lmp": ("月经",),
    "birth_weight_g": ("重量",),
    "date": ("日子",),
}


def button(talk: Talk, label: Text, what: str) -> Button:
    """A button of the current question."""
    return Button(label, f"{talk.stamp}:{what}")

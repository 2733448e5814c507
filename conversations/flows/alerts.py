"""Alerts: what is told to whom until somebody takes it, in which words; and taking one.

The rules are here and in flows/ladders.py, the doing is in bot/escalation.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conversations.care.danger_advice import sign_names
from conversations.care.programme import programme
from conversations.care.unsaid import NOT_QUOTED
from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import AlertFact, AlertsTold, ClockFact, ClocksRunning, Lookup, NoticesTold
from conversations.flows.danger import PAST
from conversations.local_time import LOCAL
from conversations.message import (
    Button,
    ChannelTraits,
    ClockWord,
    DutyDone,
    PhoneReported,
    Reply,
    Speaker,
    TakeAlert,
)
from conversations.records import mask_name
from conversations.text import Joined, Sayable, T, Text, lines, plain
from conversations.understanding.normalise import normalise

WINDOW = timedelta(minutes=10)  # (u)
"""How long danger messages of one speaker are one danger, told of once."""
QUOTED = 40
"""Characters of her own words in a message to colleagues."""

Rows = tuple[tuple[Button, ...], ...]


QUESTION = "question"
"""What a woman asks or says that is for a person: taken by answering her (flows/questions.py)."""
NUMBER = "number"
"""A woman's number that is said not to be hers (flows/number.py)."""
UNMATCHED = "unmatched"
"""Somebody a hospital reported and the roster could not be sure of (flows/unmatched.py)."""
NEW_PHONE = "new_phone"
"""A woman's new number, to be checked with her (flows/change_phone.py)."""
LINK = "link"
"""A link that somebody opened, to be checked with the woman it is for (flows/linking.py)."""
TOLD_OVER = "told_over"
"""Her own word that it is over, or that she is not pregnant (flows/told_over.py)."""
SAFETY = "safety"
"""Her word that somebody at home hurts her, or that she fears it (flows/unsafe.py)."""
UNSAFE = "unsafe"
"""Among a story's signs: her phone is not safe to be written to."""
NOT_OVER = "not_over"
"""Her own word against an end that was filed of her (flows/not_over.py)."""
HELD = "held"
"""In place of a role: of the one who wrote it is known only that she has the phone of a woman who died."""
PHONED = "phoned"
"""In a button: the call that an overdue duty asks for was made (flows/overdue.py)."""
DONE = "done"
"""In a button: what comes round was done (flows/overdue.py)."""
ANSWERED = frozenset({QUESTION, NEW_PHONE, LINK})
"""Kinds that 收到 does not take: somebody has to say what is so."""


# ── what it is about ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody to be called: who told of it (`role`, or standing), or the woman concerned (`woman`)."""

    name: str
    phone: str
    role: str


@dataclass(frozen=True, slots=True)
class Story:
    """What an alert tells. `said_at`: when it was first said; `words`: what was said, oldest first."""

    kind: str
    signs: tuple[str, ...]
    said_at: datetime
    words: tuple[str, ...]
    reporter: Caller
    women: tuple[Caller, ...]
    places: tuple[str, ...]
    """Ids of the places it is told at."""
    answer: str = ""
    """What was answered, where an answer takes it."""

    def as_details(self) -> dict[str, Any]:
        """JSON-plain, to be kept encrypted."""
        return {
            "signs": list(self.signs),
            "said_at": self.said_at.isoformat(),
            "words": list(self.words),
            "reporter": _plain(self.reporter),
            "women": [_plain(woman) for woman in self.women],
            "places": list(self.places),
            "answer": self.answer,
        }

    @classmethod
    def of(cls, kind: str, details: Mapping[str, Any]) -> Story:
        return cls(
            kind=kind,
            signs=tuple(details["signs"]),
            said_at=datetime.fromisoformat(details["said_at"]),
            words=tuple(details["words"]),
            reporter=Caller(**details["reporter"]),
            women=tuple(Caller(**woman) for woman in details["women"]),
            places=tuple(details["places"]),
            answer=details.get("answer", ""),
        )


def _plain(caller: Caller) -> dict[str, str]:
    return {"name": caller.name, "phone": caller.phone, "role": caller.role}


@dataclass(frozen=True, slots=True)
class Seen:
    """How one colleague sees it: on what channel, as which number of hers (of `several` open ones), when."""

    channel: ChannelTraits
    place_name: str
    number: int
    several: bool
    now: datetime


# ── in words ────────────────────────────────────────────────────────────────────────────────────────────

_REPORTERS: Mapping[str, Text] = {
    "coordinator": T("{coordinator}{name}{time}报的。"),
    "township": T("{township}{name}{time}报的。"),
    "institution": T("助产机构{name}{time}报的。"),
    "county": T("{county}{name}{time}报的。"),
    "woman": T("从她的手机{time}发来的。"),
}


def alert_text(story: Story, seen: Seen, *, minutes: int = 0) -> Sayable:
    """The alert as one colleague reads it. `minutes` since it was raised, when it is told again."""
    signs = sign_names(story.signs)
    if story.kind == PAST:
        head = T("【今天要办】{place}{who}有过：{signs}，说是现在没有了。").with_values(
            **about(story, seen), signs=signs
        )
        return lines(
            head,
            _quote(story.words[:1], seen),
            T("请今天打电话或上门看看，劝她去医院查一下。可以联系：{call}", call=_call(story, seen)),
        )
    head = T("【危急】{place}{who}：{signs}。").with_values(**about(story, seen), signs=signs)
    return lines(
        head,
        _said_by(story, seen),
        _quote(story.words[-1:], seen),
        T("请马上联系：{call}", call=_call(story, seen)),
        _waiting(minutes) if minutes else None,
        how_to_take(seen),
    )


def _waiting(minutes: int) -> Text:
    """How long nobody has taken it, as one would say it."""
    hours = minutes // 60
    if hours >= 48:
        return T("已经{days}天了，还没有人接手。", days=hours // 24)
    if hours >= 2:
        return T("已经{hours}个小时了，还没有人接手。", hours=hours)
    return T("已经{minutes}分钟了，还没有人接手。", minutes=minutes)


def more_text(story: Story, seen: Seen, *, taken: bool) -> Sayable:
    """What was said since, without a new sign."""
    return lines(
        T("【危急】{place}{who}又发来消息。").with_values(**about(story, seen)),
        _quote(story.words[-1:], seen),
        T("请马上联系：{call}", call=_call(story, seen)),
        None if taken else how_to_take(seen),
    )


def taken_text(story: Story, seen: Seen, taker: Speaker, *, reached: bool) -> Sayable:
    """To the colleagues who were told, or told of it: somebody has it."""
    name = mask_name(taker.name) if seen.channel.masked else taker.name
    values = {**about(story, seen), "office": taker.place_name, "name": name}
    if reached:
        return T("【已接手】{place}{who}的事，{office}{name}已经联系上了。").with_values(**values)
    return T("【已接手】{place}{who}的事，{office}{name}已经接手。").with_values(**values)


def passed_on_text(story: Story, seen: Seen, before: str) -> Sayable:
    """To the successor of a colleague who had it in hand (`before`: her name)."""
    name = mask_name(before) if seen.channel.masked else before
    values = {**about(story, seen), "what": _what(story), "name": name}
    said = T("【交接】{place}{who}：{what}。原来由{name}在办，现在请您接着办。").with_values(**values)
    return lines(said, T("可以联系：{call}", call=_call(story, seen)) if story.women else None)


def coming_text(story: Story, *, reached: bool) -> Sayable | None:
    """To the one who told of it, outside the offices: somebody is coming."""
    if reached or story.kind == PAST:
        return None
    return T("值班的同事已经接手，正在联系，请保持电话畅通。情况变重别等电话，直接打120。")


def alert_buttons(alert_id: str) -> Rows:
    return ((Button(T("我来处理"), f"go:alert:{alert_id}:ack"), *past_buttons(alert_id)[0]),)


def past_buttons(alert_id: str) -> Rows:
    return ((Button(T("已联系上"), f"go:alert:{alert_id}:met"),),)


def about(story: Story, seen: Seen) -> dict[str, Sayable]:
    """`place` and `who`: where, and who: she as far as she is known, else whoever told of it."""
    names = [_called(woman, seen) for woman in story.women]
    if not names and story.reporter.role in ("pending", "revoked") and story.reporter.name:
        names = [plain(name_of(story.reporter, seen))]
    return {
        "place": plain(seen.place_name),
        "who": Joined(tuple(names), "/") if names else plain("") if of_an_office(story) else T("一位孕产妇"),
    }


def of_an_office(story: Story) -> bool:
    """Whether it is a duty that comes round, and about no woman."""
    return story.kind == "clock" and not story.women


def _called(woman: Caller, seen: Seen) -> Sayable:
    """The woman concerned; of a phone whose owner died, the phone: somebody else has it."""
    name = name_of(woman, seen)
    return T("登记为{name}的手机", name=name) if woman.role == HELD else plain(name)


def name_of(caller: Caller, seen: Seen) -> str:
    return mask_name(caller.name) if seen.channel.masked else caller.name


def _said_by(story: Story, seen: Seen) -> Text:
    time = _time(story.said_at, seen.now)
    by = _REPORTERS.get(story.reporter.role, T("不是在册的人，{time}发来的。"))
    return by.with_values(name=name_of(story.reporter, seen), time=time)


def _time(said_at: datetime, now: datetime) -> object:
    """The time of day; with its day when that is not today."""
    local = said_at.astimezone(LOCAL)
    return local.strftime("%H:%M") if local.date() == now.astimezone(LOCAL).date() else local


def _quote(words: Sequence[str], seen: Seen) -> Text | None:
    """Her own words; not on a channel that masks people, and never words that would tell an infection."""
    if not words or not words[0] or seen.channel.masked or NOT_QUOTED.search(words[0]):
        return None
    said = words[0]
    return T("原话：“{words}”", words=said if len(said) <= QUOTED else said[:QUOTED] + "…")


def _call(story: Story, seen: Seen) -> Sayable:
    """Whom to call. Where people are masked the number itself stays in the roster."""
    people = [caller for caller in (*story.women, story.reporter) if caller.phone]
    once = {caller.phone: caller for caller in reversed(people)}
    if not once:
        return T("没有留电话。")
    if seen.channel.masked:
        listed = tuple(
            T("{name}·尾号{tail}", name=mask_name(one.name) if one.name else "", tail=one.phone[-4:])
            for one in reversed(once.values())
        )
        return T("{people}（号码见花名册）。", people=Joined(listed, "、"))
    listed = tuple(
        plain(f"{one.name} {one.phone}" if one.name else one.phone) for one in reversed(once.values())
    )
    return T("{people}。", people=Joined(listed, "、"))


def how_to_take(seen: Seen) -> Text | None:
    if seen.channel.buttons:
        return None
    if seen.several:
        return T("您来处理请回“收到{number}”。", number=seen.number)
    return T("您来处理请回“收到”。")


# ── taking it ───────────────────────────────────────────────────────────────────────────────────────────

_TAKING = re.compile(
    r"(?P<taken>收到了?|我来处理|我去处理|我处理|我来|我接手|接手|got it|received|i'?ll handle it|on it)"
    r"[,，。.!！\s]*(?P<number>\d{1,2})?[,，。.!！\s]*"
    r"|(?:已经?)?(?:联系|联络)上(?:她|他|了|她了|他了)?[,，。.!！\s]*(?P<number2>\d{1,2})?[,，。.!！\s]*"
    r"|reached (?:her|him|them)[.!\s]*(?P<number3>\d{1,2})?",
    re.I,
)
_PHONED = re.compile(
    r"(?:我们?)?(?:已经?)?(?:(?:打|用)?电话(?:都|已经?)?(?:报告?|打)(?:过|完|好)?了?(?:县里|上去)?了?|打(?:过|了|完)电话了?|called (?:it in|them))"
    r"[,，。.!！\s]*(?P<number>\d{1,2})?[,，。.!！\s]*",
    re.I,
)
"""电话已报: the call that a duty asks for was made."""
_DONE = re.compile(
    r"(?:我们?)?(?:都|已经?|已)*(?:(?:办|录|报|交|填|做|弄|开|发|审|处理)(?:好|完|过|上去|进去|齐|妥)+了?|(?:录|交)了|录入(?:完|好)?了|上报(?:完|过)?了|完成了?|done|submitted)"
    r"[,，。.!！\s]*(?P<number>\d{1,2})?[,，。.!！\s]*",
    re.I,
)
"""办好了, 录好了, 报上去了, 交了: said of what comes round by the offices that owe it."""
_OWING = frozenset({"county", "institution"})
_NUMBER = re.compile(r"\d{1,2}")


def is_taking(text: str) -> bool:
    """Whether these normalised words, as a whole, take an alert: 收到, 我来处理, 收到2, 已联系上, 电话已报."""
    return _TAKING.fullmatch(text.strip()) is not None or _PHONED.fullmatch(text.strip()) is not None


def is_number(text: str) -> bool:
    """Whether they are a bare number, which takes the alert of that number when nothing else is asked."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _hears(text: str, context: Context) -> bool:
    if is_taking(text):
        return True
    return context.speaker.role in _OWING and _DONE.fullmatch(text.strip()) is not None


def _rounds(speaker: Speaker) -> tuple[ClocksRunning, ...]:
    """What comes round is kept with the office, not with its villages."""
    return (
        (ClocksRunning(speaker.role, speaker.place_id or "", ()),)
        if speaker.role in _OWING and speaker.standing == "active"
        else ()
    )


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    from conversations.flows.today import word_lookups

    return (
        AlertsTold(speaker.contact_id),
        NoticesTold(speaker.contact_id),
        *_rounds(speaker),
        *word_lookups(talk, speaker),
    )


def _finish(talk: Talk, context: Context) -> Result:
    told: Sequence[AlertFact] = context.facts[AlertsTold(context.speaker.contact_id)]
    alerts = [one for one in told if one.kind not in ANSWERED]
    pressed = talk.answers.get("go")
    if pressed is not None:
        alert_id, how = (*pressed, "ack", "ack")[:2]
        alert = next((one for one in alerts if one.id == alert_id), None)
        if alert is None:
            return _say(T("这一条没有发给您，不能由您接手。知道情况的话，请直接打120，再告诉{township}。"))
        if how == DONE:
            return _done([alert], context)
        return _phoned([alert], context) if how == PHONED else _take(alert, context, reached=how == "met")
    text = normalise(context.message.text).strip()
    if (phoned := _PHONED.fullmatch(text)) is not None and _TAKING.fullmatch(text) is None:
        number = phoned["number"]
        meant = [one for one in alerts if number is None or one.number == int(number)]
        return _phoned(_open_first(meant), context)
    said = _TAKING.fullmatch(text)
    if said is None and (done := _DONE.fullmatch(text)) is not None:
        meant = [one for one in alerts if done["number"] is None or one.number == int(done["number"])]
        return _done(_open_first(meant), context, told=done["number"] is not None)
    number = (said["number"] or said["number2"] or said["number3"]) if said else text
    reached = said is not None and said["taken"] is None
    if number:
        alert = next((one for one in _open_first(alerts) if one.number == int(number)), None)
        if (alert is None or alert.taken_by is not None) and said is not None and not reached:
            from conversations.flows.today import take_numbered

            if (task := take_numbered(int(number), talk, context)) is not None:
                return task
        if alert is None:
            return _say(T("没有第{number}条等您处理。", number=number)) if said else Result()
        return _take(alert, context, reached=reached)
    waiting = [one for one in alerts if one.taken_by is None]
    if len(waiting) > 1:
        return _which(waiting, context)
    asked = next((one for one in told if one.kind == QUESTION and one.taken_by is None), None)
    if not waiting and asked is not None:
        return _say(T("要回她的话，请回“答{number}”加上您的话，我转给她。", number=asked.number))
    alert = next(iter(_open_first(alerts)), None)
    if alert is None or alert.taken_by is not None:
        from conversations.flows.announce import acknowledge

        if not reached and (read := acknowledge(context)) is not None:
            return read
    return _say(T("好的。")) if alert is None else _take(alert, context, reached=reached)


def _phoned(alerts: Sequence[AlertFact], context: Context) -> Result:
    """The call was made that one of these asks for, whoever has it in hand; taken with it, where nobody has."""
    from conversations.flows.overdue import call_made_text, call_to

    stories = [(one, Story.of(one.kind, one.details)) for one in alerts]
    asking = [(one, office) for one, story in stories if (office := call_to(story)) is not None]
    if not asking:
        return _say(T("好的。要报什么，直接说就行。"))
    if len(asking) > 1 and asking[1][0].taken_by is None:
        return _which([one for one, _ in asking], context, how=PHONED)
    alert, office = asking[0]
    said = call_made_text(office, context.speaker.role, programme(context.speaker.programme))
    effects = (PhoneReported(alert.id), *(() if alert.taken_by is not None else (TakeAlert(alert.id),)))
    return Result(replies=(Reply(said),), effects=effects)


def _done(alerts: Sequence[AlertFact], context: Context, *, told: bool = True) -> Result:
    """What comes round was done, whoever has it in hand. Where nobody was called out for one yet (not `told`), it is the
    one that runs, if it is one only."""
    office = [one for one in alerts if of_an_office(Story.of(one.kind, one.details))]
    waiting = [one for one in office if one.taken_by is None] or office
    if len(waiting) > 1:
        return _which(waiting, context, how=DONE)
    if waiting:
        alert = waiting[0]
        title = plain(Story.of(alert.kind, alert.details).words[0])
        taken = () if alert.taken_by is not None else (TakeAlert(alert.id, reached=True),)
        return Result(
            replies=(Reply(T("好，记下了：{what}办好了。辛苦您了。", what=title)),),
            effects=(DutyDone(alert.id), *taken),
        )
    running: list[ClockFact] = [
        fact
        for lookup in _rounds(context.speaker)
        for fact in context.facts[lookup]
        if fact.woman_id is None and fact.running.owner == context.speaker.role
    ]
    if len(running) == 1 and not told:
        title = plain(running[0].running.title)
        return Result(
            replies=(Reply(T("好，记下了：{what}办好了。辛苦您了。", what=title)),),
            effects=(ClockWord(running[0].id, "done"),),
        )
    if running:
        return _say(T("是哪一件办好了？说“催办”就能选。"))
    return _say(T("好的。要报什么，直接说就行。"))


def _open_first(alerts: Sequence[AlertFact]) -> list[AlertFact]:
    return sorted(alerts, key=lambda one: one.taken_by is not None)


def _say(text: Sayable) -> Result:
    return Result(replies=(Reply(text),))


def told_at(alert: AlertFact, context: Context) -> Seen:
    """How the one who speaks sees an alert she was told of."""
    return Seen(context.message.channel, alert.place_name, alert.number, False, context.now)


def _take(alert: AlertFact, context: Context, *, reached: bool) -> Result:
    story = Story.of(alert.kind, alert.details)
    if alert.taken_by is not None and not alert.mine:
        name = mask_name(alert.taken_by) if context.masked else alert.taken_by
        return _say(T("{name}已经接手了，谢谢您。", name=name))
    if alert.mine and not reached:
        return _say(T("这件事已经在您手上了，辛苦。"))
    effects = (TakeAlert(alert.id, reached),)
    if alert.kind == NUMBER:
        said: Sayable = T("好，请您跟她核对号码。号码变了就更正她的电话。")
        if UNSAFE in story.signs:
            said = T("好，谢谢您。以后有事请当面跟她说。")
        return Result(replies=(Reply(said),), effects=effects)
    if alert.kind == UNMATCHED:
        said = T("好，请您核实她是哪一位。没登记过的，请村里补报孕情。")
        return Result(replies=(Reply(said),), effects=effects)
    if alert.kind == "clock":  # flows/overdue.py: a duty, and nobody in danger
        said = T("好，这件事由您来办，我告诉其他同事。办好了报上来就行。")
        if of_an_office(story):
            said = T("好，这件事由您来办，我告诉其他同事。办好了回一句“办好了”。")
        return Result(replies=(Reply(said),), effects=effects)
    if alert.kind == SAFETY:
        said = T("好，这件事由您处理，我告诉其他同事。请单独找她本人，别往她手机上打。")
        return Result(replies=(Reply(said),), effects=effects)
    if reached:
        said = T("好，记下您已经联系上了。还要送医院就打120；有新情况随时告诉我。")
    else:
        call = _call(story, told_at(alert, context))
        said = T("好，这件事由您处理，我告诉其他同事。请马上联系：{call}", call=call)
    return Result(replies=(Reply(said, kind="danger"),), effects=effects)


def _what(story: Story) -> Sayable:
    if story.kind == "clock":  # its title may tell a colour
        return T("到期的事") if "colour" in story.signs else plain(story.words[0])
    if story.kind == "tracing":  # flows/tracing.py: its signs are a day
        return T("请找到她")
    if story.kind == UNMATCHED:
        return T("核实是谁")
    if story.kind in (TOLD_OVER, NOT_OVER, SAFETY, "begun"):  # by SMS it is not said what
        return T("请联系她")
    return T("核对号码") if story.kind == NUMBER else sign_names(story.signs)


_WHICH: Mapping[str, tuple[Text, Text, Text]] = {
    "ack": (
        T("有几件事在等人处理，您接哪一件？"),
        T("有几件事在等人处理，您接哪一件？回“收到”加前面的数字，比如“收到{number}”。"),
        T("我来处理：{what}"),
    ),
    PHONED: (
        T("是哪一件的电话？"),
        T("是哪一件的电话？回“电话已报”加前面的数字，比如“电话已报{number}”。"),
        T("电话已报：{what}"),
    ),
    DONE: (
        T("是哪一件办好了？"),
        T("是哪一件办好了？回“办好了”加前面的数字，比如“办好了{number}”。"),
        T("办好了：{what}"),
    ),
}
"""Which one is meant: asked with buttons, asked without, and the button of each."""


def _which(waiting: Sequence[AlertFact], context: Context, *, how: str = "ack") -> Result:
    """Several wait: which one does she take, which call was made, which is done (`how`)?"""
    shown = [(one, Story.of(one.kind, one.details), told_at(one, context)) for one in waiting[:9]]
    listed: list[Sayable] = [
        T("{number} {place}{who}：{signs}").with_values(
            number=one.number, **about(story, seen), signs=_what(story)
        )
        for one, story, seen in shown
    ]
    ask, ask_without, label = _WHICH[how]
    if not context.message.channel.buttons:
        return _say(lines(ask_without.with_values(number=shown[0][0].number), *listed))
    rows = tuple(
        (Button(label.with_values(what=_short(story, seen)), f"go:alert:{one.id}:{how}"),)
        for one, story, seen in shown
    )
    return Result(replies=(Reply(lines(ask, *listed), rows),))


def _short(story: Story, seen: Seen) -> Sayable:
    what = _what(story)
    return what if of_an_office(story) else T("{who}，{what}", who=about(story, seen)["who"], what=what)


FLOW = Flow(
    "alert",
    version=1,
    title=T("危急情况"),
    roles=frozenset({"coordinator", "township", "institution", "county"}),
    hears=_hears,
    lookups=_lookups,
    extra_fields=("listed", "go"),
    steps=(),
    finish=_finish,
    quick=True,
)

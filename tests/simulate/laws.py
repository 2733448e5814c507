"""What must hold of every simulated year, read from its log alone.

A second, simple reading of requirements.md §5 in words of its own: nothing here asks the planner. Each law is a function
of the log that lists what breaks it.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REASONS = {
    *("ended", "opted_out", "no_consent", "unsafe", "wrong_number"),
    *("stale", "outage", "answered_already", "moved"),
}
WINDOWS = {2: (16, 20), 3: (21, 24), 4: (28, 36), 5: (37, 40)}
"""Antenatal visits after the first, completed weeks (NS)."""
PREGNANT = (
    *("visit", "appointment", "stage", "overdue"),
    *("transfer", "delivery_plan", "higher", "hospital"),
)
"""What is said because she is pregnant, by the first word of its rule."""
INFECTIONS = ("梅毒", "艾滋", "HIV", "乙肝", "肝炎", "性病", "淋病", "尖锐湿疣", "吸毒", "传染", "结核")
COLOURS = ("橙色", "红色", "紫色", "标紫")
OVER = re.compile(r"^我?(?:流产|小产|没了|孩子没)")
KEY = ("orange", "red", "purple")
CHEERFUL = ("宝宝", "孩子", "恭喜", "胎", "孕", "产检", "产后", "！", "喜")
SMS_ASKS = ("孕", "产", "胎", "宝宝", "孩子", "妊娠")
ENDS = ("birth", "pregnancy_loss", "maternal_death", "woman_death")
DEATHS = ("maternal_death", "woman_death")
ASKED = "本人吗"
"""In the question whether it is she and whether she wants reminders."""
AT_ONCE = (*DEATHS, "child_death", "critical_case", "lost_contact")
"""Reports that staff are told of at whatever hour."""


@dataclass(frozen=True)
class Told:
    """One event of the log."""

    at: datetime
    kind: str
    woman: str
    pregnancy: str
    to_role: str
    to: str
    channel: str
    text: str
    cause: str

    @property
    def rule(self) -> str:
        """The first word of the rule it follows: visit of miss:visit:antenatal_2:coordinator."""
        return self.base.removeprefix("miss:").split(":", 1)[0]

    @property
    def base(self) -> str:
        """Its rule without the number of a repetition."""
        return self.cause.partition("~")[0]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.cause} {self.woman} -> {self.to_role} {self.to}: {self.text[:50]!r}"


@dataclass(frozen=True)
class Version:
    """One version of a report, from its filing on."""

    at: datetime
    event: str
    id: str
    number: int
    withdrawn: bool
    pregnancy: str
    body: dict[str, Any]


@dataclass
class Log:
    """The log of one year, ready to be asked. `off`: when the bot was off or something else was out of order."""

    told: Sequence[Told]
    end: datetime
    off: Sequence[tuple[str, datetime, datetime]] = ()
    versions: dict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for one in self.told:
            if one.kind == "filed":
                self.versions[one.woman].append(_version(one))
            if one.woman:
                self.seen[one.woman].append(one)

    def standing(self, woman: str, at: datetime) -> list[Version]:
        """The reports about her that stand at a moment, in the order they were filed."""
        newest: dict[str, Version] = {}
        for version in self.versions[woman]:
            if version.at <= at:
                newest[version.id] = version
        return [one for one in newest.values() if not one.withdrawn]

    def ended(self, woman: str, at: datetime, *events: str) -> Version | None:
        """The newest standing report of these events (any end, if none are named)."""
        found = [one for one in self.standing(woman, at) if one.event in (events or ENDS)]
        return found[-1] if found else None

    def ended_pregnancy(self, one: Told) -> Version | None:
        ends = [v for v in self.standing(one.woman, one.at) if v.event in ENDS]
        return next((v for v in ends if v.pregnancy == one.pregnancy or v.event in DEATHS), None)

    def away(self, woman: str, at: datetime) -> bool:
        """Whether she moved away and did not come back."""
        moves = [one for one in self.standing(woman, at) if one.event == "moved"]
        return bool(moves) and moves[-1].body.get("direction") == "out"

    def details(self, woman: str, at: datetime) -> dict[str, Any]:
        """What her reports of being pregnant say of her, the newest word last."""
        found: dict[str, Any] = {}
        for one in self.standing(woman, at):
            if one.event == "pregnancy":
                found |= {key: value for key, value in one.body.items() if value is not None}
        return found

    def letters(self, *kinds: str) -> Iterator[Told]:
        """What was told, of these kinds."""
        return (
            one for one in self.told if one.kind in (kinds or ("said", "reminded", "alerted", "escalated"))
        )

    def slack(self, begins: datetime, ends: datetime) -> timedelta:
        """How much of the time between was lost to something that was out of order, with the night after it."""
        lost = [
            min(b, ends + 4 * DAY) - max(a, begins)
            for _, a, b in self.off
            if a < ends + 4 * DAY and b > begins
        ]
        return sum(lost, timedelta()) + timedelta(hours=12 * len(lost))


def log_of(events: Iterable[dict[str, Any]]) -> Log:
    """The log of these lines."""
    told = [
        Told(datetime.fromisoformat(one["at"]), *(one[key] for key in
             ("kind", "woman", "pregnancy", "to_role", "to", "channel", "text", "cause")))
        for one in events
    ]  # fmt: skip
    end = next(json.loads(one.text)["until"] for one in told if one.kind == "simulated")
    off = [
        (one.cause, one.at, datetime.fromisoformat(one.text)) for one in told if one.kind == "out_of_order"
    ]
    return Log(told, datetime.fromisoformat(end), off)


def _version(one: Told) -> Version:
    event, _, rest = one.cause.partition(":")
    name, _, state = rest.partition(" ")
    id, _, number = name.rpartition(".")
    return Version(one.at, event, id, int(number), state == "withdrawn", one.pregnancy, json.loads(one.text))


Law = Callable[[Log], list[str]]
LAWS: dict[str, Law] = {}


def law(check: Callable[[Log], Iterator[str]]) -> Callable[[Log], list[str]]:
    """Puts a function into the list of laws."""

    def checked(log: Log) -> list[str]:
        return list(check(log))

    LAWS[check.__name__] = checked
    return checked


# ── when something ended ────────────────────────────────────────────────────────────────────────────────


@law
def nothing_after_the_end(log: Log) -> Iterator[str]:
    """An end stops what it ends at once: antenatal care with the pregnancy, everything when she moved away."""
    for one in log.letters("reminded"):
        if not one.woman:
            continue
        end = log.ended_pregnancy(one)
        if one.rule in PREGNANT and end is not None:
            yield f"{one} after {end.event}"
        elif one.rule not in ("consent", "number") and log.away(one.woman, one.at):
            yield f"{one} after she moved away"


@law
def the_dead_get_nothing(log: Log) -> Iterator[str]:
    """Nothing of hers to her, nothing on her number, but answers to who writes from it and danger; until a colleague
    tells the number for another woman: that says who uses it now."""
    numbers: dict[str, datetime] = {}
    for woman, versions in log.versions.items():
        for version in versions:
            death = log.ended(woman, version.at, *DEATHS)
            if death is not None and death.id == version.id and (phone := _phone(log, woman, version.at)):
                numbers.setdefault(phone, version.at)
    for one in log.letters("reminded", "said"):
        died = numbers.get(one.to)
        if died is not None and one.at > died and one.cause not in ("reply", "clock"):
            told_anew = _phone(log, one.woman, one.at) == one.to and any(
                died < version.at <= one.at and version.body.get("phone")
                for version in log.versions.get(one.woman, ())
            )
            if not told_anew:
                yield f"{one} on the number of a woman who died"
        if one.to_role == "woman" and one.woman and log.ended(one.woman, one.at, *DEATHS):
            yield f"{one} to a woman who died"


@law
def nothing_cheerful_after_a_loss(log: Log) -> Iterator[str]:
    """After a loss, a stillbirth or a child's death nothing to her names a child, a pregnancy, or congratulates."""
    for one in log.letters("reminded"):
        if one.to_role != "woman" or not one.woman:
            continue
        if log.ended(one.woman, one.at, "pregnancy_loss", "child_death") and not _again(log, one):
            for word in CHEERFUL:
                if word in one.text.replace("产后", "") if word != "产后" else False:
                    yield f"{one} says {word}"


def _again(log: Log, one: Told) -> bool:
    """Whether it is about another pregnancy than the one that was lost."""
    lost = log.ended(one.woman, one.at, "pregnancy_loss", "child_death")
    return lost is not None and lost.pregnancy != one.pregnancy


# ── once, and not at night ──────────────────────────────────────────────────────────────────────────────


@law
def nothing_twice(log: Log) -> Iterator[str]:
    """The same rule tells the same person of the same pregnancy once; again only after something about her was
    corrected, withdrawn or changed hands since."""
    last: dict[tuple[str, ...], Told] = {}
    for one in log.letters("reminded"):
        if not one.woman:
            continue
        exact = (one.cause, one.pregnancy, one.to)
        if exact in last:
            yield f"{one} twice, before at {last[exact].at}"
        base = (one.base, one.pregnancy, one.to)
        before = last.get(base)
        if (
            before is not None
            and before.cause != one.cause
            and not _changed(log, one.woman, before.at, one.at)
        ):
            yield f"{one} again, before as {before.cause} at {before.at}"
        last[exact] = last[base] = one


def _changed(log: Log, woman: str, since: datetime, until: datetime) -> bool:
    return any(since <= one.at <= until for one in log.versions[woman])


@law
def no_letter_came_twice(log: Log) -> Iterator[str]:
    """No phone gets the same words of a reminder twice within two days."""
    last: dict[tuple[str, str, str], Told] = {}
    for one in log.letters("reminded"):
        if one.to_role != "woman":
            continue
        key = (one.to, one.text, one.woman)
        if key in last and one.at - last[key].at < 2 * DAY:
            yield f"{one} came at {last[key].at} already"
        last[key] = one


@law
def quiet_at_night(log: Log) -> Iterator[str]:
    """From 21:00 to 8:00 nobody hears anything but danger and answers to what she just wrote; staff besides what
    cannot wait: a death, a critical case, a lost contact, an assessment as 重点随访, a problem at a follow-up."""
    wrote: dict[str, datetime] = {}
    for one in log.told:
        if one.kind == "heard":
            wrote[one.to] = one.at
        elif one.kind in ("said", "reminded", "alerted", "escalated") and not 8 <= one.at.hour < 21:
            if one.kind == "alerted" and one.cause.startswith("danger"):
                continue
            wrote_at = wrote.get(one.to)
            if one.cause == "reply" and wrote_at and one.at - wrote_at <= HOUR + log.slack(wrote_at, one.at):
                continue
            if one.cause == "urgent" and one.to_role != "woman" and _cannot_wait(log, one):
                continue
            yield f"{one} at night"


def _cannot_wait(log: Log, one: Told) -> bool:
    since = [v for v in log.versions.get(one.woman, ()) if v.at <= one.at <= v.at + 3 * DAY]
    return any(
        version.event in AT_ONCE or _is_key(version) or version.body.get("problem") is True
        for version in since
    )


def _is_key(version: Version) -> bool:
    body = version.body
    return version.event == "risk_grade" and bool(
        body.get("colour") in ("orange", "red") or body.get("purple") or body.get("key_follow_up")
    )


@law
def what_cannot_wait_does_not(log: Log) -> Iterator[str]:
    """A death, a critical case, a lost contact, a hospital's 重点随访: the township reads of it at once, day and night,
    the county where the township has nobody."""
    unnamed = [one for one in log.letters("said") if one.cause == "urgent" and not one.woman]
    for woman, versions in log.versions.items():
        for one in versions:
            author = one.body.get("by")
            if one.number > 1 or author not in ("coordinator", "institution"):
                continue
            if one.event not in AT_ONCE and not (_is_key(one) and author == "institution"):
                continue
            late = one.at + HOUR / 4 + log.slack(one.at, one.at + HOUR)
            name = str(one.body.get("woman_name") or one.body.get("mother_name") or "")
            if late < log.end and not any(
                told.to_role in ("township", "county") and one.at <= told.at <= late
                for told in [*log.seen[woman], *(t for t in unnamed if name[:1] + "*" in t.text)]
                if told.kind == "said"
            ):
                yield f"{one.event} {one.id} of {woman}, filed at {one.at}: no office heard of it by {late}"


@law
def her_own_word_of_a_loss_is_heeded(log: Log) -> Iterator[str]:
    """From 流产了 on, said from her own phone, nothing that names a check-up, a pregnancy or a child goes there, and the
    offices hear of it the same day or the next morning."""
    said: dict[str, datetime] = {}
    for one in log.told:
        if one.kind == "heard" and one.to_role == "woman" and OVER.search(one.text):
            said.setdefault(one.to, one.at)
            late = one.at + 14 * HOUR + log.slack(one.at, one.at + DAY)
            heard = (t.at for t in log.letters("alerted") if t.cause == "told_over" and t.at >= one.at)
            if late < log.end and min(heard, default=log.end) > late:
                yield f"{one}: nobody was asked to see to it by {late}"
        elif one.kind == "reminded" and one.to_role == "woman" and one.to in said:
            found = [word for word in CHEERFUL if word in one.text.replace("产后", "")]
            yield from (
                f"{one} says {word} after she said at {said[one.to]} that it is over" for word in found
            )


# ── her own word ────────────────────────────────────────────────────────────────────────────────────────


@law
def nobody_who_said_no(log: Log) -> Iterator[str]:
    """退订 and 打错了 hold from the moment they are heard; 恢复 ends the first."""
    out: set[str] = set()
    wrong: set[str] = set()
    for one in log.told:
        if one.kind == "heard" and one.to_role == "woman":
            if one.text == "退订":
                out.add(one.to)
            elif one.text == "恢复":
                out.discard(one.to)
            elif one.text == "打错了":
                wrong.add(one.to)
        elif one.kind == "reminded" and one.to_role == "woman" and one.to in out | wrong:
            yield f"{one} to somebody who {'opted out' if one.to in out else 'is not she'}"


@law
def only_safe_numbers_of_her_own(log: Log) -> Iterator[str]:
    """A reminder goes to the number on the roster, told to be hers and safe to write to; never to a minor's."""
    for one in log.letters("reminded"):
        if one.to_role != "woman" or not one.woman or one.channel != "sms":
            continue
        her = log.details(one.woman, one.at)
        if one.to != f"phone-{str(her.get('phone'))[-4:]}":
            yield f"{one} not to her number"
        if her.get("phone_owner") != "self" or her.get("safe_to_text") is not True:
            yield f"{one} to a number that is not hers or not safe"
        if her.get("restricted"):
            yield f"{one} to a minor"


@law
def only_after_yes(log: Log) -> Iterator[str]:
    """The first message asks, and names no pregnancy; nothing else goes to her before she says yes there."""
    yes: set[tuple[str, str]] = set()
    asked: dict[str, list[str]] = defaultdict(list)
    for one in log.told:
        linked = (
            one.cause == "notice" and ASKED in one.text
        )  # an account she opened and a colleague confirmed
        if one.to_role == "woman" and (one.kind == "reminded" or linked):
            if one.rule == "consent" or linked:
                asked[one.to].append(one.woman)
                if any(word in one.text for word in SMS_ASKS):
                    yield f"{one} names it before she said who she is"
            elif (one.to, one.woman) not in yes:
                yield f"{one} before she said yes"
        elif one.kind == "heard" and one.text.startswith("愿意"):
            named = [w for w in asked[one.to] if str(log.details(w, one.at).get("woman_name")) in one.text]
            yes |= {(one.to, woman) for woman in named or asked[one.to]}
        elif one.kind == "heard" and one.text.startswith("不用") and len(asked[one.to]) == 1:
            yes -= {(one.to, woman) for woman in asked[one.to]}


@law
def on_a_familys_phone_she_is_named(log: Log) -> Iterator[str]:
    """Where another woman was asked on the same phone or account before, a reminder says whom it is for: what is right
    for one of them may hurt the other."""
    asked: dict[str, set[str]] = defaultdict(set)
    for one in log.letters("reminded", "said"):
        if one.to_role != "woman" or not one.woman:
            continue
        if one.rule == "consent" or ASKED in one.text:
            asked[one.to].add(one.woman)
            continue
        others = {woman for woman in asked[one.to] - {one.woman} if _there(log, woman, one)}
        name = log.details(one.woman, one.at).get("woman_name")
        if one.kind == "reminded" and others and name and name not in one.text:
            yield f"{one} says not whom it is for, beside {sorted(others)}"


def _there(log: Log, woman: str, one: Told) -> bool:
    """Whether she is reached there still, by what is on the roster of her: an account stays hers."""
    if log.ended(woman, one.at, *DEATHS) or not log.standing(woman, one.at):
        return False
    return one.channel != "sms" or _phone(log, woman, one.at) == one.to


@law
def only_girls_are_restricted(log: Log) -> Iterator[str]:
    """Nobody of 18 or more is taken for a girl, from whatever is told of her or her child; a girl is always."""
    for woman, versions in log.versions.items():
        for one in versions:
            age = log.details(woman, one.at).get("age")
            restricted = one.body.get("restricted")
            if (
                age is not None
                and bool(restricted) != (age < 18)
                and (restricted or one.event == "pregnancy")
            ):
                yield f"{one.event} {one.id} of {woman}, {age} years old: restricted {restricted}"


@law
def who_wants_to_hear_is_told_herself(log: Log) -> Iterator[str]:
    """What is for her ear goes to the coordinator only where she said no or nothing, or may not be written to; and
    where it says why, that is true."""
    yes: dict[str, tuple[str, datetime]] = {}
    told: dict[str, str] = {}
    asked: dict[str, list[str]] = defaultdict(list)
    for one in log.told:
        if one.to_role == "woman" and one.woman and (one.rule == "consent" or ASKED in one.text):
            asked[one.to] = [*(woman for woman in asked[one.to] if woman != one.woman), one.woman]
        elif one.kind == "heard" and one.to_role == "woman":
            if one.text.startswith("愿意") and len(asked[one.to]) == 1:
                yes[asked[one.to][0]] = one.to, one.at
            elif one.text.startswith(("退订", "打错了", "不是我", "不用")):
                told[one.to] = one.text
            elif one.text == "恢复":
                told.pop(one.to, None)
        to, since = yes.get(one.woman, ("", one.at))
        if one.at - since < DAY:
            continue  # said no sooner than her coordinator was asked to tell her
        if {to, _phone(log, one.woman, one.at)} & told.keys():
            continue  # 退订 is the person's word, wherever she said it
        if len(asked[to]) > 1 or not _may_be_written_to(log, one, to):
            continue
        hers = one.kind == "reminded" and one.to_role == "coordinator" and _HERS.search(one.cause)
        if hers or (one.kind == "skipped" and one.cause in ("unsafe", "no_consent", "opted_out")):
            yield f"{one} although she said yes on {to}"


_HERS = re.compile(
    r"^(?:visit:|day42|child:|transfer).*(?<=[:_0-9a-z])(?:soon|now)(?:~\d+)?$|^child:\w+$|^transfer$"
)
"""What is for the coordinator only because she herself is not written to."""


def _may_be_written_to(log: Log, one: Told, to: str) -> bool:
    her = log.details(one.woman, one.at)
    if log.ended(one.woman, one.at, *DEATHS, "pregnancy_loss", "child_death"):
        return False
    if log.away(one.woman, one.at) or (her.get("age") or 99) < 18:
        return False
    if not to.startswith("phone-"):
        return True
    return to == _phone(log, one.woman, one.at) and her.get("safe_to_text") is True


@law
def no_telling_words(log: Log) -> Iterator[str]:
    """Where a coordinator or a woman reads, and on every SMS: no infection, no colour, no label for one of them."""
    for one in log.letters():
        if one.to_role in ("coordinator", "woman") or one.channel == "sms":
            for word in (*INFECTIONS, *COLOURS):
                if word in one.text:
                    yield f"{one} says {word}"


@law
def sms_names_nobody_unasked(log: Log) -> Iterator[str]:
    """An SMS that a colleague did not ask for names no woman in full: a list with names wants her PIN."""
    names = {
        v.body["woman_name"]
        for versions in log.versions.values()
        for v in versions
        if v.body.get("woman_name")
    }
    for one in log.letters("reminded", "escalated"):
        if one.channel == "sms" and one.to_role != "woman":
            yield from (f"{one} names {name}" for name in names if name in one.text)


# ── all that was due ────────────────────────────────────────────────────────────────────────────────────


@law
def reasons_are_of_the_list(log: Log) -> Iterator[str]:
    """Whatever was not told says why, in one of nine words."""
    return (str(one) for one in log.letters("skipped") if one.cause not in REASONS)


@law
def every_visit_is_spoken_of(log: Log) -> Iterator[str]:
    """Each antenatal window that was open while we knew of her: she, or in her place the coordinator, was reminded
    before it closed, or it is written down why not; and nobody having come, the coordinator was told."""
    for woman, versions in log.versions.items():
        for pregnancy, lmp, known in _pregnancies(log, woman):
            for number, (_, last_week) in WINDOWS.items():
                closes = lmp + timedelta(weeks=last_week, days=6)
                soon = _at(closes - 6 * DAY)
                if known > closes - 9 * DAY or _at(closes + 12 * DAY) > log.end:
                    continue
                calm = [v for v in versions if soon - 8 * DAY <= v.at <= _at(closes + 12 * DAY)]
                if (
                    log.ended(woman, _at(closes + 12 * DAY))
                    or log.away(woman, _at(closes))
                    or any(t.cause == "told_over" and t.at < _at(closes + 12 * DAY) for t in log.seen[woman])
                    or any(v.event in ("antenatal_visit", "pregnancy", "moved", *ENDS) for v in calm)
                ):
                    continue
                if _seen_since(log, woman, lmp, number, closes):
                    continue
                if _appointed(log, woman, lmp, number, closes):
                    continue
                late = log.slack(soon, _at(closes + 4 * DAY))
                key = f"visit:antenatal_{number}:"
                said = _spoken(log, woman, pregnancy, key, "soon", "now")
                if not any(one.at <= _at(closes + DAY) + late for one in said):
                    yield f"{woman} {pregnancy}: visit {number} by {closes} not spoken of"
                gap = _spoken(log, woman, pregnancy, key, "coordinator", "record", "help")
                if not any(one.at <= _at(closes + 5 * DAY) + late for one in gap):
                    yield f"{woman} {pregnancy}: nobody told the coordinator that visit {number} by {closes} is missing"


def _pregnancies(log: Log, woman: str) -> Iterator[tuple[str, date, date]]:
    """Her pregnancies that were known from an LMP, with the day they were known; as they stand at the end."""
    for one in log.standing(woman, log.end):
        if one.event == "pregnancy" and one.body.get("lmp") and not one.body.get("of_end"):
            first = next(v for v in log.versions[woman] if v.id == one.id)
            yield one.pregnancy, date.fromisoformat(one.body["lmp"]), first.at.date()


def _seen_since(log: Log, woman: str, lmp: date, number: int, closes: date) -> bool:
    opens = lmp + timedelta(weeks=WINDOWS[number][0] - 1)
    visits = [v for v in log.standing(woman, _at(closes)) if v.event == "antenatal_visit"]
    return any(date.fromisoformat(v.body["date"]) >= opens for v in visits)


def _appointed(log: Log, woman: str, lmp: date, number: int, closes: date) -> bool:
    """Whether a day was agreed at her last visit, in this window or at most two weeks after it: that day is spoken of."""
    opens = lmp + timedelta(weeks=WINDOWS[number][0])
    visits = [v for v in log.standing(woman, _at(closes)) if v.event == "antenatal_visit"]
    told = [v.body["next_appointment"] for v in visits[-1:] if v.body.get("next_appointment")]
    return any(opens <= date.fromisoformat(day) <= closes + 14 * DAY for day in told)


def _spoken(log: Log, woman: str, pregnancy: str, key: str, *steps: str) -> list[Told]:
    """What was told of a visit, or noted as not told."""
    found = []
    for one in log.seen[woman]:
        rule = (
            one.base
            if one.kind == "reminded"
            else one.text.partition("~")[0]
            if one.kind == "skipped"
            else ""
        )
        if one.pregnancy == pregnancy and rule.removeprefix("miss:").startswith(key):
            step = rule.rsplit(":", 1)[-1]
            if step in steps:
                found.append(one)
    return found


@law
def high_risk_is_followed_up(log: Log) -> Iterator[str]:
    """Red: somebody is asked to call her within the first week and every week, to see her at home within the first month
    and every month (YZ 第十一条), at once, so that there is time to; orange and purple: to call her every month; until day 42 after the end, unless she
    was, and not after it. What nobody did the township is told. Whom a hospital alone reported somebody is asked to find
    on the roster."""
    for woman, versions in log.versions.items():
        for one in log.seen[woman]:
            if one.kind == "reminded" and one.rule == "followup" and "miss" not in one.cause:
                end = log.ended(woman, one.at, "birth", "pregnancy_loss")
                if (
                    end is not None
                    and one.at.date() > _day(end) + 42 * DAY
                    and end.pregnancy == one.pregnancy
                ):
                    yield f"{one} after day 42 of {_day(end)}"
        grades = [v for v in log.standing(woman, log.end) if v.event == "risk_grade"]
        for grade, following in zip(grades, [*grades[1:], None], strict=False):
            colour = grade.body.get("colour")
            if (colour not in KEY and not grade.body.get("purple")) or grade.number > 1:
                continue
            end = log.ended(woman, log.end)
            stops = [log.end - 2 * DAY, _at(date.fromisoformat(grade.body["date"]) + 330 * DAY)]
            stops += [following.at] if following is not None else []
            stops += [v.at for v in versions if v.event in (*DEATHS, "moved")]
            stops += [_at(_day(end) + 42 * DAY)] if end is not None and end.event not in DEATHS else []
            if any(v.withdrawn for v in versions):
                continue
            if not any(v.pregnancy for v in versions):
                if not any(one.kind == "alerted" and one.cause == "unmatched" for one in log.seen[woman]):
                    yield f"{woman}: {colour}, on no roster, and nobody was asked who she is"
                continue
            last = min(stops)
            for mode, every in (
                (("phone", 9 * DAY), ("home", 33 * DAY)) if colour == "red" else (("phone", 33 * DAY),)
            ):
                at, within = grade.at, every if _seen_since_grading(log, woman, mode, grade) else 3 * DAY
                for mark in [*_followed_up(log, woman, mode, grade.at, last), last]:
                    if mark - at > within + log.slack(at, mark):
                        yield f"{woman}: {colour}, no {mode} asked for from {at:%Y-%m-%d} to {mark:%Y-%m-%d}"
                    at, within = mark, every
            yield from _not_done_and_not_told(log, woman, grade.at, last)


def _followed_up(log: Log, woman: str, mode: str, since: datetime, until: datetime) -> list[datetime]:
    """When somebody was asked to follow her up so, or did: who saw her at home need not call as well."""
    found = [
        one.at
        for one in log.seen[woman]
        if one.kind == "reminded" and one.base.startswith(f"followup:{mode}:") and "township" not in one.base
    ]
    found += [one.at for one in log.versions[woman] if _is_follow_up(one, mode)]
    return sorted(at for at in found if since < at < until)


def _seen_since_grading(log: Log, woman: str, mode: str, grade: Version) -> bool:
    """Whether she was followed up since the day of the assessment, before we knew of that."""
    return any(
        _is_follow_up(v, mode) and v.at <= grade.at and v.body["date"] >= grade.body["date"]
        for v in log.versions[woman]
    )


def _is_follow_up(version: Version, mode: str) -> bool:
    at_home = version.event == "postnatal_visit" or version.body.get("mode") == "home"
    return version.event in ("follow_up", "postnatal_visit") and (at_home or mode == "phone")


def _not_done_and_not_told(log: Log, woman: str, since: datetime, until: datetime) -> Iterator[str]:
    """Follow-up that was asked for and that nobody did, and the township never heard of it: a week or a month for the
    coordinator, and some days until her township is told."""
    grades = [v for v in log.versions[woman] if v.event == "risk_grade" and v.at <= since]
    weekly = bool(grades) and max(grades, key=lambda v: v.at).body.get("colour") == "red"
    for one in log.seen[woman]:
        _, mode, opens, *more = (*one.base.split(":"), "", "")[:4]
        if one.kind != "reminded" or one.rule != "followup" or any(more) or not since <= one.at < until:
            continue
        closes = _at(date.fromisoformat(opens)) + (8 if weekly and mode == "phone" else 32) * DAY
        late = closes + 6 * DAY
        late += log.slack(closes, late)
        done = any(one.at <= v.at <= late and _is_follow_up(v, mode) for v in log.versions[woman])
        told = any(
            other.kind == "reminded" and other.base == f"{one.base}:township" for other in log.seen[woman]
        )
        if late < until and not done and not told:
            yield f"{one}: nobody did, and the township was not told by {late}"


@law
def every_clock_is_stopped_or_called_out(log: Log) -> Iterator[str]:
    """Each duty is acknowledged before it is due, or its owner and the first above her are told when it is, the
    night and outages apart."""
    stopped = {one.cause: one.at for one in log.letters("clock_stopped")}
    called: dict[str, list[Told]] = defaultdict(list)
    for one in log.letters("escalated"):
        called[one.cause].append(one)
    known = {version.id: version.at for versions in log.versions.values() for version in reversed(versions)}
    for one in log.letters("clock_started"):
        told = json.loads(one.text)
        due, steps = datetime.fromisoformat(told["due"]), told["steps"]
        offices = {"sector": "county"}
        first = {offices.get(office, office) for at, office in steps if at == steps[0][0]}
        ladder = {offices.get(office, office) for _, office in steps}
        yield from (
            f"{letter} is not on its ladder" for letter in called[one.cause] if letter.to_role not in ladder
        )
        from_then = max(due, known.get(one.cause.partition(":")[2], one.at))
        late = from_then + timedelta(hours=12) + log.slack(from_then, from_then + DAY)
        if stopped.get(one.cause, log.end) <= late or late >= log.end:
            continue
        roles = {letter.to_role for letter in called[one.cause] if due <= letter.at <= late}
        if not roles & first and first - {"city", "province"}:
            yield f"{one.cause} of {told['owner']} ran out at {due}, {first} not told by {late}"
    for cause, letters in called.items():
        if early := [one for one in letters if stopped.get(cause, log.end) < one.at - timedelta(minutes=5)]:
            yield f"{early[0]} after it was done"


@law
def every_report_reached_the_county(log: Log) -> Iterator[str]:
    """Each version filed is delivered, once."""
    delivered: dict[str, int] = defaultdict(int)
    for one in log.letters("delivered"):
        delivered[one.cause] += 1
    for one in log.letters("filed"):
        name = one.cause.partition(" ")[0]
        if delivered[name] > 1 or (not delivered[name] and one.at < log.end - 5 * DAY):
            yield f"{one.cause} delivered {delivered[name]} times"


@law
def every_message_is_answered_and_kept(log: Log) -> Iterator[str]:
    """Nothing that is said is set aside."""
    return (str(one) for one in log.letters("heard") if one.cause == "set_aside")


# ── small things ────────────────────────────────────────────────────────────────────────────────────────


def _phone(log: Log, woman: str, at: datetime) -> str:
    phone = log.details(woman, at).get("phone")
    return f"phone-{phone[-4:]}" if phone else ""


def _day(version: Version) -> date:
    return date.fromisoformat(version.body["date"])


def _at(day: date) -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T23:59:59+08:00")


def broken(log: Log) -> dict[str, list[str]]:
    """Every law that does not hold, with what breaks it."""
    return {name: found for name, check in LAWS.items() if (found := check(log))}

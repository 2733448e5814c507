"""What is read back before a report is filed: who, then each field in the order of `records.EVENTS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from conversations.care.gestation import due_date, weeks_on
from conversations.care.programme import programme
from conversations.care.unsaid import names_infection
from conversations.engine.flow import EXTRA, Context
from conversations.engine.state import Talk
from conversations.flows.filing import _follows
from conversations.flows.risk import asks_infection
from conversations.flows.ultrasound import TOLD, line, scanned, wins
from conversations.flows.who import bound, card
from conversations.records import CHILD_FIELDS, EVENTS, FIELDS, NOT_SAID, Field
from conversations.text import Joined, Sayable, T, Text, plain, unlabelled

SPEAK_FOR_THEMSELVES = frozenset(
    {
        *("woman_name", "mother_name", "age", "phone", "resident_id", "village", "place_kind", "institution"),
        *(
            "mode",
            "direction",
            "delivery_mode",
            "loss_kind",
            "death_stage",
            "death_class",
            "booked",
            "migrant",
            "sex",
        ),
    }
)
"""Fields whose values are read back by SMS without their labels: 28岁, 顺产, 在家里."""


def read_back(
    event: str, *, labels: Mapping[str, Text] | None = None, steps: Mapping[str, str] | None = None
) -> Callable[[Talk, Context], list[tuple[str | None, Text, Sayable]]]:
    """The lines of a report's reading back: who, then each field in the order of `records.EVENTS`."""
    spec = EVENTS[event]
    hidden = {*NOT_SAID, "gestational_days", "child_count", "diastolic", *TOLD[1:]}
    named_here = labels or {}
    where: dict[str, str] = {"village": "village_id", **(steps or {})}

    def show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
        shown: list[tuple[str | None, Text, Sayable]] = []
        answers = talk.answers
        for name in spec.fields:
            value = answers.get(name)
            if value is None or name in hidden or _follows(name, answers):
                continue
            field = FIELDS[name]
            text = field.say(value, masked=context.masked or _tells(field, value, context))
            if name in ("woman_name", "mother_name"):
                text = _who(talk, context, text)
            elif name == "ultrasound_weeks":
                text = line(talk, context)
            elif name == "lmp" and wins(talk, context):  # the other line says what it comes to
                if (scan := scanned(talk)) is not None and scan.lmp.isoformat() == value:
                    continue
            elif name == "lmp":
                text = dated(date.fromisoformat(value), context, ended=bool(answers.get("of_end")))
            elif name == "gestational_weeks" and answers.get("gestational_days"):
                text = T("{weeks}周+{days}", weeks=value, days=answers["gestational_days"])
            elif name == "systolic" and answers.get("diastolic") is not None:
                text = T("{upper}/{lower}", upper=value, lower=answers["diastolic"])
            step: str | None = where.get(name, name)
            if name == "village" and "village_id" not in talk.trail:
                if _village_goes_without(talk, context):
                    continue
                step = None
            label = named_here.get(name, field.label)
            shown.append((step, unlabelled(label) if name in SPEAK_FOR_THEMSELVES else label, text))
        if spec.children:
            shown.extend(_children_lines(talk, context))
        return [*shown, *_extra_lines(event, talk, context)]

    return show


def _tells(field: Field, value: object, context: Context) -> bool:
    """Words she told of an infection are kept, and not repeated where it must not be read (requirements.md §4)."""
    told = field.secrecy == "diagnosis" and isinstance(value, str) and names_infection(value)
    return told and not asks_infection(context)


def _who(talk: Talk, context: Context, text: Sayable) -> Sayable:
    """The woman as the roster knows her, so that the right one is confirmed; in a correction as it now stands."""
    woman = bound(talk, context) if talk.amends is None else None
    another = "new" in (talk.answers.get("again"), talk.answers.get("repeat"))
    brief = not context.message.channel.buttons
    return card(woman, context, pregnancy=not another, brief=brief) if woman is not None else text


def _village_goes_without(talk: Talk, context: Context) -> bool:
    """By SMS a village that she did not have to tell is not read back: her only one, or the woman's own."""
    short = not context.message.channel.buttons and talk.amends is None
    return short and (len(context.speaker.villages) == 1 or bound(talk, context) is not None)


def dated(lmp: date, context: Context, *, ended: bool) -> Text:
    """An LMP with what follows from it: 2026年9月3日（今天孕11周+3，预产期2027年6月10日）."""
    if ended:
        return T("{lmp}", lmp=lmp)
    weeks, days = weeks_on(lmp, context.today)
    return T(
        "{lmp}（今天孕{weeks}周+{days}，预产期{due}）",
        sms=T("{lmp}（孕{weeks}周+{days}，预产期{due}）"),
        lmp=lmp,
        weeks=weeks,
        days=days,
        due=due_date(lmp),
    )


def _children_lines(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    """A line for each child: 女，3400克，活产."""
    count = talk.answers.get("child_count") or 1
    shown: list[tuple[str | None, Text, Sayable]] = []
    for number in range(count):
        key = f"children.{number}"
        said = [
            FIELDS[name].say(value, masked=context.masked)
            for name in CHILD_FIELDS
            if (value := talk.answers.get(f"{key}.{name}")) is not None
        ]
        if talk.answers.get(f"{key}.died_later"):
            said.append(T("后来没了"))
        label = T("孩子") if count == 1 else T("第{number}个孩子", number=number + 1)
        shown.append((key, label, Joined(tuple(said), "，") if said else T("还没说")))
    return shown


def _extra_lines(event: str, talk: Talk, context: Context) -> Iterator[tuple[str | None, Text, Sayable]]:
    """What the programme asked besides."""
    for question in programme(context.speaker.programme).questions(event):
        value = talk.answers.get(key := EXTRA + question.id)
        if value is None:
            continue
        words = T("是") if value is True else T("不是") if value is False else None
        said = words or plain(question.choices.get(str(value), str(value)))
        yield key, plain(question.label or question.ask), T("已记下") if context.masked else said

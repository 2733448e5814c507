"""名单, 红色的有几个, 查王芳: questions to the roster, answered at once, whatever else is in hand.

What was understood is said first, then how many, then short lines, the most pressing first; one woman is a card with what
can be done next. The question is kept, so that 下一页, 其中二胎的呢, 看2, 导出 and 图 go on from it. Whose women are looked at
follows from the asker's office alone; whoever may not see colours asks about 重点随访, whatever colour she names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from conversations.asking.answering import as_may_ask, names_somebody, why
from conversations.asking.grammar import nearest, read_question
from conversations.asking.plain import from_plain, say, to_plain
from conversations.asking.question import Question
from conversations.asking.row import Row
from conversations.asking.scope import place_names, places_asked
from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import Lookup, RosterAsked, RosterFact
from conversations.flows.filing import INSTITUTION, STAFF, errand
from conversations.flows.risk import permitted
from conversations.flows.roster_words import (
    card,
    group_line,
    held_text,
    is_brief,
    line,
    may_ring,
    shown_name,
    why_text,
)
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import (
    Button,
    Effect,
    ForgetSaid,
    Looked,
    Notice,
    Refused,
    Reply,
    Speaker,
    WantFile,
)
from conversations.records import mask_name
from conversations.text import ROOM_OF_TWO, Joined, Sayable, T, Text, how_many_fit, lines
from conversations.understanding.normalise import normalise

SHOWN: Final = 8
"""Lines of a page, where there are buttons."""
KEPT: Final = timedelta(hours=2)  # (u)
"""How long a question can be gone on from."""
WORTH_A_CHART: Final = 5
"""Women from which on looking beats reading."""
OFFICERS: Final = frozenset({"township", "county"})
WITH_FILES: Final = frozenset({"coordinator", "township", "county"})
"""Who may have a list or a picture as a file (bot/access.py, `export`)."""
NOT_HERS: Final = T("这不是您负责的。")
"""All that is said of a place that is not the asker's, or is none."""

By = Literal["township", "village", "month", "colour"]

# ── what is said ────────────────────────────────────────────────────────────────────────────────────────

_END = " \t,.。,!！?？~吗呢呀啊"
_MORE = re.compile(
    r"下一?页|下一批|后面的?|还有(?:谁|哪些|别的)?|更多|(?:继续|接着|往下|往后)(?:看|列|翻)?|next(?: page)?|more",
    re.I,
)
_SEE = re.compile(
    r"(?:看|查|翻|选|打开)(?:看|一下)?第?\s*(?P<number>\d{1,2})\s*(?:个|位|号|条)?(?:的情况)?", re.I
)
_EXPORT = re.compile(
    r"(?:帮我|请)?(?:把(?:这些|名单))?(?:导出(?:来|去)?|导个?表)(?:一下|名单|表格?|成(?:表格?|excel))?|(?:做成|发(?:个|我)?)表格?(?:给我)?|excel|export",
    re.I,
)
_CHART = re.compile(r"(?:给我|帮我)?(?:看|画|出|做|来)?(?:个|张|成)?(?:统计)?图表?|chart|graph", re.I)
_CALL = re.compile(r"(?:打电话|电话)随访(?:她|一下)*|随访她|给她打电话")
_URGE = re.compile(r"催(?:她)?(?:去)?(?:做)?产?检(?:一下)?|催(?:一)?(?:下)?她|提醒她(?:去)?(?:做)?产检")
_NARROWER = re.compile(
    r"(?:这|那)?(?:其中|当中|里面|里头|里)(?!的意思)|(?:她们|他们|这些人?|那些人?)(?:当)?中|of these", re.I
)
"""How words begin that ask about those who were listed."""


def goes_on(text: str) -> bool:
    """Whether these words, as a whole, go on from the question before."""
    bare = text.strip(_END)
    return any(one.fullmatch(bare) for one in (_MORE, _SEE, _EXPORT, _CHART, _CALL, _URGE)) or (
        _NARROWER.match(bare) is not None
    )


_ALL: Final = Question()

_PLAIN = re.compile(
    r"名单|花名册|清单|列表|台账|名册|哪些|哪几|几个|几位|几人|多少|有谁|谁[还没要快该在都]|导出|什么情况|怎么样|[吗呢?？]\s*$"
    r"|^(?:帮我|请|麻烦|我要|我想|想)*(?:再)?查(?!出|了|过|完)|list|roster|how many|who ",
    re.I,
)


def is_plain(text: str) -> bool:
    """Whether these words ask, whatever else is in hand: 名单, 几个, 查王芳. A bare 红色 may be an answer."""
    return _PLAIN.search(text) is not None


def is_question(text: str, context: Context) -> bool:
    """Whether these words are a question to the roster and nothing else, whatever words were asked for."""
    names = place_names(context.speaker)
    asked = read_question(text, context.today, context.speaker.role, places=names)
    return asked is not None and is_plain(text)


Verb = Literal[
    "ask", "more", "see", "call", "urge", "assign", "stale", "unread", "elsewhere", "chart_of_one", "file_of_one"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message wants of the roster. `question` as it may be asked; `within`: the places it names; `woman`: whom a card
    or a deed is about; `offset`: how many were shown before; `hidden`: it was asked for what may not be named here."""

    verb: Verb
    question: Question = _ALL
    within: tuple[str, ...] = ()
    offset: int = 0
    woman: str = ""
    hidden: bool = False


def wanted(talk: Talk, speaker: Speaker) -> Wanted:
    """What is wanted: by a button, from the question before, or by her words."""
    before: dict[str, Any] = talk.answers.get("roster") or {}
    pressed = talk.answers.get("go")
    if isinstance(pressed, list) and pressed:
        return _pressed(pressed, before, talk, speaker)
    text = normalise(str(talk.answers.get("text", "")))
    bare = text.strip(_END)
    recent = before if before and _when(talk) - datetime.fromisoformat(before["at"]) <= KEPT else {}
    asked = from_plain(recent["question"]) if recent else None
    if (seen := _SEE.fullmatch(bare)) is not None:
        number = int(seen["number"])
        return _offered(number, recent, talk, speaker) if recent.get("offered") else _see(number, recent)
    if _MORE.fullmatch(bare):
        more = recent.get("next") if recent else None
        return _ask(asked, talk, speaker, offset=more) if asked is not None and more else Wanted("more")
    if _CALL.fullmatch(bare) or _URGE.fullmatch(bare):
        verb: Verb = "call" if _CALL.fullmatch(bare) else "urge"
        return Wanted(verb, woman=str(recent.get("woman", "")))
    card = recent.get("woman") and not recent.get("ids") and "名单" not in bare
    if card and (_CHART.fullmatch(bare) or _EXPORT.fullmatch(bare)):
        return Wanted("chart_of_one" if _CHART.fullmatch(bare) else "file_of_one", asked or _ALL)
    question = _read(text, talk, speaker, asked)
    if question is None and (_EXPORT.fullmatch(bare) or _CHART.fullmatch(bare)):
        export = _EXPORT.fullmatch(bare) is not None
        question = replace(asked or _ALL, export=export, chart=not export)
    return _ask(question, talk, speaker)


def _read(text: str, talk: Talk, speaker: Speaker, before: Question | None) -> Question | None:
    return read_question(text, _day(talk), speaker.role, before, places=place_names(speaker))


def follows(text: str, before: dict[str, Any], context: Context) -> bool:
    """Whether words that say nothing by themselves go on from the question `before`: 12月的呢, 有几个."""
    if not before or context.speaker.role not in FLOW.roles:
        return False
    if context.message.sent_at - datetime.fromisoformat(before["at"]) > KEPT:
        return False
    asked = from_plain(before["question"])
    names = place_names(context.speaker)
    return read_question(text, context.today, context.speaker.role, asked, places=names) is not None


def _ask(question: Question | None, talk: Talk, speaker: Speaker, offset: int | None = 0) -> Wanted:
    if question is None:
        return Wanted("unread")
    within = places_asked(question.places, speaker)
    if within is None:
        return Wanted("elsewhere")
    may = as_may_ask(question, sees=_sees(talk))
    return Wanted("ask", may, within, offset or 0, hidden=may != question)


def _offered(number: int, before: dict[str, Any], talk: Talk, speaker: Speaker) -> Wanted:
    """One of the questions that were offered for words that were not understood."""
    offered = before.get("offered") or []
    question = from_plain(offered[number - 1]) if 1 <= number <= len(offered) else None
    return _ask(question, talk, speaker)


def _see(number: int, before: dict[str, Any]) -> Wanted:
    ids = before.get("ids") or []
    return Wanted("see", woman=str(ids[number - 1]) if 1 <= number <= len(ids) else "")


def _pressed(pressed: list[str], before: dict[str, Any], talk: Talk, speaker: Speaker) -> Wanted:
    """A button: `stamp` of the answer it stands under, what it does, and a number."""
    stamp, verb, number = (*pressed, "", "", "")[:3]
    index = int(number) if number.isdigit() else 0
    if not before or before.get("stamp") != stamp:
        return Wanted("stale")
    if verb == "ex":
        return _offered(index, before, talk, speaker)
    question = from_plain(before["question"])
    listed = replace(question, count=False, by=None, export=False, chart=False)
    match verb:
        case "see":
            return _see(index, before)
        case "call" | "urge" | "assign":
            return Wanted(verb, woman=str(before.get("woman", "")))
        case "more":
            return _ask(question, talk, speaker, offset=before.get("next"))
        case "file":
            return _ask(replace(_ALL if index else listed, export=True), talk, speaker)
        case "chart":
            return _ask(replace(_ALL if index else listed, chart=True), talk, speaker)
        case "in":
            names: list[str] = before.get("places") or []
            if index < len(names):
                return _ask(replace(listed, places=(names[index],)), talk, speaker)
    return _ask(listed, talk, speaker)


def _sees(talk: Talk) -> bool:
    return bool(talk.answers.get("sees"))


def _when(talk: Talk) -> datetime:
    return datetime.fromisoformat(talk.known_at)


def _day(talk: Talk) -> date:
    return _when(talk).astimezone(LOCAL).date()


# ── what must be known ──────────────────────────────────────────────────────────────────────────────────


def _groups(asked: Wanted, speaker: Speaker) -> By | None:
    """What it is counted by: what was asked for; of the whole county always by township."""
    whole = speaker.role == "county" and not asked.within
    places: By = "township" if whole else "village"
    if asked.question.by is not None:
        return places if asked.question.by == "place" else asked.question.by
    return "township" if whole and not names_somebody(asked.question) else None


def _lookup(asked: Wanted, talk: Talk, speaker: Speaker) -> RosterAsked | None:
    about_one = asked.verb in ("see", "call", "urge", "assign")
    if asked.verb != "ask" and not (about_one and asked.woman):
        return None
    return RosterAsked(
        villages=tuple(village.id for village in speaker.villages),
        question=replace(asked.question, places=(), by=None, count=False, export=False, chart=False),
        today=_day(talk),
        sees=_sees(talk),
        within=asked.within,
        offset=asked.offset,
        limit=SHOWN,
        by=None if about_one else _groups(asked, speaker),
        women=(asked.woman,) if about_one else (),
        cared_by=speaker.place_id if speaker.role == "institution" else None,
        asker=speaker.staff_id or "",
    )


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    asked = wanted(talk, speaker)
    lookup = _lookup(asked, talk, speaker)
    if lookup is None:
        return ()
    flow = _deed(asked, speaker)
    if flow is None:
        return (lookup,)
    about_her = Talk("", flow.name, flow.version, talk.known_at, answers={"woman_id": asked.woman})
    return (lookup, *flow.lookups(about_her, speaker))


def _deed(asked: Wanted, speaker: Speaker) -> Flow | None:
    """The errand that follows at once."""
    from conversations.flows.registry import FLOWS

    if asked.verb == "call" and speaker.role in FLOWS["follow_up"].roles:
        return FLOWS["follow_up"]
    return assigning(speaker) if asked.verb == "assign" else None


# ── answering ───────────────────────────────────────────────────────────────────────────────────────────


def _finish(talk: Talk, context: Context) -> Result:
    asked = wanted(talk, context.speaker)
    lookup = _lookup(asked, talk, context.speaker)
    found: RosterFact | None = context.facts[lookup][0] if lookup is not None else None
    if found is None:
        return _nothing_asked(asked, talk, context)
    if asked.verb != "ask":
        return _about_one(asked, found, talk, context)
    result = _answer(asked, found, talk, context)
    return replace(result, effects=(*result.effects, *_forgotten(asked.question, context)))


def _nothing_asked(asked: Wanted, talk: Talk, context: Context) -> Result:
    match asked.verb:
        case "stale":
            return _say(T("这是前面那份名单的按钮，已经不用了。要看就再问一次。"))
        case "elsewhere":
            return Result((Reply(NOT_HERS),), effects=(Refused("roster_query"),))
        case "chart_of_one" | "file_of_one" if context.speaker.role not in WITH_FILES:
            return _no_files()
        case "chart_of_one" | "file_of_one":
            return _of_one(asked, talk, context)
        case "more":
            return _say(T("后面没有了。想看别的，再问我就行，比如“没来产检的”。"))
        case "see":
            return _say(T("名单里没有这一位，请看看前面的数字。"))
        case "call" | "urge" | "assign":
            return _say(T("您说的是哪一位？先说“查”加她的名字，比如：查李梅。"))
    return _not_understood(talk, context)


def _not_understood(talk: Talk, context: Context) -> Result:
    """The nearest questions, to choose from."""
    found = nearest(
        str(talk.answers.get("text", "")),
        _day(talk),
        context.speaker.role,
        places=place_names(context.speaker),
        named=permitted(context),
        masked=context.masked,
    )
    rows = tuple(
        (_button(talk, T("{question}", question=label), "ex", n),) for n, (label, _) in enumerate(found, 1)
    )
    listed = [T("{number} {question}", number=n, question=label) for n, (label, _) in enumerate(found, 1)]
    said: Sayable = T("这句我没太看懂。您要查的是不是：")
    if not context.message.channel.buttons:
        said = lines(said, *listed, T("是的话说“看1”这样，或换个说法。", sms=T("是就说“看1”这样。")))
    offered = [to_plain(question) for _, question in found]
    kept = {"stamp": talk.id, "question": {}, "offered": offered}
    return Result((Reply(said, _pressable(rows, context)),), roster=kept)


def _of_one(asked: Wanted, talk: Talk, context: Context) -> Result:
    """图, 导出 after one woman's card: they are of lists, so which list is asked, never taken to be everybody."""
    before: dict[str, Any] = talk.answers.get("roster") or {}
    chart = asked.verb == "chart_of_one"
    said: Sayable = (
        T("图是照着名单画的，一个人画不成。要全部的，说“全部的图”。")
        if chart
        else T("表格是照着名单做的，她一个人看上面那些就够了。要全部的，说“全部的表格”。")
    )
    what = "chart" if chart else "file"
    buttons = [_button(talk, T("全部的图") if chart else T("全部的表格"), what, 1)]
    if asked.question != _ALL:
        own = _understood(asked.question, context)
        hint = (
            T("要前面那份（{asked}）的，说“名单图”。")
            if chart
            else T("要前面那份（{asked}）的，说“导出名单”。")
        )
        said = lines(said, hint.with_values(asked=own))
        label = T("{asked}的图") if chart else T("{asked}的表格")
        buttons.insert(0, _button(talk, label.with_values(asked=own), what))
    rows = tuple((button,) for button in buttons)
    return Result((Reply(said, _pressable(rows, context)),), roster=_still(before, stamp=talk.id))


def _no_files() -> Result:
    """Who has no lists as files is told whom to ask."""
    said = T("名单的表格和图由乡镇和县里出。您这边可以直接问我，比如：查李梅。")
    return Result((Reply(said),), effects=(Refused("roster_query.file"),))


def _say(text: Text) -> Result:
    return Result((Reply(text),))


def _answer(asked: Wanted, found: RosterFact, talk: Talk, context: Context) -> Result:
    question = asked.question
    if (question.export or question.chart) and context.speaker.role not in WITH_FILES:
        return _no_files()
    understood = _understood(question, context)
    unread = (
        T("（有{count}份读不出来，请告诉县里的管理员。）", count=found.unread)
        if found.unread
        else _hidden(asked, context)
    )
    if not found.total:
        if names_somebody(question):
            text: Sayable = T(
                "您这里的花名册上没有找到这一位。名字对吗？", sms=T("您的花名册上没找到这一位。")
            )
        elif question.export or question.chart:
            text = T("{asked}：现在一位也没有，就不做文件了。", asked=understood)
        else:
            text = T("{asked}：现在一位也没有。", asked=understood)
        return Result((Reply(lines(text, unread)),), roster=_kept(asked, talk))
    if question.export or question.chart:
        return _file(asked, found, talk, context)
    if names_somebody(question) and found.total == 1 and not question.count and not found.alike:
        return _card(found.rows[0], asked, talk, context)
    by = _groups(asked, context.speaker)
    few = by == "township" and question.by is None and found.total <= SHOWN
    if by is not None and not few:
        return _counted(asked, found, by, talk, context, unread)
    if question.count:
        head = T("{asked}：{count}位。", asked=understood, count=found.total)
        rows = ((_button(talk, T("看名单"), "list"),),)
        return Result((Reply(lines(head, unread), _pressable(rows, context)),), roster=_kept(asked, talk))
    return _listed(asked, found, talk, context, unread)


def _hidden(asked: Wanted, context: Context) -> Text | None:
    """To an officer who asked for colours where none may be named: that it is the channel, not her office."""
    if not asked.hidden or context.speaker.role not in OFFICERS:
        return None
    return T("（这里不说颜色，只说重点随访。）", sms=T("（短信不说颜色）"))


def _understood(question: Question, context: Context) -> Sayable:
    return say(question, named=permitted(context), masked=context.masked)


def _listed(asked: Wanted, found: RosterFact, talk: Talk, context: Context, unread: Text | None) -> Result:
    """A page of lines, each with its number."""
    buttons, total = context.message.channel.buttons, found.total
    understood = _understood(asked.question, context)
    if found.alike:
        head: Sayable = T("没有完全同名的，名字里带这几个字的有{count}位：", count=total)
    elif asked.offset:
        head = T("{asked}，后面的：", asked=understood)
    elif names_somebody(asked.question):
        head = T("叫这个名字的有{count}位，看哪一位？", count=total)
    elif total == 1:
        head = T("{asked}：1位。", asked=understood)
    else:
        head = T("{asked}：{count}位，急的在前。", sms=T("{asked}：{count}位"), asked=understood, count=total)
    every = [T("{number} {line}", number=n, line=line(row, context)) for n, row in enumerate(found.rows, 1)]
    how = None if buttons else T("说“看1”看她，“下一页”往后看。", sms=T("“看1”看她，“下一页”往后"))
    brief = is_brief(context)
    shown = how_many_fit(head, every, how or T(""), ROOM_OF_TWO, context.today) if brief else len(every)
    until = asked.offset + shown
    rest = T("还有{count}位。", count=total - until) if until < total and not brief else None
    if until >= total and how is not None:
        how = T("说“看1”看她。", sms=T("“看1”看她"))
    rows = [tuple(_button(talk, T("看{number}", number=n), "see", n) for n in some) for some in _fours(shown)]
    last = [_button(talk, T("下一页"), "more")] if until < total else []
    files = context.speaker.role in WITH_FILES
    if total > 1 and files:
        last.append(_button(talk, T("导出表格"), "file"))
    if total >= WORTH_A_CHART and files:
        last.append(_button(talk, T("画图"), "chart"))
    women = tuple(row.case.woman_id for row in found.rows[:shown])
    return Result(
        (Reply(lines(head, *every[:shown], rest, unread, how), _pressable((*rows, tuple(last)), context)),),
        effects=(Looked(women, "roster.list"),),
        roster=_kept(asked, talk, ids=list(women), next=until if until < total else None),
    )


def _fours(count: int) -> list[range]:
    return [range(first, min(first + 4, count + 1)) for first in range(1, count + 1, 4)]


def _counted(
    asked: Wanted, found: RosterFact, by: By, talk: Talk, context: Context, unread: Text | None
) -> Result:
    """How many in each place, month or colour. A place can be opened."""
    counted = [group_line(by, *one) for one in found.groups]
    head = T("{asked}：共{count}位。", asked=_understood(asked.question, context), count=found.total)
    how = (
        T("看哪里的名单，说它的名字就行。", sms=T("看哪里就说它的名字。"))
        if by in ("township", "village")
        else None
    )
    twice = by == "colour" and sum(count for _, _, count in found.groups) > found.total
    note = T("（标了两种颜色的，两边都算。）") if twice else None
    shown = len(counted)
    if is_brief(context):
        shown = how_many_fit(head, counted, how or T(""), ROOM_OF_TWO, context.today)
    rows: list[tuple[Button, ...]] = []
    places = [name for _, name, _ in found.groups[:shown]] if by in ("township", "village") else []
    openers = [
        _button(talk, T("{place}", place=name), "in", number) for number, name in enumerate(places) if name
    ]
    rows += [tuple(openers[start : start + 3]) for start in range(0, len(openers), 3)]
    last = (
        [] if context.speaker.role == "county" and not asked.within else [_button(talk, T("看名单"), "list")]
    )
    if context.speaker.role in WITH_FILES:
        last.append(_button(talk, T("画图"), "chart"))
    rows.append(tuple(last))
    return Result(
        (Reply(lines(head, *counted[:shown], note, unread, how), _pressable(rows, context)),),
        roster=_kept(asked, talk, places=places),
    )


def _file(asked: Wanted, found: RosterFact, talk: Talk, context: Context) -> Result:
    """A workbook or a picture of what was asked for, made beside."""
    question = asked.question
    want = WantFile(
        derived_id(context.message.id, "file"),
        "chart" if question.chart else "list",
        question=to_plain(question),
    )
    values = {"asked": _understood(question, context), "count": found.total}
    said = (
        T("好，正在画图（{asked}，{count}位），好了就给您。").with_values(**values)
        if question.chart
        else T("好，正在做表格（{asked}，{count}位），好了就给您。").with_values(**values)
    )
    plain_question = replace(asked, question=replace(question, export=False, chart=False))
    return Result((Reply(said),), effects=(want,), roster=_kept(plain_question, talk))


def _forgotten(question: Question, context: Context) -> tuple[Effect, ...]:
    """Words that name her are taken off a channel that can forget."""
    own = context.message.provider_id
    if (
        names_somebody(question)
        and context.message.channel.deletes
        and context.message.kind == "text"
        and own
    ):
        return (ForgetSaid((own,)),)
    return ()


# ── one woman ───────────────────────────────────────────────────────────────────────────────────────────


def _about_one(asked: Wanted, found: RosterFact, talk: Talk, context: Context) -> Result:
    if not found.rows:
        return _say(T("她不在您这里的花名册上了。"))
    row = found.rows[0]
    match asked.verb:
        case "call" if may_call(row, context.speaker):
            return _call(row, talk, context)
        case "urge" if may_urge(row, context.speaker):
            return _urge(row, talk, context)
        case "assign" if (flow := assigning(context.speaker)) is not None:
            return _then(row, talk, context, flow, {})
        case "urge" if row.case.told_over is not None and context.speaker.role in OFFICERS:
            return _say(T("{why}请先请村里看看她，问清楚了再说。", why=held_text(row.case)))
        case "call" | "urge" | "assign":
            return _say(T("这件事现在不用办，或者要由别的同事来办。"))
    return _card(row, asked, talk, context)


def may_call(row: Row, speaker: Speaker) -> bool:
    """Whether this colleague may follow her up by telephone."""
    course = row.case.course
    rings = speaker.role in STAFF and may_ring(row.case, speaker.role)
    return rings and course.died is None and course.left is None


def may_urge(row: Row, speaker: Speaker) -> bool:
    """Whether this officer may ask her coordinator to see that she goes to a check-up."""
    course = row.case.course
    return (
        speaker.role in OFFICERS
        and course.died is None
        and course.left is None
        and course.end is None
        and row.case.told_over is None
        and row.village_id is not None
        and row.case.restricted != "under_14"
    )


def assigning(speaker: Speaker) -> Flow | None:
    """The flow by which this officer gives her a responsible person."""
    from conversations.flows.registry import FLOWS

    flow = FLOWS.get("assign")
    return flow if flow is not None and speaker.role in flow.roles else None


def _card(row: Row, asked: Wanted, talk: Talk, context: Context) -> Result:
    speaker, case = context.speaker, row.case
    deeds = []
    if may_call(row, speaker):
        deeds.append(_button(talk, T("打电话随访"), "call"))
    if may_urge(row, speaker):
        deeds.append(_button(talk, T("催检"), "urge"))
    if assigning(speaker) is not None and case.course.died is None:
        deeds.append(_button(talk, T("指派"), "assign"))
    how = None
    if not context.message.channel.buttons and deeds:
        said = {"call": T("随访她"), "urge": T("催检"), "assign": T("指派")}
        words = Joined(tuple(said[one.value.rpartition(":")[2]] for one in deeds), "、")
        how = T("可以说：{what}。", sms=T("可说：{what}"), what=words)
    before: dict[str, Any] = talk.answers.get("roster") or {}
    kept = _kept(asked, talk, woman=case.woman_id)
    if asked.verb == "see" and before:  # the list goes on after it
        kept = _still(before, stamp=talk.id, woman=case.woman_id)
    return Result(
        (Reply(lines(card(row, context), how), _pressable((tuple(deeds),), context)),),
        effects=(Looked((case.woman_id,), "roster.card"),),
        roster=kept,
    )


def _call(row: Row, talk: Talk, context: Context) -> Result:
    from conversations.flows.registry import FLOWS

    return _then(row, talk, context, FLOWS["follow_up"], {"mode": "phone"})


def _then(row: Row, talk: Talk, context: Context, flow: Flow, known: dict[str, Any]) -> Result:
    """Another errand, about her."""
    case = row.case
    answers = {
        flow.subject: case.name,
        "woman_id": case.woman_id,
        "village_id": row.village_id,
        "village": case.village,
        **known,
    }
    then = errand(flow.name, talk, context, answers, (case.woman_id,))
    return Result(then=(then,))


def _urge(row: Row, talk: Talk, context: Context) -> Result:
    """A friendly word to her coordinator, once an answer. It may go out by SMS: no name in full, nothing of her risk."""
    case, reason = row.case, why(row, context.today)
    before: dict[str, Any] = talk.answers.get("roster") or {}
    urged: list[str] = before.get("urged") or []
    if case.woman_id in urged:
        return _say(T("刚才已经请{coordinator_there}去关心了。"))
    text = T(
        "{office}想请您关心一下{village}{who}：{what}。她有难处就说一声，一起想办法。",
        office=context.speaker.place_name,
        village=case.village,
        who=mask_name(case.name),
        what=why_text(reason) if reason is not None else T("请提醒她按时产检"),
    )
    said = T(
        "好，已经请{coordinator_there}关心{name}了。",
        sms=T("好，已经请{coordinator}去关心了。"),
        name=shown_name(case, context),
    )
    notice = Notice(text, role="coordinator", place_id=row.village_id)
    return Result((Reply(said),), effects=(notice,), roster=_still(before, urged=[*urged, case.woman_id]))


# ── what is kept, and buttons ───────────────────────────────────────────────────────────────────────────


def _kept(asked: Wanted, talk: Talk, **shown: Any) -> dict[str, Any]:
    """What was asked. A question for one woman leaves the one before to be gone on from, unless several were listed."""
    question = to_plain(asked.question)
    if names_somebody(asked.question) and not shown.get("ids"):
        question = (talk.answers.get("roster") or {}).get("question", {})
    return {"stamp": talk.id, "question": question, **shown}


def _still(before: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What was kept, to be gone on from after this answer, too."""
    return {name: value for name, value in before.items() if name != "at"} | more


def _button(talk: Talk, label: Text, what: str, number: int | None = None) -> Button:
    return Button(label, f"go:roster_query:{talk.id}:{what}" + (f":{number}" if number is not None else ""))


def _pressable(rows: Sequence[tuple[Button, ...]], context: Context) -> tuple[tuple[Button, ...], ...]:
    return tuple(row for row in rows if row) if context.message.channel.buttons else ()


FLOW = Flow(
    "roster_query",
    version=1,
    title=T("查名单"),
    intent="roster_query",
    roles=STAFF | INSTITUTION,
    hears=lambda text, context: goes_on(text),
    read_words=lambda text, context: {"text": text},
    example=T("· 名单 / 没来产检的 / 查李梅"),
    lookups=_lookups,
    extra_fields=("text", "go", "roster", "sees"),
    steps=(),
    finish=_finish,
    quick=True,
    shows_roster=True,
)

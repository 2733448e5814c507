"""今天要做什么: what an office has to do, the most pressing first; and a colleague's word on one of it.

The same tasks as in the morning's digest. A number means the list she was shown last: that digest, or the answer to this
question. 收到 says that she has it, 办好了 that it is done, 没办好 that it is not after all; who said so and when is kept. 办好了
closes the task, it reports nothing: where a report belongs to it she is asked for it next.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final, Literal

from conversations.care.candidates import base_of
from conversations.care.texts import task as task_line
from conversations.care.texts import who
from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import DigestFact, DigestTold, Lookup, TaskFact, TasksDue
from conversations.flows.filing import errand
from conversations.flows.hers import is_pressed
from conversations.message import ActWord, Button, Reply, Speaker
from conversations.records import mask_name
from conversations.text import ROOM_OF_TWO, Sayable, T, how_many_fit, lines
from conversations.understanding.normalise import normalise

ROLES = frozenset({"coordinator", "township"})
SHOWN: Final = 8
"""Tasks listed at once, where there are buttons."""
Word = Literal["taken", "done"]

# ── the list ────────────────────────────────────────────────────────────────────────────────────────────

_WANTS = re.compile(
    r"(?:我|咱|我们)?(?:今天|今日|现在|眼下)?(?:我|还)?(?:要|该|得|需要)(?:做|办|干)(?:些|点)?(?:什么|啥|哪些|的)(?:事|事情|活)?"
    r"|(?:我)?(?:今天|今日|现在)?(?:还)?有(?:什么|啥|哪些)(?:(?:事情?|任务|活)(?:要|该)?(?:做|办)?|(?:要|该)(?:做|办))的?"
    r"|(?:今天|今日)(?:的)?(?:任务|待办|工作)|(?:我的)?(?:待办|任务)(?:事项|清单)?|what(?:'s| is)? (?:to do|due)(?: today)?|to ?do|/today",
    re.I,
)
BARE = re.compile(r"今天|今日|today", re.I)
"""Words that ask for it only where nothing else was asked."""
_END = " \t,.。,!?！？~吗呢呀啊"


def wants_list(text: str) -> bool:
    """Whether these words, as a whole, ask what is to be done."""
    return _WANTS.fullmatch(text.strip(_END)) is not None


def _due(speaker: Speaker) -> TasksDue:
    return TasksDue(speaker.contact_id, speaker.role, tuple(village.id for village in speaker.villages))


def _tasks(context: Context) -> tuple[TaskFact, ...]:
    found: tuple[TaskFact, ...] = context.facts[_due(context.speaker)]
    return found


def _line(number: int, one: TaskFact, context: Context) -> Sayable:
    said = task_line(one.case, one.act, context.today, context.message.channel, context.speaker.role)
    if one.taken_by is None:
        return T("{number}. {task}", number=number, task=said)
    if one.mine:
        return T("{number}. {task}（您在办）", number=number, task=said)
    name = mask_name(one.taken_by) if context.masked else one.taken_by
    return T("{number}. {task}（{name}在办）", number=number, task=said, name=name)


def _finish(talk: Talk, context: Context) -> Result:
    tasks = _tasks(context)
    if not tasks:
        return Result((Reply(T("今天没有要办的事，辛苦您了。有什么新情况随时告诉我。")),))
    buttons = context.message.channel.buttons
    listed = [_line(number, one, context) for number, one in enumerate(tasks, 1)]
    head = T("有{count}件事，急的在前：", count=len(tasks))
    how = None if buttons else T("办好了回“办好了1”这样。")
    shown = SHOWN if buttons else how_many_fit(head, listed, how or T(""), ROOM_OF_TWO - 12, context.today)
    rest = len(tasks) - shown
    more = T("还有{more}件，办好几件再来看。", more=rest) if rest > 0 else None
    rows = tuple(
        (
            Button(T("收到 {number}", number=number), f"go:task:{one.id}:taken"),
            Button(T("办好了 {number}", number=number), f"go:task:{one.id}:done"),
        )
        for number, one in enumerate(tasks[:shown], 1)
    )
    said = lines(head, *listed[:shown], more, how)
    return Result((Reply(said, rows if buttons else ()),), listed=tuple(one.id for one in tasks))


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (_due(speaker),)


FLOW = Flow(
    "today",
    version=1,
    title=T("今天要做什么"),
    roles=ROLES,
    hears=lambda text, context: wants_list(text),
    example=T("· 今天要做什么"),
    lookups=_lookups,
    steps=(),
    finish=_finish,
    quick=True,
    shows_roster=True,
)

# ── a word on one of it ─────────────────────────────────────────────────────────────────────────────────

_SAYS = re.compile(
    r"(?P<open>(?:没|没有|还没|未)(?:有)?(?:办|做|弄)(?:好|完)?了?)\s*(?P<n0>\d{1,2})?"
    r"|第?\s*(?P<n1>\d{1,2})\s*(?:件|条|项|个)?\s*(?:(?:都)?(?:办|做|弄|处理)(?:好|完|妥)了?|完成了?)"
    r"|(?:(?:都)?(?:办|做|弄|处理)(?:好|完|妥)了?|完成了?|done)\s*第?\s*(?P<n2>\d{1,2})?\s*(?:件|条|项|个)?",
    re.I,
)


def _read(text: str, context: Context) -> dict[str, Any]:
    """What was said of which number: kept, because her PIN may be asked for in between."""
    said = _SAYS.fullmatch(normalise(text).strip(_END))
    if said is None:
        return {}
    number = next((int(said[name]) for name in ("n0", "n1", "n2") if said[name]), None)
    return {"word": "open" if said["open"] else "done", "number": number}


def word_lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    """What must be known to tell which task a number means."""
    return (_due(speaker), DigestTold(speaker.contact_id)) if speaker.role in ROLES else ()


def _numbered(talk: Talk, context: Context) -> tuple[str, ...]:
    """The list her numbers mean: the one she was shown last."""
    digest: tuple[DigestFact, ...] = context.facts[DigestTold(context.speaker.contact_id)]
    listed: dict[str, Any] = talk.answers.get("listed") or {}
    if listed and not (digest and digest[0].at > datetime.fromisoformat(listed["at"])):
        return tuple(listed["ids"])
    return digest[0].tasks if digest else ()


def take_numbered(number: int, talk: Talk, context: Context) -> Result | None:
    """收到 and the number of a task, where no alert has it (flows/alerts.py): she has it. By SMS nobody is named."""
    if context.speaker.role not in ROLES:
        return None
    ids = _numbered(talk, context)
    chosen = ids[number - 1] if 1 <= number <= len(ids) else None
    one = next((task for task in _tasks(context) if task.id == chosen), None)
    return _said(one, "taken", context, talk) if one is not None else None


def _finish_word(talk: Talk, context: Context) -> Result:
    tasks, pressed = _tasks(context), is_pressed(talk, parts=2)
    if pressed is not None:
        one = next((task for task in tasks if task.id == pressed[0]), None)
        return _said(one, "done" if pressed[1] == "done" else "taken", context, talk)
    read = talk.answers if "word" in talk.answers else _read(context.message.text, context)
    word, number = read.get("word"), read.get("number")
    if number is None:
        if len(tasks) == 1 and word == "done":
            return _said(tasks[0], "done", context, talk)
        return Result((Reply(T("是哪一件？请带上前面的数字，比如“办好了1”。不记得就说“今天要做什么”。")),))
    ids = _numbered(talk, context)
    if not 1 <= number <= len(ids):
        return Result((Reply(T("没有第{number}件。说“今天要做什么”看看有哪些。", number=number)),))
    chosen = ids[number - 1]
    one = next((task for task in tasks if task.id == chosen), None)
    if word != "open":
        return _said(one, "done", context, talk)
    if one is not None:
        return Result((Reply(T("好，这一件还给您留着。")),))
    return Result((Reply(T("好，这一件给您留着，再看看。")),), effects=(ActWord(chosen, None),))


def _said(one: TaskFact | None, word: Word, context: Context, talk: Talk) -> Result:
    if one is None:
        return Result((Reply(T("这一件已经办好，或者不用办了。")),))
    her = who(one.case, context.today, context.message.channel, context.speaker.role)
    if word == "taken" and context.message.channel.trust == "low":
        return Result((Reply(T("好，这件在您手上了，辛苦。")),), effects=(ActWord(one.id, "taken"),))
    if word == "taken":
        return Result(
            (Reply(T("好，{who}这件在您手上了，辛苦。", who=her)),), effects=(ActWord(one.id, "taken"),)
        )
    said = T(
        "好，{who}这件办好了，记下了。弄错了就说“没办好”加数字。", sms=T("好，{who}这件记下了。"), who=her
    )
    return Result((Reply(said),), effects=(ActWord(one.id, "done"),), then=_report(one, talk, context))


_REPORTS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "visit": ("antenatal_visit", "woman_name", {}),
    "appointment": ("antenatal_visit", "woman_name", {}),
    "booking": ("booking", "woman_name", {}),
    "postnatal": ("postnatal_visit", "woman_name", {}),
    "day42": ("postnatal_visit", "woman_name", {}),
    "newborn": ("newborn_visit", "mother_name", {}),
    "followup": ("follow_up", "woman_name", {}),
    "special:home": ("follow_up", "woman_name", {"mode": "home"}),
}
"""The report that belongs to a task, by the beginning of its key: its flow, who it is about there, what is known."""


def _report(one: TaskFact, talk: Talk, context: Context) -> tuple[Talk, ...]:
    """The report a coordinator is asked for once such a task is done."""
    if context.speaker.role != "coordinator":
        return ()
    key = base_of(one.act.key).removeprefix("miss:")
    found = next((report for start, report in _REPORTS.items() if key.startswith(start)), None)
    if found is None or key.rsplit(":", 1)[-1] in (
        "now",
        "soon",
        "help",
        "urge",
    ):  # to be reminded, or helped: not yet there
        return ()
    flow, subject, known = found
    if flow == "follow_up" and "mode" not in known:
        known = {"mode": "home" if ":home:" in key else "phone"}

    answers = {
        subject: one.case.name,
        "woman_id": one.case.woman_id,
        "village_id": one.case.village_id,
        "village": one.case.village,
        **known,
    }
    return (errand(flow, talk, context, answers, (one.id,)),)


TASK = Flow(
    "task",
    version=1,
    title=T("办好了"),
    roles=ROLES,
    hears=lambda text, context: bool(_read(text, context)),
    read_words=_read,
    lookups=word_lookups,
    extra_fields=("listed", "word", "number", "go"),
    steps=(),
    finish=_finish_word,
    quick=True,
    shows_roster=True,
)

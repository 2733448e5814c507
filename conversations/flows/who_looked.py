"""谁看过王芳: who of the colleagues was shown what is known of a woman, for the county to ask. The asking is noted too.

Of a woman nobody knows and of one of another county the same is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from conversations.engine.flow import Choice, Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import LookFact, LooksAt, Lookup, WomanFact, WomenNamed
from conversations.flows.who import card
from conversations.local_time import LOCAL
from conversations.message import Looked, Refused, Reply, Speaker
from conversations.records import mask_name
from conversations.text import ROOM_OF_TWO, Sayable, T, Text, how_many_fit, lines, plain

PAGE = 10
KEPT = 200
"""Looks that can be paged through, the newest first; the audit log itself keeps all."""

_ASKED = re.compile(r"(?:有?谁|哪些人|什么人)(?:都)?(?:看|查|问|打听|翻)过(?P<name>.*)")
_TAIL = re.compile(r"(?:这个人|的?(?:信息|资料|情况|档案|记录|名字))?[了吗呢么?？。!！\s]*$")

_WHY: Mapping[str, Text] = {
    "roster": T("查花名册"), "digest": T("早上的待办"), "clock": T("时限提醒"), "alert": T("急事提醒"),
    "notice": T("通知"), "export": T("导出"), "file": T("导出"), "list": T("导出"), "chart": T("画图"),
    "paper": T("报表"), "report": T("报表"), "link": T("链接"), "import": T("导入名单"),
}  # fmt: skip
"""By what she was shown, by the first word of the look's `why`."""

_CHANNELS: Mapping[str, Text] = {
    "sms": T("短信"), "cli": T("命令行"), "link": T("下载链接"), "file": T("下载链接"), "county": T("县平台"),
    "telegram": T("Telegram"),
}  # fmt: skip

_OFFICES: Mapping[str, Text] = {
    "coordinator": T("{coordinator}"), "township": T("{township_there}"), "institution": T("医院"), "county": T("{county_there}"),
    "operator": T("系统管理员"), "system": T("系统"),
}  # fmt: skip


def _read(text: str, context: Context) -> dict[str, Any]:
    found = _ASKED.search(text)
    name = _TAIL.sub("", found["name"]).strip() if found is not None else ""
    return {"woman_name": name} if name else {}


def _names(talk: Talk, speaker: Speaker) -> tuple[WomenNamed, LooksAt] | None:
    name = talk.answers.get("woman_name")
    villages = tuple(village.id for village in speaker.villages)
    return (WomenNamed(name, villages), LooksAt(name, villages, KEPT)) if name else None


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return _names(talk, speaker) or ()


def _women(talk: Talk, context: Context) -> Sequence[WomanFact]:
    asked = _names(talk, context.speaker)
    found: Sequence[WomanFact] = context.facts[asked[0]] if asked is not None else ()
    return found


def _looks(talk: Talk, context: Context) -> Sequence[LookFact]:
    asked = _names(talk, context.speaker)
    found: Sequence[LookFact] = context.facts[asked[1]] if asked is not None else ()
    begun = datetime.fromisoformat(talk.known_at)  # what is added while she pages would move the pages
    return [look for look in found if look.woman_id == talk.answers.get("woman_id") and look.at < begun]


def _settle(talk: Talk, context: Context) -> Settled:
    answers = talk.answers
    if not answers.get("woman_name"):
        return None
    women = {woman.id: woman for woman in _women(talk, context)}
    if len(women) == 1:
        answers["woman_id"] = next(iter(women))
    chosen = answers.get("woman_id")
    answers["several"] = len(women) > 1
    if not women or (chosen is not None and chosen not in women):
        return Ended(T("您这边的花名册上没有这个人。"), (Refused("who_looked"),))
    if chosen is not None:
        if answers.get("more") == "next":
            answers["skip"] = answers.get("skip", 0) + answers["shown"]
            answers.pop("more")
        shown = len(_page(talk, context))
        answers["shown"] = shown
        answers["rest"] = max(0, len(_looks(talk, context)) - answers.get("skip", 0) - shown)
    return None


def _who(talk: Talk, context: Context) -> tuple[Choice, ...]:
    return tuple(
        Choice(woman.id, T("{card}", card=card(woman, context))) for woman in _women(talk, context)[:8]
    )


# ── the answer ──────────────────────────────────────────────────────────────────────────────────────────


def _head(talk: Talk, context: Context) -> Sayable:
    name = str(talk.answers["woman_name"])
    who = mask_name(name) if context.masked else name
    if not _looks(talk, context):
        return T("还没有人看过{who}。", who=who)
    if talk.answers.get("skip"):
        return T("再往前看过{who}的：", who=who)
    return T("看过{who}的，最近的在前：", sms=T("看过{who}的："), who=who)


def _line(look: LookFact, context: Context) -> Text:
    """11月22日 10:05 古陂镇孕管办 温秀英（查花名册，短信）"""
    at = look.at.astimezone(LOCAL)
    name = mask_name(look.name) if context.masked else look.name
    return T(
        "{date} {time} {office}{name}（{why}）",
        sms=T("{date}{office}{name}：{why}"),
        date=at.date(),
        time=f"{at:%H:%M}",
        office=plain(look.place_name) if look.place_name else _OFFICES.get(look.role, T("其他")),
        name=plain(name),
        why=T("{why}，{channel}", why=_why(look.why), channel=_CHANNELS[look.channel])
        if look.channel in _CHANNELS
        else _why(look.why),
    )


def _why(why: str) -> Text:
    from conversations.flows.registry import FLOWS

    first, _, rest = why.partition(".")
    if first == "flow" and rest in FLOWS:
        return FLOWS[rest].title
    return _WHY.get(first, T("其他"))


def _page(talk: Talk, context: Context) -> Sequence[Text]:
    skip = talk.answers.get("skip", 0)
    found = [_line(look, context) for look in _looks(talk, context)[skip : skip + PAGE]]
    if context.message.channel.buttons:
        return found
    after = lines(
        T("{number} {label}", number=1, label=_NEXT), T("{number} {label}", number=2, label=_ENOUGH)
    )
    return found[: how_many_fit(_head(talk, context), found, after, ROOM_OF_TWO - 18, context.today)]


_NEXT, _ENOUGH = T("看更早的"), T("看好了")


def _show(talk: Talk, context: Context) -> Sayable:
    return lines(_head(talk, context), *_page(talk, context))


def _finish(talk: Talk, context: Context) -> Result:
    woman = (str(talk.answers["woman_id"]),)
    if talk.answers.get("more") == "enough":
        return Result((Reply(T("好的。")),))
    return Result((Reply(_show(talk, context)),), effects=(Looked(woman, "flow.who_looked"),))


FLOW = Flow(
    "who_looked",
    version=1,
    title=T("谁看过她"),
    words=("谁看过", "谁查过", "谁都看过", "哪些人看过", "who looked at"),
    hears=lambda text, context: _ASKED.match(text) is not None,
    read_words=_read,
    roles=frozenset({"county"}),
    example=T("· 谁看过王芳"),
    lookups=_lookups,
    settle=_settle,
    shows_roster=True,
    drops={"woman_name": ("woman_id", "skip", "more")},
    extra_fields=("several", "skip", "shown", "rest"),
    steps=(
        Step(
            "woman_name",
            T("想知道谁看过哪一位？"),
            required=True,
            help=T("说她的姓名就行，比如：谁看过王芳。"),
        ),
        Step(
            "woman_id",
            T("叫这个名字的不止一位，是哪一位？"),
            required=True,
            when=lambda talk: bool(talk.answers.get("several")),
            choices=_who,
        ),
        Step(
            "more",
            _show,
            required=True,
            when=lambda talk: bool(talk.answers.get("rest")),
            choices=(
                Choice("next", _NEXT, ("下一页", "更早", "更早的", "再看", "继续", "还有呢", "后面的")),
                Choice("enough", _ENOUGH, ("好了", "好", "不看了", "够了", "行了", "可以了")),
            ),
        ),
    ),
    finish=_finish,
)

"""以后发短信、以后在这里发、以后用Telegram发: where somebody wants what nobody asked for, and where it goes now.

What she asks is answered where she asks it, and danger is told on every way as ever. By SMS only to her registered phone: a
woman's only where it is her own and safe to text, and after her yes there.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.facts import Lookup, WaysFact, WaysOf
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.message import Prefer, Reply, Speaker
from conversations.text import Sayable, T, Text, lines
from conversations.understanding.consent import bare

Where = Literal["sms", "here", "chat", "ask"]
SMS: Final = "sms"

_FROM_NOW = r"(?:请|麻烦)?(?:以后|今后|往后|从今以后|从现在起|改成|改为|换成)"
_ALL = r"(?:都|就|还是|请|改|的?(?:提醒|消息|通知)(?:都|就|还是|请)?)*"
_TO_ME = r"(?:给我|我)?"
_END = r"(?:给我|我|提醒|通知|联系|说|发|就行|就好|就可以|吧|了|啊)*"
_CHAT = r"(?:telegram|tg|电报|飞机|聊天|聊天软件|聊天里|网上)"
_SAYS: Final[dict[Where, re.Pattern[str]]] = {
    "sms": re.compile(
        rf"{_FROM_NOW}{_ALL}{_TO_ME}(?:用|改用|改成|走|发|发到)?{_TO_ME}(?:手机)?短信{_END}"
        r"|(?:please )?(?:text|sms) me(?: (?:from now on|in future|instead|please))*"
        r"|(?:from now on )?(?:please )?(?:use|send|write|by|switch to)(?: me)?(?: by)? (?:sms|text messages?)"
        r"(?: (?:from now on|in future|instead|please))*",
        re.I,
    ),
    "here": re.compile(
        rf"{_FROM_NOW}{_ALL}{_TO_ME}(?:在|发到|发在|用|发)?(?:这里|这儿|这边|这个(?:号|号码|手机|聊天))(?:上|里)?{_END}"
        r"|(?:from now on )?(?:please )?(?:write|text|message|send|remind)(?: (?:it|them|to))?(?: me)? here(?: (?:from now on|instead|please))*",
        re.I,
    ),
    "chat": re.compile(
        rf"{_FROM_NOW}{_ALL}{_TO_ME}(?:用|改用|改成|走|在|发|发到|上)?\s?{_CHAT}\s?(?:上|里)?{_END}"
        r"|(?:from now on )?(?:please )?(?:use|write|message|send|switch to)(?: (?:me|it|them))?(?: (?:on|by|to))?"
        r" (?:telegram|the chat)(?: (?:from now on|instead|please))*",
        re.I,
    ),
    "ask": re.compile(
        r"(?:我的)?(?:提醒|消息|通知)(?:现在|都|会|是|以后)*(?:往)?(?:发到|发在|发|在)(?:哪|哪里|哪儿|哪个号|哪个号码|什么地方)(?:发|的|了|呀|啊)?"
        r"|where do you (?:write|send|text|remind)(?: to)?(?: (?:me|it|them))?(?: to)?",
        re.I,
    ),
}


def _meant(text: str) -> Where | None:
    said = bare(text)
    return next((where for where, pattern in _SAYS.items() if pattern.fullmatch(said)), None)


def _lookup(speaker: Speaker) -> WaysOf:
    return WaysOf(speaker.contact_id, speaker.staff_id, speaker.women)


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (_lookup(speaker),)


def _called(channel: str) -> Text:
    """A channel, in words."""
    return {SMS: T("短信"), "telegram": T("Telegram")}.get(channel, T("聊天"))


def _finish(talk: Talk, context: Context) -> Result:
    found: tuple[WaysFact, ...] = context.facts[_lookup(context.speaker)]
    where, here = _meant(context.message.text), context.message.channel.name
    if not found or where is None:
        return Result((Reply(T("还没登记您的信息，没有要发给您的提醒。")),))
    ways, woman = found[0], context.speaker.role == "woman"
    if where == "ask":
        return Result((Reply(_now(ways, here)),))
    if context.speaker.opted_out and woman:
        return Result((Reply(T("您退订了提醒，现在哪里都不发。想再收到，回“恢复”。")),))
    channel = here if where == "here" else SMS if where == "sms" else _chat(ways, here)
    if channel == SMS:
        return _by_sms(ways, here, woman=woman)
    if channel is None or channel not in ways.channels:
        return Result((Reply(_not_there(woman=woman)),))
    return Result((Reply(_done(channel, here, ways, woman=woman)),), effects=(Prefer(channel),))


def _chat(ways: WaysFact, here: str) -> str | None:
    """The chat she means: the one she is in, else one she is known on."""
    if here != SMS:
        return here
    return next((one for one in ways.channels if one != SMS), None)


def _now(ways: WaysFact, here: str) -> Sayable:
    if ways.goes is None:
        return T("现在没有要发给您的提醒。")
    if ways.goes == SMS:
        return T(
            "现在发短信到尾号{tail}的手机。想换，说“以后在这里发”或“以后用Telegram发”。",
            sms=T("现在发短信到尾号{tail}的手机。想换，说“以后用Telegram发”。"),
            tail=ways.tail,
        )
    where = T("这里") if ways.goes == here else _called(ways.goes)
    return T("现在发到{where}。想换，说“以后发短信”。", where=where)


def _by_sms(ways: WaysFact, here: str, *, woman: bool) -> Result:
    if ways.sms == "unsafe":
        said = T("登记的是您的手机不方便收短信，我就不往那里发。要改，请跟村里的同事说一声。")
    elif ways.sms == "stopped":
        said = T("那个手机上说过不收提醒。想收，请在那个手机上给我回“恢复”或“愿意”。")
    elif ways.sms == "none" and woman:
        said = T("还没登记您本人的手机号，发不了短信。请跟村里的同事说一声。")
    elif ways.sms == "none":
        said = T(
            "您还没用登记的手机（尾号{tail}）给我发过短信。请先从那里发一句“你好”，我认得了就能往那里发。",
            tail=ways.tail,
        )
    elif ways.sms == "ask" and ways.channels:
        said = T(
            "好，我先发条短信到尾号{tail}问一声，您在短信里回“愿意”，以后就发短信。回之前还在老地方提醒您。",
            tail=ways.tail,
        )
        return Result((Reply(said),), effects=(Prefer(SMS),))
    elif ways.sms == "ask":
        said = T("本来就是发短信。发之前我会先问您一声愿不愿意收。")
    else:
        return Result((Reply(_done(SMS, here, ways, woman=woman)),), effects=(Prefer(SMS),))
    return Result((Reply(said),))


def _not_there(*, woman: bool) -> Sayable:
    if woman:
        return T("您还没在聊天里加过我。请让村里的同事给您一个二维码，扫开就能在那里收。")
    return T("您还没在聊天里加过我。请{township}给您发一个加入码，在聊天里把码发给我就行。")


def _done(channel: str, here: str, ways: WaysFact, *, woman: bool) -> Sayable:
    """Where it goes now, and how she has it back."""
    if channel == SMS and woman:
        goes = T("好，以后的提醒就发短信到您的手机（尾号{tail}）。", tail=ways.tail)
    elif channel == SMS:
        goes = T("好，以后我找您就发短信到您的手机（尾号{tail}）。", tail=ways.tail)
    else:
        to = T("这里") if channel == here else _called(channel)
        goes = T("好，以后的提醒就发到{to}。", to=to) if woman else T("好，以后我找您就发到{to}。", to=to)
    other = next((one for one in ways.channels if one != channel), None)
    if channel != SMS:
        back: Text | None = T("想换说“以后发短信”。")
    elif here != SMS:
        back = T("想换回来说“以后在这里发”。")
    else:
        back = T("想换回来说“以后用{chat}发”。", chat=_called(other)) if other is not None else None
    # staff are told of danger too
    return lines(goes, None if woman else T("危急的提醒照旧，您问的还在问的地方答。"), back)


FLOW = Flow(
    "preferred",
    version=1,
    title=T("在哪里收消息"),
    roles=STAFF | INSTITUTION | frozenset({"woman"}),
    first=lambda text, context, asked: _meant(text) is not None,
    lookups=_lookups,
    steps=(),
    finish=_finish,
    quick=True,
)

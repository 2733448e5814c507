"""加入: somebody with a staff code from the level above becomes a colleague, once the issuer says so."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from conversations.engine.flow import Context, Ended, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import AttemptsToday, InviteByCode, InviteFact, Lookup
from conversations.flows.pin import pin_step, too_easy
from conversations.local_time import LOCAL
from conversations.message import Button, ClaimInvite, CountAttempt, Notice, Reply, Speaker
from conversations.records import mask_name
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise

TRIES_A_DAY = 5
CODE_DIGITS = 8


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    wanted: list[Lookup] = []
    if code := talk.answers.get("code"):
        wanted.append(InviteByCode(code))
    wanted.append(AttemptsToday(speaker.contact_id, "join", _day(talk)))
    return tuple(wanted)


def _day(talk: Talk) -> date:
    return datetime.fromisoformat(talk.known_at).astimezone(LOCAL).date()


def _digits(text: str) -> str:
    return "".join(ch for ch in text if ch.isdigit())


def _is_code(text: str, context: Context) -> bool:
    """8 digits, from somebody who is not waiting already."""
    return len(_digits(text)) == CODE_DIGITS and context.speaker.standing != "pending"


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """Another code, said later, is the one that counts."""
    text = normalise(context.message.text)
    if _is_code(text, context) and text.replace(" ", "").isdecimal():
        talk.answers["code"] = _digits(text)
    return fields, None


def _invite(talk: Talk, context: Context) -> InviteFact | None:
    """The code's invitation, if the code, its phone and its time are right. Which of them is wrong is not told."""
    for invite in context.facts[InviteByCode(talk.answers["code"])]:
        right = invite.state == "open" and invite.expires_at > context.now
        if right and invite.phone == talk.answers.get("phone"):
            return invite  # type: ignore[no-any-return]
    return None


def _settle(talk: Talk, context: Context) -> Settled:
    answers = talk.answers
    if context.message.channel.name == "sms" and context.message.phone:
        answers["phone"] = context.message.phone
    (tried,) = context.facts[AttemptsToday(context.speaker.contact_id, "join", _day(talk))]
    if tried >= TRIES_A_DAY:
        return Ended(T("今天试的次数太多了，请明天再试，或请发码的人重新给您发一个。"))
    if answers.get("code") and answers.get("phone") and _invite(talk, context) is None:
        return Ended(
            T("加入码和手机号对不上，或者码已经用过、过期了。请核对一下再来，或请发码的人重发一个。"),
            (CountAttempt("join"),),
        )
    answers["by_sms"] = context.message.channel.trust == "low"
    if not answers.get("greeted"):
        answers["greeted"] = True
        return T("您好，我是孕管助手，给村里和镇上的同事帮忙的。")
    return too_easy(talk)


def _finish(talk: Talk, context: Context) -> Result:
    invite = _invite(talk, context)
    assert invite is not None
    name = talk.answers["name"]
    ask = Notice(
        T(
            "{name}（手机尾号{tail}）要加入{place}，是您认识的那个人吗？确认后才能开始用。",
            sms=T("{name}（手机尾号{tail}）要加入{place}，等您确认：请回“确认加入”。"),
            name=mask_name(name),
            tail=invite.phone[-4:],
            place=invite.place_name,
        ),
        contact_id=invite.issuer_contact_id,
        buttons=(
            (
                Button(T("是，确认"), f"go:confirm_joiner:{invite.id}:yes"),
                Button(T("不是"), f"go:confirm_joiner:{invite.id}:no"),
            ),
        ),
    )
    return Result(
        replies=(Reply(T("收到。已经请发码的人确认，确认后我马上告诉您。")),),
        effects=(
            ClaimInvite(invite.id, name, invite.phone, talk.secret),
            *((ask,) if invite.issuer_contact_id else ()),
        ),
    )


FLOW = Flow(
    "joining",
    version=1,
    title=T("加入"),
    roles=frozenset({"unknown"}),
    hears=_is_code,
    absorb=_absorb,
    read_words=lambda text, context: {"code": _digits(text)},
    lookups=_lookups,
    settle=_settle,
    steps=(
        Step(
            "code",
            T("请把上级发给您的8位加入码告诉我。没有的话，请找镇上的同事要。"),
            reads="join_code",
            required=True,
            help=T("加入码是8位数字，比如：4821 7730。"),
        ),
        Step(
            "phone",
            T("请告诉我您的手机号，要和发码时登记的一样。"),
            required=True,
            own_phone=True,
            help=T("11位手机号，比如：199 0000 0101。"),
        ),
        Step(
            "name", T("您怎么称呼？请说姓名。"), reads="woman_name", required=True, help=T("比如：邓小莲。")
        ),
        pin_step(T("最后请定一个PIN：6位数字，以后短信里看名单要用，别告诉别人。"), when_by_sms=True),
    ),
    finish=_finish,
)

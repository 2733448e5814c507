"""换号码了: a woman says that her number has changed; her coordinator checks it with her and has it changed.

A sender can be forged and a phone be somebody else's, so nothing changes on her word alone. What a colleague confirms is a
new version of the report her number came from (with the code, where hers can be forged): the county has it too. From then on
nothing of hers goes to the old number, and on the new one she is asked again whether it is she (bot/writing.py).

A colleague's own number is changed by the office that let her in: with a code for the new number (staff.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import AlertFact, AlertsTold, Lookup, PhoneReport, ReportFact
from conversations.flows.alerts import NEW_PHONE, Rows, Seen, Story, about, told_at
from conversations.flows.filing import INSTITUTION, STAFF, next_version
from conversations.flows.hers import her_lookups, hers, the_one
from conversations.flows.questions import PASSED_ON, relay
from conversations.message import Button, RaiseAlert, Reply, Speaker, TakeAlert
from conversations.records import FIELDS
from conversations.text import Sayable, T, Text, lines
from conversations.understanding.normalise import normalise

# ── hers ────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(talk: Talk, context: Context) -> Settled:
    if talk.answers.get("woman_id") is None:
        her = the_one(hers(context), talk, context)
        if her is None:
            return Ended(PASSED_ON, (relay(context, context.message.text),))
        talk.answers["woman_id"] = her.woman_id
    return None


def _finish(talk: Talk, context: Context) -> Result:
    woman_id, phone = str(talk.answers["woman_id"]), str(talk.answers["phone"])
    said = T("好，新号码我请村里的同事跟您核对，核对好了就改。这之前这个号码照常用。")
    return Result((Reply(said),), effects=(RaiseAlert(NEW_PHONE, (woman_id, phone), "", woman_id=woman_id),))


FLOW = Flow(
    "change_phone",
    version=1,
    title=T("换号码"),
    intent="change_phone",
    roles=frozenset({"woman"}),
    lookups=her_lookups,
    settle=_settle,
    extra_fields=("woman_id",),
    steps=(
        Step(
            "phone",
            T("好，请把新的手机号发给我。"),
            required=True,
            help=T("11位手机号，比如：199 0000 0101。不换了回“取消”。"),
        ),
    ),
    finish=_finish,
)

# ── a colleague's own ───────────────────────────────────────────────────────────────────────────────────

_MINE = re.compile(
    r"(?:我|本人)(?:的)?(?:已经|刚|刚刚|要|想)?(?:换|改)(?:了|个|了个)?(?:新)?(?:手机|电话)?(?:号码?|卡)了?(?:\W.*)?"
    r"|(?:我|本人)(?:的)?(?:手机|电话)?(?:号码?|卡)(?:已经|刚|要)?(?:换|改|变)了?(?:\W.*)?"
    r"|(?:i(?:'ve| have)? changed my|i have a new|my new) (?:phone )?number\b.*|my (?:phone )?number (?:has )?changed\b.*",
    re.I | re.S,
)


def _how(talk: Talk, context: Context) -> Result:
    phone = context.speaker.office_phone
    whom = T("{township}（{phone}）", phone=phone) if phone else T("上级{township}")
    return Result(
        (
            Reply(
                T(
                    "好。请{whom}给您的新号码发一个加入码，您从新号码发短信把码发给我，那边确认是您，旧号码就停用。"
                    "名单和没报完的都还在。",
                    sms=T("请{whom}给您的新号码发加入码，您从新号码把码发给我，那边确认是您，旧号码就停用。"),
                    whom=whom,
                )
            ),
        )
    )


OWN = Flow(
    "own_phone",
    version=1,
    title=T("我换号码了"),
    roles=STAFF | INSTITUTION,
    first=lambda text, context, asked: _MINE.fullmatch(normalise(text).strip()) is not None,
    steps=(),
    finish=_how,
    quick=True,
)

# ── her colleagues' ─────────────────────────────────────────────────────────────────────────────────────


def new_phone_text(story: Story, seen: Seen, minutes: int) -> Sayable:
    """What her coordinator reads."""
    phone = story.signs[-1]
    said = T("尾号{tail}", tail=phone[-4:]) if seen.channel.masked else T("{phone}", phone=phone)
    return lines(
        T("【换号码】{place}{who}说换了号码，新的是{phone}。").with_values(**about(story, seen), phone=said),
        T("请跟她本人核对，核对好了点一下，我就改过来。")
        if seen.channel.buttons
        else T("请跟她本人核对，核对好了回“换号{number}”。", number=seen.number),
    )


def changed_text(story: Story, seen: Seen, taker: Speaker, reached: bool) -> Sayable:
    """To the other colleagues who were asked."""
    return T("【已核对】{place}{who}的新号码，{office}核对过了。").with_values(
        **about(story, seen), office=taker.place_name
    )


def new_phone_buttons(alert_id: str) -> Rows:
    return ((Button(T("核对好了"), f"go:new_phone:{alert_id}"),),)


_SAYS = re.compile(r"换号码?\s*(?P<number>\d{1,2})?[。.!！]*")


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    told = (AlertsTold(speaker.contact_id),)
    woman_id = talk.answers.get("woman_id")
    villages = tuple(village.id for village in speaker.villages)
    return (*told, PhoneReport(woman_id, villages)) if woman_id else told


def _alert(talk: Talk, context: Context) -> AlertFact | None:
    """The one she means: by its button, by its number, or the only one."""
    told: Sequence[AlertFact] = context.facts[AlertsTold(context.speaker.contact_id)]
    waiting = [one for one in told if one.kind == NEW_PHONE and one.taken_by is None]
    answers = talk.answers
    if answers.get("alert"):
        return next((one for one in waiting if one.id == answers["alert"]), None)
    if isinstance(answers.get("go"), list):
        return next((one for one in waiting if [one.id] == answers["go"]), None)
    if answers.get("number"):
        return next((one for one in waiting if one.number == answers["number"]), None)
    return waiting[0] if len(waiting) == 1 else None


def _settle_new(talk: Talk, context: Context) -> Settled:
    alert = _alert(talk, context)
    if alert is None:
        return Ended(T("没有等您核对的新号码。要改她的电话，可以更正报过的那一份。"))
    answers = talk.answers
    if answers.get("alert") is None:
        story = Story.of(alert.kind, alert.details)
        answers["alert"], (answers["woman_id"], answers["phone"]) = alert.id, story.signs[-2:]
    return None


def _report(talk: Talk, context: Context) -> ReportFact | None:
    lookup = PhoneReport(talk.answers["woman_id"], context.village_ids)
    found: Sequence[ReportFact] = context.facts[lookup]
    return found[0] if found else None


def _show(talk: Talk, context: Context) -> list[tuple[str | None, Text, Sayable]]:
    alert = _alert(talk, context)
    assert alert is not None
    who = about(Story.of(alert.kind, alert.details), told_at(alert, context))["who"]
    shown: list[tuple[str | None, Text, Sayable]] = [(None, T("她"), who)]
    for name in ("phone", "phone_owner", "safe_to_text"):
        if (value := talk.answers.get(name)) is not None:
            shown.append((name, FIELDS[name].label, FIELDS[name].say(value, masked=context.masked)))
    return shown


def _finish_new(talk: Talk, context: Context) -> Result:
    alert, old = _alert(talk, context), _report(talk, context)
    if alert is None or old is None:
        return Result((Reply(T("没有找到登记她号码的那一份，请更正她的孕情。")),))
    told = {name: talk.answers.get(name) for name in ("phone", "phone_owner", "safe_to_text")}
    kept = {name: value for name, value in old.body.items() if name not in told}
    body = {**kept, **{name: value for name, value in told.items() if value is not None}}
    report = next_version(old, context, body=body)
    hers = told["phone_owner"] == "self" and told["safe_to_text"] is True
    said = (
        T("改好了，旧号码不会再收到她的消息。新号码上我先问她愿不愿意收提醒。")
        if hers
        else T("改好了，旧号码不会再收到她的消息。新号码上我不发，有事请您转告她。")
    )
    return Result((Reply(said),), reports=(report,), effects=(TakeAlert(alert.id, reached=True),))


NEW = Flow(
    "new_phone",
    version=1,
    title=T("换号码"),
    roles=STAFF,
    hears=lambda text, context: _SAYS.fullmatch(text.strip()) is not None,
    read_words=lambda text, context: {"number": _number(text)},
    lookups=_lookups,
    settle=_settle_new,
    extra_fields=("alert", "woman_id", "go", "number"),
    steps=(
        Step("phone", T("新号码是多少？"), required=True, help=T("11位手机号，比如：199 0000 0101。")),
        Step(
            "phone_owner",
            T("这个号码是谁的？"),
            required=True,
            choices=(
                Choice("self", T("她本人的"), ("本人", "她的", "自己的")),
                Choice("husband", T("她丈夫的"), ("丈夫", "老公", "爱人")),
                Choice("family", T("家里人的"), ("家人", "婆婆", "妈妈")),
                Choice("other", T("别人的"), ("其他", "邻居")),
            ),
        ),
        Step(
            "safe_to_text",
            T("往这个号码发提醒方便吗？"),
            required=True,
            choices=(Choice(True, T("方便"), ("可以", "能")), Choice(False, T("不方便"), ("不行", "不能"))),
        ),
        ReadBack(_show, T("要改成这样，请核对：")),
    ),
    finish=_finish_new,
    late_code=True,
)


def _number(text: str) -> int | None:
    said = _SAYS.fullmatch(normalise(text).strip())
    return int(said["number"]) if said is not None and said["number"] else None

"""退订, 恢复, 打错了: they act at once, whatever is in hand, and are confirmed once. Only danger goes before."""

from __future__ import annotations

from conversations.engine.flow import Context, Flow, Result
from conversations.engine.state import Talk
from conversations.flows.alerts import NUMBER
from conversations.flows.questions import passed_on
from conversations.flows.stranger import line_lookups, once_a_day, say_line
from conversations.flows.unsafe import no_more_here
from conversations.message import Button, OptIn, OptOut, OptOutReason, RaiseAlert, Reply, SilenceNumber
from conversations.text import T, Text
from conversations.understanding.consent import Word, means_it, word

KEPT = 40
"""Characters of how she said it."""


def _said(text: str, context: Context, asked: bool) -> Word | None:
    return word(text, woman=context.speaker.role == "woman", question_open=asked)


# ── 退订 ────────────────────────────────────────────────────────────────────────────────────────────────


def _opt_out(talk: Talk, context: Context) -> Result:
    text = context.message.text
    if _said(text, context, asked=False) is None:
        if context.speaker.role == "unknown":
            return say_line(talk, context)
        if not means_it(text, "opt_out"):
            return passed_on(context, "opt_out")
    if context.speaker.opted_out:
        return Result(quiet=True)
    if context.speaker.silenced:  # nothing goes there; nor shall it, should the number become another woman's
        return Result(effects=(OptOut(text.strip()[:KEPT]),), quiet=True)
    if context.message.channel.buttons or context.speaker.role != "woman":
        reply = T("好，不再给您发提醒了。想再收到，回“恢复”就行。身体不舒服随时发消息来。")
    else:
        reply = T(
            "好，不再给您发提醒了，想再收到回“恢复”。方便的话回个数字说说原因：1太多了 2用不上 3怕人看到"
        )
    rows = tuple(
        (Button(label, f"go:opt_out_reason:{number}"),)
        for number, label in _REASONS.items()
        if context.message.channel.buttons and context.speaker.role == "woman"
    )
    return Result((Reply(reply, rows),), effects=(OptOut(text.strip()[:KEPT]),), quiet=True)


_REASONS: dict[str, Text] = {"1": T("太多了"), "2": T("用不上"), "3": T("怕人看到")}
_SEEN = "3"


def _gives_reason(text: str, context: Context, asked: bool) -> bool:
    speaker = context.speaker
    return not asked and speaker.role == "woman" and speaker.opted_out and text.strip(" .。") in _REASONS


def _reason(talk: Talk, context: Context) -> Result:
    """Asked once with the confirmation, and taken whenever it comes; nothing depends on it."""
    pressed = talk.answers.get("go")
    number = str(pressed[0]) if isinstance(pressed, list) and pressed else context.message.text.strip(" .。")
    if number not in _REASONS or not context.speaker.opted_out:
        return Result((Reply(T("好的，有事随时跟我说。")),))
    unsafe = no_more_here(context) if number == _SEEN and not context.speaker.unsafe else ()
    return Result((Reply(T("谢谢您告诉我。")),), effects=(OptOutReason(_REASONS[number].id), *unsafe))


REASON = Flow(
    "opt_out_reason",
    version=1,
    title=T("为什么退订"),
    roles=frozenset({"woman"}),
    first=_gives_reason,
    steps=(),
    finish=_reason,
    quick=True,
)


OPT_OUT = Flow(
    "opt_out",
    version=1,
    title=T("退订"),
    roles=frozenset({"woman", "unknown"}),
    intent="opt_out",
    first=lambda text, context, asked: _said(text, context, asked) == "opt_out",
    lookups=line_lookups,
    steps=(),
    finish=_opt_out,
    quick=True,
)


def _work(talk: Talk, context: Context) -> Result:
    phone = context.speaker.office_phone
    whom = T("{township}（{phone}）", phone=phone) if phone else T("上级{township}")
    return Result((Reply(T("工作消息不能退订。要换人、换号码，请联系{whom}。", whom=whom)),))


WORK = Flow(
    "work_messages",
    version=1,
    title=T("工作消息"),
    roles=frozenset({"coordinator", "township", "institution", "county"}),
    first=lambda text, context, asked: _said(text, context, asked) == "opt_out",
    steps=(),
    finish=_work,
    quick=True,
)


# ── 恢复 ────────────────────────────────────────────────────────────────────────────────────────────────


def _opt_in(talk: Talk, context: Context) -> Result:
    speaker = context.speaker
    if speaker.silenced:
        return once_a_day(talk, context, T("这个号码已经停发了。要再收到，请找村里的同事核对一下号码。"))
    if not speaker.opted_out and speaker.role == "unknown":
        return say_line(talk, context)
    if not speaker.opted_out:
        return Result((Reply(T("好的，提醒一直都开着。不想收了随时回“退订”。")),), quiet=True)
    return Result((Reply(T("好，又能收到提醒了。不想收了随时回“退订”。")),), effects=(OptIn(),), quiet=True)


def _wants_back(text: str, context: Context, asked: bool) -> bool:
    speaker = context.speaker
    was_sent_something = speaker.role == "woman" or speaker.opted_out or speaker.silenced
    return was_sent_something and _said(text, context, asked) == "opt_in"


OPT_IN = Flow(
    "opt_in",
    version=1,
    title=T("恢复"),
    roles=frozenset({"woman", "unknown"}),
    intent="opt_in",
    first=_wants_back,
    lookups=line_lookups,
    steps=(),
    finish=_opt_in,
    quick=True,
)


# ── 打错了 ──────────────────────────────────────────────────────────────────────────────────────────────


def _wrong_number(talk: Talk, context: Context) -> Result:
    """The number is silent from now on; for each woman it is kept for, her coordinator is told."""
    text = context.message.text
    if _said(text, context, asked=False) is None and not means_it(text, "wrong_number"):
        return passed_on(context, "wrong_number")
    return wrong_number(context)


def wrong_number(context: Context) -> Result:
    """Silence this number, whatever was said to say so."""
    told = tuple(RaiseAlert(NUMBER, (), "", woman_id=one) for one in context.speaker.women)
    return Result(
        (Reply(T("对不起，打扰您了。这个号码不会再收到我们的消息。")),),
        effects=(SilenceNumber(), *told),
        quiet=True,
    )


WRONG_NUMBER = Flow(
    "wrong_number",
    version=1,
    title=T("号码不对"),
    roles=frozenset({"woman"}),
    intent="wrong_number",
    first=lambda text, context, asked: _said(text, context, asked) == "wrong_number",
    steps=(),
    finish=_wrong_number,
    quick=True,
)

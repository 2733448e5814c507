"""Visits after a birth: of which pregnancy, whether the day can be, and the birth told along where nobody told it."""

from __future__ import annotations

from collections.abc import Callable

from conversations.engine.flow import Choice, Context, Ended, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import PregnancyFact
from conversations.flows.filing import errand
from conversations.flows.who import bind, bound, open_pregnancy
from conversations.text import T


def bind_after_birth(name_field: str) -> Callable[[Talk, Context], Settled]:
    """Settle whom a visit was made to. A woman whose pregnancy is still open is asked about: her birth or loss was not
    reported, and her antenatal reminders run on."""
    settle_who = bind(name_field, wants_open=False, ends=False)

    def settle(talk: Talk, context: Context) -> Settled:
        settled = settle_who(talk, context)
        if talk.amends is not None:
            return settled
        answers = talk.answers
        woman = bound(talk, context)
        if woman is None:
            return settled
        last = newest(talk, context)
        expecting = open_pregnancy(woman) is not None
        talk.draw("not_born", True if expecting else None)
        talk.draw("ended_by", last.ended if last is not None else None)
        talk.draw("pregnancy_id", last.id if last is not None else None)
        if answers.get("born") == "drop":
            return Ended(T("好，那就不报了。是哪一位弄清楚了，随时再跟我说。"))
        end, day = (last.end_date if last is not None else None), talk.day("date")
        talk.draw("end_date", end.isoformat() if end is not None else None)
        if end is not None and day is not None and day < end:
            answers.pop("date")
            return T("{day}比登记的{end}还早。请再核对是哪天去的，比如：昨天、9月3号。", day=day, end=end)
        return settled

    return settle


def newest(talk: Talk, context: Context) -> PregnancyFact | None:
    """Her newest pregnancy that counts."""
    woman = bound(talk, context)
    if woman is None:
        return None
    return next((one for one in woman.pregnancies if one.ended != "withdrawn"), None)


BORN = Step(
    "born",
    T("花名册上她还怀着，还没报过分娩。她是生了吗？"),
    required=True,
    when=lambda talk: talk.has("not_born"),
    choices=(
        Choice("birth", T("生了，一起补报"), ("生了", "是", "是的", "对", "补报", "一起补报", "已经生了")),
        Choice("loss", T("没能保住"), ("流产了", "没保住", "引产了")),
        Choice("drop", T("报错人了，不报"), ("报错人了", "不报了", "没生", "还没生", "错了")),
    ),
)


def end_along(result: Result, talk: Talk, context: Context) -> Result:
    """The result, with the end of her pregnancy to be told next where she said so."""
    answers = talk.answers
    flow = {"birth": "birth", "loss": "pregnancy_loss"}.get(answers.get("born", ""))
    if flow is None or talk.amends is not None:
        return result
    report = result.reports[0]
    known = {
        "woman_name": answers.get("woman_name") or answers.get("mother_name"),
        "village": answers["village"],
        "village_id": answers["village_id"],
        "woman_id": report.woman_id,
    }
    follow = errand(flow, talk, context, known)
    return Result(result.replies, result.reports, result.effects, (*result.then, follow))

"""Reports about a pregnancy under way: which one is meant, whether the day can be, the pregnancy told along.

A woman whose pregnancy is reported to have ended is not quietly pregnant again: what is told of a later day is
asked about, or her antenatal reminders would begin anew.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from conversations.care.gestation import MATERNAL_DAYS, lmp_from, weeks_on
from conversations.engine.flow import Choice, Context, Ended, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import PregnancyFact, WomanFact
from conversations.flows import ultrasound
from conversations.flows.filing import errand
from conversations.flows.who import WOMAN, bind, bound, open_pregnancy
from conversations.text import Sayable, T

PUERPERIUM = timedelta(days=MATERNAL_DAYS + 18)
"""How long after its end risk and its follow-up still belong to a pregnancy: to day 42 (KF 附件1 三), and as long as
the check of that day may be late (u)."""

_bind = bind(wants_open=True, ends=False)


def bind_ongoing(
    *, after: timedelta = timedelta(0), until_lmp: bool = True
) -> Callable[[Talk, Context], Settled]:
    """Settle whose pregnancy is meant. `after`: until when after its end it still may be the one that ended;
    `until_lmp`: a day before her last period is refused."""

    def settle(talk: Talk, context: Context) -> Settled:
        settled = _bind(talk, context)
        if talk.amends is not None:
            return settled
        answers = talk.answers
        woman = bound(talk, context)
        if woman is not None:
            last = _ended(woman)
            end = last.end_date if last is not None and open_pregnancy(woman) is None else None
            day = talk.day("date")
            later = end is not None and day is not None and day > end + after
            talk.draw("ended_before", end.isoformat() if end is not None and later else None)
            if open_pregnancy(woman) is None:  # not one that was taken back
                talk.draw("pregnancy_id", last.id if last is not None else None)
                talk.draw("lmp_known", last.lmp.isoformat() if last is not None and last.lmp else None)
        if answers.get("again") == "drop":
            return Ended(T("好，那就不报了。是哪一位弄清楚了，随时再跟我说。"))
        if answers.get("again") == "new":
            for name in ("pregnancy_id", "lmp_known"):
                talk.draw(name, None)
        return settled or (_before_lmp(talk) if until_lmp else None)

    return settle


def _ended(woman: WomanFact) -> PregnancyFact | None:
    """Her newest pregnancy, if it has ended."""
    newest = next((one for one in woman.pregnancies if one.ended != "withdrawn"), None)
    return newest if newest is not None and newest.ended is not None else None


def _before_lmp(talk: Talk) -> Settled:
    """A day before she was pregnant is not taken; it is asked for again."""
    day, lmp = talk.day("date"), talk.day("lmp_known")
    if day is None or lmp is None or day >= lmp:
        return None
    talk.answers.pop("date")
    return T(
        "{day}她还没怀孕（登记的末次月经是{lmp}）。请再核对是哪一天，比如：昨天、9月3号。", day=day, lmp=lmp
    )


def weeks_then(talk: Talk, context: Context) -> None:
    """Weeks on the day told follow from the LMP on the roster, and from an ultrasound told now where that dates her."""
    ultrasound.settle(talk, context)
    day, lmp = talk.day("date"), talk.day("lmp_known")
    if (known := ultrasound.dating(talk, context)) is not None:
        lmp = known.lmp
    weeks, days = weeks_on(lmp, day) if lmp and day else (None, None)
    possible = weeks is not None and 1 <= weeks <= 45
    talk.draw("gestational_weeks", weeks if possible else None)
    talk.draw("gestational_days", days if possible and not talk.told("gestational_weeks") else None)


def _ask_again(talk: Talk, context: Context) -> Sayable:
    end = talk.day("ended_before")
    if end is None:
        return T("她是又怀上了吗？")
    return T("花名册上她的怀孕{end}已经结束了。她是又怀上了吗？", end=end)


AGAIN = Step(
    "again",
    _ask_again,
    required=True,
    when=lambda talk: talk.has("ended_before", "again"),
    choices=(
        Choice("new", T("又怀上了"), ("又怀了", "是", "是的", "怀了", "另一次怀孕", "又怀孕了")),
        Choice("same", T("是上次怀孕的事"), ("上次的", "上一次", "上次怀孕", "不是", "没有", "没怀")),
        Choice("drop", T("报错人了，不报"), ("报错人了", "不报了", "错了")),
    ),
)

WEEKS = Step(
    "gestational_weeks",
    T("当时孕几周？"),
    fills=("gestational_weeks", "gestational_days"),
    help=T("比如：9周，或20周加3天。"),
)


def belongs(talk: Talk) -> bool:
    """Whether what is told opens a pregnancy the roster does not have: only where she said so. Otherwise it may be of
    after a birth, and an open pregnancy would have her reminded of antenatal visits."""
    return talk.answers.get("unlisted") == "both" or talk.answers.get("again") == "new"


def along(result: Result, talk: Talk, context: Context) -> Result:
    """The result, with the pregnancy to be told next where she said so: nobody reported it before."""
    answers = talk.answers
    if not belongs(talk) or talk.amends is not None or context.speaker.role == "institution":
        return result
    report = result.reports[0]
    known = {
        "woman_name": answers["woman_name"],
        "village": answers["village"],
        "village_id": answers["village_id"],
        "woman_id": report.woman_id,
        "pregnancy_id": report.pregnancy_id,
        "repeat": "supplement",
        "booked": True if report.event == "booking" else None,
    }
    if answers.get("unlisted") == "both":
        known |= {name: answers[name] for name in WOMAN if talk.told(name) and name != "village_id"}
    if talk.told("gestational_weeks") and (day := answers.get("date")):
        lmp = lmp_from(dict(answers), date.fromisoformat(day))
        known["lmp"] = lmp.isoformat() if lmp else None
    known |= {name: answers[name] for name in ultrasound.TOLD if name in answers}
    counted = None if known.get("lmp") else ultrasound.scanned(talk)
    if counted is not None:
        known["lmp"] = counted.lmp.isoformat()
    known = {name: value for name, value in known.items() if value is not None}
    follow = errand("pregnancy", talk, context, known)
    follow.drawn = ["lmp"] if counted is not None else []
    return Result(result.replies, result.reports, result.effects, (*result.then, follow))

"""孕产妇死亡: from pregnancy to 42 days after its end (XF, YZ 19); what lies later is kept and classed later."""

from __future__ import annotations

from conversations.engine.flow import Choice, Context, Flow, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.deaths import CAUSE, DECLARED, OF_A_PLACE, WHEN_WHERE, WHO_DIED, duty, of_her
from conversations.flows.filing import filed
from conversations.flows.who import WHO, bind, bound, open_pregnancy
from conversations.text import T

_bind = bind(wants_open=True, ends=False)

LATE_MATERNAL_DAYS = 365
"""Deaths are recorded up to one year after, and classed late (field.md)."""


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if talk.amends is None:
        _days_after(talk, context)
    return settled


def _days_after(talk: Talk, context: Context) -> None:
    """After the end of a pregnancy that the roster (or the birth just told) knows of: so many days."""
    woman, died = bound(talk, context), talk.day("date")
    ends = (
        [p.end_date for p in woman.pregnancies if p.end_date and p.ended != "maternal_death"] if woman else []
    )
    ended = talk.day("pregnancy_ended") or max(ends, default=None)
    if woman is not None and open_pregnancy(woman) is not None:
        ended = None
    days = (died - ended).days if died and ended else -1
    after = 0 <= days <= LATE_MATERNAL_DAYS
    talk.draw("death_stage", "postpartum" if after and days > 0 else None)
    talk.draw("days_after", days if after and talk.answers.get("death_stage") == "postpartum" else None)


def _finish(talk: Talk, context: Context) -> Result:
    return filed("maternal_death", talk, context, pregnancy=True, said=duty(context))


FLOW = Flow(
    "maternal_death",
    version=1,
    title=T("孕产妇死亡"),
    intent="maternal_death",
    event="maternal_death",
    settle=_settle,
    drops={
        "woman_name": (*WHO, "pregnancy_ended"),
        "death_stage": ("days_after",),
        **OF_A_PLACE,
    },
    steps=(
        *WHO_DIED,
        *WHEN_WHERE,
        Step(
            "death_stage",
            T("是在怀孕期间、分娩时，还是产后？", sms=T("是在什么时候？")),
            choices=(
                Choice("pregnant", T("怀孕期间"), ("怀孕时", "孕期", "怀着的时候")),
                Choice("labour", T("分娩时"), ("生的时候", "生产时", "临产")),
                Choice("postpartum", T("产后或流产后"), ("产后", "生完", "生了以后", "流产后")),
            ),
        ),
        Step(
            "days_after",
            T("产后（或流产后）第几天？"),
            reads="days",
            when=lambda talk: talk.answers.get("death_stage") == "postpartum",
            help=T("比如：第3天。"),
        ),
        CAUSE,
        of_her("maternal_death"),
    ),
    finish=_finish,
    **DECLARED,
)

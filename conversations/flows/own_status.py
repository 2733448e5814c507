"""多少周了, 我的预产期, 下次什么时候产检: her own questions, answered with what the roster knows (care/own.py).

Only to her who said 愿意 when she was asked on this very contact whether it is she; everybody else hears the polite line,
and her coordinator is told. After a loss the coordinator is told as well: who asks may be a woman it was filed for wrongly.
"""

from __future__ import annotations

from conversations.care.own import own_status
from conversations.engine.flow import Context, Flow, Result, Settled
from conversations.engine.state import Talk
from conversations.facts import Lookup
from conversations.flows.hers import her_lookups, hers
from conversations.flows.questions import PASSED_ON, relay
from conversations.flows.which_woman import WHICH, own_women, settle_woman
from conversations.message import Reply, Speaker
from conversations.text import T, lines


def _lookups(talk: Talk, speaker: Speaker) -> tuple[Lookup, ...]:
    return (*own_women(talk, speaker), *her_lookups(talk, speaker))


def _settle(talk: Talk, context: Context) -> Settled:
    more = talk.answers.pop("more", None)
    talk.answers.setdefault("asked", context.message.text)
    settle_woman(talk, context)
    if more and not WHICH.known(talk):
        talk.answers["asked"] = f"{talk.answers['asked']} {more}"
    return None


def _finish(talk: Talk, context: Context) -> Result:
    woman_id = talk.answers.get("woman_id") or None
    told = relay(context, str(talk.answers.get("asked", "")), woman_id=woman_id)
    her = next((one for one in hers(context) if one.woman_id == woman_id), None)
    if her is None or her.case is None:
        asked = her is not None and her.consent == "asked"
        hint = T("想让我直接告诉您，就回“愿意”。") if asked else None
        return Result((Reply(lines(PASSED_ON, hint)),), effects=(told,))
    status = own_status(her.case, context.today)
    if status is None:
        text = T("您的日子还没有登记上，我请村里的同事来问您。")
        return Result((Reply(text),), effects=(told,))
    if her.case.grieving:
        return Result((Reply(lines(status, T("您的话我也转给村里的同事了。"))),), effects=(told,))
    return Result((Reply(status),))


FLOW = Flow(
    "own_status",
    version=1,
    title=T("我的产检"),
    intent="own_status",
    roles=frozenset({"woman"}),
    example=T("· 多少周了 / 我的预产期 / 下次什么时候产检"),
    lookups=_lookups,
    settle=_settle,
    extra_fields=("asked", "more", "woman_id"),
    steps=(WHICH,),
    finish=_finish,
    keeps_said=True,
)

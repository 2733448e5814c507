"""What the reports of a death share: told with care, condolence first, then what must be done and by when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from conversations.engine.flow import Context, ReadBack, Step
from conversations.flows.checks import not_in_future
from conversations.flows.filing import INSTITUTION, STAFF
from conversations.flows.reading import read_back
from conversations.flows.where import absorb, place_steps
from conversations.flows.who import who_steps, women_lookups
from conversations.local_time import LOCAL
from conversations.text import T, Text

OPENING = T(
    "听到这个消息，心里很难过。您也不容易，我们慢慢把情况记下来。", sms=T("听到这个消息，心里很难过。")
)

VILLAGE_DEADLINE = timedelta(hours=2)  # village fact -> township, deaths 2 h (u), requirements.md §3

WHEN_WHERE = (
    Step("date", T("是哪天的事？"), required=True, help=T("比如：昨天、9月3号。")),
    Step("time", T("大约几点？"), help=T("比如：晚上8点半。")),
    *place_steps(T("在哪里走的？"), required=True),
)

CAUSE = Step("cause", T("知道是什么原因吗？"), free=True, help=T("照您知道的说就行，不确定也没关系。"))


WHO_DIED = who_steps("woman_name", T("是哪一位？"))
"""Of a woman's death: which woman."""

OF_A_PLACE: Mapping[str, tuple[str, ...]] = {"place_kind": ("institution", "place")}
"""What another kind of place makes void."""

DECLARED: Mapping[str, Any] = {
    "roles": STAFF | INSTITUTION,
    "opening": OPENING,
    "absorb": absorb,
    "lookups": women_lookups("woman_name"),
    "late_code": True,
    "checks": (not_in_future("date"),),
}
"""What is declared alike for a woman's death, whether she was pregnant or not."""


def of_her(event: str) -> ReadBack:
    """The reading back of a woman's death."""
    return ReadBack(read_back(event, labels={"date": T("去世日期"), "time": T("去世时间")}))


def duty(context: Context) -> Text:
    """What is owed next, with its time: by the village a call to the township, by the township the look there."""
    if context.speaker.role != "coordinator":
        return T("报好了，已经送往县里。请尽快安排人上门核实，家里人那边多照看一点。")
    due = (context.message.received_at + VILLAGE_DEADLINE).astimezone(LOCAL)
    return T(
        "报好了，已经送往县里，也告诉{township}了。请在两小时内（{time}前）给{township}打个电话，之后会有人上门核实。请多照看她家里，您也保重。",
        time=due.strftime("%H:%M"),
    )

"""Whether a message said while a question is open tells of something else: a death, a loss, a grade told in the middle of
a report is never taken for an answer; nor is an answer (人流 before, 生过两个, 昨天评的) taken for an event.

One rule for all flows. An event is told when its words are there (生了, 评了橙色), not where bare facts stand for one. It
is the answer only where the question asks for just that (`ANSWERED`), where it is a circumstance of what is being
reported (`CIRCUMSTANCES`), or where the words are no more than a value; with her name beside it, it is told anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from conversations.engine.filling import readable
from conversations.engine.flow import Flow, Step
from conversations.engine.state import Talk
from conversations.understanding import Understood
from conversations.understanding.several import one_lost

GRAVE: Final = frozenset(
    {"maternal_death", "woman_death", "child_death", "pregnancy_loss", "birth", "critical_case", "moved"}
    | {"risk_grade", "referral"}
)
"""Flows whose event is told anew even without a name: what must be known the same day."""
DEATHS: Final = frozenset({"maternal_death", "woman_death"})
"""Flows of the woman's own death."""
_ENDS = DEATHS | {"child_death", "pregnancy_loss"}

ANSWERED: Final[Mapping[str, frozenset[str]]] = {
    "alive": frozenset({"child_death", "pregnancy_loss", "birth"}),
    "mother_state": frozenset({"critical_case", *DEATHS}),
    "loss_kind": frozenset({"birth"}),
    "death_stage": frozenset({"birth", "pregnancy_loss", "pregnancy"}),
    "pregnant_or_postpartum": frozenset({"birth", "pregnancy_loss", "pregnancy"}),
    "gravida_para": frozenset({"birth", "pregnancy_loss", "child_death", "preconception"}),
    "delivery_mode": frozenset({"birth"}),
    "colour": frozenset({"risk_grade"}),
    "birth_date": frozenset({"birth"}),
    "born": frozenset({"birth"}),
    "days_after": frozenset({"birth", "pregnancy_loss"}),
    "defect_kind": frozenset({"birth_defect"}),
    "migrant": frozenset({"moved"}),
    "outside": frozenset({"moved"}),
    "feedback": frozenset({"referral"}),
    "self_discharge": frozenset({"critical_case"}),
    "tried": frozenset({"lost_contact", "follow_up"}),
}
"""By question: what its own answer may sound like. 没了, where it is asked whether the child lives."""

CIRCUMSTANCES: Final[Mapping[str, frozenset[str]]] = {
    "child_death": frozenset({"birth", "birth_defect", "critical_case", "newborn_visit", "referral"}),
    "birth_defect": frozenset({"birth", "newborn_visit"}),
    "pregnancy_loss": frozenset({"birth_defect"}),
    "postnatal_visit": frozenset({"birth"}),
    "newborn_visit": frozenset({"birth"}),
    "critical_case": frozenset({"referral"}),
    "moved": frozenset({"lost_contact"}),
}
"""By flow: what happened besides, said of the same woman without her name. 昨天剖的, of a child that died."""

_ENDS_IN_DE = re.compile(r"的[呢呀啊吧]?[\s,，。.!！~]*$")
"""昨天在县医院评的: when and where is what it says, and what was done is known."""
_HAPPENED = re.compile(
    r"了|没(?!有?什么|事|问题)|死(?![胎产])|走|救|不在|过世|去世|正在|评|定为|搬|迁|嫁|转诊|转院|转到|生[个下]|今天|昨|刚"
)
"""More than the name of a condition (先兆流产, 剖宫产): it is told that it happened."""
_ONLY_PLACE = re.compile(r"[\u4e00-\u9fff]{0,14}?(?:icu|重症监护[室病房]*|重症[室科])", re.I)
_LEAVES = re.compile(r"搬|迁|嫁|打工|务工|娘家|婆家|老家|转[入出]")
"""回来了, after a visit, is no move; this is."""
_CHILD_DIED = re.compile(
    r"(?:孩子|小孩|娃|宝宝|宝贝|毛毛|毛伢|婴儿|崽|伢|小的|女儿|儿子)[^,，。;；]{0,6}(?:没|死|走|不在|夭|去世|过世)"
)
_JUST_GONE = re.compile(
    r"(?:生下来|出来|一生下来)?(?:就|已经|也|都)?(?:没了|死了|走了|没气了|不在了|去世了|过世了|夭折了)[\s,，。.!！~]*"
)
_EARLIER = re.compile(
    r"过|次|胎|史|以前|之前|(?:^|[,，、和 ])(?:人流|药流|流产|引产|小产|清宫)(?=$|[,，、和 ])"
)
_SINCE_LOSS = re.compile(r"(?:流产|引产|人流|药流|小产|清宫)(?:完|以|之|了以)?后")
"""上个月流产后就没来过, said of a pregnancy that is under way."""
_BORN_NOW = re.compile(r"生[了下个]|添|得了|顺产了|剖了|分娩了")
_BORN: Final = frozenset({"birth", "newborn_visit", "postnatal_visit", *DEATHS})
"""Flows of a woman whose child may be born: 孩子没保住 may tell of one that was."""
PLACES = frozenset({"institution", "to_place", "from_place"})
_WHO = frozenset({"woman_id", "unlisted", "village_id", "who_exactly", "same", "child_id", "report_id"})


def passes_on(flow: Flow, step: Step | None) -> bool:
    """Whether the words asked for go to somebody else as they are (a notice, the answer to a woman's question)."""
    return step is not None and step.free and flow.event is None and step.id in ("words", "group")


def told_anew(
    flow: Flow,
    talk: Talk,
    step: Step | None,
    event: str,
    fields: Mapping[str, Any],
    direct: Any,
    text: str,
    understood: Understood,
) -> bool:
    """Whether `event` (a flow other than the one in hand), told with these fields, is an errand of its own rather than an
    answer (`direct`) to the open question."""
    if passes_on(flow, step):
        return False
    if not understood.worded:
        return not readable(direct)
    name = fields.get("woman_name") or fields.get("mother_name")
    mine = talk.answers.get(flow.subject)
    if name and mine and name != mine:
        return True
    twins = flow.name == "birth" and talk.answers.get("child_count", 1) > 1
    if flow.name in ("pregnancy_loss", "birth") and (
        "one_lost" in fields or (twins and event in _ENDS and one_lost(text, several=True))
    ):
        return False  # 双胞胎，另一个好的: settled there
    if flow.name in DEATHS:  # nothing else happens to her after that, but to the child
        return event == "child_death" or may_be_born(flow, event, text)
    asked = step.id.rpartition(".")[2] if step is not None else ""
    if readable(direct) and event in ANSWERED.get(asked, ()):
        return False
    if asked == "gravida_para" and event in ANSWERED[asked] and _EARLIER.search(text):
        return False
    if (asked == "migrant" and event == "moved" and not name) or (
        flow.name == "pregnancy" and event == "pregnancy_loss" and not name and _SINCE_LOSS.search(text)
    ):
        return False
    if asked == "alive" and _JUST_GONE.fullmatch(text):
        return False
    if step is None or not (readable(direct) or step.free):
        return True
    happened = "date" in fields or _HAPPENED.search(text) is not None
    if event in CIRCUMSTANCES.get(flow.name, ()) and not (name and happened):
        elsewhere = asked == "child_name" or (asked in PLACES and event != "referral")
        if not elsewhere and not (
            event == "birth" and _BORN_NOW.search(text) and not _ENDS_IN_DE.search(text)
        ):
            return False
    if name:
        return happened if event in GRAVE else asked not in _WHO and step.id != flow.subject
    if event not in GRAVE or (event == "moved" and not _LEAVES.search(text)):
        return False
    if event not in _ENDS and _ENDS_IN_DE.search(text):
        return False
    if asked in PLACES:
        return not _ONLY_PLACE.fullmatch(text)
    return happened


def may_be_born(flow: Flow, event: str, text: str) -> bool:
    """Whether 孩子没保住, understood as a loss, may tell of the death of a child that was born."""
    return event == "pregnancy_loss" and flow.name in _BORN and _CHILD_DIED.search(text) is not None


_ENDED_DE = re.compile(r"(死|没|流产|引产|小产|流掉|打掉|去世|过世|不在)的(?=$|[\s,，。.!！~])")
_OF_AN_END = frozenset({"birth", "birth_defect", "child_death", "pregnancy_loss", *DEATHS})


def retold(flow: Flow, talk: Talk, text: str) -> str:
    """昨天流产的 in a report about 李梅, as it would be told by itself: 李梅昨天流产了. Other words are left as they are, and so
    are all where an end is what is being reported."""
    mine = talk.answers.get(flow.subject)
    if not mine or flow.event is None or flow.name in _OF_AN_END or not _ENDED_DE.search(text):
        return text
    return f"{'' if mine in text else mine}{_ENDED_DE.sub(lambda match: match[1] + '了', text)}"


def keeps_words(step: Step | None, fields: Mapping[str, Any]) -> bool:
    """Whether the words that tell of something else are the answer too: 胎停了 is why she is sent on, and a loss."""
    named = fields.get("woman_name") or fields.get("mother_name")
    return step is not None and step.free and not named and step.id not in PLACES

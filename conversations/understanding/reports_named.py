"""Which earlier report is meant, by what it told: 李梅那个流产报错了, 撤回孙丽的死亡."""

from __future__ import annotations

import re

_NAMED: dict[str, re.Pattern[str]] = {
    event: re.compile(words)
    for event, words in {
        "pregnancy": r"孕情|(?:怀|没)孕|怀上|没怀|早孕",
        "booking": r"建[册档卡]",
        "antenatal_visit": r"产检|产前检查|孕检",
        "risk_grade": r"评估|评级|高危|[绿黄橙红紫]色",
        "referral": r"转诊|转院",
        "birth": r"分娩|生了|生产(?!日)|顺产|剖[宫腹]产|(?<!流)(?<!引)(?<!小)(?<!早)生的(?:那|报)",
        "pregnancy_loss": r"流产|引产|小产|人流|药流|清宫|胎停|死胎|死产|宫外孕|没保住|妊娠结局",
        "child_death": r"(?:孩子|小孩|娃|宝宝|儿童|新生儿|婴儿|婴幼儿)[^,，。;；]{0,4}(?:死|去世|过世|夭折|没了|走了)",
        "maternal_death": r"死亡|去世|过世|死了|人没了|走了",
        "woman_death": r"死亡|去世|过世|死了|人没了|走了",
        "birth_defect": r"出生缺陷|畸形|先天",
        "postnatal_visit": r"产后访视|42天",
        "newborn_visit": r"新生儿访视|满月访视",
        "follow_up": r"(?<!产后)随访",
        "lost_contact": r"失访|联系不上",
        "moved": r"搬|迁[入出]",
        "critical_case": r"病危|危重|出院",
        "preconception": r"备孕|叶酸|婚检",
        "contraceptive_reaction": r"不良反应|药具",
    }.items()
}
_OF_A_CHILD = frozenset({"maternal_death", "woman_death"})


def reports_named(text: str) -> tuple[str, ...]:
    """The events whose reports folded words name; none where they name none. A death is hers unless a child's is told."""
    found = [event for event, words in _NAMED.items() if words.search(text)]
    if "child_death" in found:
        found = [event for event in found if event not in _OF_A_CHILD]
    return tuple(found)

"""What follows from a grade for where she goes, in the words whoever reads it may have: the answer to who files it, and
what her coordinator and her township hear of it, say the same."""

from __future__ import annotations

from collections.abc import Collection

from conversations.care.colours import Grade, advised, managed_higher, sees_colour, to_expert_group
from conversations.care.programme import Programme
from conversations.text import Joined, Sayable, T, Text


def advice(
    rules: Programme,
    grade: Grade,
    factors: Collection[str],
    role: str,
    *,
    named: bool = False,
    infection: bool = False,
) -> tuple[Text, ...]:
    """Where she is advised to have her care and her delivery (requirements.md §4); for who may see colours what else
    follows: the county's experts (XF 四(三)6), care a level higher (RC 三(二)1(2)).

    `factors`: as of `factor_words.factors_told`; `named`: the channel may name diagnoses, `infection`: infections too, as
    the advice for purple does. Without them it is what may be read on any channel: one advice for all of 重点随访.
    """
    sees = sees_colour(role, named=named)
    care, delivery = levels(rules, grade, role, named=named, infection=infection)
    told = (
        T("产检、分娩请她到{where}。", where=care)
        if care is not None and care == delivery and not sees
        else T("建议产检：{where}。", where=care)
        if care is not None
        else None,
        T("建议分娩：{where}。", where=delivery)
        if delivery is not None and (sees or care != delivery)
        else None,
        T("先由院内专家会诊，再由县里的专家小组评估、定方案。")
        if sees and to_expert_group(rules, grade, factors)
        else None,
        T("有不良孕产史或生过缺陷儿的，转到上一级机构管理。")
        if sees and managed_higher(rules, factors)
        else None,
    )
    return tuple(one for one in told if one is not None)


def levels(
    rules: Programme, grade: Grade, role: str, *, named: bool, infection: bool, special: bool = False
) -> tuple[Sayable | None, Sayable | None]:
    """Where her care and her delivery are advised; None where nothing is. Who sees no colours reads the same for all of
    重点随访, special groups too."""
    named = named and (infection or not grade.purple)
    care = advised(rules, grade, "care", role, named=named, special=special)
    delivery = advised(rules, grade, "delivery", role, named=named, special=special)
    return _joined(care), _joined(delivery)


def _joined(said: tuple[Sayable, ...]) -> Sayable | None:
    return Joined(said, "；") if said else None

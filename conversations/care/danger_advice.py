"""What is said to whoever tells of a danger sign: every such sentence, in one place to be reviewed.

Nothing else in the program gives medical advice. A county has a clinician read this file and fills in
`APPROVED_BY` and `APPROVED_ON`; until then `unapproved()` says so, to whoever checks an installation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from conversations.text import Joined, Sayable, T, Text, lines

SOURCE: Final = (
    "NS（《国家基本公共卫生服务规范（第三版）》）孕产妇健康管理、0～6岁儿童健康管理：有危急征象的及时转诊；"
    "WHO, Pregnancy, childbirth, postpartum and newborn care, 3rd ed. (2015): danger signs. "
    "Wording and first aid: ours (u)"
)
APPROVED_BY: Final = ""
"""The clinician who approved these texts."""
APPROVED_ON: Final = ""
"""The day she did, ISO."""


def unapproved() -> Text | None:
    """What is to be said of these texts as long as no clinician has approved them."""
    return None if APPROVED_BY and APPROVED_ON else T("危急情况的答复还没有经过临床医生审核。")


SIGNS: dict[str, Text] = {
    "bleeding": T("出血"),
    "abdominal_pain": T("肚子痛"),
    "no_fetal_movement": T("胎动少了或没有了"),
    "waters_broken": T("破水"),
    "labour": T("生产中有危险"),
    "labour_begun": T("要生了"),
    "threatened": T("差点没保住"),
    "fits": T("抽搐或昏倒"),
    "headache_vision": T("头痛或眼花"),
    "leg_swelling": T("肿得厉害"),
    "breathless": T("喘不过气或胸闷"),
    "high_fever": T("发烧"),
    "discharge": T("分泌物或伤口不对劲"),
    "self_harm": T("说了不想活的话"),
    "injury": T("被撞、被打或摔得重"),
    "newborn": T("刚生的孩子情况不好"),
}
"""The kinds of understanding/danger.py in plain words; none names or hints at an infection."""

FIRST_AID: dict[str, Text] = {
    # NOTE: First aid; ours (u), for a clinician to approve.
    "fits": T("抽搐时侧躺，别往嘴里塞东西。"),
    # NOTE: First aid; ours (u), for a clinician to approve.
    "bleeding": T("出血时平躺，先别吃喝。"),
    # NOTE: First aid; ours (u), for a clinician to approve.
    "waters_broken": T("破水后躺着，别走动。"),
    # NOTE: First aid; ours (u), for a clinician to approve.
    "newborn": T("把孩子贴身抱着保暖，路上别捂住口鼻，别喂水喂药。"),
    # NOTE: First aid; ours (u), for a clinician to approve.
    "leg_swelling": T("肿的地方别揉别按。"),
}
"""Gravest first: one is said, of the first of these signs that was told."""

_UNKNOWN_SIGN = T("情况危急")


def sign_names(signs: Sequence[str]) -> Sayable:
    """The signs, one after the other, as they are said to people."""
    return Joined(tuple(SIGNS.get(sign, _UNKNOWN_SIGN) for sign in signs), "、")


def advice(signs: Sequence[str], role: str, *, alerted: bool, office_phone: str = "") -> Sayable:
    """What somebody of this role does now: the emergency call first, then first aid, then who else is told.

    `alerted`: colleagues are told besides. `office_phone`: of the township's office, "" for somebody who may
    not be given anything.
    """
    helpers = _helpers(role) if alerted else None
    office = T("{township}电话：{phone}。", phone=office_phone) if office_phone else None
    if "self_harm" in signs:
        return lines(_self_harm(role), helpers, office)
    first_aid = next((text for sign, text in FIRST_AID.items() if sign in signs), None)
    return lines(_call(role, newborn=set(signs) == {"newborn"}), first_aid, helpers, office)


def _call(role: str, *, newborn: bool) -> Text:
    if role in ("woman", "unknown"):
        if newborn:
            # NOTE: Source: NS 0～6岁儿童健康管理: danger signs are referred at once.
            return T("孩子这个情况很要紧，请马上打120，或让家人立刻抱去医院。别等。")
        # NOTE: Source: NS 孕产妇健康管理: danger signs are referred at once; WHO PCPNC (2015), danger signs.
        return T("您说的情况很要紧，请马上打120，或让家人立刻送医院，路上平躺，不要自己走。别等。")
    if role == "coordinator":
        if newborn:
            # NOTE: Source: NS 0～6岁儿童健康管理: danger signs are referred at once.
            return T("孩子这个情况很要紧：请马上打120送医院，人不要离开孩子。")
        # NOTE: Source: NS 孕产妇健康管理: danger signs are referred at once; WHO PCPNC (2015), danger signs.
        return T("这个情况很要紧：请马上打120送医院，人不要离开她身边。")
    # NOTE: Source: NS 孕产妇健康管理: danger signs are referred at once; WHO PCPNC (2015), danger signs.
    return T("这个情况很要紧：请马上打120，叫人送医院，身边不能离人。")


def _self_harm(role: str) -> Text:
    if role in ("woman", "unknown"):
        return T(
            "谢谢您肯说出来，别一个人扛着。请马上叫家里人陪着您，现在就打12356心理援助热线；觉得撑不住，打120。"
        )
    return T(
        "请马上到她身边，或叫家里人陪着，一刻也别让她和孩子单独待着，农药、药片、刀都收走。有危险马上打120；12356是心理援助热线。"
    )


def _helpers(role: str) -> Text:
    if role == "woman":
        return T("我已经通知{coordinator}和{township}，会有人马上打电话给您，请留意电话。")
    if role == "unknown":
        return T("我已经请值班的同事来看。")
    if role == "coordinator":
        return T("我已经通知{township}。打完电话再接着跟我说。")
    return T("我已经通知值班的同事。打完电话再接着跟我说。")


def past_advice(role: str, *, alerted: bool) -> Sayable:
    """The same for a sign of this pregnancy that is said to be over: no alarm, but something for today."""
    if role in ("woman", "unknown"):
        return lines(
            T("谢谢您告诉我。现在没有了也要当心：请今天去医院看看，再出现马上打120。"),
            T("我已经请{coordinator}今天跟您联系。") if alerted else None,
        )
    if alerted:
        return lines(
            T("有过这样的情况，现在没有了也不能大意：请劝她今天去医院查一下；再出现马上打120。"),
            T("我已经请{coordinator}今天跟她联系。"),
        )
    return T(
        "有过这样的情况，现在没有了也不能大意：请今天去看看她或打个电话，劝她去医院查一下；再出现马上打120。"
    )

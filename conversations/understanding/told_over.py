"""Whether a woman tells from her own phone that she is no longer pregnant, or that a child died: 流产了, 没了, 我没怀.

Heard generously: what follows is that nothing cheerful is sent and that somebody asks her, so that a word taken wrongly
costs little, and one that is missed hurts. A fear (怕流产), a threat (先兆流产), an earlier pregnancy and another
woman's loss are not it; 流产了要休息多久 is.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

from conversations.understanding.danger import signs

Over = Literal["over", "not_pregnant"]
"""It ended, or somebody died; or she says that she is not pregnant (any more, or never was)."""

_ENDS: Final = frozenset({"pregnancy_loss", "child_death", "maternal_death", "woman_death"})
PARTS = re.compile(r"[,，。.;；!！?？~、\s]+")
_SURE = (
    r"流产|小产|小月子?|滑胎|胎停|停育|稽留|死胎|死产|清宫|刮宫|引产|引掉|打掉|打胎|人流|药流|流掉|做掉|拿掉|没保住|没留住|没坐住|宫外孕|葡萄胎"
    r"|没(?:有)?胎心|胎心没|没(?:有)?心跳|夭折"
)
_LOST = re.compile(_SURE)
_BARE = re.compile(
    r"(?:我|她|人|肚子里的?|孩子|宝宝|娃|胎儿?)?(?:都|已经|早就|早|就|也|现在|昨天|今天|前天)*没(?:有)?(?:了|得了|哒|啦)(?:啊|呀|呢|的)?"
)
"""没了, as a clause of its own."""
_OF_THE_SIGN = re.compile(
    r"(?:都|已经|早就|早|就|也|后来|现在|昨天|今天|前天)*没(?:有)?(?:了|得了|哒|啦)(?:啊|呀|呢|的)?"
)
"""没有了 of nobody: where it ends a sign told before it (昨天流过一点血，现在没有了), that is what is gone."""
_CHILDLESS = re.compile(
    r"(?:我|她)?(?:都|已经|早就|现在|就)*(?:没有?了?|没了)(?:这个)?(?:孩子|小孩|宝宝|娃|胎儿)(?:了|啊|的|呢)*"
)
_NOT_PREGNANT = re.compile(
    r"(?:我|她|人家|媳妇|老婆)?(?:又|也|都|已经|现在|根本|并|早就|早|就|压根|其实|这次|后来|真的|可)*(?:没有?|不|未)(?:再)?"
    r"(?:怀孕?|怀上|怀过|怀着|怀住|有孕)(?:了|过|的|啊|呀|呢|啦|哦|呐)*"
    r"|(?:是)?(?:假孕|假怀孕|空欢喜)(?:一场)?(?:了)?"
)
_NOT_ME = re.compile(r"我(?:又|都|根本|压根|并|就)?没有?怀(?:孕|上)?(?:了|啊|呀)?$")
_DIED = re.compile(
    r"(?<![累热饿烦笑气急吓怕冷困渴忙撑痛疼想爱恨乐])死了|去世|过世|不在人世|(?:她|人|老婆|媳妇|孩子)(?:已经)?不在了|没(?:抢)?救过来|抢救无效"
)
_THREAT = re.compile(
    r"会不会|是不是|有没有|能不能保|怕|担心|恐怕|可能|要是|如果|万一|容易|导致|引起|造成|预防|防止|避免|先兆|保胎|不想|不要(?:引|流|打|做)|不会|不肯|没有?(?:流|小产|引|打|滑)"
    r"|会(?:流|小产|没|掉)"
)
_EARLIER = re.compile(
    r"以前|上次|上回|之前|上一胎|头胎|前一个|前年|去年|那年|第一胎|过(?:一次|两次|几次|的)|史"
)
_OTHERS = re.compile(
    r"表[姐妹]|堂[姐妹]|[姐妹嫂姑姨]|朋友|同事|同学|邻居|别人|人家(?!没)|电视|网上|听说|婆婆|妈妈|奶奶|爷爷|外婆|狗|猫|猪|牛|鸡"
)
_ASKS = re.compile(r"(?:吗|嘛|么)$")


def told_over(text: str, today: date) -> Over | None:
    """What a message from her phone tells of it; None: nothing."""
    from conversations.understanding import understand

    found: Over | None = None
    parts = [part for part in PARTS.split(text.strip()) if part]
    sign_gone = bool(signs(text).past)
    for part in parts:
        if sign_gone and _OF_THE_SIGN.fullmatch(part):
            continue
        if _OTHERS.search(part) or _THREAT.search(part) or _EARLIER.search(part) or _ASKS.search(part):
            continue
        if any(said.search(part) for said in (_LOST, _DIED)):
            return "over"
        if _BARE.fullmatch(part) or _CHILDLESS.fullmatch(part):
            return "over"
        if understand(part, today=today, speaker="woman").intent in _ENDS:
            return "over"
        if _NOT_PREGNANT.fullmatch(part) or _NOT_ME.search(part):
            found = "not_pregnant"
    if (
        found is None
        and len(parts) > 1
        and not any(p.search(text) for p in (_OTHERS, _THREAT, _EARLIER))
        and not _ASKS.search(parts[-1])
        and understand(text, today=today, speaker="woman").intent in _ENDS
    ):
        return "over"
    if found is not None and understand(text, today=today, speaker="woman").intent == "wrong_number":
        return None  # 打错了，我没怀孕: the number is not hers
    return found

"""Whether a woman tells from her own phone that she is no longer pregnant, or that a child died: 流产了, 没了, 我没怀; or
somebody who has her phone that she herself died: 她不在了, 人走了.

Heard generously: what follows is that nothing cheerful is sent and that somebody asks her, so that a word taken wrongly
costs little, and one that is missed hurts. A fear (怕流产), a threat (先兆流产), an earlier pregnancy and another
woman's loss are not it; 流产了要休息多久 is.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

from conversations.understanding.danger import signs
from conversations.understanding.names import is_name

Over = Literal["over", "not_pregnant", "died", "gone", "away"]
"""It ended, or a child died; she says that she is not pregnant (any more, or never was). Somebody else says that she died;
that she is gone, which may be that (她走了); that she is away, which hardly is (她不在)."""

_ENDS: Final = frozenset({"pregnancy_loss", "child_death"})
_DEATHS: Final = frozenset({"maternal_death", "woman_death"})
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
_OF_A_CHILD = re.compile(r"孩子(?![他她]?妈)|小孩|宝|娃(?![他她]?妈)|胎|崽|毛毛|毛头|肚子|伢|儿子")
_HER = r"(?:是|我|俺|你们?要找的|我家|我们?家?的?)?(?P<who>她|他|人|本人|老婆|媳妇儿?|爱人|妻子|堂客|婆娘|儿媳妇?|女儿|闺女|孩子他?妈|娃他?妈|(?!我|俺)[\u4e00-\u9fff·]{2,4}?)"
_SINCE = r"(?P<since>(?:上个?月|这个?月|上个?(?:星期|礼拜)|上周|昨[天晚夜]|前[天晚]|大前天|今[天早]|前几天|前段时间|[\d一二两三四五六七八九十]+(?:个?月|天|号|日|周)(?:之?前)?)*)"
_STILL_SENT = r"(?:啊|呀|的|呢|吧)*(?P<stop>(?:你们?|还|就|请|求|别|不要|莫|再|也).{1,12})?"
_LEFT = re.compile(
    rf"{_HER}(?:已经|都|早就|早|就|也|在)*{_SINCE}(?:已经|都|早就|就)*(?P<word>走了|不在了|没了){_STILL_SENT}"
)
"""她走了, 人不在了, 张桂花上个月走了你们还发."""
_AWAY = re.compile(
    rf"{_HER}(?:现在|刚刚?|这会儿?|今天|目前|暂时)*(?:不在(?:啊|的|呢|哦)?"
    r"|(?:已经|都)?走(?:开)?了(?:一?会儿?|一下|半天|好久|有?一阵子?|几?[\d一二两三四五六七八九十半几]*(?:天|个?多?(?:小时|钟头)|分钟))(?:了|啦)?)"
)
_DEAD = re.compile(rf"{_HER}.{{0,8}}死了")
_STOPS = re.compile(r"别再?(?:给|发|打|烦|来)|不要再?(?:给|发|打|来)|莫再?发|还发|还在发|甭")
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
_KIN_DIED = re.compile(
    r"(?:(?<!孩子)(?<!孩子他)(?<!孩子她)(?<!娃他)(?<!娃她)(?<!娃)妈|爸|爹|父|母亲|公公|丈人|老公|丈夫|男人|哥|弟|叔|伯|舅|老人|老头|同学|邻)[^她说讲]{0,6}"
    r"(?:去世|过世|死了|走了|没了|不在)"
)
_ASKS = re.compile(r"(?:吗|嘛|(?<![什怎那这])么)$")


def told_over(text: str, today: date) -> Over | None:
    """What a message from her phone tells of it; None: nothing."""
    from conversations.understanding import understand

    if "self_harm" in signs(text).now:
        return None
    found: Over | None = None
    parts = [part for part in PARTS.split(text.strip()) if part]
    sign_gone = bool(signs(text).past)
    for part in parts:
        if sign_gone and _OF_THE_SIGN.fullmatch(part):
            continue
        if _OTHERS.search(part) or _THREAT.search(part) or _EARLIER.search(part) or _ASKS.search(part):
            continue
        if _LOST.search(part):
            return "over"
        if _KIN_DIED.search(part):
            continue
        if (died := _DIED.search(part)) is not None:
            of_her = died[0] != "死了" or _DEAD.search(part)
            return "died" if of_her and not _OF_A_CHILD.search(part) else "over"
        if (left := _left(part, text)) is not None:
            return left
        if _BARE.fullmatch(part) or _CHILDLESS.fullmatch(part):
            return "over"
        if (intent := understand(part, today=today, speaker="woman").intent) in _ENDS:
            return "over"
        if intent in _DEATHS:
            return "died"
        if _NOT_PREGNANT.fullmatch(part) or _NOT_ME.search(part):
            found = "not_pregnant"
    if (
        found is None
        and len(parts) > 1
        and not any(p.search(text) for p in (_OTHERS, _THREAT, _EARLIER))
        and not _ASKS.search(parts[-1])
        and (intent := understand(text, today=today, speaker="woman").intent) in _ENDS | _DEATHS
    ):
        return "over" if intent in _ENDS else "died"
    if found is not None and understand(text, today=today, speaker="woman").intent == "wrong_number":
        return None  # 打错了，我没怀孕: the number is not hers
    return found


def _left(part: str, text: str) -> Over | None:
    """Of somebody who left, in one clause of it: by the words for dying, or by those for being out."""
    said = _LEFT.fullmatch(part)
    if said is not None and _is_she(said["who"]):
        if (
            said["word"] == "不在了"
            or said["who"] not in ("她", "他")
            or said["since"]
            or _STOPS.search(text)
        ):
            return "died"
        return "died" if said["word"] == "没了" else "gone"
    away = _AWAY.fullmatch(part)
    return "away" if away is not None and _is_she(away["who"]) else None


def said_of(text: str) -> str | None:
    """The name of the one who is said to have left, if one is said."""
    found = (_LEFT.fullmatch(part) or _AWAY.fullmatch(part) for part in PARTS.split(text.strip()) if part)
    return next((said["who"] for said in found if said is not None and is_name(said["who"])), None)


def _is_she(who: str) -> bool:
    """Whether it may be the woman herself: 人 and 老婆 are, 姨妈 and 同事 are not."""
    return len(who) == 1 or who in _WIVES or is_name(who)


_WIVES: Final = frozenset(
    (
        "本人",
        "老婆",
        "媳妇",
        "媳妇儿",
        "爱人",
        "妻子",
        "堂客",
        "婆娘",
        "儿媳",
        "儿媳妇",
        "女儿",
        "闺女",
        "孩子妈",
        "孩子他妈",
        "娃他妈",
    )
)

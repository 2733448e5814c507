"""Whether a woman says that her phone is not safe to be written to (怕人看到), or that somebody at home hurts her (我男人打我)."""

from __future__ import annotations

import re
from typing import Literal

Unsafe = Literal["seen", "violence"]
"""Others may see it, to her harm; or she is hurt, or fears to be."""

_AT_HOME = r"(?:我?(?:家里?)?的?(?:老公|男人|丈夫|爱人|对象|当家的|男的|婆婆|公公|公婆|家里人?|家人|老头子?|爸妈?|妈))"
_HE = rf"(?:{_AT_HOME}|他们?|她们?)"
_ANYBODY = rf"(?:{_HE}|别人|人家?|邻居|村里人?|大家|旁人)"
_SEES = r"(?:看到|看见|瞧见|发现|知道|晓得|翻到|翻看?|查到|偷看)"
_SEEN = re.compile(
    rf"(?:(?<!不)怕|(?<!不)担心|(?:不想|不能|不要|别|莫)让|不想给|不敢让){_ANYBODY}(?:会|要|又)?{_SEES}"
    rf"|(?<!不)怕(?:被)?(?:{_ANYBODY})?{_SEES}"
    rf"|被{_ANYBODY}?{_SEES}(?:了)?(?:就|会|可|要|都|也)*(?:不好|不行|麻烦|完了|糟|不得了|打|骂|闹|惨)"
    rf"|{_HE}{_SEES}(?:了)?(?:就|会|又|要|肯定)*(?:打|骂|闹|发火|发脾气|生气|吵|赶我|离婚|不高兴|乱想)"
    r"|(?:这(?:个|部)?(?:号码?|手机|电话))?(?:现在|这里)?(?:收|看|发)(?:短信|信息|消息)(?:来)?(?:给我)?(?:很|也|都|不太)*不(?:太)?(?:方便|安全)"
    rf"|{_HE}(?:天天|经常|总是?|老是?|会|要)(?:翻|查|看|偷看)我?的?(?:手机|短信|信息|消息)"
)
_HIT = r"(?:打|揍|踢|踹|掐|扇|抽|砍|捅|甩)"
_ME = r"我(?![姐妹妈爸哥弟嫂儿女孩婆公们奶爷家])(?!的?(?:电话|手机|号码?|微信|针|主意))"
_VIOLENCE = re.compile(
    rf"{_HE}(?:又|总是?|老是?|还|天天|经常|喝(?:了|醉)?酒(?:了|就|后)*|昨[天晚夜]|今天|刚才?|动不动|就|会|要|想|一直|都|在|{_SEES}|了|肯定|敢)*(?<!不){_HIT}(?:了|过|着|伤|死|得)*{_ME}"
    rf"|我(?:又|天天|经常|总是?|老是?|昨[天晚夜]|今天|刚才?|都|会|要)*(?:被|挨|遭)(?:了)?{_HE}?(?:又|给)?{_HIT}(?!针|预防|疫苗|电话|麻|招呼|吊)"
    rf"|(?<!不会)(?<!不)(?:会|要|想|又|老|天天)(?:打死|打|揍|掐死){_ME}|家暴|家庭暴力"
    rf"|{_HE}(?:对我)?动手(?:打|了)"
)
_HEARSAY = re.compile(r"吗[?？]?$|电视|网上|听说|新闻|宣传|讲座|培训")


def unsafe(text: str) -> Unsafe | None:
    """What the normalised words of her own phone say of it; None: nothing."""
    if _HEARSAY.search(text):
        return None
    if _VIOLENCE.search(text):
        return "violence"
    return "seen" if _SEEN.search(text) else None

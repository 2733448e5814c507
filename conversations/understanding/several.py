"""Twins and more, not all of whom live: 双胞胎，一个没保住; 一个好的一个死的.

What is lost then is one child and not the whole: neither the pregnancy nor the mother.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_THREE = re.compile(r"三胞胎|三个(?:孩|男|女|娃|宝|小)|[生怀]了?三个")
_MANY = re.compile(
    r"双胞胎|双胎|龙凤|双[男女]|三胞胎|一对|俩(?!月)|[两二三](?:个|只)?(?:孩|娃|宝|男|女|小(?!时)|崽|仔|胎儿)"
    r"|[生怀](?:了|的|着|上)?(?:是)?[两三]个(?!多?月|星期|礼拜|小时)|twins|triplets"
)
_AT_BIRTH = r"(?:没(?:能|有)?(?:保住|保下|留住|活|成活)|死胎|死产|死的|是死|没(?:有)?(?:了)?(?:气|呼吸|心跳|胎心)|没哭|(?<![胞双一])胎死|胎停|停(?:了|育|止发育)|不发育|生下来就(?:死|没))"
_LATER = r"(?:夭折|夭亡|去世|过世|不在了|走了|(?:后来|[天日周]后|天就|没几天)[^,，。;；]{0,6}(?:死|没|走))"
_EITHER = r"(?:流产|流掉|流了|掉了|死(?!亡报)|没了|没得了|没哒|没有了|没救|没抢救|没养|没(?:能)?挺)"
_LOST = rf"(?:{_LATER}|{_AT_BIRTH}|{_EITHER})"
_LIVES = r"(?:活|好(?!像)|平安|健康|正常|没事|保住|在)"
_A = r"(?<![第这])[一1](?:个(?!多?月|星期|礼拜|小时)|胎儿?|名)"
_ONE = rf"(?:其中|有|只|就|里面|里头|但|可惜|结果|那?另?)*{_A}"
_SHE = r"(?:大的|小的|[ab]胎|老[大二三]|(?:男|女)(?:孩|娃|婴|宝|的)|哥哥|姐姐|弟弟|妹妹|第[一二三]个|儿子|女儿|闺女)"
_NEAR = r"(?:(?!都)[^,，。;；一1]){0,8}?"
_ONE_LOST = re.compile(
    rf"(?:{_ONE}|{_SHE}){_NEAR}{_LOST}|{_LOST}(?:了|掉)?(?:其中)?(?:的)?(?:{_A}|个(?=$|[\s,，。;；]))"
)
_ONE_LEFT = re.compile(
    r"(?:只|就|仅|才)(?:有)?(?:[一1]个)?(?:活|保住|剩|留)(?:了|下|下来|下了)*(?:[一1]个)?|[一1]死[一1]活|[一1]活[一1]死"
)
_PAIR = re.compile(
    rf"{_A}{_NEAR}{_LIVES}[^,，。;；]{{0,3}}[,，、 ]*(?:还有|另外?|但|可)?{_A}{_NEAR}{_LOST}"
    rf"|{_A}{_NEAR}{_LOST}[^,，。;；]{{0,4}}[,，、 ]*(?:还有|另外?|但|可)?{_A}{_NEAR}{_LIVES}"
    r"|[一1]死[一1]活|[一1]活[一1]死"
)
_ALL_LOST = re.compile(rf"(?:都|全|两个都|俩都)(?:已经|也|给)?{_LOST}")
_BORN = re.compile(
    r"(?<![没快要])(?:生了|生的(?!时候)|生下|生出|生完|生双|生[两三俩]|分娩|产下|产后|出生|剖|顺产|早产|接生|月子|保温箱|落地)"
)
_UNBORN = re.compile(
    r"怀|孕|流产|流掉|掉了|(?<![胞双一])胎死|胎停|停育|停止发育|胎心|心跳|肚子?里|腹中|宫内|b超|彩超|产检|没生|保胎|[\d一二三四五六七八九十]周"
)


_EARLIER = re.compile(
    r"以前|之前|从前|曾经|过去|[生怀]过|头一?胎|第一胎|上一?[胎次回]|前一?胎|(?:[前去]年|那年|早年)[^,，。;；怀]{0,6}生"
)


@dataclass(frozen=True, slots=True)
class OneLost:
    """Of `count` children some live and `lost` do not. `born`: True, False (she is still pregnant) or None where it is not
    told. `when`: at birth (`birth`), after it (`later`), or None where it is not told."""

    count: int
    lost: int
    born: bool | None
    when: str | None
    earlier: bool = False
    """Told of years ago."""

    def children(self) -> list[dict[str, Any]]:
        """The children as a birth tells of them, the living first; what is not told of one that is lost is left open."""
        said: dict[str, Any] = {}
        if self.when == "birth":
            said = {"alive": False}
        elif self.when == "later":
            said = {"alive": True, "died_later": True}
        return [{"alive": True} for _ in range(self.count - self.lost)] + [
            dict(said) for _ in range(self.lost)
        ]


def one_lost(text: str, *, several: bool = False) -> OneLost | None:
    """What a folded stretch tells of several children of whom not all live; None where it does not. `several`: that there
    are several is known.
    """
    many, pair = several or _MANY.search(text), _PAIR.search(text)
    told = pair or (many and (_ONE_LOST.search(text) or _ONE_LEFT.search(text)))
    if not told or _ALL_LOST.search(text):
        return None
    count = 3 if _THREE.search(text) else 2
    lost = count - 1 if _ONE_LEFT.search(text) else 1
    born = True if _BORN.search(text) else False if _UNBORN.search(text) else None
    when = "later" if re.search(_LATER, text) else "birth" if re.search(_AT_BIRTH, text) else None
    return OneLost(count, lost, born, when, _EARLIER.search(text) is not None)

"""What is told of a pregnancy: which it is, booked or not, where she is from, help she needs."""

from __future__ import annotations

import re

from ..numerals import number
from .gathered import Facts, Taken

_GP = re.compile(r"(?:g|孕)\s*(\d{1,2})\s*[,，/]?\s*(?:p|产)\s*(\d{1,2})")
_ORDINAL_PREGNANCY = re.compile(r"第([一二三四五六七八九十\d]{1,2})次(?:怀孕|怀|孕|妊娠)")
_ORDINAL_CHILD = re.compile(
    r"(?:第)?([一二三四五六七\d])[胎孩](?!心|动|停)|(头胎(?!是|剖|顺|生|流|男|女|时)|初产|头生|第一个孩子)|(?:怀|怀的|怀上|有了|驮肚)(?:是|了)?[,，]?(?:老|第)([二三四五])(?!次|周|天)"
)
_BORNE = re.compile(
    r"(?:已|已经)?(?<![年流小引早])(?:生|育|产)过?(?:了)?(?:有)?\s*([一二三四五六两\d])\s*(?:个|胎|孩|女|男|儿|次)(?!月|周)|(没生过|未生育过?|没有生育过?|还没孩子)|(?:有|已有|家里有)\s*([一二三四五六两\d])\s*个(?:孩子|小孩|娃|女儿|儿子)"
)
_TIMES = re.compile(
    r"(?:怀?孕|妊娠)次数?[:： 是为]*(\d{1,2})(?:[^\d]{0,4}(?:产|生育?|分娩)次数?[:： 是为]*(\d{1,2}))?"
)
_ENGLISH_ORDINAL = re.compile(
    r"\b(?:(first|second|third|fourth|fifth|sixth)|([1-9])(?:st|nd|rd|th))\s+(?:time\s+)?pregnan"
)
_ENGLISH_CHILDREN = re.compile(
    r"\b(no|one|two|three|four|five|\d)\s+(?:other\s+|living\s+)?(?:child(?:ren)?|kids?|births?)\b"
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_COUNTS = ("no", "one", "two", "three", "four", "five")


def _english_gravida_para(text: str) -> dict[str, int]:
    """The same in English: second pregnancy, one child."""
    said: dict[str, int] = {}
    if match := _ENGLISH_ORDINAL.search(text):
        said["gravida"] = int(match[2]) if match[2] else _ORDINALS.index(match[1]) + 1
    # Two children of one birth are no births before it: only beside the pregnancy, or as the whole answer.
    children = _ENGLISH_CHILDREN.search(text) if said else _ENGLISH_CHILDREN.fullmatch(text.strip(" ."))
    if children:
        said["para"] = _COUNTS.index(children[1]) if children[1] in _COUNTS else int(children[1])
    return said


def gravida_para(text: str) -> dict[str, int]:
    """How often she was pregnant (this time counted) and how often she gave birth, as far as `text` says."""
    said = _english_gravida_para(text)
    if match := _GP.search(text):
        return {"gravida": int(match[1]), "para": int(match[2])}
    if times := _TIMES.search(text):
        said["gravida"] = int(times[1])
        if times[2]:
            said["para"] = int(times[2])
        return said
    if match := _ORDINAL_PREGNANCY.search(text):
        said["gravida"] = int(number(match[1]) or 0)
    match = _BORNE.search(text)
    # 生过两胎 has borne them; who wants to 生二胎 has not.
    if match and not ("胎" in match[0] and match[1] and not re.search(r"过|了|已|有", match[0])):
        said["para"] = 0 if match[2] else int(number((match[1] or match[3]).replace("两", "二")) or 0)
    if match := _ORDINAL_CHILD.search(text):
        nth = 1 if match[2] else int(number(match[1] or match[3]) or 0)
        if nth == 1:
            said.setdefault("gravida", 1)
            said.setdefault("para", 0)
        elif nth > 1:
            said.setdefault("para", nth - 1)
    if said.get("gravida") == 1:
        said.setdefault("para", 0)
    return {name: value for name, value in said.items() if value >= 0}


_BOOKED = re.compile(
    r"(?P<no>(?:还|都|也|尚)?(?:没有?|未|不)(?:去|来|给她)?)?(?:建(?:好|了|过)?(?:册|档|卡)|(?:办|领)(?:了|过|好)?(?:保健)?手册|册(?:也|还|都)?(?P<no2>没|未)建|册(?:已经|已|也)?建了?)"
)
_MIGRANT = re.compile(
    r"(?:不是|非)(?:本地|本村|本县|本乡|本镇|我们村|这里|当地)|外地(?:人|的|来|户)?|外来|流动(?:人口)?|外省|暂住|租(?:房|住)|户口(?:不在|在外)|外县|外乡|打工来|外村嫁(?!来)"
)
_RESIDENT = re.compile(
    r"本地(?:人|的|户)?|常住|户籍(?:人口|在本|在我)|本村(?:人|的|户)|本县人|户口在(?:本|我们)"
)
_SPECIAL = (
    (
        "mental_illness",
        re.compile(
            r"精神(?:上)?(?:病|障碍|分裂|疾病|异常|不(?:太|大)?正常|有?(?:点|些|一点)?(?:问题|毛病))|抑郁症|躁狂|疯(?:子|癫)"
        ),
    ),
    ("disabled", re.compile(r"残疾|聋哑?|哑巴|盲人|肢残|智障|智力(?:障碍|残疾|低下)|侏儒|瘸|跛")),
    ("poor", re.compile(r"低保|贫困|困难户|五保|特困|脱贫|监测户|建档立卡|家里(?:很)?(?:穷|困难)")),
)
_HANDBOOK = re.compile(r"(?:手册|册子?|档案)(?:号码?|编号)[:： 是为]*([a-z0-9][a-z0-9-]{3,19})", re.I)


def take_pregnancy(facts: Facts, start: int, end: int, got: Taken) -> None:
    low, high = facts.shown_wrong
    told = facts.folded[:low] + "○" * (high - low) + facts.folded[high:]  # 不是头胎是二胎
    stretch = told[start:end]
    if re.search(r"胎|孩|g ?\d|孕\d产|次|生过|育|初产|头生|老[二三四五]|第[二三四五]个|pregnan", stretch):
        for name, value in gravida_para(stretch).items():
            got.put(name, value)
    if "册" in stretch or "建" in stretch or "档" in stretch:
        if match := _BOOKED.search(stretch):
            got.put("booked", not (match["no"] or match["no2"]))
        if match := _HANDBOOK.search(stretch):
            got.put("handbook_number", facts.text[start + match.start(1) : start + match.end(1)])
    if _MIGRANT.search(stretch):
        got.put("migrant", True)
    elif _RESIDENT.search(stretch):
        got.put("migrant", False)
    for group, pattern in _SPECIAL:
        if pattern.search(stretch):
            got.put("special_group", group)

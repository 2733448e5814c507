"""Phones and whose they are, ID numbers, ages."""

from __future__ import annotations

import re
from typing import Any

from conversations.text import Ambiguous, T

from ..ids import ResidentId
from ..lexicon import listed
from ..numerals import number
from ..people import Person
from .gathered import CHILDS, Facts, Taken
from .limits import OLDEST, OLDEST_OF_ALL, YEAR, YOUNGEST, birth_year, check_age, years_old

_SELF = re.compile(r"本人|她自己|自己的|她的(?:手机|电话|号码)?")
_HUSBAND = re.compile(r"老公|丈夫|爱人|男人|她男|配偶|男方")
_FAMILY = re.compile(r"婆婆|公公|妈|娘|爸|父|母|姐|哥|弟|妹|家里|家属|家人|嫂|姑|婶|奶奶|爷爷|座机")
_OTHER = re.compile(r"邻居|朋友|别人|同事|亲戚|房东|村医|队长|组长")
_UNSAFE = re.compile(
    r"(?:不|别|勿|不要|不能|不方便|不可以|不好|不安全)[^,，。]{0,6}(?:短信|发信息|发消息|联系)|短信[^,，。]{0,4}(?:不方便|不安全|不行|不要|不可以)|不要让(?:她|家|婆|老公)[^,，。]{0,6}知道"
)
_SAFE = re.compile(
    r"(?:可以|能|方便|可|安全)[^,，。不]{0,4}(?:发短信|短信|发信息|发消息)|短信[^,，。不]{0,4}(?:可以|方便|安全|没问题)"
)
_AGE = re.compile(
    r"(虚)?(?:今年|年龄|年纪|现年|刚满?|快|才)?[:： 是]*(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})(?:多)?\s*(?:周?岁|虚岁|years?\s+old|yo\b)(?P<rest>[的]?(?:孩子|小孩|娃|儿子|女儿))?"
)
_NOT_HER_AGE = re.compile(
    r"(?:丈夫|老公|爱人|男人|孩子|娃|儿子|女儿|老大|老二|大的|小的|婆婆|公公|男方|宝宝|小孩)[^,，。]{0,5}$"
)
_AGE_WORDS = ("岁", "age", "year", "年龄", "yo")
_BORN_IN = re.compile(YEAR + r"(?:年份?(?:生人|出生的?|生的?(?![了下一个男女])|的)|生人)")
# 李梅，28，头胎: a number of her years right behind her name.
_BARE_AGE = re.compile(
    r"(?:[,，、:： ]|\([^()]{1,6}\)|今年|她|才|刚)*(1[4-9]|[2-4]\d)(?=$|[,，、;；。 ]|了|(?:怀|孕(?!\d)|末|头|初))"
)
_WITH_BARE_AGE = listed("pregnancy woman_death preconception booking none")
_PLAIN_AGE = re.compile(r"(?:年龄|年纪|age)[:： 是]*(\d{2})")


def take_phone(facts: Facts, start: int, end: int, got: Taken) -> None:
    for found in facts.phones:
        if not start <= found.start < end:
            continue
        got.put("phone", found.value)
        clause_before = facts.folded[max(start, found.start - 12) : found.start]
        around = clause_before + "|" + facts.folded[found.end : min(end, found.end + 10)]
        for owner, pattern in (
            ("husband", _HUSBAND),
            ("self", _SELF),
            ("family", _FAMILY),
            ("other", _OTHER),
        ):
            if pattern.search(around):
                got.put("phone_owner", owner)
                break
        break
    if (
        "短信" in facts.folded
        or "发信息" in facts.folded
        or "发消息" in facts.folded
        or "不要让" in facts.folded
    ):
        stretch = facts.folded[start:end]
        if _UNSAFE.search(stretch):
            got.put("safe_to_text", False)
        elif _SAFE.search(stretch):
            got.put("safe_to_text", True)


def take_id(facts: Facts, start: int, end: int, got: Taken) -> None:
    for found in facts.ids:
        if start <= found.start < end:
            if isinstance(found.value, ResidentId):
                got.put("resident_id", found.value.number)
                got.put("birth_date", found.value.birth_date)
            else:
                got.put("resident_id", found.value)
            return


def take_age(facts: Facts, start: int, end: int, intent: str, person: Person | None, got: Taken) -> None:
    stretch = facts.folded[start:end]
    if {"birth_date", "resident_id"} & got.fields.keys():
        return
    if any(word in stretch for word in _AGE_WORDS):
        for match in _AGE.finditer(stretch):
            if start + match.start() < facts.shown_wrong[1] and start + match.end() > facts.shown_wrong[0]:
                continue
            if _NOT_HER_AGE.search(stretch[: match.start()]) or match["rest"] or intent == "child_death":
                continue
            years = number(match["n"])
            if years is None:
                continue
            if match[1] or "虚" in match[0]:
                got.put(
                    "age",
                    Ambiguous("age", tuple((int(years) - n, T("{n}周岁", n=int(years) - n)) for n in (1, 2))),
                )
                return
            # A woman of any age may have died; whether it is to be reported here is asked there.
            anyone = intent == "woman_death" and 0 < years <= OLDEST_OF_ALL
            got.put("age", int(years) if anyone else check_age(years) or int(years))
            return
        if plain := _PLAIN_AGE.search(stretch):
            got.put("age", check_age(int(plain[1])) or int(plain[1]))
            return
    if "年" in stretch and intent not in CHILDS:
        for match in _BORN_IN.finditer(stretch):
            if not _NOT_HER_AGE.search(stretch[: match.start()]):
                born = birth_year(match[1], facts.today)
                if YOUNGEST <= facts.today.year - born <= OLDEST:
                    got.put("age", years_old(born, facts.today))
                    return
    if person is not None and intent in _WITH_BARE_AGE:
        beside = _BARE_AGE.match(facts.folded, person.end, end)
        if beside and not any(found.start <= beside.start(1) < found.end for found in _numbers(facts)):
            got.put("age", int(beside[1]))


def _numbers(facts: Facts) -> list[Any]:
    return [*facts.dates, *facts.weeks, *facts.weights, *facts.times, *facts.phones, *facts.ids]

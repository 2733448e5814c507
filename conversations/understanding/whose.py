"""Whose death is told where something of hers stands between her name and the word: 李梅家的小毛头没了.

李梅的… is not 李梅: it is a child of hers, a thing, or not clear; then it is asked about, and never taken for her own.
"""

from __future__ import annotations

import re
from typing import Literal

from .intents import CHILD

_OF_HERS = re.compile(r"(?:那个?|她)?(?:家(?![属人访])(?:里|中)?的?|的)(?P<what>[^,，。;；!！?？\n]*)")
_WHEN = re.compile(
    r"[大小]?[前昨今]天|[昨今前]晚|今早|刚才?|上?[个这]?(?:月|周|星期|礼拜)|[早晚]上|[上中下]午|凌晨|半夜|夜里|[\d一二三四五六七八九十]+[月号日点天]"
    r"|已经|突然|也|都|就|又|还是|不知怎么|里|了|是|\s"
)
_HERSELF = re.compile(r"她|自己|本人|大人|产妇|孕妇|妈|说|讲|打电话|电话[来说里]|消息")
_OLD = re.compile(
    r"老(?:人|头|太)|老$|爷爷|奶奶|公公|婆婆|外[公婆]|老公|丈夫|男人|爱人|爸|叔|伯|舅|哥|弟(?!妹)|邻居"
)
_OWNED = r"预约|(?<![\d一二三四五六七八九十])号|[卡册本单证票奶钱]|手机|电话|床位|名额|网|信号|户口|档案|资料|记录|手册|短信|提醒|任务"
_OWNED_BEFORE = re.compile(rf"(?:{_OWNED})(?:也|都|就|又|已经)*$")
_THING = re.compile(rf"(?:{_OWNED}|(?<!出)血|[水烧痛疼肿药]|宫缩|胎动|恶露|反应|症状|感觉|脾气|耐心|报告)$")
_WEAK = re.compile(r"没了|没有了|没得了|没哒")
"""Words of death that are said of things too; of 喝药死了 nothing else can be meant."""
_NOUN = re.compile(r"死亡|去世|过世|离世|逝世|病[故逝]|身亡|猝死|死于|死在")
_CHILD = re.compile(CHILD)


def whose_death(between: str, words: str) -> Literal["child", "nobody", "unclear"] | None:
    """Who died by what stands `between` her name and the `words` of death (both folded); None: she herself, as far as
    this says."""
    weak = _WEAK.fullmatch(words) is not None
    if weak and owned_gone(between):
        return "nobody"
    match = _OF_HERS.fullmatch(between)
    if match is None or _HERSELF.search(match["what"]):
        return None
    what = _WHEN.sub("", match["what"])
    if not what and match["what"] == "" and _NOUN.match(words):
        return None  # 李梅的死亡
    if _CHILD.search(what):
        return "child"
    return "nobody" if (weak and _THING.search(what)) or _OLD.search(what) else "unclear"


def owned_gone(before: str) -> bool:
    """Whether 没了, coming after these words, is said of a thing: 电话没了, 孩子的户口没了."""
    return _OWNED_BEFORE.search(before) is not None

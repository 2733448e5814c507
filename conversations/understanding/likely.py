"""What a message that could not be understood is most likely about: two or three meanings to be offered.

Weaker evidence than `intents` asks for is weighed here, because nothing is done with it but ask: words that may
tell of an event, and the kinds of facts beside them (a weight is told of a birth, weeks of a pregnancy).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import fields, intents
from .lexicon import fold
from .normalise import LONGEST, normalise
from .people import people
from .whose import whose_death

MOST = 3
"""Meanings that are offered, besides none of them."""

_HINTS: dict[str, re.Pattern[str]] = {
    intent: re.compile(words)
    for intent, words in {
        "pregnancy": r"孕|怀|喜|肚子|月经|例假|末次|周了|胎|测|验",
        "booking": r"册|档|卡(?!住|在|车)|手册|本子",
        "antenatal_visit": r"检|查|b超|彩超|血压|血糖|胎心|唐筛|糖耐|医院|卫生院|妇幼|结果",
        "risk_grade": r"[绿黄橙红紫](?!包|糖|枣|疸)|危|风险|评|筛",
        "referral": r"转|上级|接收|送(?:到|往|去)",
        "birth": r"孩子|小孩|(?<!学)(?<!医)(?<!卫)生(?!病|气|日|意|活|育|产队|怕|字)|产(?!检|后|妇|品|业)|剖|男[孩娃婴]?$|女[孩娃婴]?$|娃|斤",
        "pregnancy_loss": r"流(?!动|程|感)|(?<![机重发牙包环带痂压])掉|保(?:住|胎)|胎|宫(?!内|缩)|引|没要",
        "maternal_death": r"死|亡|去世|过世|没了",
        "child_death": r"死|亡|夭|去世|没了|没养",
        "woman_death": r"死|亡|去世|过世|病故|没了",
        "birth_defect": r"畸|缺陷|先天|兔唇|指头|残",
        "postnatal_visit": r"月子|产后|42天|四十二|恶露|伤口|奶水",
        "newborn_visit": r"孩子|小孩|满月|新生儿|宝宝|毛毛|脐|黄疸|喂奶",
        "follow_up": r"看[了过]|问[了过]|访|电话|家里|上门|联系",
        "lost_contact": r"找不|联系|打不|不接|停机|不见|空号",
        "moved": r"搬|迁|打工|回来|老家|娘家|外地|去了|嫁",
        "critical_case": r"抢救|icu|危|重症|出院",
        "preconception": r"叶酸|备孕|结婚|领证|婚检|想要",
        "contraceptive_reaction": r"环|避孕|药具|结扎|皮埋|副作用",
        "correct": r"错|改|不对|不是|更正",
        "withdraw": r"撤|删|取消|不算|作废",
    }.items()
}
_GONE = re.compile(r"没了|没有了|没得了|走了")
_DENIED = re.compile(r"(?:没有?|未|不|别|还没|快|要|将|准备|打算|想|等|如果|要是|怕)[^,，。]{0,3}$")
_TALK = re.compile(
    r"开会|会议|工资|补贴|表格|报表|吃饭|下雨|天气|堵车|没电|信号|网络|群里|通知|值班|请假|收到|谢谢|辛苦|明天|后天|下周|下个?月|等会|待会|改天|过几天"
)

# What each kind of fact is told of, and how much it says.
_TOLD_OF: dict[str, tuple[tuple[str, int], ...]] = {
    "lmp": (("pregnancy", 4),),
    "due_date": (("pregnancy", 4),),
    "gestational_weeks": (("pregnancy", 3), ("antenatal_visit", 2), ("pregnancy_loss", 1)),
    "birth_weight_g": (("birth", 4), ("newborn_visit", 2)),
    "sex": (("birth", 3),),
    "systolic": (("antenatal_visit", 4), ("follow_up", 2)),
    "haemoglobin": (("antenatal_visit", 4),),
    "weight_kg": (("antenatal_visit", 3),),
    "date": (("birth", 1), ("antenatal_visit", 1), ("pregnancy", 1)),
    "phone": (("pregnancy", 1),),
    "age": (("pregnancy", 2),),
    "resident_id": (("pregnancy", 2),),
    "gravida": (("pregnancy", 3),),
    "para": (("pregnancy", 3),),
    "to_place": (("moved", 2), ("referral", 2)),
}
_NAMED = (("pregnancy", 2), ("birth", 2), ("antenatal_visit", 2))
"""A name alone: what is most often told."""
_ENOUGH = 2


@dataclass(frozen=True, slots=True)
class Meaning:
    """An intent the message may have, with what it tells if so."""

    intent: str
    fields: dict[str, Any] = field(default_factory=dict)


_A_WORD = 16
"""Characters of a message that only says that something is not so."""


def denied(text: str) -> bool:
    """Whether a short message says of something one reports that it has not happened, and no more: 还没生, 李梅没流产."""
    folded = _without_names(text)
    if (
        len(folded) > _A_WORD
        or _TALK.search(folded)
        or not all(part.states for part in intents.clauses(folded))
    ):
        return False
    of_events = [pattern for intent, pattern in _HINTS.items() if intent not in {"correct", "withdraw"}]
    hints = [hint.start() for pattern in of_events for hint in pattern.finditer(folded)]
    return bool(hints) and all(_DENIED.search(folded, 0, at) for at in hints)


def long_ago(text: str) -> bool:
    """Whether it tells of a birth, a loss or a death years ago: 去年张桂花生过一个死胎."""
    folded = _without_names(text)
    return intents.LONG_AGO.search(fold(normalise(text[:LONGEST]))) is not None and any(
        _HINTS[intent].search(folded) for intent in ("birth", "pregnancy_loss", "child_death")
    )


def _without_names(text: str) -> str:
    plain = normalise(text[:LONGEST])
    folded = fold(plain)
    for one in people(plain, folded, ()):
        folded = folded[: one.start] + "○" * (one.end - one.start) + folded[one.end :]
    return folded


def likely(
    text: str, *, today: date, speaker: str, among: frozenset[str], villages: tuple[str, ...] = ()
) -> tuple[Meaning, ...]:
    """The likeliest meanings of a message `understand` makes nothing of, likeliest first, `MOST` at most, of the
    intents `among`. None where nothing in it points to any, or where it asks, denies or tells of strangers."""
    plain = normalise(text[:LONGEST])
    folded = fold(plain)
    parts = intents.clauses(folded)
    if not parts or not all(part.states for part in parts) or _TALK.search(folded):
        return ()
    facts = fields.gather(plain, folded, today, speaker, parts, villages)
    facts.people = people(plain, folded, fields.taken(facts), speaker)
    person = next((one for one in facts.people if one.role in {"woman", "mother"}), None)
    blank = folded
    for one in facts.people:
        blank = blank[: one.start] + "○" * (one.end - one.start) + blank[one.end :]
    scores = {intent: 0 for intent in intents.INTENTS if intent in among}
    gone = _GONE.search(folded, person.end) if person else None
    if person and gone and whose_death(folded[person.end : gone.start()], gone[0]) == "nobody":
        scores = {intent: 0 for intent in scores if not intent.endswith("_death")}  # 李梅的预约没了
    for intent, pattern in _HINTS.items():
        if intent in scores:
            said = {m[0] for m in pattern.finditer(blank) if not _DENIED.search(blank, 0, m.start())}
            scores[intent] += 3 * len(said)
    if not any(scores.values()) and re.search(r"没|不|未", blank):
        return ()  # something is said not to be: 李梅还没生
    if person is not None:
        known = fields.fields_of(facts, "none", 0, len(folded), 0, person).fields
        for name in known:
            for intent, points in _TOLD_OF.get(name, ()):
                if intent in scores:
                    scores[intent] += points
        for intent, points in _NAMED:
            if intent in scores:
                scores[intent] += points
    best = max(scores.values(), default=0)
    if best < _ENOUGH:
        return ()
    ranked = sorted((i for i, score in scores.items() if score * 2 >= best), key=lambda i: -scores[i])
    return tuple(
        Meaning(intent, fields.fields_of(facts, intent, 0, len(folded), 0, person).fields)
        for intent in ranked[:MOST]
    )

"""Children: their sex, weight, and whether they live; how they were born and how the mother is."""

from __future__ import annotations

import re
from typing import Any

from conversations.text import Ambiguous, T

from ..found import Found
from ..several import one_lost
from .gathered import Facts, Problem, Taken
from .limits import check_weight

SEX = re.compile(
    r"(?P<female>女孩|女婴|女娃|女宝|女儿|女仔|闺女|孙女|妹俚|妹哩|细妹|囡囡|小公主|赔钱货|千金|姑娘|丫头|妹仔|妹子|妹崽|妹儿|妹陀|妹娃|妮儿|妮子|囡囡?|小棉袄|女的|女(?!方|人|士|性孕|性患|婿|生孩)|\bgirls?\b|\bfemale\b|daughter)"
    r"|(?P<male>男孩|男婴|男娃|男宝|儿子|男仔|带把|小子|公子|孙子|大?胖孙|男丁|细伢|细崽|毛小子|大胖小|儿娃子?|伢子|男的(?!生)|崽(?!崽)|男(?!人|方|士|性|朋)|\bboys?\b|\bmale\b|\bson\b)"
)
_COUNTED_SEX = re.compile(
    r"(?<![老第])([两二俩三双2-3])\s*个?\s*(?:都是)?\s*(男|女|儿子|千金|闺女|姑娘|丫头)|都是(男|女|儿子|千金|闺女)"
)
_TWINS = re.compile(r"双胞胎|双[男女]|双胎|龙凤胎|一对|两个(?!月|小时|多|钟|星期|礼拜)|俩(?!月)|twins")
_TRIPLETS = re.compile(r"三胞胎|三个(?:孩|男|女|娃|宝)|triplets")
MODES = (
    ("assisted", re.compile(r"产钳|胎吸|吸引产|助产钳|吸出来")),
    ("caesarean", re.compile(r"剖|开刀|挨了一刀|c-?section|caesarean|cesarean|破腹")),
    (
        "vaginal",
        re.compile(
            r"顺产|顺生|平产|自然分娩|自己生|自然生|阴道分娩|vaginal|顺顺|顺转(?!剖)|顺的|正常分娩|侧切|水中分娩|娩出|自娩"
        ),
    ),
)
_EACH = re.compile(
    r"(?P<dead>死|没活|没保住)的?[^,，。;； ]{0,2}?(?P<one>[男女])|(?P<alive>活)的?[^,，。;； ]{0,2}?(?P<two>[男女])"
)
_STILL = re.compile(r"死胎|死产|没活|死的|没气|没保住|没了|死了|夭折|没哭就")
_THAT_ONE = re.compile(
    rf"(?:(?P<female>女|闺)|男|儿)[孩娃婴宝儿女子的]?[^,，。;；男女]{{0,4}}?(?:{_STILL.pattern})"
)
_MOTHER_WELL = re.compile(
    r"母[子女婴](?:都|均|俱)?(?:平安|安|健康|好|正常)|大人(?:小孩|孩子|娃)?[^,，。没不死]{0,4}(?:平安|好|没事|正常|健康|可以)|母[子女]都好|产妇[^,，。没不死]{0,6}(?:平安|良好|正常|好|没事|稳定)|大小(?:都)?(?:平安|好)|mother\s+(?:is\s+)?(?:well|fine|ok)"
)
_MOTHER_PROBLEM = re.compile(
    r"(?:大人|产妇|她)[^,，。]{0,6}(?:大出血|抢救|不好|危险|住院|发烧|情况不)|产后大?出血|会阴.{0,3}裂"
)
# 剖 女 3300: grams, right behind the sex.
_BARE_GRAMS = re.compile(r"(?:男|女|孩|婴|儿|子|重)[:：,，、 ]*([1-5]\d{2}0)(?![\d年.-])")
_OF_CHILDREN = frozenset("男女儿闺千姑丫妹棉把小公伢崽仔胎凤对俩个bgfms死活没")


def take_children(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    if not facts.weights and _OF_CHILDREN.isdisjoint(stretch):
        return
    weights = [f for f in facts.weights if start <= f.start < end]
    sexes = [
        (m.start(), "female" if m["female"] else "male")
        for m in SEX.finditer(stretch)
        if not facts.shown_wrong[0] <= start + m.start() < facts.shown_wrong[1]
    ]
    if not weights and intent == "birth" and (bare := _BARE_GRAMS.search(stretch)):
        weights = [Found(int(bare[1]), start + bare.start(1), start + bare.end(1), bare[1])]
    if re.search(r"龙凤", stretch) and len({sex for _, sex in sexes}) < 2:
        sexes = [(0, "female"), (1, "male")]
    if counted := _COUNTED_SEX.search(stretch):
        many = 3 if counted[1] in {"三", "3"} else 2
        if counted[3] and _TRIPLETS.search(stretch):
            many = 3
        sex = "female" if (counted[2] or counted[3])[0] in "女千闺姑丫" else "male"
        sexes = [(counted.start(), sex)] * many
    lost = one_lost(stretch) if intent == "birth" else None
    count = 3 if _TRIPLETS.search(stretch) else 2 if _TWINS.search(stretch) or lost else 1
    if intent == "birth":
        count = max(
            count,
            min(len(weights), 3),
            min(len(sexes), 3)
            if count > 1
            or re.search(r"大的|老大|第一个|小的|一个?[男女][孩娃婴]?[,，、和]?一个?[男女]", stretch)
            else 1,
        )
    if len(sexes) == 1 and count > 1 and re.search(r"胎[^,，。]{0,4}[男女儿千闺]", stretch):
        sexes *= count
    if intent == "newborn_visit" and not re.search(r"出生|生下|生的", stretch):
        weights = []  # what the child weighs today
    grams: list[tuple[int, int]] = []
    for found in weights:
        if isinstance(found.value, Problem):
            got.put("birth_weight_g", found.value)
        elif refused := check_weight(found.value):
            got.put("birth_weight_g", refused)
        else:
            grams.append((found.start - start, found.value))
    children: list[dict[str, Any]] = [{} for _ in range(count)]
    for child, (_, sex) in zip(children, sexes, strict=False):
        child["sex"] = sex
    for number, (at, weight) in enumerate(grams[:count]):
        if len(grams) < len(sexes) <= count:  # 男孩没保住，女孩3斤: of the one named before it
            number = max(sum(place < at for place, _ in sexes) - 1, 0)
        children[number]["birth_weight_g"] = weight
    if count == 1 and len({sex for _, sex in sexes}) > 1:
        children[0].pop("sex", None)
        got.problems.append(Ambiguous("sex", (("female", T("女")), ("male", T("男")))))
    if intent == "birth":
        _alive(stretch, children)
        if lost is not None and len(children) == lost.count:
            take_one_lost(facts, start, end, got)
            if not any(children):
                children = lost.children()
            elif lost.when != "birth":  # 老大没了: asked when
                children = [_since(child, lost.when) for child in children]
        if count > 1:
            got.put("child_count", count)
        if any(children):
            got.fields["children"] = children
    if count == 1:
        for name, value in children[0].items():
            got.put(name, value)


def _since(child: dict[str, Any], when: str | None) -> dict[str, Any]:
    """A child that 没了, not said to have been born dead."""
    if child.get("alive") is not False:
        return child
    rest = {name: value for name, value in child.items() if name != "alive"}
    return {**rest, "alive": True, "died_later": True} if when == "later" else rest


def take_one_lost(facts: Facts, start: int, end: int, got: Taken) -> None:
    """双胞胎，一个没保住: the words that say so, and when it was, as far as that is told."""
    if (lost := one_lost(facts.folded[start:end])) is not None:
        got.put("one_lost", facts.text[start:end].strip(" ,，。.;；"))
        got.put("lost_when", lost.when)


def _alive(stretch: str, children: list[dict[str, Any]]) -> None:
    if not (_STILL.search(stretch) or re.search(r"活", stretch)):
        return
    if len(children) == 1:
        if _STILL.search(stretch):
            children[0]["alive"] = False
        return
    told = {(m["one"] or m["two"]): m["dead"] is None for m in _EACH.finditer(stretch)}
    told |= {"女" if m["female"] else "男": False for m in _THAT_ONE.finditer(stretch)}
    for child in children:
        word = {"male": "男", "female": "女"}.get(str(child.get("sex")), "")
        if word in told and len({c.get("sex") for c in children}) == len(children):
            child["alive"] = told[word]
    for index, words in enumerate(
        (
            r"(?:大的|老大|第一个|哥哥|姐姐)",
            r"(?:小的|老二|第二个|弟弟|妹妹|另一个)",
            r"(?:第三个|最小的|老三)",
        )
    ):
        if index < len(children) and re.search(words + rf"[^,，。;；]{{0,10}}(?:{_STILL.pattern})", stretch):
            children[index]["alive"] = False
    if any("alive" in child for child in children):
        for child in children:
            child.setdefault("alive", True)


def take_birth(facts: Facts, start: int, end: int, got: Taken) -> None:
    stretch = facts.folded[start:end]
    for mode, pattern in MODES:
        if pattern.search(stretch):
            got.put("delivery_mode", mode)
            break
    if _MOTHER_PROBLEM.search(stretch):
        got.put("mother_state", "problem")
    elif _MOTHER_WELL.search(stretch):
        got.put("mother_state", "well")

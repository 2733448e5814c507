"""Who a message speaks of: the women's names in it, and whose other names stand beside them.

In unspaced Chinese a name has no edges. What is not a name is taken away (dates, numbers, the words of
`lexicon.NOT_NAMES`), and what remains and begins with a surname is one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from .danger import begins_in
from .lexicon import NOT_NAMES_RE, fold, listed
from .name_words import DOUBLE_SURNAMES, DOUBTFUL, SURNAME, SURNAMES
from .names import find_latin_names, find_names, is_name

_HAN = re.compile(r"[\u3400-\u9fff·]+")
_DOTTED = re.compile(r"[\u3400-\u9fff]{1,8}(?:·[\u3400-\u9fff]{1,8})+")
_NOT_HER_BEFORE = re.compile(
    r"(?:我是|我叫|丈夫|老公|爱人|男人|配偶|男方|婆婆|公公|爸爸?|父亲|她?妈妈?|母亲|医生|护士|大夫|接生员|村医|报告人|联系人|上报人|填报人|责任人|负责人|包保人|主任|队长|组长|书记|邻居|朋友|同事|归|(?:^|[,，。 ])由|改由|换成|改成|指定|交给|分给|派给|转给|移交给)"
    r"(?:的?(?:名字|姓名))?(?:是|叫|名叫|:|：|为)?\s*$"
)
_MOTHER_BEFORE = re.compile(
    r"(?:母亲|妈妈?|产妇|妈妈名字|孩子妈|娃他妈|她妈)(?:的?(?:名字|姓名))?(?:是|叫|名叫|:|：|为)?\s*$"
)
_CHILD_BEFORE = re.compile(
    r"(?:(?:孩子|小孩|娃娃?|宝宝|婴儿|新生儿|儿子|女儿|闺女|毛毛|大的|小的|患儿)(?:的)?(?:名字|姓名)|大名|小名|取名|起名|取的名)(?:叫|是|:|：|为)?\s*$|"
    r"(?:孩子|小孩|娃娃?|宝宝|婴儿|新生儿|儿子|女儿|闺女|毛毛|患儿)(?:叫|名叫|是|:|：|名字叫)\s*$"
)
_NOT_HER_AFTER = re.compile(
    r"(?:的)?(?:媳妇|老婆|妻子|爱人|儿媳妇?|家媳妇|家的?(?:媳妇|老婆|儿媳|女人|妹妹|嫂)|堂客|婆娘|屋里(?:人|的)?|女人|弟媳|嫂子|的?侄媳|孙媳|老公|丈夫)|(?:管|负责|包保|跟进|名下|手[上里下]|医生|大夫|护士|主任|书记|村长|队长|组长|院长|老师|干部|同志|所长|村|镇|乡|县|卫生|医院|路|街|组|老板)"
)
_MOTHERS_AFTER = re.compile(
    r"(?:家)?(?:的|那个?)?(?:[大小]的(?:那|这)?个?|老[三四幺]|[大二三小]宝|小毛头|毛头|孩子|小孩|娃娃?|宝宝|婴儿|新生儿|儿子|女儿|闺女|毛毛|双胞胎|老二|老大|崽|伢|小儿子|小女儿|大女儿|大儿子|男婴|女婴)"
)
_CALLED = re.compile(r"(?:叫做?|名叫|姓名|名字|名)(?:是|:|：|为|叫)?\s*$")
_I_AM = re.compile(r"我(?:是|叫|名叫|的?名字(?:是|叫)?)\s*$")
_KIN = listed(
    "媳妇 老婆 我老婆 我媳妇 儿媳 大嫂 二嫂 三嫂 嫂子 弟媳 大姐 小妹 妹子 妹妹 姐姐 产妇 女人 妇女 人家 本人 村民 同村 我姐 我妹 婶子 表姐 表妹 小姨 大家"
)


@dataclass(frozen=True, slots=True)
class Person:
    """A name as written, where it stands, and who it is: `woman`, `child`, `mother` or `other`."""

    name: str
    start: int
    end: int
    role: str = "woman"


def people(text: str, folded: str, taken: Iterable[tuple[int, int]], speaker: str = "") -> list[Person]:
    """The people named in `text`, in order. `taken` are the places already read as something else."""
    found: list[Person] = []
    blanked = folded
    for start, end in taken:
        blanked = blanked[:start] + " " * (end - start) + blanked[end:]
    for match in _DOTTED.finditer(blanked):
        start = match.start()
        lead = NOT_NAMES_RE.match(blanked, start)
        while lead and lead.end() < match.end() and "·" not in lead[0]:
            start = lead.end()
            lead = NOT_NAMES_RE.match(blanked, start)
        end = _dotted_end(blanked, match.start() + match[0].rindex("·") + 1, match.end())
        found.append(_person(text, folded, start, end))
        blanked = blanked[:start] + " " * (end - start) + blanked[end:]
    other = begins_in(folded)
    for run in _HAN.finditer(blanked):
        _in_run(text, folded, blanked, run.start(), run.end(), other, found)
    if not found:
        found += [_person(text, folded, one.start, one.end) for one in find_names(blanked)]
    if not found:
        found += [Person(one.text, one.start, one.end) for one in find_latin_names(text)]
    if speaker == "woman":
        found = [
            replace(person, role="woman") if _I_AM.search(folded[: person.start]) else person
            for person in found
        ]
    found.sort(key=lambda person: person.start)
    return found


_CLAUSE = re.compile(r"[^,，。;；!！?？\n]+[,，。;；!！?？\n]*")


def told_of(text: str, name: str) -> str:
    """What a normalised message tells of this woman, where it names several: without the clauses about the others."""
    women = [one for one in people(text, fold(text), ()) if one.role in {"woman", "mother"}]
    about = everyone = {one.name for one in women}
    if len(everyone) < 2 or name not in everyone:
        return text
    kept = []
    for clause in _CLAUSE.finditer(text):
        about = {one.name for one in women if clause.start() <= one.start < clause.end()} or about
        kept.append(clause[0] if name in about else "")
    return "".join(kept)


def _dotted_end(text: str, start: int, end: int) -> int:
    for at in range(start + 1, end):
        if NOT_NAMES_RE.match(text, at):
            return at
    return end


# 田家沟的史芳芳, 黄泥塘温素珍: a hamlet, named after a family or not, before a name or 的.
_HAMLET = re.compile(
    rf"[\u4e00-\u9fff]{{1,3}}?[沟湾塘坝庄屯寨坳圩坪岭垅畈塬峁窑坑坡洼冲](?=[上里]?的|人|村|组|[上里]?{SURNAME}[\u4e00-\u9fff])"
)


def _in_run(
    text: str, folded: str, blanked: str, start: int, end: int, other: Collection[int], found: list[Person]
) -> None:
    """The names of a run of characters; at `other` places other words begin."""
    at, free = start, True
    if folded[start:end].startswith("查") and start == 0:
        at += 1
    while at < end - 1:
        skip = NOT_NAMES_RE.match(blanked, at, end)
        # 高秀英, 余小红: a surname that is a common word too counts where a name may begin.
        hamlet = _HAMLET.match(blanked, at, end)
        if skip and (len(skip[0]) >= 2 or blanked[at] not in SURNAMES or not _stands_free(blanked, at, free)):
            at, free = skip.end(), True
        elif free and hamlet:
            at, free = hamlet.end(), True
        elif (
            (blanked[at] in SURNAMES and (free or blanked[at] not in DOUBTFUL))
            or blanked[at : at + 2] in DOUBLE_SURNAMES
        ) and (length := _name_at(blanked, at, end, other)):
            found.append(_person(text, folded, at, at + length))
            at, free = at + length, True
        else:
            at, free = at + 1, False


def _stands_free(text: str, at: int, free: bool) -> bool:
    """Whether a surname that is a word too may be one there: 孕妇周小兰, but not 孕28周."""
    before = text[at - 1] if at else ""
    return not _HAN.match(before) or (free and text[at] in "周钟" and before not in _NUMERALS)


_NUMERALS = frozenset("〇零一二两三四五六七八九十几半多点分上下这本每")


_OF_A_CHILD = re.compile(
    r"[大小](?:的|(?:那|这)个|(?:孩|娃|儿子|女儿|闺女|宝))|老[大二三四幺家]|[二三][宝娃]|小毛头"
)
"""What begins the word for a child of hers, and may end a name: 小的, 老大, 二宝."""


def _name_at(text: str, at: int, end: int, other: Collection[int]) -> int:
    """Length of the name that begins at `at`, 0 if none does."""
    limit = min(end, at + 4)
    stop = next((i for i in range(at + 2, limit) if i in other or NOT_NAMES_RE.match(text, i)), limit)
    for length in range(min(stop - at, 4), 1, -1):
        candidate = text[at : at + length]
        if length == 4 and not (stop == at + 4 and is_name(candidate)):
            continue
        if length > 2 and _OF_A_CHILD.match(text, at + length - 1):
            continue  # 李梅小的那个娃, 李梅老大, 李梅二宝
        if is_name(candidate) and not NOT_NAMES_RE.fullmatch(candidate):
            return length
    return 0


def _person(text: str, folded: str, start: int, end: int) -> Person:
    before, after = folded[max(0, start - 12) : start], folded[end : end + 8]
    name = text[start:end]
    if _CHILD_BEFORE.search(before):
        return Person(name, start, end, "child")
    if _MOTHER_BEFORE.search(before):
        return Person(name, start, end, "mother")
    if _NOT_HER_BEFORE.search(before) or _NOT_HER_AFTER.match(after):
        return Person(name, start, end, "other")
    if _MOTHERS_AFTER.match(after):
        return Person(name, start, end, "mother")
    return Person(name, start, end)


def subject_before(text: str, folded: str, at: int, clause_start: int) -> Person | None:
    """A name without a known surname (卓玛, 阿依古丽) that stands as the subject right before a cue at `at`."""
    run_start = at
    while run_start > clause_start and _HAN.match(folded[run_start - 1]):
        run_start -= 1
    candidate = folded[run_start:at]
    for called in (_CALLED.search(candidate),):
        if called:
            run_start, candidate = run_start + called.end(), candidate[called.end() :]
    while candidate and (lead := NOT_NAMES_RE.match(candidate)):
        run_start, candidate = run_start + lead.end(), candidate[lead.end() :]
    end = next((i for i in range(1, len(candidate)) if NOT_NAMES_RE.match(candidate, i)), len(candidate))
    candidate = candidate[:end]
    if 2 <= len(candidate) <= 5 and candidate not in _KIN and is_name(candidate):
        return _person(text, folded, run_start, run_start + len(candidate))
    return None

"""From cues and people to events: who did what, which cue tells of the same event, where one event ends."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .danger import signs_in
from .intents import CHILD, Clause, Cue
from .lexicon import listed
from .people import Person
from .several import one_lost
from .whose import owned_gone, whose_death


@dataclass(frozen=True, slots=True)
class Told:
    """One event told in a stretch of the message. `doubt` names the intents it may be instead;
    one that is not `firm` is no more than the setting of another. `listed`: told of her with others (李梅和王芳),
    and after what is told of her alone. `more`: nothing new, only more of what was told of her before."""

    intent: str
    start: int
    end: int
    cue: int
    person: Person | None
    doubt: tuple[str, ...] = ()
    firm: bool = True
    listed: bool = False
    more: bool = False


# The event on the left is the news; those on the right told of the same woman beside it are its circumstances.
_ABSORBS: dict[str, frozenset[str]] = {
    "withdraw": listed("correct pregnancy birth pregnancy_loss child_death woman_death moved"),
    "correct": listed("pregnancy birth pregnancy_loss booking antenatal_visit wrong_number"),
    "wrong_number": listed("correct withdraw pregnancy change_phone"),
    "change_phone": listed("correct lost_contact"),
    "opt_out": listed("withdraw"),
    "opt_in": frozenset(),
    "maternal_death": listed(
        "pregnancy birth referral critical_case woman_death pregnancy_loss child_gone antenatal_visit risk_grade"
    ),
    "woman_death": listed("pregnancy referral critical_case moved"),
    "child_death": listed(" pregnancy referral critical_case birth_defect newborn_visit"),
    "pregnancy_loss": listed("birth_defect pregnancy antenatal_visit referral preconception follow_up"),
    "birth_defect": listed("pregnancy antenatal_visit newborn_visit referral"),
    "birth": listed("pregnancy referral follow_up antenatal_visit"),
    "critical_case": listed("pregnancy referral"),
    "referral": listed("pregnancy antenatal_visit follow_up risk_grade booking"),
    "risk_grade": listed("pregnancy antenatal_visit follow_up booking"),
    "postnatal_visit": listed("follow_up newborn_visit birth antenatal_visit pregnancy"),
    "newborn_visit": listed("follow_up postnatal_visit birth antenatal_visit"),
    "contraceptive_reaction": listed("pregnancy_loss follow_up pregnancy preconception"),
    "preconception": listed("pregnancy follow_up booking moved"),
    "moved": listed("follow_up lost_contact birth"),
    "lost_contact": listed("follow_up moved pregnancy"),
    "pregnancy": listed("booking antenatal_visit follow_up preconception"),
    "booking": listed("antenatal_visit follow_up"),
    "antenatal_visit": listed("follow_up booking"),
}
_PREGNANT = re.compile(
    r"孕|产妇|产后|生孩子|生产|分娩|难产|月子|羊水栓塞|子痫|怀|剖|生完|临产|宫外孕|生娃|顺产|引产|流产|胎|pregnan|labour|birth"
)
_NOT_PREGNANT = re.compile(r"(?:没有?|未|不是|没在?|非|不在)(?:怀孕|孕|怀)")
_CHILD = re.compile(CHILD + r"|夭|岁的?(?:男|女)?(?:孩|童)")
_OTHERS = re.compile(
    r"爷爷|奶奶|老人|老头|老太|公公|婆婆|丈夫|老公|爸|父亲|男人|爱人|[她我他]妈|妈妈|母亲|外婆|外公|叔|伯|舅|哥|阿公|阿婆|邻居|老爹|大爷|大伯|大叔|老爷子?|岳父|岳母|亲家|主任|书记|医生|村长"
)
_KIN_OF_CHILD = re.compile(
    rf"{CHILD}(?:他|她|的|家)?(?:(?P<mother>妈|娘)|爸|爹|爷|奶奶|外公|外婆|叔|伯|舅|姑|姨)"
)
_UNBORN = re.compile(r"怀孕?|孕|胎|保胎|b超|彩超|产检|[\d一二三四五六七八九十两]个?多?月(?!大)|周")
_BORN = re.compile(
    r"生(?:下来|了|出来|后|完|的)|出生|[天岁]|满月|个月大|月子|吃奶|早产|保温箱|高烧|发烧|溺水|淹|摔|车祸|呛|肺炎|捂|抱"
)
_WEAK = re.compile(r"没了|走了|没有了|没得了|没哒")
"""What is said of other than deaths too."""
_NOT_KEPT = listed("没保住 没能保住 没保下")
_ANOTHER = re.compile(r"怀|这|又|现在|[\d一二三四]胎")
"""Of another one than the child whose birth is told beside it."""
_SEVERAL = re.compile(r"双胞胎|龙凤胎|三胞胎")
_WENT = re.compile(r"打工|务工|上[学班]|读书|学校|幼儿园|亲戚|[婆娘奶]家|去玩")
"""Where a child that 走了 went."""
_SINCE = re.compile(r"\s*(?:(?:现在|后来|今天|目前|这会儿?|这两天|已经?|就|都|也|又)\s*)*")
_ADULT = re.compile(r"大人|产妇|孕妇|媳妇|老婆|妇女|女人|女的|姑娘|她|大姐|嫂|本人|人没了|人走了")


def decide(
    text: str, cues: list[Cue], people: list[Person], clauses: list[Clause], speaker: str
) -> list[Told]:
    """The events of a message in the order told."""
    women = [person for person in people if person.role in {"woman", "mother"}]
    if speaker != "woman":
        # 怀孕了，可以发短信: said of her phone, not of the speaker's own.
        cues = [cue for cue in cues if cue.intent not in {"opt_in", "opt_out"}] or cues
    pieces = _pieces(text, cues, women, clauses)
    told: list[Told] = []
    stated = speaker != "woman" and all(clause.states for clause in clauses)
    for start, end, persons in pieces:
        within = [cue for cue in cues if start <= cue.start < end]
        if stated and not within and one_lost(text[start:end]):
            within.append(Cue("birth", start, start))  # 双胞胎一个活一个没活
        events = _events(text, start, end, persons[-1] if persons else None, within, speaker)
        told += [replace(event, person=one, listed=True) for one in persons[:-1] for event in events]
        told += events
    missed = _DID_NOT_GO.match(text, women[0].end) if stated and len(pieces) == 1 and women else None
    if missed and not told:
        return [Told("follow_up", 0, len(text), women[0].start, women[0])]
    return _share(text, told, pieces)


_AND = re.compile(r"\s*(?:[、和跟与及]|还有|以及)\s*")


def _pieces(
    text: str, cues: list[Cue], women: list[Person], clauses: list[Clause]
) -> list[tuple[int, int, tuple[Person, ...]]]:
    """The message cut so that each stretch is about one woman, or about those listed there (李梅和王芳)."""
    if len({person.name for person in women}) < 2:
        return [(0, len(text), tuple(women[:1]))]
    cuts: list[tuple[int, tuple[Person, ...]]] = []
    for person in women:
        before = cuts[-1][1] if cuts else ()
        if before and before[-1].name == person.name:
            continue
        if (
            before
            and _AND.fullmatch(text, before[-1].end, person.start)
            and {before[-1].role, person.role} == {"woman"}
        ):
            cuts[-1] = (cuts[-1][0], (*before, person))
            continue
        clause = next(c for c in clauses if c.start <= person.start < c.end)
        floor = max((other.end for other in women if other.end <= person.start), default=0)
        at = max(clause.start, floor)
        if floor > clause.start:
            # 怀孕李梅9月3号，生了王芳: a cue right before the name belongs to it.
            at = next(
                (
                    cue.start
                    for cue in cues
                    if floor <= cue.start
                    and person.start - 2 <= cue.end <= person.start
                    and _leads(text, cues, cue, cuts[-1][0] if cuts else 0)
                ),
                person.start,
            )
        cuts.append((at, (person,)))
    cuts[0] = (0, cuts[0][1])
    ends = [at for at, _ in cuts[1:]] + [len(text)]
    return [(at, end, persons) for (at, persons), end in zip(cuts, ends, strict=True)]


def _leads(text: str, cues: list[Cue], cue: Cue, low: int) -> bool:
    """Whether a cue right before a name is of that name: not where it is all that is told of the woman before
    it (李红生了 王芳怀孕), nor where it labels the date before it (7月1号末次月经 王芳)."""
    others = any(low <= other.start < cue.start for other in cues)
    return others and (cue.firm or not re.search(r"[\d日号]\s*$", text[: cue.start]))


# 张桂花没去: she did not do what the other one did.
_NOT_SHE = re.compile(
    r"\s*(?:她|说|也|都|就|却|倒|又|一直|这次|昨[天晚]|今[天早]|前天|到现在)*(?:还没|没(?:有)?(?!事|什么|问题|异常|变)|未|不(?:肯|愿|想|去|来|做|是|用))"
)

_DID_NOT_GO = re.compile(
    rf"{_NOT_SHE.pattern}[去来][^,，。;；没不]{{0,5}}(?:产检|产前检查|孕检|检查|复查|体检|建册|建档)(?![吗么])"
)
"""李梅昨天没去产检: of her alone, it is no report of a visit."""


def _share(text: str, told: list[Told], pieces: list[tuple[int, int, tuple[Person, ...]]]) -> list[Told]:
    """李梅怀孕了，王芳也是: what is told of one is said of another, unless she did not (没去). What is only told after the event
    of her (陈兰9月1号来的) is more of it."""
    if len(pieces) < 2 or not told:
        return told
    first: dict[str, Told] = {}
    for event in told:
        if event.person:
            first.setdefault(event.person.name, event)
    shared: list[Told] = list(told)
    for index, (start, end, persons) in enumerate(pieces):
        if any(start <= event.start < end for event in told):
            continue
        for person in persons:
            if known := first.get(person.name):
                shared.append(Told(known.intent, start, end, start, person, more=True))
                continue
            later = next((e for e in told if e.start > start), None)
            model = later if index == 0 or later is not None else told[-1]
            if model is None or model.intent in {"correct", "withdraw", "assign"}:
                continue
            if _NOT_SHE.match(text, person.end):
                if model.intent in _MISSED:
                    shared.append(Told("follow_up", start, end, start, person))
                continue
            shared.append(Told(model.intent, start, end, start, person))
            first[person.name] = shared[-1]
    shared.sort(key=lambda event: event.start)
    return shared


_MISSED = listed("antenatal_visit booking postnatal_visit newborn_visit referral")
"""What a woman should have gone to: that she did not is told of her as news of a follow-up."""


def _events(
    text: str, start: int, end: int, person: Person | None, cues: list[Cue], speaker: str
) -> list[Told]:
    resolved = [_resolve(text, start, end, person, cue, speaker) for cue in cues]
    born = next((cue.start for known, cue, _ in resolved if known == "birth" and cue.firm), end)
    resolved = [  # 生了个男孩，没保住: told of the child that was born
        one
        for one in resolved
        if text[one[1].start : one[1].end] not in _NOT_KEPT
        or one[1].start < born
        or _ANOTHER.search(text[born : one[1].start])
    ]
    lost = one_lost(text[start:end]) if speaker != "woman" else None
    if lost is not None and lost.earlier:
        resolved = [one for one in resolved if one[1].intent not in _AN_END]
    elif lost is not None:
        resolved = _one_of_several(resolved, lost.born)
    kinds = {intent for intent, _, _ in resolved if intent}
    firm = {intent for intent, cue, _ in resolved if intent and cue.firm}
    kept: list[tuple[str, Cue, tuple[str, ...]]] = []
    for intent, cue, doubt in resolved:
        rivals = {
            other for other in (firm or kinds) if other != intent and not _mutual(intent, other, resolved)
        }
        if not intent or (
            any(intent in _ABSORBS.get(other, ()) for other in rivals) and not (lost and intent == "birth")
        ):
            continue
        if not cue.firm and (firm - {intent} or (intent == "moved" and "pregnancy" in kinds)):
            continue
        if any(intent == known for known, _, _ in kept):
            continue
        kept.append((intent, cue, doubt))
    if len(kept) > 1:
        kept = _in_bounds(kept)
    events: list[Told] = []
    for index, (intent, cue, doubt) in enumerate(kept):
        low = start if index == 0 else _clause_start(text, cue.start, start)
        high = end if index + 1 == len(kept) else _clause_start(text, kept[index + 1][1].start, cue.end)
        events.append(Told(intent, low, max(high, cue.end), cue.start, person, doubt, cue.firm))
    return events


_AN_END = listed("death child_gone child_death pregnancy_loss birth")
"""Cues of how it ended."""


def _one_of_several(
    resolved: list[tuple[str, Cue, tuple[str, ...]]], born: bool | None
) -> list[tuple[str, Cue, tuple[str, ...]]]:
    """双胞胎，一个没保住: a birth, or with the other one still in the womb no end at all; asked where it is not told."""
    intent = "critical_case" if born is False else "birth"
    doubt = () if born is not None else ("birth", "critical_case", "child_death")
    found: list[tuple[str, Cue, tuple[str, ...]]] = []
    for known, cue, _ in resolved:
        if cue.intent in _AN_END:
            found.append((intent, replace(cue, intent=intent, firm=True), doubt))
        elif known not in {"pregnancy", "antenatal_visit", "critical_case"}:
            found.append((known, cue, ()))
    return found


def _mutual(intent: str, other: str, resolved: list[tuple[str, Cue, tuple[str, ...]]]) -> bool:
    """Two that absorb each other: the one told first stays."""
    if other not in _ABSORBS.get(intent, ()) or intent not in _ABSORBS.get(other, ()):
        return False
    return next(known for known, _, _ in resolved if known in {intent, other}) == intent


def _in_bounds(kept: list[tuple[str, Cue, tuple[str, ...]]]) -> list[tuple[str, Cue, tuple[str, ...]]]:
    return sorted(kept, key=lambda one: one[1].start)


def _last_break(text: str) -> int:
    return max(text.rfind(mark) for mark in ",，。;；!！?？\n") + 1


def _clause_start(text: str, at: int, floor: int) -> int:
    cut = max(text.rfind(mark, floor, at) for mark in ",，。;；!！?？\n")
    return cut + 1 if cut >= floor else at


def _resolve(
    text: str, start: int, end: int, person: Person | None, cue: Cue, speaker: str
) -> tuple[str, Cue, tuple[str, ...]]:
    """Deaths are told in the same words of a child, a mother, a woman and the unborn: which of them it is."""
    if cue.intent == "follow_up" and re.search(r"月子|产后|产妇", text[start:end]):
        return "postnatal_visit", cue, ()
    if cue.intent not in {"death", "child_gone", "child_death", "maternal_death", "pregnancy_loss"}:
        return cue.intent, cue, ()
    piece = text[start:end]
    words = text[cue.start : cue.end]
    if cue.intent == "maternal_death":
        return "maternal_death", cue, ()
    if (
        cue.intent in {"death", "pregnancy_loss"}
        and person
        and (whose := whose_death(text[person.end : cue.start], words))
    ):
        if whose == "child" and cue.intent == "death":
            kind = "child_gone" if _WEAK.fullmatch(words) else "child_death"
            return _resolve(text, start, end, person, replace(cue, intent=kind), speaker)
        if whose == "nobody":
            return "", cue, ()
        if whose == "unclear" and cue.intent == "death":
            return "woman_death", cue, ("woman_death", "child_death")
    if kin := re.match(_KIN_OF_CHILD, words):
        if not kin["mother"]:
            return "", cue, ()
        died = "maternal_death" if _PREGNANT.search(piece) else "woman_death"
        return died, cue, ("woman_death", "maternal_death", "moved")
    if cue.intent == "child_death":
        return "child_death", cue, ()
    if cue.intent == "pregnancy_loss":
        before = text[max(start, cue.start - 8) : cue.start]
        born = text[start : cue.start].endswith("生的")
        if words[:1] == "那" and (born or _CHILD.search(words)):  # 那个娃没了, 生的那个没了
            return _resolve(text, start, end, person, replace(cue, intent="child_gone"), speaker)
        if words in _NOT_KEPT:
            if re.search(r"大人|产妇", before) and not re.search(r"保住了?大人", piece):
                return "maternal_death", cue, ()
            if re.search(r"孩子|娃|宝宝|小孩", before) and re.search(
                r"生下|生了|出生|早产|保温箱|天(?:就|后)", piece[: cue.start - start]
            ):
                return "child_death", cue, ()
        return "pregnancy_loss", cue, ()
    if cue.intent == "child_gone":
        if (words.endswith("走了") and _WENT.search(piece)) or owned_gone(words[:-2]):
            return "", cue, ()
        born, unborn = bool(_BORN.search(piece)), bool(_UNBORN.search(_SEVERAL.sub("", piece)))
        if born and not (unborn and not re.search(r"生|岁|天", piece)):
            return "child_death", cue, ()
        if unborn or re.search(r"[清刮]宫|流产|引产|人流|药流", piece):
            return "pregnancy_loss", cue, ()
        return (
            "pregnancy_loss" if speaker == "woman" else "child_death",
            cue,
            ("child_death", "pregnancy_loss"),
        )
    clause_at = start + _last_break(text[start : cue.start])
    before = text[clause_at : cue.start]
    if _OTHERS.search(text[max(clause_at, person.end if person else 0) : cue.start]) and not re.search(
        r"孩子|娃", before
    ):
        return "", cue, ()
    if re.match(
        rf"了?(?:一|两)?(?:个|位)?[^,，。]{{0,4}}?{_OTHERS.pattern}", text[cue.end : end]
    ) or re.match(r"了?(?:一|两)?(?:个|位)(?:老|[五六七八九]\s*十|[5-9]\d)", text[cue.end : end]):
        return "", cue, ()
    if _CHILD.search(before) or (
        _CHILD.search(piece)
        and not _ADULT.search(before)
        and not (person and person.start >= clause_at)
        and not _PREGNANT.search(piece)
    ):
        return "child_death", cue, ()
    weak = _WEAK.fullmatch(words) is not None
    if weak and re.search(
        r"(?:动|(?<!出)血|痛|疼|水|奶|电|钱|(?<![\d一二三四五六七八九十])号|事|题|经|心|力|意见|反应|感觉|水肿)$",
        before,
    ):
        return "", cue, ()
    if weak and _SINCE.fullmatch(before) and signs_in(text).past:
        return "", cue, ()  # 昨天流过一点血，现在没有了
    pregnant = _PREGNANT.search(piece) and not _NOT_PREGNANT.search(piece)
    if words in {"自杀", "喝农药", "上吊"}:
        return "", cue, ()
    if pregnant and (person or _ADULT.search(piece) or not weak):
        if weak and not re.search(
            r"人|抢救|大出血|去世|难产|发作|心脏病|脑溢血|车祸|"
            + (re.escape(person.name) if person else "产妇"),
            text[max(start, cue.start - 12) : cue.end],
        ):
            return "", cue, ()
        return "maternal_death", cue, ()
    if weak and words == "走了" and not re.search(r"抢救|病|昨|今|突然|癌|车祸|意外|岁", piece):
        return ("woman_death", cue, ("woman_death", "moved")) if person else ("", cue, ())
    if weak and not person and not _ADULT.search(before):
        return "", cue, ()
    if not person and not _ADULT.search(piece):
        return "woman_death", cue, ("maternal_death", "child_death", "woman_death")
    return "woman_death", cue, ()

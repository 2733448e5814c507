"""What a message states besides its event: dates with their meaning, people, numbers, places, children.

`gather` reads everything once; `fields_of` then takes, for one event and one stretch of the message, what
belongs to it. Values are JSON-plain. What was meant and cannot be (a 15-digit phone) is a refusal, what has
two honest meanings an ambiguity; neither becomes a field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from conversations.text import Ambiguous, Refusal, T

from .dates import find_dates, find_times, find_weeks, lmp_from_weeks
from .found import Found
from .ids import ResidentId, find_resident_ids
from .intents import Clause
from .lexicon import listed
from .name_words import SURNAME
from .numerals import number
from .people import Person
from .phones import find_phones
from .said import century
from .weights import find_weights

Problem = Refusal | Ambiguous

YOUNGEST, OLDEST = 10, 60
"""Age in years of a woman who may be pregnant or have been; outside it is a slip."""
LIGHTEST, HEAVIEST = 300, 7000
"""Birth weight in grams."""
FIRST_WEEK, LAST_WEEK = 3, 43
"""Completed weeks of pregnancy that can be told."""


@dataclass(slots=True)
class Facts:
    """Everything a message names, each with its place in the text."""

    text: str
    folded: str
    today: date
    speaker: str
    clauses: list[Clause]
    dates: list[Found[date]] = field(default_factory=list)
    phones: list[Found[str]] = field(default_factory=list)
    ids: list[Found[ResidentId]] = field(default_factory=list)
    weights: list[Found[int]] = field(default_factory=list)
    weeks: list[Any] = field(default_factory=list)
    times: list[Found[str]] = field(default_factory=list)
    village: tuple[str, int, int] | None = None
    people: list[Person] = field(default_factory=list)
    shown_wrong: tuple[int, int] = (0, 0)


_DIGIT = re.compile(r"[\d〇一二三四五六七八九十两廿卅半初]")
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}|\d{6,}")
_DAY = re.compile(r"\d ?[./-] ?\d|\d{6}|[日号天年月周晚早夜晨节初旬\d昨今前后明十期拜]|day|night|morrow")
_WEIGHT = re.compile(r"斤|两|克|kg|g\b|重|\d{4}")
_VILLAGE = re.compile(
    r"(?<![\u4e00-\u9fff])(?:我们?|在|是|住|住在|家住|来自|把|将|给|从|由|和|跟|查|看|到|去|请|让){0,3}([\u4e00-\u9fff]{2,4}?村)(?!委|民|医|里|上|干|长|支|主|卫|级|的?名单里)|([\u4e00-\u9fff]{2}村)(?!委|民|医|里|上|干|长|支|主|卫|级)"
)
_NO_VILLAGE = re.compile(
    r"我们|按村|单|[我俺咱]村|隔壁|本村|全村|外村|哪|那|这|一个|进村|每|各|同村|邻村|别|几|多|有|的村|农村|乡村|在村|到村|回村|城|山村|自然|行政|新村$"
)


def gather(
    text: str, folded: str, today: date, speaker: str, parts: list[Clause], villages: tuple[str, ...]
) -> Facts:
    """Read everything with a place from `text`; `folded` is the same in one spelling."""
    facts = Facts(text, folded, today, speaker, parts)
    if _DAY.search(folded):
        facts.dates = find_dates(folded, today)
    if _LONG_NUMBER.search(folded):
        facts.phones = find_phones(folded)
        facts.ids = find_resident_ids(folded)
    if _DIGIT.search(folded):
        if _WEIGHT.search(folded):
            facts.weights = find_weights(folded)
        facts.weeks = find_weeks(folded)
        facts.times = find_times(folded)
    facts.village = _village(folded, villages)
    return facts


_HAMLET = re.compile(
    rf"(?:^|[\n,，、。 ]|住在?|在|去|到|俺|我们?)([东西南北上下前后大小老新]?[\u4e00-\u9fff]{{1,2}}[沟湾塘坝庄屯寨坳圩坪垅畈塬峁窑坑坡洼冲])(?:[上里]?的|组|(?={SURNAME}[\u4e00-\u9fff]))"
)


def _village(text: str, villages: tuple[str, ...]) -> tuple[str, int, int] | None:
    for name in sorted(villages, key=len, reverse=True):
        for form in (name, name.removesuffix("村")):
            if len(form) >= 2 and (at := text.find(form)) >= 0:
                return name, at, at + len(form) + (text[at + len(form) : at + len(form) + 1] == "村")
    if "村" in text:
        for match in _VILLAGE.finditer(text):
            group = 1 if match[1] else 2
            if not _NO_VILLAGE.search(match[group]):
                return match[group], match.start(group), match.end(group)
    hamlet = _HAMLET.search(text)
    if hamlet and not _NO_VILLAGE.search(hamlet[1]):
        return hamlet[1], hamlet.start(1), hamlet.end(1)
    return None


def taken(facts: Facts) -> list[tuple[int, int]]:
    """The places of `facts` that hold no name."""
    groups: list[list[Any]] = [facts.dates, facts.phones, facts.ids, facts.weights, facts.weeks, facts.times]
    places = [(found.start, found.end) for group in groups for found in group]
    if "岁" in facts.folded:
        places += [match.span() for match in _SPELT_AGE.finditer(facts.folded)]
    if facts.village:
        places.append(facts.village[1:])
    if not _PLACE_WORDS.isdisjoint(facts.folded):
        places += [match.span() for match in _PLACE.finditer(facts.folded)]
    return places


@dataclass(slots=True)
class Taken:
    """Fields being gathered for one event, with what went wrong on the way."""

    fields: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def put(self, name: str, value: object) -> None:
        """Keep a value, or note the problem it is; what is already known stays."""
        if isinstance(value, Ambiguous):
            options = tuple((_plain(option), label) for option, label in value.options)
            self.problems.append(Ambiguous(name, options))
        elif isinstance(value, Refusal):
            self.problems.append(value)
        elif value is not None:
            self.fields.setdefault(name, _plain(value))


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


# --- dates -----------------------------------------------------------------------------------------------

_LABELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "next_appointment",
        re.compile(
            r"下次|下一次|预约|约(?:了|在|到|好|定)|(?<![大节])约$|复诊(?:时间|日期)|再(?:来|去)(?:查|检)"
        ),
    ),
    ("due_date", re.compile(r"预产|edc|edd|due|(?:到|要|快|该)[^,，。]{0,4}生(?!了|的|下)")),
    ("lmp", re.compile(r"末次|月经|例假|大姨妈|来事|lmp|停经|来红|经期|身上|last\s+(?:menstrual\s+)?period")),
    ("discharge_date", re.compile(r"出院")),
    ("birth_date", re.compile(r"生于|出生(?!缺陷)|生日|年生|born")),
)
_AGAIN = re.compile(r"\s*(?:再|要|得|还要)*(?:来|去)?(?:复查|复诊|再查|产检)")
_AFTER_BORN = re.compile(r"\s*(?:生的|出生|生下|生$|生于|生(?=[\s,，。])|born)")
_AFTER_DEAD = re.compile(r"[^,，。]{0,10}?(?:死|没了|走了|去世|过世|夭|不在|没救|没抢救|抢救无效|断气|没气)")
_TOLD = re.compile(r"发现|查出|测出|得知|知道|验出|登记|上报|报告|报的|上门|随访|访视|走访")


def _labelled(facts: Facts, start: int, end: int) -> list[tuple[str, Found[date]]]:
    """The dates of a stretch, each with what it is the date of (`""` where nothing says so)."""
    named: list[tuple[str, Found[date]]] = []
    floor = start
    dates = [found for found in facts.dates if start <= found.start < end]
    for index, found in enumerate(dates):
        clause = next((c for c in facts.clauses if c.start <= found.start < c.end), None)
        clause_start = max(start, clause.start if clause else start)
        clause_end = min(end, clause.end if clause else end)
        label, floor = _label(
            facts.folded,
            max(floor, clause_start),
            found,
            min(clause_end, dates[index + 1].start if index + 1 < len(dates) else end),
            facts.today,
            index + 1 < len(dates) and dates[index + 1].start <= clause_end,
        )
        named.append((label, found))
    return named


def _label(
    text: str, low: int, found: Found[date], high: int, today: date, next_touches: bool
) -> tuple[str, int]:
    before = text[low : found.start]
    best, place = "", -1
    for name, pattern in _LABELS:
        for match in pattern.finditer(before):
            if match.end() > place:
                best, place = name, match.end()
    if best:
        return best, found.end
    after = text[found.end : high]
    if _AFTER_BORN.match(after) and isinstance(found.value, date) and (today - found.value).days > 3650:
        return "birth_date", found.end
    if isinstance(found.value, date) and found.value > today and _AGAIN.match(after):
        return "next_appointment", found.end
    for name, pattern in _LABELS:
        behind = pattern.search(after[:12])
        # 5月6日建的末次月经6月18: what touches the next date is its label.
        if (
            behind
            and behind.start() <= 6
            and not (next_touches and re.fullmatch(r"[是为:：]*", after[behind.end() :]))
        ):
            return name, high
    return "", found.end


def _meant(stretch: str) -> str:
    """The one date a correction names, wherever in it: 改预产期，李梅，改成6月20号."""
    named = {name for name, pattern in _LABELS if pattern.search(stretch)}
    return named.pop() if len(named) == 1 else ""


def _due(facts: Facts, found: Found[date]) -> object:
    ahead = find_dates(facts.folded[found.start : found.end], facts.today, prefer="future")
    return ahead[0].value if ahead else found.value


def check_lmp(day: date, today: date) -> Refusal | None:
    """A last menstruation lies in the past, and not over 43 weeks back."""
    if day > today:
        return Refusal(T("末次月经{day}还没到。请说已经过去的日子，比如 9月3号。", day=day))
    if (today - day).days > LAST_WEEK * 7 + 6:
        return Refusal(T("末次月经{day}到今天超过43周了。请再看一下，比如 9月3号。", day=day))
    return None


def check_due(day: date, today: date) -> Refusal | None:
    """A due date lies between three weeks ago and 41 weeks from today."""
    if not today - timedelta(weeks=3) <= day <= today + timedelta(weeks=41):
        return Refusal(T("预产期{day}离今天太远。预产期应在今后41周以内，比如 明年6月10号。", day=day))
    return None


def check_weeks(weeks: float) -> Refusal | None:
    """Weeks of pregnancy are 3 to 43."""
    if not FIRST_WEEK <= weeks <= LAST_WEEK:
        return Refusal(T("孕{weeks}周不大可能。孕周在3到43之间，比如 12周加3天。", weeks=weeks))
    return None


def check_age(age: float) -> Refusal | None:
    """A woman this is about is 10 to 60 years old."""
    if not YOUNGEST <= age <= OLDEST:
        return Refusal(T("{age}岁不大可能。请说她的周岁，比如 28。", age=age))
    return None


def check_weight(grams: float) -> Refusal | None:
    """A birth weight is 300 to 7000 grams."""
    if not LIGHTEST <= grams <= HEAVIEST:
        return Refusal(T("出生体重{grams}克不大可能。请再看一下，比如 6斤8两 或 3200克。", grams=grams))
    return None


_PREGNANT_NOW = listed(
    "pregnancy booking antenatal_visit risk_grade referral follow_up none own_status moved lost_contact critical_case correct"
)
_CHILDS = listed("child_death birth_defect newborn_visit")
_NO_DATE = listed("roster_query own_status help question opt_out opt_in wrong_number change_phone")


def _dates(facts: Facts, start: int, end: int, intent: str, cue: int, got: Taken) -> None:
    if intent in _NO_DATE:
        return
    loose: list[Found[date]] = []
    for label, found in _labelled(facts, start, end):
        value = found.value
        if facts.shown_wrong[0] <= found.start < facts.shown_wrong[1]:
            continue
        if label == "due_date":
            value = _due(facts, found)  # type: ignore[assignment]
            got.put(label, (isinstance(value, date) and check_due(value, facts.today)) or value)
        elif label == "lmp":
            value = _likely(value, lambda day: not check_lmp(day, facts.today))
            got.put(label, (isinstance(value, date) and check_lmp(value, facts.today)) or value)
        elif label == "next_appointment" and intent == "visit_later":
            loose.append(found)
        elif label == "next_appointment":
            got.put(label, _due(facts, found))
        elif label == "discharge_date" and intent == "critical_case":
            got.put("date", value)
        elif label == "discharge_date" and isinstance(value, date):
            ahead = _due(facts, found)  # 预计10月16日出院
            planned = re.search(
                r"预计|打算|准备|拟|要|明|后天|下", facts.folded[max(0, found.start - 4) : found.end]
            )
            near = isinstance(ahead, date) and (
                planned is not None or (ahead - facts.today).days <= 14 < (facts.today - value).days
            )
            got.put(label, ahead if near else value)
        elif label == "discharge_date" or (label == "birth_date" and intent != "birth"):
            got.put(label, value)
        elif intent == "correct" and not label and (meant := _meant(facts.folded[start:end])):
            got.put(meant, _due(facts, found) if meant in {"due_date", "next_appointment"} else value)
        elif intent in _CHILDS and _AFTER_BORN.match(facts.folded[found.end : end]):
            got.put("birth_date", value)
        else:
            loose.append(found)
    _event_date(facts, intent, cue, loose, got)


def _event_date(facts: Facts, intent: str, cue: int, loose: list[Found[date]], got: Taken) -> None:
    clause = next((c for c in facts.clauses if c.start <= cue < c.end), None)
    near = (clause.start, clause.end) if clause else (0, 0)
    # The nearest in the clause of the cue wins: 9月1号生的孩子，9月3号走了.
    ordered = sorted(
        loose,
        key=lambda f: (False, abs(f.start - cue)) if near[0] <= f.start < near[1] else (True, f.start),
    )
    if intent == "visit_later" and len(ordered) > 1:  # 今天不去了，明天再去
        ordered.sort(key=lambda f: _due(facts, f) == facts.today)
    for found in ordered:
        value = _due(facts, found) if intent == "visit_later" else found.value
        if intent in _RECENT:
            value = _likely(value, lambda day: 0 <= (facts.today - day).days <= RECENT)
        if intent == "pregnancy":
            _pregnancy_date(facts, found, got)
        elif (
            isinstance(value, date)
            and value > facts.today
            and intent not in {"visit_later", "correct", "referral"}
        ):
            continue
        elif "date" not in got.fields:
            got.put("date", value)
    if intent in _RECENT and not ordered and not _A_DAY.search(facts.folded):
        low = clause.start if clause else 0
        if _TODAY.search(facts.folded, low, cue):
            got.put("date", facts.today)


_RECENT = listed(
    "birth pregnancy_loss maternal_death child_death woman_death postnatal_visit newborn_visit follow_up booking antenatal_visit visit_done critical_case"
)
RECENT = 120
"""Days within which what is told happened, where its day may be understood in two ways."""
_TODAY = re.compile(
    r"一大早|大清早|清早|早上|早晨|上午|中午|晌午|下午|刚才|刚刚|刚(?=去|从|给|打|到|生|来|在)|今儿|上昼|下昼"
)
_A_DAY = re.compile(r"[昨前]|周|星期|礼拜|[天日号月](?!检查|产检)|那|\d[./-]\d")


def _likely(value: object, passes: Callable[[date], bool]) -> Any:
    """Of several readings of a day the one that can be; all of them where it is not one."""
    if not isinstance(value, Ambiguous):
        return value
    days = [day for option, _ in value.options if (day := _as_day(option)) and passes(day)]
    return days[0] if len(days) == 1 else value


def _as_day(value: object) -> date | None:
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None


def _pregnancy_date(facts: Facts, found: Found[date], got: Taken) -> None:
    """A date beside 怀孕 that says not of what: found out then, due then, born then, or to be asked."""
    value = found.value
    if not isinstance(value, date):
        if isinstance(value, Ambiguous) or not {"lmp", "due_date", "gestational_weeks"} & got.fields.keys():
            got.put("lmp", value)
        return
    years = (facts.today - value).days / 365.25
    if YOUNGEST <= years <= OLDEST:
        got.put("birth_date", value)
    elif (
        not re.search(r"\d|[一二三四五六七八九十初]", found.text)
        or (facts.today - value).days < 14
        or {"lmp", "due_date", "gestational_weeks"} & got.fields.keys()
        or _TOLD.search(facts.folded)
    ):
        if value <= facts.today:
            got.put("date", value)
    elif value > facts.today:
        got.put("due_date", check_due(value, facts.today) or value)
    else:
        got.put(
            "lmp",
            Ambiguous(
                "lmp",
                (
                    (value.isoformat(), T("末次月经是{day}", day=value)),
                    (None, T("{day}是发现怀孕的日子", day=value)),
                ),
            ),
        )


def _weeks(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    for found in facts.weeks:
        if not start <= found.start < end:
            continue
        value = found.value
        if isinstance(value, Problem):
            got.put("gestational_weeks", value)
            return
        if refused := check_weeks(value.weeks):
            got.put("gestational_weeks", refused)
            return
        got.put("gestational_weeks", value.weeks)
        if value.days is not None and intent in _PREGNANT_NOW:
            told = got.fields.get("date")
            on = (
                date.fromisoformat(told)
                if told and intent in {"booking", "antenatal_visit", "risk_grade", "referral"}
                else facts.today
            )
            got.put("lmp", lmp_from_weeks(value, on))
        return


# --- who -------------------------------------------------------------------------------------------------

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
_SPELT_AGE = re.compile(r"[一二三四五六]?十?[一二三四五六七八九十]多?周?岁|\d{1,3}多?周?岁")
_AGE = re.compile(
    r"(虚)?(?:今年|年龄|年纪|现年|刚满?|快|才)?[:： 是]*(?P<n>\d{1,3}|[一二三四五六七八九十]{1,3})(?:多)?\s*(?:周?岁|虚岁|years?\s+old|yo\b)(?P<rest>[的]?(?:孩子|小孩|娃|儿子|女儿))?"
)
_NOT_HER_AGE = re.compile(
    r"(?:丈夫|老公|爱人|男人|孩子|娃|儿子|女儿|老大|老二|大的|小的|婆婆|公公|男方|宝宝|小孩)[^,，。]{0,5}$"
)
_AGE_WORDS = ("岁", "age", "year", "年龄", "yo")
OLDEST_OF_ALL = 120
YEAR = r"(?<![\d〇零一二三四五六七八九十])((?:19|20)\d\d|\d\d|[一二][九〇零][〇零一二三四五六七八九]{2}|[〇零五六七八九][〇零一二三四五六七八九])"
_BORN_IN = re.compile(YEAR + r"(?:年份?(?:生人|出生的?|生的?(?![了下一个男女])|的)|生人)")
# 李梅，28，头胎: a number of her years right behind her name.
_BARE_AGE = re.compile(
    r"(?:[,，、:： ]|\([^()]{1,6}\)|今年|她|才|刚)*(1[4-9]|[2-4]\d)(?=$|[,，、;；。 ]|了|(?:怀|孕(?!\d)|末|头|初))"
)
_WITH_BARE_AGE = listed("pregnancy woman_death preconception booking none")
_PLAIN_AGE = re.compile(r"(?:年龄|年纪|age)[:： 是]*(\d{2})")


def _phone(facts: Facts, start: int, end: int, got: Taken) -> None:
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


def _id(facts: Facts, start: int, end: int, got: Taken) -> None:
    for found in facts.ids:
        if start <= found.start < end:
            if isinstance(found.value, ResidentId):
                got.put("resident_id", found.value.number)
                got.put("birth_date", found.value.birth_date)
            else:
                got.put("resident_id", found.value)
            return


def years_old(born: int, today: date) -> Ambiguous | Refusal:
    """The age of a woman born in the year `born`: two answers, by whether her birthday is over."""
    years = today.year - born
    return check_age(years) or Ambiguous(
        "age",
        (
            (years, T("{n}周岁，今年生日已经过了", n=years)),
            (years - 1, T("{n}周岁，今年生日还没到", n=years - 1)),
        ),
    )


def birth_year(words: str, today: date) -> int:
    """The year of 1998, 98 or 九八."""
    year = int("".join(str(number(digit)) for digit in words))
    return year if year > 99 else century(year, today)


def _age(facts: Facts, start: int, end: int, intent: str, person: Person | None, got: Taken) -> None:
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
    if "年" in stretch and intent not in _CHILDS:
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


# --- the pregnancy ---------------------------------------------------------------------------------------

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


def _pregnancy(facts: Facts, start: int, end: int, got: Taken) -> None:
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


# --- places, measures, reasons ---------------------------------------------------------------------------

_PLACE = re.compile(
    r"(?:(?:(?!在|到|去|送|往|从|于|是|了|的|昨|今|前天|晚上|下午|上午|早上|生|我|她|被|给|回|转|来|由|和|院|天|夜|晨)[\u4e00-\u9fff]){2,4}?(?:县|市|区|镇|乡|省))?"
    r"(?:省|市|县|区|镇|乡|村|中心|人民|中医|妇幼|保健|儿童|第[一二三四五六]|附属|红十字|骨科|协和|赣南|医学院|大学|民营|私立|妇产|总|上级|外地|当地){0,8}"
    r"(?:医院|卫生院|保健院|妇幼院|妇保院|妇幼|卫生室|卫生所|卫生服务中心|诊所|急救中心|一附院)"
)
_PLACE_WORDS = frozenset("院幼室所诊心")
"""One of them stands in every `_PLACE`."""
_AT_HOME = re.compile(
    r"在(?:自己)?(?:家|屋)里?(?!属|人|门口|医院)|家里|自己家|家中|屋里|(?:家|屋)里(?:生|接)|at\s+home|在娘家|在婆家|在老家"
)
_ON_ROAD = re.compile(
    r"路上|半路|途中|车上|救护车(?:上|里)|在救护车|半道|路边|on\s+the\s+(?:way|road)|in\s+the\s+(?:car|ambulance)"
)
_COMES_FROM = re.compile(r"来自([\u4e00-\u9fff]{2,12})")
_FROM_TO = re.compile(
    r"(?:从|由|来自|接(?!诊|到|收))(?P<a>[^,，。从由到]{2,14}?)(?:转诊?(?:到|往|去|至|入)?|到|往|送(?:到|往)?|迁(?:到|往)?|搬(?:到|去)?|来|回来|过来|迁入|搬来|转来|嫁来|嫁过来)(?P<b>[^,，。;；了\s]{2,14}?(?=$|[,，。;；了\s]|因|由于))?"
    r"|(?P<a2>[\u4e00-\u9fff]{2,14})\s*(?:→|-+>|=+>|⇒)\s*(?P<b2>[\u4e00-\u9fff]{2,14})"
)
_TO = re.compile(
    r"(?:下(?=广东|深圳|东莞|广州|珠海|海南|福建|浙江)|转诊?|转院|送|搬|迁|嫁|去|回|推荐)(?:诊|院)?(?:了)?(?:到|往|去|至|送|入)?(?P<b>(?!来)[\u4e00-\u9fff]{2,14}?)(?=了|买|租|带|陪|打工|务工|上班|住|做|养|待产|生活|定居|那边|去|[\s,，。;；]|$)"
)


# 没赶上去医院, 来不及送医院: it was not there.
_NOT_THERE = re.compile(
    r"(?:没(?:有)?(?:赶上|来得及|去|到|送|赶到)|未(?:去|到|送)|来不及|不肯|不愿|不去)(?:去|到|上|送|赶到)*(?:$|医院)"
)


def _places(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    hospital = None if _PLACE_WORDS.isdisjoint(stretch) else _PLACE.search(stretch)
    if hospital and _NOT_THERE.search(stretch[: hospital.start()]):
        hospital = None
    if intent in {"birth", "pregnancy_loss", "maternal_death", "child_death", "woman_death", "critical_case"}:
        road, home = _ON_ROAD.search(stretch), _AT_HOME.search(stretch)
        if home and home[0][0] != "在" and any(one.end == start + home.start() for one in facts.people):
            home = None  # 李梅家里添丁 says whose, not where.
        kind = (
            "road"
            if road
            else "home"
            if home and not (hospital and re.search(r"没抢救|抢救无效|送", stretch))
            else "hospital"
            if hospital or "hospital" in stretch or ("医院" in stretch and not _NOT_THERE.search(stretch))
            else None
        )
        if (
            kind == "home"
            and hospital
            and hospital.start() > (home.start() if home else 0)
            and re.search(r"没?送", stretch)
        ):
            kind = "hospital"
        got.put("place_kind", kind)
        match = road if kind == "road" else home if kind == "home" else hospital
        if match:
            got.put("place", facts.text[start + match.start() : start + match.end()].lstrip("在"))
    elif hospital and intent in {
        "booking",
        "antenatal_visit",
        "risk_grade",
        "birth_defect",
        "postnatal_visit",
        "newborn_visit",
    }:
        got.put("institution", facts.text[start + hospital.start() : start + hospital.end()])
    if intent in {"referral", "moved"}:
        _way(facts, start, stretch, intent, got)


_INWARD = re.compile(
    r"搬来|搬进|搬回|迁入|迁来|迁回|嫁(?:到我们|到本|来|入|过来|进)|回来|新来|租(?:房|住)|来(?:我们|我|本)村|到(?:我们|我|本)村|转入|流入|从[^,，。]{1,8}(?:来|回|过来|搬来|迁来)|回(?:了)?(?:村|娘家(?:来|住))|in\b"
)
_STAY = re.compile(r"^(?:娘家|老家|婆家|本村|我们村|我村|村里|这里|来住|来|了|走|家|出|村)$")


def _way(facts: Facts, start: int, stretch: str, intent: str, got: Taken) -> None:
    if intent == "moved":
        got.put("direction", "in" if _INWARD.search(stretch) else "out")
    origin = _FROM_TO.search(stretch)
    if intent == "moved" and origin is None and len(facts.people) < 2:
        origin = _FROM_TO.search(facts.folded)  # told with her pregnancy between
        start, stretch = (0, facts.folded) if origin else (start, stretch)
    if comes := _COMES_FROM.search(stretch):
        got.put("from_place", facts.text[start + comes.start(1) : start + comes.end(1)])
    a, b = ("a2", "b2") if origin and origin["a2"] else ("a", "b")
    if origin and not re.match(r"\d|昨|今|上个?月|这个月", origin[a]):
        source = facts.text[start + origin.start(a) : start + origin.end(a)].strip()
        got.put("from_place", re.sub(r"(?:打工|务工|上班|做事)$", "", source) or None)
    targets = [origin.span(b)] if origin and origin[b] else [one.span("b") for one in _TO.finditer(stretch)]
    for low, high in targets:
        place = facts.text[start + low : start + high].strip()
        place = re.sub(r"^(?:到|往|去|至|了)+|(?:去|了|来|住)+$", "", place)
        if any(one.name in place for one in facts.people) or re.match(r"待产|养胎|孕妇|产妇", place):
            continue
        if len(place) >= 2 and not _STAY.match(place) and not re.match(r"我们|本村|村", place):
            got.put("to_place", place)
    if intent == "moved" and "娘家" in stretch:
        got.put("to_place", "娘家")


_BP = re.compile(
    r"(?:血压|bp)?[:： 是]*(?<!\d)(\d{2,3})\s*/\s*(\d{2,3})(?!\s*/|\d)|(?:血压|bp)[:： 是有]*(\d{2,3})(?:[ ,，、和到比—-]|[,， ]*低压)+(\d{2,3})(?!\d)"
)
_UPPER_LOWER = re.compile(
    r"(?:高压|收缩压|上压)[:： 是为]*(?P<u>\d{2,3})\D{0,6}?(?:低压|舒张压|下压)[:： 是为]*(?P<l>\d{2,3})"
)
_HB = re.compile(r"(?:血红蛋白|血色素|hb|hgb)[:： 是为]*(\d{2,3})")
_BODY = re.compile(r"体重(?:是|有|为|[:： ])*(\d{2,3}(?:\.\d)?)\s*(公斤|千克|kg|斤)?")
_VISIT = re.compile(
    r"第\s*([一二三四五六七八九十\d]{1,2})\s*次(?:产检|检查|产前|孕检|随访|访视)|([一二三四五])检(?!查)"
)
_NTH = re.compile(r"第\s*([一二三四五六七八九十\d]{1,2})\s*次(?!怀|孕|胎|妊娠|剖|生|流|住院)")
_COLOURS = {"绿": "green", "黄": "yellow", "橙": "orange", "红": "red", "紫": "purple"}
_COLOUR = re.compile(r"(绿|黄|橙|红|紫)色?(?!疸|体|皮|褥|细胞|蛋白|旗|包|糖|枣|十字|肿|霉)")
_FACTORS = re.compile(
    r"(?:重度|中度|轻度)?贫血|疤痕子宫|瘢痕子宫|高龄|双胎|双胞胎|三胎(?!妊)|前置胎盘|胎盘低置|妊高症|妊娠期?高血压|子痫前期|妊娠期?糖尿病|糖尿病|甲减|甲亢|甲状腺\w{0,4}|乙肝|梅毒|艾滋病?|hiv|臀位|巨大儿|胎位不正|横位|剖宫产史|流产史|高血压|心脏病|肾病|癫痫|哮喘|肥胖|血小板(?:减少|低)|羊水过[多少]|胎儿生长受限|血型阴性|rh阴性|哮喘|身材矮小|结核|肝炎|抑郁症?|先兆流产|早产史|死胎史|子宫肌瘤"
)
_CAUSE = re.compile(
    r"(?:死于|死因(?:是|为|[:：])?|原因(?:是|为|[:：])?|因为|由于|因)\s*(?P<c>[^,，。;；!！\n]{2,40}?)\s*(?:而|所以)?(?:死亡?了?|去世了?|过世了?|走了|没了|夭折了?|不在了|没保住|流产了?|引产了?|没抢救过来|抢救无效|转诊|转到|转往|转院|转|评为|评定|定为|[,，。;；!！\n]|$)|(?P<d>大?出血|羊水栓塞|子痫|难产|车祸|溺水|窒息|肺炎|心脏病|先天性心脏病|脑出血|癌症?|[\u4e00-\u9fff]{1,3}癌|自杀|喝农药|上吊|触电|中毒|产后(?:大)?出血|早产|呛奶|摔|心梗|败血症|肺栓塞|白血病)(?=[^,，。]{0,3}(?:死|去世|过世|走|没|夭|不在|抢救|,|，|。|\s|$))"
)
_PROBLEM = re.compile(
    r"(?<!没)(?<!没有)(?:(?<!没)有(?:点|些)?|出现)?(?<!没有)(?<!没)(?:问题|不舒服|异常|水肿|浮肿|贫血|血压高|血糖高|发炎|奶水不足|情绪低落|伤口[^,，。好]{1,6})"
)
_FINE = re.compile(
    r"(?:一切|都|情况|身体|母[子女婴]|恢复|指标|结果|检查|大人|孩子|宝宝|娃)[^,，。没不]{0,6}(?:正常|好|良好|平安|健康|稳定|不错|可以)|没(?:有|什么|啥|事)?(?:什么|啥)?(?:问题|异常|不适|不舒服|不对|毛病|大碍|事)|[还挺都蛮]好|无(?:异常|不适|殊)|正常|平安|没事"
)


def _measures(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    if match := _UPPER_LOWER.search(stretch) or _BP.search(stretch):
        upper, lower = (int(found) for found in match.groups() if found)
        if 60 <= upper <= 260 and 30 <= lower < upper:
            got.put("systolic", upper)
            got.put("diastolic", lower)
    if match := _HB.search(stretch):
        got.put("haemoglobin", int(match[1]))
    if (
        "体重" in stretch
        and intent in {"antenatal_visit", "booking", "postnatal_visit", "correct", "follow_up"}
        and (match := _BODY.search(stretch))
    ):
        value = float(match[1]) / (2 if match[2] == "斤" else 1)
        if 30 <= value <= 200:
            got.put("weight_kg", value)
    if ("次" in stretch or "检" in stretch) and (match := _VISIT.search(stretch)):
        got.put("visit_number", int(number(match[1] or match[2]) or 0) or None)
    elif intent == "antenatal_visit" and (match := _NTH.search(stretch)):
        got.put("visit_number", int(number(match[1]) or 0) or None)
    if intent == "risk_grade":
        if colours := [match[1] for match in _COLOUR.finditer(stretch)]:
            # 由黄转橙: it is what it has become.
            changed = len(colours) > 1 and re.search(r"转|升|降|变|改|调|→|->", stretch)
            got.put("colour", _COLOURS[colours[-1 if changed else 0]])
        if factors := [m[0] for m in _FACTORS.finditer(stretch)]:
            got.put("factors", factors)


def _story(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    """Causes, reasons, findings: told in words and kept as words."""
    stretch = facts.folded[start:end]
    if intent in {"maternal_death", "woman_death", "child_death", "pregnancy_loss"}:
        if match := _CAUSE.search(stretch):
            group = "c" if match["c"] else "d"
            got.put("cause", facts.text[start + match.start(group) : start + match.end(group)])
    elif intent in {"referral", "withdraw", "opt_out", "assign", "moved", "lost_contact"}:
        if (match := _CAUSE.search(stretch)) and match["c"]:
            got.put("reason", facts.text[start + match.start("c") : start + match.end("c")])
    elif intent == "critical_case" and re.search(
        r"自动出院|自行出院|强行出院|签字出院|放弃治疗|不听劝", stretch
    ):
        got.put("self_discharge", True)
    elif intent in {"follow_up", "postnatal_visit", "newborn_visit"}:
        if match := _FINE.search(stretch):
            got.put("problem", False)
            got.put("finding", facts.text[start + match.start() : start + match.end()])
        elif match := _PROBLEM.search(stretch):
            got.put("problem", True)
            got.put("finding", facts.text[start + match.start() : start + match.end()])
        if intent == "follow_up":
            got.put(
                "mode",
                "phone"
                if re.search(r"电话|打给|微信|视频|联系了", stretch)
                else "home"
                if re.search(r"上门|家访|入户|走访|[去到][^,，。]{0,5}家|看望|去看|家里", stretch)
                else None,
            )
    elif intent in {"preconception", "pregnancy"} and "叶酸" in stretch:
        if re.search(
            r"没(?:有)?(?:吃|领|发|服|给)[^,，。]{0,4}叶酸|叶酸[^,，。]{0,3}(?:没|未)|未(?:领|服|发)", stretch
        ):
            got.put("folic_acid", False)
        elif re.search(
            r"(?:领|发|吃|服|给|拿|送)[^,，。]{0,8}叶酸|叶酸[^,，。]{0,4}(?:领|发|吃|服|给|拿|送)", stretch
        ):
            got.put("folic_acid", True)
    elif intent == "contraceptive_reaction" and (
        match := re.search(
            r"[^,，。;；]{0,6}(?:反应|出血|过敏|疼|痛|恶心|呕吐|想吐|头晕|不调|不规则|不适|不舒服|脱落|掉了|异位|感染)[^,，。;；]{0,6}",
            stretch,
        )
    ):
        got.put("finding", facts.text[start + match.start() : start + match.end()].strip())


# --- birth and children ----------------------------------------------------------------------------------

_SEX = re.compile(
    r"(?P<female>女孩|女婴|女娃|女宝|女儿|女仔|闺女|孙女|妹俚|妹哩|细妹|囡囡|小公主|赔钱货|千金|姑娘|丫头|妹仔|妹子|妹崽|妹儿|妹陀|妹娃|妮儿|妮子|囡囡?|小棉袄|女的|女(?!方|人|士|性孕|性患|婿|生孩)|\bgirls?\b|\bfemale\b|daughter)"
    r"|(?P<male>男孩|男婴|男娃|男宝|儿子|男仔|带把|小子|公子|孙子|大?胖孙|男丁|细伢|细崽|毛小子|大胖小|儿娃子?|伢子|男的(?!生)|崽(?!崽)|男(?!人|方|士|性|朋)|\bboys?\b|\bmale\b|\bson\b)"
)
_COUNTED_SEX = re.compile(
    r"(?<![老第])([两二俩三双2-3])\s*个?\s*(?:都是)?\s*(男|女|儿子|千金|闺女|姑娘|丫头)|都是(男|女|儿子|千金|闺女)"
)
_TWINS = re.compile(r"双胞胎|双[男女]|双胎|龙凤胎|一对|两个(?!月|小时|多|钟|星期|礼拜)|俩(?!月)|twins")
_TRIPLETS = re.compile(r"三胞胎|三个(?:孩|男|女|娃|宝)|triplets")
_MODES = (
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
_MOTHER_WELL = re.compile(
    r"母[子女婴](?:都|均|俱)?(?:平安|安|健康|好|正常)|大人(?:小孩|孩子|娃)?[^,，。没不死]{0,4}(?:平安|好|没事|正常|健康|可以)|母[子女]都好|产妇[^,，。没不死]{0,6}(?:平安|良好|正常|好|没事|稳定)|大小(?:都)?(?:平安|好)|mother\s+(?:is\s+)?(?:well|fine|ok)"
)
_MOTHER_PROBLEM = re.compile(
    r"(?:大人|产妇|她)[^,，。]{0,6}(?:大出血|抢救|不好|危险|住院|发烧|情况不)|产后大?出血|会阴.{0,3}裂"
)


# 剖 女 3300: grams, right behind the sex.
_BARE_GRAMS = re.compile(r"(?:男|女|孩|婴|儿|子|重)[:：,，、 ]*([1-5]\d{2}0)(?![\d年.-])")
_OF_CHILDREN = frozenset("男女儿闺千姑丫妹棉把小公伢崽仔胎凤对俩个bgfms死活没")


def _children(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    if not facts.weights and _OF_CHILDREN.isdisjoint(stretch):
        return
    weights = [f for f in facts.weights if start <= f.start < end]
    sexes = [
        (m.start(), "female" if m["female"] else "male")
        for m in _SEX.finditer(stretch)
        if not facts.shown_wrong[0] <= start + m.start() < facts.shown_wrong[1]
    ]
    if not weights and intent == "birth" and (bare := _BARE_GRAMS.search(stretch)):
        weights = [Found(int(bare[1]), start + bare.start(1), start + bare.end(1), bare[1])]
    if re.search(r"龙凤", stretch) and not sexes:
        sexes = [(0, "female"), (1, "male")]
    if counted := _COUNTED_SEX.search(stretch):
        many = 3 if counted[1] in {"三", "3"} else 2
        if counted[3] and _TRIPLETS.search(stretch):
            many = 3
        sex = "female" if (counted[2] or counted[3])[0] in "女千闺姑丫" else "male"
        sexes = [(counted.start(), sex)] * many
    count = 3 if _TRIPLETS.search(stretch) else 2 if _TWINS.search(stretch) else 1
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
    grams: list[int] = []
    for found in weights:
        if isinstance(found.value, Problem):
            got.put("birth_weight_g", found.value)
        elif refused := check_weight(found.value):
            got.put("birth_weight_g", refused)
        else:
            grams.append(found.value)
    children: list[dict[str, Any]] = [{} for _ in range(count)]
    for child, (_, sex) in zip(children, sexes, strict=False):
        child["sex"] = sex
    for child, weight in zip(children, grams, strict=False):
        child["birth_weight_g"] = weight
    if count == 1 and len({sex for _, sex in sexes}) > 1:
        children[0].pop("sex", None)
        got.problems.append(Ambiguous("sex", (("female", T("女")), ("male", T("男")))))
    if intent == "birth":
        _alive(stretch, children)
        if count > 1:
            got.put("child_count", count)
        if any(children):
            got.fields["children"] = children
    if count == 1:
        for name, value in children[0].items():
            got.put(name, value)


def _alive(stretch: str, children: list[dict[str, Any]]) -> None:
    if not (_STILL.search(stretch) or re.search(r"活", stretch)):
        return
    if len(children) == 1:
        if _STILL.search(stretch):
            children[0]["alive"] = False
        return
    told = {(m["one"] or m["two"]): m["dead"] is None for m in _EACH.finditer(stretch)}
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


def _birth(facts: Facts, start: int, end: int, got: Taken) -> None:
    stretch = facts.folded[start:end]
    for mode, pattern in _MODES:
        if pattern.search(stretch):
            got.put("delivery_mode", mode)
            break
    if _MOTHER_PROBLEM.search(stretch):
        got.put("mother_state", "problem")
    elif _MOTHER_WELL.search(stretch):
        got.put("mother_state", "well")


_LOSS_KINDS = (
    ("ectopic", re.compile(r"宫外孕|异位|ectopic")),
    ("stillbirth", re.compile(r"死产|死在肚|胎死|stillb|生下来(?:就)?(?:是死|没气|没哭|死)|死胎")),
    (
        "induced_abortion",
        re.compile(
            r"人流|引产|引了产|引掉|引下来|[天周号日]引的|药物流产|打胎|打掉|打了|做掉|做了|拿掉|药流|无痛|不要(?:了|这)|没要|终止|引掉|刮掉|abortion"
        ),
    ),
    (
        "miscarriage",
        re.compile(
            r"流产|小产|流了|流掉|流下来|滑胎|掉胎|掉了|落胎|胎停|停育|停胎|稽留|没保住|没保下|保不住|没留住|没坐|生化|没胎[心芽]|空囊|枯萎|发育|胎化|滑了|滑掉|跌了|没站|没落住|没怀|小月|没有胎心|胎心没|没心跳|胎没|胎儿没|肚子?里[^,，。]{0,5}没|落了|miscarr|葡萄胎"
        ),
    ),
)


def _loss(facts: Facts, start: int, end: int, got: Taken) -> None:
    stretch = facts.folded[start:end]
    for kind, pattern in _LOSS_KINDS:
        if pattern.search(stretch):
            weeks = got.fields.get("gestational_weeks")
            if kind in {"stillbirth", "miscarriage"} and weeks is not None:
                # A stillbirth is a loss from 28 weeks on, counted among deliveries (requirements §2).
                kind = "stillbirth" if weeks >= 28 else "miscarriage"
            got.put("loss_kind", kind)
            return


def _stage(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    stretch = facts.folded[start:end]
    if intent == "maternal_death":
        if re.search(r"产后|生完|生了|生下|月子|剖(?:完|了|后)|postpartum", stretch):
            got.put("death_stage", "postpartum")
        elif re.search(
            r"难产|生(?:孩子|娃|产)?(?:时|的时候|过程)|临产|生产|产时|产程|分娩|手术台|产房|生孩子|labour",
            stretch,
        ):
            got.put("death_stage", "labour")
        elif re.search(r"孕|怀", stretch):
            got.put("death_stage", "pregnant")
    elif re.search(r"(?:没有?|未|不是|没在?)(?:怀孕|孕)|没怀|未孕|非孕|不在孕", stretch):
        got.put("pregnant_or_postpartum", False)


_DEFECT = re.compile(
    r"(?:兔唇|唇腭裂|唇裂|腭裂|豁嘴|先天性[\u4e00-\u9fff]{2,8}?(?=[,，。了的在]|$)|先心病?|[六多并]指|多趾|并趾|马蹄足|无脑儿?|脑积水|脊柱裂|脊膜膨出|唐氏(?:综合征|儿)?|21三体|尿道下裂|肛门闭锁|无肛|没(?:有)?肛门|连体|短肢|小耳|缺耳|缺指|隐睾|食道闭锁|膈疝|腹裂|脐膨出|[\u4e00-\u9fff]{1,4}畸形|畸形|cleft\s+(?:lip|palate))"
)


def _defect(facts: Facts, start: int, end: int, got: Taken) -> None:
    if match := _DEFECT.search(facts.folded[start:end]):
        kind = facts.text[start + match.start() : start + match.end()]
        got.put("defect_kind", re.sub(r"^.*?(?:是|有|得了|患|发现|个|查出|说|的|为)(?=..)", "", kind))


Extractor = Callable[[Facts, int, int, Taken], None]
_WHO_ONLY = listed("wrong_number opt_out opt_in withdraw verify help question")
_WITH_CHILD = listed("birth child_death birth_defect newborn_visit pregnancy_loss correct none")
_WITH_PREGNANCY = listed("pregnancy booking roster_query preconception birth correct none moved")
_WITH_TIME = listed("birth maternal_death child_death woman_death critical_case visit_later correct")


def fields_of(facts: Facts, intent: str, start: int, end: int, cue: int, person: Person | None) -> Taken:
    """The fields of one event told between `start` and `end`, whose cue stands at `cue`."""
    got = Taken()
    child_only = intent in _CHILDS
    for one in facts.people:
        if start <= one.start < end and one.role in {"child", "mother"}:
            got.put(
                "child_name" if one.role == "child" else "mother_name" if child_only else "woman_name",
                one.name,
            )
    if person is not None and person.role == "woman":
        got.put("mother_name" if child_only else "woman_name", person.name)
    if facts.village and (start <= facts.village[1] < end or len(facts.people) < 2):
        got.put("village", facts.village[0])
    _phone(facts, start, end, got)
    _id(facts, start, end, got)
    if intent in _WHO_ONLY:
        return got
    _age(facts, start, end, intent, person, got)
    _dates(facts, start, end, intent, cue, got)
    _weeks(facts, start, end, intent, got)
    if intent in _WITH_TIME:
        for clock in facts.times:
            if start <= clock.start < end:
                got.put("time", clock.value)
                break
    if intent in _WITH_PREGNANCY:
        _pregnancy(facts, start, end, got)
    if intent in _WITH_CHILD:
        _children(facts, start, end, intent, got)
    if intent == "birth":
        _birth(facts, start, end, got)
    _places(facts, start, end, intent, got)
    _measures(facts, start, end, intent, got)
    _story(facts, start, end, intent, got)
    if intent == "pregnancy_loss":
        _loss(facts, start, end, got)
    elif intent in {"maternal_death", "woman_death"}:
        _stage(facts, start, end, intent, got)
    elif intent == "birth_defect":
        _defect(facts, start, end, got)
    return got

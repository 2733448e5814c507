"""A row of a list as the facts of one woman, or what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from bot.importing.book import FORMULA, LOST, Line
from conversations.care.gestation import MATERNAL_DAYS, TERM, age_on, lmp_from, restriction
from conversations.text import Ambiguous, Refusal, Sayable, T
from conversations.understanding.lexicon import fold
from conversations.understanding.readers import read
from conversations.understanding.weeks import Weeks, find_weeks, lmp_from_weeks
from storage.organisation import Organisation

OVERDUE: Final = timedelta(days=28)
"""A due date this far back, and no delivery told: the list is old. (u)"""

APART: Final = timedelta(days=21)
"""A due date by ultrasound and one by the last menstruation may differ by so much (flows/pregnancy.py)."""

_READ_AS: Final[Mapping[str, str]] = {
    "own_phone": "phone",
    "booking_date": "date",
    "grade_date": "date",
    "last_visit": "date",
    "ultrasound_on": "date",
    "ultrasound_weeks": "gestational_weeks",
    "birth_date_of_child": "date",
    "child_sex": "sex",
    "child_weight": "birth_weight_g",
}
"""Which question's reader takes the column, where it is not its own."""
_AS_WRITTEN: Final = frozenset(
    {"booking_institution", "grade_institution", "delivery_institution", "handbook_number", "factors"}
)
_COLOUR: Final = re.compile(r"[绿黄橙橘红紫]")
_ENDED: Final = re.compile(r"^否$|死|亡|流产|引产|夭|宫外孕|异位|葡萄胎|终止|未存活|不存活|无活产")
"""Outcomes that a list does not bring in: what follows a birth would hurt her."""
_HERE: Final = frozenset({"township", "village"})
_OUTSIDE = ("外地", "流动", "外来", "非本地", "市外", "县外", "省外")
_INSIDE = ("本地", "常住", "本县", "本市", "户籍")


@dataclass(slots=True)
class Entry:
    """One row, read. `told`: values by column; `problems`: why it cannot be brought in as it is; `remarks`: what is left out
    of one that can."""

    number: int
    told: dict[str, Any] = field(default_factory=dict)
    village_id: str | None = None
    village: str = ""
    problems: list[Sayable] = field(default_factory=list)
    remarks: list[Sayable] = field(default_factory=list)


def read_line(line: Line, organisation: Organisation, place_id: str, today: date) -> Entry:
    """Everything a row says. Weeks are those of `today`."""
    entry = Entry(line.number)
    unread: set[str] = set()
    for name, text in line.cells.items():
        if name in _HERE:
            continue
        if text == FORMULA:
            entry.problems.append(
                T("有一格是公式，没有存下算出来的结果。请用WPS或Excel打开、保存一次再导入。")
            )
            continue
        if text == LOST:
            entry.problems.append(
                T("身份证号在表格里存成了数字，后几位已经丢了。请把这一列设成文本，重新填写。")
                if name == "resident_id"
                else T("“{column}”里的数字太长，读不准。", column=name)
            )
            continue
        if name in _MUST_BE_READ and _NOT_TOLD.fullmatch(text):
            continue
        if name in _PHONES:
            text = _one_phone(entry, text)
            if not text:
                continue
        value = _value(name, text, today)
        if isinstance(value, Refusal) and name in ("lmp", "due_date") and "birth_date_of_child" in line.cells:
            value = read("birth_date", text, today=today)  # of a pregnancy that is over any day will do
        if isinstance(value, Refusal):
            unread.add(name)
            entry.problems.append(value.text)
        elif isinstance(value, Ambiguous):
            entry.problems.append(T("“{text}”有两种意思，请写全年月日，比如 2026-09-03。", text=text[:20]))
        elif isinstance(value, dict):
            entry.told = {**value, **entry.told}
        elif value is not None:
            entry.told[name] = value
    if "own_phone" in entry.told:
        entry.told["phone"], entry.told["phone_owner"] = entry.told.pop("own_phone"), "self"
    _place(entry, line, organisation, place_id)
    dating = bool(unread & {"lmp", "due_date", "gestational_weeks", "ultrasound_weeks", "ultrasound_on"})
    if not dating:
        _scan(entry, today)
    entry.problems += _wrong(entry.told, today, undated=dating)
    return entry


def _scan(entry: Entry, today: date) -> None:
    """An ultrasound tells how far she was on the day it was made: without that day it is left out; where nothing else dates
    her, it does."""
    told = entry.told
    if "ultrasound_weeks" not in told or "ultrasound_on" not in told:
        if "ultrasound_weeks" in told:
            entry.remarks.append(T("超声孕周没写是哪天查的，没有记下。"))
        for name in _ULTRASOUND:
            told.pop(name, None)
    elif lmp_from(dict(told), today) is None:
        measured = Weeks(told["ultrasound_weeks"], told.get("ultrasound_days"))
        told["lmp"] = lmp_from_weeks(measured, date.fromisoformat(told["ultrasound_on"])).isoformat()


def _one_phone(entry: Entry, text: str) -> str:
    """The mobile number of a cell that holds several, "" where there is none to write to; what is left out is remarked."""
    numbers = [digits for one in _BETWEEN.split(text) if (digits := _SPACED.sub("", one))]
    mobiles = [one for one in numbers if _MOBILE.fullmatch(one)]
    if mobiles and len(numbers) > 1:
        entry.remarks.append(T("电话一格里不止一个号码，只记下了第一个手机号，请和她核对。"))
        return mobiles[0]
    if len(numbers) == 1 and _LANDLINE.fullmatch(numbers[0]):
        entry.remarks.append(T("电话是座机，收不了短信，没有记下。"))
        return ""
    return text


def _value(name: str, text: str, today: date) -> Any:
    if name in _AS_WRITTEN:
        return text[:200]
    if name == "migrant":
        if any(word in text for word in _OUTSIDE):
            return True
        if any(word in text for word in _INSIDE):
            return False
    if name == "colour" and (level := _LEVELS.get(text.removesuffix("风险"))):
        return level
    if name in _DAYS and text.isdecimal() and len(text) == 5:
        return Refusal(T("“{text}”是没有设成日期的日期。请把这一列设成日期格式，保存后再导入。", text=text))
    if name == "colour" and len(set(_COLOUR.findall(text))) > 1:
        return Refusal(T("风险等级一格里不止一种颜色。请只留最高的一种，另一种请医院照常上报。"))
    if name == "outcome":
        return (
            Refusal(T("这一位的妊娠结局请不要从表里导入：让村里、医院或镇上照常上报。"))
            if _ENDED.search(text)
            else None
        )
    if name == "booked" and text in ("√", "✓", "1", "Y", "y"):
        return True
    field_name = _READ_AS.get(name, name)
    found = read(field_name, text, today=today)
    if field_name == "gestational_weeks" and isinstance(found, int):
        return _weeks_told(name, text, found)
    if found is None and name in _MUST_BE_READ:
        return Refusal(
            T(
                "“{text}”看不明白是什么。请照样子写，比如 {example}。",
                text=text[:20],
                example=_MUST_BE_READ[name],
            )
        )
    return found


def _weeks_told(name: str, text: str, weeks: int) -> dict[str, int]:
    """12周+3: the weeks, and the days beyond them where they are written."""
    found = (one.value for one in find_weeks(fold(text)))
    days = next((one.days for one in found if isinstance(one, Weeks) and one.weeks == weeks), None)
    return {name: weeks} if days is None else {name: weeks, name.replace("weeks", "days"): days}


_MUST_BE_READ: Final[Mapping[str, str]] = {
    "resident_id": "18位身份证号",
    "phone": "19900000101",
    "own_phone": "19900000101",
    "lmp": "2026-09-03",
    "due_date": "2027-06-10",
    "ultrasound_weeks": "12周+3",
    "ultrasound_on": "2026-11-20",
    "birth_date": "1998-05-06",
    "birth_date_of_child": "2026-09-03",
    "booking_date": "2026-09-03",
    "colour": "黄",
}
"""Columns of which a text that cannot be read must not be dropped in silence, with how it should look."""
_NOT_TOLD: Final = re.compile(
    r"[不未]详|不清楚?|不知道?|不明|未知|暂?无|没有|未填|待[查补定]|空|[/\\\-—–－、.·*?？]+"
)
"""What stands in a cell of whom nobody knows it (requirements.md §2: everything else accepts 不知道)."""
_LEVELS: Final[Mapping[str, str]] = {
    "低": "green", "正常": "green", "一般": "yellow", "较高": "orange", "高": "red",
}  # fmt: skip
"""XF 四(三)2's own words for the colours: 低风险, 一般风险, 较高风险, 高风险."""
_ULTRASOUND: Final = ("ultrasound_weeks", "ultrasound_days", "ultrasound_on")
_PHONES: Final = frozenset({"phone", "own_phone"})
_DAYS: Final = frozenset(name for name, example in _MUST_BE_READ.items() if example[4:5] == "-")
_BETWEEN: Final = re.compile(r"[,，、/;；\n|或和]|\s{1,}(?=1\d{10}|0\d{2,3}-)")
_SPACED: Final = re.compile(r"[^\d]")
_MOBILE: Final = re.compile(r"(?:86)?1\d{10}")
_LANDLINE: Final = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")


# ── where she lives ─────────────────────────────────────────────────────────────────────────────────────


def _place(entry: Entry, line: Line, organisation: Organisation, place_id: str) -> None:
    """Her village among those of the place the list is for: by its name, in the township that is named."""
    villages = organisation.villages_under(place_id)
    told, township = line.cells.get("village", ""), line.cells.get("township", "")
    if not told and len(villages) == 1:
        entry.village_id, entry.village = villages[0].id, villages[0].name
        return
    if not told:
        entry.problems.append(T("没写她是哪个村的。"))
        return
    if township:
        villages = tuple(
            one
            for one in villages
            if _short(organisation.name_of(organisation.township_of(one.id))) in township
        )
    exact = [one for one in villages if _short(one.name) == _short(told)]
    found = exact or [one for one in villages if _stands_in(one.id, told, organisation)]
    longest = max((len(one.name) for one in found), default=0)
    found = [one for one in found if len(one.name) == longest]
    if len(found) == 1:
        entry.village_id, entry.village = found[0].id, found[0].name
    elif found:
        entry.problems.append(T("叫“{village}”的村不止一个，请加上乡镇一列。", village=told[:20]))
    else:
        entry.problems.append(T("组织名册里没有“{village}”这个村。", village=told[:20]))


def _stands_in(village_id: str, told: str, organisation: Organisation) -> bool:
    """Whether an address names this village: 古陂镇石桥村三组 the 石桥村 of 古陂镇, 大石桥村 and 大阿镇石桥村 others."""
    *above, village = organisation.path(village_id)
    before, found, _ = told.partition(_short(village.name))
    before = before.rstrip()
    return bool(found) and (
        not before or before.endswith(tuple(n for p in above for n in (p.name, _short(p.name))))
    )


def _short(name: str) -> str:
    for ending in ("村民委员会", "村委会", "居委会", "社区", "街道", "村", "镇", "乡"):
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


# ── what does not go together ───────────────────────────────────────────────────────────────────────────


def _wrong(told: Mapping[str, Any], today: date, *, undated: bool) -> Sequence[Sayable]:
    """`undated`: a date was given that could not be read, which has been said already."""
    wrong: list[Sayable] = []
    if "woman_name" not in told:
        wrong.append(T("没有姓名，或者姓名看不明白。"))
    number, born = told.get("resident_id"), told.get("birth_date")
    if number and int(number[16]) % 2:
        wrong.append(T("这个身份证号是男性的，是不是填成了丈夫的？"))
    if number and born and number[6:14] != born.replace("-", ""):
        wrong.append(T("身份证号和出生日期对不上。"))
    if born and not 10 <= age_on(date.fromisoformat(born), today) <= 60:
        wrong.append(T("按出生日期，她不在10到60岁之间。"))
    if (kept := restriction(told, today)) == "under_14":
        wrong.append(T("她不满14周岁，请不要从表里导入：让村里或镇上用“怀孕”上报，会一并提醒强制报告。"))
    elif kept and told.get("safe_to_text"):
        wrong.append(T("她不满18周岁，发短信由镇上定，这一格请留空。"))
    if (first := told.get("lmp")) and (due := told.get("due_date")):
        apart = date.fromisoformat(due) - (date.fromisoformat(first) + TERM)
        if abs(apart) > APART:
            wrong.append(T("末次月经和预产期对不上，差了{days}天。", days=abs(apart.days)))
    delivered = told.get("birth_date_of_child")
    lmp = lmp_from(dict(told), today)
    if lmp is None:
        if delivered is None and not undated:
            wrong.append(T("末次月经、预产期、孕周、超声孕周（带日期），至少要有一个。"))
        return wrong
    if delivered is not None:
        days = (date.fromisoformat(delivered) - lmp).days
        if not 20 * 7 <= days <= 44 * 7:
            wrong.append(T("分娩日期和末次月经（预产期）对不上。"))
        elif today - date.fromisoformat(delivered) > timedelta(days=MATERNAL_DAYS):
            wrong.append(T("分娩已经过了42天，不用再导入。"))
    elif today > lmp + TERM + OVERDUE:
        wrong.append(T("预产期过去4周多了。要是已经生了，请填分娩日期。"))
    return wrong


# ── the whole list ──────────────────────────────────────────────────────────────────────────────────────


def twice(entries: Sequence[Entry]) -> None:
    """Note rows that say the same woman again: the same ID number, or the same name in the same village or with the
    same phone, with no two ID numbers to tell them apart."""
    seen: dict[tuple[str | None, ...], list[Entry]] = {}
    for entry in entries:
        number, name, phone = (entry.told.get(one) for one in ("resident_id", "woman_name", "phone"))
        keys: list[tuple[str | None, ...]] = [("number", number)] if number else []
        if name:
            keys += [("village", entry.village_id, name), *([("phone", phone, name)] if phone else [])]
        before = [one for key in keys for one in seen.get(key, ()) if _may_be_one(one, entry)]
        if before:
            entry.problems.append(T("和第{row}行重复。", row=min(one.number for one in before)))
        for key in keys:
            seen.setdefault(key, []).append(entry)


def _may_be_one(one: Entry, other: Entry) -> bool:
    numbers = {number for entry in (one, other) if (number := entry.told.get("resident_id"))}
    return len(numbers) < 2

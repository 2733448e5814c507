"""The direct answer to one question: 28, 九月初三, 12周加3天, 头胎, 他老公的, 没有.

Each reader takes the answer and the day and returns the value (JSON-plain, or a dict where one answer fills
several fields), a `Refusal` with an example where the answer cannot be, an `Ambiguous` where it has two
meanings, or `None` where it holds nothing of the kind. A new field is one entry in `READERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from conversations.text import Ambiguous, Refusal, T

from .dates import Weeks, find_dates, find_times, find_weeks, lmp_from_weeks
from .fields.children import MODES, SEX
from .fields.limits import (
    YEAR,
    birth_year,
    check_age,
    check_due,
    check_lmp,
    check_weeks,
    check_weight,
    years_old,
)
from .fields.pregnancy import gravida_para
from .ids import ResidentId, find_resident_ids
from .lexicon import DONT_KNOW_RE, NO_RE, YES_RE, fold
from .names import find_latin_names, find_names, is_latin_name, is_name
from .normalise import LONGEST, normalise
from .numerals import number
from .phones import find_phones
from .weights import find_weights

Answer = object | Refusal | Ambiguous | None
Reader = Callable[[str, date], Answer]

LONGEST_WORDS = 200
"""Characters kept of an answer in free words."""


def read(field: str, text: str, *, today: date) -> Answer:
    """The value of `field` in the answer `text`; `None` where nothing of that kind is said.

    Fields without a reader of their own are kept in the words they came in.
    """
    said = normalise(text[:LONGEST])
    if not said:
        return None
    return READERS.get(field, _words)(said, today)


# --- small helpers ---------------------------------------------------------------------------------------


def _words(text: str, today: date) -> Answer:
    trimmed = text.strip(" ,，。.;；!！")
    return None if not trimmed or DONT_KNOW_RE.fullmatch(trimmed) else trimmed[:LONGEST_WORDS]


def _iso(value: object) -> Answer:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Ambiguous):
        return Ambiguous(value.field, tuple((_iso(option), label) for option, label in value.options))
    return value


def _in_field(field: str, value: Answer) -> Answer:
    return Ambiguous(field, value.options) if isinstance(value, Ambiguous) else value


def _checked(value: object, check: Callable[[date], Refusal | None]) -> Answer:
    """`value` in ISO unless `check` refuses it; of several meanings those that pass."""
    if isinstance(value, date):
        return check(value) or value.isoformat()
    if isinstance(value, Ambiguous):
        passing = tuple(
            (day, label) for day, label in value.options if isinstance(day, date) and not check(day)
        )
        if len(passing) == 1:
            return _iso(passing[0][0])
        if not passing and isinstance(value.options[0][0], date):
            return check(value.options[0][0])
    return _iso(value)


def _integer(text: str, pattern: re.Pattern[str]) -> int | None:
    match = pattern.search(text)
    if match is None:
        return None
    value = number(match[1].replace("两", "二"))
    return int(value) if value is not None and value == int(value) else None


def _flag(yes: str = "", no: str = "") -> Reader:
    """A reader of yes and no, and of the given ways to say so. What is denied is looked for first."""
    said_yes = re.compile(yes) if yes else None
    said_no = re.compile(no) if no else None

    def reader(text: str, today: date) -> Answer:
        plain = fold(text)
        if NO_RE.fullmatch(plain):
            return False
        if YES_RE.fullmatch(plain):
            return True
        if said_no and said_no.search(plain):
            return False
        if said_yes and said_yes.search(plain):
            return True
        if re.match(r"(?:没|不|未|否|无|还没)", plain):
            return None if DONT_KNOW_RE.fullmatch(plain) else False
        return True if re.match(r"(?:是|有|可以|能|对)(?:的|了|啊|呀|$|[,，。 ])", plain) else None

    return reader


def _choice(*options: tuple[str, str]) -> Reader:
    """A reader that takes the first option whose words stand in the answer; two at once are asked about."""
    listed = [(value, re.compile(pattern)) for value, pattern in options]

    def reader(text: str, today: date) -> Answer:
        plain = fold(text)
        return next((value for value, pattern in listed if pattern.search(plain)), None)

    return reader


# --- dates -----------------------------------------------------------------------------------------------


def _past_date(field: str) -> Reader:
    def reader(text: str, today: date) -> Answer:
        found = find_dates(fold(text), today)
        if not found:
            return None
        late = T("{what}还没到，请说已经过去的日子，比如 昨天 或 9月3号。", what=found[0].text)
        return _in_field(field, _checked(found[0].value, lambda day: Refusal(late) if day > today else None))

    return reader


def _next_date(text: str, today: date) -> Answer:
    found = find_dates(fold(text), today, prefer="future")
    return _in_field("next_appointment", _iso(found[0].value)) if found else None


def _lmp(text: str, today: date) -> Answer:
    found = find_dates(fold(text), today)
    if found:
        return _in_field("lmp", _checked(found[0].value, lambda day: check_lmp(day, today)))
    weeks = _weeks(text, today)
    return weeks.get("lmp") if isinstance(weeks, dict) else weeks if isinstance(weeks, Refusal) else None


def _due(text: str, today: date) -> Answer:
    found = find_dates(fold(text), today, prefer="future")
    return (
        _in_field("due_date", _checked(found[0].value, lambda day: check_due(day, today))) if found else None
    )


_BARE_WEEKS = re.compile(r"^\D{0,4}(\d{1,2}|[一二三四五六七八九十]{1,3})\D{0,3}$")


def _weeks(text: str, today: date) -> Answer:
    plain = fold(text)
    found = find_weeks(plain)
    if found:
        value = found[0].value
        if not isinstance(value, Weeks):
            return value
        if refused := check_weeks(value.weeks):
            return refused
        if value.days is None:
            return {"gestational_weeks": value.weeks}
        return {
            "gestational_weeks": value.weeks,
            "gestational_days": value.days,
            "lmp": lmp_from_weeks(value, today).isoformat(),
        }
    return None


def _gestational_weeks(text: str, today: date) -> Answer:
    answer = _weeks(text, today)
    if answer is None and (match := _BARE_WEEKS.match(fold(text))):
        weeks = number(match[1])
        if weeks is None:
            return None
        return check_weeks(weeks) or int(weeks)
    return answer["gestational_weeks"] if isinstance(answer, dict) else answer


def _dating(text: str, today: date) -> Answer:
    """Any one fact that dates the pregnancy: the last menstruation unless the answer says otherwise."""
    plain = fold(text)
    if re.search(r"预产|要生|edd|edc|due", plain):
        due = _due(text, today)
        return {"due_date": due} if isinstance(due, str) else due
    weeks = _weeks(text, today)
    if weeks is not None and not re.search(r"末次|月经|例假|大姨妈|lmp", plain):
        return weeks
    found = find_dates(plain, today)
    if not found:
        return weeks
    if isinstance(day := found[0].value, date) and day > today:
        # Only a due date can lie ahead; whether it is one is hers to say.
        due = _due(text, today)
        if isinstance(due, str):
            label = T("预产期是{day}", day=date.fromisoformat(due))
            earlier = day.replace(year=day.year - 1) if not (day.month == 2 and day.day == 29) else day
            options: tuple[tuple[object, Any], ...] = (({"due_date": due}, label),)
            if not check_lmp(earlier, today):
                options += (({"lmp": earlier.isoformat()}, T("末次月经是{day}", day=earlier)),)
            return Ambiguous("dating", options)
    lmp = _lmp(text, today)
    if isinstance(lmp, Ambiguous):
        return Ambiguous("dating", tuple(({"lmp": value}, label) for value, label in lmp.options))
    return {"lmp": lmp} if isinstance(lmp, str) else lmp


def _time(text: str, today: date) -> Answer:
    found = find_times(fold(text))
    if found:
        return _in_field("time", found[0].value)
    if match := re.fullmatch(r"\s*([01]?\d|2[0-3])[:：点时]?([0-5]\d)?\s*", text):
        return f"{int(match[1]):02d}:{match[2] or '00'}"
    return None


# --- who -------------------------------------------------------------------------------------------------

_NAME_WORDS = re.compile(
    r"^(?:(?:她|他|孩子|产妇|孕妇|妈妈|母亲|小孩|宝宝)?(?:的)?(?:名字|姓名)?(?:叫做?|是|名叫|:|：|姓名|名字)*\s*)|(?:[,，。.!！ ]|啊|呀|吧|呢)+$"
)


def _name(text: str, today: date) -> Answer:
    if DONT_KNOW_RE.fullmatch(text):
        return None
    bare = _NAME_WORDS.sub("", text)
    squeezed = bare.replace(" ", "")
    if is_name(squeezed):
        return squeezed
    if is_latin_name(bare):
        return bare
    found = find_names(text) or find_latin_names(text)
    return found[0].value if found else None


def _child_name(text: str, today: date) -> Answer:
    """A child may have no name yet (还没取名), or only a pet name."""
    if re.search(r"(?:没|未)(?:有)?(?:取|起|上|给)?名|没有名字|无名|没取|没起", text):
        return None
    name = _name(text, today)
    bare = _NAME_WORDS.sub("", text)
    return (
        name
        if name is not None
        else bare
        if re.fullmatch(r"[\u4e00-\u9fff·]{2,6}", bare) and not DONT_KNOW_RE.fullmatch(bare)
        else None
    )


LIKELY = 50
"""Years up to which a woman asked about was probably born as long ago."""
_YEAR_ONLY = re.compile(
    r"(?:她|是|属\w|生于|出生|[,，、 ])*" + YEAR + r"(?P<said>年)?(?:份|生人|出生|生|的|吧|人|[。,， ])*"
)
_AGE = re.compile(r"(\d{1,3}|[一二三四五六七八九十廿卅]{1,3})\s*(?:多|几)?\s*(?:周?岁|虚岁)?")


def _age(text: str, today: date) -> Answer:
    plain = fold(text)
    if born := _YEAR_ONLY.fullmatch(plain):
        year = birth_year(born[1], today)
        # 28 is an age and 98 a year; 70 is either, so neither.
        if len(born[1]) == 4 or born["said"] or (born[1].isdigit() and today.year - year <= LIKELY):
            return years_old(year, today)
    if not re.search(r"岁|^\D{0,6}(?:\d{1,3}|[一二三四五六七八九十廿卅]{1,3})\D{0,3}$", plain) or re.search(
        r"[月号日斤周]", plain
    ):
        return None
    years = _integer(plain, _AGE)
    if years is None:
        return None
    if "虚" in plain:
        return Ambiguous("age", tuple((years - n, T("{n}周岁", n=years - n)) for n in (1, 2)))
    return check_age(years) or years


def _resident_id(text: str, today: date) -> Answer:
    found = find_resident_ids(fold(text))
    if not found:
        return None
    value = found[0].value
    if not isinstance(value, ResidentId):
        return value
    return {"resident_id": value.number, "birth_date": value.birth_date.isoformat()}


def _birth_date(text: str, today: date) -> Answer:
    found = find_dates(fold(text), today)
    if not found:
        return None
    return _in_field(
        "birth_date",
        _checked(
            found[0].value,
            lambda day: (
                Refusal(T("出生日期{day}还没到，比如 1998年5月6号。", day=day)) if day > today else None
            ),
        ),
    )


def _identity(text: str, today: date) -> Answer:
    """ID number, else date of birth, else age: whichever she can give."""
    known = _resident_id(text, today)
    if known is not None:
        return known
    born = _birth_date(text, today) if re.search(r"\d{4}|[年月号日]|[一二]九|二[〇零]", text) else None
    if isinstance(born, str):
        years = (today - date.fromisoformat(born)).days // 365
        return check_age(years) or {"birth_date": born}
    age = _age(text, today)
    if isinstance(age, Ambiguous):
        return Ambiguous("identity", tuple(({"age": value}, label) for value, label in age.options))
    return {"age": age} if isinstance(age, int) else age if age is not None else born


def _phone(text: str, today: date) -> Answer:
    found = find_phones(fold(text))
    if found:
        return found[0].value
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 5:
        return Refusal(T("手机号应是11位，这里有{n}位，请再看一下，比如 19900000101。", n=len(digits)))
    return None


# --- numbers ---------------------------------------------------------------------------------------------


def _weight(text: str, today: date) -> Answer:
    plain = fold(text)
    found = find_weights(plain, bare=True)
    if not found:
        return None
    value = found[0].value
    if isinstance(value, int):
        return check_weight(value) or value
    return _in_field("birth_weight_g", value)


_COUNT = re.compile(r"(\d{1,2}|[一二三四五六七八九两俩十])")


def _count(text: str, today: date) -> Answer:
    plain = fold(text)
    for words, many in (
        ("龙凤胎|双胞胎|双胎|一对|俩|twins", 2),
        ("三胞胎|triplets", 3),
        ("四胞胎", 4),
        ("单胎|独生", 1),
    ):
        if re.search(words, plain):
            return many
    many_said = _integer(plain.replace("俩", "二"), _COUNT)
    if many_said is None or re.search(r"[斤岁月号周]", plain):
        return None
    if not 1 <= many_said <= 6:
        return Refusal(T("一次生{n}个不大可能，请再看一下，比如 1 或 2。", n=many_said))
    return many_said


def _small_number(low: int, high: int, example: int) -> Reader:
    pattern = re.compile(r"(\d{1,3}|[〇零一二三四五六七八九十两]{1,3})")

    def reader(text: str, today: date) -> Answer:
        plain = fold(text)
        if re.fullmatch(r"(?:没有|没|无|从来没有|没生过|没有生过|没怀过)[了过的]*", plain):
            return 0 if low == 0 else None
        value = _integer(plain, pattern)
        if value is None:
            return None
        if not low <= value <= high:
            return Refusal(T("{n}不大可能，请再看一下，比如 {example}。", n=value, example=example))
        return value

    return reader


def _gravida_para(text: str, today: date) -> Answer:
    plain = fold(text)
    said = gravida_para(plain)
    if "gravida" not in said and (match := re.search(r"第([二三四五六七八九十\d]{1,2})次", plain)):
        said["gravida"] = int(number(match[1]) or 0)
    if not said and re.search(r"第一次|头一次|初次|初孕|没生过", plain):
        said = {"gravida": 1, "para": 0}
    if not said and (match := re.fullmatch(r"\D{0,4}(\d)\s*[,，/、 ]\s*(\d)\D{0,2}", plain)):
        said = {"gravida": int(match[1]), "para": int(match[2])}
    if not said:
        return None
    if ("gravida" in said and not 1 <= said["gravida"] <= 20) or said.get("para", 0) > 15:
        return Refusal(T("怀孕次数不大可能，请再看一下，比如 第二次怀孕，生过一个。"))
    if "gravida" in said and said.get("para", 0) >= said["gravida"] and not re.search(r"双|对", plain):
        return Refusal(T("怀孕次数算上这一次，应比生过的多。比如 第二次怀孕，生过一个。"))
    return said


def _gravida(text: str, today: date) -> Answer:
    said = _gravida_para(text, today)
    if isinstance(said, dict) and "gravida" in said:
        return int(said["gravida"])
    return said if isinstance(said, Refusal) else _small_number(1, 20, 2)(text, today)


def _para(text: str, today: date) -> Answer:
    said = _gravida_para(text, today)
    if isinstance(said, dict) and "para" in said:
        return int(said["para"])
    return said if isinstance(said, Refusal) else _small_number(0, 15, 1)(text, today)


def _pressure(text: str, today: date) -> Answer:
    match = re.search(r"(\d{2,3})\s*(?:[/／,，\- ]|和|到|比)\s*(\d{2,3})", text)
    if match is None:
        return None
    upper, lower = int(match[1]), int(match[2])
    if not (60 <= upper <= 260 and 30 <= lower < upper):
        return Refusal(
            T("血压{upper}/{lower}不大可能，请先说高压再说低压，比如 120/80。", upper=upper, lower=lower)
        )
    return {"systolic": upper, "diastolic": lower}


def _kilograms(text: str, today: date) -> Answer:
    match = re.search(r"(\d{2,3}(?:\.\d)?)\s*(公斤|千克|kg|斤)?", fold(text))
    if match is None:
        return None
    value = float(match[1]) / (2 if match[2] == "斤" else 1)
    if not 30 <= value <= 200:
        return Refusal(T("体重{value}公斤不大可能，比如 62公斤 或 124斤。", value=value))
    return value


# --- choices ---------------------------------------------------------------------------------------------


def _sex(text: str, today: date) -> Answer:
    plain = fold(text)
    found = {"female" if match["female"] else "male" for match in SEX.finditer(plain)}
    if re.fullmatch(r"(?:f|m|girl|boy|[男女崽])[孩婴的娃]?", plain.strip()):
        return "female" if plain.strip()[0] in "fg女" else "male"
    return found.pop() if len(found) == 1 else None


def _mode(text: str, today: date) -> Answer:
    plain = fold(text)
    return next((mode for mode, pattern in MODES if pattern.search(plain)), None)


def _alive(text: str, today: date) -> Answer:
    plain = fold(text)
    if re.search(r"没有?死", plain):
        return True
    if re.search(r"死|没(?:了|气|活|保|有活|有保)|不在|不好了|夭|走了|没哭|没有呼吸", plain):
        return False
    if re.search(r"活|在的?|平安|好|健康|正常", plain) and not re.match(r"不", plain):
        return True
    return _flag()(text, today)


_special_group = _choice(
    ("none", r"^(?:没有?|无|都不是|不是|否|没有的|都没有|不属于|正常)[的了啊。]*$"),
    ("mental_illness", r"精神|抑郁|躁狂|疯"),
    ("disabled", r"残|聋|哑|盲|智障|智力|侏儒|瘸|跛"),
    ("poor", r"低保|贫|困|五保|特困|脱贫|监测户|穷"),
)


def _special(text: str, today: date) -> Answer:
    """The group, or `"none"` where it is said that she belongs to none."""
    return _special_group(text, today)


def _join_code(text: str, today: date) -> Answer:
    """A staff code: 8 digits, in any spacing."""
    digits = re.sub(r"[\s-]", "", text)
    found = re.search(r"(?<!\d)\d{8}(?!\d)", digits)
    if found is not None:
        return found[0]
    if re.search(r"\d{3,}", digits):
        return Refusal(T("加入码是8位数字，比如：4821 7730。请再核对一遍。"))
    return None


def _days(text: str, today: date) -> Answer:
    """A number of days: 第3天, 三天, 一周."""
    if found := re.search(r"([\d一二两三四五六七八九十百零]+)\s*(?:个)?(天|日|周|星期|礼拜|个?月)?", text):
        value = number(found[1].replace("两", "二"))
        if value is not None and value == int(value):
            unit = found[2] or "天"
            return int(value) * (7 if unit in ("周", "星期", "礼拜") else 30 if "月" in unit else 1)
    return 0 if re.search(r"当天|当日|同一天", text) else None


READERS: dict[str, Reader] = {
    "join_code": _join_code,
    "days": _days,
    "woman_name": _name,
    "mother_name": _name,
    "child_name": _child_name,
    "resident_id": _resident_id,
    "identity": _identity,
    "birth_date": _birth_date,
    "age": _age,
    "phone": _phone,
    "phone_owner": _choice(
        ("husband", r"老公|丈夫|爱人|男人|她男|配偶|男方|husband"),
        (
            "family",
            r"婆婆|公公|妈|娘|爸|父|母|姐|哥|弟|妹|家里|家属|家人|嫂|姑|婶|奶奶|爷爷|座机|家的|family",
        ),
        ("other", r"邻居|朋友|别人|同事|亲戚|房东|村医|队长|其他|other"),
        ("self", r"本人|自己|她的|自个|self|^[是对嗯]的?$|孕妇"),
    ),
    "safe_to_text": _flag(
        r"方便|可以|能|安全|没问题|没事|不怕|放心",
        r"不方便|不可以|不能|不安全|不要|别|不行|不好|不太方便|怕|没法|老公.*看|婆婆.*看|不想让",
    ),
    "lmp": _lmp,
    "due_date": _due,
    "dating": _dating,
    "gestational_weeks": _gestational_weeks,
    "gravida_para": _gravida_para,
    "gravida": _gravida,
    "para": _para,
    "booked": _flag(r"建|领|办|有", r"(?:没|未|不)(?:有)?(?:建|领|办|去)|没册|未册"),
    "migrant": _flag(
        r"外地|外来|流动|外省|外县|外乡|租|暂住|不是本地|非本地|打工来|不是(?:本村|我们村)",
        r"(?<!不是)(?<!非)(?:本地|本村|常住|户籍|我们村|本镇|本县)|不是(?:外地|流动|外来)",
    ),
    "special_group": _special,
    "date": _past_date("date"),
    "discharge_date": _past_date("discharge_date"),
    "next_appointment": _next_date,
    "time": _time,
    "place_kind": _choice(
        ("road", r"路|途|车上|救护车|road|way"),
        ("home", r"家|屋|home"),
        ("hospital", r"医院|卫生院|妇幼|保健院|医|院|hospital"),
    ),
    "delivery_mode": _mode,
    "sex": _sex,
    "birth_weight_g": _weight,
    "child_count": _count,
    "alive": _alive,
    "mother_state": _choice(
        ("died", r"(?<!没)(?<!没有)死|没了|走了|去世|过世|没抢救|没(?:能|有)?救|没保住|died"),
        ("problem", r"不(?:太|大)?好|出血|抢救|危|不行|住院|发烧|感染|问题(?<!没问题)|痛|problem"),
        ("well", r"好|平安|正常|没事|健康|可以|稳定|没问题|well|fine|ok"),
    ),
    "loss_kind": _choice(
        ("ectopic", r"宫外|异位|ectopic"),
        ("stillbirth", r"死产|死胎|生下来.*(?:死|没气)|still"),
        ("induced_abortion", r"人流|引产|打胎|打掉|打了|做掉|拿掉|药流|不要|终止|人工|abortion"),
        ("miscarriage", r"流|小产|胎停|停育|没保住|掉|自然|滑胎|没留住|miscarr"),
    ),
    "death_stage": _choice(
        ("postpartum", r"产后|生完|生了|生下|后|月子|postpartum"),
        ("labour", r"生的?时候|生孩子|分娩|产时|难产|临产|生产|手术|labour"),
        ("pregnant", r"孕|怀|没生|还没生|肚子|pregnant"),
    ),
    "pregnant_or_postpartum": _flag(
        r"怀|孕|产后|刚生|月子|生了|生完|流产|引产",
        r"(?:没|未|不|都没)(?:有|是|在)?(?:怀|孕|生|的|刚)|没有|都不是|不是|早就|好多年",
    ),
    "folic_acid": _flag(r"领|发|吃|服|给|有", r"(?:没|未|不)(?:有)?(?:领|发|吃|服|给)"),
    "problem": _flag(r"有|异常|不好|问题", r"没(?:有)?|无|正常|好|平安"),
    "self_discharge": _flag(r"自动|自行|强行|自己要求|签字", r"不是|没有|没"),
    "mode": _choice(("phone", r"电话|微信|打|视频|phone"), ("home", r"家|上门|入户|走访|去|home|面")),
    "direction": _choice(("in", r"进|入|来|回|\bin\b"), ("out", r"走|出|去|离|\bout\b")),
    "colour": _choice(
        ("green", "绿|green"),
        ("yellow", "黄|yellow"),
        ("orange", "橙|橘|orange"),
        ("red", "红|red"),
        ("purple", "紫|purple"),
    ),
    "visit_number": _small_number(1, 30, 2),
    "blood_pressure": _pressure,
    "haemoglobin": _small_number(20, 250, 110),
    "weight_kg": _kilograms,
}
"""How the answer to each question is read."""

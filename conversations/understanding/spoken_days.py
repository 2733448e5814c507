"""Days as they are spoken of, seen from the day of speaking: 昨晚, 三天前, 上周五, 上个月六号, 中秋前两天."""

from __future__ import annotations

from datetime import date, timedelta

from conversations.text import T
from conversations.understanding.calendars import (
    FESTIVALS,
    festival,
    first_of_lunar_month,
    lunar_day,
    lunar_month_of,
)
from conversations.understanding.name_words import AFTER_A_NUMBER
from conversations.understanding.numerals import number
from conversations.understanding.said import (
    COUNT,
    DAY,
    DIGIT,
    FIGURES,
    NO_COUNT,
    PART,
    SPELT,
    YEAR,
    YEAR_FIRST,
    Period,
    Reading,
    Said,
    either,
    form,
    month_part,
    months_on,
    which_day,
    whole_number,
    year_of,
)

_STEPS = {"上上": -2, "上": -1, "这": 0, "本": 0, "当": 0, "下": 1, "下下": 2}


def _relative_month(said: Said) -> Reading:
    step, word = _STEPS[said["which"] or "这"], said["day"]
    if word and word[0] in "初廿卅":
        return _relative_lunar(said.today, step, whole_number(word))
    year, month = months_on(said.today, step)
    return date(year, month, whole_number(word)) if word else month_part(year, month, said["part"])


def _relative_lunar(today: date, step: int, day: int) -> date:
    """上个月初六: the sixth of the lunar month before the one we are in."""
    first = first_of_lunar_month(today)
    for _ in range(abs(step)):
        first = first_of_lunar_month(first + timedelta(days=-1 if step < 0 else 31))
    year, month, leap = lunar_month_of(first)
    return lunar_day(year, month, day, leap)


_DAYS_ON = {
    "夜": -1,
    "大大前": -4,
    "大前": -3,
    "前": -2,
    "昨": -1,
    "今": 0,
    "明": 1,
    "后": 2,
    "大后": 3,
    "大大后": 4,
}


def _named_day(said: Said) -> Reading:
    day = said.today + timedelta(days=_DAYS_ON[said["named"] or "今"])
    if not said["small"]:
        return day
    # 昨晚两点 is, by the clock, this morning; many do not mean it so.
    after = day + timedelta(days=1)
    return either((after, T("{date}凌晨", date=after)), (day, T("{date}凌晨", date=day)))


def _counted(said: Said) -> Reading:
    """三天前, 两周后, 再过3天. Months and 几天 leave the day open."""
    count = number(said["count"] or "")
    if count is None or said["vague"] or (said["unit"] or "").endswith("月"):
        return which_day(said.words)
    days = count * (1 if said["unit"] in ("天", "日") else 7)
    if days != int(days):
        return which_day(said.words)
    return said.today + timedelta(days=-int(days) if said["side"] == "前" else int(days))


def _open(said: Said) -> Reading:
    return which_day(said.words)


_WEEKDAYS = {
    word: day
    for day, words in enumerate(("一1", "二2", "三3", "四4", "五5", "六6", "日天7"))
    for word in words
}


def _weekday(said: Said) -> Reading:
    """上周五 is of the calendar week before, Monday to Sunday; a bare 周五 the latest one (or the next)."""
    which, word = said["which"], said["weekday"]
    step = _STEPS.get(which or "", 0)
    monday = said.today - timedelta(days=said.today.weekday()) + timedelta(weeks=step)
    if word is None:
        return Period(monday, monday + timedelta(days=6))
    if word == "末":
        saturday = monday + timedelta(days=5 - (0 if which or said.prefer == "future" else 7))
        sunday = saturday + timedelta(days=1)
        return either(
            (saturday, T("{date}（周六）", date=saturday)), (sunday, T("{date}（周日）", date=sunday))
        )
    if which:
        return monday + timedelta(days=_WEEKDAYS[word])
    away = (_WEEKDAYS[word] - said.today.weekday()) % 7
    return said.today + timedelta(days=away - 7 if said.prefer == "past" and away else away)


def _festival(said: Said) -> Reading:
    name = said["festival"] or ""
    shift: int | float | None = 0
    if said["next"]:
        shift = 1
    elif said["before"]:
        shift = -1
    elif said["count"]:
        shift = number(said["count"])
    if said["about"] or not isinstance(shift, int):
        return which_day(said.words)
    if said["side"]:
        shift *= (1 if said["unit"] in ("天", "日") else 7) * (-1 if said["side"] == "前" else 1)
    return festival(name, year_of(said, lunar=FESTIVALS[name].lunar), shift, said.today, said.prefer)


# Festivals are given names too (王国庆, 张清明): after a frequent surname they need 节, 那天, 前 or 后.
_SURNAME = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴汪田任姜范方石姚谭廖邹熊陆郝孔崔邱秦史顾侯邵孟万段雷钱汤尹黎易常武乔贺赖龚"
)
_GIVEN = "".join(sorted(AFTER_A_NUMBER)) + "姐嫂婆"
_NAMES = "|".join(sorted(FESTIVALS.keys() - {"十一"}, key=len, reverse=True))
_FESTIVAL_FIRST = "".join({name[0] for name in FESTIVALS})
_WEEK = r"(?:周|星期|礼拜)"
_UNIT = r"(?P<unit>天|日|个?星期|个?礼拜|周|个?月)"
_SMALL_HOURS = (
    r"(?=(?P<small>[上里间]?的?(?:大概|大约|差不多)?(?:凌晨|后半夜"
    rf"|(?:[0-4]|12|十二|零|[一两二三四])点(?![{SPELT}0-9]*[斤公多]))))?"
)

FORMS = (
    # 上个月六号, 这个月初, 下月5号, 上个月初六
    form(
        "上这本当下",
        rf"(?P<which>上上|上|这|本|当|下下|下)个?月(?![经子])份?的?"
        rf"(?: ?{DAY}(?: ?[日号]|{NO_COUNT})|(?P<part>{PART}))?",
        _relative_month,
    ),
    # 大前天, 昨晚, 今早, 后天
    form("昨前", rf"(?P<named>昨|前)[晚夜]{_SMALL_HOURS}", _named_day),
    form("大前昨今明后", r"(?P<named>大{0,2}[前后]|[昨今明])(?:[天日儿晚早晨夜]|个(?!月)|晡日?)", _named_day),
    # 夜来, 夜个: yesterday, in the north
    form("夜", r"(?P<named>夜)(?:儿个?|个儿?|隔|来)(?!月)", _named_day),
    form("昨今", r"(?P<named>[昨今])$", _named_day),
    # 三天前, 两周后, 过3天; 3个月前, 几天前 and 前几天 are open
    form(
        FIGURES + SPELT + "两十几好半廿",
        rf"(?<![0-9产后术第{SPELT}十])(?P<count>{COUNT})(?P<vague>个?[多来])?{_UNIT}"
        r"(?:以|之)?(?P<side>前|后)(?![天日])",
        _counted,
    ),
    form("过", rf"(?<![超不没])过(?P<count>{COUNT}){_UNIT}(?![了内多])", _counted),
    form("前", r"前(?:[几两些]天|一?阵子?|段(?:日子|时间)|些日子)", _open),
    # 上周五, 周一, 这个礼拜天, 周末, 上周; not 12周三天, 每周三, 周三妹
    form(
        "上这本下周星礼",
        rf"(?<![0-9{SPELT}十两几个每逢第孕满])(?P<which>上上|上|这|本|下下|下)?个?{_WEEK}"
        rf"(?P<weekday>[1-7](?![0-9.])|[一二三四五六日天末](?![十百{_GIVEN}次岁]|[天个]))",
        _weekday,
    ),
    form("上这本下", r"(?P<which>上上|上|这|本|下下|下)个?(?:周(?![岁围])|星期|礼拜)", _weekday),
    # 中秋那天, 国庆后三天, 去年端午前两天; 国庆前后 is open
    form(
        YEAR_FIRST + _FESTIVAL_FIRST,
        rf"(?:{YEAR} ?)?(?<![{DIGIT}])(?:(?<![{_SURNAME}])|(?=..(?:节|那|当|前|后)))"
        rf"(?P<festival>{_NAMES}|十一(?=那天|当天|假期|长假|放假|前|后))节?(?![{DIGIT}村镇乡])"
        r"(?P<about>前后|左右|期间|假期|长假|放假|那几天|的时候|(?:过|之|以)?[前后](?:几天|不久|(?![第夜天两十半0-9一二三四五六七八九])))?"
        r"(?:的?(?P<next>第二天|次日|后一天|隔天)|的?(?P<before>前一天|前一日|头一天|前夜)"
        rf"|(?:过|之|以)?(?P<side>前|后)的?第?(?P<count>{COUNT})(?P<unit>天|日|个?星期|个?礼拜|周)|[那当][天日])?",
        _festival,
    ),
)

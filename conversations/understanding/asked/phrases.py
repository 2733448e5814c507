"""The phrases of a question and what each sets: the one table where words become filters.

docs/roster-questions.md shows it in words, with examples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from conversations.asking.question import Colour, Grouping
from conversations.care.unsaid import COLOUR_OF

from ..numerals import number
from .when import Stretch

Kind = Literal[
    "filter",
    "weak",
    "faint",
    "anchor",
    "stretch",
    "place",
    "name",
    "list",
    "output",
    "whole",
    "narrow",
    "several",
    "filler",
]
"""`weak`: a filter that is a report's word too, and counts only beside 的 or a word that asks. `faint`: the answer to a question
of ours too (28岁, 本地, 外省的), and counts only beside a word that asks or another filter. `whole`: all the asker
has (全镇, 我们村). `narrow`: of those just listed (其中). `several`: how many places were named (三个村). `list`: 名单, 哪些, 谁. `anchor`: what days are of."""
Anchor = Literal["due", "reported", "visit", "check", "ended", "seen"]
Changes = Mapping[str, Any]

ADULT, OLDER = 18, 35
"""Full years: 未成年 is under the first, 高龄 from the second on."""
MIDDLE, LATE, TERM, LONGEST_PREGNANCY = 13, 28, 37, 45
"""Completed weeks at which 孕中期, 孕晚期 and 足月 begin (NS: early is before 13 weeks); more than the last there are not."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase of a question where it stands, and what it sets."""

    start: int
    end: int
    kind: Kind
    changes: Changes = field(default_factory=dict)
    anchor: Anchor | None = None
    stretch: Stretch | None = None


_N = r"(?:\d{1,3}|[一二两三四五六七八九十廿]{1,3})"
_NOT = r"(?:还有|还|都|也|仍|仍然|至今|一直|从|从来|尚)*(?:没有|没|未)(?:有)?"
_DUE_TO = r"(?:该|要|应该|应|需要|需|得|待|等着|差|快该|快要)"
_DAY42 = r"(?:产后)?(?:第?(?:42|四十二)天)(?:的)?(?:检查|复查|体检|随访)?"
_HOME = r"产后(?:的)?(?:访视|随访|家访|检查|复查|上门|回访|访)"
_POST = rf"{_DAY42}|{_HOME}"
_CHECK = r"(?:产前检查|产检|孕检|检查|体检|复查)"
_WHO = r"(?:人|专人|人员|干部)"


def _int(words: str) -> int:
    value = number(words.replace("两", "二"))
    return int(value) if value is not None else 0


def _bounds(
    name: str, unit: str, least: int, most: int
) -> list[tuple[Kind, str, Callable[[re.Match[str]], Changes]]]:
    """35岁以上, 超过35岁, 35岁以下, 不满35岁, 20到30岁, 35岁的. 以上 and 以下 include the number (民法典 1259), 超过 and
    不满 do not; of completed weeks, who is past 40 weeks is in her 40th."""
    low, high = f"{name}_from", f"{name}_to"
    over = 0 if name == "weeks" else 1
    unit = rf"(?:个)?(?:{unit})(?:的)?"
    lead = r"(?:怀?孕|孕周|年龄|年纪)?(?:在|是|已经|已)?"

    def within(match: re.Match[str], **bounds: int | None) -> Changes:
        values = {key: value for key, value in bounds.items() if value is not None}
        if not all(least <= value <= most for value in values.values()):
            return {"": "impossible"}
        return {
            low: None,
            high: None,
            **{{"low": low, "high": high}[key]: value for key, value in values.items()},
        }

    return [
        (
            "filter",
            rf"{lead}(?P<a>{_N})(?:{unit})?(?:到|至|-+|~|—+)(?P<b>{_N}){unit}(?:之间)?",
            lambda m: (
                within(m, low=_int(m["a"]), high=_int(m["b"])) if _int(m["a"]) <= _int(m["b"]) else {"": ""}
            ),
        ),
        (
            "filter",
            rf"{lead}(?:满|大于等于|至少)?(?P<a>{_N})\+?{unit}(?:及|或)?(?:以上|往上|朝上|\+)|{lead}(?:满了?|至少)(?P<a2>{_N}){unit}(?!以|及)|{lead}(?P<a3>{_N})\+{unit}|{lead}(?P<a4>{_N}){unit}\+",
            lambda m: within(m, low=_int(m["a"] or m["a2"] or m["a3"] or m["a4"])),
        ),
        (
            "filter",
            rf"{lead}(?:超过|大于|过了?|超)(?P<a>{_N}){unit}(?!以)",
            lambda m: within(m, low=_int(m["a"]) + over),
        ),
        (
            "filter",
            rf"{lead}(?P<a>{_N}){unit}(?:及|或)?(?:以下|以内|之内)",
            lambda m: within(m, high=_int(m["a"])),
        ),
        (
            "filter",
            rf"{lead}(?:不满|未满|不到|没到|没满|小于|低于|少于)(?P<a>{_N}){unit}(?!以)|{lead}(?P<a2>{_N}){unit}(?:之|以)?前",
            lambda m: within(m, high=_int(m["a"] or m["a2"]) - 1),
        ),
        ("faint", rf"{lead}(?P<a>{_N}){unit}", lambda m: within(m, low=_int(m["a"]), high=_int(m["a"]))),
    ]


def _colours(match: re.Match[str]) -> Changes:
    return {"colours": frozenset(COLOUR_OF[letter] for letter in match[0] if letter in COLOUR_OF)}


def _at_least(match: re.Match[str]) -> Changes:
    """橙色以上: orange and red; purple stands beside the others."""
    scale: tuple[Colour, ...] = ("green", "yellow", "orange", "red")
    return {"colours": frozenset(scale[scale.index(COLOUR_OF[match["least"]]) :])}


_MANY_CHILDREN = r"胎|孩"


def _parity(match: re.Match[str]) -> Changes:
    """二胎 has borne one; 二胎以上 at least one; 二三胎 one or two."""
    first, more = _int(match["n"]), match["m"]
    return {"para_from": first - 1, "para_to": None if match["up"] else (_int(more) if more else first) - 1}


def _by(grouping: Grouping) -> Callable[[re.Match[str]], Changes]:
    """按村列 lists by village, 按村数 counts."""
    return lambda match: {"by": grouping, **({"count": True} if _COUNTS.search(match[0]) else {})}


_IS_DAY42 = re.compile(r"42|四十二")


def _owed(match: re.Match[str]) -> Changes:
    """该做42天检查的 are owed that one, 该产后访视的 either."""
    day42 = _IS_DAY42.search(match[0]) is not None
    return {"postnatal_due": True, **({"visit": "day42"} if day42 else {})}


def _made(match: re.Match[str]) -> Changes:
    """产检过的, 访视过的, 做了42天检查的."""
    words = match[0]
    care = "day42" if _IS_DAY42.search(words) else "home" if re.search("访|产后|回", words) else "antenatal"
    return {"seen": care}


_COUNTS = re.compile(r"数|统计|汇总|算")
_Rule = tuple[Kind, str, "Changes | Callable[[re.Match[str]], Changes]"]

_FILTERS: list[_Rule] = [
    ("filter", r"高危(?:妊娠|产妇|孕产妇)?|高风险|high[- ]?risk", {"high_risk": True}),
    ("filter", r"重点(?:随访|管理|关注|监护|监测)?(?:人群|对象|名单)?|key follow-up", {"watched": True}),
    (
        "filter",
        r"[绿黄橙橘红紫]色?(?:[、,和与及/]?[绿黄橙橘红紫])*色(?:的)?(?:预警|风险|标识?|等级|级|评级)?|[绿黄橙橘红紫](?:[、和与及/]?[绿黄橙橘红紫])*(?=的|呢|吗|高危|有|几|$|[?？、,。 ])|[绿黄橙橘红紫](?:标|牌|级)",
        _colours,
    ),
    ("filter", r"(?P<least>[绿黄橙橘红])色?(?:预警|风险)?(?:级)?(?:及|或)?以上", _at_least),
    *(
        ("filter", rf"\b{word}\b", {"colours": frozenset({word})})
        for word in ("green", "yellow", "orange", "red", "purple")
    ),
    (
        "filter",
        rf"(?:从来?)?(?:都|也)?{_NOT}(?:去|来)?(?:做|参加)过(?:一次)?{_CHECK}|(?:从来?)?(?:都|也)?{_NOT}(?:去|来)?{_CHECK}过|(?:一次{_CHECK}|{_CHECK}一次)(?:都|也)?{_NOT}(?:去|来)?(?:做|查|参加)?过?",
        {"unseen": True},
    ),
    (
        "filter",
        rf"(?:该|应|应该|到期)?{_NOT}(?:按时|按期|及时|定期|如期|去|来|做|参加|过来|完成)*{_CHECK}(?:过)?|(?:该|应|要)?{_CHECK}(?:的)?(?:时间)?(?:{_NOT}(?:按时|来|去|做|参加)(?:做|检查)?|逾期|超期|过期|漏了)|(?:该|应)来(?:而)?{_NOT}来|该去{_NOT}去|该检{_NOT}检|逾期(?:未|没)?(?:有)?(?:来|去|做)?(?:{_CHECK}|检)?|超期(?:未|没)?(?:来|去|做)?(?:{_CHECK}|检)?|漏(?:产)?检|脱检|过期(?:未|没)(?:来|去|做)?{_CHECK}|overdue|missed (?:visits?|check-?ups?)",
        {"overdue": True},
    ),
    (
        "weak",
        rf"{_NOT}(?:按时)?(?:来|去|查|检)(?!例假|月经)|催办|催检|(?:要|该|需要|得|应该)催(?:检|办|促)?|催促|催(?=谁|哪)",
        {"overdue": True},
    ),
    (
        "filter",
        rf"(?:已经?)?(?:超|过|超过|过了|超了)(?:了)?预产期(?:了)?(?:的)?(?:{_NOT}(?:生|分娩|报|消息|动静))?|(?:到了?)?预产期(?:都|已经?|已)?(?:过|到|超)了?(?:的)?{_NOT}(?:生|分娩|报)|到了?预产期{_NOT}(?:生|分娩)|该生{_NOT}生|(?:超期|逾期|过期|到期)(?:了)?(?:都|的)?(?:妊娠|{_NOT}(?:生|分娩|临盆)|(?:不|未)生)",
        {"overdue_due": True},
    ),
    (
        "filter",
        rf"(?:{_DUE_TO}|{_NOT})(?:去|来|做|上门|完成|进行)*(?:{_POST})(?:{_NOT}(?:做|去|查|完成|访视|访|来|到位)?)?|(?:{_POST})(?:的)?(?:{_DUE_TO}|还?差|{_NOT})(?:做|去|查|完成|访视|访|来|到位|上门)*|(?:{_DUE_TO}|{_NOT})(?:去|做|上门)*(?:访视|家访|访)(?:的)?|(?:{_POST})(?:还)?差?(?:哪些|谁)(?:人)?{_NOT}(?:做|访视|访|查|去)|访视(?:{_NOT}(?:做|去|完成)?|逾期|超期|到期)|(?:{_POST})(?:逾期|超期|到期|漏了)",
        _owed,
    ),
    ("weak", rf"{_POST}|访视(?=谁|哪)", _owed),
    (
        "weak",
        r"(?:该|应该|应|轮到|需要|需|得|要|等着|差|该要)(?:来|去|做|来做|去做|参加|安排)*(?:产前检查|产检|孕检)(?:的)?(?:了(?!吗))?(?!没|未)",
        {"check_due": True},
    ),
    ("weak", r"(?:产前检查|产检|孕检)(?=的)|(?:产前检查|产检|孕检)(?=谁|哪)", {"check_due": True}),
    (
        "weak",
        r"(?:已经?)?(?:做|来|去|查)*(?:产前检查|产检|孕检)(?:过|了|完)(?:了)?(?:的)?|(?:已经?)?(?:做|来|去)(?:过|了|完)(?:产前检查|产检|孕检)(?:的)?",
        _made,
    ),
    (
        "weak",
        rf"(?:已经?)?(?:做|去|上门)*(?:{_POST}|访视|家访)(?:做|访|查)?(?:过|了|完)(?:了)?(?:的)?|(?:已经?)?(?:做|去)(?:过|了|完)(?:{_POST}|访视|家访)(?:的)?",
        _made,
    ),
    (
        "weak",
        r"(?:已经?)?(?:生|分娩|出生|生产)(?:下|下来)?了(?:孩子|娃娃?|小孩|宝宝)?(?!的)|(?:生|分娩|出生|生产)(?=(?:多少|几|好多)(?:个|人|位|例|名))|出生(?:的)?|分娩(?:数|量|人数)(?:量)?",
        {"ended": "birth"},
    ),
    (
        "faint",
        r"(?:流产|小产|引产|终止妊娠|胎停|没(?:能)?保住|流掉)(?:了)?(?:的)?",
        {"ended": "loss"},
    ),
    ("faint", rf"{_NOT}(?:生|分娩)(?=[\s?？。.!！]*$)", {"stage": "pregnant"}),
    (
        "weak",
        rf"{_NOT}(?:生|分娩)(?=的)|在孕(?:期)?|孕妇|大肚子|怀孕(?:的|中|期间)?|怀着(?:的|孕)?|(?:还|仍|正)?(?:在)?怀(?=的)|孕期|正在怀孕|孕妈妈?|待产妇|pregnant(?: wom[ea]n)?",
        {"stage": "pregnant"},
    ),
    (
        "weak",
        r"产后(?:42天(?:以?内)|的)?|产妇|坐月子|月子里|月子|产褥期?|已(?:经)?(?:生|分娩)(?:了|的)|生完(?:了)?的?|生了的|分娩了的|刚生(?:完|了)?的?|postnatal",
        {"stage": "postnatal"},
    ),
    (
        "filter",
        rf"{_NOT}(?:去|来|给)*(?:建立|建|办|领)(?:好|过)?(?:册|档|卡|(?:保健)?手册|档案)?(?:的)?|(?:册|档|卡)(?:都|还|也)*(?:没|未)(?:有)?建|{_NOT}(?:册|手册)|unbooked|not booked",
        {"booked": False},
    ),
    (
        "weak",
        r"(?:已经?|都)?建(?:了|过|好|好了|完)?(?:册|档|卡)(?:了)?(?!率)|(?:已经?)?(?:领|办)了?(?:保健)?手册|booked",
        {"booked": True},
    ),
    (
        "filter",
        r"流动(?:人口|孕产?妇|人员)?|外来(?:人口|人员|务工人员|户)?|外地(?:户口|户籍|人|来的|孕产?妇)?|migrants?",
        {"migrant": True},
    ),
    (
        "faint",
        r"暂住(?:人口)?|外省(?:人|来的)?|外县(?:人|来的)?|(?:不是|非)(?:本地|本村|本镇|本县)(?:人)?|户口不在(?:本地|村里|这里)|租房(?:住)?",
        {"migrant": True},
    ),
    ("weak", r"(?:不是|非)(?:本地|本县)(?:户口|户籍)", {"migrant": True}),
    ("weak", r"(?:本地|本县)(?:户口|户籍)|常住(?:人口)|户籍(?:人口|孕产?妇)", {"migrant": False}),
    (
        "faint",
        r"本地(?:户口|户籍|人)?|常住(?:人口)?|户籍(?:人口|孕产?妇)?|本县户口|(?:不是|非)(?:流动(?:人口)?|外来|外地)(?:人口)?",
        {"migrant": False},
    ),
    (
        "filter",
        rf"(?:怀|怀了|生|是)*(?P<n>[一二三四五\d])(?:[、,和到或至]?(?P<m>[二三四五\d]))?(?:{_MANY_CHILDREN})(?P<up>(?:及|或)?以上)?(?:妈妈|政策|孕妇)?",
        _parity,
    ),
    ("faint", r"第(?P<n>[二三四五])(?P<m>)(?:胎|孩)(?P<up>(?:及|或)?以上)?", _parity),
    (
        "weak",
        r"(?:第一|头)胎|初产妇?|初孕(?:妇)?|头一胎|头生|第一个孩子|没生过",
        {"para_from": 0, "para_to": 0},
    ),
    ("weak", r"经产妇?|生过(?:孩子|娃)?|生育过", {"para_from": 1, "para_to": None}),
    ("filter", r"多(?:孩|胎次)", {"para_from": 2, "para_to": None}),
    (
        "filter",
        r"高龄(?:孕产?妇|产妇)?|大龄|年(?:纪|龄)(?:偏|较|比较)?大",
        {"age_from": OLDER, "age_to": None},
    ),
    ("filter", r"未成年(?:人)?", {"age_from": None, "age_to": ADULT - 1}),
    *_bounds("age", r"周岁|岁", 10, 60),
    *_bounds("weeks", r"孕周|周(?!岁)|星期|w(?![a-z])", 1, LONGEST_PREGNANCY),
    ("filter", r"(?:怀?孕)?早期(?:妊娠)?|早孕(?:期)?|孕早期", {"weeks_from": None, "weeks_to": MIDDLE - 1}),
    ("filter", r"(?:怀?孕)?中期(?:妊娠)?|中孕(?:期)?", {"weeks_from": MIDDLE, "weeks_to": LATE - 1}),
    ("filter", r"(?:怀?孕)?晚期(?:妊娠)?|晚孕(?:期)?", {"weeks_from": LATE, "weeks_to": None}),
    ("faint", r"(?:已)?足月", {"weeks_from": TERM, "weeks_to": None}),
    ("filter", r"残疾(?:人)?|残障|聋哑(?:人)?|智障|智力残疾|disabled", {"special": frozenset({"disabled"})}),
    (
        "filter",
        r"低保(?:户)?|贫困(?:户|人口|家庭)?|困难(?:户|家庭|群众)?|五保(?:户)?|特困(?:户|人员)?|脱贫(?:户|人口)?|监测户|建档立卡(?:户)?|poor",
        {"special": frozenset({"poor"})},
    ),
    (
        "weak",
        r"精神(?:病人?|障碍|异常|疾病|患者|有问题|不正常)|精神病患者",
        {"special": frozenset({"mental_illness"})},
    ),
    ("filter", r"特殊(?:人群|群体|对象)", {"special": frozenset({"poor", "disabled", "mental_illness"})}),
    (
        "weak",
        r"失访|失联|(?:打)?(?:电话)?(?:都|也|一直)?联系不(?:上|到)|找不(?:到|着)人?|打不通电话|电话打不通|lost",
        {"lost": True},
    ),
    (
        "weak",
        r"(?:迁出|迁走|转走|搬走|搬出去?)(?:了(?=的))?|搬离|转出|外迁|离开本地|moved (?:out|away)",
        {"moved_out": True},
    ),
    (
        "filter",
        rf"{_NOT}(?:明确|落实|指定|安排|确定|分配|指派|定|配)*(?:{_WHO})?(?:来|去)?(?:包保|负责|管理|管|跟进?|责任|包)(?:{_WHO}|责任人)?|(?:包保|责任)(?:{_WHO}|责任人)?(?:还|都)*(?:没|未)(?:有)?(?:落实|定|明确|安排|指定|分配|确定)|无(?:{_WHO})?(?:包保|负责)(?:人)?|{_NOT}指派|unassigned",
        {"unassigned": True},
    ),
]

_ANCHORS: list[tuple[str, Anchor, bool]] = [
    (
        r"(?:快|就|该|会|将|即将|准备|马上)*(?:要|该|会|快)(?:生|分娩|临盆)(?:孩子|娃娃?|小孩|了)*|预产(?:期)?(?:在|是|到|为)?|到预产期|到期|生(?:孩子|娃)?(?=的)|分娩(?=的)|due(?: date)?",
        "due",
        False,
    ),
    (
        r"快(?:要)?(?:生|分娩|临盆)(?:了)?|(?:快要?|就要|临近|接近|将近)到?预产期|临产|待产|即将(?:分娩|临盆|生产)|马上(?:就)?要生了?",
        "due",
        True,
    ),
    (
        r"新(?:上)?报(?:了|的|上来)?(?:孕情|怀孕)?|新(?:增|发现|登记|怀孕|怀|录入|添|来)(?:了|的|上)?(?:孕情|怀孕)?|刚(?:报|登记|上报)(?:上来)?(?:了|的)?|上报(?:了|的)?(?:孕情)?|报上来(?:了|的)?|报(?:了)(?:的)?(?:孕情)?|报的|登记(?:了|的)?|new(?:ly reported)?",
        "reported",
        False,
    ),
]

_SET: list[_Rule] = [
    (
        "output",
        r"(?:还|一共|总共|共|统共|合计|现在|目前|大概)*(?:有)?(?:多少|(?<![那这])几)(?:个|名|位|例|户)?(?:人|孕情)?(?:了)?(?!周|岁|天|月|胎|号)|(?:总)?人数|数量|总数|合计|数(?:一)?(?:下|数)|统计(?:一下|下)?|how many|count",
        {"count": True},
    ),
    # 好多 asks how many in Sichuan, Hunan and Jiangxi.
    (
        "output",
        r"(?:一共|总共|现在|还)*有?好多(?:个|名|位)(?:人)?|有好多(?:人)?(?=[\s?？。.啊呀嘞]*$)|有好多(?=孕产?妇|产妇|大肚子|高危)",
        {"count": True},
    ),
    (
        "output",
        r"(?:表格?)?导(?:个|一?份|出|成)?(?:一份|个)?(?:excel|电子)?(?:表格?|名单)?(?:出来|来)?|(?:excel|xlsx|wps)(?:表格?|文件)?|电子(?:表格?|版)|表格|下载(?:下来)?|打印(?:出来|版)?|(?:发|给)(?:给)?我(?:发)?(?:个|一份|一个)?表格?|(?:发|出|来|整|弄)(?:个|一份|一张|张)表格?|(?:做|生成|列|存)(?:个|成|一份|一个)?(?:excel|电子)?表格?|(?:做|生成|存)成?(?:excel|xlsx)(?:表格?)?|export",
        {"export": True},
    ),
    (
        "output",
        r"(?:画|出|做|生成|来|给|看)?(?:成|个|一?张|一个|一下)?(?:饼状?|柱状?|柱形|条形|折线|曲线|趋势|走势|统计|分布)?图(?:表|形|片)?(?:看看)?|画(?:一下|出来)|画(?=[^,，。]{1,8}图)|chart|graph",
        {"chart": True},
    ),
    (
        "output",
        r"(?:各|每)(?:个)?(?:自然|行政)?(?:村子?|乡镇|镇|乡|社区|街道)(?:的)?|(?:按|分|以)(?:照)?(?:各)?(?:自然|行政)?(?:村|乡镇|镇|乡|地方|社区)(?:来)?(?:分|列|数|排|统计|汇总|分开|分组|看|算)?(?:一下)?|by (?:village|township|place)",
        _by("place"),
    ),
    (
        "output",
        r"(?:各|每)(?:个)?月(?:份)?(?:的)?|(?:按|分)(?:照)?(?:预产期)?(?:月份?|预产期)(?:来)?(?:分|列|数|排|统计|汇总|看|算)?|逐月|月份分布|by month",
        _by("month"),
    ),
    (
        "output",
        r"(?:各|每)(?:种|个)?(?:颜色|色|等级|级别|风险等级|风险级别)(?:的)?|(?:按|分)(?:照)?(?:五色|颜色|等级|级别|风险等级|风险|风险级别)(?:来)?(?:分级|分|列|数|排|统计|汇总|看|算)?|五色(?:分级|分布|统计|分类|管理)?|颜色分布|by colou?r",
        _by("colour"),
    ),
]

_SET += [
    ("output", r"预产期(?:的)?(?:月份)?(?:分布|走势|趋势)图?", {"chart": True, "by": "month"}),
    ("output", r"哪(?:个|些)(?:村|乡镇|镇|乡)(?:的)?", {"by": "place", "count": True}),
    ("output", r"(?:做)?(?:个|一下)?(?:对比|比较)(?:一下)?", {"by": "place", "count": True}),
    (
        "output",
        r"[绿黄橙橘红紫]色?(?:[、和跟与及]?[绿黄橙橘红紫]色?)+(?:的)?各(?:自)?(?:有)?(?:多少|几)个?人?",
        lambda match: {**_colours(match), "by": "colour", "count": True},
    ),
]
_SET.append(
    (
        "several",
        r"(?:[这那]|一共)?(?P<n>[两二三四五六七八九十]|\d{1,2})个(?:自然|行政)?(?:村子?|乡镇|镇|乡|社区|街道)",
        lambda match: {"n": _int(match["n"])},
    )
)
_WORDS: list[tuple[Kind, str]] = [
    (
        "narrow",
        r"(?:在)?(?<![\u4e00-\u9fff])(?:里面|里头|只看|只要|光看)|(?:在)?(?:其中|这里面|那里面|这些里面?|这些人?(?:里面?|当中|中)|那些人?(?:里面?|当中|中)|里头|这里头|当中|它?们中|她们(?:中|里面?|当中))(?:的|有)?|of (?:them|those|these)",
    ),
    (
        "list",
        r"(?:(?:拉|弄|搞|出|整|列|做|理|要)(?:一?[个份张下]|出来?)?)?(?:名单|花?名册|清单|列表|台账|底册|一览表?|总表|明细表?)|都?(?:有)?(?:谁(?!把|能|会|给|知道|来告)|哪些(?:个|人|位)?|哪几(?:个|位|名|人)|哪(?:个|位)|哪些孕产?妇)|有(?:没有|没|吗)|列(?:出来|出|一下|给我|一列)|所有人|名字|姓名|list|roster|who",
    ),
    (
        "whole",
        r"(?:我们?|俺们?|咱们?|本|全|这个?|整个)(?:这)?(?:个)?(?:行政)?(?:村子?|镇子?|乡|县|市|区|街道|院)(?:里|上)?|(?:我们?|俺们?|咱们?|我们这)(?:这|那)?(?:边|里|儿|块)|全部|所有(?:村|乡镇)?(?:的)?|我(?:手[里上头]|名下|管)(?:的|头)?|(?:我们?|咱们?)(?:镇|村|县|院|这里)?(?:管|负责)的|手[里上](?:头)?|辖区(?:内)?(?:的)?|(?:在管|在册|管着|管)(?:的)?|村里|镇里|县里|镇上|村上|我院|本院",
    ),
    (
        "filler",
        r"[那这]几[个位名](?:人)?|孕产妇|妇女|女的|女人|对象|人员|人群|患者|人|情况|信息|数据|资料|的|呢|吗|吧|啊|呀|嘛|啦|哈|和|与|跟|及|以及|或者|或|并且|且|并|又|同时|而且|还|都|也|有|是|在|属于|属|请问|请|问一下|问下|帮我|帮忙|帮|麻烦(?:你|您)?|给我看|给我|给|(?:发|报)(?:一?份|一下|个)?给我(?:看看|看)?|发(?:来|过来|一?份|下|我|给)?|看(?:一下|下(?!下?一?个?(?:月|周|星期|礼拜)))|看一看|看看|查看|查询|查(?:一下|下(?!下?一?个?(?:月|周|星期|礼拜)))|查找|[查看](?!下下一?个?(?:月|周|星期|礼拜))|想要|想知道|想问|想|我想|我要|我|要|列|显示|目前|现在|当前|眼下|如今|到底|里面|里|中|内|上|把|将|出来|来|去|那些|这些|这|一份|一个|一下|个|位|名|具体|需要|一共|总共|共|整理|汇总|一览|报告一下|说一下|说说|谢谢|您好|你好|老表|同志|最多|最少|了|请你|麻烦|及时|目前为止|为止|那么|那|再|给咱|show|me|the|all|please|is|are|in|of|my|for|and|with|women|woman|[\s、,，。.?？!！;；:：~～()（）\"'“”]+",
    ),
]

RULES: Final[list[tuple[Kind, re.Pattern[str], Any]]] = [
    *((kind, re.compile(pattern), changes) for kind, pattern, changes in (*_FILTERS, *_SET)),
    *((kind, re.compile(pattern), {}) for kind, pattern in _WORDS),
]
ANCHORS: Final = [(re.compile(pattern), anchor, soon) for pattern, anchor, soon in _ANCHORS]

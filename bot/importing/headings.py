"""Which column is which, by its Chinese heading as counties write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

HEADINGS: Final[Mapping[str, str]] = {
    "woman_name": r"(?:孕妇|产妇|孕产妇|妇女|本人)?(?:姓名|名字)",
    "resident_id": r"(?:孕妇|产妇|孕产妇|本人)?(?:居民)?(?:身份证|证件)(?:号|号码)?",
    "birth_date": r"(?:孕妇|产妇|孕产妇|本人)?(?:出生日期|出生年月日?|生日)",
    "age": r"(?:孕妇|产妇|本人)?(?:年龄|周岁|岁数)",
    "own_phone": r"(?:孕妇|产妇|孕产妇)?本人(?:电话|手机|联系电话|联系方式|手机号码?)",
    "phone": r"(?:孕妇|产妇|孕产妇)?(?:联系电话|电话|手机|联系方式)(?:号|号码)?|手机号码?|电话号码?",
    "phone_owner": r"(?:电话|手机|号码)(?:归属|是谁的|机主|持有人)|机主",
    "safe_to_text": r"(?:能|可|是否|可以|同意)?否?(?:发短信|接收短信|短信提醒|发短信方便吗)",
    "township": r"(?:所属|所在)?(?:乡镇|镇|乡|街道|乡镇街道)(?:名称?)?",
    "village": r"(?:所属|所在|现住|居住)?(?:行政)?(?:村|村居|村名|社区|村委会|村居委会|居委会)(?:名称?)?|(?:现住址?|居住地址?|住址|家庭住址)",
    "lmp": r"末次月经(?:时间|日期|第一天)?|lmp",
    "due_date": r"预产期|edc|edd",
    "gestational_weeks": r"(?:现|目前|登记时)?孕周",
    "ultrasound_weeks": r"(?:早孕|首次)?(?:b超|彩超|超声)(?:检查|提示|显示|核实|测量|推算)?孕周",
    "ultrasound_on": r"(?:早孕|首次)?(?:b超|彩超|超声)(?:检查)?(?:时间|日期)|检查(?:时间|日期)",
    "gravida": r"孕次|第几次怀孕|怀孕次数",
    "para": r"产次|生过几个|生育次数",
    "gravida_para": r"孕产次|孕次?产次?|胎次",
    "booked": r"是否(?:已)?(?:建册|建档|建卡)|(?:建册|建档|建卡)(?:与否|情况)|建册否",
    "booking_date": r"(?:建册|建档|建卡|早孕建册)(?:时间|日期)",
    "booking_institution": r"(?:建册|建档|建卡)(?:机构|单位|医院|地点)",
    "handbook_number": r"(?:母子健康|保健)?(?:手册|册|卡|档案)(?:编)?号码?",
    "colour": r"(?:妊娠)?风险(?:等级|分级|颜色|评估结果|评估|级别)?|(?:高危)?(?:分级|颜色|五色)(?:管理|标识)?",
    "grade_date": r"(?:风险)?(?:评估|分级|筛查)(?:时间|日期)",
    "grade_institution": r"(?:风险)?(?:评估|分级|筛查)(?:机构|单位|医院)",
    "factors": r"(?:高危|风险)因素",
    "last_visit": r"(?:末次|最近|最近一次|最后一次|上次)产检(?:时间|日期)?",
    "next_appointment": r"(?:下次|预约)产检(?:时间|日期)?|下次预约",
    "migrant": r"户籍|户籍类型|户口(?:性质)?|(?:是否)?流动(?:人口)?",
    "special_group": r"特殊(?:人群|情况|群体)|帮扶(?:对象|类别)?",
    "birth_date_of_child": r"(?:分娩|生产|出生|婴儿出生|新生儿出生|孩子出生)(?:时间|日期)?",
    "outcome": r"(?:妊娠|怀孕|分娩|生产|新生儿|婴儿|孩子|胎儿)(?:结局|结果|转归|情况|状况|状态)|(?:是否)?(?:存活|活产)|结局",
    "delivery_mode": r"分娩方式|生产方式",
    "delivery_institution": r"(?:分娩|生产)(?:机构|医院|地点|单位)",
    "child_sex": r"(?:新生儿|婴儿|孩子)性别",
    "child_weight": r"(?:新生儿|婴儿|孩子)?(?:出生)?体重(?:\(?克\)?|g)?",
}
"""The whole of a heading, without blanks, marks and what stands in brackets."""

LEADING: Final = ("woman_name",)
"""Columns without which a row is no header."""

_PATTERNS = {name: re.compile(pattern, re.I) for name, pattern in HEADINGS.items()}
_BESIDE = re.compile(r"[（(【\[].*?[）)】\]]|[\s*＊：:、/／]")


def columns(cells: Iterable[object]) -> dict[str, int]:
    """The columns of a row of headings, by name; of two of one kind the first. Empty where it is no such row."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        said = _BESIDE.sub("", str(cell)) if cell is not None else ""
        name = next((name for name, pattern in _PATTERNS.items() if pattern.fullmatch(said)), None)
        if name is not None:
            found.setdefault(name, place)
    if "ultrasound_weeks" not in found:
        found.pop("ultrasound_on", None)  # 检查日期 of something else
    return found if all(name in found for name in LEADING) and len(found) > 1 else {}


def unused(cells: Iterable[object], found: Mapping[str, int]) -> list[str]:
    """Headings nobody reads."""
    used = set(found.values())
    return [str(cell).strip() for place, cell in enumerate(cells) if cell is not None and place not in used]

"""The shared vocabulary: every field a report may hold, every event, and the JSON Schema of each report body.

One row a field, one row an event. Flows, reading back, masking and the published schemas all follow from
here, so two services can never spell the same thing in two ways.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from conversations.text import Sayable, T, Text, plain

SCHEMA_VERSION = 1

Schema = dict[str, Any]

_DATE: Schema = {"type": "string", "format": "date"}
_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_YES_NO: Schema = {"type": "boolean"}

Secrecy = Literal["open", "name", "number", "diagnosis"]
"""How a field is read back on a channel that masks: as it is, 李*, 尾号5678, or only 已记下."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a report can say. `values` are the labels of a closed vocabulary, in asking order."""

    name: str
    label: Text
    schema: Schema
    values: tuple[tuple[Any, Text], ...] = ()
    secrecy: Secrecy = "open"
    unit: Text | None = None

    def say(self, value: Any, *, masked: bool) -> Sayable:
        """The value as it is read back."""
        if masked and self.secrecy != "open":
            return _MASKS[self.secrecy](str(value))
        for known, label in self.values:
            if known == value and type(known) is type(value):
                return label
        if isinstance(value, list):
            return plain("、".join(map(str, value)))
        if self.schema.get("format") == "date":
            return T("{date}", date=date.fromisoformat(value))
        if self.unit is not None:
            return self.unit.with_values(value=value)
        return plain(str(value))


def mask_name(name: str) -> str:
    """李梅 -> 李*; 欧阳小妹 -> 欧***; names with · keep their first character too."""
    return name[:1] + "*" * max(1, min(3, len(name) - 1))


_MASKS: Mapping[Secrecy, Callable[[str], Sayable]] = {
    "open": plain,
    "name": lambda value: plain(mask_name(value)),
    "number": lambda value: T("尾号{tail}", tail=value[-4:]),
    "diagnosis": lambda value: T("已记下"),
}


def _choice(*values: tuple[Any, Text]) -> tuple[Schema, tuple[tuple[Any, Text], ...]]:
    return {"enum": [value for value, _ in values]}, values


def _yes_no(yes: Text, no: Text) -> tuple[Schema, tuple[tuple[Any, Text], ...]]:
    return _YES_NO, ((True, yes), (False, no))


def _integer(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def _field(
    name: str,
    label: Text,
    schema: Schema | tuple[Schema, tuple[tuple[Any, Text], ...]],
    *,
    secrecy: Secrecy = "open",
    unit: Text | None = None,
) -> Field:
    shape, values = schema if isinstance(schema, tuple) else (schema, ())
    return Field(name, label, shape, values, secrecy, unit)


_ALL = (
    _field("woman_name", T("姓名"), _TEXT, secrecy="name"),
    _field("mother_name", T("母亲"), _TEXT, secrecy="name"),
    _field("child_name", T("孩子姓名"), _TEXT, secrecy="name"),
    _field(
        "resident_id", T("身份证号"), {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"}, secrecy="number"
    ),
    _field("birth_date", T("出生日期"), _DATE),
    _field("age", T("年龄"), _integer(0, 120), unit=T("{value}岁")),
    _field("phone", T("电话"), {"type": "string", "pattern": "^1[0-9]{10}$"}, secrecy="number"),
    _field(
        "phone_owner",
        T("谁的电话"),
        _choice(
            ("self", T("她本人的")),
            ("husband", T("丈夫的")),
            ("family", T("家里其他人的")),
            ("other", T("别人的")),
        ),
    ),
    _field("safe_to_text", T("发短信方便吗"), _yes_no(T("方便"), T("不方便"))),
    _field("village", T("村"), _TEXT),
    _field("lmp", T("末次月经"), _DATE),
    _field("due_date", T("预产期"), _DATE),
    _field("gestational_weeks", T("孕周"), _integer(1, 45), unit=T("{value}周")),
    _field("gestational_days", T("孕周余天"), _integer(0, 6), unit=T("{value}天")),
    _field("ultrasound_weeks", T("B超孕周"), _integer(1, 45), unit=T("{value}周")),
    _field("ultrasound_days", T("B超孕周余天"), _integer(0, 6), unit=T("{value}天")),
    _field("ultrasound_on", T("B超日期"), _DATE),
    _field("gravida", T("第几次怀孕"), _integer(1, 20), unit=T("第{value}次")),
    _field("para", T("生过几个"), _integer(0, 15), unit=T("{value}个")),
    _field("booked", T("建册"), _yes_no(T("已建册"), T("还没建册"))),
    _field("migrant", T("户籍"), _yes_no(T("外地来的"), T("本地人"))),
    _field(
        "special_group",
        T("特殊帮扶"),
        _choice(
            ("none", T("不需要")),
            ("poor", T("生活困难")),
            ("disabled", T("身有残疾")),
            ("mental_illness", T("精神疾病")),
        ),
        secrecy="diagnosis",
    ),
    _field("date", T("日期"), _DATE),
    _field("time", T("时间"), {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}),
    _field("place", T("地点"), _TEXT),
    _field(
        "place_kind",
        T("在哪里"),
        _choice(("hospital", T("医院")), ("home", T("家里")), ("road", T("路上"))),
    ),
    _field("institution", T("哪家医院"), _TEXT),
    _field(
        "delivery_mode",
        T("怎么生的"),
        _choice(("vaginal", T("顺产")), ("caesarean", T("剖宫产")), ("assisted", T("助产"))),
    ),
    _field("child_count", T("几个孩子"), _integer(1, 6), unit=T("{value}个")),
    _field("sex", T("性别"), _choice(("male", T("男")), ("female", T("女")))),
    _field("birth_weight_g", T("体重"), _integer(300, 7000), unit=T("{value}克")),
    _field("alive", T("孩子情况"), _yes_no(T("活产"), T("死产"))),
    _field("defect_kind", T("出生缺陷"), _TEXT, secrecy="diagnosis"),
    _field(
        "mother_state",
        T("产妇情况"),
        _choice(("well", T("平安")), ("problem", T("不太好")), ("died", T("去世了"))),
    ),
    _field("problem", T("有没有问题"), _yes_no(T("有问题"), T("没有问题"))),
    _field("finding", T("有什么情况"), _TEXT, secrecy="diagnosis"),
    _field("mode", T("怎么随访的"), _choice(("phone", T("打电话")), ("home", T("上门")))),
    _field("tried", T("怎么找过她"), _TEXT, secrecy="diagnosis"),
    _field("direction", T("迁入还是迁出"), _choice(("out", T("迁出")), ("in", T("迁入")))),
    _field("folic_acid", T("叶酸"), _yes_no(T("已经发了"), T("还没发"))),
    _field("from_place", T("从哪里来"), _TEXT),
    _field("to_place", T("去哪里"), _TEXT),
    _field("discharge_date", T("出院日期"), _DATE),
    _field(
        "loss_kind",
        T("情况"),
        _choice(
            ("miscarriage", T("自然流产")),
            ("induced_abortion", T("人工流产或引产")),
            ("ectopic", T("宫外孕")),
            ("stillbirth", T("死胎死产（满28周）")),
        ),
        secrecy="diagnosis",
    ),
    _field(
        "death_stage",
        T("在哪个阶段"),
        _choice(
            ("pregnant", T("怀孕期间")),
            ("labour", T("分娩时")),
            ("postpartum", T("产后或流产后")),
        ),
    ),
    _field("days_after", T("结束妊娠后几天"), _integer(0, 400), unit=T("{value}天")),
    _field("cause", T("原因"), _TEXT, secrecy="diagnosis"),
    _field("pregnant_or_postpartum", T("怀孕或产后42天内"), _yes_no(T("是"), T("不是"))),
    _field("found_date", T("发现日期"), _DATE),
    _field(
        "death_class",
        T("类别"),
        _choice(
            ("stillbirth", T("死产")),
            ("neonatal", T("新生儿死亡（0–27天）")),
            ("infant", T("婴儿死亡（不满1岁）")),
            ("under_five", T("5岁以下儿童死亡")),
        ),
    ),
    _field(
        "handbook_number",
        T("手册号"),
        {"type": "string", "pattern": "^[0-9A-Za-z-]{3,20}$"},
        secrecy="number",
    ),
    _field("visit_number", T("第几次产检"), _integer(1, 30), unit=T("第{value}次")),
    _field("next_appointment", T("下次预约"), _DATE),
    _field("systolic", T("血压"), _integer(60, 260), unit=T("高压{value}")),
    _field("diastolic", T("低压"), _integer(30, 200)),
    _field("weight_kg", T("体重"), {"type": "number", "minimum": 30, "maximum": 200}, unit=T("{value}公斤")),
    _field("haemoglobin", T("血红蛋白"), _integer(20, 250), unit=T("{value}克/升")),
    _field(
        "colour",
        T("风险"),
        _choice(
            ("green", T("绿色")),
            ("yellow", T("黄色")),
            ("orange", T("橙色")),
            ("red", T("红色")),
            ("purple", T("紫色")),
        ),
        secrecy="diagnosis",
    ),
    _field("with_purple", T("另标紫色"), _yes_no(T("另标紫色"), T("不另标")), secrecy="diagnosis"),
    _field("star", T("☆标"), _yes_no(T("贴☆"), T("不贴")), secrecy="diagnosis"),
    _field("key_follow_up", T("风险"), _yes_no(T("重点随访"), T("一般")), secrecy="diagnosis"),
    _field(
        "factors",
        T("风险因素"),
        {"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 20},
        secrecy="diagnosis",
    ),
    _field("feedback", T("这次是"), _yes_no(T("转诊有结果了"), T("要转出去"))),
    _field("received", T("去了没有"), _yes_no(T("去了"), T("没去"))),
    _field("reason", T("原因"), _TEXT, secrecy="diagnosis"),
    _field("self_discharge", T("哪一种"), _yes_no(T("自动出院"), T("病情危重"))),
    _field(
        "visit_kind",
        T("哪一种"),
        _choice(("home", T("产后访视")), ("day42", T("产后42天检查"))),
    ),
    _field(
        "visited_by",
        T("谁去的"),
        _choice(("village", T("村里")), ("township", T("乡镇卫生院")), ("hospital", T("医院"))),
    ),
    _field(
        "screening",
        T("产后筛查"),
        _choice(("negative", T("没有情况")), ("positive", T("有情况"))),
        secrecy="diagnosis",
    ),
    _field(
        "screening_items",
        T("筛查出来的"),
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"item": {"type": "string", "pattern": "^[a-z0-9_]{1,40}$"}, "what": _TEXT},
                "required": ["item", "what"],
                "additionalProperties": False,
            },
        },
        secrecy="diagnosis",
    ),
    _field("lab_finding", T("化验和病史"), _TEXT, secrecy="diagnosis"),
    _field("restricted", T("限制查看"), {"enum": ["under_14", "minor"]}),
    _field("minor_texts", T("未满18岁能否发短信"), {"enum": ["allowed", "held"]}),  # the township's word
    _field("to_village_id", T("接着管她的村"), {"type": "string", "minLength": 1, "maxLength": 64}),
    _field("child_id", T("孩子"), {"type": "string", "minLength": 1, "maxLength": 32}),
)

FIELDS: Mapping[str, Field] = {f.name: f for f in _ALL}

NOT_SAID = frozenset({"restricted", "minor_texts", "to_village_id", "child_id"})
"""Fields of a body that follow from who is meant, or are the township's word, and are never asked nor read back."""

CHILD_FIELDS = ("sex", "birth_weight_g", "alive", "defect_kind")
"""What is said of each child in `children[]`."""


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One kind of report. `fields` in the order they are read back; `required` without which none is filed
    (the minimum of requirements.md §2); `any_of` of which one must be there (a dating fact)."""

    name: str
    title: Text
    fields: tuple[str, ...]
    required: tuple[str, ...]
    any_of: tuple[str, ...] = ()
    children: bool = False
    solemn: bool = False
    """Told with care: no exclamation marks, condolence first."""
    ends_pregnancy: bool = False
    told: tuple[Literal["township", "county"], ...] = ()
    """Roles that are told of it when it is filed, and when it is taken back."""
    at_once: bool = False
    """Whether they, and whoever is told of its end or death, are told at whatever hour; of the others by day. (u)"""

    def body_schema(self) -> Schema:
        """JSON Schema of the body of this report."""
        properties: Schema = {name: dict(FIELDS[name].schema) for name in self.fields}
        schema: Schema = {
            "type": "object",
            "properties": properties,
            "required": list(self.required),
            "additionalProperties": False,
        }
        if self.children:
            properties["children"] = {
                "type": "array",
                "minItems": 1,
                "maxItems": 6,
                "items": {
                    "type": "object",
                    "properties": {name: dict(FIELDS[name].schema) for name in CHILD_FIELDS},
                    "additionalProperties": False,
                },
            }
        if self.any_of:
            schema["anyOf"] = [{"required": [name]} for name in self.any_of]
        properties["extra"] = {"type": "object"}
        properties["withdrawn_because"] = dict(_TEXT)
        properties["returned_because"] = dict(_TEXT)  # what the township asks its author to look at again
        return schema


_WOMAN = ("resident_id", "birth_date", "age", "restricted", "minor_texts")
_WHERE = ("place_kind", "institution", "place")

EVENTS: Mapping[str, EventSpec] = {
    e.name: e
    for e in (
        EventSpec(
            "pregnancy",
            T("发现孕情"),
            (
                "woman_name",
                *_WOMAN,
                "phone",
                "phone_owner",
                "safe_to_text",
                "village",
                "migrant",
                "lmp",
                "due_date",
                "gestational_weeks",
                "gestational_days",
                "ultrasound_weeks",
                "ultrasound_days",
                "ultrasound_on",
                "gravida",
                "para",
                "booked",
                "special_group",
            ),
            ("woman_name", "village"),
            any_of=("lmp", "due_date", "gestational_weeks"),
        ),
        EventSpec(
            "booking",
            T("建册建档"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "date",
                "gestational_weeks",
                "gestational_days",
                "ultrasound_weeks",
                "ultrasound_days",
                "ultrasound_on",
                "institution",
                "handbook_number",
            ),
            ("woman_name", "village", "date"),
        ),
        EventSpec(
            "antenatal_visit",
            T("产前检查"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "date",
                "visit_number",
                "gestational_weeks",
                "gestational_days",
                "ultrasound_weeks",
                "ultrasound_days",
                "ultrasound_on",
                "institution",
                "systolic",
                "diastolic",
                "weight_kg",
                "haemoglobin",
                "problem",
                "finding",
                "next_appointment",
            ),
            ("woman_name", "village", "date"),
        ),
        EventSpec(
            "risk_grade",
            T("风险评估"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "date",
                "institution",
                "colour",
                "with_purple",
                "star",
                "key_follow_up",
                "factors",
            ),
            ("woman_name", "village", "date"),
            any_of=("colour", "key_follow_up"),
        ),
        EventSpec(
            "referral",
            T("转诊"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "feedback",
                "date",
                "from_place",
                "to_place",
                "reason",
                "received",
                "finding",
                "next_appointment",
            ),
            ("woman_name", "village", "date"),
        ),
        EventSpec(
            "critical_case",
            T("危重或自动出院"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "self_discharge",
                "date",
                "time",
                *_WHERE,
                "finding",
            ),
            ("woman_name", "village", "date"),
            told=("township",),
            at_once=True,
        ),
        EventSpec(
            "postnatal_visit",
            T("产后访视"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "visit_kind",
                "date",
                "visited_by",
                "institution",
                "screening",
                "screening_items",
                "finding",
                "lab_finding",
                "colour",
            ),
            ("woman_name", "village", "date"),
        ),
        EventSpec(
            "newborn_visit",
            T("新生儿访视"),
            (
                "mother_name",
                "village",
                "child_id",
                "child_name",
                "sex",
                "birth_date",
                "date",
                "visited_by",
                "problem",
                "finding",
            ),
            ("mother_name", "village", "date"),
        ),
        EventSpec(
            "birth",
            T("分娩"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "date",
                "time",
                *_WHERE,
                "delivery_mode",
                "gestational_weeks",
                "gestational_days",
                "child_count",
                "mother_state",
                "finding",
                "discharge_date",
            ),
            ("woman_name", "village", "date"),
            children=True,
            ends_pregnancy=True,
        ),
        EventSpec(
            "pregnancy_loss",
            T("妊娠结局"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "loss_kind",
                "date",
                *_WHERE,
                "gestational_weeks",
                "gestational_days",
                "sex",
                "birth_weight_g",
            ),
            ("woman_name", "village", "date"),
            solemn=True,
            ends_pregnancy=True,
        ),
        EventSpec(
            "maternal_death",
            T("孕产妇死亡"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "date",
                "time",
                *_WHERE,
                "death_stage",
                "days_after",
                "cause",
            ),
            ("woman_name", "village", "date"),
            any_of=("place_kind", "place", "institution"),
            solemn=True,
            ends_pregnancy=True,
            at_once=True,
        ),
        EventSpec(
            "child_death",
            T("儿童死亡"),
            (
                "mother_name",
                "village",
                "child_id",
                "child_name",
                "sex",
                "birth_date",
                "date",
                "time",
                *_WHERE,
                "cause",
                "death_class",
            ),
            ("mother_name", "village", "date"),
            any_of=("place_kind", "place", "institution"),
            solemn=True,
            at_once=True,
        ),
        EventSpec(
            "woman_death",
            T("育龄妇女死亡"),
            ("woman_name", "village", *_WOMAN, "date", "time", *_WHERE, "cause", "pregnant_or_postpartum"),
            ("woman_name", "village", "date"),
            any_of=("place_kind", "place", "institution"),
            solemn=True,
            at_once=True,
        ),
        EventSpec(
            "birth_defect",
            T("出生缺陷"),
            (
                "mother_name",
                "village",
                "child_id",
                "child_name",
                "sex",
                "birth_date",
                "defect_kind",
                "found_date",
            ),
            ("mother_name", "village", "defect_kind"),
            solemn=True,
        ),
        EventSpec(
            "follow_up",
            T("随访"),
            ("woman_name", "village", *_WOMAN, "mode", "date", "problem", "finding"),
            ("woman_name", "village", "date"),
        ),
        EventSpec(
            "lost_contact",
            T("失访"),
            ("woman_name", "village", *_WOMAN, "date", "tried"),
            ("woman_name", "village"),
            told=("township", "county"),
            at_once=True,
        ),
        EventSpec(
            "moved",
            T("迁入迁出"),
            (
                "woman_name",
                "village",
                *_WOMAN,
                "phone",
                "direction",
                "date",
                "from_place",
                "to_place",
                "to_village_id",
            ),
            ("woman_name", "village", "direction"),
            told=("township", "county"),
        ),
        EventSpec(
            "preconception",
            T("备孕"),
            ("woman_name", "village", *_WOMAN, "phone", "folic_acid"),
            ("woman_name", "village"),
        ),
        EventSpec(
            "contraceptive_reaction",
            T("药具不良反应"),
            ("woman_name", "village", *_WOMAN, "finding", "date"),
            ("woman_name", "village", "finding"),
        ),
    )
}


def envelope_schema(event: str) -> Schema:
    """The whole JSON Schema of what the county receives for `event`."""
    spec = EVENTS[event]
    time: Schema = {"type": "string", "format": "date-time"}
    identifier: Schema = {"type": "string", "minLength": 1, "maxLength": 32}
    data: Schema = {
        "report_id": identifier,
        "version": {"type": "integer", "minimum": 1},
        "supersedes": {"type": ["integer", "null"], "minimum": 1},
        "event": {"const": event},
        "withdrawn": {"type": "boolean"},
        "subject_ids": {"type": "array", "items": identifier, "minItems": 1},
        "woman_id": identifier,
        "pregnancy_id": {"type": ["string", "null"]},
        "village": {
            "type": ["object", "null"],
            "properties": {
                "id": identifier,
                "name": {"type": "string"},
                "path": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["id", "name", "path"],
            "additionalProperties": False,
        },
        "event_time": {"type": ["string", "null"]},
        "known_time": time,
        "recorded_time": time,
        "author_role": {"enum": ["coordinator", "township", "institution", "county", "woman"]},
        "channel": {"type": "string"},
        "channel_trust": {"enum": ["high", "low"]},
        "verification": {"enum": ["unverified", "verified", "returned"]},
        "programme": {"type": "string"},
        "schema_version": {"const": SCHEMA_VERSION},
        "body": spec.body_schema(),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"yunguan report: {event} ({spec.title.id})",
        "type": "object",
        "properties": {
            "type": {"enum": ["report.filed", "report.corrected", "report.withdrawn"]},
            "timestamp": time,
            "data": {
                "type": "object",
                "properties": data,
                "required": list(data),
                "additionalProperties": False,
            },
        },
        "required": ["type", "timestamp", "data"],
        "additionalProperties": False,
    }


def flatten(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with `children[]` and `extra` as flat answers: `children.0.sex`, `extra.water_source`. A single child's fields at the top level
    stay there too; the birth flow moves them."""
    flat = {name: value for name, value in fields.items() if name not in ("children", "extra")}
    flat.update({f"extra.{name}": value for name, value in fields.get("extra", {}).items()})
    for number, child in enumerate(fields.get("children", ())):
        flat.update({f"children.{number}.{name}": value for name, value in child.items()})
    return flat


def assemble(answers: Mapping[str, Any], event: str) -> dict[str, Any]:
    """The body of a report from flat answers: only the event's own fields, unknown ones left out."""
    spec = EVENTS[event]
    body: dict[str, Any] = {name: answers[name] for name in spec.fields if answers.get(name) is not None}
    if spec.children:
        count = answers.get("child_count", 1)
        children: list[dict[str, Any]] = []
        for number in range(count):
            child = {
                name: answers[key]
                for name in CHILD_FIELDS
                if answers.get(key := f"children.{number}.{name}") is not None
            }
            children.append(child)
        body["children"] = children
    if extra := {
        key.removeprefix("extra."): value
        for key, value in answers.items()
        if key.startswith("extra.") and value is not None
    }:
        body["extra"] = extra
    return body

"""How a pregnancy or a life ended, and defects."""

from __future__ import annotations

import re

from .gathered import Facts, Taken

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


def take_loss(facts: Facts, start: int, end: int, got: Taken) -> None:
    stretch = facts.folded[start:end]
    for kind, pattern in _LOSS_KINDS:
        if pattern.search(stretch):
            weeks = got.fields.get("gestational_weeks")
            if kind in {"stillbirth", "miscarriage"} and weeks is not None:
                # A stillbirth is a loss from 28 weeks on, counted among deliveries (requirements §2).
                kind = "stillbirth" if weeks >= 28 else "miscarriage"
            got.put("loss_kind", kind)
            return


def take_stage(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
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


def take_defect(facts: Facts, start: int, end: int, got: Taken) -> None:
    if match := _DEFECT.search(facts.folded[start:end]):
        kind = facts.text[start + match.start() : start + match.end()]
        got.put("defect_kind", re.sub(r"^.*?(?:是|有|得了|患|发现|个|查出|说|的|为)(?=..)", "", kind))

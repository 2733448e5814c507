"""Blood pressure, weight, colour; causes, problems and findings as they were told."""

from __future__ import annotations

import re

from conversations.care.unsaid import COLOUR_OF, infection_found

from ..numerals import number
from .gathered import Facts, Taken

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
_COLOUR = re.compile(r"(绿|黄|橙|红|紫)色?(?!疸|体|皮|褥|细胞|蛋白|旗|包|糖|枣|十字|肿|霉)")
_FACTORS = re.compile(
    r"[一两二三四五1-5]次剖(?:宫产|腹产)?|剖(?:宫产|腹产)?过?[两二三四2-4]次|胎盘植入|瘢痕妊娠|重度子痫前期|(?:重度|中度|轻度)?贫血|疤痕子宫|瘢痕子宫|高龄|双胎|双胞胎|三胎(?!妊)|前置胎盘|胎盘低置|妊高症|妊娠期?高血压|子痫前期|妊娠期?糖尿病|糖尿病|甲减|甲亢|甲状腺\w{0,4}|乙肝|梅毒|艾滋病?|hiv|臀位|巨大儿|胎位不正|横位|剖宫产史|流产史|高血压|心脏病|肾病|癫痫|哮喘|肥胖|血小板(?:减少|低)|羊水过[多少]|胎儿生长受限|血型阴性|rh阴性|哮喘|身材矮小|结核|肝炎|抑郁症?|先兆流产|早产史|死胎史|子宫肌瘤"
)
_CAUSE = re.compile(
    r"(?:死于|死因(?:是|为|[:：])?|原因(?:是|为|[:：])?|因为|由于|因)\s*(?P<c>[^,，。;；!！\n]{2,40}?)\s*(?:而|所以)?(?:死亡?了?|去世了?|过世了?|走了|没了|夭折了?|不在了|没保住|流产了?|引产了?|没抢救过来|抢救无效|转诊|转到|转往|转院|转|评为|评定|定为|[,，。;；!！\n]|$)|(?P<d>大?出血|羊水栓塞|子痫|难产|车祸|溺水|窒息|肺炎|心脏病|先天性心脏病|脑出血|癌症?|[\u4e00-\u9fff]{1,3}癌|自杀|喝农药|上吊|触电|中毒|产后(?:大)?出血|早产|呛奶|摔|心梗|败血症|肺栓塞|白血病)(?=[^,，。]{0,3}(?:死|去世|过世|走|没|夭|不在|抢救|,|，|。|\s|$))"
)
_POSITIVE = re.compile(r"(?:高危|风险)?(?:筛查|初筛)(?:结果)?(?:是|为|呈|出)?阳性")
_PROBLEM = re.compile(
    r"(?<!没)(?<!没有)(?:(?<!没)有(?:点|些)?|出现)?(?<!没有)(?<!没)(?:问题|不舒服|异常|水肿|浮肿|贫血|血压高|血糖高|发炎|奶水不足|情绪低落|伤口[^,，。好]{1,6})"
)
_FINE = re.compile(
    r"(?:一切|都|情况|身体|母[子女婴]|恢复|指标|结果|检查|大人|孩子|宝宝|娃)[^,，。没不]{0,6}(?:正常|好|良好|平安|健康|稳定|不错|可以)|没(?:有|什么|啥|事)?(?:什么|啥)?(?:问题|异常|不适|不舒服|不对|毛病|大碍|事)|[还挺都蛮]好|无(?:异常|不适|殊)|正常|平安|没事"
)


_INFECTION_IN = {
    **dict.fromkeys(("antenatal_visit", "follow_up", "postnatal_visit"), "finding"),
    "referral": "reason",
    "lost_contact": "tried",
}
"""Where an infection that is told of goes."""


def take_measures(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
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
            got.put("colour", COLOUR_OF[colours[-1 if changed else 0]])
        if factors := [m[0] for m in _FACTORS.finditer(stretch)]:
            got.put("factors", factors)


def take_story(facts: Facts, start: int, end: int, intent: str, got: Taken) -> None:
    """Causes, reasons, findings: told in words and kept as words."""
    stretch = facts.folded[start:end]
    if (name := _INFECTION_IN.get(intent)) and (found := infection_found(facts.text[start:end])):
        got.put(
            name, found
        )  # before anything else: it must not be lost (requirements.md §4 hides it in the answers)
        if name == "finding":
            got.put("problem", True)
    if intent in {"maternal_death", "woman_death", "child_death", "pregnancy_loss"}:
        if match := _CAUSE.search(stretch):
            group = "c" if match["c"] else "d"
            got.put("cause", facts.text[start + match.start(group) : start + match.end(group)])
    elif intent in {"referral", "withdraw", "opt_out", "assign", "moved", "lost_contact"}:
        if (match := _CAUSE.search(stretch)) and match["c"]:
            got.put("reason", facts.text[start + match.start("c") : start + match.end("c")])
        elif intent == "referral" and (match := _POSITIVE.search(stretch)):
            got.put("reason", facts.text[start + match.start() : start + match.end()])
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

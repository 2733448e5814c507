"""发现孕情: a coordinator found a pregnancy. Minimum: who, which village, one dating fact (XF 四(一), YZ 12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from conversations.care.gestation import TERM, age_on, due_date, weeks_on
from conversations.care.programme import programme
from conversations.engine.flow import Choice, Context, Ended, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import WomanFact, WomenWithId, WomenWithPhone
from conversations.flows import ultrasound
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed, restricted
from conversations.flows.reading import read_back
from conversations.flows.where import VILLAGE, absorb, settle_village
from conversations.flows.who import (
    WHO,
    besides_her,
    bound,
    card,
    keep_version,
    named,
    open_pregnancy,
    women_lookups,
)
from conversations.message import Notice, Report
from conversations.records import mask_name
from conversations.text import Refusal, T, Text

DATED = ("lmp", "due_date", "gestational_weeks", "gestational_days")
MAX_WEEKS = 43


def _likely_same(talk: Talk, context: Context) -> list[WomanFact]:
    """Women who may be the one reported: same ID; or same phone and name; or same name in the village with an
    open pregnancy, or known but for a pregnancy (备孕)."""
    answers = talk.answers
    found: dict[str, WomanFact] = {}
    if number := answers.get("resident_id"):
        found.update({w.id: w for w in context.facts[WomenWithId(number, context.village_ids)] if w.visible})
    if phone := answers.get("phone"):
        same = context.facts[WomenWithPhone(phone, context.village_ids)]
        found.update({w.id: w for w in same if w.name == answers.get("woman_name")})
    if village := answers.get("village_id"):
        for woman in named(talk, context, "woman_name"):
            if woman.village_id == village and (
                not woman.pregnancies or any(p.ended is None for p in woman.pregnancies)
            ):
                number_told, number_known = answers.get("resident_id"), woman.resident_id
                if not (number_told and number_known and number_told != number_known):
                    found[woman.id] = woman
    refused = answers.get("not_same", [])
    return [w for w in found.values() if w.alive and w.id not in refused]


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    return absorb(ultrasound.heard(fields, context), talk, context)


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _settled(talk, context)
    ultrasound.settle(talk, context)
    again = talk.answers.get("repeat") == "supplement"
    if talk.amends is None and not talk.has("of_end") and not again and ultrasound.dates_alone(talk):
        scan = ultrasound.scanned(talk)
        talk.draw("lmp", scan.lmp.isoformat() if scan is not None else None)
    if talk.amends is not None:
        ultrasound.counted_back(talk, talk.amends["body"])
    return settled


def _settled(talk: Talk, context: Context) -> Settled:
    if talk.amends is not None:
        keep_version(talk, context)
        return None
    settle_village(talk, context)
    answers = talk.answers
    if (ended := talk.day("of_end")) and "gestational_weeks" in answers and not talk.told("lmp"):
        # told afterwards, weeks are those at the end
        age = timedelta(weeks=answers["gestational_weeks"], days=answers.get("gestational_days", 0))
        talk.draw("lmp", (ended - age).isoformat())
    talk.draw("restricted", restricted(answers, context))
    if answers.get("woman_id"):
        answers.pop("maybe_same", None)
        if answers.get("repeat") == "drop":
            return Ended(T("好，那就不重复报了。要是那一份有错，说“更正”就能改。"))
        _bind(talk, context)
        return None
    if not answers.get("woman_name"):
        return None
    answers["maybe_same"] = [woman.id for woman in _likely_same(talk, context)]
    number = answers.get("resident_id")
    if number and not answers.get("elsewhere"):
        others = [w for w in context.facts[WomenWithId(number, context.village_ids)] if not w.visible]
        if others:
            answers["elsewhere"] = [w.township_id for w in others]
            return T(
                "这个身份证号在别的村登记过。请再核对一遍号码；没错就接着报，我会请{township}核实是不是同一个人。"
            )
    return None


def _bind(talk: Talk, context: Context) -> None:
    answers, woman = talk.answers, bound(talk, context)
    if woman is None:
        return
    answers["woman_version"] = woman.version
    talk.draw("village_id", woman.village_id)
    settle_village(talk, context)
    current = open_pregnancy(woman)
    if current is None or answers.get("repeat") == "new":
        answers.pop("already", None)
        talk.draw("pregnancy_id", None)
    elif answers.get("repeat") == "supplement":
        talk.draw("pregnancy_id", current.id)
        if not any(talk.told(name) for name in DATED):
            own = current.lmp_told or current.lmp
            talk.draw("lmp", own.isoformat() if own else None)
    elif not answers.get("of_end"):
        answers["already"] = True


def _same_choices(talk: Talk, context: Context) -> tuple[Choice, ...]:
    women = _likely_same(talk, context)
    only = ("是", "对", "是的", "是同一个", "同一个人", "是同一个人") if len(women) == 1 else ()
    shown = [Choice({"woman_id": w.id}, T("{card}", card=card(w, context)), only) for w in women[:6]]
    refused = [*talk.answers.get("not_same", []), *(w.id for w in women)]
    return (*shown, Choice({"not_same": refused}, T("不是，是另一个人"), ("不是", "另一个人", "都不是")))


def _identity_agrees(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    """The ID number is a woman's and agrees with the birth date and age told; she is 10 to 60."""
    number, born, age = answers.get("resident_id"), answers.get("birth_date"), answers.get("age")
    if number and int(number[16]) % 2:
        return ("resident_id", "birth_date"), Refusal(
            T("这个身份证号是男性的，是不是报成了丈夫的？请再核对，不知道就说“跳过”。")
        )
    if number and born and number[6:14] != born.replace("-", ""):
        return ("resident_id", "birth_date"), Refusal(
            T("身份证号和出生日期对不上，请再核对一下，比如只报身份证号。")
        )
    if born:
        years = age_on(date.fromisoformat(born), context.today)
        if not 10 <= years <= 60:
            return ("resident_id", "birth_date"), Refusal(
                T("按这个出生日期她{years}岁，超出了10到60岁。请再核对，比如：1998年5月6日。", years=years)
            )
        if age is not None and abs(years - age) > 2:
            return ("age", "birth_date", "resident_id"), Refusal(
                T(
                    "年龄和出生日期对不上：按生日是{years}岁，您说{age}岁。请再核对一下。",
                    years=years,
                    age=age,
                )
            )
    if age is not None and not 10 <= age <= 60:
        return ("age",), Refusal(T("{age}岁超出了10到60岁，请再核对，比如：28。", age=age))
    return None


def _dating_possible(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
    """LMP not in the future and not over 43 weeks ago; LMP and due date of one pregnancy."""
    today = context.today
    if answers.get("of_end"):
        return None
    if lmp := answers.get("lmp"):
        first = date.fromisoformat(lmp)
        if first > today:
            return DATED, Refusal(
                T("末次月经{date}还没到呢。请说最后一次来月经的第一天，比如：9月3号。", date=first)
            )
        weeks, _ = weeks_on(first, today)
        if weeks >= MAX_WEEKS:
            return DATED, Refusal(
                T(
                    "按末次月经{date}算已经孕{weeks}周了，超过了43周。请再核对日期；要是已经生了，直接说“生了”。",
                    date=first,
                    weeks=weeks,
                )
            )
        if (due := answers.get("due_date")) and abs((date.fromisoformat(due) - due_date(first)).days) > 21:
            return DATED, Refusal(
                T("末次月经和预产期差得太远，对不上。请说其中有把握的一个，比如：末次月经9月3号。")
            )
    if due := answers.get("due_date"):
        weeks, _ = weeks_on(date.fromisoformat(due), today)
        if weeks >= 3:
            return DATED, Refusal(
                T(
                    "预产期{date}已经过去{weeks}周了，请再核对；要是已经生了，直接说“生了”。",
                    date=date.fromisoformat(due),
                    weeks=weeks,
                )
            )
        if weeks < -40:
            return DATED, Refusal(
                T("预产期{date}太远了，请再核对，比如：预产期明年6月10号。", date=date.fromisoformat(due))
            )
    return None


def _ask_dating(talk: Talk, context: Context) -> Text:
    if talk.has("of_end"):
        return T("她最后一次来月经是哪天？不记得就说当时孕几周，比如：39周。")
    return T("她最后一次来月经是哪天？说预产期或现在孕几周也行。")


def _ask_help(talk: Talk, context: Context) -> Text:
    """It is the last thing asked, unless the programme has a question of its own."""
    ask = T("家里有什么要帮一把的吗？没有就选“不需要”。")
    if talk.programme and programme(talk.programme).questions("pregnancy"):
        return ask
    return T("最后一项：{ask}", ask=ask)


def _advice(talk: Talk, context: Context) -> Text:
    """What she is to be reminded of now; never what was past before anybody knew of her (requirements.md §5)."""
    due, lmp, today = talk.day("due_date"), talk.day("lmp"), context.today
    if due is None and lmp is not None:
        due = due_date(lmp)
    if due is not None and today > due:
        return T("她的预产期已经过了，请今天就问问她：生了就告诉我，还没生请她马上去医院看看。")
    if talk.answers.get("booked") is True:
        return T("请提醒她按时产检，谢谢您。")
    first = next((one for one in programme(context.speaker.programme).visit.values() if one.booking), None)
    start = lmp or (due - TERM if due is not None else None)
    if first is not None and start is not None and first.closes.last_day(start) < today:
        return T("请帮她尽快建册、做一次产检，谢谢您。")
    return T("请提醒她早点建册、按时产检，谢谢您。")


def _finish(talk: Talk, context: Context) -> Result:
    if context.masked:
        sent, waits = T("报好了，孕情已经送往县里。"), T("报好了，{township}核实后就送往县里。")
    else:
        name = talk.answers["woman_name"]
        sent = T("报好了，{name}的孕情已经送往县里。", name=name)
        waits = T("报好了，{name}的孕情{township}核实后就送往县里。", name=name)
    advice = _advice(talk, context)
    said, waiting = (T("{said}{advice}", said=one, advice=advice) for one in (sent, waits))
    if talk.answers.get("restricted") == "under_14":
        said = T("报好了，已经送往县里。")
    elif talk.answers.get("of_end"):
        said = waiting = T("孕情也补报好了，谢谢您。")
    if talk.answers.get("repeat") == "new":
        said, waiting = (
            T("{said}上一次怀孕还没报结果，也请告诉我一声，比如“生了”。", said=one) for one in (said, waiting)
        )
    result = filed("pregnancy", talk, context, pregnancy=True, said=said, waiting=waiting)
    doubts = tuple(
        Notice(
            T(
                "{village}新报的一位孕妇，身份证号与别处登记的相同，请核实是不是同一个人。",
                village=talk.answers["village"],
            ),
            role="township",
            place_id=place,
        )
        for place in dict.fromkeys([talk.answers.get("village_id"), *(talk.answers.get("elsewhere") or [])])
        if talk.answers.get("elsewhere") and place
    )
    effects = (*result.effects, *doubts, *_passed_on(result.reports[0], talk, context))
    return Result(result.replies, result.reports, effects, result.then)


def _passed_on(report: Report, talk: Talk, context: Context) -> tuple[Notice, ...]:
    """Who comes from elsewhere may not live here for good: her home district is to know of her (YZ 第十条). As long as she
    is here she is looked after here (GP 四(一)2)."""
    rule, known = programme(report.programme).passed_on, talk.amends is not None and talk.amends["body"]
    if rule is None or report.body.get("migrant") is not True or (known and known.get("migrant") is True):
        return ()
    text = T(
        "{village}报来一位外地来的孕妇：{who}。请核实，她要是不常住本地，请转介到她常住地；人在这边照常管着。",
        village=report.body["village"],
        who=mask_name(str(report.body["woman_name"])),
    )
    roles = (role for role in rule.told if role != context.speaker.role)
    return tuple(Notice(text, role=role, place_id=report.village_id) for role in roles)


FLOW = Flow(
    "pregnancy",
    version=1,
    title=T("发现孕情"),
    intent="pregnancy",
    words=("/pregnancy",),
    event="pregnancy",
    roles=STAFF,
    example=T("· 李梅怀孕了，末次月经9月3号"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    checks=(_identity_agrees, not_in_future("ultrasound_on"), _dating_possible),
    drops={
        "woman_name": WHO,
        "lmp": ("due_date", "gestational_weeks", "gestational_days"),
        "due_date": ("lmp", "gestational_weeks", "gestational_days"),
        "gestational_weeks": ("lmp", "due_date", "gestational_days"),
        "resident_id": ("birth_date", "elsewhere"),
        "phone": ("phone_owner", "safe_to_text"),
    },
    extra_fields=("not_same",),
    steps=(
        Step("woman_name", T("她叫什么名字？"), required=True, help=T("说她的姓名就行，比如：李梅。")),
        Step(
            "same",
            T("花名册上有一位很像的，是同一个人吗？"),
            fills=("woman_id",),
            required=True,
            when=lambda talk: bool(talk.answers.get("maybe_same")),
            choices=_same_choices,
            shows_roster=besides_her(_likely_same),
        ),
        Step(
            "repeat",
            T("她这次怀孕已经报过了。您是想补充，还是不用报了？"),
            required=True,
            when=lambda talk: bool(talk.answers.get("already")),
            choices=(
                Choice("supplement", T("补充那一份"), ("补充", "更正", "改", "补")),
                Choice("drop", T("不用报了"), ("不用", "不用了")),
                Choice("new", T("是另一次怀孕"), ("另一次",)),
            ),
        ),
        VILLAGE,
        Step(
            "dating",
            _ask_dating,
            fills=("lmp", "due_date", "gestational_weeks"),
            required=True,
            help=T("比如：9月3号，或“预产期6月10号”，或“12周加3天”。"),
        ),
        Step(
            "identity",
            T("她的身份证号是多少？没有就说出生日期或年龄。"),
            fills=("resident_id", "birth_date", "age"),
            help=T("比如：18位身份证号，或1998年5月6日，或28岁。"),
        ),
        Step("phone", T("联系电话是多少？"), help=T("说11位手机号，比如：199 0000 0101。")),
        Step(
            "phone_owner",
            T("这个电话是谁的？"),
            when=lambda talk: talk.has("phone"),
            choices=(
                Choice("self", T("她本人的"), ("本人", "自己", "她的", "自己的", "她自己的", "她自己")),
                Choice("husband", T("丈夫的"), ("丈夫", "老公", "老公的", "男人的", "爱人")),
                Choice("family", T("家里其他人的"), ("家里人", "婆婆", "婆婆的", "妈妈的", "公公", "家人")),
                Choice("other", T("别人的"), ("邻居", "邻居的", "亲戚", "别人")),
            ),
        ),
        Step(
            "safe_to_text",
            T("往这个号发短信，她方便吗？"),
            when=lambda talk: talk.has("phone") and talk.answers.get("restricted") != "under_14",
            choices=(
                Choice(True, T("方便"), ("方便的", "可以", "行", "没事", "不会", "好")),
                Choice(False, T("不方便"), ("不行", "不可以", "不太方便", "会为难", "别发")),
            ),
            help=T("家里人看到会让她为难，就选“不方便”，以后有事只找您转告。"),
        ),
        Step(
            "migrant",
            T("她是本地人，还是外地来的？"),
            choices=(
                Choice(False, T("本地人"), ("本地", "本村", "本村人", "本地的")),
                Choice(True, T("外地来的"), ("外地", "外来", "外地人", "流动", "外省的")),
            ),
        ),
        Step(
            "gravida_para",
            T("这是第几次怀孕？生过几个孩子？"),
            fills=("gravida", "para"),
            help=T("比如：第二次怀孕，生过一个；头胎就说“头胎”。"),
        ),
        Step(
            "booked",
            T("建册了没有？"),
            choices=(
                Choice(True, T("已建册"), ("建了", "建册了", "有", "是", "已经建了", "已建")),
                Choice(False, T("还没建册"), ("没有", "没建", "还没", "没", "还没建")),
            ),
        ),
        Step(
            "special_group",
            _ask_help,
            choices=(
                Choice("none", T("不需要"), ("没有", "没", "无", "都没有")),
                Choice("poor", T("生活困难"), ("困难", "贫困", "低保")),
                Choice("disabled", T("身有残疾"), ("残疾",)),
                Choice("mental_illness", T("精神疾病"), ("精神病", "精神方面")),
            ),
        ),
        ReadBack(
            read_back(
                "pregnancy",
                steps={
                    "lmp": "dating",
                    "due_date": "dating",
                    "gestational_weeks": "dating",
                    "ultrasound_weeks": "dating",
                    "resident_id": "identity",
                    "birth_date": "identity",
                    "age": "identity",
                    "gravida": "gravida_para",
                    "para": "gravida_para",
                },
            )
        ),
    ),
    finish=_finish,
)

"""What is asked of the bot rather than reported to it: the roster, one's own status, answers to reminders."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from conversations.text import T, Text

from .asked import read_asked, read_whole
from .events import Told
from .fields import Facts
from .lexicon import listed

LABELS: dict[str, Text] = {
    "child_death": T("孩子出生后去世了"),
    "pregnancy_loss": T("怀孕没能保住"),
    "maternal_death": T("孕产妇去世了"),
    "woman_death": T("妇女去世了"),
    "moved": T("人离开了本地"),
    "birth": T("她生了"),
    "critical_case": T("她病危或自动出院"),
}
"""How the meanings a doubtful event may have are offered."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An intent seen from the whole message. `always`: even where an event seems told as well."""

    intent: str
    always: bool = False
    fields: dict[str, Any] = field(default_factory=dict)


_HELP = re.compile(
    r"^\s*(?:帮助|帮忙|help|菜单|指令|命令|说明|使用说明|功能|\?+|？+|教程|操作说明|用法)[\s!！。.?？]*$|怎么(?:用|报|上报|填|操作|发|使用|录)(?!药)|如何(?:使用|上报|报|操作|填)|你(?:能|会|可以)(?:做|干|帮)(?:些|点|我)?(?:什么|啥|吗)|有(?:什么|哪些)功能|你是(?:谁|什么|哪个|机器人)|不会(?:用|操作|填|报)|(?<![药酸粉])(?:咋个?|咋样|怎样|啷个|哪样)(?:用|报|上报|填|操作)(?!药)|能报(?:些|点|哪些)?(?:啥|什么|哪)|教(?:一下|教)?我|能干(?:什么|啥|嘛)|怎么(?:玩|弄)|what can you do|how (?:do|can) i (?:use|report)"
)
_LISTING = re.compile(
    r"导(?:个|一?份|出)[^,，。]{0,4}(?:表|名单|来|给)|名单|花名册|清单|列表|台账|哪些(?!材料|证件?|手续|东西|资料|注意|事项|检查|项目)(?:人|孕|产|妇|是|没|还|要|高危)?|有谁|谁(?:还|没|要|快|该|在|们|都|的)|(?:的|是)(?:都)?(?:有)?谁|(?:催|访视|随访|通知|找)(?:一下)?谁|[建产访住筛管]\S{0,3}率|生了多少|(?:孕妇|产妇|高危|名单|花名册|册|产检|访视)的?(?:都)?发(?:给)?我(?:看(?:看|一?下)?|一份)?[。!！ ]*$|给我(?:看|列|发)|都有谁|(?:有|还有|一共|共|总共)?(?:多少|几)(?:个|人|名|位|例)|(?:多少|几)个?(?:孕妇|产妇|高危|孕产妇)|统计|汇总|(?:^|[,，。 ]|帮我|请|我要|我想|想|麻烦)查(?:一?下|询|找|看)?(?![到出了过体房血尿b得无有])(?=[\u4e00-\u9fff])|查(?:一下|询)|^查|导出|有多少(?=$|[?？])|催办|列(?:出|一下)|看(?:一?下|看)(?=[\u4e00-\u9fff]{2,8}(?:名单|情况|的))|什么情况|现在(?:怎么样|咋样|情况)|今天要做什么|什么(?:任务|事要|工作)|任务|待办|要办的|list|roster|how many|show"
)
_LIST_TOPICS = re.compile(
    r"(?:高危|红色|橙色|黄色|绿色|紫色|流动|外来|二胎|三胎|重点|随访|访视|产检|预产|要生|建册|孕妇|产妇|本周|这周|下周|本月|这个月|下个?月|新增|新报|逾期|未建|没建|没产检|没来|贫困|残疾|村)"
)
_TERM = r"(?:\d{1,2}周(?:以上|以下|左右)?|产后(?:42天|四十二天|访视|随访|检查)?|(?:怀|孕)?(?:早|中|晚)期|高龄|低龄|\d{2}岁(?:以上|以下)|外地(?:户口|户籍)?|(?:超|过)(?:了|过)?预产期[^,，。]{0,4}(?:没生)?|失访(?=的|人|名单|孕)|待访视?(?=的|人|名单)|(?:我|全|各|本|整个?)?(?:们)?[村镇乡县]|[^,，。]{0,6}(?:前后|之前|以前|以内|之内|月份?|周内|天内)(?:要生|该生|预产期?|待产|到期)|预产期?在?[^,，。了是]{1,8}|未来[^,，。]{1,4}[天周月]|高危|重点(?:随访|人群)?|(?:红|橙|黄|紫|绿)色?|流动人口|外来人口|外地|名单|孕妇|产妇|催办|待办|逾期|超期|漏检|过期|(?:还)?(?:没|未)(?:有)?(?:去|来|做|按时)?(?:建册|建档|建卡|产检|检查|随访|访视|查|做)|[一二三]胎|低保|贫困|残疾|(?:本|这|下|上)个?(?:周|月|星期)(?:(?:要|快|该)[^,，。了]{1,6}|预产期?|新增|待产|分娩)|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:份)?(?:的)?(?:预产期?|要生|待产|生)|[\u4e00-\u9fff]{2,5}?(?:村|镇|乡))"
_LIST_SHORT = re.compile(
    rf"^\s*(?:{_TERM}(?:的|里|中|和|且|并)*){{1,5}}(?:人|妇女)?(?:的)?(?:名单|清单|有?几个|有?多少(?:个|人)?|有?哪些(?:人)?|有没有(?:人)?|有吗|都?有谁|人数|情况|列表)?[?？。!！ ]*$"
)
_EXAMINED = re.compile(r"^(?!.*(?:谁|哪些|几个|多少|名单)).*(?:查出|检查|查了|b超)")
_OWN = re.compile(
    r"(?:我|俺)?(?:的)?(?:预产期)(?:是)?(?:什么时候|哪天|几号|多少|呢|[?？]|是几)|^我?的?预产期[?？]?$|(?:多少|几)周(?:零|加)?(?:[多几]天)?了|(?:算|查|看)(?:算|下|一下)?[^,，。]{0,3}我[^,，。]{0,4}怀[^,，。]{0,3}[几多]|^[我现在]*(?:多少|几)周[?？]*$|怀(?:孕)?(?:多久|几个月|多少周)了|(?:下次|下一次|下回|什么时候|啥时候?|几时|哪天|几号)[^,，。]{0,6}(?:产检|检查|复查|去医院|体检)|(?:产检|检查|复查)[^,，。]{0,4}(?:什么时候|啥时候?|几时|哪天|几号|时间)|我(?:现在)?(?:几|多)(?:个月|大)了|我的(?:情况|资料|信息|档案|登记)|(?:宝宝|孩子|胎儿)(?:现在|有)?多大|(?:还有|还要|离)[^,，。]{0,6}(?:多久|几天|多少天|几周)[^,，。]{0,3}(?:生)?|我?(?:什么时候|哪天|几号|几时|啥时候)(?:该)?(?:生|去?建册|去?建档)(?!.{0,3}好)|我(?:是不是)?(?:该|要)[^,，。]{0,3}(?:产检|检查|体检)[^,，。]{0,2}[吗?？]|when is my|how many weeks|due date\?|my due date"
)
# What the roster knows of a woman.
_ABOUT_HER = re.compile(
    r"(?:什么时候|哪天|几时|啥时候?|何时|几号)[^,，。]{0,3}(?:生|预产|到期|产检|检查|访视|建)|(?:电话|手机号?|号码)[^,，。]{0,4}(?:多少|几|是什么)|住(?:哪|在哪)|[哪那]个(?:村|组)|(?:是|第|怀的?)[几](?:胎|次|个)|几胎|多大(?:年纪|岁数)?|几岁|(?:什么|啥)颜色|高危[吗不没]|(?:建册|建档|产检|检查|访视|42天|产后)[^,，。]{0,6}(?:了?[吗没]|多少|几次|哪天)|谁(?:在)?(?:管|负责|包)|归谁|孕周|几周|多少周|预产期|什么情况|怎么样|咋样"
)
_HER_STATE = re.compile(
    r"^(?:看看|查看|看一?下)?[^,，。]{2,6}的?(?:情况|资料|档案|信息|详情|记录)[?？。 ]*$|^[^,，。]{2,6}是?(?:第)?几胎[?？]?$"
)
_SEEKS = re.compile(
    r"(?:请|帮我|帮忙|麻烦|我想|我要|想)*(?:查|找|看)(?![了到过望完好])(?:一?下|一?查|一?看|一?找|看|找|查)?(?![了到过望])[^,，。!！了过]{2,8}?的?(?:情况|资料|档案|信息|详情|记录)?[?？。 ]*"
)
_DONE = re.compile(
    r"^\s*(?:我|今天|昨天|上午|下午|前天|刚刚?|已经|已|都|就|医生|早就|上周|这周|[\d月号日])*[,， ]*(?:去过|去了|去检查了|去产检了|(?:检查|产检)(?:过|完|了|好(?=了|[,，。 ]|$))|做(?:完|过|了|好)(?:了|检查|产检)?|去?查(?:过|完|了|好)|去做(?:过|完|了)|看过(?:了|医生)?|来过|检了|(?:从)?[^,，。没不]{0,6}(?:医院|卫生院|妇幼)[^,，。没不]{0,4}回来|到医院(?:查|检|看)?了?|去[^,，。没不]{0,6}(?:医院|卫生院|妇幼|保健院)[^,，。没不]{0,3}(?:查|检|看|做)[过了完]|检[,，。 ])|^(?:去过了|去了|查了|做了|done)\b|(?:产检|检查|[b彩]超|复查|糖耐|唐筛|四维|无创|nt|羊(?:水)?穿(?:刺)?|心电图|胎监|排畸|抽血|尿检)[^,，。没不]{0,3}(?:做|查|去|检)?(?:完了|过了|好了|做了)|i went|went already"
)
_LATER = re.compile(
    r"改天|过(?:几|两|一?段)(?:天|日|时间)|(?:明|后|大后)天(?:再)?(?:去|来|查|检|有空|下午|上午)?|下(?:周|星期|礼拜|个月|个星期|月)[一二三四五六日天]?(?:再)?(?:去|来|查|检|有空|吧)?|没空|没时间|没有时间|不方便(?:去)?|去不了|来不了|晚(?:点|几天|两天)(?:再)?(?:去|来)?|(?:还)?没(?:有)?去|还没(?:去|做|查|检)|再说|忙|等(?:几天|两天|周末|老公|我)|周末(?:再)?去|(?:完|后|了|好)[^,，。]{0,6}再(?:去|来|查|检|做)|再(?:去|来|查|检查|产检)[吧哈呗咯]?[。!！ ]*$|later|not yet|too busy|next week|tomorrow"
)
_NOT_DONE = re.compile(r"没(?:有)?(?:去|做|查|检)|不(?:去|想去|方便)|还没|[吗?？]|没空|没时间")
# 8月26号我再去检查行不: asked, and yet an answer.
_LATER_ASKED = re.compile(
    r"(?:再|才|去|来)(?:去|来)?(?:检查|产检|查|检|做)[^,，。]{0,3}(?:行不|行吗|可以吗|可以不|好不|好吗|要得不|中不|成不)"
)
_ENDED = re.compile(r"人流|引产|清宫|刮宫|药流|流产|打胎|无痛(?!分娩)|宫外孕")
_VERIFY = re.compile(
    r"核实?过了|我核[了过]|核查(?:了|过|无误|属实)|核实(?:了|过|无误|属实|通过|完)|(?:确认|审核|核对)(?:无误|通过|属实|过了|了|没问题)|情况属实|已(?:经)?(?:核实|审核|核对)|(?:那|这)(?:份|条|个)(?:报告)?(?:可以)?通过|没问题[,， ]*通过|[,， ]通过[。!！ ]*$|属实|^(?:通过|同意|核实|审核通过)[。!！ ]*$|退回|打回|驳回|(?:李|张|王|刘|陈|[\u4e00-\u9fff])\S{0,3}(?:的)?(?:报告|上报)(?:通过|没问题|属实)|verified"
)
_ASSIGN = re.compile(
    r"(?:归|由)(?:我|俺|咱)(?:自己)?(?:来|去)?(?:负责|包保|跟进?|随访|接手|管(?!员|办|理|中心|不))|归[\u4e00-\u9fff]{2,5}(?:跟|管|负责|接)(?!不|不着)|指派|分派|派给|分(?:给|配给)|交(?:给|由)|(?:由|让|请)[\u4e00-\u9fff]{2,4}(?:负责|包保|跟进|随访|管(?!员|办|理|中心)|接手)|包保(?:人|给|责任)?|责任人(?:是|为|改|定|[:：])|负责人(?:是|为|改|定)|移交|转交|归[\u4e00-\u9fff]{2,4}管|给[\u4e00-\u9fff]{2,4}(?:管|负责|跟)|(?:换成|改成|改由|换)[\u4e00-\u9fff]{2,4}(?:负责|管|跟)|assign"
)
_QUESTION = re.compile(
    r"[吗?？么]|怎么|能不能|可以|可不可以|什么|啥|咋|为什么|多久|多少|如何|是不是|有没有|要不要|会不会|正常|行不行|(?<!没)哪|(?<!没)几|(?<!没)谁|([\u4e00-\u9fff])不\1|how|what|when|can|should"
)
_DONE_OR_NOT = re.compile(
    r"(?:建[册档卡]|产检|孕检|检查|访视|随访|体检|复查|评估)(?:了|过|好)?(?:没有|没)[\s?？。.]*$"
)
_OF_SUCH = re.compile(
    r"[^,，。！!有来了个位名新\d]{2,10}的(?:孕产?妇|产妇|大肚子)(?:(?:都)?有(?:哪些|谁|几个|多少)人?|名单|多少|几个)?[\s?？。.]*"
)
_PUTS_RIGHT = re.compile(
    r"(?:我|要|想|帮我|请|把)*(?:改|更改|修改|更正)(?:一下|下)?(?:[^,，。\d]{2,8}的)?(?:预产期|末次月经)[\s。.]*"
)
_NOT_PREGNANT = re.compile(
    r"(?<!还)(?:并|根本|其实)?(?:没有?|不是)怀(?:孕|上)?了?[,，。 ]*(?:其实|原来|医生说|就|只)*是(?!不是)(?P<why>[^,，。;；吗?？]{2,10})"
)
"""李梅没怀孕，是月经不调: what was reported of her is taken back."""
_ROLES_ASKING = listed("coordinator township institution county")


def plain(facts: Facts, *, asks: bool, named: bool = False) -> Plain | None:
    """What the whole message is, where it is no report: help, a query, an answer to a reminder.

    `named`: a woman is named in it, so that 多少周了 asks about her.
    """
    text, speaker = facts.folded, facts.speaker
    if _HELP.search(text) and len(text) <= 40:
        return Plain("help", always=True)
    if speaker == "woman":
        if _OWN.search(text):
            return Plain("own_status", always=True)
        if not asks and _DONE.search(text) and not _NOT_DONE.search(text):
            return Plain("visit_done", always=not _ENDED.search(text))
        if (not asks and _LATER.search(text) and len(text) <= 30) or _LATER_ASKED.search(text):
            return Plain("visit_later", always=False)
        return None
    if speaker not in _ROLES_ASKING:
        return None
    if _PUTS_RIGHT.fullmatch(text):
        return Plain("correct", always=True)
    if named and not asks and (why := _NOT_PREGNANT.search(text)):
        return Plain("withdraw", always=True, fields={"reason": why["why"]})
    if read_whole(text, facts.today, facts.people, _places(facts)) is not None:
        return Plain("roster_query", always=True)
    if (named and _DONE_OR_NOT.search(text)) or (not named and _OF_SUCH.fullmatch(text)):
        return Plain("roster_query", always=True)  # 王芳建册没有; 高血压的孕妇
    if (_LISTING.search(text) or _LIST_SHORT.search(text)) and not re.search(
        r"怎么(?!样)|能吃|可以吃|多少钱|多少周(?:才|可以|开始)|几个月(?:可以|能|开始)", text
    ):
        sure = (
            asks
            or bool(_LIST_SHORT.search(text))
            or (named and _SEEKS.fullmatch(text) is not None)
            or bool(
                re.search(
                    r"名单|率|任务|发(?:给)?我|给我|花名册|清单|台账|(?<![一检复体])查|导出|统计|汇总|催办|列",
                    text,
                )
            )
        )
        if sure and (_LIST_SHORT.search(text) or not _EXAMINED.search(text)):
            return Plain("roster_query", always=True)
        return None
    if named and (
        (asks and (_OWN.search(text) or _ABOUT_HER.search(text)))
        or _HER_STATE.search(text)
        or _SEEKS.fullmatch(text)
    ):
        return Plain("roster_query", always=True)
    if speaker != "coordinator" or _VERIFY.search(text):
        if _VERIFY.search(text) and not asks:
            return Plain("verify", always=speaker != "coordinator")
        if _ASSIGN.search(text) and not asks:
            return Plain("assign", always=True)
    return None


def is_question(text: str) -> bool:
    """Whether a person should answer this."""
    return bool(_QUESTION.search(text))


# What a woman tells of herself; anything else she seems to report is talk.
_COMPLETE = re.compile(r"[了过完]")
_HERS = listed(
    "pregnancy birth pregnancy_loss child_death birth_defect moved change_phone wrong_number opt_out opt_in booking antenatal_visit contraceptive_reaction correct preconception visit_done"
)


def allowed(told: list[Told], speaker: str, text: str) -> list[Told]:
    """Without the events this speaker does not report."""
    if speaker == "woman":
        # 我没怀孕，搞错了: she has nothing to take back; a check-up she had is one that is done.
        hers = {"withdraw": "wrong_number", "antenatal_visit": "visit_done"}
        told = [
            replace(one, intent=hers.get(one.intent, one.intent))
            for one in told
            if one.intent != "antenatal_visit" or (_COMPLETE.search(text) and not _LATER.search(text))
        ]
        return [one for one in told if one.intent in _HERS]
    # 把刚才那份里的电话改成…: what was reported is put right.
    if re.search(r"刚才|那份|那条|报的|上一条", text):
        told = [replace(one, intent="correct") if one.intent == "change_phone" else one for one in told]
    # 打错了，是9月3号: from staff it is a slip of the finger, not of the number.
    return [
        replace(one, intent="correct")
        if one.intent == "wrong_number" and not text.startswith("wrong", one.cue)
        else one
        for one in told
    ]


def from_facts(known: dict[str, Any], speaker: str) -> str:
    """The event that bare facts stand for: a woman's name with her last menstruation is a pregnancy."""
    if speaker == "woman" or "woman_name" not in known:
        return "none"
    if {"lmp", "due_date", "gestational_weeks"} & known.keys():
        return "pregnancy"
    if "sex" in known and "birth_weight_g" in known:
        return "birth"
    if {"systolic", "haemoglobin"} & known.keys():
        return "antenatal_visit"
    if "discharge_date" in known:
        return "correct"  # 张桂花今天出院: of the birth that was reported
    return "none"


# --- filters of a roster question ------------------------------------------------------------------------

_WHO_OR_WHERE = listed("woman_name mother_name village date phone reason time")
_OF_THE_ROSTER = listed("woman_name village phone resident_id special_group migrant para gravida")
_WHICH = re.compile(r"哪几个")


def _places(facts: Facts) -> tuple[str, ...]:
    return (facts.village[0],) if facts.village else ()


def filters(simple: Plain, facts: Facts, known: dict[str, Any]) -> dict[str, Any]:
    """The fields of a question: for the roster its filters (`asked` reads them), else who it is about."""
    if simple.intent != "roster_query":
        return {name: value for name, value in known.items() if name in _WHO_OR_WHERE}
    found = {name: value for name, value in known.items() if name in _OF_THE_ROSTER}
    if "woman_name" in found:
        return found
    question = read_asked(facts.folded, facts.today, facts.people, _places(facts)).question
    if len(question.colours) == 1:
        found["colour"] = next(iter(question.colours))
    for name, holds in (
        ("high_risk", question.high_risk or question.watched),
        ("overdue", question.overdue),
        ("postnatal_due", question.postnatal_due),
        ("migrant", question.migrant),
        ("count", question.count or bool(_WHICH.search(facts.folded))),
        ("export", question.export),
    ):
        if holds:
            found[name] = True
    if question.booked is not None:
        found["booked"] = question.booked
    if not question.postnatal_due:
        for name, day in (("due_from", question.due_from), ("due_to", question.due_to)):
            if day is not None:
                found[name] = day.isoformat()
    return found

"""随访: a phone call or a home visit, and whether anything is wrong (YZ 第十一条). A problem goes to the township, and
where the programme says so to the county."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from conversations.care.programme import programme
from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.facts import WomanFact
from conversations.flows.checks import not_in_future
from conversations.flows.filing import STAFF, filed, trouble_told
from conversations.flows.ongoing import along
from conversations.flows.reading import read_back
from conversations.flows.told import parts, together
from conversations.flows.where import absorb
from conversations.flows.who import WHO, bind, bound, who_steps, women_lookups
from conversations.local_time import LOCAL
from conversations.message import Role
from conversations.records import mask_name
from conversations.text import Refusal, T
from conversations.understanding.normalise import normalise

_bind = bind(wants_open=True, ends=False)


def _absorb(fields: dict[str, Any], talk: Talk, context: Context) -> tuple[dict[str, Any], Refusal | None]:
    """What she saw is kept in her own words, said with the errand itself too: 随访李梅，腿有点肿，别的都好."""
    fields, refusal = absorb(fields, talk, context)
    own = context.message.text.strip()
    if talk.step is None and not talk.has("problem") and fields.get("problem") is not True:
        name = str(fields.get("woman_name") or talk.answers.get("woman_name") or "")
        if trouble := _told_trouble(own, name, context.today):
            fields |= {"problem": True, "finding": trouble}
            if _MISSED.search(trouble):
                fields.pop("date", None)  # the day she did not go, and not that of the word with her
    if fields.get("finding") == normalise(own):
        fields["finding"] = own[:200]
    return fields, refusal


def _settle(talk: Talk, context: Context) -> Settled:
    settled = _bind(talk, context)
    if talk.amends is None:  # the day she told of it, until she says another
        talk.draw("date", datetime.fromisoformat(talk.known_at).astimezone(LOCAL).date().isoformat())
    return settled


_FINE = re.compile(
    r"没(?:有)?(?:什么|啥|事|问题|异常|不舒服|不好)|(?<!不)(?<!不太)(?<!不大)(?:正常|都好|很好|挺好|好着|平安|健康|还好|蛮好)|(?:都|一切)?好(?:的|了|呢)?$"
)
_MISSED = re.compile(
    r"(?:没(?:有)?|还没|不(?:肯|愿意?|想)?)(?:去|来)(?:$|[^,，]{0,4}(?:产检|检查|孕检|复查|体检|建册|建档|医院|卫生院))"
)
"""She did not go: 没去产检, 不肯去."""
_TROUBLE = re.compile(
    rf"{_MISSED.pattern}|肿|痛|疼|晕|血|烧|发热|吐|喘|慌|闷|痒|抽|麻|哭|累|烦躁|黄疸|偏[高低]|太[高低]|异常|难受|没(?:精神|力|胃口|奶)|奶(?:少|不)"
    r"|不(?:太?好|对劲|舒服|下|着|了|想|肯|够|稳|能|行|通)|有(?:点|些|问题|情况)"
)


_NO_TROUBLE = re.compile(
    r"(?:不|没(?:有)?(?:再|怎么|什么)?|未|无)(?:头|肚子?|腿|脚|心|胸|出|发|流|恶|下面|觉得|感到)?"
    r"[肿痛疼晕血烧热吐喘慌闷痒抽麻哭累]|(?:不|没(?:有)?)(?:再)?(?:水肿|浮肿|发烧|难受|黄疸|异常|问题|情况)"
)
_SAYS = re.compile(
    r"^(?:(?:电话|上门|微信)?(?:随访|回访|看|问|家访|打电话)?[了过完]|随访|她|说|讲|觉得|感觉|反映|告诉我|现在|最近|这几天|就是|只是|\s)+"
)


def _told_trouble(text: str, name: str, today: date) -> str:
    """What is wrong with her, of the words that tell of the visit; nothing where all is well or denied."""
    found = [_SAYS.sub("", part) for part in parts(text, name, today)]
    wrong = [bool(_TROUBLE.search(said)) and not _NO_TROUBLE.search(said) for said in found]
    return together([said for said in found[wrong.index(True) :] if said]) if True in wrong else ""


def _read_problem(text: str, today: date) -> object:
    """都好; 有问题; 头有点晕, which says what it is too."""
    if text in ("有", "有的", "有问题", "不好", "不太好", "有情况", "有点问题"):
        return True
    if _FINE.search(text) and not re.search(r"但|可是|就是|不过|只是", text):
        return {"problem": False} if len(text) <= 4 else {"problem": False, "finding": text}
    return {"problem": True, "finding": text} if _TROUBLE.search(text) else None


def _problem_to(woman: WomanFact | None, context: Context) -> tuple[Role, ...]:
    """Who is told of a problem: the township, and the county where her colour or her group asks for it."""
    if woman is None:
        return ("township",)
    rules = programme(context.speaker.programme)
    pregnancy = next(iter(woman.pregnancies), None)
    colour = pregnancy.colour if pregnancy is not None else None
    asked = [rules.follow_up[c].problem_to for c in rules.follow_up if c == colour]
    asked += [rules.special[g].problem_to for g in rules.special if g == woman.special_group]
    only_heard = pregnancy is not None and pregnancy.key_follow_up and colour is None
    return ("township", "county") if only_heard or "county" in asked else ("township",)


def _finish(talk: Talk, context: Context) -> Result:
    problem = talk.answers.get("problem") is True
    said = (
        T("报好了，她的情况我已经告诉上面的同事。请您这几天多问问她；要是加重了，马上送医院或打120。")
        if problem
        else T("报好了，谢谢您一直惦记着她。")
    )
    result = filed("follow_up", talk, context, pregnancy=False, said=said)
    report = result.reports[0]
    text = T(
        "{village}随访报来：{who}有点情况，请问问{coordinator_there}，帮着跟进。",
        village=report.body["village"],
        who=mask_name(str(report.body["woman_name"])),
    )
    roles = _problem_to(bound(talk, context), context) if problem else ()
    return along(trouble_told(result, talk, context, text, roles, kind="urgent"), talk, context)


FLOW = Flow(
    "follow_up",
    version=1,
    title=T("随访"),
    intent="follow_up",
    words=("/followup",),
    event="follow_up",
    roles=STAFF,
    example=T("· 上门随访了李梅，都好"),
    absorb=_absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO, "problem": ("finding",)},
    checks=(not_in_future("date"),),
    steps=(
        *who_steps("woman_name", T("随访的是哪一位？"), offer_pregnancy=True),
        Step(
            "mode",
            T("是打电话，还是上门？"),
            choices=(
                Choice("phone", T("打电话"), ("电话", "打的电话", "微信", "视频")),
                Choice("home", T("上门"), ("去了她家", "去她家", "家访", "上门了", "入户")),
            ),
        ),
        Step("date", T("哪天随访的？"), required=True, help=T("比如：今天、昨天、9月3号。")),
        Step(
            "problem",
            T("她现在怎么样？"),
            read=_read_problem,
            choices=(
                Choice(False, T("都好"), ("好", "很好", "没事", "正常", "没问题", "没有问题", "平安")),
                Choice(True, T("有点问题"), ("有", "有问题", "不好", "不太好")),
            ),
            help=T("都好就说“都好”；有情况就直接说，比如：脚有点肿、吃不下饭。"),
        ),
        Step(
            "finding",
            T("是什么情况？"),
            free=True,
            when=lambda talk: talk.answers.get("problem") is True or talk.has("finding"),
            help=T("比如：脚有点肿、吃不下饭。"),
        ),
        ReadBack(read_back("follow_up", labels={"date": T("随访日期")})),
    ),
    finish=_finish,
)

"""备孕、待婚: a woman without a pregnancy who wants a child; folic acid given or not (RC 三(一)4, XF 二)."""

from __future__ import annotations

from conversations.engine.flow import Choice, Context, Flow, ReadBack, Result, Settled, Step
from conversations.engine.state import Talk
from conversations.flows.filing import STAFF, filed
from conversations.flows.newcomers import SAME, settle_newcomer
from conversations.flows.reading import read_back
from conversations.flows.where import VILLAGE, absorb
from conversations.flows.who import WHO, bound, open_pregnancy, women_lookups
from conversations.text import T


def _settle(talk: Talk, context: Context) -> Settled:
    settle_newcomer(talk, context)
    woman = bound(talk, context)
    if talk.amends is None and woman is not None and open_pregnancy(woman) and not talk.has("early_noted"):
        talk.answers["early_noted"] = True
        return T("花名册上她现在怀着孕，请再看看是不是她。")
    return None


def _finish(talk: Talk, context: Context) -> Result:
    said = (
        T("报好了，已经送往县里。请提醒她每天吃叶酸，孕前检查是免费的；有了好消息告诉我。")
        if talk.answers.get("folic_acid") is not False
        else T("报好了，已经送往县里。叶酸可以到镇卫生院免费领，请您得空带给她；孕前检查也是免费的。")
    )
    return filed("preconception", talk, context, pregnancy=False, said=said)


FLOW = Flow(
    "preconception",
    version=1,
    title=T("备孕"),
    intent="preconception",
    words=("/preconception",),
    event="preconception",
    roles=STAFF,
    example=T("· 刘燕备孕，叶酸发了 / 刘燕放环后腰酸"),
    absorb=absorb,
    lookups=women_lookups("woman_name"),
    settle=_settle,
    drops={"woman_name": WHO},
    extra_fields=("not_same",),
    steps=(
        Step("woman_name", T("准备怀孕的是哪一位？"), required=True, help=T("说她的姓名就行，比如：李梅。")),
        SAME,
        VILLAGE,
        Step("phone", T("联系电话是多少？"), help=T("说11位手机号，比如：199 0000 0101。")),
        Step(
            "folic_acid",
            T("叶酸发给她了吗？"),
            choices=(
                Choice(True, T("已经发了"), ("发了", "给了", "领了", "有", "在吃", "吃了", "是", "已发")),
                Choice(False, T("还没发"), ("没有", "没发", "还没", "没", "没领", "没给", "还没有")),
            ),
        ),
        ReadBack(read_back("preconception")),
    ),
    finish=_finish,
)

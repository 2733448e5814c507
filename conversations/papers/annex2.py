"""KF 附件2: 孕产妇妊娠风险评估与管理工作报告, its second section worked out, the others left to be written."""

from __future__ import annotations

from collections import Counter
from typing import Final

from conversations.care.programme import programme
from conversations.care.rules import Indicator
from conversations.papers.counting import Material
from conversations.papers.counts import assessed
from conversations.papers.factors import factor_names
from conversations.papers.indicators import COLUMNS, line, row_traces, unknown_notes, work_out
from conversations.papers.sheet import NOT_COLLECTED, Cell, Column, Sheet

KAIFENG: Final = "kaifeng"
COMMON: Final = 10
"""So many of the factors are listed (u)."""

NOT_IN_REPORTS: Final = ("线上质控完成情况", "首诊妊娠风险筛查准确率", "首诊妊娠风险评估准确率")
"""Of section two, what no report tells."""

SECTIONS: Final = (
    (
        "一、工作执行情况",
        "制定的相关政策、措施，组织管理、技术培训及业务指导、质量控制落实、健康教育宣传、信息管理等。",
    ),
    (
        "二、数据分析情况",
        "见“数据分析”“常见高危因素”两表；与信息系统导出数据核对、追踪核实、督促整改情况请补写。",
    ),
    ("三、工作取得的成绩", "筛查评估管理指标的提高、管理情况的改善、为政府部门决策提供依据情况等。"),
    (
        "四、工作特色与亮点",
        "经验做法、项目工作突出事迹、评估与管理的典型案例、宣传资料、报纸和网络报道、影像资料等（电子版一并上报）。",
    ),
    ("五、存在问题及下一步工作措施", "可将问题截图一并上报。"),
)
"""KF 附件2, its headings and what each asks for."""


def rules(material: Material) -> dict[str, Indicator]:
    """The indicators of the annex, as Kaifeng's programme has them, and whatever the county asks besides."""
    own = material.programme.indicator
    template = programme(KAIFENG).indicator
    wanted = template if "screening" not in own else own
    inherited = programme("national").indicator
    return {name: rule for name, rule in wanted.items() if name not in inherited}


def annex2(material: Material) -> tuple[Sheet, ...]:
    """The frame of the report, 数据分析 and 常见高危因素."""
    worked = work_out(material, rules(material))
    lines = [(*line(material, one)[:-1], "KF 附件2 二") for one in worked]
    nothing: tuple[Cell, ...] = ("", NOT_COLLECTED, "", NOT_COLLECTED, NOT_COLLECTED, "不设")
    lines += [(title, *nothing, material.period.title, "KF 附件2 二") for title in NOT_IN_REPORTS]
    empty: tuple[tuple[str, ...], ...] = ((),) * len(COLUMNS)
    data = Sheet(
        "数据分析",
        COLUMNS,
        tuple(lines),
        above=("孕产妇妊娠风险评估与管理工作报告：二、数据分析情况", *material.above()),
        notes=(
            *unknown_notes(worked),
            "同一次评估另标紫色的，两色各计一次。开封市文件没有写明的分母，由本系统拟定，待主管部门核定。",
        ),
        traces=(*(row_traces(one) for one in worked), *(empty for _ in NOT_IN_REPORTS)),
    )
    return _frame(material), data, _factors(material)


def _factors(material: Material) -> Sheet:
    """常见妊娠风险高危因素: of those a hospital assessed, how many have each."""
    found: Counter[str] = Counter()
    traces: dict[str, list[str]] = {}
    told = 0
    for _, grade in assessed(material):
        own = grade.told.body.get("factors") or ()
        told += bool(own)
        for name in factor_names(material, own):
            found[name] += 1
            traces.setdefault(name, []).append(grade.told.trace)
    most = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:COMMON]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (number, name, count) for number, (name, count) in enumerate(most, 1)
    )
    return Sheet(
        "常见高危因素",
        (Column("序号", "number", 6), Column("高危因素", width=24), Column("人数", "number", 8)),
        rows or ((1, NOT_COLLECTED, NOT_COLLECTED),),
        above=("常见妊娠风险高危因素", *material.above()),
        notes=(f"评估时写明因素的{told}人；一人可有多项。",),
        landscape=False,
        traces=tuple(((), (), tuple(traces[name])) for name, _ in most) or (((), (), ()),),
    )


def _frame(material: Material) -> Sheet:
    return Sheet(
        "报告框架",
        (Column("章节", width=12), Column("包括", width=18), Column("内容", width=26)),
        tuple((*section, None) for section in SECTIONS),
        heading="孕产妇妊娠风险评估与管理工作报告",
        above=material.above(),
        landscape=False,
    )

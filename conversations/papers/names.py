"""Which papers there are, what they are called, who is given which, and for what time they are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from conversations.papers.period import Period, said_period
from conversations.text import T, Text

Every = Literal["quarter", "month"]


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper. `name`: as the command line and `WantFile` call it; `words`: as people do; `roles`: who is given it;
    `every`: what it is usually made for; `people`: it names persons; `statistical`: its year is that of the statistics
    (conversations/papers/period.py)."""

    name: str
    title: Text
    words: str
    roles: frozenset[str]
    every: Every = "quarter"
    people: bool = False
    statistical: bool = False

    def period(self, name: str) -> Period | None:
        """The period of this name as this paper means it; None: there is none of this name."""
        return Period.read(name, statistical=self.statistical)

    def usual(self, today: date) -> Period:
        """The newest that is over: of a quarter or a month."""
        return (Period.quarter_of(today) if self.every == "quarter" else Period.month_of(today)).before()


RATE: Final = re.compile(
    r"(?:建册|产检|检查|访视|筛查|评估|转诊|随访|管理|分娩)率"
    r"(?=(?:现在|目前)?(?:是|有)?(?:多少|几|怎么?样|咋样|如何|多高)|[\s?？。呢]*$)"
)
"""An indicator asked for by a part of its name: 建册率多少."""
_OFFICERS = frozenset({"township", "county"})
_WITH_INSTITUTION = _OFFICERS | {"institution"}

PAPERS: Final[Mapping[str, Paper]] = {
    one.name: one
    for one in (
        Paper("附表2", T("附表2"), r"附表(?:2|二)", _WITH_INSTITUTION),
        Paper("附表3", T("附表3"), r"附表(?:3|三)", _WITH_INSTITUTION),
        Paper("附件2", T("附件2分析报告"), r"附件(?:2|二)|分析报告", _OFFICERS),
        Paper("roster", T("孕产妇花名册"), r"孕产?妇(?:的)?花名册", _OFFICERS, every="month", people=True),
        Paper("ledger", T("橙红台账"), r"橙红台[账帐]|专门台[账帐]|高危台[账帐]", _OFFICERS, people=True),
        Paper(
            "coordinators",
            T("孕管员花名册"),
            r"(?:孕管员|村医|人员|同事)(?:的)?(?:花名册|名册|名单)",
            _OFFICERS,
            people=True,
        ),
        Paper(
            "services",
            T("服务清单"),
            r"服务(?:清单|情况|明细|汇总|报酬)|my services",
            _OFFICERS | {"coordinator"},
            every="month",
            people=True,
        ),
        Paper("indicators", T("指标"), rf"指标|indicators|{RATE.pattern}", _OFFICERS, statistical=True),
        Paper("death-notice", T("死亡通报"), r"死亡通报", _WITH_INSTITUTION, every="month", people=True),
    )
}
"""All papers, in the order they are offered. What names persons goes to a coordinator only as her own services."""

NAMES: Final = tuple(PAPERS)

_ASKED: Final = {name: re.compile(paper.words, re.IGNORECASE) for name, paper in PAPERS.items()}


def paper_named(text: str) -> Paper | None:
    """The paper these words ask for."""
    return next((PAPERS[name] for name, words in _ASKED.items() if words.search(text)), None)


def rest(text: str, paper: Paper) -> str:
    """What was said besides the paper's name: 三季度 of 三季度附表2."""
    return _ASKED[paper.name].sub(" ", text)


def period_asked(text: str, paper: Paper, today: date) -> Period:
    """The period asked for with it, else its usual one."""
    said = said_period(rest(text, paper), today)
    if said is None:
        return paper.usual(today)
    return paper.period(said.name) or said

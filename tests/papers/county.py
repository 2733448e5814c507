"""A small county with a fixed data set, small enough to count by hand: who is in it is written beside each woman.

Everything is of the third quarter of 2026 unless it says otherwise; nothing below is computed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from conversations.care.programme import programme
from conversations.ids import derived_id
from conversations.message import Report
from conversations.papers.counting import Form, Institution, Material, Where
from conversations.papers.facts import Contribution, contribution
from conversations.papers.period import Period

QUARTER = Period("2026Q3", date(2026, 7, 1), date(2026, 9, 30))
MADE = date(2026, 10, 3)

FUBAO = Institution("fubao", "信丰县妇幼保健院", 2)
FUER = Institution("fuer", "赣南医学院第二附属医院", 3)
GUPO = Institution("gupo-clinic", "古陂镇中心卫生院", 1, "gupo")
DAA = Institution("daa-clinic", "大阿镇中心卫生院", None, "daa")
INSTITUTIONS = (FUBAO, FUER, GUPO, DAA)
TOWNSHIP_OF = {"yang": "gupo", "shi": "gupo", "li": "daa", "gupo-clinic": "gupo", "daa-clinic": "daa"}
NAMES = {
    "yang": "杨梅坑村",
    "shi": "石桥村",
    "li": "李子园村",
    "gupo": "古陂镇",
    "daa": "大阿镇",
    "xf": "信丰县",
}


class Told:
    """The reports about one woman, in the order they are told. Ids: `name-1`, `name-2` …"""

    def __init__(self, name: str, village: str = "yang") -> None:
        self.name = name
        self.village = village
        self.reports: list[Report] = []

    def __call__(
        self, event: str, day: str, by: str = "coordinator", *, pregnancy: str | None = "p", **body: Any
    ) -> Report:
        at = datetime.fromisoformat(f"{body.pop('known', day)}T04:00:00+00:00").astimezone(UTC)
        dated = {"date": day} if event not in ("pregnancy", "birth_defect", "preconception") else {}
        if event == "birth_defect":
            dated = {"found_date": day}
        who = (
            {"mother_name": self.name}
            if event in ("child_death", "birth_defect")
            else {"woman_name": self.name}
        )
        report = Report(
            report_id=f"{self.name}-{len({r.report_id for r in self.reports}) + 1}",
            version=1,
            event=event,
            woman_id=self.name,
            pregnancy_id=f"{self.name}-{pregnancy}" if pregnancy else None,
            subject_ids=(self.name, *body.pop("subjects", ())),
            event_time=day,
            known_time=at,
            recorded_time=at,
            author_role=by,
            channel="chat",
            channel_trust="high",
            programme="xinfeng",
            body={**who, "village": NAMES[self.village], **dated, **body},
            village_id=self.village,
        )
        self.reports.append(report)
        return report

    def again(self, report: Report, *, withdrawn: bool = False, **body: Any) -> Report:
        """A further version of a report; the one before no longer stands."""
        newer = replace(
            report,
            version=report.version + 1,
            supersedes=report.version,
            withdrawn=withdrawn,
            recorded_time=report.recorded_time + timedelta(days=1),
            body={**report.body, **body},
        )
        self.reports[self.reports.index(report)] = newer
        return newer

    def child(self, report: Report, number: int) -> str:
        """The id of a child a birth told of."""
        return derived_id(report.report_id, "child", str(number))


def women() -> list[Told]:
    """All of them. Those marked * are 孕产妇 of the quarter."""
    everyone: list[Told] = []

    def woman(name: str, village: str = "yang") -> Told:
        told = Told(name, village)
        everyone.append(told)
        return told

    # * 甲: caesarean, one live term child of 4100 g, first child; booked at 9 weeks, five visits, visited on day 6.
    her = woman("甲")
    her("pregnancy", "2025-12-20", lmp="2025-10-20", para=0, age=27)
    her("booking", "2025-12-25", "institution", institution="县妇幼保健院")
    for day in ("2026-01-20", "2026-03-01", "2026-04-01", "2026-05-20", "2026-06-25"):
        her("antenatal_visit", day)
    her("risk_grade", "2026-01-20", "institution", colour="green", institution="信丰县妇幼保健院")
    her(
        "birth", "2026-07-25", "institution", delivery_mode="caesarean", place_kind="hospital",
        institution="信丰县妇幼保健院", children=[{"sex": "male", "birth_weight_g": 4100, "alive": True}],
    )  # fmt: skip
    her("postnatal_visit", "2026-07-31", visit_kind="home", screening="negative")
    her(
        "postnatal_visit",
        "2026-09-05",
        "institution",
        visit_kind="day42",
        colour="green",
        institution="信丰县妇幼保健院",
    )

    # * 乙: twins at 35 weeks, one stillborn; vaginal; weights told of one only; red, at the tertiary hospital.
    her = woman("乙")
    her("pregnancy", "2026-01-10", lmp="2025-11-20", para=1, age=36, migrant=True)
    her(
        "risk_grade",
        "2026-03-10",
        "institution",
        colour="red",
        factors=["双胎", "肺动脉高压"],
        institution="信丰县妇幼保健院",
    )
    her("referral", "2026-03-12", "institution", to_place="赣南医学院第二附属医院")
    her("referral", "2026-03-14", "institution", feedback=True, received=True)
    her("follow_up", "2026-04-10", mode="phone")
    twins = her(
        "birth", "2026-07-23", "institution", delivery_mode="vaginal", institution="赣南医学院第二附属医院",
        children=[{"sex": "female", "birth_weight_g": 2100, "alive": True}, {"sex": "male", "alive": False}],
    )  # fmt: skip
    # … and the living one died on day 27: a newborn death; a defect of it was found in October, outside the quarter
    her(
        "child_death",
        "2026-08-19",
        child_id=her.child(twins, 0),
        birth_date="2026-07-23",
        place_kind="hospital",
    )
    her("birth_defect", "2026-10-02", child_id=her.child(twins, 0), defect_kind="唇裂")

    # * 丙: a stillbirth at 30 weeks, orange; the mode of a loss is not asked; at a hospital.
    her = woman("丙", "shi")
    her("pregnancy", "2026-03-01", lmp="2026-01-15", age=41)
    her("risk_grade", "2026-04-01", "institution", colour="orange", institution="古陂镇中心卫生院")
    her(
        "pregnancy_loss", "2026-08-14", "institution", loss_kind="stillbirth", gestational_weeks=30,
        place_kind="hospital", institution="信丰县妇幼保健院",
    )  # fmt: skip

    # * 丁: a miscarriage: no delivery.
    her = woman("丁", "shi")
    her("pregnancy", "2026-07-01", lmp="2026-05-20", gravida=1)
    her("pregnancy_loss", "2026-07-20", loss_kind="miscarriage")

    # * 戊: born at home, 39 weeks; nobody knows mode, weight, parity; the first version said caesarean; not booked.
    her = woman("戊", "li")
    her("pregnancy", "2026-02-01", due_date="2026-08-30")
    birth = her(
        "birth", "2026-08-25", place_kind="home", delivery_mode="caesarean", children=[{"sex": "female"}]
    )
    her.again(birth, delivery_mode=None)

    # * 己: her birth was withdrawn: she is still pregnant, yellow.
    her = woman("己")
    her("pregnancy", "2026-03-01", lmp="2026-01-10", para=2)
    her("booking", "2026-03-05", "institution", institution="古陂中心卫生院", gestational_weeks=7)
    her(
        "risk_grade",
        "2026-04-05",
        "institution",
        colour="yellow",
        factors=["贫血"],
        institution="信丰县妇幼保健院",
    )
    wrong = her("birth", "2026-09-20", delivery_mode="vaginal", children=[{"sex": "male"}])
    her.again(wrong, withdrawn=True)

    # * 庚: died on day 3 after a caesarean at 38 weeks; a critical case, twice reported; also told as a woman's death.
    her = woman("庚", "li")
    her("pregnancy", "2026-02-01", lmp="2025-12-01", para=0, age=30)
    her(
        "critical_case",
        "2026-08-24",
        "institution",
        self_discharge=False,
        institution="赣南医学院第二附属医院",
    )
    her(
        "critical_case",
        "2026-08-25",
        "institution",
        self_discharge=False,
        institution="赣南医学院第二附属医院",
    )
    her(
        "birth", "2026-08-24", "institution", delivery_mode="caesarean", place_kind="hospital",
        institution="赣南医学院第二附属医院", children=[{"sex": "male", "birth_weight_g": 3000, "defect_kind": "多指"}],
    )  # fmt: skip
    her(
        "maternal_death",
        "2026-08-27",
        "institution",
        death_stage="postpartum",
        days_after=3,
        place_kind="hospital",
    )
    her("woman_death", "2026-08-27", pregnant_or_postpartum=True, place_kind="hospital", pregnancy=None)

    # 辛: delivered in the spring and died on day 61: no maternal death, and no 孕产妇 of the quarter.
    her = woman("辛")
    her("pregnancy", "2025-11-01", lmp="2025-08-20")
    her("birth", "2026-05-19", children=[{"sex": "male"}])
    her("maternal_death", "2026-07-19", death_stage="postpartum", days_after=61, place_kind="home")

    # * 壬: moved away in July; what happened to her in August counts there.
    her = woman("壬", "li")
    her("pregnancy", "2026-02-01", lmp="2025-11-20", para=1)
    her("moved", "2026-07-15", direction="out")
    her(
        "birth",
        "2026-08-27",
        "institution",
        delivery_mode="caesarean",
        children=[{"sex": "male"}],
        pregnancy="p",
    )

    # * 癸: pregnant, purple beside yellow; self-discharged, which is no rescue.
    her = woman("癸")
    her("pregnancy", "2026-05-01", lmp="2026-03-20", booked=True)
    her(
        "risk_grade",
        "2026-06-01",
        "institution",
        colour="yellow",
        with_purple=True,
        institution="信丰县妇幼保健院",
    )
    her("critical_case", "2026-08-01", "institution", self_discharge=True)
    return everyone


def forms() -> tuple[Form, ...]:
    """信丰县妇幼保健院 passed over the asphyxiated, 赣南医学院第二附属医院 told four counts, the clinics nothing."""
    return (
        Form(
            "form-fubao.2",
            "fubao",
            {
                "first_caesareans": 1, "pain_relief": 5, "haemorrhages": 3, "severe_haemorrhages": 1, "transfused": 1,
                "unplanned_theatre": 0, "hysterectomies": 0, "ruptures": 0,
            },
        ),
        Form("form-fuer.1", "fuer", {"first_caesareans": 2, "haemorrhages": 2, "severe_haemorrhages": 2, "hysterectomies": 1}),
    )  # fmt: skip


def contributions(
    told: Iterable[Told] | None = None,
    *,
    acknowledged: bool = True,
    responsible: dict[str, str] | None = None,
) -> tuple[Contribution, ...]:
    """What they contribute. `acknowledged`: the county has all but the report of 丙's grade."""
    made = []
    for her in women() if told is None else told:
        have = {
            f"{r.report_id}.{r.version}"
            for r in her.reports
            if not (her.name == "丙" and r.event == "risk_grade")
        }
        made.append(
            contribution(
                her.name, her.reports, at_county=have if acknowledged else None, responsible=responsible
            )
        )
    return tuple(made)


def material(**changes: Any) -> Material:
    """The county's material for the quarter."""
    values: dict[str, Any] = {
        "period": QUARTER,
        "where": Where("xf", "信丰县", "county"),
        "programme": programme("xinfeng"),
        "made_on": MADE,
        "contributions": contributions(),
        "forms": forms(),
        "institutions": INSTITUTIONS,
        "township_of": TOWNSHIP_OF,
        "names": NAMES,
    }
    return Material(**(values | changes))

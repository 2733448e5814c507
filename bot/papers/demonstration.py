"""A made-up data set for `yunguan report --demo`: some ninety women of the demonstration county around the period asked
for, with what is missing in real ones missing here too. The same period gives the same women.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from bot.demo import HOSPITALS, PROGRAMME, TOWNSHIPS
from conversations.ids import derived_id
from conversations.local_time import LOCAL
from conversations.message import Report
from conversations.papers.hospital_counts import HOSPITAL_COUNTS
from conversations.papers.period import Period
from conversations.roster import fold
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Child, Delivery, Place, Pregnancy, QuarterlyCount, Woman
from storage.models import Report as ReportRow
from storage.paper_facts import form_id

WOMEN = 90
_FAMILY = "王李张刘陈杨黄赵周吴徐孙马朱胡"
_GIVEN = ("秀英", "桂兰", "小芳", "春梅", "丽娟", "海燕", "晓红", "美玲", "雪莲", "玉珍", "彩云", "月娥")
_FACTORS = {
    "yellow": ("高龄，36岁", "瘢痕子宫", "贫血", "体重指数26"),
    "orange": ("两次剖宫产史", "双胎合并贫血", "血小板减少"),
    "red": ("肺动脉高压", "凶险性前置胎盘"),
    "purple": ("乙肝病毒携带",),
}
_HOSPITAL = {key: name for key, name, _ in HOSPITALS}
_TERTIARY = "xf-fuer"  # of the demonstration only: what level the real ones are is not for us to say


class Stories:
    """Women's histories as reports, up to a day."""

    def __init__(self, period: Period, today: date) -> None:
        self.random = Random(period.name)  # noqa: S311 - made-up women, no secret
        self.period = period
        self.today = today
        self.reports: list[Report] = []

    def told(
        self,
        woman: str,
        pregnancy: str | None,
        event: str,
        day: date,
        by: str,
        village_id: str,
        /,
        **body: Any,
    ) -> Report | None:
        """One report, unless that day is still to come."""
        if day > self.today:
            return None
        at = datetime.combine(day, time(10), LOCAL).astimezone(UTC)
        report_id = derived_id("demonstration", self.period.name, str(len(self.reports)))
        report = Report(
            report_id=report_id,
            version=1,
            event=event,
            woman_id=woman,
            pregnancy_id=pregnancy,
            subject_ids=tuple(one for one in (woman, pregnancy) if one),
            event_time=day.isoformat(),
            known_time=at,
            recorded_time=at,
            author_role=by,
            channel="chat",
            channel_trust="high",
            programme=PROGRAMME,
            body={name: value for name, value in body.items() if value is not None},
            village_id=village_id,
        )
        self.reports.append(report)
        return report

    def amended(self, report: Report, **changes: Any) -> None:
        """A further version."""
        body = {**report.body, **changes.pop("body", {})}
        self.reports.append(
            replace(report, version=report.version + 1, supersedes=report.version, body=body, **changes)
        )

    def woman(self, number: int) -> None:
        """One woman from her first report on."""
        pick = self.random
        township = TOWNSHIPS[number % len(TOWNSHIPS)] if number % 3 else TOWNSHIPS[0]
        village, village_name = township.villages[number % len(township.villages)]
        her, pregnancy = (
            derived_id("demonstration", self.period.name, kind, str(number)) for kind in ("w", "p")
        )
        name = _FAMILY[number % len(_FAMILY)] + _GIVEN[number % len(_GIVEN)]
        length = (self.period.last - self.period.first).days
        due = self.period.first + timedelta(days=pick.randrange(-40, length + 200))
        lmp = due - timedelta(days=280)
        common: dict[str, Any] = {"woman_name": name, "village": village_name}
        found = lmp + timedelta(days=pick.randrange(40, 120))

        def told(event: str, day: date, by: str = "coordinator", **body: Any) -> Report | None:
            return self.told(her, pregnancy, event, day, by, village, **common, **body)

        first = told(
            "pregnancy", found, lmp=lmp.isoformat() if pick.random() < 0.95 else None,
            gestational_weeks=None, due_date=None if pick.random() < 0.95 else due.isoformat(),
            para=pick.choice([0, 0, 1, 1, 2, None]), age=pick.randrange(20, 42),
            phone=f"199000001{number % 100:02d}", migrant=number % 7 == 0,
        )  # fmt: skip
        if first is None:
            return
        if "lmp" not in first.body and "due_date" not in first.body:
            first.body["due_date"] = due.isoformat()  # type: ignore[index]
        if number % 6:
            hospital = township.institution if number % 2 else _HOSPITAL["xf-fubao"]
            told("booking", found + timedelta(days=pick.randrange(1, 20)), "institution", institution=hospital,
                 date=(found + timedelta(days=5)).isoformat())  # fmt: skip
        for visit in range(pick.randrange(1, 7)):
            day = found + timedelta(days=20 + 30 * visit)
            if day < due - timedelta(days=5):
                told("antenatal_visit", day, date=day.isoformat(), institution=township.institution)
        colour = pick.choice(["green"] * 5 + ["yellow"] * 4 + ["orange", "orange", "red", "purple", ""])
        graded = found + timedelta(days=25)
        if colour:
            told("risk_grade", graded, "institution", date=graded.isoformat(), colour=colour,
                 institution=_HOSPITAL["xf-fubao"], factors=list(_FACTORS.get(colour, ())[number % 2 : number % 2 + 1]) or None)  # fmt: skip
        if colour in ("orange", "red"):
            told(
                "follow_up",
                graded + timedelta(days=12),
                date=(graded + timedelta(days=12)).isoformat(),
                mode="phone",
            )
            sent = graded + timedelta(days=5)
            told("referral", sent, "institution", date=sent.isoformat(), to_place=_HOSPITAL[_TERTIARY])
            if number % 2:
                told("referral", sent + timedelta(days=4), "institution", feedback=True, received=True,
                     date=(sent + timedelta(days=4)).isoformat())  # fmt: skip
        self._end(number, told, due, colour, village)

    def _end(self, number: int, told: Any, due: date, colour: str, village: str) -> None:
        pick = self.random
        born = due - timedelta(days=pick.choice([0, 3, 6, 9, 12, 15, 30, 40]))
        if number % 29 == 7:
            lost = due - timedelta(days=pick.choice([60, 220]))
            late = (due - lost).days < 84
            told("pregnancy_loss", lost, "institution", date=lost.isoformat(),
                 loss_kind="stillbirth" if late else "miscarriage", place_kind="hospital",
                 gestational_weeks=(280 - (due - lost).days) // 7 if late else None)  # fmt: skip
            return
        hospital = _HOSPITAL[_TERTIARY if colour in ("red", "orange") and number % 2 else "xf-renmin"]
        children: list[dict[str, Any]] = [{"sex": pick.choice(["male", "female"]), "alive": True}]
        if number % 4:
            children[0]["birth_weight_g"] = pick.choice([2350, 2900, 3200, 3400, 3600, 4100])
        if number % 31 == 5:
            children.append({"sex": "female", "birth_weight_g": 2100, "alive": number % 2 == 0})
        if number % 37 == 11:
            children[0]["defect_kind"] = "唇裂"
        report = told(
            "birth", born, "institution" if number % 2 else "coordinator", date=born.isoformat(),
            place_kind="hospital" if number % 23 else "home", institution=hospital if number % 23 and number % 5 else None,
            delivery_mode=pick.choice(["vaginal", "vaginal", "caesarean", None]), child_count=len(children),
            children=children, discharge_date=(born + timedelta(days=4)).isoformat(),
        )  # fmt: skip
        if report is None:
            return
        if number % 17 == 3:
            self.amended(report, body={"delivery_mode": "caesarean"})
        if number % 41 == 12:
            self.amended(report, withdrawn=True)
            return
        if number % 19 == 4:
            told(
                "critical_case",
                born,
                "institution",
                date=born.isoformat(),
                self_discharge=False,
                institution=hospital,
            )
        if number == 45:
            died = born + timedelta(days=2)
            told("maternal_death", died, "institution", date=died.isoformat(), place_kind="hospital", institution=hospital,
                 death_stage="postpartum", days_after=2, cause="产后出血")  # fmt: skip
            return
        if number % 4:
            visit = born + timedelta(days=pick.randrange(5, 20))
            told("postnatal_visit", visit, date=visit.isoformat(), visit_kind="home", visited_by="township",
                 screening="negative" if number % 3 else None)  # fmt: skip
        if number % 3 == 0:
            check = born + timedelta(days=42)
            told("postnatal_visit", check, "institution", date=check.isoformat(), visit_kind="day42",
                 colour=colour or "green", institution=_HOSPITAL["xf-fubao"])  # fmt: skip


def data_set(period: Period) -> tuple[list[Report], dict[str, dict[str, int]], datetime]:
    """Reports in all their versions, hospitals' counts by institution, and the moment the paper is made."""
    today = period.last + timedelta(days=3)
    stories = Stories(period, today)
    for number in range(WOMEN):
        stories.woman(number)
    pick = Random(f"{period.name} counts")  # noqa: S311
    counts = {
        place: {
            one.name: pick.randrange(0, 4)
            for one in HOSPITAL_COUNTS
            if not (place == "xf-renmin" and one.row == 12)
        }
        for place in ("xf-renmin", "xf-fubao")
    }
    for filled in counts.values():
        filled["haemorrhages"] = 4
    return stories.reports, counts, datetime.combine(today, time(9), LOCAL)


async def put(
    database: Database,
    reports: Iterable[Report],
    counts: Mapping[tuple[str, str], Mapping[str, int]],
    authors: Mapping[str, str] | None = None,
    acknowledged: Iterable[str] | None = None,
) -> None:
    """Write reports (all their versions) with the roster that follows from them, and filed counts by (institution,
    quarter). `authors`: of a report id the staff; `acknowledged`: versions the county's system has, None: there is none."""
    every = list(reports)
    newest = {one.report_id: one for one in sorted(every, key=lambda one: one.version)}
    by_woman: dict[str, list[Report]] = {}
    for one in newest.values():
        by_woman.setdefault(one.woman_id, []).append(one)
    states = [fold(woman_id, told) for woman_id, told in by_woman.items()]
    have = set(acknowledged or ())
    async with database.transaction() as tx:
        await insert_many(
            tx, Woman,
            [Woman(id=s.id, village_id=s.village_id, details=s.details, version=1, updated_at=every[0].recorded_time)
             for s in states],
        )  # fmt: skip
        await insert_many(
            tx, Pregnancy,
            [Pregnancy(id=p.id, woman_id=s.id, open=p.open, details=p.details)
             for s in states for p in s.pregnancies.values()],
        )  # fmt: skip
        await insert_many(
            tx, Child,
            [Child(id=c.id, woman_id=s.id, pregnancy_id=c.pregnancy_id, details=c.details)
             for s in states for c in s.children.values()],
        )  # fmt: skip
        await insert_many(
            tx, ReportRow, [_row(one, newest, (authors or {}).get(one.report_id)) for one in every]
        )
        if acknowledged is not None:
            await insert_many(
                tx, Delivery,
                [_delivery(number, one, f"{one.report_id}.{one.version}" in have) for number, one in enumerate(every)],
            )  # fmt: skip
        await insert_many(
            tx, QuarterlyCount,
            [
                QuarterlyCount(
                    id=f"{form_id(place, quarter)}.1", form_id=form_id(place, quarter), version=1, is_latest=True,
                    period=quarter, recorded_time=every[0].recorded_time, counts=dict(filled),
                    author_id="staff-institution-1", place_id=place,
                )
                for (place, quarter), filled in counts.items()
            ],
        )  # fmt: skip


def _row(one: Report, newest: Mapping[str, Report], author: str | None) -> ReportRow:
    return ReportRow(
        id=f"{one.report_id}.{one.version}",
        report_id=one.report_id,
        version=one.version,
        supersedes=one.supersedes,
        is_latest=newest[one.report_id].version == one.version,
        withdrawn=one.withdrawn,
        event=one.event,
        woman_id=one.woman_id,
        pregnancy_id=one.pregnancy_id,
        village_id=one.village_id,
        subject_ids=list(one.subject_ids),
        event_time=one.event_time,
        known_time=one.known_time,
        recorded_time=one.recorded_time,
        author_id=author,
        author_role=one.author_role,
        channel=one.channel,
        channel_trust=one.channel_trust,
        verification=one.verification,
        programme=one.programme,
        schema_version=one.schema_version,
        body=dict(one.body),
    )


def _delivery(number: int, one: Report, acknowledged: bool) -> Delivery:
    return Delivery(
        id=f"{one.report_id}.{one.version}",
        seq=number + 1,
        lane=one.pregnancy_id or one.woman_id,
        destination="county",
        event=one.event,
        payload="{}",
        state="acknowledged" if acknowledged else "queued",
        attempts=0,
        due_at=one.recorded_time,
        created_at=one.recorded_time,
        updated_at=one.recorded_time,
    )


async def fill(database: Database, period: Period) -> datetime:
    """Put the data set of this period into the demonstration county; the moment its papers are made."""
    reports, counts, now = data_set(period)
    quarters = _quarters(period)
    coordinators = {"xf-gupo-yangmeikeng": "staff-coordinator-1", "xf-gupo-shiqiao": "staff-coordinator-2",
                    "xf-daa-liziyuan": "staff-coordinator-3"}  # fmt: skip
    authors = {
        one.report_id: coordinators[one.village_id]
        for one in reports
        if one.author_role == "coordinator" and one.village_id in coordinators
    }
    known = [f"{one.report_id}.{one.version}" for number, one in enumerate(reports) if number % 11]
    filed = {(place, quarter): filled for place, filled in counts.items() for quarter in quarters}
    await put(database, reports, filed, authors, known)
    async with database.transaction() as tx:
        for key, _, _ in HOSPITALS:
            await Place.filter(id=key).using_db(tx).update(level=3 if key == _TERTIARY else 2)
    return now


def _quarters(period: Period) -> list[str]:
    first, last = Period.quarter_of(period.first), Period.quarter_of(period.last)
    found = [first.name]
    while first.name != last.name:
        first = Period.quarter_of(first.last + timedelta(days=1))
        found.append(first.name)
    return found

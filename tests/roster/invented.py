"""Invented rosters: women with the reports a year brings, and questions, both drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from random import Random
from typing import Any

from conversations.asking.question import Question
from conversations.message import Report
from conversations.roster import fold
from storage.bulk import insert_many
from storage.database import Database
from storage.models import Assignment, Child, Place, Post, Pregnancy, Staff, Woman
from storage.organisation import save_places

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LOCAL = timezone(timedelta(hours=8))

PLACES = (
    ("xf", None, "county", "信丰县", "xinfeng"),
    ("t1", "xf", "township", "古陂镇", None),
    ("t2", "xf", "township", "大阿镇", "national"),
    ("v1", "t1", "village", "杨梅坑村", None),
    ("v2", "t1", "village", "石桥村", None),
    ("v3", "t2", "village", "李子园村", None),
    ("v4", "t2", "village", "长坑口新村", None),
)
VILLAGES = ("v1", "v2", "v3", "v4")
NAMES = ("李梅", "张桂花", "王小芳", "刘燕", "陈春梅", "李梅花")


COORDINATORS = (
    ("staff-1", "孙桂花", ("v1", "v2")),
    ("staff-2", "张小兰", ("v3",)),
    ("staff-3", "温秀英", ("v4",)),
)


@dataclass
class Told:
    """One woman: her village, and all that was reported of her, in the order it became known."""

    id: str
    village: str
    reports: list[Report] = field(default_factory=list)


class Inventor:
    """Makes up women. Nothing lies in the future, and nobody reports what is refused."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self._number = 0

    def women(self, count: int) -> list[Told]:
        return [self._woman(number) for number in range(count)]

    def maybe(self, part: float) -> bool:
        return self.chance.random() < part

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.chance.randint(0, max((last - first).days, 0)))

    def _report(
        self, told: Told, event: str, on: date, pregnancy: str | None, role: str, body: dict[str, Any]
    ) -> None:
        self._number += 1
        known = datetime.combine(on, time(10, self._number % 60), LOCAL)
        body = {"woman_name": body.pop("name"), **body}
        if event not in ("pregnancy",):
            body.setdefault("date", on.isoformat())
        told.reports.append(
            Report(
                report_id=f"{self._number:032x}", version=1, event=event, woman_id=told.id, pregnancy_id=pregnancy,
                subject_ids=(told.id,), event_time=body.get("date"), known_time=known, recorded_time=known,
                author_role=role, channel="chat", channel_trust="high", programme="xinfeng",
                body={key: value for key, value in body.items() if value is not None}, village_id=told.village,
                withdrawn=self.maybe(0.04),
            )
        )  # fmt: skip

    def _woman(self, number: int) -> Told:
        chance = self.chance
        told = Told(f"w{number:05d}", chance.choice(VILLAGES))
        name = chance.choice(NAMES)
        person: dict[str, Any] = {"name": name, "phone": f"1990000{number % 40:04d}"}
        if self.maybe(0.6):
            person["birth_date"] = self.day(date(1984, 1, 1), date(2009, 1, 1)).isoformat()
        elif self.maybe(0.8):
            person["age"] = chance.randint(16, 44)
        if self.maybe(0.7):
            person["migrant"] = self.maybe(0.3)
        if self.maybe(0.3):
            person["special_group"] = chance.choice(("none", "poor", "disabled", "mental_illness"))
        if self.maybe(0.2):
            self._pregnancy(
                told, dict(person), f"{told.id}a", TODAY - timedelta(days=chance.randint(400, 900))
            )
        self._pregnancy(told, dict(person), f"{told.id}b", TODAY - timedelta(days=chance.randint(5, 390)))
        self._whereabouts(told, name)
        told.reports.sort(key=lambda one: (one.known_time, one.report_id))
        return told

    def _pregnancy(self, told: Told, person: dict[str, Any], case: str, lmp: date) -> None:
        chance, name = self.chance, person["name"]
        dated = self.maybe(0.92)
        known = min(self.day(lmp + timedelta(days=25), lmp + timedelta(days=240)), TODAY)
        end = lmp + timedelta(days=chance.randint(250, 294))
        if self.maybe(0.12):
            end = lmp + timedelta(days=chance.randint(50, 180))
        known = max(min(known, end), lmp)
        body = {**person, "booked": True if self.maybe(0.4) else None}
        if dated:
            if self.maybe(0.7):
                body["lmp"] = lmp.isoformat()
            else:
                body["due_date"] = (lmp + timedelta(days=280)).isoformat()
        if self.maybe(0.7):
            body["para"] = chance.randint(0, 3)
            body["gravida"] = body["para"] + 1
        self._report(told, "pregnancy", known, case, "coordinator", body)
        ended = end <= TODAY and self.maybe(0.85)
        last = min(end if ended else TODAY, TODAY)
        if known < last:
            self._care(told, name, case, known, last)
        if ended:
            self._end(told, name, case, end, loss=(end - lmp).days < 200)

    def _care(self, told: Told, name: str, case: str, known: date, last: date) -> None:
        chance = self.chance
        if self.maybe(0.4):
            self._report(told, "booking", self.day(known, last), case, "coordinator", {"name": name})
        for number in range(1, chance.randint(0, 5) + 1):
            on = self.day(known, last)
            body: dict[str, Any] = {"name": name}
            if self.maybe(0.5):
                body["visit_number"] = number
            if self.maybe(0.4):
                body["next_appointment"] = (on + timedelta(days=chance.randint(5, 40))).isoformat()
            self._report(told, "antenatal_visit", on, case, "coordinator", body)
        if self.maybe(0.1):
            self._report(
                told,
                "risk_grade",
                self.day(known, last),
                case,
                "coordinator",
                {"name": name, "key_follow_up": True},
            )
        elif self.maybe(0.7):
            for on in {self.day(known, last) for _ in range(chance.randint(1, 2))}:
                colour = chance.choice(("green", "yellow", "yellow", "orange", "red", "purple"))
                both = colour in ("yellow", "orange", "red") and self.maybe(0.1)
                grade = {
                    "name": name,
                    "colour": colour,
                    "institution": "县妇幼",
                    "with_purple": True if both else None,
                }
                self._report(told, "risk_grade", on, case, "institution", grade)

    def _end(self, told: Told, name: str, case: str, end: date, *, loss: bool) -> None:
        chance = self.chance
        on = min(end + timedelta(days=chance.choice((0, 0, 1, 3, 20))), TODAY)
        body: dict[str, Any] = {"name": name, "date": end.isoformat(), "place_kind": "hospital"}
        if self.maybe(0.1):
            body["place_kind"] = "home"
        elif self.maybe(0.5):
            body["discharge_date"] = min(end + timedelta(days=chance.randint(1, 6)), on).isoformat()
        if loss:
            self._report(
                told, "pregnancy_loss", on, case, "coordinator", {**body, "loss_kind": "spontaneous"}
            )
        elif self.maybe(0.03):
            dead = {"name": name, "date": end.isoformat(), "death_stage": "labour"}
            self._report(told, "maternal_death", on, case, "coordinator", dead)
            return
        else:
            children = [{"sex": "female", "alive": not self.maybe(0.05)}]
            self._report(told, "birth", on, case, "coordinator", {**body, "children": children})
        if self.maybe(0.4):
            seen = min(end + timedelta(days=chance.randint(0, 30)), TODAY)
            self._report(
                told,
                "postnatal_visit",
                max(seen, on),
                case,
                "coordinator",
                {"name": name, "visit_kind": "home"},
            )
        if (TODAY - end).days > 42 and self.maybe(0.3):
            seen = min(end + timedelta(days=chance.randint(42, 70)), TODAY)
            self._report(
                told,
                "postnatal_visit",
                max(seen, on),
                case,
                "coordinator",
                {"name": name, "visit_kind": "day42"},
            )

    def _whereabouts(self, told: Told, name: str) -> None:
        first = min(one.known_time for one in told.reports).astimezone(LOCAL).date()
        case = f"{told.id}b"
        for event, part in (("lost_contact", 0.12), ("moved", 0.12), ("moved", 0.05), ("follow_up", 0.3)):
            if self.maybe(part):
                body: dict[str, Any] = {"name": name}
                if event == "moved":
                    body["direction"] = self.chance.choice(("out", "out", "in"))
                if event == "follow_up":
                    body["mode"] = self.chance.choice(("phone", "home"))
                self._report(told, event, self.day(first, TODAY), case, "coordinator", body)

    # ── questions ───────────────────────────────────────────────────────────────────────────────────────

    def question(self) -> Question:
        """A question with a few filters, or one for a name."""
        chance = self.chance
        drawn: dict[str, Any] = {}
        for name in chance.sample(sorted(_DRAWN), chance.choice((0, 1, 1, 1, 2, 2, 3))):
            drawn |= _DRAWN[name](self)
        return Question(**drawn)


def _days(first: str, last: str, before: int, after: int) -> Any:
    def draw(self: Inventor) -> dict[str, Any]:
        start = TODAY + timedelta(days=self.chance.randint(-before, after))
        found: dict[str, Any] = {
            first: start,
            last: start + timedelta(days=self.chance.choice((0, 7, 30, 90))),
        }
        if self.maybe(0.2):
            found.pop(self.chance.choice((first, last)))
        return found

    return draw


def _numbers(first: str, last: str, least: int, most: int) -> Any:
    def draw(self: Inventor) -> dict[str, Any]:
        low = self.chance.randint(least, most)
        found = {first: low, last: self.chance.randint(low, most)}
        if self.maybe(0.3):
            found.pop(self.chance.choice((first, last)))
        return found

    return draw


_COLOURS = ("green", "yellow", "orange", "red", "purple")
_DRAWN: dict[str, Any] = {
    "name": lambda self: (
        {"woman_name": self.chance.choice((*NAMES, "梅花", "赵云"))} if self.maybe(0.5) else {}
    ),
    "phone": lambda self: {"phone": f"1990000{self.chance.randint(0, 45):04d}"} if self.maybe(0.3) else {},
    "places": lambda self: {
        "places": tuple(self.chance.sample(("杨梅坑", "石桥村", "古陂", "长坑口", "李子园"), 2))
    },
    "stage": lambda self: {"stage": self.chance.choice(("pregnant", "postnatal"))},
    "colours": lambda self: {"colours": frozenset(self.chance.sample(_COLOURS, self.chance.randint(1, 2)))},
    "high_risk": lambda self: {"high_risk": True},
    "watched": lambda self: {"watched": True},
    "overdue": lambda self: {"overdue": True},
    "unseen": lambda self: {"unseen": True},
    "overdue_due": lambda self: {"overdue_due": True},
    "postnatal_due": lambda self: {"postnatal_due": True},
    "visits": lambda self: {"postnatal_due": True, **_days("visit_from", "visit_to", 60, 20)(self)},
    "visit": lambda self: {"postnatal_due": True, "visit": self.chance.choice(("home", "day42"))},
    "check": lambda self: {"check_due": True},
    "checks": lambda self: {"check_due": True, **_days("check_from", "check_to", 30, 60)(self)},
    "ended": lambda self: {
        "ended": self.chance.choice(("birth", "birth", "loss")),
        **_days("ended_from", "ended_to", 700, 0)(self),
    },
    "seen": lambda self: {
        "seen": self.chance.choice(("antenatal", "home", "day42")),
        **_days("seen_from", "seen_to", 300, 0)(self),
    },
    "responsible": lambda self: {
        "responsible": self.chance.choice(("我", "张医生", "温秀英", "赵云")),
        "by_name": self.maybe(0.3),
    },
    "due": _days("due_from", "due_to", 60, 200),
    "reported": _days("reported_from", "reported_to", 200, 0),
    "weeks": _numbers("weeks_from", "weeks_to", 3, 42),
    "age": _numbers("age_from", "age_to", 16, 44),
    "para": _numbers("para_from", "para_to", 0, 3),
    "booked": lambda self: {"booked": self.maybe(0.4)},
    "migrant": lambda self: {"migrant": self.maybe(0.6)},
    "special": lambda self: {
        "special": frozenset({self.chance.choice(("poor", "disabled", "mental_illness"))})
    },
    "lost": lambda self: {"lost": True},
    "moved_out": lambda self: {"moved_out": True},
    "unassigned": lambda self: {"unassigned": True},
}


def held(women: list[Told]) -> dict[str, str]:
    """Who answers for which pregnancy by name: of every fifth woman's newest one."""
    return {f"{one.id}b": COORDINATORS[n % 3][1] for n, one in enumerate(women) if n % 5 == 0}


async def write(database: Database, women: list[Told]) -> None:
    """The roster these reports make, as the program writes it."""
    blind = database.keyring.blind
    ids = {name: staff for staff, name, _ in COORDINATORS}
    rows: list[Woman] = []
    pregnancies: list[Pregnancy] = []
    children: list[Child] = []
    for told in women:
        state = fold(told.id, told.reports)
        rows.append(
            Woman(
                id=told.id,
                village_id=state.village_id,
                name_index=blind("name", state.details["name"]) if state.details.get("name") else None,
                phone_index=blind("phone", state.details["phone"]) if state.details.get("phone") else None,
                details=state.details,
                version=1,
                updated_at=told.reports[-1].recorded_time,
            )
        )
        pregnancies += [
            Pregnancy(id=one.id, woman_id=told.id, open=one.open, details=one.details)
            for one in state.pregnancies.values()
        ]
        children += [
            Child(id=one.id, woman_id=told.id, pregnancy_id=one.pregnancy_id, details=one.details)
            for one in state.children.values()
        ]
    async with database.transaction() as tx:
        await save_places(
            tx,
            [
                Place(id=id_, parent_id=parent, kind=kind, name=name, programme=rules)
                for id_, parent, kind, name, rules in PLACES
            ],
        )
        await insert_many(tx, Woman, rows)
        await insert_many(tx, Pregnancy, pregnancies)
        await insert_many(tx, Child, children)
        await insert_many(
            tx,
            Staff,
            [
                Staff(id=id_, name=name, phone=f"1990000020{n}", phone_index=blind("phone", f"1990000020{n}"))
                for n, (id_, name, _) in enumerate(COORDINATORS)
            ],
        )
        await insert_many(
            tx,
            Post,
            [
                Post(
                    id=f"post-{place}",
                    staff_id=id_,
                    place_id=place,
                    role="coordinator",
                    state="active",
                    since=NOW,
                )
                for id_, _, places in COORDINATORS
                for place in places
            ],
        )
        stored = {one.id: one.woman_id for one in pregnancies}
        await insert_many(
            tx,
            Assignment,
            [
                Assignment(
                    id=f"for-{case}", woman_id=stored[case], pregnancy_id=case, staff_id=ids[name], issuer_id=None,
                    since=NOW, until=None,
                )
                for case, name in held(women).items()
                if case in stored
            ],
        )  # fmt: skip

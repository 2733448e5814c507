"""A second opinion on who a question means: one plain scan over the reports, written without the program's own reading
of them. Only the policy's numbers are shared, and they are written out here."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta, timezone
from typing import Any

from conversations.asking.question import Question
from conversations.message import Report

LOCAL = timezone(timedelta(hours=8))
WINDOWS = ((1, 0, 12), (2, 16, 20), (3, 21, 24), (4, 28, 36), (5, 37, 40))
TOWNSHIP = {"v1": "t1", "v2": "t1", "v3": "t2", "v4": "t2"}
CALLED = {
    "v1": ("杨梅坑", "古陂"),
    "v2": ("石桥", "古陂"),
    "v3": ("李子园", "大阿"),
    "v4": ("长坑口", "大阿"),
}
FOUND = {
    "follow_up",
    "antenatal_visit",
    "postnatal_visit",
    "booking",
    "birth",
    "pregnancy_loss",
    "moved",
    "maternal_death",
}
OPENS = {"pregnancy", "booking", "antenatal_visit", "risk_grade", "birth", "pregnancy_loss", "maternal_death"}


def day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def years(start: date, end: date) -> int:
    count = 0
    while True:
        try:
            birthday = date(start.year + count + 1, start.month, start.day)
        except ValueError:  # 29 February
            birthday = date(start.year + count + 1, 3, 1)
        if birthday > end:
            return count
        count += 1


def told_on(report: Report) -> date:
    return report.known_time.astimezone(LOCAL).date()


class Seen:
    """What the reports of one woman say today. `nothing`: none stands for any pregnancy."""

    def __init__(
        self,
        woman_id: str,
        village: str,
        reports: list[Report],
        today: date,
        *,
        case: str | None = None,
        held: dict[str, str] | None = None,
    ) -> None:
        """`case`: this pregnancy of hers instead of the newest; `held`: who answers for which, by name."""
        self.id, self.village, self.today = woman_id, village, today
        self.held = held or {}
        stand = [one for one in reports if not one.withdrawn]
        self.name = self.phone = ""
        self.special = self.migrant = self.age = None
        born = aged = None
        self.lost = False
        self.left: date | None = None
        self.died: date | None = None
        for one in stand:
            body = one.body
            self.name = body.get("woman_name", self.name)
            self.phone = body.get("phone", self.phone)
            self.special = body.get("special_group", self.special)
            self.migrant = body.get("migrant", self.migrant)
            born = body.get("birth_date", born)
            if "age" in body:
                aged = (body["age"], told_on(one))
            if one.event in FOUND:
                self.lost = False
            if one.event == "lost_contact":
                self.lost = True
            if one.event == "moved":
                self.left = day(body["date"]) if body["direction"] == "out" else None
            if one.event == "maternal_death":
                self.died = day(body["date"])
        if born:
            self.age = years(day(born), today)  # type: ignore[arg-type]
        elif aged:
            self.age = aged[0] + years(aged[1], today)
        if self.special == "none":
            self.special = None
        cases = {one.pregnancy_id for one in stand if one.event in OPENS}
        self.nothing = not cases
        self.cases = sorted(str(one) for one in cases)
        if cases:
            newest = max((self._ends(stand, one), str(one)) for one in cases)[1]
            self._case(newest if case is None else case, stand)

    @staticmethod
    def _ends(stand: list[Report], case: str | None) -> date:
        of = [one for one in stand if one.pregnancy_id == case]
        for one in of:
            if one.event in ("birth", "pregnancy_loss", "maternal_death"):
                return day(one.body["date"]) or date.max
        for one in of:
            if one.event == "pregnancy" and one.body.get("lmp"):
                return date.fromisoformat(one.body["lmp"]) + timedelta(280)
            if one.event == "pregnancy" and one.body.get("due_date"):
                return date.fromisoformat(one.body["due_date"])
        return date.max

    def _case(self, case: str, stand: list[Report]) -> None:
        of = [one for one in stand if one.pregnancy_id == case]
        self.case = case
        self.registered = told_on(next(one for one in of if one.event in OPENS))
        self.due = self.end = self.discharged = self.para = None
        self.birth = self.home = self.booked = False
        self.visits: list[tuple[date, int | None, str | None]] = []
        self.after: set[str] = set()
        self.made: list[tuple[str, date]] = []
        self.kind = ""
        grades: list[tuple[bool, date, dict[str, Any]]] = []
        for one in of:
            body = one.body
            match one.event:
                case "pregnancy":
                    self.due = self._ends([one], case) if body.get("lmp") or body.get("due_date") else None
                    self.para = body.get("para")
                    self.booked = self.booked or bool(body.get("booked"))
                case "booking":
                    self.booked = True
                case "antenatal_visit":
                    on = date.fromisoformat(body["date"])
                    self.visits.append((on, body.get("visit_number"), body.get("next_appointment")))
                    self.made.append(("antenatal", on))
                case "risk_grade":
                    grades.append((one.author_role == "institution", day(body["date"]), dict(body)))  # type: ignore[arg-type]
                case "postnatal_visit":
                    self.after.add(body["visit_kind"])
                    self.made.append((body["visit_kind"], date.fromisoformat(body["date"])))
                case "birth" | "pregnancy_loss" | "maternal_death":
                    self.end = day(body["date"])
                    self.birth = one.event == "birth"
                    self.kind = {"birth": "birth", "pregnancy_loss": "loss"}.get(one.event, "")
                    self.discharged, self.home = (
                        day(body.get("discharge_date")),
                        body.get("place_kind") == "home",
                    )
        self.visits.sort(key=lambda one: one[0])
        self.colours: set[str] = set()
        self.key = False
        if grades:
            newest = max(grades, key=lambda one: (one[0], one[1]))[2]
            if "colour" in newest:
                self.colours = {newest["colour"]} | ({"purple"} if newest.get("with_purple") else set())
            else:
                self.key = True

    # ── what follows ────────────────────────────────────────────────────────────────────────────────────

    @property
    def pregnant(self) -> bool:
        return self.end is None and self.died is None

    @property
    def high(self) -> bool:
        return self.key or bool(self.colours & {"orange", "red", "purple"})

    @property
    def watched(self) -> bool:
        return self.high or self.special is not None

    def missed(self) -> bool:
        """没来产检."""
        if not self.pregnant:
            return False
        agreed = [one[2] for one in self.visits if one[2]]
        if agreed and day(agreed[-1]) > self.visits[-1][0] and day(agreed[-1]) < self.today:  # type: ignore[operator]
            return True
        if self.due is None:
            return False
        lmp = self.due - timedelta(280)
        spans = [(n, lmp + timedelta(weeks=a), lmp + timedelta(weeks=b + 1, days=-1)) for n, a, b in WINDOWS]
        for number, opens, closes in spans:
            if closes >= self.today or any(visit[0] > closes for visit in self.visits):
                continue
            if any(opens <= visit[0] <= closes for visit in self.visits):
                continue
            if self.left is not None and self.left <= closes:
                continue  # who left before it was over missed nothing
            early = [v for v in self.visits if v[1] == number and 0 < (opens - v[0]).days <= 7]
            if any(not any(a <= v[0] <= b for _, a, b in spans) for v in early):
                continue
            if number == 1:
                if not self.booked:
                    return True
            elif closes >= self.registered:
                return True
        return False

    def to_be_checked(self, first: date | None, last: date | None) -> bool:
        """该产检."""
        if not self.pregnant:
            return False
        if first is None and last is None and self.missed():
            return True
        low = first or self.today
        high = last or max(low, self.today)
        agreed = [one[2] for one in self.visits if one[2]]
        on = day(agreed[-1]) if agreed else None
        if on is not None and on <= self.visits[-1][0]:
            on = None  # she has been there since
        if on is not None and low <= on <= high:
            return True
        if self.due is None:
            return False
        lmp = self.due - timedelta(280)
        spans = [(n, lmp + timedelta(weeks=a), lmp + timedelta(weeks=b + 1, days=-1)) for n, a, b in WINDOWS]
        for number, opens, closes in spans:
            if not (opens <= high and closes >= low) or (self.left is not None and self.left <= closes):
                continue
            if any(opens <= visit[0] <= closes for visit in self.visits):
                continue
            early = [v for v in self.visits if v[1] == number and 0 < (opens - v[0]).days <= 7]
            if any(not any(a <= v[0] <= b for _, a, b in spans) for v in early):
                continue
            if number == 1 and self.booked:
                continue
            if closes < self.today:
                made_up = any(visit[0] > closes for visit in self.visits)
                if not made_up and (number == 1 or closes >= self.registered):
                    return True
            elif on is None or not (max(opens, self.today) <= on <= closes):
                return True
        return False

    def answering(self, *, by_name: bool) -> set[str]:
        """Who answers for her."""
        if self.case in self.held:
            return {self.held[self.case]}
        return set() if by_name else {COORDINATOR[self.village]}

    def owed(self, only: str | None = None) -> list[tuple[date, date]]:
        """Her own visits after the end that nobody made: first and last day."""
        if self.end is None:
            return []
        if self.discharged:
            start = max(self.discharged, self.end)
        else:
            start = self.end if self.home else self.end + timedelta(3)
        spans = {
            "home": (start, start + timedelta(7)),
            "day42": (self.end + timedelta(42), self.end + timedelta(56)),
        }
        return [
            (opens, closes)
            for kind, (opens, closes) in spans.items()
            if kind not in self.after
            and only in (None, kind)
            and closes >= self.registered
            and not (self.left is not None and self.left <= closes)
            and not (self.died is not None and self.died <= closes)
        ]

    def on_roster(self) -> bool:
        if self.died is not None:
            return False
        if self.end is None or (self.today - self.end).days <= 42:
            return True
        return any(closes >= self.today for _, closes in self.owed())

    def late(self) -> bool:
        if self.died is not None or self.left is not None:
            return False
        if self.pregnant and self.due is not None and self.due < self.today:
            return True
        gone = [closes for opens, closes in self.owed() if closes < self.today <= closes + timedelta(30)]
        return self.missed() or bool(gone)


COORDINATOR = {"v1": "孙桂花", "v2": "孙桂花", "v3": "张小兰", "v4": "温秀英"}
STAFF = {"孙桂花": "staff-1", "张小兰": "staff-2", "温秀英": "staff-3"}


def is_meant(name: str, said: str) -> bool:
    """张医生 is 张小兰; 我 is whoever asks: 孙桂花."""
    return name == {"我": "孙桂花", "张医生": "张小兰"}.get(said, said)


def inside(value: Any, low: Any, high: Any) -> bool:
    if low is None and high is None:
        return True
    return (
        value is not None
        and not (low is not None and value < low)
        and not (high is not None and value > high)
    )


def means(one: Seen, q: Question, *, sees: bool) -> bool:
    """Whether she is meant. Who does not see colours asks about 重点随访, whatever she says."""
    if one.nothing:
        return False
    if q.woman_name or q.phone:
        if q.woman_name and q.woman_name != one.name:
            return False
        if q.phone and q.phone != one.phone:
            return False
    else:
        past = q.ended is not None or q.seen is not None
        if past:
            if q.moved_out and one.left is None:
                return False
        elif (one.left is not None) is not q.moved_out:
            return False
        if past:
            pass
        elif q.postnatal_due:
            if one.died is not None:
                return False
        elif not one.on_roster():
            return False
    if sees:
        if q.colours and not (q.colours & one.colours):
            return False
        if q.high_risk and not (one.high or "yellow" in one.colours):
            return False
        if q.special and one.special not in q.special:
            return False
        if q.unassigned and not (one.high or "yellow" in one.colours):
            return False
    else:
        yellow = "yellow" in one.colours and not one.watched
        if q.colours == {"yellow"} and not yellow:
            return False
        if q.special and not one.watched:
            return False
        if (q.high_risk or q.unassigned or "yellow" in q.colours) and not (yellow or one.watched):
            return False
        if q.colours and "yellow" not in q.colours and not one.watched:
            return False
    if q.unassigned and one.case in one.held:
        return False
    if q.watched and not one.watched:
        return False
    if q.places and not any(p.removesuffix("村") in CALLED[one.village] for p in q.places):
        return False
    if q.stage == "pregnant" and not one.pregnant:
        return False
    if q.stage == "postnatal" and (
        one.died is not None or one.end is None or (one.today - one.end).days > 42
    ):
        return False
    due = one.due if one.pregnant else None
    weeks = (one.today - (due - timedelta(280))).days // 7 if due else None
    if not inside(due, q.due_from, q.due_to) or not inside(weeks, q.weeks_from, q.weeks_to):
        return False
    if not inside(one.registered, q.reported_from, q.reported_to) or not inside(
        one.age, q.age_from, q.age_to
    ):
        return False
    if not inside(one.para, q.para_from, q.para_to):
        return False
    if q.booked is True and not one.booked:
        return False
    if q.booked is False and (one.booked or not one.pregnant):
        return False
    if q.migrant is not None and one.migrant is not q.migrant:
        return False
    if q.lost and not one.lost:
        return False
    if q.overdue and not one.missed():
        return False
    if q.unseen and (not one.pregnant or any(kind == "antenatal" for kind, _ in one.made)):
        return False
    if q.overdue_due and not (due is not None and due < one.today):
        return False
    if q.check_due and not one.to_be_checked(q.check_from, q.check_to):
        return False
    if q.ended is not None:
        if one.end is None or one.kind != q.ended or not inside(one.end, q.ended_from, q.ended_to):
            return False
        if one.left is not None and one.end > one.left:
            return False
    if q.seen is not None:
        days = [on for kind, on in one.made if kind == q.seen and (one.left is None or on <= one.left)]
        if not any(inside(on, q.seen_from, q.seen_to) for on in days):
            return False
    if q.responsible is not None:
        whose = one.answering(by_name=q.by_name)
        if not any(is_meant(name, q.responsible) for name in whose):
            return False
    if q.postnatal_due:
        if q.visit_from is None:
            until = q.visit_to or one.today
            return any(a <= until and one.today <= b + timedelta(30) for a, b in one.owed(q.visit))
        until = q.visit_to or max(q.visit_from, one.today)
        return any(a <= until and b >= q.visit_from for a, b in one.owed(q.visit))
    return True


def rank(one: Seen, *, sees: bool) -> tuple[Any, ...]:
    """Where she stands in the list."""
    grave = 5
    if sees:
        worth = {"red": 0, "orange": 1, "purple": 1, "yellow": 3, "green": 4}
        grave = min((worth[colour] for colour in one.colours), default=5)
    elif not one.watched:
        grave = min((3 if colour == "yellow" else 4 for colour in one.colours), default=5)
    if one.watched:
        grave = min(grave, 2)
    when = one.due if one.pregnant else one.end
    return (not one.late(), grave, when or date.max, one.name, one.case)


def by_month(found: list[Seen]) -> Counter[str]:
    return Counter(one.due.strftime("%Y-%m") if one.pregnant and one.due else "" for one in found)

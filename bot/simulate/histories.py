"""What happens to the women of a county, and when who says so: chosen by chance, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from bot.simulate.county import County, Village, phone, woman_name
from bot.simulate.people import Answer, Errand, Woman, pick
from conversations.local_time import LOCAL

_DAY = timedelta(days=1)
HOURS = (time(9, 10), time(14, 10), time(19, 10))
"""When colleagues sit down to write."""
LATE = time(22, 40)
"""When one of them writes now and then who had no time before."""
WOMEN_FROM = 1000
"""The numbers of women's phones begin here."""


@dataclass(frozen=True, slots=True)
class Deed:
    """At this time somebody writes this: an officer (by key) an errand, a woman (by number, or by account on `channel`)
    a line, or she presses a `button`. `begun`: the errand is in hand, and this is said for it."""

    at: datetime
    officer: str = ""
    errand: Errand | None = None
    phone: str = ""
    text: str = ""
    begun: bool = False
    channel: str = "sms"
    button: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One woman: who she is to her phone, and everything that is said because of her. `account`: in a chat, her own or
    her family's."""

    woman: Woman
    phone: str
    deeds: tuple[Deed, ...]
    account: str = ""


def sits_down(moment: datetime) -> datetime:
    """The next time after this at which people sit down to write."""
    day = moment.astimezone(LOCAL).date()
    times = (datetime.combine(day + timedelta(days=n), hour, LOCAL) for n in range(3) for hour in HOURS)
    return next(at for at in times if at > moment)


def said(day: date) -> str:
    """A day as people say it who want to be sure."""
    return f"{day.year}年{day.month}月{day.day}号"


def stories(county: County, women: int, first: date, last: date, seed: int) -> Iterator[Story]:
    """The stories of so many women, between two days. A few share a phone with the one before."""
    before: _Teller | None = None
    for number in range(women):
        teller = _Teller(county, number, first, last, Random(f"{seed}/{number}"), before)
        yield teller.tell()
        before = teller


class _Teller:
    """Makes up one woman's story."""

    def __init__(
        self, county: County, number: int, first: date, last: date, chance: Random, before: _Teller | None
    ) -> None:
        self.county, self.number, self.chance = county, number, chance
        self.first, self.last = first, last
        self.village: Village = chance.choice(county.villages)
        self.name = woman_name(number)
        self.phone = phone(WOMEN_FROM + number)
        self.owner = chance.choices(("own", "unsafe", "husband", "none", "shared"), (68, 7, 11, 8, 6))[0]
        if self.owner == "shared" and before is not None and before.owner == "own":
            self.village, self.phone = before.village, before.phone
        self.account = f"account-{number:04d}" if chance.random() < 0.12 else ""
        if before is not None and before.account and chance.random() < 0.4:
            self.village, self.account = before.village, before.account
        self.deeds: list[Deed] = []

    # ── saying ──────────────────────────────────────────────────────────────────────────────────────────

    def at(self, day: date) -> datetime:
        return datetime.combine(day, LATE if self.maybe(0.04) else self.chance.choice(HOURS), LOCAL)

    def report(
        self, day: date, opening: str, *answers: tuple[str, Answer], role: str = "coordinator"
    ) -> None:
        officer = self.village.coordinator if role == "coordinator" else self.county.hospital
        if self.first <= day <= self.last:
            self.deeds.append(Deed(self.at(day), officer.key, Errand(opening, answers)))

    def writes(self, moment: datetime, text: str) -> None:
        self.deeds.append(Deed(moment, phone=self.phone, text=text))

    def days(self, low: int, high: int) -> timedelta:
        return timedelta(days=self.chance.randint(low, high))

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    # ── her story ───────────────────────────────────────────────────────────────────────────────────────

    def tell(self) -> Story:
        chance = self.chance
        span = (self.last - self.first).days
        found = self.first + timedelta(
            days=chance.randint(1, 21) if self.maybe(0.25) else chance.randint(1, max(span - 70, 2))
        )
        known_at = chance.choices(
            (chance.randint(35, 80), chance.randint(81, 200), chance.randint(201, 270)), (72, 20, 8)
        )[0]
        self.lmp = found - timedelta(days=known_at)
        self.found = found
        ends, kind = self._end(known_at)
        self.end, self.kind = ends, kind
        self._reported()
        if self.account:
            self.report(found + self.days(1, 6), f"给{self.name}发链接")
        self._care_before()
        self._ended()
        self._risk()
        self._mishaps()
        woman = Woman(
            number=self.number,
            name=self.name,
            says_yes=chance.choices((True, False, None), (80, 8, 12))[0],
            answers=chance.choice((0.0, 0.3, 0.7)),
            hers=not self.maybe(0.03),
            chance=Random(f"{chance.random()}"),
        )
        self._writes_herself(woman)
        return Story(woman, self.phone if self.owner != "none" else "", tuple(self.deeds), self.account)

    def _end(self, known_at: int) -> tuple[date, str]:
        kinds = ["birth", "twins", "loss", "stillbirth", "died", "left"]
        kind = self.chance.choices(kinds, (80, 3, 7, 3, 2, 5))[0]
        after = {
            "loss": (min(known_at + 3, 180), min(known_at + 70, 190)),
            "stillbirth": (max(known_at + 3, 197), 260),
            "died": (known_at + 5, 280),
            "left": (known_at + 5, max(known_at + 120, 280)),
        }.get(kind, (max(known_at + 2, 255), 291))
        day = self.lmp + self.days(after[0], max(after))
        if kind == "loss" and (day - self.lmp).days >= 196:
            kind = "birth"
            day = self.lmp + self.days(max(known_at + 2, 255), 291)
        return max(day, self.found + _DAY), kind

    def _reported(self) -> None:
        age = self.chance.choices((13, 16, self.chance.randint(19, 42)), (1, 2, 97))[0]
        told = (
            self.lmp + timedelta(days=28)
            if (wrong := self.maybe(0.05)) and self.lmp + timedelta(days=40) < self.found
            else self.lmp
        )
        who = f"{self.name}怀孕了，{age}岁，末次月经{said(told)}"
        answers: list[tuple[str, Answer]] = [("很像的|同一个人", pick("不是，是另一个人"))]
        if self.owner == "husband":
            who += f"，电话{self.phone}，是她丈夫的"
        elif self.owner != "none":
            who += f"，电话{self.phone}，是她自己的"
            answers.append(("往这个号发短信", "不方便" if self.owner == "unsafe" else "方便"))
        self.report(self.found, who, *answers)
        if wrong and told != self.lmp:
            day = self.found + self.days(5, 30)
            self._corrects(day, f"末次月经改成{said(self.lmp)}")

    def _care_before(self) -> None:
        clinic = "镇卫生院"
        if self.maybe(0.8):
            day = max(self.found, self.lmp + timedelta(days=50)) + self.days(0, 12)
            if day < self.end:
                self.report(day + self.days(0, 2), f"{self.name}{said(day)}在{clinic}建册了")
        for opens, closes in ((112, 146), (147, 174), (196, 258), (259, 286)):
            day = self.lmp + self.days(opens, closes)
            if day <= self.found or day >= self.end or not self.maybe(0.75):
                continue
            words = f"{self.name}{said(day)}产检了，都正常"
            told = day + self.days(0, 3)
            if self.maybe(0.25) and told < self.end:
                words += f"，约了{said(told + self.days(14, 28))}再去"
            if told < self.end:
                self.report(told, words)

    def _ended(self) -> None:
        told = self.end + self.days(0, 4)
        name, day = self.name, said(self.end)
        match self.kind:
            case "birth":
                self.report(
                    told,
                    f"{name}{day}生了，{self.chance.choice(('女孩', '男孩'))}，6斤8两，县医院顺产，母子平安",
                )
            case "twins":
                self.report(told, f"{name}{day}生了双胞胎，男孩5斤，女孩4斤8两")
            case "loss":
                self.report(told, f"{name}没保住，{day}流产了")
            case "stillbirth":
                self.report(told, f"{name}没保住，{day}流产了", ("看得出是男是女", "女"))
            case "died":
                if self.maybe(0.5):
                    self.report(
                        told, f"孕妇{name}{day}去世了", ("住在哪个村", self.village.name), role="institution"
                    )
                else:
                    self.report(told, f"孕妇{name}{day}在家里去世了", ("在哪里走的", "家里"))
            case "left":
                self.report(told, f"{name}{day}搬去广东打工了")
                if self.maybe(0.3):
                    back = told + self.days(20, 60)
                    self.report(
                        back,
                        f"{name}搬回来了",
                        ("同一个人|很像的|是哪一位", pick(name)),
                        ("从哪里搬来", "就这些"),
                    )
        if self.kind in ("died", "left"):
            return
        self._care_after(told)

    def _care_after(self, told: date) -> None:
        name, alive = self.name, self.kind in ("birth", "twins")
        if self.maybe(0.7):
            day = told + self.days(2, 7)
            self.report(day, f"{said(day)}我上门产后访视{name}，都正常")
        if alive and self.maybe(0.7):
            day = told + self.days(2, 8)
            self.report(day, f"{said(day)}新生儿访视，{name}的孩子都好")
        if alive and self.maybe(0.03):
            day = told + self.days(1, 60)
            self.report(day, f"{name}的孩子{said(day)}没了，生下来后没的", ("哪一个孩子|哪个孩子", "第一个"))
        if alive and self.maybe(0.008):
            day = told + self.days(1, 30)
            self.report(
                day, f"产妇{name}{said(day)}在家里去世了", ("在哪里走的", "家里"), ("在哪个阶段", "产后")
            )
        if self.maybe(0.7):
            day = self.end + self.days(42, 55)
            self.report(day + self.days(0, 2), f"{name}{said(day)}做了42天检查")

    def _risk(self) -> None:
        if not self.maybe(0.16):
            return
        colours = self.chance.choices(("黄色", "橙色", "红色"), (40, 40, 20), k=self.chance.randint(1, 2))
        day = self.found + self.days(1, 40)
        for colour in colours:
            if day >= self.end:
                break
            purple = "另标紫色" if self.maybe(0.15) else "不另标"
            self.report(
                day,
                f"{self.name}{said(day)}评为{colour}",
                ("住在哪个村", self.village.name),
                ("另标紫色", purple),
                role="institution",
            )
            day += self.days(15, 80)
        seen = self.found + self.days(10, 45)
        until = self.end + timedelta(days=42) if self.kind not in ("died", "left") else self.end - _DAY
        while seen < until:
            how = "打电话" if self.maybe(0.7) else "上门"
            self.report(seen, f"今天{how}随访了{self.name}，一切正常")
            seen += self.days(12, 45)

    def _mishaps(self) -> None:
        open_days = (self.end - self.found).days
        if open_days > 20 and self.maybe(0.03):
            day = self.found + self.days(8, open_days - 8)
            self.report(day, f"{self.name}没保住，{said(day)}流产了")
            self.report(day + self.days(1, 4), f"撤回{self.name}的流产")
        if open_days > 20 and self.owner == "own" and self.maybe(0.04):
            self._corrects(self.found + self.days(8, open_days - 8), f"电话改成{phone(5000 + self.number)}")

    def _corrects(self, day: date, words: str) -> None:
        """What was told of the pregnancy is told right."""
        self.report(
            day,
            f"更正{self.name}",
            ("是哪一份", pick("发现孕情")),
            ("哪里要改", words),
            ("往这个号发短信", "方便"),
            ("这个电话是谁的", "她本人的"),
        )

    def _writes_herself(self, woman: Woman) -> None:
        if self.owner in ("none", "husband") or not woman.hers:
            return
        span = max((self.end - self.found).days, 10)

        def sometime(low: int = 3, high: int = span) -> datetime:
            day = self.found + self.days(low, max(high, low))
            return datetime.combine(day, time(self.chance.choice((7, 9, 12, 18, 20, 22)), 30), LOCAL)

        if self.maybe(0.06):
            out = sometime()
            self.writes(out, "退订")
            if self.maybe(0.4):
                self.writes(out + self.days(5, 60), "恢复")
        if self.owner == "own" and self.maybe(0.04):
            self.writes(sometime(), f"我换号码了，{phone(5000 + self.number)}")
        if self.maybe(0.03):
            self.writes(sometime(), self.chance.choice(("我流血了", "肚子一阵一阵地痛，破水了")))
        if self.maybe(0.06):
            self.writes(sometime(), "怀孕能吃螃蟹吗")

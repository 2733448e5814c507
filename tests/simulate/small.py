"""A few women whose stories are written by hand, so that each law has something to hold in half a year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from random import Random

from bot.simulate.county import County, phone, woman_name
from bot.simulate.histories import WOMEN_FROM, Deed, Story
from bot.simulate.people import Errand, Woman, pick
from conversations.local_time import LOCAL

NEW = ("很像的|同一个人", pick("不是，是另一个人"))
SAFE = ("往这个号发短信", "方便")
UNSAFE = ("往这个号发短信", "不方便")


class Teller:
    """Writes one woman's story."""

    def __init__(self, county: County, number: int, *, yes: bool | None = True) -> None:
        self.county = county
        self.village = county.villages[number % len(county.villages)]
        self.name, self.phone = woman_name(number), phone(WOMEN_FROM + number)
        self.woman = Woman(number, self.name, yes, 0.0, True, Random(str(number)))
        self.deeds: list[Deed] = []

    def _at(self, day: str, hour: int) -> datetime:
        return datetime.combine(datetime.fromisoformat(day), time(hour, 10), LOCAL)

    def says(self, day: str, words: str, *answers: tuple[str, object], hour: int = 9) -> Teller:
        """Her coordinator, at ten past nine unless told otherwise."""
        errand = Errand(words.format(name=self.name, phone=self.phone), answers)  # type: ignore[arg-type]
        self.deeds.append(Deed(self._at(day, hour), self.village.coordinator.key, errand))
        return self

    def hospital(self, day: str, words: str, *answers: tuple[str, object]) -> Teller:
        where = ("住在哪个村", self.village.name)
        errand = Errand(words.format(name=self.name), (where, *answers))  # type: ignore[arg-type]
        self.deeds.append(Deed(self._at(day, 14), self.county.hospital.key, errand))
        return self

    def writes(self, day: str, words: str) -> Teller:
        self.deeds.append(Deed(self._at(day, 14), phone=self.phone, text=words))
        return self

    @property
    def story(self) -> Story:
        return Story(self.woman, self.phone, tuple(self.deeds))


HERS = "{name}怀孕了，27岁，末次月经%s，电话{phone}，是她自己的"


def few(county: County) -> Iterator[Story]:
    """Ten women, from November 2026 to the end of April 2027; the last shares a phone with the one before."""
    yield (
        Teller(county, 0)
        .says("2026-11-03", HERS % "2026年8月1号", NEW, SAFE)
        .says("2027-02-01", "{name}没保住，2027年1月31号流产了", hour=22)
        .story
    )
    yield (
        Teller(county, 1)
        .says("2026-11-04", HERS % "2026年8月10号", NEW, SAFE)
        .writes("2026-11-20", "退订")
        .story
    )
    yield (
        Teller(county, 2)
        .says("2026-11-05", HERS % "2026年7月1号", NEW, SAFE)
        .says("2026-12-10", "孕妇{name}2026年12月9号在家里去世了", ("在哪里走的", "家里"), hour=23)
        .story
    )
    yield Teller(county, 3).says("2026-11-05", HERS % "2026年8月5号", NEW, UNSAFE).story
    yield (
        Teller(county, 4)
        .says("2026-11-06", "{name}怀孕了，31岁，末次月经2026年5月20号", NEW)
        .hospital("2026-11-10", "{name}昨天评为红色", ("另标紫色", "另标紫色"))
        .says("2027-02-16", "{name}2027年2月15号生了，女孩，6斤，县医院顺产，母子平安")
        .story
    )
    yield Teller(county, 5, yes=None).says("2026-11-06", HERS % "2026年8月15号", NEW, SAFE).story
    yield (
        Teller(county, 6)
        .says("2026-11-09", HERS % "2026年3月20号", NEW, SAFE)
        .says("2026-12-21", "{name}2026年12月20号生了，男孩，6斤，县医院顺产，母子平安")
        .says("2026-12-30", "{name}的孩子2026年12月29号没了，生下来后没的")
        .story
    )
    yield (
        Teller(county, 7)
        .says("2026-11-10", HERS % "2026年8月20号", NEW, SAFE)
        .says("2026-11-20", "{name}2026年11月19号在镇卫生院建册了")
        .says("2027-01-05", "{name}2027年1月4号产检了，都正常")
        .story
    )
    yield (
        Teller(county, 8)
        .says("2026-11-11", HERS % "2026年8月5号", NEW, SAFE)
        .writes("2027-01-05", "我流产了")
        .story
    )
    family = Teller(county, 11)
    family.phone = phone(WOMEN_FROM + 7)
    yield family.says("2026-11-12", HERS % "2026年8月25号", NEW, SAFE).story

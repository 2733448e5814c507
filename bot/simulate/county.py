"""The county of a simulation: its places, who works there, and the phones of invented people.

Everything is made up, follows from the numbers asked for, and every phone begins with 1990000.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from conversations.message import Role
from storage.care_facts import LINKS
from storage.database import Database
from storage.models import Address, Contact, Place, Post, Setting, Staff
from storage.pins import pin_hash

COUNTY = "sim"
VILLAGES_A_TOWNSHIP = 5
SMS_EVERY = 4
"""Every so manieth coordinator has no chat: she writes by SMS, with her PIN."""
PIN = "240816"
"""Of every colleague who writes by SMS."""
TOWNSHIP_NAMES = tuple(
    "青石镇 大桥镇 新田镇 安西镇 虎山镇 嘉定镇 星村镇 小江镇 莲塘镇 油山镇 万隆镇 坪石镇 正平镇 同益镇".split()  # noqa: SIM905 (read as a list of names)
)
_FIRST = tuple(
    "杨梅 石桥 竹影 桂花 柳树 月亮 禾角 橙香 云雾 泉水 白塔 桃江 松竹 莲花 七星 梧桐".split()  # noqa: SIM905 (read as a list of names)
)
_LAST = tuple(
    "坑村 湾村 塘村 岭村 坪村".split()  # noqa: SIM905 (read as a list of names)
)
_FAMILY = "王李张刘陈杨赵周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董程曹袁邓许傅沈曾彭吕苏卢"
_GIVEN = tuple(
    "秀英 桂兰 小芳 春梅 丽娟 海燕 晓玲 美玲 雪莲 玉珍 冬梅 秋菊 小兰 文秀 淑芬 月娥 素珍 翠萍 小燕 玉兰 凤英 建英 小玲 丽华 彩霞 爱莲 雅琴 惠芳 金凤 银花".split()  # noqa: SIM905 (read as a list of names)
)


@dataclass(frozen=True, slots=True)
class Site:
    """A place, as it will be stored."""

    id: str
    parent_id: str | None
    kind: str
    name: str
    programme: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who works for the programme. `key` names her in the log."""

    key: str
    name: str
    role: Role
    place_id: str
    phone: str
    channel: str = "chat"

    @property
    def address(self) -> str:
        """Where she writes from."""
        return self.phone if self.channel == "sms" else self.key


@dataclass(frozen=True, slots=True)
class Village:
    """A village with its coordinator and the offices above it."""

    id: str
    name: str
    coordinator: Officer
    township: Officer


@dataclass(frozen=True, slots=True)
class County:
    """The whole of it. `hospital`: who grades and reports for the county's hospital."""

    programme: str
    places: tuple[Site, ...]
    villages: tuple[Village, ...]
    townships: tuple[Officer, ...]
    hospital: Officer
    hospital_name: str
    officer: Officer

    @property
    def officers(self) -> tuple[Officer, ...]:
        """Everybody who works here."""
        coordinators = tuple(one.coordinator for one in self.villages)
        return (*coordinators, *self.townships, self.hospital, self.officer)


def woman_name(number: int) -> str:
    """The name of the so-manieth invented woman: all different for the first thousand and more."""
    return _FAMILY[number % len(_FAMILY)] + _GIVEN[(number // len(_FAMILY) + number) % len(_GIVEN)]


def phone(number: int) -> str:
    """The so-manieth invented phone."""
    return f"1990000{number:04d}"


def build(programme: str, coordinators: int) -> County:
    """A county with so many villages, one coordinator each, in as few townships as hold them."""
    count = -(-coordinators // VILLAGES_A_TOWNSHIP)
    places = [
        Site(id=COUNTY, parent_id=None, kind="county", name="仿真县", programme=programme, phone=phone(9))
    ]
    hospital = Site(id="sim-hospital", parent_id=COUNTY, kind="institution", name="仿真县人民医院")
    places.append(hospital)
    townships: list[Officer] = []
    villages: list[Village] = []
    for number in range(count):
        place = Site(
            id=f"sim-t{number + 1:02d}",
            parent_id=COUNTY,
            kind="township",
            name=TOWNSHIP_NAMES[number % len(TOWNSHIP_NAMES)],
            phone=phone(20 + number),
        )
        clinic = Site(
            id=f"{place.id}-clinic", parent_id=place.id, kind="institution", name=f"{place.name}卫生院"
        )
        places += [place, clinic]
        officer = Officer(
            f"township-{number + 1:02d}",
            _officer_name(500 + number),
            "township",
            place.id,
            phone(40 + number),
        )
        townships.append(officer)
        for _ in range(min(VILLAGES_A_TOWNSHIP, coordinators - len(villages))):
            index = len(villages)
            name = _FIRST[index % len(_FIRST)] + _LAST[(index // len(_FIRST)) % len(_LAST)]
            village = Site(id=f"sim-v{index + 1:02d}", parent_id=place.id, kind="village", name=name)
            places.append(village)
            her = Officer(
                f"coordinator-{index + 1:02d}",
                _officer_name(600 + index),
                "coordinator",
                village.id,
                phone(100 + index),
                "sms" if index % SMS_EVERY == SMS_EVERY - 1 else "chat",
            )
            villages.append(Village(village.id, name, her, officer))
    return County(
        programme,
        tuple(places),
        tuple(villages),
        tuple(townships),
        Officer("institution-01", "何静", "institution", hospital.id, phone(10)),
        hospital.name,
        Officer("county-01", "刘桂珍", "county", COUNTY, phone(11)),
    )


def _officer_name(number: int) -> str:
    return _FAMILY[number % len(_FAMILY)] + "海琴"


async def settle(database: Database, county: County, now: datetime) -> None:
    """Write the county's places and staff into an empty database."""
    blind = database.keyring.blind
    async with database.transaction() as tx:
        await Setting(key=LINKS, value="https://t.me/simulated?start=").save(using_db=tx, force_create=True)
        for site in county.places:  # parents before their children
            await Place(**asdict(site)).save(using_db=tx, force_create=True)
        for one in county.officers:
            staff = Staff(
                id=f"s-{one.key}", name=one.name, phone=one.phone, phone_index=blind("phone", one.phone)
            )
            if one.channel == "sms":
                staff.pin = pin_hash(database.keyring, one.key, PIN)
            await staff.save(using_db=tx, force_create=True)
            post = Post(
                id=f"p-{one.key}",
                staff_id=staff.id,
                place_id=one.place_id,
                role=one.role,
                state="active",
                since=now,
            )
            await post.save(using_db=tx, force_create=True)
            contact = Contact(id=f"c-{one.key}", staff_id=staff.id, locale="zh_CN", created_at=now)
            await contact.save(using_db=tx, force_create=True)
            address = Address(
                id=f"a-{one.key}",
                contact_id=contact.id,
                channel=one.channel,
                address=one.address,
                address_index=blind("address", one.address),
                state="active",
            )
            await address.save(using_db=tx, force_create=True)

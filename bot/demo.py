"""The demonstration county: Xinfeng's organisation, with invented villages, people and phones.

County, townships, sectors (片区) and institutions are those of the county's plan of 2023 (XF 附表1, 附表4).
Everything below a township is made up, and every phone begins with 1990000.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from conversations.message import Role
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Address, Contact, Place, Post, Setting, Staff

PROGRAMME = "xinfeng"
COUNTY_ID = "xf"
OFFICE_PHONES = "199000009"
"""How the numbers of the township offices begin; two digits more."""
_MARK = "demonstration"
_AHEAD = "demonstration_ahead_seconds"


class NotADemonstration(Exception):
    """This database is not marked as a demonstration: simulator and training open no other.

    Choose a new file with --db, or leave it out.
    """

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class SimClock:
    """A clock that ticks with real time and can be moved forward, never back."""

    def __init__(self, real: Callable[[], datetime], ahead: timedelta = timedelta(0)) -> None:
        self._real = real
        self._ahead = ahead

    @classmethod
    def starting_at(cls, now: datetime, real: Callable[[], datetime]) -> SimClock:
        """A clock that shows `now` (aware) at this moment, before or after the real time."""
        return cls(real, now - real())

    def __call__(self) -> datetime:
        return self._real() + self._ahead

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of real time."""
        return self._ahead

    def advance(self, by: timedelta) -> None:
        """Move forward by `by`."""
        if by < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._ahead += by

    def move_to(self, moment: datetime) -> None:
        """Show `moment` now, unless it is past already."""
        self._ahead = max(self._ahead, moment - self._real())


@dataclass(frozen=True, slots=True)
class Township:
    """One 乡镇孕管办 with its sector (片区, XF 附表1), its institution (XF 附表4) and invented villages."""

    id: str
    name: str
    sector: int
    institution: str
    villages: tuple[tuple[str, str], ...]


def _township(key: str, name: str, sector: int, institution: str, **villages: str) -> Township:
    place_id = f"{COUNTY_ID}-{key}"
    return Township(
        place_id, name, sector, institution, tuple((f"{place_id}-{k}", v) for k, v in villages.items())
    )


TOWNSHIPS: tuple[Township, ...] = (
    _township(
        "gupo", "古陂镇", 4, "古陂镇中心卫生院",
        yangmeikeng="杨梅坑村", shiqiao="石桥村", zhuyingtang="竹影塘村", guihuaping="桂花坪村",
    ),
    _township("daqiao", "大桥镇", 4, "大桥镇卫生院", qingshiwan="青石湾村", liushuyuan="柳树园村"),
    _township("xintian", "新田镇", 4, "新田镇中心卫生院", yueliangtang="月亮塘村", hejiaolou="禾角楼村"),
    _township("anxi", "安西镇", 4, "安西镇卫生院", chengxiangao="橙香坳村", mihouwo="猕猴窝村"),
    _township("hushan", "虎山乡", 4, "虎山乡卫生院", yunwuling="云雾岭村", quanshuijing="泉水井村"),
    _township("jiading", "嘉定镇", 4, "嘉定镇卫生院", baitaxia="白塔下新村", taojiangan="桃江岸村"),
    _township("huangni", "西牛镇黄泥", 1, "西牛镇黄泥卫生院", hongtupo="红土坡村", songzhuwo="松竹窝村"),
    _township("xiniu", "西牛镇", 1, "西牛镇中心卫生院", niumiantan="牛眠滩村", lianhuaduan="莲花塅村"),
    _township("xingcun", "西牛镇星村", 1, "西牛镇星村卫生院", qixingdun="七星墩村", xiaotangwei="小塘尾村"),
    _township("xiaojiang", "小江镇", 1, "小江镇中心卫生院", wutongpu="梧桐铺村", shuiyunzhou="水云洲村"),
    _township("chongxian", "崇仙乡", 1, "崇仙乡卫生院", xianrenshi="仙人石下村", chaziwan="茶籽湾村"),
    _township("daa", "大阿镇", 2, "大阿镇中心卫生院", liziyuan="李子园村", changkengkou="长坑口新村"),
    _township("youshan", "油山镇", 2, "油山镇卫生院", youchaping="油茶坪村", zhusunao="竹笋坳村"),
    _township("wanlong", "万隆乡", 2, "万隆乡卫生院", fengyepai="枫叶排村", longyanquan="龙眼泉村"),
    _township("xiaohe", "小河镇", 2, "小河镇中心卫生院", shuangxizui="双溪嘴村", liuyezhou="柳叶洲村"),
    _township("pingshi", "大塘埠镇坪石", 2, "大塘埠镇坪石卫生院", shilongjing="石龙井村", caihua="菜花塅村"),
    _township("datang", "大塘埠镇", 2, "大塘埠镇中心卫生院", heyetang="荷叶塘边村", meizhidun="梅枝墩村"),
    _township("zhengping", "正平镇", 3, "正平镇卫生院", jinjuyuan="金桔园村", qingtengwu="青藤坞村"),
    _township("jiudu", "正平镇九渡", 3, "正平镇九渡卫生院", dukouwan="渡口湾村", shatanzui="沙滩嘴村"),
    _township("tongyi", "同益", 3, "同益卫生院", tongxindun="同心墩村", lanhuagu="兰花谷村"),
    _township("tieshikou", "铁石口镇", 3, "铁石口卫生院", tiejianglou="铁匠楼下村", yinxingao="银杏坳村"),
)  # fmt: skip

HOSPITALS: tuple[tuple[str, str, int], ...] = (
    ("xf-renmin", "信丰县人民医院", 1),
    ("xf-zhongyi", "信丰中医院", 2),
    ("xf-fuer", "赣南医学院第二附属医院", 3),
    ("xf-fubao", "信丰县妇幼保健院", 4),
)
"""The county's own hospitals, each in a sector (XF 附表1)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the demonstration. `key` names no one; `place_id` is where she works, or lives."""

    key: str
    name: str
    role: Role
    place_id: str
    phone: str
    channels: tuple[str, ...] = ("chat",)
    locale: str = "zh_CN"

    def address(self, channel: str) -> str:
        """Her address on that channel: her number for SMS, a made-up account elsewhere."""
        return self.phone if channel == "sms" else f"{channel}-{self.key}"


PEOPLE: tuple[Person, ...] = (
    Person("coordinator-1", "邓小莲", "coordinator", "xf-gupo-yangmeikeng", "19900000011", ("chat", "sms")),
    Person(
        "coordinator-2", "Guo Min", "coordinator", "xf-gupo-shiqiao", "19900000012", ("chat", "sms"), "en"
    ),
    Person("coordinator-3", "谢春香", "coordinator", "xf-daa-liziyuan", "19900000013", ("chat", "sms")),
    Person("township-1", "温秀英", "township", "xf-gupo", "19900000021"),
    Person("township-2", "Lai Yan", "township", "xf-gupo", "19900000022", locale="en"),
    Person("township-3", "曾海燕", "township", "xf-daa", "19900000023"),
    Person("institution-1", "何静", "institution", "xf-fubao", "19900000031"),
    Person("county-1", "刘桂兰", "county", "xf", "19900000041"),
    Person("woman-1", "李梅", "woman", "xf-gupo-yangmeikeng", "19900000101", ("sms",)),
    Person("woman-2", "张桂花", "woman", "xf-gupo-yangmeikeng", "19900000102", ("sms",)),
    Person("woman-3", "Chen Fang", "woman", "xf-gupo-shiqiao", "19900000103", ("sms",), "en"),
)


def person_as(role: str, locale: str = "zh_CN") -> Person:
    """Who speaks when somebody says she is a `role`: the one of that language, else the first of the role."""
    candidates = [person for person in PEOPLE if person.role == role]
    if not candidates:
        raise LookupError(role)
    return next((person for person in candidates if person.locale == locale), candidates[0])


def place_name(place_id: str, locale: str = "zh_CN") -> str:
    """The place's name, its township's before it (古陂镇杨梅坑村); in other languages Yangmeikeng, Gupo."""
    names = {COUNTY_ID: "信丰县", **{key: name for key, name, _ in HOSPITALS}}
    for township in TOWNSHIPS:
        names[township.id] = township.name
        names |= {village_id: township.name + name for village_id, name in township.villages}
    if locale == "zh_CN" or place_id in {key for key, _, _ in HOSPITALS}:
        return names[place_id]
    return ", ".join(part.title() for part in reversed(place_id.split("-")[1:])) or "Xinfeng"


async def seed(database: Database, clock: Callable[[], datetime]) -> None:
    """Write the demonstration county into an empty database and mark it; a marked one stays as it is."""
    async with database.transaction() as tx:
        if await Setting.filter(key=_MARK).using_db(tx).exists():
            return
        if await Place.all().using_db(tx).exists():
            raise NotADemonstration
        now = clock()
        await Place.bulk_create(_places(), using_db=tx)
        staff = [person for person in PEOPLE if person.role != "woman"]
        await Staff.bulk_create([_staff(person, database.keyring) for person in staff], using_db=tx)
        await Post.bulk_create(
            [
                Post(
                    id=f"post-{person.key}",
                    staff_id=f"staff-{person.key}",
                    place_id=person.place_id,
                    role=person.role,
                    state="active",
                    since=now,
                )
                for person in staff
            ],
            using_db=tx,
        )
        await Contact.bulk_create(
            [
                Contact(
                    id=contact_id(person),
                    staff_id=f"staff-{person.key}" if person in staff else None,
                    locale=person.locale,
                    created_at=now,
                )
                for person in PEOPLE
            ],
            using_db=tx,
        )
        await Address.bulk_create(
            [_address(person, channel, database.keyring) for person in PEOPLE for channel in person.channels],
            using_db=tx,
        )
        await Setting.create(key=_MARK, value="yes", using_db=tx)


async def check_demonstration(database: Database) -> None:
    """Raise `NotADemonstration` unless the database is marked as one."""
    if not await Setting.filter(key=_MARK, value="yes").using_db(database.reading).exists():
        raise NotADemonstration


async def restored_clock(database: Database, real: Callable[[], datetime]) -> SimClock:
    """The clock as far ahead as it was when this database was last used."""
    saved = await Setting.get_or_none(key=_AHEAD, using_db=database.reading)
    return SimClock(real, timedelta(seconds=float(saved.value)) if saved else timedelta(0))


async def remember_clock(database: Database, clock: SimClock) -> None:
    """Keep how far ahead the clock is, so that a restart does not turn it back."""
    async with database.transaction() as tx:
        await Setting.bulk_create(
            [Setting(key=_AHEAD, value=str(clock.ahead.total_seconds()))],
            on_conflict=["key"],
            update_fields=["value"],
            using_db=tx,
        )


def contact_id(person: Person) -> str:
    """The id of her contact."""
    return f"contact-{person.key}"


def _places() -> list[Place]:
    county = Place(id=COUNTY_ID, parent_id=None, kind="county", name="信丰县", programme=PROGRAMME)
    hospitals = [
        Place(id=key, parent_id=COUNTY_ID, kind="institution", name=name) for key, name, _ in HOSPITALS
    ]
    townships = [
        Place(
            id=t.id,
            parent_id=COUNTY_ID,
            kind="township",
            name=t.name,
            phone=f"{OFFICE_PHONES}{number:02d}",
            sector=f"片区{'一二三四'[t.sector - 1]}",
        )
        for number, t in enumerate(TOWNSHIPS, 1)
    ]
    clinics = [
        Place(id=f"{t.id}-clinic", parent_id=t.id, kind="institution", name=t.institution) for t in TOWNSHIPS
    ]
    villages = [
        Place(id=village_id, parent_id=t.id, kind="village", name=name)
        for t in TOWNSHIPS
        for village_id, name in t.villages
    ]
    return [county, *hospitals, *townships, *clinics, *villages]


def _staff(person: Person, keyring: Keyring) -> Staff:
    return Staff(
        id=f"staff-{person.key}",
        name=person.name,
        phone=person.phone,
        phone_index=keyring.blind("phone", person.phone),
    )


def _address(person: Person, channel: str, keyring: Keyring) -> Address:
    address = person.address(channel)
    return Address(
        id=f"address-{channel}-{person.key}",
        contact_id=contact_id(person),
        channel=channel,
        address=address,
        address_index=keyring.blind("address", address),
        state="active",
    )

"""`yunguan doctor`: what an operator should know of her installation before a woman finds out.

Each check looks at one thing and says what it found and what to do about it. It reads, never writes, and quotes
nothing of anybody: numbers, ids and names of places only.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.county import heads
from bot.findings import Check, Finding, Level, Patient
from bot.outbox.listing import outbox_rows
from bot.privacy import health
from bot.programmes import loosened
from bot.settings import Settings
from conversations.care.calendar import guessed
from conversations.care.danger_advice import unapproved
from conversations.care.programme import NATIONAL, PROGRAMMES, programme
from conversations.flows.overdue import SECTOR
from conversations.local_time import LOCAL
from conversations.text import Sayable, T
from storage import chain
from storage.database import Database
from storage.migrate import pending
from storage.models import Alert, Inbound, Post
from storage.organisation import load_organisation
from storage.reading import rows

LITTLE_SPACE = 1 << 30
"""Bytes free on the data disk below which to warn."""
ALERT_TOO_LONG = timedelta(hours=1)
"""After an hour nobody has taken a danger alert, somebody should be called by other means."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


async def examine(database: Database, settings: Settings, now: datetime) -> list[Finding]:
    """Everything that is to be said, in the order of the checks. A database that is not of this version gets
    no further than that."""
    if missing := await pending(database):
        text = T("数据库比程序旧，还差：{names}。请运行 yunguan migrate。", names="、".join(missing))
        return [Finding("migrations", "fail", text)]
    organisation = await load_organisation(database.reading)
    patient = Patient(database, settings, organisation, now)
    return [
        Finding("migrations", "ok", T("数据库是这一版的。")),
        *[finding for check in CHECKS async for finding in check(patient)],
    ]


async def _integrity(patient: Patient) -> AsyncIterator[Finding]:
    """SQLite can look at its own file; PostgreSQL looks after itself."""
    if patient.database.dialect != "sqlite":
        return
    said = [str(row[0]) for row in await rows(patient.database.reading, "PRAGMA quick_check")]
    if said == ["ok"]:
        yield Finding("integrity", "ok", T("数据库文件完好。"))
    else:
        yield Finding("integrity", "fail", T("数据库文件有损坏。请停下服务，保留原件，用最近的备份恢复。"))
    free = _free_space(patient.settings)
    if free < LITTLE_SPACE:
        yield Finding(
            "space",
            "fail",
            T("数据盘只剩{megabytes}兆，满了就存不进消息。请腾出空间。", megabytes=free >> 20),
        )


def _free_space(settings: Settings) -> int:
    file = settings.database.url.removeprefix("sqlite://").partition("?")[0]
    return shutil.disk_usage(Path(file).resolve().parent).free


async def _advice(patient: Patient) -> AsyncIterator[Finding]:
    if (said := unapproved()) is not None:
        yield Finding("danger_advice", "warn", said)
    else:
        yield Finding("danger_advice", "ok", T("危急情况的答复已经过临床医生审核。"))


async def _offices(patient: Patient) -> AsyncIterator[Finding]:
    """Who would be told: an office without a person, or a number, hears of nothing."""
    places = patient.organisation.places.values()
    held: Counter[tuple[str, str]] = Counter()
    posts = Post.filter(state="active").using_db(patient.database.reading)
    for place, role in await posts.values_list("place_id", "role"):
        held[str(place), str(role)] += 1
    if not places:
        yield Finding("offices", "fail", T("还没有单位。请用 yunguan places 载入。"))
        return
    kinds = {"village": "coordinator", "township": "township", "county": "county"}
    levels: dict[str, Level] = {"village": "warn", "township": "fail", "county": "fail"}
    well = True
    for kind, role in kinds.items():
        empty = [place.id for place in places if place.kind == kind and not held[place.id, role]]
        if empty:
            well = False
            yield Finding(
                f"no_{role}",
                levels[kind],
                T(
                    "{count}处还没有人在岗：{places}。请用邀请码请人加入。",
                    count=len(empty),
                    places=_few(empty),
                ),
            )
    silent = [
        place.id
        for place in places
        if place.kind == "township" and not patient.organisation.phone_of(place.id)
    ]
    if silent:
        well = False
        yield Finding(
            "no_phone",
            "fail",
            T(
                "{count}个乡镇没有值班电话：{places}。报危急的人只会看到120。请在单位文件里补上 phone。",
                count=len(silent),
                places=_few(silent),
            ),
        )
    if well:
        yield Finding("offices", "ok", T("各级都有人在岗，乡镇都有值班电话。"))


async def _waiting(patient: Patient) -> AsyncIterator[Finding]:
    """What lies in the outbox and will not leave by itself."""
    states = Counter(line.state for line in await outbox_rows(patient.database, patient.now))
    stuck = {
        state: states[state] for state in ("paused", "dead", "failed", "unknown", "waiting") if states[state]
    }
    if not stuck:
        yield Finding("outbox", "ok", T("没有卡住的消息和报告。"))
        return
    level: Level = "fail" if {"paused", "dead", "waiting"} & stuck.keys() else "warn"
    listed = "、".join(f"{state} {count}" for state, count in stuck.items())
    yield Finding(
        "outbox", level, T("有卡住的消息或报告（{listed}）。请用 yunguan outbox list 查看。", listed=listed)
    )


async def _alerts(patient: Patient) -> AsyncIterator[Finding]:
    since = patient.now - ALERT_TOO_LONG
    untaken = Alert.filter(kind="danger", acknowledged_at__isnull=True, raised_at__lte=since)
    count = await untaken.using_db(patient.database.reading).count()
    if count:
        yield Finding(
            "alerts",
            "fail",
            T("有{count}条危急提醒一个多小时没有人接手。请马上打电话找值班的人。", count=count),
        )
    else:
        yield Finding("alerts", "ok", T("没有久等的危急提醒。"))


async def _county(patient: Patient) -> AsyncIterator[Finding]:
    county = patient.settings.county
    if county is None:
        yield Finding("county", "warn", T("还没有接县平台，报告都在发件箱里等着。请填 [county]。"))
    elif county.url.startswith("http://") and urlsplit(county.url).hostname not in LOOPBACK:
        yield Finding("county", "fail", T("县平台的地址不是 https，报告会明文经过网络。请改 county.url。"))
    else:
        yield Finding("county", "ok", T("县平台已经接好。"))


_HOW: Mapping[chain.How, Sayable] = {
    "changed": T("内容或封印对不上"),
    "missing": T("这一条不见了"),
    "cut": T("从这一条起，后面的都不见了"),
}


async def _audit_log(patient: Patient) -> AsyncIterator[Finding]:
    """Every row of it, its own head, and the heads the county was told of."""
    database = patient.database
    told = await heads.queued(database)
    head, broken = await chain.verify(database.reading, database.keyring, told)
    if broken is None and not head.seq and await Inbound.all().using_db(database.reading).exists():
        broken = chain.Broken(1, "cut")
    if broken is not None:
        text = T(
            "审计记录在第{number}条断了：{how}。请保留原件，和县平台收到的每日封印核对，查明是谁动过。",
            number=broken.seq,
            how=_HOW[broken.how],
        )
        yield Finding("audit", "fail", text)
        return
    if below := await chain.unsealed(database.reading):
        text = T(
            "有{count}条没有封印的旧审计记录，编号在第1条以前。它们不作凭据，“谁看过”也不列。", count=below
        )
        yield Finding("audit.unsealed", "warn", text)
    last = max((one.seq for one in told), default=0)
    yield Finding(
        "audit",
        "ok",
        T("审计记录{count}条，一条不少，一字未改；报给县里的封印到第{told}条。", count=head.seq, told=last),
    )


async def _files(patient: Patient) -> AsyncIterator[Finding]:
    """Lists and papers go out as links wherever a channel's servers stand abroad, and by SMS."""
    url = patient.settings.http.public_url
    if not url:
        yield Finding(
            "files",
            "warn",
            T("还没有填 http.public_url，名单和报表没法用网址发给 Telegram 和短信上的同事。"),
        )
    elif url.startswith("http://") and urlsplit(url).hostname not in LOOPBACK:
        yield Finding(
            "files", "fail", T("下载文件的网址不是 https，PIN和名单会明文经过网络。请改 http.public_url。")
        )
    else:
        yield Finding("files", "ok", T("下载文件的网址已经设好。"))


async def _programmes(patient: Patient) -> AsyncIterator[Finding]:
    """The programmes in use: known, and which of their values were taken from nowhere."""
    places = patient.organisation.places.values()
    used = sorted({place.programme for place in places if place.programme} | {NATIONAL})
    for name in used:
        if name not in PROGRAMMES:
            yield Finding(
                f"programme.{name}",
                "fail",
                T("没有叫{name}的方案，现在按国家方案办。请改单位文件，或放进方案文件夹。", name=name),
            )
        elif unverified := PROGRAMMES[name].unverified():
            count = sum(len(one.keys) for one in unverified)
            yield Finding(
                f"programme.{name}",
                "warn",
                T("方案{name}有{count}个值没有出处，请县里核定。", name=name, count=count),
                tuple(map(str, unverified)),
            )
    year = patient.now.astimezone(LOCAL).year
    if years := [str(one) for one in (year, year + 1) if guessed(one)]:
        yield Finding(
            "holidays",
            "warn",
            T(
                "还不知道{years}年的节假日，工作日先按周末推算。放假通知出来后请补上。",
                years="、".join(years),
            ),
        )


async def _said_of_places(patient: Patient) -> AsyncIterator[Finding]:
    """What programmes in use must know of places, and nobody said: who can deliver, and who answers for a sector."""
    organisation = patient.organisation
    townships = sorted(place.id for place in organisation.places.values() if place.kind == "township")
    rules = {place: programme(organisation.programme_of(place)) for place in townships}
    unsaid = [one for one in townships if rules[one].transfer and organisation.has_midwifery(one) is None]
    if unsaid:
        text = T(
            "{count}个乡镇没说能不能接生：{places}。先按不能接生办，孕24周起请她转到能接生的医院。"
            "请在单位文件里写 midwifery。",
            count=len(unsaid),
            places=_few(unsaid),
        )
        yield Finding("midwifery", "warn", text)
    led = [one for one in townships if any(SECTOR in each.rungs for each in rules[one].ladder.values())]
    loose = [one for one in led if organisation.sector_of(one) is None]
    if loose:
        text = T(
            "{count}个乡镇没说属于哪个片区：{places}。催办先找全县的同事。请在单位文件里写 sector。",
            count=len(loose),
            places=_few(loose),
        )
        yield Finding("sector", "warn", text)
    posts = Post.filter(role="county", state="active", sector__isnull=False).using_db(
        patient.database.reading
    )
    held = {str(one) for one in await posts.values_list("sector", flat=True)}
    empty = {sector for one in led if (sector := organisation.sector_of(one))} - held
    if empty:
        text = T(
            "{count}个片区没有人负责：{sectors}。催办先找全县的同事。请用 yunguan invite --sector 请人负责。",
            count=len(empty),
            sectors=_few(sorted(empty)),
        )
        yield Finding("no_sector", "warn", text)


async def _masking(patient: Patient) -> AsyncIterator[Finding]:
    """The configuration may be stricter than the programmes, never looser."""
    complaints = loosened(patient.settings, patient.organisation)
    if complaints:
        text = T(
            "配置比方案放得宽，服务起不来：telegram.masked = false。请去掉这一项，或由县里在方案文件里定。"
        )
        yield Finding("masking", "fail", text, tuple(complaints))


CHECKS: tuple[Check, ...] = (
    _integrity,
    _programmes,
    _masking,
    _said_of_places,
    _advice,
    _offices,
    _waiting,
    _alerts,
    _county,
    _files,
    _audit_log,
    *health.CHECKS,
)


def _few(ids: Sequence[str]) -> str:
    shown = "、".join(sorted(ids)[:5])
    return shown if len(ids) <= 5 else f"{shown}…"


Say = Callable[[Sayable], str]


def as_text(findings: Sequence[Finding], say: Say) -> str:
    """One line a finding, the worst first."""
    marks: dict[Level, str] = {"fail": "✗", "warn": "!", "ok": "✓"}
    order = list(marks)
    ranked = sorted(findings, key=lambda finding: order.index(finding.level))
    return "".join(
        f"{marks[f.level]} {f.check}: {say(f.text)}\n" + "".join(f"    {one}\n" for one in f.details)
        for f in ranked
    )


def as_plain(findings: Sequence[Finding], say: Say) -> list[dict[str, Any]]:
    return [
        {"check": f.check, "level": f.level, "text": say(f.text), "details": list(f.details)}
        for f in findings
    ]

"""`yunguan export --person`: what is known of a woman, for herself, and of nobody else.

Colleagues stand in it by their office and place, never by name. Messages of a number she shares with another woman on
the roster are left out: they cannot be told apart. Her grade and findings are hers, whatever colour: the file is handed
to her by an officer, in person (docs/privacy.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import orjson

from bot import audit
from bot.files.workbook import workbook
from bot.privacy.whom import find
from bot.refusals import CommandRefused
from bot.wording import render
from conversations.care.danger_advice import SIGNS
from conversations.local_time import LOCAL
from conversations.papers.sheet import Cell, Column, Sheet
from conversations.records import EVENTS, FIELDS
from conversations.text import Sayable, T
from storage.cases import WRONG
from storage.database import Database
from storage.models import (
    Address,
    Alert,
    Audit,
    CareAct,
    Child,
    Contact,
    ContactWoman,
    Inbound,
    Outgoing,
    Post,
    Pregnancy,
    Report,
    Woman,
)
from storage.organisation import Organisation, load_organisation

KINDS = (".json", ".txt", ".xlsx")
NOT_HERS = frozenset(
    {"report", "restricted", "minor_texts", "to_village_id", "child_id", "by_office", "by_hospital"}
)
"""Entries that are ours to find our way, and say nothing of her."""
ROLES: Mapping[str, Sayable] = {
    "coordinator": T("村里的同事"),
    "township": T("乡镇"),
    "institution": T("医院"),
    "county": T("县里"),
    "woman": T("您本人"),
    "operator": T("系统管理员"),
    "system": T("系统"),
}
DETAILS: Mapping[str, Sayable] = {
    "name": T("姓名"),
    "living": T("在世"),
    "phone_on": T("电话登记于"),
    "age_on": T("年龄登记于"),
    "registered": T("登记于"),
    "booking": T("建册"),
    "visits": T("产检"),
    "postnatal": T("产后访视"),
    "critical": T("危重"),
    "grades": T("风险评估"),
    "managed_higher": T("由上一级机构管理"),
    "referrals": T("转诊"),
    "feedback": T("转诊结果"),
    "ended": T("怀孕结束于"),
    "end_date": T("结束日期"),
    "end_told": T("结束告知于"),
    "open": T("正在怀孕"),
    "followed_up": T("随访"),
    "phone": T("电话"),
    "home": T("上门"),
    "moved_out": T("迁出于"),
    "moved_in": T("迁入于"),
    "lost_since": T("失访于"),
    "preconception": T("备孕登记于"),
    "death_date": T("去世日期"),
    "newborn_visit": T("新生儿访视"),
    "children": T("孩子"),
    "extra": T("其他"),
    "returned_because": T("退回原因"),
}
"""Entries of the roster that no report has as they are."""
WORDS: Mapping[str, Sayable] = {
    "yes": T("愿意"),
    "no": T("不用"),
    "asked": T("已经问过"),
    "wrong": T("号码已换人"),
    "sms": T("短信"),
    "telegram": T("聊天"),
    "chat": T("聊天"),
    "cli": T("管理员命令"),
    "went": T("去过了"),
    "later": T("改天"),
    "cannot": T("不方便"),
    "look": T("查看"),
    "antenatal": T("产检"),
    "consent": T("问是否愿意收到提醒"),
    "newborn": T("新生儿访视"),
    "day42": T("产后42天检查"),
    "child": T("儿童体检"),
    "appointment": T("预约的检查"),
    "visit": T("产检"),
    "postnatal": T("产后访视"),
    "report.file": T("上报"),
    "report.correct": T("更正"),
    "report.withdraw": T("撤回"),
    "report.verify": T("核实"),
    "report.return": T("退回"),
    "alert.raise": T("发出提醒"),
    "alert.take": T("接手提醒"),
    "alert.danger": T("收到危急提醒"),
    "alert.question": T("收到您的问题"),
    "consent.yes": T("记下愿意"),
    "consent.no": T("记下不用"),
    "export.person": T("导出给您本人"),
    "import": T("导入的名册"),
    "link": T("下载链接"),
    "files": T("下载链接"),
    "roster": T("查名单"),
    "file": T("做成文件"),
    "paper": T("报表"),
    "flow": T("办事时看到"),
    "digest": T("待办提醒"),
}
"""Codes as a person reads them; what is not here is shown as it is."""
Known = dict[str, Any]


class ExportRefused(CommandRefused):
    """Nothing was written; the message says why."""


async def hand_over(
    database: Database,
    person: str,
    place: str | None,
    out: Path,
    now: datetime,
    tell: Callable[[str], None],
) -> Known:
    """Write what is known of her to a new file only we can read; noted in the audit log as a look at her."""
    if out.suffix not in KINDS:
        raise ExportRefused(f"--out {out}: the name must end with {', '.join(KINDS)}")
    if out.exists():
        raise ExportRefused(f"--out {out}: is there already, and is not overwritten")
    woman = await find(database, person, place)
    known = await known_of(database, woman, now)
    content = {".json": as_json, ".txt": as_text, ".xlsx": as_workbook}[out.suffix](known)
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ExportRefused(f"--out {out}: cannot be written: {error.strerror}") from None
    async with database.transaction() as tx:
        audit.looked(tx, audit.OPERATOR, audit.OPERATOR, [woman.id], "export.person", "cli", now)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        out.unlink(missing_ok=True)
        raise ExportRefused(f"--out {out}: cannot be written: {error.strerror}") from None
    tell(f"{out}: hand it to her in person, and remove it")
    return known


async def known_of(database: Database, woman: Woman, now: datetime) -> Known:
    """All of it, JSON-plain."""
    reading = database.reading
    organisation = await load_organisation(reading)
    own, shared = await _contacts(database, woman)
    reports = await Report.filter(woman_id=woman.id).using_db(reading).order_by("recorded_time", "id")
    places = await _places_of(database, reports)
    links = await ContactWoman.filter(woman_id=woman.id).using_db(reading).order_by("id")
    pregnancies = await Pregnancy.filter(woman_id=woman.id).using_db(reading).order_by("id")
    children = await Child.filter(woman_id=woman.id).using_db(reading).order_by("id")
    return {
        "made_at": _time(now),
        "id": woman.id,
        "village": organisation.name_of(woman.village_id),
        "roster": _hers(woman.details),
        "pregnancies": [{"open": one.open, **_hers(one.details)} for one in pregnancies],
        "children": [_hers(one.details) for one in children],
        "reports": [_report(one, organisation, places) for one in reports],
        "consents": [{"consent": one.consent, "at": _time(one.consent_at)} for one in links],
        "accounts": await _accounts(database, own),
        "prefers": woman.prefers,
        "messages": await _messages(database, own),
        "messages_left_out": len(shared),
        "reminders": await _reminders(database, woman),
        "alerts": await _alerts(database, woman),
        "looked_at": await _looked_at(database, woman),
    }


async def _contacts(database: Database, woman: Woman) -> tuple[list[str], list[str]]:
    """The contacts that are hers alone, and those she shares, or shared with whoever has the number since."""
    reading = database.reading
    links = await ContactWoman.filter(woman_id=woman.id).using_db(reading)
    left = {link.contact_id for link in links if link.consent == WRONG}
    own: list[str] = []
    shared: list[str] = []
    ids = [link.contact_id for link in links]
    for contact in await Contact.filter(id__in=ids).using_db(reading).order_by("id"):
        others = ContactWoman.filter(contact_id=contact.id).exclude(woman_id=woman.id).using_db(reading)
        addresses = await Address.filter(contact_id=contact.id, channel="sms").using_db(reading)
        numbers = {database.keyring.blind("phone", one.address) for one in addresses} | {woman.phone_index}
        family = Woman.filter(phone_index__in=list(numbers - {None})).exclude(id=woman.id).using_db(reading)
        alone = (
            contact.staff_id is None
            and contact.id not in left
            and not await family.exists()
            and not await others.exists()
        )
        (own if alone else shared).append(contact.id)
    return own, shared


async def _places_of(database: Database, reports: Sequence[Report]) -> dict[tuple[str, str], str]:
    """Where the authors worked in the office they reported in."""
    authors = {one.author_id for one in reports if one.author_id}
    posts = await Post.filter(staff_id__in=list(authors)).using_db(database.reading).order_by("since")
    return {(post.staff_id, post.role): post.place_id for post in posts}


def _hers(details: Mapping[str, Any]) -> Known:
    """Hers of an entry of the roster. 重点随访 is what the village reads in place of her colour."""
    told = NOT_HERS | ({"key_follow_up"} if details.get("colour") else set())
    return {key: _entry(value) for key, value in details.items() if key not in told}


def _entry(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _entry(one) for key, one in value.items() if key not in NOT_HERS}
    return [_entry(one) for one in value] if isinstance(value, list) else value


def _report(row: Report, organisation: Organisation, places: Mapping[tuple[str, str], str]) -> Known:
    place = places.get((row.author_id or "", row.author_role))
    return {
        "id": row.report_id,
        "version": row.version,
        "newest": row.is_latest,
        "withdrawn": row.withdrawn,
        "event": row.event,
        "event_time": row.event_time,
        "known_time": _time(row.known_time),
        "recorded_time": _time(row.recorded_time),
        "told_by": row.author_role,
        "told_at": organisation.name_of(place) if place else "",
        "verification": row.verification,
        "body": {key: value for key, value in row.body.items() if key not in NOT_HERS},
    }


async def _accounts(database: Database, contacts: Sequence[str]) -> list[Known]:
    rows = Address.filter(contact_id__in=list(contacts)).using_db(database.reading).order_by("id")
    return [{"channel": row.channel, "address": row.address, "state": row.state} for row in await rows]


async def _messages(database: Database, contacts: Sequence[str]) -> list[Known]:
    """What she wrote and what was written to her, in order. What the retention took stands without its words."""
    reading, found = database.reading, []
    for said in await Inbound.filter(contact_id__in=list(contacts)).using_db(reading):
        found.append((said.received_at, "woman", said.channel, said.payload.get("text", "")))
    for letter in await Outgoing.filter(contact_id__in=list(contacts)).using_db(reading):
        found.append((letter.created_at, "system", letter.channel, letter.payload.get("text", "")))
    found.sort(key=lambda one: one[0])
    return [{"at": _time(at), "by": by, "channel": channel, "text": text} for at, by, channel, text in found]


async def _reminders(database: Database, woman: Woman) -> list[Known]:
    acts = CareAct.filter(woman_id=woman.id, to_role="woman").using_db(database.reading)
    return [
        {
            "what": act.key.split(":")[0].split("~")[0],
            "kind": act.kind,
            "at": _time(act.made_at),
            "state": act.state,
            "answer": act.answer,
            "answered_at": _time(act.answered_at),
        }
        for act in await acts.order_by("made_at", "id")
    ]


async def _alerts(database: Database, woman: Woman) -> list[Known]:
    """What was told of a danger to her; her own words only, for others' may name others."""
    found = []
    for row in await Alert.filter(woman_id=woman.id).using_db(database.reading).order_by("raised_at", "id"):
        details = row.details
        own = details.get("reporter", {}).get("role") == "woman"
        found.append(
            {
                "kind": row.kind,
                "raised_at": _time(row.raised_at),
                "signs": list(details.get("signs", ())),
                "words": list(details.get("words", ())) if own else [],
                "taken_at": _time(row.acknowledged_at),
            }
        )
    return found


async def _looked_at(database: Database, woman: Woman) -> list[Known]:
    """Who was shown something of her, by office."""
    rows = Audit.filter(subject=woman.id).using_db(database.reading).order_by("seq")
    return [
        {"at": _time(row.at), "by": row.role, "what": row.action, "why": row.why, "channel": row.channel}
        for row in await rows
    ]


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(LOCAL).isoformat(timespec="seconds") if moment is not None else None


# ── as files ────────────────────────────────────────────────────────────────────────────────────────────


def as_json(known: Known) -> bytes:
    """For machines."""
    return orjson.dumps(known, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_text(known: Known) -> bytes:
    """For reading, in Chinese."""
    lines: list[str] = []
    for sheet in sheets(known):
        lines += ["", f"【{sheet.title}】", *sheet.above]
        for row in sheet.rows:
            pairs = zip((column.title for column in sheet.columns), row, strict=True)
            lines.append("  ".join(f"{title}：{value}" for title, value in pairs if value not in (None, "")))
        if not sheet.rows:
            lines.append(_say(T("没有记录。")))
    return ("\n".join(lines).lstrip("\n") + "\n").encode()


def as_workbook(known: Known) -> bytes:
    """For reading, as tables."""
    out = BytesIO()
    workbook(sheets(known), out)
    return out.getvalue()


def sheets(known: Known) -> tuple[Sheet, ...]:
    """What is known, as tables with Chinese headings."""
    above = (
        _say(T("这是系统里关于您的记录，制作于{day}。", day=known["made_at"][:10])),
        *((_say(T("和别人共用的号码上的消息分不开，没有列在这里。")),) if known["messages_left_out"] else ()),
    )
    return (
        _sheet(T("我的登记"), (T("项目"), T("内容")), list(_items(_her(known["roster"]))), above),
        _sheet(
            T("怀孕和孩子"),
            (T("哪一个"), T("项目"), T("内容")),
            [
                (_say(what.with_values(number=number)), *item)
                for what, group in (
                    (T("第{number}次登记的怀孕"), known["pregnancies"]),
                    (T("第{number}个孩子"), known["children"]),
                )
                for number, one in enumerate(group, 1)
                for item in _items(one)
            ],
        ),
        _sheet(
            T("关于我的报告"),
            (T("时间"), T("事项"), T("谁报的"), T("内容")),
            [
                (
                    row["known_time"][:16].replace("T", " "),
                    _say(EVENTS[row["event"]].title) + (_say(T("（已撤回）")) if row["withdrawn"] else ""),
                    _role(row["told_by"]) + (f" {row['told_at']}" if row["told_at"] else ""),
                    "；".join(f"{name}：{value}" for name, value in _items(row["body"])),
                )
                for row in known["reports"]
            ],
        ),
        _sheet(
            T("我的同意"),
            (T("时间"), T("愿意收到提醒")),
            [(_minute(one["at"]), _word(one["consent"])) for one in known["consents"]],
        ),
        _sheet(
            T("我的账号"),
            (T("渠道"), T("号码或账号"), T("选在这里收提醒")),
            [
                (
                    _word(one["channel"]),
                    one["address"],
                    _word("yes") if one["channel"] == known["prefers"] else "",
                )
                for one in known["accounts"]
            ],
        ),
        _sheet(
            T("消息"),
            (T("时间"), T("谁说的"), T("渠道"), T("内容")),
            [
                (_minute(one["at"]), _role(one["by"]), _word(one["channel"]), one["text"])
                for one in known["messages"]
            ],
        ),
        _sheet(
            T("提醒"),
            (T("时间"), T("项目"), T("回答")),
            [(_minute(one["at"]), _word(one["what"]), _word(one["answer"])) for one in known["reminders"]],
        ),
        _sheet(
            T("危急提醒"),
            (T("时间"), T("情况"), T("原话")),
            [
                (_minute(o["raised_at"]), "、".join(map(_sign, o["signs"])), "；".join(o["words"]))
                for o in known["alerts"]
            ],
        ),
        _sheet(
            T("谁看过或改过我的记录"),
            (T("时间"), T("谁"), T("做了什么"), T("渠道")),
            [
                (
                    _minute(one["at"]),
                    _role(one["by"]),
                    _word(_kind(one["why"] or one["what"])),
                    _word(one["channel"]),
                )
                for one in known["looked_at"]
            ],
        ),
    )


def _sheet(
    title: Sayable, columns: Sequence[Sayable], rows: Sequence[Sequence[Cell]], above: tuple[str, ...] = ()
) -> Sheet:
    return Sheet(
        _say(title),
        tuple(Column(_say(one), width=16) for one in columns),
        tuple(tuple(row) for row in rows),
        above=above,
        landscape=False,
    )


def _her(roster: Mapping[str, Any]) -> Known:
    """Of a child `alive` says that it was born alive; of her, that she lives."""
    return {"living" if key == "alive" else key: value for key, value in roster.items()}


def _items(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Entries as a person reads them; lists of entries one by one."""
    for name, value in values.items():
        if value is None:
            continue
        label = DETAILS.get(name) or (FIELDS[name].label if name in FIELDS else None)
        title = _say(label) if label is not None else name
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for number, one in enumerate(value, 1):
                said = "，".join(f"{key}：{inner}" for key, inner in _items(one))
                yield f"{title}{number}", said
        elif isinstance(value, dict):
            yield title, "，".join(f"{key}：{inner}" for key, inner in _items(value))
        elif isinstance(value, bool) and not (name in FIELDS and FIELDS[name].values):
            yield title, _say(T("是") if value else T("不是"))
        elif name == "ended":
            yield title, _say(EVENTS[value].title)
        elif name in FIELDS:
            yield title, _say(FIELDS[name].say(value, masked=False))
        else:
            yield title, str(value)


def _role(role: str) -> str:
    return _say(ROLES[role]) if role in ROLES else role


def _word(code: str | None) -> str:
    return "" if code is None else _say(WORDS[code]) if code in WORDS else code


def _kind(code: str) -> str:
    """What was done, or where that has no word of its own what it was part of: roster.card is a question to the roster."""
    return code if code in WORDS else code.partition(".")[0]


def _sign(code: str) -> str:
    return _say(SIGNS[code]) if code in SIGNS else code


def _minute(moment: str | None) -> str:
    return (moment or "")[:16].replace("T", " ")


def _say(text: Sayable) -> str:
    return str(render(text, "zh_CN"))

"""What the doctor looks at of keys, backups and retention. It opens no key and quotes none."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.findings import Check, Finding, Level, Patient
from bot.privacy.backups import LAST, beside
from conversations.text import T
from storage.models import Setting

BACKUP_LATE = timedelta(days=2)
"""After two days without a backup somebody should look why. (u)"""
BACKUP_TOO_LATE = timedelta(days=7)
"""After a week too much would be lost. (u)"""


async def _escrow(patient: Patient) -> AsyncIterator[Finding]:
    """Without the keys no backup can be read: their copy must have been thought of."""
    if patient.settings.database.key_escrow.strip():
        yield Finding("key_escrow", "ok", T("密钥的副本已经登记了存放处。"))
        return
    yield Finding(
        "key_escrow",
        "fail",
        T(
            "没有登记密钥副本放在哪里。密钥丢了，数据和备份都读不出来。请把密钥文件抄一份放到别处保管，再填 database.key_escrow。"
        ),
    )


async def _key_file(patient: Patient) -> AsyncIterator[Finding]:
    """Who could read the keys, or put others in their place."""
    path = patient.settings.database.keys
    try:
        state, folder = path.stat(), path.resolve().parent.stat()
    except OSError:
        yield Finding(
            "key_file", "fail", T("看不到密钥文件（{path}）。请检查 database.keys。", path=str(path))
        )
        return
    open_to = stat.S_IMODE(state.st_mode) & 0o077
    replaceable = stat.S_IMODE(folder.st_mode) & 0o022 and not folder.st_mode & stat.S_ISVTX
    if open_to or state.st_uid not in (os.geteuid(), 0):
        text = T("密钥文件别人也能读（{path}）。请运行 chmod 600，并归运行服务的用户所有。", path=str(path))
        yield Finding("key_file", "fail", text)
    elif replaceable:
        text = T(
            "密钥所在的文件夹别人也能写（{path}），密钥可能被换掉。请运行 chmod 700。", path=str(path.parent)
        )
        yield Finding("key_file", "fail", text)
    elif _beside_data(patient, path):
        text = T("密钥文件和数据放在同一个文件夹（{path}）。请把密钥移到别处。", path=str(path))
        yield Finding("key_file", "fail", text)
    else:
        yield Finding("key_file", "ok", T("密钥文件只有本服务能读，和数据分开放着。"))
    if old := patient.database.keyring.old:
        text = T(
            "换密钥还没有收尾：旧密钥（{keys}）还在密钥文件里。确认一切正常后，请运行 yunguan rotate-key --finish。",
            keys="、".join(old),
        )
        yield Finding("key_rotation", "warn", text)


def _beside_data(patient: Patient, keys: Path) -> bool:
    data = patient.database.path
    return data is not None and beside(keys, data)


async def _data_file(patient: Patient) -> AsyncIterator[Finding]:
    path = patient.database.path
    if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        text = T("数据库文件别人也能读（{path}）。请运行 chmod 600。", path=str(path))
        yield Finding("data_file", "fail", text)


async def _backup(patient: Patient) -> AsyncIterator[Finding]:
    found = await Setting.filter(key=LAST).using_db(patient.database.reading).first()
    if found is None:
        yield Finding(
            "backup",
            "fail",
            T("还没有做过备份。请每天运行 yunguan backup，存到另一台机器上。"),
        )
        return
    age = patient.now - datetime.fromisoformat(found.value)
    days = max(0, age // timedelta(days=1))
    if age > BACKUP_LATE:
        level: Level = "fail" if age > BACKUP_TOO_LATE else "warn"
        yield Finding(
            "backup", level, T("最近一次备份是{days}天以前。请看看每天的备份为什么停了。", days=days)
        )
    else:
        yield Finding("backup", "ok", T("最近一次备份在{days}天以内。", days=days + 1))


async def _retention(patient: Patient) -> AsyncIterator[Finding]:
    days = patient.settings.retention.messages_days
    yield Finding("retention", "ok", T("消息原文保留{days}天，到期自动清除；上报的内容不受影响。", days=days))


CHECKS: tuple[Check, ...] = (_escrow, _key_file, _data_file, _backup, _retention)

"""The whole way, every part of it real: an operator's SMPP line, Debian's Kannel with the configuration we publish,
`yunguan serve` as a process, and a county system that checks signatures.

Slow by nature (processes start, lines are picked up again), but nothing waits for a time: only for what must happen.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.county.schemas import fits
from conversations.local_time import LOCAL
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Address, Contact, Inbound, Outgoing, Post, Report, Staff
from tests.support.databases import opened, sqlite_url
from tests.support.kannel import Kannel, free_ports, need_kannel, until
from tests.support.people import phone
from tests.support.program import Serving, yunguan, yunguan_serve
from tests.support.prompt import PROMPT, prompt_programme
from tests.support.receiver import SECRET, Receiver, receiving
from tests.support.serving import VILLAGE, settle_county
from tests.support.smsc import Short, Smsc, message_centre

HER = phone(11)
SERVICE = "10690000"
PATIENCE = 60

CONFIG = """
[database]
url = "{database}"
keys = "{keys}"

[county]
url = "{county}"

[http]
port = {port}

[sms]
own = ["10690000"]

[sms.kannel.operator]
url = "{sendsms}"
user = "yunguan"
public_url = "http://127.0.0.1:{port}"
caller = "kannel"
signature = "【孕管】"

[sms.areas]
everywhere = ["operator"]
"信丰县古陂镇" = ["operator"]
"""
SECRETS = {
    "YUNGUAN_COUNTY__SECRET": SECRET,
    "YUNGUAN_SMS__KANNEL__OPERATOR__PASSWORD": "change-me-sendsms",
    "YUNGUAN_SMS__KANNEL__OPERATOR__CALLER_PASSWORD": "change-me-inbound",
}


@dataclass
class County:
    """A county with one coordinator, who has a phone for SMS and nothing else."""

    smsc: Smsc
    kannel: Kannel
    serving: Serving
    receiver: Receiver
    database: Database
    said: list[str]

    def says(self, text: str) -> None:
        self.said.append(text)
        self.smsc.says(f"+86{HER}", SERVICE, text)

    async def hears(self, *words: str, after: int = 0) -> str:
        """The next whole message to her after so many, with these words in it."""

        def heard() -> list[str]:
            return [text for _, text in self.smsc.messages()[after:] if all(word in text for word in words)]

        await self.smsc.until(heard, PATIENCE)
        return heard()[0]

    async def states(self) -> set[str]:
        rows = Outgoing.filter(channel="sms").using_db(self.database.reading)
        return {str(state) for state in await rows.values_list("state", flat=True)}


@pytest.fixture
async def county(tmp_path: Path) -> AsyncIterator[County]:
    need_kannel()
    (tmp_path / "data").mkdir()
    (tmp_path / "kannel").mkdir()
    keys, config = tmp_path / "yunguan.keys", tmp_path / "yunguan.toml"
    Keyring.generate().to_file(keys)
    (port,) = free_ports(1)
    async with AsyncExitStack() as stack:
        smsc = await stack.enter_async_context(message_centre())
        receiver = await stack.enter_async_context(receiving())
        kannel = Kannel(tmp_path / "kannel", smsc.port, port)
        stack.push_async_callback(kannel.stop)
        url = sqlite_url(tmp_path / "data")
        config.write_text(
            CONFIG.format(database=url, keys=keys, county=receiver.url, port=port, sendsms=kannel.url),
            "utf-8",
        )
        config.write_text(config.read_text("utf-8") + prompt_programme(tmp_path / "programmes"), "utf-8")
        assert (await yunguan("migrate", "--config", config, env=SECRETS)).code == 0
        database = await stack.enter_async_context(opened(url, Keyring.from_file(keys), migrated=False))
        await settle_county(database, programme=PROMPT)
        async with database.transaction() as tx:
            index = database.keyring.blind("phone", HER)
            await Staff.create(id="s", name="邓小莲", phone=HER, phone_index=index, using_db=tx)
            await Post.create(
                id="p", staff_id="s", place_id=VILLAGE, role="coordinator", state="active",
                since=datetime.now(UTC), using_db=tx,
            )  # fmt: skip
        serving = await stack.enter_async_context(yunguan_serve(config, SECRETS))
        await kannel.start()
        await until(kannel.online)
        yield County(smsc, kannel, serving, receiver, database, [])


def busy(short: Short) -> int:
    return 0x58  # ESME_RTHROTTLED: later


async def test_a_pregnancy_is_reported_by_sms_while_kannel_is_restarted(county: County) -> None:
    lmp = (datetime.now(LOCAL) - timedelta(days=80)).date()
    county.says(
        f"李梅怀孕了，今年28岁，末次月经是{lmp.month}月{lmp.day}号，电话19900000101，是她自己的，"
        "第二次怀孕，以前生过一个孩子，现在住在杨梅坑村，身体都还好，请您帮我记一下，谢谢了"
    )
    assert len(county.said[0]) > 70, "in two parts"
    await county.hears("【孕管】")

    # Kannel goes, with all its processes; what she writes meanwhile waits at the operator
    await county.kannel.stop()
    before = len(county.smsc.messages())
    county.says("就这些")
    await county.kannel.start()
    await county.hears("李梅", "【孕管】", after=before)

    # Kannel goes with an answer of ours in its hands, which the operator would not take yet
    county.smsc.refuses = busy
    before = len(county.smsc.messages())
    county.says("对")
    await county.smsc.until(lambda: not county.smsc.waiting, PATIENCE)

    async def handed_over() -> bool:
        return await county.states() <= {"sent", "delivered"} and len(await replies(county)) > 2

    await until(handed_over)
    await county.kannel.stop()
    county.smsc.refuses = lambda short: 0
    await county.kannel.start()
    await county.hears("李梅", after=before)

    async def arrived() -> bool:
        return bool(county.receiver.reports)

    await until(arrived)
    (report,) = county.receiver.reports.values()
    assert fits(report)
    data = report["data"]
    assert (data["event"], data["channel"], data["village"]["id"]) == ("pregnancy", "sms", VILLAGE)
    assert (data["body"]["woman_name"], data["body"]["lmp"]) == ("李梅", lmp.isoformat())
    assert (county.receiver.unsigned, county.receiver.changed) == (0, [])

    # nothing lost, nothing twice in the books, and everything she was told came out of them
    (row,) = await Report.all().using_db(county.database.reading)
    assert (row.author_id, row.channel_trust) == ("s", "low")
    heard = await Inbound.filter(channel="sms").using_db(county.database.reading).order_by("received_at")
    assert [one.payload["text"] for one in heard] == county.said
    letters = await replies(county)
    assert {text for _, text in county.smsc.messages()} == {
        f"【孕管】{one.payload['text']}" for one in letters
    }
    assert {to[-11:] for to, _ in county.smsc.messages()} == {HER}
    assert max(one.parts or 0 for one in letters) > 1, "an answer in several parts"

    async def reported() -> bool:
        """The first answer's delivery report may have died with Kannel."""
        return "delivered" in await county.states() and await county.states() <= {"sent", "delivered"}

    await until(reported)

    # her number is hers: one contact, one address
    (address,) = await Address.all().using_db(county.database.reading)
    contact = await Contact.get(id=address.contact_id, using_db=county.database.reading)
    assert (contact.staff_id, address.channel) == ("s", "sms")

    county.serving.process.send_signal(signal.SIGTERM)
    assert await county.serving.ended() == 0
    logged = "\n".join(county.serving.logged)
    for never in ("李梅", HER, "19900000101", *SECRETS.values()):
        assert never not in logged
    assert "李梅" not in county.kannel.logs()


async def replies(county: County) -> list[Outgoing]:
    return await Outgoing.filter(channel="sms").using_db(county.database.reading).order_by("seq")

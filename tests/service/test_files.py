"""A list asked for over Telegram: no file goes abroad, the link opens on our own server, with the PIN."""

from __future__ import annotations

import io
import re

import openpyxl

from storage.database import Database
from storage.models import Staff
from storage.pins import pin_hash
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
from tests.support.serving import TOWNSHIP, VILLAGE, Start, employ, hears_of, talk

URL = "https://yg.example.cn"
PIN = "271828"
HER_PHONE = "13800000001"


async def test_a_list_is_fetched_from_our_own_server(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock
) -> None:
    lian, xiu = telegram.user(1001), telegram.user(1002)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    await employ(database, xiu, "温秀英", "township", TOWNSHIP, clock())
    async with start(http={"public_url": URL}) as service:
        await talk(lian, f"李梅怀孕了，28岁，末次月经9月3号，电话{HER_PHONE}", "她本人的", "就这些", "对")
        xiu.says("导出名单")
        await hears_of(xiu, "您还没有设")
        async with database.transaction() as tx:
            kept = pin_hash(database.keyring, "salt", PIN)
            await Staff.filter(id="staff-1002").using_db(tx).update(pin=kept)
        xiu.says("导出名单")
        shown = await hears_of(xiu, f"{URL}/files/")
        link = re.search(rf"{URL}(/files/[a-z2-7]{{26}})$", shown.text)
        assert link is not None, shown.text

        status, page = await service.get(link[1])
        assert status == 200
        assert "李" not in page
        async with service.http.post(f"{service.url}{link[1]}", data={"pin": "111111"}) as wrong:
            assert wrong.status == 403
        async with service.http.post(f"{service.url}{link[1]}", data={"pin": PIN}) as answer:
            assert answer.status == 200
            content = await answer.read()
        names = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(content)).active["B"]]
        assert "李梅" in names

        assert {call.method for call in telegram.calls} & {"sendDocument", "sendPhoto"} == set()
        asked_for_it = service.said[-4:]
        assert not any("李梅" in text for text in asked_for_it)


async def test_without_an_address_there_is_no_door(start: Start) -> None:
    async with start() as service:
        status, _ = await service.get("/files/" + "a" * 26)
        assert status == 404
        async with service.http.post(f"{service.url}/files/{'a' * 26}", data={"pin": PIN}) as answer:
            assert answer.status == 404
            assert "Content-Security-Policy" not in answer.headers, "nothing of ours answers"

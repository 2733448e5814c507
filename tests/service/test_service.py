"""How the service starts, answers for itself, and ends."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from datetime import datetime

import pytest

from bot.bootstrap import App
from bot.channels.base import Inbound
from bot.pipeline import Pipeline
from bot.refusals import CommandRefused
from bot.service import CannotServe, serve
from conversations.care.masking import as_ruled
from conversations.message import ChannelTraits
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Delivery
from tests.support.botapi import BotApi
from tests.support.clock import FakeClock
from tests.support.databases import opened
from tests.support.receiver import Receiver, Say
from tests.support.serving import VILLAGE, WEBHOOK_SECRET, Start, employ, settings_for, talk
from tests.support.waiting import PATIENCE, until


async def test_it_is_alive_and_ready(start: Start) -> None:
    async with start() as service:
        assert (await service.get("/healthz"))[0] == 200
        status, said = await service.get("/readyz")
        assert status == 200
        assert '"ready": true' in said


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_neither_the_simulator_nor_anything_else_can_be_reached(start: Start, mode: str) -> None:
    paths = ["/", "/demo", "/demo/state", "/demo/say", "/demo/clock", "/demo/county", "/static/simulator.js"]
    if mode == "polling":
        paths.append("/telegram/webhook")
    async with start(mode) as service:
        for path in paths:
            for method in ("GET", "POST"):
                async with service.http.request(method, f"{service.url}{path}") as answer:
                    assert answer.status == 404, path


async def test_the_webhook_takes_nothing_without_its_secret(start: Start, telegram: BotApi) -> None:
    async with start("webhook") as service:
        await telegram.called("setWebhook", within=PATIENCE)
        assert telegram.calls_of("setWebhook")[0].params["secret_token"] == WEBHOOK_SECRET
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guessed"}):
            async with service.http.post(
                f"{service.url}/telegram/webhook", json={"update_id": 1}, headers=headers
            ) as answer:
                assert answer.status == 401


async def test_it_is_not_ready_while_the_database_is_silent(
    start: Start, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as service:
        with monkeypatch.context() as broken:
            broken.setattr("bot.service.Setting.filter", _fails)
            assert (await service.get("/readyz"))[0] == 503
            assert (await service.get("/healthz"))[0] == 200
        assert (await service.get("/readyz"))[0] == 200


def _fails(*_: object, **__: object) -> None:
    raise OSError("disk gone")


async def test_what_is_in_hand_is_finished_before_it_ends(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message on its way through the pipeline when the word to stop comes is stored and answered for."""
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    held, go = asyncio.Event(), asyncio.Event()
    submit = Pipeline.submit

    async def slow(self: Pipeline, inbound: Inbound) -> None:
        held.set()
        await go.wait()
        await submit(self, inbound)

    monkeypatch.setattr(Pipeline, "submit", slow)
    async with start("webhook") as service:
        lian.says("怀孕")
        await asyncio.wait_for(held.wait(), PATIENCE)
        service.stop.set()
        await asyncio.sleep(0)
        assert not service.task.done()
        go.set()
        await asyncio.wait_for(asyncio.shield(service.task), PATIENCE)
    assert telegram.webhook_answers == [200]


async def test_it_says_that_it_is_stopping(
    start: Start, telegram: BotApi, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = asyncio.Event()

    async def slow(self: Pipeline, inbound: Inbound) -> None:
        await go.wait()

    monkeypatch.setattr(Pipeline, "submit", slow)
    async with start() as service:
        telegram.user(1).says("你好")
        await telegram.called("getUpdates", times=2, within=PATIENCE)
        service.stop.set()

        async def not_ready() -> bool:
            return (await service.get("/readyz"))[0] == 503

        await until(not_ready)
        go.set()


async def test_it_counts(
    start: Start, telegram: BotApi, county: Receiver, database: Database, clock: FakeClock
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, "邓小莲", "coordinator", VILLAGE, clock())
    county.script.append(Say(400))
    async with start() as service:
        await talk(lian, "李梅怀孕了，末次月经9月3号", "就这些", "对")
        dead = Delivery.filter(state="dead").using_db(database.reading)
        await until(dead.exists)
        _, page = await service.get("/metrics")
    assert 'yunguan_messages_taken_total{channel="telegram",kind="text"} 3.0' in page
    assert 'yunguan_sends_total{channel="telegram",outcome="accepted"}' in page
    assert 'yunguan_deliveries{destination="county",event="pregnancy",state="dead"} 1.0' in page
    assert "yunguan_message_seconds_bucket" in page
    assert "yunguan_batch_messages_sum 3.0" in page
    assert "yunguan_commit_seconds_count 3.0" in page
    assert "yunguan_messages_set_aside_total 0.0" in page
    assert "yunguan_messages_put_off_total 0.0" in page
    for never in ("李梅", "邓小莲", telegram.token):
        assert never not in page
    assert not re.search(r"(?<![\d.])1001(?!\d)", page)  # her id; not the digits of a measured time


# ── what keeps it from starting, or ends it ─────────────────────────────────────────────────────────────


async def served(
    database: Database, telegram: BotApi | None, county: Receiver | None, clock: Callable[[], datetime]
) -> None:
    settings = settings_for(telegram, county, http={"port": 0})
    async with asyncio.timeout(PATIENCE):
        await serve(settings, database, clock=clock, stop=asyncio.Event())


async def test_a_database_of_an_older_program_is_refused(
    database_url: str, keyring: Keyring, clock: FakeClock
) -> None:
    async with opened(database_url, keyring, migrated=False) as old:
        with pytest.raises(CannotServe, match=r"database\.url.*older.*yunguan migrate"):
            await served(old, None, None, clock)


async def test_a_port_that_is_taken_is_named(database: Database, clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = settings_for(None, None, http={"port": port})
        with pytest.raises(CannotServe, match=rf"http\.port = {port}"):
            await serve(settings, database, clock=clock, stop=asyncio.Event())


async def test_a_rejected_token_ends_it_with_the_remedy(
    database: Database, telegram: BotApi, clock: FakeClock
) -> None:
    settings = settings_for(telegram, None, http={"port": 0})
    telegram.revoke_token()
    with pytest.raises(CannotServe, match=r"telegram: .*token.*BotFather") as ended:
        async with asyncio.timeout(PATIENCE):
            await serve(settings, database, clock=clock, stop=asyncio.Event())
    token = settings.telegram.token.get_secret_value() if settings.telegram else ""
    assert token not in str(ended.value)


async def test_a_part_that_fails_ends_the_whole_and_is_named(
    database: Database, telegram: BotApi, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(self: object, stop: asyncio.Event) -> None:
        raise RuntimeError("李梅 13800005678")

    monkeypatch.setattr("bot.drafts.Drafts.run", failing)
    with pytest.raises(CannotServe, match=r"background: .*RuntimeError at test_service") as ended:
        await served(database, telegram, None, clock)
    assert "李梅" not in str(ended.value)


async def test_background_work_that_just_ends_is_a_failure_too(
    database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def over(self: App, stop: asyncio.Event) -> None:
        return

    monkeypatch.setattr(App, "run", over)
    with pytest.raises(CommandRefused, match="background: ended by itself"):
        await served(database, None, None, clock)


@pytest.mark.parametrize(("masked", "own"), [(True, True), (None, False)])
async def test_a_configuration_makes_masking_stricter(
    telegram: BotApi,
    clock: FakeClock,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    masked: bool | None,
    own: bool,
) -> None:
    """Without it the programme's word is left to stand."""
    seen: list[ChannelTraits] = []

    async def look(self: App, stop: asyncio.Event) -> None:
        seen.extend(channel.traits for channel in self.channels.values())

    monkeypatch.setattr(App, "run", look)
    settings = settings_for(telegram, None, http={"port": 0}, masked=masked)
    with pytest.raises(CannotServe):
        await serve(settings, database, clock=clock, stop=asyncio.Event())
    assert [traits.masked for traits in seen] == [own]
    assert as_ruled(seen[0], "xinfeng").masked


async def test_a_configuration_that_is_looser_than_a_programme_stops_the_start(
    telegram: BotApi, clock: FakeClock, database: Database
) -> None:
    settings = settings_for(telegram, None, http={"port": 0}, masked=False)
    with pytest.raises(
        CannotServe, match=r"telegram\.masked = False: programme '\w+' masks people .* remove the key"
    ):
        await serve(settings, database, clock=clock, stop=asyncio.Event())

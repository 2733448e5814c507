"""No log, on any path, holds a name, a number, a text or a secret."""

from __future__ import annotations

import asyncio
import io
import logging
import signal
import sqlite3
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from bot import logs
from bot.settings import BadSettings, load_settings
from conversations.message import Message
from storage.crypto import Keyring
from storage.database import Database
from storage.models import Delivery, Outgoing
from storage.transaction import Transaction
from tests.support.botapi import TOKEN, BotApi
from tests.support.clock import FakeClock
from tests.support.databases import files_of, on_postgres, opened
from tests.support.leaks import assert_nothing_leaks, leaks_in
from tests.support.people import phone
from tests.support.program import yunguan, yunguan_serve
from tests.support.prompt import PROMPT, prompt_programme
from tests.support.receiver import SECRET, Receiver, Say, receiving
from tests.support.serving import (
    HER_ID,
    HER_NAME,
    HER_PHONE,
    VILLAGE,
    WEBHOOK_SECRET,
    Start,
    employ,
    report_everything,
    settle_county,
    talk,
)
from tests.support.turns import advance_by
from tests.support.waiting import PATIENCE, until

HER_WORDS = "窗台上的蓝搪瓷杯子"
COLLEAGUE = "邓小莲"
CANARIES = (
    HER_NAME,
    HER_PHONE,
    HER_ID,
    HER_WORDS,
    COLLEAGUE,
    phone(1001),
    TOKEN,
    TOKEN.partition(":")[2],
    WEBHOOK_SECRET,
    SECRET,
    SECRET.removeprefix("whsec_"),
)

Log = io.StringIO


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged, at debug, as `serve` sets it up; put back as it was afterwards."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level, sys.excepthook, threading.excepthook, sys.unraisablehook)
    levels = {name: logging.getLogger(name).level for name in logs.QUIET}
    shown, configuration = warnings.showwarning, structlog.get_config()
    stream = io.StringIO()
    logs.configure("debug", stream=stream)
    try:
        yield stream
    finally:
        root.handlers[:], level, sys.excepthook, threading.excepthook, sys.unraisablehook = kept
        root.setLevel(level)
        for name, each in levels.items():
            logging.getLogger(name).setLevel(each)
        warnings.showwarning = shown
        structlog.configure(**configuration)


@pytest.fixture(autouse=True)
def nothing_leaks(log: Log, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """After each test here: no canary in the log, nor in what went past it."""
    yield
    out, err = capfd.readouterr()
    assert log.getvalue() or out or err, "nothing was logged, so nothing was tested"
    assert leaks_in((log.getvalue() + out + err).encode(), CANARIES) == []


async def test_a_day_without_trouble(start: Start, database: Database, clock: FakeClock, log: Log) -> None:
    async with start() as service:
        await report_everything(service, database, clock)
    assert "outbox.accept" in log.getvalue()
    assert "service.stopped" in log.getvalue()


async def test_a_message_that_cannot_be_played(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock, log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    lian = telegram.user(1001)
    await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, clock())

    def poisoned(session: Any, message: Message, *_: Any) -> Any:
        said = f"cannot play {message.text} by {message.speaker.name}"
        try:
            raise KeyError(said)
        except KeyError as error:
            raise ValueError(said) from error

    advance_by(monkeypatch, poisoned)
    async with start():
        told = f"{HER_NAME}怀孕了，电话{HER_PHONE}，身份证{HER_ID}，{HER_WORDS}"
        answer = await talk(lian, told)
        assert "出了错" in answer.text
    assert "pipeline.set_aside" in log.getvalue()


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_a_database_that_fails(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock, log: Log, mode: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    lian = telegram.user(1001)
    await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, clock())
    told = f"{HER_NAME}怀孕了，电话{HER_PHONE}，身份证{HER_ID}，{HER_WORDS}，末次月经9月3号"
    tried = 0

    async with start(mode):

        async def full(*_: Any) -> None:
            nonlocal tried
            tried += 1
            raise sqlite3.OperationalError(f"disk full while writing {told}")

        with monkeypatch.context() as broken:
            broken.setattr("bot.pipeline.load_people", full)
            lian.says(told)

            async def twice() -> bool:
                return tried >= 2

            await until(twice)
        await lian.hears(within=PATIENCE)  # it came again, and was taken
    assert "pipeline.batch_failed" in log.getvalue()
    assert "could not be stored" in log.getvalue()


async def test_a_commit_that_fails(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock, log: Log,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    lian = telegram.user(1001)
    await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, clock())

    async def failing(tx: Transaction) -> None:
        raise sqlite3.OperationalError(f"I/O error: {HER_WORDS}")

    async with start():
        with monkeypatch.context() as broken:
            broken.setattr(_transaction_class(database), "commit", failing)
            lian.says(HER_WORDS)

            async def failed() -> bool:
                return "pipeline.batch_failed" in log.getvalue()

            await until(failed)
        await lian.hears(within=PATIENCE)


def _transaction_class(database: Database) -> type[Transaction]:
    if database.dialect == "sqlite":
        from storage.sqlite import SqliteTransaction

        return SqliteTransaction
    from storage.postgres import PostgresTransaction

    return PostgresTransaction


async def time_passes(box: type[Delivery] | type[Outgoing], database: Database, clock: FakeClock) -> None:
    """On to the next try, if there is one; not while one is under way, whose lease would run out."""
    waiting = box.filter(state="queued", attempts__gt=0, due_at__gt=clock()).using_db(database.reading)
    if await waiting.exists():
        clock.advance(minutes=10)


async def test_a_county_that_fails(
    start: Start, telegram: BotApi, county: Receiver, database: Database, clock: FakeClock, log: Log
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, clock())
    quoting = HER_NAME.encode() + HER_ID.encode()
    county.script.extend([Say(500, body=quoting), Say(401, body=quoting)])
    async with start():
        told = f"{HER_NAME}怀孕了，电话{HER_PHONE}，身份证{HER_ID}，末次月经9月3号"
        await talk(lian, told, "她本人的", "就这些", "对")

        async def paused() -> bool:
            await time_passes(Delivery, database, clock)
            return "county.destination_paused" in log.getvalue()

        await until(paused)
    assert "HTTP 500" in log.getvalue()


@pytest.mark.parametrize("how", ["error", "cut", "garble"])
async def test_a_telegram_that_fails(
    start: Start, telegram: BotApi, database: Database, clock: FakeClock, log: Log, how: str
) -> None:
    lian = telegram.user(1001)
    await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, clock())
    for method in ("sendMessage", "getUpdates"):
        if how == "error":
            telegram.fails(method, 500, f"Internal Server Error: {TOKEN} {HER_WORDS}")
        elif how == "cut":
            telegram.cuts(method, accepted=False)
        else:
            telegram.garbles(method)
    telegram.fails("setMyCommands", 502)
    telegram.fails("deleteMessages", 400, f"Bad Request: message of {HER_PHONE} can't be deleted")
    async with start():
        lian.says(f"{HER_NAME}怀孕了，{HER_WORDS}，末次月经9月3号，电话{HER_PHONE}")

        async def heard() -> bool:
            await time_passes(Outgoing, database, clock)
            return bool(lian.inbox)

        await until(heard)
    assert "Telegram cannot be asked now" in log.getvalue()
    assert "outbox.postpone" in log.getvalue()


async def test_strangers_at_the_webhook(start: Start, telegram: BotApi, log: Log) -> None:
    async with start("webhook") as service:
        await telegram.called("setWebhook", within=PATIENCE)
        right = {"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET}
        wrong = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        body = f'{{"update_id": 5, "message": {{"text": "{HER_WORDS}", "from": "{HER_PHONE}"}}}}'
        path = f"{service.url}/telegram/webhook?{WEBHOOK_SECRET}"
        for headers, data in ((wrong, body), (right, body), (right, body[:-1]), (right, HER_NAME)):
            async with service.http.post(path, data=data.encode(), headers=headers) as answer:
                assert answer.status in (200, 400, 401)
    assert "without the right secret" in log.getvalue()
    assert "cannot be read" in log.getvalue()


async def test_what_nobody_caught(log: Log) -> None:
    """Errors in tasks, threads and finalisers, and warnings, which Python itself would print."""
    loop = asyncio.get_running_loop()

    async def failing() -> None:
        raise RuntimeError(HER_WORDS)

    task = asyncio.create_task(failing())
    await asyncio.wait({task})
    loop.call_exception_handler({"message": HER_WORDS, "exception": task.exception(), "task": task})
    try:
        raise RuntimeError(HER_WORDS)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)
        structlog.get_logger().error("handled", exc_info=True)
        structlog.get_logger().error("handled", error=error)
        logging.getLogger("some.library").exception("about %s", HER_PHONE)
        logging.getLogger("yunguan.telegram").exception("ours")
    warnings.showwarning(HER_WORDS, UserWarning, __file__, 1)
    assert log.getvalue().count("RuntimeError") >= 5


# ── the process ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_serving_process(tmp_path: Path, log: Log, capfd: pytest.CaptureFixture[str]) -> None:
    """`yunguan serve`, its log at debug: a report, a county that fails, and the end."""
    config = tmp_path / "etc" / "yunguan.toml"
    config.parent.mkdir()
    keys, data = tmp_path / "keys" / "yunguan.keys", tmp_path / "data"
    assert (await yunguan("init", "--config", config, "--data", data, "--keys", keys)).code == 0
    config.write_text(config.read_text("utf-8") + prompt_programme(tmp_path / "programmes"), "utf-8")
    url = f"sqlite://{data}/yunguan.db"
    async with BotApi() as telegram, receiving() as county:
        lian = telegram.user(1001)
        async with opened(url, Keyring.from_file(keys)) as database:
            await settle_county(database, programme=PROMPT)
            await employ(database, lian, COLLEAGUE, "coordinator", VILLAGE, datetime.now(UTC))
        county.script.append(Say(500))
        env = {
            "YUNGUAN_TELEGRAM__TOKEN": telegram.token,
            "YUNGUAN_TELEGRAM__BASE_URL": telegram.url.removesuffix("/bot"),
            "YUNGUAN_COUNTY__URL": county.url,
            "YUNGUAN_COUNTY__SECRET": SECRET,
            "YUNGUAN_HTTP__PORT": "0",
            "YUNGUAN_LOG__LEVEL": "debug",
        }
        async with yunguan_serve(config, env) as serving:
            await talk(
                lian,
                f"{HER_NAME}怀孕了，28岁，电话{HER_PHONE}，身份证{HER_ID}，末次月经9月3号",
                "就这些",
                "对",
            )

            async def arrived() -> bool:
                return bool(county.reports)

            await until(arrived)
            async with aiohttp.ClientSession() as http, http.get(f"{serving.url}/metrics") as answer:
                assert answer.status == 200
            serving.process.send_signal(signal.SIGTERM)
            assert await serving.ended() == 0
    assert serving.events[-1] == "service.stopped"
    assert leaks_in("\n".join(serving.logged).encode(), CANARIES) == []
    log.write("searched above")
    assert_nothing_leaks([data], [HER_NAME, HER_PHONE, HER_ID, COLLEAGUE, phone(1001)])


@pytest.mark.parametrize(
    "text",
    [
        f'[telegram]\ntoken = "{TOKEN}"\nwebhook_secret = "{WEBHOOK_SECRET}"\nmode = "carrier pigeon"\n',
        f'[county]\nurl = "nowhere"\nsecret = "{SECRET}"\n',
        f'[county]\nurl = "https://county:{HER_PHONE}@example.org"\nsecret = "{SECRET}!"\n',
        f'[county]\nurl = ["{HER_PHONE}"]\nsecret = ["{SECRET}"]\n',
        f'[telegram]\ntoken = "{TOKEN}\n',
    ],
)
async def test_bad_settings(tmp_path: Path, log: Log, text: str) -> None:
    path = tmp_path / "yunguan.toml"
    path.write_text(f'{text}\n[database]\nurl = "postgres://u:{HER_PHONE}@h/n"\nkeys = "/k"\n')
    path.chmod(0o600)
    with pytest.raises(BadSettings) as refused:
        load_settings(path)
    log.write(str(refused.value))
    said = await yunguan("serve", "--config", path)
    assert said.code == 1
    log.write(said.err)


async def test_nothing_personal_stands_readable_in_the_database(
    start: Start, database: Database, clock: FakeClock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Neither in its files, nor in its write-ahead log, nor in a copy."""
    async with start() as service:
        await report_everything(service, database, clock)
        lian = service.telegram.user(1001)
        await talk(lian, f"{HER_NAME}的事：{HER_WORDS}")
    server = request.getfixturevalue("postgres_server") if on_postgres() else None
    files = await files_of(database, server)
    secrets = [HER_NAME, HER_PHONE, HER_ID, HER_WORDS, COLLEAGUE, phone(1001), "唐氏综合征", "温秀英"]
    assert_nothing_leaks(files, secrets)
    if server is None:
        copy = tmp_path / "copy" / "yunguan.db"
        copy.parent.mkdir()
        with sqlite3.connect(files[0]) as original, sqlite3.connect(copy) as copied:
            original.backup(copied)
        original.close()
        copied.close()
        assert_nothing_leaks([copy.parent], secrets)

"""The commands, each as a process of its own: what an operator types, and what she sees."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.support.people import phone
from tests.support.program import Ran, yunguan, yunguan_serve

PLACES = """
[[place]]
id = "xf"
kind = "county"
name = "信丰县"
programme = "xinfeng"

[[place]]
id = "xf-gupo-yang"
parent = "xf-gupo"
kind = "village"
name = "杨梅坑村"

[[place]]
id = "xf-gupo"
parent = "xf"
kind = "township"
name = "古陂镇"
"""


def test_it_starts_by_itself() -> None:
    """The other commands here are forked from a process that has imported them (tests/support/forked.py)."""
    ran = subprocess.run(
        [sys.executable, "-m", "bot.cli", "--help"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "understand" in ran.stdout


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    """A county that has been set up and migrated."""
    ran = await yunguan("init", folder=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    path = tmp_path / "yunguan.toml"
    ran = await yunguan("migrate", "--config", path)
    assert ran.code == 0
    assert "0001_first" in ran.out
    return path


async def test_init_migrate_serve(config: Path) -> None:
    async with yunguan_serve(config, {"YUNGUAN_HTTP__PORT": "0"}) as serving:
        async with aiohttp.ClientSession() as http:
            for path in ("/healthz", "/readyz", "/metrics"):
                async with http.get(serving.url + path) as answer:
                    assert answer.status == 200, path
        serving.process.send_signal(signal.SIGTERM)
        assert await serving.ended() == 0
    assert serving.events[-2:] == ["service.stopping", "service.stopped"]


async def test_what_init_writes_is_for_its_owner_only_and_never_overwritten(config: Path) -> None:
    folder = config.parent
    kept = (config, folder / "keys" / "yunguan.keys")
    for path in (*kept, folder / "data" / "yunguan.db"):
        assert path.stat().st_mode & 0o077 == 0, path
    before = [path.stat() for path in kept]
    ran = await yunguan("init", folder=folder)
    assert ran.code == 1
    assert "is there already" in ran.err
    assert [path.stat() for path in kept] == before


async def test_serving_before_migrating_is_refused_with_the_remedy(tmp_path: Path) -> None:
    await yunguan("init", folder=tmp_path)
    ran = await yunguan("serve", "--config", "yunguan.toml", folder=tmp_path)
    assert ran.code == 1
    assert "yunguan migrate" in ran.err
    assert "Traceback" not in ran.err


async def test_the_wrong_keys_stop_the_start(config: Path, tmp_path: Path) -> None:
    keys = config.parent / "keys" / "yunguan.keys"
    keys.unlink()
    other = tmp_path / "other"
    other.mkdir()
    await yunguan("init", folder=other)
    (other / "keys" / "yunguan.keys").rename(keys)
    ran = await yunguan("serve", "--config", config)
    assert ran.code == 1
    assert "keys" in ran.err
    assert "Traceback" not in ran.err


async def test_a_bad_setting_is_told_on_one_line(config: Path) -> None:
    ran = await yunguan("serve", "--config", config, env={"YUNGUAN_HTTP__PORT": "eighty"})
    assert ran.code == 1
    (line,) = ran.err.splitlines()
    assert line.startswith("yunguan: http.port = 'eighty' (YUNGUAN_HTTP__PORT): ")


# ── the organisation ────────────────────────────────────────────────────────────────────────────────────


async def loaded(config: Path, text: str, name: str = "organisation.toml") -> Ran:
    path = config.parent / name
    path.write_text(text, encoding="utf-8")
    return await yunguan("places", "--config", config, path)


async def test_places_are_loaded_listed_and_changed(config: Path) -> None:
    assert (await loaded(config, PLACES)).out == "3 places added, 0 changed, 0 as they were\n"
    renamed = [{"id": "xf-gupo", "parent": "xf", "kind": "township", "name": "古陂新镇"}]
    ran = await loaded(config, json.dumps({"place": renamed}), "more.json")
    assert ran.out == "0 places added, 1 changed, 0 as they were\n"
    ran = await yunguan("invite", "--config", config, "--places")
    assert ran.out.splitlines() == [
        "xf  county  信丰县",
        "  xf-gupo  township  古陂新镇",
        "    xf-gupo-yang  village  杨梅坑村",
    ]


async def test_mistakes_in_the_organisation_are_all_told_and_nothing_is_loaded(config: Path) -> None:
    wrong = PLACES.replace('parent = "xf-gupo"', 'parent = "xf"').replace(
        'parent = "xf"\nkind = "township"', 'parent = "nowhere"\nkind = "township"'
    )
    ran = await loaded(config, wrong + '[[place]]\nid = "xf"\nkind = "county"\nname = "信丰县"\n')
    assert ran.code == 1
    assert "place 2 (xf-gupo-yang): parent = 'xf': a county; a village lies in a township" in ran.err
    assert "place 3 (xf-gupo): parent = 'nowhere': there is no such place" in ran.err
    assert "place 4 (xf): is in the file twice" in ran.err
    ran = await loaded(
        config, PLACES.replace('kind = "village"', 'kind = "vilage"').replace("programme", "program")
    )
    assert "place 1: program" in ran.err
    assert "place 2: kind = 'vilage'" in ran.err
    assert (await yunguan("invite", "--config", config, "--places")).out.strip() == ""


async def test_a_first_code_is_told_once(config: Path) -> None:
    await loaded(config, PLACES)
    ran = await yunguan("invite", "--config", config, "--place", "xf", "--phone", phone(1))
    assert ran.code == 0
    assert ran.out.startswith("code ")
    assert phone(1) not in ran.out
    assert (await yunguan("invite", "--config", config, "--waiting")).out.strip() == ""
    ran = await yunguan("invite", "--config", config, "--place", "nowhere", "--phone", phone(1))
    assert (ran.code, ran.out) == (1, "")
    assert "--places" in ran.err
    ran = await yunguan("invite", "--config", config)
    assert ran.code == 1


async def test_the_outbox_is_listed(config: Path) -> None:
    ran = await yunguan("outbox", "list", "--config", config)
    assert ran.code == 0
    assert ran.out.split()[:4] == ["id", "to", "what", "state"]
    ran = await yunguan("outbox", "list", "--json", "--config", config)
    assert (ran.code, ran.out.strip()) == (0, "")
    ran = await yunguan("outbox", "retry", "--config", config, "0" * 32)
    assert ran.out == f"{'0' * 32}\tunknown id\n"


# ── understanding, talking, drawing ─────────────────────────────────────────────────────────────────────


async def test_understanding_one_message() -> None:
    ran = await yunguan(
        "understand", "李梅怀孕了，末次月经9月3号", "--today", "2026-11-22", "--as", "coordinator", "--json"
    )
    said = json.loads(ran.out)
    assert ran.out.count("\n") == 1
    assert said["intent"] == "pregnancy"
    assert said["fields"] == {"woman_name": "李梅", "lmp": "2026-09-03"}
    assert said["refusals"] == []
    assert said["more"] == []


async def test_understanding_a_batch_is_one_line_for_one_line(tmp_path: Path) -> None:
    asked = [
        {"text": "李梅怀孕了，末次月经9月3号", "today": "2026-11-22", "speaker": "coordinator"},
        {"text": "张桂花昨晚生了，女孩", "today": "2026-11-22", "speaker": "coordinator"},
        {"text": "今天天气不错", "today": "2026-11-22", "speaker": "woman"},
    ]
    path = tmp_path / "batch.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in asked), encoding="utf-8")
    ran = await yunguan("understand", "--batch", path)
    assert [json.loads(line)["intent"] for line in ran.out.splitlines()] == ["pregnancy", "birth", "none"]
    path.write_text('{"text": "你好"}\n{"today": "2026-11-22"}\n')
    ran = await yunguan("understand", "--batch", path)
    assert ran.code == 1
    assert "line 2" in ran.err


async def test_a_scripted_chat_prints_answers_and_then_the_reports() -> None:
    ran = await yunguan(
        *("chat", "--as", "coordinator", "--now", "2026-11-22T10:00", "--reports"),
        said="怀孕\n李梅\n9月3号\n就这些\n对\n",
    )
    assert ran.code == 0
    *answers, last = ran.out.splitlines()
    assert "名字" in answers[0]
    assert any("李梅" in line for line in answers)
    report = json.loads(last)["data"]
    assert (report["event"], report["body"]["woman_name"]) == ("pregnancy", "李梅")
    assert report["known_time"].startswith("2026-11-22T02:0")


async def test_a_chat_goes_on_where_it_was_left(tmp_path: Path) -> None:
    place = ("--db", tmp_path / "chat.db", "--now", "2026-11-22T10:00")
    await yunguan("chat", *place, said="怀孕\n李梅\n")
    ran = await yunguan("chat", *place, "--reports", said="9月3号\n就这些\n对\n")
    assert json.loads(ran.out.splitlines()[-1])["data"]["body"]["lmp"] == "2026-09-03"


async def test_the_simulator_opens_no_real_database(config: Path) -> None:
    await loaded(config, PLACES)
    folder = config.parent
    (folder / "data" / "yunguan.keys").write_bytes((folder / "keys" / "yunguan.keys").read_bytes())
    (folder / "data" / "yunguan.keys").chmod(0o600)
    for command in (("chat",), ("demo", "--port", "0")):
        ran = await yunguan(*command, "--db", folder / "data" / "yunguan.db", said="怀孕\n")
        assert ran.code == 1
        assert "demonstration" in ran.err


async def test_every_flow_is_drawn() -> None:
    ran = await yunguan("diagram")
    assert ran.out.count("flowchart TD") >= 8
    assert "pregnancy" in ran.out

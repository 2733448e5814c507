# ruff: noqa: S603, T201
"""python -m bench [--seconds N] [--rounds N] [--contacts N …] [--json]: everything in one run, medians of rounds."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import orjson

from bench.machine import commits, cpu_seconds, description

SECRET = "a-secret-of-the-benchmarks"  # noqa: S105
WARM_UP = 1.5
"""Seconds of load before the measurement: connections, caches, prepared statements."""

Result = dict[str, float]


@contextlib.contextmanager
def running(*command: str) -> Iterator[tuple[int, str]]:
    """A process of this folder that prints its URL, ended afterwards."""
    process = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"{command[0]} did not start")
        yield process.pid, url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def load(pid: int, url: str, contacts: int, seconds: float) -> Result:
    """Measure a server from outside."""
    command = [sys.executable, "-m", "bench.load", url, SECRET, str(contacts), str(WARM_UP), str(seconds)]
    before = cpu_seconds(pid)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    used = cpu_seconds(pid) - before
    found: Result = orjson.loads(done.stdout)
    if not found["turns"] or found["refused"]:
        raise RuntimeError(f"the load was not taken: {found}")
    found["cpu"] = used / (found["turns"] / seconds * (seconds + WARM_UP))
    return found


def intake(contacts: int, seconds: float) -> Result:
    """The service's webhook and pipeline alone: what the turns lead to is committed and waits."""
    return ours(contacts, seconds, "intake")


def ours(contacts: int, seconds: float, *what: str) -> Result:
    """The service, its outbox and its county deliveries at work; then what it left is looked at."""
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        file = Path(folder) / "bench.db"
        with (
            running("bench.outside") as (_, outside),
            running("bench.ours", str(file), str(contacts), outside, SECRET, *what) as (pid, url),
        ):
            found = load(pid, url, contacts, seconds)
            with urllib.request.urlopen(f"{outside}/count") as answer:  # noqa: S310 (ours)
                came = orjson.loads(answer.read())
        found["letters_sent"] = came.get("sendMessage", 0)
        found["reports_sent"] = came.get("report", 0)
        with sqlite3.connect(file) as db:
            turns, aside = db.execute("SELECT COUNT(*), SUM(state <> 'done') FROM inbound").fetchone()
            (found["reports"],) = db.execute("SELECT COUNT(*) FROM report").fetchone()
            (found["letters_waiting"],) = db.execute(
                "SELECT COUNT(*) FROM outgoing WHERE state = 'queued'"
            ).fetchone()
        if aside or abs(found["reports"] - turns / 8) > contacts + 1:
            raise RuntimeError(f"{turns} turns, {aside} set aside, {found['reports']} reports")
        return found


def rival(which: str) -> Callable[[int, float], Result]:
    def measure(contacts: int, seconds: float) -> Result:
        with running("bench.rivals", which) as (pid, url):
            return load(pid, url, contacts, seconds)

    return measure


def raw(contacts: int, seconds: float) -> Result:
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        return {"per_second": commits(Path(folder), seconds)}


SUBJECTS: dict[str, tuple[Callable[[int, float], Result], bool]] = {
    "yunguan, the whole service: durable turns": (ours, True),
    "yunguan, intake alone: durable turns": (intake, True),
    "python-telegram-bot ConversationHandler, in memory": (rival("ptb"), True),
    "aiohttp alone (echo)": (rival("echo"), True),
    "SQLite alone, one row a commit": (raw, False),
}
"""What is measured, and whether with several numbers of contacts."""


ROSTER = "a township's question to the roster"
WOMEN = (2_000, 20_000, 200_000)
"""Women in the table; the township has 1,000 of them each time (bench/roster.py)."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6, help="of measurement for each number")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--contacts", type=int, nargs="+", default=[1, 200])
    parser.add_argument("--only", help="part of a subject's name")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        machine = description(Path(folder))
    rounds: dict[tuple[str, int], list[Result]] = defaultdict(list)
    for number in range(options.rounds):
        for name, (measure, several) in SUBJECTS.items():
            if options.only and options.only not in name:
                continue
            for contacts in options.contacts if several else [1]:
                found = measure(contacts, options.seconds)
                rounds[name, contacts].append(found)
                print(
                    f"round {number + 1}: {name}, {contacts}: {found['per_second']:,.0f}/s", file=sys.stderr
                )
    rosters = [] if options.only and options.only not in ROSTER else list(roster(options.seconds))
    medians = [
        {"what": name, "contacts": contacts}
        | {key: median(one[key] for one in measured) for key in measured[0]}
        for (name, contacts), measured in rounds.items()
    ]
    if options.json:
        print(orjson.dumps({"machine": machine, "results": medians, "roster": rosters}).decode())
        return
    for key, value in machine.items():
        print(f"{key}: {value}")
    print(f"\nmedians of {options.rounds} rounds of {options.seconds:g} s\n")
    print(table(medians))
    if rosters:
        print(f"\n{ROSTER}: the same question, with so many women in the table\n")
        print(roster_table(rosters))


def roster(seconds: float) -> Iterator[Result]:
    """A township's questions, with ever more women around them."""
    for women in WOMEN:
        command = [sys.executable, "-m", "bench.roster", str(women), str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found: Result = orjson.loads(done.stdout)
        print(f"{ROSTER}, {women:,} women: {found['list'] * 1000:.1f} ms", file=sys.stderr)
        yield {"women": women, **found}


def roster_table(found: list[Result]) -> str:
    """As Markdown, the sizes side by side."""
    heads = " | ".join(f"{one['women']:,.0f} women" for one in found)
    lines = [f"| ms (of them processor) | finds | {heads} |", "|---|---:|" + "---:|" * len(found)]
    for what, said in {"list": "名单", "filtered": "高危没来产检的", "named": "查王秀秀"}.items():
        cells = " | ".join(f"{one[what] * 1000:.1f} ({one[f'{what}_cpu'] * 1000:.1f})" for one in found)
        lines.append(f"| {said} | {found[0][f'{what}_women']:.0f} | {cells} |")
    return "\n".join(lines)


def table(medians: list[dict[str, object]]) -> str:
    """As Markdown."""
    lines = [
        "| | contacts | turns/s | p50 ms | p99 ms | processor µs a turn |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in medians:
        cells = [f"{one['per_second']:,.0f}"]
        cells += [f"{one[key] * 1000:.1f}" if key in one else "" for key in ("p50", "p99")]  # type: ignore[operator]
        cells.append(f"{one['cpu'] * 1e6:.0f}" if "cpu" in one else "")  # type: ignore[operator]
        lines.append(f"| {one['what']} | {one['contacts']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()

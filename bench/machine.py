"""What it was measured on."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median


def commits(folder: Path, seconds: float) -> float:
    """One-row commits a second: sqlite3 alone, WAL, synchronous=FULL."""
    with sqlite3.connect(folder / "rows.db", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, text TEXT)")
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            db.execute("INSERT INTO row (text) VALUES ('李梅怀孕了，末次月经9月3号')")
            count += 1
        return count / (time.perf_counter() - start)


def fsync_seconds(folder: Path, times: int = 200) -> float:
    """The median time of a small write and its fsync."""
    taken = []
    descriptor = os.open(folder / "fsync", os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        for _ in range(times):
            start = time.perf_counter()
            os.write(descriptor, b"x" * 4096)
            os.fsync(descriptor)
            taken.append(time.perf_counter() - start)
    finally:
        os.close(descriptor)
    return median(taken)


def description(folder: Path) -> dict[str, object]:
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "kernel": platform.release(),
        "file_system": _file_system(folder),
        "fsync_ms": round(fsync_seconds(folder) * 1000, 2),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("aiohttp", "tortoise-orm", "python-telegram-bot")},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _file_system(folder: Path) -> str:
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, where, its_kind, *_ = line.split()
        if str(folder.resolve()).startswith(where) and len(where) >= len(best):
            best, kind = where, its_kind
    return kind


def cpu_seconds(process_id: int) -> float:
    """Processor time a process has used so far, its threads included."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

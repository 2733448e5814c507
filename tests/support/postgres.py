"""A PostgreSQL server for the tests: Debian's binaries, a folder of its own, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",  # the socket in its folder only
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",  # nothing follows it
    "max_wal_senders": "0",
    "autovacuum": "off",  # no database lives long enough
    "max_connections": "60",
    "shared_buffers": "32MB",
    "timezone": "Asia/Shanghai",  # not UTC, so that a forgotten zone shows
}


class NoPostgres(Exception):
    """There is no PostgreSQL server here to start."""


def binaries() -> Path:
    """The folder of the newest server installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise NoPostgres("no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql")
    return found[-1].parent


class Server:
    """A running server, reached by its socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template: str | None = None
        """a migrated database that others are copies of, once there is one"""

    @property
    def data(self) -> Path:
        """Where its files are."""
        return self.folder / "data"

    def url(self, name: str) -> str:
        """The URL of one of its databases."""
        return f"postgres://postgres@/{name}?host={self.folder}"

    async def execute(self, statement: str) -> None:
        """Run a statement outside all databases of ours."""
        import asyncpg

        connection = await asyncpg.connect(host=str(self.folder), user="postgres", database="postgres")
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, stop it at the end."""
    bin_ = binaries()
    folder = Path(tempfile.mkdtemp(prefix="yunguan-pg-"))
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        postgres = pwd.getpwnam("postgres")
        os.chown(folder, postgres.pw_uid, postgres.pw_gid)
        who = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
    try:
        initdb = f"{bin_}/initdb -D {folder}/data -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync"
        subprocess.run(initdb.split(), check=True, capture_output=True, cwd=folder, **who)
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_ / "postgres", "-D", folder / "data", "-k", folder, *options],
                stdout=log,
                stderr=log,
                cwd=folder,
                **who,
            )
        try:
            _wait_until_ready(bin_, folder, process)
            yield Server(folder)
        finally:
            process.send_signal(signal.SIGINT)  # its fast way to end
            process.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(bin_: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    ready = f"{bin_}/pg_isready -q -h {folder}"
    while subprocess.run(ready.split(), check=False).returncode != 0:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text())
        time.sleep(0.05)

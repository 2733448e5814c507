# ruff: noqa: T201
"""What a file that names many women does to the rest of the service when it is handed over: a row of the audit log for
each of them, in one transaction.

python -m bench.looks [WOMEN]      prints how long (processor time) the event loop was held at most, and all of it took
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime

from bot import audit
from storage import chain
from storage.crypto import Keyring
from storage.database import open_database
from storage.migrate import migrate


class Held:
    """How long a thread works between two turns of its event loop, at most."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Until cancelled."""
        before = time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now = time.thread_time()
            self.longest, before = max(self.longest, now - before), now


async def main(women: int) -> None:
    with tempfile.TemporaryDirectory(prefix="yunguan-bench-") as folder:
        database = await open_database(f"sqlite://{folder}/bench.db", Keyring.generate())
        try:
            await migrate(database)
            held = Held()
            watching = asyncio.create_task(held.watch())
            await asyncio.sleep(0)
            started = time.process_time()
            async with database.transaction() as tx:
                ids, now = (f"{number:032x}" for number in range(women)), datetime.now(UTC)
                await audit.looked_at_many(tx, "c1", "county", ids, "file.list", "telegram", now, record="f1")
            used = time.process_time() - started
            await asyncio.sleep(0.002)
            watching.cancel()
            head, broken = await chain.verify(database.reading, database.keyring)
            if broken is not None or head.seq != women:
                raise RuntimeError(f"the chain: {head}, {broken}")
        finally:
            await database.close()
    print(
        f"{women:,} women: the loop was held {held.longest * 1000:.1f} ms at most; {used * 1000:.0f} ms in all"
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000))

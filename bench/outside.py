# ruff: noqa: T201
"""The world outside, in a process of its own: a Bot API and a county system that take everything.

python -m bench.outside        prints its URL; GET /count tells what came; SIGTERM ends it
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter

import orjson
from aiohttp import web


async def main() -> None:
    came: Counter[str] = Counter()

    async def bot_api(request: web.Request) -> web.Response:
        method = request.match_info["method"]
        came[method] += 1
        result: object = True
        if method == "sendMessage":
            result = {
                "message_id": came[method],
                "date": 1_790_000_000,
                "chat": {"id": 1, "type": "private"},
                "text": "…",
            }
        return web.Response(
            body=orjson.dumps({"ok": True, "result": result}), content_type="application/json"
        )

    async def county(request: web.Request) -> web.Response:
        came["report"] += 1
        return web.Response()

    async def count(request: web.Request) -> web.Response:
        return web.Response(body=orjson.dumps(came), content_type="application/json")

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", bot_api)
    app.router.add_post("/county", county)
    app.router.add_get("/count", count)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())

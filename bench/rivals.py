# ruff: noqa: T201
"""What ours is compared with, each behind the same aiohttp server.

python -m bench.rivals ptb|echo       prints its URL; SIGTERM ends it

ptb: python-telegram-bot's ConversationHandler, the same dialogue kept in memory, nothing stored; its replies
end at a request object that answers without a network. echo: aiohttp alone, which reads and answers.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import orjson
from aiohttp import web
from telegram import Update
from telegram.ext import Application, ContextTypes, ConversationHandler, MessageHandler, filters
from telegram.request import BaseRequest

from bench.dialogue import TURNS

QUESTIONS = (
    "她叫什么名字？",
    "她末次月经是哪天？说预产期或现在孕几周也行。",
    "她的身份证号是多少？没有就说出生日期或年龄。",
    "联系电话是多少？",
    "这个电话是谁的？",
    "往这个号发短信，她方便吗？",
)


class NoNetwork(BaseRequest):
    """Telegram answers at once."""

    read_timeout = 1.0
    sent = 0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, url: str, method: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self.sent += 1
        result: object
        if url.endswith("getMe"):
            result = {"id": 1, "is_bot": True, "first_name": "bench", "username": "bench_bot"}
        else:
            result = {
                "message_id": self.sent,
                "date": 1_790_000_000,
                "chat": {"id": 1, "type": "private"},
                "text": "…",
            }
        return 200, orjson.dumps({"ok": True, "result": result})


async def conversation() -> Any:
    """The application, and the handler of its webhook."""
    filed: list[dict[int, str]] = []

    def asks(step: int) -> Any:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            assert update.message is not None
            assert context.user_data is not None
            context.user_data[step] = update.message.text
            if step < len(QUESTIONS):
                await update.message.reply_text(QUESTIONS[step])
            elif step == len(QUESTIONS):
                told = "\n".join(f"{number} {answer}" for number, answer in context.user_data.items())
                await update.message.reply_text(f"请核对：\n{told}\n都对就回“对”。")
            else:
                filed.append(dict(context.user_data))
                context.user_data.clear()
                await update.message.reply_text("报好了，谢谢您。")
                return ConversationHandler.END
            return step + 1

        return MessageHandler(filters.TEXT, handle)

    handler = ConversationHandler(
        entry_points=[asks(0)], states={step: [asks(step)] for step in range(1, TURNS)}, fallbacks=[]
    )
    request = NoNetwork()
    application = (
        Application.builder().token("1:bench").request(request).get_updates_request(NoNetwork()).updater(None)
    ).build()
    application.add_handler(handler)
    await application.initialize()

    async def take(http: web.Request) -> web.Response:
        update = Update.de_json(orjson.loads(await http.read()), application.bot)
        await application.process_update(update)
        return web.Response()

    return take


async def echo() -> Any:
    async def take(http: web.Request) -> web.Response:
        orjson.loads(await http.read())
        return web.Response()

    return take


async def main(which: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    app = web.Application()
    app.router.add_post("/", await {"ptb": conversation, "echo": echo}[which]())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/", flush=True)
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

"""The connection to Telegram: letters out through python-telegram-bot, updates in as they came.

The token stands in every URL of the Bot API: httpx, httpcore and telegram are therefore kept from logging
below WARNING, errors are logged by their kind only, and no `repr` shows the bot.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

import httpx
import orjson
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, LinkPreviewOptions
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.channels.base import Accepted, Later, Letter, Outcome, Refused
from bot.channels.telegram.letters import Markup, keyboard, pieces
from bot.channels.telegram.outcomes import Flood, TelegramStopped, outcome_of, reason_of, whereabouts
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.reading import NAME, WANTED, Group
from conversations.message import ChannelTraits
from conversations.text import Sayable, T

log = logging.getLogger("yunguan.telegram")

OFFICIAL = "https://api.telegram.org/bot"

DELETED_AT_ONCE = 100
"""The most messages one `deleteMessages` takes."""

UNDERWAY = 200
"""Courtesies (spinners stopped, groups refused) under way at once; more are left out."""

REMEMBERED = 1000
"""Letters sent in part, and groups refused, that are kept in mind."""

MENU = {
    "start": T("开始"),
    "help": T("怎么用"),
    "pregnancy": T("报一例怀孕"),
    "birth": T("报一例分娩"),
    "death": T("报一例死亡"),
    "my": T("我报过的"),
    "cancel": T("取消正在填的"),
}
"""The commands in the menu; they come back as text."""

NO_GROUPS = T("我只在私聊里办事，群里说的我不看也不记。有事请单独发消息给我。")

K = TypeVar("K")
V = TypeVar("V")

Say = Callable[[Sayable, str], str]
"""Renders a text in a locale."""


class _Request(HTTPXRequest):
    """PTB's HTTP client, which here neither logs nor quotes answers it cannot read."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        status, payload = await super().do_request(*args, **kwargs)
        if status == 429:
            told = self.parse_json_payload(payload).get("parameters", {})
            raise Flood(timedelta(seconds=told.get("retry_after", 1)))
        return status, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            raise TelegramError("unreadable answer") from None
        if not isinstance(answer, dict) or (answer.get("ok") and "result" not in answer):
            raise TelegramError("not an answer of the Bot API")
        return answer


class _Bot(Bot):
    """PTB's bot, which can also hand over updates as they came."""

    __slots__ = ()

    async def raw_updates(self, offset: int, wait: float, read_timeout: float) -> list[dict[str, Any]]:
        asked = {"offset": offset, "timeout": int(wait), "allowed_updates": WANTED}
        answer = await self._post("getUpdates", asked, read_timeout=wait + read_timeout)
        return cast("list[dict[str, Any]]", answer)


class TelegramChannel:
    """Telegram, as a channel: `send` tells what became of a letter, and never raises for what Telegram does.

    `say` renders the menu and the refusal of groups; `masked` is the county's decision on how people are read
    back on servers abroad; `proxy` a way out of a network that does not reach Telegram; `timeout` holds for
    each of connecting, writing and reading.
    """

    def __init__(
        self,
        token: str,
        *,
        clock: Callable[[], datetime],
        say: Say,
        masked: bool = True,
        base_url: str = OFFICIAL,
        pace: Pace | None = None,
        proxy: str | None = None,
        timeout: timedelta = timedelta(seconds=15),
    ) -> None:
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self.clock = clock
        self.traits = ChannelTraits(name=NAME, trust="high", buttons=True, masked=masked, deletes=True)
        self._say = say
        self._pace = pace or Pace()
        self._seconds = timeout.total_seconds()
        self._polling, self._calling = (
            _Request(
                connection_pool_size=size,
                proxy=proxy,
                connect_timeout=self._seconds,
                read_timeout=self._seconds,
                write_timeout=self._seconds,
                pool_timeout=self._seconds,
                httpx_kwargs={"verify": _tls()},
            )
            for size in (2, 128)
        )
        try:
            self._bot = _Bot(token, base_url, get_updates_request=self._polling, request=self._calling)
        except InvalidToken:
            raise TelegramStopped("the telegram token is empty: @BotFather shows it") from None
        self._underway: set[asyncio.Task[None]] = set()
        self._refused_groups: dict[int, None] = {}
        self._parts_sent: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"TelegramChannel(masked={self.traits.masked})"

    async def close(self) -> None:
        """Finish the courtesies under way, then the connections."""
        if self._underway:
            _, late = await asyncio.wait(self._underway, timeout=self._seconds)
            for task in late:
                task.cancel()
        await self._polling.shutdown()
        await self._calling.shutdown()

    # Letters

    async def send(self, address: str, letter: Letter) -> Outcome:
        """Say the letter in her chat, then take `forget` off it (which may fail: Telegram allows 48 hours).

        A text too long for one message becomes several, the buttons under the last; when a later part fails,
        the next try goes on with that part (unless the program was restarted in between).
        """
        if not address.isdecimal():
            return Refused("not a private chat")
        parts = pieces(letter.text)
        outcome: Outcome = Accepted()
        for number in range(self._parts_sent.pop(letter.id, 0), len(parts)):
            markup = keyboard(letter) if number == len(parts) - 1 else None
            outcome = await self._say_part(address, parts[number], markup)
            if isinstance(outcome, Later) and number:
                _remember(self._parts_sent, letter.id, number)
            if not isinstance(outcome, Accepted):
                return outcome
        forgotten = await self._forget(address, letter.forget)
        if not parts and isinstance(forgotten, Later):
            return Later(forgotten.reason, forgotten.after)  # deleting twice does no harm: no doubt
        return outcome

    async def _say_part(self, address: str, text: str, markup: Markup | None) -> Outcome:
        if wait := await self._pace.turn(address):
            return Later("pace", timedelta(seconds=wait))
        try:
            message = await self._bot.send_message(
                int(address),
                text,
                reply_markup=markup,
                # A preview would fetch, and so use up, a link that works once.
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except Exception as error:  # whatever it was, the outbox must know whether it may have gone out
            if isinstance(error, Flood):
                self._pace.hold(address, error.after.total_seconds())
            elif not isinstance(error, TelegramError):
                log.error("sending to Telegram failed unforeseen: %s", whereabouts(error))
            return outcome_of(error)
        return Accepted(str(message.message_id))

    async def _forget(self, address: str, message_ids: Sequence[str]) -> Outcome:
        ids = [int(each) for each in message_ids if each.isdecimal()]
        outcome: Outcome = Accepted()
        for start in range(0, len(ids), DELETED_AT_ONCE):
            some = ids[start : start + DELETED_AT_ONCE]
            outcome = await self._delete(address, some)
            if isinstance(outcome, Refused) and len(some) > 1:  # one too old keeps all the others
                for each in some:
                    outcome = await self._delete(address, [each])
                    if isinstance(outcome, Later):
                        break
            if isinstance(outcome, Later):
                log.warning("messages could not be taken back now: %s", outcome.reason)
                break
        return outcome

    async def _delete(self, address: str, ids: list[int]) -> Outcome:
        try:
            await self._bot.delete_messages(int(address), ids)
        except TelegramError as error:
            return outcome_of(error)
        return Accepted()

    # Courtesies: tried once, after the commit, and nobody waits for them

    def stop_spinner(self, press_id: str) -> None:
        """Let the pressed button come to rest."""
        self._soon(self._bot.answer_callback_query(press_id))

    def meet_group(self, group: Group) -> None:
        """Say once in a group that this is not the place, and leave it."""
        if not group.inside:
            self._refused_groups.pop(group.chat_id, None)
        elif group.chat_id not in self._refused_groups:
            _remember(self._refused_groups, group.chat_id, None)
            self._soon(self._leave(group))

    async def _leave(self, group: Group) -> None:
        try:
            await self._bot.send_message(group.chat_id, self._say(NO_GROUPS, group.locale or "zh_CN"))
        except TelegramError as error:
            log.info("a group could not be told: %s", reason_of(error))
        await self._bot.leave_chat(group.chat_id)

    def _soon(self, courtesy: Coroutine[Any, Any, object]) -> None:
        if len(self._underway) >= UNDERWAY:
            courtesy.close()
            return
        task = asyncio.create_task(_kindly(courtesy))
        self._underway.add(task)
        task.add_done_callback(self._underway.discard)

    # Updates. These raise python-telegram-bot's errors; polling and webhook know what to make of them.

    async def updates(self, offset: int, wait: float) -> list[dict[str, Any]]:
        """Updates from `offset` on; waits up to `wait` seconds for one.

        Asking confirms all before `offset`: Telegram forgets them.
        """
        return await self._bot.raw_updates(offset, wait, self._seconds)

    async def link_address(self) -> str | None:
        """How a link to this bot begins; what follows comes back as `/start …`. None where Telegram does not say."""
        try:
            me = await self._bot.get_me()
        except TelegramError as error:
            log.info("no links: %s", reason_of(error))
            return None
        return f"https://t.me/{me.username}?start="

    async def prepare_polling(self) -> None:
        """Put up the menu and take away a webhook, which would stand in the way."""
        await self._bot.delete_webhook()
        await self._put_up_menu()

    async def prepare_webhook(self, url: str, secret: str, max_connections: int) -> None:
        """Put up the menu and have updates sent to `url`, with `secret` in a header."""
        await self._put_up_menu()
        await self._bot.set_webhook(
            url, secret_token=secret, allowed_updates=WANTED, max_connections=max_connections
        )

    async def _put_up_menu(self) -> None:
        private = BotCommandScopeAllPrivateChats()
        for language, locale in (("zh", "zh_CN"), (None, "en")):
            commands = [BotCommand(name, self._say(label, locale)) for name, label in MENU.items()]
            await self._bot.set_my_commands(commands, scope=private, language_code=language)


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes 50 ms: once is enough."""
    return httpx.create_ssl_context()


async def _kindly(courtesy: Coroutine[Any, Any, object]) -> None:
    try:
        await courtesy
    except TelegramError as error:
        log.info("a courtesy to Telegram failed: %s", reason_of(error))


def _remember(kept: dict[K, V], key: K, value: V) -> None:
    """Keep in mind, at the cost of what was kept longest."""
    if len(kept) >= REMEMBERED:
        del kept[next(iter(kept))]
    kept[key] = value

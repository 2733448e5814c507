"""The server: updates by polling or webhook, faults on demand, waiting for events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.support.botapi.methods import ApiError, Methods, Params, Webhook
from tests.support.botapi.people import Group, Update, User
from tests.support.botapi.shown import Shown

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
"""A token like a real one, for a bot that does not exist."""

__all__ = ["TOKEN", "ApiError", "BotApi", "Call"]


@dataclass
class Call:
    """A request the bot made. `params` as sent, JSON values decoded."""

    method: str
    params: dict[str, Any]


@dataclass
class _Fault:
    """What goes wrong with the next `times` calls of `method`, after `skip` good ones; if `accepted`, only
    after doing what was asked.
    """

    method: str
    times: int
    accepted: bool
    error: ApiError | None = None
    how: str = "error"  # or cut, stall, garble
    skip: int = 0

    def __call__(self, method: str) -> bool:
        if not self.times or method != self.method.lower():
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class BotApi:
    """A Bot API server on a free port of this machine. `clock` dates messages; `retry` is the pause, in
    seconds, before an update that a webhook did not take is brought again."""

    clock: Callable[[], datetime] = _now
    token: str = TOKEN
    retry: float = 0.02
    calls: list[Call] = field(default_factory=list)
    answered_presses: set[str] = field(default_factory=set)
    webhook: Webhook | None = None
    webhook_answers: list[int] = field(default_factory=list)
    """Statuses the webhook answered with; 0 for none."""

    def __post_init__(self) -> None:
        self.bot: dict[str, Any] = {
            "id": int(self.token.split(":")[0]),
            "is_bot": True,
            "first_name": "孕管",
            "username": "yunguan_test_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.users: dict[int, User] = {}
        self.groups: dict[int, Group] = {}
        self.allowed: Sequence[str] = ()
        self.pending: list[Update] = []
        self._held: list[Update] | None = None
        self._faults: list[_Fault] = []
        self._serials: dict[str, int] = {"update": 860_000_000, "message": 100, "press": 4_382_000_000}
        self._changed = asyncio.Event()
        self._closing = False
        self._polls = 0
        self._time_is_up = False
        self._bringing: dict[int, object] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._methods = Methods(self)

    # Life

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=50 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing = True
        self.changed()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """The base URL, as the bot's settings name it: the token follows."""
        return f"http://127.0.0.1:{self._port}/bot"

    def now(self) -> int:
        return int(self.clock().timestamp())

    def serial(self, kind: str) -> str:
        self._serials[kind] += 1
        return str(self._serials[kind])

    # People

    def user(
        self, user_id: int, lang: str | None = "zh-hans", name: str = "小梅", *, is_bot: bool = False
    ) -> User:
        """The person of that id; made at the first call."""
        return self.users.setdefault(user_id, User(self, user_id, name, lang, is_bot))

    def group(self, chat_id: int = -1001234567890, title: str = "村医群") -> Group:
        return self.groups.setdefault(chat_id, Group(self, chat_id, title))

    def statuses(self, before: str, after: str) -> dict[str, Any]:
        """The bot's own membership, before and after."""
        me = {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")}

        def member(status: str) -> dict[str, Any]:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": me, "status": status, **until}

        return {"old_chat_member": member(before), "new_chat_member": member(after)}

    # Updates

    def receive(self, chat: User | Group, sender: dict[str, Any], content: dict[str, Any]) -> Update:
        """Somebody sends something: it stands in the chat, and the bot is told."""
        head = {"message_id": int(self.serial("message")), "from": sender, "chat": chat.chat}
        message = {**head, "date": self.now(), **content}
        chat.messages.append(Shown(message, by_bot=False, said=[content.get("text", "")]))
        return self.push({"message": message})

    def push(self, body: dict[str, Any]) -> Update:
        """Give the bot an update of that body; also for what no decent client sends."""
        update = {"update_id": int(self.serial("update")), **body}
        if not self.allowed or any(kind in self.allowed for kind in body):
            (self.pending if self._held is None else self._held).append(update)
            self.changed()
        return update

    def end_poll(self) -> None:
        """The long poll under way ends without an update, as it does after its timeout."""
        self._time_is_up = True
        self.changed()

    def restart_ids(self, last: int) -> None:
        """The next update's id follows `last`, as after a week without updates."""
        self._serials["update"] = last

    def repeat(self, update: Update) -> None:
        """Give the bot the same update once more."""
        self.pending.insert(0, {**update})
        self.changed()

    @contextmanager
    def held(self, *, backwards: bool = False) -> Iterator[None]:
        """Keep updates back until the end of the block; then let them go, the last first if `backwards`."""
        held = self._held = []
        yield
        self._held = None
        self.pending += reversed(held) if backwards else held
        self.changed()

    # Faults

    def fails(
        self, method: str, status: int = 500, description: str = "", *, times: int = 1, accepted: bool = False
    ) -> None:
        """Answer the next calls with an error."""
        said = description or {500: "Internal Server Error", 502: "Bad Gateway"}.get(status, "Bad Request")
        self._faults.append(_Fault(method, times, accepted, ApiError(status, said)))

    def floods(self, method: str, retry_after: int = 1, *, times: int = 1, skip: int = 0) -> None:
        """429, with the time to wait in seconds; `skip` calls still work."""
        said = f"Too Many Requests: retry after {retry_after}"
        self._faults.append(
            _Fault(method, times, False, ApiError(429, said, {"retry_after": retry_after}), skip=skip)
        )

    def cuts(self, method: str, *, accepted: bool, times: int = 1) -> None:
        """Cut the connection, before or after doing what was asked."""
        self._faults.append(_Fault(method, times, accepted, how="cut"))

    def stalls(self, method: str, *, accepted: bool = True, times: int = 1) -> None:
        """Never answer."""
        self._faults.append(_Fault(method, times, accepted, how="stall"))

    def garbles(self, method: str, *, times: int = 1) -> None:
        """Do what was asked, then answer 200 with a page of HTML, as a portal on the way does."""
        self._faults.append(_Fault(method, times, True, how="garble"))

    def revoke_token(self) -> None:
        """From now on the token is wrong."""
        self.token = "0:revoked"

    def menu(self, language: str = "", scope: str = "all_private_chats") -> dict[str, str]:
        """The commands a bot put up, with their descriptions."""
        commands = self._methods.commands.get((scope, language), [])
        return {each["command"]: each["description"] for each in commands}

    # Waiting

    def changed(self) -> None:
        """Something happened: whoever waits looks again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[], object], what: str, within: float = 5) -> None:
        """Wait until the condition holds, looking whenever something happened here."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited {within} s for {what}") from None

    async def settled(self, within: float = 5) -> None:
        """Wait until the bot has taken every update (by webhook, or confirmed it by its next getUpdates)."""
        await self.until(
            lambda: not (self.pending or self._held or self._bringing),
            f"updates taken: {self.pending}",
            within,
        )

    async def called(self, method: str, times: int = 1, within: float = 5) -> list[Call]:
        """Wait until a method was called so often; all its calls so far."""
        await self.until(lambda: len(self.calls_of(method)) >= times, f"{times} calls of {method}", within)
        return self.calls_of(method)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    # Requests

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _error(ApiError(401, "Unauthorized"))
        params = await Params.of(request)
        method = request.match_info["method"]
        fault = next((fault for fault in self._faults if fault(method.lower())), None)
        try:
            name, do = self._methods.find(method)
            self.calls.append(Call(name, params.decoded()))
            answer = do(params) if not fault or fault.accepted else None
            if isinstance(answer, Awaitable):
                answer = await answer
            if fault and fault.error:
                raise fault.error
        except ApiError as error:
            return _error(error)
        finally:
            self.changed()
        if fault and fault.how == "cut":
            assert request.transport
            request.transport.abort()
        elif fault and fault.how == "stall":
            await self.until(lambda: self._closing, "the end", 60)
        elif fault and fault.how == "garble":
            return web.Response(text="<html>please log in</html>", content_type="text/html")
        return web.json_response({"ok": True, "result": answer})

    async def get_updates(self, params: Params) -> list[Update]:
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        offset, limit = params.number("offset", 0), params.number("limit", 100)
        if "allowed_updates" in params:
            self.allowed = params.json("allowed_updates")
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset > 0:
            self.pending = [update for update in self.pending if update["update_id"] >= offset]
        self._polls += 1
        mine, self._time_is_up = self._polls, False
        self.changed()  # an older poll ends
        try:
            async with asyncio.timeout(params.number("timeout", 0)):
                while not (self.pending or self._closing or self._time_is_up):
                    await self._changed.wait()
                    if mine != self._polls:
                        raise ApiError(
                            409,
                            "Conflict: terminated by other getUpdates request; "
                            "make sure that only one bot instance is running",
                        )
        except TimeoutError:
            pass
        return self.pending[: max(1, min(limit, 100))]

    # The webhook: up to max_connections at once, one at a time for a chat, again and again until it is taken

    def start_bringing(self) -> None:
        task = asyncio.create_task(self._bring_all())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_all(self) -> None:
        webhook = self.webhook
        while webhook and self.webhook is webhook:
            for update in list(self.pending):
                free = len(self._bringing) < webhook.max_connections
                if free and _chat(update) not in self._bringing.values():
                    self._bringing[id(update)] = _chat(update)
                    task = asyncio.create_task(self._bring(webhook, update))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            await self._changed.wait()

    async def _bring(self, webhook: Webhook, update: Update) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        status, said = 0, b""
        try:
            async with self._session.post(webhook.url, json=update, headers=headers) as response:
                status, said = response.status, await response.read()
        except aiohttp.ClientError as error:
            webhook.last_error = (self.now(), f"Connection failed: {type(error).__name__}")
        self.webhook_answers.append(status)
        if 200 <= status < 300:
            self.pending = [each for each in self.pending if each is not update]
            self._take_answer(said)
        else:
            if status:
                webhook.last_error = (self.now(), f"Wrong response from the webhook: {status}")
            self.changed()
            await asyncio.sleep(self.retry)
        del self._bringing[id(update)]
        self.changed()

    def _take_answer(self, said: bytes) -> None:
        """A webhook may answer with a method call; nobody learns whether it worked."""
        if said:
            asked = json.loads(said)
            try:
                name, do = self._methods.find(asked.pop("method"))
                params = Params(asked)
                self.calls.append(Call(name, params.decoded()))
                do(params)
            except ApiError as error:
                self.calls.append(Call("failed webhook answer", {"error": error.description}))


def _error(error: ApiError) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


def _chat(update: Update) -> object:
    body = next((value for key, value in update.items() if key != "update_id"), None)
    body = body if isinstance(body, dict) else {}
    chat = (body.get("message") or body).get("chat") or {}
    return chat.get("id", update["update_id"]) if isinstance(chat, dict) else update["update_id"]

"""What the bot may ask for: the methods of the Bot API that a chat assistant needs."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.botapi.shown import Shown

if TYPE_CHECKING:
    from tests.support.botapi.people import Group, User
    from tests.support.botapi.server import BotApi

TWO_DAYS = 48 * 3600


class ApiError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters or {}


@dataclass
class Webhook:
    url: str
    secret: str
    max_connections: int
    last_error: tuple[int, str] | None = None


class Params(dict[str, Any]):
    """The parameters of a request: as query, form, multipart or JSON, all of which the Bot API takes."""

    files: dict[str, tuple[str, bytes]]

    @classmethod
    async def of(cls, request: web.Request) -> Params:
        params = cls(request.query)
        params.files = {}
        if request.content_type == "application/json":
            params.update(await request.json())
        else:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    params.files[name] = (value.filename, value.file.read())
                else:
                    params[name] = value
        return params

    def json(self, name: str) -> Any:
        value = self.get(name)
        try:
            return json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError:
            raise ApiError(400, f"Bad Request: can't parse {name} JSON object") from None

    def number(self, name: str, default: int | None = None) -> int:
        value = self.get(name, default)
        if value is None:
            raise ApiError(400, f"Bad Request: parameter {name!r} is required")
        return int(value)

    def decoded(self) -> dict[str, Any]:
        """For a test to look at: objects, lists, numbers and truths as such."""

        def plain(value: Any) -> Any:
            if isinstance(value, str) and re.fullmatch(
                r"[\[{].*[\]}]|true|false|-?\d{1,18}", value, re.DOTALL
            ):
                try:
                    return json.loads(value)
                except json.JSONDecodeError:
                    return value
            return value

        return {name: value if name == "text" else plain(value) for name, value in self.items()}


@dataclass
class Methods:
    server: BotApi
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)

    def find(self, method: str) -> tuple[str, Callable[[Params], object]]:
        """A method by its name, whose case does not matter."""
        for name in dir(self):
            if name.lower() == f"do_{method.lower()}":
                return name.removeprefix("do_"), getattr(self, name)
        raise ApiError(404, "Not Found")

    # Itself

    def do_getMe(self, params: Params) -> dict[str, Any]:  # noqa: N802
        return self.server.bot

    def do_setMyCommands(self, params: Params) -> bool:  # noqa: N802
        commands = params.json("commands")
        if not isinstance(commands, list) or len(commands) > 100:
            raise ApiError(400, "Bad Request: can't parse commands")
        for each in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", each["command"]):
                raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(each["description"]) <= 256:
                raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(params)] = commands
        return True

    def do_getMyCommands(self, params: Params) -> list[dict[str, str]]:  # noqa: N802
        return self.commands.get(self._scope(params), [])

    def do_deleteMyCommands(self, params: Params) -> bool:  # noqa: N802
        self.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> tuple[str, str]:
        return (params.json("scope") or {"type": "default"})["type"], params.get("language_code") or ""

    # Updates

    def do_getUpdates(self, params: Params) -> Awaitable[list[dict[str, Any]]]:  # noqa: N802
        return self.server.get_updates(params)

    def do_setWebhook(self, params: Params) -> bool:  # noqa: N802
        """As a local server does, which allows HTTP."""
        if not (url := params.get("url", "")):
            return self.do_deleteWebhook(params)
        if not re.match(r"https?://", url):
            raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = params.get("secret_token", "")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise ApiError(400, "Bad Request: secret token contains unallowed characters")
        if "allowed_updates" in params:
            self.server.allowed = params.json("allowed_updates")
        if params.json("drop_pending_updates"):
            self.server.pending.clear()
        self.server.webhook = Webhook(url, secret, params.number("max_connections", 40))
        self.server.start_bringing()
        return True

    def do_deleteWebhook(self, params: Params) -> bool:  # noqa: N802
        self.server.webhook = None
        if params.json("drop_pending_updates"):
            self.server.pending.clear()
        return True

    def do_getWebhookInfo(self, params: Params) -> dict[str, Any]:  # noqa: N802
        info: dict[str, Any] = {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.server.pending),
        }
        if webhook := self.server.webhook:
            info |= {"url": webhook.url, "max_connections": webhook.max_connections}
            if self.server.allowed:
                info["allowed_updates"] = list(self.server.allowed)
            if webhook.last_error:
                info["last_error_date"], info["last_error_message"] = webhook.last_error
        return info

    # Messages

    def do_sendMessage(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat = self._chat(params)
        return self._post(chat, params, {"text": _text(params)})

    def do_sendDocument(self, params: Params) -> dict[str, Any]:  # noqa: N802
        chat = self._chat(params)
        if "document" not in params.files:
            raise ApiError(400, "Bad Request: there is no document in the request")
        name, content = params.files["document"]
        document = {"file_id": f"BQAC{name}", "file_unique_id": "AgADdoc", "file_name": name}
        body: dict[str, Any] = {"document": {**document, "file_size": len(content)}}
        if caption := params.get("caption"):
            if _units(caption) > 1024:
                raise ApiError(400, "Bad Request: message caption is too long")
            body["caption"] = caption
        message = self._post(chat, params, body)
        chat.messages[-1].document = content
        return message

    def do_sendChatAction(self, params: Params) -> bool:  # noqa: N802
        self._chat(params)
        return True

    def do_editMessageText(self, params: Params) -> dict[str, Any]:  # noqa: N802
        shown = self._own(params)
        return self._edit(shown, {"text": _text(params), **_inline(params)})

    def do_editMessageReplyMarkup(self, params: Params) -> dict[str, Any]:  # noqa: N802
        shown = self._own(params)
        return self._edit(shown, {"text": shown.text, **_inline(params)})

    def do_deleteMessage(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params)
        shown = self._find(chat, params.number("message_id"))
        if not shown:
            raise ApiError(400, "Bad Request: message to delete not found")
        return self._delete([shown])

    def do_deleteMessages(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params)
        ids = params.json("message_ids")
        if not 1 <= len(ids) <= 100:
            raise ApiError(400, "Bad Request: too many messages to delete")
        return self._delete([shown for each in ids if (shown := self._find(chat, each))])

    def do_answerCallbackQuery(self, params: Params) -> bool:  # noqa: N802
        press = params.get("callback_query_id", "")
        made = int(press) if press.isdecimal() else 0
        if not 4_382_000_000 < made <= self.server._serials["press"]:
            raise ApiError(
                400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self.server.answered_presses.add(press)
        return True

    def do_leaveChat(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params)
        if chat.chat["type"] == "private":
            raise ApiError(400, "Bad Request: chat member status can't be changed in private chats")
        chat.has_bot = False  # type: ignore[union-attr]
        me = {key: self.server.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        change = {"chat": chat.chat, "from": me, "date": self.server.now()}
        self.server.push({"my_chat_member": {**change, **self.server.statuses("member", "left")}})
        return True

    # Common to them

    def _chat(self, params: Params) -> User | Group:
        chat_id = params.number("chat_id")
        if group := self.server.groups.get(chat_id):
            if not group.has_bot:
                raise ApiError(403, f"Forbidden: bot is not a member of the {group.chat['type']} chat")
            return group
        user = self.server.users.get(chat_id)
        if not user:
            raise ApiError(400, "Bad Request: chat not found")
        if user.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if not user.started:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return user

    def _post(self, chat: User | Group, params: Params, content: dict[str, Any]) -> dict[str, Any]:
        inline = _inline(params)
        me = {key: self.server.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        head = {"message_id": int(self.server.serial("message")), "from": me, "chat": chat.chat}
        message = {**head, "date": self.server.now(), **content, **inline}
        keyboard = (params.json("reply_markup") or {}).get("keyboard", [])
        options = {key: value for key, value in params.decoded().items() if key not in ("chat_id", "text")}
        said = [content.get("text", "")]
        chat.messages.append(Shown(message, by_bot=True, keyboard=keyboard, said=said, options=options))
        return message

    def _find(self, chat: User | Group, message_id: int) -> Shown | None:
        return next((shown for shown in chat.messages if shown.id == message_id and not shown.deleted), None)

    def _own(self, params: Params) -> Shown:
        shown = self._find(self._chat(params), params.number("message_id"))
        if not shown:
            raise ApiError(400, "Bad Request: message to edit not found")
        if not shown.by_bot:
            raise ApiError(400, "Bad Request: message can't be edited")
        return shown

    def _edit(self, shown: Shown, content: dict[str, Any]) -> dict[str, Any]:
        without = {key: value for key, value in shown.message.items() if key != "reply_markup"}
        edited = {**without, **content}
        if edited == shown.message:
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply markup "
                "are exactly the same as a current content and reply markup of the message",
            )
        shown.message = {**edited, "edit_date": self.server.now()}
        shown.said.append(shown.text)
        return shown.message

    def _delete(self, shown: list[Shown]) -> bool:
        if any(self.server.now() - each.message["date"] > TWO_DAYS for each in shown):
            raise ApiError(400, "Bad Request: message can't be deleted")
        for each in shown:
            each.deleted = True
        return True


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _text(params: Params) -> str:
    text = str(params.get("text", "")).strip()
    if not text:
        raise ApiError(400, "Bad Request: message text is empty")
    if _units(text) > 4096:
        raise ApiError(400, "Bad Request: message is too long")
    return text


def _inline(params: Params) -> dict[str, Any]:
    """The inline keyboard as part of a message; refused as Telegram refuses it."""
    markup = params.json("reply_markup") or {}
    rows = markup.get("inline_keyboard")
    if not rows:
        return {}
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise ApiError(
                400, 'Bad Request: can\'t parse inline keyboard button: Field "text" must be of type String'
            )
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        if len(button) < 2:
            raise ApiError(
                400,
                "Bad Request: can't parse inline keyboard button: "
                "Text buttons are unallowed in the inline keyboard",
            )
    return {"reply_markup": {"inline_keyboard": rows}}

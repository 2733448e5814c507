"""The people and groups on the other side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.support.botapi.shown import Shown

if TYPE_CHECKING:
    from tests.support.botapi.server import BotApi

Update = dict[str, Any]


@dataclass
class Press:
    """A pressed button, whose spinner turns until the bot answers."""

    server: BotApi
    update: Update

    @property
    def id(self) -> str:
        return str(self.update["callback_query"]["id"])

    @property
    def spins(self) -> bool:
        return self.id not in self.server.answered_presses

    async def answered(self) -> None:
        """Wait until the spinner stops."""
        await self.server.until(lambda: not self.spins, "an answer to the pressed button")


class _Chat:
    def __init__(self, server: BotApi, chat_id: int) -> None:
        self._server = server
        self.id = chat_id
        self.messages: list[Shown] = []
        self._heard = 0

    @property
    def inbox(self) -> list[Shown]:
        """What the bot said here and has not taken back."""
        return [shown for shown in self.messages if shown.by_bot and not shown.deleted]

    @property
    def screen(self) -> list[Shown]:
        """Everything still to be seen here."""
        return [shown for shown in self.messages if not shown.deleted]

    async def hears(self, within: float = 5) -> Shown:
        """The bot's next message here; waits for it."""
        said: list[Shown] = []

        def there() -> bool:
            said[:] = [shown for shown in self.messages if shown.by_bot]
            return len(said) > self._heard

        await self._server.until(there, f"another message in chat {self.id}: {self.messages}", within)
        self._heard += 1
        return said[self._heard - 1]

    async def hears_all(self, count: int) -> list[Shown]:
        """The bot's next `count` messages here; waits for them."""
        return [await self.hears() for _ in range(count)]

    def find(self, message: Shown | Update | int) -> Shown:
        """A message here, by itself, by the update that brought it, or by its id."""
        if isinstance(message, Shown):
            return message
        wanted = message["message"]["message_id"] if isinstance(message, dict) else message
        return next(shown for shown in self.messages if shown.id == wanted)


class User(_Chat):
    """A person with a private chat with the bot. What she does is an update, which is returned."""

    def __init__(self, server: BotApi, user_id: int, name: str, lang: str | None, is_bot: bool) -> None:
        super().__init__(server, user_id)
        self.user: dict[str, Any] = {"id": user_id, "is_bot": is_bot, "first_name": name}
        if lang:
            self.user["language_code"] = lang
        self.chat: dict[str, Any] = {"id": user_id, "first_name": name, "type": "private"}
        self.started = False
        self.blocked = False

    def says(self, text: str) -> Update:
        entities = {}
        if text.startswith("/"):
            length = len(text.split(maxsplit=1)[0].encode("utf-16-le")) // 2
            entities = {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}
        return self._sends({"text": text, **entities})

    def starts(self, payload: str = "") -> Update:
        """Open the bot through a link; `payload` is what stands behind `?start=`."""
        return self.says(f"/start {payload}".rstrip())

    def edits(self, message: Shown | Update | int, text: str) -> Update:
        shown = self.find(message)
        shown.message = {**shown.message, "text": text, "edit_date": self._server.now()}
        shown.said.append(text)
        return self._server.push({"edited_message": shown.message})

    def sends_sticker(self) -> Update:
        file = {"file_id": "CAACAgQ", "file_unique_id": "AgADsticker", "width": 512, "height": 512}
        kind = {"type": "regular", "is_animated": False, "is_video": False, "emoji": "🌸"}
        return self._sends({"sticker": {**file, **kind}})

    def sends_photo(self, caption: str = "") -> Update:
        sizes = [
            {
                "file_id": f"AgAC{w}",
                "file_unique_id": f"AQAD{w}",
                "width": w,
                "height": w,
                "file_size": w * 90,
            }
            for w in (90, 320, 800)
        ]
        return self._sends({"photo": sizes, **({"caption": caption} if caption else {})})

    def sends_voice(self, seconds: int = 4) -> Update:
        voice = {"file_id": "AwACAgU", "file_unique_id": "AgADvoice", "mime_type": "audio/ogg"}
        return self._sends({"voice": {**voice, "duration": seconds, "file_size": 9000}})

    def sends_location(self) -> Update:
        return self._sends({"location": {"latitude": 25.39, "longitude": 114.93}})

    def shares_contact(self, phone: str, owner: int | None = None) -> Update:
        """Share a contact: her own, or the one of the Telegram user `owner` (0: of nobody on Telegram)."""
        owner = self.id if owner is None else owner
        card = {"phone_number": phone, "first_name": self.user["first_name"]}
        return self._sends({"contact": {**card, **({"user_id": owner} if owner else {})}})

    def pins(self, message: Shown) -> Update:
        """A service message."""
        return self._sends({"pinned_message": message.message})

    def presses(self, label: str, message: Shown | None = None) -> Press:
        """Press the button of that label, under `message` or the last one that has it."""
        for shown in [message] if message else reversed(self.inbox):
            if label in shown.buttons:
                return self.presses_data(shown.buttons[label], shown)
        raise AssertionError(
            f"no button {label!r} in {self.inbox}: {[shown.buttons for shown in self.inbox]}"
        )

    def presses_data(self, data: str, message: Shown) -> Press:
        """Press a button whose data may be anything, as a forger could."""
        query = {
            "id": self._server.serial("press"),
            "from": self.user,
            "message": message.message,
            "chat_instance": str(-7_000_000_000 - self.id),
            "data": data,
        }
        return Press(self._server, self._server.push({"callback_query": query}))

    def taps_key(self, label: str, phone: str = "") -> Update:
        """Use a key of the reply keyboard: it says its label, or shares `phone` where it asks for that."""
        for shown in reversed(self.inbox):
            for key in (key for row in shown.keyboard for key in row if key["text"] == label):
                return self.shares_contact(phone) if key.get("request_contact") else self.says(label)
        raise AssertionError(f"no key {label!r} in {self.inbox}")

    def blocks(self) -> Update:
        self.blocked = True
        return self._membership("member", "kicked")

    def unblocks(self) -> Update:
        self.blocked = False
        return self._membership("kicked", "member")

    def _membership(self, before: str, after: str) -> Update:
        change = {"chat": self.chat, "from": self.user, "date": self._server.now()}
        return self._server.push({"my_chat_member": {**change, **self._server.statuses(before, after)}})

    def _sends(self, content: dict[str, Any]) -> Update:
        self.started = True
        return self._server.receive(self, self.user, content)


class Group(_Chat):
    """A group the bot was put into."""

    def __init__(self, server: BotApi, chat_id: int, title: str) -> None:
        super().__init__(server, chat_id)
        kind = "supergroup" if str(chat_id).startswith("-100") else "group"
        self.chat: dict[str, Any] = {"id": chat_id, "title": title, "type": kind}
        self.has_bot = False

    def invites_bot(self, by: User) -> Update:
        self.has_bot = True
        self._server.push(
            {
                "my_chat_member": {
                    "chat": self.chat,
                    "from": by.user,
                    "date": self._server.now(),
                    **self._server.statuses("left", "member"),
                }
            }
        )
        member = {key: self._server.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        return self._server.receive(self, by.user, {"new_chat_members": [member]})

    def says(self, by: User, text: str) -> Update:
        return self._server.receive(self, by.user, {"text": text})

    async def left(self) -> None:
        """Wait until the bot is out."""
        await self._server.until(lambda: not self.has_bot, "the bot to leave the group")

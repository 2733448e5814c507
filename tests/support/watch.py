"""Who is told what of an alert, as the outbox has it; and time that passes while nobody answers."""

from __future__ import annotations

from datetime import timedelta

from bot.channels.base import Letter
from storage.models import Address, Alert, AlertTold, Outgoing
from tests.support.town import Somebody, Town, person

COORDINATOR = person("coordinator-1")
NEIGHBOUR = person("coordinator-2")
ELSEWHERE = person("coordinator-3")
TOWNSHIP = person("township-1")
COLLEAGUE = person("township-2")
FAR_TOWNSHIP = person("township-3")
HOSPITAL = person("institution-1")
COUNTY = person("county-1")
WOMAN = person("woman-1")
STAFF = (COORDINATOR, NEIGHBOUR, ELSEWHERE, TOWNSHIP, COLLEAGUE, FAR_TOWNSHIP, HOSPITAL, COUNTY)


def told_in(text: str) -> bool:
    """Whether a letter is the alarm, and not word that somebody has taken it."""
    return text.startswith("【危急】")


class Watch:
    """Looks at one town."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def alarms(self, who: Somebody) -> list[Letter]:
        """The alarms written to her, those overtaken left out, oldest first."""
        rows = Outgoing.filter(contact_id=who.contact_id, kind="danger").exclude(state="expired")
        letters = [
            Letter.from_payload(row.id, row.payload)
            for row in await rows.using_db(self.town.database.reading).order_by("seq")
        ]
        return [letter for letter in letters if any(":ack~" in data for row in letter.buttons for _, data in row)
                or "收到" in letter.text]  # fmt: skip

    async def everything(self, who: Somebody) -> list[str]:
        return [letter.text for letter in await self.town.letters(who)]

    async def told(self) -> set[Somebody]:
        """Who was told of any alert."""
        rows = await AlertTold.all().using_db(self.town.database.reading)
        return {who for who in STAFF if who.contact_id in {row.contact_id for row in rows}}

    async def alerts(self) -> list[Alert]:
        return await Alert.all().using_db(self.town.database.reading).order_by("raised_at", "id")

    async def minutes(self, count: int) -> int:
        """Let time pass, minute by minute, sending what is due; how often an alert was told on."""
        told = 0
        for _ in range(count):
            await self.town.app.outbox.drain()
            self.town.clock.advance(minutes=1)
            told += await self.town.app.alerts.check()
        await self.town.app.outbox.drain()
        return told

    async def stranger_says(self, who: Somebody, text: str) -> list[str]:
        """Somebody nobody knows says this; what is answered."""
        ids = await Outgoing.all().using_db(self.town.database.reading).values_list("id", flat=True)
        before = {str(one) for one in ids}
        assert await self.town.submit(self.town.inbound(who, text)) == [None]
        index = self.town.database.keyring.blind("address", who.address)
        address = await Address.get(address_index=index, using_db=self.town.database.reading)
        rows = Outgoing.filter(contact_id=address.contact_id).using_db(self.town.database.reading)
        return [row.payload["text"] for row in await rows.order_by("seq") if row.id not in before]

    async def press(self, who: Somebody, what: str, number: int = -1) -> list[str]:
        """Press that button of the latest (or another) alarm; what is answered."""
        await self.town.app.outbox.drain()  # only what has arrived can be pressed
        letter = (await self.alarms(who))[number]
        (data,) = (data for row in letter.buttons for _, data in row if f":{what}~" in data)
        return await self.press_data(who, data)

    async def press_data(self, who: Somebody, data: str) -> list[str]:
        before = len(await self.everything(who))
        assert await self.town.submit(self.town.inbound(who, "", kind="button", button=data)) == [None]
        return (await self.everything(who))[before:]

    async def enrol(self) -> None:
        """李梅, on the roster of 杨梅坑村 with her own phone."""
        await self.town.say(
            COORDINATOR, "李梅怀孕了，末次月经9月3号，电话19900000101，是她本人的", "就这些", "对"
        )


TEN_MINUTES = timedelta(minutes=10)

"""An old phone with a SIM that runs the gateway app, as the protocol page says it behaves: it calls, brings what
came in and what became of things until it has an answer, and sends what it is told, each id once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

STEPS = {"UNSENT": "PENDING", "PENDING": "SENT", "SENT": "DELIVERED"}


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP basic auth."""
    return {"Authorization": aiohttp.encode_basic_auth(user, password)}


class Lost(Exception):
    """The call failed, or its answer never came."""


@dataclass
class Phone:
    """`loses` of its calls never arrive, or arrive and their answer is lost, by chance."""

    session: aiohttp.ClientSession
    url: str
    login: Mapping[str, str]
    chance: Random = field(default_factory=lambda: Random(1))
    loses: float = 0.0
    repeats: bool = False
    """Whether it brings again what was acknowledged already."""
    sim: list[tuple[str, str]] = field(default_factory=list)
    """What the SIM sent: number and text."""
    _known: dict[str, str] = field(default_factory=dict)
    _texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    _inbox: list[dict[str, Any]] = field(default_factory=list)
    _updates: list[dict[str, str]] = field(default_factory=list)
    _acknowledged: list[tuple[list[dict[str, Any]], list[dict[str, str]]]] = field(default_factory=list)

    def receives(self, number: str, text: str, at: int, **more: Any) -> None:
        """Somebody writes to it; `at` in milliseconds."""
        told = {"id": f"in-{len(self._inbox)}-{at}-{number}-{text}"[:60], "from": number, "content": text}
        self._inbox.append({**told, "sms_sent": at, "sms_received": at + 1000, **more})

    async def calls(self) -> list[dict[str, Any]]:
        """One call; what it was told. Raises `Lost`."""
        messages, updates = list(self._inbox), list(self._updates)
        if self.repeats and self._acknowledged:
            old = self.chance.choice(self._acknowledged)
            messages, updates = old[0] + messages, old[1] + updates
        if self.chance.random() < self.loses / 2:
            raise Lost("never arrived")
        answer = await self.post({"messages": messages, "updates": updates})
        if self.chance.random() < self.loses / 2:
            raise Lost("the answer was lost")
        self._acknowledged.append((messages, updates))
        self._inbox = [one for one in self._inbox if one not in messages]
        self._updates = [one for one in self._updates if one not in updates]
        told: list[dict[str, Any]] = answer["messages"]
        for message in told:
            if message["id"] not in self._known:
                self._texts[message["id"]] = message
                self._becomes(message["id"], "UNSENT")
        return told

    def works(self) -> None:
        """Everything it has goes one step on."""
        for told, status in list(self._known.items()):
            if status in STEPS:
                self._becomes(told, STEPS[status])
                if STEPS[status] == "SENT":
                    self.sim.append((self._texts[told]["to"], self._texts[told]["content"]))

    def fails(self, told: str) -> None:
        """It cannot send this one."""
        self._becomes(told, "FAILED")

    def done(self) -> bool:
        """Whether there is nothing left to do or to tell."""
        return not self._inbox and not self._updates and not STEPS.keys() & set(self._known.values())

    async def post(self, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/api/sms", json=body, headers=self.login) as answer:
            said: dict[str, Any] = await answer.json()
            if answer.status != 200:
                raise Lost(f"{answer.status} {said}")
            return said

    def _becomes(self, told: str, status: str) -> None:
        self._known[told] = status
        update = {"id": told, "status": status}
        self._updates.append({**update, "reason": "no service"} if status == "FAILED" else update)

"""Where gateways call: who may, how much, and what they are told when it goes wrong."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.channels.base import Accepted, Outcome
from bot.channels.sms.gateway import Answer, BadCall, Call, Capabilities, Handler, Login
from bot.channels.sms.reception import routes
from tests.support.provider import serving

PATH = "/sms/test"


class Listener:
    """A gateway that only listens."""

    capabilities = Capabilities(free_text=True, receipts=True, incoming=True)
    signature = tail = ""

    def __init__(self, name: str, login: Login | None) -> None:
        self.name, self.login = name, login
        self.calls: list[Call] = []
        self.error: Exception | None = None
        self.routes: Mapping[tuple[str, str], Handler] = {("POST", PATH): self.hear}

    def carries(self, text: str) -> bool:
        return True

    async def send(self, number: str, text: str, message_id: str) -> Outcome:
        return Accepted()

    async def hear(self, call: Call) -> Answer:
        self.calls.append(call)
        if self.error:
            raise self.error
        return Answer({"heard": len(call.body)})


@pytest.fixture
def one() -> Listener:
    return Listener("one", Login("one", "password of one"))


@pytest.fixture
def two() -> Listener:
    return Listener("two", Login("two", "password of two"))


@pytest.fixture
async def url(one: Listener, two: Listener) -> AsyncIterator[str]:
    async with serving([one, two], max_body=1000) as url:
        yield url + PATH


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def call(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: bytes = b"x"
) -> tuple[int, object]:
    async with session.post(url, headers=headers, data=body) as answer:
        return answer.status, await answer.json()


async def test_each_gateway_is_known_by_its_login(
    session: aiohttp.ClientSession, url: str, one: Listener, two: Listener
) -> None:
    assert await call(session, url, basic("two", "password of two"), b"abc") == (200, {"heard": 3})
    assert (len(one.calls), len(two.calls)) == (0, 1)


async def test_a_service_that_cannot_log_in_may_say_it_in_the_address(
    session: aiohttp.ClientSession, url: str, one: Listener
) -> None:
    status, _ = await call(session, url + "?user=one&key=password+of+one", {})
    assert (status, len(one.calls)) == (200, 1)


NOBODY = {
    "nothing": {},
    "another's password": basic("one", "password of two"),
    "no password": basic("one", ""),
    "an unknown user": basic("three", "password of one"),
    "not basic": {"Authorization": "Bearer password of one"},
    "no base64": {"Authorization": "Basic ***"},
    "rubbish": {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()},
    "empty": {"Authorization": "Basic "},
}


@pytest.mark.parametrize("case", NOBODY)
async def test_nobody_else_is_heard(
    session: aiohttp.ClientSession, url: str, one: Listener, two: Listener, case: str
) -> None:
    async with session.post(url, headers=NOBODY[case], data=b"x") as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert await answer.json() == {"error": True, "message": "unknown user or wrong password"}
    assert not one.calls
    assert not two.calls


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
async def test_a_body_is_bounded(
    session: aiohttp.ClientSession, url: str, one: Listener, chunked: bool
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b"x" * 100

    body = chunks() if chunked else b"x" * 1001
    async with session.post(url, headers=basic("one", "password of one"), data=body) as answer:
        assert answer.status == 413
        assert (await answer.json())["error"] is True
    assert not one.calls


async def test_what_cannot_be_read_is_said_so(
    session: aiohttp.ClientSession, url: str, one: Listener
) -> None:
    one.error = BadCall("no sender")
    assert await call(session, url, basic("one", "password of one")) == (
        400,
        {"error": True, "message": "no sender"},
    )


async def test_what_is_not_stored_is_to_come_again_and_no_word_of_it_is_logged(
    session: aiohttp.ClientSession, url: str, one: Listener
) -> None:
    one.error = RuntimeError("怀孕 李梅 13800001234")
    with capture_logs() as logs:
        status, said = await call(session, url, basic("one", "password of one"), "李梅".encode())
    assert status == 503
    assert "李梅" not in repr((said, logs))
    assert "13800001234" not in repr((said, logs))
    assert [entry["event"] for entry in logs] == ["sms.call_failed"]


def test_what_comes_in_needs_a_login() -> None:
    with pytest.raises(ValueError, match="needs a login"):
        routes([Listener("open", None)])


@pytest.mark.parametrize(("user", "password"), [("", "a long enough one"), ("kannel", "short")])
def test_a_poor_login_is_refused(user: str, password: str) -> None:
    with pytest.raises(ValueError, match="12 characters"):
        Login(user, password)


def test_a_login_is_never_shown() -> None:
    assert "password of one" not in repr(Login("one", "password of one"))

"""The page is for this computer's own browser, on a demonstration database, and for nobody else."""

from __future__ import annotations

import socket

import pytest

from bot import demo
from bot.demo import NotADemonstration, SimClock
from bot.web.inbox import CountyInbox
from bot.web.simulator import BindRefused, loopback_socket, run_demo
from storage.database import Database
from storage.models import Place
from tests.support.clock import FakeClock
from tests.support.demo_page import SECRET, Page
from tests.support.echo import EchoProgram, chinese

SAY = {"phone": "chat:coordinator-1", "text": "怀孕"}


@pytest.mark.parametrize(
    "path", ["", "demo/state", "demo/events", "demo/women", "demo/women/x", "static/simulator.js"]
)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1:1", "192.168.1.7:{port}"])
async def test_another_host_name_is_refused(page: Page, path: str, host: str) -> None:
    port = page.url.rstrip("/").rpartition(":")[2]
    async with page.http.get(page.url + path, headers={"Host": host.format(port=port)}) as answer:
        assert answer.status == 421
        assert "coordinator" not in await answer.text()


async def test_localhost_is_this_computer_too(page: Page) -> None:
    port = page.url.rstrip("/").rpartition(":")[2]
    async with page.http.get(page.url, headers={"Host": f"LOCALHOST:{port}"}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1", ""]
)
@pytest.mark.parametrize(("path", "said"), [("demo/say", SAY), ("demo/clock", {"hours": 1})])
async def test_a_post_from_another_page_does_nothing(
    page: Page, origin: str, path: str, said: object
) -> None:
    before = page.clock.ahead
    assert await page.post(path, said, Origin=origin) == 403
    assert page.program.pipeline.heard == []
    assert page.clock.ahead == before


async def test_a_foreign_page_cannot_even_deliver_to_the_county(page: Page) -> None:
    assert await page.post("demo/county", {}, Origin="http://evil.example") == 403


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_a_post_that_a_form_could_make_is_refused(page: Page, content_type: str) -> None:
    assert await page.post("demo/say", SAY, **{"Content-Type": content_type}) == 415
    assert page.program.pipeline.heard == []


async def test_other_methods_are_refused(page: Page) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        async with page.http.request(method, page.url + "demo/say") as answer:
            assert answer.status == 405
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["", "demo/state", "nowhere"])
async def test_every_answer_carries_the_security_headers(page: Page, path: str) -> None:
    async with page.http.get(page.url + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_page_keeps_its_own_policy(page: Page) -> None:
    async with page.http.get(page.url) as answer:
        html = await answer.text()
    assert "style=" not in html
    assert "<style" not in html
    assert " on" + "click=" not in html
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "example.org"])  # noqa: S104
def test_no_other_address_is_bound(host: str) -> None:
    with pytest.raises(BindRefused, match=r"127\.0\.0\.1"):
        loopback_socket(0, host)


async def test_a_socket_bound_elsewhere_is_not_served(database: Database, clock: FakeClock) -> None:
    sim_clock = SimClock(clock)
    await demo.seed(database, sim_clock)
    with socket.socket() as everywhere:
        everywhere.bind(("0.0.0.0", 0))  # noqa: S104
        with pytest.raises(BindRefused):
            await run_demo(
                EchoProgram(database, sim_clock),
                everywhere,
                clock=sim_clock,
                inbox=CountyInbox(SECRET, sim_clock, clock),
                render=chinese,
            )


async def test_a_real_database_is_not_opened(database: Database, clock: FakeClock) -> None:
    async with database.transaction() as tx:
        await Place.create(id="real", kind="county", name="真实的县", programme="national", using_db=tx)
    sim_clock = SimClock(clock)
    with pytest.raises(NotADemonstration):
        await demo.check_demonstration(database)
    with pytest.raises(NotADemonstration):
        await demo.seed(database, sim_clock)
    with loopback_socket(0) as sock, pytest.raises(NotADemonstration):
        await run_demo(
            EchoProgram(database, sim_clock),
            sock,
            clock=sim_clock,
            inbox=CountyInbox(SECRET, sim_clock, clock),
            render=chinese,
        )
    assert await Place.all().count() == 1

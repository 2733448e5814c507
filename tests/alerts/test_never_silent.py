"""Whatever happens when: before somebody takes it nobody waits longer than ten minutes for the next word, and after
that nobody hears anything but who took it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import demo
from storage.crypto import Keyring
from storage.models import Alert, Contact, Outgoing
from tests.support.clock import FakeClock
from tests.support.databases import opened, sqlite_url
from tests.support.town import Somebody, wired
from tests.support.watch import COLLEAGUE, COORDINATOR, COUNTY, TOWNSHIP, Watch, told_in

TEN = timedelta(minutes=10)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 1500)),  # seconds
        st.tuples(
            st.just("says"),
            st.sampled_from(["血止不住", "她抽搐了", "李梅流血了", "还在流血", "张桂花肚子痛得厉害"]),
        ),
        st.tuples(st.just("word"), st.sampled_from([TOWNSHIP, COLLEAGUE, COUNTY, COORDINATOR])),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("channel"), st.booleans()),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_never_silent_before_and_never_loud_after(plan: list[tuple[str, object]]) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), plan))


async def play(folder: Path, plan: list[tuple[str, object]]) -> None:
    """The plan, with a worker that looks at the alerts at the second they are due."""
    clock = FakeClock()
    keyring = Keyring([bytes(range(32))], bytes(range(32, 64)))
    async with opened(sqlite_url(folder), keyring) as database:
        await demo.seed(database, clock)
        async with database.transaction() as tx:
            await Contact.all().using_db(tx).update(locale="zh_CN")
        async with wired(database, clock) as first:
            watch = Watch(first)
            await first.say(COORDINATOR, "李梅流血了")
            sending = True
            for what, value in [*plan, ("wait", 700)]:
                clock.advance(milliseconds=1)
                if what == "wait":
                    assert isinstance(value, int)
                    await passes(watch, timedelta(seconds=value), sending)
                elif what == "says":
                    await watch.town.say(COORDINATOR, str(value))
                elif what == "word":
                    assert isinstance(value, Somebody)
                    await watch.town.say(value, "收到")
                elif what == "channel":
                    sending = bool(value)
                else:
                    async with wired(database, clock) as again:
                        await again.app.alerts.check()
            await holds(watch, clock())


async def passes(watch: Watch, span: timedelta, sending: bool) -> None:
    """Time goes from one moment at which something is due to the next."""
    town, end = watch.town, watch.town.clock() + span
    while True:
        due = [alert.next_check_at for alert in await watch.alerts() if alert.next_check_at]
        now = min([end, *(moment for moment in due if moment > town.clock())])
        town.clock.set(now)
        await town.app.alerts.check()
        if sending:
            await town.app.outbox.drain()
        if now == end:
            return


async def holds(watch: Watch, now: datetime) -> None:
    database = watch.town.database.reading
    alerts = await Alert.all().using_db(database)
    assert alerts
    letters = await Outgoing.filter(kind="danger").using_db(database).order_by("created_at")
    for alert in alerts:
        told = sorted({one.created_at for one in letters if about(one, alert)})
        end = alert.acknowledged_at or now
        assert told[0] == alert.raised_at  # at once
        heard = [moment for moment in told if moment <= end]
        for earlier, later in zip(heard, [*heard[1:], end], strict=True):
            assert later - earlier <= TEN
        if alert.acknowledged_at is not None:
            assert alert.next_check_at is None
            assert not [one for one in letters if about(one, alert) and one.created_at > end]
            assert not [one for one in letters if about(one, alert) and one.state == "queued"]
    takers = {alert.acknowledged_by_id for alert in alerts}
    for one in letters:
        if told_in(one.payload["text"]) and not one.payload["buttons"]:
            assert one.contact_id in takers  # more of it is told to whoever took it


def about(letter: Outgoing, alert: Alert) -> bool:
    """Whether this letter is an alarm of that alert."""
    return any(alert.id in data for row in letter.payload["buttons"] for _, data in row)

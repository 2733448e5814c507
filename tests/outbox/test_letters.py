from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.channels.base import Accepted, Later, Letter, Refused
from bot.outbox import Drop, as_stored
from bot.outbox.states import OUTGOING
from storage.models import Address, Outgoing
from tests.support.post import Post
from tests.support.waiting import running, until

KINDS = ("reply", "danger", "reminder", "condolence", "notice", "urgent")
AGAIN = ("reply", "danger")


async def test_a_letter_goes_out_once(post: Post) -> None:
    (letter,) = await post.write("你好")
    outbox = post.outbox()
    await outbox.drain()
    await outbox.drain()
    assert post.chat.sent == [("address of c1", "你好")]
    row = await post.row(letter)
    assert (row.state, row.attempts, row.provider_message_id, row.lease_until) == ("sent", 1, "m1", None)


async def test_nothing_leaves_before_it_is_due(post: Post) -> None:
    await post.write("later", due=timedelta(minutes=5))
    await post.outbox().drain()
    assert post.chat.sent == []
    post.clock.advance(minutes=5)
    await post.outbox().drain()
    assert post.chat.texts == ["later"]


async def test_a_contact_reads_replies_in_the_order_they_were_written(post: Post) -> None:
    await post.write("1", "2", "3")
    post.chat.script = [Later("busy")]
    outbox = post.outbox()
    await outbox.drain()
    assert post.chat.texts == ["1"]  # the others wait for it
    post.clock.advance(seconds=3)
    await outbox.drain()
    assert post.chat.texts == ["1", "1", "2", "3"]


async def test_contacts_do_not_wait_for_each_other(post: Post) -> None:
    await post.write("to one", to="c1")
    await post.write("to two", to="c2")
    post.chat.script = [Later("busy")]
    await post.outbox().drain()
    assert sorted(post.chat.texts) == ["to one", "to two"]


async def test_a_reminder_being_tried_again_holds_up_no_reply(post: Post) -> None:
    (reminder,) = await post.write("reminder", kind="reminder")
    post.chat.script = [Later("busy")]
    await post.outbox().drain()
    await post.write("reply")
    await post.outbox().drain()
    assert post.chat.texts == ["reminder", "reply"]
    assert (await post.row(reminder)).state == "queued"


async def test_a_reminder_waits_for_a_reply(post: Post) -> None:
    await post.write("reply")
    await post.write("reminder", kind="reminder")
    post.chat.script = [Later("busy")]
    await post.outbox().drain()
    assert post.chat.texts == ["reply"]


async def test_danger_goes_before_everything_and_waits_for_no_reply(post: Post) -> None:
    await post.write("reply to her")
    await post.write("reply to another", to="c2")
    await post.write("danger", to="c3", kind="danger")
    await post.write("danger to her", kind="danger")
    outbox = post.outbox(at_once=1)
    await outbox.drain()
    assert post.chat.texts == ["danger", "danger to her", "reply to her", "reply to another"]


async def test_what_cannot_wait_does_not_wait_for_what_does(post: Post) -> None:
    """A notice that leaves in the morning holds back no death; what is said after it keeps its order."""
    await post.write("in the morning", kind="notice", due=timedelta(hours=3))
    await post.write("a death", "another", kind="urgent")
    await post.write("also in the morning", kind="reminder")
    await post.outbox().drain()
    assert post.chat.texts == ["a death", "another"]
    post.clock.advance(hours=3)
    await post.outbox().drain()
    assert post.chat.texts == ["a death", "another", "in the morning", "also in the morning"]


async def test_one_channel_does_not_wait_for_another(post: Post) -> None:
    await post.write("by SMS", channel="sms")
    await post.write("by chat", channel="chat")
    post.sms.script = [Later("gateway away")]
    await post.outbox().drain()
    assert (post.sms.texts, post.chat.texts) == (["by SMS"], ["by chat"])


async def test_a_slow_channel_holds_up_only_itself(post: Post) -> None:
    post.sms.gate = asyncio.Event()
    await post.write("slow", channel="sms")
    async with running(outbox := post.outbox()):
        await until(post.sms.was_asked)
        (letter,) = await post.write("quick", channel="chat")
        outbox.wake()
        await until(lambda: post.has(letter, "sent"))
        post.sms.gate.set()
    assert (post.sms.texts, post.chat.texts) == (["slow"], ["quick"])


async def test_a_channel_carries_no_more_at_a_time_than_it_may(post: Post) -> None:
    for n in range(12):
        await post.write(f"to {n}", to=f"c{n}")
    await post.outbox(at_once=4).drain()
    assert len(post.chat.sent) == 12
    assert post.chat.busiest == 4


async def test_a_running_outbox_hears_of_new_letters(post: Post) -> None:
    async with running(outbox := post.outbox()):
        (letter,) = await post.write("你好")
        outbox.wake()
        await until(lambda: post.has(letter, "sent"))


async def test_a_running_outbox_with_few_hands_gets_through_them_all(post: Post) -> None:
    letters = [*await post.write("1", "2", to="c1"), *await post.write("3", to="c2")]
    async with running(post.outbox(at_once=1)):
        for letter in letters:
            await until(partial(post.has, letter, "sent"))


async def test_stopping_waits_for_what_is_under_way(post: Post) -> None:
    post.chat.gate = asyncio.Event()
    (letter,) = await post.write("你好")
    async with running(post.outbox()):
        await until(post.chat.was_asked)
        asyncio.get_running_loop().call_later(0.05, post.chat.gate.set)
    assert await post.has(letter, "sent")


async def test_stopping_leaves_a_channel_that_hangs_to_its_lease(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox.courier.GRACE", timedelta(milliseconds=50))
    post.chat.gate = asyncio.Event()
    (letter,) = await post.write("你好")
    async with running(post.outbox()):
        await until(post.chat.was_asked)
    assert post.chat.under_way == 0
    assert await post.has(letter, "sending")
    post.chat.gate = None
    post.clock.advance(minutes=3)
    await post.outbox().drain()
    assert post.chat.texts == ["你好", "你好"]


async def test_an_expired_letter_is_not_sent_and_holds_up_nobody(post: Post) -> None:
    (old,) = await post.write("old", expires=timedelta(hours=1))
    await post.write("newer", expires=timedelta(hours=3))
    post.clock.advance(hours=2)
    await post.outbox().drain()
    assert post.chat.texts == ["newer"]
    assert (await post.row(old)).state == "expired"


async def test_a_letter_that_would_be_tried_after_its_expiry_ends_there(post: Post) -> None:
    (letter,) = await post.write("soon over", expires=timedelta(seconds=20))
    post.chat.script = [Later("flood", timedelta(seconds=60))]
    await post.outbox().drain()
    row = await post.row(letter)
    assert (row.state, row.error) == ("expired", "flood")


async def test_refused_is_dead_and_holds_up_nobody(post: Post) -> None:
    dead, sent = await post.write("1", "2")
    post.chat.script = [Refused("chat not found")]
    await post.outbox().drain()
    assert await post.states([dead, sent]) == ["dead", "sent"]
    assert (await post.row(dead)).error == "chat not found"


async def test_an_address_that_blocked_us_is_marked_and_no_other(post: Post) -> None:
    await post.write("你好")
    hers = await post.address("c1", "chat", "address of c1")
    by_sms = await post.address("c1", "sms", "address of c1")
    post.chat.script = [Refused("blocked by the user", blocked=True)]
    await post.outbox().drain()
    found = {row.id: row.state for row in await Address.all().using_db(post.database.reading)}
    assert found == {hers.id: "blocked", by_sms.id: "active"}


@pytest.mark.parametrize("kind", KINDS)
async def test_after_a_crash_the_kind_decides(post: Post, kind: str) -> None:
    (letter,) = await post.crashed("in doubt", kind=kind)
    await post.outbox().drain()
    assert post.chat.sent == []  # the lease still runs: somebody may be at it
    post.clock.advance(minutes=3)
    await post.outbox().drain()
    if kind in AGAIN:
        assert post.chat.texts == ["in doubt"]
        assert (await post.row(letter)).state == "sent"
    else:
        assert post.chat.sent == []
        assert (await post.row(letter)).state == "unknown"
        post.clock.advance(days=30)
        await post.outbox().drain()
        assert post.chat.sent == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lost_answer_is_a_doubt_too(post: Post, kind: str) -> None:
    (letter,) = await post.write("in doubt", kind=kind)
    post.chat.script = [Later("answer lost", doubt=True)]
    await post.outbox().drain()
    assert (await post.row(letter)).state == ("queued" if kind in AGAIN else "unknown")
    post.clock.advance(hours=1)
    await post.outbox().drain()
    assert post.chat.texts == ["in doubt"] * (2 if kind in AGAIN else 1)


async def test_a_mistake_in_a_channel_is_a_doubt_and_stops_nothing(post: Post) -> None:
    broken, fine = await post.write("1", kind="notice") + await post.write("2", to="c2")
    post.chat.script = [RuntimeError("say nothing of 13800000000")]
    await post.outbox(at_once=1).drain()
    # the reply goes first, so it meets the mistake, and is sent again
    assert await post.states([broken, fine]) == ["sent", "queued"]
    assert (await post.row(fine)).error == "channel failed"


async def test_where_one_process_only_works_a_restart_settles_its_past_at_once(post: Post) -> None:
    if post.database.dialect != "sqlite":
        pytest.skip("several processes share PostgreSQL: leases must run out")
    reply, notice = await post.crashed("reply") + await post.crashed("notice", kind="notice")
    async with running(post.outbox()):
        await until(lambda: post.has(reply, "sent"))
        await until(lambda: post.has(notice, "unknown"))
    assert post.chat.texts == ["reply"]


async def test_a_mark_without_the_lease_changes_nothing(post: Post) -> None:
    (letter,) = await post.write("slow", kind="notice")
    post.chat.gate = asyncio.Event()
    slow = asyncio.create_task(post.outbox().drain())
    await until(post.chat.was_asked)
    post.clock.advance(minutes=5)
    await post.outbox().drain()  # another worker finds the lease run out
    assert (await post.row(letter)).state == "unknown"
    post.chat.gate.set()
    await slow
    assert (await post.row(letter)).state == "unknown"


async def test_a_letter_is_looked_at_again_just_before_it_leaves(
    post: Post, dropping: Callable[[str], Any]
) -> None:
    gone, here = await post.write("reason gone", "still right", kind="reminder")
    await post.outbox(recheck=dropping("reason gone")).drain()
    assert post.chat.texts == ["still right"]
    row = await post.row(gone)
    assert (row.state, row.error) == ("expired", "reason gone")
    assert (await post.row(here)).state == "sent"


async def test_quiet_hours_put_a_letter_off(post: Post) -> None:
    (letter,) = await post.write("good night", kind="reminder", expires=timedelta(days=2))
    morning = timedelta(hours=9)

    async def quiet(row: Outgoing) -> Letter | Drop | Later:
        return Later("quiet hours", morning)

    await post.outbox(recheck=quiet).drain()
    row = await post.row(letter)
    assert (row.state, row.error) == ("queued", "quiet hours")
    assert row.due_at - post.clock() >= morning


async def test_the_last_look_may_change_words_and_address(post: Post) -> None:
    await post.write("old words", kind="reminder")

    async def made_now(row: Outgoing) -> Letter | Drop | Later:
        row.address = "her new phone"
        return Letter(row.id, "new words")

    await post.outbox(recheck=made_now).drain()
    assert post.chat.sent == [("her new phone", "new words")]


async def test_a_last_look_that_fails_sends_nothing(post: Post) -> None:
    (letter,) = await post.write("words", kind="reminder")

    async def broken(row: Outgoing) -> Letter | Drop | Later:
        raise KeyError("13800000000")

    await post.outbox(recheck=broken).drain()
    assert post.chat.sent == []
    assert (await post.row(letter)).error == "recheck failed"
    post.clock.advance(hours=1)
    await post.outbox(recheck=as_stored).drain()
    assert post.chat.texts == ["words"]


async def test_a_damaged_letter_is_set_aside(post: Post) -> None:
    damaged, fine = await post.write("damaged") + await post.write("fine", to="c2")
    async with post.database.transaction() as tx:
        await tx.execute_query(f"UPDATE outgoing SET payload = address WHERE id = '{damaged}'")  # noqa: S608
    await post.outbox().drain()
    assert post.chat.texts == ["fine"]
    assert await post.has(fine, "sent")
    (row,) = await Outgoing.filter(id=damaged).using_db(post.database.reading).only("state", "error")
    assert (row.state, row.error) == ("dead", "unreadable")


async def test_two_workers_never_send_the_same_letter(post: Post) -> None:
    for n in range(40):
        await post.write(f"{n} a", f"{n} b", f"{n} c", to=f"c{n}")
    await asyncio.gather(*(post.outbox(at_once=7).drain() for _ in range(3)))
    await post.outbox().drain()
    assert len(post.chat.texts) == len(set(post.chat.texts)) == 120
    for n in range(40):
        assert [t for t in post.chat.texts if t.startswith(f"{n} ")] == [f"{n} a", f"{n} b", f"{n} c"]


async def test_a_failing_database_loses_no_mark(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.courier.AFTER_FAILURE", timedelta(milliseconds=10))
    (letter,) = await post.write("你好", kind="notice")
    outbox = post.outbox()
    shelf = outbox._couriers[0]._shelf
    mark, failures = shelf.mark, iter([True, True])

    async def failing(*args: Any) -> None:
        if next(failures, False):
            raise OSError("disk full")
        await mark(*args)

    monkeypatch.setattr(shelf, "mark", failing)
    async with running(outbox):
        await until(lambda: post.has(letter, "sent"))
    assert post.chat.texts == ["你好"]


async def test_long_names_of_messages_fit(post: Post) -> None:
    (letter,) = await post.write("你好")
    post.chat.script = [Accepted("x" * 500)]
    await post.outbox().drain()
    assert (await post.row(letter)).provider_message_id == "x" * 80


async def test_every_state_a_letter_reached_is_in_the_table(post: Post) -> None:
    await post.write("1", "2", "3", "4", kind="notice")
    post.chat.script = [Refused("no"), Later("lost", doubt=True), Accepted()]
    await post.outbox().drain()
    found = await Outgoing.all().using_db(post.database.reading).values_list("state", flat=True)
    assert sorted(map(str, found)) == ["dead", "sent", "sent", "unknown"]
    assert set(map(str, found)) <= set(OUTGOING.steps)

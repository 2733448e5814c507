from __future__ import annotations

import json
from datetime import timedelta, timezone

from bot.channels.base import Later, Refused
from bot.outbox import Line, as_json, as_text, outbox_rows, retry
from tests.support.post import Post


async def lines(post: Post) -> list[Line]:
    return await outbox_rows(post.database, post.clock())


async def test_what_went_well_is_not_listed(post: Post) -> None:
    await post.write("sent")
    await post.outbox().drain()
    await post.write("just written")
    await post.write("planned", due=timedelta(days=3), kind="reminder")
    assert await lines(post) == []
    assert as_json([]) == ""


async def test_each_trouble_has_its_line(post: Post) -> None:
    dead, unknown, retrying = (
        *await post.write("dead", to="c1"),
        *await post.write("unknown", to="c2", kind="notice"),
        *await post.write("retrying", to="c3", kind="reminder"),
    )
    post.chat.script = [Refused("chat not found"), Later("lost", doubt=True), Later("flood")]
    await post.outbox(at_once=1).drain()
    (waiting,) = await post.write("waiting", to="c4", channel="pigeon")
    post.clock.advance(minutes=15)
    found = await lines(post)
    due = (await post.row(retrying)).due_at
    assert found == [
        Line(dead, "chat", "reply", "dead", 1, None, None, "chat not found"),
        Line(unknown, "chat", "notice", "unknown", 1, None, None, "lost"),
        Line(retrying, "chat", "reminder", "retrying", 1, due, None, "flood"),
        Line(waiting, "pigeon", "reply", "waiting", 0, found[3].next, None, None),
    ]


async def test_a_table_for_the_terminal_and_json_for_programs(post: Post) -> None:
    (letter,) = await post.write("words of hers", kind="reminder")
    post.chat.script = [Later("flood", timedelta(minutes=10))]
    await post.outbox().drain()
    found = await lines(post)
    due = (await post.row(letter)).due_at
    heading, row = as_text(found).splitlines()
    assert heading.split() == ["id", "to", "what", "state", "attempts", "next", "status", "error"]
    in_the_county = due.astimezone(timezone(timedelta(hours=8))).strftime("%Y-%m-%d %H:%M:%S")
    assert row.split() == f"{letter} chat reminder retrying 1 {in_the_county} - flood".split()
    assert json.loads(as_json(found)) == {
        "id": letter,
        "to": "chat",
        "what": "reminder",
        "state": "retrying",
        "attempts": 1,
        "next": due.isoformat(),
        "status": None,
        "error": "flood",
    }
    for shown in (as_text(found), as_json(found)):
        assert "words" not in shown
        assert "address" not in shown


async def test_retry_by_hand(post: Post) -> None:
    dead, unknown, retrying, sent, late = (
        *await post.write("dead", to="c1"),
        *await post.write("unknown", to="c2", kind="notice"),
        *await post.write("retrying", to="c3", kind="reminder"),
        *await post.write("sent", to="c4", kind="reminder"),
        *await post.write("late", to="c5", kind="reminder", expires=timedelta(minutes=1)),
    )
    post.chat.script = [Refused("no"), Later("lost", doubt=True), Later("flood", timedelta(hours=1))]
    await post.outbox(at_once=1).drain()
    post.clock.advance(minutes=2)
    (expired,) = await post.write("died and expired", to="c6", state="dead", expires=timedelta())
    nothing = ["no such id", "x" * 40, "x" * 4000]
    became = await retry(
        post.database, [dead, unknown, retrying, sent, late, expired, *nothing], post.clock()
    )
    assert became == {
        dead: "queued",
        unknown: "queued",
        retrying: "queued",
        sent: "unchanged",
        late: "unchanged",
        expired: "expired",
        **dict.fromkeys(nothing, "unknown id"),
    }
    post.chat.sent.clear()
    await post.outbox().drain()
    assert sorted(post.chat.texts) == ["dead", "retrying", "unknown"]
    assert await lines(post) == [
        Line(expired, "chat", "reply", "dead", 0, None, None, None),
    ]

"""A simulation in a few lines: how much was said to whom, what it costs, what was owed and when it was done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from bot.channels.sms.parts import sms_length
from bot.simulate.log import Event
from bot.simulate.run import World

SIGNATURE = "【孕管助手】"
"""Goes before every SMS, and is paid for."""
_LETTERS = ("said", "reminded", "alerted", "escalated")


def letters(log: Iterable[Event]) -> Iterator[Event]:
    """The events that are a letter on somebody's phone: what a digest stands for is not another one."""
    return (one for one in log if one["kind"] in _LETTERS and one["text"])


def sms_parts(log: Iterable[Event]) -> int:
    """Parts of all SMS that were sent."""
    return sum(
        sms_length(SIGNATURE + str(one["text"])).parts for one in letters(log) if one["channel"] == "sms"
    )


def summary(world: World, log: Sequence[Event], price: float) -> str:
    """Plain text. `price`: of one SMS part, in yuan."""
    return "\n".join(_lines(world, log, price)) + "\n"


def _lines(world: World, log: Sequence[Event], price: float) -> Iterator[str]:
    settings = world.settings
    yield (
        f"{settings.programme}: {settings.women} women, {len(world.county.villages)} coordinators, {settings.months} months"
        f" from {settings.start}, seed {settings.seed}"
    )
    kinds = Counter(str(one["kind"]) for one in log)
    heard = Counter((str(one["to_role"]), str(one["channel"])) for one in log if one["kind"] == "heard")
    yield f"heard      {kinds['heard']:>8}   {_counts(heard)}"
    for kind in _LETTERS:
        sent = Counter(
            (str(one["to_role"]), str(one["channel"])) for one in letters(log) if one["kind"] == kind
        )
        yield f"{kind:<10} {sum(sent.values()):>8}   {_counts(sent)}"
    parts = sms_parts(log)
    yield f"SMS        {parts:>8} parts, {parts * price:.2f} yuan at {price} a part"
    yield f"filed      {kinds['filed']:>8}   delivered {kinds['delivered']}"
    tasks = sum(
        one["kind"] == "reminded" and not one["text"] and one["to_role"] == "coordinator" for one in log
    )
    weeks = (settings.end - settings.start).days / 7
    yield f"tasks      {tasks:>8}   {tasks / weeks / len(world.county.villages):.1f} a coordinator and week"
    late = kinds["clock_due"]
    yield f"clocks     {kinds['clock_started']:>8}   {kinds['clock_stopped']} stopped, {late} ran out, {kinds['escalated']} letters of them"
    skipped = Counter(str(one["cause"]) for one in log if one["kind"] == "skipped")
    yield f"skipped    {kinds['skipped']:>8}   " + ", ".join(f"{why} {n}" for why, n in skipped.most_common())
    out: Counter[str] = Counter()
    for one in world.outages:
        out[one.what] += (one.ends - one.begins) // timedelta(hours=1)
    yield "outages             " + ", ".join(f"{what} {hours} h" for what, hours in sorted(out.items()))
    if world.lost:
        yield f"{len(world.lost)} errands were given up by those who had them"


def _counts(counted: Counter[tuple[str, str]]) -> str:
    return ", ".join(f"{role} by {channel} {n}" for (role, channel), n in sorted(counted.items()))

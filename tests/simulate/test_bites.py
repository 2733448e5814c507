"""Each law bites: the program broken in one place turns it red."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.simulate.run import Settings, simulate
from conversations.care.calendar import midnight
from tests.simulate.laws import LAWS, Log, log_of
from tests.simulate.small import few

SETTINGS = Settings("xinfeng", 8, 6, 1, coordinators=4)
Break = Callable[[pytest.MonkeyPatch], None]


def played() -> Log:
    _, events = asyncio.run(simulate(SETTINGS, told=few, outages=()))
    return log_of(events)


def test_nothing_is_broken() -> None:
    log = played()
    assert {name: found for name, law in LAWS.items() if (found := law(log))} == {}


def _course(change: Callable[[Any], Any]) -> Break:
    """The case as the planner sees it, changed."""

    def break_it(patch: pytest.MonkeyPatch) -> None:
        from storage import cases

        real = cases.case_of
        patch.setattr(cases, "case_of", lambda *args: change(real(*args)))

    return break_it


def _her_death_unseen(patch: pytest.MonkeyPatch) -> None:
    _course(lambda case: replace(case, real=True, course=replace(case.course, died=None, end=None)))(patch)

    async def nobody(*args: Any) -> tuple[set[str], set[str]]:
        return set(), set()

    patch.setattr("storage.cases._others", nobody)


def _reach(**changes: Any) -> Break:
    def break_it(patch: pytest.MonkeyPatch) -> None:
        from storage import cases

        real = cases._reach

        def reach(*args: Any, **named: Any) -> Any:
            found, *ways = real(*args, **named)
            return (replace(found, **changes), *ways)

        patch.setattr(cases, "_reach", reach)

    return break_it


def _attribute(target: str, value: Any) -> Break:
    return lambda patch: patch.setattr(target, value)


def _nothing(*args: Any, **named: Any) -> Iterator[Any]:
    return iter(())


def _at_midnight(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("conversations.care.candidates.morning", lambda case, day: midnight(day))
    for where in ("bot.care", "bot.care_letters"):
        patch.setattr(f"{where}.after_quiet", lambda programme, now: now)
    patch.setattr("bot.care.after_quiet_hours", lambda now: now)


def _deaf_to_no(patch: pytest.MonkeyPatch) -> None:
    from bot import consent

    async def apply(*args: Any) -> None:
        return None

    patch.setattr(consent, "apply", apply)


def _sends_twice(patch: pytest.MonkeyPatch) -> None:
    from bot.outbox.letters import LetterShelf

    real = LetterShelf.carry

    async def carry(self: LetterShelf, row: Any) -> Any:
        await real(self, row)
        return await real(self, row)

    patch.setattr(LetterShelf, "carry", carry)


def _tells_the_colour(patch: pytest.MonkeyPatch) -> None:
    from conversations.care import texts
    from conversations.text import Joined, plain

    real = texts.to_her

    def to_her(*case: Any, **more: Any) -> Any:
        return Joined((real(*case, **more), plain("红色")), "")

    patch.setattr(texts, "to_her", to_her)


def _other_reasons(patch: pytest.MonkeyPatch) -> None:
    from bot.acts import new_act as real

    def new_act(*args: Any) -> Any:
        row = real(*args)
        row.reason = "busy" if row.reason else None
        return row

    patch.setattr("bot.care.new_act", new_act)


def _fails_at_bookings(patch: pytest.MonkeyPatch) -> None:
    from bot import duties

    real = duties.filed

    async def filed(tx: Any, reports: Any, *more: Any) -> None:
        if any(report.event == "booking" for report, _ in reports):
            raise ValueError
        await real(tx, reports, *more)

    patch.setattr(duties, "filed", filed)


def _county_unheard(patch: pytest.MonkeyPatch) -> None:
    from bot.county.answers import Answer
    from bot.county.deliver import DeliveryShelf

    async def attempt(self: DeliveryShelf, row: Any) -> Answer:
        return Answer("acknowledged", 200)

    patch.setattr(DeliveryShelf, "_attempt", attempt)


def _yes_is_not_enough(patch: pytest.MonkeyPatch) -> None:
    from conversations.care import candidates

    real = candidates.unreached
    patch.setattr(
        candidates,
        "unreached",
        lambda case: real(case) or ("unsafe" if case.reach.consent == "yes" else None),
    )


def _followed_too_long(patch: pytest.MonkeyPatch) -> None:
    def followed_until(programme: Any, day: date) -> date:
        return day + timedelta(days=100)

    patch.setattr("conversations.care.candidates.followed_until", followed_until)


def _follow_up(change: Callable[[list[Any]], list[Any]]) -> Break:
    """What is asked of follow-up, changed."""

    def break_it(patch: pytest.MonkeyPatch) -> None:
        from conversations.care import candidates

        real = candidates._follow_up
        patch.setattr(candidates, "_follow_up", lambda case, today: iter(change(list(real(case, today)))))

    return break_it


def _a_period_late(acts: list[Any]) -> list[Any]:
    """As if it were due when its first period is over."""
    return [replace(act, due=act.until, until=act.until + timedelta(days=7)) for act in acts]


def _township_never(acts: list[Any]) -> list[Any]:
    return [act for act in acts if act.to != "township"]


MUTATIONS: dict[str, tuple[str, Break]] = {
    "the end is not seen": (
        "nothing_after_the_end",
        _course(lambda case: replace(case, course=replace(case.course, end=None))),
    ),
    "her death is not seen": (
        "the_dead_get_nothing",
        _her_death_unseen,
    ),
    "a loss is taken for a birth": (
        "nothing_cheerful_after_a_loss",
        _attribute("conversations.care.case.Case.grieving", False),
    ),
    "her own word of it is not heard": (
        "her_own_word_of_a_loss_is_heeded",
        _attribute("conversations.care.case.Case.told_over", None),
    ),
    "a rule tells twice": ("nothing_twice", _sends_twice),
    "a letter is carried twice": ("no_letter_came_twice", _sends_twice),
    "there are no quiet hours": ("quiet_at_night", _at_midnight),
    "notices do not wait for the morning": ("quiet_at_night", _attribute("bot.quiet.BY_DAY", frozenset())),
    "deaths wait for the morning": (
        "what_cannot_wait_does_not",
        _attribute("bot.quiet.BY_DAY", frozenset({"notice", "urgent"})),
    ),
    "nobody is called by name": ("on_a_familys_phone_she_is_named", _reach(shared=False)),
    "everybody is taken for a girl": (
        "only_girls_are_restricted",
        _attribute("conversations.flows.filing.restriction", lambda told, today: "minor"),
    ),
    "who said yes is not written to": ("who_wants_to_hear_is_told_herself", _yes_is_not_enough),
    "退订 is not heard": ("nobody_who_said_no", _deaf_to_no),
    "every number is safe": ("only_safe_numbers_of_her_own", _reach(hers=True, safe=True)),
    "nobody is asked": ("only_after_yes", _reach(consent="yes")),
    "a colour is told": ("no_telling_words", _tells_the_colour),
    "names go by SMS": ("sms_names_nobody_unasked", _attribute("bot.care_letters.replace", lambda traits, **masked: traits)),
    "a tenth reason": ("reasons_are_of_the_list", _other_reasons),
    "visits are forgotten": ("every_visit_is_spoken_of", _attribute("conversations.care.candidates._visit", _nothing)),
    "gaps are forgotten": ("every_visit_is_spoken_of", _attribute("conversations.care.candidates._gap", _nothing)),
    "nobody is followed up": ("high_risk_is_followed_up", _attribute("conversations.care.candidates._follow_up", _nothing)),
    "follow-up begins a period late": ("high_risk_is_followed_up", _follow_up(_a_period_late)),
    "undone follow-up is told nobody": ("high_risk_is_followed_up", _follow_up(_township_never)),
    "follow-up never ends": ("high_risk_is_followed_up", _followed_too_long),
    "only villages are called out": (
        "every_clock_is_stopped_or_called_out",
        _attribute("bot.clocks.ladder", lambda running, **more: ([["coordinator"]], timedelta(days=1))),
    ),
    "the county is never reached": ("every_report_reached_the_county", _county_unheard),
    "a kind of report cannot be filed": ("every_message_is_answered_and_kept", _fails_at_bookings),
}  # fmt: skip


@pytest.mark.parametrize("broken", MUTATIONS)
def test_a_law_bites(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    law, break_it = MUTATIONS[broken]
    break_it(monkeypatch)
    assert LAWS[law](played()), f"{law} does not see that {broken}"


def test_every_law_bites() -> None:
    assert {law for law, _ in MUTATIONS.values()} == set(LAWS)

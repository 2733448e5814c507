"""What answers must agree about, whatever the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from conversations.engine.flow import Context
from conversations.text import Refusal, T, Text


def not_in_future(
    *names: str,
) -> Callable[[Mapping[str, Any], Context], tuple[tuple[str, ...], Refusal] | None]:
    """None of these days lies ahead of the day the message was written."""

    def check(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
        for name in names:
            value = answers.get(name)
            if value and date.fromisoformat(value) > context.today:
                return (name,), Refusal(
                    T(
                        "{date}还没到呢。请说发生的那一天，比如：昨天、9月3号。",
                        date=date.fromisoformat(value),
                    )
                )
        return None

    return check


def in_order(
    earlier: str, later: str, why: Text
) -> Callable[[Mapping[str, Any], Context], tuple[tuple[str, ...], Refusal] | None]:
    """`later` does not lie before `earlier`."""

    def check(answers: Mapping[str, Any], context: Context) -> tuple[tuple[str, ...], Refusal] | None:
        first, second = answers.get(earlier), answers.get(later)
        if first and second and second < first:
            return (earlier, later), Refusal(
                why.with_values(earlier=date.fromisoformat(first), later=date.fromisoformat(second))
            )
        return None

    return check

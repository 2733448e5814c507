"""Whom an answer shows: every woman of the facts it was made from whose name stands in it, masked or not.

Found in one place for all flows, so that no flow can forget to say it; a flow that shows women it did not look up one
by one (a list, a file) says so itself with `Looked`. Whom the errand was bound to before this message was noted then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conversations.facts import AlertFact, ClockFact, Facts, LinkFact, ReportFact, TaskFact, WomanFact
from conversations.message import Looked, Reply, Speaker
from conversations.records import mask_name
from conversations.text import Joined, Text

NOT_THEIRS = frozenset({"woman", "unknown"})
"""Who is shown nobody but herself."""


def looks(
    speaker: Speaker,
    facts: Facts,
    replies: Iterable[Reply],
    told: Iterable[Looked],
    bound: frozenset[str],
    why: str,
) -> tuple[Looked, ...]:
    """The looks to be noted besides those the flows `told` of."""
    if speaker.role in NOT_THEIRS or not facts.answers:
        return ()
    known = {
        id_: name for found in facts.answers.values() for one in found for id_, name in _women(one) if name
    }
    for look in told:
        for id_ in look.women:
            known.pop(id_, None)
    known = {id_: name for id_, name in known.items() if id_ not in bound}
    if not known:
        return ()
    said = "\n".join(word for reply in replies for word in _words(reply))
    women = tuple(id_ for id_, name in known.items() if name in said or mask_name(name) in said)
    return (Looked(women, why),) if women else ()


def bound_before(session: Mapping[str, Any] | None) -> frozenset[str]:
    """The women the errands of a stored session are bound to."""
    talks = [session.get("talk"), *session.get("waiting", ())] if session else []
    return frozenset(str(one) for talk in talks if talk and (one := talk["answers"].get("woman_id")))


def _women(fact: object) -> Iterator[tuple[str, str]]:
    """The women a fact speaks of: id and name."""
    match fact:
        case WomanFact(id=id_, name=name, visible=True):
            yield id_, name
        case ReportFact(woman_id=id_, woman=woman, body=body):
            yield id_, str(body.get("woman_name") or body.get("mother_name") or (woman.name if woman else ""))
        case TaskFact(case=case):
            yield case.woman_id, case.name
        case LinkFact(woman_id=id_, name=name) | ClockFact(woman_id=str(id_), woman_name=name):
            yield id_, name
        case AlertFact(woman_id=str(id_), details=details):
            for caller in details.get("women", ()):
                yield id_, str(caller.get("name") or "")


def _words(reply: Reply) -> Iterator[str]:
    yield from _leaves(reply.text)
    for row in reply.buttons:
        for button in row:
            yield from _leaves(button.label)


def _leaves(value: object) -> Iterator[str]:
    """The words of a sentence that are nobody's to translate: what its values hold."""
    if isinstance(value, Joined):
        for part in value.parts:
            yield from _leaves(part)
    elif isinstance(value, Text):
        for one in value.values.values():
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value

"""Who may do what: one table, deny by default, asked on every path.

A row says: this role may do this action to a subject of this place relation, and which fields it opens. Nobody is
above it; what is not written here is not allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from conversations.flows.staff import MAY_INVITE
from conversations.message import Role, Speaker
from storage.organisation import Organisation

Action = Literal["report", "see", "invite", "confirm", "revoke"]

ALL_FIELDS = frozenset({"*"})
INFECTION = frozenset({"colour_purple", "infection", "factors"})
"""Fields that would say, or let be guessed, an infectious disease (requirements.md §4)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is done to: `place_id` where it belongs, `role` the office it is about, if it is one."""

    place_id: str | None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """`hides`: fields that stay closed although the action is allowed."""

    role: Role
    action: Action
    hides: frozenset[str] = frozenset()


POLICY: tuple[Rule, ...] = (
    Rule("coordinator", "report"),
    Rule("coordinator", "see", hides=INFECTION),
    Rule("township", "report"),
    Rule("township", "see"),
    Rule("township", "invite"),
    Rule("township", "confirm"),
    Rule("township", "revoke"),
    Rule("county", "report"),
    Rule("county", "see"),
    Rule("county", "invite"),
    Rule("county", "confirm"),
    Rule("county", "revoke"),
)

_RULES = {(rule.role, rule.action): rule for rule in POLICY}


def may(
    actor: Speaker, action: Action, subject: Subject, organisation: Organisation, field: str | None = None
) -> bool:
    """Whether `actor` may do `action` to `subject` (and see its `field`). The subject lies in the actor's place."""
    rule = _RULES.get((actor.role, action))
    if rule is None or actor.standing != "active" or actor.place_id is None or subject.place_id is None:
        return False
    if field is not None and field in rule.hides:
        return False
    own = {village.id for village in actor.villages}
    if actor.role != "coordinator":
        own |= {actor.place_id, *(township.id for township in actor.townships)}
    if not any(place.id in own for place in organisation.path(subject.place_id)):
        return False
    if action in ("invite", "revoke", "confirm"):
        return subject.role in MAY_INVITE.get(actor.role, ())
    return True

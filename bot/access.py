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

Action = Literal["report", "verify", "see", "invite", "confirm", "revoke"]

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
    """`hides`: fields that stay closed although the action is allowed. `events`: the reports it opens; None: all."""

    role: Role
    action: Action
    hides: frozenset[str] = frozenset()
    events: frozenset[str] | None = None


OF_A_HOSPITAL = frozenset(
    {
        *("risk_grade", "referral", "birth", "pregnancy_loss", "critical_case"),
        *("maternal_death", "child_death", "woman_death"),
    }
)
"""What an institution reports (requirements.md §1): of women of the villages around it, whose roster it may not see."""

POLICY: tuple[Rule, ...] = (
    Rule("coordinator", "report"),
    Rule("coordinator", "see", hides=INFECTION),
    Rule("township", "report"),
    Rule("township", "verify"),
    Rule("township", "see"),
    Rule("township", "invite"),
    Rule("township", "confirm"),
    Rule("township", "revoke"),
    Rule("institution", "report", events=OF_A_HOSPITAL),
    Rule("county", "report"),
    Rule("county", "verify"),
    Rule("county", "see"),
    Rule("county", "invite"),
    Rule("county", "confirm"),
    Rule("county", "revoke"),
)

_RULES = {(rule.role, rule.action): rule for rule in POLICY}


def may(
    actor: Speaker,
    action: Action,
    subject: Subject,
    organisation: Organisation,
    field: str | None = None,
    event: str | None = None,
) -> bool:
    """Whether `actor` may do `action` to `subject` (and see its `field`, or report this `event`). The subject lies in
    the actor's place, or in a village around it."""
    rule = _RULES.get((actor.role, action))
    if rule is None or actor.standing != "active" or actor.place_id is None or subject.place_id is None:
        return False
    if field is not None and field in rule.hides:
        return False
    if rule.events is not None and event not in rule.events:
        return False
    own = {village.id for village in actor.villages}
    if actor.role != "coordinator":
        own |= {actor.place_id, *(township.id for township in actor.townships)}
    if not any(place.id in own for place in organisation.path(subject.place_id)):
        return False
    if action in ("invite", "revoke", "confirm"):
        return subject.role in MAY_INVITE.get(actor.role, ())
    return True

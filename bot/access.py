"""Who may do what: one table, deny by default, asked on every path.

A row says: this role may do this action to a subject of this place relation, and which fields it opens. Nobody is
above it; what is not written here is not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from conversations import message
from conversations.flows.staff import MAY_INVITE
from conversations.message import Role, Speaker
from storage.organisation import Organisation

Action = Literal[
    "own", "report", "verify", "see", "identify", "ask", "export", "paper", "duties", "take", "link", "assign",
    "handover", "announce", "due_date", "staff", "invite", "confirm", "revoke", "who_looked",
]  # fmt: skip
ACTIONS: Mapping[Action, str] = MappingProxyType(
    {
        "own": "her own affairs: language, PIN, reminders, joining, what she is asked",
        "report": "tell of a woman, correct and withdraw what she told herself",
        "verify": "give her word on what a coordinator told",
        "see": "be shown a woman of the roster",
        "identify": "be shown a woman she has named by ID number, or by name and village",
        "ask": "ask the roster: lists, counts, cards",
        "export": "have a list or a chart as a file",
        "paper": "have a paper of requirements.md §7, or fill in hers",
        "duties": "the tasks and clocks of her office, and a word on them",
        "take": "take an alert or a question she was told of",
        "link": "give a woman a link to be written to by it",
        "assign": "name the responsible person of a woman",
        "handover": "hand a coordinator's roster over to another",
        "announce": "send a notice to coordinators or women",
        "due_date": "correct a due date",
        "staff": "the list of coordinators",
        "invite": "give a code to join",
        "confirm": "let somebody in who has used it",
        "revoke": "take an office",
        "who_looked": "ask who was shown a woman",
    }
)
"""What there is to do, in words."""

ALL_FIELDS = frozenset({"*"})
INFECTION = frozenset({"colour_purple", "infection", "factors"})
"""Fields that would say, or let be guessed, an infectious disease (requirements.md §4)."""
GRADES = INFECTION | {"colour", "special_group"}
"""What is one label, 重点随访, wherever a coordinator or a woman reads (requirements.md §4)."""

REACH: Mapping[str, str] = MappingProxyType(
    {
        "coordinator": "her villages",
        "township": "its villages",
        "institution": "the villages around it",
        "county": "all its townships and villages",
        "woman": "herself",
        "unknown": "nobody",
    }
)
"""Over whom each role may do what its rules say; `may` holds it against the places."""


class NotAllowed(Exception):
    """The policy table does not let this speaker do this. `action`: what she tried, for the audit log."""

    action: str = "act"

    def __init__(self, action: str | None = None) -> None:
        super().__init__(action or self.action)
        if action is not None:
            self.action = action


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
        *("maternal_death", "child_death", "woman_death", "moved"),
    }
)
"""What an institution reports (requirements.md §1): of women of the villages around it, whose roster it may not see."""

POLICY: tuple[Rule, ...] = (
    *(Rule(role, "own") for role in get_args(Role)),
    Rule("coordinator", "report", hides=GRADES),
    Rule("coordinator", "see", hides=GRADES),
    Rule("coordinator", "ask", hides=GRADES),
    Rule("coordinator", "export", hides=GRADES),
    Rule("coordinator", "paper", hides=GRADES),
    Rule("coordinator", "duties", hides=GRADES),
    Rule("coordinator", "take", hides=GRADES),
    Rule("coordinator", "link"),
    Rule("coordinator", "due_date"),
    Rule("institution", "report", events=OF_A_HOSPITAL),
    Rule("institution", "identify", hides=frozenset({"phone"})),
    Rule("institution", "ask", hides=frozenset({"phone"})),
    Rule("institution", "paper"),
    Rule("institution", "duties"),
    Rule("institution", "take"),
    *(
        Rule(office, action)
        for office in ("township", "county")
        for action in (
            "report", "verify", "see", "ask", "export", "paper", "duties", "take", "link", "assign", "handover",
            "announce", "due_date", "staff", "invite", "confirm", "revoke",
        )
    ),
    Rule("county", "who_looked"),
)  # fmt: skip
"""What is not written here is not allowed. Of the roster an institution is answered about the women it cares for, which is
the question's to see to (`RosterAsked.cared_by`). A woman has her own affairs, and what is known of herself is among them."""

_RULES = {(rule.role, rule.action): rule for rule in POLICY}

OF_FLOW: Mapping[str, Action] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "pregnancy", "booking", "antenatal_visit", "risk_grade", "referral", "critical_case",
                "postnatal_visit", "newborn_visit", "birth", "pregnancy_loss", "maternal_death", "child_death",
                "woman_death", "birth_defect", "follow_up", "lost_contact", "moved", "preconception",
                "contraceptive_reaction", "correct", "withdraw", "my_reports", "unclear", "new_phone",
            ),
            "report",
        ),
        **dict.fromkeys(
            (
                "opt_out", "work_messages", "opt_in", "wrong_number", "opt_out_reason", "consent", "language",
                "own_status", "visit_done", "visit_later", "change_phone", "own_phone", "preferred", "open_link", "joining", "stranger",
                "question", "pin", "told_over", "not_over", "away", "unsafe", "unsafe_since", "wants_reminders",
            ),
            "own",
        ),
        **dict.fromkeys(("alert", "reply", "answer", "number", "settle_word", "filed_right"), "take"),
        **dict.fromkeys(("papers", "quarterly_counts", "monthly"), "paper"),
        **dict.fromkeys(("today", "task", "urging"), "duties"),
        **dict.fromkeys(("offer_link", "confirm_link"), "link"),
        **dict.fromkeys(("verify", "minor_texts"), "verify"),
        "assign": "assign",
        "handover": "handover",
        **dict.fromkeys(("announce", "receipts"), "announce"),
        "got_it": "take",
        "invite": "invite",
        "confirm_joiner": "confirm",
        **dict.fromkeys(("revoke", "staff_list"), "revoke"),
        "roster_query": "ask",
        "who_looked": "who_looked",
    }
)  # fmt: skip
"""What each flow does, in the terms of the table. Who may start it must be who has a row for that."""

OF_EFFECT: Mapping[type, Action] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                message.Notice, message.ClaimInvite, message.CountAttempt, message.SetPin, message.ForgetSaid,
                message.SetLocale, message.Prefer, message.OptOut, message.OptIn, message.SilenceNumber, message.Consented,
                message.ActWord, message.OptOutReason, message.ClaimLink, message.RaiseAlert, message.Refused,
                message.ToldOver, message.UnsafeNumber,
            ),
            "own",
        ),
        message.Invite: "invite",
        message.DecideJoiner: "confirm",
        message.Revoke: "revoke",
        message.Handover: "handover",
        message.Assign: "assign",
        message.Announce: "announce",
        message.GotIt: "take",
        message.NothingEnded: "take",
        message.TrustNumber: "take",
        message.TakeAlert: "take",
        message.PhoneReported: "take",
        message.DutyDone: "take",
        message.OfferLink: "link",
        message.DecideLink: "link",
        message.ClockWord: "duties",
        message.Looked: "see",
        message.WantFile: "export",
        message.FileCounts: "paper",
        message.WantSummary: "paper",
    }
)  # fmt: skip
"""What each effect of a turn does: asked right before it is written, whatever flow it came from (bot/writing.py). An
effect that is not here is not written. Those of her own are held against whose they are where they are applied."""


def has_rule(role: str, action: str) -> bool:
    """Whether the table has a row for this role and action at all."""
    return (role, action) in _RULES


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
    if rule is None:
        return False
    if action == "own":
        return True
    if actor.standing != "active" or actor.place_id is None or subject.place_id is None:
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


def demanded(actor: Speaker, effect: object) -> Action:
    """What writing this effect demands. Raises `NotAllowed` where this role has no row for it."""
    action = OF_EFFECT.get(type(effect))
    if action == "see" and actor.role == "institution":
        action = "identify"
    if isinstance(effect, message.WantFile) and effect.what == "paper":
        action = "paper"
    if action is None or not has_rule(actor.role, action):
        raise NotAllowed(action)
    return action

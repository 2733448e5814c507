"""What an end stops, and what goes on (requirements.md §5): one table, asked when planning and again at sending.

An end is worked out from the newest reports, so withdrawing one asks again and everything is back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

Kind = Literal[
    "antenatal",
    "pregnancy_text",
    "congratulation",
    "postnatal",
    "child",
    "risk_follow_up",
    "assessment",
    "tracing",
    "support",
    "reply",
    "reporting",
    "danger",
]
"""What is said or owed: reminders of antenatal visits and appointments; texts by stage; congratulating; reminders of
postnatal visit and 42-day check; of one child's visits; the follow-up of her colour; the assessment a positive
screening asks for; finding her; supportive messages; answers to what somebody wrote; clocks of reports; danger."""
Cause = Literal["birth", "stillbirth", "loss", "child_death", "her_word", "her_death", "moved_out"]
"""`her_word`: she said so herself, and nobody has settled it yet. It files nothing, and stops what a loss may have ended."""
To = Literal["woman", "staff"]
"""To the woman's number, or to those who look after her."""
Rule = Literal["on", "off", "day_42", "staff", "wanted"]
"""It goes on; it stops; it goes on to day 42 after the end; to staff only; only if she said yes."""

# fmt: off
_ROWS: tuple[tuple[Kind, Rule, Rule, Rule, Rule, Rule, Rule, Rule], ...] = (
    #                  birth     stillbirth  loss      child died   her word   she died  moved out
    ("antenatal",      "off",    "off",      "off",    "on",        "off",     "off",    "off"),
    ("pregnancy_text", "off",    "off",      "off",    "on",        "off",     "off",    "off"),
    ("congratulation", "on",     "off",      "off",    "off",       "off",     "off",    "off"),
    ("postnatal",      "on",     "on",       "on",     "on",        "staff",   "off",    "off"),
    ("child",          "on",     "off",      "off",    "off",       "staff",   "staff",  "off"),
    ("risk_follow_up", "day_42", "day_42",   "day_42", "on",        "on",      "off",    "off"),
    ("assessment",     "day_42", "day_42",   "day_42", "on",        "on",      "off",    "off"),
    ("tracing",        "day_42", "day_42",   "day_42", "on",        "on",      "off",    "off"),
    ("support",        "off",    "wanted",   "wanted", "wanted",    "off",     "off",    "off"),
    ("reply",          "on",     "on",       "on",     "on",        "on",      "staff",  "on"),
    ("reporting",      "on",     "on",       "on",     "on",        "on",      "on",     "on"),
    ("danger",         "on",     "on",       "on",     "on",        "on",      "on",     "on"),
)
# fmt: on
TABLE: Final[Mapping[Kind, Mapping[Cause, Rule]]] = {
    kind: dict(zip(get_args(Cause), rules, strict=True)) for kind, *rules in _ROWS
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What has ended, as far as the roster knows it on the day it is asked.

    `ended`, `ended_on`: how and when this pregnancy did. `child_died`: the child spoken of, or, where none is
    (congratulating, support), any of this birth. `she_died`, `moved_out` (and not come back). `number_held`: the
    number belonged to a woman who died, and the coordinator has not said yet who else uses it. `follow_up_until`:
    the last day of the follow-up after an end (`colours.followed_until`). `told_over`: her own word waits to be settled.
    `wants_support`: she said yes to it.
    """

    today: date
    ended: Literal["birth", "stillbirth", "loss"] | None = None
    ended_on: date | None = None
    follow_up_until: date | None = None
    child_died: bool = False
    she_died: bool = False
    moved_out: bool = False
    number_held: bool = False
    told_over: bool = False
    wants_support: bool = False

    def causes(self) -> tuple[Cause, ...]:
        """Everything that ended."""
        told: tuple[tuple[Cause, bool], ...] = (
            ("child_death", self.child_died),
            ("her_word", self.told_over),
            ("her_death", self.she_died),
            ("moved_out", self.moved_out),
        )
        own: tuple[Cause, ...] = (self.ended,) if self.ended else ()
        return own + tuple(cause for cause, true in told if true)


def stopped_by(kind: Kind, to: To, situation: Situation) -> Cause | None:
    """The end that stops this; None: it goes on. Her death stands first, then her move: they stop the most."""
    if to == "woman" and kind != "danger" and situation.number_held:
        return "her_death"
    for cause in reversed(situation.causes()):
        if not _holds(TABLE[kind][cause], to, situation):
            return cause
    return None


def goes_on(kind: Kind, to: To, situation: Situation) -> bool:
    """Whether this still has its reason: asked when it is planned, and again right before it is sent."""
    return stopped_by(kind, to, situation) is None


def _holds(rule: Rule, to: To, situation: Situation) -> bool:
    match rule:
        case "on":
            return True
        case "off":
            return False
        case "staff":
            return to == "staff"
        case "wanted":
            return situation.wants_support
        case "day_42":
            until = situation.follow_up_until
            return until is None or situation.today <= until


def may_speak_of_child(situation: Situation) -> bool:
    """Whether a message about this pregnancy may mention a child at all: not after a loss, a stillbirth, or the
    death of any child of this birth."""
    return situation.ended == "birth" and not situation.child_died and not situation.told_over

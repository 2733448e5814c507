"""A case: one pregnancy with its mother and children, everything the plan of care looks at. Plain data.

What was done because of it is in `acts`; what is due is never stored, but follows (conversations/care/plan.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Final, Literal, get_args

from conversations.care.colours import Grade
from conversations.care.programme import Programme
from conversations.care.rules import SpecialGroup
from conversations.care.visits import Course

Reason = Literal[
    "ended",
    "opted_out",
    "no_consent",
    "unsafe",
    "wrong_number",
    "stale",
    "outage",
    "answered_already",
    "moved",
]
"""Why something due was not told. A closed list: `yunguan simulate` prints these words and no others."""
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

WORD: Final = "word"
"""The key of her own word that it is over, among her acts; answered until somebody settles it, then done."""
BEGUN_KEY: Final = f"{WORD}~begun:"
"""How the keys of those begin that a half-made report holds."""


def begun_key(talk_id: str) -> str:
    """The key of what a report that is begun and not finished holds, as her own word would."""
    return f"{BEGUN_KEY}{talk_id}"


Kind = Literal["consent", "remind", "task", "notice"]
"""The question whether she wants to be reminded; a reminder to her; something for a colleague to do, told in the
next morning's digest; the same, told at once."""
To = Literal["woman", "coordinator", "township"]
State = Literal["made", "sent", "answered", "done", "skipped"]
Answer = Literal["went", "later", "cannot", "yes", "no", "wrong", "taken", "done", "over", "not_over"]
"""去过了, 改天, 不方便 to a reminder; 愿意, 不用, 不是我 to a question of consent; 收到, 办好了 to a task; 没了, whatever she
was told; and that what was filed of that is not so."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How she herself can be written to, on the way we would take now.

    `consent`: None as long as nobody asked there. `hers`: the number is her own, or she confirmed the account herself;
    `safe`: writing there is safe; only what was told counts, nothing said is no. `held`: a woman who died had the same
    number, and nobody has said since whose it is. `silenced`: it was said to be the wrong number. `shared`: other women are
    written to there as well, so that she is called by her name. `there`: there is a channel and an address to write to. `mark`:
    stands for the number or account and tells a changed one apart, empty where none is known.
    """

    consent: Literal["asked", "yes", "no"] | None = None
    consent_at: datetime | None = None
    hers: bool = False
    safe: bool = False
    held: bool = False
    opted_out: bool = False
    silenced: bool = False
    shared: bool = False
    there: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class ActState:
    """What became of one act. `at`: when it was made. `reason`: why it was skipped or ended without being done.
    `day`, `place`: when she went or will go, and where, if she said so with her answer, at `answered`."""

    at: datetime
    to: To
    state: State
    reason: Reason | None = None
    answer: Answer | None = None
    day: date | None = None
    place: str = ""
    answered: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether somebody may still do it, or answer it. A colleague's 收到 leaves it to be done."""
        return self.state in ("made", "sent") or (self.state == "answered" and self.to != "woman")


@dataclass(frozen=True, slots=True)
class Case:
    """One pregnancy. `id`: the pregnancy's. `real`: some report still stands for it.

    `newest`: she has no later one; of an earlier pregnancy only the children are looked after. `end_told`: the day
    we heard of its end. `grade`: the newest hospital assessment, or a coordinator's 重点随访; `graded_on`: its day.
    `managed_higher`: by an institution one level up, for a factor that some assessment told (RC 三(二)1(2)).
    `appointment`: the next one agreed, unless she has been there. `seen`: the last follow-up, by phone and at home.
    `minor_texts`: of 14 to 17, whether the township decided that she may be written to.
    `bereaved`: a child of hers died or was born dead: nothing mentions a child to her any more. `acts`: by key.
    """

    id: str
    woman_id: str
    programme: Programme
    course: Course
    name: str = ""
    phone: str = ""
    village_id: str | None = None
    village: str = ""
    township: str = ""
    real: bool = True
    newest: bool = True
    end_told: date | None = None
    booked: bool = False
    appointment: date | None = None
    grade: Grade = field(default_factory=Grade)
    graded_on: date | None = None
    managed_higher: bool = False
    special: SpecialGroup | None = None
    restricted: Literal["under_14", "minor"] | None = None
    minor_texts: bool = False
    seen: Mapping[Literal["phone", "home"], date] = field(default_factory=lambda: MappingProxyType({}))
    bereaved: bool = False
    reach: Reach = Reach()
    acts: Mapping[str, ActState] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def traced_at_once(self) -> bool:
        """Whether a single missed visit is traced at once (YZ 6; which colours: the programme's)."""
        return self.grade.key or bool(set(self.grade.colours) & set(self.programme.tracing.colours))

    @property
    def too_young(self) -> bool:
        """Whether nothing is written to her for her age: under 14 never, under 18 until the township decides
        (requirements.md §2)."""
        return self.restricted == "under_14" or (self.restricted == "minor" and not self.minor_texts)

    @property
    def watched(self) -> bool:
        """重点随访, the one label a coordinator or a woman reads: of 橙, 红, 紫 and the special groups alike."""
        return self.grade.is_key or self.special is not None

    @property
    def told_over(self) -> datetime | None:
        """Since when her own word waits that it is over, that a child died, or that she is not pregnant, or a report of that
        which was begun and not finished. What was filed of that settles it, and so does a colleague who asked her. Her word
        against what was filed waits as long as that stands."""
        return min((one.at for one in self._words()), default=None)

    def _words(self) -> list[ActState]:
        """Her words that wait."""
        if not self.real:
            return []
        born = self.course.end is not None and self.course.end.kind == "birth"
        over = self.course.died is not None or self.bereaved or (self.course.end is not None and not born)
        words = (one for key, one in self.acts.items() if key.partition("~")[0] == WORD)
        return [
            one
            for one in words
            if one.state == "answered" and ((over or born) if one.answer == "not_over" else not over)
        ]

    @property
    def denied(self) -> bool:
        """Whether it is her word against what was filed of her (她没死, 还没生) that waits."""
        return any(one.answer == "not_over" for one in self._words())

    @property
    def own_word(self) -> bool:
        """Whether she said so herself; else it is a report that a colleague began and did not finish."""
        words = (
            one
            for key, one in self.acts.items()
            if key.partition("~")[0] == WORD and not key.startswith(BEGUN_KEY)
        )
        return self.told_over is not None and any(one.state == "answered" for one in words)

    @property
    def grieving(self) -> bool:
        """Whether nothing may mention a child to her: after a loss, a stillbirth, or the death of one of them, and from her
        own word of it on."""
        if self.bereaved or self.told_over is not None:
            return True
        return self.course.end is not None and self.course.end.kind != "birth"

"""What a turn may ask to know, and the answers: the only door between conversations and memory.

`needs` returns lookups; whoever runs the turn answers them, already cut to what the speaker may see, and
hands `Facts` to `advance`. Adding a lookup is one class here and one query in `storage/queries.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from conversations.asking.question import Question
    from conversations.asking.row import Row
    from conversations.care.candidates import Act
    from conversations.care.case import Answer, Case
    from conversations.care.clocks import Running
    from conversations.papers.month import MonthCounts


@dataclass(frozen=True, slots=True)
class PregnancyFact:
    """A pregnancy as the roster has it. `ended`: None, or the event that ended it (birth, pregnancy_loss), or
    `withdrawn`: all that was reported of it was taken back."""

    id: str
    lmp: date | None = None
    due_date: date | None = None
    ended: str | None = None
    end_date: date | None = None
    children: tuple[ChildFact, ...] = ()
    colour: str | None = None
    """The newest grade a hospital gave her; never shown to coordinators and women (requirements.md §4)."""
    lmp_told: date | None = None
    """Her last period as it was told, where an ultrasound is known too: `lmp` is what dates the pregnancy."""
    scans: tuple[tuple[date, int, int], ...] = ()
    """Ultrasounds: the day each was made, and the weeks and days it found."""
    key_follow_up: bool = False
    """重点随访, as the village calls every high colour."""


@dataclass(frozen=True, slots=True)
class ChildFact:
    """A child born to a woman on the roster."""

    id: str
    name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    alive: bool = True


@dataclass(frozen=True, slots=True)
class WomanFact:
    """A woman as the asker may see her. `visible` False: she is on the roster outside the asker's villages;
    then only `id` and `township_id` are given."""

    id: str
    version: int
    visible: bool = True
    name: str = ""
    resident_id: str | None = None
    birth_date: date | None = None
    age: int | None = None
    phone: str | None = None
    village_id: str | None = None
    village_name: str = ""
    township_id: str | None = None
    alive: bool = True
    pregnancies: tuple[PregnancyFact, ...] = ()
    """Newest first."""
    children: tuple[ChildFact, ...] = ()
    """All her children on the roster, also those no pregnancy was reported for."""
    moved_out: date | None = None
    """Since when she lives elsewhere, if she moved away and has not come back."""
    special_group: str | None = None
    """What help she needs (poor, disabled, mental_illness); never named to coordinators and women."""


@dataclass(frozen=True, slots=True)
class ReportFact:
    """The newest version of a report."""

    report_id: str
    version: int
    event: str
    woman_id: str
    pregnancy_id: str | None
    village_id: str | None
    event_time: str | None
    known_time: datetime
    recorded_time: datetime
    body: Mapping[str, Any]
    withdrawn: bool = False
    woman: WomanFact | None = None
    delivered: bool = False
    verification: str = "unverified"
    author_contact_id: str | None = None
    """Where its author is reached, while she still has this village."""


@dataclass(frozen=True, slots=True)
class InviteFact:
    """A staff code. `state`: open, claimed, confirmed, refused. `expired` against the turn's now."""

    id: str
    role: str
    place_id: str
    place_name: str
    phone: str
    issuer_contact_id: str | None
    state: str
    expires_at: datetime
    claimed_by: str | None = None
    """Contact id of the joiner."""
    claimed_name: str = ""


@dataclass(frozen=True, slots=True)
class StaffFact:
    id: str
    contact_id: str | None
    name: str
    phone: str
    role: str
    place_id: str
    place_name: str
    state: str


@dataclass(frozen=True, slots=True)
class ResponsibleFact:
    """The colleague who answers for a case by name (包保). `contact_id`: where she is reached, if she has joined."""

    pregnancy_id: str
    staff_id: str
    name: str
    contact_id: str | None = None


@dataclass(frozen=True, slots=True)
class AudienceFact:
    """How many a notice would reach, how many phones by SMS (several women may share one), and how many it is meant for
    and would not."""

    count: int
    by_sms: int
    left_out: int


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """A notice this contact was told of and was asked to acknowledge, and has not."""

    told_id: str
    words: str


@dataclass(frozen=True, slots=True)
class OwnNoticeFact:
    """A notice the asker wrote: how many it went to, how many have it, are still to get it, never got it, and whom it
    could not go to from the start. Names of colleagues: who never got it, who has not said 收到."""

    words: str
    at: datetime
    acknowledge: bool
    count: int
    arrived: int
    waiting: int
    failed: int
    left_out: int
    acknowledged: int
    not_reached: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PinFact:
    """`is_set`: she has a PIN. `right`: it is what she said."""

    is_set: bool
    right: bool = False


@dataclass(frozen=True, slots=True)
class AlertFact:
    """An alert somebody was told of. `number`: what she calls it. `details`: see flows/alerts.py, `Story`.

    `taken_by`: the colleague who took it, `mine`: it was the asker; None and False while it is open.
    """

    id: str
    kind: str
    number: int
    place_name: str
    raised_at: datetime
    details: Mapping[str, Any]
    taken_by: str | None = None
    mine: bool = False
    woman_id: str | None = None
    """Whom it is about, if that is one woman on the roster."""


@dataclass(frozen=True, slots=True)
class ClockFact:
    """A duty that runs (conversations/care/clocks.py), of whom and where. `owner_place_id`: where its owner works;
    `hospital`: the institution that owes it, if one does."""

    id: str
    running: Running
    programme: str
    place_name: str
    owner_place_id: str
    woman_name: str = ""
    woman_id: str | None = None
    hospital: str = ""


@dataclass(frozen=True, slots=True)
class ToldFact:
    """Something she was told here and may still answer (conversations/care/plan.py): its key, her answer so far.
    `last`: nothing was written to her after it."""

    id: str
    key: str
    told_at: datetime
    answer: Answer | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class HerFact:
    """A living woman behind the asker's phone. `consent`: what was said here when she was asked whether it is she and
    whether she wants reminders. `case`: all that is known of her, only where that was a yes. `told`: newest first."""

    woman_id: str
    name: str
    consent: str | None = None
    case: Case | None = None
    told: tuple[ToldFact, ...] = ()


@dataclass(frozen=True, slots=True)
class TaskFact:
    """Something an office has to do, still due. `taken_by`: the colleague who said that she has it; `mine`: the asker."""

    id: str
    act: Act
    case: Case
    taken_by: str | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class DigestFact:
    """The tasks of the last morning's digest this contact had, in the order of their numbers."""

    at: datetime
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterFact:
    """What a question to the roster found. `total`: how many women; `rows`: those of the page asked for, the most pressing
    first, cut to what the asker may see; `groups`: (key, name, how many), see `RosterAsked.by`. `alike`: nobody is called
    so, these have the name in theirs. `unread`: lines that could not be read."""

    total: int
    rows: tuple[Row, ...] = ()
    groups: tuple[tuple[str, str, int], ...] = ()
    alike: bool = False
    unread: int = 0


@dataclass(frozen=True, slots=True)
class LinkFact:
    """A link by which a woman asks to be written to elsewhere. `state`: open, claimed, confirmed, refused; `expired`
    against the turn's now."""

    id: str
    woman_id: str
    name: str
    village_id: str | None
    village_name: str
    state: str
    expired: bool


@dataclass(frozen=True, slots=True)
class CountsFact:
    """What an institution filed for a quarter (2026Q3), in its newest version: counts by their names."""

    period: str
    version: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class IndicatorFact:
    """An indicator worked out for a place and period. `numerator`: None where nobody collected it; `gap`: how many per
    cent it stays from its target, None without one; `target`: as it is printed."""

    title: str
    numerator: int | None
    denominator: int | None
    target: str
    gap: float | None = None


@dataclass(frozen=True, slots=True)
class MonthFact:
    """A month (2026-10) of a township or county. `month`, `before`: what happened in it and in the one before it. As it is on
    `day`: `pregnant`, `high_risk`, `owed` (该产后访视) and `overdue` (没来产检) by village, of a county by township, are what
    the roster answers; `to_verify`, `returned`: reports; `untaken`: alerts nobody has taken."""

    place_name: str
    period: str
    day: date
    month: MonthCounts
    before: MonthCounts
    pregnant: int = 0
    high_risk: int = 0
    overdue: tuple[tuple[str, int], ...] = ()
    owed: int = 0
    to_verify: int = 0
    returned: int = 0
    untaken: int = 0


@dataclass(frozen=True, slots=True)
class ServicesFact:
    """How many services a coordinator did in a period, by what they were."""

    groups: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LookFact:
    """A look at a woman, as the audit log has it. `name`, `place_name`: of the colleague and where her office is."""

    woman_id: str
    at: datetime
    role: str
    name: str
    place_name: str
    channel: str
    why: str


@dataclass(frozen=True, slots=True)
class WomenNamed:
    """Women of this name in these villages -> tuple[WomanFact, …]."""

    name: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WomenWithId:
    """Women with this resident ID anywhere; outside `villages` not visible -> tuple[WomanFact, …]."""

    resident_id: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VillageFact:
    """A village of the county, whoever's it is."""

    id: str
    name: str
    township_id: str
    township: str


@dataclass(frozen=True, slots=True)
class VillagesNamed:
    """Villages of this name in the county in which the village `near` lies -> tuple[VillageFact, …]."""

    name: str
    near: str


@dataclass(frozen=True, slots=True)
class WomenWithPhone:
    """Women with this phone in these villages -> tuple[WomanFact, …]."""

    phone: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WomanById:
    """One woman -> tuple of one WomanFact or none (hers to see, or none)."""

    woman_id: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WomenBehind:
    """The women behind the asker's own phone (`Speaker.women`) -> tuple[WomanFact, …]."""

    women: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportsBy:
    """The newest reports this staff member filed, of women of this name only, if one is given
    -> tuple[ReportFact, …], newest first."""

    staff_id: str
    limit: int = 9
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ReportsToVerify:
    """Reports of these events in these villages, as coordinators told them and nobody verified, or as they were
    returned to them -> tuple[ReportFact, …], oldest first."""

    villages: tuple[str, ...]
    events: tuple[str, ...]
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ReportById:
    """One report by this staff member, or what the village, the township or a county's list told of a woman of these
    villages -> tuple of one ReportFact or none. `listed`: of those only what a county's list told."""

    report_id: str
    staff_id: str
    villages: tuple[str, ...] = ()
    listed: bool = False


@dataclass(frozen=True, slots=True)
class ToldBelow:
    """What the village, the township or a county's list told of women of this name in these villages, of these events
    -> tuple[ReportFact, …], newest first. `listed`: only what a county's list told; `whoever`: a hospital's, too."""

    name: str
    villages: tuple[str, ...]
    events: tuple[str, ...]
    listed: bool = False
    whoever: bool = False


@dataclass(frozen=True, slots=True)
class InviteByCode:
    """The staff code said -> tuple of one InviteFact or none."""

    code: str


@dataclass(frozen=True, slots=True)
class InvitesBy:
    """Codes this staff member issued and that wait for her word -> tuple[InviteFact, …]."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class AttemptsToday:
    """How often this contact tried a code today -> tuple of one int."""

    contact_id: str
    purpose: str
    day: date


@dataclass(frozen=True, slots=True)
class PinOf:
    """The PIN of this staff member, and whether it is what was `said` -> tuple of one PinFact."""

    staff_id: str
    said: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StaffBelow:
    """Staff with an office inside this place, one level down or more -> tuple[StaffFact, …]."""

    place_id: str


@dataclass(frozen=True, slots=True)
class ResponsibleFor:
    """Who answers by name for the cases of women of this name in these villages -> tuple[ResponsibleFact, …]."""

    name: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AudienceOf:
    """Whom a notice to these would reach: colleagues below this place, or women of these villages whom the question
    means -> tuple of one AudienceFact."""

    audience: str
    place_id: str
    villages: tuple[str, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class NoticesTold:
    """Notices this contact has not acknowledged, of the last days -> tuple[NoticeFact, …], newest first."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class NoticesBy:
    """The newest notice this colleague wrote -> tuple of one OwnNoticeFact or none."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class AlertsTold:
    """Alerts this contact was told of, open or taken within 3 days -> tuple[AlertFact, …], newest first."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class ClocksRunning:
    """Duties that run and concern somebody of this office at this place, with these villages -> tuple[ClockFact, …],
    the first due first. A coordinator's are her own; a township's its own and its coordinators'; a hospital's its
    own; the county's all, its hospitals' too."""

    role: str
    place_id: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HerCare:
    """The women behind the asker's own contact, with what they were told on it -> tuple[HerFact, …]."""

    contact_id: str
    women: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TasksDue:
    """What this office has to do in these villages, told to `contact_id` -> tuple[TaskFact, …], most pressing first."""

    contact_id: str
    role: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EndFact:
    """What is on file of a woman behind the asker's phone: "death", hers; "birth" or "loss", of the newest pregnancy;
    "child", the death of one of its children."""

    woman_id: str
    name: str
    filed: frozenset[str]


@dataclass(frozen=True, slots=True)
class EndsFiled:
    """What has ended by what was filed of these women -> tuple[EndFact, …], those of whom anything was."""

    women: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnsettledFact:
    """A woman who told that she is no longer pregnant, or that a child died, and nobody has settled it since.
    `delivered`: she has given birth. `denied`: she told that what was filed of that is not so."""

    woman_id: str
    name: str
    village_id: str
    village: str
    delivered: bool
    denied: bool = False


@dataclass(frozen=True, slots=True)
class WordsUnsettled:
    """Women of these villages whose own word waits to be settled -> tuple[UnsettledFact, …]."""

    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestTold:
    """The digest this contact had last -> tuple of one DigestFact or none."""

    contact_id: str


@dataclass(frozen=True, slots=True)
class LinkByToken:
    """The link that was opened -> tuple of one LinkFact or none."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkAddress:
    """How links to the bot begin, where it has an account that takes them -> tuple of one str or none."""


@dataclass(frozen=True, slots=True)
class PhoneReport:
    """The newest report that tells the phone of this woman of these villages, or the one that brought her in
    -> tuple of one ReportFact or none."""

    woman_id: str
    villages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RosterAsked:
    """What a question finds among the women of these villages, on this day -> tuple of one RosterFact.

    `villages`: the asker's own, never what she named; `within`: villages or townships she named, by id, none for all.
    `sees`: whether she may see colours here. `by`: counted by these places, by month (2026-12) or by colour. `women`: only
    these, for a card. `cared_by`: only women this institution has reported on. `asker`: her id as a colleague.
    """

    villages: tuple[str, ...]
    question: Question
    today: date
    sees: bool
    within: tuple[str, ...] = ()
    offset: int = 0
    limit: int = 8
    by: Literal["township", "village", "month", "colour"] | None = None
    women: tuple[str, ...] = ()
    cared_by: str | None = None
    asker: str = ""


@dataclass(frozen=True, slots=True)
class CountsFiled:
    """The quarterly counts of this institution -> tuple[CountsFact, …], the newest quarter first."""

    place_id: str


@dataclass(frozen=True, slots=True)
class IndicatorsOf:
    """The indicators of a place and period, those furthest from their targets first -> tuple[IndicatorFact, …]; none
    where nobody told anything, or where they are too many women to count between two messages."""

    place_id: str
    period: str
    role: str


@dataclass(frozen=True, slots=True)
class MonthOf:
    """The summary of a month of this place, for its office -> tuple of one MonthFact; none where they are too many women
    to count between two messages."""

    place_id: str
    period: str
    role: str


@dataclass(frozen=True, slots=True)
class ServicesOf:
    """What this coordinator did in a period -> tuple of one ServicesFact."""

    staff_id: str
    place_id: str
    period: str


@dataclass(frozen=True, slots=True)
class LooksAt:
    """Who was shown one of the women of this name in these villages -> tuple[LookFact, …], the newest first, so many
    of each."""

    name: str
    villages: tuple[str, ...]
    limit: int


SmsWay = Literal["ready", "ask", "unsafe", "stopped", "none"]
"""Whether a woman may be reminded by SMS: she said yes there; she is to be asked there first; her phone is not safe to text;
she said no or 退订 there, or the number is wrong; there is no number of her own."""


@dataclass(frozen=True, slots=True)
class WaysFact:
    """Where somebody can be written to. `channels`: where she is there for it (a woman: where she said yes); `goes`: where
    what the program begins goes now; `tail`: the end of her registered phone; `sms`: for a woman, and "ready" or "none"
    for a colleague."""

    channels: tuple[str, ...]
    goes: str | None
    tail: str
    sms: SmsWay


@dataclass(frozen=True, slots=True)
class WaysOf:
    """Where a colleague, or the women behind a contact, can be written to -> tuple of one WaysFact, or none."""

    contact_id: str
    staff_id: str | None
    women: tuple[str, ...] = ()


Lookup = (
    CountsFiled
    | WaysOf
    | IndicatorsOf
    | MonthOf
    | ServicesOf
    | WomenNamed
    | WomenWithId
    | WomenWithPhone
    | WomanById
    | WomenBehind
    | ReportsBy
    | ReportById
    | ToldBelow
    | ReportsToVerify
    | InviteByCode
    | InvitesBy
    | AttemptsToday
    | PinOf
    | StaffBelow
    | ResponsibleFor
    | AudienceOf
    | NoticesTold
    | NoticesBy
    | AlertsTold
    | ClocksRunning
    | VillagesNamed
    | HerCare
    | EndsFiled
    | TasksDue
    | WordsUnsettled
    | DigestTold
    | LinkByToken
    | LinkAddress
    | PhoneReport
    | LooksAt
    | RosterAsked
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The answers to a turn's lookups. Asking for what was not looked up is a programming error."""

    answers: Mapping[Lookup, tuple[Any, ...]] = field(default_factory=dict)

    def __getitem__(self, lookup: Lookup) -> tuple[Any, ...]:
        return self.answers[lookup]

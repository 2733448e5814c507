"""What comes into a conversation and what leaves it: plain data, no channel's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from conversations.text import Sayable, Text

Role = Literal["coordinator", "township", "institution", "county", "woman", "unknown"]
Standing = Literal["active", "pending", "revoked", "unknown"]
Trust = Literal["high", "low"]
Kind = Literal["text", "button", "edited", "contact", "other"]


@dataclass(frozen=True, slots=True)
class ChannelTraits:
    """What a channel can do and how far it is believed.

    `trust`: "low" where a sender can be forged (SMS). `masked`: people are read back as 李*·尾号5678
    because the servers stand abroad (field.md). `diagnoses`, `infection`: whether a colour or a diagnosis may be named
    there, and infection items asked. What a county's programme forbids a channel is taken off these before anything is
    said (care/masking.py). `deletes`: her own messages can be taken back once filed.
    `documents`: files go out as documents, because it carries them and its servers stand in the country; else a link
    to our own server does.
    """

    name: str
    trust: Trust = "high"
    buttons: bool = True
    masked: bool = False
    deletes: bool = False
    documents: bool = False
    diagnoses: bool = True
    infection: bool = True

    @property
    def names_diagnoses(self) -> bool:
        """Whether a colour or a diagnosis may be named here: not by SMS, not through servers abroad."""
        return self.diagnoses and not self.masked and self.trust == "high"


@dataclass(frozen=True, slots=True)
class Village:
    """A place by id and name: a village, or in `Speaker.townships` a township."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is talking, as the address she writes from tells: her office (村 乡 县), not her phone."""

    contact_id: str
    role: Role = "unknown"
    standing: Standing = "unknown"
    staff_id: str | None = None
    name: str = ""
    place_id: str | None = None
    place_name: str = ""
    villages: tuple[Village, ...] = ()
    townships: tuple[Village, ...] = ()
    programme: str = "national"
    women: tuple[str, ...] = ()
    """Ids of the women who live behind this address."""
    office_phone: str = ""
    """The number of the township's office where she works or lives, for a danger sign."""
    opted_out: bool = False
    """Whether she wants no messages but answers."""
    silenced: bool = False
    """Whether the number was said to be wrong: then `women` are those it is kept for, and she is none of them."""

    unsafe: bool = False
    """Whether she said that it is not safe to write there (怕人看到)."""

    def village(self, village_id: str | None) -> Village | None:
        """The village of that id among hers, if it is hers."""
        return next((v for v in self.villages if v.id == village_id), None)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the engine sees it. `id` is ours, unique, and the seed of every id the turn makes.

    `kind`: "text"; "button" (`button` holds the value of the button pressed); "edited" (an earlier message
    was changed); "contact" (`phone` is the sender's own, proven by the channel); "other" (sticker, photo,
    voice …). `sent_at` is the provider's time: relative dates are understood from it.
    """

    id: str
    channel: ChannelTraits
    speaker: Speaker
    sent_at: datetime
    received_at: datetime
    provider_id: str = ""
    kind: Kind = "text"
    text: str = ""
    button: str = ""
    phone: str = ""
    entropy: str = ""
    """Random hex for codes that must not be guessed; never stored."""


@dataclass(frozen=True, slots=True)
class Button:
    """A choice to press. `value` comes back in `Message.button`: at most 40 bytes."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to the one who wrote. `kind` "danger" goes before everything; `ask_phone` offers a button
    that shares her own phone number where the channel has one."""

    text: Sayable
    buttons: tuple[tuple[Button, ...], ...] = ()
    kind: Literal["reply", "danger"] = "reply"
    ask_phone: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to somebody else: whoever holds `role` at or above `place_id`, or one contact (a colleague: while
    `place_id` is hers, if it is told).

    `kind` decides what a doubt at sending does (design.md, "What once means"), and whether it may come at night: a
    "notice" waits for the morning, what is "urgent" does not.
    """

    text: Sayable
    role: Role | None = None
    place_id: str | None = None
    contact_id: str | None = None
    kind: Literal["notice", "urgent", "danger", "condolence"] = "notice"
    buttons: tuple[tuple[Button, ...], ...] = ()
    about: tuple[str, ...] = ()
    """The women it names, for the audit log; where it goes with reports, those of the reports unless told."""


@dataclass(frozen=True, slots=True)
class Report:
    """One version of one report, whole (never a difference): the envelope of design.md and its body.

    `woman_id`, `pregnancy_id` bind it; `subject_ids` lists everything it speaks of. `event_time` is a date
    or a datetime in ISO form as far as known; `known_time` when its author knew; `body` per the event's
    JSON Schema. `withdrawn` marks a version that takes the report back.
    """

    report_id: str
    version: int
    event: str
    woman_id: str
    pregnancy_id: str | None
    subject_ids: tuple[str, ...]
    event_time: str | None
    known_time: datetime
    recorded_time: datetime
    author_role: str
    channel: str
    channel_trust: Trust
    programme: str
    body: Mapping[str, Any]
    village_id: str | None = None
    supersedes: int | None = None
    withdrawn: bool = False
    verification: Literal["unverified", "verified", "returned"] = "unverified"
    schema_version: int = 1
    woman_version: int | None = None
    """The version of the woman's record this was decided on; None when the report brings her in."""


@dataclass(frozen=True, slots=True)
class Invite:
    """Let a staff code be made: `code` is read to the issuer, only its keyed hash is kept."""

    id: str
    code: str
    role: Role
    place_id: str
    phone: str


@dataclass(frozen=True, slots=True)
class ClaimInvite:
    """The speaker claims a code: from now on she waits for the issuer's word. `pin`: what she set, if she did."""

    invite_id: str
    name: str
    phone: str
    pin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DecideJoiner:
    """The issuer's word on a joiner. `same_as`: the colleague she is, who has a new phone."""

    invite_id: str
    accepted: bool
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Revoke:
    """Take an office from somebody, on every channel, at once."""

    staff_id: str


@dataclass(frozen=True, slots=True)
class Handover:
    """The villages a coordinator holds below the speaker go to another, with the women she answers for by name."""

    from_staff: str
    to_staff: str


@dataclass(frozen=True, slots=True)
class Assign:
    """This colleague answers for this woman's case from now on (包保)."""

    woman_id: str
    pregnancy_id: str
    staff_id: str


@dataclass(frozen=True, slots=True)
class Announce:
    """A notice to many: to colleagues below the speaker, or to the women of these villages whom `question` means
    (conversations/asking, JSON-plain). `acknowledge`: everybody is asked to say 收到."""

    id: str
    audience: Literal["coordinators", "townships", "institutions", "women"]
    words: str
    acknowledge: bool = False
    villages: tuple[str, ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GotIt:
    """The speaker has read a notice (收到)."""

    told_id: str


@dataclass(frozen=True, slots=True)
class CountAttempt:
    """A code that did not open: counted per contact and day."""

    purpose: str


@dataclass(frozen=True, slots=True)
class SetPin:
    """The speaker's own PIN from now on; wrong tries of today are forgotten. Only its keyed hash is kept."""

    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ForgetSaid:
    """Take these messages of hers off the channel (provider message ids), where it can be done."""

    provider_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetLocale:
    locale: str


@dataclass(frozen=True, slots=True)
class Prefer:
    """The speaker wants what nobody asked for on this channel from now on."""

    channel: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """The speaker wants no reminders and notices from now on; `words`: how she said so."""

    words: str


@dataclass(frozen=True, slots=True)
class OptIn:
    """The speaker wants them again."""


@dataclass(frozen=True, slots=True)
class SilenceNumber:
    """The speaker's number is not that of the women it is kept for: nothing of theirs goes there any more."""


@dataclass(frozen=True, slots=True)
class UnsafeNumber:
    """It is not safe to write to the speaker's number: nothing unasked goes there any more."""


@dataclass(frozen=True, slots=True)
class TrustNumber:
    """The number an alert of the kind "number" is about is right, or safe, after all."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class Consented:
    """Her word on this contact, asked whether it is she and whether she wants reminders."""

    woman_id: str
    yes: bool


@dataclass(frozen=True, slots=True)
class ActWord:
    """A word on something that was told (conversations/care/plan.py): the woman's to a reminder, a colleague's to a
    task of her office. None: it is still to be done after all. `day`, `place`: when and where, as far as she said."""

    act_id: str
    answer: Literal["went", "later", "cannot", "yes", "no", "taken", "done"] | None
    day: date | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class ToldOver:
    """The speaker's word that her pregnancy is over, that a child of hers died, or that she is not pregnant: until
    somebody settles it nothing that names any of that goes to her. `denied`: her word against what was filed of that, or
    of her death; what follows from it is held in the same way."""

    woman_id: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class NothingEnded:
    """A colleague asked her: she is still pregnant, the child is alive; or what was filed is so. What her word held goes
    on."""

    woman_id: str


@dataclass(frozen=True, slots=True)
class OptOutReason:
    """Why she opted out a moment ago; kept once."""

    reason: str


@dataclass(frozen=True, slots=True)
class OfferLink:
    """Let a link for this woman be made: only the keyed hash of `token` is kept. It runs out after `LINK_HOURS`."""

    id: str
    token: str = field(repr=False)
    woman_id: str


@dataclass(frozen=True, slots=True)
class ClaimLink:
    """The speaker opened this link: from now on it waits for a colleague's word."""

    link_id: str


@dataclass(frozen=True, slots=True)
class DecideLink:
    """A colleague's word on an opened link: whether it is she who opened it."""

    link_id: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """Tell those on duty, and again until one of them takes it. A second one of the speaker joins the first.

    `kind` names the ladder (flows/alerts.py). `place_id`: where it is; None where the speaker must tell: where
    the women behind her phone live, or the office she held. `woman_name`: of whom it was said, if not of
    herself; `woman_id`: which of the women behind her phone is meant, if that is known. `words`: what was said.
    `phone`: a number to call that was said with it. `hold`: who is meant is being asked: told when that is
    answered, or after a while without it. `at_night`: it is told first at once, whatever the hour.
    """

    kind: str
    signs: tuple[str, ...]
    words: str
    place_id: str | None = None
    woman_name: str | None = None
    phone: str | None = None
    woman_id: str | None = None
    hold: bool = False
    at_night: bool = False


@dataclass(frozen=True, slots=True)
class TakeAlert:
    """The speaker takes an alert she was told of, or (`reached`) has reached the one concerned already.

    `words`: her answer to a question, which goes to whoever asked, as hers.
    """

    alert_id: str
    reached: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True)
class ClockWord:
    """An officer's word on a duty that runs: she has it (`acknowledged`), the call it asks for was made, or, of what comes
    round, it is `done`."""

    clock_id: str
    kind: Literal["acknowledged", "phone_call", "done"]


@dataclass(frozen=True, slots=True)
class PhoneReported:
    """The call that a duty asks for besides the report was made (YZ 十九): the word of one who was told that it is
    overdue, on that alert."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class DutyDone:
    """What comes round was done: the word of one who was told that it is overdue, on that alert."""

    alert_id: str


@dataclass(frozen=True, slots=True)
class Looked:
    """The speaker is shown what the roster has of these women: noted in the audit log. `why`: by what
    (roster.list, roster.card, roster.export, paper …), in at most 40 Latin letters and dots."""

    women: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The speaker asked for what is not hers, and was told so and no more: noted in the audit log. `what`: the flow or
    the action, in at most 40 Latin letters, dots and underscores."""

    what: str


@dataclass(frozen=True, slots=True)
class WantFile:
    """Make a file for the speaker and hand it to her as her channel allows (bot/files). `what`: a list of the women a
    `question` means (conversations/asking), a `chart` of them, or a `paper` (conversations/papers) of that `name`,
    for a `period` (2026Q3, 2026-09, 2026)."""

    id: str
    what: Literal["list", "chart", "paper"]
    name: str = ""
    period: str = ""
    question: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WantSummary:
    """Send the speaker the summary of this month (2026-10) of her office, when it is made (bot/monthly.py)."""

    id: str
    period: str


@dataclass(frozen=True, slots=True)
class FileCounts:
    """The counts only her hospital knows, for a quarter (2026Q3): a further version where there is one."""

    period: str
    counts: Mapping[str, int]


Effect = (
    FileCounts
    | Notice
    | Invite
    | ClaimInvite
    | DecideJoiner
    | Revoke
    | Handover
    | Assign
    | Announce
    | GotIt
    | CountAttempt
    | SetPin
    | ForgetSaid
    | SetLocale
    | Prefer
    | OptOut
    | OptIn
    | SilenceNumber
    | UnsafeNumber
    | TrustNumber
    | Consented
    | ActWord
    | ToldOver
    | NothingEnded
    | OptOutReason
    | OfferLink
    | ClaimLink
    | DecideLink
    | RaiseAlert
    | TakeAlert
    | ClockWord
    | PhoneReported
    | DutyDone
    | Looked
    | Refused
    | WantFile
    | WantSummary
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message leads to: all of it is committed together, or none.

    `session` is JSON-plain. `check_at`: when to look at this session again (an unfinished draft).
    """

    session: dict[str, Any]
    replies: tuple[Reply, ...] = ()
    reports: tuple[Report, ...] = ()
    effects: tuple[Effect, ...] = ()
    check_at: datetime | None = None

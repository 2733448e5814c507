"""The acts of a case as rows: what became of their letters, which have lost their reason, which are new.

Everything here happens within the caller's transaction: that of the report that takes a reason away, or that of the
worker that looks at a case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from conversations.care.case import REASONS, Case, Reason
from conversations.care.plan import Act, Outlook
from conversations.ids import derived_id
from storage.bulk import update_many
from storage.cases import Loaded, act_state, load_cases
from storage.crypto import Keyring
from storage.models import CareAct, ContactWoman, Outgoing, Pregnancy
from storage.organisation import Organisation
from storage.reading import rows
from storage.transaction import Transaction

OPEN = ("made", "sent", "answered")
"""States in which somebody may still do or answer an act."""
ID_LENGTH = 16
"""Hex digits of an act's id: short enough for a button."""
UNSENT = ("queued", "offered")
"""States of a letter that nobody has seen yet and that can still be taken back."""
UNDER_WAY = (*UNSENT, "sending")

_CHANGES = ("state", "reason", "next_check_at")
_WITH_OPEN_ACTS = "SELECT DISTINCT pregnancy_id FROM care_act WHERE pregnancy_id IN ? AND state IN ?"


@dataclass(slots=True)
class Book:
    """One case being looked at, with what changes in it. `letters`: the states of the letters of its acts."""

    loaded: Loaded
    letters: Mapping[str, Outgoing]
    changed: dict[str, CareAct] = field(default_factory=dict)
    withdrawn: dict[str, str] = field(default_factory=dict)
    """Letters to be taken back, each with why."""
    unasked: list[str] = field(default_factory=list)
    """Links whose question of consent never got there."""

    @property
    def case(self) -> Case:
        """The case with its acts as they stand now."""
        states = {key: act_state(row) for key, row in self.loaded.acts.items()}
        return replace(self.loaded.case, acts=MappingProxyType(states))

    def settle(self) -> None:
        """Note what became of the letters to her that were under way."""
        for act in self.loaded.acts.values():
            if act.to_role != "woman" or act.state != "made" or act.letter_id is None:
                continue
            letter = self.letters.get(act.letter_id)
            state, reason = became(letter) if letter is not None else ("sent", None)
            if state == "made":
                continue
            self._change(act, state, reason)
            link = self.loaded.route.link if self.loaded.route else None
            if act.kind == "consent" and reason == "outage" and link is not None and link.consent == "asked":
                self.unasked.append(link.id)

    def close(self, outlook: Outlook) -> None:
        """End what has lost its reason: take back what has not left, note of the rest that it is over."""
        for key, reason in outlook.over():
            act = self.loaded.acts[key]
            letter = self.letters.get(act.letter_id or "")
            if act.to_role == "woman" and letter is not None and letter.state == "sending":
                continue  # the last look before it leaves decides; what it said is noted then
            if act.to_role == "woman" and letter is not None and letter.state in UNSENT:
                self.withdrawn[letter.id] = reason
                self._change(act, "skipped", reason)
            elif act.to_role == "woman" and act.state != "made" and reason == "stale":
                self._change(act, "done", None)  # it was told in time, and nobody answered
            else:
                self._change(act, "skipped" if act.state == "made" else "done", reason)

    def _change(self, act: CareAct, state: str, reason: str | None) -> None:
        act.state, act.reason, act.next_check_at = state, reason, None
        self.changed[act.id] = act


def became(letter: Outgoing) -> tuple[str, Reason | None]:
    """What the state of a letter means for its act. A letter in doubt counts as sent: it is never sent again."""
    if letter.state in UNDER_WAY:
        return "made", None
    if letter.state == "dead":
        return "skipped", "wrong_number"
    if letter.state == "failed":
        return "skipped", "outage"
    if letter.state == "expired":
        return "skipped", next((reason for reason in REASONS if reason == letter.error), "outage")
    return "sent", None


async def open_books(tx: Transaction, loaded: Iterable[Loaded]) -> list[Book]:
    """The cases with the letters of their open acts, read in one query."""
    cases = list(loaded)
    ids = {
        act.letter_id
        for one in cases
        for act in one.acts.values()
        if act.letter_id is not None and act.to_role == "woman" and act.state in OPEN
    }
    found = Outgoing.filter(id__in=list(ids)).only("id", "state", "error").using_db(tx)
    letters = {row.id: row for row in await found} if ids else {}
    return [Book(one, letters) for one in cases]


async def write_changes(tx: Transaction, books: Collection[Book], now: datetime) -> None:
    """What `settle` and `close` changed."""
    acts = [act for book in books for act in book.changed.values()]
    await update_many(
        tx, CareAct, [(act.state, act.reason, act.next_check_at, act.id) for act in acts], names=_CHANGES
    )
    for book in books:
        for letter_id, reason in book.withdrawn.items():
            letter = Outgoing.filter(id=letter_id, state__in=UNSENT).using_db(tx)
            await letter.update(state="expired", error=reason, updated_at=now)
    links = [link for book in books for link in book.unasked]
    if links:
        unanswered = ContactWoman.filter(id__in=links, consent="asked").using_db(tx)
        await unanswered.update(consent=None, consent_at=None)


async def after_filing(
    tx: Transaction,
    pregnancy_ids: Collection[str],
    organisation: Organisation,
    channels: Collection[str],
    now: datetime,
) -> None:
    """What a report has ended, ends with it: nothing more of it leaves from this transaction on."""
    waiting = await rows(tx, _WITH_OPEN_ACTS, pregnancy_ids, OPEN) if pregnancy_ids else ()
    if not waiting:
        return
    loaded = await load_cases(tx, [pregnancy_id for (pregnancy_id,) in waiting], organisation, channels)
    books = await open_books(tx, loaded.values())
    for book in books:
        book.settle()
        book.close(Outlook(book.case, now))
    await write_changes(tx, books, now)


def act_id(keyring: Keyring, pregnancy_id: str, key: str) -> str:
    """The id of an act. Keyed, because a key tells of her health and can be guessed."""
    return derived_id(keyring.blind("act", f"{pregnancy_id}/{key}"))[:ID_LENGTH]


def new_act(keyring: Keyring, loaded: Loaded, act: Act, now: datetime) -> CareAct:
    """The row of an act that is due, or of one that is only to be noted."""
    return CareAct(
        id=act_id(keyring, loaded.case.id, act.key),
        woman_id=loaded.case.woman_id,
        pregnancy_id=loaded.case.id,
        place_id=loaded.case.village_id,
        key=act.key,
        kind=act.kind,
        to_role=act.to,
        made_at=now,
        useful_until=act.until,
        state="skipped" if act.skip else "made",
        reason=act.skip,
    )


async def look_again(tx: Transaction, pregnancy_id: str, now: datetime) -> None:
    """Have the case looked at: something about it changed that no report tells (her word, her consent)."""
    await Pregnancy.filter(id=pregnancy_id).using_db(tx).update(next_check_at=now)

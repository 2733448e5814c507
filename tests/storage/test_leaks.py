"""Nothing personal stands in the files of the database; and the search that says so finds what it should."""

import base64
import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from tortoise import fields

from storage.bulk import insert_many
from storage.database import Database
from storage.fields import encrypted_fields
from storage.models import (
    Address,
    Child,
    Contact,
    Delivery,
    Inbound,
    Invitation,
    Outgoing,
    Place,
    Pregnancy,
    Report,
    Session,
    Staff,
    Woman,
)
from storage.tables import references, tables
from tests.support import people
from tests.support.clock import FakeClock
from tests.support.databases import files_of
from tests.support.everything import write_every_table
from tests.support.leaks import assert_nothing_leaks, leaks_in
from tests.support.plainly import where_said
from tests.support.postgres import Server

NAMES = ["阿依古丽·买买提", "欧阳秀英", "王芳", "李梅花", "Anna Petrowna"]
PHONES = [people.phone(n) for n in range(len(NAMES))]
IDENTITIES = [
    people.resident_id(date(1996, 2, 29) + timedelta(days=n), "female", n) for n in range(len(NAMES))
]
ADDRESSES = ["telegram-8812345678", "+8613900000077"]
SAID = "昨天夜里在县医院生了个男孩"
SECRETS = [*NAMES, *PHONES, *IDENTITIES, *ADDRESSES, SAID]


async def write_everything(database: Database, clock: FakeClock) -> None:
    """A row in every table that holds personal data, with the secrets wherever they can stand."""
    now = clock()
    everything = {"said": SAID, "names": NAMES, "phones": PHONES, "ids": IDENTITIES, "to": ADDRESSES}
    blind = database.keyring.blind
    sending = {"state": "queued", "attempts": 0, "due_at": now, "created_at": now, "updated_at": now}
    async with database.transaction() as tx:
        await insert_many(tx, Place, [Place(id="v", kind="village", name="某村")])
        staff = Staff(id="s", name=NAMES[0], phone=PHONES[0], phone_index=blind("phone", PHONES[0]))
        await insert_many(tx, Staff, [staff])
        await insert_many(tx, Contact, [Contact(id="c", staff_id="s", created_at=now)])
        for number, to in enumerate(ADDRESSES):
            address = Address(id=f"a{number}", contact_id="c", channel="x", address=to)
            address.address_index = blind("address", to)
            await address.save(using_db=tx)
        await Session(contact_id="c", data=everything, version=1, updated_at=now).save(using_db=tx)
        times = {"sent_at": now, "received_at": now}
        inbound = Inbound(id="i", channel="x", provider_id="1", payload=everything, state="done", **times)
        await insert_many(tx, Inbound, [inbound])
        women = [
            Woman(
                id=f"w{number}",
                village_id="v",
                name_index=blind("name", name),
                resident_id_index=blind("resident_id", identity),
                phone_index=blind("phone", phone),
                details=everything,
                version=1,
                updated_at=now,
            )
            for number, (name, identity, phone) in enumerate(zip(NAMES, IDENTITIES, PHONES, strict=True))
        ]
        await insert_many(tx, Woman, women)
        await Pregnancy(id="p", woman_id="w0", open=True, details=everything).save(using_db=tx)
        await Child(id="k", woman_id="w0", pregnancy_id="p", details=everything).save(using_db=tx)
        report = Report(
            id="r.1",
            report_id="r",
            version=1,
            is_latest=True,
            withdrawn=False,
            event="birth",
            woman_id="w0",
            subject_ids=["w0"],
            event_time=SAID,
            known_time=now,
            recorded_time=now,
            author_role="coordinator",
            channel="x",
            channel_trust="high",
            verification="unverified",
            programme="national",
            schema_version=1,
            body=everything,
        )
        await insert_many(tx, Report, [report])
        to_her = Outgoing(
            id="o", seq=1, lane="c", contact_id="c", channel="x", kind="reply", expires_at=now, **sending
        )
        to_her.address, to_her.payload = ADDRESSES[0], everything
        await to_her.save(using_db=tx)
        delivery = Delivery(id="r.1", seq=1, lane="p", destination="county", event="birth", **sending)
        delivery.payload = json.dumps(everything, ensure_ascii=False)
        await delivery.save(using_db=tx)
        invitation = Invitation(id="n", code_index=blind("code", "K7M2Q9"), role="coordinator", place_id="v")
        invitation.phone, invitation.claimed_name, invitation.state = PHONES[1], NAMES[1], "claimed"
        invitation.created_at = invitation.expires_at = now
        await invitation.save(using_db=tx)


async def test_no_file_of_the_database_holds_a_secret(
    database: Database, clock: FakeClock, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    await write_everything(database, clock)
    assert (await Woman.get(id="w0")).details["names"] == NAMES
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    files = await files_of(database, server)
    assert_nothing_leaks(files, SECRETS)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in files:
        shutil.copy(file, copy)
    assert_nothing_leaks([copy], SECRETS)


async def test_the_search_finds_what_stands_in_a_column_by_mistake(
    database: Database, clock: FakeClock, request: pytest.FixtureRequest
) -> None:
    async with database.transaction() as tx:
        await Place(id="v", kind="village", name=NAMES[2]).save(using_db=tx)
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    files = await files_of(database, server)
    with pytest.raises(AssertionError, match=f"{NAMES[2]} as UTF-8"):
        assert_nothing_leaks(files, SECRETS)


async def test_a_row_in_every_table_and_no_secret_in_any_file(
    database: Database, clock: FakeClock, request: pytest.FixtureRequest
) -> None:
    """Whatever table is added: what its model calls encrypted is."""
    written = await write_every_table(database, clock(), f"{NAMES[0]} {PHONES[0]} {IDENTITIES[0]}")
    assert {"care_act", "clock", "alert", "woman_link", "file_job", "file_piece", "erasure"} <= set(written)
    sealed = {f"{model._meta.db_table}.{name}" for model in tables() for name in encrypted_fields(model)}
    found = {where.partition(" ")[0] for where in await where_said(database, PHONES[0])}
    assert found == sealed
    server: Server | None = (
        request.getfixturevalue("postgres_server") if database.dialect == "postgres" else None
    )
    assert_nothing_leaks(await files_of(database, server), [NAMES[0], PHONES[0], IDENTITIES[0]])


PLAIN = frozenset(
    {
        # what things are called, and where: no person
        *(
            "place.name",
            "place.phone",
            "place.kind",
            "place.programme",
            "destination.name",
            "destination.reason",
        ),
        *("place.sector", "post.sector", "invitation.sector"),
        *("setting.key", "setting.value", "file_job.name", "file_job.what", "file_job.role"),
        # codes of our own
        *(
            "post.role",
            "post.state",
            "contact.locale",
            "contact_woman.consent",
            "address.channel",
            "address.state",
        ),
        *("inbound.channel", "inbound.state", "inbound.error", "invitation.role", "invitation.state"),
        *(
            "report.event",
            "report.author_role",
            "report.channel",
            "report.channel_trust",
            "report.verification",
        ),
        *("report.programme", "outgoing.channel", "outgoing.kind", "outgoing.state", "outgoing.error"),
        *("outgoing.gateway", "delivery.destination", "delivery.event", "delivery.state", "delivery.error"),
        *("staff.prefers", "woman.prefers"),  # a channel
        *("woman_link.state", "care_act.kind", "care_act.to_role", "care_act.state", "care_act.reason"),
        *(
            "alert.kind",
            "clock.owner",
            "clock.state",
            "clock.ended",
            "clock.cause",
            "erasure.why",
            "file_job.state",
        ),
        *("audit.role", "audit.action", "audit.channel", "audit.outcome", "audit.why"),
        *("announcement.audience", "quarterly_count.period", "quarterly_count.form_id"),
        *("monthly.role", "monthly.period"),
        # made of random numbers, of ids, or a provider's own numbers
        *(
            "inbound.provider_id",
            "outgoing.provider_message_id",
            "outgoing.lane",
            "delivery.lane",
            "attempt.id",
        ),
        *(
            "report.report_id",
            "report.subject_ids",
            "audit.actor",
            "audit.subject",
            "audit.record",
            "audit.mac",
        ),
        *("care_act.letter_id", "alert_told.letter_id", "file_job.letter_id", "announcement_told.letter_id"),
        # keyed hashes
        *("staff.phone_index", "staff.pin", "address.address_index", "woman.name_index", "woman.phone_index"),
        *(
            "woman.resident_id_index",
            "invitation.code_index",
            "invitation.claimed_pin",
            "woman_link.token_index",
        ),
        *("county_key.key_index", "file_job.token_index"),
    }
)
"""Columns of text that are not encrypted, each looked at: none holds what tells of a person. Whoever adds a column of
text encrypts it, or says here why not."""


async def test_every_column_of_text_is_encrypted_or_was_looked_at(database: Database) -> None:
    plain = set()
    for model in tables():
        meta, kinds = model._meta, (fields.CharField, fields.TextField, fields.JSONField, fields.BinaryField)
        references_ = {f"{name}_id" for name in references(model)}
        for name in meta.fields_db_projection:
            field = meta.fields_map[name]
            if not isinstance(field, kinds) or name in references_ or name in ("id", "woman_id"):
                continue
            plain.add(f"{meta.db_table}.{name}")
    assert plain - PLAIN == set(), "new columns of text: encrypt them, or say why not"
    assert PLAIN - plain == {"attempt.id"}, "columns that are gone"


def semi_octets(number: str) -> bytes:
    """A number as it stands in an SMS: the digits of each pair swapped, the last filled up with F."""
    pairs = number + "F" * (len(number) % 2)
    return bytes(int(pairs[n + 1] + pairs[n], 16) for n in range(0, len(pairs), 2))


WAYS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda s: s.encode(),
    "UTF-16LE": lambda s: s.encode("utf-16-le"),
    "UTF-16BE": lambda s: s.encode("utf-16-be"),
    "GB 18030": lambda s: s.encode("gb18030"),
    "JSON": lambda s: json.dumps({"name": s}).encode(),
    "escaped": lambda s: "".join(f"\\u{ord(c):04X}" for c in s).encode(),
    "hexadecimal": lambda s: s.encode().hex().encode(),
    "base64 at 0": lambda s: base64.b64encode(f"{s} and more".encode()),
    "base64 at 1": lambda s: base64.b64encode(f"x{s} and more".encode()),
    "base64 at 2": lambda s: base64.b64encode(f"xy{s}".encode()),
    "Big5": lambda s: s.encode("big5", "ignore") if s == "王芳" else s.encode(),
    "UTF-16LE in hexadecimal": lambda s: s.encode("utf-16-le").hex().encode(),
    "backwards": lambda s: s[::-1].encode() if s.isdigit() else s.encode(),
    "semi-octets": lambda s: semi_octets(s) if s.isdigit() else s.encode(),
    "base64url": lambda s: base64.urlsafe_b64encode(f"xyz{s}".encode()),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_the_search_finds_a_secret_in_every_form(tmp_path: Path, secret: str, way: str) -> None:
    file = tmp_path / "leaky"
    file.write_bytes(b"\x00before " + WAYS[way](secret) + b" after\xff")
    with pytest.raises(AssertionError, match="leaky"):
        assert_nothing_leaks([tmp_path], [secret])


def test_the_search_finds_nothing_where_nothing_is(tmp_path: Path) -> None:
    assert leaks_in(b"nothing to see here", SECRETS) == []
    with pytest.raises(AssertionError, match="nothing to search in"):
        assert_nothing_leaks([tmp_path], SECRETS)
    with pytest.raises(AssertionError, match="too short"):
        leaks_in(b"", ["12"])
